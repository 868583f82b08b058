//! The year of P14: thirty applications, twenty-five agreements, two products, and how the other
//! agreements end.

use schema::api::applications::{
    ApplicationState as S, EvaluationBatch, Selection, SelectionOutcome as Outcome,
};
use schema::api::programme::Agreement;
use schema::api::trade::Listing;
use serde_json::{Value, json};
use tests::applicants::{processing_body, seen};
use tests::files::{ingested, press_csv};
use tests::works::{because, line};
use tests::{Persona, workshop};

use super::intake::{Case, Fate, Plan};
use super::stage::{Year, won};

/// What each project costs: 50,000,000 of it are the state's, 1,250,000 are paid in cash.
const TOTAL: i64 = 62_500_000;
/// The day on which the first agreements are signed.
pub(super) const SIGNED: &str = "2024-06-10";

/// A signed agreement and its firm.
pub(super) struct Signed {
    pub(super) who: Persona,
    pub(super) agreement: Agreement,
}

/// How many of the thirty fare how.
fn fate(nth: usize) -> Fate {
    match nth {
        0..=23 => Fate::Scored(22),
        24 => Fate::Scored(21),
        25 => Fate::Scored(20),
        26 => Fate::Scored(14),
        27 => Fate::Barred("industry-not-eligible"),
        28 => Fate::Expired("2024-04-09"),
        _ => Fate::Silent("2024-04-09"),
    }
}

/// March: thirty firms apply.
pub(super) async fn applied(year: &Year) -> Vec<Case> {
    let plan = |nth| {
        let ksic = if nth == 27 { "62010" } else { "25913" };
        Plan { form: year.owner_form(ksic), body: processing_body(TOTAL), fate: fate(nth) }
    };
    year.apply("P14", &(0..30).map(plan).collect::<Vec<_>>()).await
}

/// June: twenty-five are selected, one waits, one is below the mark.
pub(super) async fn selected(year: &Year, cases: &[Case], batch: &EvaluationBatch) -> Selection {
    let made = year.selected(cases, batch, "2024-12-31").await;
    let count = |outcome| made.lines.iter().filter(|line| line.outcome == outcome).count();
    let counts = [Outcome::Selected, Outcome::Offered, Outcome::Waitlisted, Outcome::NotSelected];
    assert_eq!(counts.map(count), [25, 0, 1, 1]);
    assert_eq!(made.lines.last().unwrap().because.as_deref(), Some("below_pass_mark"));
    made
}

/// Twenty-four of the twenty-five sign.
pub(super) async fn signed(year: &Year, cases: &[Case]) -> Vec<Signed> {
    let mut signed = Vec::new();
    for (processor, _) in &year.pool {
        processor.sign_in().await;
    }
    for (nth, case) in cases.iter().take(24).enumerate() {
        case.who.sign_in().await;
        let agreement = year.agreed(case, Some(&year.pool[nth / 2 % 2])).await;
        signed.push(Signed { who: case.who.clone(), agreement });
    }
    assert_eq!(year.budget("P14").await, [50_000_000, 1_200_000_000, 0, 0]);
    signed
}

/// The twenty-fifth let its thirty days pass; who waited is promoted and signs. A processor
/// that was barred in the meantime is not matched any more.
pub(super) async fn promoted(year: &Year, cases: &[Case], made: &Selection) -> Signed {
    assert_eq!(seen(&year.staff.auditor, &cases[24].application).await.state, S::Forfeited);
    let (approver, last) = (&year.staff.approver, &cases[25]);
    let promote = format!("/v1/selections/{}/promote", made.id.unwrap());
    let promoted = approver.command(&promote).await.expect(200);
    assert_eq!(promoted["lines"][0]["outcome"], "selected");
    let (good, barred) = (&year.pool[0], &year.pool[1]);
    let suspend = format!("/v1/pool/{}/suspend", barred.1);
    year.staff.operator.post(&suspend, because("허위 실적")).await.expect(200);
    let path = format!("/v1/applications/{}/agreement", last.application.id);
    let with = json!({"processor": barred.1});
    approver.post(&path, with).await.refused(409, "processor-not-active");
    last.who.sign_in().await;
    good.0.sign_in().await;
    let agreement = year.agreed(last, Some(good)).await;
    assert_eq!(year.budget("P14").await, [0, 1_250_000_000, 0, 0]);
    Signed { who: last.who.clone(), agreement }
}

