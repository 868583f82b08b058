//! A processing agreement (P14) over HTTP: completion, settlement, payment, the listing year, its
//! breach and the recovery; what is refused on the way, and what the books say at the end.

use schema::api::execution::Execution;
use schema::api::settlement::Settlement;
use serde_json::{Value, json};
use tests::market::Staff;
use tests::works::{because, invoice, line, plan};
use tests::{Persona, TestApp};

struct World {
    app: TestApp,
    staff: Staff,
    provider: Persona,
    processor: Persona,
    rival: Persona,
}

impl World {
    async fn begin() -> World {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        staff.appropriate("P14", 1_250_000_000).await;
        let (provider, processor) = (app.provider().await, app.processor().await);
        let rival = app.provider().await;
        World { provider, processor, rival, staff, app }
    }

    async fn at(&self, text: &str) {
        self.app.set_text(text);
        self.staff.sign_in().await;
        for one in [&self.provider, &self.processor, &self.rival] {
            one.sign_in().await;
        }
    }

    async fn state(&self, id: &str) -> String {
        let found = self.provider.get(&format!("/v1/agreements/{id}")).await.expect(200);
        found["state"].as_str().unwrap().to_owned()
    }

    /// Whether the audit trail has a line of this action.
    async fn audited(&self, action: &str) -> bool {
        let mut path = "/v1/audit?limit=200".to_owned();
        loop {
            let page = self.staff.auditor.get(&path).await.expect(200);
            let lines = page["items"].as_array().unwrap();
            if lines.iter().any(|line| line["action"] == action) {
                return true;
            }
            let Some(next) = page["next"].as_str() else { return false };
            path = format!("/v1/audit?limit=200&cursor={next}");
        }
    }

    async fn account(&self, kind: &str) -> Vec<i64> {
        let path = format!("/v1/ledger/accounts?kind={kind}");
        let found = self.staff.auditor.get(&path).await.expect(200);
        let items = found["items"].as_array().unwrap();
        items.iter().map(|one| one["balance"].as_i64().unwrap()).collect()
    }
}

/// The report of R-102's second vector: 3,333,333 of the government's part will not be accepted.
fn report() -> Value {
    json!({
        "interest": 0, "statement": "가공과 등록을 마쳤습니다.",
        "lines": [
            line("government", "가공비", 36_666_667, 1),
            line("government", "추가 가공비", 3_333_333, 2),
            line("cash", "가공비", 1_000_000, 1),
            line("in_kind", "인건비", 9_000_000, 0),
        ],
    })
}

#[tokio::test]
async fn r_100_to_r_134_a_processing_agreement_to_its_end() {
    let world = World::begin().await;
    let World { app, staff, provider, processor, rival } = &world;
    let work = staff.worked(app, provider, processor).await;
    let id = work.agreement.id.to_string();
    let path = format!("/v1/agreements/{id}");

    // nothing is settled before the work has ended.
    let early = provider.post(&format!("{path}/settlement"), report()).await;
    assert_eq!(early.refused(409, "state-forbids").rule.as_deref(), Some("R-100"));

    // the product must be on sale.
    let draft = json!({"summary": "끝냈습니다.", "processing": work.job,
        "listing": "lst_00000000000000000000000000"});
    let completion = format!("{path}/completion");
    let refused = provider.post(&completion, &draft).await.refused(409, "evidence-missing");
    assert!(refused.reasons.iter().any(|one| one.code == "E_NOT_LISTED"), "{refused:?}");
    assert_eq!(world.state(&id).await, "active");
    rival.post(&completion, &draft).await.refused(404, "not-found");
    processor.post(&completion, &draft).await.refused(403, "forbidden");
    let listing = staff.completed(provider, &work).await;
    assert_eq!(world.state(&id).await, "completed");
    provider.post(&completion, &draft).await.refused(409, "state-forbids");

    settled(&world, &id).await;
    staff.balanced().await;
    assert_eq!(world.state(&id).await, "obligation");
    breached(&world, &id, &listing.id.to_string()).await;
}

