//! The vectors of contracts.

use std::fmt::Write as _;

use schema::api::programme::PurchasePurpose;
use schema::api::trade::{ContractState, Purpose};
use schema::money::Won;
use schema::notice::SizeClass;
use schema::time::{Calendar, Instant};

use super::*;

const COMMANDS: &[(&str, Command)] = &[
    ("sign-first", Command::SignFirst),
    ("sign-last", Command::SignLast),
    ("fund", Command::Fund),
    ("deliver", Command::Deliver),
    ("accept", Command::Accept),
    ("reject", Command::Reject),
    ("cancel", Command::Cancel),
    ("uphold", Command::Uphold),
    ("refund", Command::Refund),
];

/// The whole machine: a change of behaviour is a change of this table.
#[test]
fn state_command_matrix() {
    let mut table = String::new();
    for state in ContractState::ALL {
        write!(table, "{state}:").unwrap();
        for (name, command) in COMMANDS {
            if let Ok(to) = next(*state, *command) {
                write!(table, " {name}={to}").unwrap();
            }
        }
        table.push('\n');
    }
    assert_eq!(
        table,
        "\
ordered: sign-first=ordered sign-last=signed cancel=cancelled
signed: fund=funded cancel=cancelled
funded: deliver=delivered cancel=cancelled
delivered: deliver=delivered accept=accepted reject=disputed
accepted: deliver=accepted
disputed: uphold=accepted refund=cancelled
cancelled:
"
    );
}

#[test]
fn r_066_no_withdrawal_after_delivery_began() {
    let refused = next(ContractState::Delivered, Command::Cancel).unwrap_err();
    assert_eq!((refused.code.slug(), refused.rule), ("state-forbids", Some("R-066")));
}

#[test]
fn r_028_public_money_serves_the_agreed_purpose_of_the_class() {
    use PurchasePurpose as P;
    for (purpose, class, agreed, fits) in [
        (Purpose::ProcessImprovement, SizeClass::Sme, None, true),
        (Purpose::BusinessModel, SizeClass::Midsized, Some(P::BusinessModel), true),
        (Purpose::BusinessModel, SizeClass::Sme, Some(P::ProcessImprovement), false),
        (Purpose::Research, SizeClass::Sme, None, false),
        (Purpose::Research, SizeClass::Nonprofit, Some(P::Research), true),
        (Purpose::ProcessImprovement, SizeClass::Nonprofit, None, false),
        (Purpose::Internal, SizeClass::Sme, None, false),
    ] {
        let said = supported(purpose, class, agreed);
        assert_eq!(said.is_ok(), fits, "{purpose} {class} {agreed:?}");
    }
}

#[test]
fn r_057_vat_on_the_whole_price_is_the_buyers() {
    let w = |amount| Won::new(amount).unwrap();
    for (supply, support, vat, company_share, own) in [
        (10_000_000, 8_000_000, 1_000_000, 2_000_000, 3_000_000),
        (12_345_679, 9_876_543, 1_234_567, 2_469_136, 3_703_703),
        // A nonprofit without an own share still owes the VAT (edge case 9).
        (9_999_999, 9_999_999, 999_999, 0, 999_999),
        (4_600_000, 0, 460_000, 4_600_000, 5_060_000),
        (9, 9, 0, 0, 0),
    ] {
        let got = shares(w(supply), w(support)).unwrap();
        assert_eq!(
            (got.vat, got.company_share, got.own_payment),
            (w(vat), w(company_share), w(own))
        );
    }
    assert!(shares(w(1), w(2)).is_err());
    assert!(shares(Won::MAX, Won::ZERO).is_err());
}

#[test]
fn r_066_a_refund_goes_back_to_each_source_pro_rata() {
    let w = |amount| Won::new(amount).unwrap();
    for (supply, support, refund, vat, public, own) in [
        // The vector: 10M of 8M public and 2M own, half of it refunded.
        (10_000_000, 8_000_000, 5_000_000, 500_000, 4_000_000, 1_000_000),
        (10_000_001, 8_000_000, 1, 0, 1, 0),
        (4_600_000, 0, 1_000_000, 100_000, 0, 1_000_000),
        (9_999_999, 9_999_999, 9_999_998, 999_999, 9_999_998, 0),
    ] {
        let before = shares(w(supply), w(support)).unwrap();
        let (back, left) = lowered(&before, w(refund)).unwrap();
        let parts = (back.vat.get(), back.public.get(), back.own.get());
        assert_eq!(parts, (vat, public, own), "{supply} {refund}");
        assert_eq!(left.support.get() + left.company_share.get(), supply - refund);
        assert_eq!(left.own_payment.get(), left.company_share.get() + left.vat.get());
        let own_back = before.own_payment.get() - left.own_payment.get();
        assert_eq!(own_back, own + vat);
    }
    let before = shares(w(10_000_000), w(8_000_000)).unwrap();
    for wrong in [0, 10_000_000, 10_000_001] {
        assert_eq!(lowered(&before, w(wrong)).unwrap_err().rule, Some("R-066"), "{wrong}");
    }
}

