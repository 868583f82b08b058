//! Runs, gaps, drift, correlations and equal columns of whole files against slow oracles.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int64Array, ListArray, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::Int64Type;
use proptest::prelude::*;
use schema::data::column::{Dictionary, Role, ValueType};
use schema::data::profile::{Profile, Scalar, StuckRun, StuckRuns};

use super::testing::{Layout, dictionary, file, limits};
use super::{ProfileOptions, profile, profile_with};
use crate::progress::Silent;

fn run(
    columns: &[(&str, ArrayRef)],
    declared: &Dictionary,
    layout: Layout,
    threads: usize,
) -> Profile {
    let file = file(columns, layout);
    profile(file.path(), declared, &limits(threads), &Silent).unwrap()
}

fn by_machine() -> Dictionary {
    dictionary(&[("m", ValueType::Text, Role::Machine), ("x", ValueType::Number, Role::State)])
}

/// Runs of each machine one after the other.
fn oracle(rows: &[(Option<&str>, Option<f64>)]) -> StuckRuns {
    let mut machines: BTreeMap<&str, Vec<(f64, u64)>> = BTreeMap::new();
    for ((machine, value), row) in rows.iter().zip(1..) {
        if let (Some(machine), Some(value)) = (machine, value.filter(|x| !x.is_nan())) {
            machines.entry(machine).or_default().push((value, row));
        }
    }
    let readings: usize = machines.values().map(Vec::len).sum();
    let mut all: Vec<StuckRun> = Vec::new();
    for (machine, readings) in &machines {
        for run in readings.chunk_by(|a, b| a.0 == b.0) {
            let group = Some((*machine).to_owned());
            all.push(StuckRun { row: run[0].1, readings: run.len() as u64, group });
        }
    }
    let repeats = (readings - all.len()) as u64;
    let mut limit = 10;
    if repeats > 0 {
        let share = repeats as f64 / readings as f64;
        limit = limit.max(((readings as f64 * 100.0).ln() / -share.ln()).ceil() as u64);
    }
    all.sort_by_key(|run| (std::cmp::Reverse(run.readings), run.row));
    let longest = all.first().map_or(0, |run| run.readings);
    all.retain(|run| run.readings > limit);
    let runs = all.len() as u64;
    all.truncate(5);
    StuckRuns { repeats, limit, runs, exact: true, longest, places: all }
}

/// Rows of which a machine now and then keeps its reading for long.
fn rows() -> impl Strategy<Value = Vec<(Option<&'static str>, Option<f64>)>> {
    let machine = prop_oneof![4 => Just(Some("A")), 4 => Just(Some("B")), 1 => Just(None)];
    let value = prop_oneof![
        8 => (0_i32..40).prop_map(|x| Some(f64::from(x))),
        1 => Just(Some(-0.0)),
        1 => Just(Some(0.0)),
        1 => Just(Some(f64::NAN)),
        1 => Just(Some(f64::INFINITY)),
        1 => Just(None),
    ];
    let stretch = (machine, value, prop_oneof![8 => 1_usize..3, 1 => 10_usize..30]);
    prop::collection::vec(stretch, 0..60).prop_map(|stretches| {
        stretches.iter().flat_map(|(m, x, n)| std::iter::repeat_n((*m, *x), *n)).collect()
    })
}

