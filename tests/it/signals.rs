//! Signs of fraud: found once, for a person to decide.

use marketplace::timers;
use schema::api::parties::Role;
use schema::api::signals::{Signal, SignalKind, SignalState};
use schema::api::trade::{Contract, Listing};
use schema::notice::SizeClass;
use schema::page::Page;
use serde_json::json;
use tests::files::{ingested, press_csv};
use tests::market::{Staff, evidence, order, sign_and_fund};
use tests::{Persona, TestApp};

async fn signals(who: &Persona, query: &str) -> Vec<Signal> {
    let page: Page<Signal> = who.get(&format!("/v1/signals?{query}")).await.expect(200).read();
    page.items
}

/// A paid or accepted purchase.
async fn accepted(buyer: &Persona, seller: &Persona, contract: &Contract) -> Contract {
    let contract = sign_and_fund(buyer, seller, contract).await;
    let path = format!("/v1/contracts/{}", contract.id);
    buyer.get(&format!("{path}/file")).await.expect(200);
    buyer.command(&format!("{path}/accept")).await.expect(200).read()
}

#[tokio::test]
async fn r_063_a_chain_of_affiliation_is_found_and_decided_by_a_person() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let seller = app.provider().await;
    // The buyer shares its head with a third firm, which declares that it belongs to the seller.
    let mut form = app.sign_up_form(&[Role::Buyer], SizeClass::Sme);
    form.organisation.representative = "김철수".to_owned();
    let buyer = app.join(&form).await;
    let mut form = app.sign_up_form(&[Role::Provider], SizeClass::Sme);
    form.organisation.representative = "박영희, 김 철수".to_owned();
    let between = app.join(&form).await;

    let voucher = staff.voucher(&buyer, "process_improvement", 10_000_000).await;
    let version = ingested(&app, &seller, "press.csv", press_csv(60, ',')).await;
    let listing = staff.on_sale(&seller, &version, 1_000_000).await;
    let body = order(&listing, Some(&voucher), "process_improvement");
    let contract: Contract = buyer.post("/v1/contracts", body).await.expect(201).read();
    timers::once(&app.app).await;
    assert!(signals(&staff.operator, "").await.is_empty());

    let me: schema::api::parties::Membership = seller.get("/v1/me").await.expect(200).read();
    let no = me.organisation.business_no.to_string();
    let declared = json!({"business_no": no, "note": "지분 40% 보유"});
    let made = between.post("/v1/affiliations", &declared).await.expect(201);
    let again = between.post("/v1/affiliations", &declared).await.expect(201);
    assert_eq!(made.id(), again.id(), "declaring it again changes nothing");
    let foreign = json!({"org": buyer.org, "business_no": no, "note": "남의 일"});
    between.post("/v1/affiliations", foreign).await.refused(403, "forbidden");
    let nobody = json!({"business_no": "220-81-62517", "note": "x"});
    between.post("/v1/affiliations", nobody).await.refused(422, "invalid-field");

    for _ in 0..3 {
        timers::once(&app.app).await;
    }
    let found = signals(&staff.operator, "state=open").await;
    assert_eq!(found.len(), 1, "one finding is one signal");
    let one = &found[0];
    assert_eq!(
        (one.kind, one.subjects[0].as_str()),
        (SignalKind::Affiliation, contract.id.as_str())
    );
    let chain: Vec<&str> = one.evidence["chain"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|link| link["by"].as_str())
        .collect();
    assert_eq!(chain, ["representative", "declared"]);
    // Nothing follows from it by itself.
    accepted(&buyer, &seller, &contract).await;
    app.run_jobs().await;
    let mail = app.mail();
    assert!(mail.iter().any(|text| text.contains(&staff.operator.email)));

    let path = format!("/v1/signals/{}", one.id);
    for outsider in [&buyer, &seller] {
        outsider.get(&path).await.refused(403, "forbidden");
        outsider.get("/v1/signals").await.refused(403, "forbidden");
    }
    let decide = format!("{path}/decide");
    let verdict = json!({"confirmed": true, "reason": "주주명부로 확인했다."});
    staff.auditor.post(&decide, &verdict).await.refused(403, "forbidden");
    staff
        .operator
        .post(&decide, json!({"confirmed": true, "reason": ""}))
        .await
        .refused(422, "invalid-field");
    let decided: Signal = staff.operator.post(&decide, &verdict).await.expect(200).read();
    assert_eq!(
        (decided.state, decided.decided_by),
        (SignalState::Confirmed, Some(staff.operator.user))
    );
    staff.operator.post(&decide, &verdict).await.refused(409, "state-forbids");
    timers::once(&app.app).await;
    assert!(signals(&staff.operator, "state=open").await.is_empty(), "it stays decided");
    assert_eq!(signals(&staff.auditor, "state=confirmed").await.len(), 1);
}

