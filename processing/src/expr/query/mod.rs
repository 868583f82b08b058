//! Read-only SQL over whole tables: what an expression cannot ask, because it sees one row only.
//!
//! One `SELECT` over tables that the caller names (`SELECT machine FROM data GROUP BY machine HAVING
//! count(*) > 10`). It means what an [expression](super) means: missing is null or NaN, integers are
//! exact (a sum of integers is a decimal and never wraps), times are instants in the zone of the
//! file, no function changes from run to run.
//!
//! Invariants:
//! - Nothing is written, no file is named: statements other than `SELECT`, table functions and
//!   tables that were not given are refused.
//! - Our own Parquet scan feeds it, and no statistics of a file decide anything.
//! - One partition, so that the answer is the same on any machine. Sorting and grouping go through
//!   files in `scratch` when they need more than the memory allowed; a sum of floats may then differ
//!   in its last digits, for floats add up in another order.
//! - Every operator can be stopped between batches, and a join that compares every row with every
//!   other is refused above [`Limits::pairs_max`](crate::Limits) pairs.
//! - Rows are counted all and kept up to a bound; without `ORDER BY` those kept are the smallest, so
//!   that they do not depend on how groups were made.

mod bounds;
mod cells;
mod exact;
mod run;
mod statement;
mod table;

use std::path::Path;

use arrow::array::RecordBatch;

use crate::error::Fault;

/// A table that a query may name.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// Its name in the query.
    pub name: &'a str,
    /// Its Parquet file.
    pub path: &'a Path,
}

/// What a query found.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whether the query makes one row with one whole number whatever the data
    /// (`SELECT count(*) FROM data WHERE …`).
    pub is_count: bool,
    /// All rows, kept or not.
    pub rows: u64,
    /// The rows kept.
    pub kept: RecordBatch,
}

impl Answer {
    /// Rows that break a rule, if the query is one: the number that it counts, else the rows that it
    /// gives.
    pub fn violations(&self) -> u64 {
        if self.is_count { self.number().unwrap_or(0) } else { self.rows }
    }

    /// The kept rows as values of JSON, until they take `bytes_max` bytes.
    ///
    /// # Errors
    /// [`Fault::Bug`] when a type cannot be told.
    pub fn cells(&self, bytes_max: usize) -> Result<Cells, Fault> {
        cells::cells(&self.kept, bytes_max)
    }

    /// The first cell as a count; none when it is null or below nought.
    fn number(&self) -> Option<u64> {
        let options = arrow::util::display::FormatOptions::default();
        let first = self.kept.columns().first()?;
        let cells = arrow::util::display::ArrayFormatter::try_new(first.as_ref(), &options).ok()?;
        if first.is_empty() { None } else { cells.value(0).to_string().parse().ok() }
    }
}

pub(super) use bounds::TOO_MANY_PAIRS;
pub use cells::Cells;
pub use run::{check, query};

#[cfg(test)]
mod tests;
