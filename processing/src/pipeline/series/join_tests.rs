//! Joining by time and splitting, by example and against plain re-implementations.

use proptest::prelude::*;

use super::oracle_tests::{Row, close, column, ran, rows, table, times};
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::fixture::{Cleaned, clean, clean_beside, fault, lines};

const SENSOR: &str = "
    lot:t | t:s                  | x:f
    A     | 2024-01-01T00:00:10Z | 1
    B     | 2024-01-01T00:00:10Z | 2
    A     | 2024-01-01T00:00:05Z | 3
          | 2024-01-01T00:00:05Z | 4
    A     |                      | 5
    C     | 2024-01-01T00:00:05Z | 6";

const LAB: &str = "
    t:s                  | lot:t | q:f[MPa] | n:t
    2024-01-01T00:00:08Z | A     | 8        | late
    2024-01-01T00:00:02Z | A     | 2        | early
    2024-01-01T00:00:08Z | A     | 8.5      | again
    2024-01-01T00:00:12Z | B     |          | b
    2024-01-01T00:00:05Z |       | 99       | none";

fn joined(options: &str, spec: &str) -> Result<Cleaned, Fault> {
    let spec = format!("steps: [{{join_asof: {{with: lab, on: t, {options}}}}}{spec}]");
    let plain = clean_beside(&spec, SENSOR, &[("lab", LAB)], &Limits::default())?;
    for batch_rows in [2, 1] {
        let limits = Limits { batch_rows, ..Limits::default() };
        assert!(clean_beside(&spec, SENSOR, &[("lab", LAB)], &limits)?.bytes == plain.bytes);
    }
    Ok(plain)
}

#[test]
fn the_nearest_result_of_the_lot_joins_the_reading() {
    let only = ", {select: {columns: [q, n]}}";
    for (options, want) in [
        ("by: [lot]", "q | n\n8.5 | again\n- | -\n2.0 | early\n- | -\n- | -\n- | -"),
        ("by: [lot], direction: forward", "q | n\n- | -\n- | b\n8.5 | again\n- | -\n- | -\n- | -"),
        (
            "by: [lot], direction: nearest",
            // Five is as far from two as from eight.
            "q | n\n8.5 | again\n- | b\n2.0 | early\n- | -\n- | -\n- | -",
        ),
        (
            "by: [lot], direction: nearest, tolerance: 2s",
            "q | n\n8.5 | again\n- | b\n- | -\n- | -\n- | -\n- | -",
        ),
        (
            "columns: [n, q]",
            "q | n\n8.5 | again\n8.5 | again\n99.0 | none\n99.0 | none\n- | -\n99.0 | none",
        ),
    ] {
        assert_eq!(joined(options, only).unwrap().text, lines(want), "{options}");
    }
}

#[test]
fn a_join_keeps_units_names_and_digests() {
    let done = joined("by: [lot], columns: [q], suffix: _lab", "").unwrap();
    let q = done.dictionary.columns.last().unwrap();
    assert_eq!((q.name.as_str(), q.unit.as_deref()), ("q_lab", Some("MPa")));
    assert_eq!(done.lineage.with.len(), 1);
    assert_eq!(done.lineage.with[0].name, "lab");
    assert_eq!(done.lineage.with[0].sha256.len(), 64);
}

#[test]
fn what_cannot_be_joined_is_named() {
    let code = |options: &str| match joined(options, "") {
        Err(Fault::Input(fault)) => fault.code,
        other => panic!("{options}: {}", other.err().unwrap()),
    };
    assert_eq!(code("by: [x]"), "column-unknown");
    assert_eq!(code("columns: [zz]"), "column-unknown");
    assert_eq!(code("columns: [lot]"), "column-repeated");
    assert_eq!(code("tolerance: soon"), "duration-invalid");
    let step = "steps: [{join_asof: {with: lab, on: t}}]";
    assert_eq!(fault(step, SENSOR), "input-unknown");
    let other = "t:s | lot:i | q:f\n 2024-01-01T00:00:08Z | 1 | 2";
    let run = |lab: &str| {
        let step = "steps: [{join_asof: {with: lab, on: t, by: [lot]}}]";
        match clean_beside(step, SENSOR, &[("lab", lab)], &Limits::default()) {
            Err(Fault::Input(fault)) => fault.code,
            other => panic!("{:?}", other.err()),
        }
    };
    assert_eq!(run(other), "join-types");
    let twice = clean_beside("steps: []", SENSOR, &[("a", LAB), ("a", LAB)], &Limits::default());
    assert!(matches!(twice, Err(Fault::Input(fault)) if fault.code == "input-repeated"));
}

