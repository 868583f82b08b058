//! Rules on small files against obvious counts.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use proptest::prelude::*;
use schema::data::column::{Role, ValueType};
use schema::data::profile::Scalar;
use schema::data::quality::{Check, Dimension, Index, Report, Rule, RuleSet, Severity, Weights};

use super::{Assessment, Observed, assess, judge, suggest};
use crate::error::Fault;
use crate::limits::Limits;
use crate::profile::profile;
use crate::profile::testing::{Layout, dictionary, file, limits};
use crate::progress::Silent;

fn rule(id: &str, check: Check) -> Rule {
    let (severity, tolerance_bp) = (Severity::Error, 0);
    Rule { id: id.to_owned(), check, severity, tolerance_bp, dimension: None, reason: None }
}

pub(super) fn rules(checks: Vec<Check>) -> RuleSet {
    let rules = checks.into_iter().enumerate().map(|(at, c)| rule(&at.to_string(), c)).collect();
    RuleSet { rules, ..RuleSet::default() }
}

pub(super) fn run(columns: &[(&str, ArrayRef)], rules: &RuleSet) -> Report {
    let of = |group_rows, dictionary, threads| {
        let file = file(columns, Layout { group_rows, dictionary, statistics: true });
        assess(file.path(), &self::dictionary(&[]), rules, &limits(threads), &Silent).unwrap()
    };
    let found = of(1_000, true, 1);
    for other in [of(3, true, 3), of(7, false, 2)] {
        assert_eq!(found.report, other.report, "neither layout nor threads matter");
        assert_eq!(found.profile, other.profile);
    }
    found.report
}

/// Violations and rows of each rule.
fn counts(report: &Report) -> Vec<(u64, Vec<u64>)> {
    report.results.iter().map(|result| (result.violations, result.rows.clone())).collect()
}

pub(super) fn hundredths(index: Option<Index>) -> Option<u32> {
    index.map(|index| index.hundredths)
}

pub(super) fn column(name: &str) -> String {
    name.to_owned()
}

#[test]
fn a_missing_cell_is_missing_and_nothing_else() {
    let cells = vec![Some(1.0), None, Some(f64::NAN), Some(f64::INFINITY), Some(99.0), Some(-0.0)];
    let x = column("x");
    let report = run(
        &[("x", Arc::new(Float64Array::from(cells)))],
        &rules(vec![
            Check::NotNull { column: x.clone() },
            Check::Range {
                column: x.clone(),
                min: Some(Scalar::Integer(0)),
                max: Some(Scalar::Number(20.5)),
            },
            Check::Range { column: x.clone(), min: None, max: None },
            Check::Set { column: x, values: vec![Scalar::Integer(1), Scalar::Number(0.0)] },
        ]),
    );
    assert_eq!(
        counts(&report),
        [(2, vec![2, 3]), (3, vec![3, 4, 5]), (2, vec![3, 4]), (3, vec![3, 4, 5])]
    );
    assert_eq!((report.null_cells, report.nan_cells), (1, 1));
    // Three records break range or set; a record counts once.
    assert_eq!(report.indices.validity.unwrap().passed, 3);
}

#[test]
fn bounds_of_every_type_are_exact() {
    let big = (1_i64 << 53) + 1;
    let decimals =
        Decimal128Array::from(vec![1_234, 1_235, -1]).with_precision_and_scale(9, 2).unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("i", Arc::new(Int64Array::from(vec![big, big - 1, 5]))),
        ("f", Arc::new(Float64Array::from(vec![9_007_199_254_740_992.0, 1.5, 2.5]))),
        ("d", Arc::new(decimals)),
        ("day", Arc::new(Date32Array::from(vec![0, 1, 2]))),
        ("t", Arc::new(TimestampMicrosecondArray::from(vec![0, 1_000_000, 2_000_000]))),
        ("b", Arc::new(BooleanArray::from(vec![true, false, true]))),
    ];
    let text = |t: &str| Some(Scalar::Text(t.to_owned()));
    let range = |name: &str, min, max| Check::Range { column: column(name), min, max };
    let report = run(
        &columns,
        &rules(vec![
            range("i", Some(Scalar::Integer(big)), None),
            range("i", Some(Scalar::Number(4.5)), Some(Scalar::Number(1e300))),
            range("f", Some(Scalar::Integer(big)), None),
            range("d", text("0"), text("12.345")),
            range("d", Some(Scalar::Number(12.341)), None),
            range("day", text("1970-01-02"), text("1970-01-02")),
            range("t", text("1970-01-01T00:00:01Z"), None),
            Check::Set { column: column("b"), values: vec![Scalar::Bool(true)] },
            Check::Set {
                column: column("d"),
                values: vec![Scalar::Number(12.34), Scalar::Integer(7)],
            },
        ]),
    );
    let found: Vec<Vec<u64>> = counts(&report).into_iter().map(|(_, rows)| rows).collect();
    let wanted: [&[u64]; 9] =
        [&[2, 3], &[], &[1, 2, 3], &[2, 3], &[1, 3], &[1, 3], &[1], &[2], &[2, 3]];
    assert_eq!(found, wanted);
}

