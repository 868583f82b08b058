//! What a listing offers, as one digest: the buyer quotes it with the order, so that nobody buys on
//! terms other than those seen (R-095).

use schema::api::trade::LicenceOffer;
use schema::id::VersionId;
use schema::money::Won;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::idempotency::hex;

/// The contract template in force. Its texts are in `contract::clauses`; a changed text is a new
/// template.
pub(super) const TEMPLATE: &str = "licence-file-1";

/// Digest of version, price, licence and template.
pub(super) fn offer_hash(version: VersionId, price: Won, licence: &LicenceOffer) -> String {
    digest(&json!({
        "licence": licence,
        "price": price,
        "template": TEMPLATE,
        "version": version,
    }))
}

/// SHA-256 of a value as canonical JSON: keys sorted, no blanks.
pub(super) fn digest(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    sha256(text.as_bytes())
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Writes `value` with the keys of every object in order. Objects keep the order of their fields in
/// memory, which must not decide what people sign.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            out.push('{');
            for (at, name) in names.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                canonical(fields.get(name).unwrap_or(&Value::Null), out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{canonical, digest, sha256};

    #[test]
    fn the_digest_does_not_depend_on_the_order_of_fields() {
        let (one, other) = (
            json!({"b": [1, {"d": null, "c": "가\"나"}], "a": 1}),
            json!({"a": 1, "b": [1, {"c": "가\"나", "d": null}]}),
        );
        let mut text = String::new();
        canonical(&one, &mut text);
        assert_eq!(text, r#"{"a":1,"b":[1,{"c":"가\"나","d":null}]}"#);
        assert_eq!(digest(&one), digest(&other));
        assert_ne!(digest(&one), digest(&json!({"a": 1})));
        assert_eq!(sha256(b"").len(), 64);
    }
}
