//! Whether the process lives and serves, and what it says about itself.

use std::collections::{BTreeMap, BTreeSet};

use marketplace::routes::TABLE;
use reqwest::Method;
use schema::api::catalog::VersionState;
use serde_json::Value;
use tests::TestApp;

#[tokio::test]
async fn a_new_exchange_lives_is_ready_and_counts() {
    let app = TestApp::start();
    let nobody = app.nobody();
    assert_eq!(nobody.get("/healthz").await.expect(200)["status"], "ok");
    let ready = nobody.get("/readyz").await.expect(200);
    assert_eq!((&ready["status"], &ready["database"]), (&"ready".into(), &Value::Null));

    let metrics = nobody.get("/metrics").await.expect(200);
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    let text = metrics.text();
    assert!(text.contains(r#"route="/healthz",status="200"} 1"#), "{text}");
    assert!(text.contains(r#"jangteo_jobs{state="dead"} 0"#), "{text}");
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn readiness_fails_when_the_objects_are_gone() {
    let app = TestApp::start();
    let objects = app.data_dir().join("objects");
    std::fs::remove_dir_all(&objects).unwrap();
    std::fs::write(&objects, "a file where the folder was").unwrap();
    let answer = app.nobody().get("/readyz").await.expect(503);
    assert_eq!(answer["status"], "not-ready");
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(answer["database"], Value::Null);
    assert!(answer["objects"].is_string());
    // The process itself still lives.
    app.nobody().get("/healthz").await.expect(200);
    std::fs::remove_file(&objects).unwrap();
}

#[tokio::test]
async fn public_keys_are_published_without_their_secrets() {
    let app = TestApp::start();
    let answer = app.nobody().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    let keys = answer["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    for (name, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA"), ("use", "sig")] {
        assert_eq!(keys[0][name], value);
    }
    assert_eq!(keys[0]["x"].as_str().unwrap().len(), 43);
    assert_eq!(keys[0].get("d"), None);
    processing::certificate::PublicKey::from_jwks(&answer.text()).unwrap();
}

#[tokio::test]
async fn the_browser_page_and_its_parts_are_served() {
    let app = TestApp::start();
    let page = app.nobody().get("/docs/").await.expect(200);
    assert!(page.text().contains("swagger-ui"));
    app.nobody().get("/docs/swagger-ui.css").await.expect(200);
    app.nobody().get("/docs").await.expect(200);
}

#[tokio::test]
async fn every_answer_carries_a_request_id_and_careful_headers() {
    let app = TestApp::start();
    let mut seen = BTreeSet::new();
    for path in ["/healthz", "/nowhere", "/v1/me", "/openapi.json"] {
        let answer = app.nobody().get(path).await;
        let id = answer.header("x-request-id").to_owned();
        assert!(id.starts_with("req_"), "{path}: {id}");
        assert!(seen.insert(id), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_method_are_problems() {
    let app = TestApp::start();
    for path in ["/", "/v1", "/v2/me", "/v1/datasets/x/y/z", "/v1/%00", "/%ff"] {
        app.nobody().get(path).await.refused(404, "route-unknown");
    }
    for (method, path, allow) in [
        (Method::DELETE, "/v1/datasets", "GET, POST"),
        (Method::GET, "/v1/login", "POST"),
        (Method::POST, "/healthz", "GET"),
        (Method::PATCH, "/v1/versions/x/content", "PUT"),
        (Method::OPTIONS, "/v1/me", "GET"),
    ] {
        let answer = app.nobody().call(method, path).await;
        assert_eq!(answer.header("allow"), allow, "{path}");
        let problem = answer.refused(405, "method-not-allowed");
        assert!(problem.text.en.contains(allow), "{path}");
    }
}

fn description() -> Value {
    marketplace::http::openapi::document()
}

#[tokio::test]
async fn the_description_lists_exactly_the_routes() {
    let app = TestApp::start();
    let served = app.nobody().get("/openapi.json").await.expect(200);
    assert_eq!(served.json, description());
    assert_eq!(served["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, operations) in served["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["responses"].as_object().is_some_and(|some| !some.is_empty()));
            assert!(operation["tags"].is_array(), "{method} {path}");
            described.insert((method.clone(), path.clone()));
        }
    }
    let routes: BTreeSet<_> =
        TABLE.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(TABLE.len(), routes.len(), "a route is listed twice");
    assert_eq!(described, routes);
}

#[test]
fn operation_names_are_unique_and_path_parameters_are_described() {
    let document = description();
    let mut names = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{} {}", operation["tags"][0], operation["operationId"]);
            assert!(names.insert(name.clone()), "{name} twice");
            let described: BTreeSet<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            let in_path: BTreeSet<&str> =
                path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
            assert_eq!(described, in_path, "{method} {path}");
        }
    }
}

/// Every `$ref` below `value`.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                found.insert(target.clone());
            }
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_of_the_description_resolves() {
    let document = description();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
    }
}

/// Every word of every closed set below `value`.
fn choices(value: &Value, found: &mut Vec<String>) {
    if let Some(words) = value["enum"].as_array() {
        found.extend(words.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|field| choices(field, found)),
        Value::Array(items) => items.iter().for_each(|item| choices(item, found)),
        _ => {}
    }
}

#[test]
fn closed_sets_are_described_by_the_words_on_the_wire() {
    let document = description();
    let states = &document["components"]["schemas"]["VersionState"];
    let on_the_wire = serde_json::to_value(VersionState::ALL).unwrap();
    assert_eq!(states["enum"], on_the_wire);
    let described = states["description"].as_str().unwrap();
    assert!(described.contains("- `open`: Waits for its file."), "{described}");
    let mut found = Vec::new();
    choices(&document, &mut found);
    let is_word = |text: &String| {
        let one_case = |c: char, is: fn(&char) -> bool| !c.is_alphabetic() || is(&c);
        text.chars().all(|c| one_case(c, char::is_ascii_lowercase))
            || text.chars().all(|c| one_case(c, char::is_ascii_uppercase))
    };
    let names: Vec<_> = found.iter().filter(|text| !is_word(text)).collect();
    assert!(found.len() > 100 && names.is_empty(), "names of variants: {names:?}");
}

/// Names under which the types of `text` appear in the description, with the line they are on.
fn described_types(text: &str) -> Vec<(String, usize)> {
    let mut types = Vec::new();
    let mut described = false;
    let mut renamed: Option<String> = None;
    let mut words = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("crate::words!") || line.starts_with("words!") {
            words = true;
        } else if words && !line.starts_with('/') && line.ends_with('{') {
            types.push((line.trim_end_matches(['{', ' ']).to_owned(), at + 1));
            words = false;
        } else if line.starts_with("#[") || line.starts_with("///") || line.starts_with(')') {
            described |= line.contains("ToSchema");
            if let Some((_, rest)) = line.split_once("schema(as = ") {
                renamed = Some(rest.split([')', ',']).next().unwrap_or_default().to_owned());
            }
        } else if let Some(rest) =
            line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "))
        {
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if described {
                types.push((renamed.take().unwrap_or(name), at + 1));
            }
            described = false;
        } else if line.is_empty() || line.starts_with('}') {
            (described, renamed) = (false, None);
        }
    }
    types
}

#[test]
fn no_two_types_share_a_name_in_the_description() {
    let document = description();
    let components = document["components"]["schemas"].as_object().unwrap();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in super::tidy::sources(&["schema/src", "marketplace/src"]) {
        for (name, line) in described_types(&file.text) {
            places.entry(name).or_default().push(format!("{}:{line}", file.path));
        }
    }
    assert!(places.len() > 30, "the sources were not understood");
    let shared: Vec<_> = places
        .into_iter()
        .filter(|(name, places)| places.len() > 1 && components.contains_key(name))
        .collect();
    assert!(
        shared.is_empty(),
        "give one of each a name of its own, #[schema(as = …)]: {shared:#?}"
    );
}
