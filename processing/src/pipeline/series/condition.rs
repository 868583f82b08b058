//! A condition on the rows of a stream; null is not true.

use arrow::array::{Array, AsArray, RecordBatch};

use crate::error::Fault;
use crate::expr::Expr;
use crate::pipeline::shape::Shape;

/// A condition and the rows that it has seen.
pub(crate) struct Condition {
    expr: Expr,
    rows: u64,
}

impl Condition {
    /// Fits the expression `text` to the columns of `shape`.
    ///
    /// # Errors
    /// As [`Expr::predicate`].
    pub(crate) fn new(text: &str, shape: &Shape) -> Result<Self, Fault> {
        let expr = Expr::predicate(text, &shape.schema, shape.reading.utc_offset_min)?;
        Ok(Self { expr, rows: 0 })
    }

    /// Begins with the first row again.
    pub(crate) fn restart(&mut self) {
        self.rows = 0;
    }

    /// Whether it is true for each row of the next batch.
    ///
    /// # Errors
    /// `expression-failed`, with the row.
    pub(crate) fn holds(&mut self, batch: &RecordBatch) -> Result<Vec<bool>, Fault> {
        let values = self.expr.evaluate(batch, self.rows)?;
        self.rows += batch.num_rows() as u64;
        let values = values.as_boolean();
        Ok((0..values.len()).map(|row| values.is_valid(row) && values.value(row)).collect())
    }
}
