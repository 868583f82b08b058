//! Reading a table: by row group on several threads, or from the first row to the last.
//!
//! Invariant: which thread reads which row group is left to chance, so a [`Worker`] keeps only what
//! does not depend on it, or notes the row numbers that it saw.

use std::fs::File;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::cells::Cells;
use super::coded::CodedReader;
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

    /// A row group is through; its number is 0-based. Empty row groups end, too.
    fn end_group(&mut self, _group: usize) -> Result<(), Fault> {
        Ok(())
    }

    /// Whether it takes numbers as [`Cells::Coded`], too.
    fn takes_codes(&self) -> bool {
        false
    }
}

/// Several workers on the same batches.
impl<W: Worker> Worker for Vec<W> {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        self.iter_mut().try_for_each(|worker| worker.take(batch))
    }

    fn end_group(&mut self, group: usize) -> Result<(), Fault> {
        self.iter_mut().try_for_each(|worker| worker.end_group(group))
    }

    fn takes_codes(&self) -> bool {
        self.iter().all(W::takes_codes)
    }
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
        let mut reader = GroupReader::open(self, group, columns, worker.takes_codes())?;
        let mut first_row = self.table.groups[group].first_row;
        while let Some((rows, cells)) = reader.next()? {
            worker.take(&Batch { first_row, rows, cells })?;
            first_row += rows as u64;
            shared.advance(rows as u64)?;
        }
        let RowGroup { first_row: begin, rows } = self.table.groups[group];
        if first_row != begin + rows {
            return Err(unreadable(&"a row group does not hold the rows that the footer says"));
        }
        worker.end_group(group)
    }
}

/// Reads some columns of a row group, each by the reader that suits it.
struct GroupReader<'a> {
    table: &'a Table,
    columns: &'a [usize],
    /// For each column, if it is read by its dictionary.
    coded: Vec<Option<CodedReader<'a>>>,
    /// For the other columns, if there are any.
    plain: Option<ParquetRecordBatchReader>,
    batch_rows: usize,
    left: u64,
}

impl<'a> GroupReader<'a> {
    fn open(
        scan: &'a Scan<'_>,
        group: usize,
        columns: &'a [usize],
        codes: bool,
    ) -> Result<Self, Fault> {
        let table = scan.table;
        let open = |column: &usize| {
            if codes { CodedReader::open(table, group, *column) } else { Ok(None) }
        };
        let coded = columns.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let rest = columns.iter().zip(&coded).filter(|(_, coded)| coded.is_none());
        let rest: Vec<usize> = rest.map(|(column, _)| *column).collect();
        let batch_rows = scan.limits.batch_rows.min(BATCH_CELLS_MAX / columns.len().max(1)).max(64);
        let plain = if rest.is_empty() {
            None
        } else {
            let leaves = table.metadata.parquet_schema();
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(
                File::open(&table.path)?,
                table.metadata.clone(),
            )
            .with_row_groups(vec![group])
            .with_projection(ProjectionMask::roots(leaves, rest))
            .with_batch_size(batch_rows)
            .build()
            .map_err(|e| unreadable(&e))?;
            Some(reader)
        };
        let left = table.groups[group].rows;
        Ok(Self { table, columns, coded, plain, batch_rows, left })
    }

    /// The next rows and their cells, in the order of the columns.
    fn next(&mut self) -> Result<Option<(usize, Vec<Cells>)>, Fault> {
        let batch = match &mut self.plain {
            None => None,
            Some(reader) => match reader.next() {
                None => return Ok(None),
                Some(batch) => Some(batch.map_err(|e| unreadable(&e))?),
            },
        };
        let rows = match &batch {
            Some(batch) => batch.num_rows(),
            None => usize::try_from(self.left).unwrap_or(usize::MAX).min(self.batch_rows),
        };
        if rows == 0 {
            return Ok(None);
        }
        self.left = self.left.saturating_sub(rows as u64);
        let mut arrays = batch.iter().flat_map(|batch| batch.columns());
        let mut cells = Vec::with_capacity(self.columns.len());
        for (column, coded) in self.columns.iter().zip(&mut self.coded) {
            cells.push(match (coded, &mut arrays) {
                (Some(reader), _) => reader.read(rows)?,
                (None, arrays) => match arrays.next() {
                    Some(array) => Cells::of(&self.table.columns[*column], array)?,
                    None => return Err(Fault::Bug("a column was not read".to_owned())),
                },
            });
        }
        Ok(Some((rows, cells)))
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
