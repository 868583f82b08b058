//! Legal time: instants, civil days, periods of the Civil Act and the holiday calendar.
//!
//! Invariants: an [`Instant`] is UTC with microseconds, a [`Day`] is a day in Korea, and both lie
//! within the years 1900 to 2200, so that no operation here can overflow. Legal terms are counted
//! by [`Period`] and nowhere else. Deliberately absent: `now()`. The clock belongs to the caller,
//! and every rule takes the instant it judges as an argument.
//!
//! Korea is a fixed UTC+09:00 here. Asia/Seoul has had no daylight saving time since 1988 and the
//! legal days of the exchange start in 2023, so a time-zone database would add a dependency and a
//! way to fail without changing an answer. Days before 1989 are only ever data, never deadlines.

mod calendar;
mod day;
mod instant;
mod period;
#[cfg(test)]
mod period_oracle_tests;
#[cfg(test)]
mod period_vectors;

pub use calendar::{Calendar, CalendarError, Holiday, HolidayKind};
pub use day::{Day, Weekday};
pub use instant::Instant;
pub use period::{Period, PeriodError, PeriodParts};

use crate::lang::Text;

/// Why a text is not a day or an instant of this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not `YYYY-MM-DD`, or a day that no calendar has.
    #[error("not a day of the form YYYY-MM-DD")]
    NotADay,
    /// Not RFC 3339 with an offset.
    #[error("not an RFC 3339 instant with an offset")]
    NotAnInstant,
    /// Outside the years 1900 to 2200.
    #[error("outside the years 1900 to 2200")]
    OutOfRange,
}

impl TimeError {
    /// The reason in both languages.
    pub fn text(self) -> Text {
        let ko = match self {
            Self::NotADay => "YYYY-MM-DD 형식의 날짜가 아닙니다",
            Self::NotAnInstant => "시간대가 있는 RFC 3339 시각이 아닙니다",
            Self::OutOfRange => "1900년에서 2200년 사이가 아닙니다",
        };
        Text::new(ko, self.to_string())
    }
}
