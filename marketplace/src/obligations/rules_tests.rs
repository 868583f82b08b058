//! Days of duties.

use schema::api::obligations::{Obligation, ObligationKind, ObligationState};
use schema::code::Code;
use schema::id::{ObligationId, OrgId};
use schema::time::{Calendar, Day, Instant};

use super::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn calendar() -> &'static Calendar {
    Calendar::embedded().unwrap()
}

#[test]
fn r_101_two_months_after_completion() {
    for (completed, due) in [
        ("2024-10-10", "2024-12-10"),
        ("2024-12-31", "2025-02-28"),
        // 2024-12-08 is a Sunday.
        ("2024-10-08", "2024-12-09"),
    ] {
        assert_eq!(months_after(day(completed), 2, calendar()).unwrap(), day(due), "{completed}");
    }
}

#[test]
fn r_084_days_begin_with_the_next_one() {
    assert_eq!(days_after(day("2024-10-10"), 20, calendar()).unwrap(), day("2024-10-30"));
    // 30 days after 2024-10-10 is Saturday 2024-11-09.
    assert_eq!(days_after(day("2024-10-10"), 30, calendar()).unwrap(), day("2024-11-11"));
}

#[test]
fn r_097_reminders_thirty_and_seven_days_before_and_when_it_is_over() {
    let (kind, before, due) = (ObligationKind::SettlementReport, [30u16, 7], day("2024-12-10"));
    let mut told = Vec::new();
    let mut seen = day("2024-10-10");
    while let Some(next) = next_mark(kind, &before, due, seen) {
        told.push((next.to_string(), mark_on(kind, &before, due, next, next).unwrap()));
        seen = next;
    }
    assert_eq!(
        told,
        [
            ("2024-11-10".to_owned(), Mark::Before(30)),
            ("2024-12-03".to_owned(), Mark::Before(7)),
            ("2024-12-11".to_owned(), Mark::Overdue),
        ]
    );
    // A term ends; nobody is late.
    let year = ObligationKind::ListingYear;
    assert_eq!(next_mark(year, &before, due, day("2024-12-03")), None);
    // What begins late is told of what is left.
    assert_eq!(next_mark(kind, &before, due, day("2024-11-20")), Some(day("2024-12-03")));
}

#[test]
fn a_late_timer_tells_only_the_last_mark() {
    let (kind, before, due) = (ObligationKind::CompletionReport, [30u16, 7], day("2024-12-10"));
    let first = day("2024-11-10");
    for (today, mark) in [
        ("2024-11-09", None),
        ("2024-11-10", Some(Mark::Before(30))),
        ("2024-12-02", Some(Mark::Before(30))),
        ("2024-12-05", Some(Mark::Before(7))),
        ("2025-03-01", Some(Mark::Overdue)),
    ] {
        assert_eq!(mark_on(kind, &before, due, first, day(today)), mark, "{today}");
    }
    assert_eq!(mark_on(kind, &before, due, day("2024-12-11"), day("2024-12-10")), None);
}

#[test]
fn the_last_day_is_not_late() {
    let (kind, due) = (ObligationKind::SettlementReport, day("2024-12-10"));
    for (kind, state, today, late) in [
        (kind, ObligationState::Open, "2024-12-10", false),
        (kind, ObligationState::Open, "2024-12-11", true),
        (kind, ObligationState::Discharged, "2024-12-11", false),
        (kind, ObligationState::Cancelled, "2024-12-11", false),
        (ObligationKind::ListingYear, ObligationState::Open, "2024-12-11", false),
    ] {
        assert_eq!(is_overdue(kind, state, due, day(today)), late, "{kind} {state} {today}");
    }
}

fn duty(kind: ObligationKind, blocks_payment: bool) -> Obligation {
    Obligation {
        id: ObligationId::from_uuid(uuid::Uuid::from_u128(1)),
        kind,
        org: OrgId::from_uuid(uuid::Uuid::from_u128(2)),
        subject: "agr_1".to_owned(),
        agreement: None,
        state: ObligationState::Open,
        due_on: day("2024-12-10"),
        due_first: day("2024-12-10"),
        rule: "R-101".to_owned(),
        blocks_payment,
        overdue: true,
        days_left: -1,
        reason: None,
        opened_at: Instant::MIN,
        closed_at: None,
    }
}

#[test]
fn an_overdue_duty_that_blocks_stops_a_payment_and_says_the_cure() {
    assert!(payable(&[]).is_ok());
    assert!(payable(&[duty(ObligationKind::AfterCareYearly, false)]).is_ok());
    for kind in ObligationKind::ALL {
        let light = duty(ObligationKind::AfterCareYearly, false);
        let refused = payable(&[light, duty(*kind, true)]).unwrap_err();
        assert_eq!(refused.code, Code::DutyOverdue);
        assert_eq!(refused.figures["due_on"], "2024-12-10");
        assert_eq!(refused.reasons.len(), 1, "only what blocks is told");
        assert_eq!(refused.reasons[0].rule.as_deref(), Some("R-101"));
        let cure = refused.cure.unwrap();
        assert!(!cure.ko.is_empty() && cure.en.is_ascii(), "{kind}");
    }
}

#[test]
fn a_duty_is_postponed_to_a_later_day_that_is_not_over() {
    let due = day("2024-12-10");
    for (to, today, fits) in [
        ("2024-12-11", "2024-12-01", true),
        ("2024-12-10", "2024-12-01", false),
        ("2024-12-09", "2024-12-01", false),
        ("2024-12-20", "2024-12-20", true),
        ("2024-12-20", "2024-12-21", false),
    ] {
        assert_eq!(may_postpone(due, day(to), day(today)).is_ok(), fits, "{to} on {today}");
    }
}

#[test]
fn the_board_counts_by_kind_and_week() {
    use ObligationKind as K;
    let heap = |kind, due: &str, blocks, count| Heap { kind, due_on: day(due), blocks, count };
    let heaps = [
        heap(K::SettlementReport, "2024-12-02", true, 2),
        heap(K::SettlementReport, "2024-12-08", false, 1),
        heap(K::ListingYear, "2024-12-02", false, 4),
        heap(K::CompletionReport, "2024-12-09", true, 8),
    ];
    let board = burn_down(&heaps, day("2024-12-05"));
    assert_eq!((board.open, board.overdue), (15, 2));
    let weeks: Vec<(String, u32)> =
        board.weeks.iter().map(|week| (week.monday.to_string(), week.open)).collect();
    assert_eq!(weeks, [("2024-12-02".to_owned(), 7), ("2024-12-09".to_owned(), 8)]);
    let kinds: Vec<(K, u32, u32, u32)> = board
        .kinds
        .iter()
        .map(|kind| (kind.kind, kind.open, kind.overdue, kind.blocking))
        .collect();
    assert_eq!(
        kinds,
        [(K::CompletionReport, 8, 0, 0), (K::SettlementReport, 3, 2, 2), (K::ListingYear, 4, 0, 0),]
    );
}
