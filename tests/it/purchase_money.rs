//! A purchase agreement (P15) over HTTP: purchases, a seller's refund, the report of use, settlement,
//! the refund of what was disallowed; and sanctions with everything they freeze and claim.

use schema::api::trade::{Contract, Listing};
use schema::api::vouchers::Voucher;
use serde_json::{Value, json};
use tests::files::{ingested, press_csv, sha256};
use tests::market::{Staff, evidence, order, sign_and_fund};
use tests::works::because;
use tests::{Persona, TestApp};

struct World {
    app: TestApp,
    staff: Staff,
    /// Another person of the agency.
    third: Persona,
    seller: Persona,
    buyer: Persona,
    voucher: Voucher,
}

impl World {
    async fn begin() -> World {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        staff.appropriate("P15", 250_000_000).await;
        let (seller, buyer) = (app.provider().await, app.buyer().await);
        let voucher = staff.voucher(&buyer, "process_improvement", 10_000_000).await;
        let role = schema::api::parties::Role::Agency;
        let third = app.colleague(&staff.operator, staff.approver.org, role).await;
        World { app, staff, third, seller, buyer, voucher }
    }

    async fn at(&self, text: &str) {
        self.app.set_text(text);
        self.staff.sign_in().await;
        for one in [&self.third, &self.seller, &self.buyer] {
            one.sign_in().await;
        }
    }

    async fn product(&self, rows: usize, price: i64) -> Listing {
        let version = ingested(&self.app, &self.seller, "press.csv", press_csv(rows, ',')).await;
        self.staff.on_sale(&self.seller, &version, price).await
    }

    /// A purchase that the buyer has accepted.
    async fn accepted(&self, listing: &Listing) -> Contract {
        let body = order(listing, Some(&self.voucher), "process_improvement");
        let contract: Contract = self.buyer.post("/v1/contracts", body).await.expect(201).read();
        sign_and_fund(&self.buyer, &self.seller, &contract).await;
        let path = format!("/v1/contracts/{}", contract.id);
        self.buyer.get(&format!("{path}/file")).await.expect(200);
        self.buyer.command(&format!("{path}/accept")).await.expect(200).read()
    }

    /// Approves the payment of a purchase. Answers its path.
    async fn approved(&self, contract: &Contract, nth: u32) -> String {
        let proof = evidence(contract, nth);
        let payment = self.staff.approver.post("/v1/payments", proof).await.expect(201).id();
        format!("/v1/payments/{payment}")
    }

    async fn paid(&self, contract: &Contract, nth: u32) -> String {
        let path = self.approved(contract, nth).await;
        self.staff.payer.command(&format!("{path}/pay")).await.expect(200);
        path
    }

    fn agreement(&self) -> String {
        format!("/v1/agreements/{}", self.voucher.agreement)
    }

    async fn state(&self) -> String {
        let found = self.buyer.get(&self.agreement()).await.expect(200);
        found["state"].as_str().unwrap().to_owned()
    }

    async fn purse(&self) -> Voucher {
        let path = format!("/v1/vouchers/{}", self.voucher.id);
        self.buyer.get(&path).await.expect(200).read()
    }
}

fn used(contract: &Contract, on: &str) -> Value {
    json!({"contract": contract.id, "used_on": on, "text": "불량 예측에 썼습니다.",
        "evidence_sha256": sha256(b"log")})
}

