//! Terms counted by the Civil Act.
//!
//! Invariants: the day of the event is not counted (art. 157) unless the term is named to start at
//! 00:00 of a day; months run to the day before the same day of the month, or to the last day of a
//! month that lacks it (art. 160); a term ends at 24:00 in Korea (art. 159). A base end never moves;
//! suspended days are added to it first and days off are passed over last, so the order of
//! calls cannot change an end. Deliberately absent: `day + n months`, which is wrong by a day in
//! some months.

use serde::{Deserialize, Serialize};

use super::{Calendar, Day, Instant};

/// Longest term in months and in days: a century. Terms of the rulebook have a few years at most.
const MONTHS_MAX: u32 = 1_200;
const DAYS_MAX: u32 = 36_600;

/// A legal term in days of Korea. It is stored and sent as [`PeriodParts`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Period(#[serde(deserialize_with = "checked_parts")] PeriodParts);

/// The days of a [`Period`], as a database row or a message keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeriodParts {
    /// Day of the event (agreement, publication, notice), or the named first day.
    pub opens: Day,
    /// First day that counts.
    pub start: Day,
    /// Last day by counting alone.
    pub base_end: Day,
    /// Days the clock stood still.
    pub stopped_days: u32,
    /// Last day in effect; it ends at 24:00 in Korea.
    pub end: Day,
    /// Version of the holiday calendar that days off were judged by; absent if they were not.
    pub calendar_version: Option<String>,
    /// Whether that calendar did not know the holidays of the year, so only weekends were passed.
    pub weekends_only: bool,
}

/// Why there is no such term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Nothing, or more than a century.
    #[error("a term has at least one day or month and at most a century")]
    Length,
    /// Past the range of days.
    #[error("the term ends outside the years 1900 to 2200")]
    OutOfRange,
    /// The days of a stored term contradict each other.
    #[error("the days of the term contradict each other")]
    Order,
}

impl Period {
    /// The term of `months` after an event on the day `agreed`, which itself is not counted.
    pub fn months_after(agreed: Day, months: u32) -> Result<Period, PeriodError> {
        let start = agreed.add_days(1).ok_or(PeriodError::OutOfRange)?;
        Self::counted(agreed, start, last_day(start, months)?)
    }

    /// The term of `months` that is named to start at 00:00 of `named_start`.
    pub fn months_from(named_start: Day, months: u32) -> Result<Period, PeriodError> {
        Self::counted(named_start, named_start, last_day(named_start, months)?)
    }

    /// The term of `days` after an event on `day`, which itself is not counted.
    pub fn days_after(day: Day, days: u32) -> Result<Period, PeriodError> {
        if days == 0 || days > DAYS_MAX {
            return Err(PeriodError::Length);
        }
        let start = day.add_days(1).ok_or(PeriodError::OutOfRange)?;
        Self::counted(day, start, day.add_days(days.into()).ok_or(PeriodError::OutOfRange)?)
    }

    fn counted(opens: Day, start: Day, base_end: Day) -> Result<Period, PeriodError> {
        let end = base_end;
        let calendar_version = None;
        Period::try_from(PeriodParts {
            opens,
            start,
            base_end,
            stopped_days: 0,
            end,
            calendar_version,
            weekends_only: false,
        })
    }

    /// The same term with the clock stopped for `days` more days. Days off are no longer
    /// passed over: call [`Period::shifted`] afterwards.
    pub fn with_stopped_days(&self, days: u32) -> Result<Period, PeriodError> {
        let stopped_days = self.0.stopped_days.checked_add(days).ok_or(PeriodError::Length)?;
        let end = self.0.base_end.add_days(stopped_days.into()).ok_or(PeriodError::OutOfRange)?;
        Ok(Period(PeriodParts {
            stopped_days,
            end,
            calendar_version: None,
            weekends_only: false,
            ..self.0.clone()
        }))
    }

    /// The same term, its end moved to the next working day if it falls on a day off.
    /// Doing it twice with one calendar changes nothing.
    #[must_use]
    pub fn shifted(&self, calendar: &Calendar) -> Period {
        let counted = self.0.base_end.add_days(self.0.stopped_days.into());
        let counted = counted.unwrap_or(self.0.end);
        let end = calendar.next_working_day(counted);
        Period(PeriodParts {
            end,
            calendar_version: Some(calendar.version().to_owned()),
            weekends_only: !(calendar.covers(counted.year()) && calendar.covers(end.year())),
            ..self.0.clone()
        })
    }

