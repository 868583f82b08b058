//! The profile against slow, obvious oracles, and against itself in another layout.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Float32Array, Float64Array, Int32Array, Int64Array, ListArray, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::{Int32Type, Int64Type};
use proptest::prelude::*;
use schema::data::column::{Role, ValueType};
use schema::data::profile::{ColumnProfile, Profile, QuantileMethod, Scalar};

use super::hash::mix;
use super::profile;
use super::testing::{Layout, dictionary, file, limits};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::{Progress, Silent};

fn run(columns: &[(&str, ArrayRef)], layout: Layout, threads: usize) -> Profile {
    let file = file(columns, layout);
    profile(file.path(), &dictionary(&[]), &limits(threads), &Silent).unwrap()
}

fn one(array: ArrayRef) -> ColumnProfile {
    let mut all = run(&[("x", array)], Layout::PLAIN, 1);
    all.columns.remove(0)
}

fn text(value: &str) -> Scalar {
    Scalar::Text(value.to_owned())
}

/// Floats with everything that goes wrong in practice.
fn float() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(f64::NAN)),
        1 => Just(Some(f64::INFINITY)),
        1 => Just(Some(f64::NEG_INFINITY)),
        1 => Just(Some(-0.0)),
        1 => Just(Some(0.0)),
        4 => (-50_i32..50).prop_map(|x| Some(f64::from(x) / 4.0)),
        2 => any::<f64>().prop_map(Some),
        2 => (-1e6..1e6).prop_map(Some),
    ]
}

fn integer() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some((1 << 53) + 1)),
        1 => prop_oneof![Just(Some(i64::MIN)), Just(Some(i64::MAX))],
        4 => (-9_i64..9).prop_map(Some),
        2 => any::<i64>().prop_map(Some),
    ]
}

fn layout() -> impl Strategy<Value = Layout> {
    (1_usize..90, any::<bool>(), any::<bool>()).prop_map(|(group_rows, dictionary, statistics)| {
        Layout { group_rows, dictionary, statistics }
    })
}

fn nearest_rank<T: Copy>(sorted: &[T], percent: usize) -> T {
    sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]
}

