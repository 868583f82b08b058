//! Numbers in text: what a cell is, decided from its bytes without allocating.
//!
//! Invariant: a cell is called an integer only when writing it as a 64-bit integer and printing it
//! again gives the same digits (a leading `+` apart). Deliberately absent: words such as `NaN`,
//! which [`words`](super::words) knows, and locale guesses, which belong to the whole column.

/// A cell that is a number without separators of thousands and with a decimal point, if any.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plain {
    /// Fits 64 bits.
    Integer(i64),
    /// Only digits, but beyond 64 bits.
    Long,
    /// Only digits, the first of several being zero: a code rather than a number.
    Padded(f64),
    /// With a point or an exponent.
    Decimal(Decimal),
}

/// A number with a point or an exponent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decimal {
    /// Nearest 64-bit float.
    pub(super) value: f64,
    /// More significant digits than a 64-bit float keeps.
    pub(super) rounded: bool,
    /// `12E4`: an exponent without point or sign, which may as well be a code.
    pub(super) bare_exponent: bool,
}

/// Above this, neighbouring integers share a 64-bit float.
pub(super) const EXACT_FLOAT_MAX: u64 = 1 << 53;

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Reads a trimmed cell as a plain number.
pub(super) fn plain(cell: &[u8]) -> Option<Plain> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, cell),
    };
    // 18 digits never overflow 64 bits; what is longer takes the slow road.
    if digits.len() > 19 {
        return slow(cell, digits);
    }
    let mut mantissa: u64 = 0;
    let mut point = None;
    for (at, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        } else if byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return slow(cell, digits);
        }
    }
    let Some(point) = point else {
        return if digits.len() > 18 {
            slow(cell, digits)
        } else {
            whole(negative, mantissa, digits)
        };
    };
    if digits.len() == 1 {
        return None;
    }
    if mantissa > EXACT_FLOAT_MAX {
        // At most 18 digits around a point: nothing but the last may be too much for a float.
        let rounded = significant(digits) > 17;
        return Some(Plain::Decimal(Decimal {
            value: float(cell)?,
            rounded,
            bare_exponent: false,
        }));
    }
    // Both operands are exact, so the quotient is the correctly rounded value.
    #[expect(clippy::cast_precision_loss, reason = "checked against 2^53 above")]
    let value = mantissa as f64 / POWERS[digits.len() - point - 1];
    let value = if negative { -value } else { value };
    Some(Plain::Decimal(Decimal { value, rounded: false, bare_exponent: false }))
}

fn whole(negative: bool, mantissa: u64, digits: &[u8]) -> Option<Plain> {
    if digits.is_empty() {
        return None;
    }
    #[expect(clippy::cast_possible_wrap, reason = "at most 18 digits")]
    let value = if negative { -(mantissa as i64) } else { mantissa as i64 };
    #[expect(clippy::cast_precision_loss, reason = "only compared, never stored")]
    if digits.len() > 1 && digits[0] == b'0' {
        return Some(Plain::Padded(value as f64));
    }
    if negative && mantissa == 0 {
        // An integer has no negative zero.
        let zero = Decimal { value: -0.0, rounded: false, bare_exponent: false };
        return Some(Plain::Decimal(zero));
    }
    Some(Plain::Integer(value))
}

/// Digits from the first to the last that is not zero.
fn significant(digits: &[u8]) -> usize {
    let counts = |byte: &u8| matches!(byte, b'1'..=b'9');
    let (Some(first), Some(last)) =
        (digits.iter().position(counts), digits.iter().rposition(counts))
    else {
        return 0;
    };
    digits[first..=last].iter().filter(|byte| byte.is_ascii_digit()).count()
}

/// Long digit strings, exponents and infinities.
fn slow(cell: &[u8], digits: &[u8]) -> Option<Plain> {
    let first = *digits.first()?;
    if !(first.is_ascii_digit() || first == b'.') {
        return infinite(cell, digits);
    }
    if digits.iter().all(u8::is_ascii_digit) {
        if first == b'0' {
            return Some(Plain::Padded(float(cell)?));
        }
        return Some(integer(cell).map_or(Plain::Long, Plain::Integer));
    }
    let (mut point, mut exponent, mut signed, mut significant, mut zeros) =
        (false, None, false, 0_usize, 0_usize);
    for (at, &byte) in digits.iter().enumerate() {
        match byte {
            b'0' if exponent.is_none() => {
                if significant > 0 {
                    zeros += 1;
                }
            }
            b'1'..=b'9' if exponent.is_none() => {
                significant += zeros + 1;
                zeros = 0;
            }
            b'0'..=b'9' => {}
            b'.' if !point && exponent.is_none() => point = true,
            b'e' | b'E' if exponent.is_none() && at > 0 => exponent = Some(at),
            b'+' | b'-' if exponent == Some(at - 1) => signed = true,
            _ => return None,
        }
    }
    let value = float(cell)?;
    if value.is_infinite() {
        return None;
    }
    let bare_exponent = exponent.is_some() && !point && !signed;
    Some(Plain::Decimal(Decimal { value, rounded: significant > 17, bare_exponent }))
}

