//! What is told when an expression does not fit or a row cannot be evaluated.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;

use super::Expr;
use crate::error::Fault;
use crate::near::{hint, near};
use crate::pipeline::file::value_type_of;

/// An expression that is no condition where one is needed.
pub(super) fn no_condition(expr: &Expr) -> Fault {
    let is = value_type_of(&expr.data_type).xs();
    Fault::input(
        "expression-type",
        format!(
            "조건식이어야 하는데 값의 형식이 {is}입니다. `온도 > 20`처럼 참·거짓인 식을 쓰십시오."
        ),
        format!("a condition is needed, but the value is {is}; write one like `temp > 20`"),
    )
}

/// An expression beyond a bound.
pub(super) fn too_large(code: &str, ko: &str, en: &str) -> Fault {
    Fault::input(
        code,
        format!("식이 너무 큽니다: {ko}"),
        format!("the expression is too large: {en}"),
    )
}

/// Something that an expression may not do.
pub(super) fn not_allowed(what: &str, ko: &str, en: &str) -> Fault {
    Fault::input(
        "expression-not-allowed",
        format!("식에 {what}을(를) 쓸 수 없습니다: {ko}"),
        format!("{what} is not allowed in an expression: {en}"),
    )
}

/// A name that is no column.
pub(super) fn no_column(name: &str, schema: &SchemaRef) -> Fault {
    let (ko, en) = hint(&near(name, schema.fields().iter().map(|field| field.name().as_str())));
    Fault::input(
        "column-unknown",
        format!("열 ‘{name}’이(가) 없습니다.{ko} 글자 값은 작은따옴표로 쓰십시오: '{name}'."),
        format!("there is no column “{name}”{en}; a text value stands in single quotes: '{name}'"),
    )
    .at_column(name)
}

/// A name with a point outside double quotes.
pub(super) fn pointed_name(name: &str, schema: &SchemaRef) -> Fault {
    if schema.field_with_name(name).is_err() {
        return no_column(name, schema);
    }
    Fault::input(
        "column-unknown",
        format!("이름에 점이 있는 열은 큰따옴표로 쓰십시오: \"{name}\"."),
        format!("a column whose name has a point stands in double quotes: \"{name}\""),
    )
    .at_column(name)
}

/// A name that is no function.
pub(super) fn no_function(name: &str) -> Fault {
    let names = super::functions::NAMES.iter().map(String::as_str);
    let (ko, en) = hint(&near(name, names));
    Fault::input(
        "function-unknown",
        format!("함수 {name}을(를) 쓸 수 없습니다.{ko}"),
        format!("there is no function {name}{en}"),
    )
}

/// What DataFusion refused while the expression was fitted to columns of some types.
pub(super) fn unfit(error: &DataFusionError, used: &SchemaRef) -> Fault {
    let error = error.find_root();
    let reason = reason(error);
    match error {
        DataFusionError::SQL(inner, _)
            if matches!(**inner, ParserError::RecursionLimitExceeded) =>
        {
            too_large("expression-too-deep", "괄호를 줄이십시오", "use fewer nested brackets")
        }
        DataFusionError::SQL(_, _) => Fault::input(
            "expression-invalid",
            format!("식을 읽을 수 없습니다: {reason}"),
            format!("the expression cannot be read: {reason}"),
        ),
        DataFusionError::ArrowError(_, _) => Fault::input(
            "expression-value",
            format!("식에 쓴 값이 잘못되었습니다: {reason}"),
            format!("a value in the expression is wrong: {reason}"),
        ),
        _ => {
            let types: Vec<String> = used
                .fields()
                .iter()
                .map(|f| format!("{} {}", f.name(), kind(f.data_type())))
                .collect();
            let types = if types.is_empty() { "-".to_owned() } else { types.join(", ") };
            Fault::input(
                "expression-type",
                format!("식의 형식이 맞지 않습니다: {reason} (쓴 열: {types})"),
                format!("the types of the expression do not fit: {reason} (columns used: {types})"),
            )
        }
    }
}

