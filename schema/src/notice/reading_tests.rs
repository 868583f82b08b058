//! The readings that the rulebook adopts where the notice disagrees with itself, and
//! what the edition of 2026 says anew.

use super::*;
use crate::money::Won;
use crate::money_rules::Rounding;
use crate::money_rules::cash::CashBase;
use crate::money_rules::support::Terms;
use crate::money_rules::vat::VatBasis;
use crate::papers::{PaperKind, Stage};

fn edition(version: &str) -> &'static Notice {
    Notice::editions().unwrap().iter().find(|notice| notice.version == version).unwrap()
}

fn old() -> &'static Notice {
    edition("2024-draft-1")
}

fn new() -> &'static Notice {
    edition("2026-1")
}

fn programme<'n>(notice: &'n Notice, code: &str) -> &'n Programme {
    notice.programme(code.parse().unwrap()).unwrap()
}

fn cap(code: &str, track: Option<&str>) -> Option<i64> {
    programme(old(), code).terms(SizeClass::Sme, track).map(|terms| terms.cap.get())
}

#[test]
fn a_02_a_05_the_section_decides_who_may_apply() {
    for (code, class, open) in [
        ("P01-1", SizeClass::Midsized, true),
        ("P08", SizeClass::Midsized, false),
        ("P14", SizeClass::Midsized, true),
        ("P15", SizeClass::Nonprofit, true),
    ] {
        assert_eq!(programme(old(), code).eligible.contains(&class), open, "{code} {class}");
    }
}

#[test]
fn a_03_a_04_small_caps_are_those_of_the_sections() {
    assert_eq!(cap("P11", Some("basic")), Some(800_000));
    assert_eq!(cap("P11", Some("advanced")), Some(1_520_000));
    assert_eq!(cap("P09", None), Some(1_000_000));
    let whole = programme(old(), "P09").terms(SizeClass::Sme, None).unwrap();
    assert_eq!(whole.ratio.get(), 10_000);
}

#[test]
fn a_06_a_08_cash_is_of_the_share_and_a_price_is_paid_in_cash() {
    let rule = |code| programme(old(), code).policy.cash.unwrap();
    let (p14, p15) = (rule("P14"), rule("P15"));
    assert_eq!((p14.cash_base, p14.cash_min_bp.get()), (CashBase::CompanyShare, 1_000));
    assert_eq!((p15.cash_min_bp.get(), p15.in_kind_max_bp.get()), (10_000, 0));
}

#[test]
fn a_13_a_14_matching_and_the_pool_are_per_programme_year() {
    for (notice, mode, alone) in
        [(old(), MatchingMode::PostSelection, false), (new(), MatchingMode::AtApplication, true)]
    {
        let p14 = programme(notice, "P14");
        assert_eq!((p14.policy.matching_mode, p14.policy.solo), (Some(mode), alone));
        assert_eq!(programme(notice, "P13").policy.matching_mode, Some(mode));
        assert_eq!(programme(notice, "P13").eligible.len(), 4, "A-14: any size");
    }
}

#[test]
fn a_15_the_budget_is_hard_and_the_count_is_about() {
    for code in ["P14", "P15"] {
        let programme = programme(old(), code);
        assert!(programme.budget.is_some() && programme.projects.is_some(), "{code}");
    }
    assert!(programme(old(), "P14").readings.iter().any(|reading| reading.id == "A-15"));
}

#[test]
fn a_16_a_17_vat_and_rounding_are_policies() {
    for programme in &old().programmes {
        let inclusive = programme.code.as_str() == "P11";
        let expected = if inclusive { VatBasis::Inclusive } else { VatBasis::Exclusive };
        assert_eq!(programme.policy.vat_basis, expected, "{}", programme.code);
        assert_eq!(programme.policy.rounding, Rounding::Floor1, "{}", programme.code);
    }
    let won = |amount| Won::new(amount).unwrap();
    let terms = programme(old(), "P15").terms(SizeClass::Sme, None).unwrap();
    let tens = Terms { rounding: Rounding::Floor10, ..terms };
    assert_eq!(terms.computed(won(12_345_679)), won(9_876_543));
    assert_eq!(tens.computed(won(12_345_679)), won(9_876_540));
}

#[test]
fn a_18_an_applicant_has_a_business_number() {
    use crate::registry_no::{BusinessKind, BusinessNo};
    let number = (0..10).find_map(|check| format!("123-82-0000{check}").parse::<BusinessNo>().ok());
    assert_eq!(number.unwrap().hint(), BusinessKind::Nonprofit);
    assert!("".parse::<BusinessNo>().is_err(), "a research team is a member of a legal person");
}