/// 46,666,667 of 50,000,000 are accepted, so 37,333,333 are paid and 2,666,667 go back.
async fn settled(world: &World, id: &str) {
    let World { staff, provider, rival, .. } = world;
    let path = format!("/v1/agreements/{id}/settlement");
    let mut bad = report();
    bad["lines"][0]["method"] = json!("in_kind");
    provider.post(&path, &bad).await.refused(422, "invalid-field");
    let mut twice = report();
    twice["lines"][1]["invoice_no"] = json!(invoice(1));
    let twice = provider.post(&path, &twice).await.refused(409, "invoice-duplicate");
    assert_eq!(twice.rule.as_deref(), Some("R-200"));
    rival.post(&path, report()).await.refused(404, "not-found");
    provider.post(&path, report()).without_key().await.refused(400, "idempotency-key-missing");

    let made: Settlement = provider.post(&path, report()).await.expect(201).read();
    assert_eq!((made.state.as_str(), made.due_on.to_string()), ("submitted", "2024-08-12".into()));
    provider.post(&path, report()).await.refused(409, "state-forbids");
    let settlement = format!("/v1/settlements/{}", made.id);
    rival.get(&settlement).await.refused(404, "not-found");

    // What the rules do not allow no assessor can; what they allow an assessor can refuse.
    staff.operator.command(&format!("{settlement}/review")).await.expect(200);
    let verdict = |accepted: i64| {
        let line = json!({"line": 2, "accepted": accepted, "reason": "over_plan", "note": "초과"});
        json!({"lines": [line], "note": "증빙을 확인했다."})
    };
    let assess = format!("{settlement}/assess");
    provider.post(&assess, verdict(0)).await.refused(403, "forbidden");
    staff.operator.post(&assess, verdict(3_333_334)).await.refused(422, "invalid-field");
    let ask = format!("{settlement}/ask");
    staff.operator.post(&ask, because("시간기록표")).await.expect(200);
    staff.operator.post(&assess, verdict(0)).await.refused(409, "state-forbids");
    let again: Settlement = provider.post(&path, report()).await.expect(201).read();
    assert_eq!((again.id, again.state.as_str()), (made.id, "under_review"));
    let judged: Settlement = staff.operator.post(&assess, verdict(0)).await.expect(200).read();
    let money = [judged.accepted, judged.carried, judged.final_support, judged.payable];
    let money = money.map(|won| won.unwrap().get());
    assert_eq!(money, [46_666_667, 46_666_667, 37_333_333, 37_333_333]);
    assert_eq!(judged.lines[1].accepted.unwrap().get(), 0);

    objected(world, &settlement, &verdict(0)).await;
    paid(world, id, &settlement).await;
}

/// an objection brings the assessment back; assessor, approver and payer are three persons.
async fn objected(world: &World, settlement: &str, verdict: &Value) {
    let World { staff, provider, .. } = world;
    let approve = format!("{settlement}/approve");
    provider.post(&approve, because("승인")).await.refused(403, "forbidden");
    let pay = format!("{settlement}/pay");
    staff.payer.command(&pay).await.refused(409, "state-forbids");
    let told = staff.approver.post(&approve, because("승인")).await.expect(200);
    assert_eq!((&told["state"], &told["object_by"]), (&json!("notified"), &json!("2024-07-01")));
    let object = format!("{settlement}/object");
    provider.post(&object, because("추가 가공비는 계획에 있다.")).await.expect(200);
    staff.operator.post(&format!("{settlement}/assess"), verdict).await.expect(200);
    staff.approver.post(&approve, because("승인")).await.expect(200);
    let consent = format!("{settlement}/consent");
    staff.approver.post(&consent, because("동의")).await.refused(403, "forbidden");
    let stands = provider.post(&consent, because("동의")).await.expect(200);
    assert_eq!(stands["state"], "payable");
}