/// A query that is not SQL.
pub(super) fn unread(error: &DataFusionError) -> Fault {
    let reason = reason(error.find_root());
    Fault::input(
        "query-invalid",
        format!("SQL을 읽을 수 없습니다: {reason}"),
        format!("the SQL cannot be read: {reason}"),
    )
}

/// What DataFusion refused of a query over tables with columns of some names, or why it failed.
pub(super) fn unasked(error: &DataFusionError, tables: &[SchemaRef]) -> Fault {
    let root = error.find_root();
    let reason = reason(root);
    if let DataFusionError::SchemaError(inner, _) = root
        && let SchemaError::FieldNotFound { field, .. } = inner.as_ref()
    {
        let fields = tables.iter().flat_map(|table| table.fields().iter().cloned());
        return no_column(field.name(), &Arc::new(Schema::new(fields.collect::<Vec<_>>())));
    }
    if let Some(name) = reason.strip_prefix("table '").and_then(|rest| rest.split('\'').next()) {
        let name = name.strip_prefix("datafusion.public.").unwrap_or(name);
        return Fault::input(
            "table-unknown",
            format!("표 ‘{name}’이(가) 없습니다."),
            format!("there is no table “{name}”"),
        );
    }
    if let Some(pairs) = reason.strip_prefix(super::query::TOO_MANY_PAIRS) {
        return too_large(
            "query-too-large",
            &format!(
                "같은 값으로 잇지 않은 결합이 행 쌍{pairs}개를 비교합니다. `=` 조건으로 이으십시오"
            ),
            &format!("a join without an equality compares{pairs} pairs of rows; join with `=`"),
        );
    }
    match root {
        DataFusionError::ResourcesExhausted(_) => Fault::input(
            "memory-limit",
            format!("질의에 메모리가 모자랍니다: {reason}"),
            format!("the query needs more memory than allowed: {reason}"),
        ),
        DataFusionError::IoError(_) => Fault::Transient(reason),
        DataFusionError::Plan(_)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::SchemaError(_, _) => Fault::input(
            "query-type",
            format!("질의가 맞지 않습니다: {reason}"),
            format!("the query does not fit: {reason}"),
        ),
        _ => Fault::input(
            "query-failed",
            format!("질의를 계산할 수 없습니다: {reason}"),
            format!("the query cannot be computed: {reason}"),
        ),
    }
}

fn kind(data_type: &DataType) -> &'static str {
    value_type_of(data_type).xs()
}

/// A row that cannot be evaluated; rows count from 1.
pub(super) fn failed(error: &DataFusionError, row: u64) -> Fault {
    let error = error.find_root();
    let reason = reason(error);
    let (ko, en) = if reason.contains("ivide by zero") {
        (
            "정수를 0으로 나누었습니다. nullif(나누는 값, 0)을 쓰십시오",
            "an integer is divided by nought; use nullif(divisor, 0)",
        )
    } else if reason.contains("verflow") {
        (
            "결과가 64비트 정수에 들어가지 않습니다. 1.0을 곱해 실수로 계산하십시오",
            "the result does not fit a 64-bit integer; multiply by 1.0 to compute with fractions",
        )
    } else {
        ("식을 계산할 수 없습니다", "the expression cannot be evaluated")
    };
    Fault::input(
        "expression-failed",
        format!("{row}번째 행: {ko} ({reason})"),
        format!("row {row}: {en} ({reason})"),
    )
    .at_row(row)
}

/// The reason as DataFusion words it, without its own preamble, on one line.
fn reason(error: &DataFusionError) -> String {
    let text = match error {
        DataFusionError::SQL(inner, _) => inner.to_string(),
        DataFusionError::ArrowError(inner, _) => inner.to_string(),
        other => other.message().into_owned(),
    };
    let text = text.lines().next().unwrap_or_default();
    let text = text.strip_prefix("sql parser error: ").unwrap_or(text);
    text.chars().take(300).collect()
}
