//! The step `outliers`: values beyond bounds found on the column itself, by group if asked. The
//! bounds of the method `hampel` move with the row (`series`).
//!
//! Missing cells are neither inside nor outside; infinite ones are always outside. Where the spread
//! is nought (most values are the same) there are no bounds: a quantised sensor that rarely moves
//! has no outliers by this measure.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Float64Array, RecordBatch};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{filter_record_batch, not, nullif, or};
use arrow::datatypes::DataType;
use schema::data::column::ValueType;
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::{OutlierAction, OutlierMethod, Outliers};

use super::belong::Belong;
use super::file::plain_column;
use super::group::Groups;
use super::number::{as_type, floats, mean_and_std, quantile};
use super::sample::Sample;
use super::shape::Shape;
use super::step::{Fit, Op, Plan, Ready};
use super::table::Table;
use super::work::Work;
use crate::error::Fault;
use crate::limits::Limits;

struct Unfitted {
    step: Outliers,
    indices: Vec<usize>,
    threshold: f64,
    before: Shape,
    after: Shape,
}

/// What lies within is no outlier; nothing but infinities is one without bounds.
pub(super) type Bounds = Option<(f64, f64)>;

struct Bounded {
    /// Column and its bounds by group.
    columns: Vec<(usize, Vec<Bounds>)>,
    groups: Groups,
    action: OutlierAction,
    shape: Shape,
    changed: u64,
}

pub(super) fn plan(step: &Outliers, shape: &Shape, limits: &Limits) -> Result<Plan, Fault> {
    let indices = shape.numeric(&step.columns)?;
    if !step.group.is_empty() {
        shape.indices(&step.group)?;
    }
    if step.method != OutlierMethod::Hampel && step.window_rows.is_some() {
        return Err(Fault::input(
            "outliers-options",
            "window_rows는 method: hampel에만 쓸 수 있습니다.",
            "window_rows belongs to method: hampel",
        ));
    }
    let threshold = threshold(step);
    if !threshold.is_finite() || threshold <= 0.0 {
        return Err(Fault::input(
            "threshold-invalid",
            "threshold는 0보다 큰 수여야 합니다.",
            "threshold must be a number above 0",
        ));
    }
    let mut added = Vec::new();
    if step.action == OutlierAction::Flag {
        for index in &indices {
            let name = format!("{}_outlier", shape.name(*index));
            added.push((plain_column(&name, ValueType::Boolean), DataType::Boolean));
        }
    }
    let after = shape.with(added)?;
    if step.method == OutlierMethod::Hampel {
        return super::series::hampel(step, (indices, threshold), shape, after, limits);
    }
    let (step, before) = (step.clone(), shape.clone());
    let fit = Unfitted { step, indices, threshold, before, after: after.clone() };
    Ok(Plan::Fitted(Box::new(fit), after))
}

/// The width of bounds that a step asks for.
pub(super) fn threshold(step: &Outliers) -> f64 {
    step.threshold.unwrap_or(match step.method {
        OutlierMethod::ZScore | OutlierMethod::Hampel => 3.0,
        OutlierMethod::Mad => 3.5,
        OutlierMethod::Iqr => 1.5,
    })
}

impl Fit for Unfitted {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let groups = Groups::by(&self.step.group, &self.before, work)?;
        let mut belong = Belong::to(groups, table, work)?;
        let mut fitted = Vec::new();
        let mut columns = Vec::new();
        for index in &self.indices {
            let sample = Sample::of(table, *index, &mut belong, work)?;
            let bounds = all_found(self.step.method, self.threshold, sample)?;
            for (number, found) in bounds.iter().enumerate() {
                let Some((lower, upper)) = *found else { continue };
                for (name, value) in [("lower", lower), ("upper", upper)] {
                    fitted.push(Fitted {
                        column: self.before.name(*index).to_owned(),
                        group: belong.label(number),
                        name: name.to_owned(),
                        value: FittedValue::Number(value),
                    });
                }
            }
            columns.push((*index, bounds));
        }
        let groups = belong.into_groups()?;
        let (action, shape) = (self.step.action, self.after.clone());
        let op = Bounded { columns, groups, action, shape, changed: 0 };
        Ok(Ready { fitted, ..Ready::new(op, self.after) })
    }
}

/// The bounds of each group.
fn all_found(
    method: OutlierMethod,
    threshold: f64,
    sample: Sample<'_>,
) -> Result<Vec<Bounds>, Fault> {
    let mut left = match sample {
        Sample::Held(mut groups) => {
            let found = |values: &mut Vec<f64>| found(method, threshold, values);
            return Ok(groups.iter_mut().map(found).collect());
        }
        Sample::Left(left) => left,
    };
    let spreads: Vec<Option<(f64, f64, f64)>> = match method {
        OutlierMethod::ZScore => {
            let spread = |(mean, std)| (mean, mean, std);
            left.moments()?.into_iter().map(|found| found.map(spread)).collect()
        }
        OutlierMethod::Mad => {
            let medians = left.ranked()?.quantiles(0.5)?;
            let apart = left.ranked_around(&medians)?.quantiles(0.5)?;
            let spread = |(median, apart): (f64, f64)| (median, median, apart / 0.6745);
            medians.into_iter().zip(apart).map(|(a, b)| a.zip(b).map(spread)).collect()
        }
        OutlierMethod::Iqr => {
            let ranked = left.ranked()?;
            let spread = |(low, high): (f64, f64)| (low, high, high - low);
            let (low, high) = (ranked.quantiles(0.25)?, ranked.quantiles(0.75)?);
            low.into_iter().zip(high).map(|(a, b)| a.zip(b).map(spread)).collect()
        }
        OutlierMethod::Hampel => Vec::new(),
    };
    let bounds = |(low, high, spread)| around(low, high, spread, threshold);
    Ok(spreads.into_iter().map(|found| found.and_then(bounds)).collect())
}

