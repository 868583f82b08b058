//! How serious a finding is, and what a person may decide.

use schema::api::signals::{SignalSeverity, SignalState};
use schema::code::Code;
use schema::money::Won;
use schema::problem::Refusal;
use schema::time::Instant;

/// A refund this soon after the payment looks like money going round in a circle.
const QUICK_DAYS: i64 = 30;

/// Parties that hang together: the shorter the chain, the worse.
pub(super) fn affiliation(links: usize) -> SignalSeverity {
    if links <= 2 { SignalSeverity::High } else { SignalSeverity::Medium }
}

/// A price that rose after the award: by half or more is worse.
pub(super) fn price_jump(asked: Won, counted: Won) -> SignalSeverity {
    let (asked, counted) = (i128::from(asked.get()), i128::from(counted.get()));
    if asked * 2 >= counted * 3 { SignalSeverity::High } else { SignalSeverity::Medium }
}

/// A rebate: one that nobody disclosed is fraud if it is true, and one that came after the
/// payment has to be claimed back.
pub(super) fn rebate(disclosed: bool, reduced: Won) -> SignalSeverity {
    match (disclosed, reduced) {
        (false, _) => SignalSeverity::High,
        (true, Won::ZERO) => SignalSeverity::Medium,
        (true, _) => SignalSeverity::Low,
    }
}

/// Whether a refund came soon after the payment.
pub(super) fn is_quick(paid: Instant, refunded: Instant) -> bool {
    let days = paid.seoul_day().days_until(refunded.seoul_day());
    (0..=QUICK_DAYS).contains(&days)
}

/// One file under two data sets: of one owner it is a muddle, of two it is somebody else's property.
pub(super) fn same_file(owners: usize) -> SignalSeverity {
    if owners > 1 { SignalSeverity::High } else { SignalSeverity::Medium }
}

/// What a person decides.
pub(super) fn decide(state: SignalState, confirmed: bool) -> Result<SignalState, Refusal> {
    match state {
        SignalState::Open if confirmed => Ok(SignalState::Confirmed),
        SignalState::Open => Ok(SignalState::Dismissed),
        SignalState::Dismissed | SignalState::Confirmed => Err(Code::StateForbids
            .because("이미 판단한 신호입니다.", "The signal was decided already.")
            .with("state", state.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use schema::api::signals::{SignalSeverity as S, SignalState};
    use schema::money::Won;
    use schema::time::Instant;

    use super::*;

    fn w(amount: i64) -> Won {
        Won::new(amount).unwrap()
    }

    #[test]
    fn r_058_a_jump_by_half_is_worse() {
        for (asked, counted, severity) in [
            (12_000_000, 8_000_000, S::High),
            (11_999_999, 8_000_000, S::Medium),
            (8_000_001, 8_000_000, S::Medium),
            (1, 0, S::High),
        ] {
            assert_eq!(price_jump(w(asked), w(counted)), severity, "{asked} {counted}");
        }
    }

    #[test]
    fn r_059_a_rebate_that_nobody_disclosed_is_the_worst() {
        assert_eq!(rebate(false, w(1)), S::High);
        assert_eq!(rebate(true, Won::ZERO), S::Medium);
        assert_eq!(rebate(true, w(1)), S::Low);
    }

    #[test]
    fn a_refund_within_thirty_days_is_quick() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let paid = at("2024-07-01T00:00:00+09:00");
        assert!(is_quick(paid, at("2024-07-31T23:59:59+09:00")));
        assert!(!is_quick(paid, at("2024-08-01T00:00:00+09:00")));
        assert!(!is_quick(paid, at("2024-06-30T00:00:00+09:00")));
    }

    #[test]
    fn chains_and_owners() {
        assert_eq!((affiliation(1), affiliation(2), affiliation(3)), (S::High, S::High, S::Medium));
        assert_eq!((same_file(1), same_file(2)), (S::Medium, S::High));
    }

    #[test]
    fn a_signal_is_decided_once() {
        for state in SignalState::ALL {
            for confirmed in [false, true] {
                let open = *state == SignalState::Open;
                assert_eq!(decide(*state, confirmed).is_ok(), open, "{state} {confirmed}");
            }
        }
        assert_eq!(decide(SignalState::Open, true), Ok(SignalState::Confirmed));
        assert_eq!(decide(SignalState::Open, false), Ok(SignalState::Dismissed));
    }
}