#[test]
fn text_rules_and_keys() {
    let lots = vec![Some("LOT-1"), Some("lot?"), None, Some("LOT-2"), Some("LOT-1")];
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("lot", Arc::new(StringArray::from(lots))),
        ("n", Arc::new(Int64Array::from(vec![Some(1), None, None, Some(1), Some(1)]))),
    ];
    let lot = column("lot");
    let report = run(
        &columns,
        &rules(vec![
            Check::Regex { column: lot.clone(), pattern: r"^LOT-\d$".to_owned() },
            Check::Set { column: lot.clone(), values: vec![Scalar::Text("LOT-1".to_owned())] },
            Check::Unique { columns: vec![lot] },
            Check::Unique { columns: vec![column("n")] },
            Check::Unique { columns: vec![] },
            Check::RowCount { min: Some(6), max: None },
            Check::RowCount { min: None, max: Some(5) },
        ]),
    );
    assert_eq!(
        counts(&report),
        [
            (1, vec![2]),
            (2, vec![2, 4]),
            (1, vec![5]),
            (3, vec![3, 4, 5]),
            (1, vec![5]),
            (1, vec![]),
            (0, vec![]),
        ]
    );
    let keys: Vec<_> =
        report.results[2..5].iter().map(|r| (r.keys.unwrap(), r.keys_once.unwrap())).collect();
    assert_eq!(keys, [(4, 3), (2, 0), (4, 3)]);
    assert_eq!(hundredths(report.indices.uniqueness), Some(0), "the worst key");
}

#[test]
fn order_rules_follow_each_group() {
    let rows: Vec<(&str, Option<i64>, Option<f64>)> = vec![
        ("A", Some(0), Some(1.0)),
        ("B", Some(0), Some(1.0)),
        ("A", Some(1), Some(1.0)),
        ("A", Some(1), Some(1.0)), // repeats; third of a run
        ("B", Some(9), Some(2.0)), // 9 s later
        ("A", Some(0), None),      // backward
        ("A", Some(2), Some(1.0)), // a new run; 1 s after the latest
        ("A", None, Some(1.0)),
        ("A", Some(3), Some(1.0)), // third again
    ];
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("m", Arc::new(rows.iter().map(|r| Some(r.0)).collect::<StringArray>())),
        (
            "t",
            Arc::new(
                rows.iter()
                    .map(|r| r.1.map(|s| s * 1_000_000))
                    .collect::<TimestampMicrosecondArray>(),
            ),
        ),
        ("x", Arc::new(rows.iter().map(|r| r.2).collect::<Float64Array>())),
    ];
    let (t, x, group) = (column("t"), column("x"), Some(column("m")));
    let report = run(
        &columns,
        &rules(vec![
            Check::Monotonic { column: t.clone(), group: group.clone(), strict: false },
            Check::Monotonic { column: t.clone(), group: group.clone(), strict: true },
            Check::Monotonic { column: t.clone(), group: None, strict: false },
            Check::MaxGap { column: t.clone(), group: group.clone(), micros: 8_999_999 },
            Check::MaxGap { column: t, group: group.clone(), micros: 9_000_000 },
            Check::StuckRun { column: x.clone(), group, rows: 2 },
            Check::StuckRun { column: x, group: None, rows: 3 },
        ]),
    );
    assert_eq!(
        counts(&report),
        [
            (1, vec![6]),
            (2, vec![4, 6]),
            (1, vec![6]),
            (1, vec![5]),
            (0, vec![]),
            (2, vec![4, 9]),
            (1, vec![4]),
        ]
    );
    assert_eq!(report.indices.consistency.unwrap().passed, 8);
    assert_eq!(report.indices.accuracy.unwrap().passed, 7);
    // uniqueness does not apply; validity and consistency do, both below 100.
    assert_eq!(report.indices.integrity, Some(Index { passed: 0, total: 2, hundredths: 0 }));
}

#[test]
fn timeliness_is_the_share_of_records_within_the_delay() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("made", Arc::new(TimestampMicrosecondArray::from(vec![Some(0), Some(0), Some(5), None]))),
        (
            "came",
            Arc::new(TimestampMicrosecondArray::from(vec![Some(60), Some(61), Some(4), Some(1)])),
        ),
    ];
    let delay = Check::Delay { happened: column("made"), arrived: column("came"), micros: 60 };
    let report = run(&columns, &rules(vec![delay]));
    assert_eq!(counts(&report), [(2, vec![2, 3])]);
    assert_eq!(report.indices.timeliness.unwrap().passed, 2);
}

