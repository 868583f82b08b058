//! What an operation may use, and who hears how far it is.

use std::cell::Cell;
use std::ops::Deref;

use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// One run of a pipeline: its limits and its listener, who may stop it at any batch.
pub(crate) struct Work<'a> {
    limits: &'a Limits,
    progress: &'a dyn Progress,
    /// Rows that have passed, of the rows of all passes.
    done: Cell<u64>,
    total: u64,
}

impl<'a> Work<'a> {
    pub(crate) fn new(limits: &'a Limits, progress: &'a dyn Progress, total: u64) -> Self {
        Self { limits, progress, done: Cell::new(0), total }
    }

    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// Notes that rows have passed.
    pub(crate) fn advance(&self, rows: u64) {
        self.done.set(self.done.get().saturating_add(rows).min(self.total));
    }

    /// Tells how far the run is.
    ///
    /// # Errors
    /// [`Fault::Cancelled`] when it is to stop.
    pub(crate) fn tick(&self) -> Result<(), Fault> {
        self.progress.at("clean", self.done.get(), self.total)
    }
}

impl Deref for Work<'_> {
    type Target = Limits;

    fn deref(&self) -> &Limits {
        self.limits
    }
}
