//! Arrow types of foreign Parquet files → the types that are stored.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, TimestampMicrosecondArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Fields, TimeUnit, TimestampMicrosecondType};
use schema::data::column::{Column, Finding, Reading, ValueType};

use super::{build, faults, notes, plan};
use crate::error::Fault;

/// What a column of a foreign file becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) data_type: DataType,
    pub(super) value_type: ValueType,
    /// Text that a dictionary declares to be something else is read like the cells of a text file.
    reader: Option<plan::Reader>,
    note: Option<Note>,
}

/// Why a type changes in a way a person should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Note {
    LocalTime,
    TimeOfDay,
    Uuid,
    Duration,
    Other,
}

/// What a type becomes.
pub(super) fn stored(data_type: &DataType) -> Stored {
    use DataType as D;
    let mut note = None;
    let (data_type, value_type) = match data_type {
        D::Dictionary(_, values) => return stored(values),
        D::RunEndEncoded(_, values) => return stored(values.data_type()),
        D::Boolean => (D::Boolean, ValueType::Boolean),
        D::Int8 | D::Int16 | D::Int32 | D::Int64 | D::UInt8 | D::UInt16 | D::UInt32 => {
            (D::Int64, ValueType::Integer)
        }
        D::UInt64 => (D::Decimal128(20, 0), ValueType::Decimal { precision: 20, scale: 0 }),
        D::Float16 | D::Float32 | D::Float64 => (D::Float64, ValueType::Number),
        D::Decimal32(precision, scale)
        | D::Decimal64(precision, scale)
        | D::Decimal128(precision, scale)
        | D::Decimal256(precision, scale)
            if *precision <= 38 && *scale >= 0 =>
        {
            let value_type = ValueType::Decimal { precision: *precision, scale: *scale };
            (D::Decimal128(*precision, *scale), value_type)
        }
        D::Date32 | D::Date64 => (D::Date32, ValueType::Date),
        D::Timestamp(_, zone) => {
            note = zone.is_none().then_some(Note::LocalTime);
            (utc(), ValueType::Timestamp)
        }
        D::Utf8 | D::LargeUtf8 | D::Utf8View | D::Null => (D::Utf8, ValueType::Text),
        D::Binary | D::LargeBinary | D::BinaryView | D::FixedSizeBinary(_) => {
            (D::Binary, ValueType::Binary)
        }
        D::Time32(_) | D::Time64(_) => {
            note = Some(Note::TimeOfDay);
            (D::Utf8, ValueType::Text)
        }
        D::Duration(_) => {
            note = Some(Note::Duration);
            (D::Int64, ValueType::Integer)
        }
        D::List(_)
        | D::LargeList(_)
        | D::FixedSizeList(..)
        | D::ListView(_)
        | D::LargeListView(_)
        | D::Struct(_)
        | D::Map(..) => (nested(data_type), ValueType::Nested),
        _ => {
            note = Some(Note::Other);
            (D::Utf8, ValueType::Text)
        }
    };
    Stored { data_type, value_type, reader: None, note }
}

/// Sixteen bytes as `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
fn uuids(array: &ArrayRef) -> ArrayRef {
    let Some(bytes) = array.as_fixed_size_binary_opt() else { return Arc::clone(array) };
    let text = |bytes: &[u8]| {
        let mut text = String::with_capacity(36);
        for (at, byte) in bytes.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        text
    };
    Arc::new(bytes.iter().map(|bytes| bytes.map(text)).collect::<StringArray>())
}

fn utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A nested type with stored types inside.
fn nested(data_type: &DataType) -> DataType {
    let inner = |field: &Field| {
        let data_type = stored(field.data_type()).data_type;
        Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
    };
    match data_type {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::ListView(field)
        | DataType::LargeListView(field) => DataType::List(inner(field)),
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|field| inner(field)).collect::<Fields>())
        }
        DataType::Map(entries, sorted) => {
            let entries = entries.as_ref().clone().with_data_type(nested(entries.data_type()));
            DataType::Map(Arc::new(entries), *sorted)
        }
        other => other.clone(),
    }
}

/// The same type with local times at an offset from UTC, where it has some.
fn localised(data_type: &DataType, offset: &str) -> DataType {
    let inner = |field: &Field| {
        Arc::new(field.clone().with_data_type(localised(field.data_type(), offset)))
    };
    match data_type {
        DataType::Timestamp(unit, None) => DataType::Timestamp(*unit, Some(offset.into())),
        DataType::List(field) => DataType::List(inner(field)),
        DataType::LargeList(field) => DataType::LargeList(inner(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(inner(field), *size),
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|field| inner(field)).collect::<Fields>())
        }
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        other => other.clone(),
    }
}

