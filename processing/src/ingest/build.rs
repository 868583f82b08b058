//! Cells of a block to arrays of the declared types.
//!
//! Invariant: a cell that does not fit its type is never stored as something else; its row is
//! reported. Only empty cells and the words of [`words`](super::words) become null, and those words
//! are counted.

use std::cell::Cell;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    NullBufferBuilder, StringArray, TimestampMicrosecondArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, OffsetBuffer, ScalarBuffer};

use super::census::Census;
use super::grid::Grid;
use super::number::{self, Plain, Style};
use super::plan::{Reader, Times};
use super::stamp::{self, calendar};
use super::words;

/// An array and what was read as null although the cell was not empty.
pub(super) struct Built {
    pub(super) array: ArrayRef,
    pub(super) null_words: u64,
}

/// Why a column could not be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// The cell of this 0-based row does not fit the type.
    Value(usize),
    /// The text is not UTF-8.
    Encoding,
}

/// Builds one column of a block.
pub(super) fn build(grid: &Grid, column: usize, reader: &Reader) -> Result<Built, Misfit> {
    from_cells(grid.column(column), grid.rows, reader)
}

/// Counts one column of a block and builds it. A plain number is read once for both.
pub(super) fn count_and_build(
    grid: &Grid,
    column: usize,
    reader: &Reader,
) -> (Census, Result<Built, Misfit>) {
    let mut census = Census::default();
    let last = Cell::new(None);
    let mut row = 0;
    let mut cells = grid.column(column).inspect(|cell| {
        row += 1;
        last.set(census.observe(cell, row));
    });
    let built = match reader {
        Reader::Number(Style::Plain) => numbers(&mut cells, grid.rows, |cell| {
            last.take().and_then(|plain| number::value(plain, cell))
        }),
        Reader::Integer(Style::Plain) => {
            integers(&mut cells, grid.rows, |cell| last.take().and_then(|plain| whole(plain, cell)))
        }
        _ => from_cells(&mut cells, grid.rows, reader),
    };
    // The rest, behind a cell that does not fit.
    cells.for_each(drop);
    (census, built)
}

/// Builds a column from texts of a Parquet file; `Err` gives the 0-based row that does not fit.
pub(super) fn from_text(array: &StringArray, reader: &Reader) -> Result<ArrayRef, usize> {
    let cells = array.iter().map(|cell| cell.unwrap_or("").as_bytes());
    match from_cells(cells, array.len(), reader) {
        Ok(built) => Ok(built.array),
        Err(Misfit::Value(row)) => Err(row),
        Err(Misfit::Encoding) => Err(0),
    }
}

fn from_cells<'a>(
    cells: impl Iterator<Item = &'a [u8]>,
    rows: usize,
    reader: &Reader,
) -> Result<Built, Misfit> {
    match reader {
        Reader::Text => text(cells, rows),
        Reader::Boolean => {
            let (values, nulls, null_words) = typed(cells, rows, truth)?;
            let array = BooleanArray::new(BooleanBuffer::from(values), nulls);
            Ok(Built { array: Arc::new(array), null_words })
        }
        Reader::Integer(Style::Plain) => integers(cells, rows, integer),
        Reader::Integer(style) => {
            let mut room = Vec::new();
            integers(cells, rows, |cell| integer(style.plain(cell, &mut room)?))
        }
        Reader::Number(Style::Plain) => numbers(cells, rows, number::number),
        Reader::Number(style) => {
            let mut room = Vec::new();
            numbers(cells, rows, |cell| number::number(style.plain(cell, &mut room)?))
        }
        Reader::Decimal { precision, scale, style } => {
            let mut room = Vec::new();
            let (values, nulls, null_words) = typed(cells, rows, |cell| {
                decimal(style.plain(cell, &mut room)?, *precision, *scale)
            })?;
            let array = Decimal128Array::new(values.into(), nulls)
                .with_precision_and_scale(*precision, *scale)
                .map_err(|_| Misfit::Value(0))?;
            Ok(Built { array: Arc::new(array), null_words })
        }
        Reader::Date(times) => {
            let (values, nulls, null_words) = typed(cells, rows, |cell| date(cell, times))?;
            Ok(Built { array: Arc::new(Date32Array::new(values.into(), nulls)), null_words })
        }
        Reader::Timestamp(times) => {
            // Rows of the same moment stand together.
            let mut last: (Vec<u8>, i64) = (Vec::new(), 0);
            let (values, nulls, null_words) = typed(cells, rows, |cell| {
                if *cell != *last.0 {
                    let at = instant(cell, times)?;
                    last.0.clear();
                    last.0.extend_from_slice(cell);
                    last.1 = at;
                }
                Some(last.1)
            })?;
            let array = TimestampMicrosecondArray::new(values.into(), nulls).with_timezone("UTC");
            Ok(Built { array: Arc::new(array), null_words })
        }
    }
}

