//! The step `parse_time`: text becomes instants, in a zone whose clock may be put forward and back.
//!
//! Zones by name come from the database that is compiled in (IANA), never from the machine, so that
//! every machine reads the same. A local time that the clock showed twice or never is told apart
//! from one that it showed once; what becomes of it is said by the step.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use schema::data::column::{Role, ValueType};
use schema::data::pipeline::{Ambiguous, CastError, ParseTime, Skipped};

use super::columns::new_name;
use super::file::{ZONE, plain_column, timestamp};
use super::shape::{Shape, column, no_columns};
use super::step::{Op, Ready};
use crate::error::Fault;
use crate::ingest::reader::TimeReader;
use crate::near::{hint, near};

/// ISO 8601, with a blank or a `T`, whole or to the day.
const ISO: [&str; 11] = [
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%d %H:%M:%S.%f%z",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
];

/// What a day in one column and a clock time in another look like when joined by a blank.
const JOINED: [&str; 6] = [
    "%Y-%m-%d %H%M%S",
    "%Y%m%d %H%M%S",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H%M%S",
];

/// Where times come from.
enum Source {
    /// Text columns, each replaced in its place.
    Columns(Vec<usize>),
    /// A column of days and one of clock times, made into a new last column.
    Joined(usize, usize),
}

struct Reading {
    source: Source,
    reader: TimeReader,
    zone: TimeZone,
    ambiguous: Ambiguous,
    skipped: Skipped,
    on_error: CastError,
    shape: Shape,
    changed: u64,
    rows: u64,
}

/// Why a text gives no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Misfit {
    /// It is no time in the shapes named.
    Text,
    /// The clock showed it twice.
    Twice,
    /// The clock never showed it.
    Never,
}

pub(super) fn plan(step: &ParseTime, shape: &Shape) -> Result<Ready, Fault> {
    let mut formats = step.formats.clone();
    let has_time = shape.columns.iter().any(|column| column.role == Role::Time);
    let of_role = |role| if role == Role::Unknown && !has_time { Role::Time } else { role };
    let (source, after) = match (&step.combine, step.columns.is_empty()) {
        (None, true) => return Err(no_columns()),
        (Some(_), false) => {
            return Err(Fault::input(
                "spec-invalid",
                "columns와 combine 가운데 하나만 쓰십시오.",
                "give either columns or combine",
            ));
        }
        (None, false) => {
            let indices = shape.indices(&step.columns)?;
            for index in &indices {
                shape.must_be(*index, |is| is == ValueType::Text, "글자", "text")?;
            }
            let after = shape.mapped(|index, mut column, mut data_type| {
                if indices.contains(&index) {
                    column.role = of_role(column.role);
                    column.value_type = ValueType::Timestamp;
                    column.unit = None;
                    column.formats.clear();
                    column.sentinels.clear();
                    column.confidence_bp = None;
                    data_type = timestamp();
                }
                (column, data_type)
            });
            (Source::Columns(indices), after)
        }
        (Some(combine), true) => {
            let (date, clock) = (shape.index(&combine.date)?, shape.index(&combine.clock)?);
            let is_day = |is| matches!(is, ValueType::Text | ValueType::Date | ValueType::Integer);
            shape.must_be(date, is_day, "글자·날짜·정수", "text, date or integer")?;
            let is_clock = |is| matches!(is, ValueType::Text | ValueType::Integer);
            shape.must_be(clock, is_clock, "글자·정수", "text or integer")?;
            new_name(&combine.into, shape)?;
            let mut column = plain_column(&combine.into, ValueType::Timestamp);
            column.role = of_role(column.role);
            let mut pairs = shape.pairs();
            pairs.push((column, timestamp()));
            if formats.is_empty() {
                formats.extend(JOINED.map(str::to_owned));
            }
            (Source::Joined(date, clock), Shape::new(shape.reading.clone(), pairs))
        }
    };
    if step.formats.is_empty() {
        formats.extend(ISO.map(str::to_owned));
    }
    let reader = TimeReader::new(&formats, 0).map_err(|format| {
        Fault::input(
            "format-unknown",
            format!("날짜 모양 {format}을(를) 알 수 없습니다."),
            format!("the date shape {format} is not known"),
        )
    })?;
    let op = Reading {
        source,
        reader,
        zone: zone(step.zone.as_deref(), shape.reading.utc_offset_min)?,
        ambiguous: step.ambiguous,
        skipped: step.skipped,
        on_error: step.on_error,
        shape: after.clone(),
        changed: 0,
        rows: 0,
    };
    Ok(Ready::new(op, after))
}

/// The zone of a name or offset; that of the file when none is named.
fn zone(name: Option<&str>, offset_min: i16) -> Result<TimeZone, Fault> {
    let fixed = |seconds| Offset::from_seconds(seconds).ok().map(TimeZone::fixed);
    let Some(name) = name else {
        let zone = fixed(i32::from(offset_min) * 60);
        return zone.ok_or_else(|| Fault::Bug(format!("offset {offset_min}")));
    };
    let database = TimeZoneDatabase::bundled();
    let found = match name.strip_prefix(['+', '-']) {
        Some(digits) => offset(digits)
            .and_then(|seconds| fixed(if name.starts_with('-') { -seconds } else { seconds })),
        None => database.get(name).ok(),
    };
    found.ok_or_else(|| {
        let names: Vec<String> =
            database.available().map(|name| name.as_str().to_owned()).collect();
        let (ko, en) = hint(&near(name, names.iter().map(String::as_str)));
        Fault::input(
            "zone-unknown",
            format!(
                "시간대 ‘{name}’을(를) 알 수 없습니다. Asia/Seoul이나 +09:00처럼 쓰십시오.{ko}"
            ),
            format!("the zone “{name}” is not known; write Asia/Seoul or +09:00{en}"),
        )
    })
}

