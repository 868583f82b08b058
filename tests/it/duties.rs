//! Dated duties from the award to the payment they block, and the clock of a listing.

use marketplace::timers;
use schema::api::obligations::{BurnDown, Obligation, ObligationKind, ObligationState};
use schema::api::outbox::Event;
use schema::api::trade::{AfterCare, Listing, Utilisation};
use schema::page::Page;
use serde_json::json;
use tests::files::{ingested, press_csv};
use tests::market::{Staff, evidence, order, sign_and_fund};
use tests::{Api, Persona, TestApp, workshop};

async fn duties(who: &Api, query: &str) -> Vec<Obligation> {
    let page: Page<Obligation> =
        who.get(&format!("/v1/obligations?{query}")).await.expect(200).read();
    page.items
}

async fn kinds(who: &Api) -> Vec<(ObligationKind, String)> {
    let mut found: Vec<_> = duties(who, "state=open&limit=200")
        .await
        .into_iter()
        .map(|duty| (duty.kind, duty.due_on.to_string()))
        .collect();
    found.sort();
    found
}

async fn told(who: &Api, kind: &str) -> Vec<String> {
    let page: Page<Event> = who.get("/v1/events?limit=200").await.expect(200).read();
    let mut titles: Vec<String> = page
        .items
        .into_iter()
        .filter(|event| event.kind.as_str() == kind)
        .map(|event| event.title.en)
        .collect();
    titles.reverse();
    titles
}

async fn back(people: &[&Persona]) {
    for person in people {
        person.sign_in().await;
    }
}

#[tokio::test]
async fn r_060_r_101_a_purchase_agreement_opens_its_reports() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let buyer = app.buyer().await;
    staff.voucher(&buyer, "process_improvement", 10_000_000).await;
    // The period ends on 2024-10-10; two months later is 2024-12-10.
    let expected = [
        (ObligationKind::UtilisationReport, "2024-12-10".to_owned()),
        (ObligationKind::SettlementReport, "2024-12-10".to_owned()),
    ];
    assert_eq!(kinds(&buyer).await, expected);
    assert!(duties(&*app.buyer().await, "").await.is_empty(), "duties of others are not shown");
    let all = duties(&staff.operator, "kind=settlement_report").await;
    assert_eq!((all.len(), all[0].org, all[0].blocks_payment), (1, buyer.org, true));
    app.buyer()
        .await
        .get(&format!("/v1/obligations/{}", all[0].id))
        .await
        .refused(404, "not-found");
}

#[tokio::test]
async fn reminders_go_out_once_each_and_a_late_timer_tells_only_what_matters() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let (buyer, late) = (app.buyer().await, app.buyer().await);
    staff.voucher(&buyer, "process_improvement", 10_000_000).await;
    for (day, reminders, overdue) in [
        ("2024-11-09", 0, 0),
        ("2024-11-10", 2, 0),
        ("2024-11-11", 2, 0),
        ("2024-12-03", 4, 0),
        ("2024-12-10", 4, 0),
        // The agreement has failed, so its report falls away; the settlement is still owed.
        ("2024-12-11", 4, 1),
        ("2025-03-01", 4, 1),
    ] {
        app.set_text(&format!("{day}T09:00:00+09:00"));
        for _ in 0..2 {
            timers::once(&app.app).await;
        }
        app.run_jobs().await;
        back(&[&buyer]).await;
        assert_eq!(told(&buyer, "obligation.reminder").await.len(), reminders, "{day}");
        assert_eq!(told(&buyer, "obligation.overdue").await.len(), overdue, "{day}");
    }
    let titles = told(&buyer, "obligation.reminder").await;
    assert!(titles[0].contains("in 30 days (2024-12-10)"), "{titles:?}");
    assert!(titles[2].contains("in 7 days"), "{titles:?}");

    // The exchange stands still from the award until after the last day.
    app.set_text("2025-03-03T09:00:00+09:00");
    back(&[&staff.approver, &staff.operator, &late]).await;
    let money = json!({"fiscal_year": 2025, "amount": 20_000_000, "reason": "본예산"});
    staff.approver.post("/v1/programmes/P15/budget", money).await.expect(200);
    staff.voucher(&late, "process_improvement", 1_000_000).await;
    app.set_text("2026-01-05T09:00:00+09:00");
    for _ in 0..2 {
        timers::once(&app.app).await;
    }
    app.run_jobs().await;
    back(&[&late]).await;
    assert_eq!(told(&late, "obligation.reminder").await.len(), 0, "it is too late for them");
    assert_eq!(told(&late, "obligation.overdue").await.len(), 1, "the settlement");
}