#[tokio::test]
async fn r_063_a_declared_affiliation_bars_the_purchase_itself() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let (seller, buyer) = (app.provider().await, app.buyer().await);
    let version = ingested(&app, &seller, "press.csv", press_csv(60, ',')).await;
    let listing: Listing = staff.on_sale(&seller, &version, 1_000_000).await;
    let me: schema::api::parties::Membership = seller.get("/v1/me").await.expect(200).read();
    let found = json!({
        "org": buyer.org, "business_no": me.organisation.business_no, "note": "감사에서 확인",
    });
    staff.operator.post("/v1/affiliations", found).await.expect(201);
    let body = order(&listing, None, "process_improvement");
    let refused = buyer.post("/v1/contracts", body).await.refused(409, "same-group");
    assert_eq!(refused.rule.as_deref(), Some("R-063"));
    let list = buyer.get("/v1/affiliations").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let none = app.buyer().await.get("/v1/affiliations").await.expect(200);
    assert!(none["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn r_200_an_invoice_shown_twice_and_one_file_under_two_names() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let (seller, copier) = (app.provider().await, app.provider().await);
    let (one, two) = (app.buyer().await, app.buyer().await);
    let csv = press_csv(60, ',');
    let version = ingested(&app, &seller, "press.csv", csv.clone()).await;
    let listing = staff.on_sale(&seller, &version, 1_000_000).await;
    let mut contracts = Vec::new();
    for buyer in [&one, &two] {
        let voucher = staff.voucher(buyer, "process_improvement", 10_000_000).await;
        let body = order(&listing, Some(&voucher), "process_improvement");
        let contract: Contract = buyer.post("/v1/contracts", body).await.expect(201).read();
        contracts.push(accepted(buyer, &seller, &contract).await);
    }
    staff.approver.post("/v1/payments", evidence(&contracts[0], 7)).await.expect(201);
    let twice = evidence(&contracts[1], 7);
    staff.approver.post("/v1/payments", twice).await.refused(409, "invoice-duplicate");

    // Somebody else sells the same rows under another name.
    let copy = ingested(&app, &copier, "copy.csv", csv).await;
    staff.on_sale(&copier, &copy, 900_000).await;
    for _ in 0..2 {
        timers::once(&app.app).await;
    }
    let found = signals(&staff.operator, "").await;
    let kinds: Vec<SignalKind> = found.iter().map(|signal| signal.kind).collect();
    assert_eq!(kinds, [SignalKind::DuplicateInvoice, SignalKind::SameFile]);
    assert_eq!(found[0].subjects[0], contracts[1].id.to_string());
    assert_eq!(found[1].evidence["owners"].as_array().unwrap().len(), 2);
    assert_eq!(found[1].severity.as_str(), "high");
    let path = format!("/v1/signals/{}/decide", found[1].id);
    let fine = json!({"confirmed": false, "reason": "공동 생성 데이터로 확인됨"});
    let decided = staff.approver.post(&path, fine).await.expect(200);
    assert_eq!(decided["state"], "dismissed");
}
