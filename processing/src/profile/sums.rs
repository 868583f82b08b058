//! Exact sums of values and of their squares.
//!
//! Invariant: nothing is rounded before [`Sums::mean_std`], so the result does not depend on the
//! order or grouping of the values, and no shift or second pass is needed.

mod codec;

use std::cmp::Ordering;

use super::natural::{Natural, scaled};
pub(crate) use codec::Stored;

/// Exact sums of values of one type.
pub(crate) trait Sums<T>: Clone + Default {
    /// Adds a value `count` times.
    fn add(&mut self, value: T, count: u64);
    /// Adds values, once each.
    fn add_all(&mut self, values: &[T])
    where
        T: Copy,
    {
        values.iter().for_each(|value| self.add(*value, 1));
    }
    /// Adds all that another has added.
    fn merge(&mut self, other: &Self);
    /// `|Σx|`, whether Σx is negative, Σx², and the exponent of two of their unit (of Σx² twice).
    fn totals(&self) -> Totals;

    /// Mean, correctly rounded, and sample standard deviation (absent for one value), of `count`
    /// values whose unit is 10^−`digits`.
    fn mean_std(&self, count: u64, digits: u32) -> (Option<f64>, Option<f64>) {
        if count == 0 {
            return (None, None);
        }
        let totals = self.totals();
        let mut divisors = vec![count];
        divisors.extend(powers_of_ten(digits));
        let (mantissa, exponent) = totals.sum.ratio(&divisors);
        let mean = scaled(mantissa as f64, exponent + totals.exponent);
        let mean = if totals.negative { -mean } else { mean };
        let mean = Some(mean).filter(|mean| mean.is_finite());
        if count == 1 {
            return (mean, None);
        }
        // n·Σx² − (Σx)², which is not negative, over n·(n − 1).
        let mut n = Natural::default();
        n.add_shifted(count.into(), 0);
        let (_, spread) = n.times(&totals.squares).difference(&totals.sum.times(&totals.sum));
        divisors.push(count - 1);
        divisors.extend(powers_of_ten(digits));
        let (mantissa, mut exponent) = spread.ratio(&divisors);
        let mut variance = mantissa as f64;
        if exponent % 2 != 0 {
            variance *= 2.0;
            exponent -= 1;
        }
        let std = scaled(variance.sqrt(), exponent / 2 + totals.exponent);
        (mean, Some(std).filter(|std| std.is_finite()))
    }
}

/// Factors of 10^`digits` that fit 64 bits.
fn powers_of_ten(digits: u32) -> impl Iterator<Item = u64> {
    (0..digits.div_ceil(19)).map(move |at| 10_u64.pow((digits - at * 19).min(19)))
}

/// Exact sums as natural numbers.
pub(crate) struct Totals {
    sum: Natural,
    negative: bool,
    squares: Natural,
    exponent: i64,
}

/// A sum of unsigned 128-bit numbers.
#[derive(Clone, Copy, Default)]
struct Wide {
    low: u128,
    high: u64,
}

impl Wide {
    #[inline]
    fn add(&mut self, value: u128) {
        let (low, over) = self.low.overflowing_add(value);
        self.low = low;
        self.high += u64::from(over);
    }

    fn add_times(&mut self, value: u128, count: u64) {
        if count == 1 {
            return self.add(value);
        }
        let low = u128::from(value as u64) * u128::from(count);
        let high = u128::from((value >> 64) as u64) * u128::from(count);
        self.add(low);
        self.add(high << 64);
        self.high += (high >> 64) as u64;
    }

    fn merge(&mut self, other: Self) {
        self.add(other.low);
        self.high += other.high;
    }

    fn into_natural(self, number: &mut Natural, shift: u32) {
        number.add_shifted(self.low, shift);
        number.add_shifted(self.high.into(), shift + 128);
    }
}

/// Sums of 64-bit integers.
#[derive(Clone, Default)]
pub(crate) struct WholeSums {
    sum: i128,
    squares: Wide,
}

impl Sums<i64> for WholeSums {
    #[inline]
    fn add(&mut self, value: i64, count: u64) {
        self.sum += i128::from(value) * i128::from(count);
        let square = u128::from(value.unsigned_abs()) * u128::from(value.unsigned_abs());
        self.squares.add_times(square, count);
    }

    fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.squares.merge(other.squares);
    }

    fn totals(&self) -> Totals {
        let (mut sum, mut squares) = (Natural::default(), Natural::default());
        sum.add_shifted(self.sum.unsigned_abs(), 0);
        self.squares.into_natural(&mut squares, 0);
        Totals { sum, negative: self.sum < 0, squares, exponent: 0 }
    }
}

/// Sums of 128-bit integers, by halves `h·2^64 + l` of their magnitude.
#[derive(Clone, Default)]
pub(crate) struct WideSums {
    positive: Wide,
    negative: Wide,
    high_squares: Wide,
    products: Wide,
    low_squares: Wide,
}