async fn paid(world: &World, id: &str, settlement: &str) {
    let World { staff, provider, .. } = world;
    // What will not be paid is back in the budget before anything is paid.
    let budget = "/v1/programmes/P14/budget?fiscal_year=2024";
    let before = staff.auditor.get(budget).await.expect(200);
    assert_eq!(
        (&before["available"], &before["promised"]),
        (&json!(1_212_666_667), &json!(37_333_333))
    );
    let pay = format!("{settlement}/pay");
    provider.command(&pay).await.refused(403, "forbidden");
    let same = staff.approver.command(&pay).await.refused(409, "duties-separated");
    assert_eq!(same.rule.as_deref(), Some("R-133"));
    let first = staff.payer.command(&pay).key("pay-once").await.expect(200);
    let again = staff.payer.command(&pay).key("pay-once").await.expect(200);
    assert_eq!((&first["state"], again.header("idempotent-replayed")), (&json!("paid"), "true"));
    staff.payer.command(&pay).await.refused(409, "state-forbids");
    assert_eq!(world.account("payee").await, [37_333_333]);
    let after = staff.auditor.get(budget).await.expect(200);
    let figures = ["appropriated", "available", "promised", "paid", "returned"];
    let figures = figures.map(|name| after[name].as_i64().unwrap());
    assert_eq!(figures, [1_250_000_000, 1_212_666_667, 0, 37_333_333, 0]);

    statements(world, id).await;
}

/// The same figures in three forms, adding up to the won.
async fn statements(world: &World, id: &str) {
    let World { staff, provider, rival, .. } = world;
    let path = format!("/v1/agreements/{id}/statement");
    rival.get(&path).await.refused(404, "not-found");
    let json = provider.get(&path).await.expect(200);
    assert_eq!(json["total"], 40_000_000 + 2_666_667 + 37_333_333_i64);
    let figures = json["figures"].as_array().unwrap();
    let figure = |code: &str| {
        figures.iter().find(|one| one["code"] == code).map(|one| one["amount"].as_i64().unwrap())
    };
    assert_eq!((figure("final_support"), figure("refund")), (Some(37_333_333), Some(0)));
    let csv = provider.get(&format!("{path}?format=csv")).await.expect(200);
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert!(
        csv.text().starts_with('\u{feff}') && csv.text().contains(",37333333,"),
        "{}",
        csv.text()
    );
    let html = provider.get(&path).header("accept", "text/html").await.expect(200);
    assert!(html.header("content-type").starts_with("text/html"));
    assert!(html.text().contains("37,333,333") && !html.text().contains("<script"));

    let month = "/v1/statements/months/2024-06";
    provider.get(month).await.refused(403, "forbidden");
    staff.auditor.get("/v1/statements/months/2024-13").await.refused(400, "malformed-request");
    let month = staff.auditor.get(month).await.expect(200);
    for column in ["opening", "closing"] {
        let rows = month["accounts"].as_array().unwrap();
        let sum: i64 = rows.iter().map(|row| row[column].as_i64().unwrap()).sum();
        assert_eq!(sum, 0, "{column}");
    }
    let july = staff.auditor.get("/v1/statements/months/2024-07").await.expect(200);
    assert_eq!((&july["total"], july["lines"].as_array().unwrap().len()), (&json!(0), 0));
    let year = staff.auditor.get("/v1/statements/years/2024").await.expect(200);
    let total = &year["total"];
    let sum =
        |names: &[&str]| -> i64 { names.iter().map(|name| total[name].as_i64().unwrap()).sum() };
    assert_eq!(sum(&["promised", "spent", "unspent", "state_revenue"]), sum(&["appropriated"]));
    assert_eq!((&year["closed"], &total["spent"]), (&json!(false), &json!(37_333_333)));
}

