//! Checks over several columns, other tables and the table as a whole, against obvious counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use schema::data::column::{Role, ValueType};
use schema::data::profile::Scalar;
use schema::data::quality::{
    CellType, Check, ExpectedColumn, Measure, Report, RuleResult, RuleSet, Shift,
};
use tempfile::NamedTempFile;

use super::tests::{column, rules};
use super::{Context, Reference, assess_in};
use crate::error::Fault;
use crate::profile::profile;
use crate::profile::testing::{Layout, dictionary, file, limits};
use crate::progress::Silent;

pub(super) type Columns<'a> = Vec<(&'a str, ArrayRef)>;

pub(super) const SECOND: i64 = 1_000_000;

/// The report, which must not depend on layout or threads.
pub(super) fn run_in(context: &Context, columns: &Columns<'_>, rules: &RuleSet) -> Report {
    let of = |group_rows, dictionary, threads| {
        let file = file(columns, Layout { group_rows, dictionary, statistics: true });
        let declared = self::dictionary(&[]);
        assess_in(context, file.path(), &declared, rules, &limits(threads), &Silent).unwrap()
    };
    let found = of(1_000, true, 1);
    for other in [of(3, true, 3), of(7, false, 2)] {
        assert_eq!(found.report, other.report, "neither layout nor threads matter");
        assert_eq!(found.failed, other.failed);
    }
    found.report
}

fn fault_in(context: &Context, columns: &Columns<'_>, check: Check) -> (String, String) {
    let file = file(columns, Layout::PLAIN);
    let set = rules(vec![check]);
    match assess_in(context, file.path(), &dictionary(&[]), &set, &limits(1), &Silent) {
        Err(Fault::Input(fault)) => (fault.code, fault.column.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

fn one(context: &Context, columns: &Columns<'_>, check: Check) -> RuleResult {
    run_in(context, columns, &rules(vec![check])).results.remove(0)
}

fn rows(columns: &Columns<'_>, check: Check) -> (u64, Vec<u64>) {
    let result = one(&Context::default(), columns, check);
    (result.violations, result.rows)
}

pub(super) fn table(name: &str, columns: &Columns<'_>) -> (NamedTempFile, Context) {
    let file = file(columns, Layout { group_rows: 4, dictionary: true, statistics: true });
    let reference = Reference::Table { path: file.path().to_owned(), dictionary: dictionary(&[]) };
    let references = BTreeMap::from([(name.to_owned(), reference)]);
    (file, Context { references, ..Context::default() })
}

pub(super) fn instants(values: &[Option<i64>]) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(values.to_vec()))
}

pub(super) fn floats(values: &[Option<f64>]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

pub(super) fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn types_of_stored_columns_hold_or_not() {
    let decimals = Decimal128Array::from(vec![Some(1_200), Some(1_234), None]);
    let columns: Columns<'_> = vec![
        ("i", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]))),
        ("f", floats(&[Some(1.0), Some(1.5), Some(f64::NAN)])),
        ("d", Arc::new(decimals.with_precision_and_scale(9, 2).unwrap())),
        ("s", texts(&[Some("12"), Some("-"), None])),
        ("b", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("day", Arc::new(Date32Array::from(vec![Some(-1), None, Some(2)]))),
        ("t", instants(&[Some(-1), None, Some(2)])),
    ];
    use CellType::{Boolean, Date, Integer, Number, Text, Timestamp};
    for (name, is, wanted) in [
        ("i", Integer, &[][..]),
        ("i", Number, &[]),
        ("i", Text, &[1, 3]),
        ("f", Number, &[]),
        ("f", Integer, &[2]),
        ("f", Boolean, &[1, 2]),
        ("d", Number, &[]),
        ("d", Integer, &[2]),
        ("s", Text, &[]),
        ("s", Integer, &[2]),
        ("b", Boolean, &[]),
        ("b", Integer, &[1, 3]),
        ("day", Date, &[]),
        ("day", Timestamp, &[1, 3]),
        ("t", Timestamp, &[]),
        ("t", Date, &[1, 3]),
    ] {
        let (count, found) = rows(&columns, Check::Type { column: column(name), is });
        assert_eq!((count, &found[..]), (wanted.len() as u64, wanted), "{name} as {is:?}");
    }
}

