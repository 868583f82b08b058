//! Settlements against the rulebook.

use std::fmt::Write as _;

use schema::api::execution::Ending;
use schema::api::settlement::{
    CostSource, Disallowance, LineVerdict, NewSettlementLine, PaidBy, SettlementState,
};
use schema::code::Code;
use schema::id::UserId;
use schema::money::{BasisPoints, Won};
use schema::money_rules::cash::{CashBase, CashRule};
use schema::money_rules::support::Terms;
use schema::time::{Calendar, Day, Instant, Period};

use super::rules::{
    Agreed, Amounts, Command, Days, Judged, LineFacts, allowed, amounts, apart, due_on, judged,
    object_by, step,
};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

#[test]
fn settlement_machine() {
    let days = Days { due_on: day("2024-12-10"), object_by: Some(day("2024-12-30")) };
    let mut table = String::new();
    for (when, at) in [
        ("before every day", "2024-12-10T23:59:59+09:00"),
        ("after the day of the report", "2024-12-11T00:00:00+09:00"),
        ("after the day for objections", "2024-12-31T00:00:00+09:00"),
    ] {
        let now: Instant = at.parse().unwrap();
        let _ = writeln!(table, "# {when}");
        for state in SettlementState::ALL {
            for command in Command::ALL {
                match step(*state, *command, days, now) {
                    Ok(next) => {
                        let _ = writeln!(table, "{state:<12} {command:<13?} {next}");
                    }
                    Err(refusal) => assert!(refusal.rule.is_some()),
                }
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn r_101_the_report_is_due_after_two_months() {
    let calendar = Calendar::embedded().unwrap();
    for (ended, due) in [
        ("2024-10-10", "2024-12-10"),
        ("2024-12-31", "2025-02-28"),
        // Two months after 2024-10-14 is Saturday 12-14.
        ("2024-10-14", "2024-12-16"),
    ] {
        assert_eq!(due_on(day(ended), 2, calendar), Some(day(due)), "{ended}");
    }
}

#[test]
fn r_030_twenty_days_to_object() {
    let calendar = Calendar::embedded().unwrap();
    assert_eq!(object_by(day("2024-10-10"), 20, calendar), Some(day("2024-10-30")));
    assert_eq!(object_by(day("2024-10-10"), 30, calendar), Some(day("2024-11-11")));
}

#[test]
fn assessor_approver_and_payer_are_three_persons() {
    let user = |n| UserId::from_uuid(uuid::Uuid::from_u128(n));
    assert!(apart(user(3), &[Some(user(1)), Some(user(2)), None]).is_ok());
    let refusal = apart(user(2), &[Some(user(1)), Some(user(2))]).unwrap_err();
    assert_eq!((refusal.code, refusal.rule), (Code::DutiesSeparated, Some("R-133")));
}

/// P14: 80 %, 40,000,000 signed, 10 % of the share in cash.
fn agreed(paid: i64, interest: i64) -> Agreed {
    Agreed {
        terms: Terms::new(BasisPoints::new(8_000).unwrap(), won(40_000_000)),
        cash: Some(CashRule {
            cash_base: CashBase::CompanyShare,
            cash_min_bp: BasisPoints::new(1_000).unwrap(),
            in_kind_max_bp: BasisPoints::new(9_000).unwrap(),
        }),
        paid: won(paid),
        interest: won(interest),
        by_voucher: false,
        ending: Ending::Completed,
    }
}

/// Accepted costs by source.
fn costs(government: i64, cash: i64, in_kind: i64) -> Vec<Judged> {
    [(CostSource::Government, government), (CostSource::Cash, cash), (CostSource::InKind, in_kind)]
        .map(|(source, amount)| Judged { source, accepted: won(amount), reason: None })
        .to_vec()
}

fn figures(amounts: &Amounts) -> [i64; 6] {
    let Amounts { accepted, carried, final_support, payable, refund, interest } = amounts;
    [accepted, carried, final_support, payable, refund, interest].map(|won| won.get())
}

#[test]
fn r_102_final_support_and_who_owes_whom() {
    for (why, lines, agreed, expected) in [
        (
            "as planned, nothing paid before",
            costs(40_000_000, 1_000_000, 9_000_000),
            agreed(0, 0),
            [50_000_000, 50_000_000, 40_000_000, 40_000_000, 0, 0],
        ),
        (
            "45M of 50M, 40M paid",
            costs(36_000_000, 900_000, 8_100_000),
            agreed(40_000_000, 0),
            [45_000_000, 45_000_000, 36_000_000, 0, 4_000_000, 0],
        ),
        (
            "3,333,333 disallowed, 40M paid",
            costs(36_666_667, 1_000_000, 9_000_000),
            agreed(40_000_000, 0),
            [46_666_667, 46_666_667, 37_333_333, 0, 2_666_667, 0],
        ),
        (
            "dearer than planned: the signed support is the ceiling",
            costs(40_000_000, 2_000_000, 18_000_000),
            agreed(0, 0),
            [60_000_000, 60_000_000, 40_000_000, 40_000_000, 0, 0],
        ),
        (
            "interest is kept from what is paid",
            costs(40_000_000, 1_000_000, 9_000_000),
            agreed(20_000_000, 1_234),
            [50_000_000, 50_000_000, 40_000_000, 19_998_766, 0, 0],
        ),
        (
            "interest goes back besides the refund",
            costs(36_000_000, 900_000, 8_100_000),
            agreed(40_000_000, 1_234),
            [45_000_000, 45_000_000, 36_000_000, 0, 4_000_000, 1_234],
        ),
    ] {
        assert_eq!(figures(&amounts(&lines, &agreed).unwrap()), expected, "{why}");
    }
}

#[test]
fn r_104_a_short_share_lowers_the_support() {
    // Accepted 50M in all, but only 6M of a share of 10M was really paid.
    let short = amounts(&costs(44_000_000, 1_000_000, 5_000_000), &agreed(0, 0)).unwrap();
    assert_eq!(figures(&short), [50_000_000, 30_000_000, 24_000_000, 24_000_000, 0, 0]);
    // 500,000 in cash carry a share of 5,000,000, whatever was given in kind.
    let poor = amounts(&costs(40_000_000, 500_000, 9_500_000), &agreed(0, 0)).unwrap();
    assert_eq!(figures(&poor), [50_000_000, 25_000_000, 20_000_000, 20_000_000, 0, 0]);
}

#[test]
fn what_failed_gets_nothing_and_gives_everything_back() {
    let lines = costs(40_000_000, 1_000_000, 9_000_000);
    for ending in [Ending::Failed, Ending::Terminated] {
        let found = amounts(&lines, &Agreed { ending, ..agreed(40_000_000, 7) }).unwrap();
        assert_eq!(figures(&found), [50_000_000, 0, 0, 0, 40_000_000, 7]);
    }
    let kept = Agreed { ending: Ending::Abandoned, ..agreed(0, 0) };
    assert_eq!(amounts(&lines, &kept).unwrap().final_support, won(40_000_000));
}

#[test]
fn what_vouchers_have_paid_is_all_that_is_paid() {
    // 80 % of 10,000,000 and no more, though the voucher could pay 10,000,000.
    let terms = Terms::new(BasisPoints::new(8_000).unwrap(), won(10_000_000));
    let all_cash = CashRule {
        cash_base: CashBase::CompanyShare,
        cash_min_bp: BasisPoints::WHOLE,
        in_kind_max_bp: BasisPoints::ZERO,
    };
    let base = Agreed {
        terms,
        cash: Some(all_cash),
        paid: won(8_000_000),
        interest: won(0),
        by_voucher: true,
        ending: Ending::Completed,
    };
    let even = amounts(&costs(8_000_000, 2_000_000, 0), &base).unwrap();
    assert_eq!(figures(&even), [10_000_000, 10_000_000, 8_000_000, 0, 0, 0]);
    // A purchase of 3,000,000 (2,400,000 + 600,000) is disallowed after it was paid.
    let less = amounts(&costs(5_600_000, 1_400_000, 0), &base).unwrap();
    assert_eq!(figures(&less), [7_000_000, 7_000_000, 5_600_000, 0, 2_400_000, 0]);
    // Less was paid than the accepted cost would bear: a settlement does not pay the rest.
    let short = Agreed { paid: won(5_000_000), ..base };
    let capped = amounts(&costs(8_000_000, 2_000_000, 0), &short).unwrap();
    assert_eq!(figures(&capped), [10_000_000, 10_000_000, 5_000_000, 0, 0, 0]);
}

fn line() -> NewSettlementLine {
    NewSettlementLine {
        source: CostSource::Government,
        name: "가공비".to_owned(),
        planned: won(40_000_000),
        spent: won(40_000_000),
        vat: won(4_000_000),
        method: PaidBy::Transfer,
        invoice_no: Some("202409201000000812345678".to_owned()),
        invoice_date: Some(day("2024-10-10")),
        payee_no: None,
        payee_name: None,
        spent_on: day("2024-10-10"),
        documents: vec!["a".repeat(64)],
    }
}

fn judge(line: &NewSettlementLine, affiliated: bool) -> (i64, Option<Disallowance>) {
    let period = Period::months_after(day("2024-06-10"), 4).unwrap();
    let planned = ["가공비".to_owned(), "인건비".to_owned()];
    let facts = LineFacts { period: &period, planned: &planned, affiliated: &[affiliated] };
    let [found] = allowed(std::slice::from_ref(line), &facts)[..] else { panic!("one line") };
    (found.accepted.get(), found.reason)
}

#[test]
fn r_044_only_transfers_and_cards_count() {
    for (method, reason) in [
        (PaidBy::Transfer, None),
        (PaidBy::Card, None),
        (PaidBy::Cash, Some(Disallowance::CashPayment)),
    ] {
        for source in [CostSource::Government, CostSource::Cash] {
            let found = judge(&NewSettlementLine { method, source, ..line() }, false);
            assert_eq!(found.1, reason, "{method} of {source}");
        }
    }
}

#[test]
fn r_103_what_does_not_count() {
    use Disallowance as D;
    let base = line();
    for (line, affiliated, reason) in [
        (base.clone(), false, None),
        (NewSettlementLine { method: PaidBy::Card, ..base.clone() }, false, None),
        (NewSettlementLine { method: PaidBy::Cash, ..base.clone() }, false, Some(D::CashPayment)),
        (
            // dated one day after the agreement ended.
            NewSettlementLine { invoice_date: Some(day("2024-10-11")), ..base.clone() },
            false,
            Some(D::OutsidePeriod),
        ),
        (
            NewSettlementLine { spent_on: day("2024-06-09"), ..base.clone() },
            false,
            Some(D::OutsidePeriod),
        ),
        (base.clone(), true, Some(D::Affiliate)),
        (NewSettlementLine { invoice_no: None, ..base.clone() }, false, Some(D::NoInvoice)),
        (NewSettlementLine { documents: Vec::new(), ..base.clone() }, false, Some(D::NoEvidence)),
        (
            NewSettlementLine { name: "회식비".to_owned(), ..base.clone() },
            false,
            Some(D::NotInPlan),
        ),
        (
            // Own staff need a time sheet, not an invoice.
            NewSettlementLine {
                source: CostSource::InKind,
                method: PaidBy::InKind,
                name: "인건비".to_owned(),
                invoice_no: None,
                invoice_date: None,
                ..base.clone()
            },
            false,
            None,
        ),
    ] {
        let accepted = if reason.is_none() { 40_000_000 } else { 0 };
        assert_eq!(judge(&line, affiliated), (accepted, reason), "{line:?}");
    }
}

#[test]
fn r_103_an_assessor_accepts_less_with_a_reason_and_never_more() {
    let lines = costs(40_000_000, 1_000_000, 9_000_000);
    let verdict = |line, accepted| LineVerdict {
        line,
        accepted: won(accepted),
        reason: Disallowance::OverPlan,
        note: "계획 초과".to_owned(),
    };
    let found = judged(lines.clone(), &[verdict(1, 36_666_667)]).unwrap();
    assert_eq!(found[0].accepted, won(36_666_667));
    assert_eq!(found[0].reason, Some(Disallowance::OverPlan));
    assert_eq!(found[1], lines[1]);
    for bad in [vec![verdict(1, 40_000_001)], vec![verdict(0, 1)], vec![verdict(4, 1)]] {
        assert_eq!(judged(lines.clone(), &bad).unwrap_err().code, Code::InvalidField);
    }
    let twice = [verdict(2, 1), verdict(2, 0)];
    assert_eq!(judged(lines, &twice).unwrap_err().field.as_deref(), Some("lines.line"));
}