#[test]
fn tolerance_and_severity_decide_what_conforms() {
    let cells: Int64Array = (0..1_000).map(|row| (row > 2).then_some(row)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![("x", Arc::new(cells))];
    let with = |severity, tolerance_bp| {
        let mut set = rules(vec![Check::NotNull { column: column("x") }]);
        set.rules[0].severity = severity;
        set.rules[0].tolerance_bp = tolerance_bp;
        let report = run(&columns, &set);
        (report.conforms, report.errors, report.warnings)
    };
    assert_eq!(with(Severity::Error, 29), (false, 1, 0));
    assert_eq!(with(Severity::Error, 30), (true, 0, 0));
    assert_eq!(with(Severity::Warning, 0), (true, 0, 1));
}

#[test]
fn a_rule_may_feed_another_record_index() {
    let mut set =
        rules(vec![Check::Range { column: column("x"), min: Some(Scalar::Integer(1)), max: None }]);
    set.rules[0].dimension = Some(Dimension::Accuracy);
    let report = run(&[("x", Arc::new(Int64Array::from(vec![0, 1])))], &set);
    assert_eq!((report.indices.validity, hundredths(report.indices.accuracy)), (None, Some(5_000)));
    set.rules[0].dimension = Some(Dimension::Completeness);
    assert_eq!(set.rules[0].dimension(), Some(Dimension::Validity), "not a record index");
}

#[test]
fn rules_that_do_not_fit_are_named() {
    let file = file(
        &[
            ("s", Arc::new(StringArray::from(vec!["a"]))),
            ("i", Arc::new(Int64Array::from(vec![1]))),
        ],
        Layout::PLAIN,
    );
    let code = |set: RuleSet| match assess(
        file.path(),
        &dictionary(&[]),
        &set,
        &Limits::default(),
        &Silent,
    ) {
        Err(Fault::Input(fault)) => (fault.code, fault.column.unwrap_or_default()),
        other => panic!("{other:?}"),
    };
    let of = |check| code(rules(vec![check]));
    let s = || column("s");
    let named = |code: &str, column: &str| (code.to_owned(), column.to_owned());
    assert_eq!(of(Check::NotNull { column: column("none") }), named("column-missing", "none"));
    assert_eq!(
        of(Check::Range { column: s(), min: None, max: None }),
        named("rule-type-mismatch", "s")
    );
    assert_eq!(
        of(Check::Regex { column: s(), pattern: "(".to_owned() }),
        named("rule-pattern", "s")
    );
    assert_eq!(
        of(Check::Regex { column: s(), pattern: "(a{9999}){9999}".to_owned() }),
        named("rule-pattern", "s")
    );
    assert_eq!(
        of(Check::Set { column: column("i"), values: vec![Scalar::Text("x".to_owned())] }),
        named("rule-bound", "i")
    );
    assert_eq!(
        of(Check::MaxGap { column: column("i"), group: None, micros: 1 }),
        named("rule-type-mismatch", "i")
    );
    let mut twice = rules(vec![Check::RowCount { min: None, max: None }; 2]);
    twice.rules[1].id = "0".to_owned();
    assert_eq!(code(twice), named("rule-id-repeated", ""));
}

#[test]
fn rules_survive_json() {
    let text = r#"{"format":1,"rules":[
        {"id":"a","check":{"kind":"range","column":"x","min":0,"max":20.5},"tolerance_bp":10},
        {"id":"b","check":{"kind":"monotonic","column":"t","group":"m"},"severity":"warning"}]}"#;
    let set: RuleSet = serde_json::from_str(text).unwrap();
    assert_eq!(set.weights, Weights::default());
    assert_eq!(set.grades, RuleSet::default_grades());
    let again: RuleSet = serde_json::from_str(&serde_json::to_string(&set).unwrap()).unwrap();
    assert_eq!(again, set);
    let Check::Range { min, max, .. } = &set.rules[0].check else { panic!() };
    assert_eq!((min, max), (&Some(Scalar::Integer(0)), &Some(Scalar::Number(20.5))));
}

fn suggested(
    columns: &[(&str, ArrayRef)],
    roles: &[(&str, ValueType, Role)],
) -> (RuleSet, Assessment) {
    let file = file(columns, Layout::PLAIN);
    let mut declared = dictionary(roles);
    declared.columns.iter_mut().for_each(|column| column.nullable = false);
    let limits = limits(2);
    let found = profile(file.path(), &declared, &limits, &Silent).unwrap();
    let set = suggest(&found, &declared);
    let assessment = assess(file.path(), &declared, &set, &limits, &Silent).unwrap();
    (set, assessment)
}

