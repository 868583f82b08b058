//! Conditions on the columns of a row, in SQL.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch, new_null_array,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, Schema, SchemaRef, TimestampMicrosecondType};

use crate::error::Fault;
use crate::expr::Expr;
use crate::pipeline::file::{ZONE, arrow_type};
use crate::profile::cells::{Cells, Text};
use crate::profile::table::{Kind, Table, TableColumn};

/// A condition fitted to a table.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// Positions of the columns that it needs, ascending; never none.
    pub(crate) columns: Vec<usize>,
    kinds: Vec<Kind>,
    /// The columns needed, as they are stored.
    schema: SchemaRef,
    expr: Expr,
    null_passes: bool,
    offset_min: i16,
}

impl Condition {
    /// Fits a condition to the columns of a table.
    ///
    /// # Errors
    ///
    /// Those of [`Expr::predicate`].
    pub(crate) fn new(
        text: &str,
        null_passes: bool,
        table: &Table,
        offset_min: i16,
    ) -> Result<Self, Fault> {
        let whole = stored(table.columns.iter());
        let mut columns = Expr::predicate(text, &whole, offset_min)?.columns().to_vec();
        if columns.is_empty() && !table.columns.is_empty() {
            // A condition on nothing is asked for every row all the same.
            columns.push(0);
        }
        let schema = stored(columns.iter().map(|at| &table.columns[*at]));
        let expr = Expr::predicate(text, &schema, offset_min)?;
        let kinds = columns.iter().map(|at| table.columns[*at].kind).collect();
        Ok(Self { columns, kinds, schema, expr, null_passes, offset_min })
    }

    /// The rows of a batch that do not meet the condition, and how many could not be evaluated
    /// (such as a division by nought), which is as if a cell were missing.
    ///
    /// # Errors
    ///
    /// [`Fault::Bug`] only.
    pub(crate) fn failing(&self, cells: &[&Cells]) -> Result<(BooleanBuffer, u64), Fault> {
        let bug = |error: arrow::error::ArrowError| Fault::Bug(error.to_string());
        let arrays = cells.iter().zip(&self.kinds).zip(self.schema.fields());
        let local = i64::from(self.offset_min) * 60_000_000;
        let arrays =
            arrays.map(|((cells, kind), field)| array(cells, *kind, field.data_type(), local));
        let arrays = arrays.collect::<Result<Vec<_>, _>>().map_err(bug)?;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(bug)?;
        let (truth, failed) = self.expr.evaluate_or_null(&batch)?;
        let truth = truth.as_boolean();
        let fails = BooleanBuffer::collect_bool(truth.len(), |row| {
            if truth.is_null(row) { !self.null_passes } else { !truth.value(row) }
        });
        Ok((fails, failed))
    }
}

/// The schema of some columns in stored types. A nested column is there by name only.
fn stored<'a>(columns: impl Iterator<Item = &'a TableColumn>) -> SchemaRef {
    let field = |column: &TableColumn| {
        let nested = || DataType::new_list(DataType::Null, true);
        let data_type = arrow_type(column.value_type).unwrap_or_else(nested);
        Field::new(&column.name, data_type, true)
    };
    Arc::new(Schema::new(columns.map(field).collect::<Vec<_>>()))
}

/// Cells as an array of their stored type. Times without a zone are `local` microseconds ahead.
fn array(
    cells: &Cells,
    kind: Kind,
    to: &DataType,
    local: i64,
) -> Result<ArrayRef, arrow::error::ArrowError> {
    Ok(match cells {
        Cells::Whole(values) => match kind {
            Kind::Day => Arc::new(values.unary_opt::<_, Date32Type>(|day| i32::try_from(day).ok())),
            Kind::Instant { utc } => {
                let ahead = if utc { 0 } else { local };
                let micros =
                    values.unary_opt::<_, TimestampMicrosecondType>(|at| at.checked_sub(ahead));
                Arc::new(micros.with_timezone(ZONE))
            }
            _ => Arc::new(Int64Array::clone(values)),
        },
        Cells::Wide(values, nulls) => {
            let DataType::Decimal128(precision, scale) = to else {
                return Ok(new_null_array(to, values.len()));
            };
            let decimals = Decimal128Array::new(values.clone(), nulls.clone());
            Arc::new(decimals.with_precision_and_scale(*precision, *scale)?)
        }
        Cells::Flag(values) => Arc::new(values.clone()),
        Cells::Real(values) => Arc::new(values.clone()),
        Cells::Text(Text::Plain(values)) => Arc::new(values.clone()),
        Cells::Text(Text::Coded(values)) => cast(values, &DataType::Utf8)?,
        Cells::Bytes(values) => Arc::new(values.clone()),
        Cells::Opaque(values) => new_null_array(to, values.len()),
        Cells::Coded(coded) => array(&coded.plain(), kind, to, local)?,
    })
}
