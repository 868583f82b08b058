//! Evidence papers over HTTP: what is said of them, who sees them, who says that they are in order.

use reqwest::Method;
use schema::api::documents::Document;
use schema::api::parties::Role;
use schema::papers::PaperKind;
use serde_json::json;
use tests::TestApp;
use tests::files::sha256;
use tests::market::Staff;
use tests::papers::{FAR, send};

#[tokio::test]
async fn a_paper_is_kept_by_its_digest_and_read_back() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let (owner, other) = (app.buyer().await, app.buyer().await);
    let path = "/v1/documents?kind=TAX_NATIONAL&file_name=%EA%B5%AD%EC%84%B8.pdf\
                &issuer=%EA%B5%AD%EC%84%B8%EC%B2%AD&issued_on=2024-06-01&expires_on=2024-06-30";
    let bytes = "납세증명서";
    let post = |key: &str, bytes: &'static str| {
        owner.call(Method::POST, path).key(key).bytes("application/pdf", bytes)
    };
    let made: Document = post("one", bytes).await.expect(201).read();
    assert_eq!((made.sha256.as_str(), made.bytes), (sha256(bytes.as_bytes()).as_str(), 15));
    assert_eq!((made.file_name.as_str(), made.state.as_str()), ("국세.pdf", "received"));
    assert_eq!(made.issuer.as_deref(), Some("국세청"));
    // Twice is once; another body under the same key is refused.
    let again = post("one", bytes).await.expect(201);
    assert_eq!((again.id(), again.header("idempotent-replayed")), (made.id.to_string(), "true"));
    post("one", "다른 내용").await.refused(422, "idempotency-key-reused");

    let content = owner.get(&format!("/v1/documents/{}/content", made.id)).await.expect(200);
    assert_eq!(content.text(), bytes);
    assert_eq!(content.header("x-content-type-options"), "nosniff");
    assert!(content.header("content-disposition").starts_with("attachment"));
    for path in [format!("/v1/documents/{}", made.id), format!("/v1/documents/{}/content", made.id)]
    {
        other.get(&path).await.refused(404, "not-found");
        for reader in [&staff.operator, &staff.approver, &staff.auditor] {
            reader.get(&path).await.expect(200);
        }
    }
    let listed = other.get("/v1/documents").await.expect(200);
    assert_eq!(listed["items"], json!([]));
    let of = format!("/v1/documents?org={}&kind=TAX_NATIONAL", owner.org);
    assert_eq!(staff.operator.get(&of).await.expect(200)["items"][0]["id"], json!(made.id));
    other.get(&of).await.refused(403, "forbidden");
}

#[tokio::test]
async fn what_is_wrong_with_a_paper_is_told_before_it_is_kept() {
    let app = TestApp::start();
    let owner = app.buyer().await;
    let other = app.buyer().await;
    for (query, status, code, field) in [
        ("kind=TAX_LOCAL&file_name=a.pdf", 422, "invalid-field", Some("expires_on")),
        ("kind=BIZ_REG&file_name=..%2Fa", 422, "file-name-invalid", Some("file_name")),
        ("kind=BIZ_REG&file_name=a&size_class=sme", 422, "invalid-field", Some("size_class")),
        (
            "kind=SIZE_CERT&file_name=a&expires_on=2025-01-01",
            422,
            "invalid-field",
            Some("size_class"),
        ),
        ("kind=BIZ_REG&file_name=a&issued_on=2024-06-11", 422, "invalid-field", Some("issued_on")),
        ("kind=NOTHING&file_name=a", 400, "malformed-request", None),
        ("kind=BIZ_REG", 400, "malformed-request", None),
        ("kind=BIZ_REG&file_name=a&more=1", 400, "malformed-request", None),
    ] {
        let call = owner.call(Method::POST, &format!("/v1/documents?{query}"));
        let refused = call.bytes("application/pdf", "x").await.refused(status, code);
        assert_eq!(refused.field.as_deref(), field, "{query}");
    }
    let good = "/v1/documents?kind=BIZ_REG&file_name=a.pdf";
    let call = owner.call(Method::POST, good).bytes("application/pdf", "");
    call.await.refused(422, "upload-empty");
    let wrong = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    let call = owner.call(Method::POST, good).header("content-digest", wrong);
    call.bytes("application/pdf", "x").await.refused(422, "digest-mismatch");
    let for_other = format!("{good}&org={}", other.org);
    let call = owner.call(Method::POST, &for_other).bytes("application/pdf", "x");
    call.await.refused(403, "forbidden");
    assert!(app.objects().is_empty(), "nothing was kept");
}

