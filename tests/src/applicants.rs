//! Applications on their way, from papers to a selection.

use schema::api::applications::{Application, EvaluationBatch, Selection};
use schema::api::documents::Document;
use schema::api::parties::Role;
use schema::notice::SizeClass;
use schema::papers::PaperKind;
use serde_json::{Value, json};

use crate::api::Answer;
use crate::app::TestApp;
use crate::cast::Persona;
use crate::market::Staff;
use crate::papers::send;

/// Sends a paper that is good until a day.
pub async fn paper(who: &Persona, kind: PaperKind, class: SizeClass, until: &str) -> Document {
    let mut more = String::new();
    if kind.has_a_term() {
        more.push_str(&format!("&expires_on={until}"));
    }
    if kind.certifies_class() {
        more.push_str(&format!("&size_class={class}"));
    }
    send(who, kind, &more).await
}

/// The papers that an application needs.
pub fn kinds(programme: &str, class: SizeClass) -> Vec<PaperKind> {
    let certificate = match class {
        SizeClass::Nonprofit => PaperKind::NonprofitCert,
        _ => PaperKind::SizeCert,
    };
    let mut kinds = vec![
        PaperKind::BusinessPlan,
        PaperKind::BizReg,
        certificate,
        PaperKind::TaxNational,
        PaperKind::TaxLocal,
        PaperKind::ConsentPii,
        PaperKind::NoDuplicatePledge,
    ];
    if programme == "P14" {
        kinds.push(PaperKind::DataHoldingStatement);
    }
    kinds
}

/// Sends every paper that an application needs; the operator finds them in order.
pub async fn papers(staff: &Staff, who: &Persona, programme: &str, class: SizeClass) {
    for kind in kinds(programme, class) {
        staff.verify(&paper(who, kind, class, "2024-12-31").await).await;
    }
}

/// What both programmes ask for, but the money.
fn common(title: &str) -> Value {
    json!({
        "title": title, "purpose": "불량률을 낮춘다.", "content": "데이터로 예측 모델을 만든다.",
        "capability": "분석 인력 2명", "effect": "불량률 20% 감소",
        "own_payment": "협약 뒤 자기 계좌에서 이체", "bank_account": "기업은행 001-234567-01-011",
        "starts_on": "2024-07-01", "ends_on": "2024-10-31",
    })
}

/// An application for P15 that wants products at these prices; the state pays `requested`.
pub fn purchase_body(products: &[(String, i64)], requested: i64) -> Value {
    let total: i64 = products.iter().map(|(_, price)| price).sum();
    let wanted: Vec<Value> = products
        .iter()
        .map(|(listing, price)| json!({"listing": listing, "price": price}))
        .collect();
    let mut body = common("제조데이터 상품 구매");
    body["total"] = json!(total);
    body["requested"] = json!(requested);
    body["own_cash"] = json!(total - requested);
    body["own_in_kind"] = json!(0);
    body["purchase"] = json!({"products": wanted, "purpose": "process_improvement"});
    body
}

/// An application for P14 with one line of costs: 80 % from the state, the share a tenth in cash.
pub fn processing_body(total: i64) -> Value {
    let requested = total * 8 / 10;
    let share = total - requested;
    let (cash, in_kind) = (share / 10, share - share / 10);
    let mut body = common("설비 데이터 상품 가공");
    body["total"] = json!(total);
    body["requested"] = json!(requested);
    body["own_cash"] = json!(cash);
    body["own_in_kind"] = json!(in_kind);
    body["processing"] = json!({
        "holding": "프레스 3대, 2년, 1초 주기",
        "items": [{"name": "가공비", "government": requested, "cash": cash, "in_kind": in_kind}],
    });
    body
}

/// Drafts an application.
pub async fn drafted(who: &Persona, programme: &str, body: &Value) -> Application {
    let new = json!({"programme": programme, "body": body});
    who.post("/v1/applications", new).await.expect(201).read()
}

