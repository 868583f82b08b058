//! Every rule of eligibility against the rulebook, for all programmes.

use super::*;
use crate::id::{BanId, DocumentId};
use crate::money::Won;
use crate::notice::{BanHit, Ksic, PlanKind, SupportedPlan};
use crate::papers::Stage;
use crate::time::Day;

fn notice() -> &'static Notice {
    Notice::embedded().unwrap()
}

fn programme(code: &str) -> &'static Programme {
    notice().programme(code.parse().unwrap()).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn seen(kind: PaperKind, state: PaperState, expires_on: Option<&str>) -> PaperSeen {
    PaperSeen {
        document: DocumentId::from_uuid(uuid::Uuid::from_u128(7)),
        kind,
        state,
        sha256: "0".repeat(64),
        expires_on: expires_on.map(day),
        size_class: None,
    }
}

/// A manufacturer on 2024-06-10 whose papers are all there and looked at.
fn sound(stage: Stage) -> Standing {
    Standing {
        on: day("2024-06-10"),
        stage,
        class: SizeClass::Sme,
        industries: vec!["25913".parse().unwrap()],
        foreign: false,
        status: BusinessStatus::Operating,
        insolvency: false,
        collects_data: Some(true),
        papers: PaperKind::ALL
            .iter()
            .filter(|kind| **kind != PaperKind::ExceptionDoc)
            .map(|kind| seen(*kind, PaperState::Verified, None))
            .collect(),
        bans: Vec::new(),
        namesakes: Vec::new(),
        supported: Vec::new(),
    }
}

fn paper_mut(standing: &mut Standing, kind: PaperKind) -> &mut PaperSeen {
    standing.papers.iter_mut().find(|paper| paper.kind == kind).unwrap()
}

/// What a rule says: its worst finding, and the code of that.
fn says(screening: &Screening, rule: &str) -> (ScreenOutcome, String) {
    screening
        .findings
        .iter()
        .filter(|finding| finding.rule == rule)
        .map(|finding| (finding.outcome, finding.code.clone()))
        .max()
        .unwrap_or_else(|| panic!("{rule} says nothing"))
}

fn ask(code: &str, standing: &Standing, rule: &str) -> (ScreenOutcome, String) {
    says(&screen(notice(), programme(code), standing), rule)
}

fn refuse(code: &str) -> (ScreenOutcome, String) {
    (ScreenOutcome::Refuse, code.to_owned())
}

fn review(code: &str) -> (ScreenOutcome, String) {
    (ScreenOutcome::Review, code.to_owned())
}

fn pass() -> (ScreenOutcome, String) {
    (ScreenOutcome::Pass, "ok".to_owned())
}

#[test]
fn r_001_all_sixteen_programmes_answer_by_class() {
    // SME, MIDSIZED, LARGE, NONPROFIT: who may apply.
    let table = [
        ("P01-1", [true, true, false, false]),
        ("P01-2", [true, false, false, false]),
        ("P02", [true, true, false, false]),
        ("P03", [true, true, false, false]),
        ("P04", [true, true, false, false]),
        ("P05", [true, true, false, false]),
        ("P06", [true, true, false, false]),
        ("P07", [true, true, false, false]),
        ("P08", [true, false, false, false]),
        ("P09", [true, true, false, false]),
        ("P10", [true, true, false, false]),
        ("P11", [true, true, false, false]),
        ("P12", [true, false, false, false]),
        ("P13", [true, true, true, true]),
        ("P14", [true, true, false, false]),
        ("P15", [true, true, false, true]),
    ];
    assert_eq!(table.len(), notice().programmes.len());
    for (code, open) in table {
        for (class, open) in SizeClass::ALL.iter().zip(open) {
            let standing = Standing { class: *class, ..sound(Stage::Application) };
            let expected = if open { pass() } else { refuse("class-not-eligible") };
            assert_eq!(ask(code, &standing, "R-001"), expected, "{code} {class}");
        }
    }
}

