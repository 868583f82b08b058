//! Steps by column against the same steps on batches: the same bytes, the same lineage.

use proptest::prelude::*;
use schema::data::lineage::Lineage;

use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::fixture::{text, write};
use crate::pipeline::inputs::Inputs;
use crate::pipeline::keys::Keys;
use crate::pipeline::run::run_with;
use crate::pipeline::shape::Shape;
use crate::pipeline::step::plan as plan_step;
use crate::pipeline::table::Table;
use crate::pipeline::work::Work;
use crate::pipeline::{columnar, parse};
use crate::progress::Silent;

/// What a run makes, or the code of its fault.
type Made = Result<(Vec<u8>, Lineage, String), String>;

fn run(spec: &str, table: &str, limits: &Limits, columnar_from: u64) -> Made {
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), table);
    let out = dir.path().join("out.parquet");
    let made = run_with(
        &parse(spec).unwrap(),
        (&input, &[], &Keys::default()),
        &out,
        limits,
        &Silent,
        columnar_from,
    );
    let files = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(files, if made.is_ok() { 2 } else { 1 }, "a file was left behind");
    match made {
        Ok(lineage) => Ok((std::fs::read(&out).unwrap(), lineage, text(&out))),
        Err(Fault::Input(fault)) => Err(fault.code),
        Err(fault) => panic!("{fault}"),
    }
}

/// Runs a specification both ways and compares what comes out.
fn alike(spec: &str, table: &str, limits: &Limits) -> Made {
    let (by_column, on_batches) = (run(spec, table, limits, 0), run(spec, table, limits, u64::MAX));
    match (&by_column, &on_batches) {
        (Ok((bytes, lineage, text)), Ok((bytes_too, lineage_too, text_too))) => {
            assert_eq!(text, text_too, "{spec}");
            assert_eq!(lineage, lineage_too, "{spec}");
            assert!(bytes == bytes_too, "{spec}");
        }
        (Err(code), Err(code_too)) => assert_eq!(code, code_too, "{spec}"),
        (by_column, on_batches) => panic!("{by_column:?} {on_batches:?} {spec}\n{table}"),
    }
    by_column
}

/// How many steps of a specification are done by column on a table.
fn steps_by_column(spec: &str, table: &str, limits: &Limits) -> usize {
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), table);
    let spec = parse(spec).unwrap();
    let table = Table::open(&input, limits).unwrap();
    let Some(job) = columnar::plan(&spec.steps, &table.shape, limits) else { return 0 };
    let work = Work::new(limits, &Silent, 0);
    job.run(&table, &work, dir.path()).unwrap().steps.len()
}

#[test]
fn a_run_that_memory_is_too_small_for_is_done_on_batches() {
    let table = line(3_000);
    let plenty = run(PREP, &table, &Limits::default(), u64::MAX).unwrap();
    let (mut by_column, mut fell_back) = (0, 0);
    for memory in [24_000, 60_000, 120_000, 250_000, 500_000, 4 << 20] {
        let limits = Limits { memory_bytes_max: memory, batch_rows: 100, ..Limits::default() };
        let dir = tempfile::tempdir().unwrap();
        let input = write(dir.path(), &table);
        let spec = parse(PREP).unwrap();
        let opened = Table::open(&input, &limits).unwrap();
        let work = Work::new(&limits, &Silent, 0);
        let job = columnar::plan(&spec.steps, &opened.shape, &work).unwrap();
        match job.run(&opened, &work, dir.path()) {
            Ok(_) => by_column += 1,
            Err(Fault::Input(fault)) => {
                assert_eq!(fault.code, "memory-limit");
                fell_back += 1;
            }
            Err(fault) => panic!("{fault}"),
        }
        let (tried, on_batches) =
            (run(PREP, &table, &limits, 0), run(PREP, &table, &limits, u64::MAX));
        if let Ok(on_batches) = on_batches {
            // Where the engine of batches can do it, whoever tried by column first can, too.
            let tried = tried.unwrap();
            assert!(tried.0 == on_batches.0 && tried.0 == plenty.0, "{memory}");
            assert!(tried.1 == on_batches.1 && tried.1 == plenty.1, "{memory}");
        }
    }
    assert!(by_column > 0 && fell_back > 0, "{by_column} {fell_back}");
}

