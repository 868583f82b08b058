//! Eligibility over HTTP: what is seen, what the rules say of it, and what is kept.

use marketplace::parties::bans::{self, NewBan};
use marketplace::parties::{eligibility, service};
use reqwest::Method;
use schema::api::eligibility::Snapshot;
use schema::api::parties::Role;
use schema::money::Won;
use schema::notice::{ScreenOutcome, SizeClass};
use schema::papers::{PaperKind, Stage};
use serde_json::json;
use tests::market::{Staff, purchase};
use tests::papers::{FAR, send};
use tests::{Persona, TestApp};

/// What a firm is told about a programme at a stage.
async fn ask(who: &Persona, programme: &str, stage: &str) -> Snapshot {
    let path = format!("/v1/programmes/{programme}/eligibility");
    who.post(&path, json!({"stage": stage})).await.expect(201).read()
}

fn codes(snapshot: &Snapshot, outcome: ScreenOutcome) -> Vec<(String, String)> {
    let found = snapshot.findings.iter().filter(|finding| finding.outcome == outcome);
    found.map(|finding| (finding.rule.clone(), finding.code.clone())).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(rule, code)| ((*rule).to_owned(), (*code).to_owned())).collect()
}

#[tokio::test]
async fn every_finding_is_told_kept_and_seen_by_its_owner_and_the_staff() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let (firm, other) = (app.buyer().await, app.buyer().await);
    let first = ask(&firm, "P15", "agreement").await;
    assert_eq!(first.outcome, ScreenOutcome::Refuse);
    let missing = "document-missing";
    let expected = pairs(&[("R-004", missing), ("R-004", missing), ("R-010", missing)]);
    assert_eq!(codes(&first, ScreenOutcome::Refuse), expected);
    assert!(
        first
            .findings
            .iter()
            .filter(|f| f.outcome == ScreenOutcome::Refuse)
            .all(|f| { f.supplement && f.cure.is_some() })
    );
    staff.papers(&firm).await;
    let then = ask(&firm, "P15", "agreement").await;
    assert_eq!(then.outcome, ScreenOutcome::Pass, "{:?}", then.findings);
    assert_eq!((then.notice_version.as_str(), then.notice_sha256.len()), ("2024-draft-1", 64));
    let catalogue = firm.get("/v1/programmes").await.expect(200);
    assert_eq!(catalogue["notice"]["sha256"], json!(then.notice_sha256));

    let path = format!("/v1/eligibility/{}", then.id);
    let kept: Snapshot = firm.get(&path).await.expect(200).read();
    assert_eq!(kept, then);
    other.get(&path).await.refused(404, "not-found");
    staff.auditor.get(&path).await.expect(200);
    let list = staff.operator.get(&format!("/v1/eligibility?org={}", firm.org)).await.expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(other.get("/v1/eligibility").await.expect(200)["items"], json!([]));
    // Staff ask for any firm, firms for their own only.
    let of_firm = json!({"org": firm.org, "stage": "payment"});
    staff.operator.post("/v1/programmes/P15/eligibility", &of_firm).await.expect(201);
    other.post("/v1/programmes/P15/eligibility", &of_firm).await.refused(404, "not-found");
}

#[tokio::test]
async fn all_sixteen_programmes_answer() {
    let app = TestApp::start();
    let firm = app.buyer().await;
    let catalogue = firm.get("/v1/programmes").await.expect(200);
    let programmes = catalogue["programmes"].as_array().unwrap().clone();
    assert_eq!(programmes.len(), 16);
    for programme in programmes {
        let code = programme["code"].as_str().unwrap();
        let seen = ask(&firm, code, "application").await;
        assert_eq!(seen.programme.to_string(), code);
        assert!(seen.findings.len() > 8, "{code}: {:?}", seen.findings);
        assert_ne!(seen.outcome, ScreenOutcome::Pass, "{code}: no paper was filed");
    }
    firm.post("/v1/programmes/P99/eligibility", json!({})).await.refused(404, "not-found");
    firm.post("/v1/programmes/x/eligibility", json!({})).await.refused(400, "malformed-request");
}

#[tokio::test]
async fn r_003_r_005_what_an_operator_records_of_a_firm_stops_its_agreement() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let firm = app.buyer().await;
    let path = format!("/v1/organisations/{}/status", firm.org);
    let closed = json!({"status": "closed", "reason": "국세청 휴폐업 조회"});
    firm.post(&path, &closed).await.refused(403, "forbidden");
    staff.approver.post(&path, &closed).await.refused(403, "forbidden");
    let body = purchase(&firm, "process_improvement", 1_000_000);
    let drafted = staff.drafted(body.clone(), &[&firm]).await;
    staff.operator.post(&path, &closed).await.expect(200);
    // Between the signatures the firm has closed.
    let signed = tests::market::sign_agreement(&staff.approver, &drafted).await;
    let refused = signed.refused(409, "business-not-operating");
    assert_eq!(refused.rule.as_deref(), Some("R-003"));
    let drafts = |body| staff.approver.post("/v1/agreements", body);
    drafts(body.clone()).await.refused(409, "business-not-operating");
    let insolvent = json!({"status": "operating", "insolvency": true, "reason": "회생 신청"});
    staff.operator.post(&path, insolvent).await.expect(200);
    let refused = drafts(body.clone()).await.refused(409, "insolvency-bars");
    assert_eq!(refused.rule.as_deref(), Some("R-005"));
    assert!(refused.cure.is_some());
    // the exception is sent, and counts when a reviewer has accepted it.
    let exception = send(&firm, PaperKind::ExceptionDoc, "").await;
    drafts(body.clone()).await.refused(409, "evidence-missing");
    staff.verify(&exception).await;
    drafts(body).await.expect(201);
}