/// Mean and deviation in two passes; the mean in halves, so that the sum does not overflow.
fn two_pass(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|x| x / n).sum::<f64>();
    // By the largest deviation, so that no square vanishes or overflows.
    let most = values.iter().fold(0.0_f64, |most, x| most.max((x - mean).abs()));
    let unit = if most > 0.0 { most } else { 1.0 };
    let squares = values.iter().map(|x| ((x - mean) / unit).powi(2)).sum::<f64>();
    (mean, (squares / (n - 1.0)).sqrt() * unit)
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * scale
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn floats_agree_with_the_oracle(cells in prop::collection::vec(float(), 0..250), layout in layout()) {
        let array: ArrayRef = Arc::new(Float64Array::from(cells.clone()));
        let all = run(&[("x", array)], layout, 2);
        let found = &all.columns[0];
        let present: Vec<f64> = cells.iter().flatten().copied().collect();
        let mut finite: Vec<f64> =
            present.iter().filter(|x| x.is_finite()).map(|x| x + 0.0).collect();
        finite.sort_by(f64::total_cmp);
        let count = |keep: fn(&f64) -> bool| present.iter().filter(|x| keep(x)).count() as u64;
        prop_assert_eq!(all.rows, cells.len() as u64);
        prop_assert_eq!(found.count, present.len() as u64);
        prop_assert_eq!(found.nulls, (cells.len() - present.len()) as u64);
        prop_assert_eq!(found.nan, count(|x| x.is_nan()));
        prop_assert_eq!(found.infinite_positive, count(|x| *x == f64::INFINITY));
        prop_assert_eq!(found.infinite_negative, count(|x| *x == f64::NEG_INFINITY));
        prop_assert_eq!(found.zeros, count(|x| *x == 0.0));
        prop_assert_eq!(found.negatives, count(|x| x.is_finite() && *x < 0.0));
        let mut different: Vec<u64> =
            present.iter().filter(|x| !x.is_nan()).map(|x| (x + 0.0).to_bits()).collect();
        different.sort_unstable();
        different.dedup();
        prop_assert_eq!(found.distinct.as_ref().unwrap().count, different.len() as u64);
        prop_assert!(found.distinct.as_ref().unwrap().exact);
        prop_assert_eq!(&found.min, &finite.first().map(|x| Scalar::Number(*x)));
        prop_assert_eq!(&found.max, &finite.last().map(|x| Scalar::Number(*x)));
        if finite.is_empty() {
            prop_assert!(found.mean.is_none() && found.quantiles.is_none());
            return Ok(());
        }
        let q = found.quantiles.as_ref().unwrap();
        let want = [5, 25, 50, 75, 95].map(|p| Scalar::Number(nearest_rank(&finite, p)));
        prop_assert_eq!([&q.p05, &q.p25, &q.p50, &q.p75, &q.p95].map(Clone::clone), want);
        let scale = finite.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let (mean, std) = two_pass(&finite);
        prop_assert!(close(found.mean.unwrap(), mean, scale), "{:?} {}", found.mean, mean);
        if finite.len() > 1 && std.is_finite() {
            prop_assert!(close(found.std.unwrap(), std, scale), "{:?} {}", found.std, std);
        }
        let histogram = found.histogram.as_ref().unwrap();
        prop_assert_eq!(histogram.counts.iter().sum::<u64>(), finite.len() as u64);
        prop_assert_eq!(histogram.counts.len(), 20);
        let json = serde_json::to_string(&all).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Profile>(&json).unwrap(), &all);
    }

    #[test]
    fn integers_agree_with_the_oracle(cells in prop::collection::vec(integer(), 0..250), layout in layout()) {
        let found = run(&[("x", Arc::new(Int64Array::from(cells.clone())))], layout, 2).columns.remove(0);
        let mut sorted: Vec<i64> = cells.iter().flatten().copied().collect();
        sorted.sort_unstable();
        prop_assert_eq!(&found.min, &sorted.first().map(|x| Scalar::Integer(*x)));
        prop_assert_eq!(&found.max, &sorted.last().map(|x| Scalar::Integer(*x)));
        prop_assert_eq!(found.zeros, sorted.iter().filter(|x| **x == 0).count() as u64);
        prop_assert_eq!(found.negatives, sorted.iter().filter(|x| **x < 0).count() as u64);
        let mut counts = BTreeMap::new();
        sorted.iter().for_each(|x| *counts.entry(*x).or_insert(0_u64) += 1);
        prop_assert_eq!(found.distinct.unwrap().count, counts.len() as u64);
        let mut top: Vec<(i64, u64)> = counts.into_iter().collect();
        top.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
        let named: Vec<(Scalar, u64)> = found.top.iter().map(|t| (t.value.clone(), t.count)).collect();
        for ((value, count), (named, times)) in top.iter().zip(&named) {
            prop_assert_eq!((&Scalar::Integer(*value), count), (named, times));
        }
        if !sorted.is_empty() {
            let sum: i128 = sorted.iter().map(|x| i128::from(*x)).sum();
            let mean = found.mean.unwrap();
            let scale = sorted.iter().fold(0.0_f64, |m, x| m.max((*x as f64).abs()));
            prop_assert!(close(mean, sum as f64 / sorted.len() as f64, scale));
            let q = found.quantiles.unwrap();
            prop_assert_eq!(q.p50, Scalar::Integer(nearest_rank(&sorted, 50)));
            prop_assert_eq!(q.p95, Scalar::Integer(nearest_rank(&sorted, 95)));
        }
    }

    #[test]
    fn text_agrees_with_the_oracle(
        cells in prop::collection::vec(prop::option::of("[가나ab]{0,3}"), 0..250), layout in layout()
    ) {
        let all = run(&[("x", Arc::new(StringArray::from(cells.clone())))], layout, 2);
        let found = &all.columns[0];
        let mut counts = BTreeMap::new();
        cells.iter().flatten().for_each(|t| *counts.entry(t.clone()).or_insert(0_u64) += 1);
        prop_assert_eq!(found.distinct.as_ref().unwrap().count, counts.len() as u64);
        let mut top: Vec<(String, u64)> = counts.into_iter().collect();
        top.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), value.clone()));
        for ((value, count), named) in top.iter().zip(&found.top) {
            prop_assert_eq!((&text(value), *count), (&named.value, named.count));
        }
        let lengths = cells.iter().flatten().map(|t| t.chars().count() as u64);
        prop_assert_eq!(found.lengths.as_ref().map(|l| l.chars_min), lengths.clone().min());
        prop_assert_eq!(found.lengths.as_ref().map(|l| l.chars_max), lengths.max());
        prop_assert_eq!(
            found.lengths.as_ref().map_or(0, |l| l.empty),
            cells.iter().flatten().filter(|t| t.is_empty()).count() as u64
        );
    }

    #[test]
    fn neither_layout_nor_threads_change_a_byte(
        rows in prop::collection::vec((float(), integer(), prop::option::of("[ab가]{0,2}")), 0..200),
        first in layout(), second in layout(), threads in 1_usize..5,
    ) {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("f", Arc::new(rows.iter().map(|r| r.0).collect::<Float64Array>())),
            ("i", Arc::new(rows.iter().map(|r| r.1).collect::<Int64Array>())),
            ("s", Arc::new(rows.iter().map(|r| r.2.clone()).collect::<StringArray>())),
            ("t", Arc::new(rows.iter().map(|r| r.1.map(|x| x >> 12)).collect::<TimestampMicrosecondArray>())),
        ];
        let a = serde_json::to_string(&run(&columns, first, 1)).unwrap();
        let b = serde_json::to_string(&run(&columns, second, threads)).unwrap();
        prop_assert_eq!(a, b);
    }

    #[test]
    fn repeated_rows_agree_with_the_oracle(
        rows in prop::collection::vec((prop::option::of(0_i64..3), prop::option::of("[ab]")), 0..120),
        layout in layout(),
    ) {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("i", Arc::new(rows.iter().map(|r| r.0).collect::<Int64Array>())),
            ("s", Arc::new(rows.iter().map(|r| r.1.clone()).collect::<StringArray>())),
        ];
        let found = run(&columns, layout, 2).duplicate_rows.unwrap().rows;
        let different: std::collections::BTreeSet<_> = rows.iter().collect();
        prop_assert_eq!(found, (rows.len() - different.len()) as u64);
    }
}

