//! Expressions against an evaluator that looks at one row at a time, on random trees and rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use proptest::prelude::*;

use super::Expr;
use crate::error::Fault;

/// A row: two integers, two floats.
type Row = (Option<i64>, Option<i64>, Option<f64>, Option<f64>);

/// A value of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Int(Option<i64>),
    Float(Option<f64>),
    Truth(Option<bool>),
}

/// The row cannot be evaluated.
#[derive(Debug, PartialEq)]
struct Failed;

/// An expression whose value is a number.
#[derive(Clone, Debug)]
enum Num {
    I,
    J,
    X,
    Y,
    Whole(i64),
    Part(f64),
    Neg(Box<Num>),
    Op(Box<Num>, char, Box<Num>),
    If(Box<Truth>, Box<Num>, Box<Num>),
}

/// An expression that is true, false or unknown.
#[derive(Clone, Debug)]
enum Truth {
    Cmp(Num, &'static str, Num),
    Not(Box<Truth>),
    And(Box<Truth>, Box<Truth>),
    Or(Box<Truth>, Box<Truth>),
    IsNull(Num),
    Between(Num, Num, Num),
}

fn text_of(num: &Num) -> String {
    match num {
        Num::I => "i".to_owned(),
        Num::J => "j".to_owned(),
        Num::X => "x".to_owned(),
        Num::Y => "y".to_owned(),
        Num::Whole(value) => format!("({value})"),
        Num::Part(value) => format!("({value:?})"),
        Num::Neg(inner) => format!("(- {})", text_of(inner)),
        Num::Op(left, op, right) => format!("({} {op} {})", text_of(left), text_of(right)),
        Num::If(when, then, other) => format!(
            "(CASE WHEN {} THEN {} ELSE {} END)",
            truth_text(when),
            text_of(then),
            text_of(other)
        ),
    }
}

fn truth_text(truth: &Truth) -> String {
    match truth {
        Truth::Cmp(left, op, right) => format!("({} {op} {})", text_of(left), text_of(right)),
        Truth::Not(inner) => format!("(NOT {})", truth_text(inner)),
        Truth::And(left, right) => format!("({} AND {})", truth_text(left), truth_text(right)),
        Truth::Or(left, right) => format!("({} OR {})", truth_text(left), truth_text(right)),
        Truth::IsNull(inner) => format!("({} IS NULL)", text_of(inner)),
        Truth::Between(value, low, high) => {
            format!("({} BETWEEN {} AND {})", text_of(value), text_of(low), text_of(high))
        }
    }
}

/// Whether the value is a whole number by type.
fn is_whole(num: &Num) -> bool {
    match num {
        Num::I | Num::J | Num::Whole(_) => true,
        Num::X | Num::Y | Num::Part(_) => false,
        Num::Neg(inner) => is_whole(inner),
        Num::Op(left, _, right) | Num::If(_, left, right) => is_whole(left) && is_whole(right),
    }
}

fn float(value: Value) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "as SQL does when types are mixed")]
        Value::Int(value) => value.map(|value| value as f64),
        Value::Float(value) => value,
        Value::Truth(_) => panic!("no number"),
    }
}

fn number(num: &Num, row: &Row) -> Result<Value, Failed> {
    let kept = |value: Option<f64>| value.filter(|value| !value.is_nan());
    let seen = |value: Option<f64>| kept(value).map(|value| value + 0.0);
    Ok(match num {
        Num::I => Value::Int(row.0),
        Num::J => Value::Int(row.1),
        Num::X => Value::Float(seen(row.2)),
        Num::Y => Value::Float(seen(row.3)),
        Num::Whole(value) => Value::Int(Some(*value)),
        Num::Part(value) => Value::Float(Some(*value)),
        Num::Neg(inner) => match number(inner, row)? {
            Value::Int(value) => {
                Value::Int(value.map(|v| v.checked_neg().ok_or(Failed)).transpose()?)
            }
            other => Value::Float(float(other).map(|value| -value)),
        },
        Num::Op(left, op, right) => {
            let (a, b) = (number(left, row)?, number(right, row)?);
            if let (Value::Int(a), Value::Int(b)) = (a, b) {
                let Some((a, b)) = a.zip(b) else { return Ok(Value::Int(None)) };
                let value = match op {
                    '+' => a.checked_add(b),
                    '-' => a.checked_sub(b),
                    '*' => a.checked_mul(b),
                    _ => a.checked_div(b),
                };
                Value::Int(Some(value.ok_or(Failed)?))
            } else {
                Value::Float(kept(float(a).zip(float(b)).map(|(a, b)| match op {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    _ => a / b,
                })))
            }
        }
        Num::If(when, then, other) => {
            let taken = if truth(when, row)? == Some(true) { then } else { other };
            let value = number(taken, row)?;
            if is_whole(num) { value } else { Value::Float(float(value)) }
        }
    })
}

