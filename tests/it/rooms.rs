//! Questions to data that stay where they are: queries under a contract, and probes before one.

use schema::api::trade::{Contract, Listing, QueryAnswer};
use serde_json::{Value, json};
use tests::files::{ingested, press_csv};
use tests::market::{Staff, order, sign_and_fund};
use tests::{Answer, Persona, TestApp};

struct Room {
    app: TestApp,
    staff: Staff,
    seller: Persona,
    buyer: Persona,
    listing: Listing,
}

impl Room {
    /// A press line of so many rows on sale; `licence` changes what is offered.
    async fn of(rows: usize, licence: Value) -> Room {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        let (seller, buyer) = (app.provider().await, app.buyer().await);
        let version = ingested(&app, &seller, "press.csv", press_csv(rows, ',')).await;
        let listing = staff.on_sale_as(&seller, &version, 1_000_000, licence).await;
        Room { app, staff, seller, buyer, listing }
    }

    async fn ordered(&self) -> Contract {
        let order = order(&self.listing, None, "process_improvement");
        self.buyer.post("/v1/contracts", order).await.expect(201).read()
    }

    async fn bought(&self) -> Contract {
        let contract = self.ordered().await;
        sign_and_fund(&self.buyer, &self.seller, &contract).await
    }

    async fn probe(&self, probe: Value) -> Answer {
        self.buyer.post(&format!("/v1/listings/{}/probes", self.listing.id), probe).await
    }
}

async fn ask(who: &Persona, contract: &Contract, sql: &str) -> Answer {
    who.post(&format!("/v1/contracts/{}/queries", contract.id), json!({"sql": sql})).await
}