/// Drafts an application and sends it in.
pub async fn submitted(who: &Persona, programme: &str, body: &Value) -> Application {
    let draft = drafted(who, programme, body).await;
    step(who, &draft, "submit").await.expect(200).read()
}

/// A command without a body.
pub async fn step(who: &Persona, application: &Application, what: &str) -> Answer {
    who.command(&format!("/v1/applications/{}/{what}", application.id)).await
}

/// A command with a body.
pub async fn told(who: &Persona, application: &Application, what: &str, body: Value) -> Answer {
    who.post(&format!("/v1/applications/{}/{what}", application.id), body).await
}

/// How an application stands.
pub async fn seen(who: &Persona, application: &Application) -> Application {
    who.get(&format!("/v1/applications/{}", application.id)).await.expect(200).read()
}

/// People who evaluate, and the batches they evaluate in.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Evaluators, each of an organisation of their own.
    pub evaluators: Vec<Persona>,
}

impl Panel {
    /// `count` evaluators.
    pub async fn hired(app: &TestApp, staff: &Staff, count: usize) -> Panel {
        let mut evaluators = Vec::new();
        for _ in 0..count {
            evaluators.push(app.staff(&staff.operator, Role::Evaluator).await);
        }
        Panel { evaluators }
    }

    /// An open batch with this panel.
    pub async fn batch(&self, staff: &Staff, programme: &str, on: &str) -> EvaluationBatch {
        let new = json!({"programme": programme, "title": "선정평가", "evaluation_on": on});
        let batch = staff.operator.post("/v1/evaluation-batches", new).await.expect(201);
        let people: Vec<_> = self.evaluators.iter().map(|one| one.user).collect();
        let path = format!("/v1/evaluation-batches/{}/evaluators", batch.id());
        staff.operator.post(&path, json!({"evaluators": people})).await.expect(200).read()
    }

    /// Signs everybody in again after the clock was moved.
    pub async fn sign_in(&self) {
        for one in &self.evaluators {
            one.sign_in().await;
        }
    }

    /// Every evaluator gives an application these points on each axis.
    pub async fn score(&self, application: &Application, points: u8) {
        for evaluator in &self.evaluators {
            told(evaluator, application, "scores", sheet(points)).await.expect(201);
        }
    }
}

/// A sheet with the same points on each axis.
pub fn sheet(points: u8) -> Value {
    let axes = ["data_use", "strategy", "goal", "capacity"];
    let points: Vec<Value> =
        axes.iter().map(|axis| json!({"axis": axis, "points": points})).collect();
    json!({"points": points, "comment": "계획이 구체적이다."})
}

impl Staff {
    /// Signs everybody in again after the clock was moved.
    pub async fn sign_in(&self) {
        for one in [&self.operator, &self.approver, &self.payer, &self.auditor] {
            one.sign_in().await;
        }
    }

    /// Reviews an application and finds its requirements met.
    pub async fn passed(&self, application: &Application, batch: &EvaluationBatch) {
        let start = json!({"batch": batch.id});
        told(&self.operator, application, "review", start).await.expect(200);
        told(&self.operator, application, "pass", json!({})).await.expect(200);
    }

    /// Puts eligible applications into their batch.
    pub async fn assigned(&self, batch: &EvaluationBatch, applications: &[&Application]) {
        let ids: Vec<_> = applications.iter().map(|one| one.id).collect();
        let path = format!("/v1/evaluation-batches/{}/applications", batch.id);
        self.operator.post(&path, json!({"applications": ids})).await.expect(200);
    }

    /// Closes a batch.
    pub async fn closed(&self, batch: &EvaluationBatch) -> EvaluationBatch {
        let path = format!("/v1/evaluation-batches/{}/close", batch.id);
        self.approver.command(&path).await.expect(200).read()
    }

    /// Selects from a closed batch.
    pub async fn selected(&self, batch: &EvaluationBatch) -> Selection {
        self.approver.post("/v1/selections", json!({"batch": batch.id})).await.expect(201).read()
    }
}
