//! The cells of one column of one batch, in canonical form.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int64Array,
    StringArray,
};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, TimeUnit, TimestampMicrosecondType,
};

use super::coded::Coded;
use super::number::Real;
use super::table::{Kind, TableColumn, text_dictionary};
use crate::error::Fault;

/// The cells of one column of one batch.
#[derive(Clone, Debug)]
pub(crate) enum Cells {
    /// Booleans.
    Flag(BooleanArray),
    /// Integers, days or instants.
    Whole(Int64Array),
    /// Floats.
    Real(Float64Array),
    /// Unscaled decimals.
    Wide(ScalarBuffer<i128>, Option<NullBuffer>),
    /// Text.
    Text(Text),
    /// Bytes.
    Bytes(BinaryArray),
    /// Anything else.
    Opaque(ArrayRef),
    /// Integers, days, instants or floats by the dictionary of the file; only for a worker that
    /// takes them so.
    Coded(Coded),
}

/// Text cells: keys into a dictionary, or as they are.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    /// Keys and entries. Entries may repeat and may be null.
    Coded(DictionaryArray<Int32Type>),
    /// Text.
    Plain(StringArray),
}

const STRICT: CastOptions<'static> =
    CastOptions { safe: false, format_options: arrow::util::display::FormatOptions::new() };

impl Cells {
    /// The cells of an array as read.
    ///
    /// # Errors
    ///
    /// `value-out-of-range`, if an instant does not fit microseconds.
    pub(crate) fn of(column: &TableColumn, array: &ArrayRef) -> Result<Self, Fault> {
        let cast = |to: &DataType| -> Result<ArrayRef, Fault> {
            if array.data_type() == to {
                return Ok(Arc::clone(array));
            }
            cast_with_options(array, to, &STRICT).map_err(|error| {
                Fault::input(
                    "value-out-of-range",
                    format!("값이 표현할 수 있는 범위를 벗어났습니다. ({error})"),
                    format!("A value is beyond the range that can be represented. ({error})"),
                )
                .at_column(&column.name)
            })
        };
        Ok(match column.kind {
            Kind::Flag => Self::Flag(cast(&DataType::Boolean)?.as_boolean().clone()),
            Kind::Whole => Self::Whole(cast(&DataType::Int64)?.as_primitive().clone()),
            Kind::Day => {
                let days = cast(&DataType::Date32)?;
                Self::Whole(days.as_primitive::<Date32Type>().unary(i64::from))
            }
            Kind::Instant { .. } => {
                let zone = match array.data_type() {
                    DataType::Timestamp(_, zone) => zone.clone(),
                    _ => None,
                };
                let micros = cast(&DataType::Timestamp(TimeUnit::Microsecond, zone))?;
                let micros = micros.as_primitive::<TimestampMicrosecondType>();
                Self::Whole(micros.reinterpret_cast())
            }
            Kind::Real => Self::Real(cast(&DataType::Float64)?.as_primitive().clone()),
            Kind::Decimal { scale } => {
                let wide = cast(&DataType::Decimal128(38, scale))?;
                let wide = wide.as_primitive::<Decimal128Type>();
                Self::Wide(wide.values().clone(), wide.nulls().cloned())
            }
            Kind::Text if *array.data_type() == text_dictionary() => {
                Self::Text(Text::Coded(array.as_dictionary::<Int32Type>().clone()))
            }
            Kind::Text => Self::Text(Text::Plain(cast(&DataType::Utf8)?.as_string().clone())),
            Kind::Bytes => Self::Bytes(cast(&DataType::Binary)?.as_binary().clone()),
            Kind::Opaque => Self::Opaque(Arc::clone(array)),
        })
    }

    /// Which cells are null; a key of a null entry is a null cell.
    pub(crate) fn nulls(&self) -> Option<NullBuffer> {
        match self {
            Self::Flag(array) => array.nulls().cloned(),
            Self::Whole(array) => array.nulls().cloned(),
            Self::Real(array) => array.nulls().cloned(),
            Self::Wide(_, nulls) => nulls.clone(),
            Self::Text(Text::Coded(array)) => array.logical_nulls(),
            Self::Text(Text::Plain(array)) => array.nulls().cloned(),
            Self::Bytes(array) => array.nulls().cloned(),
            Self::Opaque(array) => array.logical_nulls(),
            Self::Coded(coded) => coded.nulls.clone(),
        }
    }
}

/// The bits of a float as a key: one zero, one NaN.
pub(crate) fn float_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { Real::new(value).get().to_bits() }
}

/// Whether two dictionaries are the same memory, so that what was found for one holds for the other.
pub(crate) fn same_entries(a: &ArrayRef, b: &ArrayRef) -> bool {
    let (Some(a), Some(b)) = (a.as_string_opt::<i32>(), b.as_string_opt::<i32>()) else {
        return false;
    };
    a.len() == b.len() && a.values().ptr_eq(b.values()) && a.offsets().ptr_eq(b.offsets())
}
