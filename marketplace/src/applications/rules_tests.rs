//! The machine of an application against the rulebook.

use std::fmt::Write as _;

use schema::api::applications::ApplicationState as S;
use schema::api::parties::Interest;
use schema::money::Won;
use schema::notice::{LegalBasis, Notice, Programme, ProgrammeCode};
use schema::problem::Reason;
use schema::time::{Calendar, Day, Instant};

use super::super::guards::{
    Actor, BatchFacts, Facts, Purse, Scene, last_day, listed_at, objection_days, window,
};
use super::{Command as C, Term, Transition, step, target};
use schema::code::Code;
use schema::problem::Refusal;

fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn now() -> Instant {
    at("2024-06-10T10:00:00+09:00")
}

fn scene(code: ProgrammeCode) -> Scene<'static> {
    let notice = Notice::embedded().unwrap();
    Scene { notice, programme: notice.programme(code).unwrap() }
}

/// Facts under which `command` may happen.
fn fine(command: C) -> Facts {
    let over = matches!(command, C::Expire | C::Lapse | C::CloseWaitlist | C::LapseOffer);
    let last = day(if over { "2024-06-09" } else { "2024-06-10" });
    let offered = matches!(command, C::Consent | C::Decline | C::LapseOffer);
    Facts {
        purse: Purse { appropriated: won(250_000_000), left: won(10_000_000) },
        batch: Some(BatchFacts { fits: true, open: true, evaluation_on: day("2024-06-10") }),
        planned_on: Some(day("2024-06-10")),
        term: Some(last),
        offer: offered.then_some((won(5_000_000), last)),
        waitlist_until: Some(last),
        amount: won(10_000_000),
        sheets: 5,
        passed: true,
        objected_from: Some(S::NotSelected),
        actor: Actor { evaluator: command == C::Score, ..Actor::default() },
        ..Facts::default()
    }
}

fn told(state: S, command: C, facts: &Facts) -> Result<Transition, Refusal> {
    step(state, command, facts, scene(ProgrammeCode::PURCHASE), now())
}

/// Code and rule of the refusal.
fn refused(state: S, command: C, facts: &Facts) -> (Code, Option<&'static str>) {
    let refusal = told(state, command, facts).unwrap_err();
    assert!(!refusal.detail.ko.is_empty() && !refusal.detail.en.is_empty());
    (refusal.code, refusal.rule)
}

#[test]
fn r_022_every_state_and_command() {
    let mut table = String::new();
    for state in S::ALL {
        let _ = write!(table, "{state}:");
        for command in C::ALL {
            let result = told(*state, *command, &fine(*command));
            let machine = target(*state, *command, Some(S::NotSelected));
            assert_eq!(result.as_ref().ok().map(|step| step.to), machine, "{state} {command:?}");
            match result {
                Ok(step) => {
                    let _ = write!(table, " {command:?}→{}", step.to);
                }
                Err(refusal) => assert_eq!(refusal.code, Code::StateForbids, "{state} {command:?}"),
            }
        }
        table.push('\n');
    }
    assert_eq!(table, MATRIX, "{table}");
}

const MATRIX: &str = "\
draft: Edit→draft Submit→submitted Withdraw→withdrawn
submitted: Start→under_review Withdraw→withdrawn
under_review: Ask→supplement Pass→eligible Fail→ineligible Withdraw→withdrawn
supplement: Edit→supplement Resubmit→under_review Expire→ineligible Withdraw→withdrawn
eligible: Batch→in_evaluation Withdraw→withdrawn
ineligible: Object→objection
in_evaluation: Score→in_evaluation Close→evaluated
evaluated: Select→selected Offer→waitlisted Wait→waitlisted Refuse→not_selected
selected: Draft→selected Sign→agreed Lapse→forfeited Withdraw→withdrawn
waitlisted: Offer→waitlisted Consent→selected Decline→waitlisted LapseOffer→waitlisted \
Promote→selected CloseWaitlist→not_selected
not_selected: Object→objection
objection: Uphold→in_evaluation Dismiss→not_selected
agreed:
forfeited:
withdrawn:
";