#[test]
fn lengths_are_counted_in_characters() {
    let cells = [Some(""), Some("가나다"), Some("abcd"), None, Some("e\u{301}")];
    let columns: Columns<'_> = vec![("s", texts(&cells)), ("n", floats(&[Some(1.0); 5]))];
    let length = |min, max| Check::Length { column: column("s"), min, max };
    assert_eq!(rows(&columns, length(Some(3), Some(3))), (3, vec![1, 3, 5]));
    assert_eq!(rows(&columns, length(Some(1), None)), (1, vec![1]));
    assert_eq!(rows(&columns, length(None, None)), (0, vec![]));
    let unfit = Check::Length { column: column("n"), min: None, max: None };
    let named = ("rule-type-mismatch".to_owned(), "n".to_owned());
    assert_eq!(fault_in(&Context::default(), &columns, unfit), named);
}

#[test]
fn a_foreign_key_is_found_in_the_other_table_or_violates() {
    let big = (1_i64 << 53) + 1;
    let (_kept, context) = table(
        "products",
        &vec![
            ("code", texts(&[Some("A"), Some("B"), None, Some("C")])),
            ("no", Arc::new(Int64Array::from(vec![Some(1), Some(big), Some(3), None]))),
        ],
    );
    let columns: Columns<'_> = vec![
        ("item", texts(&[Some("A"), Some("C"), Some("D"), None, Some("B"), Some("b")])),
        ("no", Arc::new(Int64Array::from(vec![1, 4, 9, 7, big, big - 1]))),
    ];
    let key = |columns: &[&str], theirs: &[&str]| Check::ForeignKey {
        columns: columns.iter().map(|c| column(c)).collect(),
        reference: "products".to_owned(),
        reference_columns: theirs.iter().map(|c| column(c)).collect(),
    };
    let of = |check| {
        let result = one(&context, &columns, check);
        (result.violations, result.rows)
    };
    assert_eq!(of(key(&["item"], &["code"])), (2, vec![3, 6]), "null passes");
    assert_eq!(of(key(&["no"], &[])), (4, vec![2, 3, 4, 6]), "2^53 + 1 is not 2^53");
    // (A, 1) and (B, big) are keys; (C, null) is none; a key with null in it passes.
    assert_eq!(of(key(&["item", "no"], &["code", "no"])), (3, vec![2, 3, 6]));
    let fault = |check| fault_in(&context, &columns, check);
    let named = |code: &str, column: &str| (code.to_owned(), column.to_owned());
    assert_eq!(fault(key(&["item"], &["none"])), named("column-missing", "none"));
    assert_eq!(fault(key(&["item"], &["no"])), named("reference-type-mismatch", "item"));
    assert_eq!(fault(key(&["item", "no"], &["code"])), named("rule-bound", ""));
    assert_eq!(fault(key(&[], &[])), named("rule-bound", ""));
    let other = Check::ForeignKey {
        columns: vec![column("no")],
        reference: "orders".to_owned(),
        reference_columns: vec![],
    };
    assert_eq!(fault(other), named("reference-missing", ""));
}

