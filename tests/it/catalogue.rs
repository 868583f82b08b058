//! The catalogue in the words of others: DCAT-AP, Croissant, schema.org and ODRL, read by their validators.

use serde_json::json;
use tests::files::{ingested, press_csv, sha256};
use tests::market::{Staff, cost_method, draft};
use tests::{TestApp, clients};

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
    let Some(python) = clients::python() else { return };
    let base = format!("http://{}", nobody.address());
    let arguments = vec![base, listing.id.to_string(), rows.to_string()];
    assert_eq!(clients::run(python, "catalogue.py", arguments).await["rows"], rows);
}
