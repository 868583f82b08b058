//! What a step is to the engine: planned on the shape of a table, perhaps fitted on its rows, then
//! applied batch by batch.

use std::path::Path;

use arrow::array::RecordBatch;
use schema::data::lineage::Fitted;
use schema::data::pipeline::Step;

use super::inputs::Inputs;
use super::shape::Shape;
use super::table::Table;
use super::work::Work;
use super::{
    bounds, cast, columns, encode, expression, fill, filter, generalise, mask, number_rows,
    parse_time, pseudonym, resample, scale, sentinel, series, sort, sparse, unique, unit, unscale,
};
use crate::error::Fault;
use crate::limits::Limits;

/// A step under way: turns each batch into its result.
pub(super) trait Op {
    /// The rows and columns that `batch` becomes. Batches come in row order.
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault>;

    /// The rows that it held back, once the last batch has come.
    fn finish(&mut self) -> Result<Option<RecordBatch>, Fault> {
        Ok(None)
    }

    /// Cells changed so far.
    fn changed(&self) -> u64 {
        0
    }
}

/// A step that must see the whole table first.
pub(super) trait Fit {
    /// Looks at the table and becomes an operation on its batches.
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault>;
}

/// A step ready to run.
pub(super) struct Ready {
    /// The operation.
    pub(super) op: Box<dyn Op>,
    /// Columns behind the step.
    pub(super) shape: Shape,
    /// Parameters found on the data.
    pub(super) fitted: Vec<Fitted>,
    /// Columns it decided to drop.
    pub(super) dropped: Vec<String>,
}

impl Ready {
    /// An operation that found no parameters.
    pub(super) fn new(op: impl Op + 'static, shape: Shape) -> Self {
        Self { op: Box::new(op), shape, fitted: Vec::new(), dropped: Vec::new() }
    }
}

/// A step that makes a new table of the whole table: other rows, or rows that depend on their
/// neighbours.
pub(super) trait Whole {
    /// Makes the table; files that it needs are made in the folder `scratch`.
    fn make(self: Box<Self>, table: &Table, work: &Work<'_>, scratch: &Path)
    -> Result<Made, Fault>;
}

/// What a [`Whole`] step made.
pub(super) struct Made {
    /// The table behind the step.
    pub(super) table: Table,
    /// Cells of rows that were there before whose value differs behind the step.
    pub(super) changed: u64,
    /// Parameters found on the data.
    pub(super) fitted: Vec<Fitted>,
}

impl Made {
    /// A table whose rows moved or went, and whose cells are as they were.
    pub(super) fn moved(table: Table) -> Self {
        Self { table, changed: 0, fitted: Vec::new() }
    }
}

/// How a step runs.
pub(super) enum Plan {
    /// On the stream, at once.
    Stream(Ready),
    /// On the stream, once fitted. The shape is what comes out as far as it is known beforehand.
    Fitted(Box<dyn Fit>, Shape),
    /// On the table as a whole.
    Whole(Box<dyn Whole>, Shape),
}

impl Plan {
    /// Columns behind the step, as far as they are known without data.
    pub(super) fn shape(&self) -> &Shape {
        match self {
            Self::Stream(ready) => &ready.shape,
            Self::Fitted(_, shape) | Self::Whole(_, shape) => shape,
        }
    }
}

/// Fits a step to a table's shape.
///
/// # Errors
/// `column-unknown`, `column-type` and the step's own faults.
pub(super) fn plan(
    step: &Step,
    shape: &Shape,
    limits: &Limits,
    inputs: &Inputs,
) -> Result<Plan, Fault> {
    match step {
        Step::Select(step) => columns::select(step, shape).map(Plan::Stream),
        Step::DropColumns(step) => columns::drop(step, shape).map(Plan::Stream),
        Step::Rename(step) => columns::rename(step, shape).map(Plan::Stream),
        Step::Cast(step) => cast::plan(step, shape).map(Plan::Stream),
        Step::Filter(step) => expression::filter(step, shape).map(Plan::Stream),
        Step::Derive(step) => expression::derive(step, shape).map(Plan::Stream),
        Step::Reorder(step) => columns::reorder(step, shape).map(Plan::Stream),
        Step::ParseTime(step) => parse_time::plan(step, shape).map(Plan::Stream),
        Step::Encode(step) => encode::plan(step, shape),
        Step::Pseudonymise(step) => pseudonym::plan(step, shape, inputs).map(Plan::Stream),
        Step::Generalise(step) => generalise::plan(step, shape).map(Plan::Stream),
        Step::Mask(step) => mask::plan(step, shape).map(Plan::Stream),
        Step::FilterRange(step) => filter::range(step, shape).map(Plan::Stream),
        Step::DropMissingRows(step) => filter::missing_rows(step, shape).map(Plan::Stream),
        Step::DropRowsWithBadTime(step) => filter::bad_time(step, shape),
        Step::DropDuplicates(step) => unique::plan(step, shape, limits).map(Plan::Stream),
        Step::SentinelToNull(step) => sentinel::plan(step, shape).map(Plan::Stream),
        Step::UnitConvert(step) => unit::plan(step, shape).map(Plan::Stream),
        Step::FillMissing(step) => fill::plan(step, shape, limits),
        Step::Outliers(step) => bounds::plan(step, shape, limits),
        Step::Scale(step) => scale::plan(step, shape),
        Step::DropConstant(step) => sparse::constant(step, shape),
        Step::DropSparse(step) => sparse::sparse(step, shape),
        Step::Sort(step) => sort::plan(step, shape),
        Step::NumberRows(step) => number_rows::plan(step, shape).map(Plan::Stream),
        Step::Resample(step) => resample::plan(step, shape),
        Step::Rolling(step) => series::rolling(step, shape, limits),
        Step::Lag(step) => series::lag(step, shape, limits).map(Plan::Stream),
        Step::Smooth(step) => series::smooth(step, shape, limits),
        Step::JoinAsof(step) => series::join_asof(step, shape, limits, inputs).map(Plan::Stream),
        Step::Segment(step) => series::segment(step, shape, limits),
        Step::LabelWindows(step) => series::label_windows(step, shape, limits, inputs),
        Step::Split(step) => series::split(step, shape, limits),
        Step::Features(step) => series::features(step, shape, limits).map(Plan::Stream),
        Step::Unscale(step) => unscale::plan(step, shape).map(Plan::Stream),
    }
}
