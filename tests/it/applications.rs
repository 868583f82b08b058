//! Applications for P15 over HTTP: review with a supplement, evaluation, a tie, a partial offer, the
//! waiting list, objections, and the agreement; and the refusals beside that path.

use futures::future::join_all;
use schema::api::applications::{
    Application, ApplicationState as S, EvaluationBatch, Selection, SelectionOutcome as Outcome,
};
use schema::api::programme::Agreement;
use schema::api::vouchers::Voucher;
use schema::notice::SizeClass;
use schema::papers::PaperKind;
use serde_json::{Value, json};
use tests::applicants::{
    Panel, drafted, paper, papers, purchase_body, seen, sheet, step, submitted, told,
};
use tests::files::{ingested, press_csv};
use tests::market::{Staff, sign_agreement};
use tests::{Persona, TestApp};

const PRICE: i64 = 12_500_000;

/// A product on sale for [`PRICE`].
pub(crate) async fn product(app: &TestApp, staff: &Staff, seller: &Persona, rows: usize) -> String {
    let version = ingested(app, seller, "press.csv", press_csv(rows, ',')).await;
    staff.on_sale(seller, &version, PRICE).await.id.to_string()
}

/// A buyer with all its papers.
pub(crate) async fn applicant(app: &TestApp, staff: &Staff) -> Persona {
    let buyer = app.buyer().await;
    papers(staff, &buyer, "P15", SizeClass::Sme).await;
    buyer
}

pub(crate) fn wanted(listing: &str) -> Value {
    purchase_body(&[(listing.to_owned(), PRICE)], 10_000_000)
}

fn amounts(selection: &Selection) -> Vec<(String, Outcome, i64)> {
    let line = |l: &schema::api::applications::SelectionLine| {
        (l.application.to_string(), l.outcome, l.amount.get())
    };
    selection.lines.iter().map(line).collect()
}

async fn budget(staff: &Staff) -> (i64, i64) {
    let budget = staff.approver.get("/v1/programmes/P15/budget?fiscal_year=2024").await.expect(200);
    (budget["available"].as_i64().unwrap(), budget["promised"].as_i64().unwrap())
}

/// Everything up to closed scores: three good applications that tie, one below the mark.
struct Round {
    app: TestApp,
    staff: Staff,
    panel: Panel,
    seller: Persona,
    buyers: Vec<Persona>,
    applications: Vec<Application>,
    batch: EvaluationBatch,
}

impl Round {
    async fn played(money: i64) -> Round {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        staff.appropriate("P15", money).await;
        let panel = Panel::hired(&app, &staff, 5).await;
        let seller = app.provider().await;
        let listing = product(&app, &staff, &seller, 40).await;
        let batch = panel.batch(&staff, "P15", "2024-06-12").await;
        let (mut buyers, mut applications) = (Vec::new(), Vec::new());
        for _ in 0..4 {
            let buyer = applicant(&app, &staff).await;
            applications.push(submitted(&buyer, "P15", &wanted(&listing)).await);
            app.advance(1);
            buyers.push(buyer);
        }
        for application in &applications {
            staff.passed(application, &batch).await;
        }
        staff.assigned(&batch, &applications.iter().collect::<Vec<_>>()).await;
        let round = Round { app, staff, panel, seller, buyers, applications, batch };
        // Before its day nobody scores.
        let early = told(&round.panel.evaluators[0], &round.applications[0], "scores", sheet(20));
        early.await.refused(409, "state-forbids");
        round.at("2024-06-12T01:00:00Z").await;
        for (application, points) in round.applications.iter().zip([20, 20, 20, 14]) {
            round.panel.score(application, points).await;
        }
        round
    }

    /// Sets the clock and signs everybody in again.
    async fn at(&self, when: &str) {
        self.app.set_text(when);
        self.staff.sign_in().await;
        self.panel.sign_in().await;
        for one in self.buyers.iter().chain([&self.seller]) {
            one.sign_in().await;
        }
    }

    async fn state(&self, which: usize) -> Application {
        seen(&self.buyers[which], &self.applications[which]).await
    }

