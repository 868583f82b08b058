//! Values from neighbours: the last before, the next behind, or the line between them.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use schema::data::pipeline::{FillMethod, FillMissing};

use super::{Patch, Unfitted, bug, whole};
use crate::error::Fault;
use crate::pipeline::number::{as_type, floats, missing};
use crate::pipeline::shape::within_memory;
use crate::pipeline::table::{Table, array_bytes};
use crate::pipeline::work::Work;

/// The cells that the step fills, column by column.
pub(super) fn patches(
    fit: &Unfitted,
    table: &Table,
    groups: Option<&[u32]>,
    count: usize,
    work: &Work<'_>,
) -> Result<Vec<Patch>, Fault> {
    let time = fit.time.map(|index| times(&whole(table, index, work)?)).transpose()?;
    let mut patches = Vec::with_capacity(fit.indices.len());
    let mut kept = 0;
    for index in &fit.indices {
        let array = whole(table, *index, work)?;
        let rows = array.len();
        let linear = fit.step.method == FillMethod::Linear;
        let numbers = if linear { Some(floats(&array)?) } else { None };
        let gone = missing(&array)?;
        // Times and numbers eight bytes a row; a run and its patch forty bytes a cell.
        let need = kept + rows * 17 + gone.true_count() * 40;
        within_memory("빈칸 채우기", "filling gaps", need, work.memory_bytes_max / 2)?;
        let mut gaps = Gaps { step: &fit.step, time: time.as_ref(), numbers, filled: Vec::new() };
        gaps.walk(&gone, groups, count);
        let mut filled = gaps.filled;
        filled.sort_unstable_by_key(|(row, _)| *row);
        let values = if linear {
            let numbers: Float64Array = filled.iter().map(|(_, from)| from.number()).collect();
            as_type(&numbers, array.data_type())?
        } else {
            let at: UInt64Array = filled.iter().map(|(_, from)| from.row()).collect();
            take(&array, &at, None).map_err(bug)?
        };
        let rows: Vec<usize> = filled.into_iter().map(|(row, _)| row).collect();
        kept += array_bytes(values.as_ref())? + rows.len() * 8;
        patches.push(Patch { index: *index, rows, values });
    }
    Ok(patches)
}

/// A time column as microseconds, or a numeric one as it is.
fn times(array: &ArrayRef) -> Result<Float64Array, Fault> {
    #[expect(clippy::cast_precision_loss, reason = "microseconds stay exact for 285 years of 1970")]
    let from_us = |us: i64| us as f64;
    Ok(match array.data_type() {
        DataType::Timestamp(_, _) => {
            array.as_primitive::<TimestampMicrosecondType>().unary(from_us)
        }
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().unary(|day| f64::from(day) * 86_400e6)
        }
        _ => floats(array)?,
    })
}

/// Where a filled cell has its value from.
#[derive(Clone, Copy, Debug)]
enum From {
    Row(usize),
    Number(f64),
}

impl From {
    fn number(self) -> Option<f64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    fn row(self) -> Option<u64> {
        if let Self::Row(row) = self { Some(row as u64) } else { None }
    }
}

struct Gaps<'a> {
    step: &'a FillMissing,
    time: Option<&'a Float64Array>,
    numbers: Option<Float64Array>,
    filled: Vec<(usize, From)>,
}

/// The run of missing cells that a group is in.
#[derive(Clone, Default)]
struct Run {
    before: Option<usize>,
    cells: Vec<usize>,
}

impl Gaps<'_> {
    fn walk(&mut self, gone: &arrow::array::BooleanArray, groups: Option<&[u32]>, count: usize) {
        let mut runs = vec![Run::default(); count.max(1)];
        for row in 0..gone.len() {
            let group = groups.and_then(|groups| groups.get(row)).map_or(0, |g| *g as usize);
            let Some(run) = runs.get_mut(group) else { continue };
            if gone.value(row) {
                run.cells.push(row);
                continue;
            }
            if !run.cells.is_empty() {
                self.close(run.before, &run.cells, Some(row));
                run.cells.clear();
            }
            run.before = Some(row);
        }
        for run in runs.iter().filter(|run| !run.cells.is_empty()) {
            self.close(run.before, &run.cells, None);
        }
    }

    /// Fills a run of missing cells between the rows of two values.
    fn close(&mut self, before: Option<usize>, cells: &[usize], behind: Option<usize>) {
        if self.step.max_gap_rows.is_some_and(|max| cells.len() as u64 > max) {
            return;
        }
        if let Some(max) = self.step.max_gap_s {
            let ends = before.or(cells.first().copied()).zip(behind.or(cells.last().copied()));
            let gap = ends.and_then(|(from, to)| Some(self.at(to)? - self.at(from)?));
            // Without both times, or with time running backwards, the gap is not known to be short.
            if gap.is_none_or(|us| us < 0.0 || us > max * 1e6) {
                return;
            }
        }
        let source = match self.step.method {
            FillMethod::Ffill => before,
            FillMethod::Bfill => behind,
            _ => return self.line(before, cells, behind),
        };
        if let Some(source) = source {
            self.filled.extend(cells.iter().map(|row| (*row, From::Row(source))));
        }
    }

    fn line(&mut self, before: Option<usize>, cells: &[usize], behind: Option<usize>) {
        let Some((before, behind)) = before.zip(behind) else { return };
        let Some(numbers) = &self.numbers else { return };
        let (first, last) = (numbers.value(before), numbers.value(behind));
        if !first.is_finite() || !last.is_finite() {
            return;
        }
        for (n, row) in cells.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
            let part = match self.time {
                None => Some((n + 1) as f64 / (cells.len() + 1) as f64),
                Some(_) => self.part(before, *row, behind),
            };
            if let Some(part) = part {
                self.filled.push((*row, From::Number(first * (1.0 - part) + last * part)));
            }
        }
    }

    /// How far the time of a row lies between two others, 0 to 1; `None` when it does not.
    fn part(&self, before: usize, row: usize, behind: usize) -> Option<f64> {
        let (from, at, to) = (self.at(before)?, self.at(row)?, self.at(behind)?);
        (from < to && from <= at && at <= to).then(|| (at - from) / (to - from))
    }

    fn at(&self, row: usize) -> Option<f64> {
        let time = self.time?;
        (row < time.len() && time.is_valid(row)).then(|| time.value(row))
    }
}
