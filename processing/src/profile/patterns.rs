//! The shapes of text: `AAA-999` for `ABC-123`.
//!
//! Invariant: the counts depend on the multiset of texts. Either every shape is counted, or there are
//! too many and none is named: free text has no shape worth a name.

mod codec;

use std::collections::HashMap;

use schema::data::profile::Pattern;

/// Different shapes that are counted.
const PATTERNS_MAX: usize = 1_024;
/// Shapes that are named.
const NAMED: usize = 5;
/// Parts of a shape; what follows is cut off.
const PARTS_MAX: usize = 32;
/// Characters of a class in a row that are written out.
const RUN_MAX: usize = 4;

/// Counts of shapes, or none once they are too many.
#[derive(Clone)]
pub(crate) struct Patterns {
    counts: Option<HashMap<Box<str>, u64>>,
    shape: String,
}

impl Patterns {
    /// No texts yet.
    pub(crate) fn new() -> Self {
        Self { counts: Some(HashMap::new()), shape: String::new() }
    }

    /// Adds a text `count` times.
    pub(crate) fn add(&mut self, text: &str, count: u64) {
        let Some(counts) = &mut self.counts else { return };
        self.shape.clear();
        write_shape(text, &mut self.shape);
        if let Some(total) = counts.get_mut(self.shape.as_str()) {
            *total += count;
        } else if counts.len() < PATTERNS_MAX {
            counts.insert(self.shape.as_str().into(), count);
        } else {
            self.counts = None;
        }
    }

    /// Adds what another has counted.
    pub(crate) fn merge(&mut self, other: Self) {
        let (Some(counts), Some(theirs)) = (&mut self.counts, other.counts) else {
            self.counts = None;
            return;
        };
        for (shape, count) in theirs {
            *counts.entry(shape).or_insert(0) += count;
        }
        if counts.len() > PATTERNS_MAX {
            self.counts = None;
        }
    }

    /// The most frequent shapes, ties in order of the shape.
    pub(crate) fn top(&self) -> Vec<Pattern> {
        let mut all: Vec<(&str, u64)> =
            self.counts.iter().flatten().map(|(shape, count)| (&**shape, *count)).collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let named = all.into_iter().take(NAMED);
        named.map(|(shape, count)| Pattern { pattern: shape.to_owned(), count }).collect()
    }
}

/// The class of a character, by the sign that stands for it.
fn class(c: char) -> char {
    match c {
        '0'..='9' => '9',
        'A'..='Z' => 'A',
        'a'..='z' => 'a',
        '가'..='힣' | 'ㄱ'..='ㆎ' => '가',
        _ if c.is_ascii() => c,
        // Other Latin letters with their accents, and full-width ones.
        'À'..='ɏ' | 'ａ'..='ｚ' | 'Ａ'..='Ｚ' if c.is_uppercase() => 'A',
        'À'..='ɏ' | 'ａ'..='ｚ' if c.is_lowercase() => 'a',
        '０'..='９' => '9',
        _ => c,
    }
}

/// Appends the shape of a text.
fn write_shape(text: &str, shape: &mut String) {
    let mut classes = text.chars().map(class).peekable();
    for _ in 0..PARTS_MAX {
        let Some(first) = classes.next() else { return };
        let mut run = 1;
        while classes.next_if_eq(&first).is_some() {
            run += 1;
        }
        if run > RUN_MAX {
            shape.push(first);
            shape.push_str(&format!("{{{run}}}"));
        } else {
            shape.extend(std::iter::repeat_n(first, run));
        }
    }
    if classes.peek().is_some() {
        shape.push('…');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{PATTERNS_MAX, Patterns, write_shape};

    fn shape(text: &str) -> String {
        let mut shape = String::new();
        write_shape(text, &mut shape);
        shape
    }

    #[test]
    fn shapes_of_what_factories_write() {
        for (text, expected) in [
            ("ABC-123", "AAA-999"),
            ("", ""),
            ("LOT20240301-0007", "AAA9{8}-9999"),
            ("1호기", "9가가"),
            ("정상 가동", "가가 가가"),
            ("공구교체완료", "가{6}"),
            ("-----", "-{5}"),
            ("a\tB\u{301}é", "a\tA\u{301}a"),
            ("温度", "温度"),
            ("０１A", "99A"),
        ] {
            assert_eq!(shape(text), expected, "{text}");
        }
        assert_eq!(shape(&"a1".repeat(40)), format!("{}…", "a9".repeat(16)));
        assert_eq!(shape(&"a1".repeat(16)), "a9".repeat(16));
    }

    #[test]
    fn too_many_shapes_are_none_however_they_were_split() {
        // 2^11 words of small and capital letters.
        let word = |at: usize| -> String {
            (0..11).map(|bit| if at >> bit & 1 == 1 { 'A' } else { 'a' }).collect()
        };
        let all = |range: std::ops::Range<usize>| {
            let mut patterns = Patterns::new();
            range.for_each(|at| patterns.add(&word(at), 2));
            patterns
        };
        assert_eq!(all(0..PATTERNS_MAX).top().len(), 5);
        assert_eq!(all(0..PATTERNS_MAX + 1).top(), []);
        let mut halves = all(0..PATTERNS_MAX);
        halves.merge(all(1..PATTERNS_MAX));
        assert_eq!(halves.top()[0].count, 4);
        halves.merge(all(PATTERNS_MAX..PATTERNS_MAX + 1));
        assert_eq!(halves.top(), []);
        let mut whole = Patterns::new();
        whole.merge(all(0..PATTERNS_MAX + 1));
        whole.add("x", 1);
        assert_eq!(whole.top(), []);
    }

    proptest! {
        /// Character by character, without looking ahead.
        #[test]
        fn a_shape_agrees_with_the_oracle(text in "[a-cA-C0-9가-각._ ]{0,40}") {
            let mut parts: Vec<(char, usize)> = Vec::new();
            for c in text.chars() {
                let class = match c {
                    c if c.is_ascii_digit() => '9',
                    c if c.is_ascii_uppercase() => 'A',
                    c if c.is_ascii_lowercase() => 'a',
                    '가'..='각' => '가',
                    other => other,
                };
                match parts.last_mut() {
                    Some((last, run)) if *last == class => *run += 1,
                    _ => parts.push((class, 1)),
                }
            }
            let mut expected: String = parts
                .iter()
                .take(32)
                .map(|(c, run)| match run {
                    1..=4 => c.to_string().repeat(*run),
                    _ => format!("{c}{{{run}}}"),
                })
                .collect();
            if parts.len() > 32 {
                expected.push('…');
            }
            prop_assert_eq!(shape(&text), expected);
        }
    }
}
