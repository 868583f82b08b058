//! Which column of the union a column of a file is.

use std::collections::HashMap;
use std::path::{Component, PathBuf};

use schema::data::column::{Column, Dictionary, Role, ValueType};

use super::SOURCE_COLUMN;
use crate::error::Fault;
use crate::ingest::{faults, names};

/// The key by which columns of files are the same: names that differ in case only, or in blanks and
/// forms of Unicode, are one column, because readers of the stored table do not tell them apart.
pub(super) fn key(stored: &str) -> String {
    stored.to_lowercase()
}

/// The column that names the file of a record.
pub(super) fn source_column() -> Column {
    Column {
        name: SOURCE_COLUMN.to_owned(),
        source_name: None,
        value_type: ValueType::Text,
        role: Role::Unknown,
        unit: None,
        title: None,
        semantic_id: None,
        nullable: false,
        formats: Vec::new(),
        sentinels: Vec::new(),
        confidence_bp: None,
    }
}

/// For every column of a file, its place in the dictionary: by the name in the file, by the stored
/// name, or, without a header, by order.
pub(super) fn of(
    sources: Option<&[String]>,
    stored: &[String],
    dictionary: &Dictionary,
    label: &str,
) -> Result<Vec<usize>, Fault> {
    let columns = &dictionary.columns;
    let Some(sources) = sources else {
        return if stored.len() <= columns.len() {
            Ok((0..stored.len()).collect())
        } else {
            Err(faults::dictionary(
                format!(
                    "{label}: 사전에는 열이 {}개, 파일에는 {}개 있습니다.",
                    columns.len(),
                    stored.len()
                ),
                format!(
                    "{label}: the dictionary has {} columns, the file has {}.",
                    columns.len(),
                    stored.len()
                ),
            ))
        };
    };
    let mut by_key: HashMap<String, usize> = HashMap::new();
    for (at, column) in columns.iter().enumerate() {
        by_key.entry(key(&column.name)).or_insert(at);
    }
    // The name in the file says more than the name that a person gave the column.
    let spelt: Vec<String> =
        columns.iter().map(|column| column.source_name.clone().unwrap_or_default()).collect();
    let (cleaned, _) = names::from_header(&spelt, usize::MAX);
    for (at, (column, cleaned)) in columns.iter().zip(&cleaned).enumerate() {
        if column.source_name.as_ref().is_some_and(|name| !name.trim().is_empty()) {
            by_key.insert(key(cleaned), at);
        }
    }
    let mut taken = vec![false; columns.len()];
    let place = |(stored, source): (&String, &String)| {
        let found = by_key.get(&key(stored)).copied();
        match found.filter(|at| !std::mem::replace(&mut taken[*at], true)) {
            Some(at) => Ok(at),
            None => Err(faults::dictionary(
                format!("{label}: 열 {source}({stored})이(가) 사전에 없습니다."),
                format!("{label}: the column {source} ({stored}) is not in the dictionary."),
            )
            .at_column(stored)),
        }
    };
    stored.iter().zip(sources).map(place).collect()
}

/// Whether a header holds the names that a dictionary was made from, in another order.
pub(in crate::ingest) fn is_reordered(sources: &[String], dictionary: &Dictionary) -> bool {
    let known: Option<Vec<&String>> =
        dictionary.columns.iter().map(|column| column.source_name.as_ref()).collect();
    let Some(mut known) = known else { return false };
    let mut found: Vec<&String> = sources.iter().collect();
    if known == found {
        return false;
    }
    known.sort_unstable();
    found.sort_unstable();
    known == found
}

/// A name for every file: its file name, with as many folders before it as tell it from the others.
pub(super) fn labels(paths: &[PathBuf]) -> Vec<String> {
    let parts: Vec<Vec<String>> = paths
        .iter()
        .map(|path| {
            let normal = |part: Component<'_>| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                _ => None,
            };
            path.components().filter_map(normal).collect()
        })
        .collect();
    let label =
        |parts: &[String], depth: usize| parts[parts.len().saturating_sub(depth)..].join("/");
    let distinct = parts.iter().collect::<std::collections::HashSet<_>>().len();
    let deepest = parts.iter().map(Vec::len).max().unwrap_or(1);
    for depth in 1..=deepest {
        let labels: Vec<String> = parts.iter().map(|parts| label(parts, depth)).collect();
        let found = labels.iter().collect::<std::collections::HashSet<_>>().len();
        if found == distinct || depth == deepest {
            return labels;
        }
    }
    paths.iter().map(|_| String::new()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short_and_tell_files_apart() {
        for (paths, expected) in [
            (vec!["/a/b/1.csv", "/a/c/2.csv"], vec!["1.csv", "2.csv"]),
            (vec!["/a/b/1.csv", "/a/c/1.csv"], vec!["b/1.csv", "c/1.csv"]),
            (vec!["/a/1.csv", "/a/1.csv"], vec!["1.csv", "1.csv"]),
            (vec!["1.csv", "x/1.csv"], vec!["1.csv", "x/1.csv"]),
        ] {
            let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
            assert_eq!(labels(&paths), expected);
        }
    }
}