#[test]
fn an_objection_goes_back_to_where_it_came_from() {
    for (from, command, to) in [
        (S::Ineligible, C::Uphold, S::UnderReview),
        (S::NotSelected, C::Uphold, S::InEvaluation),
        (S::Ineligible, C::Dismiss, S::Ineligible),
        (S::NotSelected, C::Dismiss, S::NotSelected),
    ] {
        let facts = Facts { objected_from: Some(from), ..fine(command) };
        let step = told(S::Objection, command, &facts).unwrap();
        assert_eq!(step, Transition { to, term: Term::None }, "{from} {command:?}");
    }
    // Dismissed is final: without a term there is nothing to object to.
    let facts = Facts { term: None, ..fine(C::Object) };
    assert_eq!(refused(S::NotSelected, C::Object, &facts).0, Code::StateForbids);
    // A new evaluation needs a batch that is open.
    let facts = Facts { batch: None, ..fine(C::Uphold) };
    assert_eq!(refused(S::Objection, C::Uphold, &facts).0, Code::InvalidField);
}

#[test]
fn r_021_windows() {
    let full = Purse { appropriated: won(250_000_000), left: Won::ZERO };
    let some = Purse { appropriated: won(250_000_000), left: won(1) };
    let none = Purse::default();
    for (code, when, purse, open) in [
        ("P14", "2024-02-29T23:59:59+09:00", some, false),
        ("P14", "2024-03-01T00:00:00+09:00", some, true),
        ("P14", "2024-03-31T23:59:59.999999+09:00", full, true),
        ("P14", "2024-04-01T00:00:00+09:00", some, false),
        ("P15", "2024-01-31T23:59:59+09:00", some, false),
        ("P15", "2024-02-01T00:00:00+09:00", some, true),
        ("P15", "2024-12-31T12:00:00+09:00", some, true),
        // Before money is made available a rolling window is open; when it is spoken for, closed.
        ("P15", "2024-02-01T00:00:00+09:00", none, true),
        ("P15", "2024-07-01T00:00:00+09:00", full, false),
    ] {
        let programme = scene(code.parse().unwrap()).programme;
        let result = window(programme, purse, at(when));
        assert_eq!(result.is_ok(), open, "{code} {when}");
        if let Err(refusal) = result {
            assert_eq!((refusal.code, refusal.rule), (Code::WindowClosed, Some("R-021")));
            assert_eq!(refusal.figures["fault"], "E_WINDOW");
        }
    }
}

#[test]
fn r_020_what_is_missing_is_told_at_once() {
    let missing = ["purpose", "total"].map(|what| Reason::new(what, Some("R-020"), "없음", "none"));
    let facts = Facts { missing: missing.to_vec(), ..fine(C::Submit) };
    let refusal = told(S::Draft, C::Submit, &facts).unwrap_err();
    assert_eq!((refusal.code, refusal.reasons.len()), (Code::ApplicationIncomplete, 2));
    assert!(refusal.cure.is_some());
    for (facts, code) in [
        (Facts { tied: true, ..fine(C::Submit) }, Code::SameGroup),
        (Facts { agreement: Some("agr".into()), ..fine(C::Submit) }, Code::AgreementExists),
        (Facts { twin: Some("app".into()), ..fine(C::Submit) }, Code::DuplicateSupport),
        (
            Facts {
                barriers: vec![Reason::new("class-not-eligible", Some("R-001"), "대상 아님", "no")],
                ..fine(C::Submit)
            },
            Code::ClassNotEligible,
        ),
    ] {
        assert_eq!(refused(S::Draft, C::Submit, &facts).0, code);
        assert_eq!(
            told(S::UnderReview, C::Pass, &facts).unwrap_err().code,
            code,
            "what bars a submission bars the review"
        );
    }
}

