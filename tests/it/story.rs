//! The main path of the exchange over HTTP, from an empty market to two paid purchases, with every
//! figure to the won, and the refusals that lie beside the path.

use std::collections::BTreeMap;

use processing::Limits;
use processing::certificate::{self, PublicKey};
use schema::api::catalog::Version;
use schema::api::parties::Role;
use schema::api::programme::Agreement;
use schema::api::support::{Requirement, Run};
use schema::api::trade::{Contract, Listing};
use schema::api::vouchers::Voucher;
use schema::notice::SizeClass;
use schema::registry_no::CorporateNo;
use serde_json::{Value, json};
use tests::files::{ingested, press_csv, sha256};
use tests::market::{self, Staff, evidence, order, proof};
use tests::{Persona, TestApp};

/// One corporation that two organisations of the story belong to.
const CORPORATION: &str = "130111-0006246";

struct Story {
    app: TestApp,
    staff: Staff,
    provider: Persona,
    processor: Persona,
    buyer: Persona,
    nonprofit: Persona,
    /// A branch of the provider's corporation.
    branch: Persona,
    /// Somebody else's firm.
    rival: Persona,
}

impl Story {
    async fn begin() -> Story {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        let corporation: Option<CorporateNo> = Some(CORPORATION.parse().unwrap());
        let mut provider = app.sign_up_form(&[Role::Provider], SizeClass::Sme);
        provider.organisation.corporate_no = corporation;
        let mut branch = app.sign_up_form(&[Role::Buyer], SizeClass::Sme);
        branch.organisation.corporate_no = corporation;
        let rival =
            app.sign_up_form(&[Role::Provider, Role::Buyer, Role::Processor], SizeClass::Sme);
        Story {
            provider: app.join(&provider).await,
            processor: app.processor().await,
            buyer: app.buyer().await,
            nonprofit: app.nonprofit().await,
            branch: app.join(&branch).await,
            rival: app.join(&rival).await,
            staff,
            app,
        }
    }

    /// The processing firm joins the pool (P13): every requirement is proved and judged.
    async fn pool(&self) -> String {
        let papers: Vec<Value> = Requirement::ALL
            .iter()
            .map(|one| json!({"requirement": one, "title": one, "sha256": sha256(one.as_str().as_bytes())}))
            .collect();
        let mut new = json!({
            "staff": 6, "capacity": 3, "facility": "GPU 서버 2대", "track_record": "가공 12건",
            "papers": papers, "security_pledge": false,
        });
        self.processor.post("/v1/pool", &new).await.refused(409, "evidence-missing");
        new["security_pledge"] = json!(true);
        let member = self.processor.post("/v1/pool", &new).await.expect(201);
        let verdicts: Vec<Value> =
            Requirement::ALL.iter().map(|one| json!({"requirement": one, "met": true})).collect();
        let path = format!("/v1/pool/{}/register", member.id());
        let judged = json!({"verdicts": verdicts});
        self.staff.approver.post(&path, &judged).await.refused(403, "forbidden");
        let active = self.staff.operator.post(&path, &judged).await.expect(200);
        assert_eq!((&active["state"], &active["free"]), (&json!("active"), &json!(3)));
        member.id()
    }

    /// 40 + 1 + 9 of 50 million, signed by all, the agency last.
    async fn processing_agreement(&self) -> Agreement {
        let plan = |cash: i64, in_kind: i64| {
            json!({
                "programme": "P14", "title": "설비 데이터 상품 가공", "recipient": self.provider.org,
                "processor": self.processor.org,
                "plan": {"total": 50_000_000, "government": 40_000_000, "cash": cash,
                         "in_kind": in_kind},
            })
        };
        let drafts = |body| self.staff.approver.post("/v1/agreements", body);
        let bare = drafts(plan(1_000_000, 9_000_000)).await.refused(409, "document-missing");
        assert!(bare.reasons.iter().any(|one| one.rule.as_deref() == Some("R-004")));
        self.staff.papers(&self.provider).await;
        let short = drafts(plan(999_999, 9_000_001)).await.refused(422, "cost-plan-invalid");
        assert!(short.reasons.iter().any(|one| one.rule.as_deref() == Some("R-054")));
        drafts(plan(1_000_000, 9_000_001)).await.refused(422, "cost-plan-invalid");
        let parties = [&self.provider, &self.processor];
        let agreed = self.staff.agreed(plan(1_000_000, 9_000_000), &parties).await;
        let money =
            [agreed.total, Some(agreed.support), agreed.company_share, agreed.cash, agreed.in_kind];
        let won = money.map(|amount| amount.map_or(0, |amount| amount.get()));
        assert_eq!(won, [50_000_000, 40_000_000, 10_000_000, 1_000_000, 9_000_000]);
        let period = agreed.period.as_ref().unwrap();
        assert_eq!(period.end().to_string(), "2024-10-10", "R-081");
        agreed
    }

