//! The step `scale`: (x − shift) / width, with both fitted on the finite values of a column.
//!
//! A column whose width is nought becomes 0 throughout. The parameters go into the lineage, so that
//! others can scale new data alike, or scale back.

use std::sync::Arc;

use arrow::array::{Float64Array, RecordBatch};
use arrow::datatypes::DataType;
use schema::data::column::ValueType;
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::{Scale, ScaleMethod};

use super::number::{mean_and_std, plain_floats, present, quantile};
use super::sample::finite_by_group;
use super::shape::{Shape, column};
use super::step::{Fit, Op, Plan, Ready};
use super::table::Table;
use super::work::Work;
use crate::error::Fault;

struct Unfitted {
    indices: Vec<usize>,
    method: ScaleMethod,
    shape: Shape,
}

struct Scaling {
    /// Column, shift, width.
    columns: Vec<(usize, f64, f64)>,
    shape: Shape,
    changed: u64,
}

pub(super) fn plan(step: &Scale, shape: &Shape) -> Result<Plan, Fault> {
    let indices = shape.numeric(&step.columns)?;
    let after = shape.mapped(|index, mut column, mut data_type| {
        if indices.contains(&index) {
            column.value_type = ValueType::Number;
            column.unit = Some("1".to_owned());
            column.sentinels.clear();
            data_type = DataType::Float64;
        }
        (column, data_type)
    });
    let fit = Unfitted { indices, method: step.method, shape: after.clone() };
    Ok(Plan::Fitted(Box::new(fit), after))
}

impl Fit for Unfitted {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let mut columns = Vec::new();
        let mut fitted = Vec::new();
        for index in &self.indices {
            let mut groups = finite_by_group(table, *index, None, 1, work)?;
            let mut values = groups.pop().unwrap_or_default();
            let Some((names, first, second)) = parameters(self.method, &mut values) else {
                continue;
            };
            for (name, value) in names.into_iter().zip([first, second]) {
                fitted.push(Fitted {
                    column: self.shape.name(*index).to_owned(),
                    group: Vec::new(),
                    name: name.to_owned(),
                    value: FittedValue::Number(value),
                });
            }
            let width = if self.method == ScaleMethod::MinMax { second - first } else { second };
            columns.push((*index, first, width));
        }
        // A column without a finite value keeps its infinities and nulls, as floats.
        for index in &self.indices {
            if !columns.iter().any(|(at, ..)| at == index) {
                columns.push((*index, 0.0, 1.0));
            }
        }
        let op = Scaling { columns, shape: self.shape.clone(), changed: 0 };
        Ok(Ready { fitted, ..Ready::new(op, self.shape) })
    }
}

fn parameters(method: ScaleMethod, values: &mut [f64]) -> Option<([&'static str; 2], f64, f64)> {
    Some(match method {
        ScaleMethod::MinMax => {
            let min = values.iter().copied().min_by(f64::total_cmp)?;
            let max = values.iter().copied().max_by(f64::total_cmp)?;
            (["min", "max"], min, max)
        }
        ScaleMethod::Z => {
            let (mean, std) = mean_and_std(values)?;
            (["mean", "std"], mean, std)
        }
        ScaleMethod::Robust => {
            let (low, high) = (quantile(values, 0.25)?, quantile(values, 0.75)?);
            (["median", "iqr"], quantile(values, 0.5)?, high - low)
        }
    })
}

impl Op for Scaling {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        for (index, shift, width) in &self.columns {
            let values = plain_floats(column(batch, *index)?)?;
            self.changed += present(&values);
            let scaled: Float64Array = values.unary(|value| {
                if *width == 0.0 && !value.is_nan() { 0.0 } else { (value - shift) / width }
            });
            if let Some(slot) = arrays.get_mut(*index) {
                *slot = Arc::new(scaled);
            }
        }
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}