#[tokio::test]
async fn papers_are_verified_by_an_operator_once_and_with_reasons() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let owner = app.buyer().await;
    let paper = send(&owner, PaperKind::BizReg, "").await;
    let path = format!("/v1/documents/{}/verify", paper.id);
    let word = |verdict: &str| json!({"verdict": verdict});
    for who in [&owner, &staff.approver, &staff.auditor] {
        who.post(&path, word("verified")).await.refused(403, "forbidden");
    }
    let silent = staff.operator.post(&path, word("rejected")).await;
    assert_eq!(silent.refused(422, "invalid-field").field.as_deref(), Some("reason"));
    let refused = json!({"verdict": "rejected", "reason": "흐려서 읽을 수 없음"});
    let done = staff.operator.post(&path, refused).await.expect(200);
    assert_eq!(
        (&done["state"], &done["reason"]),
        (&json!("rejected"), &json!("흐려서 읽을 수 없음"))
    );
    staff.operator.post(&path, word("verified")).await.refused(409, "state-forbids");
    // an exception is a decision of a person, who says why.
    let exception = send(&owner, PaperKind::ExceptionDoc, "").await;
    let path = format!("/v1/documents/{}/verify", exception.id);
    let silent = staff.operator.post(&path, word("verified")).await.refused(422, "invalid-field");
    assert_eq!(silent.rule.as_deref(), Some("R-006"));
    // Nobody verifies what they have sent themselves, even for others.
    let more = format!("/v1/documents?kind=BIZ_REG&file_name=a.pdf&org={}", owner.org);
    let call = staff.operator.call(Method::POST, &more).bytes("application/pdf", "x");
    let path = format!("/v1/documents/{}/verify", call.await.expect(201).id());
    staff.operator.post(&path, word("verified")).await.refused(409, "duties-separated");
}

#[tokio::test]
async fn r_013_an_evaluator_sees_no_bank_papers() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let evaluator = app.staff(&staff.operator, Role::Evaluator).await;
    let owner = app.buyer().await;
    let paper = |kind| send(&owner, kind, "");
    let (bank, plan) = (paper(PaperKind::BankAccount).await, paper(PaperKind::BusinessPlan).await);
    for id in [bank.id, plan.id] {
        evaluator.get(&format!("/v1/documents/{id}")).await.refused(404, "not-found");
        evaluator.get(&format!("/v1/documents/{id}/content")).await.refused(404, "not-found");
    }
    evaluator.get("/v1/documents").await.refused(403, "forbidden");
    // What the evaluation of an application may show.
    let shown = |id| {
        app.app.store.read_now(move |db| marketplace::documents::service::for_evaluator_in(db, id))
    };
    assert!(shown(bank.id).is_err());
    assert_eq!(shown(plan.id).unwrap().0.id, plan.id);
}

#[tokio::test]
async fn a_paper_belongs_to_one_object() {
    use marketplace::documents::service::{about_in, bind_in, find_in, require_in};
    let app = TestApp::start();
    let owner = app.buyer().await;
    let org = owner.org;
    let paper = send(&owner, PaperKind::TaxLocal, "&expires_on=2024-06-10").await;
    let id = paper.id;
    let (one, two) = ("agr_01j00000000000000000000000", "agr_01j00000000000000000000001");
    let bind = |object: &'static str| app.app.store.write(move |db| bind_in(db, id, object));
    bind(one).await.unwrap();
    bind(one).await.unwrap();
    assert!(bind(two).await.is_err());
    let read = app.app.store.read_now(move |db| find_in(db, id)).unwrap();
    assert_eq!(read.subject.as_deref(), Some(one));
    assert_eq!(app.app.store.read_now(move |db| about_in(db, one, 10)).unwrap().len(), 1);
    let need = |kind, on: &str| {
        let on = on.parse().unwrap();
        app.app.store.read_now(move |db| require_in(db, org, kind, on))
    };
    assert!(need(PaperKind::TaxLocal, "2024-06-10").is_ok());
    for (kind, on, code) in [
        (PaperKind::TaxLocal, "2024-06-11", "tax-cert-expired"),
        (PaperKind::TaxNational, "2024-06-10", "document-missing"),
    ] {
        let refused = need(kind, on).unwrap_err().to_refusal();
        assert_eq!(refused.code.slug(), code, "{kind}");
        assert!(refused.cure.is_some());
    }
    assert!(FAR > "2100");
}
