//! From a text to an [`Expr`]: parsed, checked, typed, made exact, compiled.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::config::Dialect;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SessionState, SessionStateBuilder, SessionStateDefaults};
use datafusion::logical_expr::simplify::ExprSimplifyResult;
use datafusion::logical_expr::{ColumnarValue, Expr as Logical};
use datafusion::optimizer::simplify_expressions::{ExprSimplifier, SimplifyContext};
use datafusion::prelude::SessionConfig;

use super::fault::{too_large, unfit};
use super::{Expr, functions, refuse, rewrite};
use crate::error::Fault;
use crate::pipeline::file::stored_type;

/// Parts below each other in an expression. Planning has a stack of its own; evaluating goes as deep
/// on the stack of whoever evaluates.
pub(super) const DEPTH_MAX: usize = 100;
/// Stack for planning, which recurses over brackets and chains of as many words as [`refuse`] lets
/// through, up to 60 KiB a level without optimisation. Only what is used takes memory.
const STACK_BYTES: usize = 256 << 20;

/// What DataFusion knows when it plans an expression.
static STATE: LazyLock<SessionState> = LazyLock::new(|| {
    SessionStateBuilder::new()
        .with_config(config())
        .with_scalar_functions(functions::allowed())
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .build()
});

/// Names as written, texts as the exchange stores them.
pub(super) fn config() -> SessionConfig {
    let mut config = SessionConfig::new();
    let parser = &mut config.options_mut().sql_parser;
    parser.enable_ident_normalization = false;
    parser.map_string_types_to_utf8view = false;
    config
}

/// Runs planning on a stack that is deep enough for whatever [`refuse::size`] lets through.
///
/// # Errors
/// Those of `work`; [`Fault::Transient`] when no thread can be had.
pub(super) fn deep<T: Send>(work: impl FnOnce() -> Result<T, Fault> + Send) -> Result<T, Fault> {
    std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work)?;
        thread.join().map_err(|_| Fault::Bug("planning an expression panicked".to_owned()))?
    })
}

/// Fits `text` to the columns of `schema`.
pub(super) fn plan(text: &str, schema: &SchemaRef, offset_min: i16) -> Result<Expr, Fault> {
    refuse::size(text)?;
    deep(|| planned(text, schema, offset_min))
}

fn planned(text: &str, schema: &SchemaRef, offset_min: i16) -> Result<Expr, Fault> {
    let nothing = Arc::new(Schema::empty());
    let parsed = STATE.sql_to_expr_with_alias(text, &Dialect::Generic);
    let parsed = parsed.map_err(|error| unfit(&error, &nothing))?;
    if parsed.alias.is_some() {
        return Err(Fault::input(
            "expression-invalid",
            "식에 AS 이름을 붙일 수 없습니다.",
            "an expression takes no AS name",
        ));
    }
    refuse::parts(&parsed.expr, schema)?;
    let time = rewrite::time_in(offset_min);
    let all = seen(schema, (0..schema.fields().len()).collect(), &time);
    let logical = DFSchema::try_from(Arc::clone(&all))
        .and_then(|all| STATE.create_logical_expr_from_sql_expr(parsed, &all))
        .map_err(|error| unfit(&error, &nothing))?;
    shallow(&logical)?;
    let columns = columns(&logical, schema)?;
    let seen = seen(schema, columns.clone(), &time);
    let logical = typed(logical, &seen, &time).map_err(|error| unfit(&error, &seen))?;
    bounded(&logical)?;
    let physical = DFSchema::try_from(Arc::clone(&seen))
        .and_then(|schema| STATE.create_physical_expr(logical, &schema))
        .map_err(|error| unfit(&error, &seen))?;
    let data_type = physical.data_type(&seen).map_err(|error| unfit(&error, &seen))?;
    let data_type = storable(&data_type)?;
    Ok(Expr { columns, seen, physical, data_type })
}

/// The columns at some places as an expression sees them: times in the zone of the file.
fn seen(schema: &SchemaRef, columns: Vec<usize>, time: &DataType) -> SchemaRef {
    let field = |index: usize| {
        let field = schema.fields().get(index)?;
        Some(match field.data_type() {
            DataType::Timestamp(_, _) => Field::new(field.name(), time.clone(), true),
            other => Field::new(field.name(), other.clone(), true),
        })
    };
    Arc::new(Schema::new(columns.into_iter().filter_map(field).collect::<Vec<_>>()))
}

/// Places of the columns used, ascending.
fn columns(expr: &Logical, schema: &SchemaRef) -> Result<Vec<usize>, Fault> {
    let mut places = BTreeSet::new();
    for column in expr.column_refs() {
        let (index, field) = schema
            .column_with_name(column.name())
            .ok_or_else(|| super::fault::no_column(column.name(), schema))?;
        if field.data_type().is_nested() {
            let name = column.name();
            return Err(Fault::input(
                "column-type",
                format!("열 ‘{name}’은(는) 목록이나 구조 형식이라 식에 쓸 수 없습니다."),
                format!("column “{name}” is nested; an expression needs plain columns"),
            )
            .at_column(name));
        }
        places.insert(index);
    }
    Ok(places.into_iter().collect())
}