const PREP: &str = "
steps:
  - select: { columns: [g, t, x, y, n, b] }
  - derive: { columns: { b: NOT b } }
  - drop_duplicates: { keys: [g, t] }
  - sort: { by: [{ column: g }, { column: t }] }
  - outliers: { columns: [x, y], method: z_score, threshold: 1.2, action: to_null, group: [g] }
  - fill_missing: { columns: [x], method: linear, group: [g] }
  - fill_missing: { columns: [y], method: ffill, group: [g] }
  - resample: { time: t, every: 10s, group: [g], aggregates: { x: mean, y: [mean, std], n: last, b: count_false } }
  - scale: { columns: [x, y_mean], method: min_max }";

/// Machines that write in turn, now and then late, twice or nothing.
fn line(rows: usize) -> String {
    let mut table = String::from("t:s | g:t | x:f | y:f | n:i | b:b | s:t");
    for row in 0..rows {
        let late = if row % 53 == 0 { row % 7 } else { 0 };
        let second = (row / 3).saturating_sub(late) - usize::from(row % 41 == 40 && row > 3);
        let time = jiff::Timestamp::from_second(second as i64 - 400).unwrap();
        let value = (row * 7_919) % 1_009;
        let x = match value % 17 {
            0 => "-".to_owned(),
            1 => "NaN".to_owned(),
            2 if value % 3 == 0 => "inf".to_owned(),
            _ => format!("{value}.5"),
        };
        let y = if value % 23 < 9 { "-".to_owned() } else { format!("-{value}e-3") };
        let b = ["true", "false", "-"][value % 3];
        table.push_str(&format!(
            "\n{time} | M{} | {x} | {y} | {value} | {b} | s{}",
            row % 3,
            value % 5
        ));
    }
    table
}

#[test]
fn preparing_a_line_of_machines_is_one_run() {
    let (table, limits) = (line(2_000), Limits::default());
    assert_eq!(steps_by_column(PREP, &table, &limits), 9);
    let (.., text) = alike(PREP, &table, &limits).unwrap();
    assert!(text.lines().count() > 100, "{text}");
    // Columns that go through files, one thread, other batches: the same.
    let wide = "steps: [{sort: {by: [{column: g}, {column: t, descending: true}]}}, {fill_missing: {columns: [s, n], method: ffill, group: [g]}}, {outliers: {columns: [x, n], method: iqr, action: flag, group: [g]}}, {scale: {columns: [n, y], method: z}}]";
    let plain = alike(wide, &table, &limits).unwrap();
    for limits in [
        Limits { memory_bytes_max: 250_000, ..Limits::default() },
        Limits { threads: 1, batch_rows: 7, row_group_rows: 100, ..Limits::default() },
        Limits { threads: 3, row_group_bytes: 3_000, ..Limits::default() },
    ] {
        assert_eq!(steps_by_column(wide, &table, &limits), 4, "{limits:?}");
        let (.., text) = alike(wide, &table, &limits).unwrap();
        assert_eq!(text, plain.2);
    }
}

#[test]
fn what_does_not_run_by_column_runs_on_batches() {
    let table = line(60);
    for spec in [
        // A float has two zeros; a null time has a place of its own; too fine a resampling.
        "steps: [{sort: {by: [{column: x}]}}]",
        "steps: [{drop_duplicates: {}}, {sort: {by: [{column: g}]}}]",
        "steps: [{sort: {by: [{column: t}]}}, {outliers: {columns: [x], method: mad, action: drop}}]",
        "steps: [{sort: {by: [{column: t}]}}, {drop_constant: {}}, {sort: {by: [{column: n}]}}]",
        "steps: [{sort: {by: [{column: t}]}}, {resample: {time: t, every: 10s, group: [g], aggregates: {x: mean}}}]",
    ] {
        alike(spec, &table, &Limits::default()).unwrap();
    }
    let apart = "t:s | x:f\n1970-01-01T00:00:00Z | 1\n2024-01-01T00:00:00Z | 2\n - | 3";
    let spec = "steps: [{resample: {time: t, every: 1d, aggregates: {x: sum}}}]";
    alike(spec, apart, &Limits::default()).unwrap();
    let spec = "steps: [{resample: {time: t, every: 1s, empty: to_null, aggregates: {x: sum}}}]";
    assert_eq!(alike(spec, apart, &Limits::default()).unwrap_err(), "resample-too-fine");
    // A cast that fails names the same row.
    let spec = "steps: [{sort: {by: [{column: t}]}}, {cast: {columns: {x: integer}}}]";
    assert_eq!(alike(spec, apart, &Limits::default()).map(|_| ()), Ok(()));
    let spec = "steps: [{cast: {columns: {g: integer}}}, {sort: {by: [{column: t}]}}]";
    assert_eq!(alike(spec, &table, &Limits::default()).unwrap_err(), "cast-failed");
}

