//! The step `fill_missing`: nulls, and NaN of number columns, get a value.
//!
//! | method | value | kept in memory |
//! |---|---|---|
//! | `constant` | as given | nothing |
//! | `mean`, `median`, `mode` | one a group, fitted on all rows | one column at a time |
//! | `ffill`, `bfill`, `linear` | from neighbours of the group, in row order | the filled cells |
//!
//! Integer and decimal columns keep their type: fitted and interpolated values are rounded to the
//! nearest, ties to even. Runs of nulls longer than the gap allowed are left as they are, whole.

mod gaps;
mod mode;
mod value;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{interleave, take};
use schema::data::column::ValueType;
use schema::data::pipeline::{FillMethod, FillMissing};

use super::belong::Belong;
use super::group::Groups;
use super::number::missing;
use super::sentinel::read;
use super::shape::{Shape, column};
use super::step::{Fit, Op, Plan, Ready};
use super::table::Table;
use super::work::Work;
use crate::error::Fault;
use crate::limits::Limits;

/// A fill whose values must be found first.
struct Unfitted {
    step: FillMissing,
    indices: Vec<usize>,
    time: Option<usize>,
    shape: Shape,
}

pub(super) fn plan(step: &FillMissing, shape: &Shape, limits: &Limits) -> Result<Plan, Fault> {
    let indices =
        if matches!(step.method, FillMethod::Linear | FillMethod::Mean | FillMethod::Median) {
            shape.numeric(&step.columns)?
        } else {
            shape.indices(&step.columns)?
        };
    let of_neighbours =
        matches!(step.method, FillMethod::Ffill | FillMethod::Bfill | FillMethod::Linear);
    check_options(step, of_neighbours)?;
    let groups = Groups::by(&step.group, shape, limits)?;
    let mut time = None;
    if let Some(name) = &step.time {
        let index = shape.index(name)?;
        let timed = |t: ValueType| matches!(t, ValueType::Date | ValueType::Timestamp);
        if step.max_gap_s.is_some() {
            shape.must_be(index, timed, "날짜·시각", "date or time")?;
        }
        shape.must_be(
            index,
            |t| timed(t) || t.is_numeric(),
            "시각 또는 숫자",
            "time or numeric",
        )?;
        time = Some(index);
    }
    if let (FillMethod::Constant, Some(value)) = (step.method, &step.value) {
        let mut columns = Vec::with_capacity(indices.len());
        for index in indices {
            let value = read(value, &shape.data_type(index), shape.name(index))?;
            columns.push((index, value));
        }
        let op = ByGroup { columns, groups, shape: shape.clone(), changed: 0 };
        return Ok(Plan::Stream(Ready::new(op, shape.clone())));
    }
    let fit = Unfitted { step: step.clone(), indices, time, shape: shape.clone() };
    Ok(Plan::Fitted(Box::new(fit), shape.clone()))
}

fn check_options(step: &FillMissing, of_neighbours: bool) -> Result<(), Fault> {
    let constant = step.method == FillMethod::Constant;
    let (ko, en) = if constant != step.value.is_some() {
        (
            "value는 method: constant에만, 반드시 있어야 합니다.",
            "value belongs to method: constant, and only there",
        )
    } else if constant && !step.group.is_empty() {
        ("method: constant에는 group을 쓸 수 없습니다.", "method: constant takes no group")
    } else if !of_neighbours
        && (step.time.is_some() || step.max_gap_rows.is_some() || step.max_gap_s.is_some())
    {
        (
            "time, max_gap_rows, max_gap_s는 ffill, bfill, linear에만 쓸 수 있습니다.",
            "time, max_gap_rows and max_gap_s belong to ffill, bfill and linear",
        )
    } else if step.max_gap_s.is_some() && step.time.is_none() {
        ("max_gap_s에는 time이 필요합니다.", "max_gap_s needs time")
    } else if step.max_gap_s.is_some_and(|gap| !gap.is_finite() || gap < 0.0) {
        ("max_gap_s는 0 이상의 수여야 합니다.", "max_gap_s must be a number of at least 0")
    } else {
        return Ok(());
    };
    Err(Fault::input("fill-options", ko, en))
}

