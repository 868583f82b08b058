//! What goes wrong in the year: a fraud with its signals and its sanction, and a listing year that is
//! broken off.

use schema::api::parties::{Membership, Role};
use schema::api::signals::Signal;
use schema::notice::SizeClass;
use schema::page::Page;
use serde_json::{Value, json};
use tests::works::because;

use super::deals::{Buyer, Deal};
use super::purchase::HEAD;
use super::stage::{Year, won};

/// A firm shows the invoice of another for its own purchase.
pub(super) async fn shows_a_copy(year: &Year, deal: &Deal, invoice: u32) {
    let copy = year.evidence_of(deal, invoice);
    year.staff.approver.post("/v1/payments", copy).await.refused(409, "invoice-duplicate");
}

/// A third firm has the same representative and declares that it belongs to the seller.
pub(super) async fn declared(year: &Year) {
    let mut form = year.app.sign_up_form(&[Role::Provider], SizeClass::Sme);
    form.organisation.representative = format!("박영희, {HEAD}");
    let between = year.app.join(&form).await;
    let me: Membership = year.seller.get("/v1/me").await.expect(200).read();
    let tie = json!({"business_no": me.organisation.business_no, "note": "지분 40% 보유"});
    between.post("/v1/affiliations", tie).await.expect(201);
    marketplace::timers::once(&year.app.app).await;
}

/// People judge what was found: the copy and the chain are true; the quick refund was a defect.
pub(super) async fn judged(year: &Year) {
    let open = year.staff.operator.get("/v1/signals?state=open").await.expect(200);
    let found: Page<Signal> = open.read();
    let mut kinds: Vec<&str> = found.items.iter().map(|one| one.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["affiliation", "duplicate_invoice", "quick_refund"]);
    for one in &found.items {
        let confirmed = one.kind.as_str() != "quick_refund";
        let verdict = json!({"confirmed": confirmed, "reason": "원본과 대조했다."});
        let path = format!("/v1/signals/{}/decide", one.id);
        year.staff.operator.post(&path, verdict).await.expect(200);
    }
}

/// From the suspicion to the decision: banned for 36 months, everything back, and half of it on top
/// . Nobody appeals, so the calendar brings it into force.
pub(super) async fn sanctioned(year: &Year, buyer: &Buyer) -> String {
    let new = json!({"org": buyer.who.org, "agreement": buyer.agreement.id, "ground": "fraud",
        "facts": "다른 기업의 세금계산서를 냈고 판매기업의 계열이다."});
    let id = year.staff.operator.post("/v1/sanctions", new).await.expect(201).id();
    let path = format!("/v1/sanctions/{id}");
    let measures = json!({"ban_months": 36, "recovery": 10_000_000, "surcharge": 5_000_000,
        "reason": "허위 세금계산서"});
    let operator = &year.staff.operator;
    operator.post(&format!("{path}/investigate"), because("조사")).await.expect(200);
    operator.post(&format!("{path}/propose"), &measures).await.expect(200);
    buyer.who.sign_in().await;
    buyer.who.post(&format!("{path}/opinion"), because("인정합니다.")).await.expect(200);
    let decided = year.staff.approver.post(&format!("{path}/decide"), &measures).await;
    assert_eq!(decided.expect(200)["state"], "decided");
    path
}

/// Who is barred cannot apply.
pub(super) async fn stays_out(buyer: &Buyer, body: &Value) {
    buyer.who.sign_in().await;
    let draft = tests::applicants::drafted(&buyer.who, "P15", body).await;
    let refused = tests::applicants::step(&buyer.who, &draft, "submit").await;
    refused.refused(409, "participation-banned");
}

/// A product is taken off sale because personal data were found: its owner is ordered to cure it.
pub(super) async fn broken_off(year: &Year, agreement: &str, listing: &str) -> String {
    let halt = json!({"cause": "personal_data", "reason": "개인정보 신고"});
    let operator = &year.staff.operator;
    operator.post(&format!("/v1/listings/{listing}/suspend"), halt).await.expect(200);
    let new = json!({"agreement": agreement, "breach": "의무 등록 기간에 판매가 중단되었습니다."});
    let order = operator.post("/v1/corrective-orders", new).await.expect(201);
    assert_eq!(order["remedy_by"], "2024-12-18");
    format!("/v1/corrective-orders/{}", order.id())
}

/// It was not cured: 225 of 365 days were not served.
pub(super) async fn recovered(year: &Year, order: &str) {
    let why = because("시정하지 않았습니다.");
    let done = year.staff.approver.post(&format!("{order}/recover"), why).await.expect(200);
    let figures = ["served_days", "total_days", "amount"].map(|name| won(&done[name]));
    assert_eq!(figures, [140, 365, 30_821_918]);
}