fn layout() -> impl Strategy<Value = Layout> {
    (1_usize..90).prop_map(|group_rows| Layout { group_rows, ..Layout::PLAIN })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stuck_runs_agree_with_the_oracle(rows in rows(), layout in layout(), threads in 1_usize..4) {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("x", Arc::new(rows.iter().map(|r| r.1).collect::<Float64Array>())),
            ("m", Arc::new(rows.iter().map(|r| r.0).collect::<StringArray>())),
        ];
        let found = run(&columns, &by_machine(), layout, threads);
        prop_assert_eq!(found.columns[0].stuck.clone().unwrap(), oracle(&rows));
    }

    #[test]
    fn neither_layout_nor_threads_nor_memory_change_a_byte(
        rows in rows(), first in layout(), second in layout(), threads in 1_usize..4,
    ) {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("m", Arc::new(rows.iter().map(|r| r.0).collect::<StringArray>())),
            ("x", Arc::new(rows.iter().map(|r| r.1).collect::<Float64Array>())),
            ("y", Arc::new(rows.iter().map(|r| r.1).collect::<Float64Array>())),
            ("t", Arc::new((0..rows.len() as i64).map(|t| Some(t * t % 50 - 9)).collect::<TimestampMicrosecondArray>())),
        ];
        let text = |profile: &Profile| serde_json::to_string(profile).unwrap();
        let a = text(&run(&columns, &by_machine(), first, 1));
        let b = text(&run(&columns, &by_machine(), second, threads));
        prop_assert_eq!(&a, &b);
        let file = file(&columns, second);
        let narrow = crate::Limits { memory_bytes_max: 1, ..limits(threads) };
        let narrow = profile(file.path(), &by_machine(), &narrow, &Silent).unwrap();
        prop_assert_eq!(&a, &text(&narrow));
    }

    /// Steps of each machine, sorted and counted.
    #[test]
    fn gaps_and_sampling_agree_with_the_oracle(
        rows in prop::collection::vec((0_u8..3, prop_oneof![8 => -3_i64..9, 1 => 50_i64..5_000]), 0..120),
        layout in layout(),
    ) {
        let mut clocks = [-1_000_000_i64; 3];
        let times: Vec<i64> = rows.iter().map(|(machine, step)| {
            clocks[*machine as usize] += step;
            clocks[*machine as usize]
        }).collect();
        let name = |machine: u8| format!("M{machine}");
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("m", Arc::new(rows.iter().map(|r| Some(name(r.0))).collect::<StringArray>())),
            ("t", Arc::new(times.iter().map(|t| Some(*t)).collect::<TimestampMicrosecondArray>())),
        ];
        let found = run(&columns, &by_machine(), layout, 2);
        let each = &found.time[1];
        let mut steps: Vec<(u64, u64, u8)> = Vec::new();
        let mut latest: BTreeMap<u8, i64> = BTreeMap::new();
        for (((machine, _), time), row) in rows.iter().zip(&times).zip(1..) {
            let before = latest.entry(*machine).or_insert(*time);
            if *time > *before {
                steps.push(((*time - *before) as u64, row, *machine));
                *before = *time;
            }
        }
        let told = |mut lengths: Vec<u64>| {
            lengths.sort_unstable();
            let median = lengths.get(lengths.len().div_ceil(2).saturating_sub(1)).copied();
            let m = median.unwrap_or(0);
            let steady = lengths.iter().filter(|s| s.abs_diff(m) <= m / 10).count() as u64;
            let gaps = lengths.iter().filter(|s| **s > 5 * m).count() as u64;
            (median, lengths.len() as u64, steady, gaps)
        };
        let all = told(steps.iter().map(|s| s.0).collect());
        prop_assert_eq!((each.median_step_us, each.steps, each.steady, each.gaps), all);
        let mut long: Vec<_> = steps.iter().filter(|s| s.0 > 5 * all.0.unwrap_or(0)).collect();
        long.sort_by_key(|step| (std::cmp::Reverse(step.0), step.1));
        let long: Vec<_> = long.iter().take(10).map(|s| (s.0, s.1, Some(name(s.2)))).collect();
        let gaps: Vec<_> =
            each.longest_gaps.iter().map(|g| (g.micros, g.row, g.group.clone())).collect();
        prop_assert_eq!(gaps, long);
        prop_assert_eq!(each.largest_gap.as_ref(), each.longest_gaps.first());
        prop_assert_eq!(each.by_group.len() as u64, each.groups);
        for group in &each.by_group {
            let mine = steps.iter().filter(|s| name(s.2) == group.group).map(|s| s.0);
            let mine = told(mine.collect());
            prop_assert_eq!((group.median_step_us, group.steps, group.steady, group.gaps), mine);
        }
    }
}