#[tokio::test]
async fn r_004_a_certificate_that_expired_the_day_before_does_not_count() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let firm = app.buyer().await;
    staff.papers(&firm).await;
    staff.filed(&firm, PaperKind::TaxNational, "&expires_on=2024-06-09").await;
    let seen = ask(&firm, "P15", "selection").await;
    assert_eq!(codes(&seen, ScreenOutcome::Refuse), pairs(&[("R-004", "tax-cert-expired")]));
    let body = purchase(&firm, "process_improvement", 1_000_000);
    let refused =
        staff.approver.post("/v1/agreements", body).await.refused(409, "tax-cert-expired");
    assert_eq!(refused.rule.as_deref(), Some("R-004"));
    staff.filed(&firm, PaperKind::TaxNational, "&expires_on=2024-06-10").await;
    assert_eq!(ask(&firm, "P15", "selection").await.outcome, ScreenOutcome::Pass);
    // Sent, but nobody has looked at it: good enough to apply, not to be selected.
    send(&firm, PaperKind::TaxLocal, &format!("&expires_on={FAR}")).await;
    let seen = ask(&firm, "P15", "selection").await;
    assert_eq!(codes(&seen, ScreenOutcome::Review), pairs(&[("R-004", "evidence-missing")]));
}

#[tokio::test]
async fn r_010_the_class_is_that_of_the_certificate() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let firm = app.buyer().await;
    staff.papers(&firm).await;
    let more = format!("&expires_on={FAR}&size_class=large");
    staff.filed(&firm, PaperKind::SizeCert, &more).await;
    let seen = ask(&firm, "P15", "agreement").await;
    assert_eq!(seen.standing.class, SizeClass::Large);
    assert_eq!(codes(&seen, ScreenOutcome::Refuse), pairs(&[("R-001", "class-not-eligible")]));
    // Edge case 2: grown before the agreement is signed, so it is not signable.
    let body = purchase(&firm, "process_improvement", 1_000_000);
    staff.approver.post("/v1/agreements", body).await.refused(409, "class-not-eligible");
}

#[tokio::test]
async fn r_007_r_135_a_bar_is_recognised_by_any_number_or_person() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let mut form = app.sign_up_form(&[Role::Buyer], SizeClass::Sme);
    form.organisation.corporate_no = Some("130111-0006246".parse().unwrap());
    form.organisation.representative = "김철수".to_owned();
    let barred = app.join(&form).await;
    let mut branch_form = app.sign_up_form(&[Role::Buyer], SizeClass::Sme);
    branch_form.organisation.corporate_no = Some("130111-0006246".parse().unwrap());
    let branch = app.join(&branch_form).await;
    let mut namesake_form = app.sign_up_form(&[Role::Buyer], SizeClass::Sme);
    namesake_form.organisation.representative = "이영희, 김 철수".to_owned();
    let namesake = app.join(&namesake_form).await;
    let stranger = app.buyer().await;
    for firm in [&barred, &branch, &namesake, &stranger] {
        staff.papers(firm).await;
    }
    let (ban, audit, now) = (app.app.clock.fresh(), app.app.clock.fresh(), app.now());
    let who = marketplace::auth::Principal {
        user: staff.operator.user,
        org: staff.operator.org,
        session: app.app.clock.fresh(),
        roles: vec![Role::Operator],
    };
    let (by, org) = (who.clone(), barred.org);
    let imposed = app.app.store.write(move |db| {
        let org = service::organisation_in(db, org)?;
        let new = NewBan {
            id: ban,
            audit,
            org: &org,
            ground: "fraud",
            starts_on: "2024-06-11".parse().unwrap(),
            ends_on: Some("2024-06-20".parse().unwrap()),
            unpaid_recovery: Won::new(5_000).unwrap(),
            source: "test",
        };
        bans::impose_in(db, &by, &new, now)
    });
    imposed.await.unwrap();
    let refused = pairs(&[("R-007", "participation-banned")]);
    // from its first day.
    assert_eq!(ask(&barred, "P15", "agreement").await.outcome, ScreenOutcome::Pass);
    for day in ["2024-06-11T00:00:00+09:00", "2024-06-20T23:59:00+09:00"] {
        app.set_text(day);
        for firm in [&barred, &branch, &namesake] {
            firm.sign_in().await;
            let seen = ask(firm, "P15", "agreement").await;
            assert_eq!(codes(&seen, ScreenOutcome::Refuse), refused, "{day}");
        }
        stranger.sign_in().await;
        assert_eq!(ask(&stranger, "P15", "agreement").await.outcome, ScreenOutcome::Pass);
    }
    // A namesake is cleared by a reviewer, on a paper about that bar.
    staff.operator.sign_in().await;
    staff.filed(&namesake, PaperKind::ExceptionDoc, &format!("&subject={ban}")).await;
    assert_eq!(ask(&namesake, "P15", "agreement").await.outcome, ScreenOutcome::Pass);
    // Beyond its last day what is unpaid bars on, until it is paid.
    app.set_text("2024-06-21T10:00:00+09:00");
    barred.sign_in().await;
    let seen = ask(&barred, "P15", "payment").await;
    assert_eq!(codes(&seen, ScreenOutcome::Refuse), refused);
    app.app.store.write(move |db| bans::set_unpaid_in(db, ban, Won::ZERO)).await.unwrap();
    assert_eq!(ask(&barred, "P15", "agreement").await.outcome, ScreenOutcome::Pass);
    // A lifted bar is over at once, and cannot be lifted twice.
    app.set_text("2024-06-12T10:00:00+09:00");
    branch.sign_in().await;
    let (audit, now) = (app.app.clock.fresh(), app.now());
    let lift = move |db: &mut marketplace::db::Db| bans::lift_in(db, &who, ban, "취소", audit, now);
    app.app.store.write(lift).await.unwrap();
    assert_eq!(ask(&branch, "P15", "agreement").await.outcome, ScreenOutcome::Pass);
}

