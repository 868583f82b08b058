//! The chapters of the year in their order, each on the days that `docs/YEAR.md` names.

use schema::api::applications::{ApplicationState as S, EvaluationBatch, Selection};
use serde_json::json;
use tests::applicants::{purchase_body, seen};

use super::deals::{Buyer, Deal};
use super::intake::Case;
use super::processing::{self, Signed};
use super::purchase::{self, AUGUST, FRAUD, Good, JUNE};
use super::stage::{Year, won};
use super::trouble;

/// The applications of the spring.
pub(super) struct Spring {
    owners: Vec<Case>,
    buyers: Vec<Case>,
    /// The batches of both.
    batches: [EvaluationBatch; 2],
}

/// Who has an agreement after June.
pub(super) struct Parties {
    /// The selection of P14, for its waiting list.
    made: Selection,
    /// The agreements of P14, in the order of the applications; the promoted one is the last.
    owners: Vec<Signed>,
    /// The agreements of the first round of P15.
    buyers: Vec<Buyer>,
}

/// February: the seller has its products on sale.
pub(super) async fn shop(year: &Year) -> Vec<Good> {
    year.at("2024-02-19").await;
    year.seller.sign_in().await;
    purchase::shelf(year).await
}

/// March to May: 30 apply for P14 and 21 for P15; the operator reviews them.
pub(super) async fn spring(year: &Year, shelf: &[Good]) -> Spring {
    year.at("2024-03-04").await;
    let owners = processing::applied(year).await;
    year.at("2024-03-11").await;
    let buyers = purchase::applied(year, JUNE, shelf, Some(FRAUD)).await;
    year.at("2024-04-15").await;
    let first = year.panel.batch(&year.staff, "P14", "2024-06-03").await;
    year.reviewed(&owners, &first).await;
    year.at("2024-04-23").await;
    let states = year.states(&owners).await;
    assert_eq!(states, [(S::Ineligible, 2), (S::InEvaluation, 27)], "the supplement never came");
    year.at("2024-05-20").await;
    let second = year.panel.batch(&year.staff, "P15", "2024-06-17").await;
    year.reviewed(&buyers, &second).await;
    let states = year.states(&buyers).await;
    assert_eq!(states, [(S::Ineligible, 1), (S::InEvaluation, 18), (S::Withdrawn, 1)]);
    Spring { owners, buyers, batches: [first, second] }
}

/// June: both are evaluated, selected and signed.
pub(super) async fn june(year: &Year, cases: &Spring) -> Parties {
    year.at("2024-06-03").await;
    let made = processing::selected(year, &cases.owners, &cases.batches[0]).await;
    year.at(processing::SIGNED).await;
    let owners = processing::signed(year, &cases.owners).await;
    year.at("2024-06-17").await;
    purchase::june(year, &cases.buyers, &cases.batches[1]).await;
    let buyers = purchase::signed(year, &cases.buyers[..17]).await;
    assert_eq!(year.budget("P15").await, [110_399_976, 139_600_024, 0, 0]);
    Parties { made, owners, buyers }
}

/// July: two of the agreements are worked out to products, and who waited takes the place of who
/// did not sign. Answers the first product.
pub(super) async fn products(
    year: &Year,
    parties: &mut Parties,
    cases: &Spring,
    shelf: &mut Vec<Good>,
) -> String {
    year.at("2024-07-01").await;
    for (of, price) in parties.owners.iter().zip([12_345_679, 7_000_000]) {
        let listing = processing::completed(year, of, price).await;
        shelf.push((listing.id.to_string(), price));
    }
    year.at("2024-07-08").await;
    parties.owners.push(processing::promoted(year, &cases.owners, &parties.made).await);
    // all of it is accepted; of the second, what is not in the plan is not.
    for (of, report, support) in [
        (&parties.owners[0], processing::whole(year), 50_000_000),
        (&parties.owners[1], processing::beside_the_plan(year), 47_333_333),
    ] {
        let (settlement, figures) = processing::settled(year, of, report).await;
        assert_eq!(figures, [support, support]);
        processing::paid(year, &settlement).await;
        assert_eq!(year.state(&of.agreement).await, "obligation");
    }
    shelf[8].0.clone()
}

