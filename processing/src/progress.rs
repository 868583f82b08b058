//! Progress and cancellation of a long operation.

use crate::error::Fault;

/// Hears how far an operation is, and may stop it.
pub trait Progress: Sync {
    /// `done` of `total` units (bytes or rows; `total` 0 when unknown) of `stage` are through.
    /// Called at batch granularity. An `Err(Fault::Cancelled)` stops the operation.
    fn at(&self, stage: &'static str, done: u64, total: u64) -> Result<(), Fault>;
}

/// Hears nothing and never stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn at(&self, _stage: &'static str, _done: u64, _total: u64) -> Result<(), Fault> {
        Ok(())
    }
}
