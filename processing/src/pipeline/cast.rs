//! The step `cast`: another stored type, with what the new type cannot hold counted, not lost.
//!
//! Exactness: a number that is not whole is no integer; an integer that a float would round is no
//! number. Dates and times convert in the zone of the file. Only an instant that becomes a day may
//! lose something (its time of day), because that is what is asked for.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, RecordBatch, TimestampMicrosecondArray,
};
use arrow::compute::kernels::cmp::not_distinct;
use arrow::compute::{CastOptions, and, cast_with_options, is_not_null, not, nullif};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use jiff::civil::{Date, DateTime};
use schema::data::column::{Role, ValueType};
use schema::data::pipeline::{Cast, CastError};

use super::file::{ZONE, arrow_type};
use super::group::folded;
use super::shape::{Shape, column};
use super::step::{Op, Ready};
use crate::DAY_US;
use crate::error::Fault;
use crate::ingest::reader::TimeReader;

struct Casting {
    columns: Vec<(usize, DataType)>,
    on_error: CastError,
    /// Reader of the shapes named; ISO 8601 without.
    reader: Option<TimeReader>,
    offset_us: i64,
    shape: Shape,
    changed: u64,
    rows: u64,
}

pub(super) fn plan(step: &Cast, shape: &Shape) -> Result<Ready, Fault> {
    let mut columns = Vec::new();
    for (name, to) in &step.columns {
        let index = shape.index(name)?;
        shape.must_be(index, |is| is != ValueType::Nested, "단순", "plain")?;
        let target = arrow_type(*to).filter(|target| possible(&shape.data_type(index), target));
        let Some(target) = target else {
            let (from, to) = (shape.columns.get(index).map_or("", |c| c.value_type.xs()), to.xs());
            return Err(Fault::input(
                "cast-impossible",
                format!("열 ‘{name}’을(를) {from}에서 {to}(으)로 바꿀 수 없습니다."),
                format!("column “{name}” cannot change from {from} to {to}"),
            )
            .at_column(name.as_str()));
        };
        columns.push((index, target));
    }
    // The only time of a table is when its records were made, for all that is known.
    let has_time = shape.columns.iter().any(|column| column.role == Role::Time);
    let after = shape.mapped(|index, mut column, data_type| {
        match (columns.iter().find(|(at, _)| *at == index), step.columns.get(&column.name)) {
            (Some((_, target)), Some(to)) => {
                column.value_type = *to;
                column.confidence_bp = None;
                column.formats = Vec::new();
                let temporal = matches!(to, ValueType::Date | ValueType::Timestamp);
                if temporal && column.role == Role::Unknown && !has_time {
                    column.role = Role::Time;
                }
                (column, target.clone())
            }
            _ => (column, data_type),
        }
    });
    let op = Casting {
        columns,
        on_error: step.on_error,
        reader: reader(&step.formats, shape.reading.utc_offset_min)?,
        offset_us: i64::from(shape.reading.utc_offset_min) * 60_000_000,
        shape: after.clone(),
        changed: 0,
        rows: 0,
    };
    Ok(Ready::new(op, after))
}

fn possible(from: &DataType, to: &DataType) -> bool {
    if let DataType::Decimal128(precision, scale) = to {
        let fits = u8::try_from(*scale).is_ok_and(|scale| scale <= *precision);
        if !(1..=38).contains(precision) || !fits {
            return false;
        }
    }
    arrow::compute::can_cast_types(from, to)
}

impl Op for Casting {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        for (index, to) in &self.columns {
            let from = column(batch, *index)?;
            let cast = self.one(from, to)?;
            let lost = and(
                &is_not_null(from).map_err(bug)?,
                &not(&is_not_null(&cast).map_err(bug)?).map_err(bug)?,
            )
            .map_err(bug)?;
            if lost.true_count() > 0 {
                if self.on_error == CastError::Fail {
                    let row = lost.values().set_indices().next().unwrap_or(0);
                    return Err(unfit(self.shape.name(*index), to, self.rows + row as u64 + 1));
                }
                self.changed += lost.true_count() as u64;
            }
            if let Some(slot) = arrays.get_mut(*index) {
                *slot = cast;
            }
        }
        self.rows += batch.num_rows() as u64;
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}

