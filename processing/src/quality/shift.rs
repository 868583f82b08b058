//! How far the spread of a column is from that of a reference: bins, counts, four measures.
//!
//! Both sides are counted over the same bins, which the reference fixes: its histogram with one bin
//! below and one above, or its most frequent values and one bin for all others. Missing cells are on
//! neither side.
//!
//! Deliberately absent: significance. With a million rows every difference is significant; what
//! matters is how large it is.

use std::collections::HashMap;

use arrow::array::{Array, AsArray};
use schema::data::profile::{ColumnProfile, Scalar};
use schema::data::quality::Shift;

use super::number::{Number, scale_of};
use crate::error::Fault;
use crate::profile::cells::{Cells, Text};
use crate::profile::cut;
use crate::profile::table::Kind;

/// Half a count for every bin of both sides, so that an empty bin has a share.
const SMOOTHING: f64 = 0.5;
/// Characters of a value that a profile keeps of a text.
const TOP_CHARS: usize = 64;

/// The bins that both sides are counted over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bins {
    /// `inner` bins of equal width, and one at either end.
    Numbers {
        /// Begin of the first bin.
        lo: f64,
        /// End of the last bin, which includes it.
        hi: f64,
        /// Bins between.
        inner: usize,
        /// Digits behind the point of the values.
        scale: i8,
    },
    /// One bin for each text, and one for all others.
    Texts(HashMap<String, usize>),
    /// `false` and `true`.
    Flags,
}

impl Bins {
    /// The bins that a reference's column gives for a column of a kind.
    ///
    /// # Errors
    ///
    /// `rule-type-mismatch` if spreads of the kind are not compared, or the reference is of another;
    /// `reference-too-varied` if it has too many different texts to be counted; `reference-empty`
    /// if it has no values.
    pub(crate) fn of(reference: &ColumnProfile, kind: Kind) -> Result<Self, Fault> {
        let unfit = || {
            Fault::input(
                "rule-type-mismatch",
                "분포를 비교할 수 없는 자료형입니다. 두 열이 모두 숫자, 문자 또는 참·거짓이어야 합니다.",
                "Spreads of these types are not compared; both columns must be numbers, text or flags.",
            )
        };
        let empty = || {
            Fault::input(
                "reference-empty",
                "참조 열에 값이 없어 분포를 비교할 수 없습니다.",
                "The reference's column has no values to compare spreads with.",
            )
        };
        match kind {
            Kind::Whole | Kind::Real | Kind::Decimal { .. } => {
                if !reference.value_type.is_numeric() {
                    return Err(unfit());
                }
                let histogram = reference.histogram.as_ref().ok_or_else(empty)?;
                let (lo, hi, inner) = (histogram.lo, histogram.hi, histogram.counts.len().max(1));
                Ok(Self::Numbers { lo, hi, inner, scale: scale_of(kind) })
            }
            Kind::Flag if reference.top.iter().all(|t| matches!(t.value, Scalar::Bool(_))) => {
                if reference.top.is_empty() {
                    Err(empty())
                } else {
                    Ok(Self::Flags)
                }
            }
            Kind::Text if reference.top.iter().all(|t| matches!(t.value, Scalar::Text(_))) => {
                if reference.count == 0 {
                    return Err(empty());
                }
                if reference.top.is_empty() {
                    return Err(Fault::input(
                        "reference-too-varied",
                        "참조 열의 서로 다른 값이 너무 많아 분포를 비교할 수 없습니다.",
                        "The reference's column has too many different values to compare spreads.",
                    ));
                }
                let mut texts = HashMap::new();
                for top in &reference.top {
                    let Scalar::Text(text) = &top.value else { continue };
                    let next = texts.len();
                    texts.entry(text.clone()).or_insert(next);
                }
                Ok(Self::Texts(texts))
            }
            _ => Err(unfit()),
        }
    }

    /// The same bins, for values of another kind of number.
    pub(crate) fn of_kind(&self, kind: Kind) -> Self {
        match self {
            Self::Numbers { lo, hi, inner, .. } => {
                Self::Numbers { lo: *lo, hi: *hi, inner: *inner, scale: scale_of(kind) }
            }
            other => other.clone(),
        }
    }

