//! An exchange for the tests of trade: a real server on a free port, a frozen clock, people with
//! tokens, and versions that are ready without an upload.

use std::sync::Arc;

use actix_web::dev::ServerHandle;
use bytes::Bytes;
use reqwest::Method;
use schema::api::catalog::{NewDataset, NewVersion};
use schema::api::parties::{NewOrganisation, NewUser, Role, Secret};
use schema::id::{AgreementId, VersionId};
use schema::notice::SizeClass;
use schema::registry_no::BusinessNo;
use schema::time::Instant;
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::{Principal, token};
use crate::catalog::{self, VersionRow};
use crate::clock::{Clock, Frozen};
use crate::config::{Config, LogFormat};
use crate::db::dialect::Location;
use crate::documents;
use crate::idempotency::Ticket;
use crate::parties;

/// What the buyers of these tests download.
pub(super) fn content() -> Bytes {
    (0..=u8::MAX).cycle().take(300_000).collect::<Vec<u8>>().into()
}

pub(super) struct Stage {
    pub(super) app: App,
    clock: Arc<Frozen>,
    base: String,
    http: reqwest::Client,
    handle: ServerHandle,
    people: u32,
    _dir: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) bytes: Bytes,
    pub(super) json: Value,
}

impl Answer {
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    #[track_caller]
    pub(super) fn refused(self, status: u16, code: &str) -> Answer {
        let answer = self.expect(status);
        assert_eq!(answer.json["code"], code, "{}", answer.json);
        answer
    }

