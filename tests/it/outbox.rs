//! Events over mail and webhooks.

use schema::api::outbox::{DeliveryState, Event, WebhookDelivery, WebhookSecret, WebhookState};
use schema::page::Page;
use serde_json::json;
use tests::market::{Staff, purchase};
use tests::receiver::Receiver;
use tests::{Persona, TestApp};

struct Post {
    app: TestApp,
    staff: Staff,
    buyer: Persona,
    receiver: Receiver,
    hook: WebhookSecret,
}

impl Post {
    /// A buyer with a webhook for signed agreements, whose receiver answers as told.
    async fn opened(answers: &[u16]) -> Post {
        let app = TestApp::builder().open_webhooks().start();
        let staff = Staff::hired(&app).await;
        staff.appropriate("P15", 250_000_000).await;
        let buyer = app.buyer().await;
        let receiver = Receiver::start(answers);
        let new = json!({"url": receiver.url(), "kinds": ["agreement.active"]});
        let hook: WebhookSecret = buyer.post("/v1/webhooks", new).await.expect(201).read();
        Post { app, staff, buyer, receiver, hook }
    }

    async fn agreed(&self) {
        let body = purchase(&self.buyer, "process_improvement", 10_000_000);
        self.staff.agreed(body, &[&self.buyer]).await;
    }

    async fn delivery(&self) -> WebhookDelivery {
        let path = format!("/v1/webhooks/{}/deliveries", self.hook.webhook.id);
        let page: Page<WebhookDelivery> = self.buyer.get(&path).await.expect(200).read();
        assert_eq!(page.items.len(), 1);
        page.items.into_iter().next().unwrap()
    }
}

#[tokio::test]
async fn a_webhook_fails_twice_then_accepts_and_every_attempt_is_signed() {
    let post = Post::opened(&[500, 302]).await;
    post.agreed().await;
    assert!(post.receiver.got().is_empty(), "nothing is sent inside a request");
    for (wait, state) in
        [(0, DeliveryState::Pending), (5, DeliveryState::Pending), (60, DeliveryState::Delivered)]
    {
        post.app.advance(wait);
        post.app.run_jobs().await;
        // A second look does nothing.
        assert_eq!(post.app.run_jobs().await, 0);
        assert_eq!(post.delivery().await.state, state, "after {wait} s");
    }
    let statuses: Vec<Option<u16>> =
        post.delivery().await.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(500), Some(302), Some(204)]);

    let got = post.receiver.got();
    assert_eq!(got.len(), 3, "a redirect is not followed");
    for one in &got {
        assert_eq!(one.signed_by(&post.hook.secret), 1);
        assert_eq!(one.signed_by("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), 0);
        assert_eq!(one.header("webhook-id"), got[0].header("webhook-id"));
        assert!(one.header("content-type").starts_with("application/cloudevents+json"));
    }
    let stamps: Vec<&str> = got.iter().map(|one| one.header("webhook-timestamp")).collect();
    assert_ne!(stamps[0], stamps[2], "each attempt has its own time");
    let event = got[2].json();
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["type"], "kr.jangteo.agreement.active");
    assert_eq!(event["id"], got[2].header("webhook-id"));
    assert_eq!(event["source"], "/jangteo");
    assert_eq!(event["time"], "2024-06-10T01:00:00Z");
    assert_eq!(event["datacontenttype"], "application/json");
    assert_eq!(event["data"]["figures"]["support"], 10_000_000);
    assert!(event["subject"].as_str().unwrap().starts_with("agr_"));
}

#[tokio::test]
async fn what_is_told_is_mailed_in_both_languages_and_kept() {
    let post = Post::opened(&[]).await;
    post.agreed().await;
    post.app.run_jobs().await;
    let page: Page<Event> = post.buyer.get("/v1/events").await.expect(200).read();
    // The agreement, its report on use, its settlement.
    assert_eq!(page.items.len(), 3);
    assert!(page.items.iter().all(|event| event.orgs == [post.buyer.org]));
    let mail = post.app.mail();
    assert_eq!(mail.len(), 3);
    for text in &mail {
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.is_ascii() && head.contains("Subject: =?utf-8?"), "{head}");
        assert!(head.contains(&post.buyer.email) && head.contains("Message-ID: <evt_"), "{head}");
    }
    let other = post.app.buyer().await;
    let none: Page<Event> = other.get("/v1/events").await.expect(200).read();
    assert!(none.items.is_empty(), "events of others are not told");
    let all: Page<Event> = post.staff.operator.get("/v1/events?limit=2").await.expect(200).read();
    assert_eq!((all.items.len(), all.next.is_some()), (2, true));
}