#[test]
fn a_stuck_sensor_is_found_across_row_groups_and_by_row() {
    let mut values: Vec<f64> = (0..5_000).map(|at| f64::from(at * 7 % 1_001)).collect();
    values[1_990..2_050].fill(4.0);
    values[3_000..3_012].fill(5.0);
    let columns: Vec<(&str, ArrayRef)> = vec![("x", Arc::new(Float64Array::from(values)))];
    let layout = Layout { group_rows: 1_000, ..Layout::PLAIN };
    let found = run(&columns, &dictionary(&[]), layout, 2).columns[0].stuck.clone().unwrap();
    assert_eq!((found.runs, found.longest, found.limit), (2, 60, 10));
    assert_eq!(found.places[0], StuckRun { row: 1_991, readings: 60, group: None });
    assert_eq!(found.places[1].row, 3_001);
}

#[test]
fn a_signal_that_moves_in_steps_is_not_called_stuck() {
    let values: Vec<i64> = (0..20_000).map(|at| at / 40 % 17).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![("x", Arc::new(Int64Array::from(values)))];
    let found = run(&columns, &dictionary(&[]), Layout::PLAIN, 1).columns[0].stuck.clone().unwrap();
    assert_eq!((found.longest, found.runs), (40, 0), "{found:?}");
}

#[test]
fn set_points_and_too_many_machines_are_not_followed() {
    let names: Vec<String> = (0..1_100).map(|at| format!("m{at}")).collect();
    let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0; 1_100]));
    let columns: Vec<(&str, ArrayRef)> =
        vec![("m", Arc::new(StringArray::from(names))), ("x", Arc::clone(&values)), ("y", values)];
    let mut declared = by_machine();
    let found = run(&columns, &declared, Layout::PLAIN, 2);
    assert!(found.columns[1].stuck.is_none());
    declared.columns[0].role = Role::Unknown;
    declared.columns[1].role = Role::Input;
    let found = run(&columns, &declared, Layout::PLAIN, 2);
    assert!(found.columns[1].stuck.is_none());
    assert_eq!(found.columns[2].stuck.as_ref().unwrap().longest, 1_100);
}

#[test]
fn columns_that_hold_the_same_are_found_and_columns_that_only_look_so_are_not() {
    let list = || -> ArrayRef {
        Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![Some(1)]); 6]))
    };
    let reals = |values: [f64; 6]| -> ArrayRef { Arc::new(Float64Array::from(values.to_vec())) };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", reals([1.0, 2.0, f64::NAN, 0.0, 3.0, 3.0])),
        ("b", reals([2.0, 1.0, f64::NAN, 0.0, 3.0, 3.0])),
        ("c", reals([1.0, 2.0, -f64::NAN, -0.0, 3.0, 3.0])),
        ("d", Arc::new(Int64Array::from(vec![1, 2, 3, 0, 3, 3]))),
        ("e", Arc::new(StringArray::from(vec![Some("x"), None, None, None, None, None]))),
        ("f", Arc::new(StringArray::from(vec![None, Some("x"), None, None, None, None]))),
        ("g", Arc::new(StringArray::from(vec![Some("x"), None, None, None, None, None]))),
        ("h", Arc::new(Int64Array::from(vec![None::<i64>; 6]))),
        ("i", Arc::new(Int64Array::from(vec![None::<i64>; 6]))),
        ("j", list()),
        ("k", list()),
    ];
    for group_rows in [2, 100] {
        let layout = Layout { group_rows, ..Layout::PLAIN };
        let found = run(&columns, &dictionary(&[]), layout, 2).duplicate_columns.unwrap();
        assert_eq!(found, [vec!["a", "c"], vec!["e", "g"]]);
    }
}

