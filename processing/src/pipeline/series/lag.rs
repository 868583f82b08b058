//! The step `lag`: values of earlier rows of the group, and differences from them.
//!
//! Values are copied, not computed with: any type, exact. Differences are exact for integers and
//! decimals, or a fault.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, new_empty_array,
    new_null_array,
};
use arrow::compute::interleave;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use schema::data::column::ValueType;
use schema::data::pipeline::Lag;

use super::{WINDOW_ROWS_MAX, measure};
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::group::Groups;
use crate::pipeline::shape::{Shape, column, within_memory};
use crate::pipeline::step::{Op, Ready};
use crate::pipeline::table::array_bytes;

/// Where a value lies: among those kept from earlier batches, in this batch, or nowhere.
type Place = (usize, usize);

const NOWHERE: Place = (2, 0);

struct Lagging {
    indices: Vec<usize>,
    rows: Vec<usize>,
    difference: bool,
    groups: Groups,
    /// The last rows of each group, oldest first.
    past: Vec<VecDeque<Place>>,
    /// Their values, by column.
    kept: Vec<ArrayRef>,
    shape: Shape,
    seen: u64,
    limit: usize,
}

pub(crate) fn plan(step: &Lag, shape: &Shape, limits: &Limits) -> Result<Ready, Fault> {
    let indices = shape.indices(&step.columns)?;
    let mut rows = Vec::with_capacity(step.rows.len());
    for lag in &step.rows {
        let repeated = step.rows.iter().filter(|other| *other == lag).count() > 1;
        if *lag == 0 || *lag > WINDOW_ROWS_MAX || repeated {
            return Err(bad_rows());
        }
        rows.push(usize::try_from(*lag).unwrap_or(usize::MAX));
    }
    if rows.is_empty() {
        return Err(bad_rows());
    }
    let mut added = Vec::new();
    for index in &indices {
        let Some(of) = shape.columns.get(*index) else { continue };
        if step.difference {
            let apart = |t: ValueType| {
                t.is_numeric() || matches!(t, ValueType::Date | ValueType::Timestamp)
            };
            shape.must_be(*index, apart, "숫자 또는 시각", "numeric or time")?;
        }
        for lag in &rows {
            let name = format!("{}_lag{lag}", of.name);
            let column = measure(name, of.value_type, of.unit.as_deref());
            added.push((column, shape.data_type(*index)));
            if step.difference {
                let name = format!("{}_diff{lag}", of.name);
                let (value_type, unit, data_type) = match shape.data_type(*index) {
                    DataType::Timestamp(_, _) => (ValueType::Number, Some("s"), DataType::Float64),
                    DataType::Date32 => (ValueType::Integer, Some("d"), DataType::Int64),
                    DataType::Decimal128(_, scale) => (
                        ValueType::Decimal { precision: 38, scale },
                        of.unit.as_deref(),
                        DataType::Decimal128(38, scale),
                    ),
                    other => (of.value_type, of.unit.as_deref(), other),
                };
                added.push((measure(name, value_type, unit), data_type));
            }
        }
    }
    let after = shape.with(added)?;
    let op = Lagging {
        kept: indices.iter().map(|index| new_empty_array(&shape.data_type(*index))).collect(),
        indices,
        rows,
        difference: step.difference,
        groups: Groups::by(&step.group, shape, limits)?,
        past: Vec::new(),
        shape: after.clone(),
        seen: 0,
        limit: limits.memory_bytes_max / 4,
    };
    Ok(Ready::new(op, after))
}

fn bad_rows() -> Fault {
    Fault::input(
        "lag-invalid",
        format!("rows에는 서로 다른 1~{WINDOW_ROWS_MAX}의 수가 하나 이상 있어야 합니다."),
        format!("rows must name one or more different numbers from 1 to {WINDOW_ROWS_MAX}"),
    )
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}

impl Lagging {
    /// For each lag, where the value of each row comes from.
    fn places(&mut self, groups: &[u32]) -> Vec<Vec<Place>> {
        let deepest = self.rows.iter().copied().max().unwrap_or(1);
        let mut places = vec![Vec::with_capacity(groups.len()); self.rows.len()];
        self.past.resize_with(self.groups.count(), VecDeque::new);
        for (row, group) in groups.iter().enumerate() {
            let Some(past) = self.past.get_mut(*group as usize) else { continue };
            for (places, lag) in places.iter_mut().zip(&self.rows) {
                let at = past.len().checked_sub(*lag).and_then(|at| past.get(at));
                places.push(at.copied().unwrap_or(NOWHERE));
            }
            past.push_back((1, row));
            if past.len() > deepest {
                past.pop_front();
            }
        }
        places
    }

