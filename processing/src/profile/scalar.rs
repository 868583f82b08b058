//! Values as people write them: days, instants and decimals to text and back.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan as _};
use schema::data::profile::Scalar;

use super::table::Kind;

pub(crate) use crate::DAY_US;

/// A cell of 64 bits as a value to show.
pub(crate) fn whole(kind: Kind, value: i64) -> Scalar {
    match kind {
        Kind::Day => Scalar::Text(day(value)),
        Kind::Instant { utc } => Scalar::Text(instant(value, utc)),
        _ => Scalar::Integer(value),
    }
}

/// A finite float as a value to show.
pub(crate) fn real(value: f64) -> Scalar {
    if value.is_finite() {
        Scalar::Number(value)
    } else if value.is_nan() {
        Scalar::Text("NaN".to_owned())
    } else {
        Scalar::Text(if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned())
    }
}

/// Days since 1970-01-01 as `YYYY-MM-DD`; beyond the years −9999 to 9999 as the bare number.
pub(crate) fn day(days: i64) -> String {
    i32::try_from(days)
        .ok()
        .and_then(|days| Date::constant(1970, 1, 1).checked_add(days.days()).ok())
        .map_or_else(|| days.to_string(), |date| date.to_string())
}

/// Microseconds since 1970-01-01 in RFC 3339, without `Z` if not anchored in UTC; beyond the years
/// −9999 to 9999 as the bare number.
pub(crate) fn instant(micros: i64, utc: bool) -> String {
    match Timestamp::from_microsecond(micros) {
        Ok(at) if utc => at.to_string(),
        Ok(at) => Offset::UTC.to_datetime(at).to_string(),
        Err(_) => micros.to_string(),
    }
}

/// An unscaled decimal as text.
pub(crate) fn decimal(value: i128, scale: i8) -> String {
    let digits = usize::try_from(scale).unwrap_or(0);
    if digits == 0 {
        return value.to_string();
    }
    let text = format!("{:0width$}", value.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = text.split_at(text.len() - digits);
    format!("{}{whole}.{fraction}", if value < 0 { "-" } else { "" })
}

/// The day of `YYYY-MM-DD`, in days since 1970-01-01.
pub(crate) fn parse_day(text: &str) -> Option<i64> {
    let date: Date = text.parse().ok()?;
    let span = Date::constant(1970, 1, 1).until(date).ok()?;
    Some(i64::from(span.get_days()))
}

/// The instant of an RFC 3339 text in microseconds since 1970-01-01. Without offset it is taken as
/// it stands; a day alone means its first microsecond.
pub(crate) fn parse_instant(text: &str) -> Option<i64> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_microsecond());
    }
    if let Some(day) = parse_day(text).filter(|_| text.len() <= 10) {
        return day.checked_mul(DAY_US);
    }
    let at: DateTime = text.parse().ok()?;
    Some(Offset::UTC.to_timestamp(at).ok()?.as_microsecond())
}

/// A decimal text as an unscaled decimal and whether digits were cut off; rounded down.
pub(crate) fn decimal_floor(text: &str, scale: i8) -> Option<(i128, bool)> {
    let scale = usize::try_from(scale).ok()?;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = || whole.bytes().chain(fraction.bytes());
    if all().next().is_none() || !all().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = fraction.get(..scale.min(fraction.len()))?;
    let cut = fraction[kept.len()..].bytes().any(|byte| byte != b'0');
    let mut value: i128 = format!("0{whole}{kept}").parse().ok()?;
    value = value.checked_mul(10_i128.checked_pow((scale - kept.len()) as u32)?)?;
    if negative {
        value = -value - i128::from(cut);
    }
    Some((value, cut))
}

/// A decimal text as an unscaled decimal, if it needs no more digits than there are.
pub(crate) fn decimal_exact(text: &str, scale: i8) -> Option<i128> {
    decimal_floor(text, scale).filter(|(_, cut)| !cut).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_go_there_and_back() {
        for (text, days) in [("1970-01-01", 0), ("1969-12-31", -1), ("2024-02-29", 19_782)] {
            assert_eq!(day(days), text);
            assert_eq!(parse_day(text), Some(days));
            assert_eq!(parse_instant(text), Some(days * DAY_US));
        }
        assert_eq!(instant(-1, true), "1969-12-31T23:59:59.999999Z");
        assert_eq!(instant(-1, false), "1969-12-31T23:59:59.999999");
        assert_eq!(instant(i64::MAX, true), i64::MAX.to_string(), "beyond any calendar");
        assert_eq!(parse_instant("2024-03-01T09:00:00+09:00"), Some(1_709_251_200_000_000));
        assert_eq!(parse_instant("2024-03-01T00:00:00Z"), Some(1_709_251_200_000_000));
        assert_eq!(parse_instant("2024-03-01T00:00:00"), Some(1_709_251_200_000_000));
        assert_eq!(parse_instant("yesterday"), None);
    }

    #[test]
    fn decimals_go_there_and_back() {
        for (value, scale, text) in
            [(-5_i128, 2, "-0.05"), (12_345, 2, "123.45"), (7, 0, "7"), (0, 3, "0.000")]
        {
            assert_eq!(decimal(value, scale), text);
            assert_eq!(decimal_exact(text, scale), Some(value));
        }
        assert_eq!(decimal_floor("1.239", 2), Some((123, true)));
        assert_eq!(decimal_floor("-1.231", 2), Some((-124, true)));
        assert_eq!(decimal_floor("1.2300", 2), Some((123, false)));
        assert_eq!(decimal_floor("1e3", 2), None);
        assert_eq!(decimal_floor("", 2), None);
    }
}
