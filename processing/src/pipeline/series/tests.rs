//! Steps over series by example.

use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::fixture::{check, clean, clean_within, fault};

const LINE: &str = "
    m:t | t:s                  | x:f | n:i
    A   | 2024-01-01T00:00:00Z | 1   | 9007199254740993
    A   | 2024-01-01T00:00:01Z | 2   | 9007199254740994
    B   | 2024-01-01T00:00:00Z | 10  |
    A   | 2024-01-01T00:00:02Z | 90  | 3
    B   | 2024-01-01T00:00:30Z | 20  | 5
    A   | 2024-01-01T00:00:03Z |     | 4
    A   | 2024-01-01T00:00:09Z | 3   | 5";

fn only(step: &str, column: &str, expected: &str) -> u64 {
    let spec = format!("steps: [{{{step}}}, {{select: {{columns: [{column}]}}}}]");
    let done = check(&spec, LINE, &format!("{column}\n{}", expected.replace(' ', "\n")));
    done.lineage.steps[0].cells_changed
}

#[test]
fn hampel_finds_a_spike_among_its_neighbours_only() {
    // Around 90 in A: 2, 90, (missing): median 46, deviation 44; five rows: 1 2 90 3 → 2.5, 1.
    let step =
        "outliers: {columns: [x], method: hampel, window_rows: 5, action: to_null, group: [m]}";
    assert_eq!(only(step, "x", "1.0 2.0 10.0 - 20.0 - 3.0"), 1);
    let step = "outliers: {columns: [x], method: hampel, action: flag, group: [m]}";
    only(step, "x_outlier", "false false false true false false false");
    // A cell that stays is exact, whatever the bounds were computed with.
    let step = "outliers: {columns: [n], method: hampel, window_rows: 3, action: clip}";
    only(step, "n", "9007199254740993 9007199254740994 - 3 5 4 5");
}

#[test]
fn rolling_windows_look_back_or_around() {
    let trailing = "rolling: {columns: [x], window_rows: 2, functions: [mean, count], group: [m]}";
    only(trailing, "x_mean_2", "1.0 1.5 10.0 46.0 15.0 90.0 3.0");
    only(trailing, "x_count_2", "1 2 1 2 2 1 1");
    let around = "rolling: {columns: [x], window_rows: 3, functions: [max, std], centered: true, group: [m]}";
    only(around, "x_max_3", "2.0 90.0 20.0 90.0 20.0 90.0 3.0");
    let timed =
        "rolling: {columns: [x], window: 2s, time: t, functions: [sum, median], group: [m]}";
    only(timed, "x_sum_2s", "1.0 3.0 10.0 92.0 20.0 90.0 3.0");
    only(timed, "x_median_2s", "1.0 1.5 10.0 46.0 20.0 90.0 3.0");
    let few =
        "rolling: {columns: [x], window_rows: 3, functions: [range], min_values: 3, group: [m]}";
    only(few, "x_range_3", "- - - 89.0 - - -");
}

#[test]
fn lags_are_exact_and_of_any_type() {
    let step = "lag: {columns: [n, m], rows: [1, 2], group: [m]}";
    only(step, "n_lag1", "- 9007199254740993 - 9007199254740994 - 3 4");
    only(step, "n_lag2", "- - - 9007199254740993 - 9007199254740994 3");
    only(step, "m_lag1", "- A - A B A A");
    let step = "lag: {columns: [n, t], rows: [1], difference: true, group: [m]}";
    only(step, "n_diff1", "- 1 - -9007199254740991 - 1 1");
    only(step, "t_diff1", "- 1.0 - 1.0 30.0 1.0 6.0");
    let wide = "a:i | b:m | c:d\n 9223372036854775807 | 1.25 | 1969-12-30\n 1 | 0.50 | 1970-01-02";
    check(
        "steps: [{lag: {columns: [a, b, c], rows: [1], difference: true}}, {drop_columns: {columns: [a, b, c, a_lag1, b_lag1]}}]",
        wide,
        "a_diff1 | b_diff1 | c_lag1 | c_diff1\n- | - | - | -\n-9223372036854775806 | -0.75 | 1969-12-30 | 3",
    );
    let far = "a:i\n -9223372036854775807\n 5";
    assert_eq!(
        fault("steps: [{lag: {columns: [a], rows: [1], difference: true}}]", far),
        "number-overflow"
    );
}

#[test]
fn smoothing_keeps_gaps_and_what_a_polynomial_can_follow() {
    let step = "smooth: {columns: [x], method: moving, window_rows: 3, group: [m]}";
    only(step, "x", "1.5 31.0 15.0 46.0 15.0 - 3.0");
    let step = "smooth: {columns: [x], method: ewma, alpha: 0.5, group: [m]}";
    only(step, "x", "1.0 1.5 10.0 45.75 15.0 - 24.375");
    let step = "smooth: {columns: [x], method: ewma, half_life_rows: 1, group: [m]}";
    only(step, "x", "1.0 1.5 10.0 45.75 15.0 - 24.375");
    let squares = "x:i\n 0\n 1\n 4\n 9\n 16\n 25\n 36";
    let done =
        clean("steps: [{smooth: {columns: [x], method: savitzky_golay, window_rows: 5}}]", squares);
    let text = done.unwrap().text;
    for (n, line) in text.lines().skip(1).enumerate() {
        let value: f64 = line.parse().unwrap();
        assert!((value - (n * n) as f64).abs() < 1e-12, "{text}");
    }
}

