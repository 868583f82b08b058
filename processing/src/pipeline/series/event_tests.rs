//! Segments and labels around events, by example and against plain re-implementations.

use proptest::prelude::*;

use super::oracle_tests::{Row, close, column, ran, rows, table, times};
use crate::limits::Limits;
use crate::pipeline::fixture::{check, clean_beside, fault};

const LINE: &str = "
    m:t | t:s                  | x:f | n:i
    A   | 2024-01-01T00:00:00Z | 1   | 9007199254740993
    A   | 2024-01-01T00:00:10Z | 5   | 9007199254740992
    B   | 2024-01-01T00:00:00Z | 9   |
    A   | 2024-01-01T00:00:20Z | 6   |
    B   |                      |     | 4
    A   | 2024-01-01T00:01:20Z | 1   | 9007199254740993
    A   | 2024-01-01T00:01:30Z | 7   | 1
    B   | 2024-01-01T00:02:00Z | 2   | 5";

fn only(step: &str, column: &str, expected: &str) {
    let spec = format!("steps: [{{{step}}}, {{select: {{columns: [{column}]}}}}]");
    check(&spec, LINE, &format!("{column}\n{}", expected.replace(' ', "\n")));
}

#[test]
fn segments_begin_where_they_are_told_to() {
    for (by, want) in [
        ("{rising: x > 4}", "- 1 1 1 1 1 2 1"),
        ("{while: x > 4}", "- 1 1 1 - - 2 -"),
        // Integers beyond 2^53 are compared exactly.
        ("{reset: n}", "1 2 1 2 1 2 3 1"),
        ("{gap: {time: t, longer_than: 30s}}", "1 1 1 1 1 2 2 2"),
        ("{gap: {time: t, longer_than: 1min}}", "1 1 1 1 1 1 1 2"),
        ("{change: [x]}", "1 2 1 3 2 4 5 3"),
    ] {
        only(&format!("segment: {{name: no, by: {by}, group: [m]}}"), "no", want);
    }
    only("segment: {name: no, by: {rising: x > 4}}", "no", "- 1 1 1 1 1 2 2");
    only(
        "segment: {name: no, by: {while: x > 4}, group: [m], min_rows: 2}",
        "no",
        "- 1 - 1 - - - -",
    );
    only("segment: {name: no, by: {change: [m]}, min_rows: 2}", "no", "1 1 - - - 2 2 -");
}

#[test]
fn rows_around_an_event_are_labelled() {
    let step =
        "label_windows: {name: soon, events: x > 6, time: t, before: 70s, after: 0s, group: [m]}";
    only(step, "soon", "false false true true - true true false");
    let step =
        "label_windows: {name: soon, events: x = 5, time: t, before: 0s, after: 10s, group: [m]}";
    only(step, "soon", "false true false true - false false false");
    let spec = "steps: [{label_windows: {name: near, events: {with: stops, time: at}, time: t, before: 10s, after: 40s, group: [m]}}, {select: {columns: [near]}}]";
    let stops = "m:t | at:s\n A | 2024-01-01T00:00:40Z\n A |\n B | 2023-12-31T23:59:20Z\n B | 2024-01-01T00:02:10Z";
    let done = clean_beside(spec, LINE, &[("stops", stops)], &Limits::default()).unwrap();
    assert_eq!(done.text.replace('\n', " "), "near false false true false - true false true");
}

#[test]
fn wrong_options_are_named() {
    for (step, code) in [
        ("segment: {name: m, by: {change: [x]}}", "column-repeated"),
        ("segment: {name: no, by: {change: []}}", "columns-none"),
        ("segment: {name: no, by: {reset: m}}", "column-type"),
        ("segment: {name: no, by: {reset: n}, min_rows: 0}", "min-rows-invalid"),
        ("segment: {name: no, by: {gap: {time: t, longer_than: 5}}}", "duration-invalid"),
        ("segment: {name: no, by: {gap: {time: t, longer_than: 5s}}}", "time-unsorted"),
        ("segment: {name: no, by: {rising: x}}", "expression-type"),
        (
            "label_windows: {name: l, events: zz > 1, time: t, before: 1s, after: 1s}",
            "column-unknown",
        ),
        ("label_windows: {name: l, events: x > 1, time: n, before: 1s, after: 1s}", "column-type"),
        (
            "label_windows: {name: l, events: x > 1, time: t, before: -1s, after: 1s}",
            "duration-invalid",
        ),
        (
            "label_windows: {name: l, events: {with: o, time: t}, time: t, before: 1s, after: 1s}",
            "input-unknown",
        ),
    ] {
        assert_eq!(fault(&format!("steps: [{{{step}}}]"), LINE), code, "{step}");
    }
}

