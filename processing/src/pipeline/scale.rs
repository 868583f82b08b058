//! The step `scale`: (x − shift) / width, with both fitted on the finite values of a column.
//!
//! A column whose width is nought becomes 0 throughout. The parameters go into the lineage, so that
//! others can scale new data alike, or scale back.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use schema::data::column::ValueType;
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::{Scale, ScaleMethod};

use super::belong::Belong;
use super::each::{Change, Each, numbers};
use super::group::Groups;
use super::number::{mean_and_std_of, quantile};
use super::sample::Sample;
use super::series::Condition;
use super::shape::Shape;
use super::step::{Fit, Plan, Ready};
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

/// Shift and width of a column.
struct Scaling(f64, f64);

impl Change for Scaling {
    fn of(&self, array: &ArrayRef) -> Result<(ArrayRef, u64), Fault> {
        numbers(array, |value| scaled(value, self.0, self.1))
    }
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
        let mut belong = match self.on {
            Some(on) => Belong::on(on, table, work)?,
            None => Belong::to(Groups::by(&[], &table.shape, work)?, table, work)?,
        };
        for index in &self.indices {
            let sample = Sample::of(table, *index, &mut belong, work)?;
            let (found, others) = fitted_on(self.method, sample)?;
            let Some((names, first, second)) = found else {
                if others {
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
            columns.push((*index, Scaling(first, width(self.method, first, second))));
        }
        // A column without a finite value keeps its infinities and nulls, as floats.
        for index in &self.indices {
            if !columns.iter().any(|(at, _)| at == index) {
                columns.push((*index, Scaling(0.0, 1.0)));
            }
        }
        let op = Each::new(columns, self.shape.clone());
        Ok(Ready { fitted, ..Ready::new(op, self.shape) })
    }
}

/// The parameters of the rows that are fitted on, which are the last group, and whether other rows
/// have a value.
fn fitted_on(method: ScaleMethod, sample: Sample<'_>) -> Result<(Option<Parameters>, bool), Fault> {
    let mut left = match sample {
        Sample::Held(mut groups) => {
            let mut values = groups.pop().unwrap_or_default();
            let others = groups.iter().any(|values| !values.is_empty());
            return Ok((parameters(method, &mut values), others));
        }
        Sample::Left(left) => left,
    };
    let named = |names, found: Vec<Option<(f64, f64)>>| {
        let others = found.iter().rev().skip(1).any(Option::is_some);
        let own = found.last().copied().flatten();
        (own.map(|(first, second)| (names, first, second)), others)
    };
    Ok(match method {
        ScaleMethod::MinMax => named(["min", "max"], left.ends()?),
        ScaleMethod::Z => named(["mean", "std"], left.moments()?),
        ScaleMethod::Robust => {
            let ranked = left.ranked()?;
            let [low, middle, high] = [0.25, 0.5, 0.75].map(|q| ranked.quantiles(q));
            let ends = low?.into_iter().zip(high?).map(|(low, high)| low.zip(high));
            let both = ends.zip(middle?).map(|(ends, middle)| {
                ends.zip(middle).map(|((low, high), middle)| (middle, high - low))
            });
            named(["median", "iqr"], both.collect())
        }
    })
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
