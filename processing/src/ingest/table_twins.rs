//! Columns of a Parquet file that hold the same cells, and rows that occur again: what [`super::twins`]
//! tells of text.
//!
//! Columns of one type begin together and part with the first batch in which they differ, so most
//! files pay for one batch. Rows are compared by a 64-bit hash, among as many as there.
//!
//! Invariant: what is found does not depend on how rows are cut into batches.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use schema::data::column::{Column, Finding};
use twox_hash::XxHash64;

use super::notes;
use super::table_census::ColumnCensus;
use super::twins::Repeats;
use crate::error::Fault;

/// What repeats in a table.
#[derive(Default)]
pub(super) struct Twins {
    /// Groups of columns that were the same so far; none before the first batch.
    alike: Option<Vec<Vec<usize>>>,
    /// Makes bytes of rows; none where a column cannot be compared.
    converter: Option<RowConverter>,
    repeats: Repeats,
    rows: u64,
}

impl Twins {
    /// Takes in the columns of the next rows.
    pub(super) fn take(&mut self, arrays: &[ArrayRef]) -> Result<(), Fault> {
        let bug = |error: arrow::error::ArrowError| Fault::Bug(error.to_string());
        let alike = match self.alike.take() {
            Some(alike) => alike,
            None => {
                let fields: Vec<SortField> =
                    arrays.iter().map(|a| SortField::new(a.data_type().clone())).collect();
                if RowConverter::supports_fields(&fields) {
                    self.converter = Some(RowConverter::new(fields).map_err(bug)?);
                }
                of_one_type(arrays)
            }
        };
        self.alike = Some(alike.iter().flat_map(|group| parted(group, arrays)).collect());
        self.rows += arrays.first().map_or(0, Array::len) as u64;
        if let Some(converter) = self.converter.as_ref().filter(|_| !self.repeats.is_full()) {
            let rows = converter.convert_columns(arrays).map_err(bug)?;
            let hashes: Vec<u64> =
                rows.iter().map(|row| XxHash64::oneshot(0, row.as_ref())).collect();
            self.repeats.add(&hashes);
        }
        Ok(())
    }

    /// What a person should know. Columns of one value are left out: they are told as such.
    pub(super) fn findings(
        self,
        columns: &[Column],
        counted: &[ColumnCensus],
        findings: &mut Vec<Finding>,
    ) {
        let says_something =
            |at: &usize| counted.get(*at).is_some_and(|c| c.values > 0 && c.constant().is_none());
        let mut groups = self.alike.unwrap_or_default();
        groups.sort();
        for group in groups {
            let named = group.iter().filter(|at| says_something(at));
            let names: Vec<&str> =
                named.filter_map(|at| columns.get(*at)).map(|column| &*column.name).collect();
            if let [first, others @ ..] = &names[..] {
                findings.extend(others.iter().map(|other| notes::column_repeated(other, first)));
            }
        }
        if self.repeats.tally.count > 0 {
            findings.push(notes::rows_repeated(&self.repeats.tally, self.rows));
        }
    }
}

/// Columns by their type, where there are several; nested ones are left apart.
fn of_one_type(arrays: &[ArrayRef]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<DataType, Vec<usize>> = BTreeMap::new();
    for (at, array) in arrays.iter().enumerate().filter(|(_, a)| !a.data_type().is_nested()) {
        groups.entry(array.data_type().clone()).or_default().push(at);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// The groups into which these rows part a group.
fn parted(group: &[usize], arrays: &[ArrayRef]) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for at in group {
        let Some(array) = arrays.get(*at) else { continue };
        let same = |part: &&mut Vec<usize>| {
            let first = part.first().and_then(|first| arrays.get(*first));
            first.is_some_and(|first| first == array)
        };
        match parts.iter_mut().find(same) {
            Some(part) => part.push(*at),
            None => parts.push(vec![*at]),
        }
    }
    parts.retain(|part| part.len() > 1);
    parts
}
