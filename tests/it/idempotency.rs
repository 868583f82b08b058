//! A command sent twice is done once.

use futures::future::join_all;
use serde_json::{Value, json};
use tests::{Api, TestApp};

async fn datasets(owner: &Api) -> usize {
    let page = owner.get("/v1/datasets?limit=200").await.expect(200);
    page["items"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_once() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let body = json!({"title": "프레스"});
    let first = owner.post("/v1/datasets", &body).key("one").await.expect(201);
    assert_eq!(first.header("idempotent-replayed"), "");
    app.advance(300);
    let second = owner.post("/v1/datasets", &body).key("one").await.expect(201);
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!(second.json, first.json);
    assert_eq!(second.header("location"), first.header("location"));
    assert_eq!(datasets(&owner).await, 1);

    let third = owner.post("/v1/datasets", &body).key("two").await.expect(201);
    assert_ne!(third.id(), first.id());
    for _ in 0..2 {
        owner.post("/v1/datasets", &body).without_key().await.expect(201);
    }
    assert_eq!(datasets(&owner).await, 4);
}

#[tokio::test]
async fn a_key_is_bound_to_its_body_its_address_and_its_person() {
    let app = TestApp::start();
    let (owner, other) = (app.provider().await, app.provider().await);
    let made = owner.post("/v1/datasets", json!({"title": "프레스"})).key("k").await.expect(201);
    let changed = json!({"title": "사출"});
    let problem = owner.post("/v1/datasets", &changed).key("k").await;
    assert!(problem.refused(422, "idempotency-key-reused").cure.is_some());
    let path = format!("/v1/datasets/{}/versions", made.id());
    let version = json!({"file_name": "a.csv"});
    owner.post(&path, &version).key("k").await.refused(422, "idempotency-key-reused");
    // Somebody else's key of the same name is another key.
    let theirs = other.post("/v1/datasets", &changed).key("k").await.expect(201);
    assert_ne!(theirs.id(), made.id());
    assert_eq!(datasets(&owner).await, 1);
}

#[tokio::test]
async fn sixteen_requests_with_one_key_make_one_object() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let body = json!({"title": "프레스"});
    let answers = join_all(
        (0..16).map(|_| async { owner.post("/v1/datasets", &body).key("race").await.expect(201) }),
    )
    .await;
    let ids: std::collections::BTreeSet<String> = answers.iter().map(tests::Answer::id).collect();
    assert_eq!(ids.len(), 1);
    let fresh = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_empty());
    assert_eq!(fresh.count(), 1);
    assert_eq!(datasets(&owner).await, 1);
}

#[tokio::test]
async fn finalising_twice_with_one_key_queues_one_job() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let path = tests::files::open_version(&owner, "a.csv").await;
    owner.put(&format!("{path}/content"), "a,b\n1,2\n").await.expect(200);
    let finalise = format!("{path}/finalise");
    let first = owner.command(&finalise).key("k").await.expect(202);
    app.run_jobs().await;
    let second = owner.command(&finalise).key("k").await.expect(202);
    assert_eq!(first["job"], second["job"]);
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!(app.run_jobs().await, 0);
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let path = tests::files::open_version(&owner, "a.csv").await;
    let finalise = format!("{path}/finalise");
    owner.command(&finalise).key("k").await.refused(409, "state-forbids");
    owner.put(&format!("{path}/content"), "a,b\n1,2\n").await.expect(200);
    owner.command(&finalise).key("k").await.expect(202);
    app.run_jobs().await;
}

#[tokio::test]
async fn keys_are_printable_and_short() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let body = json!({"title": "프레스"});
    for bad in ["", "two words", &"x".repeat(129)] {
        owner.post("/v1/datasets", &body).key(bad).await.refused(400, "malformed-request");
    }
    owner.post("/v1/datasets", &body).key(&"x".repeat(128)).await.expect(201);
}

#[tokio::test]
async fn keys_are_forgotten_after_thirty_days() {
    let app = TestApp::start();
    let owner = app.provider().await;
    let body = json!({"title": "프레스"});
    let first = owner.post("/v1/datasets", &body).key("k").await.expect(201);
    for (days, same) in [(30, true), (1, false)] {
        app.advance(days * 24 * 3600);
        marketplace::timers::once(&app.app).await;
        owner.sign_in().await;
        let again = owner.post("/v1/datasets", &body).key("k").await.expect(201);
        assert_eq!(again.id() == first.id(), same, "after {days} days more");
        assert_eq!(again.json.get("versions"), None::<&Value>);
    }
}
