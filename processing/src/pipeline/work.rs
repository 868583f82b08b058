//! What an operation may use, and who hears how far it is.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// One run of a pipeline: its limits and its listener, who may stop it at any batch.
pub(crate) struct Work<'a> {
    limits: &'a Limits,
    progress: &'a dyn Progress,
    scratch: Option<&'a Path>,
    /// Rows that have passed, of the rows of all passes.
    done: AtomicU64,
    total: u64,
}

impl<'a> Work<'a> {
    pub(crate) fn new(limits: &'a Limits, progress: &'a dyn Progress, total: u64) -> Self {
        Self { limits, progress, scratch: None, done: AtomicU64::new(0), total }
    }

    /// The same, with files that it needs made in the folder `scratch`.
    pub(crate) fn in_folder(self, scratch: &'a Path) -> Self {
        Self { scratch: Some(scratch), ..self }
    }

    /// Where files may be made that only this run reads.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.scratch.map_or_else(std::env::temp_dir, Path::to_path_buf)
    }

    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// Who hears how far it is.
    pub(crate) fn progress(&self) -> &'a dyn Progress {
        self.progress
    }

    /// Notes that rows have passed.
    pub(crate) fn advance(&self, rows: u64) {
        self.done.fetch_add(rows, Ordering::Relaxed);
    }

    /// Tells how far the run is.
    ///
    /// # Errors
    /// [`Fault::Cancelled`] when it is to stop.
    pub(crate) fn tick(&self) -> Result<(), Fault> {
        self.progress.at("clean", self.done.load(Ordering::Relaxed).min(self.total), self.total)
    }
}

impl Deref for Work<'_> {
    type Target = Limits;

    fn deref(&self) -> &Limits {
        self.limits
    }
}
