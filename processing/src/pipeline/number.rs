//! Numbers of a column: as floats, whether missing, and the statistics that steps fit.
//!
//! A cell is missing when it is null or NaN. Infinite values are present but never enter a
//! statistic.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array};
use arrow::compute::{cast, is_null};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type};

use crate::error::Fault;

/// The column as floats, NaN made null. Integers beyond 2⁵³ and long decimals are rounded.
pub(super) fn floats(array: &ArrayRef) -> Result<Float64Array, Fault> {
    let floats = cast(array, &DataType::Float64).map_err(|e| Fault::Bug(e.to_string()))?;
    let floats = floats.as_primitive::<Float64Type>();
    if floats.values().iter().any(|value| value.is_nan()) {
        return Ok(floats.iter().map(|value| value.filter(|value| !value.is_nan())).collect());
    }
    Ok(floats.clone())
}

/// The column as floats, NaN left as it is.
pub(super) fn plain_floats(array: &ArrayRef) -> Result<Float64Array, Fault> {
    let floats = cast(array, &DataType::Float64).map_err(|e| Fault::Bug(e.to_string()))?;
    Ok(floats.as_primitive::<Float64Type>().clone())
}

/// How many cells hold a value.
pub(super) fn present(floats: &Float64Array) -> u64 {
    floats.iter().flatten().filter(|value| !value.is_nan()).count() as u64
}

/// Which cells are missing.
pub(super) fn missing(array: &ArrayRef) -> Result<BooleanArray, Fault> {
    if let DataType::Float64 = array.data_type() {
        let floats = array.as_primitive::<Float64Type>();
        return Ok(floats.iter().map(|value| Some(value.is_none_or(f64::is_nan))).collect());
    }
    is_null(array).map_err(|error| Fault::Bug(error.to_string()))
}

/// Floats as a numeric column type: integers and decimals are rounded to the nearest, ties to even;
/// what does not fit becomes null.
pub(super) fn as_type(floats: &Float64Array, to: &DataType) -> Result<ArrayRef, Fault> {
    let bug = |error: arrow::error::ArrowError| Fault::Bug(error.to_string());
    match to {
        DataType::Float64 => Ok(Arc::new(floats.clone())),
        DataType::Decimal128(precision, scale) => {
            let factor = 10_f64.powi(i32::from(*scale));
            let limit = 10_f64.powi(i32::from(*precision));
            #[expect(clippy::cast_possible_truncation, reason = "checked against the precision")]
            let unscaled = floats.unary_opt::<_, Decimal128Type>(|value| {
                let unscaled = (value * factor).round_ties_even();
                (unscaled.abs() < limit).then_some(unscaled as i128)
            });
            Ok(Arc::new(unscaled.with_precision_and_scale(*precision, *scale).map_err(bug)?))
        }
        _ => {
            let rounded: Float64Array = floats.unary(f64::round_ties_even);
            cast(&rounded, to).map_err(bug)
        }
    }
}

/// A running sum that loses no small parts (Neumaier), so that the order of magnitude of a column
/// does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    #[inline]
    pub(super) fn add(&mut self, value: f64) {
        let total = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() {
            (self.sum - total) + value
        } else {
            (value - total) + self.sum
        };
        self.sum = total;
    }

    pub(super) fn get(self) -> f64 {
        self.sum + self.lost
    }
}

/// Mean and sample standard deviation of finite values, in two passes.
pub(super) fn mean_and_std(values: &[f64]) -> Option<(f64, f64)> {
    mean_and_std_of(values.iter().copied())
}

/// Mean and sample standard deviation of finite values, in two passes.
pub(super) fn mean_and_std_of(values: impl Iterator<Item = f64> + Clone) -> Option<(f64, f64)> {
    let (mean, count) = mean_and_count(values.clone())?;
    let mut squares = Sum::default();
    for value in values {
        squares.add((value - mean) * (value - mean));
    }
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let std = (squares.get() / (count.max(2) - 1) as f64).sqrt();
    Some((mean, std))
}

fn mean_and_count(values: impl Iterator<Item = f64>) -> Option<(f64, u64)> {
    let (mut sum, mut count) = (Sum::default(), 0_u64);
    for value in values {
        sum.add(value);
        count += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let mean = sum.get() / count as f64;
    (count > 0).then_some((mean, count))
}

/// Mean of finite values.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    mean_and_count(values.iter().copied()).map(|(mean, _)| mean)
}

/// The quantile `q` of finite values, linear between neighbours (type 7, as in R, NumPy and pandas).
/// Reorders the values.
pub(super) fn quantile(values: &mut [f64], q: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let (place, part) = place(last, q);
    let (_, low, above) = values.select_nth_unstable_by(place, f64::total_cmp);
    let low = *low;
    if part == 0.0 {
        return Some(low);
    }
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(between(low, high, part))
}

/// Where the quantile `q` lies among ordered values whose last has the place `last`: the place below,
/// and how far it is to the next.
pub(super) fn place(last: usize, q: f64) -> (usize, f64) {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place between 0 and the row count"
    )]
    {
        let place = q.clamp(0.0, 1.0) * last as f64;
        ((place.floor() as usize).min(last), place - place.floor())
    }
}

/// A value so far between two others.
pub(super) fn between(low: f64, high: f64, part: f64) -> f64 {
    // Halves first, so that the difference of two large values cannot overflow.
    low * (1.0 - part) + high * part
}

#[cfg(test)]
mod tests {
    use super::{Sum, mean_and_std, quantile};

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([7, 1, 3, 9], [0, .1, .25, .5, .75, 1])
        for (q, want) in [(0.0, 1.0), (0.1, 1.6), (0.25, 2.5), (0.5, 5.0), (0.75, 7.5), (1.0, 9.0)]
        {
            let got = quantile(&mut [7.0, 1.0, 3.0, 9.0], q).unwrap();
            assert!((got - want).abs() < 1e-12, "{q}: {got}");
        }
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!(quantile(&mut [4.0], 0.9), Some(4.0));
        assert_eq!(quantile(&mut [f64::MAX, -f64::MAX], 0.5), Some(0.0));
    }

    #[test]
    fn a_sum_keeps_what_a_large_value_hides() {
        let mut sum = Sum::default();
        for value in [1.0, 1e100, 1.0, -1e100] {
            sum.add(value);
        }
        assert_eq!(sum.get(), 2.0);
    }

    #[test]
    fn the_deviation_is_of_the_sample() {
        // statistics.stdev([2, 4, 4, 4, 5, 5, 7, 9]) == 2.138089935299395
        let (mean, std) = mean_and_std(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!(mean, 5.0);
        assert!((std - 2.138_089_935_299_395).abs() < 1e-15);
        assert_eq!(mean_and_std(&[3.0]), Some((3.0, 0.0)));
        assert_eq!(mean_and_std(&[]), None);
    }
}