/// Purchases that later chapters come back to.
pub(super) struct Deals {
    refunded: Deal,
    disallowed: Deal,
}

/// The first round buys: eight purchases, one copied invoice, one refund by the seller.
pub(super) async fn first_purchases(year: &Year, parties: &Parties, shelf: &[Good]) -> Deals {
    year.at("2024-07-09").await;
    let (seller, buyers) = (&year.seller, &parties.buyers);
    seller.sign_in().await;
    for at in [0, 1, FRAUD, 9, 10, 13] {
        buyers[at].who.sign_in().await;
    }
    let even = year.bought(&buyers[0], seller, &shelf[0], 10_000_000).await;
    let (_, invoice) = year.pays(&even).await;
    let refunded = year.bought(&buyers[1], seller, &shelf[0], 10_000_000).await;
    let (payment, _) = year.pays(&refunded).await;
    assert_eq!(year.refunded(&payment, 6_250_000).await, 5_000_000, "R-066: half of each source");
    let false_one = year.bought(&buyers[FRAUD], seller, &shelf[0], 10_000_000).await;
    trouble::shows_a_copy(year, &false_one, invoice).await;
    year.pays(&false_one).await;
    let disallowed = year.bought(&buyers[9], seller, &shelf[1], 9_999_999).await;
    year.pays(&disallowed).await;
    let nonprofit = year.bought(&buyers[10], seller, &shelf[2], 9_999_999).await;
    year.pays(&nonprofit).await;
    // the floor of the whole is given out, not the whole of the floors.
    let mut three = Vec::new();
    for (good, support) in shelf[3..6].iter().zip([800_002, 800_002, 800_003]) {
        three.push(year.bought(&buyers[13], seller, good, support).await);
        year.pays(three.last().unwrap()).await;
    }
    for (buyer, deals) in [
        (&buyers[0], vec![&even]),
        (&buyers[10], vec![&nonprofit]),
        (&buyers[13], three.iter().collect()),
    ] {
        year.used(buyer, &deals, "2024-07-09").await;
        year.settles_even(buyer).await;
    }
    Deals { refunded, disallowed }
}

/// July: 19 more apply for P15, now that the products of P14 are on sale, and are reviewed.
pub(super) async fn second_applications(year: &Year, shelf: &[Good]) -> Vec<Case> {
    year.at("2024-07-15").await;
    year.seller.sign_in().await;
    let price = 2_500_000;
    let mut shelf = shelf.to_vec();
    shelf.push((year.unpublished(price).await, price));
    purchase::applied(year, AUGUST, &shelf, None).await
}

/// The signs of the fraud are found and judged, and a sanction is decided. Answers its path.
pub(super) async fn fraud(year: &Year, parties: &Parties) -> String {
    year.at("2024-07-16").await;
    year.seller.sign_in().await;
    trouble::declared(year).await;
    trouble::judged(year).await;
    trouble::sanctioned(year, &parties.buyers[FRAUD]).await
}

/// August: the second round is evaluated, takes the last won, and signs.
pub(super) async fn august(year: &Year, cases: &[Case]) -> Vec<Buyer> {
    year.at("2024-07-22").await;
    let batch = year.panel.batch(&year.staff, "P15", "2024-08-12").await;
    year.reviewed(cases, &batch).await;
    year.at("2024-08-12").await;
    let states = year.states(cases).await;
    assert_eq!(states, [(S::Ineligible, 1), (S::InEvaluation, 18)]);
    purchase::august(year, cases, &batch).await;
    let buyers = purchase::signed(year, &cases[..12]).await;
    assert_eq!(year.budget("P15").await[0], 0, "the last won is promised");
    buyers
}

