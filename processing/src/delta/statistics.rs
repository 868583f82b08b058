//! Bounds of a file's columns, from the statistics of its row groups.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, UInt64Array};
use arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Schema, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use serde_json::{Map, Value, json};

/// Characters of a text bound: enough to tell values apart, and a lower bound when cut.
const TEXT_CHARS_MAX: usize = 64;

/// A value that columns are bounded by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bound {
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Number(f64),
    /// Text, in the order of its UTF-8 bytes.
    Text(String),
    /// Days since 1970-01-01.
    Day(i32),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
}

impl Bound {
    /// The order of two values of one kind; numbers of either kind compare.
    pub(super) fn order(&self, other: &Bound) -> Option<Ordering> {
        match (self, other) {
            (Bound::Integer(a), Bound::Integer(b)) => Some(a.cmp(b)),
            (Bound::Number(a), Bound::Number(b)) => a.partial_cmp(b),
            (Bound::Integer(a), Bound::Number(b)) => whole_to_number(*a, *b),
            (Bound::Number(a), Bound::Integer(b)) => whole_to_number(*b, *a).map(Ordering::reverse),
            (Bound::Text(a), Bound::Text(b)) => Some(a.cmp(b)),
            (Bound::Day(a), Bound::Day(b)) => Some(a.cmp(b)),
            (Bound::Instant(a), Bound::Instant(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// As Delta writes it; `up` says which way a time is rounded to milliseconds.
    fn json(&self, up: bool) -> Value {
        match self {
            Bound::Integer(value) => json!(value),
            Bound::Number(value) => json!(value),
            Bound::Text(text) => json!(text),
            Bound::Day(days) => json!(day(*days)),
            Bound::Instant(micros) => {
                let millis = if up { micros.saturating_add(999) } else { *micros };
                json!(instant(millis.div_euclid(1_000)))
            }
        }
    }
}

/// Whole numbers beyond 2^53 do not fit a double: they are ordered only when that cannot matter.
fn whole_to_number(whole: i64, number: f64) -> Option<Ordering> {
    const EXACT: i64 = 1 << 53;
    ((-EXACT..=EXACT).contains(&whole)).then(|| (whole as f64).partial_cmp(&number)).flatten()
}

fn day(days: i32) -> Option<String> {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.checked_add(jiff::Span::new().try_days(days).ok()?).ok().map(|day| day.to_string())
}

fn instant(millis: i64) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(millis).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

/// What is known of a column.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// No value is below.
    pub(super) min: Option<Bound>,
    /// No value is above.
    pub(super) max: Option<Bound>,
    /// Nulls.
    pub(super) nulls: Option<u64>,
}

/// Statistics of a file.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Rows.
    pub rows: u64,
    names: Vec<String>,
    columns: BTreeMap<String, Known>,
}

impl Statistics {
    /// The statistics of a file, over all of its row groups.
    pub(super) fn of(metadata: &ParquetMetaData, schema: &Schema) -> Result<Self, ParquetError> {
        let descriptor = metadata.file_metadata().schema_descr();
        let groups = metadata.row_groups();
        let rows = groups.iter().map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).sum();
        let (mut names, mut columns) = (Vec::new(), BTreeMap::new());
        for field in schema.fields() {
            if field.data_type().is_nested() {
                continue;
            }
            let converter = StatisticsConverter::try_new(field.name(), schema, descriptor)?
                .with_missing_null_counts_as_zero(false);
            let known = Known {
                min: extreme(&converter.row_group_mins(groups)?, Ordering::Less),
                // Parquet leaves NaN out, and NaN is above every number for some readers.
                max: match field.data_type() {
                    data_type if data_type.is_floating() => None,
                    _ => extreme(&converter.row_group_maxes(groups)?, Ordering::Greater),
                },
                nulls: sum(&converter.row_group_null_counts(groups)?),
            };
            names.push(field.name().clone());
            columns.insert(field.name().clone(), known);
        }
        Ok(Statistics { rows, names, columns })
    }

    /// What is known of a column; names are compared as Delta does, without case.
    pub(super) fn column(&self, name: &str) -> Option<&Known> {
        self.columns.get(name).or_else(|| {
            let same = |known: &&String| known.to_lowercase() == name.to_lowercase();
            self.names.iter().find(same).and_then(|known| self.columns.get(known))
        })
    }

    /// The `stats` of a file action, as JSON text.
    pub fn text(&self) -> String {
        let (mut mins, mut maxes, mut nulls) = (Map::new(), Map::new(), Map::new());
        for name in &self.names {
            let Some(known) = self.columns.get(name) else { continue };
            let put = |to: &mut Map<String, Value>, value: Option<Value>| {
                if let Some(value) = value.filter(|value| !value.is_null()) {
                    to.insert(name.clone(), value);
                }
            };
            put(&mut mins, known.min.as_ref().map(|bound| bound.json(false)));
            put(&mut maxes, known.max.as_ref().map(|bound| bound.json(true)));
            put(&mut nulls, known.nulls.map(|count| json!(count)));
        }
        json!({"numRecords": self.rows, "minValues": mins, "maxValues": maxes, "nullCount": nulls})
            .to_string()
    }
}

/// The outermost of the bounds of row groups; `None` when one of them has none, since its rows are
/// then unbounded.
fn extreme(bounds: &ArrayRef, wanted: Ordering) -> Option<Bound> {
    let mut outermost: Option<Bound> = None;
    for at in 0..bounds.len() {
        let bound = bound(bounds, at, wanted)?;
        outermost = match outermost {
            Some(before) if bound.order(&before)? != wanted => Some(before),
            _ => Some(bound),
        };
    }
    outermost
}

fn bound(array: &ArrayRef, at: usize, side: Ordering) -> Option<Bound> {
    if array.is_null(at) {
        return None;
    }
    let number = |value: f64| value.is_finite().then_some(Bound::Number(value));
    match array.data_type() {
        DataType::Int8 => Some(Bound::Integer(array.as_primitive::<Int8Type>().value(at).into())),
        DataType::Int16 => Some(Bound::Integer(array.as_primitive::<Int16Type>().value(at).into())),
        DataType::Int32 => Some(Bound::Integer(array.as_primitive::<Int32Type>().value(at).into())),
        DataType::Int64 => Some(Bound::Integer(array.as_primitive::<Int64Type>().value(at))),
        DataType::Float32 => number(array.as_primitive::<Float32Type>().value(at).into()),
        DataType::Float64 => number(array.as_primitive::<Float64Type>().value(at)),
        DataType::Date32 => Some(Bound::Day(array.as_primitive::<Date32Type>().value(at))),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Some(Bound::Instant(array.as_primitive::<TimestampMicrosecondType>().value(at)))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            let millis = array.as_primitive::<TimestampMillisecondType>().value(at);
            millis.checked_mul(1_000).map(Bound::Instant)
        }
        DataType::Utf8 => text(array.as_string::<i32>().value(at), side),
        DataType::LargeUtf8 => text(array.as_string::<i64>().value(at), side),
        DataType::Utf8View => text(array.as_string_view().value(at), side),
        _ => None,
    }
}

/// A text as a bound: a long one is cut below, and is no bound above.
fn text(value: &str, side: Ordering) -> Option<Bound> {
    match (value.chars().count() > TEXT_CHARS_MAX, side) {
        (false, _) => Some(Bound::Text(value.to_owned())),
        (true, Ordering::Less) => Some(Bound::Text(value.chars().take(TEXT_CHARS_MAX).collect())),
        (true, _) => None,
    }
}

fn sum(counts: &UInt64Array) -> Option<u64> {
    counts.iter().try_fold(0u64, |sum, count| sum.checked_add(count?))
}
