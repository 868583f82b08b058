//! The outermost values of a numeric column, and which of them look like "no reading".
//!
//! Invariant: counts of the kept values are exact however the column is cut into parts, because a
//! value among the outermost of the whole is among the outermost of every part it occurs in.

use super::tally::Tally;

const KEPT: usize = 4;

/// One distinct value with its count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) value: f64,
    pub(super) tally: Tally,
}

/// Up to four distinct values at each end, outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Extremes {
    low: Vec<Seen>,
    high: Vec<Seen>,
}

/// Numbers that devices and historians write for "no reading".
const FAMOUS: [f64; 21] = [
    -1.0,
    -9.0,
    -99.0,
    -999.0,
    -9999.0,
    -99999.0,
    -999999.0,
    99.0,
    999.0,
    9999.0,
    99999.0,
    999_999.0,
    9_999_999.0,
    32_767.0,
    -32_768.0,
    65_535.0,
    2_147_483_647.0,
    -2_147_483_648.0,
    -273.15,
    -999.25,
    1e30,
];

impl Extremes {
    /// Takes in one value; infinities and NaN are ignored.
    #[inline]
    pub(super) fn add(&mut self, value: f64, row: u64) {
        if self.low.len() == KEPT
            && self.high.len() == KEPT
            && value > self.low[KEPT - 1].value
            && value < self.high[KEPT - 1].value
        {
            return;
        }
        self.place(value, row);
    }

    fn place(&mut self, value: f64, row: u64) {
        if !value.is_finite() {
            return;
        }
        let mut tally = Tally::default();
        tally.add(row);
        let seen = Seen { value, tally };
        insert(&mut self.low, &seen, 0, |a, b| a < b);
        insert(&mut self.high, &seen, 0, |a, b| a > b);
    }

    /// Adds what a later part of the column saw, whose rows begin behind `before`.
    pub(super) fn merge(&mut self, later: &Self, before: u64) {
        for seen in &later.low {
            insert(&mut self.low, seen, before, |a, b| a < b);
        }
        for seen in &later.high {
            insert(&mut self.high, seen, before, |a, b| a > b);
        }
    }

    /// Values at the ends that repeat and stand apart from all others, in a column of `values`.
    pub(super) fn suspects(&self, values: u64) -> Vec<Seen> {
        // Fewer than four distinct values are a flag or a class, where nothing stands apart.
        if self.high.len() < KEPT || self.low.len() < KEPT {
            return Vec::new();
        }
        // Against an end that repeats itself, measure from the value next to it: it may be a
        // suspect too.
        let inner = |end: &[Seen]| end[usize::from(end[0].tally.count >= 3)].value;
        let mut suspects = Vec::new();
        if stands_apart(&self.low, inner(&self.high)) {
            suspects.push(self.low[0]);
        }
        if stands_apart(&self.high, inner(&self.low)) {
            suspects.push(self.high[0]);
        }
        // A device writes a round number for "no reading". A fraction is a reading, perhaps a
        // wrong one, unless it is rare.
        suspects.retain(|seen| {
            seen.value.fract() == 0.0
                || FAMOUS.contains(&seen.value)
                || seen.tally.count >= 20 && seen.tally.count.saturating_mul(20) < values
        });
        suspects
    }

    /// The smallest and the largest value.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        Some((self.low.first()?.value, self.high.first()?.value))
    }

    /// The outermost value of each end, and whether it is farther from the next than that from the
    /// other end, however seldom it is.
    pub(super) fn far_ends(&self) -> Vec<(Seen, bool)> {
        let far = |end: &[Seen], other: &[Seen]| match (end, other) {
            ([outer, next, ..], [opposite, ..]) => {
                let gap = (outer.value - next.value).abs();
                Some((*outer, gap > (next.value - opposite.value).abs()))
            }
            _ => None,
        };
        far(&self.low, &self.high).into_iter().chain(far(&self.high, &self.low)).collect()
    }
}

