//! Features of windows, by example and against a plain re-implementation.

use proptest::prelude::*;

use super::oracle_tests::{close, column, median, ran, rows, table, times};
use crate::pipeline::fixture::{check, clean, fault};

const LINE: &str = "
    m:t | t:s                    | x:f | y:i
    A   | 1969-12-31T23:59:58Z   | 1   | 1
    A   | 1969-12-31T23:59:59Z   | 3   | 1
    B   | 1969-12-31T23:59:59.5Z | 5   |
    A   | 1970-01-01T00:00:00Z   | 2   | 1
    A   | 1970-01-01T00:00:01Z   | 6   | 1
    A   | 1970-01-01T00:00:02Z   | 9   | 1
    A   | 1970-01-01T00:00:12Z   | 4   | 1
    B   |                        | 7   | 2";

#[test]
fn a_window_is_one_row_with_its_group_span_and_counts() {
    check(
        "steps: [{features: {time: t, columns: [x, y], window_rows: 2, group: [m], statistics: [mean, slope]}}]",
        LINE,
        "m | window_start | window_end | rows | missing | gaps | x_mean | x_slope | y_mean | y_slope
         A | 1969-12-31T23:59:58Z | 1969-12-31T23:59:59Z | 2 | 0 | 0 | 2.0 | 2.0 | 1.0 | 0.0
         A | 1970-01-01T00:00:00Z | 1970-01-01T00:00:01Z | 2 | 0 | 0 | 4.0 | 4.0 | 1.0 | 0.0
         A | 1970-01-01T00:00:02Z | 1970-01-01T00:00:12Z | 2 | 0 | 0 | 6.5 | -0.5 | 1.0 | 0.0",
    );
    check(
        "steps: [{features: {time: t, columns: [x, y], window: 2s, group: [m], statistics: [max]}}]",
        LINE,
        "m | window_start | window_end | rows | missing | gaps | x_max | y_max
         A | 1969-12-31T23:59:58Z | 1970-01-01T00:00:00Z | 2 | 0 | 0 | 3.0 | 1.0
         A | 1970-01-01T00:00:00Z | 1970-01-01T00:00:02Z | 2 | 0 | 0 | 6.0 | 1.0
         A | 1970-01-01T00:00:02Z | 1970-01-01T00:00:04Z | 1 | 0 | 0 | 9.0 | 1.0
         A | 1970-01-01T00:00:12Z | 1970-01-01T00:00:14Z | 1 | 0 | 0 | 4.0 | 1.0
         B | 1969-12-31T23:59:58Z | 1970-01-01T00:00:00Z | 1 | 1 | 0 | 5.0 | -",
    );
    // Six rows of A; the last step of the second window is ten seconds long.
    check(
        "steps: [{features: {time: t, columns: [x], window_rows: 4, step_rows: 2, group: [m], statistics: [peak]}}]",
        LINE,
        "m | window_start | window_end | rows | missing | gaps | x_peak
         A | 1969-12-31T23:59:58Z | 1970-01-01T00:00:01Z | 4 | 0 | 0 | 6.0
         A | 1970-01-01T00:00:00Z | 1970-01-01T00:00:12Z | 4 | 0 | 1 | -",
    );
}

#[test]
fn a_spectrum_needs_even_steps() {
    let mut text = String::from("t:s | x:f");
    for n in 0..64_u32 {
        let time = jiff::Timestamp::from_millisecond(i64::from(n) * 10).unwrap();
        let value = 2.0 * (std::f64::consts::TAU * f64::from(n) * 25.0 / 100.0).sin();
        text.push_str(&format!("\n{time} | {value}"));
    }
    let step = "steps: [{features: {time: t, columns: [x], window_rows: 64, spectrum: {bands_hz: [[0, 20], [20, 30.5]], peak: true, centroid: true}}}]";
    let done = clean(step, &text).unwrap();
    let one = |name: &str| column(&done, name)[0].unwrap();
    assert!((one("x_peak_hz") - 25.0).abs() < 1e-9, "{}", done.text);
    assert!((one("x_peak_amplitude") - 2.0).abs() < 1e-9);
    assert!((one("x_centroid_hz") - 25.0).abs() < 1e-6);
    assert!((one("x_band_20_30.5") - 2.0).abs() < 1e-9 && one("x_band_0_20") < 1e-12);
    let unit = done.dictionary.columns.iter().find(|column| column.name == "x_peak_hz").unwrap();
    assert_eq!(unit.unit.as_deref(), Some("Hz"));
    // A reading four milliseconds from where it should be is no gap; seven are too much.
    for (moved, known) in [("00:00:00.304Z", true), ("00:00:00.307Z", false)] {
        let done = clean(step, &text.replace("00:00:00.3Z", moved)).unwrap();
        assert_eq!(column(&done, "gaps"), [Some(if known { 0.0 } else { 1.0 })]);
        assert_eq!(column(&done, "x_peak_hz")[0].is_some(), known);
    }
}

