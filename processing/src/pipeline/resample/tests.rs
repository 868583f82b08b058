//! `resample`: vectors, faults, and random tables against gathering by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::limits::Limits;
use crate::pipeline::fixture::{check, clean, clean_within, fault};

const LINE: &str = "
    t:s | m:t | x:f[Cel] | ok:b | n:i
    2024-05-01T00:00:12Z | B | 5   | true  | 1
    2024-05-01T00:00:03Z | A | 2   | false | 2
    2024-05-01T00:00:09Z | A | NaN | true  | 3
    -                    | A | 9   | true  | 4
    2024-05-01T00:00:00Z | A | 4   | -     | 5
    2024-05-01T00:00:31Z | A | inf | false | 6
    2024-05-01T00:00:39Z | A | -1  | true  | 7
    2024-05-01T00:00:03Z | -  | 8  | true  | 8";

#[test]
fn each_group_has_a_row_for_each_bucket_with_rows() {
    let done = check(
        "steps: [{resample: {time: t, every: 10s, group: [m], aggregates: {n: [first, last, sum], x: mean, ok: [count_false, share_true]}}}]",
        LINE,
        "m | t | x | ok_count_false | ok_share_true | n_first | n_last | n_sum
         A | 2024-05-01T00:00:00Z | 3.0 | 1 | 0.5 | 5 | 3 | 10
         A | 2024-05-01T00:00:30Z | -1.0 | 1 | 0.5 | 6 | 7 | 13
         B | 2024-05-01T00:00:10Z | 5.0 | 0 | 1.0 | 1 | 1 | 1
         - | 2024-05-01T00:00:00Z | 8.0 | 0 | 1.0 | 8 | 8 | 8",
    );
    assert_eq!(done.fitted(), ["t.rows_without_time=1.0"]);
    let step = &done.lineage.steps[0];
    assert_eq!((step.rows_in, step.rows_out, step.cells_changed), (8, 4, 0));
    let units: Vec<_> = done.dictionary.columns.iter().map(|c| c.unit.as_deref()).collect();
    assert_eq!(units[2..5], [Some("Cel"), Some("1"), Some("1")]);
}

#[test]
fn empty_buckets_may_be_told() {
    check(
        "steps: [{resample: {time: t, every: 10s, group: [m], empty: 'null', aggregates: {n: count, x: [max, min, range, std, median]}}}]",
        LINE,
        "m | t | x_max | x_min | x_range | x_std | x_median | n
         A | 2024-05-01T00:00:00Z | 4.0 | 2.0 | 2.0 | 1.4142135623730951 | 3.0 | 3
         A | 2024-05-01T00:00:10Z | - | - | - | - | - | 0
         A | 2024-05-01T00:00:20Z | - | - | - | - | - | 0
         A | 2024-05-01T00:00:30Z | inf | -1.0 | 0.0 | - | -1.0 | 2
         B | 2024-05-01T00:00:10Z | 5.0 | 5.0 | 0.0 | - | 5.0 | 1
         - | 2024-05-01T00:00:00Z | 8.0 | 8.0 | 0.0 | - | 8.0 | 1",
    );
}

#[test]
fn days_are_those_of_the_files_zone() {
    // Midnight in Korea is 15:00 UTC; days before 1970 are rounded down as well.
    let table = "t:s | n:i
        1969-12-31T14:59:59Z | 1
        1969-12-31T15:00:00Z | 2
        1970-01-01T14:59:59Z | 3
        1969-12-30T15:00:00Z | 4";
    check(
        "steps: [{resample: {time: t, every: 1d, aggregates: {n: sum}}}]",
        table,
        "t | n\n 1969-12-30T15:00:00Z | 5\n 1969-12-31T15:00:00Z | 5",
    );
    check(
        "steps: [{resample: {time: t, every: 2d, origin: '1970-01-02', aggregates: {n: sum}}}]",
        table,
        "t | n\n 1969-12-30T15:00:00Z | 10",
    );
    check(
        "steps: [{resample: {time: d, every: 7d, origin: '2024-01-01', aggregates: {n: count}}}]",
        "d:d | n:i\n 2024-01-07 | 1\n 2024-01-08 | 1\n 2023-12-31 | 1\n 2024-01-14 | -",
        "d | n\n 2023-12-25 | 1\n 2024-01-01 | 1\n 2024-01-08 | 1",
    );
}