/// off sale from 2024-12-02 on, 175 of 365 days served, not cured in 30 days.
async fn breached(world: &World, id: &str, listing: &str) {
    let World { staff, provider, .. } = world;
    let orders = "/v1/corrective-orders";
    let new = json!({"agreement": id, "breach": "의무 등록 기간에 판매가 중단되었습니다."});
    staff.operator.post(orders, &new).await.refused(409, "state-forbids");
    world.at("2024-12-02T10:00:00+09:00").await;
    let why = json!({"cause": "personal_data", "reason": "개인정보 신고"});
    staff.operator.post(&format!("/v1/listings/{listing}/suspend"), why).await.expect(200);
    provider.post(orders, &new).await.refused(403, "forbidden");
    let order = staff.operator.post(orders, &new).await.expect(201);
    // The 30th day is New Year's Day.
    assert_eq!(
        (&order["breached_on"], &order["remedy_by"]),
        (&json!("2024-12-02"), &json!("2025-01-02"))
    );
    let recover = format!("{orders}/{}/recover", order.id());
    let decision = json!({"reason": "시정하지 않았습니다."});
    staff.approver.post(&recover, &decision).await.refused(409, "state-forbids");
    marketplace::timers::once(&world.app.app).await;
    let still = provider.get(&format!("{orders}/{}", order.id())).await.expect(200);
    assert_eq!(still["state"], "ordered");

    world.at("2025-01-03T10:00:00+09:00").await;
    staff.operator.post(&recover, &decision).await.refused(403, "forbidden");
    let done = staff.approver.post(&recover, &decision).await.expect(200);
    let days = (&done["served_days"], &done["total_days"], &done["amount"]);
    assert_eq!(
        days,
        (&json!(175), &json!(365), &json!(19_433_790)),
        "ceil(37,333,333 × 190 / 365)"
    );
    assert_eq!(world.state(id).await, "recovery");
    let claim = format!("/v1/claims/{}", done["claim"].as_str().unwrap());
    staff.balanced().await;

    // Edge case 4: the year is over, so it is the state's and does not reopen the budget.
    let proof = "a".repeat(64);
    let repay = |amount: i64| json!({"amount": amount, "proof_sha256": proof});
    let path = format!("{claim}/repay");
    provider.post(&path, repay(19_433_790)).await.refused(403, "forbidden");
    staff.payer.post(&path, repay(19_433_789)).await.refused(409, "evidence-missing");
    let repaid = staff.payer.post(&path, repay(19_433_790)).await.expect(200);
    assert_eq!((&repaid["state"], &repaid["owed_today"]), (&json!("repaid"), &json!(0)));
    let budget = staff.auditor.get("/v1/programmes/P14/budget?fiscal_year=2024").await.expect(200);
    assert_eq!(
        (&budget["available"], &budget["returned"]),
        (&json!(1_212_666_667), &json!(19_433_790))
    );
    assert_eq!(world.account("receivable").await, [0]);
    assert_eq!(world.state(id).await, "closed");
    staff.balanced().await;
}

/// R-042, edge case 1: changes count once the agency has approved them; a successor takes over with
/// the same clock.
#[tokio::test]
async fn r_042_changes_need_approval() {
    let world = World::begin().await;
    let World { staff, provider, processor, rival, .. } = &world;
    let agreement = staff.processing(provider, processor).await;
    let path = format!("/v1/agreements/{}", agreement.id);
    let changes = format!("{path}/changes");
    let dearer =
        json!({"reason": "물가", "plan": plan(60_000_000, 48_000_000, 1_200_000, 10_800_000)});
    let refused = provider.post(&changes, &dearer).await.refused(422, "cost-plan-invalid");
    assert_eq!(
        (refused.rule.as_deref(), &refused.figures["signed"]),
        (Some("R-042"), &json!(40_000_000))
    );
    let longer = json!({"reason": "지연", "extend_months": 1});
    let longer = provider.post(&changes, longer).await.refused(422, "invalid-field");
    assert_eq!(longer.field.as_deref(), Some("extend_months"));

    let smaller =
        json!({"reason": "범위 축소", "plan": plan(45_000_000, 36_000_000, 900_000, 8_100_000)});
    rival.post(&changes, &smaller).await.refused(404, "not-found");
    let asked = provider.post(&changes, &smaller).await.expect(201);
    assert_eq!(world.state(&agreement.id.to_string()).await, "change_pending");
    provider.post(&changes, &smaller).await.refused(409, "state-forbids");
    let approve = format!("/v1/changes/{}/approve", asked.id());
    provider.post(&approve, because("승인")).await.refused(403, "forbidden");
    rival.post(&approve, because("승인")).await.refused(404, "not-found");
    staff.approver.post(&approve, because("승인")).await.expect(200);
    staff.approver.post(&approve, because("승인")).await.refused(409, "state-forbids");
    let now = provider.get(&path).await.expect(200);
    assert_eq!((&now["support"], &now["total"]), (&json!(36_000_000), &json!(45_000_000)));
    let budget = staff.auditor.get("/v1/programmes/P14/budget?fiscal_year=2024").await.expect(200);
    assert_eq!(
        (&budget["available"], &budget["promised"]),
        (&json!(1_214_000_000), &json!(36_000_000))
    );

    staff.papers(rival).await;
    // The processor cannot take over what it processes; another firm can.
    let merge = |to: &Persona| json!({"reason": "합병", "successor": to.org});
    provider.post(&changes, merge(processor)).await.refused(409, "same-group");
    let merged = provider.post(&changes, merge(rival)).await.expect(201).id();
    staff
        .approver
        .post(&format!("/v1/changes/{merged}/approve"), because("승인"))
        .await
        .expect(200);
    provider.get(&path).await.refused(404, "not-found");
    let taken = rival.get(&path).await.expect(200);
    assert_eq!((&taken["recipient"], &taken["support"]), (&json!(rival.org), &json!(36_000_000)));
    assert_eq!(taken["period"], now["period"], "the same clock");
    let trail: Execution = rival.get(&format!("{path}/execution")).await.expect(200).read();
    let states: Vec<&str> = trail.changes.iter().map(|one| one.state.as_str()).collect();
    assert_eq!(states, ["approved", "approved"]);
    staff.balanced().await;
}