#[test]
fn a_rate_of_change_is_judged_by_time_and_group() {
    let cells: Vec<(&str, Option<i64>, Option<f64>)> = vec![
        ("A", Some(-SECOND), Some(1.0)),
        ("B", Some(0), Some(50.0)),
        ("A", Some(0), Some(3.0)),            // 2 in a second
        ("A", Some(SECOND), Some(5.1)),       // 2.1 in a second
        ("A", Some(SECOND), Some(99.0)),      // no time between: passed over
        ("A", Some(2 * SECOND), None),        // missing
        ("A", Some(3 * SECOND), Some(9.1)),   // 4 in two seconds
        ("A", Some(2 * SECOND), Some(-9.0)),  // earlier: passed over
        ("A", None, Some(-9.0)),              // no time
        ("B", Some(10 * SECOND), Some(29.0)), // 21 in ten seconds
        ("A", Some(4 * SECOND), Some(f64::INFINITY)),
        ("A", Some(5 * SECOND), Some(f64::NAN)),
        ("A", Some(6 * SECOND), Some(10.0)), // 0.9 in three seconds
    ];
    let columns: Columns<'_> = vec![
        ("m", texts(&cells.iter().map(|c| Some(c.0)).collect::<Vec<_>>())),
        ("t", instants(&cells.iter().map(|c| c.1).collect::<Vec<_>>())),
        ("x", floats(&cells.iter().map(|c| c.2).collect::<Vec<_>>())),
    ];
    let check = |group: Option<&str>| Check::RateOfChange {
        column: column("x"),
        time: column("t"),
        group: group.map(column),
        per_second: 2.0,
    };
    assert_eq!(rows(&columns, check(Some("m"))), (3, vec![4, 10, 11]));
    let ints: Columns<'_> = vec![
        ("t", instants(&[Some(0), Some(SECOND)])),
        ("x", Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX]))),
    ];
    assert_eq!(rows(&ints, check(None)), (1, vec![2]), "the difference does not overflow");
}

#[test]
fn sampling_judges_every_step() {
    let times = [0, 10, 21, 29, 25, 40, 40, 100].map(|t| Some(t * SECOND));
    let columns: Columns<'_> = vec![("t", instants(&times))];
    let check = |within_bp| Check::Sampling {
        column: column("t"),
        group: None,
        micros: 10_000_000,
        within_bp,
    };
    // Steps: 10, 11, 8, (earlier), 11, 0, 60.
    assert_eq!(rows(&columns, check(0)), (5, vec![3, 4, 6, 7, 8]));
    assert_eq!(rows(&columns, check(1_000)), (3, vec![4, 7, 8]));
    assert_eq!(rows(&columns, check(2_000)), (2, vec![7, 8]));
    let days: Columns<'_> =
        vec![("t", Arc::new(Date32Array::from(vec![Some(-2), Some(-1), None, Some(0), Some(2)])))];
    let daily =
        |micros, within_bp| Check::Sampling { column: column("t"), group: None, micros, within_bp };
    assert_eq!(rows(&days, daily(86_400_000_000, 0)), (1, vec![5]));
    assert_eq!(rows(&days, daily(86_399_999_999, 0)), (3, vec![2, 4, 5]), "no step is as long");
    assert_eq!(rows(&days, daily(86_400_000_000, 10_000)), (0, vec![]));
}

#[test]
fn spikes_are_told_by_group_with_infinities_apart() {
    let mut values: Vec<Option<f64>> = (0..40).map(|row| Some(f64::from(row / 2 % 4))).collect();
    values[17] = Some(50.0);
    values[20] = Some(f64::NEG_INFINITY);
    values[25] = None;
    values[30] = Some(f64::NAN);
    let machines: Vec<Option<&str>> = (0..40).map(|row| Some(["A", "B"][row % 2])).collect();
    let columns: Columns<'_> = vec![("x", floats(&values)), ("m", texts(&machines))];
    let check = |floor| Check::Spike {
        column: column("x"),
        group: Some(column("m")),
        window: 7,
        threshold: 3.0,
        floor,
    };
    assert_eq!(rows(&columns, check(2.0)), (2, vec![18, 21]));
    let even =
        Check::Spike { column: column("x"), group: None, window: 4, threshold: 3.0, floor: 0.0 };
    assert_eq!(fault_in(&Context::default(), &columns, even).0, "rule-bound");
}