#[test]
fn a_12_the_day_of_the_evaluation_is_set_before_the_review_and_never_moves_forward() {
    let batch = |fits, open, on: &str| Some(BatchFacts { fits, open, evaluation_on: day(on) });
    for (batch, good) in [
        (None, false),
        (batch(false, true, "2024-06-20"), false),
        (batch(true, false, "2024-06-20"), false),
        (batch(true, true, "2024-06-20"), true),
    ] {
        let facts = Facts { batch, ..fine(C::Start) };
        assert_eq!(told(S::Submitted, C::Start, &facts).is_ok(), good, "{batch:?}");
    }
    for (on, good) in [("2024-06-19", false), ("2024-06-20", true), ("2024-06-21", true)] {
        let planned_on = Some(day("2024-06-20"));
        let facts = Facts { batch: batch(true, true, on), planned_on, ..fine(C::Batch) };
        assert_eq!(told(S::Eligible, C::Batch, &facts).is_ok(), good, "{on}");
    }
}

#[test]
fn a_supplement_has_at_most_the_days_of_the_notice() {
    for (days, term) in [(None, Some(7)), (Some(1), Some(1)), (Some(7), Some(7))] {
        let facts = Facts { days_asked: days, ..fine(C::Ask) };
        let step = told(S::UnderReview, C::Ask, &facts).unwrap();
        assert_eq!(step.term, term.map_or(Term::None, Term::Days));
    }
    for days in [0, 8, u16::MAX] {
        let facts = Facts { days_asked: Some(days), ..fine(C::Ask) };
        assert_eq!(refused(S::UnderReview, C::Ask, &facts).0, Code::InvalidField, "{days}");
    }
    let late = Facts { term: Some(day("2024-06-09")), ..fine(C::Resubmit) };
    assert_eq!(refused(S::Supplement, C::Resubmit, &late).0, Code::PeriodOver);
    assert_eq!(refused(S::Supplement, C::Edit, &late).0, Code::PeriodOver);
    let early = Facts { term: Some(day("2024-06-10")), ..fine(C::Expire) };
    assert_eq!(refused(S::Supplement, C::Expire, &early).0, Code::StateForbids);
}

#[test]
fn r_023_quorum_and_day() {
    for (sheets, good) in [(0, false), (4, false), (5, true), (9, true)] {
        let facts = Facts { sheets, ..fine(C::Close) };
        assert_eq!(told(S::InEvaluation, C::Close, &facts).is_ok(), good, "{sheets}");
    }
    let facts = Facts { sheets: 4, ..fine(C::Close) };
    let expected = (Code::EvaluationIncomplete, Some("R-023"));
    assert_eq!(refused(S::InEvaluation, C::Close, &facts), expected);
    let tomorrow = BatchFacts { fits: true, open: true, evaluation_on: day("2024-06-11") };
    for command in [C::Score, C::Close] {
        let facts = Facts { batch: Some(tomorrow), ..fine(command) };
        assert_eq!(refused(S::InEvaluation, command, &facts).0, Code::StateForbids);
    }
    let again = Facts { scored: true, ..fine(C::Score) };
    assert_eq!(refused(S::InEvaluation, C::Score, &again), (Code::StateForbids, Some("R-023")));
}

