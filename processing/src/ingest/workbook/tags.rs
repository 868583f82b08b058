//! The tags of an XML text, told in one pass over bytes that come in pieces of any size.
//!
//! Quotes, comments, character data and instructions are heeded, so that nothing can hide a tag from
//! this pass that the reader sees. Deliberately absent: names, entities, nesting.

/// Longest tag that is kept; a longer one is odd (a formula has at most 8,192 characters, a cell
/// 32,767).
const TAG_BYTES_MAX: usize = 1 << 20;

/// Finds tags.
#[derive(Debug, Default)]
pub(super) struct Tags {
    tag: Vec<u8>,
    place: Place,
    /// The two bytes before.
    tail: [u8; 2],
    /// Bytes taken in.
    pub(super) seen: u64,
    /// Whether there was something that no office program writes: a type definition, a tag without
    /// end, text of two bytes a character.
    pub(super) odd: bool,
}

/// What the next byte is part of.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Text,
    Tag,
    Quoted(u8),
    Comment,
    Characters,
    Instruction,
}

impl Tags {
    /// Takes in the next bytes; `take` is given what stands between `<` and `>`.
    pub(super) fn read(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8], u64)) {
        if self.seen == 0 {
            self.odd |= matches!(bytes, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, ..] | [_, 0, ..]);
        }
        let whole = bytes.len();
        let start = self.seen;
        let mut rest = bytes;
        while let Some((&byte, behind)) = rest.split_first() {
            match self.place {
                Place::Text => {
                    let Some(at) = memchr::memchr(b'<', rest) else { break };
                    rest = rest.get(at + 1..).unwrap_or_default();
                    self.place = Place::Tag;
                    self.tag.clear();
                    continue;
                }
                Place::Tag if byte == b'>' => {
                    take(&self.tag, start + (whole - behind.len()) as u64);
                    self.place = Place::Text;
                }
                Place::Tag => {
                    self.push(byte);
                    self.place = self.inside(byte);
                }
                Place::Quoted(quote) => {
                    self.push(byte);
                    self.place = if byte == quote { Place::Tag } else { self.place };
                }
                Place::Comment if byte == b'>' && self.tail == *b"--" => self.place = Place::Text,
                Place::Characters if byte == b'>' && self.tail == *b"]]" => {
                    self.place = Place::Text;
                }
                Place::Instruction if byte == b'>' && self.tail[1] == b'?' => {
                    self.place = Place::Text;
                }
                Place::Comment | Place::Characters | Place::Instruction => {}
            }
            self.tail = [self.tail[1], byte];
            rest = behind;
        }
        self.seen += whole as u64;
    }

    fn push(&mut self, byte: u8) {
        if self.tag.len() < TAG_BYTES_MAX {
            self.tag.push(byte);
        } else {
            self.odd = true;
        }
    }

    /// What is inside `<` and what has come behind it.
    fn inside(&mut self, byte: u8) -> Place {
        match self.tag.as_slice() {
            b"?" => Place::Instruction,
            b"!--" => {
                self.tail = [0; 2];
                Place::Comment
            }
            b"![CDATA[" => Place::Characters,
            [b'!', b'D' | b'd', ..] => {
                self.odd = true;
                Place::Tag
            }
            [b'/', ..] => Place::Tag,
            _ if byte == b'"' || byte == b'\'' => Place::Quoted(byte),
            _ => Place::Tag,
        }
    }
}

/// The number in an attribute; `None` without it, the largest when it is given more than once.
pub(super) fn number(tag: &[u8], attribute: &[u8]) -> Option<u64> {
    memchr::memmem::find_iter(tag, attribute)
        .filter_map(|at| {
            let rest = tag.get(at + attribute.len()..)?.trim_ascii_start();
            let rest = rest.strip_prefix(b"=")?.trim_ascii_start().get(1..)?;
            // What is not plain digits may be an entity for one.
            let digits = rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\''));
            Some(digits.fold(0_u64, |sum, byte| match byte {
                b'0'..=b'9' => sum.saturating_mul(10).saturating_add(u64::from(byte - b'0')),
                b' ' | b'+' => sum,
                _ => u64::MAX,
            }))
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str, step: usize) -> (Vec<String>, bool) {
        let mut found = Vec::new();
        let mut tags = Tags::default();
        for part in text.as_bytes().chunks(step) {
            tags.read(part, |tag, end| {
                found.push(String::from_utf8(tag.to_vec()).unwrap());
                assert_eq!(text.as_bytes()[usize::try_from(end).unwrap() - 1], b'>');
            });
        }
        assert_eq!(tags.seen, text.len() as u64);
        (found, tags.odd)
    }

    #[test]
    fn nothing_hides_a_tag() {
        let text = "<?xml version='1.0' a=\"?>\"?><!-- it's <b> --><a x=\">\" y='\"'>it's \
                    <![CDATA[<c>]]></a><d/><!--> <e> -->it's<f  n = '7' n=\"9\"/>";
        for step in [1, 2, 3, 1_000] {
            let (found, odd) = tags(text, step);
            assert_eq!(found, ["a x=\">\" y='\"'", "/a", "d/", "f  n = '7' n=\"9\"/"]);
            assert!(!odd);
        }
        assert!(tags("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", 5).1);
        assert!(tags("\u{feff}<a/>", 1).0 == ["a/"]);
        assert!(tags("<\0a\0/\0>\0", 100).1);
        assert!(tags(&format!("<a {}/>", "b".repeat(TAG_BYTES_MAX)), 1_000).1);
    }

    #[test]
    fn a_number_is_the_largest_that_may_be_read() {
        let of = |tag: &str| number(tag.as_bytes(), b"n");
        assert_eq!(of("f  n = '7' n=\"9\"/"), Some(9));
        assert_eq!(of("f m='7'"), None);
        assert_eq!(of("f n='&#49;'"), Some(u64::MAX));
        assert_eq!(of("f n='99999999999999999999999'"), Some(u64::MAX));
    }
}