/// The expression with its types settled, exact, its constants computed.
fn typed(expr: Logical, seen: &SchemaRef, time: &DataType) -> Result<Logical> {
    let schema = DFSchema::try_from(Arc::clone(seen))?;
    let expr = rewrite::zoned(expr, time)?;
    rewrite::no_text_as_number(&expr, &schema)?;
    let expr = rewrite::days_as_times(expr, &schema, time)?;
    let context = SimplifyContext::builder()
        .with_schema(Arc::new(schema.clone()))
        .with_config_options(Arc::clone(STATE.config_options()))
        .build();
    let expr = ExprSimplifier::new(context.clone()).coerce(expr, &schema)?;
    no_local_times(&expr, &schema)?;
    let expr = expr.transform_up(|part| chosen(part, &context))?.data;
    let expr = rewrite::exact(expr, &schema)?;
    expr.transform_up(constant).map(|done| done.data)
}

/// `coalesce` and its like as the CASE that they stand for: DataFusion runs them in no other form.
fn chosen(expr: Logical, context: &SimplifyContext) -> Result<Transformed<Logical>> {
    match expr {
        Logical::ScalarFunction(call) if matches!(call.name(), "coalesce" | "nvl" | "nvl2") => {
            Ok(match call.func.simplify(call.args, context)? {
                ExprSimplifyResult::Simplified(expr) => Transformed::yes(expr),
                ExprSimplifyResult::Original(args) => Transformed::no(call.func.call(args)),
            })
        }
        other => Ok(Transformed::no(other)),
    }
}

/// Times without a zone stand for nothing.
fn no_local_times(expr: &Logical, schema: &DFSchema) -> Result<()> {
    use datafusion::logical_expr::ExprSchemable as _;
    expr.apply(|part| match part.get_type(schema)? {
        DataType::Timestamp(_, None) => {
            Err(DataFusionError::Plan(format!("{part} is a time without a zone")))
        }
        _ => Ok(TreeNodeRecursion::Continue),
    })
    .map(|_| ())
}

/// A part whose arguments are constants, computed; as it is when that fails, for it may never be
/// reached (`CASE WHEN false THEN 1 / 0 END`).
fn constant(expr: Logical) -> Result<Transformed<Logical>> {
    if matches!(expr, Logical::Literal(_, _) | Logical::Column(_)) {
        return Ok(Transformed::no(expr));
    }
    let mut open = false;
    expr.apply_children(|child| {
        open |= !matches!(child, Logical::Literal(_, _));
        Ok(TreeNodeRecursion::Continue)
    })?;
    if open {
        return Ok(Transformed::no(expr));
    }
    let literal_cast = matches!(expr, Logical::Cast(_));
    match computed(&expr) {
        Ok(value) => Ok(Transformed::yes(Logical::Literal(value, None))),
        // A constant that is no time or number is a slip, not a guard.
        Err(error) if literal_cast => Err(error),
        Err(_) => Ok(Transformed::no(expr)),
    }
}

fn computed(expr: &Logical) -> Result<ScalarValue> {
    let physical = STATE.create_physical_expr(expr.clone(), &DFSchema::empty())?;
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options)?;
    match physical.evaluate(&row)? {
        ColumnarValue::Scalar(value) => Ok(value),
        ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0),
    }
}

/// Checks how deep an expression is, without recursion.
fn shallow(expr: &Logical) -> Result<(), Fault> {
    let mut open = vec![(expr, 1)];
    while let Some((part, depth)) = open.pop() {
        if depth > DEPTH_MAX {
            let max = DEPTH_MAX;
            return Err(too_large(
                "expression-too-deep",
                &format!("{max}단계까지입니다. OR로 이은 비교는 IN (…)으로 쓰십시오"),
                &format!("{max} levels are the limit; write comparisons joined by OR as IN (…)"),
            ));
        }
        part.apply_children(|child| {
            open.push((child, depth + 1));
            Ok(TreeNodeRecursion::Continue)
        })
        .map_err(|error| Fault::Bug(error.to_string()))?;
    }
    Ok(())
}

/// Checks that no text is padded beyond measure.
fn bounded(expr: &Logical) -> Result<(), Fault> {
    const WIDTH_MAX: i64 = 4_096;
    let mut wide = false;
    let walked = expr.apply(|part| {
        if let Logical::ScalarFunction(call) = part
            && matches!(call.name(), "lpad" | "rpad")
        {
            let width = match call.args.get(1) {
                Some(Logical::Literal(ScalarValue::Int64(Some(width)), _)) => *width,
                Some(Logical::Literal(ScalarValue::Int32(Some(width)), _)) => i64::from(*width),
                _ => i64::MAX,
            };
            wide |= width > WIDTH_MAX;
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.map_err(|error| Fault::Bug(error.to_string()))?;
    if wide {
        return Err(too_large(
            "expression-too-long",
            "lpad와 rpad의 길이는 4,096 이하의 숫자로 쓰십시오",
            "the width of lpad and rpad is a number up to 4,096",
        ));
    }
    Ok(())
}

/// The type in which a value is stored.
fn storable(data_type: &DataType) -> Result<DataType, Fault> {
    let plain = data_type.is_numeric()
        || data_type.is_string()
        || matches!(
            data_type,
            DataType::Boolean
                | DataType::Date32
                | DataType::Timestamp(TimeUnit::Microsecond, Some(_))
                | DataType::Binary
        );
    if plain {
        return Ok(stored_type(data_type));
    }
    Err(Fault::input(
        "expression-type",
        format!(
            "식의 값 형식 {data_type}은(는) 저장할 수 없습니다. 시간 차이는 date_part('epoch', b - a)로 초를 구하고, NULL에는 CAST(NULL AS DOUBLE)처럼 형식을 주십시오."
        ),
        format!(
            "a value of type {data_type} cannot be stored; take date_part('epoch', b - a) for the seconds between two times, and give NULL a type: CAST(NULL AS DOUBLE)"
        ),
    ))
}
