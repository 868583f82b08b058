//! Guards of a purchase with a voucher, and the ways out of a rejected delivery.

use marketplace::timers;
use schema::api::trade::{Contract, Dispute, Listing};
use schema::api::vouchers::Voucher;
use serde_json::{Value, json};
use tests::files::{ingested, press_csv};
use tests::market::{Staff, cost_method, draft, evidence, order, sign_and_fund};
use tests::{Persona, TestApp};

struct Market {
    app: TestApp,
    staff: Staff,
    seller: Persona,
    buyer: Persona,
    voucher: Voucher,
    listing: Listing,
}

impl Market {
    /// A voucher of ten million won and a product for `price`.
    async fn open(price: i64) -> Market {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        staff.appropriate("P15", 250_000_000).await;
        let (seller, buyer) = (app.provider().await, app.buyer().await);
        let voucher = staff.voucher(&buyer, "process_improvement", 10_000_000).await;
        let version = ingested(&app, &seller, "press.csv", press_csv(60, ',')).await;
        let listing = staff.on_sale(&seller, &version, price).await;
        Market { app, staff, seller, buyer, voucher, listing }
    }

    async fn ordered(&self) -> Contract {
        let body = order(&self.listing, Some(&self.voucher), "process_improvement");
        self.buyer.post("/v1/contracts", body).await.expect(201).read()
    }

    /// A purchase whose delivery was rejected.
    async fn disputed(&self) -> Contract {
        let contract = self.ordered().await;
        let contract = sign_and_fund(&self.buyer, &self.seller, &contract).await;
        let path = format!("/v1/contracts/{}", contract.id);
        self.buyer.get(&format!("{path}/file")).await.expect(200);
        let why = json!({"reason": "행 수가 보고서보다 적다."});
        self.buyer.post(&format!("{path}/reject"), why).await.expect(200);
        self.buyer.get(&format!("{path}/file")).await.refused(403, "not-entitled");
        contract
    }

    async fn resolve(&self, contract: &Contract, body: Value) -> tests::Answer {
        let path = format!("/v1/contracts/{}/resolve", contract.id);
        self.staff.operator.post(&path, body).await
    }

    async fn dispute(&self, contract: &Contract) -> Dispute {
        let path = format!("/v1/contracts/{}/dispute", contract.id);
        self.buyer.get(&path).await.expect(200).read()
    }

    async fn contract(&self, contract: &Contract) -> Contract {
        self.buyer.get(&format!("/v1/contracts/{}", contract.id)).await.expect(200).read()
    }

    async fn purse(&self) -> [i64; 4] {
        let path = format!("/v1/vouchers/{}", self.voucher.id);
        let voucher: Voucher = self.buyer.get(&path).await.expect(200).read();
        [voucher.available, voucher.held, voucher.committed, voucher.paid].map(|won| won.get())
    }

    /// What the buyer has transferred to the seller, net.
    async fn own_paid(&self) -> i64 {
        let accounts =
            self.staff.auditor.get("/v1/ledger/accounts?kind=payee_own").await.expect(200);
        accounts["items"][0]["balance"].as_i64().unwrap_or(0)
    }

    async fn back(&self) {
        let staff = &self.staff;
        for person in [
            &staff.operator,
            &staff.approver,
            &staff.payer,
            &staff.auditor,
            &self.seller,
            &self.buyer,
        ] {
            person.sign_in().await;
        }
    }
}

#[tokio::test]
async fn r_066_a_refund_gives_everything_back() {
    let market = Market::open(10_000_000).await;
    let contract = market.disputed().await;
    assert_eq!(
        (market.purse().await, market.own_paid().await),
        ([2_000_000, 8_000_000, 0, 0], 3_000_000)
    );
    let body = json!({"outcome": "refund", "reason": "보고서와 다르다."});
    let path = format!("/v1/contracts/{}/resolve", contract.id);
    market.buyer.post(&path, &body).await.refused(403, "forbidden");
    market.staff.approver.post(&path, &body).await.refused(403, "forbidden");
    let done: Dispute = market.resolve(&contract, body.clone()).await.expect(200).read();
    let parts = [done.refunded_supply, done.refunded_vat, done.refunded_public, done.refunded_own];
    assert_eq!(parts.map(|won| won.get()), [10_000_000, 1_000_000, 8_000_000, 2_000_000]);
    assert_eq!(done.state.as_str(), "refunded");
    assert_eq!((market.purse().await, market.own_paid().await), ([10_000_000, 0, 0, 0], 0));
    assert_eq!(market.contract(&contract).await.state.as_str(), "cancelled");
    market.resolve(&contract, body).await.refused(409, "state-forbids");
    // The same data may be bought again.
    market.ordered().await;
}