/// September: five purchases of the second round, and the recovery of the fraud is paid.
pub(super) async fn second_purchases(
    year: &Year,
    parties: &Parties,
    buyers: &[Buyer],
    shelf: &[Good],
) {
    year.at("2024-09-02").await;
    let (seller, owners) = (&year.seller, &parties.owners);
    for who in [seller, &owners[0].who, &owners[1].who] {
        who.sign_in().await;
    }
    for at in [0, 8, 10, 11] {
        buyers[at].who.sign_in().await;
    }
    let firm = year.bought(&buyers[0], &owners[0].who, &shelf[8], 9_876_543).await;
    let nonprofit = year.bought(&buyers[8], &owners[0].who, &shelf[8], 10_000_000).await;
    let two = [
        year.bought(&buyers[10], &owners[1].who, &shelf[9], 5_600_000).await,
        year.bought(&buyers[10], seller, &shelf[6], 4_400_000).await,
    ];
    year.not_supported(&buyers[10], &shelf[7]).await;
    let part = year.bought(&buyers[11], seller, &shelf[1], 1_387_632).await;
    for (at, deals) in
        [(0, vec![&firm]), (8, vec![&nonprofit]), (10, two.iter().collect()), (11, vec![&part])]
    {
        for deal in &deals {
            year.pays(deal).await;
        }
        year.used(&buyers[at], &deals, "2024-09-02").await;
        year.settles_even(&buyers[at]).await;
    }
    year.repays(&parties.buyers[FRAUD].who, "sanction", 15_000_000).await;
}

/// September and October: ten give up half-way and are paid for the half, one closes down, and the
/// first vouchers lapse.
pub(super) async fn autumn(year: &Year, parties: &Parties, deals: &Deals) {
    year.at("2024-09-23").await;
    for of in &parties.owners[2..12] {
        processing::given_up(year, of).await;
        let report = processing::half(year, processing::SIGNED);
        let (settlement, figures) = processing::settled(year, of, report).await;
        assert_eq!(figures, [25_000_000, 25_000_000]);
        processing::paid(year, &settlement).await;
        assert_eq!(year.state(&of.agreement).await, "closed");
    }
    let closed = &parties.owners[22].agreement;
    year.directs(closed, "suspend", "폐업").await;
    year.directs(closed, "terminate", "폐업").await;
    year.at("2024-10-14").await;
    processing::given_up(year, &parties.owners[24]).await;
    let buyer = &parties.buyers[9];
    buyer.who.sign_in().await;
    year.used(buyer, &[&deals.disallowed], "2024-07-09").await;
    // the last day of the first round was 2024-10-17.
    let refunded = &parties.buyers[1];
    assert_eq!(year.voucher(&refunded.agreement).await.available.get(), 5_000_000);
    year.at("2024-10-18").await;
    let lapsed = year.voucher(&refunded.agreement).await;
    assert_eq!((lapsed.state.as_str(), lapsed.returned.get()), ("expired", 5_000_000));
    refunded.who.sign_in().await;
    year.used(refunded, &[&deals.refunded], "2024-07-09").await;
    year.settles_even(refunded).await;
}

/// November and December: ten have failed and get nothing; a purchase is disallowed after it was paid;
/// a listing year is broken off; the other vouchers lapse.
pub(super) async fn winter(year: &Year, parties: &Parties, shelf: &[Good], product: &str) {
    year.at("2024-11-12").await;
    let mut failed = 0;
    for of in &parties.owners {
        failed += usize::from(year.state(&of.agreement).await == "failed");
    }
    assert_eq!(failed, 11);
    year.at("2024-11-18").await;
    let first = &parties.owners[0];
    let order = trouble::broken_off(year, first.agreement.id.as_str(), product).await;
    let body = purchase_body(&[shelf[0].clone()], 10_000_000);
    trouble::stays_out(&parties.buyers[FRAUD], &body).await;

    year.at("2024-11-25").await;
    for of in &parties.owners[12..23] {
        let report = processing::half(year, processing::SIGNED);
        let (_, figures) = processing::settled(year, of, report).await;
        assert_eq!(figures, [0, 0], "{}", year.state(&of.agreement).await);
    }
    let report = processing::half(year, "2024-07-08");
    let (_, figures) = processing::settled(year, &parties.owners[24], report).await;
    assert_eq!(figures, [25_000_000, 25_000_000], "to be paid in the next year");
    let buyer = &parties.buyers[9];
    buyer.who.sign_in().await;
    let no = |line: u32| json!({"line": line, "accepted": 0, "reason": "other", "note": "목적 외"});
    let stands = year.settles(buyer, 1_234, json!([no(1), no(2)])).await;
    let figures = ["final_support", "refund"].map(|name| won(&stands[name]));
    assert_eq!(figures, [0, 10_001_233], "9,999,999 and the interest");

    year.at("2024-12-13").await;
    year.at("2024-12-19").await;
    trouble::recovered(year, &order).await;
    assert_eq!(year.budget("P15").await[..2], [181_335_820, 0]);
}

