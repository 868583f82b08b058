//! Names that a person may have meant.

/// Up to three of `names` that a person may have meant by `name`, the nearest first.
pub(crate) fn near<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(64).collect()
    };
    let wanted = plain(name);
    let mut scored: Vec<(usize, &str)> = names
        .filter_map(|candidate| {
            let other = plain(candidate);
            let distance = distance(&wanted, &other);
            let shortest = wanted.len().min(other.len());
            (distance <= 1.max(shortest / 3)).then_some((distance, candidate))
        })
        .collect();
    scored.sort_by_key(|(distance, _)| *distance);
    scored.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// The end of a sentence about a name that is not there, in Korean and English: close names, if any.
pub(crate) fn hint(near: &[&str]) -> (String, String) {
    if near.is_empty() {
        return (String::new(), String::new());
    }
    let list = near.join(", ");
    (format!(" 비슷한 이름: {list}."), format!("; close names: {list}"))
}

/// Edits that turn one word into another (Levenshtein).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (to, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let best = (diagonal + usize::from(from != to)).min(*cell + 1).min(left + 1);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{distance, near};

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in
            [("", "", 0), ("", "ab", 2), ("kitten", "sitting", 3), ("온도", "온도1", 1)]
        {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(distance(&chars(a), &chars(b)), edits, "{a} {b}");
            assert_eq!(distance(&chars(b), &chars(a)), edits, "{b} {a}");
        }
    }

    #[test]
    fn near_names_ignore_case_and_punctuation_and_are_few() {
        let names = ["mold_temp1", "mold_temp2", "mold_temp3", "mold_temp4", "압력"];
        assert_eq!(near("Mold Temp1", names.into_iter())[0], "mold_temp1");
        assert_eq!(near("mold_temp", names.into_iter()).len(), 3);
        assert_eq!(near("speed", names.into_iter()), Vec::<&str>::new());
    }
}
