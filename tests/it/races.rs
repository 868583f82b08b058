//! Many at once for one thing: money is spent once, and the books say so.

use std::collections::BTreeSet;

use futures::future::join_all;
use schema::api::catalog::Version;
use schema::api::programme::Agreement;
use schema::api::trade::{Contract, Listing};
use schema::api::vouchers::Voucher;
use serde_json::json;
use tests::files::{ingested, press_csv};
use tests::market::{Staff, order, purchase, sign_agreement, sign_and_fund};
use tests::{Answer, Persona, TestApp};

/// Different products of one seller on sale, each for `price`.
async fn products(
    app: &TestApp,
    staff: &Staff,
    count: usize,
    price: i64,
) -> (Persona, Vec<Listing>) {
    let seller = app.provider().await;
    let mut listings = Vec::new();
    for nth in 0..count {
        let version: Version = ingested(app, &seller, "press.csv", press_csv(40 + nth, ',')).await;
        listings.push(staff.on_sale(&seller, &version, price).await);
    }
    (seller, listings)
}

async fn voucher_of(buyer: &Persona, voucher: &Voucher) -> Voucher {
    buyer.get(&format!("/v1/vouchers/{}", voucher.id)).await.expect(200).read()
}

async fn books_balance(staff: &Staff) {
    let check = staff.auditor.get("/v1/ledger/check").await.expect(200);
    assert_eq!(check["balanced"], true, "{}", check.text());
}

#[tokio::test]
async fn of_sixteen_orders_a_voucher_pays_for_exactly_those_it_covers() {
    const PRICE: i64 = 3_125_000;
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let buyer = app.buyer().await;
    let voucher = staff.voucher(&buyer, "process_improvement", 10_000_000).await;
    let (_, listings) = products(&app, &staff, 8, PRICE).await;

    // Every order is sent twice at once, with one key.
    let calls = listings.iter().enumerate().flat_map(|(nth, listing)| {
        let body = order(listing, Some(&voucher), "process_improvement");
        let key = format!("order-{nth}");
        [0, 1].map(|_| buyer.post("/v1/contracts", &body).key(&key).into_future())
    });
    let answers: Vec<Answer> = join_all(calls).await;
    let mut made = BTreeSet::new();
    for pair in answers.chunks(2) {
        let [one, other] = pair else { panic!("answers come in pairs") };
        assert_eq!(one.status, other.status, "{} / {}", one.text(), other.text());
        if one.status == 201 {
            assert_eq!(one.json, other.json);
            let replayed =
                [one, other].map(|answer| answer.header("idempotent-replayed") == "true");
            assert_ne!(replayed[0], replayed[1]);
            assert_eq!(
                (&one["support"], &one["company_share"]),
                (&json!(2_500_000), &json!(625_000))
            );
            made.insert(one.id());
        } else {
            let problem = one.clone().refused(409, "voucher-short");
            assert_eq!(problem.figures["available"], 0);
        }
    }
    assert_eq!(made.len(), 4, "80 % of {PRICE} fits four times into ten million");
    let spent = voucher_of(&buyer, &voucher).await;
    assert_eq!((spent.available.get(), spent.held.get()), (0, 10_000_000));
    assert_eq!(spent.uses.len(), 4);
    books_balance(&staff).await;

    // Withdrawn all at once, the money is there again, once.
    let calls = made.iter().flat_map(|id| {
        let path = format!("/v1/contracts/{id}/cancel");
        [0, 1].map(|_| buyer.post(&path, json!({"reason": "주문 취소"})).into_future())
    });
    let cancelled = join_all(calls).await;
    let done = cancelled.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 4, "each withdrawal happens once");
    let back = voucher_of(&buyer, &voucher).await;
    assert_eq!((back.available.get(), back.held.get()), (10_000_000, 0));
    books_balance(&staff).await;
}

#[tokio::test]
async fn edge_case_3_the_last_of_the_budget_goes_to_one_of_two() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 15_000_000).await;
    let mut drafted: Vec<Agreement> = Vec::new();
    for _ in 0..2 {
        let buyer = app.buyer().await;
        let body = purchase(&buyer, "process_improvement", 10_000_000);
        drafted.push(staff.drafted(body, &[&buyer]).await);
    }
    let people = [&staff.approver, &staff.payer];
    let calls = drafted.iter().zip(people).map(|(one, person)| sign_agreement(person, one));
    let answers = join_all(calls).await;
    let signed = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(signed, 1);
    for answer in answers {
        if answer.status != 200 {
            let problem = answer.refused(409, "budget-short");
            assert_eq!(problem.rule.as_deref(), Some("R-043"));
        }
    }
    let budget = staff.approver.get("/v1/programmes/P15/budget?fiscal_year=2024").await.expect(200);
    assert_eq!(
        (&budget["available"], &budget["promised"]),
        (&json!(5_000_000), &json!(10_000_000))
    );
    books_balance(&staff).await;
}

#[tokio::test]
async fn one_contract_is_accepted_approved_and_paid_once() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let buyer = app.buyer().await;
    let voucher = staff.voucher(&buyer, "process_improvement", 10_000_000).await;
    let (seller, listings) = products(&app, &staff, 1, 5_000_000).await;
    let body = order(&listings[0], Some(&voucher), "process_improvement");
    let contract: Contract = buyer.post("/v1/contracts", body).await.expect(201).read();
    sign_and_fund(&buyer, &seller, &contract).await;
    let path = format!("/v1/contracts/{}", contract.id);
    buyer.get(&format!("{path}/file")).await.expect(200);

    // Nobody shares a key here: it is the states that let one of each pass.
    let accept = format!("{path}/accept");
    let accepted = join_all((0..6).map(|_| buyer.command(&accept).into_future())).await;
    assert_eq!(accepted.iter().filter(|answer| answer.status == 200).count(), 1);
    let calls = (0..6).map(|nth| {
        staff.approver.post("/v1/payments", tests::market::evidence(&contract, nth)).into_future()
    });
    let approved = join_all(calls).await;
    let made: Vec<&Answer> = approved.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.len(), 1);
    let pay = format!("/v1/payments/{}/pay", made[0].id());
    let paid = join_all((0..6).map(|_| staff.payer.command(&pay).into_future())).await;
    assert_eq!(paid.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in accepted.iter().chain(&approved).chain(&paid) {
        assert!(answer.status < 500, "{}", answer.text());
    }
    let spent = voucher_of(&buyer, &voucher).await;
    assert_eq!((spent.paid.get(), spent.committed.get(), spent.held.get()), (4_000_000, 0, 0));
    books_balance(&staff).await;
}

#[tokio::test]
async fn two_uploads_into_one_version_leave_one_of_them() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let path = tests::files::open_version(&owner, "a.csv").await;
    let content = format!("{path}/content");
    let calls = (0..8).map(|nth| owner.put(&content, format!("a,b\n{nth},2\n")).into_future());
    for answer in join_all(calls).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let version: Version = owner.get(&path).await.expect(200).read();
    let kept = version.source.map(|source| source.sha256).unwrap_or_default();
    let objects = app.objects();
    assert!(objects.iter().all(|key| key.ends_with(&kept)), "{kept}: {objects:?}");
    assert_eq!(objects.len(), 1);
}
