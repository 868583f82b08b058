//! Civil days in Korea.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Instant, TimeError};

/// A day in Korea, `YYYY-MM-DD`, within the years 1900 to 2200.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "sql",
    derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)
)]
#[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::Text))]
pub struct Day {
    date: Date,
    /// The text, kept inline so that a database can borrow it whatever its driver.
    text: [u8; 10],
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weekday {
    /// 월
    Monday,
    /// 화
    Tuesday,
    /// 수
    Wednesday,
    /// 목
    Thursday,
    /// 금
    Friday,
    /// 토
    Saturday,
    /// 일
    Sunday,
}

impl Weekday {
    /// Saturday or Sunday.
    pub const fn is_weekend(self) -> bool {
        matches!(self, Self::Saturday | Self::Sunday)
    }
}

impl Day {
    /// The first day of the range.
    pub const MIN: Day = Day { date: Date::constant(1900, 1, 1), text: *b"1900-01-01" };
    /// The last day of the range.
    pub const MAX: Day = Day { date: Date::constant(2200, 12, 31), text: *b"2200-12-31" };

    /// The day of a year, month (1 to 12) and day of the month, if there is one.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Day> {
        Date::new(year, month, day).ok().and_then(Self::from_date)
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.date.year()
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i8 {
        self.date.month()
    }

    /// The day of the month, 1 to 31.
    pub fn day_of_month(self) -> i8 {
        self.date.day()
    }

    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        match self.date.weekday() {
            jiff::civil::Weekday::Monday => Weekday::Monday,
            jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
            jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
            jiff::civil::Weekday::Thursday => Weekday::Thursday,
            jiff::civil::Weekday::Friday => Weekday::Friday,
            jiff::civil::Weekday::Saturday => Weekday::Saturday,
            jiff::civil::Weekday::Sunday => Weekday::Sunday,
        }
    }

    /// The day `days` later (earlier if negative), unless it is out of range.
    #[must_use]
    pub fn add_days(self, days: i64) -> Option<Day> {
        let span = jiff::Span::new().try_days(days).ok()?;
        self.date.checked_add(span).ok().and_then(Self::from_date)
    }

    /// How many days later `other` is; negative if it is earlier.
    pub fn days_until(self, other: Day) -> i64 {
        self.date.duration_until(other.date).as_hours() / 24
    }

    /// 00:00 in Korea.
    pub fn start_of_day_seoul(self) -> Instant {
        Instant::at_seoul_midnight(self)
    }

    /// 24:00 in Korea: the first instant that is no longer this day. (The very last day of the
    /// range ends a microsecond early.)
    pub fn end(self) -> Instant {
        self.add_days(1).map_or(Instant::MAX, Instant::at_seoul_midnight)
    }

    /// The last day of the month.
    pub(super) fn last_of_month(self) -> Day {
        Day::from_date(self.date.last_of_month()).unwrap_or(self)
    }

    pub(super) fn from_date(date: Date) -> Option<Day> {
        if date < Self::MIN.date || date > Self::MAX.date {
            return None;
        }
        let (year, month, day) = (date.year(), date.month(), date.day());
        let mut text = *b"0000-00-00";
        let places = [(0, year / 1_000), (1, year / 100), (2, year / 10), (3, year)];
        let small = [(5, month / 10), (6, month), (8, day / 10), (9, day)];
        let small = small.map(|(at, digits)| (at, i16::from(digits)));
        for (at, digits) in places.into_iter().chain(small) {
            if let (Some(to), Ok(digit)) = (text.get_mut(at), u8::try_from(digits % 10)) {
                *to = b'0' + digit;
            }
        }
        Some(Day { date, text })
    }

    pub(super) fn date(self) -> Date {
        self.date
    }

    /// The text form, `YYYY-MM-DD`.
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII by construction.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = TimeError;

    /// Exactly ten ASCII characters: no blanks, no signs, no two-digit years.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(TimeError::NotADay);
        };
        let digits = |bytes: &[&u8]| {
            bytes.iter().try_fold(0_i16, |number, byte| {
                byte.is_ascii_digit().then(|| number * 10 + i16::from(*byte - b'0'))
            })
        };
        let small = |bytes: &[&u8]| digits(bytes).and_then(|number| i8::try_from(number).ok());
        let (Some(year), Some(month), Some(day)) =
            (digits(&[y1, y2, y3, y4]), small(&[m1, m2]), small(&[d1, d2]))
        else {
            return Err(TimeError::NotADay);
        };
        let date = Date::new(year, month, day).map_err(|_| TimeError::NotADay)?;
        Day::from_date(date).ok_or(TimeError::OutOfRange)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Day {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .description(Some("A day in Korea"))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Day {}

#[cfg(test)]
mod tests {
    use super::{Day, Weekday};
    use crate::time::TimeError;

    #[test]
    fn only_ten_characters_of_a_real_day_parse() {
        for good in ["1900-01-01", "2024-02-29", "2200-12-31"] {
            assert_eq!(good.parse::<Day>().unwrap().to_string(), good);
        }
        for bad in
            ["", "2024-2-29", "2023-02-29", "20240229", "2024-02-30", " 2024-02-29", "2024-0２-01"]
        {
            assert_eq!(bad.parse::<Day>(), Err(TimeError::NotADay), "{bad}");
        }
        for bad in ["1899-12-31", "2201-01-01", "9999-12-31"] {
            assert_eq!(bad.parse::<Day>(), Err(TimeError::OutOfRange), "{bad}");
        }
        assert!(serde_json::from_str::<Day>("20240229").is_err());
    }

    #[test]
    fn days_add_and_subtract_within_the_range() {
        let day: Day = "2024-02-28".parse().unwrap();
        assert_eq!(day.add_days(2).unwrap().to_string(), "2024-03-01");
        assert_eq!(day.days_until(day.add_days(-366).unwrap()), -366);
        assert_eq!(Day::MAX.add_days(1), None);
        assert_eq!(Day::MIN.add_days(-1), None);
        assert_eq!(day.add_days(i64::MAX), None);
        assert_eq!(Day::MIN.days_until(Day::MAX), 109_937);
    }

    #[test]
    fn a_day_runs_from_midnight_to_midnight_in_korea() {
        let day: Day = "2024-10-10".parse().unwrap();
        assert_eq!(day.weekday(), Weekday::Thursday);
        assert_eq!(day.start_of_day_seoul().to_string(), "2024-10-09T15:00:00Z");
        assert_eq!(day.end().to_string(), "2024-10-10T15:00:00Z");
        assert_eq!(Day::MIN.start_of_day_seoul().seoul_day(), Day::MIN);
        assert_eq!(Day::MAX.end().seoul_day(), Day::MAX);
    }
}
