//! Agreements at work: a processing agreement from its signature to a product on sale, and the steps
//! of settlements that many tests take.

use schema::api::catalog::Version;
use schema::api::programme::Agreement;
use schema::api::support::{Requirement, Run};
use schema::api::trade::Listing;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::cast::Persona;
use crate::files::{ingested, press_csv, sha256};
use crate::market::Staff;

/// A processing agreement whose product may be on sale.
#[derive(Debug)]
pub struct Work {
    /// The agreement: 40,000,000 of 50,000,000, 1,000,000 in cash, 9,000,000 in kind.
    pub agreement: Agreement,
    /// Id of the processing job.
    pub job: String,
    /// Its result.
    pub clean: Version,
}

/// The cost plan of a processing agreement.
pub fn plan(total: i64, government: i64, cash: i64, in_kind: i64) -> Value {
    json!({"total": total, "government": government, "cash": cash, "in_kind": in_kind})
}

/// A reason.
pub fn because(text: &str) -> Value {
    json!({"reason": text})
}

/// An invoice number.
pub fn invoice(nth: u32) -> String {
    format!("2024061041000099{nth:08}")
}

/// A line of a settlement report that counts in full.
pub fn line(source: &str, name: &str, spent: i64, nth: u32) -> Value {
    let in_kind = source == "in_kind";
    let mut line = json!({
        "source": source, "name": name, "planned": spent, "spent": spent,
        "method": if in_kind { "in_kind" } else { "transfer" },
        "spent_on": "2024-06-10", "documents": [sha256(name.as_bytes())],
    });
    if let (false, Some(fields)) = (in_kind, line.as_object_mut()) {
        fields.insert("invoice_no".to_owned(), json!(invoice(nth)));
        fields.insert("invoice_date".to_owned(), json!("2024-06-10"));
    }
    line
}

impl Staff {
    /// A processing agreement that everybody has signed.
    pub async fn processing(&self, provider: &Persona, processor: &Persona) -> Agreement {
        let body = json!({
            "programme": "P14", "title": "설비 데이터 상품 가공", "recipient": provider.org,
            "processor": processor.org, "plan": plan(50_000_000, 40_000_000, 1_000_000, 9_000_000),
        });
        self.agreed(body, &[provider, processor]).await
    }

    /// An active member of the processor pool.
    pub async fn pool_member(&self, processor: &Persona) -> String {
        let papers: Vec<Value> = Requirement::ALL
            .iter()
            .map(|one| {
                json!({"requirement": one, "title": one, "sha256": sha256(one.as_str().as_bytes())})
            })
            .collect();
        let new = json!({
            "staff": 6, "capacity": 3, "facility": "서버 2대", "track_record": "가공 12건",
            "papers": papers, "security_pledge": true,
        });
        let member = processor.post("/v1/pool", &new).await.expect(201).id();
        let verdicts: Vec<Value> =
            Requirement::ALL.iter().map(|one| json!({"requirement": one, "met": true})).collect();
        let path = format!("/v1/pool/{member}/register");
        self.operator.post(&path, json!({"verdicts": verdicts})).await.expect(200);
        member
    }

    /// The work of a processing agreement, done and accepted; the product is not on sale yet.
    pub async fn worked(&self, app: &TestApp, provider: &Persona, processor: &Persona) -> Work {
        let member = self.pool_member(processor).await;
        let agreement = self.processing(provider, processor).await;
        let raw = ingested(app, provider, "press.csv", press_csv(200, ',')).await;
        let new = json!({
            "version": raw.id, "processor": member, "agreement": agreement.id,
            "request": "중복과 결측을 정리해 주세요.",
        });
        let job = provider.post("/v1/processings", new).await.expect(201).id();
        let path = format!("/v1/processings/{job}");
        processor.command(&format!("{path}/accept")).await.expect(200);
        processor.command(&format!("{path}/start")).await.expect(200);
        let spec = processor.get(&format!("{path}/suggested-pipeline")).await.expect(200).json;
        let runs = format!("{path}/runs");
        processor.post(&runs, json!({"spec": spec})).await.expect(202);
        app.run_jobs().await;
        let list = processor.get(&runs).await.expect(200);
        let list = list.json.get("items").cloned().unwrap_or(list.json);
        let ran: Vec<Run> = serde_json::from_value(list).expect("runs");
        let version = ran.first().and_then(|run| run.version.clone()).expect("a version");
        let submission = json!({"version": version.id, "no_subcontracting": true});
        processor.post(&format!("{path}/submit"), submission).await.expect(200);
        let clearance = (version.privacy.as_deref() == Some("REVIEW")).then_some("확인했다.");
        let verify = json!({"privacy_clearance": clearance});
        self.operator.post(&format!("{path}/verify"), verify).await.expect(200);
        provider.command(&format!("{path}/approve")).await.expect(200);
        let clean = provider.get(&format!("/v1/versions/{}", version.id)).await.expect(200).read();
        Work { agreement, job, clean }
    }

    /// Puts the product of a work on sale and has its completion accepted.
    pub async fn completed(&self, provider: &Persona, work: &Work) -> Listing {
        let listing = self.on_sale(provider, &work.clean, 7_000_000).await;
        let path = format!("/v1/agreements/{}/completion", work.agreement.id);
        let report = json!({
            "summary": "상품을 등록했습니다.", "processing": work.job, "listing": listing.id,
        });
        provider.post(&path, report).await.expect(201);
        self.operator.post(&format!("{path}/pass"), because("요건 충족")).await.expect(200);
        listing
    }

    /// Brings a reported settlement to where it stands: examined, assessed as `lines` say, approved,
    /// and agreed to by its recipient. Answers it as it stands.
    pub async fn stands(&self, recipient: &Persona, id: &str, lines: Value) -> Value {
        let path = format!("/v1/settlements/{id}");
        self.operator.command(&format!("{path}/review")).await.expect(200);
        let verdicts = json!({"lines": lines, "note": "증빙을 확인했다."});
        self.operator.post(&format!("{path}/assess"), verdicts).await.expect(200);
        self.approver.post(&format!("{path}/approve"), because("승인")).await.expect(200);
        recipient.post(&format!("{path}/consent"), because("동의")).await.expect(200).json
    }

    /// Whether the books balance, with what differs.
    pub async fn balanced(&self) {
        let check = self.auditor.get("/v1/ledger/check").await.expect(200);
        assert_eq!(check["balanced"], true, "{}", check.text());
    }
}
