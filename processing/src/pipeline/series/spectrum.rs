//! The spectrum of one window: powers of its lines, and what is read off them.

use std::collections::HashMap;
use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

use crate::error::Fault;

/// Lengths whose plans are kept; windows of a duration differ by a row or two.
const PLANS_MAX: usize = 64;

/// Makes spectra; keeps what windows of one length share.
pub(crate) struct Analyser {
    planner: RealFftPlanner<f64>,
    plans: HashMap<usize, Plan>,
}

#[derive(Clone)]
struct Plan {
    transform: Arc<dyn RealToComplex<f64>>,
    window: Arc<[f64]>,
}

/// The lines of a spectrum.
pub(crate) struct Lines {
    /// One-sided power, from nought on.
    pub(crate) power: Vec<f64>,
    /// Hertz from one line to the next.
    pub(crate) apart: f64,
    /// Amplitude of a line by the root of its power, above nought.
    to_amplitude: f64,
}

impl Analyser {
    pub(crate) fn new() -> Self {
        Self { planner: RealFftPlanner::new(), plans: HashMap::new() }
    }

    fn plan(&mut self, rows: usize) -> Plan {
        if self.plans.len() > PLANS_MAX {
            self.plans.clear();
        }
        let planner = &mut self.planner;
        let plan = self.plans.entry(rows).or_insert_with(|| {
            #[expect(clippy::cast_precision_loss, reason = "rows of a window")]
            let window =
                (0..rows).map(|n| 0.5 - 0.5 * (TAU * n as f64 / rows as f64).cos()).collect();
            Plan { transform: planner.plan_fft_forward(rows), window }
        });
        plan.clone()
    }

    /// The lines of finite values taken at a rate; none of fewer than two.
    ///
    /// # Errors
    /// [`Fault::Bug`] only.
    #[expect(clippy::cast_precision_loss, reason = "rows of a window")]
    pub(crate) fn lines(&mut self, values: &[f64], hertz: f64) -> Result<Option<Lines>, Fault> {
        let rows = values.len();
        if rows < 2 {
            return Ok(None);
        }
        let plan = self.plan(rows);
        let mean = crate::pipeline::number::mean(values).unwrap_or(0.0);
        let mut input: Vec<f64> = values
            .iter()
            .zip(&*plan.window)
            .map(|(value, weight)| (value - mean) * weight)
            .collect();
        let mut output = plan.transform.make_output_vec();
        plan.transform
            .process(&mut input, &mut output)
            .map_err(|error| Fault::Bug(error.to_string()))?;
        let sum: f64 = plan.window.iter().sum();
        let squares: f64 = plan.window.iter().map(|weight| weight * weight).sum();
        let scale = rows as f64 * squares;
        let power = output
            .iter()
            .enumerate()
            .map(|(k, x)| {
                let once = k == 0 || 2 * k == rows;
                x.norm_sqr() * if once { 1.0 } else { 2.0 } / scale
            })
            .collect();
        // 2 |X| / Σw, where power is 2 |X|² / scale.
        let to_amplitude = (2.0 * scale).sqrt() / sum;
        Ok(Some(Lines { power, apart: hertz / rows as f64, to_amplitude }))
    }
}

impl Lines {
    /// Lines with their frequencies.
    #[expect(clippy::cast_precision_loss, reason = "lines of a window")]
    fn each(&self) -> impl Iterator<Item = (f64, f64)> {
        self.power.iter().enumerate().map(|(k, power)| (k as f64 * self.apart, *power))
    }

    /// The power in [low, high) hertz.
    pub(crate) fn band(&self, [low, high]: [f64; 2]) -> f64 {
        let inside = self.each().filter(|(hertz, _)| (low..high).contains(hertz));
        inside.map(|(_, power)| power).sum()
    }

