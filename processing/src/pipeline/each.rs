//! Operations on some columns, each on its own, that keep rows and order.

use arrow::array::{ArrayRef, Float64Array, RecordBatch};

use super::number::{plain_floats, present};
use super::shape::{Shape, column};
use super::step::Op;
use crate::error::Fault;

/// What becomes of a column.
pub(super) trait Change {
    /// The column behind the step, and how many of its cells count as changed.
    fn of(&self, array: &ArrayRef) -> Result<(ArrayRef, u64), Fault>;
}

/// Changes some columns.
pub(super) struct Each<C> {
    columns: Vec<(usize, C)>,
    shape: Shape,
    changed: u64,
}

impl<C: Change> Each<C> {
    /// Changes the columns at some places; `shape` is what stands behind.
    pub(super) fn new(columns: Vec<(usize, C)>, shape: Shape) -> Self {
        Self { columns, shape, changed: 0 }
    }
}

impl<C: Change> Op for Each<C> {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        for (index, change) in &self.columns {
            let (array, changed) = change.of(column(batch, *index)?)?;
            self.changed += changed;
            if let Some(slot) = arrays.get_mut(*index) {
                *slot = array;
            }
        }
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}

/// Numbers of which each becomes another; every one that is present counts as changed.
pub(super) fn numbers(array: &ArrayRef, of: impl Fn(f64) -> f64) -> Result<(ArrayRef, u64), Fault> {
    let values = plain_floats(array)?;
    let made: Float64Array = values.unary(of);
    Ok((std::sync::Arc::new(made), present(&values)))
}