#[tokio::test]
async fn what_was_bought_is_queried_without_a_file() {
    let room = Room::of(1_200, json!({})).await;
    let contract = room.ordered().await;
    let count = "SELECT count(*) AS n FROM data";
    ask(&room.buyer, &contract, count).await.refused(403, "not-entitled");
    let contract = sign_and_fund(&room.buyer, &room.seller, &contract).await;
    ask(&room.seller, &contract, count).await.refused(403, "not-entitled");
    ask(&room.app.buyer().await, &contract, count).await.refused(404, "not-found");
    // A question that is refused delivers nothing.
    ask(&room.buyer, &contract, "SELECT nothing FROM data").await.refused(422, "query-refused");
    let path = format!("/v1/contracts/{}", contract.id);
    assert_eq!(room.buyer.get(&path).await.expect(200)["state"], "funded");
    let answer: QueryAnswer = ask(&room.buyer, &contract, count).await.expect(200).read();
    assert_eq!((answer.rows, answer.truncated), (vec![vec![json!(1_200)]], false));
    assert_eq!(room.buyer.get(&path).await.expect(200)["state"], "delivered");
    let sql = "SELECT machine, max(pressure_bar) AS top, min(measured_at) AS first FROM data \
               GROUP BY machine ORDER BY machine";
    let answer: QueryAnswer = ask(&room.buyer, &contract, sql).await.expect(200).read();
    assert_eq!(
        answer.rows[0],
        [json!("PRESS-1"), json!(184.0), json!("2024-03-01T00:00:00+09:00")]
    );
    let all: QueryAnswer =
        ask(&room.buyer, &contract, "SELECT a.stroke FROM data a, data b").await.expect(200).read();
    assert_eq!((all.rows.len(), all.row_count, all.truncated), (10_000, 1_440_000, true));
    let asked = room.seller.get(&format!("{path}/queries")).await.expect(200);
    let outcomes: Vec<&str> =
        asked["items"].as_array().unwrap().iter().map(|q| q["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["answered", "answered", "answered", "refused"]);
    assert_eq!(asked["items"][0]["rows"], 10_000);
    assert!(asked["items"][0]["bytes"].as_i64().unwrap() >= 10_000);
    // Who has signed out, or has rejected the delivery, asks nothing more.
    room.buyer.command("/v1/logout").await.expect(204);
    ask(&room.buyer, &contract, count).await.refused(401, "unauthenticated");
    room.buyer.sign_in().await;
    let why = json!({"reason": "결측이 보고서보다 많음"});
    room.buyer.post(&format!("{path}/reject"), why).await.expect(200);
    ask(&room.buyer, &contract, count).await.refused(403, "not-entitled");
}

/// Ways out of the room that were tried, and what refuses each.
#[tokio::test]
async fn a_query_reaches_nothing_but_the_table() {
    let room = Room::of(120, json!({})).await;
    let contract = room.bought().await;
    for (sql, fault) in [
        ("", "expression-invalid"),
        ("SELECT 1; DROP TABLE data", "query-invalid"),
        ("DROP TABLE data", "query-not-allowed"),
        ("INSERT INTO data VALUES (1)", "query-not-allowed"),
        ("COPY data TO 'out.csv'", "query-not-allowed"),
        ("COPY (SELECT * FROM data) TO 's3://bucket/out.parquet'", "query-not-allowed"),
        ("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'", "query-not-allowed"),
        ("SELECT * FROM '/etc/passwd'", "table-unknown"),
        ("SELECT * FROM \"../jangteo.db\"", "table-unknown"),
        ("SELECT * FROM 'http://127.0.0.1/x.parquet'", "table-unknown"),
        ("SELECT * FROM read_csv('/etc/passwd')", "query-not-allowed"),
        ("SELECT * FROM read_parquet('x.parquet')", "query-not-allowed"),
        ("SELECT * FROM glob('*')", "query-not-allowed"),
        ("SELECT * FROM information_schema.tables", "query-not-allowed"),
        ("SELECT * FROM pg_catalog.pg_class", "query-not-allowed"),
        ("SHOW TABLES", "query-not-allowed"),
        ("SET datafusion.execution.batch_size = 1", "query-not-allowed"),
        ("EXPLAIN ANALYZE SELECT * FROM data", "query-not-allowed"),
        ("SELECT now()", "query-not-allowed"),
        ("SELECT version()", "function-unknown"),
        ("SELECT getenv('HOME')", "function-unknown"),
        ("SELECT load_extension('x')", "function-unknown"),
        ("SELECT repeat('x', 2000000000)", "function-unknown"),
        ("SELECT * FROM generate_series(1, 1000000000)", "query-not-allowed"),
        (
            "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r",
            "query-not-allowed",
        ),
        ("SELECT * INTO t FROM data", "query-not-allowed"),
        ("SELECT x FROM data", "column-unknown"),
    ] {
        let refused = ask(&room.buyer, &contract, sql).await.refused(422, "query-refused");
        assert_eq!(refused.figures["fault"], fault, "{sql}: {}", refused.detail);
    }
    let long = format!("SELECT {} FROM data", vec!["stroke"; 30_000].join(", "));
    let refused = ask(&room.buyer, &contract, &long).await.refused(422, "query-refused");
    assert_eq!(refused.figures["fault"], "expression-too-long");
    let version = json!({"sql": "SELECT count(*) FROM data", "version": 9});
    let path = format!("/v1/contracts/{}/queries", contract.id);
    room.buyer.post(&path, version).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_licence_for_queries_hands_out_no_file_and_a_day_of_rows() {
    let room = Room::of(1_200, json!({"delivery": "api"})).await;
    let contract = room.bought().await;
    let path = format!("/v1/contracts/{}", contract.id);
    let refused = room.buyer.get(&format!("{path}/file")).await.refused(403, "not-entitled");
    assert_eq!(refused.figures["reason"], "query-only");
    room.buyer.command(&format!("{path}/links")).await.refused(403, "not-entitled");
    let new = json!({"label": "tool", "kind": "bearer", "contracts": [contract.id]});
    let access = room.buyer.post("/v1/share-credentials", new).await;
    if access.status == 201 {
        let token = access["profile"]["bearerToken"].as_str().unwrap().to_owned();
        let share =
            format!("/delta-sharing/shares/{}/schemas/data/tables/press/metadata", contract.id);
        assert_eq!(room.app.nobody().with_token(&token).get(&share).await.status, 403);
    } else {
        access.refused(403, "not-entitled");
    }
    let wide = "SELECT a.stroke FROM data a, data b";
    for _ in 0..10 {
        let answer: QueryAnswer = ask(&room.buyer, &contract, wide).await.expect(200).read();
        assert_eq!(answer.rows.len(), 10_000);
    }
    let refused = ask(&room.buyer, &contract, wide).await.refused(429, "questions-spent");
    assert_eq!(refused.figures["limit"], "rows-a-day");
    room.app.advance(24 * 3600);
    let buyer = &room.buyer;
    buyer.sign_in().await;
    ask(buyer, &contract, "SELECT count(*) FROM data").await.expect(200);
    let document = buyer.get(&format!("{path}/document?lang=en")).await.expect(200);
    assert!(document.text().contains("the file is not handed out"), "{}", document.text());
}

#[tokio::test]
async fn r_155_a_probe_answers_aggregates_within_a_budget() {
    let room = Room::of(1_200, json!({"probe": true})).await;
    let window = json!({
        "column": "measured_at", "from": "2024-02-29T15:00:00Z", "until": "2024-02-29T15:05:00Z",
    });
    for (probe, field, value) in [
        (json!({"kind": "rows"}), "count", json!(1_200)),
        (json!({"kind": "missing", "column": "verdict"}), "percent", json!(0)),
        (
            json!({"kind": "between", "column": "pressure_bar", "low": 180.0, "high": 181.9}),
            "percent",
            json!(47),
        ),
        (
            json!({"kind": "spread", "column": "temperature_c"}),
            "quantiles",
            json!([42.0, 43.0, 44.0]),
        ),
        (
            json!({"kind": "cycles", "column": "machine", "time": "measured_at", "at_least_hz": 0.001}),
            "held_back",
            json!(true),
        ),
        (json!({"kind": "rows", "window": window}), "held_back", json!(true)),
    ] {
        let answer = room.probe(probe.clone()).await.expect(200);
        assert_eq!(answer[field], value, "{probe}: {answer:?}");
    }
    // Asked again, it is the same answer and no other question.
    let again = room.probe(json!({"kind": "rows"})).await.expect(200);
    assert_eq!((&again["count"], &again["left_today"]), (&json!(1_200), &json!(14)));
    for (probe, field) in [
        (json!({"kind": "missing", "column": "x\" FROM data; --"}), "column"),
        (json!({"kind": "spread", "column": "machine"}), "column"),
        (
            json!({"kind": "cycles", "column": "machine", "time": "stroke", "at_least_hz": 1}),
            "time",
        ),
        (
            json!({"kind": "rows", "window": {"column": "measured_at", "from": "2024-03-02T00:00:00Z", "until": "2024-03-01T00:00:00Z"}}),
            "window.until",
        ),
    ] {
        let refused = room.probe(probe.clone()).await.refused(422, "invalid-field");
        assert_eq!(refused.field.as_deref(), Some(field), "{probe}");
    }
    // Many at once ask no more than the budget.
    let asked = (0..30).map(|n| {
        room.probe(json!({"kind": "between", "column": "pressure_bar", "low": 0.0, "high": n}))
    });
    let answers = futures::future::join_all(asked).await;
    let of = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((of(200), of(429)), (14, 16), "{answers:?}");
    room.app.advance(24 * 3600);
    let buyer = &room.buyer;
    buyer.sign_in().await;
    let path = format!("/v1/listings/{}/probes", room.listing.id);
    let next = json!({"kind": "missing", "column": "machine"});
    assert_eq!(buyer.post(&path, next).await.expect(200)["left_today"], 19);
}

#[tokio::test]
async fn a_probe_is_the_sellers_to_offer() {
    let room = Room::of(120, json!({})).await;
    room.probe(json!({"kind": "rows"})).await.refused(409, "probe-not-offered");
    let path = format!("/v1/listings/{}/probes", room.listing.id);
    room.staff.auditor.post(&path, json!({"kind": "rows"})).await.refused(403, "forbidden");
    room.app.nobody().post(&path, json!({"kind": "rows"})).await.refused(401, "unauthenticated");
    room.buyer.post(&path, json!({"kind": "everything"})).await.refused(422, "invalid-field");
}