#[test]
fn sums_of_integers_are_exact_or_refused() {
    check(
        "steps: [{resample: {time: d, every: 1d, aggregates: {n: sum}}}]",
        "d:d | n:i\n 2024-01-07 | 9007199254740993\n 2024-01-07 | 2\n 2024-01-08 | -",
        "d | n\n 2024-01-07 | 9007199254740995\n 2024-01-08 | -",
    );
    let table = "d:d | n:i\n 2024-01-07 | 9223372036854775807\n 2024-01-07 | 1";
    let spec = "steps: [{resample: {time: d, every: 1d, aggregates: {n: sum}}}]";
    assert_eq!(fault(spec, table), "sum-overflow");
}

#[test]
fn what_does_not_fit_is_refused() {
    for (step, code) in [
        ("time: t, every: 10m, aggregates: {n: sum}", "duration-invalid"),
        ("time: d, every: 1h, aggregates: {n: sum}", "duration-invalid"),
        ("time: n, every: 1h, aggregates: {n: sum}", "column-type"),
        ("time: t, every: 1h, aggregates: {m: mean}", "column-type"),
        ("time: t, every: 1h, aggregates: {n: share_true}", "column-type"),
        ("time: t, every: 1h, aggregates: {zz: mean}", "column-unknown"),
        ("time: t, every: 1h, aggregates: {t: max}", "column-repeated"),
        ("time: t, every: 1h, aggregates: {n: [sum, sum]}", "column-repeated"),
        ("time: t, every: 1h, aggregates: {n: []}", "columns-none"),
        ("time: t, every: 1h, aggregates: {}", "columns-none"),
        ("time: t, every: 1h, origin: noon, aggregates: {n: sum}", "time-invalid"),
        ("time: t, every: 1h, aggregates: {n: mode}", "spec-invalid"),
        ("time: t, every: 1h, empty: zero, aggregates: {n: sum}", "spec-invalid"),
    ] {
        let spec = format!("steps: [{{resample: {{{step}}}}}]");
        assert_eq!(fault(&spec, "t:s | d:d | m:t | n:i"), code, "{step}");
    }
    let apart = "t:s | n:i\n 1970-01-01T00:00:00Z | 1\n 2024-01-01T00:00:00Z | 1";
    let spec = "steps: [{resample: {time: t, every: 1s, empty: to_null, aggregates: {n: sum}}}]";
    assert_eq!(fault(spec, apart), "resample-too-fine");
}

/// Group, second, value: -1 stands for NaN, 99 for infinity.
type Cells = (Option<u8>, Option<i8>, Option<i8>);

fn number(value: usize) -> f64 {
    f64::from(u32::try_from(value).unwrap())
}

/// One row of results as text.
fn told(values: &[Option<i8>]) -> Vec<Option<f64>> {
    let present: Vec<f64> = values
        .iter()
        .flatten()
        .filter(|value| **value != -1)
        .map(|value| if *value == 99 { f64::INFINITY } else { f64::from(*value) })
        .collect();
    let mut finite: Vec<f64> = present.iter().copied().filter(|v| v.is_finite()).collect();
    finite.sort_by(f64::total_cmp);
    let count = number(finite.len());
    let some = |value: f64| Some(value).filter(|_| !finite.is_empty());
    let sum: f64 = finite.iter().sum();
    let mean = sum / count;
    let squares: f64 = finite.iter().map(|v| (v - mean) * (v - mean)).sum();
    let half = finite.len() / 2;
    let median = match finite.len() {
        0 => 0.0,
        n if n % 2 == 1 => finite[half],
        _ => f64::midpoint(finite[half - 1], finite[half]),
    };
    vec![
        some(mean),
        present.iter().copied().reduce(f64::min),
        present.iter().copied().reduce(f64::max),
        some(sum),
        Some(number(present.len())),
        present.first().copied(),
        present.last().copied(),
        Some((squares / (count - 1.0)).sqrt()).filter(|_| finite.len() > 1),
        some(median),
        some(finite.last().unwrap_or(&0.0) - finite.first().unwrap_or(&0.0)),
    ]
}