    /// The pool member cleans the raw version under the agreement; all sign it off.
    async fn processed(&self, raw: &Version, member: &str, agreement: &Agreement) -> Version {
        let new = json!({
            "version": raw.id, "processor": member, "agreement": agreement.id,
            "request": "중복과 결측을 정리해 주세요.",
        });
        let job = self.provider.post("/v1/processings", new).await.expect(201);
        let path = format!("/v1/processings/{}", job.id());
        let source = format!("{path}/source");
        self.processor.get(&source).await.refused(403, "not-entitled");
        self.rival.get(&path).await.refused(404, "not-found");
        self.processor.command(&format!("{path}/accept")).await.expect(200);
        self.processor.command(&format!("{path}/start")).await.expect(200);
        self.processor.get(&source).await.expect(200);
        let spec = self.processor.get(&format!("{path}/suggested-pipeline")).await.expect(200).json;
        let runs = format!("{path}/runs");
        let run = json!({"spec": spec});
        let queued = self.processor.post(&runs, &run).key("run").await.expect(202);
        let again = self.processor.post(&runs, &run).key("run").await.expect(202);
        assert_eq!((queued.id(), again.header("idempotent-replayed")), (again.id(), "true"));
        assert_eq!(self.app.run_jobs().await, 1);
        let list = self.processor.get(&runs).await.expect(200);
        let list = list.json.get("items").cloned().unwrap_or(list.json);
        let ran: Vec<Run> = serde_json::from_value(list).unwrap();
        assert!(ran[0].fault.is_none(), "{:?}", ran[0].fault);
        let version = ran[0].version.clone().unwrap();
        assert!(ran[0].lineage.is_some());

        let submission = json!({"version": version.id, "no_subcontracting": true});
        self.processor.post(&format!("{path}/submit"), submission).await.expect(200);
        self.provider.command(&format!("{path}/approve")).await.refused(409, "state-forbids");
        let clearance = (version.privacy.as_deref() == Some("REVIEW")).then_some("열을 확인했다.");
        let verify = json!({"privacy_clearance": clearance});
        let verified =
            self.staff.operator.post(&format!("{path}/verify"), verify).await.expect(200);
        assert_eq!(verified["state"], "verified", "{}", verified.text());
        self.provider.command(&format!("{path}/approve")).await.expect(200);
        let deletion = json!({"certificate": "작업 사본을 모두 지웠습니다."});
        let closed = self.processor.post(&format!("{path}/close"), deletion).await.expect(200);
        assert_eq!(closed["state"], "closed");
        self.processor.get(&source).await.refused(403, "not-entitled");
        self.provider.get(&format!("/v1/versions/{}", version.id)).await.expect(200).read()
    }

