//! Running as a whole: memory, determinism, lineage, foreign files, failures.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::array::{
    ArrayRef, DictionaryArray, Float32Array, Int32Array, LargeStringArray, ListArray, RecordBatch,
    TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{Int8Type, Int64Type};
use parquet::arrow::ArrowWriter;

use super::fixture::{clean, clean_within, fault, text, write};
use super::{parse, run, spec_sha256};
use crate::digest::{logical_hash, sha256_file};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::{Progress, Silent};

/// A table of `rows` records with ten signals, gaps, repeated rows and some disorder.
fn long(rows: usize) -> String {
    let mut text = String::from("t:i | m:t");
    for n in 0..10 {
        text.push_str(&format!(" | x{n}:f"));
    }
    for row in 0..rows {
        let row = if row % 50 == 49 { row - 1 } else { row };
        // A few rows come late, by up to 3,000 places.
        let time = if row % 97 == 0 { row + row % 3_000 } else { row };
        text.push_str(&format!("\n{time} | M{}", row % 7));
        for n in 0..10 {
            let value = (row * (n + 3) * 7_919) % 10_007;
            let cell = if value % 40 == 0 { "-".to_owned() } else { format!("{value}.25") };
            text.push_str(&format!(" | {cell}"));
        }
    }
    text
}

const WHOLE: &str = "
steps:
  - drop_duplicates: {}
  - sort: { by: [{ column: m }, { column: t, descending: true }] }
  - fill_missing: { columns: [x0, x1], method: linear, group: [m], max_gap_rows: 2 }
  - fill_missing: { columns: [x2], method: median, group: [m] }
  - outliers: { columns: [x3], method: iqr, action: clip, threshold: 0.1 }
  - scale: { columns: [x4, x5], method: robust }
  - drop_sparse: { above_percent: 1 }
";

#[test]
fn memory_allowed_changes_neither_bytes_nor_lineage() {
    let table = long(20_000);
    let plain = clean(WHOLE, &table).unwrap();
    // Two MiB of values against one allowed in memory, and half a MiB in a sorted run.
    let limits = Limits { memory_bytes_max: 2 << 20, batch_rows: 1_000, ..Limits::default() };
    let small = clean_within(WHOLE, &table, &limits).unwrap();
    assert!(small.bytes == plain.bytes);
    assert_eq!(small.lineage, plain.lineage);
    let threads = Limits { threads: 1, ..Limits::default() };
    assert!(clean_within(WHOLE, &table, &threads).unwrap().bytes == plain.bytes);
}

#[test]
fn too_little_memory_is_a_fault_that_names_the_step() {
    let table = long(3_000);
    let limits = Limits { memory_bytes_max: 20_000, ..Limits::default() };
    let step = "fill_missing: {columns: [x0], method: ffill}";
    let result = clean_within(&format!("steps: [{{{step}}}]"), &table, &limits);
    let Err(Fault::Input(fault)) = result else { panic!("{step}") };
    assert_eq!(fault.code, "memory-limit", "{step}");
    assert!(fault.text.en.starts_with("step 1 ("), "{}", fault.text.en);
    // Sorting and dropping duplicates need little: they go through files.
    for step in
        ["sort: {by: [{column: t}]}", "drop_duplicates: {}", "drop_duplicates: {keys: [x3]}"]
    {
        let spec = format!("steps: [{{{step}}}]");
        let done = clean_within(&spec, &table, &limits).unwrap();
        let plain = clean(&spec, &table).unwrap();
        assert!(done.bytes == plain.bytes, "{step}");
        assert_eq!(done.lineage, plain.lineage, "{step}");
    }
}