/// More different values than are counted one by one.
fn many(rows: u64) -> Vec<f64> {
    (0..rows).map(|i| (mix(i) % 1_000_003) as f64 / 7.0 - 60_000.0).collect()
}

#[test]
fn many_values_are_estimated_within_the_stated_errors() {
    let mut values = many(150_000);
    let layouts = [
        Layout { group_rows: 40_000, ..Layout::PLAIN },
        Layout { group_rows: 150_000, dictionary: false, statistics: false },
    ];
    let limits = |threads| Limits { threads, ..Limits::default() };
    let whole: Vec<i64> = values.iter().map(|x| (x * 7.0).round() as i64).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("f", Arc::new(Float64Array::from(values.clone()))),
        ("i", Arc::new(Int64Array::from(whole))),
        ("s", Arc::new(values.iter().map(|x| Some(format!("k{x}"))).collect::<StringArray>())),
    ];
    let found: Vec<Profile> = layouts
        .iter()
        .zip([3, 1])
        .map(|(layout, threads)| {
            let file = file(&columns, *layout);
            profile(file.path(), &dictionary(&[]), &limits(threads), &Silent).unwrap()
        })
        .collect();
    assert_eq!(found[0], found[1], "statistics in the footer make no difference");
    values.sort_by(f64::total_cmp);
    let mut different = values.clone();
    different.dedup();
    for column in &found[0].columns {
        let distinct = column.distinct.as_ref().unwrap();
        assert!(!distinct.exact);
        assert_eq!(distinct.standard_error_bp, 41);
        let off = distinct.count.abs_diff(different.len() as u64);
        assert!(off * 10_000 <= 3 * 41 * different.len() as u64, "{}: off by {off}", column.name);
        assert!(column.top.is_empty());
    }
    let column = &found[0].columns[0];
    assert_eq!(column.min, Some(Scalar::Number(values[0])));
    assert_eq!(column.max, Some(Scalar::Number(values[values.len() - 1])));
    let (mean, std) = two_pass(&values);
    assert!(close(column.mean.unwrap(), mean, 1e5) && close(column.std.unwrap(), std, 1e5));
    let q = column.quantiles.as_ref().unwrap();
    assert_eq!(q.method, QuantileMethod::GridMidpoint);
    for (percent, found) in [(5, &q.p05), (25, &q.p25), (50, &q.p50), (75, &q.p75), (95, &q.p95)] {
        let Scalar::Number(found) = found else { panic!("{found:?}") };
        let off = (found - nearest_rank(&values, percent)).abs();
        assert!(off <= q.error * 1.000_001, "{percent} %: off by {off}, said {}", q.error);
    }
    assert_eq!(column.histogram.as_ref().unwrap().counts.iter().sum::<u64>(), 150_000);
}

