//! The catalogue in the words of others: DCAT-AP, Croissant, schema.org and ODRL, read by their validators.

use schema::api::trade::Contract;
use serde_json::json;
use tests::files::{ingested, press_csv, sha256};
use tests::market::{Staff, cost_method, draft, order, sign_and_fund};
use tests::{Answer, TestApp, clients};

/// The published validators of DCAT-AP and Croissant, and what everybody may see.
#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_fits_the_published_standards() {
    let app = TestApp::start();
    let (staff, seller) = (Staff::hired(&app).await, app.provider().await);
    let version = ingested(&app, &seller, "press.csv", press_csv(60, ',')).await;
    let listing = staff.on_sale(&seller, &version, 1_000_000).await;
    let nobody = app.nobody();
    let path = format!("/catalog/{}", listing.id);
    let catalogue = nobody.get("/catalog").await.expect(200);
    assert_eq!(catalogue["dcat:dataset"][0]["dct:identifier"], json!(listing.id));
    let sample = nobody.get(&format!("{path}/sample.csv")).await.expect(200);
    let rows = sample.text().lines().count() - 1;
    let croissant = nobody.get(&format!("{path}?view=croissant")).await.expect(200);
    assert_eq!(croissant["distribution"][0]["sha256"], sha256(&sample.bytes));
    let offer = nobody.get(&format!("{path}?view=odrl")).await.expect(200);
    assert_eq!(offer["permission"][0]["constraint"][0]["leftOperand"], "elapsedTime");
    nobody.get(&format!("{path}?view=rdf")).await.refused(422, "invalid-field");
    // What was never published is not told, whoever asks.
    let hidden = ingested(&app, &seller, "press.csv", press_csv(61, ',')).await;
    let basis = format!("/v1/versions/{}/price-bases", hidden.id);
    let basis = seller.post(&basis, cost_method(5)).await.expect(201).id();
    let new = json!({"version": hidden.id, "draft": draft(5, &basis)});
    let hidden = seller.post("/v1/listings", new).await.expect(201).id();
    for view in ["", "?view=odrl", "/sample.csv"] {
        let answer = seller.get(&format!("/catalog/{hidden}{view}")).await;
        answer.refused(404, "not-found");
    }
    let shell = nobody.get(&format!("{path}?view=aas")).await.expect(200);
    assert_eq!(shell["assetAdministrationShells"][0]["idShort"], "DataProduct");
    let Some(python) = clients::python() else { return };
    let base = format!("http://{}", nobody.address());
    let arguments = vec![base.clone(), listing.id.to_string()];
    let read = clients::run(python.clone(), "shells.py", arguments).await;
    assert_eq!((&read["rows"], &read["columns"][0]), (&json!(60), &json!("measured_at")));
    let arguments = vec![base, listing.id.to_string(), rows.to_string()];
    assert_eq!(clients::run(python, "catalogue.py", arguments).await["rows"], rows);
}

/// What a factory's own shells say of its signals becomes a dictionary, which its file is read with.
#[tokio::test]
async fn r_182_columns_come_out_of_asset_administration_shells() {
    let app = TestApp::start();
    let (staff, seller) = (Staff::hired(&app).await, app.provider().await);
    let version = ingested(&app, &seller, "press.csv", press_csv(60, ',')).await;
    let listing = staff.on_sale(&seller, &version, 1_000_000).await;
    let path = format!("/catalog/{}", listing.id);
    let told = app.nobody().get(&format!("{path}?view=aas")).await.expect(200);
    let packed = app.nobody().get(&format!("{path}/product.aasx")).await.expect(200);
    for bytes in [told.bytes.clone(), packed.bytes.clone()] {
        let found = seller.post_bytes("/v1/shells/tables", bytes).await.expect(200);
        let columns = found["items"][0]["columns"].as_array().unwrap().clone();
        let names: Vec<&str> = columns.iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!(names[..3], ["measured_at", "machine", "pressure_bar"]);
        assert_eq!(columns[0]["value_type"], "timestamp");
    }
    let refused = seller.post_bytes("/v1/shells/tables", &b"PK\x03\x04"[..]).await;
    assert_eq!(refused.refused(422, "file-unreadable").figures["fault"], "aas-unreadable");
    seller.post_bytes("/v1/shells/tables", &b""[..]).await.refused(422, "upload-empty");
    let nobody = app.nobody().post_bytes("/v1/shells/tables", told.bytes.clone()).await;
    nobody.refused(401, "unauthenticated");
}

/// The policy of a contract is an agreement of its parties until the last day of use.
#[tokio::test]
async fn a_contract_is_an_odrl_agreement() {
    let app = TestApp::start();
    let (staff, seller, buyer) =
        (Staff::hired(&app).await, app.provider().await, app.buyer().await);
    let version = ingested(&app, &seller, "press.csv", press_csv(60, ',')).await;
    let listing = staff.on_sale(&seller, &version, 1_000_000).await;
    let asked = order(&listing, None, "process_improvement");
    let contract: Contract = buyer.post("/v1/contracts", asked).await.expect(201).read();
    let path = format!("/v1/contracts/{}/policy", contract.id);
    buyer.get(&path).await.refused(409, "state-forbids");
    let contract = sign_and_fund(&buyer, &seller, &contract).await;
    let policy = buyer.get(&path).await.expect(200);
    assert_eq!(policy["@type"], "Agreement");
    let left = |policy: &Answer| {
        let all = policy["permission"][0]["constraint"].as_array().unwrap().clone();
        let names = all.iter().map(|c| c["leftOperand"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), all)
    };
    assert_eq!(left(&policy).0, ["purpose", "elapsedTime", "unitOfCount", "spatial"]);
    buyer.get(&format!("/v1/contracts/{}/file", contract.id)).await.expect(200);
    let (names, all) = left(&seller.get(&path).await.expect(200));
    assert_eq!(names, ["purpose", "unitOfCount", "spatial", "dateTime"]);
    let end = all[3]["rightOperand"]["@value"].as_str().unwrap().to_owned();
    assert!(end.ends_with("T23:59:59+09:00"), "{end}");
    app.buyer().await.get(&path).await.refused(404, "not-found");
}