    /// Frequency and amplitude of the strongest line above nought, the lowest of equal ones; NaN when
    /// there is no power.
    pub(crate) fn peak(&self) -> [f64; 2] {
        let mut best = (f64::NAN, 0.0);
        for (hertz, power) in self.each().skip(1) {
            if power > best.1 {
                best = (hertz, power);
            }
        }
        if best.0.is_nan() { [f64::NAN; 2] } else { [best.0, best.1.sqrt() * self.to_amplitude] }
    }

    /// The mean frequency, weighted by power; NaN when there is none.
    pub(crate) fn centroid(&self) -> f64 {
        let all = self.each().skip(1);
        let (weighted, power) =
            all.fold((0.0, 0.0), |(sum, of), (hertz, power)| (sum + hertz * power, of + power));
        if power > 0.0 { weighted / power } else { f64::NAN }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use proptest::prelude::*;

    use super::Analyser;

    fn weight(n: usize, rows: usize) -> f64 {
        0.5 - 0.5 * (TAU * n as f64 / rows as f64).cos()
    }

    proptest! {
        #[test]
        fn all_lines_make_the_weighted_mean_square(values in prop::collection::vec(-50.0_f64..50.0, 2..70)) {
            let lines = Analyser::new().lines(&values, 100.0).unwrap().unwrap();
            let rows = values.len();
            let mean = values.iter().sum::<f64>() / rows as f64;
            let weighted: f64 = values.iter().enumerate().map(|(n, v)| ((v - mean) * weight(n, rows)).powi(2)).sum();
            let squares: f64 = (0..rows).map(|n| weight(n, rows).powi(2)).sum();
            let total: f64 = lines.power.iter().sum();
            prop_assert!((total - weighted / squares).abs() < 1e-9 * (1.0 + total));
            prop_assert!((lines.band([0.0, 51.0]) - total).abs() < 1e-9 * (1.0 + total));
        }

        #[test]
        fn lines_agree_with_the_sum_of_the_definition(values in prop::collection::vec(-50.0_f64..50.0, 2..24)) {
            let lines = Analyser::new().lines(&values, 1.0).unwrap().unwrap();
            let rows = values.len();
            let mean = values.iter().sum::<f64>() / rows as f64;
            let squares: f64 = (0..rows).map(|n| weight(n, rows).powi(2)).sum();
            prop_assert_eq!(lines.power.len(), rows / 2 + 1);
            for (k, power) in lines.power.iter().enumerate() {
                let (mut re, mut im) = (0.0, 0.0);
                for (n, v) in values.iter().enumerate() {
                    let angle = TAU * (k * n) as f64 / rows as f64;
                    re += (v - mean) * weight(n, rows) * angle.cos();
                    im -= (v - mean) * weight(n, rows) * angle.sin();
                }
                let twice = if k == 0 || 2 * k == rows { 1.0 } else { 2.0 };
                let want = twice * (re * re + im * im) / (rows as f64 * squares);
                prop_assert!((power - want).abs() < 1e-9 * (1.0 + want), "{} {}", power, want);
            }
        }
    }

    #[test]
    fn a_sine_shows_its_frequency_amplitude_and_power() {
        let values: Vec<f64> =
            (0..200).map(|n| 7.0 + 3.0 * (TAU * 12.0 * f64::from(n) / 100.0).sin()).collect();
        let lines = Analyser::new().lines(&values, 100.0).unwrap().unwrap();
        let [hertz, amplitude] = lines.peak();
        assert!((hertz - 12.0).abs() < 1e-9 && (amplitude - 3.0).abs() < 1e-9);
        // Half the square of the amplitude.
        assert!((lines.band([10.0, 14.0]) - 4.5).abs() < 1e-9);
        assert!(lines.band([20.0, 50.0]) < 1e-12);
        assert!((lines.centroid() - 12.0).abs() < 1e-6);
        let flat = Analyser::new().lines(&[5.0; 16], 1.0).unwrap().unwrap();
        assert!(flat.peak()[0].is_nan() && flat.centroid().is_nan());
        assert!(Analyser::new().lines(&[5.0], 1.0).unwrap().is_none());
    }
}
