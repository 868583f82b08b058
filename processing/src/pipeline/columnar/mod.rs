//! Runs of steps done column by column: the order of the rows first, from the key columns alone,
//! then one column after the other, on all threads.
//!
//! The engine of batches gathers the whole table between two steps that need it whole. Here a run of
//! steps is planned as one: which rows stay and in which order ([`rows`]), then for each column what
//! becomes of it ([`plan`]): read, put in order, changed step by step, folded into buckets
//! ([`task`]). Memory is the order (four bytes a row) and one column a thread.
//!
//! Invariants:
//! - Table and records are those of the engine of batches, to the last bit. Steps without a kernel
//!   of their own here run as they are there, on a table of one column.
//! - What is not sure to fit (memory, types, a step's fault) is left to the engine of batches, which
//!   then does the run from its start, and words the fault.

mod floats;
mod group;
mod load;
mod part;
mod plan;
mod rows;
mod task;
#[cfg(test)]
mod tests;

use schema::data::lineage::Fitted;

use super::shape::Shape;
use super::table::Table;

pub(super) use plan::{Job, plan};

/// Rows below which the engine of batches is as fast.
pub(super) const ROWS_MIN: u64 = 100_000;

/// What a run of steps made.
pub(super) struct Ran {
    /// The table behind the run.
    pub(super) table: Table,
    /// What each step did.
    pub(super) steps: Vec<Done>,
}

/// What one step of a run did.
pub(super) struct Done {
    /// Rows before and behind.
    pub(super) rows: (u64, u64),
    /// Cells changed.
    pub(super) changed: u64,
    /// Parameters found.
    pub(super) fitted: Vec<Fitted>,
    /// Columns behind.
    pub(super) shape: Shape,
}