/// Microseconds apart, and the place of the row that a join finds.
fn found(left: (u8, i64), right: &[Row], direction: &str, tolerance: i64) -> Option<usize> {
    let times = times(right);
    let mut best: Option<(i64, bool, usize)> = None;
    for (n, row) in right.iter().enumerate().filter(|(_, row)| row.group == left.0) {
        let _ = row;
        let apart = times[n] - left.1;
        let allowed = match direction {
            "backward" => apart <= 0,
            "forward" => apart >= 0,
            _ => true,
        };
        let key = (apart.abs(), apart > 0, n);
        // Nearer wins, then earlier in time, then later in the file.
        let wins = best.is_none_or(|b| (key.0, key.1) <= (b.0, b.1));
        if allowed && apart.abs() <= tolerance && wins {
            best = Some(key);
        }
    }
    best.map(|(_, _, n)| n)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn joins_agree_with_looking_at_every_row(
        left in rows(),
        right in rows(),
        direction in prop::sample::select(vec!["backward", "forward", "nearest"]),
        tolerance in prop::sample::select(vec!["0s", "1s", "1h"]),
    ) {
        let spec = format!("steps: [{{join_asof: {{with: o, on: t, by: [g], columns: [x], suffix: _o, direction: {direction}, tolerance: {tolerance}}}}}]");
        let others = table(&right);
        let limits = Limits { batch_rows: 3, ..Limits::default() };
        let done = clean_beside(&spec, &table(&left), &[("o", &others)], &limits).unwrap();
        let micros = match tolerance { "0s" => 0, "1s" => 1_000_000, _ => 3_600_000_000 };
        let times = times(&left);
        let want: Vec<_> = left
            .iter()
            .zip(&times)
            .map(|(row, time)| right[found((row.group, *time), &right, direction, micros)?].value)
            .collect();
        close(&column(&done, "x_o"), &want, 0.0);
    }

    #[test]
    fn parts_follow_each_other_and_keep_groups_whole(rows in rows(), grouped: bool, train in 1_u8..99, gap: bool) {
        let group = if grouped { ", group: [g]" } else { "" };
        let pause = if gap { ", gap: 1s" } else { "" };
        let rest = 100 - train;
        let validation = rest / 2;
        let test = rest - validation;
        let step = format!("split: {{name: p, time: t, train: {train}, validation: {validation}, test: {test}{group}{pause}}}");
        let done = ran(&step, &table(&rows));
        let parts: Vec<&str> = done.text.lines().skip(1).map(|line| line.rsplit(" | ").next().unwrap()).collect();
        let times = times(&rows);
        let mut sorted = times.clone();
        sorted.sort_unstable();
        let cut = |percent: u8| {
            let place = (rows.len() as f64 * f64::from(percent) / 100.0).round() as usize;
            sorted.get(place).copied().unwrap_or(i64::MAX)
        };
        let cuts = [cut(train), cut(train + validation)];
        for (n, part) in parts.iter().enumerate() {
            let paused = |cut: &i64| gap && times[n] >= *cut && times[n] - *cut < 1_000_000;
            let time = if grouped {
                (0..rows.len()).filter(|m| rows[*m].group == rows[n].group).map(|m| times[m]).min().unwrap()
            } else {
                times[n]
            };
            let want = if cuts.iter().any(paused) {
                "-"
            } else if time < cuts[0] {
                "train"
            } else if time < cuts[1] {
                "validation"
            } else {
                "test"
            };
            prop_assert_eq!(*part, want, "row {}", n);
        }
    }
}

#[test]
fn a_split_cuts_where_so_many_rows_have_passed() {
    let mut text = String::from("lot:i | t:s");
    for n in 0..20 {
        text.push_str(&format!("\n {} | 2024-01-01T00:{:02}:00Z", n / 6, 19 - n));
    }
    text.push_str("\n 9 | ");
    let step = "split: {name: part, time: t, train: 70, validation: 15, test: 15}";
    let done = clean(&format!("steps: [{{{step}}}]"), &text).unwrap();
    assert_eq!(
        done.fitted(),
        ["t.train_before=\"2024-01-01T00:14:00Z\"", "t.validation_before=\"2024-01-01T00:17:00Z\""]
    );
    let count = |part: &str| done.text.lines().filter(|line| line.ends_with(part)).count();
    assert_eq!((count("train"), count("validation"), count("test"), count("| -")), (14, 3, 3, 1));
    for (options, code) in [
        ("train: 70, validation: 15, test: 10", "shares-invalid"),
        ("train: 0, validation: 50, test: 50", "shares-invalid"),
        ("train: 120, validation: -20", "shares-invalid"),
        ("train: 100, gap: x", "duration-invalid"),
        ("train: 100, group: [zz]", "column-unknown"),
    ] {
        let step = format!("steps: [{{split: {{name: part, time: t, {options}}}}}]");
        assert_eq!(fault(&step, &text), code, "{options}");
    }
    assert_eq!(
        fault("steps: [{split: {name: lot, time: t, train: 100}}]", &text),
        "column-repeated"
    );
}