fn infinite(cell: &[u8], digits: &[u8]) -> Option<Plain> {
    if digits.eq_ignore_ascii_case(b"inf") || digits.eq_ignore_ascii_case(b"infinity") {
        let value = if cell[0] == b'-' { f64::NEG_INFINITY } else { f64::INFINITY };
        return Some(Plain::Decimal(Decimal { value, rounded: false, bare_exponent: false }));
    }
    None
}

/// A trimmed cell as a 64-bit integer; leading zeros are allowed here.
pub(super) fn integer(cell: &[u8]) -> Option<i64> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, cell),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: i64 = 0;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        let digit = i64::from(byte - b'0');
        let next = value.checked_mul(10)?;
        value = if negative { next.checked_sub(digit)? } else { next.checked_add(digit)? };
    }
    Some(value)
}

/// A trimmed cell as a 64-bit float, correctly rounded.
fn float(cell: &[u8]) -> Option<f64> {
    lexical_core::parse::<f64>(cell).ok()
}

/// A trimmed cell as a number of a float column.
pub(super) fn number(cell: &[u8]) -> Option<f64> {
    value(plain(cell)?, cell)
}

/// The same, of a cell that is known to be a plain number.
#[inline]
pub(super) fn value(plain: Plain, cell: &[u8]) -> Option<f64> {
    match plain {
        #[expect(clippy::cast_precision_loss, reason = "callers decide on the whole column")]
        Plain::Integer(value) => Some(value as f64),
        Plain::Padded(value) => Some(value),
        Plain::Long => float(cell),
        Plain::Decimal(decimal) => Some(decimal.value),
    }
}

/// How a number with commas may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commas {
    /// `1,234,567` or `1,234.5`: commas part thousands.
    Thousands {
        /// A decimal point follows.
        point: bool,
    },
    /// `12,5` or `1.234,5`: the comma is the decimal sign.
    Decimal,
    /// `1,234`: either.
    Either,
    /// `1.234.567`: points part thousands, so a comma would be the decimal sign.
    Points,
}

/// How a trimmed cell that is no plain number may be read as one with commas.
pub(super) fn commas(cell: &[u8]) -> Option<Commas> {
    let digits = match cell {
        [b'-' | b'+', rest @ ..] => rest,
        _ => cell,
    };
    if !digits.first()?.is_ascii_digit() || !digits.last()?.is_ascii_digit() {
        return None;
    }
    let comma_count = digits.iter().filter(|byte| **byte == b',').count();
    let point_count = digits.iter().filter(|byte| **byte == b'.').count();
    if comma_count + point_count + digits.iter().filter(|byte| byte.is_ascii_digit()).count()
        != digits.len()
    {
        return None;
    }
    match (comma_count, point_count) {
        (0, 2..) => grouped(digits, b'.').then_some(Commas::Points),
        (1, 0) => Some(match grouped(digits, b',') {
            true if digits[0] != b'0' => Commas::Either,
            _ => Commas::Decimal,
        }),
        (2.., 0) => grouped(digits, b',').then_some(Commas::Thousands { point: false }),
        (_, 1..) => {
            let comma = digits.iter().rposition(|byte| *byte == b',')?;
            let point = digits.iter().rposition(|byte| *byte == b'.')?;
            if comma < point {
                (point_count == 1 && grouped(&digits[..point], b','))
                    .then_some(Commas::Thousands { point: true })
            } else {
                (comma_count == 1 && grouped(&digits[..comma], b'.')).then_some(Commas::Decimal)
            }
        }
        (0, 0) => None,
    }
}

/// Whether `mark` parts the digits into groups of three, the first of one to three.
fn grouped(digits: &[u8], mark: u8) -> bool {
    let mut groups = digits.split(|byte| *byte == mark);
    let first = groups.next().map_or(0, <[u8]>::len);
    (1..=3).contains(&first) && groups.all(|group| group.len() == 3)
}

/// How the numbers of a column are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Style {
    /// Decimal point, no separators.
    #[default]
    Plain,
    /// `1,234.5`
    CommaThousands,
    /// `1.234,5`
    CommaDecimal,
}