#[test]
fn r_026_r_027_r_043_what_is_selected() {
    for command in [C::Select, C::Offer] {
        for (facts, code) in [
            (Facts { barred: true, ..fine(command) }, Code::NotListed),
            (Facts { passed: false, ..fine(command) }, Code::StateForbids),
            (Facts { agreement: Some("agr".into()), ..fine(command) }, Code::AgreementExists),
            (Facts { amount: won(10_000_001), ..fine(command) }, Code::BudgetShort),
            (Facts { amount: Won::ZERO, ..fine(command) }, Code::BudgetShort),
        ] {
            assert_eq!(refused(S::Evaluated, command, &facts).0, code, "{command:?}");
        }
    }
    // 250,000,000 with 245,000,000 reserved has room for 5,000,000 and not for 10,000,000.
    let purse = Purse { appropriated: won(250_000_000), left: won(5_000_000) };
    for (amount, good) in [(10_000_000, false), (5_000_001, false), (5_000_000, true)] {
        let facts = Facts { purse, amount: won(amount), ..fine(C::Select) };
        assert_eq!(told(S::Evaluated, C::Select, &facts).is_ok(), good, "{amount}");
    }
    // An open offer is only replaced by a better one.
    let until = day("2024-06-20");
    let open = |amount| Facts { offer: Some((won(amount), until)), ..fine(C::Offer) };
    assert!(told(S::Waitlisted, C::Offer, &open(9_999_999)).is_ok());
    assert!(told(S::Waitlisted, C::Offer, &open(10_000_000)).is_err());
    let late = Facts { offer: Some((won(1), day("2024-06-09"))), ..fine(C::Consent) };
    assert_eq!(refused(S::Waitlisted, C::Consent, &late), (Code::PeriodOver, Some("R-026")));
}

#[test]
fn r_027_listed_before_the_evaluation_begins() {
    let begins = day("2024-06-10").start_of_day_seoul();
    for (published, left, listed) in [
        (Some("2024-06-09T12:00:00+09:00"), None, true),
        (Some("2024-06-09T23:59:59.999999+09:00"), None, true),
        // The same instant is too late, and so is later.
        (Some("2024-06-10T00:00:00+09:00"), None, false),
        (Some("2024-06-10T09:00:00+09:00"), None, false),
        (None, None, false),
        (Some("2024-06-01T00:00:00Z"), Some("2024-06-09T00:00:00Z"), false),
        (Some("2024-06-01T00:00:00Z"), Some("2024-06-10T00:00:00Z"), true),
    ] {
        let found = listed_at(published.map(at), left.map(at), begins);
        assert_eq!(found, listed, "{published:?} {left:?}");
    }
}

#[test]
fn r_030_days_to_object() {
    let calendar = Calendar::embedded().unwrap();
    let notified = day("2024-10-10");
    for (basis, days, last) in [
        (LegalBasis::Subsidy, 20, "2024-10-30"),
        // 2024-11-09 is a Saturday.
        (LegalBasis::Contribution, 30, "2024-11-11"),
    ] {
        let notice = Notice::embedded().unwrap();
        let mut programme: Programme = scene(ProgrammeCode::PURCHASE).programme.clone();
        programme.policy.legal_basis = basis;
        programme.policy.appeal_days = None;
        let found = objection_days(Scene { notice, programme: &programme });
        assert_eq!(found, days, "{basis}");
        assert_eq!(last_day(notified, found, calendar), day(last), "{basis}");
        programme.policy.appeal_days = Some(14);
        assert_eq!(objection_days(Scene { notice, programme: &programme }), 14);
    }
    for (last, good) in [("2024-06-09", false), ("2024-06-10", true)] {
        let facts = Facts { term: Some(day(last)), ..fine(C::Object) };
        assert_eq!(told(S::Ineligible, C::Object, &facts).is_ok(), good, "{last}");
    }
}

#[test]
fn an_unsigned_selection_lapses_after_the_days_of_the_notice() {
    let calendar = Calendar::embedded().unwrap();
    let step = told(S::Evaluated, C::Select, &fine(C::Select)).unwrap();
    assert_eq!(step.term, Term::Days(30));
    // 2024-06-10 + 30 days = 07-10, a Wednesday.
    let last = last_day(day("2024-06-10"), 30, calendar);
    assert_eq!(last, day("2024-07-10"));
    for (when, signs, lapses) in
        [("2024-07-10T23:59:59+09:00", true, false), ("2024-07-11T00:00:00+09:00", false, true)]
    {
        let facts = Facts { term: Some(last), ..Facts::default() };
        let scene = scene(ProgrammeCode::PURCHASE);
        assert_eq!(step_ok(S::Selected, C::Sign, &facts, scene, when), signs, "{when}");
        assert_eq!(step_ok(S::Selected, C::Lapse, &facts, scene, when), lapses, "{when}");
    }
}