#[test]
fn freshness_counts_back_from_a_given_time() {
    let columns: Columns<'_> = vec![
        ("t", instants(&[Some(5 * SECOND), None, Some(7 * SECOND)])),
        ("day", Arc::new(Date32Array::from(vec![Some(-3), Some(-1), None]))),
        ("none", instants(&[None, None, None])),
    ];
    // Times of the file have no zone, so they are Korea's: nine hours ahead.
    let korea = 9 * 3_600 * SECOND;
    let context = Context { as_of_us: Some(10 * SECOND - korea), ..Context::default() };
    let check = |name: &str, micros| Check::Freshness { column: column(name), micros };
    let of = |name, micros| {
        let result = one(&context, &columns, check(name, micros));
        (result.violations, result.measured)
    };
    assert_eq!(of("t", 3_000_000), (0, Some(Scalar::Integer(3_000_000))));
    assert_eq!(of("t", 2_999_999), (1, Some(Scalar::Integer(3_000_000))));
    assert_eq!(of("day", 10_000_000), (0, Some(Scalar::Integer(10_000_000))), "a day has its end");
    assert_eq!(of("none", u64::MAX), (1, None));
    let named = ("as-of-missing".to_owned(), "t".to_owned());
    assert_eq!(fault_in(&Context::default(), &columns, check("t", 0)), named);
}

#[test]
fn aggregates_come_from_the_profile() {
    let decimals = Decimal128Array::from(vec![Some(150), Some(250), None, Some(350)]);
    let columns: Columns<'_> = vec![
        ("x", floats(&[Some(1.0), Some(2.0), None, Some(f64::NAN)])),
        ("d", Arc::new(decimals.with_precision_and_scale(9, 2).unwrap())),
        ("none", floats(&[None; 4])),
        ("s", texts(&[Some("a"), Some("b"), Some("a"), None])),
    ];
    let of = |name: &str, measure, min, max| {
        let check = Check::Aggregate { column: column(name), measure, min, max };
        let result = one(&Context::default(), &columns, check);
        let measured = match result.measured {
            Some(Scalar::Number(value)) => Some(value),
            None => None,
            other => panic!("{other:?}"),
        };
        (result.violations, measured)
    };
    assert_eq!(of("x", Measure::Mean, Some(1.5), Some(1.5)), (0, Some(1.5)));
    assert_eq!(of("x", Measure::Mean, Some(1.6), None), (1, Some(1.5)));
    assert_eq!(of("x", Measure::MissingShare, None, Some(0.49)), (1, Some(0.5)));
    assert_eq!(of("x", Measure::Max, None, Some(2.0)), (0, Some(2.0)));
    assert_eq!(of("d", Measure::P50, Some(2.5), Some(2.5)), (0, Some(2.5)));
    assert_eq!(of("d", Measure::Min, Some(1.5), Some(1.5)), (0, Some(1.5)));
    assert_eq!(of("s", Measure::Distinct, Some(2.0), Some(2.0)), (0, Some(2.0)));
    assert_eq!(of("none", Measure::Std, None, None), (1, None), "there is nothing to measure");
    assert_eq!(of("none", Measure::MissingShare, Some(1.0), None), (0, Some(1.0)));
    let unfit =
        Check::Aggregate { column: column("s"), measure: Measure::Mean, min: None, max: None };
    assert_eq!(fault_in(&Context::default(), &columns, unfit).0, "rule-type-mismatch");
}

#[test]
fn a_schema_names_every_difference() {
    let columns: Columns<'_> =
        vec![("a", floats(&[Some(1.0)])), ("b", texts(&[Some("x")])), ("c", texts(&[None]))];
    let wanted =
        |list: &[(&str, Option<CellType>, bool)]| -> Vec<ExpectedColumn> {
            let one = |(name, cell_type, optional): &(&str, Option<CellType>, bool)| {
                ExpectedColumn { name: column(name), cell_type: *cell_type, optional: *optional }
            };
            list.iter().map(one).collect()
        };
    let of = |list: &[(&str, Option<CellType>, bool)], ordered, extra| {
        let check = Check::Schema { columns: wanted(list), ordered, extra };
        let result = one(&Context::default(), &columns, check);
        let details: Vec<String> = result.details.into_iter().map(|text| text.en).collect();
        assert_eq!(result.violations, details.len() as u64);
        (result.checked, details)
    };
    let number = Some(CellType::Number);
    assert_eq!(of(&[("a", number, false), ("b", None, false)], true, true), (2, vec![]));
    assert_eq!(of(&[("a", None, false)], false, false).1.len(), 2, "b and c were not expected");
    assert_eq!(
        of(&[("b", number, false), ("a", None, false), ("z", None, false)], true, true).1,
        ["Column “b” is of another type.", "Column “a” is out of order.", "Column “z” is missing.",]
    );
    assert_eq!(of(&[("z", None, true)], true, true).1, [] as [&str; 0], "optional");
}

