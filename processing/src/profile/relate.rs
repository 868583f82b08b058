//! What the sampled rows say: drift of each column, and correlations between columns.

use schema::data::column::Role;
use schema::data::profile::{ColumnProfile, Correlations, RowSample};

use super::correlate::{COLUMNS_MAX, correlate};
use super::drift::{Parts, drift};
use super::infer::role;
use super::sample::Choice;
use crate::error::Fault;

/// Sampled columns on the way to their relations. Of the samples only those that are compared with
/// each other are kept.
pub(crate) struct Relations {
    choice: Choice,
    parts: Parts,
    kept: Vec<(String, Vec<f64>)>,
    left_out: u32,
}

impl Relations {
    /// Of a table with so many rows.
    pub(crate) fn new(choice: Choice, rows: u64) -> Self {
        Self { choice, parts: Parts::new(choice, rows), kept: Vec::new(), left_out: 0 }
    }

    /// Takes the sample of a column, the next in file order.
    pub(crate) fn take(&mut self, column: &mut ColumnProfile, sample: Vec<f64>) {
        if !is_signal(column) {
            return;
        }
        column.drift = drift(&sample, &self.parts);
        // A constant goes together with nothing.
        if column.distinct.as_ref().is_none_or(|distinct| distinct.count < 2) {
            return;
        }
        if self.kept.len() < COLUMNS_MAX {
            self.kept.push((column.name.clone(), sample));
        } else {
            self.left_out += 1;
        }
    }

    /// The sample and the correlations.
    ///
    /// # Errors
    ///
    /// [`Fault::Bug`] if a thread is lost.
    pub(crate) fn finish(self, threads: usize) -> Result<(RowSample, Option<Correlations>), Fault> {
        Ok((self.choice.told(), correlate(&self.kept, self.left_out, threads)?))
    }
}

/// Whether the numbers of a column are amounts, not names of something.
fn is_signal(column: &ColumnProfile) -> bool {
    let names = matches!(role(column), Role::Time | Role::Machine | Role::Lot | Role::Key);
    column.value_type.is_numeric() && !names
}

/// Whether a column holds readings, which may get stuck.
pub(crate) fn is_reading(column: &ColumnProfile) -> bool {
    column.value_type.is_numeric() && may_be_reading(role(column))
}

/// Whether a column of a role may hold readings; what people set or judge may stay as it is.
pub(crate) fn may_be_reading(role: Role) -> bool {
    matches!(role, Role::State | Role::Quality | Role::Unknown)
}