    /// Agreement of an application, signed by both sides.
    async fn agreed(&self, which: usize) -> Agreement {
        let path = format!("/v1/applications/{}/agreement", self.applications[which].id);
        let approver = &self.staff.approver;
        let drafted: Agreement = approver.post(&path, json!({})).await.expect(201).read();
        approver.post(&path, json!({})).await.refused(409, "state-forbids");
        sign_agreement(&self.buyers[which], &drafted).await.expect(200);
        sign_agreement(approver, &drafted).await.expect(200).read()
    }
}

#[tokio::test]
async fn r_026_a_tie_a_partial_offer_a_promotion_and_an_upheld_objection() {
    let round = Round::played(15_000_000).await;
    let (staff, approver) = (&round.staff, &round.staff.approver);
    let ids: Vec<String> = round.applications.iter().map(|one| one.id.to_string()).collect();
    let closed = staff.closed(&round.batch).await;
    let means: Vec<i64> =
        closed.members.iter().map(|member| member.marks.unwrap().mean_hundredths).collect();
    assert_eq!(means, [8_000, 8_000, 8_000, 5_600]);

    // What if: at another budget, and as it is. Nothing is stored.
    let what_if = format!("/v1/evaluation-batches/{}/selection", round.batch.id);
    let rich: Selection =
        approver.get(&format!("{what_if}?remaining=30000000")).await.expect(200).read();
    let outcomes: Vec<Outcome> = rich.lines.iter().map(|line| line.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Selected, Outcome::Selected, Outcome::Selected, Outcome::NotSelected]
    );
    let tried: Selection = approver.get(&what_if).await.expect(200).read();
    assert_eq!((tried.id, tried.remaining.get()), (None, 15_000_000));
    assert_eq!(round.state(0).await.state, S::Evaluated);

    // The tie goes to the earlier submission; the second is offered what is left.
    let made = staff.selected(&round.batch).await;
    assert_eq!(amounts(&made), amounts(&tried), "what is decided is what was tried");
    assert_eq!(
        amounts(&made),
        [
            (ids[0].clone(), Outcome::Selected, 10_000_000),
            (ids[1].clone(), Outcome::Offered, 5_000_000),
            (ids[2].clone(), Outcome::Waitlisted, 0),
            (ids[3].clone(), Outcome::NotSelected, 0),
        ]
    );
    assert_eq!(made.lines[3].because.as_deref(), Some("below_pass_mark"));
    let again = json!({"batch": round.batch.id});
    approver.post("/v1/selections", again).await.refused(409, "state-forbids");
    let first = round.state(0).await;
    assert_eq!((first.state, first.approved.unwrap().get()), (S::Selected, 10_000_000));
    assert_eq!(first.sign_by.unwrap().to_string(), "2024-07-12");
    let decision = first.decisions.last().unwrap();
    assert_eq!(
        (decision.action.as_str(), decision.notice_sha256.len()),
        ("application.select", 64)
    );
    assert!(!decision.notice_version.is_empty());

    // Money that waits for signatures cannot be taken by an agreement of another kind.
    let stranger = applicant(&round.app, staff).await;
    let direct = tests::market::purchase(&stranger, "process_improvement", 1_000_000);
    let direct = staff.drafted(direct, &[&stranger]).await;
    let problem = sign_agreement(approver, &direct).await.refused(409, "budget-short");
    assert_eq!(problem.figures["pending"], 15_000_000);

    // Consent to the part; the first takes its application back; the third is promoted.
    step(&round.buyers[2], &round.applications[2], "consent").await.refused(409, "state-forbids");
    let second = step(&round.buyers[1], &round.applications[1], "consent").await.expect(200);
    assert_eq!((&second["state"], &second["approved"]), (&json!("selected"), &json!(5_000_000)));
    let why = json!({"reason": "사업 포기"});
    told(&round.buyers[0], &round.applications[0], "withdraw", why).await.expect(200);
    let promote = format!("/v1/selections/{}/promote", made.id.unwrap());
    let promoted = approver.command(&promote).await.expect(200);
    assert_eq!(promoted["remaining"], 10_000_000);
    assert_eq!(round.state(2).await.state, S::Selected);

    // Signed by both, the agency last: the application is agreed, the voucher has the amount.
    let agreed = round.agreed(1).await;
    assert_eq!(
        (agreed.support.get(), agreed.agreed_on.unwrap().to_string()),
        (5_000_000, "2024-06-12".into())
    );
    assert_eq!(round.state(1).await.state, S::Agreed);
    let voucher = format!("/v1/vouchers/{}", agreed.voucher.unwrap());
    let voucher: Voucher = round.buyers[1].get(&voucher).await.expect(200).read();
    assert_eq!(voucher.available.get(), 5_000_000);
    assert_eq!(budget(staff).await, (10_000_000, 5_000_000));

    objected(&round, &ids).await;
}