impl Sums<i128> for WideSums {
    fn add(&mut self, value: i128, count: u64) {
        let magnitude = value.unsigned_abs();
        let side = if value < 0 { &mut self.negative } else { &mut self.positive };
        side.add_times(magnitude, count);
        let (high, low) = (magnitude >> 64, u128::from(magnitude as u64));
        self.high_squares.add_times(high * high, count);
        self.products.add_times(high * low, count);
        self.low_squares.add_times(low * low, count);
    }

    fn merge(&mut self, other: &Self) {
        self.positive.merge(other.positive);
        self.negative.merge(other.negative);
        self.high_squares.merge(other.high_squares);
        self.products.merge(other.products);
        self.low_squares.merge(other.low_squares);
    }

    fn totals(&self) -> Totals {
        let (mut positive, mut negative) = (Natural::default(), Natural::default());
        self.positive.into_natural(&mut positive, 0);
        self.negative.into_natural(&mut negative, 0);
        let (order, sum) = positive.difference(&negative);
        let mut squares = Natural::default();
        self.low_squares.into_natural(&mut squares, 0);
        self.products.into_natural(&mut squares, 65);
        self.high_squares.into_natural(&mut squares, 128);
        Totals { sum, negative: order == Ordering::Less, squares, exponent: 0 }
    }
}

/// Exponent of two of the unit of a subnormal float.
const UNIT: i64 = -1_074;

/// Sums of finite floats: integer mantissas in one bin for each binary exponent that occurs.
#[derive(Clone, Default)]
pub(crate) struct RealSums {
    /// Biased exponent of the first bin.
    base: usize,
    bins: Vec<Bin>,
}

#[derive(Clone, Copy, Default)]
struct Bin {
    sum: i128,
    squares: Wide,
}

impl RealSums {
    /// The bin of a biased exponent (subnormals share that of the smallest normal floats).
    #[inline]
    fn bin(&mut self, exponent: usize) -> &mut Bin {
        let at = exponent.wrapping_sub(self.base);
        if at < self.bins.len() {
            return &mut self.bins[at];
        }
        self.widen(exponent)
    }

    #[cold]
    fn widen(&mut self, exponent: usize) -> &mut Bin {
        if self.bins.is_empty() {
            self.base = exponent;
        }
        if exponent < self.base {
            let more = self.base - exponent;
            self.bins.splice(0..0, std::iter::repeat_n(Bin::default(), more));
            self.base = exponent;
        }
        let at = exponent - self.base;
        if at >= self.bins.len() {
            self.bins.resize(at + 1, Bin::default());
        }
        &mut self.bins[at]
    }
}

/// Binary exponents below the largest that [`RealSums::add_window`] takes in its stride: 53 bits and
/// these fit 64 with the sign.
const WINDOW: u64 = 10;

impl RealSums {
    /// Adds values, once each. Values whose exponents lie close together, as those of a sensor do,
    /// are added as integers of one unit, in registers; a value far below goes to its own bin.
    pub(crate) fn add_window<T>(&mut self, values: &[T], float: impl Fn(&T) -> f64) {
        let magnitude = |value: &T| float(value).to_bits() & (u64::MAX >> 1);
        let top = values.iter().map(magnitude).max().unwrap_or(0) >> 52;
        let base = top.saturating_sub(WINDOW).max(1);
        let (mut sum, mut squares) = (0_i128, Wide::default());
        for value in values {
            let bits = magnitude(value);
            let field = bits >> 52;
            if field < base {
                if bits != 0 {
                    self.add(float(value), 1);
                }
                continue;
            }
            let mantissa = ((bits & ((1 << 52) - 1)) | (1 << 52)) << (field - base);
            let sign = float(value).to_bits().cast_signed() >> 63;
            sum += i128::from((mantissa.cast_signed() ^ sign) - sign);
            squares.add(u128::from(mantissa) * u128::from(mantissa));
        }
        let bin = self.bin(base as usize);
        bin.sum += sum;
        bin.squares.merge(squares);
    }
}

impl Sums<f64> for RealSums {
    #[inline]
    fn add(&mut self, value: f64, count: u64) {
        let bits = value.to_bits();
        let field = ((bits >> 52) & 0x7ff) as usize;
        let fraction = bits & ((1 << 52) - 1);
        let mantissa = if field == 0 { fraction } else { fraction | (1 << 52) };
        let square = u128::from(mantissa) * u128::from(mantissa);
        let bin = self.bin(field.max(1));
        let part = i128::from(mantissa) * i128::from(count);
        bin.sum += if value.is_sign_negative() { -part } else { part };
        bin.squares.add_times(square, count);
    }

