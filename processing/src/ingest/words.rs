//! Words that stand for "no value" and for truth.
//!
//! The list holds what spreadsheets, statistics packages, databases and plant historians write.
//! It counts only in typed columns: a text column keeps its words.

/// Words for "no value", lower case.
pub(super) const NULL_WORDS: [&str; 38] = [
    "na",
    "n/a",
    "n.a.",
    "#n/a",
    "#na",
    "nan",
    "-nan",
    "+nan",
    "null",
    "(null)",
    "nil",
    "none",
    "<na>",
    "nat",
    "\\n",
    "-",
    "--",
    "---",
    "?",
    ".",
    "#null!",
    "#value!",
    "#div/0!",
    "#ref!",
    "#num!",
    "#name?",
    "#data!",
    "1.#qnan",
    "-1.#ind",
    "no data",
    "bad",
    "bad input",
    "i/o timeout",
    "pt created",
    "calc failed",
    "comm fail",
    "결측",
    "없음",
];

const LONGEST: usize = 11;

/// The words of each length, so that most texts are compared with two or three of them only.
static BY_LENGTH: std::sync::LazyLock<[Vec<u8>; LONGEST + 1]> = std::sync::LazyLock::new(|| {
    std::array::from_fn(|length| {
        (0..u8::MAX)
            .zip(NULL_WORDS)
            .filter(|(_, word)| word.len() == length)
            .map(|(at, _)| at)
            .collect()
    })
});

/// Index in [`NULL_WORDS`] of a trimmed cell.
pub(super) fn null_word(cell: &[u8]) -> Option<u8> {
    let candidates = BY_LENGTH.get(cell.len())?;
    candidates
        .iter()
        .copied()
        .find(|at| NULL_WORDS[usize::from(*at)].as_bytes().eq_ignore_ascii_case(cell))
}

/// A trimmed cell as a truth value: `true` and `false` in any case, nothing else, because `Y`, `1`
/// and `OK` mean different things in different plants.
pub(super) fn truth(cell: &[u8]) -> Option<bool> {
    match cell.len() {
        4 if cell.eq_ignore_ascii_case(b"true") => Some(true),
        5 if cell.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

/// The cell without blanks around it (space, tab, no-break space).
#[inline]
pub(super) fn trimmed(cell: &[u8]) -> &[u8] {
    match (cell.first(), cell.last()) {
        (Some(b'!'..=0x7F), Some(b'!'..=0x7F)) => cell,
        _ => trimmed_slowly(cell),
    }
}

fn trimmed_slowly(mut cell: &[u8]) -> &[u8] {
    loop {
        cell = match cell {
            [b' ' | b'\t' | b'\r', rest @ ..] | [0xC2, 0xA0, rest @ ..] => rest,
            [rest @ .., b' ' | b'\t' | b'\r'] | [rest @ .., 0xC2, 0xA0] => rest,
            _ => return cell,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_words_are_found_in_any_case_and_nothing_else_is() {
        for word in ["NA", "NaN", "null", "#N/A", "-", "결측", "I/O Timeout", "\\N"] {
            assert!(null_word(word.as_bytes()).is_some(), "{word}");
        }
        for word in ["", "0", "-1", "nano", "OK", "BADGE", "없음요"] {
            assert!(null_word(word.as_bytes()).is_none(), "{word}");
        }
        for word in NULL_WORDS {
            assert!(word.len() <= LONGEST, "{word}");
            assert!(null_word(word.as_bytes()).is_some(), "{word}");
        }
    }

    #[test]
    fn trimming_takes_blanks_of_every_kind() {
        assert_eq!(trimmed(b" \t a b \xC2\xA0\r"), b"a b");
        assert_eq!(trimmed(b"   "), b"");
        assert_eq!(trimmed("각".as_bytes()), "각".as_bytes());
    }
}
