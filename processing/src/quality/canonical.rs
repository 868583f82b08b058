//! One spelling of a rule set, and its digest.

use std::fmt::Write as _;

use schema::data::quality::RuleSet;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::error::Fault;

/// SHA-256 of a rule set's canonical JSON, in lower-case hex: object keys sorted by code point, no
/// blanks, numbers and strings as `serde_json` writes them (shortest form that reads back).
///
/// # Errors
///
/// [`Fault::Bug`] if the set does not serialise.
pub fn rule_set_digest(rules: &RuleSet) -> Result<String, Fault> {
    let value = serde_json::to_value(rules).map_err(|e| Fault::Bug(e.to_string()))?;
    let mut text = String::new();
    write(&value, &mut text);
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (at, (key, value)) in fields.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(&Value::String(key.clone()), out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use schema::data::quality::RuleSet;
    use serde_json::json;

    use super::{rule_set_digest, write};

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let mut text = String::new();
        write(&json!({"b": [1, {"y": 0.1, "x": "\"가"}], "a": null}), &mut text);
        assert_eq!(text, r#"{"a":null,"b":[1,{"x":"\"가","y":0.1}]}"#);
    }

    #[test]
    fn a_digest_follows_the_content() {
        let rules = RuleSet::default();
        let same = rule_set_digest(&rules).unwrap();
        assert_eq!(same, rule_set_digest(&rules.clone()).unwrap());
        assert_eq!(same.len(), 64);
        let other = RuleSet { grades: Vec::new(), ..rules };
        assert_ne!(same, rule_set_digest(&other).unwrap());
    }
}
