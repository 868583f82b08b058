//! The published JSON Schemas: real documents hold, and whatever serde refuses they refuse.

use processing::certificate::{SigningKey, issue, open};
use processing::digest::{canonical_sha256, logical_hash, sha256_file, unordered_hash};
use processing::limits::Limits;
use processing::progress::Silent;
use processing::{generate, ingest, pipeline, privacy, profile, quality};
use schema::data::certificate::Claims;
use schema::data::column::Dictionary;
use schema::data::lineage::Lineage;
use schema::data::pipeline::PipelineSpec;
use schema::data::privacy::PrivacyReport;
use schema::data::profile::Profile;
use schema::data::quality::{Report, RuleSet};
use schema::document::Document;
use schema::notice::Notice;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// One document of every kind, of a real run over made data.
struct Documents {
    dictionary: Dictionary,
    profile: Profile,
    rules: RuleSet,
    report: Report,
    pipeline: PipelineSpec,
    lineage: Lineage,
    privacy: PrivacyReport,
    claims: Claims,
}

fn documents() -> Documents {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let (limits, progress) = (Limits::default(), Silent);
    generate::write_csv(generate::Kind::Press, 2_000, 7, &path("raw.csv")).unwrap();
    let raw = path("raw.parquet");
    let dictionary =
        ingest::convert(&path("raw.csv"), &raw, None, &limits, &progress).unwrap().dictionary;
    let profile = profile::profile(&raw, &dictionary, &limits, &progress).unwrap();
    let pipeline = pipeline::suggest(&profile, &dictionary);
    let clean = path("clean.parquet");
    let lineage = pipeline::run(&pipeline, &raw, &clean, &limits, &progress).unwrap();
    let rules = quality::suggest(&profile, &dictionary);
    let report = quality::assess(&raw, &dictionary, &rules, &limits, &progress).unwrap().report;
    let day = (2024, 5, 1);
    let privacy = privacy::scan(&raw, &dictionary, "a.csv", day, &limits, &progress).unwrap();
    let claims = Claims {
        issuer: "https://exchange.example".to_owned(),
        issued_at: "2024-10-11T09:00:00+09:00".to_owned(),
        file_sha256: sha256_file(&clean).unwrap(),
        size_bytes: 1,
        logical_sha256: logical_hash(&clean, &limits).unwrap(),
        unordered_sha256: Some(unordered_hash(&clean, &limits).unwrap()),
        rows: report.rows,
        columns: 2,
        rule_set_sha256: canonical_sha256(&rules).unwrap(),
        report_sha256: canonical_sha256(&report).unwrap(),
        lineage_sha256: Some(canonical_sha256(&lineage).unwrap()),
        tool: report.tool.clone(),
        grade: "A".to_owned(),
    };
    let key = SigningKey::from_seed(&[7; 32]);
    let jws = issue(&claims, &key).unwrap();
    let claims = open(&jws, &[key.public().clone()]).unwrap();
    Documents { dictionary, profile, rules, report, pipeline, lineage, privacy, claims }
}

/// Every change of one place of a document: a field gone, a field more, another kind of value.
fn changes(document: &Value) -> Vec<(String, Value)> {
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    places(value, &format!("{at}/{key}"), found);
                }
            }
            // Items beyond the first few are of the same kinds.
            Value::Array(items) => {
                for (n, value) in items.iter().enumerate().take(12) {
                    places(value, &format!("{at}/{n}"), found);
                }
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    places(document, "", &mut all);
    let mut changed = Vec::new();
    for place in all {
        let mut change = |what: &str, edit: &dyn Fn(&mut Value)| {
            let mut copy = document.clone();
            edit(copy.pointer_mut(&place).unwrap());
            if copy != *document {
                changed.push((format!("{what} at {place}"), copy));
            }
        };
        if document.pointer(&place).unwrap().is_object() {
            change("a field more", &|value| value["zz_unknown"] = json!(1));
            let keys: Vec<String> =
                document.pointer(&place).unwrap().as_object().unwrap().keys().cloned().collect();
            for key in keys {
                change(&format!("without {key}"), &|value| {
                    value.as_object_mut().unwrap().shift_remove(&key);
                });
            }
        }
        for other in [json!(null), json!("zz unknown"), json!(-3), json!(0.5), json!({})] {
            change(&format!("{other}"), &|value| *value = other.clone());
        }
    }
    changed
}

/// The schema holds for the document, and agrees with serde about every change of it.
fn agrees<T: Serialize + DeserializeOwned>(name: &str, document: &T) {
    let schema = Document::named(name).unwrap().json_schema();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let value = serde_json::to_value(document).unwrap();
    if let Err(error) = validator.validate(&value) {
        panic!("{name}: {error} at {}", error.instance_path());
    }
    let changes = changes(&value);
    let mut refused = 0;
    let mut wrong = Vec::new();
    for (what, changed) in &changes {
        let serde = serde_json::from_value::<T>(changed.clone());
        refused += usize::from(serde.is_err());
        if validator.is_valid(changed) != serde.is_ok() {
            wrong.push(format!("{what}: serde says {:?}", serde.err().map(|e| e.to_string())));
        }
    }
    assert!(refused > 0, "{name}: no change was refused");
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

#[test]
fn schemas_and_serde_agree_on_real_documents_and_on_every_change_of_them() {
    let documents = documents();
    agrees("dictionary", &documents.dictionary);
    agrees("profile", &documents.profile);
    agrees("rule-set", &documents.rules);
    agrees("report", &documents.report);
    agrees("pipeline", &documents.pipeline);
    agrees("lineage", &documents.lineage);
    agrees("privacy", &documents.privacy);
    agrees("certificate", &documents.claims);
}

/// The editions of the notice that the program carries, as files.
fn notices() -> Vec<Value> {
    let carried = Notice::editions().unwrap();
    assert!(carried.len() >= 2, "2024 and 2026");
    carried.iter().map(|notice| serde_json::from_slice(notice.raw()).unwrap()).collect()
}

#[test]
fn every_carried_notice_conforms_to_the_published_schema() {
    let schema = Document::named("notice").unwrap().json_schema();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for notice in notices() {
        let version = notice["version"].as_str().unwrap().to_owned();
        if let Err(error) = validator.validate(&notice) {
            panic!("{version}: {error} at {}", error.instance_path());
        }
        assert_eq!(notice["programmes"].as_array().unwrap().len(), 16, "{version}");
        let change = |edit: &dyn Fn(&mut Value)| {
            let mut changed = notice.clone();
            edit(&mut changed);
            validator.is_valid(&changed)
        };
        assert!(change(&|_| ()), "{version}");
        for (what, valid) in [
            ("a field more", change(&|n| n["more"] = json!(1))),
            ("no version", change(&|n| drop(n.as_object_mut().unwrap().shift_remove("version")))),
            ("a cap that is no integer", change(&|n| n["programmes"][0]["cap"] = json!(0.5))),
            ("a class that is none", change(&|n| n["programmes"][0]["eligible"] = json!(["big"]))),
            (
                "a paper that is none",
                change(&|n| n["parameters"]["papers"] = json!({"payment": ["X"]})),
            ),
            ("a sanction more", change(&|n| n["parameters"]["sanctions"]["more"] = json!(1))),
        ] {
            assert!(!valid, "{version}: {what}");
        }
    }
}
