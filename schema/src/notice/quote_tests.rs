//! The calculator for all sixteen rows, tracks included.

use super::*;
use crate::notice::SizeClass;

fn ask(cost: i64, class: SizeClass, track: Option<&str>) -> QuoteQuery {
    QuoteQuery {
        cost: Won::new(cost).unwrap(),
        class,
        track: track.map(str::to_owned),
        gross: None,
    }
}

fn of(code: &str, asked: &QuoteQuery) -> Result<Quote, Refusal> {
    let notice = Notice::embedded().unwrap();
    quote(notice, notice.programme(code.parse().unwrap()).unwrap(), asked)
}

/// Support, company share, cash minimum, what binds.
fn told(quote: &Quote) -> (i64, i64, Option<i64>, Limit) {
    let cash = quote.cash_minimum.map(Won::get);
    (quote.support.get(), quote.company_share.get(), cash, quote.binding)
}

#[test]
fn r_051_purchases_at_ratio_and_cap() {
    let (sme, nonprofit) = (SizeClass::Sme, SizeClass::Nonprofit);
    for (cost, class, support, share, binding) in [
        (12_345_679, sme, 9_876_543, 2_469_136, Limit::Ratio),
        (12_345_679, nonprofit, 10_000_000, 2_345_679, Limit::Cap),
        (12_499_999, sme, 9_999_999, 2_500_000, Limit::Ratio),
        (12_500_000, sme, 10_000_000, 2_500_000, Limit::Ratio),
        (12_500_001, sme, 10_000_000, 2_500_001, Limit::Ratio),
        (12_500_002, sme, 10_000_000, 2_500_002, Limit::Cap),
        (20_000_000, sme, 10_000_000, 10_000_000, Limit::Cap),
        (9_999_999, nonprofit, 9_999_999, 0, Limit::Ratio),
    ] {
        let found = of("P15", &ask(cost, class, None)).unwrap();
        let (paid, own, _, limit) = told(&found);
        assert_eq!((paid, own, limit), (support, share, binding), "{cost} {class}");
    }
    let refused = of("P15", &ask(1, sme, None)).unwrap_err();
    assert_eq!((refused.code, refused.rule), (Code::SupportZero, Some("R-051")));
}

#[test]
fn r_053_r_054_processing_with_cash_and_kind() {
    for (total, support, share, cash) in [
        (62_500_000, 50_000_000, 12_500_000, 1_250_000),
        (62_500_003, 50_000_000, 12_500_003, 1_250_001),
        (40_000_001, 32_000_000, 8_000_001, 800_001),
        (100_000_000, 50_000_000, 50_000_000, 5_000_000),
    ] {
        let found = of("P14", &ask(total, SizeClass::Midsized, None)).unwrap();
        let (paid, own, least, _) = told(&found);
        assert_eq!((paid, own, least), (support, share, Some(cash)), "{total}");
        let most = found.in_kind_maximum.unwrap().get();
        assert!(most + cash <= share && most >= share * 9 / 10 - 1, "{total}: {most} in kind");
    }
}

#[test]
fn a_06_cash_of_the_total_cost_is_a_switch() {
    let mut notice = Notice::embedded().unwrap().clone();
    let p14 = notice.programmes.iter_mut().find(|p| p.code.as_str() == "P14").unwrap();
    p14.policy.cash.as_mut().unwrap().cash_base = CashBase::TotalCost;
    let p14 = p14.clone();
    let found = quote(&notice, &p14, &ask(62_500_000, SizeClass::Sme, None)).unwrap();
    assert_eq!(found.cash_minimum.map(Won::get), Some(6_250_000));
}

#[test]
fn r_057_a_gross_price_is_split_before_it_counts() {
    for (gross, supply, vat) in
        [(11_000_000, 10_000_000, 1_000_000), (12_345_679, 11_223_344, 1_122_335)]
    {
        let asked = QuoteQuery { gross: Some(true), ..ask(gross, SizeClass::Sme, None) };
        let found = of("P15", &asked).unwrap();
        assert_eq!((found.cost.get(), found.vat.map(Won::get)), (supply, Some(vat)), "{gross}");
        assert_eq!(found.steps.first().map(|step| step.rule.as_str()), Some("R-057"));
    }
    // P11 prints its price with VAT.
    let asked =
        QuoteQuery { gross: Some(true), ..ask(1_900_000, SizeClass::Sme, Some("advanced")) };
    let found = of("P11", &asked).unwrap();
    assert_eq!((found.cost.get(), found.support.get()), (1_900_000, 1_520_000));
}

#[test]
fn all_sixteen_rows_and_their_tracks_answer() {
    let hundred = 400_000_000;
    let mut answered = 0;
    for (code, track, cost, support) in [
        ("P01-1", None, hundred, 200_000_000),
        ("P01-1", Some("same_level"), hundred, 50_000_000),
        ("P01-1", Some("upgrade"), hundred, 200_000_000),
        ("P01-2", Some("same_level"), hundred, 50_000_000),
        ("P01-2", Some("upgrade"), 100_000_001, 50_000_000),
        ("P02", None, 1_200_000_001, 600_000_000),
        ("P03", None, hundred, 120_000_000),
        ("P03", Some("same_level"), 100_000_000, 30_000_000),
        ("P03", Some("upgrade"), 100_000_003, 30_000_000),
        ("P04", Some("upgrade"), hundred, 200_000_000),
        ("P05", Some("same_level"), hundred, 50_000_000),
        ("P06", None, 2_000_000_000, 1_000_000_000),
        ("P06", Some("upgrade"), hundred, 200_000_000),
        ("P07", None, 1_000_000_000, 250_000_000),
        ("P08", None, 180_000_000, 90_000_000),
        ("P09", None, 1_200_000, 1_000_000),
        ("P10", None, 1_660_000_000, 830_000_000),
        ("P11", Some("basic"), 900_000, 800_000),
        ("P11", Some("advanced"), 1_900_000, 1_520_000),
        ("P12", None, hundred, 20_000_000),
        ("P14", None, 62_500_000, 50_000_000),
        ("P15", None, 12_500_000, 10_000_000),
    ] {
        let found = of(code, &ask(cost, SizeClass::Sme, track)).unwrap();
        assert_eq!(found.support.get(), support, "{code} {track:?}");
        assert_eq!(found.support.get() + found.company_share.get(), cost, "{code}");
        assert!(found.steps.len() >= 4 && !found.binding_text.ko.is_empty(), "{code}");
        answered += 1;
    }
    assert_eq!(answered, 22);
    assert_eq!(of("P13", &ask(1_000, SizeClass::Sme, None)).unwrap_err().code, Code::SupportZero);
    let refused = of("P11", &ask(1_900_000, SizeClass::Sme, None)).unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (Code::InvalidField, Some("track")));
}

#[test]
fn r_055_other_schemes_cap_what_comes_in_kind_at_a_fifth() {
    for code in ["P03", "P10"] {
        let found = of(code, &ask(100_000_000, SizeClass::Sme, None)).unwrap();
        let share = found.company_share.get();
        assert_eq!(found.in_kind_maximum.map(Won::get), Some(share / 5), "{code}");
        assert_eq!(found.cash_minimum.map(Won::get), Some(share - share / 5), "{code}");
    }
}
