//! The payment gate against the rulebook.

use schema::api::trade::Purpose;
use schema::id::{ContractId, ListingId, OrgId, VersionId};
use schema::lang::Text;
use schema::time::{Calendar, Instant};

use super::*;

fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

/// 10,000,000 supply, 8,000,000 public, 2,000,000 company share, 1,000,000 VAT.
fn contract() -> Contract {
    let at: Instant = "2024-09-20T10:00:00+09:00".parse().unwrap();
    Contract {
        id: ContractId::from_uuid(uuid(1)),
        state: ContractState::Accepted,
        listing: ListingId::from_uuid(uuid(2)),
        version: VersionId::from_uuid(uuid(3)),
        title: Text::new("사출 공정", "Injection moulding"),
        seller: OrgId::from_uuid(uuid(4)),
        buyer: OrgId::from_uuid(uuid(5)),
        voucher: None,
        purpose: Purpose::ALL.first().copied().unwrap(),
        purpose_text: "불량 예측".to_owned(),
        supply: won(10_000_000),
        vat: won(1_000_000),
        support: won(8_000_000),
        company_share: won(2_000_000),
        own_payment: won(3_000_000),
        terms_hash: "0".repeat(64),
        signatures: Vec::new(),
        platform_signature: None,
        ordered_at: at,
        signed_at: Some(at),
        funded_at: Some(at),
        proof_sha256: Some("a".repeat(64)),
        delivered_at: Some(at),
        reject_by: None,
        accepted_at: Some(at),
        ended_at: None,
        end_reason: None,
        paid_at: None,
    }
}

fn evidence() -> NewPayment {
    NewPayment {
        contract_id: contract().id,
        invoice_no: "202409201000000812345678".to_owned(),
        invoice_date: "2024-09-20".parse().unwrap(),
        invoice_supply: won(10_000_000),
        transfer_proof_sha256: "A".repeat(64),
        transferred: won(3_000_000),
    }
}

fn decide(contract: &Contract, evidence: &NewPayment) -> Result<Won, Refusal> {
    let period = Period::months_after("2024-06-10".parse().unwrap(), 4).unwrap();
    let period = period.shifted(Calendar::embedded().unwrap());
    let today = "2024-11-01".parse().unwrap();
    approve(contract, Some(won(8_000_000)), &period, evidence, today)
}

/// Code and field of a refusal.
fn refused(contract: &Contract, evidence: &NewPayment) -> (Code, String) {
    let refusal = decide(contract, evidence).unwrap_err();
    assert!(!refusal.detail.ko.is_empty() && !refusal.detail.en.is_empty());
    (refusal.code, refusal.field.unwrap_or_default())
}

#[test]
fn r_062_full_evidence_is_paid() {
    assert_eq!(decide(&contract(), &evidence()).unwrap(), won(8_000_000));
}

#[test]
fn r_200_invoices_are_dated_inside_the_period() {
    for (date, expected) in [
        ("2024-06-10", None),
        ("2024-10-10", None),
        ("2024-10-11", Some(Code::PeriodOver)),
        ("2024-06-09", Some(Code::EvidenceMissing)),
    ] {
        let given = NewPayment { invoice_date: date.parse().unwrap(), ..evidence() };
        assert_eq!(decide(&contract(), &given).err().map(|r| r.code), expected, "{date}");
    }
    let period = Period::months_after("2024-06-10".parse().unwrap(), 4).unwrap();
    let today = "2024-09-19".parse().unwrap();
    let early = approve(&contract(), Some(won(8_000_000)), &period, &evidence(), today);
    assert_eq!(early.unwrap_err().field.as_deref(), Some("invoice_date"), "from the future");
}

#[test]
fn r_200_the_company_share_is_paid_to_the_won() {
    for transferred in [0, 1_999_999, 2_000_000, 2_999_999, 3_000_001] {
        let given = NewPayment { transferred: won(transferred), ..evidence() };
        let expected = (Code::EvidenceMissing, "transferred".to_owned());
        assert_eq!(refused(&contract(), &given), expected, "{transferred}");
    }
    let unfunded = Contract { funded_at: None, ..contract() };
    assert_eq!(refused(&unfunded, &evidence()).1, "transferred");
}

#[test]
fn r_062_every_document_is_that_of_the_contract() {
    let supply = NewPayment { invoice_supply: won(9_999_999), ..evidence() };
    assert_eq!(refused(&contract(), &supply).1, "invoice_supply");
    let proof = NewPayment { transfer_proof_sha256: "b".repeat(64), ..evidence() };
    assert_eq!(refused(&contract(), &proof).1, "transfer_proof_sha256");
    let unproved = Contract { proof_sha256: None, ..contract() };
    assert_eq!(refused(&unproved, &evidence()).1, "transfer_proof_sha256");
    for state in ContractState::ALL.iter().filter(|state| **state != ContractState::Accepted) {
        let open = Contract { state: *state, ..contract() };
        assert_eq!(refused(&open, &evidence()).1, "accepted", "{state}");
    }
}

#[test]
fn what_the_voucher_has_not_committed_is_not_paid() {
    let period = Period::months_after("2024-06-10".parse().unwrap(), 4).unwrap();
    let today = "2024-11-01".parse().unwrap();
    for committed in [None, Some(won(7_999_999)), Some(Won::ZERO)] {
        let decided = approve(&contract(), committed, &period, &evidence(), today);
        assert_eq!(decided.unwrap_err().code, Code::StateForbids, "{committed:?}");
    }
}

#[test]
fn r_102_what_a_settlement_counts_does_not_change_under_it() {
    use schema::api::settlement::SettlementState as S;
    assert!(countable(None).is_ok() && refundable(None));
    let paid: Vec<S> = S::ALL.iter().copied().filter(|s| countable(Some(*s)).is_ok()).collect();
    assert_eq!(
        paid,
        [S::NotDue, S::Due, S::Late, S::Submitted, S::UnderReview, S::Supplement, S::Assessed]
    );
    let back: Vec<S> = S::ALL.iter().copied().filter(|s| refundable(Some(*s))).collect();
    assert_eq!(back, [S::NotDue, S::Due, S::Late, S::Supplement]);
}

#[test]
fn r_062_an_invoice_has_one_text() {
    for typed in
        ["20240920abcd000812345678", " 20240920-ABCD0008-12345678 ", "20240920ABCD000812345678"]
    {
        assert_eq!(invoice_no(typed).unwrap(), "20240920ABCD000812345678");
    }
    let long = "1".repeat(1 << 20);
    for bad in
        ["", "2024092010000008123456", "2024092010000008123456789", "20240920가나다라", &long]
    {
        assert_eq!(invoice_no(bad).unwrap_err().code, Code::InvalidField);
    }
    assert!(sha256(&"g".repeat(64)).is_err() && sha256("ab").is_err());
    assert_eq!(sha256(&"A".repeat(64)).unwrap(), "a".repeat(64));
}

#[test]
fn nobody_both_approves_and_pays() {
    let (one, other) = (UserId::from_uuid(uuid(1)), UserId::from_uuid(uuid(2)));
    assert!(pay(PaymentState::Approved, one, other).is_ok());
    let same = pay(PaymentState::Approved, one, one).unwrap_err();
    assert_eq!(same.code, Code::DutiesSeparated);
    assert_eq!(pay(PaymentState::Paid, one, other).unwrap_err().code, Code::StateForbids);
}
