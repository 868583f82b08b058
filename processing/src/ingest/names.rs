//! Column names as they are stored: trimmed, NFC, never empty, never twice.
//!
//! Names that differ in case only count as repeated, because Spark and SQL engines do not tell them
//! apart.

use std::collections::HashSet;

use schema::data::column::Finding;
use unicode_normalization::UnicodeNormalization;

use super::notes;

/// Stored names for a header, and what had to be changed.
pub(super) fn from_header(header: &[String], bytes_max: usize) -> (Vec<String>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut taken: HashSet<String> = HashSet::new();
    let cleaned: Vec<String> = header.iter().map(|name| clean(name, bytes_max)).collect();
    let wanted: HashSet<String> = cleaned.iter().map(|name| name.to_lowercase()).collect();
    let mut names = Vec::with_capacity(header.len());
    for (at, (raw, name)) in header.iter().zip(cleaned).enumerate() {
        let stored = if name.is_empty() {
            let stored = free(&format!("column_{}", at + 1), &taken, &wanted);
            findings.push(notes::header_blank(&stored, at + 1));
            stored
        } else if taken.contains(&name.to_lowercase()) {
            let stored = free(&name, &taken, &wanted);
            findings.push(notes::header_repeated(&stored, &name, at + 1));
            stored
        } else {
            name
        };
        if raw.trim().len() != raw.len() {
            findings.push(notes::header_padded(&stored));
        }
        if raw.len() > bytes_max {
            findings.push(notes::header_truncated(&stored, bytes_max));
        }
        taken.insert(stored.to_lowercase());
        names.push(stored);
    }
    (names, findings)
}

/// `c1` to `cN` for a file without header.
pub(super) fn numbered(columns: usize) -> Vec<String> {
    (1..=columns).map(|column| format!("c{column}")).collect()
}

/// One name: control and invisible characters become blanks, blanks shrink to one.
fn clean(name: &str, bytes_max: usize) -> String {
    let visible = |letter: char| {
        let invisible =
            matches!(letter, '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{2060}' | '\u{00AD}');
        if letter.is_control() || invisible { ' ' } else { letter }
    };
    let text: String = name.nfc().map(visible).collect();
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.len() > bytes_max {
        let end = (0..=bytes_max).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

/// `name`, or `name_2`, `name_3`, the first that is neither taken nor wanted by another column.
fn free(name: &str, taken: &HashSet<String>, wanted: &HashSet<String>) -> String {
    let lower = name.to_lowercase();
    if !taken.contains(&lower) && !wanted.contains(&lower) {
        return name.to_owned();
    }
    let mut number = 2_u64;
    loop {
        let candidate = format!("{name}_{number}");
        let lower = candidate.to_lowercase();
        if !taken.contains(&lower) && !wanted.contains(&lower) {
            return candidate;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(header: &[&str]) -> (Vec<String>, Vec<String>) {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let (names, findings) = from_header(&header, 40);
        (names, findings.into_iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn blank_repeated_and_padded_names_are_mended_and_reported() {
        let (names, codes) =
            stored(&["", " 발전량(MWh) ", "a", "a", "A", "a_2", "x\ny", "column_1"]);
        assert_eq!(
            names,
            ["column_1_2", "발전량(MWh)", "a", "a_3", "A_4", "a_2", "x y", "column_1"]
        );
        assert_eq!(codes, ["header-blank", "header-padded", "header-repeated", "header-repeated"]);
    }

    #[test]
    fn decomposed_korean_is_composed_and_long_names_are_cut_at_a_letter() {
        let (names, codes) = stored(&["\u{110B}\u{1169}\u{11AB}도", &"온".repeat(30)]);
        assert_eq!(names, ["온도".to_owned(), "온".repeat(13)]);
        assert_eq!(codes, ["header-truncated"]);
    }
}
