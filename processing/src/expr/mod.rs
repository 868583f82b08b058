//! Expressions over the columns of a table, in SQL: conditions of filters and rules, derived values.
//!
//! DataFusion parses, types and evaluates. What is added here makes an expression mean the same to
//! every reader and on every run:
//!
//! - **Names** are matched exactly as written. A Korean name needs no quotes; a name with blanks or
//!   signs stands in double quotes (`"온도(℃)" > 20`); text stands in single quotes.
//! - **Missing** means null or NaN: a NaN cell is null to an expression, and a result that is no
//!   number (`0.0 / 0.0`) is null. Otherwise NaN would pass `x > 1000`. −0.0 equals 0.0.
//! - **Integers** are exact: sums and products are checked, never wrapped; an integer is compared
//!   with a fraction by value, beyond 2⁵³ too. `7 / 2` of two integers is 3, as in SQL.
//! - **Times** are instants. Whatever needs a calendar (`date_part`, `date_trunc`, `to_char`, a
//!   literal without offset, a change to a date or text) uses the zone of the file.
//! - **Each row is evaluated as if alone**, from left to right: `b <> 0 AND a / b > 2` never divides
//!   by nought, however rows are cut into batches. A row that cannot be evaluated is a fault that
//!   names it, or null if asked.
//! - **The same always**: no clock, no randomness, no neighbours. Aggregates, windows and subqueries
//!   are refused; [`query`] has them.
//!
//! Deliberately absent: functions of one's own, nested values, local times without a zone.

mod evaluate;
mod fault;
mod functions;
mod number;
mod plan;
pub mod query;
mod refuse;
mod rewrite;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::physical_expr::PhysicalExpr;

use crate::error::Fault;

/// An expression fitted to the columns of a table.
#[derive(Clone, Debug)]
pub struct Expr {
    columns: Vec<usize>,
    /// The columns used, as the expression sees them.
    seen: SchemaRef,
    physical: Arc<dyn PhysicalExpr>,
    data_type: DataType,
}

impl Expr {
    /// Fits the expression `text` to the columns of `schema`, which are of stored types. Times and
    /// dates use the zone `offset_min` minutes ahead of UTC.
    ///
    /// # Errors
    /// `expression-invalid` (not SQL), `expression-too-long`, `expression-too-deep`,
    /// `column-unknown`, `column-type` (nested), `function-unknown`, `expression-not-allowed`
    /// (aggregate, window, subquery, clock, randomness), `expression-type`, `expression-time`
    /// (a text that is no time).
    pub fn parse(text: &str, schema: &SchemaRef, offset_min: i16) -> Result<Self, Fault> {
        plan::plan(text, schema, offset_min)
    }

    /// Fits a condition: an expression that is true, false or null.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and `expression-type` when it is not a condition.
    pub fn predicate(text: &str, schema: &SchemaRef, offset_min: i16) -> Result<Self, Fault> {
        let expr = Self::parse(text, schema, offset_min)?;
        if expr.data_type == DataType::Boolean { Ok(expr) } else { Err(fault::no_condition(&expr)) }
    }

    /// Places of the columns that it needs, ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The stored type of its value.
    pub fn data_type(&self) -> &DataType {
        &self.data_type
    }

    /// Its value for each row of a batch of the whole table; `rows_before` rows of the table came
    /// before, so that faults name the row.
    ///
    /// # Errors
    /// `expression-failed` at the first row that cannot be evaluated: division of an integer by
    /// nought, an integer that does not fit, a text that is no number.
    pub fn evaluate(&self, batch: &RecordBatch, rows_before: u64) -> Result<ArrayRef, Fault> {
        let arrays = self.arrays(batch)?;
        self.evaluate_arrays(&arrays, batch.num_rows(), rows_before)
    }

    /// The same from the arrays of [`columns`](Self::columns) alone, in that order.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate).
    pub fn evaluate_arrays(
        &self,
        arrays: &[ArrayRef],
        rows: usize,
        rows_before: u64,
    ) -> Result<ArrayRef, Fault> {
        evaluate::rows(self, arrays, rows, &mut |row, error| {
            Err(fault::failed(&error, rows_before + row as u64 + 1))
        })
    }

    /// Its value for each row of a batch, null where a row cannot be evaluated; and the number of
    /// such rows.
    ///
    /// # Errors
    /// [`Fault::Bug`] only.
    pub fn evaluate_or_null(&self, batch: &RecordBatch) -> Result<(ArrayRef, u64), Fault> {
        let mut failed = 0;
        let arrays = self.arrays(batch)?;
        let array = evaluate::rows(self, &arrays, batch.num_rows(), &mut |_, _| {
            failed += 1;
            Ok(())
        })?;
        Ok((array, failed))
    }

    fn arrays(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, Fault> {
        let column = |index: &usize| {
            let missing = || Fault::Bug(format!("no column {index} in a batch"));
            batch.columns().get(*index).cloned().ok_or_else(missing)
        };
        self.columns.iter().map(column).collect()
    }
}

/// Names of the functions that an expression may call, aliases left out.
#[cfg(test)]
pub(crate) fn function_names() -> Vec<String> {
    functions::allowed().iter().map(|function| function.name().to_owned()).collect()
}

#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod tests;