/// given up with approval, settled as far as it was done, paid in the next year
/// only by an explicit carry-over; an invoice counts under one agreement.
#[tokio::test]
async fn r_193_a_closed_year_pays_only_what_was_carried_over() {
    let world = World::begin().await;
    let World { staff, provider, processor, rival, .. } = &world;
    let agreement = staff.processing(provider, processor).await;
    let other = staff.processing(rival, processor).await;
    let path = format!("/v1/agreements/{}", agreement.id);
    provider.post(&format!("{path}/abandon"), because("설비 매각")).await.expect(200);
    provider
        .post(&format!("{path}/abandon/approve"), because("승인"))
        .await
        .refused(403, "forbidden");
    staff
        .approver
        .post(&format!("{path}/abandon/approve"), because("정당한 사유"))
        .await
        .expect(200);
    let done = json!({"interest": 0, "statement": "절반까지 했습니다.", "lines": [
        line("government", "가공비", 16_000_000, 1), line("cash", "가공비", 400_000, 1),
        line("in_kind", "인건비", 3_600_000, 0),
    ]});
    let made = provider.post(&format!("{path}/settlement"), &done).await.expect(201).id();

    // the other firm shows the first one's invoice.
    let twin = format!("/v1/agreements/{}", other.id);
    rival.post(&format!("{twin}/abandon"), because("포기")).await.expect(200);
    staff.approver.post(&format!("{twin}/abandon/approve"), because("승인")).await.expect(200);
    let copied = rival.post(&format!("{twin}/settlement"), &done).await;
    assert_eq!(copied.refused(409, "invoice-duplicate").rule.as_deref(), Some("R-200"));
    assert!(world.audited("settlement.invoice_duplicate").await, "R-130: it is suspicious");

    let stands = staff.stands(provider, &made, json!([])).await;
    assert_eq!((&stands["state"], &stands["payable"]), (&json!("payable"), &json!(16_000_000)));
    world.at("2025-01-10T10:00:00+09:00").await;
    let pay = format!("/v1/settlements/{made}/pay");
    let closed = staff.payer.command(&pay).await.refused(409, "year-closed");
    assert_eq!(closed.rule.as_deref(), Some("R-193"));
    let carry = format!("{path}/carry-over");
    provider.post(&carry, because("이월")).await.refused(403, "forbidden");
    let carried = staff.approver.post(&carry, because("2024년 사고이월")).await.expect(201);
    let figures = (&carried["from_year"], &carried["to_year"], &carried["amount"]);
    assert_eq!(figures, (&json!(2024), &json!(2025), &json!(16_000_000)));
    staff.payer.command(&pay).await.expect(200);
    assert_eq!(world.state(&agreement.id.to_string()).await, "closed");
    let year = staff.auditor.get("/v1/statements/years/2024?format=csv").await.expect(200).text();
    assert!(
        year.contains("P14/2024,1250000000,40000000,16000000,16000000,1194000000,0,0"),
        "{year}"
    );
    staff.balanced().await;
}

