//! Steps that keep some rows: by a numeric range, by a time range, by presence.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, not, or};
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use jiff::civil::Date;
use schema::data::column::ValueType;
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::{BadTime, Columns, FilterRange};

use super::number::{floats, missing};
use super::shape::{Shape, column};
use super::step::{Fit, Op, Plan, Ready};
use super::table::Table;
use super::work::Work;
use crate::DAY_US;
use crate::error::Fault;
use crate::spill::{Sorted, Sorter, ordered_whole, whole};

/// Keeps the rows for which the test answers true.
struct Filter<F> {
    keep: F,
}

impl<F: Fn(&RecordBatch) -> Result<BooleanArray, Fault>> Op for Filter<F> {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let keep = (self.keep)(batch)?;
        filter_record_batch(batch, &keep).map_err(|error| Fault::Bug(error.to_string()))
    }
}

pub(super) fn range(step: &FilterRange, shape: &Shape) -> Result<Ready, Fault> {
    let index = shape.index(&step.column)?;
    shape.must_be(index, ValueType::is_numeric, "숫자", "numeric")?;
    let (min, max, keep_missing) = (step.min, step.max, step.keep_missing);
    let unordered = min.zip(max).is_some_and(|(min, max)| min > max);
    if (min.is_none() && max.is_none()) || unordered || min.or(max).is_some_and(f64::is_nan) {
        return Err(bad_bounds());
    }
    let keep = move |batch: &RecordBatch| {
        let array = column(batch, index)?;
        Ok(within(array, min, max)?
            .iter()
            .map(|inside| Some(inside.unwrap_or(keep_missing)))
            .collect())
    };
    Ok(Ready::new(Filter { keep }, shape.clone()))
}

fn bad_bounds() -> Fault {
    Fault::input(
        "bounds-invalid",
        "범위는 min, max 중 하나 이상이 있어야 하고 min이 max보다 클 수 없습니다.",
        "bounds need min, max or both, and min may not exceed max",
    )
}

/// Whether each value lies within bounds; null where it is missing. Integers are compared exactly.
fn within(array: &ArrayRef, min: Option<f64>, max: Option<f64>) -> Result<BooleanArray, Fault> {
    if let DataType::Int64 = array.data_type() {
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, as wanted")]
        let (min, max) = (
            min.map_or(i128::MIN, |min| min.ceil() as i128),
            max.map_or(i128::MAX, |max| max.floor() as i128),
        );
        let inside = |value: i64| (min..=max).contains(&i128::from(value));
        return Ok(array.as_primitive::<Int64Type>().iter().map(|v| v.map(inside)).collect());
    }
    let inside =
        |value: f64| min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max);
    Ok(floats(array)?.iter().map(|value| value.map(inside)).collect())
}

pub(super) fn missing_rows(step: &Columns, shape: &Shape) -> Result<Ready, Fault> {
    let indices = shape.indices(&step.columns)?;
    let keep = move |batch: &RecordBatch| {
        let mut gone = BooleanArray::from(vec![false; batch.num_rows()]);
        for index in &indices {
            gone = or(&gone, &missing(column(batch, *index)?)?).map_err(bug)?;
        }
        not(&gone).map_err(bug)
    };
    Ok(Ready::new(Filter { keep }, shape.clone()))
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}

pub(super) fn bad_time(step: &BadTime, shape: &Shape) -> Result<Plan, Fault> {
    let index = shape.index(&step.column)?;
    let is_time = |t| matches!(t, ValueType::Date | ValueType::Timestamp);
    shape.must_be(index, is_time, "날짜·시각", "date or time")?;
    let offset = shape.reading.utc_offset_min;
    let of_days = matches!(shape.data_type(index), DataType::Date32);
    let min = step.min.as_deref().map(|text| bound(text, offset, of_days, false)).transpose()?;
    let max = step.max.as_deref().map(|text| bound(text, offset, of_days, true)).transpose()?;
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(bad_bounds());
    }
    let times = Times { index, min, max, keep_missing: step.keep_missing };
    if !step.usual {
        return Ok(Plan::Stream(Ready::new(times, shape.clone())));
    }
    let fit = Unfitted { times, offset, of_days, column: step.column.clone() };
    Ok(Plan::Fitted(Box::new(fit), shape.clone()))
}

/// Keeps the rows whose time lies within bounds.
struct Times {
    index: usize,
    min: Option<i64>,
    max: Option<i64>,
    keep_missing: bool,
}

/// A column of days or instants as numbers.
fn numbers(array: &ArrayRef) -> Vec<Option<i64>> {
    match array.data_type() {
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().iter().map(|day| day.map(i64::from)).collect()
        }
        _ => array.as_primitive::<TimestampMicrosecondType>().iter().collect(),
    }
}

impl Op for Times {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let inside = |time: i64| {
            self.min.is_none_or(|min| time >= min) && self.max.is_none_or(|max| time <= max)
        };
        let keep: BooleanArray = numbers(column(batch, self.index)?)
            .into_iter()
            .map(|time| Some(time.map_or(self.keep_missing, inside)))
            .collect();
        filter_record_batch(batch, &keep).map_err(bug)
    }
}

