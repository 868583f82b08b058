//! Change of a column between the first and the last tenth of the rows, on the sampled rows.

use schema::data::profile::Drift;

use super::sample::Choice;

/// Finite values that each part needs.
const VALUES_MIN: usize = 20;
/// Bins in which the parts are compared.
const BINS: usize = 10;
/// A population stability index from which a change is called large, the usual bound.
const PSI_LARGE: f64 = 0.25;
/// A Kolmogorov–Smirnov distance from which it is: keeps narrow bins from deciding alone.
const KS_LARGE: f64 = 0.2;

/// The stretches that belong to the first and to the last tenth of the rows.
pub(crate) struct Parts {
    first: usize,
    last: usize,
}

impl Parts {
    /// The parts of a table.
    pub(crate) fn new(choice: Choice, rows: u64) -> Self {
        let tenth = rows / 10;
        let all = choice.len() as u64;
        let first = (0..all).take_while(|at| choice.row(*at) < tenth).count();
        let last = (0..all).rev().take_while(|at| choice.row(*at) >= rows - tenth).count();
        Self { first, last }
    }
}

/// The drift of a sampled column; none if either part holds too little, or numbers too large to
/// compute with.
pub(crate) fn drift(sample: &[f64], parts: &Parts) -> Option<Drift> {
    let finite = |part: &[f64]| {
        let mut values: Vec<f64> = part.iter().copied().filter(|x| x.is_finite()).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let first = finite(sample.get(..parts.first)?);
    let last = finite(sample.get(sample.len().checked_sub(parts.last)?..)?);
    if first.len() < VALUES_MIN || last.len() < VALUES_MIN {
        return None;
    }
    let ((first_mean, first_std), (last_mean, last_std)) = (mean_std(&first), mean_std(&last));
    if ![first_mean, first_std, last_mean, last_std].iter().all(|x| x.is_finite()) {
        return None;
    }
    let (psi, ks) = (psi(&first, &last), ks(&first, &last));
    Some(Drift {
        first_count: first.len() as u64,
        last_count: last.len() as u64,
        first_mean,
        last_mean,
        first_std,
        last_std,
        psi,
        ks,
        shifted: psi >= PSI_LARGE && ks >= KS_LARGE,
    })
}

fn mean_std(sorted: &[f64]) -> (f64, f64) {
    let n = sorted.len() as f64;
    // From the middle, so that a far offset costs no digits.
    let middle = sorted[sorted.len() / 2];
    let shift = sorted.iter().map(|x| x - middle).sum::<f64>() / n;
    let squares: f64 = sorted.iter().map(|x| (x - middle - shift).powi(2)).sum();
    (middle + shift, (squares / (n - 1.0)).sqrt())
}

/// Population stability index in bins between the deciles of the first part.
fn psi(first: &[f64], last: &[f64]) -> f64 {
    let decile = |k: usize| first[(first.len() * k).div_ceil(BINS) - 1];
    let edges: Vec<f64> = (1..BINS).map(decile).collect();
    let counts = |values: &[f64]| {
        let mut counts = [0_u32; BINS];
        values.iter().for_each(|x| counts[edges.partition_point(|edge| edge < x)] += 1);
        counts
    };
    let share = |count: u32, of: usize| f64::from(count).max(0.5) / of as f64;
    let bins = counts(first).into_iter().zip(counts(last)).filter(|(p, q)| p + q > 0);
    bins.map(|(p, q)| {
        let (p, q) = (share(p, first.len()), share(q, last.len()));
        (p - q) * (p / q).ln()
    })
    .sum()
}

/// Largest difference of the distribution functions of two sorted samples.
fn ks(first: &[f64], last: &[f64]) -> f64 {
    let (mut i, mut j, mut most) = (0, 0, 0.0_f64);
    while let (Some(a), Some(b)) = (first.get(i), last.get(j)) {
        let at = a.min(*b);
        while first.get(i).is_some_and(|x| *x <= at) {
            i += 1;
        }
        while last.get(j).is_some_and(|x| *x <= at) {
            j += 1;
        }
        let (p, q) = (i as f64 / first.len() as f64, j as f64 / last.len() as f64);
        most = most.max((p - q).abs());
    }
    most
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Parts, drift, ks, psi};
    use crate::profile::sample::Choice;

    fn of(values: &[f64]) -> Option<schema::data::profile::Drift> {
        let rows = values.len() as u64;
        drift(values, &Parts::new(Choice::new(rows), rows))
    }

    #[test]
    fn parts_are_the_first_and_the_last_tenth() {
        let whole = Parts::new(Choice::new(1_005), 1_005);
        assert_eq!((whole.first, whole.last), (100, 100));
        let empty = Parts::new(Choice::new(0), 0);
        assert_eq!((empty.first, empty.last), (0, 0));
        let choice = Choice::new(1_000_003);
        let sampled = Parts::new(choice, 1_000_003);
        assert!(sampled.first.abs_diff(choice.len() / 10) <= 2, "{}", sampled.first);
        assert!(sampled.last.abs_diff(choice.len() / 10) <= 2, "{}", sampled.last);
    }

    #[test]
    fn a_shift_is_told_from_noise() {
        let noise = |at: u64| (crate::profile::hash::mix(at) % 1_000) as f64 / 1_000.0;
        let still: Vec<f64> = (0..5_000).map(noise).collect();
        let found = of(&still).unwrap();
        assert!(!found.shifted && found.psi < 0.1 && found.ks < 0.1, "{found:?}");
        let rising: Vec<f64> = (0..5_000).map(|at| noise(at) + at as f64 / 5_000.0).collect();
        let found = of(&rising).unwrap();
        assert!(found.shifted && found.ks > 0.7, "{found:?}");
        assert!((found.last_mean - found.first_mean - 0.9).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn constants_short_tables_and_huge_values() {
        let constant = of(&[4.5; 400]).unwrap();
        assert_eq!((constant.psi, constant.ks, constant.first_std), (0.0, 0.0, 0.0));
        assert_eq!(of(&[1.0; 199]), None, "19 rows in each part");
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[f64::NAN; 400]), None);
        let huge: Vec<f64> =
            (0..400).map(|at| if at % 2 == 0 { f64::MAX } else { f64::MIN }).collect();
        assert_eq!(of(&huge), None);
        let far: Vec<f64> = (0..400).map(|at| 1e15 + f64::from(at % 2)).collect();
        assert_eq!(of(&far).unwrap().first_mean, 1e15 + 0.5);
    }

    proptest! {
        /// The distance at every value, by counting; the index by counting values between edges.
        #[test]
        fn distances_agree_with_the_oracle(
            mut first in prop::collection::vec(-20_i32..20, 1..60),
            mut last in prop::collection::vec(-30_i32..30, 1..60),
        ) {
            first.sort_unstable();
            last.sort_unstable();
            let part = |v: &[i32]| v.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
            let (a, b) = (part(&first), part(&last));
            let below = |v: &[f64], at: f64| {
                v.iter().filter(|x| **x <= at).count() as f64 / v.len() as f64
            };
            let all = a.iter().chain(&b);
            let expected =
                all.map(|x| (below(&a, *x) - below(&b, *x)).abs()).fold(0.0, f64::max);
            prop_assert!((ks(&a, &b) - expected).abs() < 1e-12);
            let mut edges = vec![f64::NEG_INFINITY];
            edges.extend((1..10).map(|k| a[(a.len() * k).div_ceil(10) - 1]));
            edges.push(f64::INFINITY);
            let mut expected = 0.0;
            for bin in edges.windows(2) {
                let inside = |v: &[f64]| v.iter().filter(|x| **x > bin[0] && **x <= bin[1]).count();
                let (p, q) = (inside(&a), inside(&b));
                if p + q > 0 {
                    let p = (p as f64).max(0.5) / a.len() as f64;
                    let q = (q as f64).max(0.5) / b.len() as f64;
                    expected += (p - q) * (p / q).ln();
                }
            }
            prop_assert!((psi(&a, &b) - expected).abs() < 1e-9);
        }
    }
}