impl Stored {
    /// Takes sixteen bytes for a UUID, as the file says they are.
    pub(super) fn be_uuid(&mut self) {
        (self.data_type, self.value_type) = (DataType::Utf8, ValueType::Text);
        self.note = Some(Note::Uuid);
    }

    /// Takes the type that a dictionary declares.
    pub(super) fn declare(&mut self, column: &Column, reading: &Reading) -> Result<(), Fault> {
        let Some(data_type) = plan::data_type(column.value_type) else {
            return Err(faults::dictionary(
                format!("{} 열은 중첩 형식이 아닙니다.", column.name),
                format!("Column {} is not nested.", column.name),
            )
            .at_column(&column.name));
        };
        if self.value_type == ValueType::Text && column.value_type != ValueType::Binary {
            self.reader = Some(plan::reader(column, reading)?);
        }
        self.data_type = data_type;
        self.value_type = column.value_type;
        Ok(())
    }

    /// What a person should know about the change.
    pub(super) fn note(&self, name: &str) -> Option<Finding> {
        let (code, ko, en) = match self.note? {
            Note::LocalTime => (
                "time-zone-assumed",
                "시간대가 없어 파일의 시간대(기본: 한국)로 읽고 UTC로 저장합니다.",
                "Times carry no zone; they are read in the zone of the file (Korea by default) and \
                 stored in UTC.",
            ),
            Note::TimeOfDay => (
                "time-of-day-as-text",
                "날짜 없는 시각이라 글자로 저장합니다.",
                "A time of day without a date; stored as text.",
            ),
            Note::Uuid => ("uuid-as-text", "UUID를 글자로 저장합니다.", "A UUID; stored as text."),
            Note::Duration => (
                "duration-as-integer",
                "기간을 정수로 저장합니다.",
                "A duration; stored as an integer of its unit.",
            ),
            Note::Other => (
                "type-as-text",
                "저장할 수 없는 형식이라 글자로 바꾸어 저장합니다.",
                "A type that cannot be stored; stored as text.",
            ),
        };
        Some(notes::about(code, name, ko.to_owned(), en.to_owned()))
    }

    /// An array of the foreign type as one of the stored type.
    pub(super) fn normalise(
        &self,
        array: &ArrayRef,
        name: &str,
        before: u64,
        offset_min: i32,
    ) -> Result<ArrayRef, Fault> {
        if array.data_type() == &self.data_type {
            return Ok(Arc::clone(array));
        }
        if self.note == Some(Note::Uuid)
            && self.data_type == DataType::Utf8
            && self.reader.is_none()
        {
            return Ok(uuids(array));
        }
        if let Some(reader) = &self.reader {
            let text = self.cast(array, &DataType::Utf8, name, before)?;
            let cells = text.as_string::<i32>();
            return build::from_text(cells, reader).map_err(|row| {
                faults::value_type(name, before + row as u64 + 1, self.value_type.xs())
            });
        }
        // A day becomes the local midnight at which it begins.
        if let DataType::Timestamp(_, None) | DataType::Date32 | DataType::Date64 =
            array.data_type()
            && self.data_type == utc()
        {
            let local = DataType::Timestamp(TimeUnit::Microsecond, None);
            let local = self.cast(array, &local, name, before)?;
            let offset = i64::from(offset_min) * 60_000_000;
            let shifted: TimestampMicrosecondArray = local
                .as_primitive::<TimestampMicrosecondType>()
                .unary(|value| value.saturating_sub(offset));
            return Ok(Arc::new(shifted.with_timezone("UTC")));
        }
        let sign = if offset_min < 0 { '-' } else { '+' };
        let offset = offset_min.abs();
        let local =
            localised(array.data_type(), &format!("{sign}{:02}:{:02}", offset / 60, offset % 60));
        let array = self.cast(array, &local, name, before)?;
        self.cast(&array, &self.data_type, name, before)
    }

    /// Casts; a value that does not fit is a fault with its row.
    fn cast(
        &self,
        array: &ArrayRef,
        to: &DataType,
        name: &str,
        before: u64,
    ) -> Result<ArrayRef, Fault> {
        if array.data_type() == to {
            return Ok(Arc::clone(array));
        }
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        if let Ok(array) = cast_with_options(array, to, &strict) {
            return Ok(array);
        }
        let fault = faults::value_type(name, before + 1, self.value_type.xs());
        let lenient = CastOptions { safe: true, ..CastOptions::default() };
        let Ok(cast) = cast_with_options(array, to, &lenient) else { return Err(fault) };
        let row = (0..array.len()).find(|row| array.is_valid(*row) && cast.is_null(*row));
        Err(row.map_or(fault, |row| {
            faults::value_type(name, before + row as u64 + 1, self.value_type.xs())
        }))
    }
}
