//! Rows as bytes of a CSV file.

use std::borrow::Cow;

use encoding_rs::EUC_KR;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Seconds since 1970, local time.
    Time(i64),
    Text(Cow<'static, str>),
    Whole(i64),
    /// A number with so many digits behind the point.
    Decimal(f64, u8),
    Empty,
}

impl From<&'static str> for Cell {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

pub(super) type Row = Vec<Cell>;

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) cp949: bool,
    pub(super) bom: bool,
    pub(super) newline: &'static str,
}

impl Style {
    pub(super) fn begin(self, out: &mut Vec<u8>) {
        if self.bom {
            out.extend_from_slice("\u{feff}".as_bytes());
        }
    }

    pub(super) fn row(self, row: &[Cell], out: &mut Vec<u8>) {
        for (n, cell) in row.iter().enumerate() {
            if n > 0 {
                out.push(b',');
            }
            let text = match cell {
                Cell::Empty => continue,
                Cell::Text(text) => text.clone(),
                Cell::Whole(number) => number.to_string().into(),
                Cell::Decimal(number, digits) => decimal(*number, *digits).into(),
                Cell::Time(seconds) => time(*seconds).into(),
            };
            if self.cp949 {
                out.extend_from_slice(&EUC_KR.encode(&text).0);
            } else {
                out.extend_from_slice(text.as_bytes());
            }
        }
        out.extend_from_slice(self.newline.as_bytes());
    }
}

/// A number with fixed digits, rounded to the nearest, written from an integer.
#[expect(clippy::cast_possible_truncation, reason = "sensor readings are far below 2^63")]
fn decimal(number: f64, digits: u8) -> String {
    let factor = (0..digits).fold(1_i64, |factor, _| factor * 10);
    #[expect(clippy::cast_precision_loss, reason = "a small power of ten")]
    let scaled = (number * factor as f64).round() as i64;
    if digits == 0 {
        return scaled.to_string();
    }
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, part) = (scaled.abs() / factor, scaled.abs() % factor);
    format!("{sign}{whole}.{part:0width$}", width = usize::from(digits))
}

/// `2024-03-04 08:00:00` of seconds since 1970.
pub(super) fn time(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days to a civil date (Hinnant): eras of 400 years beginning on 1 March.
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::{decimal, time};

    #[test]
    fn numbers_and_times_are_written_exactly() {
        for (number, digits, text) in [
            (1.005, 1, "1.0"),
            (-0.04, 1, "0.0"),
            (-0.05, 1, "-0.1"),
            (12.3456, 2, "12.35"),
            (550.0, 0, "550"),
        ] {
            assert_eq!(decimal(number, digits), text);
        }
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_709_539_200, "2024-03-04 08:00:00"),
            (4_102_444_799, "2099-12-31 23:59:59"),
        ] {
            assert_eq!(time(seconds), text);
        }
    }
}