    /// R-151 on the cost of the agreement; then listed, and held to its year.
    async fn listed(&self, version: &Version) -> Listing {
        let method = json!({
            "method": "cost", "reproduction_cost": 50_000_000, "obsolescence_bp": 2000,
            "margin_bp": 1500, "buyers": 6,
        });
        let path = format!("/v1/versions/{}/price-bases", version.id);
        let basis = self.provider.post(&path, method).await.expect(201);
        assert_eq!(basis["result"], 7_666_666, "50,000,000 × 0.8 × 1.15 / 6, rounded down");
        let new = json!({"version": version.id, "draft": market::draft(7_666_666, &basis.id())});
        self.rival.post("/v1/listings", &new).await.refused(404, "not-found");
        let id = self.provider.post("/v1/listings", &new).await.expect(201).id();
        let path = format!("/v1/listings/{id}");

        // Before it is published nobody can order it, or see it.
        let early =
            json!({"listing": id, "purpose": "process_improvement", "purpose_text": "분석"});
        self.buyer.post("/v1/contracts", &early).await.refused(404, "not-found");
        self.app.nobody().get(&path).await.refused(404, "not-found");
        self.provider.command(&format!("{path}/publish")).await.refused(409, "state-forbids");
        self.provider.command(&format!("{path}/submit")).await.expect(200);
        self.provider.command(&format!("{path}/approve")).await.refused(403, "forbidden");
        self.staff.operator.command(&format!("{path}/approve")).await.expect(200);
        let listed: Listing =
            self.provider.command(&format!("{path}/publish")).await.expect(200).read();
        self.app.nobody().get(&path).await.expect(200);

        let duty = listed.duty.as_ref().unwrap();
        assert_eq!(duty.period.end.to_string(), "2025-06-10", "R-090: a year from publication");
        let problem = self.provider.command(&format!("{path}/delist")).await;
        assert!(problem.refused(409, "obligation-running").rule.is_some());
        listed
    }

    /// a branch of the seller's own corporation cannot buy.
    async fn own_group_is_refused(&self, listing: &Listing) {
        let body = order(listing, None, "process_improvement");
        let problem = self.branch.post("/v1/contracts", body).await.refused(409, "same-group");
        assert_eq!(problem.rule.as_deref(), Some("R-063"));
    }

    /// From order to acceptance, with what is refused on the way.
    async fn bought(
        &self,
        buyer: &Persona,
        body: Value,
        shares: [i64; 5],
        sold: &Version,
    ) -> Contract {
        buyer
            .post("/v1/contracts", &body)
            .without_key()
            .await
            .refused(400, "idempotency-key-missing");
        let contract: Contract = buyer.post("/v1/contracts", &body).await.expect(201).read();
        let money = [
            contract.supply,
            contract.vat,
            contract.support,
            contract.company_share,
            contract.own_payment,
        ];
        assert_eq!(money.map(|amount| amount.get()), shares);
        let path = format!("/v1/contracts/{}", contract.id);
        let (sign, fund, file) =
            (format!("{path}/sign"), format!("{path}/fund"), format!("{path}/file"));

        let other = json!({"terms_hash": "0".repeat(64)});
        buyer.post(&sign, other).await.refused(409, "terms-changed");
        buyer.get(&file).await.refused(403, "not-entitled");
        let terms = json!({"terms_hash": contract.terms_hash});
        for side in [buyer, &self.provider] {
            side.post(&sign, &terms).await.expect(200);
        }
        buyer.get(&file).await.refused(403, "not-entitled");
        let paid = |amount: i64| json!({"transferred": amount, "proof_sha256": proof()});
        let due = contract.own_payment.get();
        let short = buyer.post(&fund, paid(due - 1)).await.refused(409, "evidence-missing");
        assert_eq!((short.rule.as_deref(), &short.figures["due"]), (Some("R-062"), &json!(due)));
        buyer.command(&format!("{path}/accept")).await.refused(409, "state-forbids");
        buyer.post(&fund, paid(due)).await.expect(200);

        self.rival.get(&file).await.refused(404, "not-found");
        let bytes = buyer.get(&file).await.expect(200).bytes;
        let table = sold.table.as_ref().unwrap();
        assert_eq!(sha256(&bytes), table.sha256, "the bytes sold are the bytes certified");
        self.certified(buyer, &path, &bytes).await;
        let cancel = json!({"reason": "변심"});
        buyer.post(&format!("{path}/cancel"), cancel).await.refused(409, "state-forbids");
        buyer.command(&format!("{path}/accept")).await.expect(200).read()
    }

