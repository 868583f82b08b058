//! HyperLogLog with 2^16 registers: how many different values, to a standard error of 0.41 %.
//!
//! Invariant: registers depend on the set of hashes only; merging is the maximum of each.

mod codec;

/// Bits of the hash that choose a register.
const PRECISION: u32 = 16;
/// Registers.
const REGISTERS: usize = 1 << PRECISION;
/// Bits of the hash that are left for the rank.
const RANK_BITS: u32 = 64 - PRECISION;

/// Standard error of the estimate, 1.04/√2^16, in basis points.
pub(crate) const STANDARD_ERROR_BP: u16 = 41;

/// The sketch.
#[derive(Clone)]
pub(crate) struct Hll(Vec<u8>);

impl Hll {
    /// The empty set.
    pub(crate) fn new() -> Self {
        Self(vec![0; REGISTERS])
    }

    /// Adds a value by its hash.
    #[inline]
    pub(crate) fn add(&mut self, hash: u64) {
        let register = (hash >> RANK_BITS) as usize;
        let rank = (((hash << PRECISION) | (1 << (PRECISION - 1))).leading_zeros() + 1) as u8;
        if self.0[register] < rank {
            self.0[register] = rank;
        }
    }

    /// Unites two sets.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = (*mine).max(*theirs);
        }
    }

    /// Estimated size (O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches",
    /// 2017, improved raw estimator: no bias table and no switch of range).
    pub(crate) fn estimate(&self) -> u64 {
        let mut histogram = [0_u32; RANK_BITS as usize + 2];
        for rank in &self.0 {
            histogram[usize::from(*rank)] += 1;
        }
        let m = REGISTERS as f64;
        let top = histogram.len() - 1;
        let mut z = m * tau(1.0 - f64::from(histogram[top]) / m);
        for count in histogram[1..top].iter().rev() {
            z = 0.5 * (z + f64::from(*count));
        }
        z += m * sigma(f64::from(histogram[0]) / m);
        (m * m / (2.0 * std::f64::consts::LN_2 * z)).round() as u64
    }
}

fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Hll;
    use crate::profile::hash::mix;

    #[test]
    fn estimates_stay_within_three_standard_errors() {
        for size in [0_u64, 1, 100, 5_000, 60_000, 100_000, 1_000_000] {
            let mut hll = Hll::new();
            (0..size).for_each(|value| hll.add(mix(value + 1)));
            let error = (hll.estimate() as f64 - size as f64).abs();
            assert!(error <= 0.0123 * size as f64, "{size}: {}", hll.estimate());
        }
    }

    #[test]
    fn merging_is_the_same_as_adding_all() {
        let (mut left, mut right, mut both) = (Hll::new(), Hll::new(), Hll::new());
        for value in 0..20_000_u64 {
            if value % 3 == 0 {
                left.add(mix(value))
            } else {
                right.add(mix(value))
            }
            both.add(mix(value));
        }
        left.merge(&right);
        assert!(left.0 == both.0);
    }
}
