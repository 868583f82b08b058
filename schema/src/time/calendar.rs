//! Public holidays in Korea, as versioned data.
//!
//! A holiday here is a 공휴일 of the Public Holidays Act and the Regulations on Public Holidays of
//! Government Offices, with substitute days, temporary holidays and election days: the days on which
//! a legal term cannot end (R-083). Constitution Day and Labour Day are in the data from 2026, when
//! they became such days; before, Labour Day is a paid holiday of employees only and moves no term.
//!
//! Invariants: a year is either complete in the data or not covered at all. Outside the covered
//! years only Saturdays and Sundays are free, and [`Calendar::covers`] says so; a
//! [`Period`](super::Period) records it. Regional and moveable closures of a single office are
//! deliberately absent.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Day;
use crate::lang::Text;

/// The data that the program carries.
const KOREA: &str = include_str!("../../data/holidays-kr.json");

static EMBEDDED: LazyLock<Result<Calendar, CalendarError>> =
    LazyLock::new(|| Calendar::parse(KOREA));

/// Longest run of days off that a search looks over. The longest in the data has ten days.
const RUN_MAX: usize = 60;

/// Why a day is a holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HolidayKind {
    /// Named by the Act or the Regulations.
    Statutory,
    /// 대체공휴일: in place of a holiday that fell on a day off.
    Substitute,
    /// 임시공휴일: set by the government for once.
    Temporary,
    /// Election day.
    Election,
}

/// One public holiday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The day.
    pub day: Day,
    /// Its name.
    pub name: Text,
    /// Why it is one.
    pub kind: HolidayKind,
}

/// The working days of Korea, one version of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    version: String,
    first_year: i16,
    last_year: i16,
    holidays: BTreeMap<Day, Holiday>,
    raw: String,
}

/// Why holiday data were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not JSON of the expected form.
    #[error("holiday data are not readable: {0}")]
    Form(String),
    /// The years are not in order, or the version is empty or too long.
    #[error("holiday data need a version of at most 32 characters and years in order")]
    Header,
    /// A day stands twice, out of order or outside the covered years.
    #[error("holiday data have {0} twice, out of order or outside the covered years")]
    Day(Day),
    /// A covered year has no holidays.
    #[error("holiday data claim the year {0} but have none of its days")]
    EmptyYear(i16),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    #[serde(rename = "source")]
    _source: Text,
    first_year: i16,
    last_year: i16,
    holidays: Vec<Holiday>,
}

impl Calendar {
    /// The calendar the program carries. Fails only if the build carries broken data, which a test
    /// rules out; a server asks once, when it starts.
    pub fn embedded() -> Result<&'static Calendar, CalendarError> {
        EMBEDDED.as_ref().map_err(Clone::clone)
    }

    /// Reads and checks holiday data of the form of `schema/data/holidays-kr.json`.
    pub fn parse(raw: &str) -> Result<Calendar, CalendarError> {
        let file: File =
            serde_json::from_str(raw).map_err(|error| CalendarError::Form(error.to_string()))?;
        let File { version, first_year, last_year, holidays: days, .. } = file;
        if version.is_empty() || version.chars().count() > 32 || first_year > last_year {
            return Err(CalendarError::Header);
        }
        let mut holidays = BTreeMap::new();
        for holiday in days {
            let day = holiday.day;
            let covered = (first_year..=last_year).contains(&day.year());
            let in_order = holidays.last_key_value().is_none_or(|(last, _)| *last < day);
            if !covered || !in_order {
                return Err(CalendarError::Day(day));
            }
            holidays.insert(day, holiday);
        }
        for year in first_year..=last_year {
            if !holidays.keys().any(|day| day.year() == year) {
                return Err(CalendarError::EmptyYear(year));
            }
        }
        Ok(Self { version, first_year, last_year, holidays, raw: raw.to_owned() })
    }

    /// Name of this version, as periods and audit entries quote it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The data as they came, for a digest.
    pub fn raw(&self) -> &[u8] {
        self.raw.as_bytes()
    }

    /// Whether the holidays of `year` are known. If not, only weekends are free.
    pub fn covers(&self, year: i16) -> bool {
        (self.first_year..=self.last_year).contains(&year)
    }

    /// The holiday on `day`, if it is one.
    pub fn holiday(&self, day: Day) -> Option<&Holiday> {
        self.holidays.get(&day)
    }

    /// All holidays, in order.
    pub fn holidays(&self) -> impl Iterator<Item = &Holiday> {
        self.holidays.values()
    }

    /// Neither a Saturday, a Sunday nor a holiday.
    pub fn is_working_day(&self, day: Day) -> bool {
        !day.weekday().is_weekend() && !self.holidays.contains_key(&day)
    }

    /// `day` if it is a working day, else the next one (R-083). Stays on the last day of the range
    /// of days.
    pub fn next_working_day(&self, day: Day) -> Day {
        std::iter::successors(Some(day), |day| day.add_days(1))
            .take(RUN_MAX)
            .find(|day| self.is_working_day(*day))
            .unwrap_or(day)
    }
}