#[tokio::test]
async fn r_066_a_refund_of_half_goes_back_pro_rata_and_the_rest_is_paid() {
    let market = Market::open(10_000_000).await;
    let contract = market.disputed().await;
    let partly = |amount: Option<i64>| json!({"outcome": "partial_refund", "refunded_supply": amount, "reason": "절반이 결측이다."});
    for wrong in [None, Some(0), Some(10_000_000), Some(10_000_001)] {
        let refused = market.resolve(&contract, partly(wrong)).await;
        assert_eq!((refused.status, &refused["rule"]), (422, &json!("R-066")), "{wrong:?}");
    }
    let done: Dispute = market.resolve(&contract, partly(Some(5_000_000))).await.expect(200).read();
    assert_eq!((done.refunded_public.get(), done.refunded_own.get()), (4_000_000, 1_000_000));
    assert_eq!(done.refunded_vat.get(), 500_000);
    assert_eq!(market.purse().await, [6_000_000, 0, 4_000_000, 0]);
    assert_eq!(market.own_paid().await, 1_500_000);
    let left = market.contract(&contract).await;
    let money = [left.supply, left.vat, left.support, left.company_share, left.own_payment];
    let expected = [5_000_000, 500_000, 4_000_000, 1_000_000, 1_500_000];
    assert_eq!(money.map(|won| won.get()), expected);
    assert_eq!(left.state.as_str(), "accepted");
    market.buyer.get(&format!("/v1/contracts/{}/file", contract.id)).await.expect(200);

    let (approver, payer) = (&market.staff.approver, &market.staff.payer);
    approver.post("/v1/payments", evidence(&contract, 1)).await.refused(409, "evidence-missing");
    let payment = approver.post("/v1/payments", evidence(&left, 1)).await.expect(201);
    payer.command(&format!("/v1/payments/{}/pay", payment.id())).await.expect(200);
    assert_eq!(market.purse().await, [6_000_000, 0, 0, 4_000_000]);
}

#[tokio::test]
async fn a_dispute_without_ground_ends_with_acceptance() {
    let market = Market::open(10_000_000).await;
    let contract = market.disputed().await;
    let odd = json!({"outcome": "accept", "refunded_supply": 1, "reason": "보고서와 같다."});
    market.resolve(&contract, odd).await.refused(422, "invalid-field");
    let body = json!({"outcome": "accept", "reason": "보고서와 같다."});
    market.resolve(&contract, body).await.expect(200);
    let after = market.contract(&contract).await;
    assert_eq!((after.state.as_str(), after.ended_at), ("accepted", None));
    assert_eq!(market.purse().await, [2_000_000, 0, 8_000_000, 0]);
    let stranger = market.app.buyer().await;
    stranger.get(&format!("/v1/contracts/{}/dispute", contract.id)).await.refused(404, "not-found");
}