/// A firm's data are processed by the pool member, put on sale, and its completion is accepted
///
pub(super) async fn completed(year: &Year, of: &Signed, price: i64) -> Listing {
    let (owner, (processor, member)) = (&of.who, &year.pool[0]);
    owner.sign_in().await;
    processor.sign_in().await;
    let raw = ingested(&year.app, owner, "press.csv", press_csv(year.rows(), ',')).await;
    let job = workshop::begun(owner, processor, &raw, member, &of.agreement).await;
    let clean = workshop::approved(&year.app, &year.staff, owner, processor, &job).await;
    let gone = json!({"certificate": "작업 사본을 모두 지웠습니다."});
    processor.post(&format!("{job}/close"), gone).await.expect(200);
    let listing = year.staff.on_sale(owner, &clean, price).await;
    let path = format!("/v1/agreements/{}/completion", of.agreement.id);
    let report = json!({
        "summary": "상품을 등록했습니다.", "processing": job.rsplit('/').next(),
        "listing": listing.id,
    });
    owner.post(&path, report).await.expect(201);
    year.staff.operator.post(&format!("{path}/pass"), because("요건 충족")).await.expect(200);
    listing
}

/// Costs by source, all on one day; the invoice of money is the same for both who paid it.
fn costs(year: &Year, day: &str, parts: &[(&str, &str, i64)]) -> Value {
    let mut lines = Vec::new();
    let nth = year.invoice();
    let mut second = None;
    for (source, name, spent) in parts {
        // Another thing has another invoice.
        let invoice =
            if *name == "가공비" { nth } else { *second.get_or_insert_with(|| year.invoice()) };
        let mut one = line(source, name, *spent, invoice);
        one["spent_on"] = json!(day);
        if one.get("invoice_date").is_some() {
            one["invoice_date"] = json!(day);
        }
        lines.push(one);
    }
    json!({"interest": 0, "statement": "정산합니다.", "lines": lines})
}

/// Everything that the plan says.
pub(super) fn whole(year: &Year) -> Value {
    let parts = [
        ("government", "가공비", 50_000_000),
        ("cash", "가공비", 1_250_000),
        ("in_kind", "가공비", 11_250_000),
    ];
    costs(year, SIGNED, &parts)
}

/// The same, of which 3,333,333 are for something that is not in the plan.
pub(super) fn beside_the_plan(year: &Year) -> Value {
    let parts = [
        ("government", "가공비", 46_666_667),
        ("government", "추가 가공비", 3_333_333),
        ("cash", "가공비", 1_250_000),
        ("in_kind", "가공비", 11_250_000),
    ];
    costs(year, SIGNED, &parts)
}

/// Half of everything.
pub(super) fn half(year: &Year, day: &str) -> Value {
    let parts = [
        ("government", "가공비", 25_000_000),
        ("cash", "가공비", 625_000),
        ("in_kind", "가공비", 5_625_000),
    ];
    costs(year, day, &parts)
}

/// A settlement from the report to where it stands: its id, its final support, what is payable.
pub(super) async fn settled(year: &Year, of: &Signed, report: Value) -> (String, [i64; 2]) {
    of.who.sign_in().await;
    let path = format!("/v1/agreements/{}/settlement", of.agreement.id);
    let id = of.who.post(&path, report).await.expect(201).id();
    let stands = year.staff.stands(&of.who, &id, json!([])).await;
    (id, [won(&stands["final_support"]), won(&stands["payable"])])
}

/// Pays what a settlement owes.
pub(super) async fn paid(year: &Year, settlement: &str) {
    let pay = format!("/v1/settlements/{settlement}/pay");
    assert_eq!(year.staff.payer.command(&pay).await.expect(200)["state"], "paid");
}

/// Given up with the agency's approval.
pub(super) async fn given_up(year: &Year, of: &Signed) {
    of.who.sign_in().await;
    let path = format!("/v1/agreements/{}/abandon", of.agreement.id);
    of.who.post(&path, because("설비 매각")).await.expect(200);
    year.directs(&of.agreement, "abandon/approve", "정당한 사유").await;
}
