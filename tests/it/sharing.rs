//! What was bought, read by the buyer's own tools: signed links, the Delta Sharing protocol, and the
//! official and other clients of it against a served exchange.

use schema::api::trade::{Contract, FileLink, Listing, ShareAccess};
use schema::id::VersionId;
use serde_json::{Value, json};
use tests::clients;
use tests::files::{ingested, press_csv, sha256};
use tests::market::{Staff, cost_method, draft, order, sign_and_fund};
use tests::{Answer, Api, Persona, TestApp};

/// A market in which somebody has bought and paid.
struct Bought {
    app: TestApp,
    staff: Staff,
    seller: Persona,
    buyer: Persona,
    listing: Listing,
    contract: Contract,
    rows: usize,
}

impl Bought {
    async fn rows(rows: usize) -> Bought {
        let app = TestApp::start();
        let staff = Staff::hired(&app).await;
        let (seller, buyer) = (app.provider().await, app.buyer().await);
        let version = ingested(&app, &seller, "press.csv", press_csv(rows, ',')).await;
        let listing = staff.on_sale(&seller, &version, 1_000_000).await;
        let contract = paid(&buyer, &seller, &listing).await;
        Bought { app, staff, seller, buyer, listing, contract, rows }
    }

    fn share(&self) -> String {
        format!("/delta-sharing/shares/{}", self.contract.id)
    }

    fn table(&self) -> String {
        format!("{}/schemas/data/tables/press", self.share())
    }

    async fn credential(&self, kind: &str) -> ShareAccess {
        let new = json!({"label": "분석 서버", "kind": kind, "contracts": [self.contract.id]});
        self.buyer.post("/v1/share-credentials", new).await.expect(201).read()
    }

    /// The sharing server as a tool with this token sees it.
    fn tool(&self, token: &str) -> Api {
        self.app.nobody().with_token(token)
    }

    /// A later version of the same data set, which takes the place of the first on the exchange.
    async fn corrected(&self) -> VersionId {
        let path = format!("/v1/datasets/{}/versions", self.listing.dataset);
        let version = self.seller.post(&path, json!({"file_name": "press.csv"})).await.expect(201);
        let path = format!("/v1/versions/{}", version.id());
        let csv = press_csv(self.rows + 1, ',');
        self.seller.put(&format!("{path}/content"), csv).await.expect(200);
        self.seller.command(&format!("{path}/finalise")).await.expect(202);
        self.app.run_jobs().await;
        let price = 1_000_000;
        let basis = self.seller.post(&format!("{path}/price-bases"), cost_method(price)).await;
        let mut draft = draft(price, &basis.expect(201).id());
        draft["supersedes"] = json!(self.listing.id);
        let new = json!({"version": version.id(), "draft": draft});
        let listing = self.seller.post("/v1/listings", new).await.expect(201).id();
        let path = format!("/v1/listings/{listing}");
        self.seller.command(&format!("{path}/submit")).await.expect(200);
        self.staff.operator.command(&format!("{path}/approve")).await.expect(200);
        let listed: Listing =
            self.seller.command(&format!("{path}/publish")).await.expect(200).read();
        listed.version
    }
}

async fn paid(buyer: &Persona, seller: &Persona, listing: &Listing) -> Contract {
    let order = order(listing, None, "process_improvement");
    let contract = buyer.post("/v1/contracts", order).await.expect(201).read();
    sign_and_fund(buyer, seller, &contract).await
}

fn token(access: &ShareAccess) -> &str {
    access.profile.bearer_token.as_deref().unwrap()
}