fn step_ok(state: S, command: C, facts: &Facts, scene: Scene<'_>, when: &str) -> bool {
    step(state, command, facts, scene, at(when)).is_ok()
}

#[test]
fn r_013_reviewer_evaluator_and_selecting_person_are_apart() {
    let as_evaluator = |command| {
        let actor = Actor { evaluator: true, ..Actor::default() };
        Facts { actor, ..fine(command) }
    };
    for (state, command) in [
        (S::Submitted, C::Start),
        (S::UnderReview, C::Ask),
        (S::UnderReview, C::Pass),
        (S::UnderReview, C::Fail),
        (S::InEvaluation, C::Close),
        (S::Evaluated, C::Select),
        (S::Evaluated, C::Offer),
        (S::Evaluated, C::Wait),
        (S::Evaluated, C::Refuse),
        (S::Waitlisted, C::Promote),
        (S::Objection, C::Uphold),
        (S::Objection, C::Dismiss),
    ] {
        let expected = (Code::DutiesSeparated, Some("R-013"));
        assert_eq!(refused(state, command, &as_evaluator(command)), expected, "{command:?}");
    }
    let reviewer = Actor { reviewer: true, evaluator: true, conflict: None };
    let facts = Facts { actor: reviewer, ..fine(C::Score) };
    assert_eq!(refused(S::InEvaluation, C::Score, &facts).0, Code::DutiesSeparated);
    for kind in Interest::ALL {
        let actor = Actor { evaluator: true, conflict: Some(*kind), ..Actor::default() };
        let facts = Facts { actor, ..fine(C::Score) };
        assert_eq!(refused(S::InEvaluation, C::Score, &facts).0, Code::ConflictOfInterest);
    }
    let stranger = Facts { actor: Actor::default(), ..fine(C::Score) };
    assert_eq!(refused(S::InEvaluation, C::Score, &stranger).0, Code::Forbidden);
}

#[test]
fn r_024_only_bonus_items_of_the_notice() {
    let facts = Facts { bonus: vec!["bonus_1".to_owned()], ..fine(C::Pass) };
    let expected = (Code::InvalidField, Some("R-024"));
    assert_eq!(refused(S::UnderReview, C::Pass, &facts), expected, "2024 names none");
    let notice = Notice::on(day("2026-03-02")).unwrap().unwrap();
    let programme = notice.programme(ProgrammeCode::PURCHASE).unwrap();
    let scene = Scene { notice, programme };
    let codes: Vec<String> =
        notice.parameters.evaluation.bonus.iter().map(|item| item.code.clone()).collect();
    let pass = |bonus: &[String]| {
        let facts = Facts { bonus: bonus.to_vec(), ..fine(C::Pass) };
        step(S::UnderReview, C::Pass, &facts, scene, now()).is_ok()
    };
    assert!(pass(&[]) && pass(&codes));
    let twice = codes.first().cloned().map(|one| vec![one.clone(), one]).unwrap();
    assert!(!pass(&twice) && !pass(&["other".to_owned()]));
}

#[test]
fn open_points_need_the_reviewers_note() {
    let open = vec![Reason::new("not-eligible", Some("R-002"), "확인", "look")];
    let facts = Facts { open_points: open, ..fine(C::Pass) };
    assert_eq!(refused(S::UnderReview, C::Pass, &facts).0, Code::EvidenceMissing);
    let noted = Facts { noted: true, ..facts };
    assert!(told(S::UnderReview, C::Pass, &noted).is_ok());
}

#[path = "rules_any_order_tests.rs"]
mod any_order;
