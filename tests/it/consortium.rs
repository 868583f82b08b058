//! An application for P14 over HTTP, from the window in March to the agreement of three parties.

use schema::api::applications::{Application, ApplicationState as S};
use schema::api::programme::Agreement;
use schema::api::support::Requirement;
use schema::notice::SizeClass;
use serde_json::{Value, json};
use tests::applicants::{Panel, drafted, papers, processing_body, seen, step, submitted, told};
use tests::files::sha256;
use tests::market::{Staff, sign_agreement};
use tests::{Persona, TestApp};

/// The processor as an active member of the pool.
async fn member(staff: &Staff, processor: &Persona) -> String {
    let papers: Vec<Value> = Requirement::ALL
        .iter()
        .map(|one| json!({"requirement": one, "title": one, "sha256": sha256(one.as_str().as_bytes())}))
        .collect();
    let new = json!({
        "staff": 6, "capacity": 3, "facility": "GPU 서버 2대", "track_record": "가공 12건",
        "papers": papers, "security_pledge": true,
    });
    let id = processor.post("/v1/pool", &new).await.expect(201).id();
    let verdicts: Vec<Value> =
        Requirement::ALL.iter().map(|one| json!({"requirement": one, "met": true})).collect();
    let judged = json!({"verdicts": verdicts});
    staff.operator.post(&format!("/v1/pool/{id}/register"), judged).await.expect(200);
    id
}

#[tokio::test]
async fn p14_from_the_window_to_a_signed_agreement() {
    let app = TestApp::start();
    app.set_text("2024-03-15T10:00:00+09:00");
    let staff = Staff::hired(&app).await;
    staff.appropriate("P14", 80_000_000).await;
    let panel = Panel::hired(&app, &staff, 5).await;
    let processor = app.processor().await;
    let pool = member(&staff, &processor).await;
    let (mut owners, mut applications): (Vec<Persona>, Vec<Application>) = (vec![], vec![]);
    for _ in 0..2 {
        let owner = app.provider().await;
        papers(&staff, &owner, "P14", SizeClass::Sme).await;
        let mut body = processing_body(62_500_000);
        body["processing"]["processor"] = json!(pool);
        applications.push(submitted(&owner, "P14", &body).await);
        owners.push(owner);
        app.advance(60);
    }
    let late = app.provider().await;
    papers(&staff, &late, "P14", SizeClass::Sme).await;
    let missed = drafted(&late, "P14", &processing_body(50_000_000)).await;
    // A partner reads what names it, without bank data, and changes nothing.
    let path = format!("/v1/applications/{}", applications[0].id);
    let partner = processor.get(&path).await.expect(200);
    assert!(partner["body"]["bank_account"].is_null());
    step(&processor, &applications[0], "submit").await.refused(403, "forbidden");

    let at = async |when: &str| {
        app.set_text(when);
        staff.sign_in().await;
        panel.sign_in().await;
        for one in owners.iter().chain([&processor, &late]) {
            one.sign_in().await;
        }
    };
    at("2024-04-01T00:00:00+09:00").await;
    let problem = step(&late, &missed, "submit").await.refused(409, "window-closed");
    assert_eq!(
        (problem.rule.as_deref(), &problem.figures["fault"]),
        (Some("R-021"), &json!("E_WINDOW"))
    );
    let batch = panel.batch(&staff, "P14", "2024-06-10").await;
    for application in &applications {
        staff.passed(application, &batch).await;
    }
    let why = json!({"reason": "일정 변경"});
    staff.assigned(&batch, &applications.iter().collect::<Vec<_>>()).await;
    // In evaluation nobody takes an application back.
    told(&owners[1], &applications[1], "withdraw", why).await.refused(409, "state-forbids");
    at("2024-06-10T10:00:00+09:00").await;
    panel.score(&applications[0], 22).await;
    panel.score(&applications[1], 21).await;
    staff.closed(&batch).await;
    let made = staff.selected(&batch).await;
    let given: Vec<i64> = made.lines.iter().map(|line| line.amount.get()).collect();
    assert_eq!(given, [50_000_000, 30_000_000], "R-026: 30 of the 50 million are offered");
    step(&owners[1], &applications[1], "consent").await.expect(200);

    let whole = agreed(&staff, &owners[0], &processor, &applications[0], json!({})).await;
    assert_eq!((whole.support.get(), whole.total.unwrap().get()), (50_000_000, 62_500_000));
    assert_eq!((whole.cash.unwrap().get(), whole.processor), (1_250_000, Some(processor.org)));
    // Less was approved than asked for: the plan is made anew, for no more money in all.
    let draft = format!("/v1/applications/{}/agreement", applications[1].id);
    staff.approver.post(&draft, json!({})).await.refused(422, "cost-plan-invalid");
    let plan = |government: i64, total: i64| {
        let share = total - government;
        json!({"plan": {"total": total, "government": government, "cash": share / 10,
                        "in_kind": share - share / 10}})
    };
    for wrong in [plan(30_000_001, 62_500_000), plan(30_000_000, 62_500_001)] {
        staff.approver.post(&draft, wrong).await.refused(422, "cost-plan-invalid");
    }
    let part = plan(30_000_000, 40_000_000);
    let part = agreed(&staff, &owners[1], &processor, &applications[1], part).await;
    assert_eq!((part.support.get(), part.total.unwrap().get()), (30_000_000, 40_000_000));
    for (owner, application) in owners.iter().zip(&applications) {
        let found = seen(owner, application).await;
        assert_eq!((found.state, found.agreement.is_some()), (S::Agreed, true));
    }
    let budget = staff.approver.get("/v1/programmes/P14/budget?fiscal_year=2024").await.expect(200);
    assert_eq!((&budget["available"], &budget["promised"]), (&json!(0), &json!(80_000_000)));
}

/// Drafts the agreement of an application; owner, processor and agency sign it.
async fn agreed(
    staff: &Staff,
    owner: &Persona,
    processor: &Persona,
    application: &Application,
    body: Value,
) -> Agreement {
    let path = format!("/v1/applications/{}/agreement", application.id);
    owner.post(&path, &body).await.refused(403, "forbidden");
    let drafted: Agreement = staff.approver.post(&path, body).await.expect(201).read();
    for party in [owner, processor] {
        sign_agreement(party, &drafted).await.expect(200);
    }
    sign_agreement(&staff.approver, &drafted).await.expect(200).read()
}