    #[track_caller]
    pub(super) fn text(&self, field: &str) -> String {
        self.json[field].as_str().unwrap().to_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Stage {
    pub(super) fn open() -> Stage {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().to_owned();
        let config = Config {
            outbox: crate::config::OutboxConfig::below(&data_dir),
            database: Location::Sqlite(data_dir.join("trade.db").display().to_string()),
            data_dir,
            listen: ([127, 0, 0, 1], 0).into(),
            db_connections: 4,
            workers: 0,
            upload_bytes_max: 1 << 20,
            public_url: None,
            log_format: LogFormat::Text,
            log: "off".to_owned(),
        };
        let clock = Frozen::at("2024-06-10T01:00:00Z".parse().unwrap());
        let app = App::open(config, Clock::of(clock.clone())).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = crate::http::server::serve(app.clone(), listener).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let http = reqwest::Client::new();
        Stage { app, clock, base, http, handle, people: 0, _dir: dir }
    }

    pub(super) async fn close(self) {
        self.handle.stop(false).await;
    }

    pub(super) fn set(&self, at: &str) {
        self.clock.set(at.parse().unwrap());
    }

    /// A person of a new organisation.
    pub(super) async fn person(&mut self, roles: &[Role], class: SizeClass) -> Principal {
        self.people += 1;
        let n = self.people;
        let organisation = NewOrganisation {
            name: format!("기관 {n}"),
            business_no: business_no(n),
            corporate_no: None,
            representative: format!("대표 {n}"),
            size_class: class,
            ksic: (class != SizeClass::Nonprofit).then(|| "25913".to_owned()),
            roles: roles.to_vec(),
        };
        let user = NewUser {
            email: format!("p{n}@jangteo.example"),
            name: format!("담당자 {n}"),
            password: Secret("0123456789".to_owned()),
        };
        let made = if Role::STAFF.contains(&roles[0]) {
            let (organisation, roles) = (Some(organisation), roles.to_vec());
            let new = schema::api::parties::NewStaff { org: None, organisation, user, roles };
            parties::service::operator_create(&self.app, new).await.unwrap()
        } else {
            let new = schema::api::parties::SignUp { organisation, user };
            parties::service::sign_up(&self.app, new).await.unwrap()
        };
        let who = Principal {
            user: made.user.id,
            org: made.organisation.id,
            session: self.app.clock.fresh(),
            roles: roles.to_vec(),
        };
        // A session that outlives what the test does to the clock.
        let late = Instant::MAX;
        self.app.store.write_now(|db| parties::sessions::open_in(db, &who, late)).unwrap();
        who
    }

    pub(super) async fn call(
        &self,
        who: Option<&Principal>,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(who) = who {
            let token = token::issue(&self.app.keys, who, self.app.clock.now()).unwrap();
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer { status, headers, bytes, json }
    }

    pub(super) async fn get(&self, who: &Principal, path: &str) -> Answer {
        self.call(Some(who), Method::GET, path, &[], None).await
    }

    /// A command with a key of its own.
    pub(super) async fn post(&self, who: &Principal, path: &str, body: Value) -> Answer {
        let key = self.app.clock.fresh::<schema::id::Request>().to_string();
        let body = (!body.is_null()).then_some(body);
        self.call(Some(who), Method::POST, path, &[("idempotency-key", &key)], body).await
    }

    /// A version that is ready, of three rows and two columns.
    pub(super) async fn version(
        &self,
        who: &Principal,
        grade: &'static str,
        agreement: Option<AgreementId>,
    ) -> VersionId {
        let ticket = || Ticket::new(who.user.to_string(), None, "test", b"");
        let new = NewDataset { title: "사출".to_owned(), description: String::new() };
        let dataset =
            catalog::service::dataset_create(&self.app, who.clone(), ticket(), new).await.unwrap();
        let new = NewVersion { file_name: "a.csv".to_owned(), dictionary: None };
        let (app, id) = (&self.app, dataset.value.id);
        let version =
            catalog::service::version_create(app, who.clone(), ticket(), id, new).await.unwrap();
        let id = version.value.id;
        let stored = app.objects.put_bytes(id.as_str(), content()).await.unwrap();
        let audits = [app.clock.fresh(), app.clock.fresh(), app.clock.fresh()];
        let now = app.clock.now();
        let (kept, owner) = (stored.clone(), who.clone());
        app.store
            .write(move |db| {
                catalog::service::content_put_in(db, &owner, id, &kept, now, audits[0]).map(|_| ())
            })
            .await
            .unwrap();
        catalog::service::version_finalise(app, who.clone(), ticket(), id).await.unwrap();
        let fill = move |row: &mut VersionRow| {
            row.table_key = Some(stored.key.clone());
            row.table_sha256 = Some(stored.sha256.clone());
            row.table_bytes = i64::try_from(stored.bytes).ok();
            row.row_count = Some(3);
            row.column_count = Some(2);
            row.grade = Some(grade.to_owned());
            row.index_hundredths = Some(9_829);
            row.privacy = Some("PASS".to_owned());
            row.certificate = Some("a.b.c".to_owned());
            row.agreement_id = agreement;
        };
        let (made, owner) = (app.clock.fresh(), who.clone());
        app.store
            .write(move |db| {
                let complete = catalog::rules::Command::Complete;
                catalog::service::processing_end_in(db, id, complete, now, audits[1], &fill)?;
                if agreement.is_none() {
                    return Ok(id);
                }
                // What an agreement paid for is the result of a processing, never an upload.
                catalog::service::processed_version_create_in(
                    db, made, id, &owner, now, audits[2], &fill,
                )
                .map(|version| version.id)
            })
            .await
            .unwrap()
    }

    /// A listing of a version on sale.
    pub(super) async fn on_sale(
        &self,
        seller: &Principal,
        operator: &Principal,
        version: VersionId,
        price: i64,
    ) -> String {
        let basis = json!({"method": "cost", "reproduction_cost": 30_000_000,
            "obsolescence_bp": 2000, "margin_bp": 1500, "buyers": 6});
        let path = format!("/v1/versions/{version}/price-bases");
        let basis = self.post(seller, &path, basis).await.expect(201).text("id");
        let body = json!({"version": version, "draft": draft(price, Some(&basis))});
        let id = self.post(seller, "/v1/listings", body).await.expect(201).text("id");
        self.post(seller, &format!("/v1/listings/{id}/submit"), Value::Null).await.expect(200);
        self.post(operator, &format!("/v1/listings/{id}/approve"), Value::Null).await.expect(200);
        self.post(seller, &format!("/v1/listings/{id}/publish"), Value::Null).await.expect(200);
        id
    }

    /// Signs a contract for both sides.
    pub(super) async fn sign(&self, buyer: &Principal, seller: &Principal, contract: &Value) {
        let path = format!("/v1/contracts/{}/sign", contract["id"].as_str().unwrap());
        let body = json!({"terms_hash": contract["terms_hash"]});
        self.post(buyer, &path, body.clone()).await.expect(200);
        self.post(seller, &path, body).await.expect(200);
    }

    /// An agreement that everybody has signed, the agency last.
    pub(super) async fn agreement(
        &self,
        agency: &Principal,
        body: Value,
        signers: &[&Principal],
    ) -> Value {
        let code = body["programme"].as_str().unwrap().to_owned();
        let money = json!({"fiscal_year": 2024, "amount": 250_000_000, "reason": "예산 배정"});
        self.post(agency, &format!("/v1/programmes/{code}/budget"), money).await.expect(200);
        for signer in signers {
            let org = signer.org;
            let found = self.app.store.read(move |db| parties::service::organisation_in(db, org));
            documents::testing::file(&self.app, signer, found.await.unwrap().size_class).await;
        }
        let drafted = self.post(agency, "/v1/agreements", body).await.expect(201);
        let path = format!("/v1/agreements/{}", drafted.text("id"));
        let sign = json!({"terms_hash": drafted.text("terms_hash")});
        for signer in signers.iter().chain([&agency]) {
            self.post(signer, &format!("{path}/sign"), sign.clone()).await.expect(200);
        }
        self.get(agency, &path).await.expect(200).json
    }
}

/// What a provider writes.
pub(super) fn draft(price: i64, basis: Option<&str>) -> Value {
    json!({
        "title": {"ko": "사출 성형 공정 데이터", "en": "Injection moulding data"},
        "summary": {"ko": "1초 주기 100% 실측", "en": "Measured once a second"},
        "description": {
            "process": {"ko": "사출 성형", "en": "Injection moulding"},
            "equipment": {"ko": "사출기", "en": "Injection machine"},
            "ksic": "22299",
        },
        "price": price,
        "price_basis": basis,
        "licence": {
            "model": "LUMP_SUM", "term_months": 36,
            "scope": {"purposes": [], "sites": 1, "affiliates": false},
            "exclusivity": "non_exclusive", "derived": "buyer_owns", "territory": "KR",
            "delivery": "file", "updates": "none", "warranty": {"days": 14},
        },
        "attestation": {"right_to_sell": true, "no_third_party_rights": true},
        "file_name": "사출.parquet",
    })
}

/// An order.
pub(super) fn order(listing: &str, voucher: Option<&str>) -> Value {
    let mut order = json!({"listing": listing, "purpose": "process_improvement",
        "purpose_text": "불량 예측 모델을 만든다."});
    if let Some(voucher) = voucher {
        order["voucher"] = voucher.into();
    }
    order
}

/// The `n`th business number.
fn business_no(n: u32) -> BusinessNo {
    let nine = format!("10081{n:04}");
    (0..10).find_map(|check| format!("{nine}{check}").parse().ok()).unwrap()
}
