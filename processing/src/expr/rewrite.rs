//! Makes an expression keep the promises of this module: no NaN anywhere, integers never wrapped,
//! integers and floats compared by value, times in the zone of the file.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    Between, BinaryExpr, Cast, Expr, ExprSchemable, Operator, TryCast, lit,
};

use super::number::{difference_of, is_tidy, order_of, product_of, sum_of, tidy_of};

/// Integers up to here are floats exactly: 2⁵³.
const EXACT: u64 = 1 << 53;

/// The type of a time in the zone so many minutes ahead of UTC.
pub(super) fn time_in(offset_min: i16) -> DataType {
    let (sign, minutes) = (if offset_min < 0 { '-' } else { '+' }, offset_min.unsigned_abs());
    let zone = format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()))
}

/// Before types are settled: every time that is asked for is in the zone of the file, and a range
/// is two comparisons.
pub(super) fn zoned(expr: Expr, time: &DataType) -> Result<Expr> {
    let is_time = |data_type: &DataType| matches!(data_type, DataType::Timestamp(_, _));
    expr.transform_up(|node| {
        Ok(match node {
            Expr::Cast(cast) if is_time(cast.field.data_type()) => {
                Transformed::yes(Expr::Cast(Cast::new(cast.expr, time.clone())))
            }
            Expr::TryCast(cast) if is_time(cast.field.data_type()) => {
                Transformed::yes(Expr::TryCast(TryCast::new(cast.expr, time.clone())))
            }
            Expr::Between(Between { expr, negated, low, high }) => {
                let inside = expr.clone().gt_eq(*low).and(expr.lt_eq(*high));
                Transformed::yes(if negated { !inside } else { inside })
            }
            other => Transformed::no(other),
        })
    })
    .map(|done| done.data)
}

/// A day that is compared with a time is its first instant in the zone of the file.
pub(super) fn days_as_times(expr: Expr, schema: &DFSchema, time: &DataType) -> Result<Expr> {
    let is = |part: &Expr, day: bool| match part.get_type(schema) {
        Ok(DataType::Date32) => day,
        Ok(DataType::Timestamp(_, _)) => !day,
        _ => false,
    };
    let made = |day: Expr| Box::new(Expr::Cast(Cast::new(Box::new(day), time.clone())));
    expr.transform_up(|node| {
        let Expr::BinaryExpr(mut binary) = node else { return Ok(Transformed::no(node)) };
        if is(&binary.left, true) && is(&binary.right, false) {
            binary.left = made(*binary.left);
        } else if is(&binary.left, false) && is(&binary.right, true) {
            binary.right = made(*binary.right);
        } else {
            return Ok(Transformed::no(Expr::BinaryExpr(binary)));
        }
        Ok(Transformed::yes(Expr::BinaryExpr(binary)))
    })
    .map(|done| done.data)
}

/// Refuses to compare text with numbers: as texts, '10' would be below '9'.
///
/// # Errors
/// [`DataFusionError::Plan`].
pub(super) fn no_text_as_number(expr: &Expr, schema: &DFSchema) -> Result<()> {
    let check = |one: &Expr, other: &Expr| {
        let (Ok(a), Ok(b)) = (one.get_type(schema), other.get_type(schema)) else { return Ok(()) };
        if (a.is_string() && b.is_numeric()) || (a.is_numeric() && b.is_string()) {
            let text = format!(
                "a text and a number are compared ({one} and {other}); write CAST(… AS DOUBLE)"
            );
            return Err(DataFusionError::Plan(text));
        }
        Ok(())
    };
    expr.apply(|node| {
        match node {
            Expr::BinaryExpr(binary) if is_order(binary.op) => {
                check(&binary.left, &binary.right)?;
            }
            Expr::InList(list) => {
                for item in &list.list {
                    check(&list.expr, item)?;
                }
            }
            Expr::Case(case) => {
                for (when, _) in &case.when_then_expr {
                    if let Some(subject) = &case.expr {
                        check(subject, when)?;
                    }
                }
            }
            _ => {}
        }
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
    })
    .map(|_| ())
}

/// Once types are settled: the promises about numbers, for a whole expression over tidy columns.
pub(super) fn exact(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    let whole = exact_part(expr, schema, false)?;
    tidied(whole, schema, false)
}