#[test]
fn plans_of_runs_leave_every_shape_as_the_steps_do() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits::default();
    let table = Table::open(&write(dir.path(), &line(3)), &limits).unwrap();
    let spec = parse(PREP).unwrap();
    let mut shape: Shape = table.shape.clone();
    for step in &spec.steps {
        shape = plan_step(step, &shape, &limits, &Inputs::default()).unwrap().shape().clone();
    }
    let job = columnar::plan(&spec.steps, &table.shape, &limits).unwrap();
    let ran = job.run(&table, &Work::new(&limits, &Silent, 0), dir.path()).unwrap();
    assert_eq!(ran.table.shape.schema, shape.schema);
}

/// A row of a random table: group, lot, second, values.
type Cells = (u8, u8, Option<i8>, Option<i8>, Option<i8>, u8);

fn table(rows: &[Cells]) -> String {
    let mut table = String::from("g:t | h:i{2} | t:s | x:f[bar]{7} | n:i{3} | d:d | b:b | m:m");
    for (g, h, t, x, n, other) in rows {
        let g = ["A", "B", "-"][usize::from(*g)];
        let t = t.map_or("-".to_owned(), |second| {
            jiff::Timestamp::from_second(i64::from(second)).unwrap().to_string()
        });
        let x = match x {
            None => "-".to_owned(),
            Some(-1) => "NaN".to_owned(),
            Some(99) => "inf".to_owned(),
            Some(-99) => "-inf".to_owned(),
            Some(0) if *other % 2 == 0 => "-0.0".to_owned(),
            Some(value) => format!("{value}.25"),
        };
        let n = n.map_or("-".to_owned(), |n| n.to_string());
        let b = ["true", "false", "-"][usize::from(*other) % 3];
        let d = ["1969-12-31", "1970-01-01", "2024-02-29"][usize::from(*other) % 3];
        let m = ["1.25", "-", "-3.10", "99.00"][usize::from(*other) % 4];
        table.push_str(&format!("\n{g} | {h} | {t} | {x} | {n} | {d} | {b} | {m}"));
    }
    table
}

/// Steps to be drawn, on columns that are there from first to last.
const STEPS: &[&str] = &[
    "drop_duplicates: {keys: [g, t]}",
    "drop_duplicates: {keys: [t, h, g]}",
    "drop_duplicates: {keys: [g]}",
    "sort: {by: [{column: g}, {column: t}]}",
    "sort: {by: [{column: g, descending: true}, {column: h}, {column: t, descending: true}]}",
    "sort: {by: [{column: g, nulls_first: true}, {column: d}]}",
    "sort: {by: [{column: h}]}",
    "sort: {by: [{column: n, descending: true}]}",
    "filter_range: {column: n, min: -20, max: 30}",
    "filter_range: {column: x, min: -20, keep_missing: true}",
    "drop_missing_rows: {columns: [g]}",
    "drop_missing_rows: {columns: [t]}",
    "drop_rows_with_bad_time: {column: t, min: '1970-01-01T00:00:00Z'}",
    "sentinel_to_null: {columns: {n: [3, 5], x: [7.25]}}",
    "sentinel_to_null: {}",
    "unit_convert: {columns: {x: kPa}, from: {x: bar}}",
    "cast: {columns: {n: number}, on_error: to_null}",
    "cast: {columns: {x: integer, m: text}, on_error: to_null}",
    "outliers: {columns: [x], method: z_score, threshold: 1, action: to_null, group: [g]}",
    "outliers: {columns: [n, x], method: z_score, threshold: 0.8, action: clip, group: [g]}",
    "outliers: {columns: [x, m], method: iqr, threshold: 0.5, action: clip}",
    "outliers: {columns: [x], method: mad, threshold: 1, action: to_null, group: [h, g]}",
    "outliers: {columns: [n, x], method: iqr, threshold: 0.5, action: flag, group: [g]}",
    "outliers: {columns: [n], method: iqr, threshold: 0.5, action: drop}",
    "fill_missing: {columns: [x], method: linear, group: [g]}",
    "fill_missing: {columns: [x, n], method: linear, group: [g], max_gap_rows: 1}",
    "fill_missing: {columns: [x, n], method: linear, time: t, max_gap_s: 20}",
    "fill_missing: {columns: [x, n, b, d], method: ffill, group: [g]}",
    "fill_missing: {columns: [x, m], method: bfill, max_gap_rows: 2, group: [h]}",
    "fill_missing: {columns: [x, n], method: mean, group: [g]}",
    "fill_missing: {columns: [x, m], method: median}",
    "fill_missing: {columns: [b, n], method: mode, group: [g]}",
    "fill_missing: {columns: [x, n], method: constant, value: 4}",
    "scale: {columns: [x], method: min_max}",
    "derive: {columns: {b: 'NOT b', n: n * 2}}",
    "derive: {columns: {n: n + h}}",
    "scale: {columns: [x, n], method: z}",
    "scale: {columns: [m], method: robust}",
    "select: {columns: [x, n, m, b, d, t, h, g]}",
    "rename: {columns: {x: n, n: x}}",
    "resample: {time: t, every: 10s, group: [g], aggregates: {x: [mean, max], n: [last, std], b: count_true, m: median, h: first, d: min}}",
    "resample: {time: t, every: 7s, empty: to_null, aggregates: {x: [mean, count], n: sum, g: last, b: share_true, h: range}}",
    "resample: {time: d, every: 1d, group: [h, g], aggregates: {x: sum, t: max, m: min, n: count}}",
];

