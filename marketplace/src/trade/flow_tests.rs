//! Trade from draft to acceptance over HTTP.

use reqwest::Method;
use schema::api::parties::Role;
use schema::notice::SizeClass;
use serde_json::{Value, json};

use super::offer::sha256;
use super::service::accept_due;
use super::testing::{Stage, content, draft, order};

/// Nobody pays without support, a won short is refused, and the buyer alone gets the bytes.
#[actix_web::test]
async fn r_065_r_149_a_purchase_without_support_leaves_evidence() {
    let mut stage = Stage::open();
    let seller = stage.person(&[Role::Provider], SizeClass::Sme).await;
    let buyer = stage.person(&[Role::Buyer], SizeClass::Large).await;
    let other = stage.person(&[Role::Buyer, Role::Provider], SizeClass::Sme).await;
    let operator = stage.person(&[Role::Operator], SizeClass::Nonprofit).await;
    let version = stage.version(&seller, "A", None).await;
    let listing = stage.on_sale(&seller, &operator, version, 4_600_000).await;

    // Everybody sees it, and finds it.
    let seen = stage.call(None, Method::GET, &format!("/v1/listings/{listing}"), &[], None).await;
    let seen = seen.expect(200).json;
    assert_eq!((&seen["state"], &seen["vat"]), (&json!("listed"), &json!(460_000)));
    assert_eq!(seen["basis"]["result"], 4_600_000);
    assert_eq!(seen["author"], Value::Null);
    for (q, found) in [("MOULDING", 1), ("사출기", 1), ("100%25", 1), ("10_%25", 0), ("%25", 1)]
    {
        let list = stage.call(None, Method::GET, &format!("/v1/listings?q={q}"), &[], None).await;
        assert_eq!(list.expect(200).json["items"].as_array().unwrap().len(), found, "{q}");
    }

    // An order is made once, whatever is sent twice (edge case 13).
    let mut wanted = order(&listing, None);
    wanted["expected_terms_hash"] = seen["offer_hash"].clone();
    let key = [("idempotency-key", "k-1")];
    let post =
        |body: Value| stage.call(Some(&buyer), Method::POST, "/v1/contracts", &key, Some(body));
    let first = post(wanted.clone()).await.expect(201);
    let again = post(wanted.clone()).await.expect(201);
    assert_eq!(first.json, again.json);
    assert_eq!(again.header("idempotent-replayed"), "true");
    let no_key = stage.call(Some(&buyer), Method::POST, "/v1/contracts", &[], Some(wanted.clone()));
    no_key.await.refused(400, "idempotency-key-missing");
    wanted["expected_terms_hash"] = "00".repeat(32).into();
    stage.post(&buyer, "/v1/contracts", wanted).await.refused(409, "terms-changed");
    let contract = first.json;
    assert_eq!(contract["own_payment"], 5_060_000);
    assert_eq!((&contract["state"], &contract["support"]), (&json!("ordered"), &json!(0)));

    let path = format!("/v1/contracts/{}", contract["id"].as_str().unwrap());
    let file = format!("{path}/file");
    stage.get(&other, &path).await.refused(404, "not-found");
    stage.get(&other, &file).await.refused(404, "not-found");
    let unsigned = stage.get(&buyer, &file).await.refused(403, "not-entitled");
    assert_eq!(unsigned.json["reason"], "unsigned");

    // The document in both languages; what is signed is what was read.
    let korean = stage.get(&buyer, &format!("{path}/document?lang=ko")).await.expect(200);
    assert_eq!(korean.header("terms-hash"), contract["terms_hash"]);
    assert!(String::from_utf8_lossy(&korean.bytes).contains("제1조 (당사자)"));
    let wrong = json!({"terms_hash": "00".repeat(32)});
    stage.post(&buyer, &format!("{path}/sign"), wrong).await.refused(409, "terms-changed");
    let pay = |won: i64| json!({"transferred": won, "proof_sha256": "ab".repeat(32)});
    stage.post(&buyer, &format!("{path}/fund"), pay(5_060_000)).await.refused(409, "state-forbids");
    stage.sign(&buyer, &seller, &contract).await;
    let signed = stage.get(&seller, &path).await.expect(200).json;
    assert_eq!(signed["state"], "signed");
    assert_eq!(signed["signatures"].as_array().unwrap().len(), 2);
    assert_eq!(signed["platform_signature"].as_str().unwrap().split('.').count(), 3);

    let short = stage.post(&buyer, &format!("{path}/fund"), pay(5_059_999)).await;
    assert_eq!(short.refused(409, "evidence-missing").json["due"], 5_060_000);
    stage.post(&seller, &format!("{path}/fund"), pay(5_060_000)).await.refused(403, "forbidden");
    stage.post(&buyer, &format!("{path}/fund"), pay(5_060_000)).await.expect(200);
    assert_eq!(
        stage.get(&seller, &file).await.refused(403, "not-entitled").json["reason"],
        "not-the-buyer"
    );

    // HEAD tells all and delivers nothing.
    let head = stage.call(Some(&buyer), Method::HEAD, &file, &[], None).await.expect(200);
    assert_eq!(head.header("content-length"), "300000");
    let state = stage.get(&buyer, &path).await.json["state"].clone();
    assert_eq!(state, "funded");

    let whole = stage.get(&buyer, &file).await.expect(200);
    assert_eq!(whole.bytes, content());
    assert_eq!(whole.header("content-type"), "application/vnd.apache.parquet");
    assert_eq!(whole.header("etag"), format!("\"sha256-{}\"", sha256(&content())));
    assert_eq!(whole.header("repr-digest"), head.header("repr-digest"));
    assert_eq!(whole.header("accept-ranges"), "bytes");
    for (range, status, content_range, bytes) in [
        ("bytes=0-3", 206, "bytes 0-3/300000", content().slice(0..4)),
        ("bytes=-5", 206, "bytes 299995-299999/300000", content().slice(299_995..)),
        ("bytes=299999-", 206, "bytes 299999-299999/300000", content().slice(299_999..)),
        ("bytes=0-0,5-6", 200, "", content()),
    ] {
        let part = stage.call(Some(&buyer), Method::GET, &file, &[("range", range)], None).await;
        let part = part.expect(status);
        assert_eq!((part.header("content-range"), &part.bytes), (content_range, &bytes), "{range}");
    }
    let beyond = [("range", "bytes=300000-")];
    let beyond = stage.call(Some(&buyer), Method::GET, &file, &beyond, None).await;
    let beyond = beyond.refused(416, "range-not-satisfiable");
    assert_eq!(beyond.header("content-range"), "bytes */300000");
    let known = [("if-none-match", whole.header("etag"))];
    stage.call(Some(&buyer), Method::GET, &file, &known, None).await.expect(304);
    let stale = [("range", "bytes=0-3"), ("if-range", "\"other\"")];
    stage.call(Some(&buyer), Method::GET, &file, &stale, None).await.expect(200);

    let delivered = stage.get(&seller, &format!("{path}/deliveries")).await.expect(200).json;
    let lines = delivered["items"].as_array().unwrap();
    assert_eq!(lines.len(), 6);
    assert_eq!((&lines[1]["from"], &lines[1]["bytes"]), (&json!(0), &json!(4)));
    // digest, time and person of each delivery; the terms stand in its contract.
    for line in lines {
        assert_eq!(line["sha256"], sha256(&content()));
        assert_eq!((&line["user"], &line["contract"]), (&json!(buyer.user), &contract["id"]));
        assert!(line["at"].is_string() && contract["terms_hash"].is_string());
    }
    let contract = stage.get(&buyer, &path).await.json;
    assert_eq!(
        (&contract["state"], &contract["reject_by"]),
        (&json!("delivered"), &json!("2024-06-24"))
    );
    let certificate = stage.get(&buyer, &format!("{path}/certificate")).await.expect(200);
    assert_eq!(&certificate.bytes[..], b"a.b.c");
    stage.post(&buyer, &format!("{path}/cancel"), json!({})).await.refused(409, "state-forbids");

    // Nothing is accepted before its time; after it, once.
    assert_eq!(accept_due(&stage.app).await.unwrap(), 0);
    stage.set("2024-06-24T15:00:00Z");
    let late = json!({"reason": "결측치가 보고서보다 많다"});
    stage.post(&buyer, &format!("{path}/reject"), late).await.refused(409, "period-over");
    assert_eq!(accept_due(&stage.app).await.unwrap(), 1);
    assert_eq!(accept_due(&stage.app).await.unwrap(), 0);
    assert_eq!(stage.get(&buyer, &path).await.json["state"], "accepted");
    stage.get(&buyer, &file).await.expect(200);
    stage.close().await;
}