#[test]
fn e_unit_a_signal_without_unit_is_named() {
    let columns: Columns<'_> = ["p", "q", "r", "s"].map(|name| (name, floats(&[Some(1.0)]))).into();
    let file = file(&columns, Layout::PLAIN);
    let mut declared = dictionary(&[
        ("p", ValueType::Number, Role::State),
        ("q", ValueType::Number, Role::State),
        ("r", ValueType::Number, Role::Key),
        ("s", ValueType::Number, Role::Input),
    ]);
    declared.columns[0].unit = Some("bar".to_owned());
    declared.columns[3].unit = Some("1".to_owned());
    let of = |check| {
        let set = rules(vec![check]);
        let context = Context::default();
        let found = assess_in(&context, file.path(), &declared, &set, &limits(1), &Silent);
        found.unwrap().report.results.remove(0)
    };
    let all = of(Check::Unit { columns: vec![], unit: None });
    assert_eq!((all.checked, all.violations), (3, 1), "a key needs no unit");
    assert!(all.details[0].en.starts_with("E_UNIT: column “q”"), "{:?}", all.details);
    let convertible = |name: &str| {
        let unit = Some("MPa".to_owned());
        of(Check::Unit { columns: vec![column(name)], unit }).violations
    };
    assert_eq!([convertible("p"), convertible("q"), convertible("s")], [0, 1, 1]);
    let odd = Check::Unit { columns: vec![], unit: Some("barleycorn".to_owned()) };
    assert_eq!(fault_in(&Context::default(), &columns, odd).0, "rule-unit");
}

#[test]
fn a_spread_is_compared_with_a_table_or_a_profile() {
    let before: Vec<Option<f64>> = (0..200).map(|n| Some(f64::from(n % 50) / 10.0)).collect();
    let moved: Vec<Option<f64>> = before.iter().map(|v| v.map(|v| v + 1.0)).collect();
    let flags = |odd: usize| -> ArrayRef {
        Arc::new((0..200).map(|n| Some(n % odd == 0)).collect::<BooleanArray>())
    };
    let kinds = |n: usize| -> ArrayRef {
        Arc::new((0..200).map(|row| Some(["a", "b", "c"][row % n])).collect::<StringArray>())
    };
    let then: Columns<'_> = vec![("x", floats(&before)), ("b", flags(2)), ("s", kinds(2))];
    let now: Columns<'_> = vec![("x", floats(&moved)), ("b", flags(4)), ("s", kinds(3))];
    let (kept, mut context) = table("v1", &then);
    let stored = profile(kept.path(), &dictionary(&[]), &limits(1), &Silent).unwrap();
    context.references.insert("v1-profile".to_owned(), Reference::Profile(Box::new(stored)));
    let check = |name: &str, reference: &str, measure, max| Check::Distribution {
        column: column(name),
        reference: reference.to_owned(),
        reference_column: None,
        measure,
        max,
    };
    for reference in ["v1", "v1-profile"] {
        for measure in [Shift::Psi, Shift::Ks, Shift::ChiSquared, Shift::JensenShannon] {
            for name in ["x", "b", "s"] {
                let same = one(&context, &then, check(name, reference, measure, 0.0));
                assert_eq!(same.violations, 0, "{reference} {measure:?} {name}");
                let other = one(&context, &now, check(name, reference, measure, 0.01));
                assert_eq!(other.violations, 1, "{reference} {measure:?} {name}");
            }
        }
        // A quarter instead of a half is true.
        let flags = one(&context, &now, check("b", reference, Shift::Ks, 1.0));
        assert_eq!(flags.measured, Some(Scalar::Number(0.25)));
    }
    let none: Columns<'_> = vec![("x", floats(&[None; 3]))];
    let nothing = one(&context, &none, check("x", "v1", Shift::Ks, 1.0));
    assert_eq!((nothing.violations, nothing.measured), (1, None));
    let code = |name: &str, reference: &str| {
        fault_in(&context, &now, check(name, reference, Shift::Ks, 0.1)).0
    };
    assert_eq!(code("x", "v2"), "reference-missing");
    let odd = Check::Distribution {
        column: column("x"),
        reference: "v1".to_owned(),
        reference_column: Some(column("s")),
        measure: Shift::Ks,
        max: 0.1,
    };
    assert_eq!(fault_in(&context, &now, odd).0, "rule-type-mismatch");
}