    /// Copies the values that later rows may look back at.
    fn keep(&mut self, batch: &RecordBatch) -> Result<(), Fault> {
        let all: Vec<Place> = self.past.iter().flatten().copied().collect();
        let mut bytes = all.len() * size_of::<Place>();
        for (index, kept) in self.indices.iter().zip(&mut self.kept) {
            *kept =
                interleave(&[kept.as_ref(), column(batch, *index)?.as_ref()], &all).map_err(bug)?;
            bytes += array_bytes(kept.as_ref())?;
        }
        within_memory("앞 행 보관", "keeping earlier rows", bytes, self.limit)?;
        for (n, place) in self.past.iter_mut().flatten().enumerate() {
            *place = (0, n);
        }
        Ok(())
    }
}

impl Op for Lagging {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let groups = self.groups.of(batch)?;
        let places = self.places(&groups);
        let mut arrays = batch.columns().to_vec();
        for (index, kept) in self.indices.iter().zip(&self.kept) {
            let array = column(batch, *index)?;
            let none = new_null_array(array.data_type(), 1);
            for places in &places {
                let earlier = interleave(&[kept.as_ref(), array.as_ref(), none.as_ref()], places)
                    .map_err(bug)?;
                let difference = if self.difference {
                    let name = self.shape.name(*index);
                    Some(difference(array, &earlier, name, self.seen)?)
                } else {
                    None
                };
                arrays.push(earlier);
                arrays.extend(difference);
            }
        }
        self.seen += batch.num_rows() as u64;
        self.keep(batch)?;
        self.shape.batch(arrays, batch.num_rows())
    }
}

/// A column minus the values of earlier rows; null where either is missing.
fn difference(now: &ArrayRef, then: &ArrayRef, name: &str, seen: u64) -> Result<ArrayRef, Fault> {
    let overflow = |row: usize| {
        let row = seen + row as u64 + 1;
        Fault::input(
            "number-overflow",
            format!("열 ‘{name}’의 {row}번째 행에서 차이가 형식의 범위를 넘습니다."),
            format!("the difference at row {row} of column “{name}” is beyond its type"),
        )
        .at_column(name)
        .at_row(row)
    };
    Ok(match now.data_type() {
        DataType::Int64 => {
            let pairs =
                now.as_primitive::<Int64Type>().iter().zip(then.as_primitive::<Int64Type>());
            let one = |(row, (a, b)): (usize, (Option<i64>, Option<i64>))| {
                let Some((a, b)) = a.zip(b) else { return Ok(None) };
                a.checked_sub(b).map(Some).ok_or_else(|| overflow(row))
            };
            Arc::new(pairs.enumerate().map(one).collect::<Result<Int64Array, Fault>>()?)
        }
        DataType::Decimal128(_, scale) => {
            let (now, then) =
                (now.as_primitive::<Decimal128Type>(), then.as_primitive::<Decimal128Type>());
            let one = |(row, (a, b)): (usize, (Option<i128>, Option<i128>))| {
                let Some((a, b)) = a.zip(b) else { return Ok(None) };
                let limit = 10_i128.pow(38);
                let difference = a.checked_sub(b).filter(|d| d.abs() < limit);
                difference.map(Some).ok_or_else(|| overflow(row))
            };
            let array = now.iter().zip(then).enumerate().map(one);
            let array = array.collect::<Result<arrow::array::Decimal128Array, Fault>>()?;
            Arc::new(array.with_precision_and_scale(38, *scale).map_err(bug)?)
        }
        DataType::Date32 => {
            let pairs =
                now.as_primitive::<Date32Type>().iter().zip(then.as_primitive::<Date32Type>());
            let days = pairs.map(|(a, b)| Some(i64::from(a?) - i64::from(b?)));
            Arc::new(days.collect::<Int64Array>())
        }
        DataType::Timestamp(_, _) => {
            let (now, then) = (
                now.as_primitive::<TimestampMicrosecondType>(),
                then.as_primitive::<TimestampMicrosecondType>(),
            );
            #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years apart")]
            let seconds = now
                .iter()
                .zip(then)
                .map(|(a, b)| Some((i128::from(a?) - i128::from(b?)) as f64 / 1e6));
            Arc::new(seconds.collect::<Float64Array>())
        }
        _ => {
            let (now, then) =
                (now.as_primitive::<Float64Type>(), then.as_primitive::<Float64Type>());
            let pairs = now.iter().zip(then);
            let differences = pairs.map(|(a, b)| Some(a? - b?).filter(|d| !d.is_nan()));
            Arc::new(differences.collect::<Float64Array>())
        }
    })
}