#[test]
fn r_001_p14_is_for_firms_that_collect_data() {
    let mut standing = sound(Stage::Agreement);
    for (said, expected) in
        [(Some(true), pass()), (None, pass()), (Some(false), refuse("not-eligible"))]
    {
        standing.collects_data = said;
        assert_eq!(ask("P14", &standing, "R-001"), expected, "{said:?}");
    }
    standing.collects_data = None;
    standing.papers.retain(|paper| paper.kind != PaperKind::DataHoldingStatement);
    assert_eq!(ask("P14", &standing, "R-001"), review("document-missing"));
    assert_eq!(ask("P15", &standing, "R-001"), pass());
}

#[test]
fn r_002_a_foreign_company_is_for_a_reviewer() {
    let standing = Standing { foreign: true, ..sound(Stage::Agreement) };
    assert_eq!(ask("P15", &standing, "R-002"), review("not-eligible"));
    assert_eq!(ask("P15", &sound(Stage::Agreement), "R-002"), pass());
}

#[test]
fn r_003_suspended_closed_or_in_default() {
    for status in BusinessStatus::ALL {
        let expected = match status {
            BusinessStatus::Operating => pass(),
            _ => refuse("business-not-operating"),
        };
        for stage in Stage::ALL {
            let standing = Standing { status: *status, ..sound(*stage) };
            assert_eq!(ask("P15", &standing, "R-003"), expected, "{status} {stage}");
        }
    }
}

#[test]
fn r_004_both_tax_certificates_are_valid_on_the_day_of_the_check() {
    for (last, expected) in
        [("2024-06-09", refuse("tax-cert-expired")), ("2024-06-10", pass()), ("2024-06-11", pass())]
    {
        for kind in [PaperKind::TaxNational, PaperKind::TaxLocal] {
            let mut standing = sound(Stage::Selection);
            paper_mut(&mut standing, kind).expires_on = Some(day(last));
            assert_eq!(ask("P15", &standing, "R-004"), expected, "{kind} {last}");
        }
    }
    let mut standing = sound(Stage::Selection);
    standing.papers.retain(|paper| paper.kind != PaperKind::TaxLocal);
    let screening = screen(notice(), programme("P15"), &standing);
    assert_eq!(says(&screening, "R-004"), refuse("document-missing"));
    assert!(screening.papers_cure(), "a paper cures it: the application is supplemented");
    // Nobody has looked at it yet: fine when it comes in, not when it is decided on.
    for (stage, expected) in
        [(Stage::Application, pass()), (Stage::Agreement, review("evidence-missing"))]
    {
        let mut standing = sound(stage);
        paper_mut(&mut standing, PaperKind::TaxNational).state = PaperState::Received;
        assert_eq!(ask("P15", &standing, "R-004"), expected, "{stage}");
    }
    let payment = Standing { papers: Vec::new(), ..sound(Stage::Payment) };
    assert_eq!(screen(notice(), programme("P15"), &payment).outcome, ScreenOutcome::Pass);
}

#[test]
fn r_005_insolvency_bars_if_the_notice_says_so() {
    let standing = Standing { insolvency: true, ..sound(Stage::Agreement) };
    assert_eq!(ask("P14", &standing, "R-005"), refuse("insolvency-bars"));
    let mut lenient = notice().clone();
    lenient.parameters.insolvency_bars = false;
    let found = screen(&lenient, programme("P14"), &standing);
    assert_eq!(says(&found, "R-005"), pass());
}

#[test]
fn r_006_an_exception_is_a_decision_on_a_paper_and_never_automatic() {
    let mut standing = Standing { insolvency: true, ..sound(Stage::Agreement) };
    standing.papers.retain(|paper| paper.kind != PaperKind::TaxNational);
    let found = screen(notice(), programme("P14"), &standing);
    assert_eq!(found.with(ScreenOutcome::Refuse).count(), 2);
    standing.papers.push(seen(PaperKind::ExceptionDoc, PaperState::Received, None));
    assert_eq!(ask("P14", &standing, "R-006"), review("document-missing"));
    paper_mut(&mut standing, PaperKind::ExceptionDoc).state = PaperState::Verified;
    let found = screen(notice(), programme("P14"), &standing);
    assert_eq!((found.outcome, says(&found, "R-006")), (ScreenOutcome::Pass, pass()));
    paper_mut(&mut standing, PaperKind::ExceptionDoc).expires_on = Some(day("2024-06-09"));
    assert_eq!(ask("P14", &standing, "R-005"), refuse("insolvency-bars"));
}