/// January 2025: what comes back now is the state's; what is paid now was carried over.
pub(super) async fn next_year(year: &Year, parties: &Parties) {
    // A week late: 1 % of 9,999,999, rounded down, beside the interest.
    year.at("2025-01-02").await;
    year.repays(&parties.buyers[9].who, "settlement", 9_999_999 + 1_234 + 99_999).await;
    year.at("2025-01-06").await;
    let promoted = &parties.owners[24].agreement;
    let path = format!("/v1/agreements/{}/settlement", promoted.id);
    let settlement = year.staff.auditor.get(&path).await.expect(200).id();
    let pay = format!("/v1/settlements/{settlement}/pay");
    year.staff.payer.command(&pay).await.refused(409, "year-closed");
    let carry = format!("/v1/agreements/{}/carry-over", promoted.id);
    let carried = year.staff.approver.post(&carry, json!({"reason": "2024년 사고이월"})).await;
    assert_eq!(carried.expect(201)["amount"], 25_000_000);
    processing::paid(year, &settlement).await;
    year.at("2025-01-10").await;
    year.repays(&parties.owners[0].who, "breach", 30_821_918).await;
    year.at("2025-01-14").await;
    let late = &parties.owners[23];
    let report = processing::half(year, processing::SIGNED);
    let (_, figures) = processing::settled(year, late, report).await;
    assert_eq!(figures, [0, 0], "it failed in November");
    // The fraud failed, too; what the sanction took back is not taken back twice.
    let fraud = &parties.buyers[FRAUD];
    fraud.who.sign_in().await;
    year.settles_even(fraud).await;
    assert_eq!(year.state(&fraud.agreement).await, "closed");
}

/// February 2025: where everything has come to.
pub(super) async fn last_states(
    year: &Year,
    cases: &Spring,
    second: &[Case],
    parties: &Parties,
    sanction: &str,
) {
    year.at("2025-02-17").await;
    let owners = [(S::Ineligible, 2), (S::NotSelected, 1), (S::Agreed, 25), (S::Forfeited, 1)];
    assert_eq!(year.states(&cases.owners).await, owners);
    let buyers = [(S::Ineligible, 1), (S::NotSelected, 1), (S::Agreed, 17), (S::Withdrawn, 1)];
    assert_eq!(year.states(&cases.buyers).await, buyers);
    let second_states = [(S::Ineligible, 1), (S::NotSelected, 6), (S::Agreed, 12)];
    assert_eq!(year.states(second).await, second_states);
    let mut states = std::collections::BTreeMap::new();
    for of in &parties.owners {
        *states.entry(year.state(&of.agreement).await).or_insert(0) += 1;
    }
    let expected = [("closed".to_owned(), 24), ("obligation".to_owned(), 1)];
    assert_eq!(states.into_iter().collect::<Vec<_>>(), expected);
    let found = year.staff.auditor.get(sanction).await.expect(200);
    assert_eq!((&found["state"], &found["ban_until"]), (&json!("in_force"), &json!("2027-08-12")));
    let promoted = &cases.owners[25].application;
    assert_eq!(seen(&year.staff.auditor, promoted).await.state, S::Agreed);
}
