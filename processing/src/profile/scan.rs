//! Reading a table: by row group on several threads, or from the first row to the last.
//!
//! Invariant: which thread reads which row group is left to chance, so a [`Worker`] keeps only what
//! does not depend on it, or notes the row numbers that it saw.

use std::fs::File;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::cells::Cells;
use super::table::{RowGroup, Table, unreadable};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// Cells that a batch holds at most; wide tables are read in shorter batches.
const BATCH_CELLS_MAX: usize = 1 << 20;

/// Consecutive rows of some columns.
pub(crate) struct Batch {
    /// 0-based number of the first row in the file.
    pub(crate) first_row: u64,
    /// Rows.
    pub(crate) rows: usize,
    /// Cells, in the order of the columns asked for.
    pub(crate) cells: Vec<Cells>,
}

/// Takes batches, each row once.
pub(crate) trait Worker: Send {
    /// Takes a batch. Batches of one row group come in order.
    fn take(&mut self, batch: &Batch) -> Result<(), Fault>;
}

/// A worker that takes all rows in file order, with the columns that it needs (ascending).
pub(crate) struct Walk<V> {
    /// Positions of the columns, ascending.
    pub(crate) columns: Vec<usize>,
    /// The worker.
    pub(crate) worker: V,
}

/// A scan about to run.
pub(crate) struct Scan<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// Bounds.
    pub(crate) limits: &'a Limits,
    /// Listener.
    pub(crate) progress: &'a dyn Progress,
    /// Name of the stage, for the listener.
    pub(crate) stage: &'static str,
}

impl Scan<'_> {
    /// Reads `columns` (positions, ascending) by row group with one worker a thread, and walks
    /// each of `walks` from the first row to the last, all at the same time.
    pub(crate) fn run<W: Worker, V: Worker>(
        &self,
        columns: &[usize],
        make: impl Fn() -> W + Sync,
        walks: Vec<Walk<V>>,
    ) -> Result<(Vec<W>, Vec<V>), Fault> {
        let walks: Vec<Mutex<Walk<V>>> = walks.into_iter().map(Mutex::new).collect();
        let groups = if columns.is_empty() { 0 } else { self.table.groups.len() };
        let tasks = walks.len() + groups;
        let shared = Shared::new(self, tasks, walks.len());
        let threads = self.limits.threads.clamp(1, tasks.max(1));
        let run_thread = || -> Result<Option<W>, Fault> {
            let mut worker = None;
            while let Some(task) = shared.next_task() {
                let outcome = match walks.get(task) {
                    Some(walk) => self.walk(walk, &shared),
                    None => {
                        let worker = worker.get_or_insert_with(&make);
                        self.read_group(task - walks.len(), columns, worker, &shared)
                    }
                };
                if let Err(fault) = outcome {
                    shared.stop.store(true, Ordering::Relaxed);
                    return Err(fault);
                }
            }
            Ok(worker)
        };
        let results: Vec<Result<Option<W>, Fault>> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(run_thread)).collect();
            let mut results = vec![run_thread()];
            for other in others {
                let lost = |_| Err(Fault::Bug("a thread of a scan panicked".to_owned()));
                results.push(other.join().unwrap_or_else(lost));
            }
            results
        });
        let mut workers = Vec::new();
        let mut stopped = Ok(());
        for result in results {
            match result {
                Ok(worker) => workers.extend(worker),
                // A thread that was stopped because another failed is not the cause.
                Err(Fault::Cancelled) => stopped = Err(Fault::Cancelled),
                Err(fault) => return Err(fault),
            }
        }
        stopped?;
        let mut walked = Vec::new();
        for walk in walks {
            let lost = |_| Fault::Bug("a walk over the table was lost".to_owned());
            walked.push(walk.into_inner().map_err(lost)?.worker);
        }
        Ok((workers, walked))
    }

    fn walk<V: Worker>(&self, walk: &Mutex<Walk<V>>, shared: &Shared) -> Result<(), Fault> {
        let mut walk = walk.lock().map_err(|e| Fault::Bug(e.to_string()))?;
        let Walk { columns, worker } = &mut *walk;
        for group in 0..self.table.groups.len() {
            self.read_group(group, columns, worker, shared)?;
        }
        Ok(())
    }

    fn read_group(
        &self,
        group: usize,
        columns: &[usize],
        worker: &mut dyn Worker,
        shared: &Shared,
    ) -> Result<(), Fault> {
        let table = self.table;
        let leaves = table.metadata.parquet_schema();
        let batch_rows = self.limits.batch_rows.min(BATCH_CELLS_MAX / columns.len().max(1)).max(64);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(
            File::open(&table.path)?,
            table.metadata.clone(),
        )
        .with_row_groups(vec![group])
        .with_projection(ProjectionMask::roots(leaves, columns.iter().copied()))
        .with_batch_size(batch_rows)
        .build()
        .map_err(|e| unreadable(&e))?;
        let mut first_row = table.groups[group].first_row;
        for batch in reader {
            let batch = batch.map_err(|e| unreadable(&e))?;
            let cells = columns
                .iter()
                .zip(batch.columns())
                .map(|(column, array)| Cells::of(&table.columns[*column], array))
                .collect::<Result<Vec<_>, _>>()?;
            let rows = batch.num_rows();
            worker.take(&Batch { first_row, rows, cells })?;
            first_row += rows as u64;
            shared.advance(rows as u64)?;
        }
        let RowGroup { first_row: begin, rows } = table.groups[group];
        if first_row == begin + rows {
            Ok(())
        } else {
            Err(unreadable(&"a row group does not hold the rows that the footer says"))
        }
    }
}

/// What the threads of a scan share.
struct Shared<'a> {
    scan: &'a Scan<'a>,
    tasks: usize,
    next: AtomicUsize,
    stop: AtomicBool,
    done: AtomicU64,
    total: u64,
}

impl<'a> Shared<'a> {
    fn new(scan: &'a Scan<'a>, tasks: usize, walks: usize) -> Self {
        let groups = tasks > walks;
        Self {
            scan,
            tasks,
            next: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            done: AtomicU64::new(0),
            total: scan.table.rows * (walks as u64 + u64::from(groups)),
        }
    }

    fn next_task(&self) -> Option<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        Some(self.next.fetch_add(1, Ordering::Relaxed)).filter(|task| *task < self.tasks)
    }

    fn advance(&self, rows: u64) -> Result<(), Fault> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Fault::Cancelled);
        }
        let done = self.done.fetch_add(rows, Ordering::Relaxed) + rows;
        self.scan.progress.at(self.scan.stage, done, self.total)
    }
}