/// The calendar: overdue, failed, a late settlement, and nothing is paid for work that failed.
#[tokio::test]
async fn periods_end_and_the_timer_catches_up() {
    let world = World::begin().await;
    let World { app, staff, provider, processor, .. } = &world;
    let agreement = staff.processing(provider, processor).await;
    let path = format!("/v1/agreements/{}", agreement.id);
    world.at("2024-10-10T23:59:59+09:00").await;
    marketplace::timers::once(&app.app).await;
    assert_eq!(world.state(&agreement.id.to_string()).await, "active");
    let title = json!({"reason": "제목", "title": "새 제목"});
    provider.post(&format!("{path}/changes"), title).await.expect(201);

    // Everything that was missed in a long downtime is made up for at once, and only once.
    world.at("2024-11-12T00:00:00+09:00").await;
    for _ in 0..2 {
        marketplace::timers::once(&app.app).await;
    }
    let trail: Execution = provider.get(&format!("{path}/execution")).await.expect(200).read();
    assert_eq!((trail.state.as_str(), trail.changes[0].state.as_str()), ("failed", "lapsed"));
    assert_eq!(trail.ended_on.unwrap().to_string(), "2024-11-12");
    let due = provider.get(&format!("{path}/settlement")).await.expect(200);
    assert_eq!((&due["state"], &due["due_on"]), (&json!("due"), &json!("2025-01-13")));

    world.at("2025-01-14T00:00:00+09:00").await;
    marketplace::timers::once(&app.app).await;
    let late = provider.get(&format!("{path}/settlement")).await.expect(200);
    assert_eq!((&late["state"], &late["was_late"]), (&json!("late"), &json!(true)));
    let made = provider.post(&format!("{path}/settlement"), report()).await.expect(201).id();
    let stands = staff.stands(provider, &made, json!([])).await;
    assert_eq!((&stands["state"], &stands["final_support"]), (&json!("final"), &json!(0)));
    assert_eq!(world.state(&agreement.id.to_string()).await, "closed");
    // what was reserved for it is the state's now.
    let budget = staff.auditor.get("/v1/programmes/P14/budget?fiscal_year=2024").await.expect(200);
    assert_eq!(
        (&budget["available"], &budget["returned"]),
        (&json!(1_210_000_000), &json!(40_000_000))
    );
    staff.balanced().await;
}

/// the agency asks, the recipient has 20 days to answer.
#[tokio::test]
async fn r_108_the_agency_asks_for_a_report() {
    let world = World::begin().await;
    let World { staff, provider, processor, rival, .. } = &world;
    let agreement = staff.processing(provider, processor).await;
    let path = format!("/v1/agreements/{}/inspections", agreement.id);
    let question = json!({"question": "원시 데이터의 보관 현황을 알려 주세요."});
    provider.post(&path, &question).await.refused(403, "forbidden");
    rival.post(&path, &question).await.refused(404, "not-found");
    let asked = staff.approver.post(&path, &question).await.expect(201);
    // 20 days after 2024-06-10 is Sunday 06-30.
    assert_eq!((&asked["answer_by"], &asked["late"]), (&json!("2024-07-01"), &json!(false)));
    let answer = format!("/v1/inspections/{}/answer", asked.id());
    let said = json!({"answer": "자사 서버에 보관합니다.", "documents": ["a".repeat(64)]});
    rival.post(&answer, &said).await.refused(404, "not-found");
    processor.post(&answer, &said).await.refused(403, "forbidden");
    world.at("2024-07-02T00:00:00+09:00").await;
    let late = provider.post(&answer, &said).await.expect(200);
    assert_eq!(late["late"], true);
    provider.post(&answer, &said).await.refused(409, "state-forbids");
    let list = staff.auditor.get(&path).await.expect(200);
    assert_eq!(list.json.as_array().unwrap().len(), 1);
}