    /// The certificate holds for the bytes, judged with the public key alone.
    async fn certified(&self, buyer: &Persona, path: &str, bytes: &[u8]) {
        let jws = buyer.get(&format!("{path}/certificate")).await.expect(200).text();
        let keys = self.app.nobody().get("/.well-known/jwks.json").await.expect(200).text();
        let keys = PublicKey::from_jwks(&keys).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, bytes).unwrap();
        let limits = Limits::default();
        let claims = certificate::verify(&jws, &keys, file.path(), &limits).unwrap();
        assert_eq!(claims.file_sha256, sha256(bytes));
        assert!(claims.lineage_sha256.is_some());
    }

    /// One approves on the evidence, another pays.
    async fn paid(&self, contract: &Contract, nth: u32) -> String {
        let mut body = evidence(contract, nth);
        body["transferred"] = json!(contract.own_payment.get() - 1);
        let (approver, payer) = (&self.staff.approver, &self.staff.payer);
        approver.post("/v1/payments", &body).await.refused(409, "evidence-missing");
        body["transferred"] = json!(contract.own_payment);
        self.buyer.post("/v1/payments", &body).await.refused(403, "forbidden");
        let approved = approver.post("/v1/payments", &body).await.expect(201);
        let path = format!("/v1/payments/{}/pay", approved.id());
        let problem = approver.command(&path).await.refused(409, "duties-separated");
        assert_eq!(problem.rule.as_deref(), Some("R-062"));
        let paid = payer.command(&path).await.expect(200);
        assert_eq!((&paid["state"], &paid["support"]), (&json!("paid"), &json!(contract.support)));
        payer.command(&path).await.refused(409, "state-forbids");
        approved.id()
    }

    /// Books, budget and trail after all of it.
    async fn books(&self, supports: i64) {
        let auditor = &self.staff.auditor;
        let check = auditor.get("/v1/ledger/check").await.expect(200);
        assert_eq!(check["balanced"], true, "{}", check.text());
        assert_eq!(check["vouchers"], 2);
        let payees = auditor.get("/v1/ledger/accounts?kind=payee").await.expect(200);
        assert_eq!(payees["items"][0]["balance"], supports);
        assert_eq!(payees["items"].as_array().unwrap().len(), 1);
        let budget = auditor.get("/v1/programmes/P15/budget?fiscal_year=2024").await.expect(200);
        assert_eq!(
            (&budget["appropriated"], &budget["paid"]),
            (&json!(250_000_000), &json!(supports))
        );
        let all = auditor.get("/v1/ledger/accounts?limit=200").await.expect(200);
        let sum: i64 = all["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["balance"].as_i64().unwrap())
            .sum();
        assert_eq!(sum, 0, "the books sum to nothing");
    }

    async fn voucher(&self, buyer: &Persona, voucher: &Voucher) -> Voucher {
        buyer.get(&format!("/v1/vouchers/{}", voucher.id)).await.expect(200).read()
    }
}

