//! The 2024 edition against the rulebook, and what the loader refuses.

use super::*;
use crate::money::Won;
use crate::money_rules::Rounding;
use crate::money_rules::cash::CashBase;
use crate::money_rules::support::{Ceilings, support};
use crate::time::Instant;

fn notice() -> &'static Notice {
    Notice::embedded().unwrap()
}

fn programme(code: &str) -> &'static Programme {
    notice().programme(code.parse().unwrap()).unwrap()
}

fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

/// Code, projects, months, cap in units of 10,000 won, ratio of an SME in percent.
#[test]
fn the_catalogue_has_the_sixteen_rows_of_the_overview() {
    let rows = [
        ("P01-1", Some(335), Some(9), Some(20_000), Some(50)),
        ("P01-2", Some(165), Some(9), Some(20_000), Some(50)),
        ("P02", Some(20), Some(24), Some(60_000), Some(50)),
        ("P03", Some(200), Some(9), Some(12_000), Some(30)),
        ("P04", Some(35), Some(9), Some(20_000), Some(50)),
        ("P05", Some(15), Some(9), Some(20_000), Some(50)),
        ("P06", Some(6), Some(12), Some(100_000), Some(50)),
        ("P07", Some(100), Some(8), Some(25_000), Some(50)),
        ("P08", Some(75), Some(8), Some(9_000), Some(50)),
        ("P09", Some(1_500), None, Some(100), Some(100)),
        ("P10", Some(1), Some(12), Some(83_000), Some(50)),
        ("P11", Some(300), None, Some(100), None),
        ("P12", Some(350), Some(6), Some(2_000), Some(50)),
        ("P13", None, None, None, None),
        ("P14", Some(25), Some(4), Some(5_000), Some(80)),
        ("P15", Some(25), Some(4), Some(1_000), Some(80)),
    ];
    let found: Vec<_> = notice()
        .programmes
        .iter()
        .map(|programme| {
            (
                programme.code.to_string(),
                programme.projects.map(|projects| projects.count),
                programme.period_months,
                programme.cap.map(|cap| cap.get() / 10_000),
                programme.ratio_bp.get(&SizeClass::Sme).map(|ratio| ratio.get() / 100),
            )
        })
        .collect();
    let rows = rows
        .map(|(code, count, months, cap, percent)| (code.to_owned(), count, months, cap, percent));
    assert_eq!(found, rows);
    let projects: u32 =
        notice().programmes.iter().filter_map(|p| p.projects).map(|p| p.count).sum();
    assert_eq!(projects, 3_152);
    assert_eq!((notice().status, notice().centres.len()), (NoticeStatus::Draft, 19));
}

#[test]
fn projects_times_cap_make_the_budget_of_p14_and_p15() {
    for code in ["P14", "P15"] {
        let programme = programme(code);
        let count = i64::from(programme.projects.unwrap().count);
        assert_eq!(programme.cap.unwrap().get() * count, programme.budget.unwrap().get());
    }
}

#[test]
fn a_01_p03_pays_thirty_percent() {
    let project = won(400_000_000);
    for (code, paid) in [("P03", 120_000_000), ("P01-1", 200_000_000)] {
        let terms = programme(code).terms(SizeClass::Sme, None).unwrap();
        let found = support(project, &terms, Ceilings::default()).unwrap();
        assert_eq!(found.support, won(paid), "{code}");
    }
    assert!(programme("P03").readings.iter().any(|reading| reading.id == "A-01"));
}

#[test]
fn tracks_have_their_own_terms() {
    for (code, track, months, cap, percent) in [
        ("P01-1", "same_level", Some(6), 50_000_000, 50),
        ("P01-1", "upgrade", Some(9), 200_000_000, 50),
        ("P03", "same_level", Some(6), 30_000_000, 30),
        ("P03", "upgrade", Some(9), 120_000_000, 30),
        ("P06", "same_level", Some(12), 50_000_000, 50),
        ("P11", "basic", None, 800_000, 100),
        ("P11", "advanced", None, 1_520_000, 80),
    ] {
        let programme = programme(code);
        let terms = programme.terms(SizeClass::Sme, Some(track)).unwrap();
        assert_eq!((terms.cap, terms.ratio.get()), (won(cap), percent * 100), "{code} {track}");
        assert_eq!(programme.months(Some(track)), months, "{code} {track}");
    }
    assert_eq!(programme("P11").terms(SizeClass::Sme, None), None, "it depends on the track");
    assert_eq!(programme("P01-1").terms(SizeClass::Sme, Some("other")), None);
    let advanced = programme("P11").terms(SizeClass::Sme, Some("advanced")).unwrap();
    let found = support(won(1_900_000), &advanced, Ceilings::default()).unwrap();
    assert_eq!((found.support, found.company_share), (won(1_520_000), won(380_000)));
}

