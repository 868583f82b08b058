//! The proleptic Gregorian calendar, on integers.

pub(in crate::ingest) use crate::DAY_US;

/// Day 0 of the serial days of spreadsheets, in days from 1970-01-01: 1899-12-30, so that the days
/// from March 1900 on are right although spreadsheets count a 29 February 1900.
pub(in crate::ingest) const SERIAL_1900: i64 = -25_569;
/// Day 0 of the other system: 1904-01-01.
pub(in crate::ingest) const SERIAL_1904: i64 = -24_107;

/// Microseconds from 1970-01-01 00:00 to a serial day with its fraction, which is kept to the
/// millisecond; `None` beyond the days that spreadsheets know.
pub(in crate::ingest) fn serial_us(serial: f64, from: i64) -> Option<i64> {
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let from = if from == SERIAL_1900 && serial < 60.0 { from + 1 } else { from };
    #[expect(clippy::cast_possible_truncation, reason = "below 3e6 days of 8.64e7 milliseconds")]
    let millis = (serial * 86_400_000.0).round() as i64;
    Some(from * DAY_US + millis * 1000)
}

/// Days from 1970-01-01 to a civil date; `None` if there is no such date.
pub(in crate::ingest) fn days(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    if day == 0 || day > month_length(year, month) {
        return None;
    }
    // Years counted from March, so that the leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = i32::try_from((month + 9) % 12).ok()?;
    let day_of_year = (153 * month + 2) / 5 + i32::try_from(day).ok()? - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

fn month_length(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The year a two-digit year stands for: 69 to 99 are of the 20th century, as POSIX has it.
pub(in crate::ingest) fn century(year: u32) -> i32 {
    let year = i32::try_from(year).unwrap_or(0);
    if year >= 69 { 1900 + year } else { 2000 + year }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_known_dates() {
        for (year, month, day, expected) in [
            (1970, 1, 1, Some(0)),
            (1969, 12, 31, Some(-1)),
            (2000, 2, 29, Some(11_016)),
            (2018, 11, 7, Some(17_842)),
            (2026, 1, 1, Some(20_454)),
            (1, 1, 1, Some(-719_162)),
            (2023, 2, 29, None),
            (1900, 2, 29, None),
            (2020, 13, 1, None),
            (2020, 0, 1, None),
            (2020, 4, 31, None),
            (0, 1, 1, None),
        ] {
            assert_eq!(days(year, month, day), expected, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn serial_days_of_spreadsheets() {
        let day = |year, month, day| i64::from(days(year, month, day).unwrap()) * DAY_US;
        for (serial, from, expected) in [
            (45_943.5, SERIAL_1900, Some(day(2025, 10, 13) + DAY_US / 2)),
            (1.0, SERIAL_1900, Some(day(1900, 1, 1))),
            (61.0, SERIAL_1900, Some(day(1900, 3, 1))),
            (44_197.0 - 1462.0, SERIAL_1904, Some(day(2021, 1, 1))),
            (-1.0, SERIAL_1900, None),
            (3e6, SERIAL_1900, None),
            (f64::NAN, SERIAL_1900, None),
        ] {
            assert_eq!(serial_us(serial, from), expected, "{serial}");
        }
    }

    #[test]
    fn every_day_of_two_centuries_follows_the_day_before() {
        let mut next = days(1900, 1, 1).unwrap();
        for year in 1900..2100 {
            for month in 1..=12 {
                for day in 1..=month_length(year, month) {
                    assert_eq!(days(year, month, day), Some(next));
                    next += 1;
                }
            }
        }
    }
}
