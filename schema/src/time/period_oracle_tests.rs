//! Terms of every day of 2023 to 2030 against a calendar that only knows how to go to the next day.

use super::{Calendar, Day, Period};

/// A date that is reached by counting, one day at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Date {
    year: i16,
    month: i8,
    day: i8,
    /// Months passed since counting began.
    passed: u32,
    /// 0 is a Monday.
    weekday: u8,
}

impl Date {
    /// 2023-01-01 was a Sunday.
    const FIRST: Date = Date { year: 2023, month: 1, day: 1, passed: 0, weekday: 6 };

    fn month_length(self) -> i8 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if self.year % 400 == 0 || (self.year % 4 == 0 && self.year % 100 != 0) => 29,
            2 => 28,
            _ => 31,
        }
    }

    fn next(self) -> Date {
        let weekday = (self.weekday + 1) % 7;
        if self.day < self.month_length() {
            return Date { day: self.day + 1, weekday, ..self };
        }
        let passed = self.passed + 1;
        match self.month {
            12 => Date { year: self.year + 1, month: 1, day: 1, passed, weekday },
            month => Date { month: month + 1, day: 1, passed, weekday, ..self },
        }
    }

    fn told(self) -> Day {
        Day::new(self.year, self.month, self.day).unwrap()
    }
}

/// The last days of the terms of 1 to `months` months after an event on `event`, as articles 157, 159
/// and 160 say it: the term begins on the day after; it ends on the day before the one with the
/// number of its first day, or with a month that has no such day.
fn ends(event: Date, months: u32) -> Vec<Day> {
    let start = Date { passed: 0, ..event.next() };
    let (mut date, mut found) = (start, Vec::new());
    while found.len() < usize::try_from(months).unwrap() {
        let tomorrow = date.next();
        let wanted = u32::try_from(found.len()).unwrap() + 1;
        let corresponding = tomorrow.passed == wanted && tomorrow.day == start.day;
        let none_such = date.passed == wanted && tomorrow.passed > wanted && date.day < start.day;
        if corresponding || none_such {
            found.push(date.told());
        }
        date = tomorrow;
    }
    found
}

#[test]
fn r_080_months_of_every_day_are_those_of_the_slow_count() {
    let (mut event, mut days) = (Date::FIRST, 0);
    while event.year <= 2030 {
        for (months, end) in (1_u32..).zip(ends(event, 24)) {
            let period = Period::months_after(event.told(), months).unwrap();
            assert_eq!(period.base_end(), end, "{} + {months} months", event.told());
            assert_eq!(period.start(), event.next().told());
        }
        (event, days) = (event.next(), days + 1);
    }
    assert_eq!(days, 8 * 365 + 2);
}

#[test]
fn r_083_r_084_days_and_days_off_of_every_day_are_those_of_the_slow_count() {
    let calendar = Calendar::embedded().unwrap();
    let mut event = Date::FIRST;
    while event.year <= 2030 {
        for days in [1, 7, 14, 20, 30] {
            let counted = (0..days).fold(event, |date, _| date.next());
            let period = Period::days_after(event.told(), days).unwrap();
            assert_eq!(period.base_end(), counted.told(), "{} + {days} days", event.told());
            let mut working = counted;
            while working.weekday >= 5 || calendar.holiday(working.told()).is_some() {
                working = working.next();
            }
            assert_eq!(period.shifted(calendar).end(), working.told());
        }
        event = event.next();
    }
}
