//! Steps whose result at a row depends on rows around it in its group.
//!
//! The rows stream. Each group has a series per input column that remembers what its window needs,
//! and a batch is handed on once every result in it is known. Where results wait for later rows and
//! there are groups, the groups are counted first, so that a group's end is known when it comes:
//! rows wait for their own neighbours, never for the end of the table.
//!
//! A series is fed cell by cell and remembers its state, so results depend on the rows alone and
//! never on how they are cut into batches.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use super::time::Clock;
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::group::Groups;
use crate::pipeline::shape::{Shape, memory_fault, within_memory};
use crate::pipeline::step::{Fit, Op, Plan, Ready};
use crate::pipeline::table::{Table, batch_bytes};
use crate::pipeline::work::Work;

/// One cell of a series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// Number of the row in the table, from 0.
    pub(crate) row: u64,
    /// Number of the row in its group, from 0; or its time in microseconds.
    pub(crate) x: i64,
    /// Value; NaN is missing.
    pub(crate) value: f64,
}

/// The cells of one input in one group, in row order.
pub(crate) trait Series: Send {
    /// Takes the next cell, and writes the results that are now known.
    fn push(&mut self, cell: Cell, out: &mut Out);
    /// Writes the results that are left: no cell follows.
    fn end(&mut self, out: &mut Out);
    /// Cells remembered.
    fn held(&self) -> usize;
}

/// What a step does with series.
pub(crate) trait Over: Send {
    /// The inputs of a batch, a value a row; NaN is missing.
    fn inputs(&mut self, batch: &RecordBatch, groups: &[u32]) -> Result<Vec<Vec<f64>>, Fault>;
    /// Results a row of each input.
    fn lanes(&self) -> usize;
    /// A new series, for a group not seen before.
    fn series(&self) -> Box<dyn Series>;
    /// The batch behind the step: `results[input][lane][row]`; NaN is missing.
    fn outcome(
        &mut self,
        batch: &RecordBatch,
        results: &[Vec<Vec<f64>>],
    ) -> Result<RecordBatch, Fault>;
    /// Cells changed so far.
    fn changed(&self) -> u64 {
        0
    }
}

/// Results of one input, batch by batch, until they are complete.
pub(crate) struct Out {
    lanes: usize,
    chunks: VecDeque<Chunk>,
}

struct Chunk {
    first: u64,
    waiting: usize,
    lanes: Vec<Vec<f64>>,
}

impl Out {
    fn open(&mut self, first: u64, rows: usize) {
        let lanes = vec![vec![f64::NAN; rows]; self.lanes];
        self.chunks.push_back(Chunk { first, waiting: rows, lanes });
    }

    /// Sets the results of a row, once.
    pub(crate) fn set(&mut self, row: u64, values: &[f64]) {
        let chunk = match self.chunks.back() {
            Some(last) if last.first <= row => self.chunks.len() - 1,
            _ => self.chunks.partition_point(|chunk| chunk.first <= row).saturating_sub(1),
        };
        let Some(chunk) = self.chunks.get_mut(chunk) else { return };
        let at = usize::try_from(row.saturating_sub(chunk.first)).unwrap_or(usize::MAX);
        for (lane, value) in chunk.lanes.iter_mut().zip(values) {
            if let Some(slot) = lane.get_mut(at) {
                *slot = *value;
            }
        }
        chunk.waiting = chunk.waiting.saturating_sub(1);
    }
}

/// Makes the plan of a step over series. `ahead` says whether results wait for later rows; `time`
/// names the column that cells are placed by, row numbers of the group when absent.
///
/// # Errors
/// `column-unknown`, `column-type`.
pub(crate) fn plan(
    over: impl Over + 'static,
    (group, time, ahead): (&[String], Option<&str>, bool),
    before: &Shape,
    after: Shape,
    limits: &Limits,
) -> Result<Plan, Fault> {
    let groups = Groups::by(group, before, limits)?;
    let clock = time.map(|name| Clock::new(name, before)).transpose()?;
    let inputs = Delayed {
        over,
        groups,
        clock,
        left: None,
        series: Vec::new(),
        places: Vec::new(),
        outs: Vec::new(),
        held: VecDeque::new(),
        shape: before.clone(),
        bytes: 0,
        rows: 0,
        limit: limits.memory_bytes_max / 4,
    };
    if ahead && !group.is_empty() {
        let counted = Counted { op: inputs, after: after.clone() };
        return Ok(Plan::Fitted(Box::new(counted), after));
    }
    Ok(Plan::Stream(Ready::new(inputs, after)))
}

/// Waits for the number of rows of each group.
struct Counted<O> {
    op: Delayed<O>,
    after: Shape,
}

impl<O: Over + 'static> Fit for Counted<O> {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let mut op = self.op;
        op.left = Some(op.groups.counts(table, work)?);
        Ok(Ready::new(op, self.after))
    }
}