/// How two numbers lie, by value.
fn order(a: Value, b: Value) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering;
    let to_float = |integer: i64, float: f64| -> Ordering {
        // Both halves of the integer are floats exactly.
        let (high, low) = (integer >> 32 << 32, integer & 0xffff_ffff);
        #[expect(clippy::cast_precision_loss, reason = "exact: 32 significant bits each")]
        let (high, low) = (high as f64, low as f64);
        if !float.is_finite() || float.abs() > 1e19 {
            return 0.0_f64.partial_cmp(&float).unwrap();
        }
        // float − high is exact where it decides (Sterbenz) or far larger than low.
        low.partial_cmp(&(float - high)).unwrap()
    };
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a?.cmp(&b?)),
        (Value::Int(a), Value::Float(b)) => Some(to_float(a?, b?)),
        (Value::Float(a), Value::Int(b)) => Some(to_float(b?, a?).reverse()),
        (Value::Float(a), Value::Float(b)) => a?.partial_cmp(&b?),
        _ => panic!("no numbers"),
    }
}

fn compared(a: Value, op: &str, b: Value) -> Option<bool> {
    order(a, b).map(|order| match op {
        "=" => order.is_eq(),
        "<>" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    })
}

fn truth(expr: &Truth, row: &Row) -> Result<Option<bool>, Failed> {
    Ok(match expr {
        Truth::Cmp(left, op, right) => compared(number(left, row)?, op, number(right, row)?),
        Truth::Not(inner) => truth(inner, row)?.map(|value| !value),
        Truth::And(left, right) => both(left, right, row, false)?,
        Truth::Or(left, right) => both(left, right, row, true)?,
        Truth::IsNull(inner) => {
            Some(matches!(number(inner, row)?, Value::Int(None) | Value::Float(None)))
        }
        Truth::Between(value, low, high) => {
            let above = Truth::Cmp(value.clone(), ">=", low.clone());
            let below = Truth::Cmp(value.clone(), "<=", high.clone());
            both(&above, &below, row, false)?
        }
    })
}

/// AND (`ends` is false) and OR (`ends` is true): the right side only where the left does not decide.
fn both(left: &Truth, right: &Truth, row: &Row, ends: bool) -> Result<Option<bool>, Failed> {
    let first = truth(left, row)?;
    if first == Some(ends) {
        return Ok(first);
    }
    let second = truth(right, row)?;
    if second == Some(ends) {
        return Ok(second);
    }
    Ok(first.and(second))
}

fn numbers() -> impl Strategy<Value = Num> {
    let whole = prop::sample::select(vec![0, 1, -1, 2, 3, 1 << 53, (1 << 53) + 1, i64::MAX]);
    let part = prop::sample::select(vec![0.0, 0.5, 1.0, 2.5, 9_007_199_254_740_992.0, 1e308]);
    let leaf = prop_oneof![
        Just(Num::I),
        Just(Num::J),
        Just(Num::X),
        Just(Num::Y),
        whole.prop_map(Num::Whole),
        part.prop_map(Num::Part),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let compare = (inner.clone(), prop::sample::select(vec!["=", "<", ">="]), inner.clone())
            .prop_map(|(a, op, b)| Truth::Cmp(a, op, b));
        prop_oneof![
            inner.clone().prop_map(|a| Num::Neg(Box::new(a))),
            (inner.clone(), prop::sample::select(vec!['+', '-', '*', '/']), inner.clone())
                .prop_map(|(a, op, b)| Num::Op(Box::new(a), op, Box::new(b))),
            (compare, inner.clone(), inner).prop_map(|(c, a, b)| Num::If(
                Box::new(c),
                Box::new(a),
                Box::new(b)
            )),
        ]
    })
}