/// Edge case 12: an objection is upheld after the money is given; nothing is overdrawn.
async fn objected(round: &Round, ids: &[String]) {
    let (staff, fourth) = (&round.staff, &round.applications[3]);
    let (buyer, approver) = (&round.buyers[3], &round.staff.approver);
    let lost = round.state(3).await;
    assert_eq!(lost.state, S::NotSelected);
    // 30 days of a contribution, 07-12 being a Friday.
    assert_eq!(lost.object_by.unwrap().to_string(), "2024-07-12");
    let why = json!({"reason": "평가 근거를 다시 보아 주십시오."});
    told(buyer, fourth, "object", why.clone()).await.expect(200);
    told(buyer, fourth, "uphold", why.clone()).await.refused(403, "forbidden");
    told(approver, fourth, "uphold", why.clone()).await.refused(422, "invalid-field");
    let batch = round.panel.batch(staff, "P15", "2024-06-12").await;
    let uphold = json!({"reason": "평가표에 잘못이 있었다.", "batch": batch.id});
    let back = told(approver, fourth, "uphold", uphold).await.expect(200);
    assert_eq!((&back["state"], &back["marks"]), (&json!("in_evaluation"), &Value::Null));
    round.panel.score(fourth, 25).await;
    staff.closed(&batch).await;
    let made = staff.selected(&batch).await;
    assert_eq!(amounts(&made), [(ids[3].clone(), Outcome::Waitlisted, 0)]);
    assert_eq!(made.remaining.get(), 0, "the third holds what is left");
    assert_eq!(round.state(3).await.state, S::Waitlisted);

    // The third does not sign in time: its money goes to who waits, and timers may run twice.
    round.at("2024-07-12T14:59:59Z").await;
    marketplace::timers::once(&round.app.app).await;
    assert_eq!(round.state(2).await.state, S::Selected);
    round.at("2024-07-12T15:00:00Z").await;
    for _ in 0..2 {
        marketplace::timers::once(&round.app.app).await;
    }
    assert_eq!(round.state(2).await.state, S::Forfeited);
    let promote = format!("/v1/selections/{}/promote", made.id.unwrap());
    let promoted = approver.command(&promote).await.expect(200);
    assert_eq!(promoted["lines"][0]["outcome"], "selected");
    round.agreed(3).await;
    assert_eq!(budget(staff).await, (0, 15_000_000));
    let check = staff.auditor.get("/v1/ledger/check").await.expect(200);
    assert_eq!(check["balanced"], true, "{}", check.text());
}

