//! The digest of a rule set.

use schema::data::quality::RuleSet;

use crate::digest::canonical_sha256;
use crate::error::Fault;

/// SHA-256 of a rule set's [canonical JSON](crate::digest::canonical_json), in lower-case hex.
///
/// # Errors
///
/// [`Fault::Bug`] if the set does not serialise.
pub fn rule_set_digest(rules: &RuleSet) -> Result<String, Fault> {
    canonical_sha256(rules)
}

#[cfg(test)]
mod tests {
    use schema::data::quality::RuleSet;
    use serde_json::json;

    use super::rule_set_digest;
    use crate::digest::canonical_text;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let text = canonical_text(&json!({"b": [1, {"y": 0.1, "x": "\"가"}], "a": null}));
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