type Typed<T> = (Vec<T>, Option<arrow::buffer::NullBuffer>, u64);

/// Reads every cell with `read`, which gives `None` for what does not fit.
#[inline]
fn typed<'a, T: Default>(
    cells: impl Iterator<Item = &'a [u8]>,
    rows: usize,
    mut read: impl FnMut(&[u8]) -> Option<T>,
) -> Result<Typed<T>, Misfit> {
    let mut values = Vec::with_capacity(rows);
    let mut nulls = NullBufferBuilder::new(rows);
    let mut null_words = 0;
    for (row, raw) in cells.enumerate() {
        let cell = words::trimmed(raw);
        if cell.is_empty() {
            values.push(T::default());
            nulls.append_null();
        } else if let Some(value) = read(cell) {
            values.push(value);
            nulls.append_non_null();
        } else if words::null_word(cell).is_some() || is_zero_date(cell) {
            values.push(T::default());
            nulls.append_null();
            null_words += 1;
        } else {
            return Err(Misfit::Value(row));
        }
    }
    Ok((values, nulls.finish(), null_words))
}

/// `0000-00-00`, with or without a time.
fn is_zero_date(cell: &[u8]) -> bool {
    cell.starts_with(b"0") && stamp::scan(cell).is_some_and(|stamp| stamp.is_zero())
}

fn integers<'a>(
    cells: impl Iterator<Item = &'a [u8]>,
    rows: usize,
    read: impl FnMut(&[u8]) -> Option<i64>,
) -> Result<Built, Misfit> {
    let (values, nulls, null_words) = typed(cells, rows, read)?;
    Ok(Built { array: Arc::new(Int64Array::new(values.into(), nulls)), null_words })
}

fn numbers<'a>(
    cells: impl Iterator<Item = &'a [u8]>,
    rows: usize,
    read: impl FnMut(&[u8]) -> Option<f64>,
) -> Result<Built, Misfit> {
    let (values, nulls, null_words) = typed(cells, rows, read)?;
    Ok(Built { array: Arc::new(Float64Array::new(values.into(), nulls)), null_words })
}

/// An integer; `12.0` is one, as data frames write integers next to missing values.
fn integer(cell: &[u8]) -> Option<i64> {
    whole(number::plain(cell)?, cell)
}

/// The same, of a cell that is known to be a plain number.
fn whole(plain: Plain, cell: &[u8]) -> Option<i64> {
    match plain {
        Plain::Integer(value) => Some(value),
        Plain::Padded(_) => number::integer(cell),
        Plain::Long => None,
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        #[expect(clippy::cast_precision_loss, reason = "2^53 is exact")]
        Plain::Decimal(decimal) => (decimal.value.fract() == 0.0
            && decimal.value.abs() <= number::EXACT_FLOAT_MAX as f64)
            .then_some(decimal.value as i64),
    }
}

/// Words of truth a person may have declared a column of.
fn truth(cell: &[u8]) -> Option<bool> {
    words::truth(cell).or_else(|| match cell.to_ascii_lowercase().as_slice() {
        b"1" | b"t" | b"y" | b"yes" => Some(true),
        b"0" | b"f" | b"n" | b"no" => Some(false),
        _ => None,
    })
}