fn truths() -> impl Strategy<Value = Truth> {
    let ops = prop::sample::select(vec!["=", "<>", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        4 => (numbers(), ops, numbers()).prop_map(|(a, op, b)| Truth::Cmp(a, op, b)),
        1 => numbers().prop_map(Truth::IsNull),
        1 => (numbers(), numbers(), numbers()).prop_map(|(a, b, c)| Truth::Between(a, b, c)),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| Truth::Not(Box::new(a))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Truth::And(Box::new(a), Box::new(b))),
            (inner.clone(), inner).prop_map(|(a, b)| Truth::Or(Box::new(a), Box::new(b))),
        ]
    })
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let int = || {
        let edge = vec![0, 1, -1, 7, 1 << 53, (1 << 53) + 1, i64::MAX, i64::MIN];
        prop::option::weighted(0.85, prop::sample::select(edge))
    };
    let real = || {
        let edge = vec![
            0.0,
            -0.0,
            0.5,
            -2.5,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            9_007_199_254_740_992.0,
            1e308,
        ];
        prop::option::weighted(0.85, prop::sample::select(edge))
    };
    prop::collection::vec((int(), int(), real(), real()), 0..24)
}

fn batch(rows: &[Row]) -> RecordBatch {
    let ints = |cell: fn(&Row) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(cell).collect::<Int64Array>())
    };
    let floats = |cell: fn(&Row) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(cell).collect::<Float64Array>())
    };
    let columns = [
        ("i", ints(|row| row.0)),
        ("j", ints(|row| row.1)),
        ("x", floats(|row| row.2)),
        ("y", floats(|row| row.3)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
        .unwrap()
}

fn cell(array: &ArrayRef, row: usize) -> Value {
    let there = array.is_valid(row);
    match array.data_type() {
        DataType::Int64 => Value::Int(there.then(|| array.as_primitive::<Int64Type>().value(row))),
        DataType::Float64 => {
            Value::Float(there.then(|| array.as_primitive::<Float64Type>().value(row)))
        }
        DataType::Boolean => Value::Truth(there.then(|| array.as_boolean().value(row))),
        other => panic!("{other}"),
    }
}

/// Checks an expression on rows that are cut into batches of `cut`.
fn check(
    text: &str,
    rows: &[Row],
    cut: usize,
    wanted: impl Fn(&Row) -> Result<Value, Failed>,
) -> Result<(), TestCaseError> {
    let whole = batch(rows);
    let expr = Expr::parse(text, &whole.schema(), 540).unwrap();
    let wanted: Vec<_> = rows.iter().map(wanted).collect();
    let first = wanted.iter().position(Result::is_err);
    let mut start = 0;
    while start < rows.len() {
        let part = whole.slice(start, cut.min(rows.len() - start));
        let here = &wanted[start..start + part.num_rows()];
        let (array, failed) = expr.evaluate_or_null(&part).unwrap();
        prop_assert_eq!(failed, here.iter().filter(|value| value.is_err()).count() as u64);
        for (row, value) in here.iter().enumerate() {
            match value {
                Ok(value) => {
                    prop_assert_eq!(cell(&array, row), *value, "{} {:?}", text, rows[start + row])
                }
                Err(Failed) => prop_assert!(array.is_null(row)),
            }
        }
        match expr.evaluate(&part, start as u64) {
            Ok(again) => prop_assert_eq!(again.as_ref(), array.as_ref()),
            Err(Fault::Input(fault)) => {
                let bad = here.iter().position(Result::is_err).map(|row| (start + row + 1) as u64);
                prop_assert_eq!(fault.row, bad);
                prop_assert!(first.is_some());
            }
            Err(other) => panic!("{other}"),
        }
        start += part.num_rows();
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn numbers_agree_with_a_row_at_a_time(num in numbers(), rows in rows(), cut in 1_usize..26) {
        let tidy = |value| match value {
            Value::Float(value) => Value::Float(value.map(|value| value + 0.0)),
            other => other,
        };
        check(&text_of(&num), &rows, cut, |row| number(&num, row).map(tidy))?;
    }

    #[test]
    fn conditions_agree_with_a_row_at_a_time(expr in truths(), rows in rows(), cut in 1_usize..26) {
        check(&truth_text(&expr), &rows, cut, |row| truth(&expr, row).map(Value::Truth))?;
    }
}