#[test]
fn a_suggestion_holds_for_clean_data() {
    let second = 1_000_000_i64;
    let rows = 0..400_i64;
    let machines: StringArray =
        rows.clone().map(|row| Some(["M1", "M2"][row as usize % 2])).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "t",
            Arc::new(
                rows.clone()
                    .map(|row| Some(row / 2 * second))
                    .collect::<TimestampMicrosecondArray>(),
            ),
        ),
        ("m", Arc::new(machines)),
        (
            "x",
            Arc::new(
                rows.clone().map(|row| Some((row as f64 / 9.0).sin())).collect::<Float64Array>(),
            ),
        ),
        ("n", Arc::new(rows.map(Some).collect::<Int64Array>())),
    ];
    let (set, found) = suggested(
        &columns,
        &[("t", ValueType::Timestamp, Role::Time), ("m", ValueType::Text, Role::Machine)],
    );
    let ids: Vec<&str> = set.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "row_count",
            "not_null.t",
            "not_null.m",
            "set.m",
            "not_null.x",
            "range.x",
            "not_null.n",
            "range.n",
            "monotonic.t",
            "max_gap.t",
            "unique.m.t",
        ]
    );
    assert!(found.report.results.iter().all(|result| result.passed), "{:?}", found.report.results);
    assert_eq!(found.report.overall, Some(10_000));
    assert_eq!(found.report.grade.as_deref(), Some("A"));
    assert!(found.report.conforms && found.report.listable);
}

#[test]
fn a_suggestion_without_any_key_compares_whole_rows() {
    let (set, found) = suggested(&[("x", Arc::new(Float64Array::from(vec![1.0, 1.0, 2.0])))], &[]);
    assert_eq!(set.rules.last().unwrap().id, "unique.row");
    assert_eq!(found.report.results.last().unwrap().violations, 1);
}

#[test]
fn a_wide_table_is_judged_as_a_narrow_one() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", Arc::new(Int64Array::from_iter_values((0..300).map(|i| i % 7)))),
        ("b", Arc::new(Float64Array::from_iter_values((0..300).map(f64::from)))),
    ];
    let file = file(&columns, Layout { group_rows: 100, ..Layout::PLAIN });
    let set = rules(vec![
        Check::Range { column: column("b"), min: None, max: Some(Scalar::Integer(250)) },
        Check::Unique { columns: vec![] },
        Check::Unique { columns: vec![column("a")] },
    ]);
    let of =
        |limits: Limits| assess(file.path(), &dictionary(&[]), &set, &limits, &Silent).unwrap();
    assert_eq!(of(limits(2)), of(Limits { memory_bytes_max: 1_000, ..limits(2) }));
}

#[test]
fn a_count_is_needed_for_every_rule() {
    let set = rules(vec![Check::RowCount { min: None, max: None }]);
    assert!(matches!(judge(&Observed::default(), &set), Err(Fault::Bug(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn validity_agrees_with_the_oracle(
        rows in prop::collection::vec((prop::option::of(-9_i64..9), prop::option::of(-9.0..9.0_f64)), 1..200),
        group_rows in 1_usize..90, low in -9_i64..9, high in -9_i64..9,
    ) {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("i", Arc::new(rows.iter().map(|r| r.0).collect::<Int64Array>())),
            ("f", Arc::new(rows.iter().map(|r| r.1).collect::<Float64Array>())),
        ];
        let range = |name: &str| Check::Range {
            column: column(name), min: Some(Scalar::Integer(low)), max: Some(Scalar::Integer(high)),
        };
        let set = rules(vec![range("i"), range("f"), Check::Monotonic { column: column("i"), group: None, strict: false }]);
        let file = file(&columns, Layout { group_rows, ..Layout::PLAIN });
        let found = assess(file.path(), &dictionary(&[]), &set, &limits(3), &Silent).unwrap().report;
        let mut before = i64::MIN;
        let mut failed = [0_u64; 4];
        for (i, f) in &rows {
            let bad_i = i.is_some_and(|i| i < low || i > high);
            let bad_f = f.is_some_and(|f| f < low as f64 || f > high as f64);
            let back = i.is_some_and(|i| i < before);
            before = i.unwrap_or(before);
            for (count, bad) in failed.iter_mut().zip([bad_i, bad_f, back, bad_i || bad_f || back]) {
                *count += u64::from(bad);
            }
        }
        let got: Vec<u64> = found.results.iter().map(|r| r.violations).collect();
        prop_assert_eq!(&got[..], &failed[..3]);
        prop_assert_eq!(found.indices.validity.unwrap().passed, rows.len() as u64 - failed[3]);
    }
}