/// Seconds of `09:00` or `0900`.
fn offset(digits: &str) -> Option<i32> {
    let plain: String = digits.chars().filter(|c| *c != ':').collect();
    if plain.len() != 4 || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = plain.split_at(2);
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 18 && minutes < 60).then_some((hours * 60 + minutes) * 60)
}

impl Op for Reading {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        match &self.source {
            Source::Columns(indices) => {
                for index in indices.clone() {
                    let texts = column(batch, index)?.as_string::<i32>().clone();
                    let times = self.read(&texts, self.shape.name(index).to_owned().as_str())?;
                    if let Some(slot) = arrays.get_mut(index) {
                        *slot = times;
                    }
                }
            }
            Source::Joined(date, clock) => {
                let texts = joined(column(batch, *date)?, column(batch, *clock)?)?;
                let name = self.shape.name(batch.num_columns()).to_owned();
                arrays.push(self.read(&texts, &name)?);
            }
        }
        self.rows += batch.num_rows() as u64;
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}

/// Day and clock time as one text; null where either is. A clock time that is a whole number is
/// hours, minutes and seconds (`73000` is 07:30:00).
fn joined(date: &ArrayRef, clock: &ArrayRef) -> Result<StringArray, Fault> {
    let bug = |error: arrow::error::ArrowError| Fault::Bug(error.to_string());
    let date = cast(date, &DataType::Utf8).map_err(bug)?;
    let clock: ArrayRef = match clock.data_type() {
        DataType::Int64 => {
            let numbers = clock.as_primitive::<Int64Type>().iter();
            Arc::new(numbers.map(|n| n.map(|n| format!("{n:06}"))).collect::<StringArray>())
        }
        _ => Arc::clone(clock),
    };
    let pairs = date.as_string::<i32>().iter().zip(clock.as_string::<i32>().iter());
    Ok(pairs.map(|(date, clock)| Some(format!("{} {}", date?.trim(), clock?.trim()))).collect())
}

impl Reading {
    /// The instants of some texts. An empty text is missing, as null is.
    fn read(&mut self, texts: &StringArray, name: &str) -> Result<ArrayRef, Fault> {
        let mut times = Vec::with_capacity(texts.len());
        for (row, text) in texts.iter().enumerate() {
            let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
                times.push(None);
                continue;
            };
            match self.instant(text) {
                Ok(time) => times.push(time),
                Err(misfit) if misfit == Misfit::Text && self.on_error == CastError::ToNull => {
                    times.push(None);
                }
                Err(misfit) => {
                    return Err(refused(misfit, name, self.rows + row as u64 + 1));
                }
            }
            if times.last() == Some(&None) {
                self.changed += 1;
            }
        }
        Ok(Arc::new(TimestampMicrosecondArray::from(times).with_timezone(ZONE)))
    }

    /// Microseconds since 1970 UTC; none where the step makes it null.
    fn instant(&self, text: &str) -> Result<Option<i64>, Misfit> {
        let (time, offset) = self.reader.written(text).ok_or(Misfit::Text)?;
        if offset.is_some() {
            return Ok(Some(time));
        }
        let clock = clock_of(time).ok_or(Misfit::Text)?;
        let at = |offset: Offset| Some(time - i64::from(offset.seconds()) * 1_000_000);
        match self.zone.to_ambiguous_timestamp(clock).offset() {
            AmbiguousOffset::Unambiguous { offset } => Ok(at(offset)),
            AmbiguousOffset::Fold { before, after } => match self.ambiguous {
                Ambiguous::Fail => Err(Misfit::Twice),
                Ambiguous::Earliest => Ok(at(before)),
                Ambiguous::Latest => Ok(at(after)),
                Ambiguous::ToNull => Ok(None),
            },
            AmbiguousOffset::Gap { before, .. } => match self.skipped {
                Skipped::Fail => Err(Misfit::Never),
                Skipped::Forward => Ok(at(before)),
                Skipped::ToNull => Ok(None),
            },
        }
    }
}

/// What a clock shows so many microseconds after the beginning of 1970 on it.
fn clock_of(time: i64) -> Option<DateTime> {
    let time = jiff::Timestamp::from_microsecond(time).ok()?;
    Some(Offset::UTC.to_datetime(time))
}

fn refused(misfit: Misfit, name: &str, row: u64) -> Fault {
    let (code, ko, en) = match misfit {
        Misfit::Text => (
            "time-unread",
            "formats의 모양으로 읽을 수 없습니다. 모양을 더하거나 on_error: to_null을 쓰십시오",
            "is no time in the shapes of formats; add its shape or use on_error: to_null",
        ),
        Misfit::Twice => (
            "time-ambiguous",
            "시계를 되돌려 두 번 있었던 시각입니다. ambiguous에 earliest나 latest를 쓰십시오",
            "happened twice because the clock was put back; set ambiguous to earliest or latest",
        ),
        Misfit::Never => (
            "time-skipped",
            "시계를 앞당겨 없었던 시각입니다. skipped에 forward나 to_null을 쓰십시오",
            "never happened because the clock was put forward; set skipped to forward or to_null",
        ),
    };
    Fault::input(
        code,
        format!("열 ‘{name}’의 {row}번째 행: {ko}."),
        format!("row {row} of column “{name}” {en}"),
    )
    .at_column(name)
    .at_row(row)
}
