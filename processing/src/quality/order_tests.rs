//! Rules that follow rows, against one obvious walk, whatever the row groups, threads and batches.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray, TimestampMicrosecondArray};
use proptest::prelude::*;
use schema::data::quality::Check;

use super::tests::{column, rules};
use super::{Context, assess, validate_in};
use crate::limits::Limits;
use crate::profile::testing::{Layout, dictionary, file, limits};
use crate::progress::Silent;

/// Group, time in seconds, reading.
type Row = (Option<u8>, Option<i64>, Option<f64>);

fn row() -> impl Strategy<Value = Row> {
    let group = prop_oneof![1 => Just(None), 12 => (0_u8..3).prop_map(Some)];
    let time = prop_oneof![1 => Just(None), 12 => (0_i64..9).prop_map(Some)];
    let reading = prop_oneof![
        1 => Just(None),
        1 => Just(Some(f64::NAN)),
        1 => Just(Some(-0.0)),
        9 => (0_u8..3).prop_map(|x| Some(f64::from(x))),
    ];
    (group, time, reading)
}

/// Rows whose time mostly runs forward.
fn table() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(row(), 1..160).prop_map(|mut rows| {
        for (at, row) in rows.iter_mut().enumerate() {
            row.1 = row.1.map(|time| time + (at / 2) as i64);
        }
        rows
    })
}

/// 1-based rows that fail, by walking from the first to the last.
fn oracle(rows: &[Row], check: &Check) -> Vec<u64> {
    // Last value, latest value and length of the run, by group.
    let mut past: BTreeMap<Option<u8>, (f64, f64, u64)> = BTreeMap::new();
    let mut failed = Vec::new();
    for ((group, time, reading), number) in rows.iter().zip(1..) {
        let (by, value) = match check {
            Check::StuckRun { group, .. } => (group, reading.filter(|x| !x.is_nan())),
            Check::Monotonic { group, .. } | Check::MaxGap { group, .. } => {
                (group, time.map(|time| time as f64 * 1e6))
            }
            _ => panic!("{check:?}"),
        };
        let group = match (by, group) {
            (Some(_), None) => continue,
            (Some(_), group) => *group,
            (None, _) => None,
        };
        let Some(value) = value else {
            if matches!(check, Check::StuckRun { .. }) {
                past.remove(&group);
            }
            continue;
        };
        let before = past.get(&group).copied();
        let run = before.map_or(1, |(last, _, run)| if last == value { run + 1 } else { 1 });
        let fails = match (check, before) {
            (Check::StuckRun { rows, .. }, _) => run > *rows,
            (Check::Monotonic { strict, .. }, Some((last, ..))) => {
                value < last || (*strict && value == last)
            }
            (Check::MaxGap { micros, .. }, Some((_, latest, _))) => value - latest > *micros as f64,
            _ => false,
        };
        if fails {
            failed.push(number);
        }
        let latest = before.map_or(value, |(_, latest, _)| latest.max(value));
        past.insert(group, (value, latest, run));
    }
    failed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn row_groups_threads_and_batches_make_no_difference(
        rows in table(), group_rows in 1_usize..70, dictionary_coded in any::<bool>(),
        threads in 1_usize..5, batch_rows in 64_usize..200, longest in 0_u64..5, gap_s in 0_u64..4,
    ) {
        let name = |group: &Option<u8>| group.map(|group| format!("M{group}"));
        let instant = |time: &Option<i64>| time.map(|time| time * 1_000_000);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("m", Arc::new(rows.iter().map(|r| name(&r.0)).collect::<StringArray>())),
            ("t", Arc::new(rows.iter().map(|r| instant(&r.1)).collect::<TimestampMicrosecondArray>())),
            ("x", Arc::new(rows.iter().map(|r| r.2).collect::<Float64Array>())),
        ];
        let (t, x, micros) = (column("t"), column("x"), gap_s * 1_000_000);
        let checks: Vec<Check> = [None, Some(column("m"))]
            .into_iter()
            .flat_map(|group| {
                let (t, x, group) = (t.clone(), x.clone(), move || group.clone());
                [
                    Check::Monotonic { column: t.clone(), group: group(), strict: false },
                    Check::Monotonic { column: t.clone(), group: group(), strict: true },
                    Check::MaxGap { column: t, group: group(), micros },
                    Check::StuckRun { column: x, group: group(), rows: longest },
                ]
            })
            .collect();
        let file = file(&columns, Layout { group_rows, dictionary: dictionary_coded, statistics: true });
        let set = rules(checks.clone());
        let limits = Limits { batch_rows, ..limits(threads) };
        let (report, _) =
            validate_in(&Context::default(), file.path(), &dictionary(&[]), &set, &limits, &Silent).unwrap();
        for (check, result) in checks.iter().zip(&report.results) {
            let mut wanted = oracle(&rows, check);
            prop_assert_eq!(result.violations, wanted.len() as u64, "{:?}", check);
            wanted.truncate(5);
            prop_assert_eq!(&result.rows, &wanted, "{:?}", check);
        }
        // The indices count a record once, whichever of its rules it breaks.
        let mut broken: Vec<u64> =
            [0, 1, 4, 5].iter().flat_map(|at| oracle(&rows, &checks[*at])).collect();
        broken.sort_unstable();
        broken.dedup();
        let validity = report.indices.validity.unwrap();
        prop_assert_eq!(validity.total - validity.passed, broken.len() as u64);
        let both = assess(file.path(), &dictionary(&[]), &set, &limits, &Silent).unwrap();
        prop_assert_eq!(both.report, report, "with and without a profile");
    }
}