#[cfg(test)]
mod tests {
    use super::{Calendar, CalendarError, HolidayKind};
    use crate::time::Day;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_data_the_program_carries_are_readable() {
        let calendar = Calendar::embedded().unwrap();
        assert!(!calendar.raw().is_empty());
        for year in 2023..=2027 {
            assert!(calendar.covers(year));
        }
        assert!(!calendar.covers(2022) && !calendar.covers(2028));
    }

    /// The fixed holidays are in every covered year, whatever else changes.
    #[test]
    fn every_covered_year_has_the_fixed_holidays() {
        let calendar = Calendar::embedded().unwrap();
        for year in 2023..=2027_i16 {
            for (month, of_month) in
                [(1, 1), (3, 1), (5, 5), (6, 6), (8, 15), (10, 3), (10, 9), (12, 25)]
            {
                let day = Day::new(year, month, of_month).unwrap();
                assert!(calendar.holiday(day).is_some(), "{day}");
            }
            for (month, of_month) in [(5, 1), (7, 17)] {
                let day = Day::new(year, month, of_month).unwrap();
                assert_eq!(calendar.holiday(day).is_some(), year >= 2026, "{day}");
            }
        }
    }

    /// The rule of the Regulations, written a second time: a substitute day is the first working
    /// day after a holiday that fell on a Sunday (Saturday too, except for Seollal and Chuseok) or
    /// on another holiday. New Year's Day and Memorial Day have none.
    #[test]
    fn substitute_days_follow_from_the_other_days() {
        let calendar = Calendar::embedded().unwrap();
        let is_free = |day: Day| {
            day.weekday().is_weekend()
                || calendar.holiday(day).is_some_and(|h| h.kind != HolidayKind::Substitute)
        };
        let mut expected = Vec::new();
        for holiday in calendar.holidays().filter(|h| h.kind == HolidayKind::Statutory) {
            let (month, of_month) = (holiday.day.month(), holiday.day.day_of_month());
            if (month, of_month) == (1, 1) || (month, of_month) == (6, 6) {
                continue;
            }
            let lunar_days = ["설날", "추석"].iter().any(|name| holiday.name.ko.contains(name));
            let lost = match holiday.day.weekday() {
                crate::time::Weekday::Sunday => true,
                crate::time::Weekday::Saturday => !lunar_days,
                _ => holiday.name.ko.contains('·'),
            };
            if lost {
                let mut next = holiday.day.add_days(1).unwrap();
                while is_free(next) || expected.contains(&next) {
                    next = next.add_days(1).unwrap();
                }
                expected.push(next);
            }
        }
        let found: Vec<Day> = calendar
            .holidays()
            .filter(|h| h.kind == HolidayKind::Substitute)
            .map(|h| h.day)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn days_set_for_once_are_holidays() {
        let calendar = Calendar::embedded().unwrap();
        for text in ["2023-10-02", "2024-04-10", "2024-10-01", "2025-01-27", "2025-06-03"] {
            let kind = calendar.holiday(day(text)).unwrap().kind;
            assert!(matches!(kind, HolidayKind::Temporary | HolidayKind::Election), "{text}");
        }
    }

    #[test]
    fn r_083_the_next_working_day_passes_over_a_run_of_days_off() {
        let calendar = Calendar::embedded().unwrap();
        for (from, to) in [
            ("2025-10-02", "2025-10-02"),
            ("2025-10-03", "2025-10-10"),
            ("2024-02-09", "2024-02-13"),
            ("2024-10-12", "2024-10-14"),
            // Outside the data: weekends only, although 1 January is a holiday there too.
            ("2028-01-01", "2028-01-03"),
            ("2029-01-01", "2029-01-01"),
            ("2200-12-31", "2200-12-31"),
        ] {
            assert_eq!(calendar.next_working_day(day(from)), day(to), "{from}");
        }
    }

    #[test]
    fn broken_data_are_refused() {
        let data = |years: (i16, i16), days: &[&str]| {
            let days: Vec<String> = days
                .iter()
                .map(|day| {
                    format!(r#"{{"day":"{day}","name":{{"ko":"ㄱ","en":"a"}},"kind":"temporary"}}"#)
                })
                .collect();
            let raw = format!(
                r#"{{"version":"v","source":{{"ko":"","en":""}},"first_year":{},"last_year":{},
                    "holidays":[{}]}}"#,
                years.0,
                years.1,
                days.join(",")
            );
            Calendar::parse(&raw).map(|calendar| calendar.holidays().count())
        };
        assert_eq!(data((2024, 2024), &["2024-01-01", "2024-03-01"]), Ok(2));
        let twice = data((2024, 2024), &["2024-01-01", "2024-01-01"]);
        assert_eq!(twice, Err(CalendarError::Day(day("2024-01-01"))));
        let outside = data((2024, 2024), &["2025-01-01"]);
        assert_eq!(outside, Err(CalendarError::Day(day("2025-01-01"))));
        assert_eq!(data((2024, 2025), &["2024-01-01"]), Err(CalendarError::EmptyYear(2025)));
        assert_eq!(data((2025, 2024), &[]), Err(CalendarError::Header));
        assert!(matches!(Calendar::parse("{}"), Err(CalendarError::Form(_))));
    }
}