fn ban(matched: &[BanMatch], unpaid: i64) -> BanHit {
    BanHit {
        ban: BanId::from_uuid(uuid::Uuid::from_u128(9)),
        matched: matched.to_vec(),
        ground: "fraud".to_owned(),
        starts_on: day("2024-01-01"),
        ends_on: Some(day("2026-12-31")),
        unpaid_recovery: Won::new(unpaid).unwrap(),
    }
}

#[test]
fn r_007_a_bar_hits_by_any_one_number_or_person() {
    for by in BanMatch::ALL {
        let standing = Standing { bans: vec![ban(&[*by], 0)], ..sound(Stage::Application) };
        for code in ["P01-1", "P13", "P14", "P15"] {
            assert_eq!(ask(code, &standing, "R-007"), refuse("participation-banned"), "{by}");
        }
    }
    let hit = ban(&[BanMatch::Representative], 0);
    let namesakes = vec![hit.ban];
    let cleared = Standing { bans: vec![hit], namesakes, ..sound(Stage::Application) };
    assert_eq!(ask("P15", &cleared, "R-007"), pass());
    let bans = vec![ban(&[BanMatch::BusinessNo, BanMatch::Representative], 0)];
    let not_cleared = Standing { bans, ..cleared };
    assert_eq!(ask("P15", &not_cleared, "R-007"), refuse("participation-banned"));
    let unpaid = Standing { bans: vec![ban(&[BanMatch::BusinessNo], 5)], ..sound(Stage::Payment) };
    let found = screen(notice(), programme("P15"), &unpaid);
    let text = &found.with(ScreenOutcome::Refuse).next().unwrap().text.en;
    assert!(text.contains("5 won of recovery unpaid"), "{text}");
}

#[test]
fn r_008_excluded_industries_of_every_programme() {
    for (ksic, expected) in [
        ("55101", refuse("industry-not-eligible")),
        ("56211", refuse("industry-not-eligible")),
        ("33409", review("industry-not-eligible")),
        ("10791", pass()),
    ] {
        for programme in &notice().programmes {
            let industries = vec![ksic.parse().unwrap(), "25913".parse().unwrap()];
            let standing = Standing { industries, ..sound(Stage::Application) };
            let found = says(&screen(notice(), programme, &standing), "R-008");
            assert_eq!(found, expected, "{} {ksic}", programme.code);
        }
    }
    let nothing = Standing { industries: Vec::new(), ..sound(Stage::Application) };
    assert_eq!(ask("P15", &nothing, "R-008"), review("industry-not-eligible"));
    let nonprofit = Standing { class: SizeClass::Nonprofit, ..nothing };
    assert_eq!(ask("P15", &nonprofit, "R-008"), pass());
}

#[test]
fn r_009_manufacturing_by_main_or_secondary_industry() {
    for (codes, expected) in [
        (&["62010"][..], refuse("industry-not-eligible")),
        (&["62010", "26110"], pass()),
        (&["34011"], pass()),
        (&["09"], refuse("industry-not-eligible")),
        (&["35"], refuse("industry-not-eligible")),
    ] {
        let industries: Vec<Ksic> = codes.iter().map(|code| code.parse().unwrap()).collect();
        let standing = Standing { industries, ..sound(Stage::Application) };
        assert_eq!(ask("P14", &standing, "R-009"), expected, "{codes:?}");
        assert_eq!(ask("P15", &standing, "R-009"), pass(), "{codes:?}");
    }
}

#[test]
fn r_010_the_class_has_a_certificate_that_is_valid() {
    let mut standing = sound(Stage::Agreement);
    paper_mut(&mut standing, PaperKind::SizeCert).expires_on = Some(day("2024-06-09"));
    assert_eq!(ask("P15", &standing, "R-010"), refuse("document-expired"));
    // Of a nonprofit, its registration is looked at instead.
    standing.class = SizeClass::Nonprofit;
    assert_eq!(ask("P15", &standing, "R-010"), pass());
    standing.papers.retain(|paper| paper.kind != PaperKind::NonprofitCert);
    assert_eq!(ask("P15", &standing, "R-010"), refuse("document-missing"));
    let mut other = sound(Stage::Agreement);
    paper_mut(&mut other, PaperKind::SizeCert).size_class = Some(SizeClass::Midsized);
    assert_eq!(ask("P15", &other, "R-010"), review("class-not-eligible"));
}

