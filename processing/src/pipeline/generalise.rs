//! The step `generalise`: values become coarser, so that fewer rows are the only one of their kind.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use schema::data::column::ValueType;
use schema::data::pipeline::{CalendarPeriod, Coarser, Generalise};

use super::each::{Change, Each};
use super::file::ZONE;
use super::group::differing;
use super::multiple::{Class, Classes, Decimal, rounded, rounded_float};
use super::period::{beginning, first_day};
use super::shape::{Shape, no_columns};
use super::step::Ready;
use crate::error::Fault;

/// What is done with one column.
enum Rule {
    /// Classes of equal width.
    Width(Classes),
    /// Multiples.
    Round(Decimal),
    /// Bounds.
    Clip(Option<f64>, Option<f64>),
    /// Beginnings of periods.
    Period(CalendarPeriod),
    /// First characters, groups.
    Text(Coarser),
}

/// A rule, and the zone of the file.
struct Coarse {
    rule: Rule,
    offset_us: i64,
}

pub(super) fn plan(step: &Generalise, shape: &Shape) -> Result<Ready, Fault> {
    if step.columns.is_empty() {
        return Err(no_columns());
    }
    let offset_us = i64::from(shape.reading.utc_offset_min) * 60_000_000;
    let mut columns = Vec::new();
    for (name, coarser) in &step.columns {
        let index = shape.index(name)?;
        columns.push((index, Coarse { rule: rule(coarser, index, shape)?, offset_us }));
    }
    let after = shape.mapped(|index, mut column, mut data_type| {
        let rule = columns.iter().find(|(at, _)| *at == index).map(|(_, coarse)| &coarse.rule);
        if let Some(Rule::Width(_) | Rule::Text(_)) = rule {
            column.value_type = ValueType::Text;
            column.unit = column.unit.filter(|_| matches!(rule, Some(Rule::Width(_))));
            data_type = DataType::Utf8;
        }
        if rule.is_some() {
            column.formats.clear();
            column.sentinels.clear();
        }
        (column, data_type)
    });
    Ok(Ready::new(Each::new(columns, after.clone()), after))
}

/// The rule for a column, if it fits its type.
fn rule(coarser: &Coarser, index: usize, shape: &Shape) -> Result<Rule, Fault> {
    let name = shape.name(index);
    let clip = coarser.min.is_some() || coarser.max.is_some();
    let ways = [
        coarser.width.is_some(),
        coarser.round.is_some(),
        clip,
        coarser.to.is_some(),
        coarser.prefix.is_some(),
        coarser.map.is_some(),
    ];
    let stray = (coarser.from.is_some() && coarser.width.is_none())
        || (coarser.other.is_some() && coarser.map.is_none());
    if ways.into_iter().filter(|way| *way).count() != 1 || stray {
        return Err(Fault::input(
            "generalise-invalid",
            format!("열 ‘{name}’: width(from), round, min·max, to, prefix, map(other) 가운데 한 가지만 쓰십시오."),
            format!("column “{name}”: give exactly one of width (from), round, min and max, to, prefix, map (other)"),
        )
        .at_column(name));
    }
    let positive = |value: f64| {
        let decimal = Decimal::of(value).filter(|_| value > 0.0);
        decimal.ok_or_else(|| bad_number(name))
    };
    if let Some(width) = coarser.width {
        shape.must_be(index, ValueType::is_numeric, "숫자", "numeric")?;
        let from = Decimal::of(coarser.from.unwrap_or(0.0)).ok_or_else(|| bad_number(name))?;
        let classes = Classes::new(positive(width)?, from);
        return classes.map(Rule::Width).ok_or_else(|| bad_number(name));
    }
    if let Some(round) = coarser.round {
        shape.must_be(index, ValueType::is_numeric, "숫자", "numeric")?;
        let unit = positive(round)?;
        let digits = match shape.data_type(index) {
            DataType::Int64 => 0,
            DataType::Decimal128(_, scale) => u32::try_from(scale).unwrap_or(0),
            _ => u32::MAX,
        };
        return if unit.scale() <= digits { Ok(Rule::Round(unit)) } else { Err(bad_number(name)) };
    }
    if let Some(period) = coarser.to {
        let is_time = |is| {
            is == ValueType::Timestamp || (is == ValueType::Date && period != CalendarPeriod::Hour)
        };
        shape.must_be(index, is_time, "날짜·시각", "date or time")?;
        return Ok(Rule::Period(period));
    }
    if clip {
        shape.must_be(index, ValueType::is_numeric, "숫자", "numeric")?;
        let (min, max) = (coarser.min, coarser.max);
        let nan = min.is_some_and(f64::is_nan) || max.is_some_and(f64::is_nan);
        if nan || min.zip(max).is_some_and(|(min, max)| min > max) {
            return Err(bad_number(name));
        }
        return Ok(Rule::Clip(min, max));
    }
    let is_text = |is| matches!(is, ValueType::Text | ValueType::Integer | ValueType::Boolean);
    shape.must_be(index, is_text, "글자·정수", "text or integer")?;
    Ok(Rule::Text(coarser.clone()))
}

fn bad_number(name: &str) -> Fault {
    Fault::input(
        "generalise-invalid",
        format!("열 ‘{name}’: 0보다 큰 18자리 이하의 수가 필요하고, 정수 열에는 정수를, min에는 max 이하의 수를 쓰십시오."),
        format!("column “{name}”: a number above 0 of at most 18 digits is needed, a whole one for an integer column, and min may not exceed max"),
    )
    .at_column(name)
}