#[tokio::test]
async fn r_060_to_r_102_a_purchase_agreement_to_its_end() {
    let world = World::begin().await;
    let World { staff, seller, buyer, .. } = &world;
    let (dear, cheap) = (world.product(60, 10_000_000).await, world.product(61, 3_000_000).await);
    let first = world.accepted(&dear).await;
    assert_eq!(first.support.get(), 8_000_000);
    let payment = world.paid(&first, 1).await;

    // half of 10,000,000 is refunded: 4,000,000 public and 1,000,000 own.
    let refunds = format!("{payment}/refunds");
    let half =
        json!({"supply": 5_000_000, "reason": "행 절반 불량", "proof_sha256": "b".repeat(64)});
    seller.post(&refunds, &half).await.refused(403, "forbidden");
    staff.approver.post(&refunds, &half).await.refused(409, "duties-separated");
    let refunded = staff.payer.post(&refunds, &half).await.expect(201);
    assert_eq!((&refunded["public"], &refunded["own"]), (&json!(4_000_000), &json!(1_000_000)));
    let above = json!({"supply": 5_000_001, "reason": "초과", "proof_sha256": "b".repeat(64)});
    staff.payer.post(&refunds, &above).await.refused(422, "price-invalid");
    let purse = world.purse().await;
    assert_eq!(
        (purse.available.get(), purse.paid.get(), purse.refunded.get()),
        (6_000_000, 8_000_000, 4_000_000)
    );

    // of 8,000,000 in all 6,400,000, less the 4,000,000 that stand.
    let second = world.accepted(&cheap).await;
    assert_eq!(second.support.get(), 2_400_000);
    completed(&world, &first, &second).await;
    settled(&world).await;
    repaid(&world).await;
    let list = buyer.get(&refunds).await.expect(200);
    assert_eq!(list.json.as_array().unwrap().len(), 1);
    staff.balanced().await;
}

/// every purchase is used inside the period, with dated evidence.
async fn completed(world: &World, first: &Contract, second: &Contract) {
    let World { staff, buyer, .. } = world;
    let completion = format!("{}/completion", world.agreement());
    let told = |uses: Vec<Value>| json!({"summary": "구매하고 활용했습니다.", "utilisation": uses});
    let report = |uses| buyer.post(&completion, told(uses));
    let codes = |problem: schema::problem::Problem| -> Vec<String> {
        assert_eq!(problem.rule.as_deref(), Some("R-100"));
        problem.reasons.iter().map(|one| one.code.clone()).collect()
    };
    let nothing = report(vec![]).await.refused(409, "evidence-missing");
    assert_eq!(codes(nothing), ["E_UTILISATION", "E_UTILISATION"]);
    let day = "2024-06-10";
    for wrong in ["2024-06-09", "2024-06-11", "2024-10-11"] {
        let early = report(vec![used(first, day), used(second, wrong)]).await;
        assert_eq!(codes(early.refused(409, "evidence-missing")), ["E_PERIOD"], "{wrong}");
    }
    let uses = vec![used(first, day), used(second, day)];
    report(uses).await.expect(201);
    let pass = format!("{completion}/pass");
    buyer.post(&pass, because("통과")).await.refused(403, "forbidden");
    staff.operator.post(&pass, because("활용 확인")).await.expect(200);
    assert_eq!(world.state().await, "completed");
    // Nothing more is bought, but what was accepted is paid.
    let purse = world.purse().await;
    assert_eq!((purse.state.as_str(), purse.available.get()), ("expired", 0));
    assert_eq!(purse.committed.get(), 2_400_000);
    let approved = world.approved(second, 2).await;
    let settlement = format!("{}/settlement", world.agreement());
    let made = buyer.post(&settlement, told_settlement()).await.expect(201).id();
    let path = format!("/v1/settlements/{made}");
    staff.operator.command(&format!("{path}/review")).await.expect(200);
    staff.operator.post(&format!("{path}/assess"), json!({"note": "확인"})).await.expect(200);
    let open = staff.approver.post(&format!("{path}/approve"), because("승인")).await;
    assert_eq!(open.refused(409, "state-forbids").rule.as_deref(), Some("R-102"));
    staff.payer.command(&format!("{approved}/pay")).await.expect(200);
    staff.approver.post(&format!("{path}/return"), because("지급 반영")).await.expect(200);
    staff.operator.post(&format!("{path}/ask"), because("다시 제출")).await.expect(200);
}

fn told_settlement() -> Value {
    json!({"interest": 1_234, "statement": "구매 2건"})
}

