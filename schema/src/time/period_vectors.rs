//! The vectors of the rulebook for legal terms, and month arithmetic against an independent count.

use proptest::prelude::*;

use super::{Calendar, Day, Instant, Period, PeriodError, PeriodParts};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn korea() -> &'static Calendar {
    Calendar::embedded().unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

#[test]
fn r_081_four_months_after_an_agreement() {
    for (agreed, end) in [
        ("2024-06-10", "2024-10-10"),
        ("2024-08-31", "2024-12-31"),
        ("2024-09-30", "2025-01-31"),
        ("2024-10-27", "2025-02-27"),
        ("2024-10-28", "2025-02-28"),
        ("2024-10-29", "2025-02-28"),
        ("2024-10-30", "2025-02-28"),
        ("2024-10-31", "2025-02-28"),
        ("2023-10-30", "2024-02-29"),
        ("2024-02-29", "2024-06-30"),
    ] {
        let period = Period::months_after(day(agreed), 4).unwrap();
        assert_eq!(period.base_end(), day(end), "{agreed}");
        assert_eq!(period.end(), day(end), "{agreed}");
    }
}

#[test]
fn r_082_one_year_and_named_starts() {
    for (published, end) in [
        ("2024-11-01", "2025-11-01"),
        ("2024-02-29", "2025-02-28"),
        ("2023-02-28", "2024-02-29"),
        ("2024-02-28", "2025-02-28"),
        ("2024-12-31", "2025-12-31"),
    ] {
        let period = Period::months_after(day(published), 12).unwrap();
        assert_eq!(period.base_end(), day(end), "{published}");
    }
    for (months, end) in [(4, "2024-10-31"), (12, "2025-06-30")] {
        let period = Period::months_from(day("2024-07-01"), months).unwrap();
        assert_eq!(period.base_end(), day(end), "{months}");
    }
}

#[test]
fn r_083_an_end_on_a_day_off_moves_to_the_next_working_day() {
    for (agreed, months, base, end) in [
        ("2024-06-12", 4, "2024-10-12", "2024-10-14"),
        ("2024-06-09", 4, "2024-10-09", "2024-10-10"),
        ("2024-11-01", 12, "2025-11-01", "2025-11-03"),
        ("2024-02-29", 4, "2024-06-30", "2024-07-01"),
        ("2024-06-10", 4, "2024-10-10", "2024-10-10"),
    ] {
        let period = Period::months_after(day(agreed), months).unwrap().shifted(korea());
        assert_eq!((period.base_end(), period.end()), (day(base), day(end)), "{agreed}");
        assert_eq!(period.calendar_version(), Some(korea().version()));
        assert!(!period.parts().weekends_only);
        assert_eq!(period.shifted(korea()), period);
    }
    let far = Period::months_after(day("2027-12-31"), 12).unwrap().shifted(korea());
    assert!(far.parts().weekends_only, "2028 is not in the data");
}

#[test]
fn r_084_terms_in_days_start_on_the_next_day() {
    let period = Period::days_after(day("2024-10-10"), 20).unwrap();
    assert_eq!(period.start(), day("2024-10-11"));
    assert_eq!(period.base_end(), day("2024-10-30"));
    assert_eq!(period.base_days(), 20);
}

#[test]
fn r_030_objection_deadlines() {
    for (days, end) in [(20, "2024-10-30"), (30, "2024-11-11")] {
        let period = Period::days_after(day("2024-10-10"), days).unwrap().shifted(korea());
        assert_eq!(period.end(), day(end));
    }
}

#[test]
fn r_092_stopped_days_extend_the_base_end_and_days_off_come_last() {
    let year = Period::months_after(day("2024-11-01"), 12).unwrap();
    let direct = year.with_stopped_days(10).unwrap().shifted(korea());
    assert_eq!(direct.end(), day("2025-11-11"));
    assert_eq!(direct.base_end(), day("2025-11-01"));
    let shifted_before = year.shifted(korea()).with_stopped_days(10).unwrap();
    assert_eq!(shifted_before.calendar_version(), None);
    assert_eq!(shifted_before.shifted(korea()), direct);
    let in_steps = year.with_stopped_days(4).unwrap().with_stopped_days(6).unwrap();
    assert_eq!(in_steps.shifted(korea()), direct);
}

#[test]
fn r_101_reports_are_due_two_months_after_completion() {
    for (completed, due) in [("2024-10-10", "2024-12-10"), ("2024-12-31", "2025-02-28")] {
        let period = Period::months_after(day(completed), 2).unwrap().shifted(korea());
        assert_eq!(period.end(), day(due));
    }
}

#[test]
fn r_134_served_and_unserved_days_of_the_listing_year() {
    let year = Period::months_after(day("2024-11-01"), 12).unwrap().shifted(korea());
    assert_eq!(year.base_days(), 365);
    assert_eq!(year.served_days(day("2025-05-01")), 181);
    assert_eq!(year.unserved_days(day("2025-05-01")), 184);
    assert_eq!(year.unserved_days(day("2024-11-01")), 365);
    assert_eq!(year.unserved_days(day("2026-01-01")), 0);
    let stopped = year.with_stopped_days(10).unwrap();
    assert_eq!(stopped.unserved_days(day("2025-05-11")), 184);
}