/// A voucher holds, is released by a withdrawal, and is committed by acceptance.
#[actix_web::test]
async fn r_061_a_purchase_with_a_voucher() {
    let mut stage = Stage::open();
    let seller = stage.person(&[Role::Provider], SizeClass::Sme).await;
    let buyer = stage.person(&[Role::Buyer], SizeClass::Sme).await;
    let operator = stage.person(&[Role::Operator], SizeClass::Nonprofit).await;
    let agency = stage.person(&[Role::Agency], SizeClass::Nonprofit).await;
    let version = stage.version(&seller, "A", None).await;
    let listing = stage.on_sale(&seller, &operator, version, 5_000_000).await;
    let agreed = json!({"programme": "P15", "title": "구매지원", "recipient": buyer.org,
        "support": 10_000_000, "purpose": "process_improvement"});
    let agreement = stage.agreement(&agency, agreed, &[&buyer]).await;
    let voucher = agreement["voucher"].as_str().unwrap();

    let mut resale = order(&listing, Some(voucher));
    resale["purpose"] = "internal".into();
    let refused = stage.post(&buyer, "/v1/contracts", resale).await.refused(422, "invalid-field");
    assert_eq!(refused.json["rule"], "R-028");
    stage
        .post(&agency, "/v1/contracts", order(&listing, Some(voucher)))
        .await
        .refused(403, "forbidden");

    let ordered = stage.post(&buyer, "/v1/contracts", order(&listing, Some(voucher))).await;
    let contract = ordered.expect(201).json;
    assert_eq!(
        (&contract["support"], &contract["company_share"]),
        (&json!(4_000_000), &json!(1_000_000))
    );
    assert_eq!(contract["own_payment"], 1_500_000);
    let held = |stage: &Stage| {
        let (get, path) = (stage.app.clone(), voucher.parse().unwrap());
        let read = move |db: &mut _| crate::vouchers::service::voucher_in(db, path);
        let voucher = get.store.read_now(read).unwrap();
        (voucher.held.get(), voucher.committed.get(), voucher.available.get())
    };
    assert_eq!(held(&stage), (4_000_000, 0, 6_000_000));
    // The same data are supported once.
    let twice = stage.post(&buyer, "/v1/contracts", order(&listing, Some(voucher))).await;
    twice.refused(409, "duplicate-support");

    // A withdrawal after payment gives both shares back.
    let path = format!("/v1/contracts/{}", contract["id"].as_str().unwrap());
    stage.sign(&buyer, &seller, &contract).await;
    let pay = json!({"transferred": 1_500_000, "proof_sha256": "AB".repeat(32)});
    stage.post(&buyer, &format!("{path}/fund"), pay.clone()).await.expect(200);
    let cancelled =
        stage.post(&buyer, &format!("{path}/cancel"), json!({"reason": "필요 없음"})).await;
    assert_eq!(cancelled.expect(200).json["state"], "cancelled");
    assert_eq!(held(&stage), (0, 0, 10_000_000));
    stage.get(&buyer, &format!("{path}/file")).await.refused(403, "not-entitled");

    let ordered = stage.post(&buyer, "/v1/contracts", order(&listing, Some(voucher))).await;
    let contract = ordered.expect(201).json;
    let path = format!("/v1/contracts/{}", contract["id"].as_str().unwrap());
    stage.sign(&buyer, &seller, &contract).await;
    stage.post(&buyer, &format!("{path}/fund"), pay).await.expect(200);
    stage.get(&buyer, &format!("{path}/file")).await.expect(200);
    let accepted = stage.post(&buyer, &format!("{path}/accept"), Value::Null).await;
    assert_eq!(accepted.expect(200).json["state"], "accepted");
    assert_eq!(held(&stage), (0, 4_000_000, 6_000_000));
    let books = crate::ledger::service::check(&stage.app).await.unwrap();
    assert!(books.balanced, "{books:?}");
    stage.close().await;
}