fn stands_apart(end: &[Seen], opposite: f64) -> bool {
    let (outer, next) = (end[0], end[1].value);
    let gap = (outer.value - next).abs();
    let rest = (next - opposite).abs();
    if rest == 0.0 {
        return false;
    }
    let famous = FAMOUS.contains(&outer.value);
    let lonely_negative = outer.value < 0.0 && next >= 0.0 && outer.tally.count >= 2;
    match outer.tally.count {
        0 => false,
        1 => famous && gap > 3.0 * rest,
        2 => famous && gap > 0.5 * rest,
        _ => gap > rest || famous && (gap > 0.2 * rest || lonely_negative && outer.value == -1.0),
    }
}

fn insert(end: &mut Vec<Seen>, seen: &Seen, before: u64, outer: impl Fn(f64, f64) -> bool) {
    let at = end.iter().position(|kept| !outer(kept.value, seen.value)).unwrap_or(end.len());
    if let Some(kept) = end.get_mut(at)
        && kept.value == seen.value
    {
        kept.tally.merge(&seen.tally, before);
        return;
    }
    if at < KEPT {
        let mut tally = Tally::default();
        tally.merge(&seen.tally, before);
        end.truncate(KEPT - 1);
        end.insert(at.min(end.len()), Seen { value: seen.value, tally });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Extremes {
        let mut extremes = Extremes::default();
        for (row, value) in (1..).zip(values) {
            extremes.add(*value, row);
        }
        extremes
    }

    fn suspects(values: &[f64]) -> Vec<(f64, u64)> {
        of(values)
            .suspects(values.len() as u64)
            .iter()
            .map(|seen| (seen.value, seen.tally.count))
            .collect()
    }

    #[test]
    fn a_repeated_value_far_outside_is_suspected() {
        let mut values: Vec<f64> = (0..50).map(|at| 100.0 + f64::from(at)).collect();
        assert_eq!(suspects(&values), []);
        values.extend([1449.0; 7]);
        assert_eq!(suspects(&values), [(1449.0, 7)]);
        values.extend([0.0; 4]);
        assert_eq!(suspects(&values), [(0.0, 4), (1449.0, 7)]);
    }

    #[test]
    fn minus_one_among_non_negative_values_is_suspected() {
        let mut values: Vec<f64> = (0..50).map(f64::from).collect();
        values.extend([-1.0, -1.0, -1.0]);
        assert_eq!(suspects(&values), [(-1.0, 3)]);
        values.push(-0.5);
        assert_eq!(suspects(&values), []);
    }

    #[test]
    fn flags_classes_and_single_outliers_are_not_suspected() {
        assert_eq!(suspects(&[0.0, 1.0, 0.0, 1.0, 1.0]), []);
        assert_eq!(suspects(&[-1.0, 0.0, 1.0, -1.0, -1.0]), []);
        assert_eq!(suspects(&[1.0, 2.0, 3.0, 4.0, 5.0, 500.0]), []);
        assert_eq!(suspects(&[5.0; 20]), []);
    }

    #[test]
    fn a_frequent_fraction_is_a_reading() {
        let mut values: Vec<f64> = (0..50).map(|at| 640.0 + f64::from(at) / 100.0).collect();
        values.extend([4.63; 30]);
        assert_eq!(suspects(&values), []);
    }

    #[test]
    fn counts_do_not_depend_on_the_cut() {
        let values: Vec<f64> =
            (0..500_u32).map(|at| f64::from(at.wrapping_mul(2_654_435_761) % 37)).collect();
        let whole = of(&values);
        for cut in [1, 7, 100, 499] {
            let mut parts = of(&values[..cut]);
            parts.merge(&of(&values[cut..]), cut as u64);
            assert_eq!((&parts.low, &parts.high), (&whole.low, &whole.high));
        }
    }

    #[test]
    fn infinities_are_left_out() {
        let extremes = of(&[f64::INFINITY, 1.0, f64::NAN, 2.0]);
        let ends: Vec<f64> = extremes.far_ends().iter().map(|(seen, _)| seen.value).collect();
        assert_eq!(ends, [1.0, 2.0]);
    }
}
