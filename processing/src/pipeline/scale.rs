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
use super::series::Condition;
use super::shape::{Shape, column, within_memory};
use super::step::{Fit, Op, Plan, Ready};
use super::table::Table;
use super::work::Work;
use crate::error::Fault;

struct Unfitted {
    indices: Vec<usize>,
    method: ScaleMethod,
    /// What must hold of the rows that are fitted on.
    on: Option<Condition>,
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
    let on = step.fit_where.as_deref().map(|text| Condition::new(text, shape)).transpose()?;
    let fit = Unfitted { indices, method: step.method, on, shape: after.clone() };
    Ok(Plan::Fitted(Box::new(fit), after))
}

impl Fit for Unfitted {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let mut columns = Vec::new();
        let mut fitted = Vec::new();
        let on = self.on.map(|on| fitted_on(on, table, work)).transpose()?;
        for index in &self.indices {
            // Rows that are fitted on are the last group.
            let count = if on.is_some() { 2 } else { 1 };
            let mut groups = finite_by_group(table, *index, on.as_deref(), count, work)?;
            let mut values = groups.pop().unwrap_or_default();
            let Some((names, first, second)) = parameters(self.method, &mut values) else {
                if groups.iter().any(|values| !values.is_empty()) {
                    return Err(nothing_to_fit(self.shape.name(*index)));
                }
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

/// For each row, 1 where it is fitted on, else 0.
fn fitted_on(mut on: Condition, table: &Table, work: &Work<'_>) -> Result<Vec<u32>, Fault> {
    let need = usize::try_from(table.rows).unwrap_or(usize::MAX).saturating_mul(4);
    within_memory("척도 맞추기", "fitting a scale", need, work.memory_bytes_max / 4)?;
    let mut rows = Vec::new();
    for batch in table.scan(None, work)? {
        rows.extend(on.holds(&batch?)?.into_iter().map(u32::from));
    }
    Ok(rows)
}

fn nothing_to_fit(name: &str) -> Fault {
    Fault::input(
        "fit-none",
        format!("fit_where에 맞는 행에 열 ‘{name}’의 값이 없습니다."),
        format!("column “{name}” has no value in the rows that fit_where names"),
    )
    .at_column(name)
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
