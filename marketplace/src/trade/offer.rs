//! What a listing offers, as one digest: the buyer quotes it with the order, so that nobody buys on
//! terms other than those seen (R-095).

use processing::digest::canonical_text;
use schema::api::trade::LicenceOffer;
use schema::id::VersionId;
use schema::money::Won;
use serde_json::{Value, json};

pub(super) use processing::digest::sha256;

/// The contract template in force. Its texts are in `contract::clauses`; a changed text is a new
/// template.
pub(super) const TEMPLATE: &str = "licence-2";

/// Digest of version, price, licence and template.
pub(super) fn offer_hash(version: VersionId, price: Won, licence: &LicenceOffer) -> String {
    digest(&json!({
        "licence": licence,
        "price": price,
        "template": TEMPLATE,
        "version": version,
    }))
}

/// SHA-256 of a value as canonical JSON: objects keep the order of their fields in memory, which must
/// not decide what people sign.
pub(super) fn digest(value: &Value) -> String {
    sha256(canonical_text(value).as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{canonical_text, digest, sha256};

    #[test]
    fn the_digest_does_not_depend_on_the_order_of_fields() {
        let (one, other) = (
            json!({"b": [1, {"d": null, "c": "가\"나"}], "a": 1}),
            json!({"a": 1, "b": [1, {"c": "가\"나", "d": null}]}),
        );
        assert_eq!(canonical_text(&one), r#"{"a":1,"b":[1,{"c":"가\"나","d":null}]}"#);
        assert_eq!(digest(&one), digest(&other));
        assert_ne!(digest(&one), digest(&json!({"a": 1})));
        assert_eq!(sha256(b"").len(), 64);
    }
}