#[test]
fn a_far_outlier_does_not_blur_the_quantiles() {
    let mut values: Vec<f64> = (0..100_000).map(|i| 20.0 + f64::from(i) / 100_000.0).collect();
    values[500] = 1e9;
    let found = one(Arc::new(Float64Array::from(values.clone())));
    values.sort_by(f64::total_cmp);
    let q = found.quantiles.unwrap();
    let Scalar::Number(median) = q.p50 else { panic!() };
    assert!(q.error <= 2.0, "the second grid splits the cell of {}: {}", 1e9 / 81_920.0, q.error);
    assert!((median - nearest_rank(&values, 50)).abs() <= q.error);
}

#[test]
fn an_empty_table_has_no_ends_and_no_mean() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("f", Arc::new(Float64Array::from(Vec::<f64>::new()))),
        ("s", Arc::new(StringArray::from(Vec::<&str>::new()))),
        ("t", Arc::new(TimestampMicrosecondArray::from(Vec::<i64>::new()))),
    ];
    let found = run(&columns, Layout::PLAIN, 2);
    assert_eq!((found.rows, found.cells, found.null_cells), (0, 0, 0));
    assert_eq!(found.duplicate_rows.unwrap().rows, 0);
    assert_eq!(found.time[0].timed, 0);
    for column in &found.columns {
        assert_eq!(column.distinct.as_ref().unwrap().count, 0);
        assert!(column.min.is_none() && column.mean.is_none() && column.quantiles.is_none());
    }
}

#[test]
fn all_null_and_single_values() {
    let nulls = one(Arc::new(Float64Array::from(vec![None::<f64>; 3])));
    assert_eq!((nulls.count, nulls.nulls, nulls.nan), (0, 3, 0));
    assert!(nulls.min.is_none());
    let single = one(Arc::new(Float64Array::from(vec![4.5])));
    assert_eq!((single.mean, single.std), (Some(4.5), None));
    assert_eq!(single.histogram.unwrap().counts[0], 1);
    let nan = one(Arc::new(Float64Array::from(vec![f64::NAN; 2])));
    assert_eq!((nan.count, nan.nulls, nan.nan), (2, 0, 2));
    assert!(nan.min.is_none() && nan.mean.is_none());
}

