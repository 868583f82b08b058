//! From a pool member to a processed version: the ways that tests of P13 and P14 walk.

use schema::api::catalog::Version;
use schema::api::programme::Agreement;
use schema::api::support::{Requirement, Run};
use schema::api::trade::Listing;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::cast::Persona;
use crate::files::sha256;
use crate::market::Staff;

/// An application to the pool that proves everything.
pub fn application(capacity: u32, track_record: &str) -> Value {
    let papers: Vec<Value> = Requirement::ALL
        .iter()
        .map(|one| {
            json!({"requirement": one, "title": one, "sha256": sha256(one.as_str().as_bytes())})
        })
        .collect();
    json!({
        "staff": 6, "capacity": capacity, "facility": "GPU 서버 2대", "track_record": track_record,
        "papers": papers, "security_pledge": true,
    })
}

/// Finds that every requirement of an application is met.
pub async fn register(staff: &Staff, member: &str) {
    let verdicts: Vec<Value> =
        Requirement::ALL.iter().map(|one| json!({"requirement": one, "met": true})).collect();
    let path = format!("/v1/pool/{member}/register");
    staff.operator.post(&path, json!({"verdicts": verdicts})).await.expect(200);
}

/// An active member of the pool.
pub async fn member(staff: &Staff, processor: &Persona) -> String {
    let applied = processor.post("/v1/pool", application(3, "프레스 가공 12건")).await.expect(201);
    register(staff, &applied.id()).await;
    applied.id()
}

/// A processing agreement of 40 + 1 + 9 of 50 million won, signed by all.
pub async fn agreement(staff: &Staff, owner: &Persona, processor: &Persona) -> Agreement {
    let body = json!({
        "programme": "P14", "title": "설비 데이터 상품 가공", "recipient": owner.org,
        "processor": processor.org,
        "plan": {"total": 50_000_000, "government": 40_000_000, "cash": 1_000_000,
                 "in_kind": 9_000_000},
    });
    staff.agreed(body, &[owner, processor]).await
}

/// A job on `raw` that the member has begun. Answers its path.
pub async fn begun(
    owner: &Persona,
    processor: &Persona,
    raw: &Version,
    member: &str,
    agreement: &Agreement,
) -> String {
    let new = json!({
        "version": raw.id, "processor": member, "agreement": agreement.id,
        "request": "중복과 결측을 정리해 주세요.",
    });
    let path =
        format!("/v1/processings/{}", owner.post("/v1/processings", new).await.expect(201).id());
    processor.command(&format!("{path}/accept")).await.expect(200);
    processor.command(&format!("{path}/start")).await.expect(200);
    path
}

/// The result of a job: suggested pipeline, run, handed in, verified, approved.
pub async fn approved(
    app: &TestApp,
    staff: &Staff,
    owner: &Persona,
    processor: &Persona,
    path: &str,
) -> Version {
    let spec = processor.get(&format!("{path}/suggested-pipeline")).await.expect(200).json;
    let runs = format!("{path}/runs");
    processor.post(&runs, json!({"spec": spec})).await.expect(202);
    app.run_jobs().await;
    let list = processor.get(&runs).await.expect(200);
    let list = list.json.get("items").cloned().unwrap_or(list.json);
    let ran: Vec<Run> = serde_json::from_value(list).expect("runs");
    let made = ran.into_iter().find_map(|run| run.version).expect("a version");
    let submit = format!("{path}/submit");
    processor.post(&submit, json!({"version": made.id})).await.refused(409, "evidence-missing");
    processor
        .post(&submit, json!({"version": made.id, "no_subcontracting": true}))
        .await
        .expect(200);
    let clearance = (made.privacy.as_deref() == Some("REVIEW")).then_some("열을 확인했다.");
    let verify = json!({"privacy_clearance": clearance});
    staff.operator.post(&format!("{path}/verify"), verify).await.expect(200);
    owner.command(&format!("{path}/approve")).await.expect(200);
    owner.get(&format!("/v1/versions/{}", made.id)).await.expect(200).read()
}

/// A listing of `version` on sale, as the exchange tells it to its owner.
pub async fn listed(staff: &Staff, owner: &Persona, version: &Version, price: i64) -> Listing {
    staff.on_sale(owner, version, price).await
}
