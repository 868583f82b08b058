//! Statistics of the values of one window, in two passes.

use schema::data::pipeline::Statistic;

use crate::pipeline::number::{mean, mean_and_std, quantile};

/// One statistic of finite values at some times (microseconds); NaN where it has no value.
#[expect(clippy::cast_precision_loss, reason = "counts of rows and spans of a window")]
pub(crate) fn statistic(which: Statistic, values: &[f64], times: &[i64]) -> f64 {
    let found = match which {
        Statistic::Mean => mean(values),
        Statistic::Std => {
            mean_and_std(values).filter(|_| values.len() > 1).map(|(_, deviation)| deviation)
        }
        Statistic::Min => least(values),
        Statistic::Max => most(values),
        Statistic::Median => quantile(&mut values.to_vec(), 0.5),
        Statistic::Rms => rms(values),
        Statistic::Peak => peak(values),
        Statistic::PeakToPeak => most(values).zip(least(values)).map(|(most, least)| most - least),
        Statistic::Crest => peak(values).zip(rms(values)).map(|(peak, rms)| peak / rms),
        Statistic::Skewness => standardised(values, 3),
        Statistic::Kurtosis => standardised(values, 4),
        Statistic::ZeroCrossings => {
            let signs: Vec<bool> = values.iter().filter(|v| **v != 0.0).map(|v| *v > 0.0).collect();
            Some(signs.windows(2).filter(|pair| pair.first() != pair.last()).count() as f64)
        }
        Statistic::Slope => slope(values, times),
    };
    found.filter(|value| value.is_finite()).unwrap_or(f64::NAN)
}

fn least(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::min)
}

fn most(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::max)
}

fn peak(values: &[f64]) -> Option<f64> {
    values.iter().map(|value| value.abs()).reduce(f64::max)
}

fn rms(values: &[f64]) -> Option<f64> {
    let squares: Vec<f64> = values.iter().map(|value| value * value).collect();
    mean(&squares).map(f64::sqrt)
}

/// The central moment of an order by that power of the deviation.
fn standardised(values: &[f64], order: i32) -> Option<f64> {
    let centre = mean(values)?;
    let moment = |order: i32| {
        let powers: Vec<f64> = values.iter().map(|value| (value - centre).powi(order)).collect();
        mean(&powers)
    };
    let deviation = moment(2)?.sqrt();
    if deviation > 0.0 { Some(moment(order)? / deviation.powi(order)) } else { None }
}

#[expect(clippy::cast_precision_loss, reason = "spans of a window")]
fn slope(values: &[f64], times: &[i64]) -> Option<f64> {
    let first = *times.first()?;
    let seconds: Vec<f64> =
        times.iter().map(|time| time.saturating_sub(first) as f64 / 1e6).collect();
    let (centre, middle) = (mean(&seconds)?, mean(values)?);
    let products = |f: &dyn Fn(f64, f64) -> f64| -> Option<f64> {
        let all: Vec<f64> = seconds.iter().zip(values).map(|(s, v)| f(*s, *v)).collect();
        mean(&all)
    };
    let spread = products(&|s, _| (s - centre) * (s - centre))?;
    let joint = products(&|s, v| (s - centre) * (v - middle))?;
    if spread > 0.0 { Some(joint / spread) } else { None }
}

#[cfg(test)]
mod tests {
    use schema::data::pipeline::Statistic;

    use super::statistic;

    #[test]
    fn statistics_are_those_of_the_books() {
        // scipy.stats.skew and kurtosis(fisher=False), numpy.polyfit over 0, 1, 2, 4 s
        let (values, times) = ([1.0, -2.0, 0.0, 5.0], [0, 1_000_000, 2_000_000, 4_000_000]);
        for (which, want) in [
            (Statistic::Mean, 1.0),
            (Statistic::Std, 2.943_920_288_775_949),
            (Statistic::Min, -2.0),
            (Statistic::Max, 5.0),
            (Statistic::Median, 0.5),
            (Statistic::Rms, 7.5_f64.sqrt()),
            (Statistic::Peak, 5.0),
            (Statistic::PeakToPeak, 7.0),
            (Statistic::Crest, 5.0 / 7.5_f64.sqrt()),
            // deviations 0 −3 −1 4: second moment 6.5, third 9, fourth 84.5
            (Statistic::Skewness, 9.0 / 6.5_f64.powf(1.5)),
            (Statistic::Kurtosis, 2.0),
            (Statistic::ZeroCrossings, 2.0),
            // seconds less 1.75: −1.75 −0.75 0.25 2.25; products 0 2.25 −0.25 9 by 8.75
            (Statistic::Slope, 11.0 / 8.75),
        ] {
            let got = statistic(which, &values, &times);
            assert!((got - want).abs() < 1e-12, "{which:?}: {got} instead of {want}");
        }
    }

    #[test]
    fn what_has_no_value_is_missing() {
        for which in [Statistic::Std, Statistic::Crest, Statistic::Skewness, Statistic::Slope] {
            assert!(statistic(which, &[0.0], &[5]).is_nan(), "{which:?}");
        }
        assert!(statistic(Statistic::Kurtosis, &[3.0; 4], &[0, 1, 2, 3]).is_nan());
        assert!(statistic(Statistic::Slope, &[1.0, 2.0], &[7, 7]).is_nan());
        assert!(statistic(Statistic::Rms, &[1e300, 1e300], &[0, 1]).is_nan());
    }
}
