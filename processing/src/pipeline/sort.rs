//! The step `sort`: a stable order of the rows, in memory or by merging sorted runs from files.
//!
//! Missing keys (null, NaN) stand behind all values, or before them if asked, in either direction.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{SortOptions, interleave_record_batch};
use arrow::datatypes::DataType;
use arrow::row::{OwnedRow, RowConverter, Rows, SortField};
use schema::data::pipeline::Sort;

use super::file::batch_rows;
use super::number::floats;
use super::shape::{Shape, column};
use super::step::{Made, Plan, Whole};
use super::table::{Gather, Scan, Table, batch_bytes};
use super::work::Work;
use crate::error::Fault;
use crate::limits::Limits;

/// Runs merged at a time at most: each has a file open.
const FAN_IN_MAX: usize = 64;

/// An order of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    keys: Vec<(usize, SortOptions)>,
}

pub(super) fn plan(step: &Sort, shape: &Shape) -> Result<Plan, Fault> {
    let names: Vec<String> = step.by.iter().map(|key| key.column.clone()).collect();
    let mut keys = Vec::with_capacity(names.len());
    for (index, key) in shape.indices(&names)?.into_iter().zip(&step.by) {
        let field = [SortField::new(shape.data_type(index))];
        let sortable = RowConverter::supports_fields(&field);
        shape.must_be(index, |_| sortable, "순서가 있는", "sortable")?;
        let options = SortOptions { descending: key.descending, nulls_first: key.nulls_first };
        keys.push((index, options));
    }
    Ok(Plan::Whole(Box::new(Order { keys }), shape.clone()))
}

impl Whole for Order {
    fn make(
        self: Box<Self>,
        table: &Table,
        work: &Work<'_>,
        scratch: &Path,
    ) -> Result<Made, Fault> {
        self.sorted(table, work, scratch).map(Made::moved)
    }
}

/// Rows sorted in memory, kept in order by indices into their batches.
struct Run {
    batches: Vec<RecordBatch>,
    order: Vec<(usize, usize)>,
}

impl Order {
    /// Ascending by the columns at `indices`, missing keys last.
    pub(super) fn ascending(indices: &[usize]) -> Self {
        let options = SortOptions { descending: false, nulls_first: false };
        Self { keys: indices.iter().map(|index| (*index, options)).collect() }
    }

    /// By columns, whether each descends, and whether its missing keys come first.
    pub(super) fn of(keys: impl IntoIterator<Item = (usize, bool, bool)>) -> Self {
        let key =
            |(index, descending, nulls_first)| (index, SortOptions { descending, nulls_first });
        Self { keys: keys.into_iter().map(key).collect() }
    }

    /// The columns and how each is ordered.
    pub(super) fn by(&self) -> &[(usize, SortOptions)] {
        &self.keys
    }

    /// The place of each of some different values of a column among them.
    pub(super) fn ranks(
        options: SortOptions,
        values: &ArrayRef,
        column: &Shape,
    ) -> Result<Vec<u32>, Fault> {
        let order = Self { keys: vec![(0, options)] };
        let rows = order.rows(&column.batch(vec![Arc::clone(values)], values.len())?, column)?;
        let mut places: Vec<usize> = (0..values.len()).collect();
        places.sort_by(|a, b| rows.row(*a).cmp(&rows.row(*b)));
        let mut ranks = vec![0; places.len()];
        for (rank, place) in (0..).zip(places) {
            if let Some(slot) = ranks.get_mut(place) {
                *slot = rank;
            }
        }
        Ok(ranks)
    }

    /// The keys of each row of a batch, as bytes that order as the rows do.
    pub(super) fn rows(&self, batch: &RecordBatch, shape: &Shape) -> Result<Rows, Fault> {
        self.converter(shape)?.convert_columns(&self.keys(batch)?).map_err(bug)
    }

    fn converter(&self, shape: &Shape) -> Result<RowConverter, Fault> {
        let field = |(index, options): &(usize, SortOptions)| {
            SortField::new_with_options(shape.data_type(*index), *options)
        };
        RowConverter::new(self.keys.iter().map(field).collect()).map_err(bug)
    }

