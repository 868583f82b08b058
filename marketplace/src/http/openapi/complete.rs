//! What every operation has in common, written into the description once: its refusals and their media
//! type, the idempotency key, and the bounds that descriptions state in words.

use schema::problem::Problem;
use serde_json::{Map, Value, json};

/// Media type of refusals.
const PROBLEM: &str = Problem::MEDIA_TYPE;

/// Completes a description.
pub(super) fn complete(mut document: Value) -> Value {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, methods) in paths.into_iter().flatten() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            self::operation(path, method, operation);
        }
    }
    bounds(&mut document);
    document
}

fn has(operation: &Value, place: &str) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters.into_iter().flatten().any(|one| one["in"] == place)
}

/// How the refusals of an operation are told: those of other protocols in their own form.
fn refusal(operation: &Value) -> (Value, &'static str) {
    let declared = operation["responses"].as_object().into_iter().flatten();
    let own = declared
        .filter(|(status, _)| status.starts_with(['4', '5']))
        .find_map(|(_, told)| told["content"].as_object()?.values().next()?.get("schema").cloned())
        .filter(|schema| schema["$ref"] != "#/components/schemas/Problem");
    match own {
        Some(schema) => (schema, "application/json"),
        None => (json!({"$ref": "#/components/schemas/Problem"}), PROBLEM),
    }
}

/// Statuses of refusals that follow from what an operation takes.
fn refusals(path: &str, operation: &Value) -> Vec<&'static str> {
    let secured = operation.get("security").is_some();
    let body = operation.get("requestBody");
    let mut statuses = Vec::new();
    let mut add = |when: bool, more: &[&'static str]| {
        if when {
            statuses.extend_from_slice(more);
        }
    };
    add(secured, &["401", "403", "503"]);
    add(path.contains('{'), &["400", "404"]);
    add(has(operation, "query"), &["400", "422"]);
    add(body.is_some(), &["400", "413", "422"]);
    add(body.is_some_and(|body| !body["content"]["application/json"].is_null()), &["415"]);
    statuses
}

fn operation(path: &str, method: &str, operation: &mut Value) {
    let (schema, media_type) = refusal(operation);
    let mut wanted = refusals(path, operation);
    let words = ["summary", "description"].map(|field| operation[field].as_str().unwrap_or(""));
    // The optional key of other commands is told in the documentation: a client that sends one and the
    // same to all of them would be refused for that alone.
    let needs_key = method == "post"
        && words.iter().any(|text| text.replace('\n', " ").contains("Needs an `Idempotency-Key`"));
    let Some(fields) = operation.as_object_mut() else { return };
    if let Some(responses) = fields.get_mut("responses").and_then(Value::as_object_mut) {
        if needs_key {
            wanted.push("422");
        }
        for status in wanted {
            responses.entry(status).or_insert_with(|| json!({"description": ""}));
        }
        for (status, told) in responses.iter_mut() {
            if status.starts_with(['4', '5']) {
                told["content"] = json!({media_type: {"schema": schema}});
            }
        }
        responses.sort_keys();
    }
    if needs_key {
        let parameters = fields.entry("parameters").or_insert_with(|| json!([]));
        let header = json!({
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "Names this request, so that sending it again does not do it again.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
        });
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(header);
        }
    }
}

/// The bounds that a description states: `1 to 1,000 characters`, `up to 1,000 characters`, and for a
/// whole number `1 to 200`.
fn stated(description: &str) -> Option<(u64, u64, bool)> {
    // The end of the text stands for a unit.
    let words: Vec<&str> = description.split_whitespace().chain([""]).collect();
    let number = |word: &str| word.trim_matches([',', '.', ';', ':']).replace(',', "").parse().ok();
    words.windows(4).find_map(|part| match part {
        ["up", "to", high, unit] => {
            unit.starts_with("characters").then_some((0, number(high)?, true))
        }
        [low, "to", high, unit] => {
            Some((number(low)?, number(high)?, unit.starts_with("characters")))
        }
        _ => None,
    })
}

fn bound(schema: &mut Map<String, Value>, description: &str) {
    let kinds = schema.get("type").cloned().unwrap_or_default();
    let is = |kind: &str| match &kinds {
        Value::String(one) => one == kind,
        Value::Array(several) => several.iter().any(|one| one == kind),
        _ => false,
    };
    if is("string") && description.contains("64 hexadecimal digits") {
        schema.entry("pattern").or_insert_with(|| json!("^[0-9a-fA-F]{64}$"));
    }
    let Some((low, high, characters)) = stated(description) else { return };
    if characters && is("string") {
        schema.insert("maxLength".to_owned(), json!(high));
        if low > 0 {
            schema.insert("minLength".to_owned(), json!(low));
            // Blanks alone are no text.
            schema.entry("pattern").or_insert_with(|| json!("\\S"));
        }
    } else if !characters && is("integer") && !schema.contains_key("maximum") {
        schema.insert("minimum".to_owned(), json!(low));
        schema.insert("maximum".to_owned(), json!(high));
    }
}

/// Writes the bounds into every schema that states them in words.
fn bounds(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(bounds),
        Value::Object(fields) => {
            let description = fields.get("description").and_then(Value::as_str).map(str::to_owned);
            if let Some(description) = description {
                if fields.contains_key("type") {
                    bound(fields, &description);
                } else if let Some(schema) = fields.get_mut("schema").and_then(Value::as_object_mut)
                {
                    // A parameter describes the schema inside.
                    bound(schema, &description);
                }
            }
            fields.values_mut().for_each(bounds);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_in_words_are_bounds() {
        for (words, bounds) in [
            ("Why, 1 to 1,000 characters.", Some((1, 1_000, true))),
            ("Why, up to 1,000 characters.", Some((0, 1_000, true))),
            ("Items wanted, 1 to 200; 50 when absent.", Some((1, 200, false))),
            ("From one to many.", None),
            ("", None),
        ] {
            assert_eq!(stated(words), bounds, "{words}");
        }
        let mut schema =
            json!({"type": ["string", "null"], "description": "Why, 1 to 10 characters."});
        bounds(&mut schema);
        assert_eq!((&schema["minLength"], &schema["maxLength"]), (&json!(1), &json!(10)));
        let mut parameter = json!({"in": "query", "description": "1 to 200; 50 when absent", "schema": {"type": "integer"}});
        bounds(&mut parameter);
        assert_eq!(parameter["schema"]["maximum"], 200);
    }

    #[test]
    fn every_operation_has_its_refusals() {
        let document = json!({"paths": {"/v1/x/{id}": {"post": {
            "summary": "Pays. Needs an\n`Idempotency-Key`.", "security": [{"bearer": []}],
            "requestBody": {"content": {"application/json": {}}},
            "responses": {"200": {}, "409": {"content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Problem"}}}}},
        }}}});
        let told = &complete(document)["paths"]["/v1/x/{id}"]["post"];
        let statuses: Vec<&String> = told["responses"].as_object().unwrap().keys().collect();
        assert_eq!(
            statuses,
            ["200", "400", "401", "403", "404", "409", "413", "415", "422", "503"]
        );
        assert!(told["responses"]["409"]["content"].get(PROBLEM).is_some());
        assert_eq!(told["parameters"][0]["required"], true);
    }
}