impl Fit for Unfitted {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let mut groups = Groups::by(&self.step.group, &self.shape, work)?;
        let shape = self.shape.clone();
        if matches!(self.step.method, FillMethod::Mean | FillMethod::Median | FillMethod::Mode) {
            let mut belong = Belong::to(groups, table, work)?;
            let (columns, fitted) = value::fitted(&self, table, &mut belong, work)?;
            let groups = belong.into_groups()?;
            let op = ByGroup { columns, groups, shape: shape.clone(), changed: 0 };
            return Ok(Ready { fitted, ..Ready::new(op, shape) });
        }
        let of_rows = groups.of_table(table, work)?;
        let columns = gaps::patches(&self, table, of_rows.as_deref(), groups.count(), work)?;
        let op = Patched { columns, shape: shape.clone(), row: 0, changed: 0 };
        Ok(Ready::new(op, shape))
    }
}

/// Fills with one value a group.
struct ByGroup {
    /// Column and its values by group, null where the group has none.
    columns: Vec<(usize, ArrayRef)>,
    groups: Groups,
    shape: Shape,
    changed: u64,
}

impl Op for ByGroup {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let groups = arrow::array::UInt32Array::from(self.groups.of(batch)?);
        let mut arrays = batch.columns().to_vec();
        for (index, values) in &self.columns {
            let array = column(batch, *index)?;
            let gone = missing(array)?;
            if gone.true_count() == 0 {
                continue;
            }
            let filler = take(values, &groups, None).map_err(bug)?;
            // A group without a value leaves its cells as they are.
            let gone =
                arrow::compute::and(&gone, &arrow::compute::is_not_null(&filler).map_err(bug)?)
                    .map_err(bug)?;
            self.changed += gone.true_count() as u64;
            if let Some(slot) = arrays.get_mut(*index) {
                *slot = zip(&gone, &filler, array).map_err(bug)?;
            }
        }
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}

/// The filled cells of one column.
struct Patch {
    index: usize,
    /// Rows, ascending, and the value of each.
    rows: Vec<usize>,
    values: ArrayRef,
}

/// Fills single cells.
struct Patched {
    columns: Vec<Patch>,
    shape: Shape,
    row: usize,
    changed: u64,
}

impl Op for Patched {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        let end = self.row + batch.num_rows();
        for patch in &self.columns {
            let first = patch.rows.partition_point(|row| *row < self.row);
            let last = patch.rows.partition_point(|row| *row < end);
            if first == last {
                continue;
            }
            let array = column(batch, patch.index)?;
            let mut places: Vec<(usize, usize)> =
                (0..batch.num_rows()).map(|row| (0, row)).collect();
            for (n, row) in patch.rows.iter().enumerate().take(last).skip(first) {
                if let Some(place) = places.get_mut(row - self.row) {
                    *place = (1, n);
                }
            }
            self.changed += (last - first) as u64;
            if let Some(slot) = arrays.get_mut(patch.index) {
                *slot =
                    interleave(&[array.as_ref(), patch.values.as_ref()], &places).map_err(bug)?;
            }
        }
        self.row = end;
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}

/// One array out of the batches of a column.
fn whole(table: &Table, index: usize, work: &Work<'_>) -> Result<ArrayRef, Fault> {
    let mut arrays = Vec::new();
    let mut bytes = 0;
    for batch in table.scan(Some(&[index]), work)? {
        let batch = batch?;
        let array = Arc::clone(column(&batch, 0)?);
        bytes += super::table::array_bytes(array.as_ref())?;
        // Joining holds it twice.
        super::shape::within_memory(
            "빈칸 채우기",
            "filling gaps",
            bytes * 2,
            work.memory_bytes_max / 2,
        )?;
        arrays.push(array);
    }
    if arrays.is_empty() {
        return Ok(arrow::array::new_empty_array(&table.shape.data_type(index)));
    }
    let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
    arrow::compute::concat(&arrays).map_err(bug)
}
