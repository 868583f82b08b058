//! When a request takes proposals, and bounds on both.

use schema::code::Code;
use schema::problem::Refusal;
use schema::time::{Day, Instant};

/// Open requests of one organisation.
pub(super) const OPEN_MAX: usize = 20;
/// Proposals of one organisation to one request.
pub(super) const OWN_PROPOSALS_MAX: usize = 5;
/// Proposals to one request.
pub(super) const PROPOSALS_MAX: usize = 200;
/// Days that a request may stand.
const DAYS_MAX: i64 = 366;

/// Whether a request takes proposals at `now`.
pub(super) fn is_open(until: Day, closed_at: Option<i64>, now: Instant) -> bool {
    closed_at.is_none() && now < until.end()
}

/// Whether the last day of a new request is in range.
pub(super) fn until(until: Day, now: Instant) -> Result<(), Refusal> {
    let today = now.seoul_day();
    let last = today.add_days(DAYS_MAX).unwrap_or(today);
    if (today..=last).contains(&until) {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(
            format!("마감일은 {today}부터 {last}까지입니다."),
            format!("The last day is from {today} to {last}."),
        )
        .field("until"))
}

/// The refusal of a proposal that comes too late.
pub(super) fn closed() -> Refusal {
    Code::StateForbids.because("마감된 요청입니다.", "The request takes no more proposals.")
}

/// The refusal of one too many.
pub(super) fn full(what: (&str, &str), max: usize) -> Refusal {
    let (ko, en) = what;
    Code::StateForbids
        .because(format!("{ko} {max}건까지입니다."), format!("{en}: {max} at most."))
        .with("max", max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_open_through_its_last_day_in_seoul() {
        let day: Day = "2024-06-10".parse().unwrap();
        let at = |text: &str| text.parse::<Instant>().unwrap();
        for (closed, now, open) in [
            (None, "2024-06-10T14:59:59Z", true),
            (None, "2024-06-10T15:00:00Z", false),
            (Some(0), "2024-06-01T00:00:00Z", false),
        ] {
            assert_eq!(is_open(day, closed, at(now)), open, "{now}");
        }
        for (now, fits) in [
            ("2024-06-10T00:00:00Z", true),
            ("2024-06-11T00:00:00Z", false),
            ("2023-06-09T00:00:00Z", false),
        ] {
            assert_eq!(until(day, at(now)).is_ok(), fits, "{now}");
        }
    }
}
