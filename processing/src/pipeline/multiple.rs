//! Multiples of a decimal number, exactly: classes of equal width and rounding.
//!
//! A number of a specification stands for what it says in decimal: with a width of 0.1, 0.3 lies in
//! `[0.3, 0.4)`, although 0.3 / 0.1 is below 3 in floating point. Integers and decimals are never
//! rounded on the way.

/// Digits of a number of a specification; more is a slip.
const DIGITS_MAX: usize = 18;

/// A decimal number: `units / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    units: i128,
    scale: u32,
}

impl Decimal {
    /// The decimal number that is written for a float; none for what has too many digits.
    pub(super) fn of(value: f64) -> Option<Self> {
        let text = value.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits = format!("{whole}{fraction}");
        if digits.len() > DIGITS_MAX {
            return None;
        }
        Some(Self { units: digits.parse().ok()?, scale: u32::try_from(fraction.len()).ok()? })
    }

    /// The nearest `units / 10^scale` that is not below (`up`) or not above a float.
    pub(super) fn units_within(bound: f64, scale: u32, up: bool) -> i128 {
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, as wanted")]
        let rough = || {
            let units = bound * 10_f64.powi(i32::try_from(scale).unwrap_or(0));
            (if up { units.ceil() } else { units.floor() }) as i128
        };
        let Some(exact) = Self::of(bound) else { return rough() };
        if let Some(units) = exact.units_at(scale) {
            return units;
        }
        let power = 10_i128.pow(exact.scale.saturating_sub(scale));
        if up { -(-exact.units).div_euclid(power) } else { exact.units.div_euclid(power) }
    }

    /// Digits behind the point.
    pub(super) fn scale(self) -> u32 {
        self.scale
    }

    /// The same number with more digits behind the point.
    fn units_at(self, scale: u32) -> Option<i128> {
        self.units.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }

    /// The nearest float.
    pub(super) fn float(self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact up to 2^53, and one division rounds once"
        )]
        if self.units.unsigned_abs() <= 1 << 53 && self.scale <= 22 {
            return self.units as f64 / 10_f64.powi(i32::try_from(self.scale).unwrap_or(0));
        }
        format!("{}e-{}", self.units, self.scale).parse().unwrap_or(f64::NAN)
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let power = 10_u128.pow(self.scale);
        let (whole, rest) = (self.units.unsigned_abs() / power, self.units.unsigned_abs() % power);
        let sign = if self.units < 0 { "-" } else { "" };
        let fraction = format!("{rest:0width$}", width = self.scale as usize);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// Classes of equal width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classes {
    width: i128,
    from: i128,
    scale: u32,
}

/// One class: its bounds, the upper one outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) low: Decimal,
    pub(super) high: Decimal,
}

impl Classes {
    /// Classes of a `width` above 0, one of which begins at `from`.
    pub(super) fn new(width: Decimal, from: Decimal) -> Option<Self> {
        let scale = width.scale.max(from.scale);
        let (width, from) = (width.units_at(scale)?, from.units_at(scale)?);
        (width > 0).then_some(Self { width, from, scale })
    }

    fn class(self, number: i128) -> Option<Class> {
        let low = self.from.checked_add(number.checked_mul(self.width)?)?;
        let high = low.checked_add(self.width)?;
        let scale = self.scale;
        Some(Class { low: Decimal { units: low, scale }, high: Decimal { units: high, scale } })
    }

    /// The class of `units / 10^scale`.
    pub(super) fn of_exact(self, units: i128, scale: u32) -> Option<Class> {
        let common = scale.max(self.scale);
        let value = Decimal { units, scale }.units_at(common)?;
        let from = Decimal { units: self.from, scale: self.scale }.units_at(common)?;
        let width = Decimal { units: self.width, scale: self.scale }.units_at(common)?;
        self.class(value.checked_sub(from)?.div_euclid(width))
    }

    /// The class of a float; none for infinities and for what lies too many classes away.
    pub(super) fn of_float(self, value: f64) -> Option<Class> {
        let scale = self.scale;
        let width = Decimal { units: self.width, scale }.float();
        let from = Decimal { units: self.from, scale }.float();
        let guess = ((value - from) / width).floor();
        if guess.is_nan() || guess.abs() >= 1e15 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 10^15")]
        let mut number = guess as i128;
        // The quotient is rounded; the bounds decide.
        while value < self.class(number)?.low.float() {
            number -= 1;
        }
        while value >= self.class(number)?.high.float() {
            number += 1;
        }
        self.class(number)
    }
}