/// Numbers of the segments of each group, from what each row begins, is inside of, or is out of.
fn numbered(
    rows: &[Row],
    min_rows: usize,
    mark: impl Fn(&[usize], usize) -> char,
) -> Vec<Option<f64>> {
    let mut numbers = vec![None; rows.len()];
    for group in 0..3_u8 {
        let mine: Vec<usize> = (0..rows.len()).filter(|n| rows[*n].group == group).collect();
        let mut segments: Vec<Vec<usize>> = Vec::new();
        let mut open = false;
        for (place, row) in mine.iter().enumerate() {
            match mark(&mine, place) {
                'b' => {
                    segments.push(vec![*row]);
                    open = true;
                }
                'i' if open => segments.last_mut().unwrap().push(*row),
                'i' => {}
                _ => open = false,
            }
        }
        let long = segments.into_iter().filter(|segment| segment.len() >= min_rows);
        for (n, segment) in long.enumerate() {
            for row in segment {
                numbers[row] = Some(n as f64 + 1.0);
            }
        }
    }
    numbers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn segments_agree_with_cutting_every_group(rows in rows(), kind in 0_usize..5, min_rows in 1_usize..4) {
        let present = |n: usize| rows[n].value.filter(|v| !v.is_nan());
        let high = |n: usize| present(n).is_some_and(|v| v > 1.0);
        let times = times(&rows);
        let by = ["{rising: x > 1}", "{while: x > 1}", "{reset: x}", "{gap: {time: t, longer_than: 1s}}", "{change: [x]}"][kind];
        let mark = |mine: &[usize], place: usize| {
            let (row, before) = (mine[place], place.checked_sub(1).map(|at| mine[at]));
            let begins = match (kind, before) {
                (0 | 1, _) => high(row) && !before.is_some_and(high),
                (_, None) => true,
                (2, _) => {
                    let last = mine[..place].iter().rev().find_map(|n| present(*n));
                    present(row).zip(last).is_some_and(|(now, last)| now < last)
                }
                (3, Some(before)) => times[row] - times[before] > 1_000_000,
                (_, Some(before)) => {
                    let same = match (rows[row].value, rows[before].value) {
                        (Some(a), Some(b)) => a == b || (a.is_nan() && b.is_nan()),
                        (a, b) => a.is_none() && b.is_none(),
                    };
                    !same
                }
            };
            if begins { 'b' } else if kind == 1 && !high(row) { 'o' } else { 'i' }
        };
        let step = format!("segment: {{name: no, by: {by}, group: [g], min_rows: {min_rows}}}");
        let done = ran(&step, &table(&rows));
        close(&column(&done, "no"), &numbered(&rows, min_rows, mark), 0.0);
    }

    #[test]
    fn labels_agree_with_looking_at_every_event(rows in rows(), events in rows(), before in 0_i64..3, after in 0_i64..3) {
        let (here, there) = (times(&rows), times(&events));
        let near = |time: i64, event: i64| time >= event - before * 1_000_000 && time <= event + after * 1_000_000;
        let options = format!("name: l, time: t, before: {before}s, after: {after}s, group: [g]");
        let own: Vec<_> = (0..rows.len())
            .map(|n| {
                let event = |m: usize| rows[m].group == rows[n].group && rows[m].value.is_some_and(|v| v > 5.0);
                Some(f64::from(u8::from((0..rows.len()).any(|m| event(m) && near(here[n], here[m])))))
            })
            .collect();
        let done = ran(&format!("label_windows: {{events: x > 5, {options}}}"), &table(&rows));
        close(&column(&done, "l"), &own, 0.0);
        let other: Vec<_> = (0..rows.len())
            .map(|n| {
                let event = |m: usize| events[m].group == rows[n].group;
                Some(f64::from(u8::from((0..events.len()).any(|m| event(m) && near(here[n], there[m])))))
            })
            .collect();
        let spec = format!("steps: [{{label_windows: {{events: {{with: o, time: t}}, {options}}}}}]");
        let limits = Limits { batch_rows: 3, ..Limits::default() };
        let done = clean_beside(&spec, &table(&rows), &[("o", &table(&events))], &limits).unwrap();
        close(&column(&done, "l"), &other, 0.0);
    }
}