#[test]
fn r_059_the_public_part_of_a_rebate_is_not_paid() {
    let w = |amount| Won::new(amount).unwrap();
    let before = shares(w(10_000_000), w(8_000_000)).unwrap();
    let after = rebated(&before, w(800_000)).unwrap();
    assert_eq!((after.supply, after.support), (w(9_200_000), w(7_200_000)));
    assert_eq!(after.own_payment, before.own_payment);
    assert_eq!(rebated(&before, w(8_000_001)), None);
}

#[test]
fn r_058_a_price_raised_after_the_award_is_not_paid_for() {
    let w = |amount| Won::new(amount).unwrap();
    let at = |text: &str| text.parse::<Instant>().unwrap();
    let (since, now) = (at("2024-06-10T00:00:00Z"), at("2024-08-01T00:00:00Z"));
    let one = |price, from: &str, until: Option<&str>| Priced {
        price: w(price),
        from: at(from),
        until: until.map(at),
    };
    let (before, during) = ("2024-05-01T00:00:00Z", "2024-07-01T00:00:00Z");
    for (asked, history, counts) in [
        // The vector: 8M at application, 12M at purchase.
        (
            12_000_000,
            vec![one(8_000_000, before, Some(during)), one(12_000_000, during, None)],
            8_000_000,
        ),
        (
            8_000_000,
            vec![one(12_000_000, before, Some(during)), one(8_000_000, during, None)],
            8_000_000,
        ),
        (9_000_000, vec![one(9_000_000, before, None)], 9_000_000),
        // What was replaced before the award no longer matters.
        (
            9_000_000,
            vec![
                one(1_000_000, "2024-01-01T00:00:00Z", Some(before)),
                one(9_000_000, before, None),
            ],
            9_000_000,
        ),
        // Lowered and raised again in between.
        (
            9_000_000,
            vec![
                one(9_000_000, before, Some(during)),
                one(5_000_000, during, Some("2024-07-20T00:00:00Z")),
                one(9_000_000, "2024-07-20T00:00:00Z", None),
            ],
            5_000_000,
        ),
        (9_000_000, Vec::new(), 9_000_000),
        // A price of the future is none.
        (9_000_000, vec![one(1, "2024-09-01T00:00:00Z", None)], 9_000_000),
    ] {
        assert_eq!(eligible(w(asked), &history, since, now), w(counts), "{history:?}");
    }
}

#[test]
fn r_062_a_won_short_or_long_is_not_paid() {
    let w = |amount| Won::new(amount).unwrap();
    assert!(transferred(w(2_000_000), w(2_000_000)).is_ok());
    for wrong in [1_999_999, 2_000_001, 0] {
        let refused = transferred(w(2_000_000), w(wrong)).unwrap_err();
        assert_eq!((refused.code.slug(), refused.rule), ("evidence-missing", Some("R-062")));
        assert_eq!(refused.figures["due"], 2_000_000);
    }
}

#[test]
fn r_165_fourteen_days_from_delivery_and_off_days_off() {
    let calendar = Calendar::embedded().unwrap();
    let at = |text: &str| text.parse::<Instant>().unwrap();
    let by = |text: &str| reject_by(at(text), 14, calendar).unwrap();
    assert_eq!(by("2024-06-10T23:59:59+09:00").to_string(), "2024-06-24");
    // 2024-06-29 is a Saturday.
    assert_eq!(by("2024-06-15T00:00:00+09:00").to_string(), "2024-07-01");
    let last = by("2024-06-10T09:00:00+09:00");
    assert!(may_reject(Some(last), at("2024-06-24T23:59:59+09:00")).is_ok());
    let refused = may_reject(Some(last), at("2024-06-25T00:00:00+09:00")).unwrap_err();
    assert_eq!(refused.code.slug(), "period-over");
}

#[test]
fn digests_are_read_in_either_case_and_terms_are_compared() {
    let hash = "AB".repeat(32);
    assert_eq!(sha256_hex("f", &hash).unwrap(), "ab".repeat(32));
    assert!(sha256_hex("f", "abc").is_err());
    assert!(sha256_hex("f", &"g".repeat(64)).is_err());
    assert!(same_terms(&hash, &"ab".repeat(32)).is_ok());
    assert_eq!(same_terms("", &hash).unwrap_err().code.slug(), "terms-changed");
}
