//! The one-year listing duty of a product made with public money.

use schema::api::trade::{DutyState, Halt, ListingState, SuspendCause};
use schema::code::Code;
use schema::money::Won;
use schema::problem::Refusal;
use schema::time::{Calendar, Day, Instant, Period, PeriodError};

/// The duty of a product published on `published` for `months`: counted by R-080, its end
/// moved off days off by R-083.
pub(super) fn begin(
    published: Day,
    months: u32,
    calendar: &Calendar,
) -> Result<Period, PeriodError> {
    Ok(Period::months_after(published, months)?.shifted(calendar))
}

/// The duty after a suspension from `suspended` to `reinstated`. The days on which the
/// product was off sale are added when the provider caused it and the duty was not over; the first
/// day, on which it was still on sale for a part, is not counted.
pub(super) fn resumed(
    period: &Period,
    cause: SuspendCause,
    suspended: Instant,
    reinstated: Instant,
    calendar: &Calendar,
) -> Result<Period, PeriodError> {
    if !cause.is_providers() || period.is_over(suspended) {
        return Ok(period.clone());
    }
    let days = suspended.seoul_day().days_until(reinstated.seoul_day());
    let days = u32::try_from(days.max(0)).map_err(|_| PeriodError::Length)?;
    Ok(period.with_stopped_days(days)?.shifted(calendar))
}

/// State of the duty at `now`. `halt` says since when the listing is off sale and why.
pub(super) fn state(
    period: &Period,
    listing: ListingState,
    halt: Option<&Halt>,
    now: Instant,
) -> DutyState {
    match (listing, halt) {
        (ListingState::Removed, Some(halt)) if halt.remedy_by.is_some() => DutyState::Remediation,
        (ListingState::Removed, _) => DutyState::Fulfilled,
        (ListingState::Suspended, Some(halt))
            if halt.cause.is_some_and(SuspendCause::is_providers) && !period.is_over(halt.at) =>
        {
            DutyState::Paused
        }
        _ if period.is_over(now) => DutyState::Fulfilled,
        _ => DutyState::Running,
    }
}

/// Whether the owner may take the product off sale at `now`.
pub(super) fn may_delist(period: Option<&Period>, now: Instant) -> Result<(), Refusal> {
    match period {
        Some(period) if !period.is_over(now) => Err(Code::ObligationRunning
            .because(
                format!("{}까지 등록을 유지해야 합니다.", period.end()),
                format!("The product must stay listed until {}.", period.end()),
            )
            .rule("R-091")
            .with("obligation_end", period.end().to_string())),
        _ => Ok(()),
    }
}

/// Whether a price is not so far above the calculated one that it blocks a sale: at most
/// `most_bp` basis points of it.
pub(super) fn price_sells(price: Won, basis: Won, most_bp: u32) -> bool {
    i128::from(price.get()) * 10_000 <= i128::from(basis.get()) * i128::from(most_bp)
}

/// Last day for a replacement of a product removed on `removed`.
pub(super) fn remedy_by(removed: Day, days: u32, calendar: &Calendar) -> Option<Day> {
    Some(Period::days_after(removed, days).ok()?.shifted(calendar).end())
}

#[cfg(test)]
mod tests {
    use schema::api::trade::{DutyState, Halt, ListingState, SuspendCause};
    use schema::money::Won;
    use schema::time::{Calendar, Day, Instant, Period};

