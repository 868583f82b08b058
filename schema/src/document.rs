//! JSON Schemas (draft 2020-12) of the documents that people and programs exchange.
//!
//! They are made of the same descriptions as the HTTP interface: an OpenAPI 3.1 schema object is a
//! JSON Schema. A type that such a document comes to hold is in its schema without further ado.
//!
//! A schema says what serde says: unknown fields are refused where the type refuses them, a tagged
//! enum takes one of its names, and `null` stands only where a value may be absent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::data::certificate::Claims;
use crate::data::column::Dictionary;
use crate::data::lineage::Lineage;
use crate::data::pipeline::PipelineSpec;
use crate::data::privacy::PrivacyReport;
use crate::data::profile::Profile;
use crate::data::quality::{Report, RuleSet};
use crate::notice::NoticeFile;

/// A kind of document.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// Name, as in `docs/schemas/NAME.schema.json`.
    pub name: &'static str,
    make: fn(&str) -> Value,
}

impl Document {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::of::<Dictionary>("dictionary"),
        Self::of::<Profile>("profile"),
        Self::of::<RuleSet>("rule-set"),
        Self::of::<Report>("report"),
        Self::of::<PipelineSpec>("pipeline"),
        Self::of::<Lineage>("lineage"),
        Self::of::<PrivacyReport>("privacy"),
        Self::of::<Claims>("certificate"),
        Self::of::<NoticeFile>("notice"),
    ];

    const fn of<T: ToSchema>(name: &'static str) -> Self {
        Self { name, make: make::<T> }
    }

    /// The kind of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|document| document.name == name)
    }

    /// Its JSON Schema.
    pub fn json_schema(&self) -> Value {
        (self.make)(self.name)
    }
}

fn make<T: ToSchema>(name: &str) -> Value {
    let mut parts: Vec<(String, RefOr<Schema>)> = Vec::new();
    T::schemas(&mut parts);
    let parts: BTreeMap<String, Value> =
        parts.into_iter().map(|(name, part)| (name, plain(&part))).collect();
    let mut document = Map::new();
    document.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    document.insert("$id".into(), json!(format!("urn:jangteo:schema:{name}")));
    document.insert("title".into(), json!(T::name()));
    if let Value::Object(own) = plain(&T::schema()) {
        document.extend(own);
    }
    if !parts.is_empty() {
        document.insert("$defs".into(), json!(parts));
    }
    Value::Object(document)
}

fn plain(part: &RefOr<Schema>) -> Value {
    // The description of a type is plain data; it always has a form in JSON.
    let mut value = serde_json::to_value(part).unwrap_or_default();
    translate(&mut value);
    value
}

/// Turns an OpenAPI schema object into JSON Schema as serde reads it.
fn translate(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(translate),
        Value::Object(fields) => {
            fields.values_mut().for_each(translate);
            if let Some(Value::String(target)) = fields.get_mut("$ref") {
                *target = target.replace("#/components/schemas/", "#/$defs/");
            }
            // Widths of numbers say nothing to a reader of JSON; the bounds stay.
            if let Some(Value::String(format)) = fields.get("format")
                && ["int32", "int64", "float", "double"].contains(&format.as_str())
            {
                fields.remove("format");
            }
            // The first that fits is taken: 5 is both an integer and a number.
            if let Some(mut choices) = fields.remove("oneOf") {
                close_tagged(&mut choices);
                fields.insert("anyOf".into(), choices);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A choice whose objects each have one required key is an enum tagged by that key: serde takes
/// exactly one.
fn close_tagged(choices: &mut Value) {
    fn tagged(choice: &Value) -> bool {
        let key = choice.get("required").and_then(Value::as_array).filter(|keys| keys.len() == 1);
        let key = key.and_then(|keys| keys.first()?.as_str());
        let fields = choice.get("properties").and_then(Value::as_object);
        let (Some(key), Some(fields)) = (key, fields) else { return false };
        fields.len() == 1 && fields.get(key).is_some_and(|field| field.get("enum").is_none())
    }
    // Enums with a field `kind` that says which one it is refuse unknown fields, all of them.
    fn kinded(choice: &Value) -> bool {
        choice
            .pointer("/properties/kind/enum")
            .and_then(Value::as_array)
            .is_some_and(|k| k.len() == 1)
    }
    let Some(choices) = choices.as_array_mut() else { return };
    if choices.iter().all(kinded) {
        for choice in choices.iter_mut() {
            choice["additionalProperties"] = json!(false);
        }
    }
    if choices.iter().all(|choice| choice.get("enum").is_some() || tagged(choice)) {
        for choice in choices.iter_mut().filter(|choice| tagged(choice)) {
            choice["additionalProperties"] = json!(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::Document;

    /// `JANGTEO_WRITE_SCHEMAS=1 cargo test -p schema --features openapi published` writes them anew.
    #[test]
    fn the_published_schemas_are_those_of_the_code() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas");
        let write = std::env::var_os("JANGTEO_WRITE_SCHEMAS").is_some();
        for document in Document::ALL {
            let path = folder.join(format!("{}.schema.json", document.name));
            let text = serde_json::to_string_pretty(&document.json_schema()).unwrap() + "\n";
            if write {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &text).unwrap();
            }
            let published = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                published == text,
                "{} is not that of the code; write it anew as this file says",
                path.display()
            );
        }
    }

    #[test]
    fn every_reference_has_its_definition() {
        fn check(value: &Value, root: &Value) {
            match value {
                Value::Array(items) => items.iter().for_each(|item| check(item, root)),
                Value::Object(fields) => {
                    if let Some(target) = fields.get("$ref") {
                        let pointer = target.as_str().unwrap().strip_prefix('#').unwrap();
                        assert!(root.pointer(pointer).is_some(), "{target}");
                    }
                    // A field may have that name; the keyword of old is a flag.
                    assert!(!fields.get("nullable").is_some_and(Value::is_boolean));
                    fields.values().for_each(|field| check(field, root));
                }
                _ => {}
            }
        }
        for document in Document::ALL {
            let schema = document.json_schema();
            assert!(schema["properties"].is_object(), "{}", document.name);
            check(&schema, &schema);
        }
    }

    #[test]
    fn a_kind_is_found_by_its_name_only() {
        assert_eq!(Document::named("report").unwrap().name, "report");
        assert!(Document::named("Report").is_none());
    }
}
