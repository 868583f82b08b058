//! The kept rows of an answer as values of JSON.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type, UInt64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::Value;

use crate::error::Fault;

/// Rows as cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// Name and Arrow type of each column.
    pub columns: Vec<(String, String)>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
    /// Bytes of the cells as JSON, roughly.
    pub bytes: usize,
}

/// A column of numbers wide enough for those it holds, so that four kinds are told instead of twelve.
fn widened(array: &dyn Array) -> Result<arrow::array::ArrayRef, Fault> {
    let to = match array.data_type() {
        DataType::Int8 | DataType::Int16 | DataType::Int32 => DataType::Int64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => DataType::UInt64,
        DataType::Float16 => DataType::Float32,
        same => same.clone(),
    };
    arrow::compute::cast(array, &to).map_err(|error| Fault::Bug(error.to_string()))
}

/// A number; what JSON has no number for is told in words.
fn real(value: f64) -> Value {
    serde_json::Number::from_f64(value)
        .map_or_else(|| Value::String(value.to_string()), Value::Number)
}

/// The rows of `batch` until their cells take `bytes_max` bytes.
pub(super) fn cells(batch: &RecordBatch, bytes_max: usize) -> Result<Cells, Fault> {
    let bug = |error: arrow::error::ArrowError| Fault::Bug(error.to_string());
    let schema = batch.schema();
    let columns = schema.fields().iter();
    let columns = columns.map(|f| (f.name().clone(), f.data_type().to_string())).collect();
    let arrays: Vec<_> =
        batch.columns().iter().map(|array| widened(array.as_ref())).collect::<Result<_, _>>()?;
    let options = FormatOptions::new().with_null("").with_display_error(true);
    let texts: Vec<ArrayFormatter<'_>> = arrays
        .iter()
        .map(|array| ArrayFormatter::try_new(array.as_ref(), &options))
        .collect::<Result<_, _>>()
        .map_err(bug)?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for row in 0..batch.num_rows() {
        let mut cells = Vec::with_capacity(arrays.len());
        for (array, text) in arrays.iter().zip(&texts) {
            let cell = match array.data_type() {
                _ if array.is_null(row) => Value::Null,
                DataType::Boolean => array.as_boolean().value(row).into(),
                DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
                DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
                DataType::Float32 => {
                    // By its shortest text, so that 0.1 stays 0.1.
                    let short = text.value(row).to_string();
                    real(short.parse().unwrap_or_else(|_| {
                        f64::from(array.as_primitive::<Float32Type>().value(row))
                    }))
                }
                DataType::Float64 => real(array.as_primitive::<Float64Type>().value(row)),
                _ => Value::String(text.value(row).to_string()),
            };
            bytes += match &cell {
                Value::String(text) => text.len() + 3,
                _ => 9,
            };
            cells.push(cell);
        }
        bytes += 3;
        if bytes > bytes_max {
            break;
        }
        rows.push(cells);
    }
    Ok(Cells { columns, rows, bytes: bytes.min(bytes_max) })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BooleanArray, Decimal128Array, Float32Array, Float64Array, Int8Array,
        StringArray, TimestampMicrosecondArray, UInt64Array,
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_cell_is_told() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("i", Arc::new(Int8Array::from(vec![Some(-1), None]))),
            ("u", Arc::new(UInt64Array::from(vec![u64::MAX, 0]))),
            ("f", Arc::new(Float32Array::from(vec![0.1, f32::INFINITY]))),
            ("d", Arc::new(Float64Array::from(vec![0.1, f64::NAN]))),
            ("b", Arc::new(BooleanArray::from(vec![true, false]))),
            ("s", Arc::new(StringArray::from(vec!["온도", ""]))),
            ("t", Arc::new(TimestampMicrosecondArray::from(vec![0, 1]).with_timezone("+09:00"))),
            (
                "n",
                Arc::new(
                    Decimal128Array::from(vec![125, -5]).with_precision_and_scale(5, 2).unwrap(),
                ),
            ),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let told = cells(&batch, 1_000).unwrap();
        assert_eq!(
            told.rows,
            [
                vec![
                    json!(-1),
                    json!(u64::MAX),
                    json!(0.1),
                    json!(0.1),
                    json!(true),
                    json!("온도"),
                    json!("1970-01-01T09:00:00+09:00"),
                    json!("1.25")
                ],
                vec![
                    json!(null),
                    json!(0),
                    json!("inf"),
                    json!("NaN"),
                    json!(false),
                    json!(""),
                    json!("1970-01-01T09:00:00.000001+09:00"),
                    json!("-0.05")
                ],
            ]
        );
        assert_eq!(told.columns[0], ("i".to_owned(), "Int8".to_owned()));
        let few = cells(&batch, 120).unwrap();
        assert_eq!(few.rows.len(), 1);
        assert!(cells(&batch, 10).unwrap().rows.is_empty());
    }
}
