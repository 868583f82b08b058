//! `fill_missing` and `outliers` by example.

use super::fixture::{check, fault};

const GAPS: &str = "
    t:s                  | m:t | x:f  | n:i | c:t
    2024-01-01T00:00:00Z | A   |      | 1   | a
    2024-01-01T00:00:01Z | A   | 1.0  |     |
    2024-01-01T00:00:02Z | B   | NaN  | 10  | b
    2024-01-01T00:00:04Z | A   |      |     | a
    2024-01-01T00:00:05Z | A   | 5.0  | 4   |
    2024-01-01T00:00:06Z | B   | 7.0  |     | b
    2024-01-01T00:00:07Z | B   |      |     | ";

fn filled(options: &str, column: &str, expected: &str, changed: u64) {
    let spec = format!(
        "steps: [{{fill_missing: {{columns: [{column}], {options}}}}}, {{select: {{columns: [{column}]}}}}]"
    );
    let done = check(&spec, GAPS, &format!("{column}\n{}", expected.replace(' ', "\n")));
    assert_eq!(done.lineage.steps[0].cells_changed, changed, "{spec}");
}

#[test]
fn neighbours_fill_forward_backward_and_between() {
    filled("method: ffill", "x", "- 1.0 1.0 1.0 5.0 7.0 7.0", 3);
    filled("method: bfill", "x", "1.0 1.0 5.0 5.0 5.0 7.0 -", 3);
    filled("method: linear", "x", "- 1.0 2.333333333333333 3.6666666666666665 5.0 7.0 -", 2);
    filled("method: ffill", "c", "a a b a a b b", 3);
    filled("method: bfill", "c", "a b b a b b -", 2);
}

#[test]
fn groups_do_not_leak_into_each_other() {
    filled("method: ffill, group: [m]", "x", "- 1.0 NaN 1.0 5.0 7.0 7.0", 2);
    filled("method: bfill, group: [m]", "x", "1.0 1.0 7.0 5.0 5.0 7.0 -", 3);
    filled("method: linear, group: [m]", "x", "- 1.0 NaN 3.0 5.0 7.0 -", 1);
    filled("method: mean, group: [m]", "x", "3.0 1.0 7.0 3.0 5.0 7.0 7.0", 4);
}

#[test]
fn linear_runs_over_time_when_told_to() {
    // One second to four of 00:00:01 to 00:00:05: three quarters of the way from 1 to 5.
    filled("method: linear, time: t, group: [m]", "x", "- 1.0 NaN 4.0 5.0 7.0 -", 1);
    filled("method: linear, time: t", "n", "1 6 10 6 4 - -", 2);
}

#[test]
fn long_gaps_stay_open_whole() {
    filled("method: ffill, max_gap_rows: 1", "x", "- 1.0 NaN - 5.0 7.0 7.0", 1);
    filled("method: linear, time: t, max_gap_s: 3.9", "x", "- 1.0 NaN - 5.0 7.0 -", 0);
    filled("method: linear, time: t, max_gap_s: 4", "x", "- 1.0 2.0 4.0 5.0 7.0 -", 2);
    filled("method: ffill, time: t, max_gap_s: 1", "x", "- 1.0 NaN - 5.0 7.0 7.0", 1);
    filled("method: ffill, time: t, max_gap_s: 0.5", "x", "- 1.0 NaN - 5.0 7.0 -", 0);
}

#[test]
fn fitted_values_fill_and_are_recorded() {
    filled(
        "method: mean",
        "x",
        "4.333333333333333 1.0 4.333333333333333 4.333333333333333 5.0 7.0 4.333333333333333",
        4,
    );
    filled("method: median", "x", "5.0 1.0 5.0 5.0 5.0 7.0 5.0", 4);
    // Mean of 1, 10, 4: whole numbers stay whole.
    filled("method: mean", "n", "1 5 10 5 4 5 5", 4);
    // Two of each: the one seen first.
    filled("method: mode", "c", "a a b a a b a", 3);
    filled("method: mode, group: [m]", "c", "a a b a a b b", 3);
    filled("method: constant, value: 0", "n", "1 0 10 0 4 0 0", 4);
    filled("method: constant, value: 없음", "c", "a 없음 b a 없음 b 없음", 3);
    let done = check(
        "steps: [{fill_missing: {columns: [x], method: mean, group: [m]}}, {select: {columns: [x]}}]",
        GAPS,
        "x\n3.0\n1.0\n7.0\n3.0\n5.0\n7.0\n7.0",
    );
    let fitted = &done.lineage.steps[0].fitted;
    assert_eq!(fitted.len(), 2);
    assert_eq!(
        (fitted[0].group.as_slice(), fitted[0].name.as_str()),
        (&["A".to_owned()][..], "mean")
    );
}

#[test]
fn a_column_without_values_stays_empty() {
    for method in ["ffill", "bfill", "linear", "mean", "median", "mode"] {
        let spec = format!("steps: [{{fill_missing: {{columns: [a], method: {method}}}}}]");
        let done = check(&spec, "a:f\n -\n NaN", "a\n-\nNaN");
        assert_eq!(done.changed(), 0, "{method}");
        check(&spec, "a:f", "a");
    }
}