#[test]
fn drift_and_correlation_are_of_signals_only() {
    let rows = 3_000_i64;
    let wave = |at: i64| ((at * 7_919) % 1_000) as f64;
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "wear",
            Arc::new((0..rows).map(|at| Some(wave(at) + at as f64)).collect::<Float64Array>()),
        ),
        (
            "half",
            Arc::new(
                (0..rows).map(|at| Some((wave(at) + at as f64) / 2.0)).collect::<Float64Array>(),
            ),
        ),
        ("still", Arc::new((0..rows).map(|at| Some(wave(at * 31))).collect::<Float64Array>())),
        ("n", Arc::new(Int64Array::from_iter_values(0..rows))),
        (
            "cost",
            Arc::new(
                Decimal128Array::from_iter_values((0..rows).map(|at| i128::from(at % 10)))
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
        ),
        ("none", Arc::new(Float64Array::from(vec![f64::NAN; rows as usize]))),
        ("text", Arc::new(StringArray::from(vec!["x"; rows as usize]))),
    ];
    let found = run(&columns, &dictionary(&[]), Layout::PLAIN, 2);
    let shifted = |at: usize| found.columns[at].drift.as_ref().map(|drift| drift.shifted);
    let told: Vec<Option<bool>> = (0..7).map(shifted).collect();
    assert_eq!(told, [Some(true), Some(true), Some(false), None, Some(false), None, None]);
    let correlations = found.correlations.unwrap();
    assert_eq!(correlations.columns, ["wear", "half", "still", "cost"], "n is a running number");
    assert_eq!(correlations.pearson[1], [Some(1.0)]);
    assert_eq!(
        (&*correlations.strongest[0].first, &*correlations.strongest[0].second),
        ("wear", "half")
    );
    assert!(found.sample.unwrap().exact);
}

#[test]
fn a_quick_profile_leaves_out_what_costs_and_nothing_else() {
    let values: ArrayRef = Arc::new(Float64Array::from_iter_values((0..400).map(f64::from)));
    let columns = [("x", Arc::clone(&values)), ("y", values)];
    let file = file(&columns, Layout::PLAIN);
    let declared = dictionary(&[]);
    let full = profile(file.path(), &declared, &limits(2), &Silent).unwrap();
    let quick =
        profile_with(file.path(), &declared, ProfileOptions::QUICK, &limits(2), &Silent).unwrap();
    assert!(quick.sample.is_none() && quick.correlations.is_none());
    assert!(quick.duplicate_columns.is_none() && quick.columns[0].stuck.is_none());
    let mut bare = full;
    (bare.sample, bare.correlations, bare.duplicate_columns) = (None, None, None);
    for column in &mut bare.columns {
        (column.stuck, column.drift) = (None, None);
    }
    assert_eq!(bare, quick);
}

#[test]
fn instants_and_days_have_a_histogram_and_a_step() {
    let times = TimestampMicrosecondArray::from(vec![-60_000_000, 0, 60_000_000, 180_000_000]);
    let days = arrow::array::Date32Array::from(vec![-1, 0, 7, 7]);
    let columns: Vec<(&str, ArrayRef)> = vec![("t", Arc::new(times)), ("d", Arc::new(days))];
    let found = run(&columns, &dictionary(&[]), Layout::PLAIN, 1);
    let histogram = found.columns[0].histogram.as_ref().unwrap();
    assert_eq!((histogram.lo, histogram.hi), (-60e6, 180e6));
    assert_eq!(histogram.counts.iter().sum::<u64>(), 4);
    assert_eq!(found.columns[0].resolution, Some(Scalar::Integer(60_000_000)));
    assert_eq!(found.columns[1].resolution, Some(Scalar::Integer(1)));
    assert_eq!(found.columns[1].mean, None);
}

#[test]
fn patterns_are_counted_beyond_the_texts_that_are_counted_one_by_one() {
    let texts: Vec<String> = (0..70_000)
        .map(|at| if at % 7 == 0 { format!("x{at}") } else { format!("LOT-{at:06}") })
        .collect();
    let columns: Vec<(&str, ArrayRef)> = vec![("s", Arc::new(StringArray::from(texts)))];
    for (group_rows, dictionary_coded) in [(30_000, true), (70_000, false)] {
        let layout = Layout { group_rows, dictionary: dictionary_coded, statistics: true };
        let found = run(&columns, &dictionary(&[]), layout, 2);
        let top = &found.columns[0].patterns;
        assert_eq!((&*top[0].pattern, top[0].count), ("AAA-9{6}", 60_000));
        // Every seventh number: x0; 7 to 98; 105 to 994; and so on.
        let counts: Vec<_> = top.iter().map(|p| (&*p.pattern, p.count)).collect();
        assert_eq!(counts[1..], [("a9{5}", 8_571), ("a9999", 1_286), ("a999", 128), ("a99", 13)]);
    }
}
