//! The board of requests: a buyer asks, sellers propose, and only those two read a proposal.

use serde_json::json;
use tests::TestApp;
use tests::files::{ingested, press_csv};
use tests::market::Staff;

#[tokio::test]
async fn a_buyer_asks_and_sellers_propose() {
    let app = TestApp::start();
    let staff = Staff::hired(&app).await;
    let (buyer, seller, other) = (app.buyer().await, app.provider().await, app.provider().await);
    let version = ingested(&app, &seller, "press.csv", press_csv(60, ',')).await;
    let listing = staff.on_sale(&seller, &version, 1_000_000).await;
    let asked = json!({
        "title": "프레스 하중 파형", "detail": "타발 하중 1 kHz 이상, 금형 수명 끝까지", "budget": 8_000_000,
        "until": app.now().seoul_day(),
    });
    let request = buyer.post("/v1/data-requests", &asked).await.expect(201);
    let path = format!("/v1/data-requests/{}", request.id());
    assert_eq!(request["org"], json!(buyer.org));
    // Who asks is nobody else's business.
    let seen = seller.get(&path).await.expect(200);
    assert!(seen.json.get("org").is_none() && seen["open"] == true, "{seen:?}");
    assert_eq!(staff.operator.get(&path).await.expect(200)["org"], json!(buyer.org));
    let proposals = format!("{path}/proposals");
    let with =
        json!({"listing": listing.id, "note": "같은 설비의 데이터가 있습니다", "price": 900_000});
    seller.post(&proposals, &with).await.expect(201);
    other.post(&proposals, &with).await.refused(404, "not-found");
    other.post(&proposals, json!({"note": "새로 수집할 수 있습니다"})).await.expect(201);
    buyer.post(&proposals, json!({"note": "자기 요청"})).await.refused(403, "forbidden");
    let count = |answer: &tests::Answer| answer["items"].as_array().unwrap().len();
    let all = buyer.get(&proposals).await.expect(200);
    assert_eq!((count(&all), &all["items"][0]["listing"]), (2, &json!(listing.id)));
    assert_eq!(count(&other.get(&proposals).await.expect(200)), 1);
    let events = buyer.get("/v1/events").await.expect(200);
    assert_eq!(events["items"][0]["kind"], "request.proposed");
    // Five of one organisation, then no more; none once it is closed or its day is over.
    for _ in 0..4 {
        other.post(&proposals, json!({"note": "또"})).await.expect(201);
    }
    other.post(&proposals, json!({"note": "또"})).await.refused(409, "state-forbids");
    other.command(&format!("{path}/close")).await.refused(403, "forbidden");
    assert_eq!(buyer.command(&format!("{path}/close")).await.expect(200)["open"], false);
    seller.post(&proposals, json!({"note": "늦음"})).await.refused(409, "state-forbids");
    let second = buyer.post("/v1/data-requests", &asked).await.expect(201);
    app.advance(24 * 3600);
    seller.sign_in().await;
    let late = format!("/v1/data-requests/{}/proposals", second.id());
    seller.post(&late, json!({"note": "늦음"})).await.refused(409, "state-forbids");
    let board = seller.get("/v1/data-requests").await.expect(200);
    assert_eq!((count(&board), &board["items"][0]["open"]), (2, &json!(false)));
    buyer.sign_in().await;
    let past = buyer.post("/v1/data-requests", &asked).await.refused(422, "invalid-field");
    assert_eq!(past.field.as_deref(), Some("until"));
}