#[test]
fn a_07_purchase_support_is_by_class() {
    let p15 = programme("P15");
    for (class, points) in [
        (SizeClass::Sme, Some(8_000)),
        (SizeClass::Midsized, Some(8_000)),
        (SizeClass::Nonprofit, Some(10_000)),
        (SizeClass::Large, None),
    ] {
        assert_eq!(p15.terms(class, None).map(|terms| terms.ratio.get()), points, "{class}");
    }
    assert_eq!(programme("P13").terms(SizeClass::Sme, None), None, "a pool pays nothing");
}

#[test]
fn policies_are_those_the_rulebook_adopts() {
    let p14 = &programme("P14").policy;
    let cash = p14.cash.unwrap();
    assert_eq!((cash.cash_base, cash.cash_min_bp.get()), (CashBase::CompanyShare, 1_000));
    assert_eq!(cash.in_kind_max_bp.get(), 9_000);
    assert_eq!(p14.matching_mode, Some(MatchingMode::PostSelection));
    assert_eq!((p14.rounding, p14.listing_months), (Rounding::Floor1, Some(12)));
    let p15 = programme("P15").policy.cash.unwrap();
    assert_eq!((p15.cash_min_bp.get(), p15.in_kind_max_bp.get()), (10_000, 0));
    assert_eq!(programme("P13").policy.evaluation, EvaluationMode::Absolute);
    for (code, basis) in [
        ("P09", LegalBasis::Subsidy),
        ("P12", LegalBasis::Subsidy),
        ("P14", LegalBasis::Contribution),
    ] {
        assert_eq!(programme(code).policy.legal_basis, basis, "{code}");
    }
}

#[test]
fn r_021_applications_are_taken_in_the_window() {
    let at = |text: &str| text.parse::<Instant>().unwrap();
    for (code, instant, open) in [
        ("P14", "2024-03-31T23:59:59+09:00", true),
        ("P14", "2024-04-01T00:00:00+09:00", false),
        ("P15", "2024-01-31T23:59:59+09:00", false),
        ("P15", "2024-02-01T00:00:00+09:00", true),
        ("P15", "2024-12-01T00:00:00+09:00", true),
        ("P13", "2024-01-15T00:00:00+09:00", true),
        ("P13", "2024-02-01T00:00:00+09:00", false),
    ] {
        assert_eq!(programme(code).takes_applications(at(instant)), open, "{code} {instant}");
    }
}

#[test]
fn the_newest_edition_that_has_taken_effect_is_in_force() {
    let first = notice().clone();
    let mut revised = first.clone();
    revised.version = "2024-r2".to_owned();
    revised.effective_from = "2024-06-01".parse().unwrap();
    let editions = [revised, first];
    for (day, version) in [
        ("2023-12-14", None),
        ("2023-12-15", Some(notice().version.as_str())),
        ("2024-05-31", Some(notice().version.as_str())),
        ("2024-06-01", Some("2024-r2")),
    ] {
        let found = Notice::in_force(&editions, day.parse().unwrap());
        assert_eq!(found.map(|notice| notice.version.as_str()), version, "{day}");
    }
}

#[test]
fn every_text_is_there_in_both_languages() {
    fn walk(value: &serde_json::Value, path: &str) {
        if let Some(object) = value.as_object() {
            if object.contains_key("ko") || object.contains_key("en") {
                for lang in ["ko", "en"] {
                    let text = object.get(lang).and_then(|text| text.as_str()).unwrap_or("");
                    assert!(!text.trim().is_empty(), "{path}.{lang}");
                }
                let ko = object.get("ko").and_then(|text| text.as_str()).unwrap();
                assert!(ko.chars().any(|c| ('가'..='힣').contains(&c)), "{path}: {ko}");
            }
            object.iter().for_each(|(key, inner)| walk(inner, &format!("{path}.{key}")));
        }
        if let Some(list) = value.as_array() {
            list.iter().enumerate().for_each(|(at, inner)| walk(inner, &format!("{path}[{at}]")));
        }
    }
    walk(&serde_json::from_slice(notice().raw()).unwrap(), "");
}