#[test]
fn lineage_tells_rows_columns_and_digests() {
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), "a:i | b:f\n 1 | 1\n 1 | 1\n 2 |\n 3 | 5");
    let out = dir.path().join("out.parquet");
    let spec = "steps: [{drop_duplicates: {}}, {sort: {by: [{column: a, descending: true}]}}, {fill_missing: {columns: [b], method: mean}}, {drop_columns: {columns: [a]}}]";
    let spec = parse(spec).unwrap();
    let lineage = run(&spec, &input, &out, &Limits::default(), &Silent).unwrap();
    assert_eq!(text(&out), "b\n5.0\n3.0\n1.0");
    let told: Vec<_> = lineage
        .steps
        .iter()
        .map(|s| (s.number, s.step.as_str(), s.rows_in, s.rows_out, s.columns_out, s.cells_changed))
        .collect();
    assert_eq!(
        told,
        [
            (1, "drop_duplicates", 4, 3, 2, 0),
            (2, "sort", 3, 3, 2, 0),
            (3, "fill_missing", 3, 3, 2, 1),
            (4, "drop_columns", 3, 3, 1, 0),
        ]
    );
    assert_eq!(lineage.input_sha256, sha256_file(&input).unwrap());
    assert_eq!(lineage.output.sha256, sha256_file(&out).unwrap());
    assert_eq!(lineage.output.logical_sha256, logical_hash(&out, &Limits::default()).unwrap());
    assert_eq!((lineage.output.rows, lineage.output.columns), (3, 1));
    assert_eq!(lineage.output.size_bytes, std::fs::metadata(&out).unwrap().len());
    assert_eq!(lineage.spec_sha256, spec_sha256(&spec).unwrap());
    let json = serde_json::to_string(&lineage).unwrap();
    assert_eq!(serde_json::from_str::<schema::data::lineage::Lineage>(&json).unwrap(), lineage);
}

#[test]
fn the_dictionary_follows_the_table() {
    let done = clean(
        "steps: [{fill_missing: {columns: [b], method: mean}}, {rename: {columns: {b: c}}}]",
        "a:i{9} | b:f[bar]\n 1 | 1\n  | ",
    )
    .unwrap();
    let [a, c] = &done.dictionary.columns[..] else { panic!("{:?}", done.dictionary) };
    assert_eq!((a.nullable, c.nullable), (true, false));
    assert_eq!((c.name.as_str(), c.unit.as_deref()), ("c", Some("bar")));
    assert_eq!(a.sentinels, ["9"]);
    assert_eq!(done.dictionary.reading.utc_offset_min, 540);
}

fn foreign(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn parquet_of_other_tools_is_read_in_stored_types() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in.parquet");
    let lots: DictionaryArray<Int8Type> = ["가", "나", "가"].into_iter().collect();
    let lists = vec![Some(vec![Some(1), Some(2)]), None, Some(vec![])];
    foreign(
        &input,
        vec![
            ("i", Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]))),
            ("f", Arc::new(Float32Array::from(vec![0.5, f32::NAN, 2.0]))),
            ("u", Arc::new(UInt64Array::from(vec![1, u64::MAX, 3]))),
            ("t", Arc::new(TimestampNanosecondArray::from(vec![0, 1_500, 86_400_000_000_000]))),
            ("lot", Arc::new(lots)),
            ("big", Arc::new(LargeStringArray::from(vec!["x", "y", "z"]))),
            ("list", Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists))),
        ],
    );
    let out = dir.path().join("out.parquet");
    let spec = parse("steps: [{sort: {by: [{column: i, descending: true}]}}]").unwrap();
    run(&spec, &input, &out, &Limits::default(), &Silent).unwrap();
    // Local midnight of 1 January 1970 in Korea is 15:00 of the day before in UTC.
    assert_eq!(
        text(&out),
        "i | f | u | t | lot | big | list\n\
         3 | 2.0 | 3 | 1970-01-01T15:00:00Z | 가 | z | []\n\
         1 | 0.5 | 1 | 1969-12-31T15:00:00Z | 가 | x | [1, 2]\n\
         - | NaN | 18446744073709551615 | 1969-12-31T15:00:00.000001Z | 나 | y | -"
    );
}

#[test]
fn a_damaged_file_is_a_fault_wherever_it_is_cut_or_hit() {
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), "a:i | b:t\n 1 | x\n 2 | y\n 2 | y");
    let out = dir.path().join("out.parquet");
    let spec = parse("steps: [{drop_duplicates: {}}]").unwrap();
    let bytes = std::fs::read(&input).unwrap();
    let attempt = |bytes: &[u8]| {
        std::fs::write(&input, bytes).unwrap();
        run(&spec, &input, &out, &Limits::default(), &Silent)
    };
    for cut in (0..bytes.len()).step_by(13) {
        let Err(Fault::Input(fault)) = attempt(&bytes[..cut]) else { panic!("cut at {cut}") };
        assert_eq!(fault.code, "parquet-damaged");
    }
    for at in (0..bytes.len()).step_by(5) {
        let mut hit = bytes.clone();
        hit[at] ^= 0x55;
        // Some hits change values or statistics only; none may panic or be called a bug.
        match attempt(&hit) {
            Ok(_) | Err(Fault::Input(_)) => {}
            Err(other) => panic!("hit at {at}: {other}"),
        }
    }
}