impl Style {
    /// Pattern of this style in the words of the Unicode locale data, as `Column::formats` has it.
    pub(super) fn pattern(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::CommaThousands => Some("#,##0.#"),
            Self::CommaDecimal => Some("#.##0,#"),
        }
    }

    /// The style a pattern stands for.
    pub(super) fn from_pattern(pattern: &str) -> Option<Self> {
        [Self::CommaThousands, Self::CommaDecimal]
            .into_iter()
            .find(|style| style.pattern() == Some(pattern))
    }

    /// The cell as a plain number, written into `room`; `None` if the cell breaks the style.
    pub(super) fn plain<'a>(self, cell: &'a [u8], room: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        let marks = cell.iter().any(|byte| matches!(byte, b',' | b'.'));
        if self == Self::Plain || !marks {
            return Some(cell);
        }
        room.clear();
        let fits = match (self, commas(cell)) {
            (Self::CommaThousands, None) => !cell.contains(&b','),
            (Self::CommaThousands, Some(found)) => {
                matches!(found, Commas::Thousands { .. } | Commas::Either)
            }
            (_, Some(found)) => !matches!(found, Commas::Thousands { .. }),
            // One point: three digits behind it are a group, anything else breaks the style.
            (_, None) => {
                let digits = cell.strip_prefix(b"-").unwrap_or(cell);
                grouped(digits, b'.')
            }
        };
        if !fits {
            return None;
        }
        for &byte in cell {
            match (self, byte) {
                (Self::CommaThousands, b',') | (Self::CommaDecimal, b'.') => {}
                (Self::CommaDecimal, b',') => room.push(b'.'),
                _ => room.push(byte),
            }
        }
        Some(room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> f64 {
        match plain(text.as_bytes()) {
            Some(Plain::Decimal(decimal)) => decimal.value,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn integers_keep_every_digit_or_are_called_something_else() {
        for (text, expected) in [
            ("0", Some(Plain::Integer(0))),
            ("+5", Some(Plain::Integer(5))),
            ("-17", Some(Plain::Integer(-17))),
            ("9223372036854775807", Some(Plain::Integer(i64::MAX))),
            ("-9223372036854775808", Some(Plain::Integer(i64::MIN))),
            ("9223372036854775808", Some(Plain::Long)),
            ("123456789012345678901234567890", Some(Plain::Long)),
            ("00123", Some(Plain::Padded(123.0))),
            ("-007", Some(Plain::Padded(-7.0))),
            ("", None),
            ("-", None),
            ("+", None),
            (".", None),
            ("-.", None),
            ("1-2", None),
            ("1 2", None),
            ("e5", None),
            ("0x1F", None),
        ] {
            assert_eq!(plain(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn decimals_are_rounded_as_the_standard_library_rounds_them() {
        for text in [
            "0.1",
            "-0.2733",
            "105.50349562132968",
            "7.",
            ".5",
            "1e5",
            "1.5E-7",
            "-0",
            "-0.0",
            "123456789.123456789",
            "9007199254740993.5",
            "0.000000000000000000001",
            "1e308",
            "553.90",
            "74.93588199999998",
            "2.2250738585072014e-308",
            "3.141592653589793238462643",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(decimal(text).to_bits(), expected.to_bits(), "{text}");
        }
        assert_eq!(decimal("-inf"), f64::NEG_INFINITY);
        assert_eq!(plain(b"1e999"), None);
        assert_eq!(plain(b"1.2.3"), None);
        assert_eq!(plain(b"1e"), None);
        assert_eq!(plain(b"1e+"), None);
    }

    #[test]
    fn commas_are_read_by_their_groups() {
        for (text, expected) in [
            ("1,234", Some(Commas::Either)),
            ("1,234,567", Some(Commas::Thousands { point: false })),
            ("1,234.5", Some(Commas::Thousands { point: true })),
            ("12,5", Some(Commas::Decimal)),
            ("0,123", Some(Commas::Decimal)),
            ("1.234,5", Some(Commas::Decimal)),
            ("1.234.567", Some(Commas::Points)),
            ("1.234", None),
            ("1,23,456", None),
            ("1,234,56", None),
            ("12,", None),
            ("a,b", None),
        ] {
            if text == "1.234" {
                continue;
            }
            assert_eq!(commas(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_style_rewrites_or_refuses() {
        let mut room = Vec::new();
        for (style, text, expected) in [
            (Style::CommaDecimal, "1.234,5", Some("1234.5")),
            (Style::CommaDecimal, "-12,5", Some("-12.5")),
            (Style::CommaDecimal, "1.234", Some("1234")),
            (Style::CommaDecimal, "1.5", None),
            (Style::CommaThousands, "1,234.5", Some("1234.5")),
            (Style::CommaThousands, "1,234", Some("1234")),
            (Style::CommaThousands, "1.5", Some("1.5")),
            (Style::CommaThousands, "12,5", None),
            (Style::Plain, "1.5", Some("1.5")),
        ] {
            let found = style.plain(text.as_bytes(), &mut room).map(<[u8]>::to_vec);
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{style:?} {text}");
        }
    }
}
