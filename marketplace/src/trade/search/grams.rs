//! Text as overlapping pairs of characters: `사출성형` is 사출, 출성, 성형.
//!
//! A pair has its place, so that a part of a word is a phrase of pairs and nothing else fits it. Letters
//! are lower-cased; whatever is neither letter nor digit ends a word.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The tokenizer.
#[derive(Clone, Debug, Default)]
pub(super) struct Grams;

/// Pairs of one text.
pub(super) struct Stream {
    tokens: std::vec::IntoIter<Token>,
    now: Token,
}

/// Words of a text: runs of letters and digits, lower-cased.
pub(super) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The pairs of a word; a word of one character is itself.
pub(super) fn pairs(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    if chars.len() < 2 {
        return vec![word.to_owned()];
    }
    chars.windows(2).map(|pair| pair.iter().collect()).collect()
}

impl Tokenizer for Grams {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream {
        let mut tokens = Vec::new();
        let mut position = 0;
        for word in words(text) {
            for pair in pairs(&word) {
                tokens.push(Token { position, text: pair, ..Token::default() });
                position += 1;
            }
            // A phrase does not run from one word into the next.
            position += 1;
        }
        Stream { tokens: tokens.into_iter(), now: Token::default() }
    }
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        match self.tokens.next() {
            Some(token) => {
                self.now = token;
                true
            }
            None => false,
        }
    }

    fn token(&self) -> &Token {
        &self.now
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.now
    }
}

#[cfg(test)]
mod tests {
    use tantivy::tokenizer::{TokenStream, Tokenizer};

    use super::Grams;

    #[test]
    fn pairs_with_their_places() {
        let mut grams = Grams;
        let mut stream = grams.token_stream("사출성형 CNC-가");
        let mut told = Vec::new();
        while stream.advance() {
            told.push((stream.token().position, stream.token().text.clone()));
        }
        let expected = [(0, "사출"), (1, "출성"), (2, "성형"), (4, "cn"), (5, "nc"), (7, "가")];
        assert_eq!(told, expected.map(|(at, text)| (at, text.to_owned())));
    }
}
