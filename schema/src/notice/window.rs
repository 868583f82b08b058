//! Windows of a notice, to the month, as the notice prints them (R-021).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::{Day, Instant};

/// A month of a year, `YYYY-MM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearMonth {
    first: Day,
}

impl YearMonth {
    /// The month that `day` lies in.
    pub fn of(day: Day) -> Option<Self> {
        Day::new(day.year(), day.month(), 1).map(|first| Self { first })
    }

    /// Its first day.
    pub fn first_day(self) -> Day {
        self.first
    }
}

impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl fmt::Debug for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for YearMonth {
    type Err = crate::time::TimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        format!("{text}-01").parse().map(|first| Self { first })
    }
}

impl Serialize for YearMonth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for YearMonth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for YearMonth {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(r"^\d{4}-\d{2}$"))
            .description(Some("A month in Korea"))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for YearMonth {}

/// A span of months, both included, in Korean time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// As the notice prints it.
    pub printed: String,
    /// First month. Of a rolling window, the month of the programme's notice.
    pub from: YearMonth,
    /// Last month; absent if the end is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<YearMonth>,
    /// 수시: at any time, until the budget is reserved.
    #[serde(default)]
    pub rolling: bool,
    /// First day, where the notice prints days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_day: Option<Day>,
    /// Last day, where the notice prints days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_day: Option<Day>,
}

impl Window {
    /// Whether `at` is inside: from 00:00 of the first day to 24:00 of the last, in Korea.
    pub fn contains(&self, at: Instant) -> bool {
        let day = at.seoul_day();
        let Some(month) = YearMonth::of(day) else { return false };
        self.from <= month
            && self.to.is_none_or(|to| month <= to)
            && self.from_day.is_none_or(|first| first <= day)
            && self.to_day.is_none_or(|last| day <= last)
    }

    pub(super) fn is_well_formed(&self) -> bool {
        // Days only make the months that they lie in narrower.
        let inside = |day: Option<Day>, month: Option<YearMonth>| {
            day.is_none_or(|day| YearMonth::of(day).is_some_and(|of| Some(of) == month))
        };
        self.to.is_none_or(|to| self.from <= to && !self.rolling)
            && inside(self.from_day, Some(self.from))
            && inside(self.to_day, self.to)
            && !self.printed.is_empty()
    }
}

/// The three windows of a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Windows {
    /// 사업공고
    pub notice: Window,
    /// 신청접수
    pub apply: Window,
    /// 평가선정
    pub evaluate: Window,
}

#[cfg(test)]
mod tests {
    use super::{Window, YearMonth};

    fn window(from: &str, to: Option<&str>) -> Window {
        let to = to.map(|to| to.parse().unwrap());
        Window {
            printed: "'24".to_owned(),
            from: from.parse().unwrap(),
            to,
            rolling: false,
            from_day: None,
            to_day: None,
        }
    }

    #[test]
    fn r_021_days_make_a_window_narrower() {
        let mut window = window("2026-01", Some("2026-02"));
        window.from_day = Some("2026-01-29".parse().unwrap());
        window.to_day = Some("2026-02-27".parse().unwrap());
        assert!(window.is_well_formed());
        for (at, inside) in [
            ("2026-01-28T23:59:59+09:00", false),
            ("2026-01-29T00:00:00+09:00", true),
            ("2026-02-27T23:59:59+09:00", true),
            ("2026-02-28T00:00:00+09:00", false),
        ] {
            assert_eq!(window.contains(at.parse().unwrap()), inside, "{at}");
        }
        window.to_day = Some("2026-03-01".parse().unwrap());
        assert!(!window.is_well_formed());
    }

    #[test]
    fn r_021_a_window_ends_at_midnight_in_korea() {
        let march = window("2024-03", Some("2024-03"));
        for (at, inside) in [
            ("2024-02-29T23:59:59.999999+09:00", false),
            ("2024-03-01T00:00:00+09:00", true),
            ("2024-03-31T23:59:59.999999+09:00", true),
            ("2024-04-01T00:00:00+09:00", false),
            ("2024-03-31T15:00:00Z", false),
        ] {
            assert_eq!(march.contains(at.parse().unwrap()), inside, "{at}");
        }
        let open = window("2024-06", None);
        assert!(open.contains("2030-01-01T00:00:00Z".parse().unwrap()));
        assert!(!open.contains("2024-05-31T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn months_have_one_form() {
        assert_eq!("2024-01".parse::<YearMonth>().unwrap().to_string(), "2024-01");
        for bad in ["2024", "2024-1", "2024-13", "24-01", "2024-01-01"] {
            assert!(bad.parse::<YearMonth>().is_err(), "{bad}");
        }
        assert!(!window("2024-03", Some("2024-02")).is_well_formed());
    }
}
