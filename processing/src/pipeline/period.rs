//! Beginnings of calendar periods.

use jiff::Span;
use jiff::civil::Date;
use schema::data::pipeline::CalendarPeriod;

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;

/// When the period began that a local time lies in; both in microseconds since the beginning of 1970
/// on the same clock. None beyond the calendar (years ±9999).
pub(super) fn beginning(period: CalendarPeriod, time: i64) -> Option<i64> {
    if period == CalendarPeriod::Hour {
        return time.div_euclid(HOUR_US).checked_mul(HOUR_US);
    }
    first_day(period, time.div_euclid(DAY_US))?.checked_mul(DAY_US)
}

/// The first day of the period that a day lies in; days since 1970.
pub(super) fn first_day(period: CalendarPeriod, day: i64) -> Option<i64> {
    let epoch = Date::constant(1970, 1, 1);
    let date = || epoch.checked_add(Span::new().try_days(day).ok()?).ok();
    let first = match period {
        CalendarPeriod::Hour | CalendarPeriod::Day => return Some(day),
        // 1970-01-01 was a Thursday.
        CalendarPeriod::Week => return Some(day - (day + 3).rem_euclid(7)),
        CalendarPeriod::Month => date()?.first_of_month(),
        CalendarPeriod::Quarter => {
            let date = date()?;
            Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1).ok()?
        }
        CalendarPeriod::Year => date()?.first_of_year(),
    };
    Some(i64::from(first.since(epoch).ok()?.get_days()))
}

#[cfg(test)]
mod tests {
    use schema::data::pipeline::CalendarPeriod::{Day, Hour, Month, Quarter, Week, Year};

    use super::{DAY_US, beginning, first_day};

    #[test]
    fn periods_begin_where_the_calendar_says() {
        let day = |text: &str| {
            let date: jiff::civil::Date = text.parse().unwrap();
            i64::from(date.since(jiff::civil::Date::constant(1970, 1, 1)).unwrap().get_days())
        };
        for (period, at, want) in [
            (Year, "2024-12-31", "2024-01-01"),
            (Quarter, "2024-06-30", "2024-04-01"),
            (Quarter, "2024-01-01", "2024-01-01"),
            (Month, "2024-02-29", "2024-02-01"),
            (Week, "2024-03-03", "2024-02-26"),
            (Week, "2024-03-04", "2024-03-04"),
            (Week, "1969-12-31", "1969-12-29"),
            (Day, "1969-12-31", "1969-12-31"),
        ] {
            assert_eq!(first_day(period, day(at)), Some(day(want)), "{period:?} {at}");
        }
        assert_eq!(beginning(Hour, -1), Some(-3_600_000_000));
        assert_eq!(beginning(Day, -1), Some(-DAY_US));
        assert_eq!(beginning(Month, DAY_US * 31 + 5), Some(DAY_US * 31));
        assert_eq!(beginning(Year, i64::MAX), None);
    }
}
