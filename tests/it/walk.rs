//! Every route asked by everybody: what is not open needs a token, nothing breaks, and who is told
//! what is a table that is reviewed when it changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use marketplace::routes::TABLE;
use reqwest::Method;
use schema::api::parties::Role;
use schema::notice::SizeClass;
use serde_json::{Map, Value, json};
use tests::{Api, TestApp};

/// Routes that need no token.
const OPEN: &[(&str, &str)] = &[
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
    ("get", "/.well-known/jwks.json"),
    ("get", "/openapi.json"),
    ("get", "/problems/{code}"),
    ("post", "/v1/sign-up"),
    ("post", "/v1/login"),
    ("post", "/v1/token"),
    // What is offered to everybody.
    ("get", "/v1/programmes"),
    ("get", "/v1/programmes/{code}"),
    ("get", "/v1/programmes/{code}/quote"),
    ("get", "/v1/listings"),
    ("get", "/v1/listings/{id}"),
    ("get", "/v1/search"),
    ("get", "/v1/search/suggestions"),
    ("get", "/catalog"),
    ("get", "/catalog/{id}"),
    ("get", "/catalog/{id}/product.aasx"),
    ("get", "/catalog/{id}/sample.csv"),
    // The link is the right.
    ("get", "/files/{delivery}"),
    ("head", "/files/{delivery}"),
];

/// The operation of the description.
fn operation<'a>(document: &'a Value, method: &str, path: &str) -> &'a Value {
    &document["paths"][path][method]
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#')) {
        Some(pointer) => resolved(document, document.pointer(pointer).unwrap()),
        None => schema,
    }
}

/// The type of a schema that may also be absent.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        kind => kind.as_str().unwrap_or_default(),
    }
}

fn text(schema: &Value) -> String {
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    match (pattern.get(1..5), schema["format"].as_str()) {
        (Some(prefix), _) if prefix.ends_with('_') => format!("{prefix}01j00000000000000000000000"),
        (_, Some("date")) => "2024-06-10".to_owned(),
        (_, Some("date-time")) => "2024-06-10T00:00:00Z".to_owned(),
        _ if pattern.starts_with("^P") => "P15".to_owned(),
        _ if pattern.contains("{64}") => "0".repeat(64),
        _ if schema["description"].as_str().is_some_and(|text| text.contains("SHA-256")) => {
            "0".repeat(64)
        }
        _ => "x".to_owned(),
    }
}

/// The smallest value that fits a schema.
fn sample(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    for choice in ["oneOf", "anyOf"] {
        if let Some(first) = schema[choice].as_array().and_then(|choices| choices.first()) {
            return sample(document, first);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(fields) = sample(document, part) {
                whole.extend(fields);
            }
        }
        return Value::Object(whole);
    }
    if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
        return first.clone();
    }
    if !schema["const"].is_null() {
        return schema["const"].clone();
    }
    match kind(schema) {
        "object" => {
            let mut whole = Map::new();
            for name in schema["required"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap_or_default();
                whole.insert(name.to_owned(), sample(document, &schema["properties"][name]));
            }
            Value::Object(whole)
        }
        "array" => json!([]),
        "string" => json!(text(schema)),
        "integer" | "number" => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
        "boolean" => json!(true),
        _ => Value::Null,
    }
}

/// A path of a pattern, with well-formed ids of nothing.
fn path(document: &Value, method: &str, pattern: &str) -> String {
    let mut path = pattern.to_owned();
    let operation = operation(document, method, pattern);
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        let value = sample(document, &parameter["schema"]);
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if parameter["in"] == "path" {
            path = path.replace(&format!("{{{name}}}"), &value);
        } else if parameter["required"] == true {
            query.push(format!("{name}={value}"));
        }
    }
    assert!(!path.contains('{'), "{path}");
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// A body that a route takes: made up from its schema, or by hand where texts are looked at first.
fn body(document: &Value, method: &str, pattern: &str) -> Value {
    let draft = || tests::market::draft(1_000_000, "prb_01j00000000000000000000000");
    match (method, pattern) {
        ("post", "/v1/listings") => {
            json!({"version": "ver_01j00000000000000000000000", "draft": draft()})
        }
        ("put", "/v1/listings/{id}") => draft(),
        _ => {
            let content = &operation(document, method, pattern)["requestBody"]["content"];
            sample(document, &content["application/json"]["schema"])
        }
    }
}