    fn merge(&mut self, other: &Self) {
        for (at, theirs) in other.bins.iter().enumerate() {
            let bin = self.bin(other.base + at);
            bin.sum += theirs.sum;
            bin.squares.merge(theirs.squares);
        }
    }

    fn totals(&self) -> Totals {
        let (mut positive, mut negative) = (Natural::default(), Natural::default());
        let mut squares = Natural::default();
        for (at, bin) in self.bins.iter().enumerate() {
            let shift = (self.base + at) as u32 - 1;
            let side = if bin.sum < 0 { &mut negative } else { &mut positive };
            side.add_shifted(bin.sum.unsigned_abs(), shift);
            bin.squares.into_natural(&mut squares, 2 * shift);
        }
        let (order, sum) = positive.difference(&negative);
        Totals { sum, negative: order == Ordering::Less, squares, exponent: UNIT }
    }
}

#[cfg(test)]
mod tests {
    use super::{RealSums, Sums, WholeSums, WideSums};

    fn real(values: &[f64]) -> (Option<f64>, Option<f64>) {
        let mut sums = RealSums::default();
        values.iter().for_each(|value| sums.add(*value, 1));
        sums.mean_std(values.len() as u64, 0)
    }

    #[test]
    fn cancellation_and_extremes_are_exact() {
        assert_eq!(real(&[1e308, 1.0, -1e308]).0, Some(1.0 / 3.0));
        assert_eq!(real(&[f64::MAX, f64::MAX]), (Some(f64::MAX), Some(0.0)));
        assert_eq!(real(&[f64::from_bits(1); 3]), (Some(f64::from_bits(1)), Some(0.0)));
        assert_eq!(real(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]), (Some(1e9 + 2.0), Some(1.0)));
        assert_eq!(real(&[0.0, -0.0]), (Some(0.0), Some(0.0)));
        assert_eq!(real(&[2.5]), (Some(2.5), None));
        assert_eq!(real(&[]), (None, None));
    }

    #[test]
    fn values_added_together_are_those_added_one_by_one() {
        let mut x = 7_u64;
        let mut next = || {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            x
        };
        let any: Vec<f64> = (0..900).map(|_| f64::from_bits(next())).collect();
        let near: Vec<f64> = (0..900).map(|_| (next() >> 40) as f64 / 1e5 - 60.0).collect();
        let edges =
            [0.0, -0.0, f64::MAX, -f64::MAX, f64::from_bits(1), -f64::MIN_POSITIVE, 1.0, 1024.0];
        for values in [&any[..], &near, &edges, &edges[..2], &[]] {
            let values: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
            let mut sums = RealSums::default();
            sums.add_window(&values, |x| *x);
            sums.add_window(&values[..values.len() / 2], |x| *x);
            let all: Vec<f64> = values.iter().chain(&values[..values.len() / 2]).copied().collect();
            assert_eq!(sums.mean_std(all.len() as u64, 0), real(&all));
        }
    }

    #[test]
    fn integers_beyond_53_bits_keep_every_unit() {
        let mut sums = WholeSums::default();
        let big = (1_i64 << 53) + 1;
        sums.add(big, 1);
        sums.add(-big, 1);
        sums.add(3, 1);
        assert_eq!(sums.mean_std(3, 0).0, Some(1.0));
        let mut ends = WholeSums::default();
        ends.add(i64::MIN, 1_000);
        ends.add(i64::MAX, 1_000);
        assert_eq!(ends.mean_std(2_000, 0).0, Some(-0.5));
    }

    #[test]
    fn decimals_divide_exactly() {
        let mut sums = WideSums::default();
        let value = 99_999_999_999_999_999_999_i128;
        sums.add(value, 2);
        assert_eq!(sums.mean_std(2, 2), (Some(999_999_999_999_999_999.99), Some(0.0)));
        let mut spread = WideSums::default();
        spread.add(125, 1);
        spread.add(325, 1);
        assert_eq!(spread.mean_std(2, 2), (Some(2.25), Some(2.0_f64.sqrt())));
    }

    #[test]
    fn wide_and_whole_sums_agree() {
        let (mut wide, mut whole) = (WideSums::default(), WholeSums::default());
        for value in [5_i64, -7, i64::MAX, i64::MIN, 0, 123_456_789_012] {
            wide.add(value.into(), 3);
            whole.add(value, 3);
        }
        assert_eq!(wide.mean_std(18, 0), whole.mean_std(18, 0));
    }

    #[test]
    fn merging_is_the_same_as_adding_all() {
        let values = [1.5, -3e-300, 7e200, 0.1, 0.2, -7e200, f64::MIN_POSITIVE / 8.0];
        let (mut left, mut right) = (RealSums::default(), RealSums::default());
        values[..3].iter().for_each(|value| left.add(*value, 1));
        values[3..].iter().for_each(|value| right.add(*value, 1));
        right.merge(&left);
        assert_eq!(right.mean_std(7, 0), real(&values));
    }
}
