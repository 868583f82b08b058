//! Sanctions against the rulebook.

use std::fmt::Write as _;

use schema::api::sanctions::{Measures, OrderState, SanctionGround, SanctionState};
use schema::code::Code;
use schema::id::UserId;
use schema::money::Won;
use schema::notice::{Notice, Sanctions};
use schema::time::{Calendar, Day, Instant, Period};

use super::rules::{
    Command, Facts, apart, ban_until, bounded, breach, last_day, milder, recoverable_order, step,
};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

fn bounds() -> &'static Sanctions {
    &Notice::embedded().unwrap().parameters.sanctions
}

#[test]
fn sanction_machine() {
    let mut table = String::new();
    let facts = Facts {
        opinion_by: Some(day("2024-10-30")),
        appeal_by: Some(day("2024-11-20")),
        ..Facts::default()
    };
    let ban = Some(day("2027-10-10"));
    for (when, at, facts) in [
        ("in every term", "2024-10-30T00:00:00+09:00", facts),
        ("answered", "2024-10-30T00:00:00+09:00", Facts { answered: true, ..facts }),
        ("after the terms", "2024-12-01T00:00:00+09:00", facts),
        (
            "banned, and the ban is over",
            "2028-01-01T00:00:00+09:00",
            Facts { ban_until: ban, ..facts },
        ),
        (
            "money is owed",
            "2028-01-01T00:00:00+09:00",
            Facts { ban_until: ban, owed: true, ..facts },
        ),
    ] {
        let now: Instant = at.parse().unwrap();
        let _ = writeln!(table, "# {when}");
        for state in SanctionState::ALL {
            for command in Command::ALL {
                match step(*state, *command, facts, now) {
                    Ok(next) => {
                        let _ = writeln!(table, "{state:<13} {command:<11?} {next}");
                    }
                    Err(refusal) => assert_eq!(refusal.rule, Some("R-133")),
                }
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn r_133_who_proposes_does_not_decide() {
    let user = |n| UserId::from_uuid(uuid::Uuid::from_u128(n));
    assert!(apart(user(2), &[Some(user(1)), None]).is_ok());
    assert_eq!(apart(user(1), &[Some(user(1))]).unwrap_err().code, Code::DutiesSeparated);
}

fn measures(ban_months: u16, recovery: i64, surcharge: i64) -> Measures {
    Measures {
        ban_months,
        recovery: won(recovery),
        surcharge: won(surcharge),
        self_reported: false,
        faithful: false,
        reason: "사유".to_owned(),
    }
}

#[test]
fn r_130_to_r_132_no_measure_goes_beyond_its_bounds() {
    use SanctionGround as G;
    let base = measures(36, 8_000_000, 40_000_000);
    let reported = Measures { self_reported: true, ..measures(0, 8_000_000, 1) };
    let lenient = |ground| (ground, Measures { faithful: true, ..measures(0, 0, 0) });
    for ((ground, given), field) in [
        ((G::Fraud, base.clone()), None),
        ((G::Fraud, measures(60, 0, 0)), None),
        ((G::Fraud, measures(61, 0, 0)), Some("ban_months")),
        ((G::Fraud, measures(0, 0, 0)), Some("ban_months")),
        ((G::Fraud, measures(0, 8_000_001, 0)), Some("recovery")),
        // Five times the principal, and none up to a million.
        ((G::Fraud, measures(0, 8_000_000, 40_000_001)), Some("surcharge")),
        ((G::Fraud, measures(0, 1_000_000, 1)), Some("surcharge")),
        ((G::Fraud, measures(0, 1_000_001, 5_000_005)), None),
        ((G::Fraud, reported), Some("surcharge")),
        ((G::UnpaidRecovery, measures(12, 1, 0)), Some("recovery")),
        ((G::UnpaidRecovery, measures(12, 0, 0)), None),
        (lenient(G::Abandonment), None),
        (lenient(G::Fraud), Some("faithful")),
    ] {
        let found = bounded(ground, &given, won(8_000_000), bounds());
        assert_eq!(found.err().and_then(|r| r.field).as_deref(), field, "{ground} {given:?}");
    }
}

#[test]
fn an_appeal_makes_nothing_harsher() {
    let old = measures(36, 8_000_000, 0);
    assert!(milder(&old, &measures(12, 8_000_000, 0)).is_ok());
    for harsher in [measures(37, 0, 0), measures(0, 8_000_001, 0), measures(36, 8_000_000, 1)] {
        assert_eq!(milder(&old, &harsher).unwrap_err().code, Code::SanctionBounds);
    }
}

#[test]
fn r_134_the_part_of_the_year_that_was_not_served() {
    let calendar = Calendar::embedded().unwrap();
    let year = Period::months_after(day("2024-11-01"), 12).unwrap().shifted(calendar);
    let support = won(50_000_000);
    for (breached_on, bad_faith, left, expected) in [
        ("2025-05-01", false, support, (181, 25_205_480)),
        ("2025-05-01", true, support, (181, 50_000_000)),
        ("2025-05-01", false, won(20_000_000), (181, 20_000_000)),
        ("2024-11-01", false, support, (0, 50_000_000)),
        ("2025-11-01", false, support, (365, 0)),
    ] {
        let found = breach(support, &year, day(breached_on), bad_faith, left);
        assert_eq!((found.served, found.amount.get()), expected, "{breached_on}");
        assert_eq!(found.total, 365, "the base year, before days off are passed over");
    }
    // Days on which the clock stood still are not served.
    let stopped = year.with_stopped_days(10).unwrap().shifted(calendar);
    assert_eq!(breach(support, &stopped, day("2025-05-01"), false, support).served, 171);
}

#[test]
fn r_134_thirty_days_to_cure_it() {
    let calendar = Calendar::embedded().unwrap();
    // 30 days after 2025-05-01 is Saturday 05-31.
    assert_eq!(last_day(day("2025-05-01"), 30, calendar), Some(day("2025-06-02")));
    let tried = |state, now: &str| {
        recoverable_order(state, day("2025-06-02"), now.parse().unwrap()).map_err(|r| r.rule)
    };
    assert_eq!(tried(OrderState::Ordered, "2025-06-02T23:59:59+09:00"), Err(Some("R-134")));
    assert_eq!(tried(OrderState::Ordered, "2025-06-03T00:00:00+09:00"), Ok(()));
    assert!(tried(OrderState::Remedied, "2025-07-01T00:00:00+09:00").is_err());
}

#[test]
fn r_130_a_ban_is_counted_in_months() {
    assert_eq!(ban_until(day("2024-10-10"), 36), Some(day("2027-10-10")));
    assert_eq!(ban_until(day("2024-10-10"), 0), None);
}