/// The gate tells all at once; the duty of a P14 product runs, stands still and ends.
#[actix_web::test]
async fn r_090_the_listing_duty_of_a_product_made_with_public_money() {
    let mut stage = Stage::open();
    let owner = stage.person(&[Role::Provider], SizeClass::Sme).await;
    let processor = stage.person(&[Role::Processor], SizeClass::Sme).await;
    let operator = stage.person(&[Role::Operator], SizeClass::Nonprofit).await;
    let agency = stage.person(&[Role::Agency], SizeClass::Nonprofit).await;
    let plan = json!({"total": 50_000_000, "government": 40_000_000, "cash": 1_000_000,
        "in_kind": 9_000_000});
    let agreed = json!({"programme": "P14", "title": "가공지원", "recipient": owner.org,
        "processor": processor.org, "plan": plan});
    let agreement = stage.agreement(&agency, agreed, &[&owner, &processor]).await;
    let agreement = agreement["id"].as_str().unwrap().parse().unwrap();

    // Everything that is wrong is told at once.
    let poor = stage.version(&owner, "REJECT", Some(agreement)).await;
    let mut bad = draft(4_600_000, None);
    bad["attestation"] = json!({});
    let body = json!({"version": poor, "draft": bad});
    let id = stage.post(&owner, "/v1/listings", body).await.expect(201).text("id");
    let path = format!("/v1/listings/{id}");
    let refused = stage.post(&owner, &format!("{path}/submit"), Value::Null).await;
    let refused = refused.refused(409, "listing-blocked").json;
    let codes: Vec<&str> = refused["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "grade-reject",
            "price-basis-missing",
            "attestation-right-to-sell",
            "attestation-third-party-rights"
        ]
    );
    stage.call(None, Method::GET, &path, &[], None).await.refused(404, "not-found");
    stage.get(&operator, &path).await.expect(200);

    stage.set("2024-11-01T14:59:59Z");
    let version = stage.version(&owner, "B", Some(agreement)).await;
    let id = stage.on_sale(&owner, &operator, version, 4_600_000).await;
    let path = format!("/v1/listings/{id}");
    let listing = stage.get(&owner, &path).await.expect(200).json;
    assert_eq!(
        (&listing["duty"]["period"]["end"], &listing["duty"]["state"]),
        (&json!("2025-11-03"), &json!("running"))
    );
    let early = stage.post(&owner, &format!("{path}/delist"), Value::Null).await;
    assert_eq!(early.refused(409, "obligation-running").json["obligation_end"], "2025-11-03");
    let edit = draft(1, None);
    let put = stage.call(Some(&owner), Method::PUT, &path, &[], Some(edit)).await;
    assert_eq!(put.refused(409, "state-forbids").json["rule"], "R-095");

    // Ten days of suspension by the provider's fault are added.
    stage.set("2025-06-01T03:00:00Z");
    let halt = json!({"cause": "personal_data", "reason": "신고된 개인정보"});
    stage.post(&owner, &format!("{path}/suspend"), halt.clone()).await.refused(403, "forbidden");
    stage.post(&operator, &format!("{path}/suspend"), halt).await.expect(200);
    assert_eq!(stage.get(&owner, &path).await.json["duty"]["state"], "paused");
    stage.call(None, Method::GET, &path, &[], None).await.refused(404, "not-found");
    stage.set("2025-06-11T03:00:00Z");
    stage.post(&operator, &format!("{path}/reinstate"), Value::Null).await.expect(200);
    let listing = stage.get(&owner, &path).await.json;
    assert_eq!(listing["duty"]["period"]["end"], "2025-11-11");

    // A later version continues the clock.
    let basis = listing["price_basis"].as_str().unwrap().to_owned();
    let mut next = draft(5_000_000, Some(&basis));
    next["supersedes"] = id.clone().into();
    let body = json!({"version": version, "draft": next});
    let newer = stage.post(&owner, "/v1/listings", body).await.expect(201).text("id");
    let newer = format!("/v1/listings/{newer}");
    stage.post(&owner, &format!("{newer}/submit"), Value::Null).await.expect(200);
    stage.post(&operator, &format!("{newer}/approve"), Value::Null).await.expect(200);
    let published = stage.post(&owner, &format!("{newer}/publish"), Value::Null).await.expect(200);
    assert_eq!(published.json["duty"]["period"]["end"], "2025-11-11");
    let older = stage.get(&owner, &path).await.json;
    assert_eq!((&older["state"], &older["duty"]), (&json!("superseded"), &Value::Null));

    // Force removes at once; a replacement is due.
    let removal = json!({"reason": "국가핵심기술"});
    stage
        .post(&operator, &format!("{newer}/remove"), removal.clone())
        .await
        .refused(403, "forbidden");
    let removed = stage.post(&agency, &format!("{newer}/remove"), removal).await.expect(200);
    assert_eq!(removed.json["duty"]["state"], "remediation");
    assert_eq!(removed.json["duty"]["remedy_by"], "2025-07-11");
    stage.close().await;
}