/// the second purchase is disallowed after it was paid: 2,400,000 and the interest go back.
async fn settled(world: &World) {
    let World { staff, buyer, .. } = world;
    let settlement = format!("{}/settlement", world.agreement());
    let mut lines = told_settlement();
    lines["lines"] = json!([tests::works::line("cash", "구매", 1, 7)]);
    buyer.post(&settlement, lines).await.refused(422, "invalid-field");
    let made = buyer.post(&settlement, told_settlement()).await.expect(201);
    let spent: Vec<i64> = made["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["spent"].as_i64().unwrap())
        .collect();
    assert_eq!(spent, [4_000_000, 1_000_000, 2_400_000, 600_000], "by source, less the refund");
    let path = format!("/v1/settlements/{}", made.id());
    let verdict =
        |line: i64| json!({"line": line, "accepted": 0, "reason": "other", "note": "목적 외"});
    let verdicts = json!({"lines": [verdict(3), verdict(4)], "note": "목적 외 사용"});
    let judged = staff.operator.post(&format!("{path}/assess"), verdicts).await.expect(200);
    let figures = ["already_paid", "accepted", "final_support", "payable", "refund"];
    let figures = figures.map(|name| judged[name].as_i64().unwrap());
    assert_eq!(figures, [6_400_000, 5_000_000, 4_000_000, 0, 2_401_234]);
    staff.approver.post(&format!("{path}/approve"), because("승인")).await.expect(200);

    // nobody objects for 20 days, so it stands.
    world.at("2024-06-30T23:59:59+09:00").await;
    marketplace::timers::once(&world.app.app).await;
    let waits = buyer.get(&path).await.expect(200);
    assert_eq!((&waits["state"], &waits["object_by"]), (&json!("notified"), &json!("2024-07-01")));
    world.at("2024-07-02T00:00:00+09:00").await;
    buyer.post(&format!("{path}/object"), because("늦음")).await.refused(409, "period-over");
    marketplace::timers::once(&world.app.app).await;
    let stands = buyer.get(&path).await.expect(200);
    assert_eq!(stands["state"], "refund_due");
    assert_eq!(world.state().await, "completed", "not settled while it is owed");
}

/// a reminder after the term, 1 % for the first week, to the won.
async fn repaid(world: &World) {
    let World { staff, buyer, .. } = world;
    let claims = buyer.get("/v1/claims").await.expect(200);
    let claim = &claims["items"][0];
    let money = (&claim["principal"], &claim["charges"], &claim["pay_by"]);
    assert_eq!(money, (&json!(2_400_000), &json!(1_234), &json!("2024-08-01")));
    let path = format!("/v1/claims/{}", claim["id"].as_str().unwrap());
    world.at("2024-08-02T09:00:00+09:00").await;
    for _ in 0..2 {
        marketplace::timers::once(&world.app.app).await;
    }
    let late = buyer.get(&path).await.expect(200);
    assert_eq!((&late["state"], &late["owed_today"]), (&json!("dunned"), &json!(2_425_234)));
    let repay = |amount: i64| json!({"amount": amount, "proof_sha256": "c".repeat(64)});
    let short = staff.payer.post(&format!("{path}/repay"), repay(2_401_234)).await;
    assert_eq!(short.refused(409, "evidence-missing").figures["late_charge"], 24_000);
    staff.payer.post(&format!("{path}/repay"), repay(2_425_234)).await.expect(200);
    staff.payer.post(&format!("{path}/repay"), repay(0)).await.refused(409, "state-forbids");
    assert_eq!(world.state().await, "closed");
    let budget = staff.auditor.get("/v1/programmes/P15/budget?fiscal_year=2024").await.expect(200);
    let figures = ["available", "promised", "paid", "returned"];
    let figures = figures.map(|name| budget[name].as_i64().unwrap());
    assert_eq!(figures, [246_000_000, 0, 4_000_000, 0], "4,000,000 of support stay paid");
    let charges = staff.auditor.get("/v1/ledger/accounts?kind=charges").await.expect(200);
    assert_eq!(charges["items"][0]["balance"], 25_234, "interest and late charge, not support");
}

fn measures(ban_months: u16, recovery: i64, surcharge: i64) -> Value {
    json!({"ban_months": ban_months, "recovery": recovery, "surcharge": surcharge,
        "reason": "허위 세금계산서"})
}

/// an inquiry freezes payments, two persons decide, the claim is set off.
#[tokio::test]
async fn r_133_a_sanction_from_suspicion_to_repayment() {
    let world = World::begin().await;
    let World { staff, third, buyer, seller, .. } = &world;
    let listing = world.product(60, 5_000_000).await;
    let contract = world.accepted(&listing).await;
    let payment = world.approved(&contract, 1).await;
    let new = json!({"org": buyer.org, "agreement": world.voucher.agreement, "ground": "fraud",
        "facts": "다른 기업의 세금계산서와 번호가 같다."});
    buyer.post("/v1/sanctions", &new).await.refused(403, "forbidden");
    let stranger = json!({"org": seller.org, "agreement": world.voucher.agreement,
        "ground": "fraud", "facts": "당사자가 아니다."});
    staff.operator.post("/v1/sanctions", stranger).await.refused(422, "invalid-field");
    let sanction = staff.operator.post("/v1/sanctions", &new).await.expect(201).id();
    let path = format!("/v1/sanctions/{sanction}");
    let step = |verb: &str| format!("{path}/{verb}");
    // A suspicion is not told before the pre-notice.
    buyer.get(&path).await.refused(404, "not-found");
    staff.operator.post(&step("investigate"), because("조사")).await.expect(200);
    let frozen =
        staff.payer.command(&format!("{payment}/pay")).await.refused(409, "payment-frozen");
    assert_eq!(frozen.rule.as_deref(), Some("R-133"));

    // Nothing has been paid, so there is nothing to recover.
    let propose = step("propose");
    let above = staff.operator.post(&propose, measures(36, 1, 0)).await;
    assert_eq!(above.refused(409, "sanction-bounds").rule.as_deref(), Some("R-131"));
    let long = staff.operator.post(&propose, measures(61, 0, 0)).await;
    assert_eq!(long.refused(409, "sanction-bounds").rule.as_deref(), Some("R-130"));
    let told = staff.operator.post(&propose, measures(36, 0, 0)).await.expect(200);
    assert_eq!((&told["state"], &told["opinion_by"]), (&json!("pre_notice"), &json!("2024-06-20")));
    let decide = step("decide");
    staff.approver.post(&decide, measures(36, 0, 0)).await.refused(409, "state-forbids");
    seller.get(&path).await.refused(404, "not-found");
    seller.post(&step("opinion"), because("모름")).await.refused(404, "not-found");
    buyer.post(&step("opinion"), because("오해입니다.")).await.expect(200);
    staff.operator.post(&decide, measures(36, 0, 0)).await.refused(403, "forbidden");
    staff.approver.post(&decide, measures(36, 0, 0)).await.expect(200);
    buyer.post(&step("appeal"), because("과중합니다.")).await.expect(200);
    let same = staff.approver.post(&step("uphold"), because("기각")).await;
    assert_eq!(same.refused(409, "duties-separated").rule.as_deref(), Some("R-133"));
    third.post(&step("change"), measures(37, 0, 0)).await.refused(409, "sanction-bounds");
    let milder = third.post(&step("change"), measures(12, 0, 0)).await.expect(200);
    assert_eq!(
        (&milder["state"], &milder["ban_until"]),
        (&json!("in_force"), &json!("2025-06-10"))
    );
    // In force: payments go on, since what is owed would be kept back.
    staff.payer.command(&format!("{payment}/pay")).await.expect(200);

    recovered(&world).await;
    world.at("2025-06-11T00:00:00+09:00").await;
    marketplace::timers::once(&world.app.app).await;
    assert_eq!(buyer.get(&path).await.expect(200)["state"], "served");
    staff.balanced().await;
}

/// A second matter recovers what was paid, with a surcharge; nobody appeals, so the timer enforces it.
async fn recovered(world: &World) {
    let World { staff, buyer, .. } = world;
    let new = json!({"org": buyer.org, "agreement": world.voucher.agreement,
        "ground": "other_purpose", "facts": "목적 외 사용"});
    let sanction = staff.operator.post("/v1/sanctions", &new).await.expect(201).id();
    let path = format!("/v1/sanctions/{sanction}");
    let step = |verb: &str| format!("{path}/{verb}");
    staff.operator.post(&step("investigate"), because("조사")).await.expect(200);
    let most = measures(0, 4_000_000, 20_000_001);
    let above = staff.operator.post(&step("propose"), most).await;
    assert_eq!(above.refused(409, "sanction-bounds").rule.as_deref(), Some("R-132"));
    let asked = measures(0, 4_000_000, 1_000_000);
    staff.operator.post(&step("propose"), &asked).await.expect(200);
    buyer.post(&step("opinion"), because("인정합니다.")).await.expect(200);
    staff.approver.post(&step("decide"), &asked).await.expect(200);
    world.at("2024-07-02T00:00:00+09:00").await;
    marketplace::timers::once(&world.app.app).await;
    let claims = buyer.get("/v1/claims").await.expect(200);
    let claim = &claims["items"][0];
    let money = (&claim["origin"], &claim["principal"], &claim["charges"], &claim["owed_today"]);
    assert_eq!(
        money,
        (&json!("sanction"), &json!(4_000_000), &json!(1_000_000), &json!(5_000_000))
    );
    let repay = json!({"amount": 5_000_000, "proof_sha256": "d".repeat(64)});
    let path_of = format!("/v1/claims/{}/repay", claim["id"].as_str().unwrap());
    staff.payer.post(&path_of, repay).await.expect(200);
    marketplace::timers::once(&world.app.app).await;
    assert_eq!(buyer.get(&path).await.expect(200)["state"], "repaid");
    staff.balanced().await;
}

/// a suspended agreement buys and pays nothing; an ended one gives back what is left.
#[tokio::test]
async fn a_suspended_agreement_pays_nothing() {
    let world = World::begin().await;
    let World { staff, buyer, seller, .. } = &world;
    let listing = world.product(60, 5_000_000).await;
    let contract = world.accepted(&listing).await;
    let payment = world.approved(&contract, 1).await;
    let path = world.agreement();
    buyer.post(&format!("{path}/suspend"), because("휴업")).await.refused(403, "forbidden");
    seller.post(&format!("{path}/suspend"), because("휴업")).await.refused(404, "not-found");
    staff
        .approver
        .post(&format!("{path}/terminate"), because("해약"))
        .await
        .refused(409, "state-forbids");
    staff.approver.post(&format!("{path}/suspend"), because("휴업")).await.expect(200);
    staff.payer.command(&format!("{payment}/pay")).await.refused(409, "voucher-inactive");
    let again = order(&world.product(61, 1_000_000).await, Some(&world.voucher), "process_improvement");
    buyer.post("/v1/contracts", &again).await.refused(409, "voucher-inactive");
    staff.approver.post(&format!("{path}/resume"), because("영업 재개")).await.expect(200);
    buyer.post("/v1/contracts", &again).await.expect(201);
    staff.approver.post(&format!("{path}/suspend"), because("폐업")).await.expect(200);
    staff.approver.post(&format!("{path}/terminate"), because("폐업")).await.expect(200);
    let purse = world.purse().await;
    assert_eq!((purse.state.as_str(), purse.held.get(), purse.available.get()), ("revoked", 0, 0));
    assert_eq!((purse.committed.get(), purse.returned.get()), (4_000_000, 6_000_000));
    staff.balanced().await;
}