/// The lines of an answer.
fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), "application/x-ndjson; charset=utf-8");
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The address of a link below the server.
fn place(url: &str) -> &str {
    url.find("/files/").and_then(|at| url.get(at..)).unwrap()
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer["errorCode"].as_str()),
        (status, Some(code)),
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn lists_name_what_was_bought() {
    let bought = Bought::rows(60).await;
    let access = bought.credential("bearer").await;
    assert_eq!(access.profile.share_credentials_version, 1);
    let tool = bought.tool(token(&access));
    let shares = tool.get("/delta-sharing/shares").await.expect(200);
    assert_eq!(shares.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(shares["items"][0]["name"], json!(bought.contract.id));
    assert_eq!(shares["items"][0]["displayName"], "프레스 공정 데이터");
    assert_eq!(shares["nextPageToken"], "");
    let share = tool
        .get(
            &bought
                .share()
                .to_uppercase()
                .replace("/DELTA-SHARING/SHARES", "/delta-sharing/shares"),
        )
        .await
        .expect(200);
    assert_eq!(share["share"]["name"], json!(bought.contract.id));
    let schemas = tool.get(&format!("{}/schemas", bought.share())).await.expect(200);
    assert_eq!(schemas["items"], json!([{"name": "data", "share": bought.contract.id}]));
    for list in ["schemas/DATA/tables", "all-tables"] {
        let tables = tool.get(&format!("{}/{list}", bought.share())).await.expect(200);
        assert_eq!(tables["items"][0]["name"], "press", "{list}");
        assert_eq!(tables["items"][0]["schema"], "data", "{list}");
    }
    let none = tool.get("/delta-sharing/shares?maxResults=0").await.expect(200);
    assert_eq!(none["items"], json!([]));
    let rest = none["nextPageToken"].as_str().unwrap();
    let rest = tool.get(&format!("/delta-sharing/shares?pageToken={rest}")).await.expect(200);
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
    for query in ["maxResults=-1", "maxResults=many", "pageToken=made-up"] {
        let answer = tool.get(&format!("/delta-sharing/shares?{query}")).await;
        refused(&answer, 400, "INVALID_PARAMETER_VALUE");
    }
    for path in ["schemas/other/tables", "schemas/data/tables/other/metadata"] {
        let answer = tool.get(&format!("{}/{path}", bought.share())).await;
        refused(&answer, 404, "RESOURCE_DOES_NOT_EXIST");
    }
    refused(&tool.get("/delta-sharing/nothing").await, 404, "RESOURCE_DOES_NOT_EXIST");
}

#[tokio::test]
async fn a_query_hands_out_a_link_that_is_one_delivery_in_many_parts() {
    let bought = Bought::rows(60).await;
    let access = bought.credential("bearer").await;
    let tool = bought.tool(token(&access));
    let version = tool.get(&format!("{}/version", bought.table())).await.expect(200);
    assert_eq!(version.header("delta-table-version"), "1");
    let metadata = tool.get(&format!("{}/metadata", bought.table())).await.expect(200);
    assert_eq!(metadata.header("delta-table-version"), "1");
    assert_eq!(metadata.header("delta-sharing-capabilities"), "responseformat=parquet");
    let told = lines(&metadata);
    assert_eq!(told[0], json!({"protocol": {"minReaderVersion": 1}}));
    let schema: Value =
        serde_json::from_str(told[1]["metaData"]["schemaString"].as_str().unwrap()).unwrap();
    let names: Vec<_> =
        schema["fields"].as_array().unwrap().iter().map(|f| f["type"].clone()).collect();
    assert_eq!(names, ["timestamp", "string", "double", "double", "long", "string"]);

    let query = tool.post(&format!("{}/query", bought.table()), json!({})).await.expect(200);
    let told = lines(&query);
    assert_eq!(told.len(), 3);
    let file = &told[2]["file"];
    let stats: Value = serde_json::from_str(file["stats"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&stats["numRecords"], &stats["minValues"]["stroke"], &stats["maxValues"]["stroke"]),
        (&json!(60), &json!(0), &json!(59))
    );
    // Nothing is delivered until the link is used.
    let path = format!("/v1/contracts/{}", bought.contract.id);
    let deliveries = |answer: Answer| answer["items"].as_array().map(Vec::len);
    assert_eq!(deliveries(bought.buyer.get(&format!("{path}/deliveries")).await), Some(0));
    let url = place(file["url"].as_str().unwrap());
    let nobody = bought.app.nobody();
    let head = nobody.call(reqwest::Method::HEAD, url).await.expect(200);
    assert_eq!(head.header("content-length"), file["size"].to_string());
    assert_eq!(deliveries(bought.buyer.get(&format!("{path}/deliveries")).await), Some(0));
    let whole = nobody.get(url).await.expect(200);
    assert_eq!(sha256(&whole.bytes), file["id"]);
    assert_eq!(whole.header("content-type"), "application/vnd.apache.parquet");
    let tail = nobody.get(url).header("range", "bytes=-8").await.expect(206);
    assert_eq!(tail.bytes, whole.bytes.slice(whole.bytes.len() - 8..));
    assert_eq!(deliveries(bought.buyer.get(&format!("{path}/deliveries")).await), Some(1));
    assert_eq!(bought.buyer.get(&path).await["state"], "delivered");

    // The other form, and hints.
    let log = tool
        .post(&format!("{}/query", bought.table()), json!({"version": 1}))
        .header("delta-sharing-capabilities", "responseformat=delta;includeEndStreamAction=true")
        .await
        .expect(200);
    assert_eq!(
        log.header("delta-sharing-capabilities"),
        "responseformat=delta;includeendstreamaction=true"
    );
    let told = lines(&log);
    assert_eq!(told[0]["protocol"]["deltaProtocol"]["minReaderVersion"], 1);
    assert_eq!(told[2]["file"]["deltaSingleAction"]["add"]["dataChange"], true);
    assert_eq!(told[2]["file"]["version"], 1);
    assert!(told[3]["endStreamAction"]["minUrlExpirationTimestamp"].is_i64());
    let hint = |value: &str| {
        json!({"jsonPredicateHints": json!({"op": "equal", "children": [
            {"op": "column", "name": "machine", "valueType": "string"},
            {"op": "literal", "value": value, "valueType": "string"},
        ]}).to_string()})
    };
    for (body, count) in [
        (hint("PRESS-2"), 3),
        (hint("PUMP"), 2),
        (json!({"limitHint": 0}), 2),
        (json!({"limitHint": 5}), 3),
        (json!({"predicateHints": ["machine = 'PUMP'"]}), 3),
    ] {
        let answer = tool.post(&format!("{}/query", bought.table()), &body).await.expect(200);
        assert_eq!(lines(&answer).len(), count, "{body}");
    }
    for body in
        [json!([]), json!({"version": 2}), json!({"version": -1}), json!({"limitHint": "5"})]
    {
        let answer = tool.post(&format!("{}/query", bought.table()), &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
    }
    let changes = tool.get(&format!("{}/changes?startingVersion=0", bought.table())).await;
    refused(&changes, 400, "INVALID_PARAMETER_VALUE");
}

#[tokio::test]
async fn corrections_are_versions_of_the_same_table() {
    let bought = Bought::rows(60).await;
    let access = bought.credential("bearer").await;
    let tool = bought.tool(token(&access));
    bought.app.advance(3_600);
    for person in [&bought.seller, &bought.buyer, &bought.staff.operator] {
        person.set_token(&person.sign_in().await.access_token);
    }
    bought.corrected().await;
    let rows_of = |answer: &Answer| -> Value {
        let told = lines(answer);
        let stats: Value =
            serde_json::from_str(told[2]["file"]["stats"].as_str().unwrap()).unwrap();
        stats["numRecords"].clone()
    };
    let query = format!("{}/query", bought.table());
    let newest = tool.post(&query, json!({})).await.expect(200);
    assert_eq!((newest.header("delta-table-version"), rows_of(&newest)), ("2", json!(61)));
    let first = tool.post(&query, json!({"version": 1})).await.expect(200);
    assert_eq!((first.header("delta-table-version"), rows_of(&first)), ("1", json!(60)));
    let then = json!({"timestamp": "2024-06-10T00:30:00Z"});
    let now = tool.get(&format!("{}/version", bought.table())).await.expect(200);
    assert_eq!(now.header("delta-table-version"), "2");
    let as_of = tool.post(&query, then).await;
    assert!([200, 400].contains(&as_of.status), "{}", as_of.text());
}

/// Whoever may not, or no longer, is refused on every path at once.
#[tokio::test]
async fn revoked_expired_and_foreign_credentials_are_refused_everywhere() {
    let bought = Bought::rows(60).await;
    let access = bought.credential("bearer").await;
    let id = access.credential.id;
    let tool = bought.tool(token(&access));
    let paths = |share: &str| {
        [
            ("get", "/delta-sharing/shares".to_owned()),
            ("get", share.to_owned()),
            ("get", format!("{share}/schemas")),
            ("get", format!("{share}/all-tables")),
            ("get", format!("{share}/schemas/data/tables")),
            ("get", format!("{share}/schemas/data/tables/press/version")),
            ("get", format!("{share}/schemas/data/tables/press/metadata")),
            ("get", format!("{share}/schemas/data/tables/press/changes")),
            ("post", format!("{share}/schemas/data/tables/press/query")),
        ]
    };
    async fn ask(tool: &Api, (method, path): &(&str, String)) -> Answer {
        if *method == "get" { tool.get(path).await } else { tool.post(path, json!({})).await }
    }
    // Nobody, a person's own token, a forged and a foreign one.
    let mut forged = token(&access).to_owned();
    forged.pop();
    forged.push('!');
    let person = bought.buyer.token().unwrap();
    for bad in ["", "made-up", "a.b.c", &forged, &person, &token(&access).replace("shc_", "ses_")] {
        for one in &paths(&bought.share()) {
            let answer = ask(&bought.tool(bad), one).await;
            refused(&answer, 401, "UNAUTHENTICATED");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{one:?}");
            assert!(bad.is_empty() || !answer.text().contains(bad), "the token is repeated");
        }
    }
    // Another buyer's credential sees nothing of it, and nobody else's contract can be granted.
    let other = bought.app.buyer().await;
    let theirs = paid(&other, &bought.seller, &bought.listing).await;
    let new = json!({"label": "x", "kind": "bearer", "contracts": [theirs.id]});
    let foreign: ShareAccess = other.post("/v1/share-credentials", new).await.expect(201).read();
    for one in paths(&bought.share()).iter().skip(1) {
        let answer = ask(&bought.tool(token(&foreign)), one).await;
        refused(&answer, 404, "RESOURCE_DOES_NOT_EXIST");
    }
    let new = json!({"label": "x", "kind": "bearer", "contracts": [bought.contract.id]});
    other.post("/v1/share-credentials", new.clone()).await.refused(404, "not-found");
    let grant = json!({"contract": theirs.id});
    let grants = format!("/v1/share-credentials/{id}/grants");
    bought.buyer.post(&grants, &grant).await.refused(404, "not-found");
    other.post(&grants, &grant).await.refused(404, "not-found");
    bought.seller.post("/v1/share-credentials", new).await.refused(403, "forbidden");

    // A link dies with its credential, its session and its contract.
    let query = format!("{}/query", bought.table());
    let linked = |answer: &Answer| lines(answer)[2]["file"]["url"].as_str().unwrap().to_owned();
    let shared = linked(&tool.post(&query, json!({})).await.expect(200));
    let links = format!("/v1/contracts/{}/links", bought.contract.id);
    let own: FileLink = bought.buyer.command(&links).await.expect(201).read();
    other.command(&links).await.refused(404, "not-found");
    let nobody = bought.app.nobody();
    nobody.get(place(&shared)).await.expect(200);
    assert_eq!(sha256(&nobody.get(place(&own.url)).await.expect(200).bytes), own.sha256);
    refused(&nobody.get(&place(&own.url).replace("&e=1", "&e=2")).await, 403, "PERMISSION_DENIED");
    refused(&nobody.get("/files/dlv_01j00000000000000000000000").await, 403, "PERMISSION_DENIED");

    bought.buyer.command(&format!("/v1/share-credentials/{id}/revoke")).await.expect(200);
    for one in &paths(&bought.share()) {
        refused(&ask(&tool, one).await, 401, "UNAUTHENTICATED");
    }
    refused(&nobody.get(place(&shared)).await, 403, "PERMISSION_DENIED");
    bought
        .buyer
        .command(&format!("/v1/share-credentials/{id}/rotate"))
        .await
        .refused(409, "state-forbids");
    bought.buyer.command("/v1/logout").await.expect(204);
    refused(&nobody.get(place(&own.url)).await, 403, "PERMISSION_DENIED");
    let file = format!("/v1/contracts/{}/file", bought.contract.id);
    bought.buyer.get(&file).await.refused(401, "unauthenticated");

    bought.buyer.set_token(&bought.buyer.sign_in().await.access_token);
    let access = bought.credential("bearer").await;
    let tool = bought.tool(token(&access));
    let shared = linked(&tool.post(&query, json!({})).await.expect(200));
    let path = format!("/v1/contracts/{}", bought.contract.id);
    let why = json!({"reason": "행 수가 보고서보다 적다."});
    bought.buyer.post(&format!("{path}/reject"), why).await.expect(200);
    refused(&tool.post(&query, json!({})).await, 403, "PERMISSION_DENIED");
    refused(&nobody.get(place(&shared)).await, 403, "PERMISSION_DENIED");
    let shares = tool.get("/delta-sharing/shares").await.expect(200);
    assert_eq!(shares["items"], json!([]));
}

#[tokio::test]
async fn credentials_end_change_and_are_as_many_as_users() {
    let bought = Bought::rows(60).await;
    let access = bought.credential("bearer").await;
    let path = format!("/v1/share-credentials/{}", access.credential.id);
    let query = format!("{}/query", bought.table());
    let changed: ShareAccess =
        bought.buyer.command(&format!("{path}/rotate")).await.expect(200).read();
    assert_ne!(token(&changed), token(&access));
    let asks = |access: ShareAccess| {
        let tool = bought.tool(token(&access));
        let query = query.clone();
        async move { tool.post(&query, json!({})).await.status }
    };
    assert_eq!((asks(access.clone()).await, asks(changed.clone()).await), (200, 200));
    let link = bought.tool(token(&changed)).post(&query, json!({})).await;
    let url = lines(&link)[2]["file"]["url"].as_str().unwrap().to_owned();
    bought.app.advance(3_600);
    refused(&bought.app.nobody().get(place(&url)).await, 403, "PERMISSION_DENIED");
    bought.app.advance(23 * 3_600);
    assert_eq!((asks(access.clone()).await, asks(changed.clone()).await), (401, 200));
    bought.app.advance(89 * 24 * 3_600);
    assert_eq!(asks(changed).await, 401);
    bought.buyer.set_token(&bought.buyer.sign_in().await.access_token);
    // Live ones only; the licence is for twenty users.
    for nth in 0..20 {
        let new =
            json!({"label": format!("{nth}"), "kind": "oauth", "contracts": [bought.contract.id]});
        bought.buyer.post("/v1/share-credentials", new).await.expect(201);
    }
    let new = json!({"label": "x", "kind": "bearer", "contracts": [bought.contract.id]});
    let problem =
        bought.buyer.post("/v1/share-credentials", new).await.refused(409, "state-forbids");
    assert_eq!(problem.rule.as_deref(), Some("R-210"));
    for bad in [
        json!({"label": "x", "kind": "bearer", "contracts": []}),
        json!({"label": " ", "kind": "bearer", "contracts": [bought.contract.id]}),
        json!({"label": "x", "kind": "bearer", "contracts": [bought.contract.id], "days": 367}),
        json!({"label": "x", "kind": "bearer", "contracts": [bought.contract.id], "days": 0}),
    ] {
        bought.buyer.post("/v1/share-credentials", bad).await.refused(422, "invalid-field");
    }
}

#[tokio::test]
async fn oauth_gives_tokens_for_an_hour() {
    let bought = Bought::rows(60).await;
    let access = bought.credential("oauth").await;
    let (id, secret) =
        (access.profile.client_id.clone().unwrap(), access.profile.client_secret.clone().unwrap());
    let form = "application/x-www-form-urlencoded";
    let ask = |id: &str, secret: &str, body: &str| {
        let body = format!("{body}&client_id={id}&client_secret={secret}");
        bought.app.nobody().call(reqwest::Method::POST, "/oauth/token").bytes(form, body)
    };
    let given = ask(&id, &secret, "grant_type=client_credentials").await.expect(200);
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(3_600)));
    let tool = bought.tool(given["access_token"].as_str().unwrap());
    tool.get("/delta-sharing/shares").await.expect(200);
    // The secret itself is no token, and a token of tools is none of people.
    let direct = bought.tool(&format!("{id}.{secret}")).get("/delta-sharing/shares").await;
    refused(&direct, 401, "UNAUTHENTICATED");
    tool.get("/v1/me").await.refused(401, "unauthenticated");
    for (id, secret, body, status, error) in [
        (id.as_str(), "wrong", "grant_type=client_credentials", 401, "invalid_client"),
        (
            "shc_01j00000000000000000000000",
            &secret,
            "grant_type=client_credentials",
            401,
            "invalid_client",
        ),
        ("x", &secret, "grant_type=client_credentials", 401, "invalid_client"),
        (&id, &secret, "grant_type=password", 400, "unsupported_grant_type"),
    ] {
        let answer = ask(id, secret, body).await.expect(status);
        assert_eq!(answer["error"], error);
    }
    bought.app.advance(3_600);
    refused(&tool.get("/delta-sharing/shares").await, 401, "UNAUTHENTICATED");
}

/// The official Python client, in both of its formats, and DuckDB and Polars on the signed links.
#[tokio::test(flavor = "multi_thread")]
async fn real_clients_load_what_was_bought() {
    let Some(python) = clients::python() else { return };
    let bought = Bought::rows(200_000).await;
    for kind in ["bearer", "oauth"] {
        let access = bought.credential(kind).await;
        let dir = tempfile::tempdir().unwrap();
        let profile = dir.path().join("market.share");
        std::fs::write(&profile, serde_json::to_string(&access.profile).unwrap()).unwrap();
        let (python, share, rows) =
            (python.clone(), bought.contract.id.to_string(), bought.rows.to_string());
        let profile = profile.display().to_string();
        let said = clients::run(python, "load.py", vec![profile, share, rows]).await;
        assert_eq!(said["rows"], bought.rows);
    }
}
