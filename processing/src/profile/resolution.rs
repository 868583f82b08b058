//! The smallest distance of different values: the step in which a sensor or a clock was read.

use schema::data::profile::Scalar;

use super::number::Real;
use super::scalar::decimal;

/// Decimal digits behind the point that a float may show.
const DIGITS_MAX: i32 = 9;
/// Up to here every integer is a float.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Of integers, days or instants, sorted and all different.
pub(crate) fn whole(entries: &[(i64, u64)]) -> Option<Scalar> {
    let steps = entries.windows(2).map(|pair| i128::from(pair[1].0) - i128::from(pair[0].0));
    let step = steps.min()?;
    Some(i64::try_from(step).map_or_else(|_| Scalar::Text(step.to_string()), Scalar::Integer))
}

/// Of decimals; none if it is beyond 128 bits.
pub(crate) fn wide(entries: &[(i128, u64)], scale: i8) -> Option<Scalar> {
    let steps = entries.windows(2).filter_map(|pair| pair[1].0.checked_sub(pair[0].0));
    Some(Scalar::Text(decimal(steps.min()?, scale)))
}

/// Of floats. If all of them are decimals of at most nine digits behind the point, as sensors write
/// them, the distance is that of the decimals: 0.1 between 20.1 and 20.2.
pub(crate) fn real(entries: &[(Real, u64)]) -> Option<Scalar> {
    let pairs = || entries.windows(2).map(|pair| (pair[0].0.get(), pair[1].0.get()));
    for digits in 0..=DIGITS_MAX {
        let unit = 10_f64.powi(digits);
        let decimal = |value: f64| (value * unit).round();
        let fits = |value: f64| decimal(value).abs() <= WHOLE_MAX && decimal(value) / unit == value;
        if entries.iter().all(|(value, _)| fits(value.get())) {
            let steps = pairs().map(|(low, high)| decimal(high) - decimal(low));
            return steps.min_by(f64::total_cmp).map(|step| Scalar::Number(step / unit));
        }
    }
    let step = pairs().map(|(low, high)| high - low).min_by(f64::total_cmp)?;
    step.is_finite().then_some(Scalar::Number(step))
}

#[cfg(test)]
mod tests {
    use schema::data::profile::Scalar;

    use super::{real, whole, wide};
    use crate::profile::number::Real;

    fn of(values: &[f64]) -> Option<Scalar> {
        real(&values.iter().map(|x| (Real::new(*x), 1)).collect::<Vec<_>>())
    }

    #[test]
    fn floats_show_the_step_of_their_decimals() {
        assert_eq!(of(&[20.1, 20.2, 20.4]), Some(Scalar::Number(0.1)));
        assert_eq!(of(&[-1.0, 0.0, 3.0]), Some(Scalar::Number(1.0)));
        assert_eq!(of(&[0.001, 0.0015, 1e6]), Some(Scalar::Number(0.0005)));
        assert_eq!(of(&[1.0 / 3.0, 1.0]), Some(Scalar::Number(1.0 - 1.0 / 3.0)));
        assert_eq!(
            of(&[9_007_199_254_740_991.0, 9_007_199_254_740_992.0]),
            Some(Scalar::Number(1.0))
        );
        assert_eq!(of(&[0.0, f64::from_bits(1)]), Some(Scalar::Number(f64::from_bits(1))));
        assert_eq!(of(&[f64::MIN, f64::MAX]), None, "no float is so large");
        assert_eq!(of(&[5.0]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn integers_and_decimals_are_exact() {
        let big = (1_i64 << 53) + 1;
        assert_eq!(whole(&[(-5, 1), (big - 1, 1), (big, 2)]), Some(Scalar::Integer(1)));
        let ends = Scalar::Text("18446744073709551615".to_owned());
        assert_eq!(whole(&[(i64::MIN, 1), (i64::MAX, 1)]), Some(ends));
        assert_eq!(wide(&[(100, 1), (125, 1)], 2), Some(Scalar::Text("0.25".to_owned())));
        assert_eq!(wide(&[(i128::MIN, 1), (i128::MAX, 1)], 0), None);
    }
}