    fn keys(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, Fault> {
        self.keys
            .iter()
            .map(|(index, _)| {
                let array = column(batch, *index)?;
                Ok(match array.data_type() {
                    // NaN counts as missing; adding nought makes one zero of two.
                    DataType::Float64 => Arc::new(
                        floats(array)?
                            .unary::<_, arrow::datatypes::Float64Type>(|value| value + 0.0),
                    ),
                    _ => Arc::clone(array),
                })
            })
            .collect()
    }

    /// The rows of a table in this order.
    ///
    /// A run is sorted in memory until it fills a quarter of the memory allowed; more runs go to
    /// files in `scratch` and are merged, in levels when there are many: a merge holds a batch of
    /// each of its runs, within another quarter.
    ///
    /// # Errors
    /// [`Fault::Transient`] when `scratch` is full.
    pub(super) fn sorted(
        &self,
        table: &Table,
        work: &Work<'_>,
        scratch: &Path,
    ) -> Result<Table, Fault> {
        let limit = work.memory_bytes_max / 4;
        // A run goes to its file whole: it is read again only batch by batch.
        let none = Limits { memory_bytes_max: 0, ..Limits::clone(work) };
        let mut levels = Levels { order: self, runs: Vec::new(), batch_bytes: 0 };
        let (mut held, mut bytes) = (Vec::new(), 0);
        for batch in table.scan(None, work)? {
            let batch = batch?;
            let size = batch_bytes(&batch)?;
            bytes += size;
            levels.batch_bytes = levels.batch_bytes.max(size);
            held.push(batch);
            if bytes > limit {
                let run = self.run(std::mem::take(&mut held), &table.shape)?;
                levels.add(0, run.stored(&table.shape, &none, scratch)?, work, scratch)?;
                bytes = 0;
            }
        }
        let last = self.run(held, &table.shape)?;
        if levels.runs.is_empty() {
            return last.stored(&table.shape, work, scratch);
        }
        levels.add(0, last.stored(&table.shape, &none, scratch)?, work, scratch)?;
        levels.merged(work, scratch)
    }

    fn run(&self, batches: Vec<RecordBatch>, shape: &Shape) -> Result<Run, Fault> {
        let converter = self.converter(shape)?;
        let mut rows = converter.empty_rows(0, 0);
        let mut order = Vec::new();
        for (n, batch) in batches.iter().enumerate() {
            converter.append(&mut rows, &self.keys(batch)?).map_err(bug)?;
            order.extend((0..batch.num_rows()).map(|row| (n, row)));
        }
        let mut places: Vec<usize> = (0..order.len()).collect();
        let in_order = places.windows(2).all(|pair| match pair {
            [a, b] => rows.row(*a) <= rows.row(*b),
            _ => true,
        });
        if !in_order {
            places.sort_unstable_by(|a, b| rows.row(*a).cmp(&rows.row(*b)).then(a.cmp(b)));
            order = places.iter().filter_map(|place| order.get(*place).copied()).collect();
        }
        Ok(Run { batches, order })
    }

    fn merged(
        &self,
        runs: &[(u32, Table)],
        shape: &Shape,
        (work, limits): (&Work<'_>, &Limits),
        scratch: &Path,
    ) -> Result<Table, Fault> {
        let mut merge = Merge::new(self, runs, shape, work)?;
        let mut out = Gather::new(shape.clone(), limits, scratch);
        while let Some(batch) = merge.next_batch()? {
            out.push(batch)?;
        }
        out.finish()
    }
}

/// Sorted runs in files, each with its level, in the order of their rows: levels never rise.
struct Levels<'a> {
    order: &'a Order,
    runs: Vec<(u32, Table)>,
    /// Bytes of the largest batch.
    batch_bytes: usize,
}

impl Levels<'_> {
    /// How many runs are merged at a time: a merge holds a batch of each and its keys.
    fn fan_in(&self, work: &Work<'_>) -> usize {
        (work.memory_bytes_max / 4 / (3 * self.batch_bytes).max(1)).clamp(2, FAN_IN_MAX)
    }

    /// Adds a run behind all others; when there are enough of its level, they become one of the next.
    fn add(
        &mut self,
        level: u32,
        run: Table,
        work: &Work<'_>,
        scratch: &Path,
    ) -> Result<(), Fault> {
        self.runs.push((level, run));
        let mut level = level;
        loop {
            let alike = self.runs.iter().rev().take_while(|(of, _)| *of == level).count();
            if alike < self.fan_in(work) {
                return Ok(());
            }
            let last = self.runs.split_off(self.runs.len() - alike);
            level += 1;
            let merged = self.merge(&last, work, scratch)?;
            self.runs.push((level, merged));
        }
    }

    /// One file out of some runs.
    fn merge(
        &self,
        runs: &[(u32, Table)],
        work: &Work<'_>,
        scratch: &Path,
    ) -> Result<Table, Fault> {
        let none = Limits { memory_bytes_max: 0, ..Limits::clone(work) };
        let shape = runs.first().map(|(_, run)| run.shape.clone());
        let shape = shape.ok_or_else(|| Fault::Bug("no runs to merge".into()))?;
        self.order.merged(runs, &shape, (work, &none), scratch)
    }

