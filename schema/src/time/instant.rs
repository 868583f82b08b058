//! Instants in UTC with microseconds.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Day, TimeError};

/// Korea's offset. Why it is fixed: see the module.
const SEOUL_SECS: i64 = 9 * 3_600;
const MICROS: i64 = 1_000_000;

/// An instant in UTC, in whole microseconds, within the years 1900 to 2200 of Korea.
/// Its text is RFC 3339 with `Z` and no, three or six digits of a second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "sql",
    derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)
)]
#[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::BigInt))]
pub struct Instant(pub(crate) i64);

impl Instant {
    /// 1900-01-01 00:00 in Korea.
    pub const MIN: Instant = Instant((-2_208_988_800 - SEOUL_SECS) * MICROS);
    /// A microsecond before 2201-01-01 00:00 in Korea.
    pub const MAX: Instant = Instant((7_289_654_400 - SEOUL_SECS) * MICROS - 1);

    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z, if it is in range.
    pub const fn from_micros(micros: i64) -> Option<Instant> {
        if micros >= Self::MIN.0 && micros <= Self::MAX.0 { Some(Instant(micros)) } else { None }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// The instant `secs` seconds later (earlier if negative), unless it is out of range.
    #[must_use]
    pub fn checked_add_secs(self, secs: i64) -> Option<Instant> {
        secs.checked_mul(MICROS)
            .and_then(|micros| self.0.checked_add(micros))
            .and_then(Instant::from_micros)
    }

    /// The day in Korea.
    pub fn seoul_day(self) -> Day {
        let offset = Offset::constant(9);
        Timestamp::from_microsecond(self.0)
            .ok()
            .and_then(|timestamp| Day::from_date(offset.to_datetime(timestamp).date()))
            // Cannot happen: the range of instants is the range of days.
            .unwrap_or(Day::MAX)
    }

    /// `2024-06-10 23:59:00` in Korea, for texts that people read.
    pub fn seoul_text(self) -> String {
        let secs = (self.as_secs() + SEOUL_SECS).rem_euclid(86_400);
        let (hour, minute, second) = (secs / 3_600, secs / 60 % 60, secs % 60);
        format!("{} {hour:02}:{minute:02}:{second:02}", self.seoul_day())
    }

    pub(super) fn at_seoul_midnight(day: Day) -> Instant {
        let midnight = day.date().at(0, 0, 0, 0);
        Offset::constant(9)
            .to_timestamp(midnight)
            .ok()
            .and_then(|timestamp| Instant::from_micros(timestamp.as_microsecond()))
            // Cannot happen: the range of instants is the range of days.
            .unwrap_or(Instant::MAX)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(timestamp) = Timestamp::from_microsecond(self.0) else { return Err(fmt::Error) };
        let at = Offset::UTC.to_datetime(timestamp);
        write!(f, "{}T{:02}:{:02}:{:02}", at.date(), at.hour(), at.minute(), at.second())?;
        match self.0.rem_euclid(MICROS) {
            0 => f.write_str("Z"),
            micros if micros % 1_000 == 0 => write!(f, ".{:03}Z", micros / 1_000),
            micros => write!(f, ".{micros:06}Z"),
        }
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Instant {
    type Err = TimeError;

    /// RFC 3339 with `Z` or a numeric offset. Digits below the microsecond are cut off.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if !has_rfc3339_shape(text.as_bytes()) {
            return Err(TimeError::NotAnInstant);
        }
        let timestamp: Timestamp = text.parse().map_err(|_| TimeError::NotAnInstant)?;
        let micros = timestamp.as_nanosecond().div_euclid(1_000);
        i64::try_from(micros).ok().and_then(Instant::from_micros).ok_or(TimeError::OutOfRange)
    }
}

/// `YYYY-MM-DDTHH:MM:SS[.f…](Z|±HH:MM)`. The parser behind it takes more forms (weeks, zone names,
/// blanks, no seconds); a wire format takes one.
fn has_rfc3339_shape(text: &[u8]) -> bool {
    let Some((head, mut rest)) = text.split_at_checked(19) else { return false };
    let fits = head.iter().zip(b"0000-00-00T00:00:00").all(|(byte, form)| match form {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't'),
        _ => byte == form,
    });
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return false;
        }
        rest = fraction.get(digits..).unwrap_or_default();
    }
    let zone = match rest {
        b"Z" | b"z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()),
        _ => false,
    };
    fits && zone
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Instant {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("UTC, at most microseconds"))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Instant {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Instant;
    use crate::time::{Day, TimeError};

    #[test]
    fn texts_are_rfc_3339_in_utc() {
        for (text, printed) in [
            ("2024-06-10T14:59:00Z", "2024-06-10T14:59:00Z"),
            ("2024-06-10T23:59:00+09:00", "2024-06-10T14:59:00Z"),
            ("2024-06-10t14:59:00.5z", "2024-06-10T14:59:00.500Z"),
            ("2024-06-10T14:59:00.000001Z", "2024-06-10T14:59:00.000001Z"),
            ("2024-06-10T14:59:00.123456999Z", "2024-06-10T14:59:00.123456Z"),
            ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"),
        ] {
            let instant: Instant = text.parse().unwrap();
            assert_eq!(instant.to_string(), printed);
            assert_eq!(serde_json::to_string(&instant).unwrap(), format!("\"{printed}\""));
        }
        for bad in [
            "",
            "2024-06-10",
            "2024-06-10T14:59:00",
            "2024-06-10 14:59:00Z",
            "2024-06-10T14:59Z",
            "2024-06-10T14:59:00+09",
            "2024-06-10T14:59:00.Z",
            "2024-02-30T00:00:00Z",
            "2024-06-10T25:00:00Z",
            "2024-06-10T14:59:00+09:00[Asia/Seoul]",
            "٢٠٢٤-06-10T00:00:00Z",
        ] {
            assert_eq!(bad.parse::<Instant>(), Err(TimeError::NotAnInstant), "{bad}");
        }
        assert_eq!("1899-12-31T14:59:59Z".parse::<Instant>(), Err(TimeError::OutOfRange));
        assert_eq!("9998-12-31T14:59:59Z".parse::<Instant>(), Err(TimeError::OutOfRange));
    }

    #[test]
    fn the_range_is_that_of_the_days() {
        assert_eq!(Instant::MIN, Day::MIN.start_of_day_seoul());
        assert_eq!(Instant::MAX.seoul_day(), Day::MAX);
        assert_eq!(Instant::MIN.to_string(), "1899-12-31T15:00:00Z");
        assert_eq!(Instant::MAX.to_string(), "2200-12-31T14:59:59.999999Z");
        assert_eq!(Instant::from_micros(Instant::MAX.as_micros() + 1), None);
        assert_eq!(Instant::from_micros(i64::MIN), None);
        assert_eq!(Instant::MAX.checked_add_secs(1), None);
        assert_eq!(Instant::MIN.checked_add_secs(i64::MIN), None);
    }

    #[test]
    fn publication_a_second_apart_is_a_day_apart() {
        let late: Instant = "2024-11-01T23:59:59+09:00".parse().unwrap();
        let next = late.checked_add_secs(1).unwrap();
        assert_eq!(late.seoul_day().to_string(), "2024-11-01");
        assert_eq!(next.seoul_day().to_string(), "2024-11-02");
        assert_eq!(late.seoul_text(), "2024-11-01 23:59:59");
    }

    proptest! {
        #[test]
        fn text_and_micros_round_trip(
            micros in Instant::MIN.as_micros()..=Instant::MAX.as_micros(),
        ) {
            let instant = Instant::from_micros(micros).unwrap();
            prop_assert_eq!(instant.to_string().parse::<Instant>(), Ok(instant));
            let day = instant.seoul_day();
            prop_assert!(day.start_of_day_seoul() <= instant && instant <= day.end());
        }
    }
}