struct Delayed<O> {
    over: O,
    groups: Groups,
    clock: Option<Clock>,
    /// Rows of each group that have not come, where they were counted.
    left: Option<Vec<u64>>,
    /// By input and group.
    series: Vec<Vec<Box<dyn Series>>>,
    /// Rows of each group so far.
    places: Vec<i64>,
    outs: Vec<Out>,
    held: VecDeque<RecordBatch>,
    /// Columns before the step.
    shape: Shape,
    bytes: usize,
    rows: u64,
    limit: usize,
}

impl<O: Over> Delayed<O> {
    /// Where each row stands in its series.
    fn places(&mut self, batch: &RecordBatch, groups: &[u32]) -> Result<Vec<Option<i64>>, Fault> {
        if let Some(clock) = &mut self.clock {
            return clock.read(batch, groups);
        }
        self.places.resize(self.groups.count(), 0);
        let places = &mut self.places;
        Ok(groups
            .iter()
            .map(|group| {
                let next = places.get_mut(*group as usize)?;
                *next += 1;
                Some(*next - 1)
            })
            .collect())
    }

    fn feed(
        &mut self,
        inputs: &[Vec<f64>],
        groups: &[u32],
        places: &[Option<i64>],
    ) -> Result<(), Fault> {
        let lanes = self.over.lanes();
        self.outs.resize_with(inputs.len(), || Out { lanes, chunks: VecDeque::new() });
        self.series.resize_with(inputs.len(), Vec::new);
        let missing = vec![f64::NAN; lanes];
        let mut cells = 0;
        for ((values, series), out) in inputs.iter().zip(&mut self.series).zip(&mut self.outs) {
            series.resize_with(self.groups.count(), || self.over.series());
            out.open(self.rows, values.len());
            for (n, ((value, group), place)) in values.iter().zip(groups).zip(places).enumerate() {
                let row = self.rows + n as u64;
                match (series.get_mut(*group as usize), place) {
                    (Some(series), Some(x)) => {
                        series.push(Cell { row, x: *x, value: *value }, out);
                    }
                    _ => out.set(row, &missing),
                }
            }
            cells += series.iter().map(|series| series.held()).sum::<usize>();
        }
        let need = cells * size_of::<Cell>();
        within_memory("이동 창", "moving windows", need, self.limit)
    }

    /// Ends the series of groups whose last row has come.
    fn end_groups(&mut self, groups: &[u32]) {
        let Some(left) = &mut self.left else { return };
        for group in groups {
            let Some(left) = left.get_mut(*group as usize) else { continue };
            *left = left.saturating_sub(1);
            if *left == 0 {
                for (series, out) in self.series.iter_mut().zip(&mut self.outs) {
                    if let Some(series) = series.get_mut(*group as usize) {
                        series.end(out);
                    }
                }
            }
        }
    }

    /// The batches whose results are complete, as one.
    fn ready(&mut self) -> Result<Option<RecordBatch>, Fault> {
        let mut done = Vec::new();
        let complete = |outs: &[Out]| {
            outs.iter().all(|out| out.chunks.front().is_some_and(|chunk| chunk.waiting == 0))
        };
        while !self.held.is_empty() && complete(&self.outs) {
            let Some(batch) = self.held.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(batch_bytes(&batch)?);
            let chunks = self.outs.iter_mut().filter_map(|out| out.chunks.pop_front());
            let results: Vec<_> = chunks.map(|chunk| chunk.lanes).collect();
            done.push(self.over.outcome(&batch, &results)?);
        }
        let Some(first) = done.first() else { return Ok(None) };
        if done.len() == 1 {
            return Ok(done.pop());
        }
        let joined = concat_batches(&first.schema(), &done);
        joined.map(Some).map_err(|error| Fault::Bug(error.to_string()))
    }
}

impl<O: Over> Op for Delayed<O> {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let groups = self.groups.of(batch)?;
        let inputs = self.over.inputs(batch, &groups)?;
        let places = self.places(batch, &groups)?;
        self.bytes += batch_bytes(batch)?;
        if self.bytes > self.limit {
            return Err(memory_fault(
                "뒤 행을 기다리는 행",
                "rows that wait for later ones",
                self.bytes,
                self.limit,
            ));
        }
        self.held.push_back(batch.clone());
        self.feed(&inputs, &groups, &places)?;
        self.rows += batch.num_rows() as u64;
        self.end_groups(&groups);
        match self.ready()? {
            Some(batch) => Ok(batch),
            // Nothing is known yet.
            None => {
                let results = vec![vec![Vec::new(); self.over.lanes()]; self.outs.len()];
                self.over.outcome(&RecordBatch::new_empty(self.shape.schema.clone()), &results)
            }
        }
    }

    fn finish(&mut self) -> Result<Option<RecordBatch>, Fault> {
        for (series, out) in self.series.iter_mut().zip(&mut self.outs) {
            for series in series {
                series.end(out);
            }
        }
        self.ready()
    }

    fn changed(&self) -> u64 {
        self.over.changed()
    }
}