#[tokio::test]
async fn an_overdue_duty_stops_the_payment_until_it_is_done_or_postponed() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let (seller, buyer) = (app.provider().await, app.buyer().await);
    let voucher = staff.voucher(&buyer, "process_improvement", 10_000_000).await;
    let version = ingested(&app, &seller, "press.csv", press_csv(60, ',')).await;
    let listing = staff.on_sale(&seller, &version, 1_000_000).await;
    let body = order(&listing, Some(&voucher), "process_improvement");
    let contract = buyer.post("/v1/contracts", body).await.expect(201).read();
    let contract = sign_and_fund(&buyer, &seller, &contract).await;
    let path = format!("/v1/contracts/{}", contract.id);
    buyer.get(&format!("{path}/file")).await.expect(200);
    buyer.command(&format!("{path}/accept")).await.expect(200);
    let payment = staff.approver.post("/v1/payments", evidence(&contract, 1)).await.expect(201);

    app.set_text("2024-12-11T09:00:00+09:00");
    back(&[&staff.operator, &staff.approver, &staff.payer, &buyer]).await;
    let pay = format!("/v1/payments/{}/pay", payment.id());
    let refused = staff.payer.command(&pay).await.refused(409, "duty-overdue");
    assert_eq!(refused.figures["due_on"], "2024-12-10");
    assert_eq!(refused.reasons.len(), 2);
    let mut rules: Vec<&str> =
        refused.reasons.iter().filter_map(|one| one.rule.as_deref()).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["R-060", "R-101"]);
    assert!(!refused.cure.unwrap().en.is_empty(), "it says what to do");

    let open = duties(&staff.operator, "overdue=true").await;
    assert_eq!(open.len(), 2);
    let board: BurnDown = staff.operator.get("/v1/obligations/burn-down").await.expect(200).read();
    assert_eq!((board.open, board.overdue, board.weeks.len()), (2, 2, 1));
    assert_eq!(board.weeks[0].monday.to_string(), "2024-12-09");
    buyer.get("/v1/obligations/burn-down").await.refused(403, "forbidden");

    let of = |kind| open.iter().find(|duty| duty.kind == kind).unwrap().id;
    let (used, settled) =
        (of(ObligationKind::UtilisationReport), of(ObligationKind::SettlementReport));
    let discharge = format!("/v1/obligations/{used}/discharge");
    let seen = json!({"reason": "활용보고서를 확인했다."});
    buyer.post(&discharge, &seen).await.refused(403, "forbidden");
    staff.operator.post(&discharge, json!({"reason": " "})).await.refused(422, "invalid-field");
    let done = staff.operator.post(&discharge, &seen).await.expect(200);
    assert_eq!(done["state"], "discharged");
    staff.operator.post(&discharge, &seen).await.refused(409, "state-forbids");
    staff.payer.command(&pay).await.refused(409, "duty-overdue");

    let postpone = format!("/v1/obligations/{settled}/postpone");
    let to = |day: &str| json!({"due_on": day, "reason": "회계 법인 확인 대기"});
    staff.operator.post(&postpone, to("2024-12-20")).await.refused(403, "forbidden");
    staff.approver.post(&postpone, to("2024-12-10")).await.refused(422, "invalid-field");
    staff.approver.post(&postpone, to("2024-12-20")).await.expect(200);
    staff.payer.command(&pay).await.expect(200);
    assert_eq!(told(&buyer, "payment.paid").await.len(), 1);
    // The new day has reminders of its own.
    app.set_text("2024-12-13T09:00:00+09:00");
    timers::once(&app.app).await;
    app.run_jobs().await;
    back(&[&buyer]).await;
    assert_eq!(told(&buyer, "obligation.reminder").await.len(), 1);

    let numbers: Utilisation =
        buyer.get(&format!("/v1/vouchers/{}/utilisation", voucher.id)).await.expect(200).read();
    assert_eq!((numbers.purchases.len(), numbers.unused, numbers.used_bp), (1, 0, 800));
    assert_eq!((numbers.used.get(), numbers.purchases[0].downloads_in_period), (800_000, 1));
    app.buyer()
        .await
        .get(&format!("/v1/vouchers/{}/utilisation", voucher.id))
        .await
        .refused(404, "not-found");
}

