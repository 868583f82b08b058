//! Durations as specifications write them: `250ms`, `10s`, `5min`, `1.5h`, `1h30min`, `1d`.
//!
//! Microseconds, exact or refused. Days are 24 hours: a duration is a length of time, not a step of
//! a calendar. Deliberately absent: months, years, signs.

use crate::DAY_US;
use crate::error::Fault;

/// Units, the longer spelling of two that begin alike first, with their microseconds.
const UNITS: [(&str, i64); 7] = [
    ("us", 1),
    ("ms", 1_000),
    ("min", 60_000_000),
    ("s", 1_000_000),
    ("h", 3_600_000_000),
    ("d", DAY_US),
    ("w", 604_800_000_000),
];

/// Microseconds of a duration written under the key `field`; may be nought.
///
/// # Errors
/// `duration-invalid` when the text is not numbers with units, has parts of a microsecond, or is
/// longer than 292,000 years.
pub(crate) fn micros(text: &str, field: &str) -> Result<i64, Fault> {
    total(text.trim()).ok_or_else(|| {
        Fault::input(
            "duration-invalid",
            format!(
                "{field}의 ‘{text}’은(는) 기간이 아닙니다. 250ms, 10s, 5min, 1h, 1d처럼 적으십시오."
            ),
            format!(
                "“{text}” under {field} is not a duration; write it like 250ms, 10s, 5min, 1h or 1d"
            ),
        )
    })
}

/// As [`micros`], but above nought.
///
/// # Errors
/// `duration-invalid`.
pub(crate) fn positive_micros(text: &str, field: &str) -> Result<i64, Fault> {
    let micros = micros(text, field)?;
    if micros == 0 {
        return Err(Fault::input(
            "duration-invalid",
            format!("{field}은(는) 0보다 길어야 합니다."),
            format!("{field} must be longer than nought"),
        ));
    }
    Ok(micros)
}

fn total(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum = 0_i64;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at_checked(end)?;
        let behind = behind.trim_start();
        let (unit, micros) = UNITS.iter().find(|(unit, _)| behind.starts_with(unit))?;
        sum = sum.checked_add(scaled(number, *micros)?)?;
        rest = behind.get(unit.len()..)?.trim_start();
        if rest.is_empty() {
            return Some(sum);
        }
    }
}

/// A decimal number times a unit, if the product is whole.
fn scaled(number: &str, unit: i64) -> Option<i64> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || (part.is_empty() && number.contains('.')) || part.len() > 12 {
        return None;
    }
    let tenth = 10_i128.checked_pow(u32::try_from(part.len()).ok()?)?;
    let digits: i128 = format!("{whole}{part}").parse().ok()?;
    let product = digits.checked_mul(i128::from(unit))?;
    if product % tenth != 0 { None } else { i64::try_from(product / tenth).ok() }
}

#[cfg(test)]
mod tests {
    use super::{micros, positive_micros};

    #[test]
    fn durations_are_exact_microseconds() {
        for (text, want) in [
            ("0s", 0),
            ("1us", 1),
            ("250ms", 250_000),
            ("10s", 10_000_000),
            ("5min", 300_000_000),
            ("1h", 3_600_000_000),
            ("1.5h", 5_400_000_000),
            ("0.1s", 100_000),
            ("1h30min", 5_400_000_000),
            ("1d 12h", 129_600_000_000),
            (" 2 min ", 120_000_000),
            ("1w", 604_800_000_000),
        ] {
            assert_eq!(micros(text, "window").unwrap(), want, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "s",
            "10",
            "-1s",
            "+1s",
            "1m",
            "1 month",
            "1e3s",
            "1.s",
            ".5s",
            "0.5us",
            "1.2.3s",
            "１s",
            "1s,",
            "1s2",
            "9999999999d",
            "99999999999999999999999999999999999999999s",
        ] {
            let fault = micros(text, "window").unwrap_err();
            assert!(fault.to_string().contains("duration-invalid"), "{text}: {fault}");
        }
        assert!(positive_micros("0ms", "window").is_err());
        assert_eq!(positive_micros("1ms", "window").unwrap(), 1_000);
    }
}