fn unfit(name: &str, to: &DataType, row: u64) -> Fault {
    let to = super::file::value_type_of(to).xs();
    Fault::input(
        "cast-failed",
        format!("열 ‘{name}’의 {row}번째 행 값을 {to}(으)로 정확히 바꿀 수 없습니다. on_error: to_null로 비우거나 다른 형식을 고르십시오."),
        format!("row {row} of column “{name}” is not exactly representable as {to}; use on_error: to_null or another type"),
    )
    .at_column(name)
    .at_row(row)
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}

impl Casting {
    /// The array in the new type, null where a value does not fit.
    fn one(&self, from: &ArrayRef, to: &DataType) -> Result<ArrayRef, Fault> {
        match (from.data_type(), to) {
            (from_type, to) if from_type == to => Ok(Arc::clone(from)),
            (DataType::Utf8, DataType::Timestamp(_, _)) => Ok(Arc::new(self.instants(from))),
            (DataType::Utf8, DataType::Date32) => Ok(Arc::new(self.days(from))),
            (DataType::Timestamp(_, _), DataType::Date32) => {
                let times = from.as_primitive::<TimestampMicrosecondType>();
                Ok(Arc::new(times.unary_opt::<_, Date32Type>(|time| {
                    i32::try_from(time.checked_add(self.offset_us)?.div_euclid(DAY_US)).ok()
                })))
            }
            (DataType::Date32, DataType::Timestamp(_, _)) => {
                let days = from.as_primitive::<Date32Type>();
                let times = days.unary_opt::<_, TimestampMicrosecondType>(|day| {
                    i64::from(day).checked_mul(DAY_US)?.checked_sub(self.offset_us)
                });
                Ok(Arc::new(times.with_timezone(ZONE)))
            }
            (DataType::Utf8, _) => {
                let trimmed: arrow::array::StringArray =
                    from.as_string::<i32>().iter().map(|text| text.map(str::trim)).collect();
                quietly(&(Arc::new(trimmed) as ArrayRef), to)
            }
            (from_type, _) => {
                let cast = quietly(from, to)?;
                let back = quietly(&cast, from_type)?;
                let same: BooleanArray =
                    not_distinct(&folded(&back), &folded(from)).map_err(bug)?;
                nullif(&cast, &not(&same).map_err(bug)?).map_err(bug)
            }
        }
    }

    fn instants(&self, texts: &ArrayRef) -> TimestampMicrosecondArray {
        let iso = |text: &str| -> Option<i64> {
            let text = text.trim();
            if let Ok(time) = text.parse::<jiff::Timestamp>() {
                return Some(time.as_microsecond());
            }
            let utc = jiff::tz::Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()?;
            utc.as_microsecond().checked_sub(self.offset_us)
        };
        let read = |text| self.reader.as_ref().map_or_else(|| iso(text), |r| r.instant(text));
        texts
            .as_string::<i32>()
            .iter()
            .map(|text| read(text?))
            .collect::<TimestampMicrosecondArray>()
            .with_timezone(ZONE)
    }

    fn days(&self, texts: &ArrayRef) -> Date32Array {
        let iso = |text: &str| -> Option<i32> {
            let text = text.trim();
            let day = text.parse::<Date>().ok().filter(|_| !text.contains(['T', ' ']))?;
            day.since(Date::constant(1970, 1, 1)).ok().map(|span| span.get_days())
        };
        let read = |text| self.reader.as_ref().map_or_else(|| iso(text), |r| r.day(text));
        texts.as_string::<i32>().iter().map(|text| read(text?)).collect()
    }
}

/// A reader of the formats of a step; none when it names none.
fn reader(formats: &[String], offset_min: i16) -> Result<Option<TimeReader>, Fault> {
    if formats.is_empty() {
        return Ok(None);
    }
    TimeReader::new(formats, offset_min).map(Some).map_err(|format| {
        Fault::input(
            "format-unknown",
            format!("날짜 모양 {format}을(를) 알 수 없습니다."),
            format!("the date shape {format} is not known"),
        )
    })
}

fn quietly(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, Fault> {
    let options = CastOptions { safe: true, ..CastOptions::default() };
    cast_with_options(array, to, &options).map_err(bug)
}
