//! The proleptic Gregorian calendar, on integers.

/// Microseconds of a day.
pub(in crate::ingest) const DAY_US: i64 = 86_400_000_000;

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