#[test]
fn a_table_beyond_the_limits_is_refused() {
    let limits = Limits { columns_max: 1, ..Limits::default() };
    let result = clean_within("steps: []", "a:i | b:i\n 1 | 2", &limits);
    assert!(matches!(result, Err(Fault::Input(f)) if f.code == "columns-too-many"));
    let limits = Limits { rows_max: 1, ..Limits::default() };
    let result = clean_within("steps: []", "a:i\n 1\n 2", &limits);
    assert!(matches!(result, Err(Fault::Input(f)) if f.code == "rows-too-many"));
}

struct Stop(AtomicU32);

impl Progress for Stop {
    fn at(&self, _: &'static str, done: u64, total: u64) -> Result<(), Fault> {
        assert!(done <= total);
        if self.0.fetch_sub(1, Ordering::Relaxed) == 0 { Err(Fault::Cancelled) } else { Ok(()) }
    }
}

#[test]
fn a_cancelled_run_stops_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), &long(2_000));
    let out = dir.path().join("out.parquet");
    let spec = parse(WHOLE).unwrap();
    let limits = Limits { batch_rows: 500, ..Limits::default() };
    for calls in 0..40 {
        let stop = Stop(AtomicU32::new(calls));
        let result = run(&spec, &input, &out, &limits, &stop);
        assert!(matches!(result, Err(Fault::Cancelled)), "{calls}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}

#[cfg(unix)]
#[test]
fn a_result_may_be_read_like_any_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let plain = dir.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    let input = write(dir.path(), "a:i\n 1");
    let out = dir.path().join("out.parquet");
    run(&parse("steps: []").unwrap(), &input, &out, &Limits::default(), &Silent).unwrap();
    assert_eq!(mode(&out), mode(&plain));
}

#[test]
fn an_old_output_survives_a_failed_run() {
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), "a:t\n x");
    let out = dir.path().join("out.parquet");
    std::fs::write(&out, "old").unwrap();
    let spec = parse("steps: [{cast: {columns: {a: integer}}}]").unwrap();
    run(&spec, &input, &out, &Limits::default(), &Silent).unwrap_err();
    assert_eq!(std::fs::read(&out).unwrap(), b"old");
}

#[test]
fn an_empty_table_passes_every_step() {
    let table = "t:s | m:t | x:f | n:i[bar]";
    for step in [
        "select: {columns: [x, t]}",
        "cast: {columns: {n: text}}",
        "encode: {columns: [m], method: label}",
        "generalise: {columns: {n: {width: 5}, t: {to: week}}}",
        "mask: {columns: {m: {keep_first: 1}}}",
        "parse_time: {columns: [m]}",
        "filter: {where: 'x > 1'}",
        "derive: {columns: {y: 'x + n'}}",
        "reorder: {first: [n]}",
        "filter_range: {column: x, min: 0}",
        "sort: {by: [{column: t}]}",
        "drop_duplicates: {}",
        "sentinel_to_null: {columns: {x: [9999]}}",
        "fill_missing: {columns: [x], method: linear, group: [m], time: t}",
        "fill_missing: {columns: [m], method: mode}",
        "outliers: {columns: [x, n], method: iqr, action: flag, group: [m]}",
        "drop_constant: {}",
        "drop_sparse: {}",
        "drop_missing_rows: {columns: [x]}",
        "unit_convert: {columns: {n: kPa}}",
        "scale: {columns: [x, n], method: z}",
        "drop_rows_with_bad_time: {column: t, min: '2020-01-01'}",
        "outliers: {columns: [x], method: hampel, action: drop, group: [m]}",
        "rolling: {columns: [x], window: 5s, time: t, functions: [mean, count], group: [m]}",
        "lag: {columns: [x, m], rows: [1], group: [m]}",
        "smooth: {columns: [x, n], method: savitzky_golay, window_rows: 5, group: [m]}",
        "split: {name: part, time: t, train: 70, test: 30, group: [m]}",
        "features: {time: t, columns: [x], window: 5s, statistics: [rms], group: [m]}",
        "unscale: {columns: {x: {min: 1, max: 2}}}",
    ] {
        let done = clean(&format!("steps: [{{{step}}}]"), table).unwrap();
        assert_eq!(done.lineage.output.rows, 0, "{step}");
    }
    assert_eq!(fault("steps: [{select: {columns: [zz]}}]", table), "column-unknown");
}