struct Product {
    app: TestApp,
    staff: Staff,
    owner: Persona,
    processor: Persona,
    listing: Listing,
    job: String,
}

impl Product {
    /// A product of P14, on sale since 2024-06-10.
    async fn made() -> Product {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        staff.appropriate("P14", 1_250_000_000).await;
        let (owner, processor) = (app.provider().await, app.processor().await);
        let member = workshop::member(&staff, &processor).await;
        let agreement = workshop::agreement(&staff, &owner, &processor).await;
        let before = kinds(&owner).await;
        let expected = [
            (ObligationKind::CompletionReport, "2024-10-10".to_owned()),
            (ObligationKind::SettlementReport, "2024-12-10".to_owned()),
            (ObligationKind::ListingPublication, "2024-10-10".to_owned()),
        ];
        assert_eq!(before, expected);
        let raw = ingested(&app, &owner, "press.csv", press_csv(600, ',')).await;
        let job = workshop::begun(&owner, &processor, &raw, &member, &agreement).await;
        let version = workshop::approved(&app, &staff, &owner, &processor, &job).await;
        let listing = workshop::listed(&staff, &owner, &version, 5_000_000).await;
        Product { app, staff, owner, processor, listing, job }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/listings/{}{rest}", self.listing.id)
    }

    async fn open(&self, kind: &str) -> Vec<Obligation> {
        duties(&self.owner, &format!("state=open&kind={kind}")).await
    }
}

#[tokio::test]
async fn r_090_r_092_the_listing_year_runs_stops_and_ends() {
    let product = Product::made().await;
    let (app, staff, owner) = (&product.app, &product.staff, &product.owner);
    assert!(product.open("listing_publication").await.is_empty(), "it is on sale");
    let year = product.open("listing_year").await;
    assert_eq!((year.len(), year[0].due_on.to_string()), (1, "2025-06-10".to_owned()));
    assert!(!year[0].blocks_payment);

    // ten days of personal data on sale stop the clock for ten days.
    app.set_text("2024-11-04T10:00:00+09:00");
    back(&[owner, &staff.operator, &staff.approver]).await;
    let halt = json!({"cause": "personal_data", "reason": "개인정보가 발견되었다."});
    staff.operator.post(&product.path("/suspend"), halt).await.expect(200);
    app.set_text("2024-11-14T10:00:00+09:00");
    back(&[owner, &staff.operator, &staff.approver]).await;
    staff.operator.command(&product.path("/reinstate")).await.expect(200);
    let year = product.open("listing_year").await;
    assert_eq!(year[0].due_on.to_string(), "2025-06-20");
    assert_eq!(year[0].due_first.to_string(), "2025-06-10");
    let by_hand = json!({"due_on": "2026-01-01", "reason": "늦춤"});
    let path = format!("/v1/obligations/{}/postpone", year[0].id);
    let refused = staff.approver.post(&path, by_hand).await.refused(409, "state-forbids");
    assert_eq!(refused.rule.as_deref(), Some("R-092"), "the clock is trade's");

    // It is lasted out, not missed.
    app.set_text("2025-06-20T23:59:00+09:00");
    timers::once(&app.app).await;
    back(&[owner]).await;
    assert_eq!(product.open("listing_year").await.len(), 1);
    app.set_text("2025-06-21T00:00:00+09:00");
    for _ in 0..2 {
        timers::once(&app.app).await;
    }
    app.run_jobs().await;
    back(&[owner]).await;
    let ended = duties(owner, "kind=listing_year").await;
    assert_eq!((ended.len(), ended[0].state), (1, ObligationState::Discharged));
    let overdue = told(owner, "obligation.overdue").await;
    assert!(!overdue.iter().any(|title| title.contains("listing term")), "{overdue:?}");
}