    use super::{begin, may_delist, price_sells, remedy_by, resumed, state};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn calendar() -> &'static Calendar {
        Calendar::embedded().unwrap()
    }

    fn duty(published: &str) -> Period {
        begin(at(published).seoul_day(), 12, calendar()).unwrap()
    }

    #[test]
    fn r_090_the_year_starts_on_the_day_of_publication_in_korea() {
        for (published, base_end, end) in [
            // 2025-11-01 is a Saturday, 11-02 a Sunday.
            ("2024-11-01T23:59:59+09:00", "2025-11-01", "2025-11-03"),
            ("2024-11-02T00:00:00+09:00", "2025-11-02", "2025-11-03"),
            ("2024-11-03T15:00:00Z", "2025-11-04", "2025-11-04"),
            ("2023-02-28T09:00:00+09:00", "2024-02-29", "2024-02-29"),
        ] {
            let period = duty(published);
            assert_eq!((period.base_end(), period.end()), (day(base_end), day(end)), "{published}");
        }
    }

    #[test]
    fn r_091_no_delisting_before_the_end() {
        let period = duty("2024-11-01T10:00:00+09:00");
        let refused = may_delist(Some(&period), at("2025-11-03T23:59:59+09:00")).unwrap_err();
        assert_eq!(refused.code.slug(), "obligation-running");
        assert_eq!(refused.figures["obligation_end"], "2025-11-03");
        assert!(may_delist(Some(&period), at("2025-11-04T00:00:00+09:00")).is_ok());
        assert!(may_delist(None, at("2024-11-01T10:00:00+09:00")).is_ok());
    }

    #[test]
    fn r_091_a_price_above_three_times_the_basis_blocks_sale() {
        let w = |amount| Won::new(amount).unwrap();
        assert!(price_sells(w(13_800_000), w(4_600_000), 30_000));
        assert!(!price_sells(w(13_800_001), w(4_600_000), 30_000));
        assert!(price_sells(w(1), w(1), 30_000));
        assert!(!price_sells(w(1), Won::ZERO, 30_000));
        assert!(price_sells(Won::MAX, Won::MAX, 30_000));
    }

    #[test]
    fn r_092_the_providers_suspension_extends_the_duty() {
        let period = duty("2024-11-01T10:00:00+09:00");
        let suspended = at("2025-06-01T12:00:00+09:00");
        let reinstated = at("2025-06-11T12:00:00+09:00");
        let longer =
            resumed(&period, SuspendCause::PersonalData, suspended, reinstated, calendar())
                .unwrap();
        assert_eq!((longer.parts().stopped_days, longer.end()), (10, day("2025-11-11")));
        // Twice ten days are added to the base end, then days off are passed over once.
        let twice = resumed(&longer, SuspendCause::QualityFraud, suspended, reinstated, calendar())
            .unwrap();
        assert_eq!(twice.end(), day("2025-11-21"));
    }

    #[test]
    fn r_092_the_operators_own_outage_adds_nothing() {
        let period = duty("2024-11-01T10:00:00+09:00");
        let (from, to) = (at("2025-06-01T12:00:00+09:00"), at("2025-06-11T12:00:00+09:00"));
        assert_eq!(resumed(&period, SuspendCause::Operator, from, to, calendar()).unwrap(), period);
        // Nor does a suspension within one day, or one after the end.
        let same = at("2025-06-01T23:00:00+09:00");
        let unchanged =
            resumed(&period, SuspendCause::PersonalData, from, same, calendar()).unwrap();
        assert_eq!(unchanged.end(), period.end());
        let (late, later) = (at("2025-12-01T00:00:00+09:00"), at("2025-12-09T00:00:00+09:00"));
        let over = resumed(&period, SuspendCause::PersonalData, late, later, calendar()).unwrap();
        assert_eq!(over, period);
    }

    #[test]
    fn r_093_a_removal_under_duty_asks_for_a_replacement() {
        let period = duty("2024-11-01T10:00:00+09:00");
        let (early, late) = (at("2025-01-02T00:00:00Z"), at("2025-12-01T00:00:00Z"));
        let listed = |now| state(&period, ListingState::Listed, None, now);
        assert_eq!(listed(early), DutyState::Running);
        assert_eq!(listed(late), DutyState::Fulfilled);
        let removed = |remedy_by| {
            let halt = Halt { at: early, cause: None, reason: None, remedy_by };
            state(&period, ListingState::Removed, Some(&halt), late)
        };
        assert_eq!(removed(Some(day("2025-02-03"))), DutyState::Remediation);
        assert_eq!(removed(None), DutyState::Fulfilled);
        let suspended = |cause, at| {
            let halt = Halt { at, cause: Some(cause), reason: None, remedy_by: None };
            state(&period, ListingState::Suspended, Some(&halt), late)
        };
        assert_eq!(suspended(SuspendCause::RightsDispute, early), DutyState::Paused);
        assert_eq!(suspended(SuspendCause::RightsDispute, late), DutyState::Fulfilled);
        assert_eq!(suspended(SuspendCause::Operator, early), DutyState::Fulfilled);
        // 30 days after 2025-01-02 is Saturday 2025-02-01.
        assert_eq!(remedy_by(day("2025-01-02"), 30, calendar()), Some(day("2025-02-03")));
    }
}
