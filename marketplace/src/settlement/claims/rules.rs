//! What is owed on a day, and what a payment settles of it.

use schema::api::settlement::ClaimState;
use schema::code::Code;
use schema::money::Won;
use schema::money_rules::recovery::late_charge;
use schema::notice::Sanctions;
use schema::problem::Refusal;
use schema::time::{Calendar, Day, Instant, Period};

/// The amounts of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owed {
    /// Support to be paid back.
    pub(super) principal: Won,
    /// Interest and surcharge.
    pub(super) charges: Won,
    /// Paid of both.
    pub(super) repaid: Won,
    /// The day it was due first.
    pub(super) due_on: Day,
}

/// What a payment settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    /// Of the support.
    pub(super) principal: Won,
    /// Of interest and surcharge.
    pub(super) charges: Won,
}

impl Owed {
    /// What is still owed of principal and charges.
    pub(super) fn outstanding(&self) -> Won {
        self.principal.checked_add(self.charges).unwrap_or(Won::MAX).saturating_sub(self.repaid)
    }

    /// The late charge on a payment made on `today`: on the support that is still owed, by the
    /// rates of the agreement's notice.
    pub(super) fn late(&self, today: Day, bounds: &Sanctions) -> Won {
        late_charge(self.principal.saturating_sub(self.repaid), self.due_on, today, bounds)
    }

    /// What must be paid on `today`.
    pub(super) fn total(&self, today: Day, bounds: &Sanctions) -> Won {
        self.outstanding().checked_add(self.late(today, bounds)).unwrap_or(Won::MAX)
    }

    /// What `amount` settles; the support first.
    pub(super) fn settled(&self, amount: Won) -> Settled {
        let open = self.principal.saturating_sub(self.repaid);
        let principal = amount.min(open);
        Settled { principal, charges: amount.saturating_sub(principal) }
    }
}

/// Whether a repayment is the whole that is owed today.
pub(super) fn repay(
    state: ClaimState,
    owed: &Owed,
    amount: Won,
    today: Day,
    bounds: &Sanctions,
) -> Result<(), Refusal> {
    if state == ClaimState::Repaid {
        return Err(Code::StateForbids
            .because("이미 모두 갚았습니다.", "Everything has been paid back already.")
            .rule("R-132")
            .with("state", state.as_str()));
    }
    let due = owed.total(today, bounds);
    if amount == due {
        return Ok(());
    }
    Err(Code::EvidenceMissing
        .because(
            format!("오늘 갚을 금액은 {due}원입니다. 이체한 금액은 {amount}원입니다."),
            format!("{due} won are owed today; {amount} won were transferred."),
        )
        .rule("R-132")
        .field("amount")
        .with("due", due.get())
        .with("found", amount.get())
        .with("late_charge", owed.late(today, bounds).get()))
}

/// The state and term of a claim whose term is over at `now`.
pub(super) fn overdue(
    state: ClaimState,
    pay_by: Day,
    dunning_days: u16,
    calendar: &Calendar,
    now: Instant,
) -> Option<(ClaimState, Day)> {
    if now < pay_by.end() {
        return None;
    }
    match state {
        ClaimState::Due => {
            Some((ClaimState::Dunned, last_day(now.seoul_day(), dunning_days, calendar)?))
        }
        ClaimState::Dunned => Some((ClaimState::Forced, pay_by)),
        ClaimState::Forced | ClaimState::Repaid => None,
    }
}

/// The last day of a term of `days` from `day`, moved off days off.
pub(super) fn last_day(day: Day, days: u16, calendar: &Calendar) -> Option<Day> {
    Some(Period::days_after(day, days.into()).ok()?.shifted(calendar).end())
}

#[cfg(test)]
mod tests {
    use schema::notice::Notice;

    use super::*;

    fn won(amount: i64) -> Won {
        Won::new(amount).unwrap()
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn bounds() -> &'static Sanctions {
        &Notice::embedded().unwrap().parameters.sanctions
    }

    fn owed(principal: i64, charges: i64, repaid: i64) -> Owed {
        Owed {
            principal: won(principal),
            charges: won(charges),
            repaid: won(repaid),
            due_on: day("2024-10-10"),
        }
    }

    #[test]
    fn r_132_what_is_owed_grows_with_the_delay() {
        for (today, total) in [
            ("2024-10-10", 4_001_000),
            ("2024-10-11", 4_041_000),
            ("2024-10-18", 4_081_000),
            ("2024-11-11", 4_121_000),
            ("2026-01-01", 4_201_000),
        ] {
            assert_eq!(
                owed(4_000_000, 1_000, 0).total(day(today), bounds()),
                won(total),
                "{today}"
            );
        }
        // Only what is still owed of the support bears a late charge.
        assert_eq!(
            owed(4_000_000, 1_000, 3_000_000).total(day("2024-10-11"), bounds()),
            won(1_011_000)
        );
        assert_eq!(owed(4_000_000, 1_000, 4_000_500).total(day("2024-10-11"), bounds()), won(500));
    }

    #[test]
    fn a_payment_settles_the_support_first() {
        let parts = |repaid, amount| {
            let found = owed(4_000_000, 1_000, repaid).settled(won(amount));
            (found.principal.get(), found.charges.get())
        };
        assert_eq!(parts(0, 4_001_000), (4_000_000, 1_000));
        assert_eq!(parts(0, 3_000_000), (3_000_000, 0));
        assert_eq!(parts(3_000_000, 1_001_000), (1_000_000, 1_000));
        assert_eq!(parts(4_000_500, 500), (0, 500));
    }

    #[test]
    fn r_132_a_repayment_is_whole_to_the_won() {
        let today = day("2024-10-11");
        let tried =
            |amount| repay(ClaimState::Due, &owed(4_000_000, 0, 0), won(amount), today, bounds());
        assert!(tried(4_040_000).is_ok());
        for amount in [0, 4_000_000, 4_039_999, 4_040_001] {
            let refusal = tried(amount).unwrap_err();
            assert_eq!((refusal.code, refusal.rule), (Code::EvidenceMissing, Some("R-132")));
            assert_eq!(refusal.figures["due"], 4_040_000);
        }
        let done = repay(ClaimState::Repaid, &owed(1, 0, 1), won(0), today, bounds()).unwrap_err();
        assert_eq!(done.code, Code::StateForbids);
    }

    #[test]
    fn r_133_reminder_then_forced_collection() {
        let calendar = Calendar::embedded().unwrap();
        let pay_by = day("2024-10-10");
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let found = |state, now| overdue(state, pay_by, 15, calendar, at(now));
        assert_eq!(found(ClaimState::Due, "2024-10-10T23:59:59+09:00"), None);
        let dunned = Some((ClaimState::Dunned, day("2024-10-28")));
        assert_eq!(found(ClaimState::Due, "2024-10-11T00:00:00+09:00"), dunned);
        let forced = Some((ClaimState::Forced, pay_by));
        assert_eq!(found(ClaimState::Dunned, "2024-10-11T00:00:00+09:00"), forced);
        for state in [ClaimState::Forced, ClaimState::Repaid] {
            assert_eq!(found(state, "2030-01-01T00:00:00Z"), None);
        }
    }
}