    /// All rows in order.
    fn merged(mut self, work: &Work<'_>, scratch: &Path) -> Result<Table, Fault> {
        let most = self.fan_in(work);
        while self.runs.len() > most {
            // The last runs are the smallest.
            let few = most.min(self.runs.len() - most + 1);
            let last = self.runs.split_off(self.runs.len() - few);
            let merged = self.merge(&last, work, scratch)?;
            self.runs.push((0, merged));
        }
        let shape = self.runs.first().map(|(_, run)| run.shape.clone());
        let shape = shape.ok_or_else(|| Fault::Bug("no runs to merge".into()))?;
        self.order.merged(&self.runs, &shape, (work, work.limits()), scratch)
    }
}

impl Run {
    fn stored(self, shape: &Shape, limits: &Limits, scratch: &Path) -> Result<Table, Fault> {
        let mut out = Gather::new(shape.clone(), limits, scratch);
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        for piece in self.order.chunks(batch_rows(shape.columns.len())) {
            out.push(interleave_record_batch(&batches, piece).map_err(bug)?)?;
        }
        out.finish()
    }
}

/// The merge of sorted runs: the smallest key first, the earlier run on a tie.
struct Merge<'a> {
    order: &'a Order,
    converter: RowConverter,
    cursors: Vec<Cursor<'a>>,
    heap: BinaryHeap<Reverse<(OwnedRow, usize)>>,
    /// Batches that pending rows point into.
    batches: Vec<RecordBatch>,
    pending: Vec<(usize, usize)>,
    /// Rows put out at a time.
    rows: usize,
}

struct Cursor<'a> {
    scan: Scan<'a>,
    keys: Option<Rows>,
    /// Place of the current batch among `batches`, and the row in it.
    batch: usize,
    row: usize,
}

impl<'a> Merge<'a> {
    fn new(
        order: &'a Order,
        runs: &'a [(u32, Table)],
        shape: &Shape,
        work: &'a Work<'a>,
    ) -> Result<Self, Fault> {
        let mut merge = Self {
            order,
            converter: order.converter(shape)?,
            cursors: Vec::new(),
            heap: BinaryHeap::new(),
            batches: Vec::new(),
            pending: Vec::new(),
            rows: batch_rows(shape.columns.len()),
        };
        for (_, run) in runs {
            let scan = run.scan(None, work)?;
            merge.cursors.push(Cursor { scan, keys: None, batch: 0, row: 0 });
        }
        for run in 0..runs.len() {
            merge.load(run)?;
        }
        Ok(merge)
    }

    /// Reads the next batch of a run and enters its first row; nothing when the run is over.
    fn load(&mut self, run: usize) -> Result<(), Fault> {
        let Some(cursor) = self.cursors.get_mut(run) else { return Ok(()) };
        cursor.keys = None;
        for batch in cursor.scan.by_ref() {
            let batch = batch?;
            if batch.num_rows() == 0 {
                continue;
            }
            let keys = self.converter.convert_columns(&self.order.keys(&batch)?).map_err(bug)?;
            self.heap.push(Reverse((keys.row(0).owned(), run)));
            cursor.keys = Some(keys);
            cursor.batch = self.batches.len();
            cursor.row = 0;
            self.batches.push(batch);
            break;
        }
        Ok(())
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>, Fault> {
        while self.pending.len() < self.rows {
            let Some(Reverse((_, run))) = self.heap.pop() else { break };
            let Some(cursor) = self.cursors.get_mut(run) else { break };
            self.pending.push((cursor.batch, cursor.row));
            cursor.row += 1;
            match &cursor.keys {
                Some(keys) if cursor.row < keys.num_rows() => {
                    self.heap.push(Reverse((keys.row(cursor.row).owned(), run)));
                }
                _ => self.load(run)?,
            }
        }
        if self.pending.is_empty() {
            return Ok(None);
        }
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        let out = interleave_record_batch(&batches, &self.pending).map_err(bug)?;
        self.pending.clear();
        self.forget();
        Ok(Some(out))
    }

    /// Lets go of batches that no cursor stands in.
    fn forget(&mut self) {
        let mut kept = Vec::with_capacity(self.cursors.len());
        for cursor in self.cursors.iter_mut().filter(|cursor| cursor.keys.is_some()) {
            if let Some(batch) = self.batches.get(cursor.batch) {
                cursor.batch = kept.len();
                kept.push(batch.clone());
            }
        }
        self.batches = kept;
    }
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}