    /// All days of the term.
    pub fn parts(&self) -> &PeriodParts {
        &self.0
    }

    /// Day of the event, or the named first day.
    pub fn opens(&self) -> Day {
        self.0.opens
    }

    /// First day that counts.
    pub fn start(&self) -> Day {
        self.0.start
    }

    /// Last day by counting alone: no suspended days, no days off.
    pub fn base_end(&self) -> Day {
        self.0.base_end
    }

    /// Last day in effect.
    pub fn end(&self) -> Day {
        self.0.end
    }

    /// The instant at which the term is over: 24:00 in Korea of its last day.
    pub fn end_instant(&self) -> Instant {
        self.0.end.end()
    }

    /// Version of the calendar that days off were judged by.
    pub fn calendar_version(&self) -> Option<&str> {
        self.0.calendar_version.as_deref()
    }

    /// Whether `at` is on the day of the event or later and the term is not over. (The day of the
    /// event is not counted, but what is done on it after the event is done in time.)
    pub fn contains(&self, at: Instant) -> bool {
        at >= self.0.opens.start_of_day_seoul() && !self.is_over(at)
    }

    /// Whether the term is over at `at`.
    pub fn is_over(&self, at: Instant) -> bool {
        at >= self.end_instant()
    }

    /// Days of the base term, first and last included: the divisor of R-134.
    pub fn base_days(&self) -> u32 {
        days_in(self.0.start, self.0.base_end)
    }

    /// Days of the base term that have run at the end of `day`, if all stopped days lie before it.
    pub fn served_days(&self, day: Day) -> u32 {
        let run = days_in(self.0.start, day).saturating_sub(self.0.stopped_days);
        run.min(self.base_days())
    }

    /// Days of the base term that have not run at the end of `day`.
    pub fn unserved_days(&self, day: Day) -> u32 {
        self.base_days() - self.served_days(day)
    }
}

/// Days from `first` to `last`, both included; none if they are in the wrong order.
fn days_in(first: Day, last: Day) -> u32 {
    u32::try_from(first.days_until(last) + 1).unwrap_or(0)
}

/// The last day of `months` months from `start` on.
fn last_day(start: Day, months: u32) -> Result<Day, PeriodError> {
    if months == 0 || months > MONTHS_MAX {
        return Err(PeriodError::Length);
    }
    let month_0 = i32::from(start.year()) * 12 + i32::from(start.month()) - 1;
    let target_0 = month_0 + i32::try_from(months).map_err(|_| PeriodError::Length)?;
    let (year, month) = (target_0 / 12, target_0 % 12 + 1);
    let (Ok(year), Ok(month)) = (i16::try_from(year), i8::try_from(month)) else {
        return Err(PeriodError::OutOfRange);
    };
    let end = match Day::new(year, month, start.day_of_month()) {
        Some(target) => target.add_days(-1),
        None => Day::new(year, month, 1).map(Day::last_of_month),
    };
    end.ok_or(PeriodError::OutOfRange)
}

impl TryFrom<PeriodParts> for Period {
    type Error = PeriodError;

    fn try_from(parts: PeriodParts) -> Result<Self, PeriodError> {
        let counted = parts.base_end.add_days(parts.stopped_days.into());
        let counted = counted.ok_or(PeriodError::OutOfRange)?;
        let in_order = parts.opens <= parts.start
            && parts.opens.days_until(parts.start) <= 1
            && parts.start <= parts.base_end
            && counted <= parts.end;
        let shift_has_a_reason = parts.end == counted || parts.calendar_version.is_some();
        if in_order && shift_has_a_reason { Ok(Period(parts)) } else { Err(PeriodError::Order) }
    }
}

fn checked_parts<'de, D: serde::Deserializer<'de>>(from: D) -> Result<PeriodParts, D::Error> {
    let parts = PeriodParts::deserialize(from)?;
    Period::try_from(parts).map(|period| period.0).map_err(serde::de::Error::custom)
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Period {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <PeriodParts as utoipa::PartialSchema>::schema()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Period {
    fn name() -> std::borrow::Cow<'static, str> {
        "Period".into()
    }
}