#[tokio::test]
async fn r_093_a_removed_product_is_replaced_within_thirty_days() {
    let product = Product::made().await;
    let (owner, staff) = (&product.owner, &product.staff);
    let why = json!({"reason": "국가핵심기술로 확인되었다."});
    staff.approver.post(&product.path("/remove"), why).await.expect(200);
    assert!(product.open("listing_year").await.is_empty());
    let remedy = product.open("remediation").await;
    assert_eq!((remedy.len(), remedy[0].due_on.to_string()), (1, "2024-07-10".to_owned()));
    assert!(remedy[0].blocks_payment);
    assert_eq!(told(owner, "listing.removed").await.len(), 1);
}

#[tokio::test]
async fn r_097_a_yearly_report_counts_sales_and_use() {
    let product = Product::made().await;
    let (app, owner, staff) = (&product.app, &product.owner, &product.staff);
    let buyer = app.buyer().await;
    let body = order(&product.listing, None, "process_improvement");
    let contract = buyer.post("/v1/contracts", body).await.expect(201).read();
    let contract = sign_and_fund(&buyer, owner, &contract).await;
    let path = format!("/v1/contracts/{}", contract.id);
    for _ in 0..2 {
        buyer.get(&format!("{path}/file")).await.expect(200);
    }
    buyer.command(&format!("{path}/accept")).await.expect(200);

    let due = product.open("after_care_yearly").await;
    assert_eq!((due.len(), due[0].due_on.to_string()), (1, "2025-06-10".to_owned()));
    let path = product.path("/after-care");
    let note = json!({"note": "판매 중이며 문의 3건이 있었다."});
    buyer.post(&path, &note).await.refused(404, "not-found");
    staff.operator.post(&path, &note).await.refused(403, "forbidden");
    let report: AfterCare = owner.post(&path, &note).await.expect(201).read();
    let figures = &report.figures;
    assert_eq!((report.number, figures.contracts, figures.buyers), (1, 1, 1));
    assert_eq!((figures.sales.get(), figures.support.get(), figures.downloads), (5_000_000, 0, 2));
    assert!(product.open("after_care_yearly").await.is_empty());
    let again = owner.post(&path, &note).await.refused(409, "state-forbids");
    assert_eq!(again.rule.as_deref(), Some("R-097"));
    let list = staff.auditor.get(&path).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn r_075_a_processor_owes_a_deletion_certificate() {
    let product = Product::made().await;
    let (app, processor) = (&product.app, &product.processor);
    let owed = duties(processor, "state=open&kind=deletion_certificate").await;
    assert_eq!((owed.len(), owed[0].due_on.to_string()), (1, "2024-07-10".to_owned()));
    processor.get(&format!("{}/source", product.job)).await.refused(403, "not-entitled");
    let gone = json!({"certificate": "작업 사본을 모두 지웠습니다."});
    processor.post(&format!("{}/close", product.job), gone).await.expect(200);
    let owed = duties(processor, "kind=deletion_certificate").await;
    assert_eq!(owed[0].state, ObligationState::Discharged);
    app.run_jobs().await;
}
