//! Data beyond the memory allowed: the same bytes and lineage from files as from memory, and nothing left
//! behind where the disk is full.

use proptest::prelude::*;

use super::fixture::{Cleaned, clean_beside, clean_within, write};
use super::{parse, run};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Silent;
use crate::spill::failing;

/// Limits under which some hundred rows are too many for memory.
fn tight(memory_bytes_max: usize) -> Limits {
    Limits { memory_bytes_max, batch_rows: 50, ..Limits::default() }
}

/// A table of machines with gaps, ties, both zeros, repeated words and late rows.
fn machines(rows: usize) -> String {
    let mut text = String::from("t:s | m:t | x:f | n:i | d:m | w:t | b:b");
    for row in 0..rows {
        let mix = (row * 7_919 + 13) % 1_009;
        let second = row - if row % 97 == 96 { row % 50 } else { 0 };
        let time = jiff::Timestamp::from_second(1_700_000_000 + second as i64 * 60).unwrap();
        let x = match mix % 19 {
            0 => "-".to_owned(),
            1 => "NaN".to_owned(),
            2 => "inf".to_owned(),
            3 => "-0.0".to_owned(),
            4 => "0.0".to_owned(),
            _ => format!("{}", (mix as f64 - 500.0) / 8.0),
        };
        let n = if mix % 7 == 0 { "-".to_owned() } else { (mix % 90).to_string() };
        let b = ["true", "-", "false"][mix % 3];
        text.push_str(&format!(
            "\n{time} | M{} | {x} | {n} | {}.5 | w{} | {b}",
            row % 5,
            mix % 12,
            mix % 40
        ));
    }
    text
}

const FITTED: &[&str] = &[
    "scale: {columns: [x, n], method: robust}",
    "scale: {columns: [x, d], method: min_max}",
    "scale: {columns: [x, n, d], method: z}",
    "scale: {columns: [x, n], method: robust, fit_where: \"m = 'M1'\"}",
    "scale: {columns: [x, n], method: z, fit_where: \"n > 40\"}",
    "scale: {columns: [x], method: min_max, fit_where: \"m = 'M2'\"}",
    "fill_missing: {columns: [x, n, d], method: mean}",
    "fill_missing: {columns: [x, n, d], method: mean, group: [m, b]}",
    "fill_missing: {columns: [x, n, d], method: median}",
    "fill_missing: {columns: [x, n, d], method: median, group: [m]}",
    "fill_missing: {columns: [x, n, w, b], method: mode}",
    "fill_missing: {columns: [x, n, w, b], method: mode, group: [m]}",
    "outliers: {columns: [x, n], method: z_score, action: to_null, threshold: 1}",
    "outliers: {columns: [x, n], method: z_score, action: clip, threshold: 1, group: [m]}",
    "outliers: {columns: [x, n], method: mad, action: to_null, threshold: 1}",
    "outliers: {columns: [x, n], method: mad, action: flag, threshold: 1, group: [b]}",
    "outliers: {columns: [x, n], method: iqr, action: drop, threshold: 0.5}",
    "outliers: {columns: [x, d], method: iqr, action: clip, threshold: 0.5, group: [m]}",
    "split: {name: part, time: t, train: 60, validation: 25, test: 15}",
    "split: {name: part, time: t, train: 60, test: 40, group: [m], gap: 5min}",
    "drop_rows_with_bad_time: {column: t, usual: true}",
    "drop_duplicates: {keys: [m, w]}",
    "sort: {by: [{column: w, descending: true}, {column: x, nulls_first: true}]}",
];

fn same(spec: &str, table: &str, limits: &Limits) -> Result<Cleaned, Fault> {
    let plain = clean_within(spec, table, &Limits::default()).unwrap();
    let small = clean_within(spec, table, limits)?;
    assert_eq!(small.text, plain.text, "{spec}");
    assert_eq!(small.lineage, plain.lineage, "{spec}");
    assert!(small.bytes == plain.bytes, "{spec}");
    Ok(small)
}

