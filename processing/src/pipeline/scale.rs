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

use super::number::{mean_and_std_of, plain_floats, present, quantile};
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
            columns.push((*index, first, width(self.method, first, second)));
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

/// Two parameters and what they are called.
pub(super) type Parameters = ([&'static str; 2], f64, f64);

/// The parameters of finite values; puts the values in another order.
pub(super) fn parameters(method: ScaleMethod, values: &mut [f64]) -> Option<Parameters> {
    if method == ScaleMethod::Robust {
        let (low, high) = (quantile(values, 0.25)?, quantile(values, 0.75)?);
        return Some((["median", "iqr"], quantile(values, 0.5)?, high - low));
    }
    streamed(method, values.iter().copied())
}

/// The parameters of finite values that can be found value by value.
pub(super) fn streamed(
    method: ScaleMethod,
    values: impl Iterator<Item = f64> + Clone,
) -> Option<Parameters> {
    match method {
        ScaleMethod::MinMax => {
            let min = values.clone().min_by(f64::total_cmp)?;
            let max = values.max_by(f64::total_cmp)?;
            Some((["min", "max"], min, max))
        }
        ScaleMethod::Z => mean_and_std_of(values).map(|(mean, std)| (["mean", "std"], mean, std)),
        ScaleMethod::Robust => None,
    }
}

/// The width that values are divided by.
pub(super) fn width(method: ScaleMethod, first: f64, second: f64) -> f64 {
    if method == ScaleMethod::MinMax { second - first } else { second }
}

/// A value scaled.
#[inline]
pub(super) fn scaled(value: f64, shift: f64, width: f64) -> f64 {
    if width == 0.0 && !value.is_nan() { 0.0 } else { (value - shift) / width }
}

impl Op for Scaling {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        for (index, shift, width) in &self.columns {
            let values = plain_floats(column(batch, *index)?)?;
            self.changed += present(&values);
            let scaled: Float64Array = values.unary(|value| scaled(value, *shift, *width));
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