#[tokio::test]
async fn r_147_a_proposal_that_both_take_is_carried_out() {
    let market = Market::open(10_000_000).await;
    let contract = market.disputed().await;
    let path = format!("/v1/contracts/{}", contract.id);
    let text = json!({"text": "40% 감액", "refunded_supply": 4_000_000});
    let propose = format!("{path}/proposal");
    market.staff.operator.post(&propose, &text).await.refused(409, "state-forbids");
    market.resolve(&contract, json!({"outcome": "mediation", "reason": "다툼"})).await.expect(200);
    assert_eq!(market.dispute(&contract).await.propose_by.unwrap().to_string(), "2024-07-25");
    market
        .resolve(&contract, json!({"outcome": "accept", "reason": "x"}))
        .await
        .refused(409, "state-forbids");
    let answer = format!("{path}/proposal/answer");
    let accepts = json!({"answer": "accepts"});
    market.buyer.post(&answer, &accepts).await.refused(409, "state-forbids");
    let served: Dispute = market.staff.operator.post(&propose, &text).await.expect(200).read();
    // 15 days after 2024-06-10.
    assert_eq!(served.answer_by.unwrap().to_string(), "2024-06-25");
    market.buyer.post(&answer, &accepts).await.expect(200);
    market.buyer.post(&answer, &accepts).await.refused(409, "state-forbids");
    market.staff.operator.post(&answer, &accepts).await.refused(403, "forbidden");
    let done: Dispute = market.seller.post(&answer, &accepts).await.expect(200).read();
    assert_eq!((done.state.as_str(), done.refunded_public.get()), ("partial_refund", 3_200_000));
    assert_eq!(market.purse().await, [5_200_000, 0, 4_800_000, 0]);
}

#[tokio::test]
async fn r_147_silence_is_a_refusal_and_the_operator_decides() {
    let market = Market::open(10_000_000).await;
    let contract = market.disputed().await;
    market.resolve(&contract, json!({"outcome": "mediation", "reason": "다툼"})).await.expect(200);
    let propose = format!("/v1/contracts/{}/proposal", contract.id);
    let text = json!({"text": "전액 환불", "refunded_supply": 10_000_000});
    market.staff.operator.post(&propose, &text).await.expect(200);
    market.app.set_text("2024-06-25T23:59:00+09:00");
    timers::once(&market.app.app).await;
    market.back().await;
    assert_eq!(market.dispute(&contract).await.state.as_str(), "mediation");
    market.app.set_text("2024-06-26T00:00:00+09:00");
    for _ in 0..2 {
        timers::once(&market.app.app).await;
    }
    market.back().await;
    assert_eq!(market.dispute(&contract).await.state.as_str(), "open");
    let body = json!({"outcome": "refund", "reason": "조정이 성립하지 않았다."});
    market.resolve(&contract, body).await.expect(200);
}

#[tokio::test]
async fn r_064_a_dispute_that_outlives_the_voucher_can_only_be_refunded() {
    let market = Market::open(10_000_000).await;
    let contract = market.disputed().await;
    market.app.set_text("2024-10-11T00:00:00+09:00");
    timers::once(&market.app.app).await;
    market.back().await;
    let body = json!({"outcome": "accept", "reason": "보고서와 같다."});
    market.resolve(&contract, body).await.refused(409, "period-over");
    let body = json!({"outcome": "partial_refund", "refunded_supply": 1, "reason": "일부"});
    assert_eq!(market.resolve(&contract, body).await.status, 409);
    let body = json!({"outcome": "refund", "reason": "기간이 끝났다."});
    market.resolve(&contract, body).await.expect(200);
    assert_eq!(market.own_paid().await, 0);
}

