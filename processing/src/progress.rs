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

/// Stops at the `n`th report, and notes the stages that it heard of.
#[cfg(test)]
pub(crate) struct StopAt {
    left: std::sync::atomic::AtomicI64,
    /// What was told: stage, done, total.
    pub(crate) heard: std::sync::Mutex<Vec<(&'static str, u64, u64)>>,
}

#[cfg(test)]
impl StopAt {
    pub(crate) fn new(reports: i64) -> Self {
        Self { left: reports.into(), heard: std::sync::Mutex::default() }
    }
}

#[cfg(test)]
impl Progress for StopAt {
    fn at(&self, stage: &'static str, done: u64, total: u64) -> Result<(), Fault> {
        let left = self.left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        self.heard.lock().unwrap().push((stage, done, total));
        if left <= 1 { Err(Fault::Cancelled) } else { Ok(()) }
    }
}