/// A range of times to be found on the data.
struct Unfitted {
    times: Times,
    offset: i16,
    of_days: bool,
    column: String,
}

impl Fit for Unfitted {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let mut days = Sorter::new(&work.scratch(), work.memory_bytes_max / 4);
        for batch in table.scan(Some(&[self.times.index]), work)? {
            let offset = i64::from(self.offset) * 60_000_000;
            let day = |time: i64| {
                if self.of_days { time } else { time.saturating_add(offset).div_euclid(DAY_US) }
            };
            for time in numbers(column(&batch?, 0)?).into_iter().flatten() {
                days.push(ordered_whole(day(time)).to_be_bytes())?;
            }
        }
        let mut times = self.times;
        let mut fitted = Vec::new();
        let middle = middle(&days.sorted()?)?;
        if let Some((first, last)) = middle.and_then(|(low, high)| usual(low, high)) {
            for (name, day, end, slot) in
                [("lower", first, false, &mut times.min), ("upper", last, true, &mut times.max)]
            {
                let found = bound(&day.to_string(), self.offset, self.of_days, end)?;
                let tighter = if end { i64::min } else { i64::max };
                *slot = Some(slot.map_or(found, |given| tighter(given, found)));
                let value = FittedValue::Text(day.to_string());
                let (column, name) = (self.column.clone(), name.to_owned());
                fitted.push(Fitted { column, group: Vec::new(), name, value });
            }
        }
        Ok(Ready { fitted, ..Ready::new(times, table.shape.clone()) })
    }
}

/// The days that 5 % and 95 % of the days are not above.
fn middle(days: &Sorted<8>) -> Result<Option<(Date, Date)>, Fault> {
    let Some(last) = days.len().checked_sub(1) else { return Ok(None) };
    let at = |place: u64| -> Result<Option<Date>, Fault> {
        let day = days.at(place)?.map(|day| whole(u64::from_be_bytes(day)));
        Ok(day.and_then(|day| {
            let days = i64::from(i32::try_from(day).ok()?);
            Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
        }))
    };
    Ok(at(last / 20)?.zip(at(last - last / 20)?))
}

/// First and last day of the whole years that are usual for times mostly between `low` and `high`.
pub(super) fn usual(low: Date, high: Date) -> Option<(Date, Date)> {
    let span = high.since(low).ok()?.get_days();
    let slack = jiff::Span::new().try_days(i64::from(span.saturating_mul(2).max(366))).ok()?;
    let first = low.checked_sub(slack).ok()?.first_of_year();
    Some((first, high.checked_add(slack).ok()?.last_of_year()))
}

/// A bound as days since 1970 or as microseconds since 1970 UTC. A day stands for its first or, at
/// the `end`, for its last instant in the file's zone.
pub(super) fn bound(text: &str, offset_min: i16, of_days: bool, end: bool) -> Result<i64, Fault> {
    let offset_us = i64::from(offset_min) * 60_000_000;
    let epoch = Date::constant(1970, 1, 1);
    let instant = |us: i64| if of_days { (us + offset_us).div_euclid(DAY_US) } else { us };
    if let Ok(day) = text.parse::<Date>()
        && !text.contains(['T', ' '])
    {
        let days = i64::from(day.since(epoch).map_err(|e| Fault::Bug(e.to_string()))?.get_days());
        if of_days {
            return Ok(days);
        }
        return Ok(days * DAY_US - offset_us + if end { DAY_US - 1 } else { 0 });
    }
    text.parse::<jiff::Timestamp>().map(|time| instant(time.as_microsecond())).map_err(|_| {
        Fault::input(
            "time-invalid",
            format!("‘{text}’은(는) 시각이 아닙니다. 2024-05-01 또는 2024-05-01T09:00:00+09:00처럼 쓰십시오."),
            format!("“{text}” is not a time; write 2024-05-01 or 2024-05-01T09:00:00+09:00"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::bound;

    #[test]
    fn a_day_covers_its_local_instants() {
        // 2024-05-01 in Korea runs from 2024-04-30T15:00:00Z to 2024-05-01T14:59:59.999999Z.
        assert_eq!(bound("2024-05-01", 540, false, false).unwrap(), 1_714_489_200_000_000);
        assert_eq!(bound("2024-05-01", 540, false, true).unwrap(), 1_714_575_599_999_999);
        assert_eq!(bound("2024-05-01", 540, true, true).unwrap(), 19_844);
        // 23:30 UTC is the next day in Korea.
        assert_eq!(bound("2024-04-30T23:30:00Z", 540, true, false).unwrap(), 19_844);
        assert_eq!(
            bound("2024-05-01T00:00:00+09:00", 0, false, false).unwrap(),
            1_714_489_200_000_000
        );
        assert!(bound("5/1/24", 540, false, false).is_err());
    }
}