#[test]
fn r_147_an_answer_is_due_fifteen_days_after_service() {
    assert_eq!(Period::days_after(day("2024-10-10"), 15).unwrap().end(), day("2024-10-25"));
}

#[test]
fn r_064_a_term_ends_at_24_00_in_korea() {
    let period = Period::months_after(day("2024-06-10"), 4).unwrap();
    for (instant, inside) in [
        ("2024-06-09T23:59:59.999999+09:00", false),
        ("2024-06-10T00:00:00+09:00", true),
        ("2024-10-10T23:59:59.999999+09:00", true),
        ("2024-10-11T00:00:00+09:00", false),
        ("2024-10-10T15:00:00Z", false),
    ] {
        assert_eq!(period.contains(at(instant)), inside, "{instant}");
    }
}

/// An agreement is dated by the last signature, and a minute moves its end by a day.
#[test]
fn r_080_the_date_of_the_last_signature_in_korea_counts() {
    for (signed, end) in
        [("2024-06-10T23:59:00+09:00", "2024-10-10"), ("2024-06-11T00:01:00+09:00", "2024-10-11")]
    {
        let period = Period::months_after(at(signed).seoul_day(), 4).unwrap();
        assert_eq!(period.end(), day(end));
    }
}

#[test]
fn terms_without_length_or_beyond_the_range_are_refused() {
    let today = day("2024-01-01");
    assert_eq!(Period::months_after(today, 0), Err(PeriodError::Length));
    assert_eq!(Period::months_after(today, u32::MAX), Err(PeriodError::Length));
    assert_eq!(Period::days_after(today, 0), Err(PeriodError::Length));
    assert_eq!(Period::days_after(Day::MAX, 1), Err(PeriodError::OutOfRange));
    assert_eq!(Period::months_from(day("2200-06-01"), 12), Err(PeriodError::OutOfRange));
    let stopped = Period::days_after(today, 1).unwrap().with_stopped_days(u32::MAX);
    assert_eq!(stopped, Err(PeriodError::OutOfRange));
}

#[test]
fn stored_terms_are_checked_when_they_are_read() {
    let period = Period::months_after(day("2024-06-12"), 4).unwrap().shifted(korea());
    let json = serde_json::to_string(&period).unwrap();
    assert_eq!(serde_json::from_str::<Period>(&json).unwrap(), period);
    let broken = |change: fn(&mut PeriodParts)| {
        let mut parts = period.parts().clone();
        change(&mut parts);
        Period::try_from(parts)
    };
    assert!(broken(|_| ()).is_ok());
    assert_eq!(broken(|p| p.start = p.base_end.end().seoul_day()), Err(PeriodError::Order));
    assert_eq!(broken(|p| p.calendar_version = None), Err(PeriodError::Order));
    assert_eq!(broken(|p| p.end = p.opens), Err(PeriodError::Order));
    let bad = json.replace("\"end\":\"2024-10-14\"", "\"end\":\"2024-10-01\"");
    assert!(serde_json::from_str::<Period>(&bad).is_err());
}

/// Days since 1 March of the year 0, counted by hand: shares no code with the calendar library.
fn day_number(year: i64, month: i64, of_month: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + of_month - 1
}

fn number(day: Day) -> i64 {
    day_number(day.year().into(), day.month().into(), day.day_of_month().into())
}

fn month_length(year: i64, month: i64) -> i64 {
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    day_number(next_year, next_month, 1) - day_number(year, month, 1)
}

proptest! {
    /// Art. 160, by walking whole months instead of computing the target.
    #[test]
    fn months_agree_with_a_walk_over_the_months(offset in 0_i64..4_748, months in 1_u32..40) {
        let start = day("2020-01-01").add_days(offset).unwrap();
        let (mut year, mut month) = (i64::from(start.year()), i64::from(start.month()));
        for _ in 0..months {
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
        let length = month_length(year, month);
        let wanted = i64::from(start.day_of_month());
        let last = if wanted <= length {
            day_number(year, month, wanted) - 1
        } else {
            day_number(year, month, length)
        };
        let named = Period::months_from(start, months).unwrap();
        prop_assert_eq!(number(named.base_end()), last);
        let before = start.add_days(-1).unwrap();
        prop_assert_eq!(Period::months_after(before, months).unwrap().base_end(), named.base_end());
        prop_assert_eq!(i64::from(named.base_days()), last - number(start) + 1);
    }

    #[test]
    fn a_shift_never_goes_back_and_always_ends_on_a_working_day(
        offset in 0_i64..1_800, days in 1_u32..400, stopped in 0_u32..100,
    ) {
        let event = day("2022-12-31").add_days(offset).unwrap();
        let term = Period::days_after(event, days).unwrap().with_stopped_days(stopped).unwrap();
        let shifted = term.shifted(korea());
        prop_assert!(shifted.end() >= term.end());
        prop_assert!(korea().is_working_day(shifted.end()));
        let passed = term.end().days_until(shifted.end());
        for skipped in 0..passed {
            prop_assert!(!korea().is_working_day(term.end().add_days(skipped).unwrap()));
        }
        prop_assert_eq!(shifted.base_days(), days);
    }
}
