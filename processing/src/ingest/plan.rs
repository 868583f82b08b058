//! How each column is read and stored, as a dictionary declares it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use schema::data::column::{Column, Dictionary, Reading, ValueType};

use super::faults;
use super::number::Style;
use super::stamp::{self, Order, Shape};
use crate::error::Fault;

/// How the text of a column becomes values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reader {
    Boolean,
    Integer(Style),
    Number(Style),
    Decimal { precision: u8, scale: i8, style: Style },
    Text,
    Date(Times),
    Timestamp(Times),
}

/// The shapes a column of dates or times may have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Times {
    pub(super) shapes: Vec<(Shape, Order)>,
    /// Microseconds of one unit, if the column counts since 1970 (`%s`, `%s%3f`).
    pub(super) epoch_us: Option<i64>,
    /// Days from 1970 to day 0 of a spreadsheet's count, if the column holds its serial days
    /// (`excel`, `excel-1904`).
    pub(super) serial_from: Option<i64>,
    pub(super) offset_min: i32,
}

/// One column of a text file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) reader: Reader,
}

impl Plan {
    /// Whether both read every cell alike; the order in which shapes are listed does not matter.
    pub(super) fn reads_as(&self, other: &Self) -> bool {
        let times = |one: &Times, other: &Times| {
            one.epoch_us == other.epoch_us
                && one.serial_from == other.serial_from
                && one.offset_min == other.offset_min
                && one.shapes.len() == other.shapes.len()
                && one.shapes.iter().all(|shape| other.shapes.contains(shape))
        };
        match (&self.reader, &other.reader) {
            (Reader::Date(one), Reader::Date(other))
            | (Reader::Timestamp(one), Reader::Timestamp(other)) => times(one, other),
            (one, other) => one == other,
        }
    }
}

/// Plans for a text file; faults if the dictionary asks for what text cannot give.
pub(super) fn plans(dictionary: &Dictionary) -> Result<Vec<Plan>, Fault> {
    dictionary
        .columns
        .iter()
        .map(|column| {
            Ok(Plan { name: column.name.clone(), reader: reader(column, &dictionary.reading)? })
        })
        .collect()
}

/// How the text of one column is read.
pub(super) fn reader(column: &Column, reading: &Reading) -> Result<Reader, Fault> {
    let style = column.formats.iter().find_map(|format| Style::from_pattern(format));
    let style = style.unwrap_or_default();
    Ok(match column.value_type {
        ValueType::Boolean => Reader::Boolean,
        ValueType::Integer => Reader::Integer(style),
        ValueType::Number => Reader::Number(style),
        ValueType::Decimal { precision, scale } => Reader::Decimal { precision, scale, style },
        ValueType::Text => Reader::Text,
        ValueType::Date => Reader::Date(times(column, reading)?),
        ValueType::Timestamp => Reader::Timestamp(times(column, reading)?),
        ValueType::Binary | ValueType::Nested => {
            return Err(faults::dictionary(
                format!("{} 열: 텍스트 파일은 이진·중첩 형식을 가질 수 없습니다.", column.name),
                format!("Column {}: a text file cannot hold binary or nested values.", column.name),
            )
            .at_column(&column.name));
        }
    })
}

fn times(column: &Column, reading: &Reading) -> Result<Times, Fault> {
    let mut times = Times { offset_min: i32::from(reading.utc_offset_min), ..Times::default() };
    for format in &column.formats {
        match format.as_str() {
            "%s" => times.epoch_us = Some(1_000_000),
            "%s%3f" => times.epoch_us = Some(1_000),
            "%s%6f" => times.epoch_us = Some(1),
            "excel" => times.serial_from = Some(stamp::calendar::SERIAL_1900),
            "excel-1904" => times.serial_from = Some(stamp::calendar::SERIAL_1904),
            other => match Shape::from_format(other) {
                Some(shape) => times.shapes.push(shape),
                None => {
                    return Err(faults::dictionary(
                        format!("{} 열: 날짜 모양 {other}을(를) 알 수 없습니다.", column.name),
                        format!("Column {}: the date shape {other} is not known.", column.name),
                    )
                    .at_column(&column.name));
                }
            },
        }
    }
    Ok(times)
}

/// The stored type of a value type; `None` for nested columns, whose type comes with the data.
pub(super) fn data_type(value_type: ValueType) -> Option<DataType> {
    Some(match value_type {
        ValueType::Boolean => DataType::Boolean,
        ValueType::Integer => DataType::Int64,
        ValueType::Number => DataType::Float64,
        ValueType::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
        ValueType::Text => DataType::Utf8,
        ValueType::Date => DataType::Date32,
        ValueType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ValueType::Binary => DataType::Binary,
        ValueType::Nested => return None,
    })
}

/// The stored schema of a text file. Every column may hold nulls, so that files of one table can be
/// read together.
pub(super) fn schema(dictionary: &Dictionary) -> Arc<Schema> {
    let fields: Vec<Field> = dictionary
        .columns
        .iter()
        .map(|column| {
            let data_type = data_type(column.value_type).unwrap_or(DataType::Utf8);
            Field::new(&column.name, data_type, true)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// Faults if a dictionary that somebody edited names no or equal columns, or impossible types.
pub(super) fn check(dictionary: &Dictionary, name_bytes_max: usize) -> Result<(), Fault> {
    let mut seen = std::collections::HashSet::new();
    for column in &dictionary.columns {
        let name = column.name.as_str();
        if name.trim().is_empty() || name.len() > name_bytes_max || name.contains(['\n', '\r']) {
            return Err(faults::dictionary(
                format!("열 이름 \"{name}\"을(를) 쓸 수 없습니다."),
                format!("The column name \"{name}\" cannot be used."),
            ));
        }
        if !seen.insert(name.to_lowercase()) {
            return Err(faults::dictionary(
                format!("열 이름 {name}이(가) 두 번 나옵니다(대소문자 무시)."),
                format!("The column name {name} occurs twice (case apart)."),
            )
            .at_column(name));
        }
        if let ValueType::Decimal { precision, scale } = column.value_type
            && (!(1..=38).contains(&precision)
                || !(0..=i16::from(precision)).contains(&i16::from(scale)))
        {
            return Err(faults::dictionary(
                format!("{name} 열: 소수 자릿수가 1~38을 벗어납니다."),
                format!("Column {name}: the decimal digits are outside 1 to 38."),
            )
            .at_column(name));
        }
    }
    Ok(())
}