/// The multiple of `unit` (above 0) nearest to `units / 10^scale`, halves away from nought, in the
/// same scale; `unit` may have no more digits behind the point.
pub(super) fn rounded(units: i128, scale: u32, unit: Decimal) -> Option<i128> {
    let unit = unit.units_at(scale)?;
    let half_up = units.unsigned_abs().checked_mul(2)?.checked_add(unit.unsigned_abs())?;
    let count = half_up / unit.unsigned_abs().checked_mul(2)?;
    let size = i128::try_from(count.checked_mul(unit.unsigned_abs())?).ok()?;
    Some(if units < 0 { -size } else { size })
}

/// The multiple of `unit` nearest to a float; the float itself where the multiples are finer than
/// floats are.
pub(super) fn rounded_float(value: f64, unit: Decimal) -> f64 {
    let count = (value / unit.float()).round();
    if count.is_nan() || count.abs() >= 1e15 {
        return value;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 10^15")]
    let count = count as i128;
    match count.checked_mul(unit.units) {
        Some(units) => Decimal { units, scale: unit.scale }.float(),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::{Classes, Decimal, rounded, rounded_float};

    fn classes(width: f64, from: f64) -> Classes {
        Classes::new(Decimal::of(width).unwrap(), Decimal::of(from).unwrap()).unwrap()
    }

    #[test]
    fn classes_have_decimal_bounds() {
        for (width, from, value, want) in [
            (0.1, 0.0, 0.3, "[0.3, 0.4)"),
            (0.1, 0.0, 0.299_999_999_999, "[0.2, 0.3)"),
            (10.0, 0.0, 29.999, "[20, 30)"),
            (10.0, 0.0, 30.0, "[30, 40)"),
            (10.0, 0.0, -0.5, "[-10, 0)"),
            (10.0, 5.0, -0.0, "[-5, 5)"),
            (0.25, 0.0, 1e9, "[1000000000, 1000000000.25)"),
            (2.5, 0.0, 7.5, "[7.5, 10)"),
        ] {
            let class = classes(width, from).of_float(value).unwrap();
            assert_eq!(format!("[{}, {})", class.low, class.high), want, "{width} {from} {value}");
        }
        assert_eq!(classes(0.1, 0.0).of_float(f64::INFINITY), None);
        assert_eq!(classes(0.1, 0.0).of_float(1e300), None);
        let class = classes(10.0, 0.0).of_exact(9_007_199_254_740_993, 0).unwrap();
        assert_eq!(class.low.to_string(), "9007199254740990");
        let class = classes(0.5, 0.0).of_exact(-1, 2).unwrap();
        assert_eq!((class.low.to_string(), class.high.to_string()), ("-0.5".into(), "0".into()));
        assert_eq!(classes(1.0, 0.0).of_exact(i128::MAX, 0), None);
        assert!(Classes::new(Decimal::of(0.0).unwrap(), Decimal::of(0.0).unwrap()).is_none());
        assert!(Decimal::of(1e-300).is_none() && Decimal::of(f64::NAN).is_none());
    }

    #[test]
    fn halves_are_rounded_away_from_nought() {
        let unit = |value| Decimal::of(value).unwrap();
        for (value, round, want) in [
            (1_500, 1_000.0, 2_000),
            (1_499, 1_000.0, 1_000),
            (-1_500, 1_000.0, -2_000),
            (0, 7.0, 0),
        ] {
            assert_eq!(rounded(value, 0, unit(round)), Some(want), "{value} {round}");
        }
        assert_eq!(rounded(125, 2, unit(0.1)), Some(130));
        assert_eq!(rounded(1, 0, unit(0.1)), None);
        for (value, round, want) in [
            (0.25, 0.1, 0.3),
            (-0.25, 0.1, -0.3),
            (0.7, 0.1, 0.7),
            (1234.5, 1000.0, 1000.0),
            (f64::INFINITY, 1.0, f64::INFINITY),
            (1e300, 1.0, 1e300),
        ] {
            assert_eq!(rounded_float(value, unit(round)), want, "{value} {round}");
        }
        assert!(rounded_float(f64::NAN, unit(1.0)).is_nan());
    }
}
