//! The machine of agreements against the rulebook.

use std::fmt::Write as _;

use schema::api::execution::{ChangeKind, NewChange};
use schema::api::programme::{Agreement, AgreementState, CostPlan};
use schema::code::Code;
use schema::id::{AgreementId, OrgId};
use schema::money::{BasisPoints, Won};
use schema::money_rules::Rounding;
use schema::money_rules::cash::{CashBase, CashRule};
use schema::notice::{ProgrammeCode, SizeClass};
use schema::time::{Calendar, Day, Instant, Period};

use super::rules::{Clocks, Command, change, grace_until, step};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

/// Agreed on 2024-06-10 for four months; grace until 2024-11-11.
fn clocks() -> Clocks {
    let calendar = Calendar::embedded().unwrap();
    let period = Period::months_after(day("2024-06-10"), 4).unwrap().shifted(calendar);
    let grace = grace_until(ProgrammeCode::PROCESSING, &period, 30, 2, calendar);
    Clocks { period, grace_until: grace.unwrap() }
}

#[test]
fn agreement_machine() {
    let mut table = String::new();
    for (when, at) in [
        ("in the period", "2024-10-10T23:59:59+09:00"),
        ("in the grace", "2024-11-11T23:59:59+09:00"),
        ("after the grace", "2024-11-12T00:00:00+09:00"),
    ] {
        let now: Instant = at.parse().unwrap();
        let _ = writeln!(table, "# {when}");
        for state in AgreementState::ALL {
            for command in Command::ALL {
                if let Ok(next) = step(*state, *command, &clocks(), now) {
                    let _ = writeln!(table, "{state:<20} {command:<20?} {next}");
                }
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn refusals_say_the_state_in_both_languages() {
    let now: Instant = "2024-10-10T00:00:00+09:00".parse().unwrap();
    for state in AgreementState::ALL {
        for command in Command::ALL {
            let Err(refusal) = step(*state, *command, &clocks(), now) else { continue };
            assert!(refusal.rule.is_some(), "{state} {command:?}");
            assert!(!refusal.detail.ko.is_empty() && !refusal.detail.en.is_empty());
        }
    }
}

#[test]
fn r_060_the_report_of_use_may_come_until_the_settlement_is_due() {
    let calendar = Calendar::embedded().unwrap();
    let period = Period::months_after(day("2024-06-10"), 4).unwrap().shifted(calendar);
    for (programme, last) in [
        // 30 days after 2024-10-10 is Saturday 11-09.
        (ProgrammeCode::PROCESSING, "2024-11-11"),
        (ProgrammeCode::PURCHASE, "2024-12-10"),
    ] {
        assert_eq!(grace_until(programme, &period, 30, 2, calendar), Some(day(last)));
    }
}

fn agreement() -> Agreement {
    let at: Instant = "2024-06-10T10:00:00+09:00".parse().unwrap();
    Agreement {
        id: AgreementId::from_uuid(uuid::Uuid::from_u128(1)),
        programme: ProgrammeCode::PROCESSING,
        notice_version: "2024-draft-1".to_owned(),
        notice_sha256: None,
        state: AgreementState::Active,
        title: "가공".to_owned(),
        recipient: OrgId::from_uuid(uuid::Uuid::from_u128(2)),
        processor: None,
        purpose: None,
        class: SizeClass::Sme,
        ratio_bp: BasisPoints::new(8_000).unwrap(),
        rounding: Rounding::Floor1,
        total: Some(won(50_000_000)),
        support: won(40_000_000),
        company_share: Some(won(10_000_000)),
        cash: Some(won(1_000_000)),
        in_kind: Some(won(9_000_000)),
        items: Vec::new(),
        period_months: 4,
        listing_months: Some(12),
        terms_hash: "0".repeat(64),
        signatures: Vec::new(),
        agreed_on: None,
        fiscal_year: Some(2024),
        period: None,
        voucher: None,
        created_at: at,
    }
}

fn replan(total: i64, government: i64, cash: i64, in_kind: i64) -> Result<ChangeKind, Code> {
    let plan = CostPlan {
        total: won(total),
        government: won(government),
        cash: won(cash),
        in_kind: won(in_kind),
        items: Vec::new(),
    };
    let rule = CashRule {
        cash_base: CashBase::CompanyShare,
        cash_min_bp: BasisPoints::new(1_000).unwrap(),
        in_kind_max_bp: BasisPoints::new(9_000).unwrap(),
    };
    let new = NewChange { reason: "변경".to_owned(), plan: Some(plan), ..NewChange::default() };
    change(&agreement(), &new, Some(rule)).map_err(|refusal| {
        assert_eq!(refusal.rule, Some("R-042"));
        refusal.code
    })
}

#[test]
fn r_042_a_dearer_project_gets_no_more_support() {
    assert_eq!(replan(60_000_000, 48_000_000, 1_200_000, 10_800_000), Err(Code::CostPlanInvalid));
    assert_eq!(replan(60_000_000, 40_000_001, 2_000_000, 17_999_999), Err(Code::CostPlanInvalid));
    assert_eq!(replan(60_000_000, 40_000_000, 2_000_000, 18_000_000), Ok(ChangeKind::CostPlan));
    assert_eq!(replan(45_000_000, 36_000_000, 900_000, 8_100_000), Ok(ChangeKind::CostPlan));
    // It still adds up and holds the cash minimum.
    assert_eq!(replan(45_000_000, 36_000_000, 899_999, 8_100_001), Err(Code::CostPlanInvalid));
}

#[test]
fn r_042_the_period_is_not_extended_and_one_thing_changes_at_a_time() {
    let asked = |new: NewChange| change(&agreement(), &new, None).map_err(|refusal| refusal.field);
    let longer = NewChange { extend_months: Some(1), ..NewChange::default() };
    assert_eq!(asked(longer), Err(Some("extend_months".to_owned())));
    assert!(asked(NewChange::default()).is_err());
    let title = NewChange { title: Some("새 제목".to_owned()), ..NewChange::default() };
    assert_eq!(asked(title.clone()), Ok(ChangeKind::Content));
    let other = OrgId::from_uuid(uuid::Uuid::from_u128(3));
    let successor = NewChange { successor: Some(other), ..NewChange::default() };
    assert_eq!(asked(successor), Ok(ChangeKind::Successor));
    assert!(asked(NewChange { successor: Some(other), ..title }).is_err());
}