#[test]
fn integers_beyond_53_bits_are_exact() {
    let big = (1_i64 << 53) + 1;
    let found = one(Arc::new(Int64Array::from(vec![big, big + 2, -big])));
    assert_eq!(found.max, Some(Scalar::Integer(big + 2)));
    assert_eq!(found.distinct.unwrap().count, 3);
    let unsigned = one(Arc::new(UInt64Array::from(vec![u64::MAX, 0])));
    assert_eq!(unsigned.max, Some(text("18446744073709551615")));
}

#[test]
fn every_type_has_its_own_facts() {
    let flag = one(Arc::new(BooleanArray::from(vec![Some(true), None, Some(true), Some(false)])));
    assert_eq!((flag.nulls, flag.zeros), (1, 1));
    assert_eq!((flag.min, flag.max), (Some(Scalar::Bool(false)), Some(Scalar::Bool(true))));
    let decimal = Decimal128Array::from(vec![Some(-1_050), Some(2_000), None])
        .with_precision_and_scale(10, 2)
        .unwrap();
    let decimal = one(Arc::new(decimal));
    assert_eq!((decimal.min, decimal.max), (Some(text("-10.50")), Some(text("20.00"))));
    assert_eq!((decimal.mean, decimal.negatives), (Some(4.75), 1));
    let day = one(Arc::new(Date32Array::from(vec![-1, 0, 1])));
    assert_eq!((day.min, day.max), (Some(text("1969-12-31")), Some(text("1970-01-02"))));
    assert_eq!(day.mean, None);
    let zoned = TimestampMicrosecondArray::from(vec![-1_000_000, 0]).with_timezone("UTC");
    assert_eq!(one(Arc::new(zoned)).min, Some(text("1969-12-31T23:59:59Z")));
    let bytes = one(Arc::new(BinaryArray::from(vec![&b"ab"[..], b"", b"ab"])));
    assert_eq!((bytes.distinct.unwrap().count, bytes.lengths.unwrap().empty), (2, 1));
    let single = one(Arc::new(Float32Array::from(vec![0.1_f32, f32::NAN])));
    assert_eq!((single.max, single.nan), (Some(Scalar::Number(f64::from(0.1_f32))), 1));
    let small = one(Arc::new(Int32Array::from(vec![7, 7])));
    assert_eq!(small.value_type, ValueType::Integer);
}

#[test]
fn nested_columns_are_counted_and_rows_with_them_are_not_compared() {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1)]), None]);
    let found = run(&[("l", Arc::new(list))], Layout::PLAIN, 1);
    assert_eq!((found.columns[0].count, found.columns[0].nulls), (1, 1));
    assert_eq!(found.columns[0].value_type, ValueType::Nested);
    assert_eq!(found.duplicate_rows, None);
}

#[test]
fn dictionaries_with_repeated_and_unused_entries_count_by_value() {
    let keys = Int32Array::from(vec![Some(0), Some(1), None, Some(2), Some(0)]);
    let entries = StringArray::from(vec!["a", "b", "a", "unused"]);
    let array = DictionaryArray::<Int32Type>::new(keys, Arc::new(entries));
    let found = one(Arc::new(array));
    assert_eq!((found.count, found.nulls), (4, 1));
    assert_eq!(found.distinct.unwrap().count, 2);
    assert_eq!((found.top[0].value.clone(), found.top[0].count), (text("a"), 3));
}

#[test]
fn sentinels_are_counted_where_the_dictionary_declares_them() {
    let values = Float64Array::from(vec![1449.0, 20.0, 1449.0, f64::NAN]);
    let file = file(&[("x", Arc::new(values))], Layout::PLAIN);
    let mut declared = dictionary(&[("x", ValueType::Number, Role::State)]);
    declared.columns[0].sentinels = vec!["1449".to_owned(), "n/a".to_owned()];
    let found = profile(file.path(), &declared, &limits(1), &Silent).unwrap();
    assert_eq!(found.columns[0].sentinels, 2);
    assert_eq!(found.columns[0].role, Role::State);
}