#[test]
fn wrong_options_are_named() {
    for (options, code) in [
        ("window_rows: 2, statistics: [mean], columns: [m]", "column-type"),
        ("window_rows: 2, columns: [x]", "features-none"),
        ("window_rows: 2, columns: [x], spectrum: {}", "features-none"),
        ("columns: [x], statistics: [mean]", "window-invalid"),
        ("columns: [x], window_rows: 2, window: 2s, statistics: [mean]", "window-invalid"),
        ("columns: [x], window_rows: 2, step: 2s, statistics: [mean]", "window-invalid"),
        ("columns: [x], window: 2s, step_rows: 2, statistics: [mean]", "window-invalid"),
        ("columns: [x], window_rows: 0, statistics: [mean]", "window-invalid"),
        ("columns: [x], window: 0s, statistics: [mean]", "duration-invalid"),
        (
            "columns: [x], window_rows: 2, spectrum: {sampling_hz: 0, peak: true}",
            "spectrum-invalid",
        ),
        ("columns: [x], window_rows: 2, spectrum: {bands_hz: [[5, 5]]}", "spectrum-invalid"),
        ("columns: [x], window_rows: 2, statistics: [mean, mean]", "column-repeated"),
        ("columns: [x], window_rows: 2, statistics: [mean]", "time-unsorted"),
    ] {
        let step = format!("steps: [{{features: {{time: t, {options}}}}}]");
        let table = format!("{LINE}\n A | 1960-01-01T00:00:00Z | 1 | 1");
        assert_eq!(fault(&step, &table), code, "{options}");
    }
}

/// The windows of one group: their span and their rows.
fn windows(
    mine: &[usize],
    times: &[i64],
    rows: Option<(usize, usize)>,
    time: (i64, i64),
) -> Vec<(i64, i64, Vec<usize>)> {
    let mut all = Vec::new();
    if let Some((rows, step)) = rows {
        let mut start = 0;
        while start + rows <= mine.len() {
            let window = mine[start..start + rows].to_vec();
            all.push((times[window[0]], times[window[rows - 1]], window));
            start += step;
        }
        return all;
    }
    let (length, step) = time;
    let Some((first, last)) = mine.first().zip(mine.last()) else { return all };
    let low = (times[*first] - length).div_euclid(step) - 1;
    let high = times[*last].div_euclid(step) + 1;
    for n in low..=high {
        let (start, end) = (n * step, n * step + length);
        let window: Vec<usize> =
            mine.iter().copied().filter(|row| (start..end).contains(&times[*row])).collect();
        if !window.is_empty() {
            all.push((start, end, window));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn windows_agree_with_cutting_every_group(rows in rows(), by_rows: bool, size in 1_usize..5, step in 1_usize..5) {
        let options = if by_rows {
            format!("window_rows: {size}, step_rows: {step}")
        } else {
            format!("window: {size}s, step: {step}s")
        };
        let spec = format!("features: {{time: t, columns: [x], group: [g], {options}, statistics: [min, median]}}");
        let done = ran(&spec, &table(&rows));
        let times = times(&rows);
        let mut want = Vec::new();
        for group in 0..3_u8 {
            let mine: Vec<usize> = (0..rows.len()).filter(|n| rows[*n].group == group).collect();
            let by = by_rows.then_some((size, step));
            let micros = (size as i64 * 1_000_000, step as i64 * 1_000_000);
            for (start, _, window) in windows(&mine, &times, by, micros) {
                let mut steps: Vec<i64> = window.windows(2).map(|p| times[p[1]] - times[p[0]]).collect();
                steps.sort_unstable();
                let usual = steps.get(steps.len() / 2).copied().unwrap_or(0) as f64;
                let gaps = steps.iter().filter(|s| usual > 0.0 && **s as f64 > 1.5 * usual).count();
                let values: Vec<f64> = window.iter().filter_map(|n| rows[*n].value).filter(|v| v.is_finite()).collect();
                let missing = window.len() - values.len();
                let known = missing == 0 && gaps == 0;
                let least = values.iter().copied().reduce(f64::min).filter(|_| known);
                let middle = median(&values).filter(|_| known);
                want.push((group, start, window.len(), missing, gaps, least, middle));
            }
        }
        let text = |n: usize, name: &str| column(&done, name)[n];
        let mut got: Vec<_> = done.text.lines().skip(1).enumerate().map(|(n, line)| {
            let mut cells = line.split(" | ");
            let group: u8 = cells.next().unwrap().parse().unwrap();
            let start: jiff::Timestamp = cells.next().unwrap().parse().unwrap();
            let count = |name: &str| text(n, name).unwrap() as usize;
            (group, start.as_microsecond(), count("rows"), count("missing"), count("gaps"), text(n, "x_min"), text(n, "x_median"))
        }).collect();
        let order = |a: &(u8, i64, usize, usize, usize, Option<f64>, Option<f64>)| (a.0, a.1);
        got.sort_by_key(order);
        want.sort_by_key(order);
        prop_assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(&want) {
            prop_assert_eq!((got.0, got.1, got.2, got.3, got.4), (want.0, want.1, want.2, want.3, want.4));
            close(&[got.5, got.6], &[want.5, want.6], 1e-12);
        }
    }
}
