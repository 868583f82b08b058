//! The pool over its year, who fits a piece of work, milestones and time sheets.

use marketplace::timers;
use schema::api::outbox::Event;
use schema::api::work::{Matches, Milestones, TimeSheet};
use schema::page::Page;
use serde_json::{Value, json};
use tests::files::{ingested, press_csv, sha256};
use tests::market::Staff;
use tests::{Api, Persona, TestApp, workshop};

async fn told(who: &Api, kind: &str) -> usize {
    let page: Page<Event> = who.get("/v1/events?limit=200").await.expect(200).read();
    page.items.iter().filter(|event| event.kind.as_str() == kind).count()
}

#[tokio::test]
async fn r_070_a_registration_is_renewed_or_ends_with_its_year() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let (keen, idle) = (app.processor().await, app.processor().await);
    let old = workshop::member(&staff, &keen).await;
    let other = workshop::member(&staff, &idle).await;
    let again = workshop::application(3, "가공 15건");
    keen.post("/v1/pool", &again).await.refused(409, "pool-member-exists");

    app.set_text("2024-12-02T09:00:00+09:00");
    for _ in 0..2 {
        timers::once(&app.app).await;
    }
    app.run_jobs().await;
    for person in [&keen, &idle, &staff.operator] {
        person.sign_in().await;
    }
    assert_eq!(
        (told(&keen, "obligation.reminder").await, told(&idle, "obligation.reminder").await),
        (1, 1)
    );
    let renewal = keen.post("/v1/pool", &again).await.expect(201);
    assert_eq!(renewal["programme_year"], 2025);
    workshop::register(&staff, &renewal.id()).await;
    let renewed = keen.get(&format!("/v1/pool/{}", renewal.id())).await.expect(200);
    assert_eq!(
        (&renewed["state"], &renewed["valid_until"]),
        (&json!("active"), &json!("2025-12-31"))
    );
    let before = keen.get(&format!("/v1/pool/{old}")).await.expect(200);
    assert_eq!(before["state"], "expired", "the renewal took its place");

    app.set_text("2025-01-01T00:00:00+09:00");
    for _ in 0..2 {
        timers::once(&app.app).await;
    }
    app.run_jobs().await;
    for person in [&keen, &idle, &staff.operator] {
        person.sign_in().await;
    }
    assert_eq!((told(&keen, "pool.expired").await, told(&idle, "pool.expired").await), (0, 1));
    let ended = idle.get(&format!("/v1/pool/{other}")).await.expect(200);
    assert_eq!(ended["state"], "expired");
    let owed = idle.get("/v1/obligations?state=open").await.expect(200);
    assert!(owed["items"].as_array().unwrap().is_empty());
    idle.post("/v1/pool", workshop::application(2, "가공 3건")).await.expect(201);
}

struct Shop {
    app: TestApp,
    staff: Staff,
    owner: Persona,
    processor: Persona,
    path: String,
    agreement: schema::api::programme::Agreement,
    raw: schema::api::catalog::Version,
    member: String,
}

impl Shop {
    async fn begun() -> Shop {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        staff.appropriate("P14", 1_250_000_000).await;
        let (owner, processor) = (app.provider().await, app.processor().await);
        let member = workshop::member(&staff, &processor).await;
        let agreement = workshop::agreement(&staff, &owner, &processor).await;
        let raw = ingested(&app, &owner, "press.csv", press_csv(600, ',')).await;
        let path = workshop::begun(&owner, &processor, &raw, &member, &agreement).await;
        Shop { app, staff, owner, processor, path, agreement, raw, member }
    }
}

#[tokio::test]
async fn r_072_the_list_of_members_explains_itself_and_the_owner_chooses() {
    let shop = Shop::begun().await;
    let (app, staff, owner) = (&shop.app, &shop.staff, &shop.owner);
    // One without experience, one of the owner's own group, one that is full.
    let novice = app.processor().await;
    let applied =
        novice.post("/v1/pool", workshop::application(1, "용접 데이터")).await.expect(201);
    workshop::register(staff, &applied.id()).await;
    let kin = app.processor().await;
    workshop::member(staff, &kin).await;
    let me: schema::api::parties::Membership = kin.get("/v1/me").await.expect(200).read();
    let tie = json!({"business_no": me.organisation.business_no, "note": "모회사"});
    owner.post("/v1/affiliations", tie).await.expect(201);
    workshop::approved(app, staff, owner, &shop.processor, &shop.path).await;

    let path =
        format!("/v1/pool-matches?version={}&words=%ED%94%84%EB%A0%88%EC%8A%A4", shop.raw.id);
    let list: Matches = owner.get(&path).await.expect(200).read();
    let order: Vec<(String, bool)> =
        list.items.iter().map(|one| (one.org.to_string(), one.fits)).collect();
    let expected = [
        (shop.processor.org.to_string(), true),
        (novice.org.to_string(), true),
        (kin.org.to_string(), false),
    ];
    assert_eq!(order, expected);
    assert!(list.items[0].points > list.items[1].points);
    for one in &list.items {
        let codes: Vec<&str> = one.reasons.iter().map(|reason| reason.code.as_str()).collect();
        assert!(
            ["experience", "capacity", "quality", "clean"].iter().all(|code| codes.contains(code))
        );
        assert!(
            one.reasons
                .iter()
                .all(|reason| tests::api::is_hangul(reason.text.ko.chars().last().unwrap_or('가'))
                    || reason.text.ko.ends_with('.'))
        );
    }
    assert!(list.items[2].reasons.iter().any(|reason| reason.rule.as_deref() == Some("R-074")));
    // What the list says holds: the kin may not be asked.
    let kin_member = list.items[2].member;
    let new = json!({"version": shop.raw.id, "processor": kin_member, "request": "정리"});
    owner.post("/v1/processings", new).await.refused(409, "same-group");
    app.provider().await.get(&path).await.refused(404, "not-found");
    app.buyer().await.get(&path).await.refused(403, "forbidden");
}