#[tokio::test]
async fn offers_and_waiting_lists_end_by_themselves() {
    let round = Round::played(15_000_000).await;
    let staff = &round.staff;
    staff.closed(&round.batch).await;
    let new = json!({"batch": round.batch.id, "waitlist_until": "2024-06-28"});
    let past = json!({"batch": round.batch.id, "waitlist_until": "2025-01-01"});
    staff.approver.post("/v1/selections", past).await.refused(422, "invalid-field");
    let made: Selection = staff.approver.post("/v1/selections", new).await.expect(201).read();
    let offered = round.state(1).await;
    assert_eq!(offered.offer.unwrap().until.to_string(), "2024-06-19");
    assert_eq!(offered.waits_until.unwrap().to_string(), "2024-06-28");

    // The exchange was down for days: everything is caught up at once.
    round.at("2024-06-20T00:00:00+09:00").await;
    marketplace::timers::once(&round.app.app).await;
    let lapsed = round.state(1).await;
    assert_eq!((lapsed.state, lapsed.offer), (S::Waitlisted, None));
    step(&round.buyers[1], &round.applications[1], "consent").await.refused(409, "state-forbids");
    // Who let a part go does not stand in the way of the next, who is offered it.
    let promote = format!("/v1/selections/{}/promote", made.id.unwrap());
    let promoted = staff.approver.command(&promote).await.expect(200);
    let outcomes: Vec<&Value> =
        promoted["lines"].as_array().unwrap().iter().map(|line| &line["outcome"]).collect();
    assert_eq!(outcomes, ["waitlisted", "offered"]);
    step(&round.buyers[2], &round.applications[2], "decline").await.expect(200);

    round.at("2024-06-29T00:00:00+09:00").await;
    marketplace::timers::once(&round.app.app).await;
    for which in [1, 2] {
        let over = round.state(which).await;
        assert_eq!((over.state, over.object_by.is_some()), (S::NotSelected, true));
    }
    staff.approver.command(&promote).await.expect(200);
    // A dismissed objection is final.
    let why = json!({"reason": "명단을 늘려 주십시오."});
    told(&round.buyers[1], &round.applications[1], "object", why.clone()).await.expect(200);
    told(&staff.approver, &round.applications[1], "dismiss", why.clone()).await.expect(200);
    assert_eq!(round.state(1).await.state, S::NotSelected);
    let problem = told(&round.buyers[1], &round.applications[1], "object", why).await;
    assert_eq!(problem.refused(409, "state-forbids").rule.as_deref(), Some("R-030"));
}

#[tokio::test]
async fn r_020_a_draft_a_supplement_and_what_bars_a_submission() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let panel = Panel::hired(&app, &staff, 5).await;
    let seller = app.provider().await;
    let listing = product(&app, &staff, &seller, 40).await;
    let buyer = app.buyer().await;

    let thin = drafted(&buyer, "P15", &json!({"title": "구매"})).await;
    let problem = step(&buyer, &thin, "submit").await.refused(409, "application-incomplete");
    let codes: Vec<&str> = problem.reasons.iter().map(|one| one.code.as_str()).collect();
    assert!(codes.contains(&"document-missing") && codes.contains(&"missing"), "{codes:?}");
    // A draft is nobody else's business.
    staff.operator.get(&format!("/v1/applications/{}", thin.id)).await.refused(404, "not-found");
    seller
        .post("/v1/applications", json!({"programme": "P15", "body": {"title": "x"}}))
        .await
        .refused(403, "forbidden");

    papers(&staff, &buyer, "P15", SizeClass::Sme).await;
    let edit = |body: Value| {
        let path = format!("/v1/applications/{}", thin.id);
        buyer.call(reqwest::Method::PUT, &path).bytes("application/json", body.to_string())
    };
    let mut body = wanted(&listing);
    body["requested"] = json!(10_000_001);
    edit(body).await.expect(200);
    step(&buyer, &thin, "submit").await.refused(422, "cost-plan-invalid");
    edit(purchase_body(&[(listing.clone(), PRICE - 1)], 9_999_999)).await.expect(200);
    let problem = step(&buyer, &thin, "submit").await.refused(422, "price-invalid");
    assert_eq!(
        (problem.rule.as_deref(), &problem.figures["price"]),
        (Some("R-058"), &json!(PRICE))
    );
    edit(wanted(&listing)).await.expect(200);

    // A double click on a new draft: one application.
    let new = json!({"programme": "P15", "body": {"title": "두 번 누름"}});
    let clicks = [0, 1].map(|_| buyer.post("/v1/applications", &new).key("draft").into_future());
    let made = join_all(clicks).await;
    assert_eq!((made[0].status, made[0].id()), (201, made[1].id()));
    // A double click: one key, one submission, the same answer.
    let path = format!("/v1/applications/{}/submit", thin.id);
    let clicks = join_all([0, 1].map(|_| buyer.command(&path).key("click").into_future())).await;
    assert_eq!(clicks.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 200]);
    assert_eq!(clicks[0].json, clicks[1].json);
    step(&buyer, &thin, "submit").await.refused(409, "state-forbids");
    // one live application a year.
    let more = drafted(&buyer, "P15", &wanted(&listing)).await;
    let problem = step(&buyer, &more, "submit").await.refused(409, "agreement-exists");
    assert_eq!(problem.figures["other"], json!(thin.id));

    let batch = panel.batch(&staff, "P15", "2024-06-24").await;
    let start = json!({"batch": batch.id});
    told(&staff.approver, &thin, "review", start.clone()).await.refused(403, "forbidden");
    told(&staff.operator, &thin, "review", start).await.expect(200);
    let ask = |days: u16| json!({"reason": "기대 효과를 수치로 적어 주세요.", "days": days});
    told(&staff.operator, &thin, "supplement", ask(8)).await.refused(422, "invalid-field");
    let asked = told(&staff.operator, &thin, "supplement", ask(3)).await.expect(200);
    assert_eq!(asked["supplement"]["due_on"], "2024-06-13");
    let mut body = wanted(&listing);
    body["effect"] = json!("불량률 5%에서 4%로");
    edit(body).await.expect(200);
    let back = step(&buyer, &thin, "resubmit").await.expect(200);
    assert_eq!((&back["state"], &back["supplement"]), (&json!("under_review"), &Value::Null));
    // A certificate that is not good any more is for a supplement, too.
    paper(&buyer, PaperKind::TaxLocal, SizeClass::Sme, "2024-06-09").await;
    let problem = told(&staff.operator, &thin, "pass", json!({})).await;
    let problem = problem.refused(409, "application-incomplete");
    assert_eq!(problem.reasons[0].code, "tax-cert-expired");
    told(&staff.operator, &thin, "supplement", ask(3)).await.expect(200);

    app.set_text("2024-06-14T00:00:00+09:00");
    buyer.sign_in().await;
    step(&buyer, &thin, "resubmit").await.refused(409, "period-over");
    marketplace::timers::once(&app.app).await;
    let over = seen(&buyer, &thin).await;
    assert_eq!(
        (over.state, over.decisions.last().unwrap().action.as_str()),
        (S::Ineligible, "application.expire")
    );
    // Upheld, the review begins anew.
    staff.sign_in().await;
    let why = json!({"reason": "서류를 제때 보냈습니다."});
    told(&buyer, &thin, "object", why.clone()).await.expect(200);
    let back = told(&staff.approver, &thin, "uphold", why).await.expect(200);
    assert_eq!(back["state"], "under_review");
}

