//! The examples of docs/RULES-QUALITY.md are rules, and no check is without one.

use std::collections::BTreeSet;

use schema::data::quality::{Check, Dimension};

use super::document::parse;

const PAGE: &str = include_str!("../../../docs/RULES-QUALITY.md");

/// Blocks of YAML; lists are lists of rules.
fn examples() -> Vec<String> {
    let blocks = PAGE.split("```yaml\n").skip(1);
    let text = blocks.map(|block| block.split("```").next().unwrap().to_owned());
    text.map(|text| if text.starts_with('-') { format!("rules:\n{text}") } else { text }).collect()
}

/// The names of all checks, as the vocabulary lists them when it meets another.
fn kinds() -> BTreeSet<String> {
    let fault = serde_json::from_str::<Check>(r#"{"kind": "?"}"#).unwrap_err().to_string();
    fault.split('`').skip(1).step_by(2).filter(|kind| *kind != "?").map(str::to_owned).collect()
}

#[test]
fn every_check_has_an_example_that_reads() {
    let mut shown = BTreeSet::new();
    for text in examples() {
        let document = parse(&text).unwrap_or_else(|fault| panic!("{fault}\n{text}"));
        for rule in document.set.rules {
            let written = serde_json::to_value(&rule.check).unwrap();
            shown.insert(written["kind"].as_str().unwrap().to_owned());
        }
    }
    assert!(kinds().len() >= 20, "{:?}", kinds());
    assert_eq!(shown, kinds());
}

#[test]
fn every_check_and_index_is_explained() {
    for kind in kinds() {
        assert!(PAGE.contains(&format!("`{kind}`")), "{kind}");
    }
    for dimension in [
        Dimension::Completeness,
        Dimension::Uniqueness,
        Dimension::Validity,
        Dimension::Consistency,
        Dimension::Accuracy,
        Dimension::Timeliness,
    ] {
        let name = serde_json::to_value(dimension).unwrap();
        assert!(PAGE.contains(&format!("| {} (", name.as_str().unwrap())), "{dimension:?}");
    }
    for rule in 160..=165 {
        assert!(PAGE.contains(&format!("R-{rule}")), "R-{rule}");
    }
}