    /// Number of bins.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Numbers { inner, .. } => inner + 2,
            Self::Texts(texts) => texts.len() + 1,
            Self::Flags => 2,
        }
    }

    /// Counts as a profile states them.
    pub(crate) fn stated(&self, reference: &ColumnProfile) -> Vec<u64> {
        let mut counts = vec![0; self.len()];
        match self {
            Self::Numbers { inner, .. } => {
                counts[0] = reference.infinite_negative;
                counts[inner + 1] = reference.infinite_positive;
                let inside = reference.histogram.iter().flat_map(|h| &h.counts);
                counts[1..].iter_mut().zip(inside).for_each(|(count, stated)| *count = *stated);
            }
            Self::Texts(texts) => {
                for top in &reference.top {
                    if let Scalar::Text(text) = &top.value {
                        counts[texts.get(text).copied().unwrap_or(texts.len())] += top.count;
                    }
                }
                let named: u64 = counts.iter().sum();
                counts[texts.len()] += reference.count.saturating_sub(named);
            }
            Self::Flags => {
                for top in &reference.top {
                    if let Scalar::Bool(value) = top.value {
                        counts[usize::from(value)] += top.count;
                    }
                }
            }
        }
        counts
    }

    /// Adds the cells of a batch to the counts.
    pub(crate) fn count(&self, cells: &Cells, rows: usize, counts: &mut [u64]) {
        match (self, cells) {
            (Self::Numbers { scale, .. }, _) => {
                for number in (0..rows).filter_map(|row| Number::of(cells, row)) {
                    counts[self.place(number.float(*scale))] += 1;
                }
            }
            (Self::Texts(texts), Cells::Text(Text::Plain(array))) => {
                array.iter().flatten().for_each(|text| counts[find(texts, text)] += 1);
            }
            (Self::Texts(texts), Cells::Text(Text::Coded(array))) => {
                let entries = array.values().as_string::<i32>();
                let place = |at| entries.is_valid(at).then(|| find(texts, entries.value(at)));
                let places: Vec<Option<usize>> = (0..entries.len()).map(place).collect();
                for key in array.keys().iter().flatten() {
                    if let Some(Some(place)) = places.get(key as usize) {
                        counts[*place] += 1;
                    }
                }
            }
            (Self::Flags, Cells::Flag(array)) => {
                array.iter().flatten().for_each(|value| counts[usize::from(value)] += 1);
            }
            _ => {}
        }
    }

    /// The bin of a number.
    fn place(&self, value: f64) -> usize {
        let Self::Numbers { lo, hi, inner, .. } = self else { return 0 };
        if value < *lo {
            0
        } else if value > *hi {
            inner + 1
        } else {
            let share = if hi > lo { (value - lo) / (hi - lo) } else { 0.0 };
            1 + ((share * *inner as f64) as usize).min(inner - 1)
        }
    }
}

fn find(texts: &HashMap<String, usize>, text: &str) -> usize {
    texts.get(&cut(text, TOP_CHARS)).copied().unwrap_or(texts.len())
}

