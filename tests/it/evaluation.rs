//! Evaluation over HTTP: who judges what, and two people who select the last money.

use std::collections::BTreeMap;

use futures::future::join_all;
use schema::api::applications::ApplicationState as S;
use schema::api::parties::Role;
use schema::papers::PaperKind;
use serde_json::json;
use tests::TestApp;
use tests::applicants::{Panel, seen, sheet, submitted, told};
use tests::market::Staff;
use tests::papers::send;

use super::applications::{applicant, product, wanted};

#[tokio::test]
async fn r_013_who_evaluates_sees_no_bank_data_and_has_no_other_part() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let panel = Panel::hired(&app, &staff, 6).await;
    let seller = app.provider().await;
    let listing = product(&app, &staff, &seller, 40).await;
    let buyer = applicant(&app, &staff).await;
    let application = submitted(&buyer, "P15", &wanted(&listing)).await;
    let about = format!("&subject={}", application.id);
    let bank = send(&buyer, PaperKind::BankAccount, &about).await;
    let batch = panel.batch(&staff, "P15", "2024-06-10").await;
    staff.passed(&application, &batch).await;
    staff.assigned(&batch, &[&application]).await;

    let evaluator = &panel.evaluators[0];
    let path = format!("/v1/applications/{}", application.id);
    let seen = evaluator.get(&path).await.expect(200);
    assert!(seen["body"]["purpose"].is_string());
    for hidden in ["bank_account", "own_payment"] {
        assert!(seen["body"][hidden].is_null(), "{hidden}");
    }
    assert!(seen["decisions"].is_null());
    let own = buyer.get(&format!("{path}/documents")).await.expect(200);
    assert!(own.text().contains("BANK_ACCOUNT"));
    let listed = evaluator.get(&format!("{path}/documents")).await.expect(200);
    assert!(!listed.text().contains("BANK_ACCOUNT") && listed.text().contains("BUSINESS_PLAN"));
    evaluator.get(&format!("{path}/documents/{}", bank.id)).await.refused(404, "not-found");
    let plan = listed.json[0]["id"].as_str().unwrap();
    let bytes = evaluator.get(&format!("{path}/documents/{plan}")).await.expect(200);
    assert!(bytes.text().starts_with("BUSINESS_PLAN of "), "{}", bytes.text());
    evaluator.get(&format!("/v1/documents/{plan}")).await.refused(404, "not-found");

    // A declared conflict ends it; the sheet of another does not count any more.
    let conflict = json!({"kind": "relative", "note": "대표자의 친족"});
    told(evaluator, &application, "conflicts", conflict).await.expect(200);
    told(evaluator, &application, "scores", sheet(20)).await.refused(409, "conflict-of-interest");
    evaluator.get(&path).await.refused(404, "not-found");
    for one in &panel.evaluators[1..] {
        told(one, &application, "scores", sheet(20)).await.expect(201);
        told(one, &application, "scores", sheet(25)).await.refused(409, "state-forbids");
    }
    let late = &panel.evaluators[1];
    let conflict = json!({"kind": "witness", "note": "이 사업을 자문함", "evaluator": late.user});
    told(late, &application, "conflicts", conflict.clone()).await.expect(200);
    let close = format!("/v1/evaluation-batches/{}/close", batch.id);
    let problem = staff.approver.command(&close).await.refused(409, "evaluation-incomplete");
    assert_eq!((&problem.figures["sheets"], &problem.figures["least"]), (&json!(4), &json!(5)));
    // Somebody of the applicant's own group, and the reviewer, cannot judge.
    let cousin = app.colleague(&staff.operator, buyer.org, Role::Evaluator).await;
    let both = app.colleague(&staff.operator, staff.operator.org, Role::Evaluator).await;
    let add = format!("/v1/evaluation-batches/{}/evaluators", batch.id);
    let people = json!({"evaluators": [cousin.user, both.user]});
    staff.operator.post(&add, people).await.expect(200);
    let people = json!({"evaluators": [staff.operator.user]});
    staff.operator.post(&add, people).await.refused(422, "invalid-field");
    told(&cousin, &application, "scores", sheet(25)).await.refused(409, "conflict-of-interest");
    told(&both, &application, "scores", sheet(20)).await.expect(201);
    staff.approver.command(&close).await.expect(200);

    let sheets = staff.auditor.get(&format!("{path}/scores")).await.expect(200);
    let counting = sheets["items"].as_array().unwrap().iter().filter(|one| one["counts"] == true);
    assert_eq!(counting.count(), 5);
    let own = both.get(&format!("{path}/scores")).await.expect(200);
    assert_eq!(own["items"].as_array().unwrap().len(), 1);

    let made = staff.selected(&batch).await;
    let ids = BTreeMap::from([
        ("applications", application.id.to_string()),
        ("evaluation-batches", batch.id.to_string()),
        ("selections", made.id.unwrap().to_string()),
    ]);
    super::walk::strangers_see_nothing(&*app.buyer().await, &ids).await;
}

#[tokio::test]
async fn edge_case_3_two_people_select_the_last_money() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 10_000_000).await;
    let panel = Panel::hired(&app, &staff, 5).await;
    let seller = app.provider().await;
    let listing = product(&app, &staff, &seller, 40).await;
    let mut batches = Vec::new();
    let mut applications = Vec::new();
    for _ in 0..2 {
        let buyer = applicant(&app, &staff).await;
        let application = submitted(&buyer, "P15", &wanted(&listing)).await;
        let batch = panel.batch(&staff, "P15", "2024-06-12").await;
        staff.passed(&application, &batch).await;
        staff.assigned(&batch, &[&application]).await;
        batches.push(batch);
        applications.push((buyer, application));
    }
    app.set_text("2024-06-12T01:00:00Z");
    staff.sign_in().await;
    panel.sign_in().await;
    for (batch, (buyer, application)) in batches.iter().zip(&applications) {
        buyer.sign_in().await;
        panel.score(application, 20).await;
        staff.closed(batch).await;
    }
    // Both people of the agency, each batch, each sent twice.
    let people = [&staff.approver, &staff.payer];
    let calls = batches.iter().zip(people).flat_map(|(batch, person)| {
        let new = json!({"batch": batch.id});
        [0, 1].map(|_| person.post("/v1/selections", &new).key("select").into_future())
    });
    let answers = join_all(calls).await;
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let mut states = Vec::new();
    for (buyer, application) in &applications {
        states.push(seen(buyer, application).await.state);
    }
    states.sort();
    assert_eq!(states, [S::Selected, S::Waitlisted], "exactly one has the last ten million");
    let all = staff.auditor.get("/v1/selections").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
}