/// Second and value of a row.
type Reading = (i8, Option<i8>);
/// Whether there is no group, the group, the start.
type Key = (bool, Option<u8>, i64);

/// Every bucket with what is told of it, groups and times ascending.
fn gathered(rows: &[Cells]) -> Vec<(String, i64, Vec<Option<f64>>)> {
    let mut buckets: BTreeMap<Key, Vec<Reading>> = BTreeMap::new();
    for (group, second, value) in rows {
        let Some(second) = second else { continue };
        let bucket = i64::from(*second).div_euclid(10) * 10;
        let key = (group.is_none(), *group, bucket);
        buckets.entry(key).or_default().push((*second, *value));
    }
    let one = |(key, mut cells): (Key, Vec<Reading>)| {
        let (_, group, start) = key;
        cells.sort_by_key(|(second, _)| *second);
        let values: Vec<Option<i8>> = cells.into_iter().map(|(_, value)| value).collect();
        (group.map_or("-".to_owned(), |group| group.to_string()), start, told(&values))
    };
    buckets.into_iter().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn buckets_agree_with_gathering_by_hand(
        rows in prop::collection::vec(
            (
                prop::option::weighted(0.9, 0_u8..3),
                prop::option::weighted(0.9, -40_i8..40),
                prop::option::weighted(0.8, prop::sample::select(vec![-1_i8, 99, 0, 3, 7, -20, 64])),
            ),
            0..36,
        ),
    ) {
        let mut table = String::from("m:i | t:s | x:f");
        for (group, second, value) in &rows {
            let group = group.map_or("-".to_owned(), |group| group.to_string());
            let time = second.map_or("-".to_owned(), |second| {
                jiff::Timestamp::from_second(i64::from(second)).unwrap().to_string()
            });
            let value = match value {
                None => "-".to_owned(),
                Some(-1) => "NaN".to_owned(),
                Some(99) => "inf".to_owned(),
                Some(value) => value.to_string(),
            };
            table.push_str(&format!("\n{group} | {time} | {value}"));
        }
        let spec = "steps: [{resample: {time: t, every: 10s, group: [m], aggregates: {x: [mean, min, max, sum, count, first, last, std, median, range]}}}]";
        let done = clean(spec, &table).unwrap();
        let wanted = gathered(&rows);
        let found: Vec<&str> = done.text.lines().skip(1).collect();
        prop_assert_eq!(found.len(), wanted.len(), "{}", done.text);
        for (line, (group, start, told)) in found.iter().zip(&wanted) {
            let cells: Vec<&str> = line.split(" | ").collect();
            prop_assert_eq!(cells[0], group.as_str());
            let time = jiff::Timestamp::from_second(*start).unwrap().to_string();
            prop_assert_eq!(cells[1], time.as_str());
            for (cell, wanted) in cells[2..].iter().zip(told) {
                match wanted {
                    None => prop_assert_eq!(*cell, "-"),
                    Some(wanted) => {
                        let found: f64 = cell.parse().unwrap();
                        prop_assert!(
                            found == *wanted || (found - wanted).abs() < 1e-9,
                            "{} {} in {}", cell, wanted, line
                        );
                    }
                }
            }
        }
        // Merged from runs of a few rows: the same.
        let small = Limits { memory_bytes_max: 1_200, batch_rows: 2, ..Limits::default() };
        prop_assert!(clean_within(spec, &table, &small).unwrap().bytes == done.bytes);
    }
}