/// Who holds the data is told and gets no more of them; who does not is told nothing.
#[actix_web::test]
async fn r_175_personal_data_stop_every_delivery_and_every_buyer_is_told() {
    let mut stage = Stage::open();
    let seller = stage.person(&[Role::Provider], SizeClass::Sme).await;
    let buyer = stage.person(&[Role::Buyer], SizeClass::Large).await;
    let other = stage.person(&[Role::Buyer], SizeClass::Large).await;
    let operator = stage.person(&[Role::Operator], SizeClass::Nonprofit).await;
    let version = stage.version(&seller, "A", None).await;
    let listing = stage.on_sale(&seller, &operator, version, 4_600_000).await;
    let contract = stage.post(&buyer, "/v1/contracts", order(&listing, None)).await.expect(201);
    let path = format!("/v1/contracts/{}", contract.text("id"));
    stage.sign(&buyer, &seller, &contract.json).await;
    let paid = json!({"transferred": 5_060_000, "proof_sha256": "ab".repeat(32)});
    stage.post(&buyer, &format!("{path}/fund"), paid).await.expect(200);
    let file = format!("{path}/file");
    stage.get(&buyer, &file).await.expect(200);

    let suspend = format!("/v1/listings/{listing}/suspend");
    let told = json!({"cause": "personal_data", "reason": "작업자 이름이 들어 있다는 신고"});
    stage.post(&seller, &suspend, told.clone()).await.refused(403, "forbidden");
    stage.post(&operator, &suspend, told).await.expect(200);
    let refused = stage.get(&buyer, &file).await.refused(403, "not-entitled");
    assert_eq!(refused.json["rule"], "R-175");
    for (who, count) in [(&seller, 1), (&buyer, 1), (&other, 0)] {
        let events = stage.get(who, "/v1/events").await.expect(200).json;
        let events = events["items"].as_array().unwrap();
        let halts = events.iter().filter(|event| event["kind"] == "listing.suspended");
        assert_eq!(halts.clone().count(), count);
        assert!(halts.into_iter().all(|halt| halt.to_string().contains("작업자 이름")));
    }
    stage.close().await;
}
