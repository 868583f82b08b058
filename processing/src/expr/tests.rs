//! Expressions by example.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::Expr;
use super::plan::DEPTH_MAX;
use crate::error::{Fault, InputFault};
use crate::pipeline::file::ZONE;

/// 2024-03-01T08:30:00+09:00.
const MORNING: i64 = 1_709_249_400_000_000;

fn batch() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "i",
            Arc::new(Int64Array::from(vec![Some(7), Some(0), None, Some(9_007_199_254_740_993)])),
        ),
        ("j", Arc::new(Int64Array::from(vec![2, 0, 5, i64::MAX]))),
        ("x", Arc::new(Float64Array::from(vec![Some(2.5), Some(f64::NAN), None, Some(-0.0)]))),
        ("y", Arc::new(Float64Array::from(vec![f64::INFINITY, 0.0, 1e308, -1.0]))),
        ("Label", Arc::new(StringArray::from(vec![Some("OK"), Some("ng"), None, Some("")]))),
        ("b", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true)]))),
        ("온도", Arc::new(Float64Array::from(vec![20.0, 21.5, 19.0, -3.0]))),
        ("사출 압력(bar)", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        ("a.b", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        (
            "t",
            Arc::new(
                TimestampMicrosecondArray::from(vec![
                    Some(MORNING),
                    Some(-1),
                    None,
                    Some(MORNING + 86_400_000_000),
                ])
                .with_timezone(ZONE),
            ),
        ),
        ("d", Arc::new(Date32Array::from(vec![Some(19_783), Some(-1), None, Some(19_784)]))),
        (
            "m",
            Arc::new(
                Decimal128Array::from(vec![Some(1_050), Some(-1), None, Some(0)])
                    .with_precision_and_scale(9, 2)
                    .unwrap(),
            ),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .unwrap()
}

fn parsed(text: &str) -> Result<Expr, Fault> {
    Expr::parse(text, &batch().schema(), 540)
}

/// The values of an expression, split by blanks; null is `-`.
fn values(text: &str) -> String {
    let batch = batch();
    let expr = parsed(text).unwrap();
    let whole = expr.evaluate(&batch, 0).unwrap();
    for row in 0..batch.num_rows() {
        let alone = expr.evaluate(&batch.slice(row, 1), 0).unwrap();
        assert_eq!(&alone, &whole.slice(row, 1), "{text} in row {row}");
    }
    assert_eq!(whole.data_type(), expr.data_type(), "{text}");
    told(&whole)
}

fn told(array: &ArrayRef) -> String {
    let options = FormatOptions::default().with_null("-");
    let text = ArrayFormatter::try_new(array.as_ref(), &options).unwrap();
    (0..array.len()).map(|row| text.value(row).to_string()).collect::<Vec<_>>().join(" ")
}

fn refused(text: &str) -> InputFault {
    match parsed(text) {
        Err(Fault::Input(fault)) => fault,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn names_are_matched_as_written() {
    assert_eq!(values("온도 > 19.5"), "true true false false");
    assert_eq!(values("\"온도\""), "20.0 21.5 19.0 -3.0");
    assert_eq!(values("\"사출 압력(bar)\" * 2"), "2 4 6 8");
    assert_eq!(values("\"a.b\" = 2"), "false true false false");
    assert_eq!(values("LOWER(Label)"), "ok ng - ");
    let fault = refused("label = 'OK'");
    assert_eq!((fault.code.as_str(), fault.column.as_deref()), ("column-unknown", Some("label")));
    assert!(fault.text.en.contains("close names: Label"), "{}", fault.text.en);
    assert!(fault.text.ko.contains("비슷한 이름: Label"), "{}", fault.text.ko);
    let fault = refused("Label = \"OK\"");
    assert_eq!(fault.code, "column-unknown");
    assert!(fault.text.en.contains("'OK'"), "{}", fault.text.en);
    let fault = refused("a.b > 1");
    assert!(fault.text.en.contains("\"a.b\""), "{}", fault.text.en);
    assert_eq!(parsed("온도 > i AND i < 9").unwrap().columns(), [0, 6]);
    assert_eq!(parsed("1 < 2").unwrap().columns(), [0_usize; 0]);
    assert_eq!(values("1 < 2"), "true true true true");
}

#[test]
fn nan_is_missing_and_zero_has_no_sign() {
    assert_eq!(values("x > 1000"), "false - - false");
    assert_eq!(values("x IS NULL"), "false true true false");
    assert_eq!(values("x = 0"), "false - - true");
    assert_eq!(values("x < 0"), "false - - false");
    assert_eq!(values("coalesce(x, -1)"), "2.5 -1.0 -1.0 0.0");
    // No number comes of it within the expression either.
    assert_eq!(values("y - y"), "- 0.0 0.0 0.0");
    assert_eq!(values("asin(y) > -9"), "- true - true");
    assert_eq!(values("(y - y) > -1"), "- true true true");
    assert_eq!(values("CAST('NaN' AS DOUBLE) > 1"), "- - - -");
    assert_eq!(values("CASE WHEN y - y > 5 THEN 1 ELSE 2 END"), "2 2 2 2");
    assert_eq!(values("(0.0 - x) = 0"), "false - - true");
    assert_eq!(values("power(x / x, 0)"), "1.0 - - -");
    // Infinities are values.
    assert_eq!(values("y > 1e300"), "true false true false");
    assert_eq!(values("y * 10 > 1e308"), "true false true false");
    assert_eq!(values("1 / 온도 > 0"), "true true true false");
    assert_eq!(values("온도 / 0.0"), "inf inf inf -inf");
}

#[test]
fn integers_are_exact() {
    assert_eq!(values("i = 9007199254740993"), "false false - true");
    assert_eq!(values("i = 9007199254740992.0"), "false false - false");
    assert_eq!(values("i > 9007199254740992.0"), "false false - true");
    assert_eq!(values("9007199254740992.0 < i"), "false false - true");
    assert_eq!(values("i BETWEEN 0.5 AND 9007199254740992.0"), "true false - false");
    assert_eq!(values("i > x"), "true - - true");
    assert_eq!(values("i / 2"), "3 0 - 4503599627370496");
    assert_eq!(values("i / 2.0 = 3.5"), "true false - false");
    assert_eq!(values("-i"), "-7 0 - -9007199254740993");
    assert_eq!(values("m + 1"), "11.50 0.99 - 1.00");
}

#[test]
fn an_integer_is_never_wrapped_and_the_row_is_named() {
    let fails = |text: &str, row: u64| {
        let expr = parsed(text).unwrap();
        let Err(Fault::Input(fault)) = expr.evaluate(&batch(), 10) else { panic!("{text}") };
        assert_eq!(
            (fault.code.as_str(), fault.row),
            ("expression-failed", Some(10 + row)),
            "{text}"
        );
        let (_, failed) = expr.evaluate_or_null(&batch()).unwrap();
        assert!(failed > 0);
    };
    fails("j + 1", 4);
    fails("j * 2", 4);
    fails("-2 - j", 4);
    fails("i / j", 2);
    fails("i % j", 2);
    fails("1 / 0", 1);
    fails("9223372036854775807 + 1", 1);
    fails("abs(-9223372036854775807 - 1)", 1);
    fails("CAST(Label AS BIGINT)", 1);
    fails("sqrt(온도)", 4);
    let (array, failed) = parsed("i / j").unwrap().evaluate_or_null(&batch()).unwrap();
    assert_eq!((told(&array).as_str(), failed), ("3 - - 0", 1));
}

#[test]
fn a_guard_guards_whatever_the_batch() {
    // Most rows pass the guard, so that the whole batch would divide.
    assert_eq!(values("j <> 0 AND i / j >= 0"), "true false - true");
    assert_eq!(values("j = 0 OR i / j = 3"), "true true - false");
    assert_eq!(values("i / nullif(j, 0)"), "3 - - 0");
    assert_eq!(values("CASE WHEN j = 0 THEN -1 ELSE i / j END"), "3 -1 - 0");
    assert_eq!(values("coalesce(i, 1 / j)"), "7 0 0 9007199254740993");
    assert_eq!(values("CASE WHEN false THEN 1 / 0 ELSE 4 END"), "4 4 4 4");
    assert_eq!(values("TRY_CAST(Label AS BIGINT)"), "- - - -");
}

#[test]
fn unknown_is_neither_true_nor_false() {
    assert_eq!(values("i > 5 OR x > 2"), "true - - true");
    assert_eq!(values("NOT (x > 2)"), "false - - true");
    assert_eq!(values("(x > 2) IS NOT TRUE"), "false true true true");
    assert_eq!(values("x > 2 AND false"), "false false false false");
    assert_eq!(values("Label IN ('OK', '')"), "true false - true");
    assert_eq!(values("Label LIKE 'O%' AND b"), "true false - false");
    assert_eq!(values("Label IS DISTINCT FROM 'OK'"), "false true true true");
    assert_eq!(values("x IS NOT DISTINCT FROM y"), "false false false false");
}

#[test]
fn times_are_instants_and_calendars_are_those_of_the_file() {
    assert_eq!(values("t = '2024-03-01T08:30:00+09:00'"), "true false - false");
    assert_eq!(values("t = '2024-02-29T23:30:00Z'"), "true false - false");
    assert_eq!(values("t = '2024-03-01 08:30:00'"), "true false - false");
    assert_eq!(values("t >= '2024-03-01' AND t < '2024-03-02'"), "true false - false");
    assert_eq!(values("t >= TIMESTAMP '2024-03-01 08:30:00'"), "true false - true");
    assert_eq!(values("t < DATE '2024-03-02'"), "true true - false");
    assert_eq!(values("t >= DATE '2024-03-02'"), "false false - true");
    assert_eq!(values("date_part('hour', t)"), "8 8 - 8");
    assert_eq!(values("extract(day FROM t)"), "1 1 - 2");
    assert_eq!(values("date_part('year', t) = 1970"), "false true - false");
    // Local midnight is 15:00 of the day before in UTC.
    assert_eq!(
        values("date_trunc('day', t)"),
        "2024-02-29T15:00:00Z 1969-12-31T15:00:00Z - 2024-03-01T15:00:00Z"
    );
    assert_eq!(
        values("date_trunc('hour', t)"),
        "2024-02-29T23:00:00Z 1969-12-31T23:00:00Z - 2024-03-01T23:00:00Z"
    );
    assert_eq!(
        values("date_trunc('month', t)"),
        "2024-02-29T15:00:00Z 1969-12-31T15:00:00Z - 2024-02-29T15:00:00Z"
    );
    assert_eq!(
        values("t + INTERVAL '90 minutes'"),
        "2024-03-01T01:00:00Z 1970-01-01T01:29:59.999999Z - 2024-03-02T01:00:00Z"
    );
    assert_eq!(values("CAST(t AS DATE)"), "2024-03-01 1970-01-01 - 2024-03-02");
    assert_eq!(values("to_char(t, '%H:%M')"), "08:30 08:59 - 08:30");
    assert_eq!(
        values("date_part('epoch', t - TIMESTAMP '2024-03-01 08:00:00') = 1800"),
        "true false - false"
    );
    assert_eq!(values("d + INTERVAL '1 day'"), "2024-03-02 1970-01-01 - 2024-03-03");
    assert_eq!(values("CAST(Label AS VARCHAR)"), "OK ng - ");
    assert_eq!(refused("t > '2024-13-01'").code, "expression-value");
    assert_eq!(refused("t > 'yesterday'").code, "expression-value");
    assert_eq!(
        refused("t AT TIME ZONE 'Europe/Berlin' > '2024-01-01'").code,
        "expression-not-allowed"
    );
}

#[test]
fn what_depends_on_more_than_the_row_is_refused() {
    for text in [
        "sum(i) > 1",
        "count(*)",
        "row_number() OVER (ORDER BY i)",
        "lag(i) OVER ()",
        "abs(i) OVER ()",
        "random() < 0.5",
        "now() > t",
        "current_date = d",
        "CURRENT_TIMESTAMP > t",
        "uuid() = Label",
        "i IN (SELECT 1)",
        "EXISTS (SELECT 1)",
        "(SELECT 1) = i",
        "i = ANY (SELECT 1)",
    ] {
        assert_eq!(refused(text).code, "expression-not-allowed", "{text}");
    }
    for text in
        ["repeat(Label, 1000000000)", "version()", "isnan(x)", "arrow_typeof(x)", "my.abs(i)"]
    {
        assert_eq!(refused(text).code, "function-unknown", "{text}");
    }
    let fault = refused("sqr(x)");
    assert!(fault.text.en.contains("close names: sqrt"), "{}", fault.text.en);
}

#[test]
fn what_does_not_fit_is_told() {
    for (text, code) in [
        ("", "expression-invalid"),
        ("  -- nothing", "expression-invalid"),
        ("i >", "expression-invalid"),
        ("i > 1 j", "expression-invalid"),
        ("i AS k", "expression-invalid"),
        ("i > 1; DROP TABLE x", "expression-invalid"),
        ("SELECT 1", "expression-invalid"),
        ("i > 'x", "expression-invalid"),
        ("Label + 1 > TRUE", "expression-type"),
        ("Label > 5", "expression-type"),
        ("i = '7'", "expression-type"),
        ("sqrt(Label, 2)", "expression-type"),
        ("t - t", "expression-type"),
        ("NULL", "expression-type"),
        ("[1, 2]", "expression-type"),
        ("lpad(Label, 1000000000)", "expression-too-long"),
        ("lpad(Label, i)", "expression-too-long"),
    ] {
        let fault = refused(text);
        assert_eq!(fault.code, code, "{text}: {}", fault.text.en);
        assert!(!fault.text.ko.is_empty());
    }
    let Err(Fault::Input(fault)) = Expr::predicate("i + 1", &batch().schema(), 540) else {
        panic!()
    };
    assert_eq!(fault.code, "expression-type");
    let expr = Expr::predicate("i > 1", &batch().schema(), 540).unwrap();
    assert_eq!(expr.data_type(), &DataType::Boolean);
}

#[test]
fn size_and_depth_are_bounded() {
    let chain = |n: usize, op: &str| vec!["i"; n].join(op);
    assert_eq!(refused(&"i".repeat(40_000)).code, "expression-too-long");
    assert_eq!(refused(&chain(3_000, " + ")).code, "expression-too-long");
    assert_eq!(refused(&chain(1_900, " + ")).code, "expression-too-deep");
    for (open, close) in [
        ("(", ")"),
        ("NOT (", ")"),
        ("abs(", ")"),
        ("- ", ""),
        ("CASE WHEN b THEN ", " END"),
        ("[", "]"),
    ] {
        let text = format!("{}i{}", open.repeat(500), close.repeat(500));
        let code = refused(&text).code;
        let unread = open.starts_with("CASE") && code == "expression-invalid";
        assert!(code == "expression-too-deep" || unread, "{open}: {code}");
        // As deep as brackets may be, and wrong inside: still told in no time.
        let text = format!("{}i +{}", open.repeat(12), close.repeat(12));
        assert_eq!(refused(&text).code, "expression-invalid", "{open}");
    }
    // What is let through is evaluated on half the stack that a thread has by default.
    let text = chain(DEPTH_MAX - 1, " * ");
    let alternatives = format!("i = 1{}", " OR i = 2".repeat(DEPTH_MAX - 3));
    let run = move || {
        for text in [text, alternatives] {
            parsed(&text).unwrap().evaluate_or_null(&batch()).unwrap();
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
    let codes: Vec<String> = (0..900).map(|n| format!("'{n}'")).collect();
    assert_eq!(values(&format!("Label IN ({})", codes.join(", "))), "false false - false");
}

#[test]
fn an_empty_batch_and_a_table_of_nulls_have_values() {
    for text in ["i + 1", "x > 2", "1 / 0", "upper(Label)", "date_trunc('day', t)", "1"] {
        let expr = parsed(text).unwrap();
        assert_eq!(expr.evaluate(&batch().slice(0, 0), 0).unwrap().len(), 0, "{text}");
    }
    let nulls = batch().slice(2, 1);
    for text in ["i + 1", "x > 2", "i / 0", "upper(Label)", "date_trunc('day', t)", "-i", "i > x"] {
        let array = parsed(text).unwrap().evaluate(&nulls, 0).unwrap();
        assert_eq!(array.null_count(), 1, "{text}");
    }
}