#[tokio::test]
async fn a_secret_is_changed_without_a_gap() {
    let post = Post::opened(&[]).await;
    let path = format!("/v1/webhooks/{}/rotate", post.hook.webhook.id);
    let first = post.buyer.command(&path).key("rotate").await.expect(200);
    let again = post.buyer.command(&path).key("rotate").await.expect(200);
    assert_eq!(
        (first.json.clone(), again.header("idempotent-replayed")),
        (again.json.clone(), "true")
    );
    let next: WebhookSecret = first.read();
    assert_eq!(next.webhook.generation, 2);
    assert_ne!(next.secret, post.hook.secret);
    post.agreed().await;
    post.app.run_jobs().await;
    let got = post.receiver.got();
    assert_eq!((got[0].signed_by(&post.hook.secret), got[0].signed_by(&next.secret)), (1, 1));

    post.app.advance(24 * 3600);
    post.staff.sign_in().await;
    post.buyer.sign_in().await;
    let other = post.app.buyer().await;
    let new = json!({"url": post.receiver.url()});
    let hook: WebhookSecret = other.post("/v1/webhooks", new).await.expect(201).read();
    assert_eq!(hook.webhook.kinds, []);
    let body = purchase(&other, "process_improvement", 1_000_000);
    post.staff.agreed(body, &[&other]).await;
    post.app.run_jobs().await;
    let got = post.receiver.got();
    assert_eq!(got.len(), 4, "a webhook without kinds gets every event of its organisation");
    assert!(got[1..].iter().all(|one| one.signed_by(&hook.secret) == 1));
    assert!(got[1..].iter().all(|one| one.header("webhook-signature").split(' ').count() == 1));
}

#[tokio::test]
async fn a_delivery_that_is_given_up_can_be_sent_again() {
    let post = Post::opened(&[503; 8]).await;
    post.agreed().await;
    post.app.run_jobs().await;
    for wait in [5, 60, 300, 1_800, 7_200, 18_000, 50_000] {
        post.app.advance(wait - 1);
        assert_eq!(post.app.run_jobs().await, 0, "not before its time");
        post.app.advance(1);
        assert_eq!(post.app.run_jobs().await, 1);
    }
    post.buyer.sign_in().await;
    let dead = post.delivery().await;
    assert_eq!((dead.state, dead.attempts.len()), (DeliveryState::Dead, 8));
    let path = format!("/v1/webhook-deliveries/{}/redeliver", dead.id);
    post.app.buyer().await.command(&path).await.refused(404, "not-found");
    post.buyer.command(&path).await.expect(200);
    post.buyer.command(&path).await.refused(409, "state-forbids");
    post.app.run_jobs().await;
    let sent = post.delivery().await;
    assert_eq!((sent.state, sent.attempts.len()), (DeliveryState::Delivered, 9));
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_not_called_again() {
    let post = Post::opened(&[410]).await;
    post.agreed().await;
    post.app.run_jobs().await;
    assert_eq!(post.delivery().await.state, DeliveryState::Cancelled);
    let path = format!("/v1/webhooks/{}", post.hook.webhook.id);
    assert_eq!(post.buyer.get(&path).await.expect(200)["state"], "disabled");
    post.buyer.command(&format!("{path}/disable")).await.refused(409, "state-forbids");
    let enabled = post.buyer.command(&format!("{path}/enable")).await.expect(200);
    assert_eq!(enabled["state"], WebhookState::Active.as_str());
    // What was under way to a webhook that is stopped is given up.
    post.buyer.command(&format!("{path}/disable")).await.expect(200);
}

#[tokio::test]
async fn webhooks_call_nobody_inside() {
    let app = TestApp::start();
    let (buyer, operator) = (app.buyer().await, app.operator().await);
    for url in [
        "http://hooks.example.kr/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://a:b@hooks.example.kr/",
        "x",
    ] {
        let refused = buyer.post("/v1/webhooks", json!({"url": url})).await;
        assert_eq!(refused.refused(422, "invalid-field").field.as_deref(), Some("url"), "{url}");
    }
    let made = buyer.post("/v1/webhooks", json!({"url": "https://hooks.example.kr/x"})).await;
    let hook: WebhookSecret = made.expect(201).read();
    let path = format!("/v1/webhooks/{}", hook.webhook.id);
    app.buyer().await.get(&path).await.refused(404, "not-found");
    let seen = operator.get(&path).await.expect(200);
    assert!(!seen.text().contains("whsec_"), "a secret is shown to nobody later");
    operator.command(&format!("{path}/rotate")).await.refused(403, "forbidden");
    for _ in 1..20 {
        buyer.post("/v1/webhooks", json!({"url": "https://hooks.example.kr/x"})).await.expect(201);
    }
    let more = buyer.post("/v1/webhooks", json!({"url": "https://hooks.example.kr/x"})).await;
    assert_eq!(more.refused(409, "state-forbids").figures["max"], 20);
    let unknown = json!({"url": "https://hooks.example.kr/x", "kinds": ["nothing.happens"]});
    buyer.post("/v1/webhooks", unknown).await.refused(422, "invalid-field");
}
