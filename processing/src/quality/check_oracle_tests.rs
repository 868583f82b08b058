//! Checks over several columns and rows around, against a look at every row.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use schema::data::quality::{CellType, Check};

use super::check_tests::{Columns, SECOND, floats, instants, run_in, table, texts};
use super::tests::{column, rules};
use crate::profile::cells::float_bits;

type Row = (Option<u8>, Option<i8>, Option<f64>);

/// Rows of group, second and value, with every kind of odd value.
fn table_rows() -> impl Strategy<Value = Vec<Row>> {
    let value = prop_oneof![
        4 => (-6_i8..6).prop_map(|v| Some(f64::from(v))),
        1 => Just(None),
        1 => prop_oneof![
            Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-0.0),
            Just(9_007_199_254_740_993.0),
        ].prop_map(Some),
    ];
    let group = prop_oneof![5 => (0_u8..3).prop_map(Some), 1 => Just(None)];
    let time = prop_oneof![6 => any::<i8>().prop_map(Some), 1 => Just(None)];
    prop::collection::vec((group, time, value), 0..40)
}

/// What a rate of change finds, looking back from every row.
fn rate_oracle(rows: &[Row], per_second: f64) -> Vec<u64> {
    let mut found = Vec::new();
    let mut last: BTreeMap<u8, (i64, f64)> = BTreeMap::new();
    for (row, (group, time, value)) in (1..).zip(rows) {
        let (Some(group), Some(time), Some(value)) = (group, time, value) else { continue };
        let time = i64::from(*time);
        if value.is_nan() || last.get(group).is_some_and(|(latest, _)| time <= *latest) {
            continue;
        }
        if value.is_infinite() {
            found.push(row);
            continue;
        }
        if let Some((before, seen)) = last.insert(*group, (time, *value))
            && (value - seen).abs() * 1e6 > per_second * ((time - before) * SECOND) as f64
        {
            found.push(row);
        }
    }
    found
}

fn sampling_oracle(rows: &[Row], seconds: i64, slack: i64) -> Vec<u64> {
    let mut found = Vec::new();
    let mut latest: BTreeMap<u8, i64> = BTreeMap::new();
    for (row, (group, time, _)) in (1..).zip(rows) {
        let (Some(group), Some(time)) = (group, time) else { continue };
        let time = i64::from(*time);
        match latest.get(group).copied() {
            Some(before) if time < before => {}
            Some(before) => {
                if (time - before - seconds).abs() > slack {
                    found.push(row);
                }
                latest.insert(*group, time);
            }
            None => {
                latest.insert(*group, time);
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn checks_agree_with_looking_at_every_row(
        rows in table_rows(), known in prop::collection::btree_set(-6_i8..6, 0..6),
        per_second in 0_u8..4, seconds in 0_i64..40,
    ) {
        let names = ["A", "B", "C"];
        let groups: Vec<Option<&str>> =
            rows.iter().map(|row| row.0.map(|group| names[usize::from(group)])).collect();
        let times: Vec<Option<i64>> =
            rows.iter().map(|row| row.1.map(|time| i64::from(time) * SECOND)).collect();
        let values: Vec<Option<f64>> = rows.iter().map(|row| row.2).collect();
        let columns: Columns<'_> =
            vec![("g", texts(&groups)), ("t", instants(&times)), ("x", floats(&values))];
        let theirs: Vec<Option<f64>> = known.iter().map(|v| Some(f64::from(*v))).collect();
        let (_kept, mut context) = table("r", &vec![("x", floats(&theirs))]);
        context.failed_rows_max = Some(1_000);
        let (x, t, g) = (column("x"), column("t"), Some(column("g")));
        let rate = f64::from(per_second);
        let set = rules(vec![
            Check::ForeignKey {
                columns: vec![x.clone()], reference: "r".to_owned(), reference_columns: vec![],
            },
            Check::RateOfChange {
                column: x.clone(), time: t.clone(), group: g.clone(), per_second: rate,
            },
            Check::Sampling {
                column: t, group: g,
                micros: u64::try_from(seconds * SECOND).unwrap(), within_bp: 5_000,
            },
            Check::Type { column: x, is: CellType::Integer },
        ]);
        let members: BTreeSet<u64> =
            known.iter().map(|v| float_bits(f64::from(*v))).collect();
        let numbered = || (1_u64..).zip(&values).filter_map(|(row, v)| Some((row, (*v)?)));
        let present = || numbered().filter(|(_, value)| !value.is_nan());
        let foreign: Vec<u64> = present()
            .filter(|(_, v)| !members.contains(&float_bits(*v)))
            .map(|(row, _)| row).collect();
        let infinite: Vec<u64> =
            present().filter(|(_, v)| v.is_infinite()).map(|(row, _)| row).collect();
        let wanted = [
            foreign, rate_oracle(&rows, rate), sampling_oracle(&rows, seconds, seconds / 2), infinite,
        ];
        let report = run_in(&context, &columns, &set);
        for (result, wanted) in report.results.iter().zip(&wanted) {
            prop_assert_eq!(result.violations, wanted.len() as u64, "{:?}", result.rule.check);
            prop_assert_eq!(&result.rows[..], &wanted[..wanted.len().min(5)]);
        }
        let broken: BTreeSet<u64> = wanted[..1].iter().chain(&wanted[2..3]).flatten().copied().collect();
        if let Some(consistency) = report.indices.consistency {
            prop_assert_eq!(consistency.passed, (rows.len() - broken.len()) as u64);
        }
    }
}