#[test]
fn failing_rows_are_named_with_the_rules_they_break() {
    let columns: Columns<'_> = vec![
        ("x", floats(&[Some(1.0), None, Some(9.0), Some(1.0), Some(9.0)])),
        ("t", instants(&[Some(0), Some(5), Some(4), Some(6), Some(7)])),
    ];
    let set = rules(vec![
        Check::NotNull { column: column("x") },
        Check::Range { column: column("x"), min: None, max: Some(Scalar::Integer(5)) },
        Check::Monotonic { column: column("t"), group: None, strict: false },
        Check::Unique { columns: vec![column("x")] },
        Check::Unique { columns: vec![] },
        Check::RowCount { min: Some(9), max: None },
    ]);
    let of = |max| {
        let context = Context { failed_rows_max: Some(max), ..Context::default() };
        let file = file(&columns, Layout { group_rows: 2, dictionary: true, statistics: true });
        assess_in(&context, file.path(), &dictionary(&[]), &set, &limits(2), &Silent).unwrap()
    };
    let all = of(100);
    let failed = all.failed.unwrap();
    assert_eq!(failed.pairs, [(2, 0), (3, 1), (3, 2), (4, 3), (5, 1), (5, 3)]);
    assert!(!failed.more);
    let plain = run_in(&Context::default(), &columns, &set);
    assert_eq!(all.report, plain, "collecting rows changes no report");
    let some = of(2).failed.unwrap();
    assert_eq!((some.pairs, some.more), (vec![(2, 0), (3, 1)], true));
    let exact = of(6).failed.unwrap();
    assert_eq!((exact.pairs.len(), exact.more), (6, false));
}

#[test]
fn empty_tables_break_nothing_but_what_asks_for_values() {
    let columns: Columns<'_> = vec![("x", floats(&[])), ("t", instants(&[])), ("s", texts(&[]))];
    let (_kept, mut context) = table("r", &vec![("s", texts(&[Some("a")]))]);
    context.as_of_us = Some(0);
    let (x, t) = (column("x"), column("t"));
    let set = rules(vec![
        Check::Type { column: column("s"), is: CellType::Integer },
        Check::ForeignKey {
            columns: vec![column("s")],
            reference: "r".to_owned(),
            reference_columns: vec![],
        },
        Check::Sampling { column: t.clone(), group: None, micros: 1, within_bp: 0 },
        Check::RateOfChange { column: x.clone(), time: t.clone(), group: None, per_second: 0.0 },
        Check::Spike { column: x.clone(), group: None, window: 3, threshold: 0.0, floor: 0.0 },
        Check::Freshness { column: t, micros: 1 },
        Check::Aggregate { column: x, measure: Measure::MissingShare, min: None, max: None },
    ]);
    let report = run_in(&context, &columns, &set);
    let violations: Vec<u64> = report.results.iter().map(|result| result.violations).collect();
    assert_eq!(violations, [0, 0, 0, 0, 0, 1, 1]);
}