#[tokio::test]
async fn edge_case_7_a_barred_processor_stops_and_accepted_milestones_stay() {
    let shop = Shop::begun().await;
    let (owner, processor, staff) = (&shop.owner, &shop.processor, &shop.staff);
    let plan = format!("{}/milestones", shop.path);
    let mut ids = Vec::new();
    for (title, day) in [("전처리", "2024-07-10"), ("모델", "2024-08-10")] {
        let new = json!({"title": title, "planned_on": day});
        processor.post(&plan, &new).await.refused(403, "forbidden");
        ids.push(owner.post(&plan, new).await.expect(201).id());
    }
    let done = json!({"sha256": sha256(b"report"), "note": "중복과 결측을 정리한 보고서"});
    let first = format!("/v1/milestones/{}", ids[0]);
    owner.command(&format!("{first}/accept")).await.refused(409, "state-forbids");
    owner.post(&format!("{first}/done"), &done).await.refused(403, "forbidden");
    let bad = json!({"sha256": "x", "note": "x"});
    processor.post(&format!("{first}/done"), bad).await.refused(422, "invalid-field");
    processor.post(&format!("{first}/done"), &done).await.expect(200);
    processor.command(&format!("{first}/accept")).await.refused(403, "forbidden");
    owner.command(&format!("{first}/accept")).await.expect(200);
    processor.post(&format!("{first}/done"), &done).await.refused(409, "state-forbids");

    let member = format!("/v1/pool/{}", shop.member);
    let why = json!({"reason": "허위 실적"});
    staff.operator.post(&format!("{member}/suspend"), &why).await.expect(200);
    shop.app.run_jobs().await;
    // the processor and the owner whose job it has are told.
    assert_eq!(
        (told(owner, "pool.suspended").await, told(processor, "pool.suspended").await),
        (1, 1)
    );
    processor.get(&format!("{}/source", shop.path)).await.refused(409, "processor-not-active");
    staff.operator.post(&format!("{member}/remove"), &why).await.expect(200);
    staff.approver.post(&format!("{}/replace", shop.path), &why).await.expect(200);
    let list: Milestones = owner.get(&plan).await.expect(200).read();
    let states: Vec<&str> = list.items.iter().map(|one| one.state.as_str()).collect();
    assert_eq!(states, ["accepted", "planned"]);
    // what it had read is to be deleted.
    let owed = processor.get("/v1/obligations?kind=deletion_certificate").await.expect(200);
    assert_eq!(owed["items"][0]["state"], "open");
    assert_eq!(owed["items"][0]["blocks_payment"], true);
    processor
        .post(&format!("/v1/milestones/{}/done", ids[1]), &done)
        .await
        .refused(404, "not-found");
}

fn line(person: &str, day: &str, minutes: u32, hourly: i64) -> Value {
    json!({
        "person": person, "worked_on": day, "minutes": minutes, "hourly": hourly,
        "what": "공정 데이터 정리", "evidence_sha256": sha256(b"sheet"),
    })
}

#[tokio::test]
async fn r_055_time_sheets_count_up_to_the_plan() {
    let shop = Shop::begun().await;
    let path = format!("/v1/agreements/{}/time-entries", shop.agreement.id);
    let (owner, processor) = (&shop.owner, &shop.processor);
    let enter = |body: Value| owner.post(&path, body);
    enter(line("김대리", "2024-06-10", 480, 30_001)).await.expect(201);
    for (body, field) in [
        (line("김대리", "2024-06-09", 60, 30_000), "worked_on"),
        (line("김대리", "2024-06-11", 60, 30_000), "worked_on"),
        (line("김대리", "2024-06-10", 961, 30_000), "minutes"),
        (line("김대리", "2024-06-10", 0, 30_000), "minutes"),
        (line("", "2024-06-10", 1, 30_000), "person"),
    ] {
        let refused = enter(body).await.refused(422, "invalid-field");
        assert_eq!(refused.field.as_deref(), Some(field));
    }
    enter(line("박과장", "2024-06-10", 1_440, 9_000_000)).await.expect(201);
    processor.post(&path, line("남", "2024-06-10", 1, 1)).await.refused(403, "forbidden");
    shop.app
        .provider()
        .await
        .post(&path, line("남", "2024-06-10", 1, 1))
        .await
        .refused(404, "not-found");
    let sheet: TimeSheet = shop.staff.auditor.get(&path).await.expect(200).read();
    assert_eq!((sheet.items.len(), sheet.minutes), (2, 1_920));
    assert_eq!(sheet.items[0].amount.get(), 240_008);
    assert_eq!(sheet.amount.get(), 240_008 + 216_000_000);
    assert_eq!((sheet.planned.get(), sheet.counted.get()), (9_000_000, 9_000_000));
}