#[tokio::test]
async fn a_firm_declares_what_only_it_knows() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let mut form = app.sign_up_form(&[Role::Provider], SizeClass::Sme);
    form.organisation.ksic = Some("62010".to_owned());
    let firm = app.join(&form).await;
    let path = format!("/v1/organisations/{}/declaration", firm.org);
    staff.papers(&firm).await;
    let seen = ask(&firm, "P14", "agreement").await;
    assert_eq!(codes(&seen, ScreenOutcome::Refuse), pairs(&[("R-009", "industry-not-eligible")]));
    let declare = |who: &Persona, body: serde_json::Value| {
        who.call(Method::PUT, &path).bytes("application/json", body.to_string())
    };
    let secondary = json!({"collects_data": true, "secondary_ksic": ["25913"]});
    declare(&firm, secondary).await.expect(200);
    assert_eq!(ask(&firm, "P14", "agreement").await.outcome, ScreenOutcome::Pass);
    declare(&firm, json!({"collects_data": false, "secondary_ksic": ["25913"]})).await.expect(200);
    let seen = ask(&firm, "P14", "agreement").await;
    assert_eq!(codes(&seen, ScreenOutcome::Refuse), pairs(&[("R-001", "not-eligible")]));
    for (bad, field) in [
        (json!({"collects_data": true, "secondary_ksic": ["2591"]}), "secondary_ksic"),
        (
            json!({"collects_data": true, "affiliates": [form.organisation.business_no]}),
            "affiliates",
        ),
    ] {
        let refused = declare(&firm, bad).await.refused(422, "invalid-field");
        assert_eq!(refused.field.as_deref(), Some(field));
    }
    let other = app.buyer().await;
    declare(&other, json!({"collects_data": true})).await.refused(404, "not-found");
    declare(&staff.operator, json!({"collects_data": true})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_look_made_twice_at_one_instant_is_kept_once() {
    let app = TestApp::start();
    let firm = app.buyer().await;
    let (org, now) = (firm.org, app.now());
    for _ in 0..2 {
        let look = app.app.store.write(move |db| {
            let (code, object) = ("P15".parse().unwrap(), org.as_str());
            eligibility::snapshot_in(db, org, code, Stage::Application, object, now)
        });
        assert_eq!(look.await.unwrap().outcome, ScreenOutcome::Refuse);
    }
    let list = firm.get("/v1/eligibility").await.expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_agreement_keeps_the_digest_of_its_notice_and_what_was_seen() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let firm = app.buyer().await;
    let agreement = staff.agreed(purchase(&firm, "process_improvement", 1_000_000), &[&firm]).await;
    let path = format!("/v1/eligibility?object={}", agreement.id);
    let list = staff.operator.get(&path).await.expect(200);
    let looks: Vec<Snapshot> = serde_json::from_value(list["items"].clone()).unwrap();
    // Once for the draft; the clock stood still until the last signature, so that is the same look.
    assert_eq!(looks.len(), 1);
    assert_eq!(agreement.notice_sha256.as_deref(), Some(looks[0].notice_sha256.as_str()));
    assert_eq!(looks[0].stage, Stage::Agreement);
}
