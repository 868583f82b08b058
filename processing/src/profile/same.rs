//! Columns that hold the same in every row.
//!
//! Columns with the same facts are candidates; only if there are any, they are read again and
//! compared by a 128-bit hash of each cell with its row number. The hashes are added up, so neither
//! threads nor row groups matter.

use std::collections::BTreeMap;

use schema::data::profile::ColumnProfile;
use serde_json::Value;

use super::hash::mix;
use super::row_hash::RowHasher;
use super::scan::{Batch, Worker};
use crate::error::Fault;

/// Groups of columns, by position, that have the same facts and any values at all.
pub(crate) fn candidates(columns: &[ColumnProfile]) -> Result<Vec<Vec<usize>>, Fault> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, column) in columns.iter().enumerate().filter(|(_, column)| column.count > 0) {
        groups.entry(facts(column)?).or_default().push(at);
    }
    let mut groups: Vec<Vec<usize>> =
        groups.into_values().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    Ok(groups)
}

/// Everything that equal columns agree in, as text.
fn facts(column: &ColumnProfile) -> Result<String, Fault> {
    let mut facts = serde_json::to_value(column).map_err(|e| Fault::Bug(e.to_string()))?;
    if let Value::Object(facts) = &mut facts {
        // What was declared, and what follows from it.
        for key in ["name", "role", "inferred_role", "unit", "sentinels", "stuck", "drift"] {
            facts.remove(key);
        }
    }
    Ok(facts.to_string())
}

/// Hashes columns cell by cell.
pub(crate) struct ColumnHashes(Vec<u128>);

impl ColumnHashes {
    /// Hashes of so many columns.
    pub(crate) fn new(columns: usize) -> Self {
        Self(vec![0; columns])
    }

    /// Adds what another thread has hashed.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.0
            .iter_mut()
            .zip(&other.0)
            .for_each(|(mine, theirs)| *mine = mine.wrapping_add(*theirs));
    }

    /// The hash of a column.
    pub(crate) fn of(&self, column: usize) -> Option<u128> {
        self.0.get(column).copied()
    }
}

impl Worker for ColumnHashes {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        for (total, cells) in self.0.iter_mut().zip(&batch.cells) {
            for (hash, row) in RowHasher::default().rows([cells], batch.rows).zip(batch.first_row..)
            {
                let (high, low) = ((hash >> 64) as u64, hash as u64);
                let high = mix(high ^ mix(row));
                let low = mix(low ^ mix(row ^ 0x243f_6a88_85a3_08d3));
                *total = total.wrapping_add(u128::from(high) << 64 | u128::from(low));
            }
        }
        Ok(())
    }
}