#[test]
fn times_that_run_backwards_or_are_absent_fill_nothing() {
    let table = "t:s | x:f
        2024-01-01T00:00:05Z | 1
        2024-01-01T00:00:06Z |
        2024-01-01T00:00:01Z | 3
                             |
        2024-01-01T00:00:09Z | 5";
    for options in ["method: linear", "method: linear, max_gap_s: 100"] {
        let spec = format!(
            "steps: [{{fill_missing: {{columns: [x], time: t, {options}}}}}, {{select: {{columns: [x]}}}}]"
        );
        check(&spec, table, "x\n1.0\n-\n3.0\n-\n5.0");
    }
}

#[test]
fn fill_options_that_do_not_go_together_are_refused() {
    for (options, code) in [
        ("method: mean, value: 1", "fill-options"),
        ("method: constant", "fill-options"),
        ("method: constant, value: 1, group: [m]", "fill-options"),
        ("method: mean, max_gap_rows: 1", "fill-options"),
        ("method: ffill, max_gap_s: 1", "fill-options"),
        ("method: ffill, time: t, max_gap_s: -1", "fill-options"),
        ("method: ffill, time: c", "column-type"),
        ("method: ffill, time: n, max_gap_s: 1", "column-type"),
        ("method: constant, value: x", "value-unreadable"),
    ] {
        let spec = format!("steps: [{{fill_missing: {{columns: [x], {options}}}}}]");
        assert_eq!(fault(&spec, GAPS), code, "{spec}");
    }
    assert_eq!(fault("steps: [{fill_missing: {columns: [c], method: mean}}]", GAPS), "column-type");
}

const SPIKE: &str = "
    x:f   | n:i
    1.0   | 10
    2.0   | 11
    3.0   | 12
    4.0   | 13
    100.0 | 99
          | 12
    inf   | 11";

fn outliers(options: &str, expected: &str) -> Vec<String> {
    let spec = format!("steps: [{{outliers: {{columns: [x], {options}}}}}]");
    check(&spec, SPIKE, expected).fitted()
}

#[test]
fn outliers_are_found_by_quartiles_and_by_deviation() {
    // Finite 1 2 3 4 100: quartiles 2 and 4, so -1 to 7; median 3, deviations 0 1 1 2 97: MAD 1.
    let fitted = outliers(
        "method: iqr, action: to_null",
        "
        x | n
        1.0 | 10
        2.0 | 11
        3.0 | 12
        4.0 | 13
        - | 99
        - | 12
        - | 11",
    );
    assert_eq!(fitted, ["x.lower=-1.0", "x.upper=7.0"]);
    let fitted = outliers(
        "method: mad, threshold: 0.6745, action: clip",
        "
        x | n
        2.0 | 10
        2.0 | 11
        3.0 | 12
        4.0 | 13
        4.0 | 99
        - | 12
        4.0 | 11",
    );
    assert_eq!(fitted, ["x.lower=2.0", "x.upper=4.0"]);
    outliers(
        "method: iqr, action: drop",
        "
        x | n
        1.0 | 10
        2.0 | 11
        3.0 | 12
        4.0 | 13
        - | 12",
    );
    outliers(
        "method: iqr, action: flag",
        "
        x | n | x_outlier
        1.0 | 10 | false
        2.0 | 11 | false
        3.0 | 12 | false
        4.0 | 13 | false
        100.0 | 99 | true
        - | 12 | false
        inf | 11 | true",
    );
}

#[test]
fn whole_numbers_are_clipped_to_whole_numbers() {
    // Mean 24, sample deviation 33.1...: bounds 7.4 and 40.5 at half a deviation.
    let done = check(
        "steps: [{outliers: {columns: [n], method: z_score, threshold: 0.5, action: clip}}, {select: {columns: [n]}}]",
        SPIKE,
        "n\n10\n11\n12\n13\n40\n12\n11",
    );
    assert_eq!(done.lineage.steps[0].cells_changed, 1);
}

#[test]
fn outliers_are_sought_within_their_group() {
    let table = "m:t | x:f\n A | 1\n A | 2\n A | 3\n A | 50\n B | 50\n B | 51\n B | 52\n B | 53";
    check(
        "steps: [{outliers: {columns: [x], method: mad, action: drop, group: [m]}}]",
        table,
        "m | x\nA | 1.0\nA | 2.0\nA | 3.0\nB | 50.0\nB | 51.0\nB | 52.0\nB | 53.0",
    );
}

#[test]
fn without_spread_there_are_no_outliers() {
    for method in ["z_score", "mad", "iqr"] {
        let table = "x:f\n 5\n 5\n 5\n 5\n 5";
        let spec =
            format!("steps: [{{outliers: {{columns: [x], method: {method}, action: drop}}}}]");
        check(&spec, table, "x\n5.0\n5.0\n5.0\n5.0\n5.0");
    }
    // Most values are the same: no quartile range, no bounds.
    check(
        "steps: [{outliers: {columns: [x], method: iqr, action: drop}}]",
        "x:f\n 5\n 5\n 5\n 5\n 6",
        "x\n5.0\n5.0\n5.0\n5.0\n6.0",
    );
    assert_eq!(
        fault(
            "steps: [{outliers: {columns: [x], method: mad, action: clip, threshold: 0}}]",
            SPIKE
        ),
        "threshold-invalid"
    );
}