#[test]
fn time_is_followed_in_file_order_and_by_machine() {
    let second = 1_000_000_i64;
    let rows: Vec<(i64, &str)> = vec![
        (0, "A"),
        (0, "B"),
        (1, "A"),
        (1, "B"),
        (2, "A"),
        (2, "B"),
        (1, "A"), // late
        (3, "A"),
        (3, "A"),  // repeated
        (60, "B"), // 58 s after its last
        (4, "A"),
    ];
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("machine", Arc::new(rows.iter().map(|r| Some(r.1)).collect::<StringArray>())),
        (
            "t",
            Arc::new(
                rows.iter().map(|r| Some(r.0 * second)).collect::<TimestampMicrosecondArray>(),
            ),
        ),
    ];
    let declared = dictionary(&[
        ("t", ValueType::Timestamp, Role::Time),
        ("machine", ValueType::Text, Role::Machine),
    ]);
    for group_rows in [2, 5, 100] {
        let file = file(&columns, Layout { group_rows, ..Layout::PLAIN });
        let found = profile(file.path(), &declared, &limits(2), &Silent).unwrap();
        let [all, each] = &found.time[..] else { panic!("{:?}", found.time) };
        assert_eq!((all.backward, all.repeated, all.groups), (2, 4, 1));
        assert_eq!(all.backward_rows, [7, 11]);
        assert_eq!((each.backward, each.repeated, each.groups), (1, 1, 2));
        assert_eq!(each.median_step_us, Some(1_000_000));
        assert_eq!((each.gaps, each.exact), (1, true));
        let gap = each.largest_gap.as_ref().unwrap();
        assert_eq!((gap.micros, gap.row), (58_000_000, 10));
        assert_eq!(gap.from, "1970-01-01T00:00:02");
    }
}

#[test]
fn narrow_memory_reads_in_portions_with_the_same_result() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", Arc::new(Int64Array::from_iter_values((0..500).map(|i| i % 7)))),
        ("b", Arc::new(Float64Array::from_iter_values((0..500).map(f64::from)))),
        ("c", Arc::new(StringArray::from_iter_values((0..500).map(|i| (i % 3).to_string())))),
    ];
    let file = file(&columns, Layout { group_rows: 100, ..Layout::PLAIN });
    let narrow = Limits { memory_bytes_max: 1, ..limits(2) };
    let a = profile(file.path(), &dictionary(&[]), &narrow, &Silent).unwrap();
    let b = profile(file.path(), &dictionary(&[]), &limits(2), &Silent).unwrap();
    assert_eq!(a, b);
}

#[test]
fn damage_limits_and_cancellation_are_told_apart() {
    let file = file(&[("a", Arc::new(Int64Array::from(vec![1, 2, 3])))], Layout::PLAIN);
    let code = |limits: &Limits, progress: &dyn Progress| match profile(
        file.path(),
        &dictionary(&[]),
        limits,
        progress,
    ) {
        Err(Fault::Input(fault)) => fault.code,
        Err(other) => other.to_string(),
        Ok(_) => "fine".to_owned(),
    };
    struct Stop;
    impl Progress for Stop {
        fn at(&self, _: &'static str, _: u64, _: u64) -> Result<(), Fault> {
            Err(Fault::Cancelled)
        }
    }
    assert_eq!(code(&limits(1), &Silent), "fine");
    assert_eq!(code(&limits(2), &Stop), "cancelled");
    assert_eq!(code(&Limits { rows_max: 2, ..limits(1) }, &Silent), "rows-too-many");
    assert_eq!(code(&Limits { columns_max: 0, ..limits(1) }, &Silent), "columns-too-many");
    let bytes = std::fs::read(file.path()).unwrap();
    std::fs::write(file.path(), &bytes[..bytes.len() - 6]).unwrap();
    assert_eq!(code(&limits(1), &Silent), "parquet-unreadable");
    let mut damaged = bytes;
    damaged[6] ^= 0xff;
    damaged[9] ^= 0xff;
    std::fs::write(file.path(), &damaged).unwrap();
    assert_ne!(code(&limits(1), &Silent), "bug", "a damaged page never panics");
}