/// How far two spreads over the same bins are apart; none if one of them counts nothing. Rounded to
/// nine decimals, so that it reads the same wherever it is computed.
pub(crate) fn difference(measure: Shift, data: &[u64], reference: &[u64]) -> Option<f64> {
    let total = |counts: &[u64]| counts.iter().sum::<u64>() as f64;
    let (n, m) = (total(data), total(reference));
    if n == 0.0 || m == 0.0 {
        return None;
    }
    let pairs = || data.iter().zip(reference).map(|(a, b)| (*a as f64, *b as f64));
    let found = match measure {
        Shift::Psi => {
            let extra = SMOOTHING * data.len() as f64;
            let share = |count: f64, all: f64| (count + SMOOTHING) / (all + extra);
            pairs()
                .map(|(a, b)| (share(a, n), share(b, m)))
                .map(|(p, q)| (p - q) * (p / q).ln())
                .sum()
        }
        Shift::Ks => {
            let (mut a_sum, mut b_sum, mut widest) = (0.0, 0.0, 0.0_f64);
            for (a, b) in pairs() {
                a_sum += a;
                b_sum += b;
                widest = widest.max((a_sum / n - b_sum / m).abs());
            }
            widest
        }
        Shift::ChiSquared => {
            let term = |seen: f64, expected: f64| (seen - expected).powi(2) / expected;
            pairs()
                .filter(|(a, b)| a + b > 0.0)
                .map(|(a, b)| {
                    let both = (a + b) / (n + m);
                    term(a, both * n) + term(b, both * m)
                })
                .sum()
        }
        Shift::JensenShannon => {
            let part =
                |p: f64, q: f64| if p > 0.0 { p * (p / f64::midpoint(p, q)).log2() } else { 0.0 };
            let sum: f64 =
                pairs().map(|(a, b)| (a / n, b / m)).map(|(p, q)| part(p, q) + part(q, p)).sum();
            sum / 2.0
        }
    };
    Some((found * 1e9).round() / 1e9 + 0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schema::data::quality::Shift;

    use super::{Bins, difference};

    const ALL: [Shift; 4] = [Shift::Psi, Shift::Ks, Shift::ChiSquared, Shift::JensenShannon];

    #[test]
    fn measures_agree_with_sums_by_hand() {
        // 10, 30 of 40 against 20, 20 of 40: shares (10.5, 30.5) and (20.5, 20.5) of 41.
        // PSI = −10/41·ln(10.5/20.5) + 10/41·ln(30.5/20.5) = 0.163183 + 0.096903
        // KS = |10/40 − 20/40|
        // χ² = 2·(15 − 10)²/15 + 2·(25 − 30)²/25 = 50/15 + 50/25
        // JS = ½[¼·log₂(¼/⅜) + ¾·log₂(¾/⅝) + ½·log₂(½/⅜) + ½·log₂(½/⅝)]
        for (measure, wanted) in [
            (Shift::Psi, 0.260_085_7),
            (Shift::Ks, 0.25),
            (Shift::ChiSquared, 16.0 / 3.0),
            (Shift::JensenShannon, 0.048_794_9),
        ] {
            let found = difference(measure, &[10, 30], &[20, 20]).unwrap();
            assert!((found - wanted).abs() < 1e-6, "{measure:?}: {found}");
        }
    }

    #[test]
    fn nothing_in_common_is_as_far_as_can_be() {
        assert_eq!(difference(Shift::Ks, &[5, 0], &[0, 9]), Some(1.0));
        assert_eq!(difference(Shift::JensenShannon, &[5, 0], &[0, 9]), Some(1.0));
        // 0.866667·ln(0.916667/0.05) + 0.866667·ln(0.95/0.083333) = 2.520891 + 2.109132
        let psi = difference(Shift::Psi, &[5, 0], &[0, 9]).unwrap();
        assert!((psi - 4.630_023).abs() < 1e-5, "{psi}");
        // χ² of a 2×2 table without overlap is its total.
        assert_eq!(difference(Shift::ChiSquared, &[5, 0, 0], &[0, 9, 0]), Some(14.0));
    }

    #[test]
    fn numbers_fall_into_their_bins() {
        let bins = Bins::Numbers { lo: 0.0, hi: 10.0, inner: 5, scale: 0 };
        let places = [f64::NEG_INFINITY, -0.1, -0.0, 0.0, 1.9, 2.0, 10.0, 10.1, f64::INFINITY];
        assert_eq!(places.map(|value| bins.place(value)), [0, 0, 1, 1, 1, 2, 5, 6, 6]);
        let one = Bins::Numbers { lo: 3.0, hi: 3.0, inner: 20, scale: 0 };
        assert_eq!([2.0, 3.0, 4.0].map(|value| one.place(value)), [0, 1, 21]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_spread_is_no_distance_from_itself_and_the_same_either_way(
            pairs in prop::collection::vec((0_u64..1_000, 0_u64..1_000), 1..25),
        ) {
            let (a, b): (Vec<u64>, Vec<u64>) = pairs.into_iter().unzip();
            for measure in ALL {
                let empty = a.iter().sum::<u64>() == 0;
                prop_assert_eq!(difference(measure, &a, &a), (!empty).then_some(0.0));
                let (there, back) = (difference(measure, &a, &b), difference(measure, &b, &a));
                prop_assert_eq!(there.is_some(), back.is_some());
                if let (Some(there), Some(back)) = (there, back) {
                    prop_assert!(there >= 0.0 && (there - back).abs() < 2e-9, "{} {}", there, back);
                    let bounded = matches!(measure, Shift::Ks | Shift::JensenShannon);
                    prop_assert!(!bounded || there <= 1.0);
                }
            }
        }
    }
}