/// The notice of 2024 with a change.
fn change(edit: fn(&mut serde_json::Value)) -> Result<Notice, NoticeError> {
    let mut data: serde_json::Value = serde_json::from_slice(notice().raw()).unwrap();
    edit(&mut data);
    Notice::parse(&data.to_string())
}

#[test]
fn r_029_a_paper_of_prior_consultation_is_asked_for_where_a_notice_lists_it() {
    use crate::papers::{PaperKind, Stage};
    let p15 = "P15".parse().unwrap();
    let asked = |notice: &Notice| {
        let programme = notice.programme(p15).unwrap();
        programme.papers(notice, Stage::Application).contains(&PaperKind::PreConsult)
    };
    assert!(!asked(notice()));
    let other = change(|data| {
        let papers = data["parameters"]["papers"]["application"].as_array_mut().unwrap();
        papers.push("PRE_CONSULT".into());
    });
    assert!(asked(&other.unwrap()));
}

#[test]
fn r_107_contributions_are_the_basis_and_a_notice_may_say_subsidy() {
    for code in ["P13", "P14", "P15"] {
        assert_eq!(programme(code).policy.legal_basis, LegalBasis::Contribution, "{code}");
    }
    for code in ["P09", "P12"] {
        assert_eq!(programme(code).policy.legal_basis, LegalBasis::Subsidy, "{code}");
    }
    let other = change(|data| {
        data["programmes"][14]["policy"]["legal_basis"] = "SUBSIDY".into();
    });
    let p14 = "P14".parse().unwrap();
    let basis = other.unwrap().programme(p14).unwrap().policy.legal_basis;
    assert_eq!(basis, LegalBasis::Subsidy);
}

#[test]
fn r_214_r_042_what_nothing_carries_out_is_no_parameter_of_a_notice() {
    assert_eq!(notice().parameters.fee_bp.get(), 0);
    assert_eq!(
        change(|data| data["parameters"]["fee_bp"] = 1.into()).map(|_| ()),
        Err(NoticeError::Parameters("a fee is not charged by this exchange"))
    );
    let p15 = "P15".parse().unwrap();
    assert_eq!(
        change(|data| data["programmes"][15]["policy"]["extension"] = true.into()).map(|_| ()),
        Err(NoticeError::Programme(p15, "an extension of the period is not supported"))
    );
}

#[test]
fn contradictions_are_refused() {
    let change = |edit: fn(&mut serde_json::Value)| change(edit).map(|_| ());
    assert_eq!(change(|_| ()), Ok(()));
    let p14 = "P14".parse().unwrap();
    let programme = |what| Err(NoticeError::Programme(p14, what));
    assert_eq!(
        change(|data| data["programmes"][14]["ratio_bp"]["large"] = 5.into()),
        programme("it has a ratio for a class that is not eligible")
    );
    assert_eq!(
        change(|data| {
            data["programmes"][14]["eligible"].as_array_mut().unwrap().push("large".into());
        }),
        programme("an eligible class has no ratio")
    );
    assert_eq!(
        change(|data| data["programmes"][14]["cap"] = 0.into()),
        programme("its cap is zero")
    );
    assert_eq!(
        change(|data| data["programmes"][14]["windows"]["apply"]["to"] = "2024-02".into()),
        programme("a window is not well formed")
    );
    assert_eq!(
        change(|data| data["programmes"][14]["code"] = "P15".into()),
        Err(NoticeError::Twice("P15".parse().unwrap()))
    );
    assert_eq!(change(|data| data["version"] = "".into()), Err(NoticeError::Header));
    assert_eq!(
        change(|data| data["parameters"]["evaluation"]["axes"][0]["points"] = 26.into()),
        Err(NoticeError::Parameters("the points of the evaluation are not 100"))
    );
    for edit in [
        (|data| data["unknown"] = 1.into()) as fn(&mut serde_json::Value),
        |data| data["programmes"][14]["cap"] = 5e7.into(),
        |data| data["programmes"][14]["cap"] = (-1).into(),
        |data| data["programmes"][14]["ratio_bp"]["sme"] = 10_001.into(),
        |data| data["status"] = "draft".into(),
    ] {
        assert!(matches!(change(edit), Err(NoticeError::Form(_))));
    }
    assert!(matches!(Notice::parse(&" ".repeat(BYTES_MAX + 1)), Err(NoticeError::Form(_))));
}
