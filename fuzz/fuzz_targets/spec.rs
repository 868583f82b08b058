//! What people write: pipelines, rules and dictionaries as YAML or JSON, applied to a small table.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use fuzz::{Bench, judged, limits};
use libfuzzer_sys::fuzz_target;
use processing::progress::Silent;
use processing::{ingest, pipeline, quality};
use schema::data::column::Dictionary;

struct Fixture {
    bench: Bench,
    text: PathBuf,
    table: PathBuf,
    dictionary: Dictionary,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let bench = Bench::new();
    let rows = (0..60).map(|row| {
        let (minute, temp) = (row % 60, 20 + row * 7 % 13);
        let machine = ["A", "B"][row % 2];
        format!("2024-01-01 00:{minute:02}:00,{machine},{temp}.5,{row},ok\n")
    });
    let text = format!("time,machine,temp,n,label\n{}", rows.collect::<String>());
    let text = bench.file("table.csv", text.as_bytes());
    let table = bench.path("table.parquet");
    let made = ingest::convert(&text, &table, None, &limits(1), &Silent).expect("a sound table");
    Fixture { bench, text, table, dictionary: made.dictionary }
});

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Fixture { bench, text: csv, table, dictionary } = &*FIXTURE;
    let out = bench.path("out.parquet");
    if let Some(spec) = judged(pipeline::parse(text)) {
        let fits = judged(pipeline::check(&spec, dictionary)).is_some();
        let ran = judged(pipeline::run(&spec, table, &out, &limits(1), &Silent));
        if let (Some(ran), true) = (ran, fits) {
            let again = judged(pipeline::run(&spec, table, &out, &limits(2), &Silent));
            assert_eq!(again, Some(ran), "threads differ");
        }
    }
    if let Some(rules) = document(text) {
        judged(quality::assess(table, dictionary, &rules, &limits(1), &Silent));
    }
    if let Some(dictionary) = document::<Dictionary>(text) {
        judged(ingest::convert(csv, &out, Some(&dictionary), &limits(1), &Silent));
    }
});

/// A document as the command line reads it: JSON by its first character, else YAML.
fn document<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    if text.trim_start().starts_with(['{', '[']) {
        serde_json::from_str(text).ok()
    } else {
        serde_saphyr::from_str(text).ok()
    }
}
