//! A cell of a sheet as text that is read back as the same value.
//!
//! Numbers keep every digit (the shortest text that gives the same float), times are written in one
//! ISO shape down to the millisecond that a sheet keeps, errors as the words spreadsheets show.

use std::io::Write as _;

use calamine::{CellErrorType, Data, DataRef, ExcelDateTime};

/// A value of any workbook format.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Empty,
    Text(&'a str),
    Integer(i64),
    Number(f64),
    Truth(bool),
    Time(ExcelDateTime),
    /// A duration as `PT7H4M30S`.
    Duration(&'a str),
    Error(&'a CellErrorType),
}

impl<'a> Value<'a> {
    pub(super) fn of(data: &'a Data) -> Self {
        match data {
            Data::Empty => Self::Empty,
            Data::String(text) | Data::DateTimeIso(text) => Self::text(text),
            Data::DurationIso(text) => Self::Duration(text),
            Data::Int(value) => Self::Integer(*value),
            Data::Float(value) => Self::Number(*value),
            Data::Bool(value) => Self::Truth(*value),
            Data::DateTime(time) => Self::Time(*time),
            Data::Error(error) => Self::Error(error),
        }
    }

    pub(super) fn of_ref(data: &'a DataRef<'a>) -> Self {
        match data {
            DataRef::Empty => Self::Empty,
            DataRef::String(text) | DataRef::DateTimeIso(text) => Self::text(text),
            DataRef::SharedString(text) => Self::text(text),
            DataRef::DurationIso(text) => Self::Duration(text),
            DataRef::Int(value) => Self::Integer(*value),
            DataRef::Float(value) => Self::Number(*value),
            DataRef::Bool(value) => Self::Truth(*value),
            DataRef::DateTime(time) => Self::Time(*time),
            DataRef::Error(error) => Self::Error(error),
        }
    }

    fn text(text: &'a str) -> Self {
        if text.trim().is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// Appends the cell as a field of a comma-separated record.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Empty => {}
            Self::Text(text) => field(text, out),
            Self::Integer(value) => put(out, format_args!("{value}")),
            Self::Number(value) => number(value, out),
            Self::Truth(value) => put(out, format_args!("{value}")),
            Self::Time(time) => stamp(time, out),
            Self::Duration(text) => match clock(text) {
                Some((hours, minutes, seconds)) => {
                    put(out, format_args!("{hours:02}:{minutes:02}:{seconds:02}"));
                }
                None => field(text, out),
            },
            Self::Error(error) => put(out, format_args!("{error}")),
        }
    }
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _infallible = out.write_fmt(text);
}

/// Text, in quotes where a bare one would be read otherwise.
fn field(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    if !bytes.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(bytes);
        return;
    }
    out.push(b'"');
    for &byte in bytes {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// The shortest digits that give the same float; whole numbers without a point, because a sheet
/// knows no other.
fn number(value: f64, out: &mut Vec<u8>) {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return put(out, format_args!("{value:.0}"));
    }
    let text = format!("{value:?}");
    match text.split_once('e') {
        // `1e16` may be a code, `1.0e16` is a number.
        Some((digits, exponent)) if !digits.contains('.') => {
            put(out, format_args!("{digits}.0e{exponent}"));
        }
        _ => out.extend_from_slice(text.as_bytes()),
    }
}

fn stamp(time: ExcelDateTime, out: &mut Vec<u8>) {
    const SERIALS: std::ops::Range<f64> = 0.0..2_958_466.0;
    let serial = time.as_f64();
    if !SERIALS.contains(&serial) || time.is_duration() && serial > 1e6 {
        return number(serial, out);
    }
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    if time.is_duration() || serial < 1.0 {
        #[expect(clippy::cast_possible_truncation, reason = "within 1e6 days")]
        let millis = (serial * 86_400_000.0).round() as i64;
        let (seconds, milli) = (millis / 1000, millis % 1000);
        put(
            out,
            format_args!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
        );
        if milli > 0 {
            put(out, format_args!(".{milli:03}"));
        }
        return;
    }
    put(
        out,
        format_args!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{milli:03}"),
    );
}

/// Hours, minutes and seconds of `PT7H4M30S`; `None` if it is not of that form.
fn clock(text: &str) -> Option<(u64, u64, u64)> {
    let mut rest = text.strip_prefix("PT")?;
    let mut take = |unit: char| -> Option<u64> {
        let Some((digits, behind)) = rest.split_once(unit) else { return Some(0) };
        let value = digits.parse().ok()?;
        rest = behind;
        Some(value)
    };
    let (hours, minutes) = (take('H')?, take('M')?);
    let seconds = rest.strip_suffix('S').unwrap_or("0");
    let seconds = seconds.split('.').next()?.parse().ok()?;
    (rest.is_empty() || rest.ends_with('S')).then_some((hours, minutes, seconds))
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    use super::*;

    fn written(value: Value<'_>) -> String {
        let mut out = Vec::new();
        value.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_read_back_as_they_were() {
        for (value, text) in [
            (0.1 + 0.2, "0.30000000000000004"),
            (12.0, "12"),
            (-3.0, "-3"),
            (9_007_199_254_740_992.0, "9007199254740992.0"),
            (1e16, "1.0e16"),
            (1.5e-7, "1.5e-7"),
            (f64::MAX, "1.7976931348623157e308"),
        ] {
            assert_eq!(written(Value::Number(value)), text);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }

    #[test]
    fn times_are_iso_in_both_systems() {
        let at = |value, is_1904| Value::Time(ExcelDateTime::new(value, DateTime, is_1904));
        for (value, text) in [
            (at(45_943.541, false), "2025-10-13 12:59:02.400"),
            (at(44_197.0, false), "2021-01-01 00:00:00.000"),
            (at(44_197.0 - 1462.0, true), "2021-01-01 00:00:00.000"),
            (at(1.0, false), "1900-01-01 00:00:00.000"),
            (at(61.0, false), "1900-03-01 00:00:00.000"),
            (at(0.5, false), "12:00:00"),
            (at(-5.0, false), "-5"),
            (at(3_000_000.0, false), "3000000"),
            (Value::Time(ExcelDateTime::new(1.25, TimeDelta, false)), "30:00:00"),
            (Value::Duration("PT07H04M30S"), "07:04:30"),
            (Value::Duration("P1D"), "P1D"),
        ] {
            assert_eq!(written(value), text);
        }
    }

    #[test]
    fn texts_are_quoted_where_they_must_be() {
        for (text, field) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("   ", ""),
        ] {
            assert_eq!(written(Value::text(text)), field);
        }
        assert_eq!(written(Value::Error(&CellErrorType::Div0)), "#DIV/0!");
    }
}