#[tokio::test]
async fn r_027_a_product_that_came_too_late_is_not_supported() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    staff.appropriate("P15", 250_000_000).await;
    let panel = Panel::hired(&app, &staff, 5).await;
    let seller = app.provider().await;
    let version = ingested(&app, &seller, "press.csv", press_csv(40, ',')).await;
    let path = format!("/v1/versions/{}/price-bases", version.id);
    let basis = seller.post(&path, tests::market::cost_method(PRICE)).await.expect(201).id();
    let new = json!({"version": version.id, "draft": tests::market::draft(PRICE, &basis)});
    let listing = seller.post("/v1/listings", new).await.expect(201).id();
    let path = format!("/v1/listings/{listing}");
    seller.command(&format!("{path}/submit")).await.expect(200);
    staff.operator.command(&format!("{path}/approve")).await.expect(200);

    let buyer = applicant(&app, &staff).await;
    let application = submitted(&buyer, "P15", &wanted(&listing)).await;
    let batch = panel.batch(&staff, "P15", "2024-06-11").await;
    staff.passed(&application, &batch).await;
    staff.assigned(&batch, &[&application]).await;
    // Published in the very instant in which the day of the evaluation begins.
    app.set_text("2024-06-11T00:00:00+09:00");
    for one in [&seller, &buyer] {
        one.sign_in().await;
    }
    staff.sign_in().await;
    panel.sign_in().await;
    seller.command(&format!("{path}/publish")).await.expect(200);
    panel.score(&application, 20).await;
    staff.closed(&batch).await;
    let made = staff.selected(&batch).await;
    assert_eq!(made.lines[0].because.as_deref(), Some("not_listed"));
    assert_eq!(seen(&buyer, &application).await.state, S::NotSelected);
}
