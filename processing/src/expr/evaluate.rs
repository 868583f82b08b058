//! Values for rows: each row as if alone, whole batches at a time where none fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, new_empty_array, new_null_array,
};
use arrow::compute::{CastOptions, cast_with_options, concat};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::error::{DataFusionError, Result};

use super::{Expr, number};
use crate::error::Fault;
use crate::pipeline::file::ZONE;

/// The values of all rows. A row that cannot be evaluated is handed to `failed`; it is null when
/// that does not stop the run.
///
/// A batch that gives values as a whole gives those of its rows alone, for a row alone evaluates a
/// part of what the batch evaluates. A batch that fails is halved until the rows are found.
pub(super) fn rows(
    expr: &Expr,
    arrays: &[ArrayRef],
    rows: usize,
    failed: &mut dyn FnMut(usize, DataFusionError) -> std::result::Result<(), Fault>,
) -> std::result::Result<ArrayRef, Fault> {
    let batch = seen(expr, arrays, rows).map_err(|error| Fault::Bug(error.to_string()))?;
    if let Ok(array) = attempt(expr, &batch) {
        return Ok(array);
    }
    let mut pieces: Vec<ArrayRef> = vec![new_empty_array(&expr.data_type)];
    let mut open = vec![(0, rows)];
    while let Some((start, length)) = open.pop() {
        match attempt(expr, &batch.slice(start, length)) {
            Ok(array) => pieces.push(array),
            // A constant may fail without any row.
            Err(_) if length == 0 => {}
            Err(error) if length == 1 => {
                failed(start, error)?;
                pieces.push(new_null_array(&expr.data_type, 1));
            }
            Err(_) => {
                let half = length / 2;
                open.push((start + half, length - half));
                open.push((start, half));
            }
        }
    }
    let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
    concat(&pieces).map_err(|error| Fault::Bug(error.to_string()))
}

/// The columns as the expression sees them.
fn seen(expr: &Expr, arrays: &[ArrayRef], rows: usize) -> Result<RecordBatch> {
    let columns = arrays
        .iter()
        .zip(expr.seen.fields())
        .map(|(array, field)| match field.data_type() {
            DataType::Float64 => number::tidy(array),
            DataType::Timestamp(_, Some(zone)) => {
                let times = array.as_primitive::<TimestampMicrosecondType>();
                Arc::new(times.clone().with_timezone(Arc::clone(zone)))
            }
            _ => Arc::clone(array),
        })
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(&expr.seen), columns, &options)?)
}

/// The values of a batch in their stored type. Some kernels panic on values at the edge of a type (a
/// date plus a million years); that, too, is a row that cannot be evaluated.
fn attempt(expr: &Expr, batch: &RecordBatch) -> Result<ArrayRef> {
    let evaluated = catch_unwind(AssertUnwindSafe(|| {
        let array = expr.physical.evaluate(batch)?.into_array(batch.num_rows())?;
        stored(&array, &expr.data_type)
    }));
    evaluated.unwrap_or_else(|_| Err(DataFusionError::Execution("out of range".to_owned())))
}

fn stored(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    if let DataType::Timestamp(_, _) = to {
        let times = array.as_primitive::<TimestampMicrosecondType>();
        return Ok(Arc::new(times.clone().with_timezone(ZONE)));
    }
    let options = CastOptions { safe: false, ..CastOptions::default() };
    Ok(cast_with_options(array, to, &options)?)
}