#[test]
fn r_011_what_the_programme_itself_excludes() {
    let standing = sound(Stage::Application);
    for code in ["P02", "P05", "P08", "P12"] {
        assert_eq!(ask(code, &standing, "R-011"), review("not-eligible"), "{code}");
    }
    let mut programme = programme("P15").clone();
    programme.exclusions = vec![Exclusion {
        code: "brokers".to_owned(),
        outcome: IndustryOutcome::Reject,
        text: Text::new("데이터 중개업", "data brokers"),
        classes: Vec::new(),
        ksic_prefixes: vec!["639".to_owned()],
    }];
    let found = screen(notice(), &programme, &standing);
    assert_eq!(says(&found, "R-011"), pass());
    let broker = Standing { industries: vec!["63991".parse().unwrap()], ..standing };
    let found = screen(notice(), &programme, &broker);
    assert_eq!(says(&found, "R-011"), refuse("not-eligible"));
}

#[test]
fn r_012_the_same_plan_is_not_supported_twice() {
    let plan =
        SupportedPlan { kind: PlanKind::Product, key: "ab".repeat(32), under: "agr_1".to_owned() };
    let standing = Standing { supported: vec![plan], ..sound(Stage::Agreement) };
    assert_eq!(ask("P15", &standing, "R-012"), refuse("duplicate-support"));
    let mut silent = sound(Stage::Application);
    silent.papers.retain(|paper| paper.kind != PaperKind::NoDuplicatePledge);
    assert_eq!(ask("P15", &silent, "R-012"), refuse("document-missing"));
}

#[test]
fn every_finding_is_told_at_once_with_what_would_cure_it() {
    let standing = Standing {
        class: SizeClass::Large,
        industries: vec!["55101".parse().unwrap()],
        status: BusinessStatus::Closed,
        insolvency: true,
        collects_data: Some(false),
        papers: Vec::new(),
        bans: vec![ban(&[BanMatch::CorporateNo], 0)],
        ..sound(Stage::Application)
    };
    let found = screen(notice(), programme("P14"), &standing);
    let rules: std::collections::BTreeSet<&str> =
        found.with(ScreenOutcome::Refuse).map(|finding| finding.rule.as_str()).collect();
    let expected =
        ["R-001", "R-003", "R-004", "R-005", "R-007", "R-008", "R-009", "R-010", "R-012", "R-200"];
    assert_eq!(rules.into_iter().collect::<Vec<_>>(), expected);
    assert!(!found.papers_cure());
    let refusal = found.refusal().unwrap();
    assert_eq!(refusal.reasons.len(), found.with(ScreenOutcome::Refuse).count());
    for finding in &found.findings {
        let Text { ko, en } = &finding.text;
        assert!(ko.chars().any(|c| ('가'..='힣').contains(&c)), "{finding:?}");
        assert!(!en.chars().any(|c| ('가'..='힣').contains(&c)), "{finding:?}");
        assert_eq!(finding.cure.is_none(), finding.outcome == ScreenOutcome::Pass, "{finding:?}");
        assert!(finding.code == "ok" || Code::from_slug(&finding.code).is_some(), "{finding:?}");
    }
}

#[test]
fn a_reviewer_s_word_settles_reviews_but_no_refusal() {
    let of = |standing: &Standing| screen(notice(), programme("P15"), standing);
    let sound = sound(Stage::Agreement);
    assert!(of(&sound).settled(false).is_ok());
    let foreign = Standing { foreign: true, ..sound.clone() };
    let refused = of(&foreign).settled(false).unwrap_err();
    assert_eq!((refused.code, refused.rule), (Code::EvidenceMissing, Some("R-002")));
    assert!(of(&foreign).settled(true).is_ok());
    let closed = Standing { status: BusinessStatus::Closed, ..sound };
    assert_eq!(of(&closed).settled(true).unwrap_err().rule, Some("R-003"));
}
