//! The clauses of the template against the mandatory list and the rules they carry.

use std::collections::BTreeSet;

use schema::api::trade::DerivedPolicy;
use schema::lang::Lang;
use schema::money::Won;

use super::clauses::{MANDATORY, clauses, render};
use super::terms::{Parameters, tests::parameters, write};

#[test]
fn r_143_every_mandatory_clause_is_there_in_both_languages() {
    let p = parameters();
    let found: BTreeSet<&str> = clauses(&p).iter().map(|clause| clause.key).collect();
    assert_eq!(found, MANDATORY.iter().copied().collect());
    assert_eq!(clauses(&p).len(), MANDATORY.len(), "a clause stands twice");
    for clause in clauses(&p) {
        assert!(!clause.body.ko.is_empty() && clause.body.en.is_ascii(), "{}", clause.key);
    }
}

/// What clause `key` says, in Korean and English.
fn says(p: &Parameters, key: &str) -> (String, String) {
    let clause = clauses(p).into_iter().find(|clause| clause.key == key).unwrap();
    (clause.body.ko, clause.body.en)
}

#[test]
fn r_140_data_are_licensed_and_stay_the_sellers() {
    let p = parameters();
    let (ko, en) = says(&p, "licence");
    assert!(ko.contains("권리는 공급자에게 있고") && en.contains("remain the seller's"));
    assert!(render(&p, Lang::Ko).starts_with("# 제조데이터 이용허락 계약서 (제공형)"));
}

#[test]
fn r_141_what_is_not_written_is_not_licensed_and_nothing_is_resold() {
    let p = parameters();
    assert!(says(&p, "licence").1.contains("Uses that are not named are not licensed."));
    let (ko, en) = says(&p, "resale");
    assert!(ko.contains("재판매하거나 재허락하거나 양도하지 않는다"));
    assert!(en.contains("does not resell, sub-license or transfer"));
}

#[test]
fn r_142_the_payment_is_fixed_beforehand_and_quality_is_warranted() {
    let p = parameters();
    let (ko, en) = says(&p, "price");
    assert!(ko.contains("일시불") && ko.contains("이체로 지급한다"), "{ko}");
    for amount in ["4,600,000", "460,000", "920,000", "1,380,000", "3,680,000"] {
        assert!(ko.contains(amount) && en.contains(amount), "{amount}");
    }
    let (ko, en) = says(&p, "warranty");
    assert!(ko.contains("14일") && en.contains("14 days from delivery"));
    assert!(says(&p, "delivery").0.contains("3일 전에"));
}

#[test]
fn r_144_what_cannot_be_turned_back_into_the_source_is_the_buyers() {
    let mut p = parameters();
    let (ko, en) = says(&p, "derived-data");
    assert!(ko.contains("복원할 수 없는 파생데이터는 수요자에게 귀속"), "{ko}");
    assert!(en.contains("follow the licence of the source"), "{en}");
    p.licence.derived = DerivedPolicy::FollowsSource;
    let (ko, en) = says(&p, "derived-data");
    assert!(ko.starts_with("모든 파생데이터는") && en.starts_with("All derived data"));
}

#[test]
fn r_149_the_exchange_is_not_the_seller_and_keeps_the_evidence() {
    let p = parameters();
    let (ko, en) = says(&p, "parties");
    assert!(ko.contains("거래소는 판매자가 아니며") && en.contains("not the seller"));
    let (_, en) = says(&p, "usage-log");
    assert!(en.contains("records time, person, range and digest of every delivery"));
}

#[test]
fn the_document_names_parties_goods_and_amounts() {
    let p = parameters();
    for (lang, texts) in [
        (Lang::Ko, ["제1조 (당사자)", "124-81-00998", "공급가액 4,600,000원", "합계 1,380,000원"]),
        (
            Lang::En,
            ["Article 1 (Parties)", "124-81-00998", "4,600,000 won", "together 1,380,000 won"],
        ),
    ] {
        let text = render(&p, lang);
        for needle in texts {
            assert!(text.contains(needle), "{needle} in {text}");
        }
        assert!(
            text.contains(&p.goods.sha256) && text.contains("Article 19") == (lang == Lang::En)
        );
    }
}

#[test]
fn any_change_of_the_terms_changes_the_hash() {
    let p = parameters();
    let hash = |p: &Parameters| write(p).unwrap().terms_hash;
    let first = hash(&p);
    assert_eq!(first, hash(&p));
    let mut dearer = p.clone();
    dearer.supply = Won::new(4_600_001).unwrap();
    assert_ne!(first, hash(&dearer));
    let mut wider = p.clone();
    wider.licence.scope.affiliates = true;
    assert_ne!(first, hash(&wider));
    // A parameter that the text does not show is covered, too.
    let mut quiet = p;
    quiet.goods.listing = "lst_00000000000000000000000009".parse().unwrap();
    assert_ne!(first, hash(&quiet));
}