/// A decimal without loss: more digits behind the point than `scale` do not fit unless zero.
fn decimal(cell: &[u8], precision: u8, scale: i8) -> Option<i128> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, cell),
    };
    let scale = usize::try_from(scale).ok()?;
    let (whole, fraction) = match memchr::memchr(b'.', digits) {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &digits[digits.len()..]),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (kept, rest) = fraction.split_at(scale.min(fraction.len()));
    if rest.iter().any(|byte| *byte != b'0') {
        return None;
    }
    let zeros = std::iter::repeat_n(&b'0', scale - kept.len());
    let mut value: i128 = 0;
    for byte in whole.iter().chain(kept).chain(zeros) {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
    }
    (value < 10_i128.checked_pow(u32::from(precision))?).then_some(if negative {
        -value
    } else {
        value
    })
}

pub(super) fn instant(cell: &[u8], times: &Times) -> Option<i64> {
    if let Some(unit) = times.epoch_us
        && let Some(count) = number::integer(cell)
    {
        return count.checked_mul(unit);
    }
    if let Some(from) = times.serial_from
        && let Some(serial) = number::number(cell)
    {
        let local = calendar::serial_us(serial, from)?;
        return Some(local - i64::from(times.offset_min) * 60_000_000);
    }
    let stamp = stamp::scan(cell).or_else(|| stamp::digits(cell))?;
    let (_, order) = times.shapes.iter().find(|(shape, _)| *shape == stamp.shape)?;
    stamp.instant_us(*order, times.offset_min)
}

/// The time as written: an instant when the cell names its offset, else what a clock showed.
pub(super) fn written(cell: &[u8], times: &Times) -> Option<(i64, Option<i32>)> {
    let stamp = stamp::scan(cell).or_else(|| stamp::digits(cell))?;
    let (_, order) = times.shapes.iter().find(|(shape, _)| *shape == stamp.shape)?;
    Some((stamp.instant_us(*order, 0)?, stamp.offset_min))
}

/// A day; a time of day other than midnight does not fit.
pub(super) fn date(cell: &[u8], times: &Times) -> Option<i32> {
    if let Some(from) = times.serial_from
        && let Some(serial) = number::number(cell)
    {
        let local = calendar::serial_us(serial, from)?;
        let whole = local.rem_euclid(calendar::DAY_US) == 0;
        return whole.then(|| i32::try_from(local / calendar::DAY_US).ok()).flatten();
    }
    let stamp = stamp::scan(cell).or_else(|| stamp::digits(cell))?;
    let (_, order) = times.shapes.iter().find(|(shape, _)| *shape == stamp.shape)?;
    let days = stamp.days(*order)?;
    match stamp.time_us {
        0 => Some(days),
        calendar::DAY_US => days.checked_add(1),
        _ => None,
    }
}

/// Text as it is; only the empty cell is null.
fn text<'a>(cells: impl Iterator<Item = &'a [u8]>, rows: usize) -> Result<Built, Misfit> {
    let mut bytes = Vec::with_capacity(rows * 8);
    let mut offsets = Vec::with_capacity(rows + 1);
    let mut nulls = NullBufferBuilder::new(rows);
    offsets.push(0_i32);
    for cell in cells {
        if cell.is_empty() {
            nulls.append_null();
        } else {
            bytes.extend_from_slice(cell);
            nulls.append_non_null();
        }
        offsets.push(i32::try_from(bytes.len()).map_err(|_| Misfit::Encoding)?);
    }
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    let array = StringArray::try_new(offsets, Buffer::from_vec(bytes), nulls.finish())
        .map_err(|_| Misfit::Encoding)?;
    Ok(Built { array: Arc::new(array), null_words: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit_or_do_not_fit() {
        for (text, expected) in [
            ("1.5", Some(150)),
            ("-0.05", Some(-5)),
            ("12", Some(1200)),
            ("1.500", Some(150)),
            ("1.505", None),
            (".5", Some(50)),
            ("", None),
            (".", None),
            ("1e5", None),
            ("99999.99", Some(9_999_999)),
            ("100000", None),
        ] {
            assert_eq!(decimal(text.as_bytes(), 7, 2), expected, "{text}");
        }
    }

    #[test]
    fn integers_written_as_floats_fit_if_whole() {
        assert_eq!(integer(b"12.0"), Some(12));
        assert_eq!(integer(b"0012"), Some(12));
        assert_eq!(integer(b"12.5"), None);
        assert_eq!(integer(b"9223372036854775808"), None);
        assert_eq!(integer(b"1e300"), None);
    }
}