/// The same for an expression of a plan, whose own value a part above tidies; `odd_columns` says
/// that columns may hold NaN.
pub(super) fn exact_part(expr: Expr, schema: &DFSchema, odd_columns: bool) -> Result<Expr> {
    let tidied = |part: Expr| tidied(part, schema, odd_columns);
    expr.transform_up(|node| {
        Ok(match node {
            Expr::BinaryExpr(binary) if is_arithmetic(binary.op) => arithmetic(binary, schema)?,
            Expr::Negative(inner) => match inner.get_type(schema)? {
                t if t.is_integer() => {
                    let zero = Expr::Literal(ScalarValue::new_zero(&t)?, None);
                    Transformed::yes(difference_of(zero, *inner))
                }
                _ => Transformed::no(Expr::Negative(inner)),
            },
            Expr::BinaryExpr(binary) if is_order(binary.op) => {
                let (left, right) = (tidied(*binary.left)?, tidied(*binary.right)?);
                Transformed::yes(comparison(left, binary.op, right, schema)?)
            }
            Expr::Alias(alias) => Transformed::no(Expr::Alias(alias)),
            other => other.map_children(|child| Ok(Transformed::yes(tidied(child)?)))?,
        })
    })
    .map(|done| done.data)
}

fn is_arithmetic(op: Operator) -> bool {
    matches!(
        op,
        Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo
    )
}

fn is_order(op: Operator) -> bool {
    matches!(
        op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
    )
}

fn arithmetic(binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let (left, right) = (binary.left.get_type(schema)?, binary.right.get_type(schema)?);
    if !(left.is_integer() && left == right) {
        return Ok(Transformed::no(Expr::BinaryExpr(binary)));
    }
    let checked = match binary.op {
        Operator::Plus => sum_of,
        Operator::Minus => difference_of,
        Operator::Multiply => product_of,
        // Division is checked as it is.
        _ => return Ok(Transformed::no(Expr::BinaryExpr(binary))),
    };
    Ok(Transformed::yes(checked(*binary.left, *binary.right)))
}

/// A comparison, by value where one side is an integer made a float.
fn comparison(left: Expr, op: Operator, right: Expr, schema: &DFSchema) -> Result<Expr> {
    let zero = || lit(0_i8);
    if let Some(integer) = rounded(&left, schema)? {
        return Ok(binary(order_of(integer, right), op, zero()));
    }
    if let Some(integer) = rounded(&right, schema)? {
        let op = op.swap().unwrap_or(op);
        return Ok(binary(order_of(integer, left), op, zero()));
    }
    Ok(binary(left, op, right))
}

fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}

/// The 64-bit integer under a change to float that may round it.
fn rounded(expr: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
    let Expr::Cast(cast) = expr else { return Ok(None) };
    let small = match cast.expr.as_ref() {
        Expr::Literal(ScalarValue::Int64(Some(value)), _) => value.unsigned_abs() <= EXACT,
        _ => false,
    };
    let rounds = *cast.field.data_type() == DataType::Float64
        && !small
        && cast.expr.get_type(schema)? == DataType::Int64;
    Ok(rounds.then(|| cast.expr.as_ref().clone()))
}

/// A part of an expression without NaN and negative zero.
fn tidied(expr: Expr, schema: &DFSchema, odd_columns: bool) -> Result<Expr> {
    let may_be_odd = match &expr {
        Expr::Literal(ScalarValue::Float64(Some(value)), _) => value.is_nan() || *value == 0.0,
        // Columns are tidied as they come in; a chain of sums and products is tidied at its end.
        Expr::Column(_) => odd_columns,
        Expr::Literal(_, _) | Expr::AggregateFunction(_) | Expr::WindowFunction(_) => false,
        Expr::Cast(cast) => !cast.expr.get_type(schema)?.is_integer(),
        Expr::ScalarFunction(ScalarFunction { func, .. }) => !is_tidy(func),
        _ => true,
    };
    if may_be_odd && expr.get_type(schema)? == DataType::Float64 {
        return Ok(tidy_of(expr));
    }
    Ok(expr)
}