#[test]
fn what_is_fitted_on_files_is_what_is_fitted_in_memory() {
    let table = machines(2_000);
    for step in FITTED {
        let done = same(&format!("steps: [{{{step}}}]"), &table, &tight(12_000)).unwrap();
        let changes =
            !step.starts_with("split") && !step.starts_with("drop") && !step.starts_with("sort");
        assert!(!changes || !done.fitted().is_empty(), "{step}");
    }
    let all: Vec<String> = FITTED.iter().skip(6).map(|step| format!("  - {step}\n")).collect();
    let all: String = all.iter().filter(|step| !step.contains("split")).cloned().collect();
    same(&format!("steps:\n{all}"), &table, &tight(14_000)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn random_columns_are_fitted_alike(
        cells in prop::collection::vec((0_u8..4, prop::option::weighted(0.8, -6_i8..6)), 150..260),
        step in prop::sample::select(vec![
            "fill_missing: {columns: [x, w], method: mode, group: [g]}",
            "fill_missing: {columns: [x], method: median, group: [g]}",
            "outliers: {columns: [x], method: mad, action: clip, threshold: 0.4, group: [g]}",
            "scale: {columns: [x], method: robust, fit_where: \"g > 0\"}",
        ]),
    ) {
        let mut table = String::from("g:i | x:f | w:t");
        for (group, value) in &cells {
            let x = match value {
                None => "-".to_owned(),
                Some(0) if *group % 2 == 1 => "-0.0".to_owned(),
                Some(value) => format!("{}", f64::from(*value) / 4.0),
            };
            let w = value.map_or("-".to_owned(), |value| format!("w{}", value / 2));
            table.push_str(&format!("\n{group} | {x} | {w}"));
        }
        let spec = format!("steps: [{{{step}}}]");
        match clean_within(&spec, &table, &Limits::default()) {
            Ok(_) => drop(same(&spec, &table, &tight(2_200)).unwrap()),
            Err(Fault::Input(fault)) => prop_assert_eq!(fault.code, "fit-none"),
            Err(fault) => panic!("{}", fault),
        }
    }
}

/// Results of a laboratory: machines, times (some twice, some missing), values of all kinds.
fn results(rows: usize) -> String {
    let mut text = String::from("m:t | t:s | q:f | note:t | ok:b | day:d");
    for row in 0..rows {
        let mix = (row * 4_513 + 7) % 911;
        let time = jiff::Timestamp::from_second(1_700_000_000 + (mix * 1_801) as i64).unwrap();
        let time = if mix % 31 == 0 { "-".to_owned() } else { time.to_string() };
        let machine = if mix % 29 == 0 { "-".to_owned() } else { format!("M{}", mix % 6) };
        let note = if mix % 4 == 0 { "-".to_owned() } else { "note ".repeat(mix % 9) + "end" };
        let ok = ["true", "-", "false"][mix % 3];
        text.push_str(&format!(
            "\n{machine} | {time} | {}.25 | {note} | {ok} | 2024-0{}-01",
            mix,
            1 + mix % 9
        ));
    }
    text
}

#[test]
fn a_join_with_a_table_beyond_memory_is_the_same() {
    let (table, other) = (machines(600), results(1_500));
    for by in ["", ", by: [m]", ", by: [m], tolerance: 2h"] {
        for direction in ["backward", "forward", "nearest"] {
            let spec = format!(
                "steps: [{{join_asof: {{with: lab, on: t, suffix: _lab, direction: {direction}{by}}}}}]"
            );
            let joined =
                |limits: &Limits| clean_beside(&spec, &table, &[("lab", &other)], limits).unwrap();
            let plain = joined(&Limits::default());
            let small = joined(&tight(8_000));
            assert_eq!(small.text, plain.text, "{spec}");
            assert!(small.bytes == plain.bytes && small.lineage == plain.lineage, "{spec}");
        }
    }
}

#[test]
fn many_runs_are_merged_in_levels() {
    let table = machines(3_000);
    let spec =
        "steps: [{sort: {by: [{column: w}, {column: b, descending: true, nulls_first: true}]}}]";
    // From runs of one batch, merged by twos, to runs that are merged at once.
    for memory in [0, 5_000, 60_000, 200_000] {
        same(spec, &table, &tight(memory)).unwrap();
    }
}

#[test]
fn a_full_disk_is_a_fault_of_the_surroundings_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), &machines(400));
    let out = dir.path().join("out.parquet");
    let spec = parse(
        "
steps:
  - drop_duplicates: {}
  - fill_missing: { columns: [x], method: median, group: [m] }
  - sort: { by: [{ column: w }] }
  - fill_missing: { columns: [w, b], method: mode }",
    )
    .unwrap();
    let limits = tight(8_000);
    let files = || std::fs::read_dir(dir.path()).unwrap().count();
    let mut full = 0;
    for room in (0..).step_by(1_009) {
        let done = failing::after(room, || run(&spec, &input, &out, &limits, &Silent));
        match done {
            Ok(_) => break,
            Err(Fault::Transient(text)) => assert!(text.contains("the disk is full"), "{text}"),
            Err(other) => panic!("{room}: {other}"),
        }
        assert_eq!(files(), 1, "{room}: something was left behind");
        full += 1;
    }
    // The disk was full in runs, in records and in the result.
    assert!(full > 20, "{full}");
    assert_eq!(files(), 2);
    // A result that was there stays as it was.
    let before = std::fs::read(&out).unwrap();
    let again = failing::after(5_000, || run(&spec, &input, &out, &limits, &Silent));
    assert!(matches!(again, Err(Fault::Transient(_))));
    assert!(std::fs::read(&out).unwrap() == before && files() == 2);
}