impl Change for Coarse {
    fn of(&self, before: &ArrayRef) -> Result<(ArrayRef, u64), Fault> {
        let coarse = match &self.rule {
            Rule::Width(classes) => in_classes(before, *classes),
            Rule::Round(unit) => in_multiples(before, *unit)?,
            Rule::Clip(min, max) => clipped(before, *min, *max)?,
            Rule::Period(period) => in_periods(before, *period, self.offset_us),
            Rule::Text(coarser) => grouped(before, coarser)?,
        };
        let changed = differing(before, &coarse)?;
        Ok((coarse, changed))
    }
}

/// The class of each number, as `[low, high)`. Infinities have none.
fn in_classes(array: &ArrayRef, classes: Classes) -> ArrayRef {
    let mut last: Option<(Class, String)> = None;
    let mut text = |class: Option<Class>| {
        let class = class?;
        match &last {
            Some((same, text)) if *same == class => Some(text.clone()),
            _ => {
                let text = format!("[{}, {})", class.low, class.high);
                last = Some((class, text.clone()));
                Some(text)
            }
        }
    };
    let texts: StringArray = match array.data_type() {
        DataType::Int64 => {
            let cells = array.as_primitive::<Int64Type>().iter();
            cells.map(|cell| text(classes.of_exact(i128::from(cell?), 0))).collect()
        }
        DataType::Decimal128(_, scale) => {
            let scale = u32::try_from(*scale).unwrap_or(0);
            let cells = array.as_primitive::<Decimal128Type>().iter();
            cells.map(|cell| text(classes.of_exact(cell?, scale))).collect()
        }
        _ => {
            let cells = array.as_primitive::<Float64Type>().iter();
            cells.map(|cell| text(classes.of_float(cell?))).collect()
        }
    };
    Arc::new(texts)
}

/// The nearest multiple of each number, null where the type cannot hold it.
fn in_multiples(array: &ArrayRef, unit: Decimal) -> Result<ArrayRef, Fault> {
    Ok(match array.data_type() {
        DataType::Int64 => {
            Arc::new(array.as_primitive::<Int64Type>().unary_opt::<_, Int64Type>(|value| {
                rounded(i128::from(value), 0, unit).and_then(|value| value.try_into().ok())
            }))
        }
        DataType::Decimal128(precision, scale) => {
            let limit = 10_i128.pow(u32::from(*precision));
            let digits = u32::try_from(*scale).unwrap_or(0);
            let rounded =
                array.as_primitive::<Decimal128Type>().unary_opt::<_, Decimal128Type>(|value| {
                    rounded(value, digits, unit).filter(|value| value.abs() < limit)
                });
            let rounded = rounded.with_precision_and_scale(*precision, *scale);
            Arc::new(rounded.map_err(|error| Fault::Bug(error.to_string()))?)
        }
        _ => Arc::new(
            array
                .as_primitive::<Float64Type>()
                .unary::<_, Float64Type>(|value| rounded_float(value, unit)),
        ),
    })
}

/// Each number, or the bound that it lies beyond; for integers and decimals the nearest value of
/// their type within the bounds, null where there is none.
fn clipped(array: &ArrayRef, min: Option<f64>, max: Option<f64>) -> Result<ArrayRef, Fault> {
    let whole = |scale: u32| {
        let low = min.map_or(i128::MIN, |min| Decimal::units_within(min, scale, true));
        let high = max.map_or(i128::MAX, |max| Decimal::units_within(max, scale, false));
        move |value: i128| (low <= high).then(|| value.clamp(low, high))
    };
    Ok(match array.data_type() {
        DataType::Int64 => {
            let clip = whole(0);
            let numbers = array.as_primitive::<Int64Type>();
            Arc::new(numbers.unary_opt::<_, Int64Type>(|value| {
                clip(i128::from(value)).and_then(|value| value.try_into().ok())
            }))
        }
        DataType::Decimal128(precision, scale) => {
            let clip = whole(u32::try_from(*scale).unwrap_or(0));
            let numbers = array.as_primitive::<Decimal128Type>();
            let clipped = numbers.unary_opt::<_, Decimal128Type>(clip);
            let clipped = clipped.with_precision_and_scale(*precision, *scale);
            Arc::new(clipped.map_err(|error| Fault::Bug(error.to_string()))?)
        }
        _ => {
            let numbers = array.as_primitive::<Float64Type>();
            Arc::new(numbers.unary::<_, Float64Type>(|value| match (min, max) {
                (Some(min), _) if value < min => min,
                (_, Some(max)) if value > max => max,
                _ => value,
            }))
        }
    })
}

/// The beginning of the period of each date or time.
fn in_periods(array: &ArrayRef, period: CalendarPeriod, offset_us: i64) -> ArrayRef {
    match array.data_type() {
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            Arc::new(days.unary_opt::<_, Date32Type>(|day| {
                first_day(period, i64::from(day)).and_then(|day| day.try_into().ok())
            }))
        }
        _ => {
            let times = array.as_primitive::<TimestampMicrosecondType>();
            let begun = times.unary_opt::<_, TimestampMicrosecondType>(|time| {
                beginning(period, time.checked_add(offset_us)?)?.checked_sub(offset_us)
            });
            Arc::new(begun.with_timezone(ZONE))
        }
    }
}

/// The first characters or the group of each text.
fn grouped(array: &ArrayRef, coarser: &Coarser) -> Result<ArrayRef, Fault> {
    let texts = cast(array, &DataType::Utf8).map_err(|error| Fault::Bug(error.to_string()))?;
    let one = |text: &str| match (&coarser.prefix, &coarser.map) {
        (Some(letters), _) => Some(text.chars().take(*letters as usize).collect()),
        (None, Some(map)) => map.get(text).or(coarser.other.as_ref()).map(|group| group.0.clone()),
        (None, None) => None,
    };
    Ok(Arc::new(texts.as_string::<i32>().iter().map(|text| one(text?)).collect::<StringArray>()))
}