#[test]
fn a_19_a_20_what_the_text_leaves_open_goes_to_a_reviewer() {
    let codes = |outcome| old().industries.iter().filter(move |row| row.outcome == outcome).count();
    assert!(codes(IndustryOutcome::Review) >= 4 && codes(IndustryOutcome::Reject) >= 4);
    for kind in [PaperKind::TaxNational, PaperKind::TaxLocal] {
        for stage in [Stage::Application, Stage::Selection, Stage::Agreement] {
            for programme in &old().programmes {
                let asked = programme.papers(old(), stage).contains(&kind);
                let pool = programme.code == ProgrammeCode::POOL && stage != Stage::Application;
                assert!(asked || pool, "{} {stage} {kind}", programme.code);
            }
        }
    }
}

#[test]
fn a_24_programmes_have_their_other_names() {
    let p15 = programme(old(), "P15");
    assert!(p15.aliases.iter().any(|alias| alias == "제조데이터 구매지원"));
}

#[test]
fn a_10_a_25_listing_is_a_duty_of_a_year() {
    let p14 = &programme(old(), "P14").policy;
    assert_eq!(p14.listing_months, Some(12));
    assert_eq!(p14.mapped_share_min_bp.map(|bp| bp.get()), Some(8_000), "R-184");
    assert_eq!(p14.price_block_bp, Some(30_000), "R-091");
    assert_eq!(programme(old(), "P15").policy.listing_months, None);
}

#[test]
fn a_27_rows_are_numbered_and_totals_are_not_sums() {
    let codes: Vec<&str> = old().programmes.iter().map(|p| p.code.as_str()).collect();
    assert_eq!((codes.len(), codes[0], codes[1]), (16, "P01-1", "P01-2"));
    assert_eq!(codes, new().programmes.iter().map(|p| p.code.as_str()).collect::<Vec<_>>());
}

#[test]
fn the_edition_of_2026_says_what_is_known_of_2026_and_where_it_was_read() {
    let (old, new) = (old(), new());
    assert_eq!(
        (new.base.as_deref(), new.status),
        (Some(old.version.as_str()), NoticeStatus::Draft)
    );
    for (day, version) in
        [("2026-01-28", &old.version), ("2026-01-29", &new.version), ("2026-11-26", &new.version)]
    {
        assert_eq!(&Notice::on(day.parse().unwrap()).unwrap().unwrap().version, version, "{day}");
    }
    let p14 = programme(new, "P14");
    for (at, open) in [
        ("2026-01-28T23:59:59+09:00", false),
        ("2026-01-29T00:00:00+09:00", true),
        ("2026-02-27T23:59:59+09:00", true),
        ("2026-02-28T00:00:00+09:00", false),
    ] {
        assert_eq!(p14.takes_applications(at.parse().unwrap()), open, "{at}");
    }
    assert!(p14.operator.ko.contains("이노비즈협회") && p14.phone == "031-628-9676");
    let scoring = &new.parameters.evaluation;
    assert_eq!((scoring.bonus_items_max, scoring.bonus_points, scoring.bonus.len()), (4, 3, 4));
    assert_eq!(old.parameters.evaluation.bonus_items_max, 0, "R-024: unknown for 2024");
    assert!(new.parameters.insolvency_bars);
    let sources: std::collections::BTreeSet<&str> =
        new.origins.iter().map(|origin| origin.source.as_str()).collect();
    assert_eq!(sources.into_iter().collect::<Vec<_>>(), ["INF", "W1", "W6"]);
}

#[test]
fn money_that_is_not_under_origins_is_that_of_2024() {
    for was in &old().programmes {
        let is = programme(new(), was.code.as_str());
        assert_eq!((is.cap, is.budget, &is.ratio_bp), (was.cap, was.budget, &was.ratio_bp));
        assert_eq!((&is.tracks, is.period_months), (&was.tracks, was.period_months));
        assert_eq!(is.policy.cash, was.policy.cash, "{}", was.code);
    }
    let (is, was) = (&new().parameters, &old().parameters);
    assert_eq!(
        (&is.sanctions, &is.thresholds, &is.papers),
        (&was.sanctions, &was.thresholds, &was.papers)
    );
}

#[test]
fn r_105_r_106_r_130_r_132_r_214_thresholds_and_terms_are_parameters() {
    let parameters = &old().parameters;
    let thresholds = &parameters.thresholds;
    assert_eq!(thresholds.accountant.get(), 100_000_000);
    assert_eq!(thresholds.audit.get(), 1_000_000_000);
    // P14 and P15 alone never reach either; the disclosure touches the cap of P15.
    for code in ["P14", "P15"] {
        assert!(programme(old(), code).cap.unwrap() < thresholds.accountant, "{code}");
    }
    assert_eq!(programme(old(), "P15").cap, Some(thresholds.disclosure));
    assert_eq!((parameters.retention_years, parameters.fee_bp.get()), (5, 0));
    let sanctions = &parameters.sanctions;
    assert_eq!((sanctions.ban_months_max, sanctions.surcharge_multiple_max), (60, 5));
    assert_eq!((sanctions.late_week_bp.get(), sanctions.late_max_bp.get()), (100, 500));
    assert_eq!(programme(old(), "P14").appeal_days(old()), 20, "R-030");
    assert!(!programme(old(), "P15").policy.extension, "R-042");
}
