//! The step `sentinel_to_null`, and values written as text read in the type of a column.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::compute::{CastOptions, cast_with_options, nullif};
use arrow::datatypes::{DataType, Float64Type};
use schema::data::pipeline::{Literal, SentinelToNull};

use super::group::{Encoder, folded};
use super::shape::{Shape, column};
use super::step::{Op, Ready};
use crate::error::Fault;

struct Sentinels {
    columns: Vec<(usize, Values)>,
    shape: Shape,
    changed: u64,
}

/// The sentinels of one column, ready to compare.
struct Values {
    encoder: Encoder,
    rows: Vec<Box<[u8]>>,
}

pub(super) fn plan(step: &SentinelToNull, shape: &Shape) -> Result<Ready, Fault> {
    let mut wanted: Vec<(usize, Vec<Literal>)> = Vec::new();
    for (name, values) in &step.columns {
        wanted.push((shape.index(name)?, values.clone()));
    }
    if step.columns.is_empty() {
        for (index, column) in shape.columns.iter().enumerate() {
            let values = column.sentinels.iter().cloned().map(Literal).collect();
            wanted.push((index, values));
        }
    }
    wanted.retain(|(_, values)| !values.is_empty());
    let mut columns = Vec::with_capacity(wanted.len());
    for (index, values) in &wanted {
        let data_type = shape.data_type(*index);
        let one = shape.chosen(&[*index]);
        let encoder = Encoder::new(vec![0], &one)?;
        let mut rows = Vec::with_capacity(values.len());
        for value in values {
            let array = read(value, &data_type, shape.name(*index))?;
            let batch = one.batch(vec![array], 1)?;
            let encoded = encoder.rows(&batch)?;
            rows.push(encoded.row(0).as_ref().into());
        }
        columns.push((*index, Values { encoder, rows }));
    }
    // What has become null stands for nothing any more.
    let after = shape.mapped(|index, mut column, data_type| {
        if let Some((_, gone)) = wanted.iter().find(|(at, _)| *at == index) {
            column.sentinels.retain(|text| !gone.iter().any(|value| value.0 == *text));
        }
        (column, data_type)
    });
    Ok(Ready::new(Sentinels { columns, shape: after.clone(), changed: 0 }, after))
}

impl Op for Sentinels {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        for (index, values) in &self.columns {
            let array = column(batch, *index)?;
            let one =
                RecordBatch::try_from_iter_with_nullable([("value", Arc::clone(array), true)])
                    .map_err(|error| Fault::Bug(error.to_string()))?;
            let rows = values.encoder.rows(&one)?;
            let hit: BooleanArray = (0..batch.num_rows())
                .map(|n| {
                    let row = rows.row(n);
                    Some(values.rows.iter().any(|value| **value == *row.as_ref()))
                })
                .collect();
            self.changed += hit.true_count() as u64;
            if let Some(slot) = arrays.get_mut(*index) {
                *slot = nullif(array, &hit).map_err(|error| Fault::Bug(error.to_string()))?;
            }
        }
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}

/// An array of one cell: a value in the type of its column.
///
/// # Errors
/// `value-unreadable`.
pub(super) fn read(value: &Literal, to: &DataType, column: &str) -> Result<ArrayRef, Fault> {
    let text: ArrayRef = Arc::new(StringArray::from(vec![value.0.trim()]));
    let options = CastOptions { safe: true, ..CastOptions::default() };
    let as_type = |to: &DataType| cast_with_options(&text, to, &options).ok();
    let read = match to {
        // “9999.0” may stand for a whole number.
        DataType::Int64 => as_type(to).filter(|array| array.is_valid(0)).or_else(|| {
            let float = as_type(&DataType::Float64)?;
            let whole = float.as_primitive::<Float64Type>().value(0).fract() == 0.0;
            cast_with_options(&float, to, &options).ok().filter(|_| whole)
        }),
        DataType::Utf8 => Some(Arc::new(StringArray::from(vec![value.0.as_str()])) as ArrayRef),
        _ => as_type(to).map(|array| folded(&array)),
    };
    read.filter(|array| array.is_valid(0)).ok_or_else(|| {
        let text = &value.0;
        Fault::input(
            "value-unreadable",
            format!("값 ‘{text}’을(를) 열 ‘{column}’의 형식으로 읽을 수 없습니다."),
            format!("the value “{text}” does not fit the type of column “{column}”"),
        )
        .at_column(column)
    })
}