/// The bounds of finite values. Changes the values.
pub(super) fn found(method: OutlierMethod, threshold: f64, values: &mut [f64]) -> Bounds {
    let (low, high, spread) = match method {
        OutlierMethod::ZScore => {
            let (mean, std) = mean_and_std(values)?;
            (mean, mean, std)
        }
        OutlierMethod::Mad => {
            let median = quantile(values, 0.5)?;
            for value in values.iter_mut() {
                *value = (*value - median).abs();
            }
            (median, median, quantile(values, 0.5)? / 0.6745)
        }
        OutlierMethod::Iqr => {
            let (low, high) = (quantile(values, 0.25)?, quantile(values, 0.75)?);
            (low, high, high - low)
        }
        // Its bounds move from row to row.
        OutlierMethod::Hampel => return None,
    };
    around(low, high, spread, threshold)
}

/// Bounds that lie so many times the spread around a middle.
pub(super) fn around(low: f64, high: f64, spread: f64, threshold: f64) -> Bounds {
    let bounds = (low - threshold * spread, high + threshold * spread);
    (spread > 0.0 && bounds.0.is_finite() && bounds.1.is_finite()).then_some(bounds)
}

impl Op for Bounded {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let groups = self.groups.of(batch)?;
        let mut treated = Treated::new(batch, self.action);
        for (index, bounds) in &self.columns {
            treated.column(*index, |row| {
                groups.get(row).and_then(|group| bounds.get(*group as usize)).copied().flatten()
            })?;
        }
        self.changed += treated.changed;
        treated.batch(&self.shape)
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}

/// A batch whose outliers are being treated.
pub(super) struct Treated {
    action: OutlierAction,
    rows: usize,
    arrays: Vec<ArrayRef>,
    flags: Vec<ArrayRef>,
    any: BooleanArray,
    /// Cells changed.
    pub(super) changed: u64,
}

impl Treated {
    pub(super) fn new(batch: &RecordBatch, action: OutlierAction) -> Self {
        let rows = batch.num_rows();
        let any = BooleanArray::from(vec![false; rows]);
        let arrays = batch.columns().to_vec();
        Self { action, rows, arrays, flags: Vec::new(), any, changed: 0 }
    }

    /// Treats the column at `index`, whose bounds `of` tells row by row.
    pub(super) fn column(
        &mut self,
        index: usize,
        of: impl Fn(usize) -> Bounds,
    ) -> Result<(), Fault> {
        let Some(slot) = self.arrays.get_mut(index) else { return Ok(()) };
        let values = floats(slot)?;
        let outside: BooleanArray = values
            .iter()
            .enumerate()
            .map(|(row, value)| {
                let (Some(value), Some((low, high))) = (value, of(row)) else {
                    return Some(value.is_some_and(f64::is_infinite));
                };
                Some(value < low || value > high)
            })
            .collect();
        match self.action {
            OutlierAction::Drop => self.any = or(&self.any, &outside).map_err(bug)?,
            OutlierAction::Flag => self.flags.push(Arc::new(outside)),
            OutlierAction::ToNull | OutlierAction::Clip => {
                self.changed += outside.true_count() as u64;
                *slot = match self.action {
                    OutlierAction::Clip => clip(slot, &values, &outside, of)?,
                    _ => nullif(slot, &outside).map_err(bug)?,
                };
            }
        }
        Ok(())
    }

    /// The batch behind the step.
    pub(super) fn batch(mut self, shape: &Shape) -> Result<RecordBatch, Fault> {
        self.arrays.append(&mut self.flags);
        let result = shape.batch(self.arrays, self.rows)?;
        if self.action == OutlierAction::Drop {
            return filter_record_batch(&result, &not(&self.any).map_err(bug)?).map_err(bug);
        }
        Ok(result)
    }
}

fn clip(
    array: &ArrayRef,
    values: &Float64Array,
    outside: &BooleanArray,
    of: impl Fn(usize) -> Bounds,
) -> Result<ArrayRef, Fault> {
    let step = match array.data_type() {
        DataType::Int64 => 1.0,
        DataType::Decimal128(_, scale) => 10_f64.powi(-i32::from(*scale)),
        _ => 0.0,
    };
    let clipped: Float64Array = values
        .iter()
        .enumerate()
        .map(|(row, value)| {
            // A group without bounds has only its infinities outside; they become null.
            let (low, high) = of(row)?;
            let value = value?;
            if step == 0.0 {
                return Some(value.clamp(low, high));
            }
            // The nearest value of the type inside the bounds.
            let (low, high) = ((low / step).ceil() * step, (high / step).floor() * step);
            if low > high { None } else { Some(value.clamp(low, high)) }
        })
        .collect();
    let clipped = as_type(&clipped, array.data_type())?;
    zip(outside, &clipped, array).map_err(bug)
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}
