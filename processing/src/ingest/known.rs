//! Short texts that were looked at lately, so that what was found of them holds without looking again.

/// Bytes of a text that is kept.
const LONGEST: usize = 31;
/// Texts that are kept, each in a place that its bytes tell.
const PLACES: usize = 64;

/// A text and its length.
type Place = ([u8; LONGEST], u8);

/// Some texts. They save time, mean nothing, and so do not show.
#[derive(Clone, Default)]
pub(super) struct Known(Option<Box<[Place; PLACES]>>);

impl Known {
    /// Whether a text is among them; the empty one never is.
    #[inline]
    pub(super) fn holds(&self, text: &[u8]) -> bool {
        let Some(places) = &self.0 else { return false };
        let (kept, length) = &places[place(text)];
        usize::from(*length) == text.len() && kept.get(..text.len()) == Some(text)
    }

    /// Keeps a text, unless it is long.
    pub(super) fn keep(&mut self, text: &[u8]) {
        let Some(length) = u8::try_from(text.len()).ok().filter(|n| usize::from(*n) <= LONGEST)
        else {
            return;
        };
        let places = self.0.get_or_insert_with(|| Box::new([([0; LONGEST], 0); PLACES]));
        let (kept, kept_length) = &mut places[place(text)];
        kept[..text.len()].copy_from_slice(text);
        *kept_length = length;
    }
}

/// The place of a text, by its last bytes: those differ most.
fn place(text: &[u8]) -> usize {
    let word = match text.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
}

impl std::fmt::Debug for Known {
    fn fmt(&self, _formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, LONGEST};

    #[test]
    fn texts_are_known_whole_and_only_while_kept() {
        let mut known = Known::default();
        assert!(!known.holds(b"") && !known.holds(b"M-001"));
        let long = [b'x'; LONGEST + 1];
        for text in [&b"M-001"[..], b"LOT-20240301-000-001", &long[1..]] {
            known.keep(text);
            assert!(known.holds(text));
            assert!(!known.holds(&text[1..]));
        }
        known.keep(&long);
        assert!(!known.holds(&long));
        let names: Vec<String> = (0..500).map(|n| format!("M-{n:03}")).collect();
        names.iter().for_each(|name| known.keep(name.as_bytes()));
        let held = names.iter().filter(|name| known.holds(name.as_bytes())).count();
        assert!((1..=64).contains(&held));
    }
}
