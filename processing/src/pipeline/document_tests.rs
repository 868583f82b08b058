//! The page about pipelines says what the engine does.

use std::path::Path;

use schema::data::column::{Dictionary, ValueType};
use schema::data::pipeline::PipelineSpec;

use super::file::{parquet_reading, plain_column};
use super::{check, parse};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PIPELINE.md");
    std::fs::read_to_string(path).unwrap()
}

/// The table that the examples speak of.
fn dictionary() -> Dictionary {
    use ValueType::{Date, Integer, Number, Text, Timestamp};
    let columns = [
        ("time", Timestamp, None),
        ("machine", Text, None),
        ("lot", Text, None),
        ("label", Text, None),
        ("operator", Text, None),
        ("phone", Text, None),
        ("region", Text, None),
        ("stamp", Text, None),
        ("day_text", Text, None),
        ("clock", Text, None),
        ("temp", Number, Some("Cel")),
        ("pressure", Number, Some("bar")),
        ("current_a", Number, None),
        ("voltage_v", Number, None),
        ("shots", Integer, None),
        ("age", Integer, None),
        ("birth", Date, None),
    ];
    let columns = columns.map(|(name, value_type, unit)| {
        let mut column = plain_column(name, value_type);
        column.unit = unit.map(str::to_owned);
        column
    });
    Dictionary {
        reading: parquet_reading(),
        columns: columns.to_vec(),
        files: Vec::new(),
        findings: Vec::new(),
    }
}

#[test]
fn every_example_parses_and_fits() {
    let page = page();
    let examples: Vec<&str> =
        page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() > 15);
    for example in examples {
        let spec = parse(example).unwrap_or_else(|fault| panic!("{fault}\n{example}"));
        // Only a run has other tables.
        if spec.steps.iter().any(|step| step.name() == "join_asof") {
            continue;
        }
        check(&spec, &dictionary()).unwrap_or_else(|fault| panic!("{fault}\n{example}"));
    }
}

#[test]
fn every_step_and_function_has_its_entry() {
    let page = page();
    // What serde expects where a step is unknown are all steps.
    let error = serde_json::from_str::<PipelineSpec>(r#"{"steps": [{"?": {}}]}"#).unwrap_err();
    let error = error.to_string();
    let steps: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
    assert!(steps.len() > 20, "{error}");
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("### ")).collect();
    for step in steps {
        let heading = headings.iter().any(|line| line.contains(&format!("`{step}`")));
        assert!(heading, "docs/PIPELINE.md has no heading for {step}");
        assert!(page.contains(&format!("- {step}:")), "docs/PIPELINE.md has no example of {step}");
    }
    for function in crate::expr::function_names() {
        assert!(page.contains(&format!("`{function}`")), "docs/PIPELINE.md lacks {function}");
    }
}
