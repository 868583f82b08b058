//! What completion needs, against the rulebook.

use schema::api::execution::Utilisation;
use schema::api::support::ProcessingState;
use schema::api::trade::ListingState;
use schema::id::{AgreementId, ContractId, VersionId};
use schema::problem::Reason;
use schema::time::{Day, Instant, Period};

use super::completion::{
    ListingFacts, ProcessingFacts, Purchase, incomplete, processing_missing, purchase_missing,
};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// Agreed on 2024-06-10: ends on 2024-10-10.
fn period() -> Period {
    Period::months_after(day("2024-06-10"), 4).unwrap()
}

fn agreement() -> AgreementId {
    AgreementId::from_uuid(uuid::Uuid::from_u128(1))
}

fn version() -> VersionId {
    VersionId::from_uuid(uuid::Uuid::from_u128(2))
}

fn contract() -> ContractId {
    ContractId::from_uuid(uuid::Uuid::from_u128(3))
}

fn codes(missing: &[Reason]) -> Vec<&str> {
    missing.iter().map(|reason| reason.code.as_str()).collect()
}

/// Work that is done, and its product on sale.
fn done() -> ProcessingFacts {
    ProcessingFacts {
        job: Some((ProcessingState::Accepted, Some(agreement()), Some(version()))),
        certified: true,
        indexed: true,
        listing: Some(on_sale()),
    }
}

fn on_sale() -> ListingFacts {
    ListingFacts {
        state: ListingState::Listed,
        version: version(),
        duty: Some(agreement()),
        published_at: Some(at("2024-10-10T23:59:59+09:00")),
        priced: true,
    }
}

fn missing(facts: &ProcessingFacts) -> Vec<String> {
    let missing = processing_missing(agreement(), &period(), facts);
    missing.into_iter().map(|reason| reason.code).collect()
}

#[test]
fn r_100_processing_is_complete_with_a_product_on_sale_a_report_and_the_deliverables() {
    assert_eq!(missing(&done()), [""; 0]);
    let listed = |listing| ProcessingFacts { listing, ..done() };
    let late = Some(at("2024-10-11T00:00:00+09:00"));
    for (facts, code) in [
        (listed(None), "E_NOT_LISTED"),
        (
            listed(Some(ListingFacts { state: ListingState::Suspended, ..on_sale() })),
            "E_NOT_LISTED",
        ),
        (listed(Some(ListingFacts { duty: None, ..on_sale() })), "E_NOT_LISTED"),
        (listed(Some(ListingFacts { published_at: late, ..on_sale() })), "E_PUBLISHED_LATE"),
        (ProcessingFacts { indexed: false, ..done() }, "E_QUALITY"),
        (
            ProcessingFacts {
                job: Some((ProcessingState::Verified, Some(agreement()), Some(version()))),
                ..done()
            },
            "E_ACCEPTANCE",
        ),
    ] {
        assert_eq!(missing(&facts), [code]);
    }
}

#[test]
fn r_071_the_deliverables_are_processing_quality_price_and_registration() {
    let other = AgreementId::from_uuid(uuid::Uuid::from_u128(9));
    let of_another = (ProcessingState::Accepted, Some(other), Some(version()));
    let nothing = missing(&ProcessingFacts::default());
    assert_eq!(nothing, ["E_PROCESSING", "E_CERTIFICATE", "E_QUALITY", "E_NOT_LISTED"]);
    let elsewhere = missing(&ProcessingFacts { job: Some(of_another), ..done() });
    assert_eq!(elsewhere, ["E_PROCESSING", "E_CERTIFICATE", "E_QUALITY"]);
    assert_eq!(missing(&ProcessingFacts { certified: false, ..done() }), ["E_CERTIFICATE"]);
    let free = ListingFacts { priced: false, ..on_sale() };
    assert_eq!(missing(&ProcessingFacts { listing: Some(free), ..done() }), ["E_PRICE_BASIS"]);
}

fn used(on: &str) -> Utilisation {
    Utilisation {
        contract: contract(),
        used_on: day(on),
        text: "불량 예측".to_owned(),
        evidence_sha256: "a".repeat(64),
    }
}

fn bought(accepted: &str) -> [Purchase; 1] {
    [Purchase { contract: contract(), accepted_at: Some(at(accepted)) }]
}

#[test]
fn r_060_purchase_and_use_lie_inside_the_four_months() {
    for (accepted, used_on, today, told) in [
        ("2024-10-10T23:59:59+09:00", "2024-10-10", "2024-12-10", &[][..]),
        ("2024-10-11T00:00:00+09:00", "2024-10-11", "2024-12-10", &["E_PERIOD", "E_PERIOD"]),
        ("2024-07-01T09:00:00+09:00", "2024-10-11", "2024-12-10", &["E_PERIOD"]),
        // Before it was there, and on a day that has not come.
        ("2024-07-01T09:00:00+09:00", "2024-06-30", "2024-12-10", &["E_PERIOD"]),
        ("2024-07-01T09:00:00+09:00", "2024-09-02", "2024-09-01", &["E_PERIOD"]),
    ] {
        let found = purchase_missing(&period(), &bought(accepted), &[used(used_on)], day(today));
        assert_eq!(codes(&found), told, "{accepted} {used_on}");
        assert!(found.iter().all(|reason| reason.rule.as_deref() == Some("R-060")));
    }
}

#[test]
fn r_100_a_purchase_is_complete_with_its_report_of_use() {
    let today = day("2024-09-01");
    let none = purchase_missing(&period(), &[], &[], today);
    assert_eq!(codes(&none), ["E_PURCHASE"]);
    let silent = purchase_missing(&period(), &bought("2024-07-01T00:00:00Z"), &[], today);
    assert_eq!(codes(&silent), ["E_UTILISATION"]);
    let of_another = purchase_missing(&period(), &[], &[used("2024-07-02")], today);
    assert_eq!(codes(&of_another), ["E_PURCHASE", "E_UTILISATION"]);
    let refusal = incomplete(silent);
    assert_eq!((refusal.rule, refusal.reasons.len()), (Some("R-100"), 1));
    assert!(refusal.cure.is_some());
}