#[test]
fn wrong_options_are_named() {
    for (step, code) in [
        (
            "outliers: {columns: [x], method: hampel, window_rows: 4, action: drop}",
            "window-invalid",
        ),
        ("outliers: {columns: [x], method: iqr, window_rows: 5, action: drop}", "outliers-options"),
        ("outliers: {columns: [m], method: hampel, action: drop}", "column-type"),
        ("rolling: {columns: [x], functions: [mean]}", "window-invalid"),
        ("rolling: {columns: [x], window: 5s, functions: [mean]}", "window-invalid"),
        (
            "rolling: {columns: [x], window: 5s, window_rows: 2, time: t, functions: [mean]}",
            "window-invalid",
        ),
        ("rolling: {columns: [x], window_rows: 0, functions: [mean]}", "window-invalid"),
        (
            "rolling: {columns: [x], window_rows: 4, centered: true, functions: [mean]}",
            "window-invalid",
        ),
        ("rolling: {columns: [x], window_rows: 4, functions: []}", "functions-none"),
        ("rolling: {columns: [x], window_rows: 4, functions: [min, min]}", "column-repeated"),
        ("rolling: {columns: [x], window: 5, time: t, functions: [min]}", "duration-invalid"),
        ("rolling: {columns: [x], window: 0s, time: t, functions: [min]}", "duration-invalid"),
        ("rolling: {columns: [x], window: 5s, time: n, functions: [min]}", "column-type"),
        ("rolling: {columns: [x], window: 5s, time: t, functions: [min]}", "time-unsorted"),
        ("rolling: {columns: [y], window_rows: 4, functions: [min]}", "column-unknown"),
        ("lag: {columns: [x], rows: []}", "lag-invalid"),
        ("lag: {columns: [x], rows: [0]}", "lag-invalid"),
        ("lag: {columns: [x], rows: [1, 1]}", "lag-invalid"),
        ("lag: {columns: [m], rows: [1], difference: true}", "column-type"),
        ("smooth: {columns: [x], method: moving}", "smooth-options"),
        ("smooth: {columns: [x], method: moving, window_rows: 3, alpha: 0.5}", "smooth-options"),
        ("smooth: {columns: [x], method: ewma}", "smooth-options"),
        ("smooth: {columns: [x], method: ewma, alpha: 1.5}", "smooth-options"),
        ("smooth: {columns: [x], method: ewma, alpha: 0.5, half_life_rows: 2}", "smooth-options"),
        (
            "smooth: {columns: [x], method: savitzky_golay, window_rows: 3, degree: 3}",
            "smooth-options",
        ),
        ("smooth: {columns: [x], method: savitzky_golay, window_rows: 4}", "window-invalid"),
    ] {
        assert_eq!(fault(&format!("steps: [{{{step}}}]"), LINE), code, "{step}");
    }
}

#[test]
fn a_time_that_runs_backwards_is_named_with_its_row_and_its_cure() {
    let result =
        clean("steps: [{rolling: {columns: [x], window: 5s, time: t, functions: [min]}}]", LINE);
    let Err(Fault::Input(fault)) = result else { panic!("{}", result.err().unwrap()) };
    assert_eq!((fault.row, fault.column.as_deref()), (Some(3), Some("t")));
    assert!(fault.text.en.starts_with("step 1 (rolling): "), "{}", fault.text.en);
    assert!(fault.text.en.contains("add sort before"), "{}", fault.text.en);
}

#[test]
fn rows_that_wait_too_long_are_a_fault_but_groups_one_after_another_are_not() {
    let mut text = String::from("m:i | x:f");
    for row in 0..6_000 {
        text.push_str(&format!("\n{} | {row}", row / 1_500));
    }
    let spec = "steps: [{outliers: {columns: [x], method: hampel, group: [m], action: flag}}]";
    let limits = Limits { memory_bytes_max: 100_000, batch_rows: 100, ..Limits::default() };
    let done = clean_within(spec, &text, &limits).unwrap();
    assert!(done.bytes == clean(spec, &text).unwrap().bytes);
    // The second row of a group comes at the very end: everything behind its first row waits.
    text.push_str("\n-1 | 0");
    let text = text.replacen("\n0 | 0\n", "\n-1 | 0\n", 1);
    let result = clean_within(spec, &text, &limits);
    let Err(Fault::Input(fault)) = result else { panic!("no fault") };
    assert_eq!(fault.code, "memory-limit");
}

#[test]
fn one_row_no_row_and_no_value_at_all() {
    for table in [
        "m:t | t:s | x:f",
        "m:t | t:s | x:f\n A | 1969-01-01T00:00:00Z | 5",
        "m:t | t:s | x:f\n | |\n A | | NaN",
    ] {
        for step in [
            "outliers: {columns: [x], method: hampel, action: to_null, group: [m]}",
            "rolling: {columns: [x], window: 5s, time: t, functions: [min, std, median], centered: true}",
            "lag: {columns: [x, m, t], rows: [3], group: [m]}",
            "smooth: {columns: [x], method: savitzky_golay, window_rows: 5, group: [m]}",
            "smooth: {columns: [x], method: moving, window_rows: 5}",
        ] {
            let done = clean(&format!("steps: [{{{step}}}]"), table).unwrap();
            assert_eq!(done.changed(), 0, "{step}");
            assert_eq!(done.lineage.output.rows, table.lines().count() as u64 - 1);
        }
    }
}

#[test]
fn every_example_of_the_documentation_is_a_specification() {
    let text = include_str!("../../../../docs/TIME_SERIES.md");
    let examples: Vec<&str> =
        text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), text.lines().filter(|line| line.starts_with("## ")).count());
    for example in examples {
        crate::pipeline::parse(example).unwrap();
    }
}
