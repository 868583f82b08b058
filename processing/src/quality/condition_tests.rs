//! Conditions and queries, against a look at every row.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use proptest::prelude::*;
use schema::data::quality::{Check, RuleResult};

use super::check_tests::{Columns, floats, instants, run_in, table, texts};
use super::tests::rules;
use super::{Context, assess_in};
use crate::error::Fault;
use crate::profile::testing::{Layout, dictionary, file, limits};
use crate::progress::Silent;

fn expression(expr: &str, null_passes: bool) -> Check {
    Check::Expression { expr: expr.to_owned(), null_passes }
}

fn one(columns: &Columns<'_>, check: Check) -> RuleResult {
    run_in(&Context::default(), columns, &rules(vec![check])).results.remove(0)
}

fn rows(columns: &Columns<'_>, expr: &str) -> Vec<u64> {
    one(columns, expression(expr, true)).rows
}

#[test]
fn conditions_hold_for_rows_of_every_type() {
    let big = (1_i64 << 53) + 1;
    let decimals = Decimal128Array::from(vec![Some(150), None, Some(250)]);
    let columns: Columns<'_> = vec![
        ("t_start", instants(&[Some(0), Some(5), Some(-9)])),
        ("t_end", instants(&[Some(1), Some(4), Some(-9)])),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), Some(true), None]))),
        ("ng", Arc::new(Int64Array::from(vec![0, 1, 0]))),
        ("n", Arc::new(Int64Array::from(vec![big, big - 1, 3]))),
        ("d", Arc::new(decimals.with_precision_and_scale(9, 2).unwrap())),
        ("온도(℃)", floats(&[Some(20.0), Some(f64::NAN), Some(-0.0)])),
        ("판정", texts(&[Some("OK"), Some("NG"), None])),
        ("day", Arc::new(Date32Array::from(vec![Some(-1), Some(0), None]))),
    ];
    assert_eq!(rows(&columns, "t_end >= t_start AND ok = (ng = 0)"), [2]);
    assert_eq!(rows(&columns, "n > 9007199254740992"), [2, 3], "2^53 + 1 is not 2^53");
    assert_eq!(rows(&columns, "d < 2"), [3]);
    assert_eq!(rows(&columns, "\"온도(℃)\" > 0"), [3], "NaN is missing");
    assert_eq!(rows(&columns, "판정 = 'OK'"), [2]);
    assert_eq!(rows(&columns, "day >= DATE '1970-01-01'"), [1]);
    assert_eq!(rows(&columns, "1 = 0"), [1, 2, 3], "a condition on no column");
    let strict = one(&columns, expression("\"온도(℃)\" >= 0", false));
    assert_eq!(strict.rows, [2]);
    let divided = one(&columns, expression("n / ng > 0", false));
    assert_eq!((divided.rows, divided.details.len()), (vec![1, 3], 1));
    let empty: Columns<'_> = vec![("x", floats(&[]))];
    assert_eq!(one(&empty, expression("x > 0", false)).violations, 0);
}

#[test]
fn conditions_that_do_not_fit_are_refused() {
    let columns: Columns<'_> = vec![("x", floats(&[Some(1.0)]))];
    for (check, code) in [
        (expression("x +", true), "expression-invalid"),
        (expression("y > 0", true), "column-unknown"),
        (expression("x + 1", true), "expression-type"),
        (expression("sum(x) > 0", true), "expression-not-allowed"),
        (Check::Sql { query: "DROP TABLE data".to_owned() }, "query-not-allowed"),
        (Check::Sql { query: "SELECT x FROM other".to_owned() }, "table-unknown"),
    ] {
        let file = file(&columns, Layout::PLAIN);
        let set = rules(vec![check]);
        let context = Context { lines: vec![7], ..Context::default() };
        match assess_in(&context, file.path(), &dictionary(&[]), &set, &limits(1), &Silent) {
            Err(Fault::Input(fault)) => {
                assert_eq!((&fault.code[..], fault.row), (code, Some(7)), "{fault:?}");
                assert!(fault.text.en.contains("line 7"), "{fault:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_a_query_finds_violates() {
    let (_kept, context) = table("products", &vec![("code", texts(&[Some("A")]))]);
    let lots = [Some("L1"), Some("L1"), Some("L2"), None];
    let codes = [Some("A"), Some("B"), Some("B"), Some("A")];
    let columns: Columns<'_> = vec![("lot", texts(&lots)), ("code", texts(&codes))];
    let of = |query: &str| {
        let check = Check::Sql { query: query.to_owned() };
        let result = run_in(&context, &columns, &rules(vec![check])).results.remove(0);
        (result.checked, result.violations, result.passed)
    };
    assert_eq!(of("SELECT lot FROM data GROUP BY lot HAVING count(*) <> 1"), (4, 1, false));
    assert_eq!(of("SELECT count(*) FROM data WHERE lot = 'L1'"), (4, 2, false));
    assert_eq!(of("SELECT lot FROM data WHERE lot = 'L9'"), (4, 0, true));
    let unknown = "SELECT * FROM data WHERE code NOT IN (SELECT code FROM products)";
    assert_eq!(of(unknown), (4, 2, false));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_condition_is_what_it_says_for_every_row(
        cells in prop::collection::vec((
            prop_oneof![4 => (-3_i64..3).prop_map(Some), 1 => Just(None)],
            prop_oneof![
                4 => (-3_i8..3).prop_map(|v| Some(f64::from(v))), 1 => Just(None),
                1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, -0.0]).prop_map(Some),
            ],
        ), 0..30),
        null_passes in any::<bool>(),
    ) {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("i", Arc::new(cells.iter().map(|c| c.0).collect::<Int64Array>())),
            ("f", Arc::new(cells.iter().map(|c| c.1).collect::<Float64Array>())),
            ("s", Arc::new(cells.iter().map(|_| None::<&str>).collect::<StringArray>())),
            ("t", Arc::new(cells.iter().map(|c| c.0).collect::<TimestampMicrosecondArray>())),
        ];
        let wanted: Vec<u64> = (1..).zip(&cells).filter(|(_, (i, f))| {
            match (i, f.filter(|f| !f.is_nan())) {
                (Some(i), Some(f)) => f > *i as f64,
                _ => !null_passes,
            }
        }).map(|(row, _)| row).collect();
        let found = one(&columns, expression("f <= i", null_passes));
        prop_assert_eq!(found.violations, wanted.len() as u64);
        prop_assert_eq!(&found.rows[..], &wanted[..wanted.len().min(5)]);
    }
}