#[tokio::test]
async fn edge_case_5_a_product_suspended_between_order_and_delivery() {
    let market = Market::open(10_000_000).await;
    let contract = market.ordered().await;
    for side in [&market.buyer, &market.seller] {
        let terms = json!({"terms_hash": contract.terms_hash});
        side.post(&format!("/v1/contracts/{}/sign", contract.id), terms).await.expect(200);
    }
    let halt = json!({"cause": "rights_dispute", "reason": "권리 다툼"});
    let suspend = format!("/v1/listings/{}/suspend", market.listing.id);
    market.staff.operator.post(&suspend, halt).await.expect(200);
    let paid = json!({"transferred": contract.own_payment, "proof_sha256": "a".repeat(64)});
    let fund = format!("/v1/contracts/{}/fund", contract.id);
    market.buyer.post(&fund, paid).await.refused(409, "not-listed");
    assert_eq!(market.contract(&contract).await.state.as_str(), "signed", "the order stays");
    assert_eq!(market.purse().await, [2_000_000, 8_000_000, 0, 0]);
    // No extension: at the end of the period the hold goes back to the budget.
    market.app.set_text("2024-10-11T00:00:00+09:00");
    timers::once(&market.app.app).await;
    market.back().await;
    assert_eq!(market.purse().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn r_058_a_price_raised_after_the_award_is_not_paid_for() {
    let market = Market::open(8_000_000).await;
    let seller = &market.seller;
    // The same data, dearer: a new listing takes the place of the old one.
    let version = market.listing.version;
    let basis = seller
        .post(&format!("/v1/versions/{version}/price-bases"), cost_method(12_000_000))
        .await
        .expect(201)
        .id();
    let mut dearer = draft(12_000_000, &basis);
    dearer["supersedes"] = json!(market.listing.id);
    let new = json!({"version": version, "draft": dearer});
    let id = seller.post("/v1/listings", new).await.expect(201).id();
    let path = format!("/v1/listings/{id}");
    seller.command(&format!("{path}/submit")).await.expect(200);
    market.staff.operator.command(&format!("{path}/approve")).await.expect(200);
    market.app.advance(3600);
    market.back().await;
    let listing: Listing = seller.command(&format!("{path}/publish")).await.expect(200).read();

    let body = order(&listing, Some(&market.voucher), "process_improvement");
    let contract: Contract = market.buyer.post("/v1/contracts", body).await.expect(201).read();
    let money = [contract.supply, contract.support, contract.company_share];
    // Eligible are 8M: 6.4M are public, the buyer bears the rest of 12M.
    assert_eq!(money.map(|won| won.get()), [12_000_000, 6_400_000, 5_600_000]);
    // Who buys without support pays the listed price, too.
    let other = market.app.buyer().await;
    let body = order(&listing, None, "process_improvement");
    let plain: Contract = other.post("/v1/contracts", body).await.expect(201).read();
    assert_eq!(plain.supply, contract.supply);

    timers::once(&market.app.app).await;
    let signals = market.staff.operator.get("/v1/signals?kind=price_jump").await.expect(200);
    assert_eq!(signals["items"].as_array().unwrap().len(), 1);
    assert_eq!(signals["items"][0]["evidence"]["counted"], 8_000_000);
    assert_eq!(signals["items"][0]["severity"], "high");
}

#[tokio::test]
async fn r_059_a_rebate_lowers_what_is_paid() {
    let market = Market::open(10_000_000).await;
    let contract = sign_and_fund(&market.buyer, &market.seller, &market.ordered().await).await;
    let path = format!("/v1/contracts/{}", contract.id);
    market.buyer.get(&format!("{path}/file")).await.expect(200);
    market.buyer.command(&format!("{path}/accept")).await.expect(200);
    let rebates = format!("{path}/rebates");
    let back = |amount: i64| json!({"amount": amount, "note": "현금으로 돌려받음"});
    market.app.buyer().await.post(&rebates, back(1)).await.refused(404, "not-found");
    for wrong in [0, 10_000_001] {
        market.buyer.post(&rebates, back(wrong)).await.refused(422, "price-invalid");
    }
    let told = market.buyer.post(&rebates, back(1_000_000)).await.expect(201);
    assert_eq!((&told["support_reduced"], &told["disclosed"]), (&json!(800_000), &json!(true)));
    assert_eq!(market.purse().await, [2_800_000, 0, 7_200_000, 0]);
    let left = market.contract(&contract).await;
    assert_eq!((left.supply.get(), left.support.get()), (9_200_000, 7_200_000));
    let (approver, payer) = (&market.staff.approver, &market.staff.payer);
    let payment = approver.post("/v1/payments", evidence(&left, 1)).await.expect(201);
    payer.command(&format!("/v1/payments/{}/pay", payment.id())).await.expect(200);
    assert_eq!(market.purse().await, [2_800_000, 0, 0, 7_200_000]);
    // Afterwards it is written down and has to be claimed back.
    let late = market.staff.operator.post(&rebates, back(500_000)).await.expect(201);
    assert_eq!((&late["support_reduced"], &late["disclosed"]), (&json!(0), &json!(false)));

    for _ in 0..2 {
        timers::once(&market.app.app).await;
    }
    let signals = market.staff.auditor.get("/v1/signals?kind=rebate").await.expect(200);
    let severities: Vec<&str> = signals["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["severity"].as_str())
        .collect();
    assert_eq!(severities, ["low", "high"], "R-131: what nobody disclosed is worse");
}