async fn ask(api: &Api, document: &Value, method: &str, pattern: &str) -> tests::Answer {
    let path = path(document, method, pattern);
    let call = api.call(method.to_uppercase().parse::<Method>().unwrap(), &path);
    let content = &operation(document, method, pattern)["requestBody"]["content"];
    if content.get("application/json").is_some() {
        let body = body(document, method, pattern);
        call.bytes("application/json", body.to_string()).await
    } else if content.is_null() {
        call.await
    } else {
        call.bytes("application/octet-stream", "a,b\n1,2\n").await
    }
}

#[tokio::test]
async fn every_route_asked_by_everybody() {
    let app = TestApp::start();
    let document = marketplace::http::openapi::document();
    let operator = app.operator().await;
    let mut people = vec![("none", app.nobody().clone())];
    for (name, role) in [("prov", Role::Provider), ("buyr", Role::Buyer), ("proc", Role::Processor)]
    {
        let firm = app.join(&app.sign_up_form(&[role], SizeClass::Sme)).await;
        people.push((name, Api::clone(&firm)));
    }
    people.push(("oper", Api::clone(&operator)));
    for (name, role) in [("agcy", Role::Agency), ("eval", Role::Evaluator), ("audt", Role::Auditor)]
    {
        people.push((name, Api::clone(&*app.staff(&operator, role).await)));
    }
    assert!(OPEN.iter().all(|open| TABLE.contains(open)), "no such route is open");

    let mut table = format!("{:<57}", "");
    people.iter().for_each(|(name, _)| table.push_str(&format!(" {name}")));
    table.push('\n');
    for (method, pattern) in TABLE {
        let _ = write!(table, "{method:<4} {pattern:<52}");
        for (name, api) in &people {
            let answer = ask(api, &document, method, pattern).await;
            let status = answer.status;
            assert!(status < 500, "{name}: {method} {pattern}: {}", answer.text());
            if *name == "none" && !OPEN.contains(&(*method, *pattern)) {
                assert_eq!(status, 401, "{method} {pattern} is open");
            }
            // A problem cannot be told in the answer to HEAD; other protocols have errors of their own.
            if status >= 400 && *method != "head" && pattern.starts_with("/v1/") {
                let code = answer["code"].as_str().unwrap_or_default().to_owned();
                answer.refused(status, &code);
            }
            let _ = write!(table, " {status:>4}");
        }
        table.push('\n');
    }
    insta::assert_snapshot!("permissions", table);
}

#[test]
fn the_smallest_value_of_a_schema_fits_it() {
    let document =
        json!({"components": {"schemas": {"Id": {"type": "string", "pattern": "^org_x$"}}}});
    let schema = json!({
        "type": "object",
        "required": ["id", "n", "word", "maybe"],
        "properties": {
            "id": {"$ref": "#/components/schemas/Id"},
            "n": {"type": "integer", "minimum": 0},
            "word": {"type": "string", "enum": ["a", "b"]},
            "maybe": {"type": ["string", "null"], "format": "date"},
            "other": {"type": "string"},
        },
    });
    let expected = json!({
        "id": "org_01j00000000000000000000000", "n": 1, "word": "a", "maybe": "2024-06-10",
    });
    assert_eq!(sample(&document, &schema), expected);
}

/// Somebody who has nothing to do with these objects reads none of them, and changes none.
/// `ids` has the id of one object for each first segment of a path.
pub(crate) async fn strangers_see_nothing(stranger: &Api, ids: &BTreeMap<&str, String>) {
    let document = marketplace::http::openapi::document();
    let mut asked = 0;
    for (method, pattern) in TABLE {
        let Some((kind, rest)) =
            pattern.strip_prefix("/v1/").and_then(|path| path.split_once("/{id}"))
        else {
            continue;
        };
        let Some(id) = ids.get(kind) else { continue };
        let rest = rest.replace("{document}", "doc_01j00000000000000000000000");
        let path = format!("/v1/{kind}/{id}{rest}");
        let content = &operation(&document, method, pattern)["requestBody"]["content"];
        let call = stranger.call(method.to_uppercase().parse::<Method>().unwrap(), &path);
        let answer = if content["application/json"].is_null() {
            call.await
        } else {
            let body = body(&document, method, pattern);
            call.bytes("application/json", body.to_string()).await
        };
        let told = [403, 404, 422].contains(&answer.status);
        assert!(told, "{method} {path}: {} {}", answer.status, answer.text());
        assert!(answer.status == 404 || *method != "get", "{method} {path}: {}", answer.text());
        asked += 1;
    }
    assert!(asked > 15, "{asked} routes were asked");
}
