//! Steps over series against plain re-implementations that look at every window anew.

use proptest::prelude::*;

use crate::limits::Limits;
use crate::pipeline::fixture::{Cleaned, clean, clean_within};

/// A row: group, microseconds since the row before, value.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) group: u8,
    pub(super) step: i64,
    pub(super) value: Option<f64>,
}

pub(super) fn rows() -> impl Strategy<Value = Vec<Row>> {
    let value = prop_oneof![
        8 => (-40_i8..40).prop_map(|v| Some(f64::from(v) * 0.25)),
        1 => Just(None),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 9_007_199_254_740_993.0]).prop_map(Some),
    ];
    let step = prop::sample::select(vec![0_i64, 1, 500_000, 1_000_000, 4_000_000]);
    let row = (0_u8..3, step, value).prop_map(|(group, step, value)| Row { group, step, value });
    prop::collection::vec(row, 0..40)
}

/// Time of each row; the first lie before 1970.
pub(super) fn times(rows: &[Row]) -> Vec<i64> {
    let mut now = -10_000_000;
    rows.iter()
        .map(|row| {
            now += row.step;
            now
        })
        .collect()
}

pub(super) fn table(rows: &[Row]) -> String {
    let mut text = String::from("g:i | t:s | x:f");
    for (row, time) in rows.iter().zip(times(rows)) {
        let time = jiff::Timestamp::from_microsecond(time).unwrap();
        let value = row.value.map_or("-".to_owned(), |value| value.to_string());
        text.push_str(&format!("\n{} | {time} | {value}", row.group));
    }
    text
}

/// Runs a step on the rows; cut in batches of 8,192, 2 and 1 rows, and on one thread, it must
/// make the same bytes.
pub(super) fn ran(step: &str, table: &str) -> Cleaned {
    let spec = format!("steps: [{{{step}}}]");
    let done = clean(&spec, table).unwrap();
    for (batch_rows, threads) in [(2, 2), (1, 1)] {
        let limits = Limits { batch_rows, threads, ..Limits::default() };
        assert!(clean_within(&spec, table, &limits).unwrap().bytes == done.bytes, "{spec}");
    }
    done
}

/// One column of what came out.
pub(super) fn column(done: &Cleaned, name: &str) -> Vec<Option<f64>> {
    let mut lines = done.text.lines();
    let at = lines.next().unwrap().split(" | ").position(|head| head == name).unwrap();
    let cell = |line: &str| match line.split(" | ").nth(at).unwrap() {
        "-" => None,
        "true" => Some(1.0),
        "false" => Some(0.0),
        text => Some(text.parse().unwrap()),
    };
    lines.map(cell).collect()
}

#[track_caller]
pub(super) fn close(got: &[Option<f64>], want: &[Option<f64>], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    for (n, (got, want)) in got.iter().zip(want).enumerate() {
        let same = match (got, want) {
            (Some(a), Some(b)) => {
                a == b
                    || (a.is_nan() && b.is_nan())
                    || (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
            }
            (a, b) => a == b,
        };
        assert!(same, "row {n}: {got:?} instead of {want:?}\n{:?}", (got, want));
    }
}

/// Finite values of some rows.
fn finite(rows: &[Row], places: &[usize]) -> Vec<f64> {
    let values = places.iter().filter_map(|n| rows[*n].value);
    values.filter(|value| value.is_finite()).collect()
}

/// The rows of the group of row `at`, and its place among them.
fn peers(rows: &[Row], at: usize) -> (Vec<usize>, usize) {
    let mine: Vec<usize> = (0..rows.len()).filter(|n| rows[*n].group == rows[at].group).collect();
    let place = mine.iter().position(|n| *n == at).unwrap();
    (mine, place)
}

fn centred(rows: &[Row], at: usize, half: usize) -> Vec<f64> {
    let (mine, place) = peers(rows, at);
    let window = &mine[place.saturating_sub(half)..(place + half + 1).min(mine.len())];
    finite(rows, window)
}

pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    Some(sorted[last / 2] * 0.5 + sorted[last.div_ceil(2)] * 0.5)
}

fn statistic(function: &str, values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let sum: f64 = values.iter().sum();
    let min = values.iter().copied().reduce(f64::min);
    let max = values.iter().copied().reduce(f64::max);
    match function {
        "count" => Some(count),
        _ if values.is_empty() => None,
        "sum" => Some(sum),
        "mean" => Some(sum / count),
        "min" => min,
        "max" => max,
        "range" => Some(max? - min?),
        "median" => median(values),
        _ if values.len() < 2 => None,
        _ => {
            let mean = sum / count;
            let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
            Some((squares / (count - 1.0)).sqrt())
        }
    }
}