#[tokio::test]
async fn the_main_path() {
    let story = Story::begin().await;
    let (staff, buyer, nonprofit) = (&story.staff, &story.buyer, &story.nonprofit);
    let member = story.pool().await;
    staff.appropriate("P14", 1_250_000_000).await;
    staff.appropriate("P15", 250_000_000).await;
    let support = story.processing_agreement().await;
    let raw = ingested(&story.app, &story.provider, "press.csv", press_csv(600, ',')).await;
    let clean = story.processed(&raw, &member, &support).await;
    assert_eq!((clean.agreement, clean.parent), (Some(support.id), Some(raw.id)));
    let listing = story.listed(&clean).await;
    story.own_group_is_refused(&listing).await;

    let sme = staff.voucher(buyer, "process_improvement", 10_000_000).await;
    let whole = staff.voucher(nonprofit, "research", 10_000_000).await;
    assert_eq!((sme.ratio_bp.get(), whole.ratio_bp.get()), (8_000, 10_000));

    // Somebody else's voucher does not exist.
    let stolen = order(&listing, Some(&whole), "research");
    buyer.post("/v1/contracts", stolen).await.refused(404, "not-found");
    let first = order(&listing, Some(&sme), "process_improvement");
    let first = story
        .bought(buyer, first, [7_666_666, 766_666, 6_133_332, 1_533_334, 2_300_000], &clean)
        .await;
    let second = order(&listing, Some(&whole), "research");
    let second =
        story.bought(nonprofit, second, [7_666_666, 766_666, 7_666_666, 0, 766_666], &clean).await;

    let paid = story.paid(&first, 1).await;
    // The first contract's invoice does not pay the second, however it is written.
    let mut body = evidence(&second, 1);
    staff.approver.post("/v1/payments", &body).await.refused(409, "invoice-duplicate");
    body["invoice_no"] = json!("20240610-41000088-00000001");
    staff.approver.post("/v1/payments", &body).await.refused(409, "invoice-duplicate");
    story.paid(&second, 2).await;

    let left = story.voucher(buyer, &sme).await;
    assert_eq!((left.paid.get(), left.available.get(), left.held.get()), (6_133_332, 3_866_668, 0));
    let left = story.voucher(nonprofit, &whole).await;
    assert_eq!((left.paid.get(), left.available.get()), (7_666_666, 2_333_334));
    story.books(13_799_998).await;

    let ids = [
        ("organisations", story.provider.org.to_string()),
        ("datasets", clean.dataset.to_string()),
        ("versions", clean.id.to_string()),
        ("agreements", support.id.to_string()),
        ("vouchers", sme.id.to_string()),
        ("contracts", first.id.to_string()),
        ("payments", paid),
        ("jobs", raw.job.unwrap().to_string()),
    ];
    super::walk::strangers_see_nothing(&story.rival, &BTreeMap::from(ids)).await;
    lapsed(&story, &sme).await;
}

/// the day after the period the voucher buys nothing, and what is left goes back.
async fn lapsed(story: &Story, voucher: &Voucher) {
    let (app, buyer) = (&story.app, &story.buyer);
    let raw = ingested(app, &story.provider, "more.csv", press_csv(50, ',')).await;
    let listing = story.staff.on_sale(&story.provider, &raw, 1_000_000).await;
    let body = order(&listing, Some(voucher), "process_improvement");
    app.set_text("2024-10-10T14:59:59Z");
    buyer.sign_in().await;
    let in_time: Contract = buyer.post("/v1/contracts", &body).await.expect(201).read();
    // 80 % of 8,666,666 in all, less what was given.
    assert_eq!(in_time.support.get(), 800_000);
    let cancel = format!("/v1/contracts/{}/cancel", in_time.id);
    buyer.post(&cancel, json!({"reason": "다시 주문"})).await.expect(200);

    app.set_text("2024-10-11T00:00:00+09:00");
    buyer.sign_in().await;
    let problem = buyer.post("/v1/contracts", &body).await.refused(409, "period-over");
    assert_eq!(problem.rule.as_deref(), Some("R-064"));
    // Without the voucher it is for sale as before.
    let plain = order(&listing, None, "process_improvement");
    let plain = buyer.post("/v1/contracts", plain).await.expect(201);
    assert_eq!((&plain["support"], &plain["own_payment"]), (&json!(0), &json!(1_100_000)));
    // Made without public money, it may be taken off at any time; orders stay.
    story.provider.sign_in().await;
    let delist = format!("/v1/listings/{}/delist", listing.id);
    story.provider.command(&delist).await.expect(200);
    let late = order(&listing, None, "business_model");
    buyer.post("/v1/contracts", late).await.refused(409, "not-listed");
    buyer.get(&format!("/v1/contracts/{}", plain.id())).await.expect(200);

    marketplace::timers::once(&app.app).await;
    let over = story.voucher(buyer, voucher).await;
    assert_eq!((over.state.as_str(), over.available.get()), ("expired", 0));
    assert_eq!((over.paid.get(), over.returned.get()), (6_133_332, 3_866_668));
    let auditor = &story.staff.auditor;
    auditor.sign_in().await;
    let budget = auditor.get("/v1/programmes/P15/budget?fiscal_year=2024").await.expect(200);
    assert_eq!(budget["available"], 250_000_000 - 13_799_998);
    let check = auditor.get("/v1/ledger/check").await.expect(200);
    assert_eq!(check["balanced"], true, "{}", check.text());
}