fn cells() -> impl Strategy<Value = Vec<Cells>> {
    let value = prop::sample::select(vec![-99_i8, -30, -1, 0, 1, 2, 3, 5, 7, 40, 99]);
    let row = (
        0_u8..3,
        0_u8..3,
        prop::option::weighted(0.97, -30_i8..30),
        prop::option::weighted(0.7, value.clone()),
        prop::option::weighted(0.7, value),
        0_u8..12,
    );
    prop::collection::vec(row, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn random_steps_do_alike(
        rows in cells(),
        timed: bool,
        steps in prop::collection::vec(prop::sample::select(STEPS), 1..7),
    ) {
        let rows: Vec<Cells> = if timed {
            rows.into_iter().filter(|row| row.2.is_some()).collect()
        } else {
            rows
        };
        let steps: Vec<String> = steps.iter().map(|step| format!("  - {step}\n")).collect();
        let _ = alike(&format!("steps:\n{}", steps.concat()), &table(&rows), &Limits::default());
    }

    #[test]
    fn likely_runs_do_alike(
        rows in cells(),
        first in prop::sample::select(&STEPS[..18]),
        second in prop::sample::select(&STEPS[..18]),
        order in prop::sample::select(&STEPS[3..8]),
        then in prop::collection::vec(prop::sample::select(&STEPS[18..40]), 1..4),
        last in prop::sample::select(&STEPS[38..]),
        memory in prop::sample::select(vec![1_usize << 30, 40_000]),
    ) {
        let rows: Vec<Cells> = rows.into_iter().filter(|row| row.2.is_some()).collect();
        let mut spec = format!("steps:\n  - {first}\n  - {second}\n  - {order}\n");
        for step in then {
            spec.push_str(&format!("  - {step}\n"));
        }
        spec.push_str(&format!("  - {last}\n"));
        let limits = Limits { memory_bytes_max: memory, batch_rows: 9, ..Limits::default() };
        let (by_column, on_batches) =
            (run(&spec, &table(&rows), &limits, 0), run(&spec, &table(&rows), &limits, u64::MAX));
        // With little memory one may refuse what the other does; what both do is alike.
        if let (Ok(by_column), Ok(on_batches)) = (&by_column, &on_batches) {
            prop_assert_eq!(&by_column.2, &on_batches.2, "{}", spec);
            prop_assert_eq!(&by_column.1, &on_batches.1, "{}", spec);
            prop_assert!(by_column.0 == on_batches.0);
        } else if memory > 1 << 20 {
            prop_assert_eq!(by_column.map(|_| ()), on_batches.map(|_| ()), "{}", spec);
        }
    }
}