const FUNCTIONS: [&str; 8] = ["mean", "std", "min", "max", "median", "sum", "count", "range"];

/// Least squares by the normal equations.
fn fitted(points: &[(f64, f64)], degree: usize, at: f64) -> f64 {
    let width = degree + 1;
    let mut system = vec![vec![0.0; width + 1]; width];
    for (x, y) in points {
        for (i, row) in system.iter_mut().enumerate() {
            for (j, cell) in row[..width].iter_mut().enumerate() {
                *cell += x.powi((i + j) as i32);
            }
            row[width] += y * x.powi(i as i32);
        }
    }
    for i in 0..width {
        let best = (i..width).max_by(|a, b| system[*a][i].abs().total_cmp(&system[*b][i].abs()));
        system.swap(i, best.unwrap());
        let pivot = system[i].clone();
        for (j, row) in system.iter_mut().enumerate() {
            if i != j {
                let part = row[i] / pivot[i];
                row.iter_mut().zip(&pivot).skip(i).for_each(|(cell, by)| *cell -= part * by);
            }
        }
    }
    (0..width).map(|i| system[i][width] / system[i][i] * at.powi(i as i32)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn hampel_agrees_with_sorting_every_window(rows in rows(), half in 1_usize..4, threshold in 0.5_f64..4.0) {
        let options = format!("columns: [x], method: hampel, group: [g], window_rows: {}, threshold: {threshold}", 2 * half + 1);
        let bounds = |at: usize| {
            let values = centred(&rows, at, half);
            let middle = median(&values)?;
            let apart: Vec<f64> = values.iter().map(|v| (v - middle).abs()).collect();
            let width = threshold * 1.4826 * median(&apart)?;
            (width > 0.0).then_some((middle - width, middle + width))
        };
        let outside = |at: usize| {
            let value = rows[at].value.filter(|v| !v.is_nan());
            value.is_some_and(|v| match bounds(at) {
                Some((low, high)) => v < low || v > high,
                None => v.is_infinite(),
            })
        };
        let flags: Vec<_> = (0..rows.len()).map(|n| Some(f64::from(u8::from(outside(n))))).collect();
        let text = table(&rows);
        let flagged = ran(&format!("outliers: {{{options}, action: flag}}"), &text);
        close(&column(&flagged, "x_outlier"), &flags, 0.0);
        let gone: Vec<_> = (0..rows.len()).map(|n| rows[n].value.filter(|_| !outside(n))).collect();
        let done = ran(&format!("outliers: {{{options}, action: to_null}}"), &text);
        close(&column(&done, "x"), &gone, 0.0);
        prop_assert_eq!(done.changed(), flags.iter().flatten().sum::<f64>() as u64);
        let clipped: Vec<_> = (0..rows.len())
            .map(|n| match (outside(n), bounds(n)) {
                (false, _) => rows[n].value,
                (true, Some((low, high))) => rows[n].value.map(|v| v.clamp(low, high)),
                (true, None) => None,
            })
            .collect();
        let done = ran(&format!("outliers: {{{options}, action: clip}}"), &text);
        close(&column(&done, "x"), &clipped, 0.0);
        let kept: Vec<_> = (0..rows.len()).filter(|n| !outside(*n)).map(|n| rows[n].value).collect();
        let done = ran(&format!("outliers: {{{options}, action: drop}}"), &text);
        close(&column(&done, "x"), &kept, 0.0);
    }

    #[test]
    fn rolling_rows_agree_with_every_window_anew(rows in rows(), half in 0_usize..4, centered: bool, grouped: bool, min in 1_usize..3) {
        let mut rows = rows;
        if !grouped {
            rows.iter_mut().for_each(|row| row.group = 0);
        }
        let width = 2 * half + 1;
        let group = if grouped { "group: [g], " } else { "" };
        let step = format!("rolling: {{columns: [x], window_rows: {width}, {group}centered: {centered}, min_values: {min}, functions: [{}]}}", FUNCTIONS.join(", "));
        let done = ran(&step, &table(&rows));
        for function in FUNCTIONS {
            let want: Vec<_> = (0..rows.len())
                .map(|at| {
                    let (mine, place) = peers(&rows, at);
                    let values = if centered {
                        centred(&rows, at, half)
                    } else {
                        finite(&rows, &mine[(place + 1).saturating_sub(width)..=place])
                    };
                    statistic(function, &values).filter(|_| function == "count" || values.len() >= min)
                })
                .collect();
            close(&column(&done, &format!("x_{function}_{width}")), &want, 1e-9);
        }
    }

    #[test]
    fn rolling_time_agrees_with_every_window_anew(rows in rows(), centered: bool) {
        let step = format!("rolling: {{columns: [x], window: 3s, time: t, group: [g], centered: {centered}, functions: [{}]}}", FUNCTIONS.join(", "));
        let done = ran(&step, &table(&rows));
        let times = times(&rows);
        for function in FUNCTIONS {
            let want: Vec<_> = (0..rows.len())
                .map(|at| {
                    let inside = |n: &usize| {
                        if centered {
                            (times[*n] - times[at]).abs() <= 1_500_000
                        } else {
                            *n <= at && times[*n] > times[at] - 3_000_000
                        }
                    };
                    let window: Vec<usize> = peers(&rows, at).0.into_iter().filter(inside).collect();
                    statistic(function, &finite(&rows, &window))
                })
                .collect();
            close(&column(&done, &format!("x_{function}_3s")), &want, 1e-9);
        }
    }

    #[test]
    fn smoothing_agrees_with_plain_means(rows in rows(), half in 0_usize..4, alpha in 0.1_f64..1.0) {
        let step = format!("smooth: {{columns: [x], method: moving, group: [g], window_rows: {}}}", 2 * half + 1);
        let want: Vec<_> = (0..rows.len())
            .map(|n| match rows[n].value {
                Some(v) if v.is_finite() => statistic("mean", &centred(&rows, n, half)),
                other => other,
            })
            .collect();
        close(&column(&ran(&step, &table(&rows)), "x"), &want, 1e-9);
        let step = format!("smooth: {{columns: [x], method: ewma, group: [g], alpha: {alpha}}}");
        let want: Vec<_> = (0..rows.len())
            .map(|n| match rows[n].value {
                Some(v) if v.is_finite() => {
                    let (mine, place) = peers(&rows, n);
                    let past = finite(&rows, &mine[..=place]);
                    past.into_iter().reduce(|state, v| alpha * v + (1.0 - alpha) * state)
                }
                other => other,
            })
            .collect();
        close(&column(&ran(&step, &table(&rows)), "x"), &want, 1e-9);
    }

    #[test]
    fn polynomials_agree_with_the_normal_equations(rows in rows(), half in 1_usize..4, degree in 0_usize..3) {
        let rows: Vec<Row> = rows.into_iter().map(|row| Row { value: row.value.filter(|v| v.is_nan() || v.abs() < 1e9), ..row }).collect();
        let width = 2 * half + 1;
        let step = format!("smooth: {{columns: [x], method: savitzky_golay, group: [g], window_rows: {width}, degree: {degree}}}");
        let want: Vec<_> = (0..rows.len())
            .map(|n| {
                let own = rows[n].value.filter(|v| v.is_finite());
                if own.is_none() {
                    return rows[n].value;
                }
                let (mine, place) = peers(&rows, n);
                let first = place.saturating_sub(half).min(mine.len().saturating_sub(width));
                let window = &mine[first..(first + width).min(mine.len())];
                let points: Vec<(f64, f64)> = window
                    .iter()
                    .enumerate()
                    .filter_map(|(at, n)| Some((at as f64 - half as f64, rows[*n].value.filter(|v| v.is_finite())?)))
                    .collect();
                if points.len() <= degree {
                    return own;
                }
                Some(fitted(&points, degree, (place - first) as f64 - half as f64))
            })
            .collect();
        close(&column(&ran(&step, &table(&rows)), "x"), &want, 1e-7);
    }

    #[test]
    fn lags_agree_with_looking_back(rows in rows(), lag in 1_usize..4) {
        let step = format!("lag: {{columns: [x, t], rows: [{lag}], difference: true, group: [g]}}");
        let done = ran(&step, &table(&rows));
        let times = times(&rows);
        let back = |n: usize| {
            let (mine, place) = peers(&rows, n);
            place.checked_sub(lag).map(|at| mine[at])
        };
        let want: Vec<_> = (0..rows.len()).map(|n| rows[back(n)?].value).collect();
        close(&column(&done, &format!("x_lag{lag}")), &want, 0.0);
        let want: Vec<_> = (0..rows.len())
            .map(|n| Some(rows[n].value? - rows[back(n)?].value?).filter(|d| !d.is_nan()))
            .collect();
        close(&column(&done, &format!("x_diff{lag}")), &want, 0.0);
        let want: Vec<_> =
            (0..rows.len()).map(|n| Some((times[n] - times[back(n)?]) as f64 / 1e6)).collect();
        close(&column(&done, &format!("t_diff{lag}")), &want, 0.0);
    }
}
