//! What a single value must be like: its type and its length.

use std::sync::LazyLock;

use arrow::buffer::{BooleanBuffer, NullBuffer};
use regex::Regex;
use schema::data::quality::CellType;

use crate::profile::cells::Cells;
use crate::profile::scalar::{parse_day, parse_instant};
use crate::profile::table::Kind;

/// What a value must be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A text that can be read as a type.
    Reads(CellType),
    /// A number without fraction that fits 64 bits.
    NoFraction {
        /// Unscaled decimals have so many digits behind the point; 0 for floats.
        scale: i8,
    },
    /// So many characters or bytes.
    Length(u64, u64),
    /// Any value, because the stored type holds no other.
    Any,
    /// No value, because the stored type holds none that would do.
    None,
}

impl Form {
    /// What cells of a stored kind must be like to be of a type.
    pub(crate) fn of_type(kind: Kind, is: CellType) -> Self {
        match (kind, is) {
            (Kind::Text, CellType::Text)
            | (Kind::Flag, CellType::Boolean)
            | (Kind::Whole, CellType::Integer | CellType::Number)
            | (Kind::Real | Kind::Decimal { .. }, CellType::Number)
            | (Kind::Day, CellType::Date)
            | (Kind::Instant { .. }, CellType::Timestamp) => Self::Any,
            (Kind::Real, CellType::Integer) => Self::NoFraction { scale: 0 },
            (Kind::Decimal { scale }, CellType::Integer) => Self::NoFraction { scale },
            (Kind::Text, is) => Self::Reads(is),
            _ => Self::None,
        }
    }

    /// The rows of a batch that are not as they must be; of text, whoever knows its dictionary asks
    /// [`Form::holds`]. Missing cells never are among them.
    pub(crate) fn failing(self, cells: &Cells, rows: usize) -> BooleanBuffer {
        let nulls = cells.nulls();
        match (self, cells) {
            (Self::Any, _) => BooleanBuffer::new_unset(rows),
            (Self::None, Cells::Real(array)) => {
                valid(rows, nulls.as_ref(), |row| !array.value(row).is_nan())
            }
            (Self::None, _) => valid(rows, nulls.as_ref(), |_| true),
            (Self::NoFraction { .. }, Cells::Real(array)) => {
                valid(rows, nulls.as_ref(), |row| fractional(array.value(row)))
            }
            (Self::NoFraction { scale }, Cells::Wide(values, _)) => {
                let unit = 10_i128.pow(u32::try_from(scale).unwrap_or(0));
                valid(rows, nulls.as_ref(), |row| {
                    let value = values[row];
                    value % unit != 0 || i64::try_from(value / unit).is_err()
                })
            }
            (Self::Length(min, max), Cells::Bytes(array)) => valid(rows, nulls.as_ref(), |row| {
                !(min..=max).contains(&(array.value(row).len() as u64))
            }),
            // Forms were made to fit the kinds of the columns.
            _ => BooleanBuffer::new_unset(rows),
        }
    }

    /// Whether a text is as it must be.
    pub(crate) fn holds(self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Reads(is) => reads(text, is),
            Self::Length(min, max) => (min..=max).contains(&(text.chars().count() as u64)),
            Self::NoFraction { .. } | Self::None => false,
        }
    }
}

/// Bits of the rows that are not null and for which `fails` holds.
fn valid(rows: usize, nulls: Option<&NullBuffer>, fails: impl Fn(usize) -> bool) -> BooleanBuffer {
    let is_valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    BooleanBuffer::collect_bool(rows, |row| is_valid(row) && fails(row))
}

/// Whether a float is no whole number of 64 bits; NaN is missing.
fn fractional(value: f64) -> bool {
    const END: f64 = 9_223_372_036_854_775_808.0;
    !value.is_nan() && (value.trunc() != value || !(-END..END).contains(&value))
}

/// Whether a text can be read as a type. Blanks around it do not matter.
fn reads(text: &str, is: CellType) -> bool {
    static NUMBER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$").ok());
    let text = text.trim();
    match is {
        CellType::Text => true,
        CellType::Boolean => ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)),
        CellType::Integer => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && {
                text.parse::<i64>().is_ok()
            }
        }
        CellType::Number => NUMBER.as_ref().is_some_and(|number| number.is_match(text)),
        CellType::Date => text.len() == 10 && parse_day(text).is_some(),
        CellType::Timestamp => {
            let spelt = text.replacen(' ', "T", 1);
            // A day alone is a day.
            spelt.contains('T') && parse_instant(&spelt).is_some()
        }
    }
}

#[cfg(test)]
mod tests {
    use schema::data::quality::CellType;

    use super::{fractional, reads};

    #[test]
    fn texts_are_read_as_types_strictly() {
        use CellType::{Boolean, Date, Integer, Number, Text, Timestamp};
        for (text, is, wanted) in [
            ("", Text, true),
            ("TRUE", Boolean, true),
            ("yes", Boolean, false),
            ("1", Boolean, false),
            ("-12", Integer, true),
            ("+0012", Integer, true),
            (" 7 ", Integer, true),
            ("9223372036854775807", Integer, true),
            ("9223372036854775808", Integer, false),
            ("1.0", Integer, false),
            ("", Integer, false),
            ("-", Integer, false),
            ("１２", Integer, false),
            ("1.5e-3", Number, true),
            (".5", Number, true),
            ("5.", Number, true),
            ("9007199254740993", Number, true),
            (".", Number, false),
            ("1,000", Number, false),
            ("NaN", Number, false),
            ("inf", Number, false),
            ("0x10", Number, false),
            ("2024-02-29", Date, true),
            ("2023-02-29", Date, false),
            ("1969-12-31", Date, true),
            ("24-02-28", Date, false),
            ("2024-02-29T00:00:00", Date, false),
            ("2024-02-29T09:00:00+09:00", Timestamp, true),
            ("2024-02-29 09:00:00.123", Timestamp, true),
            ("1931-01-01T00:00:00Z", Timestamp, true),
            ("2024-02-29", Timestamp, false),
            ("2024-02-29 25:00:00", Timestamp, false),
            ("오전 9시", Timestamp, false),
        ] {
            assert_eq!(reads(text, is), wanted, "{text:?} as {is:?}");
        }
    }

    #[test]
    fn floats_are_whole_or_not() {
        for (value, wanted) in [
            (0.0, false),
            (-0.0, false),
            (2.5, true),
            (f64::NAN, false),
            (f64::INFINITY, true),
            (f64::NEG_INFINITY, true),
            (9_007_199_254_740_992.0, false),
            (9_223_372_036_854_775_808.0, true),
            (-9_223_372_036_854_775_808.0, false),
        ] {
            assert_eq!(fractional(value), wanted, "{value}");
        }
    }
}
