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

/// Registers looked at before the lowest is searched for anew.
const SEARCH_EVERY: u32 = 4 * REGISTERS as u32;

/// The lowest register from which a bar pays: one hash in sixteen gets past it.
const BAR_MIN: u32 = 4;

/// The sketch.
#[derive(Clone)]
pub(crate) struct Hll {
    registers: Vec<u8>,
    /// What is left of a hash behind the register is above this if its rank is at most that of the
    /// lowest register, so that it changes nothing: most hashes, once there are many.
    bar: u64,
    /// Registers to look at until the bar is set anew.
    due: u32,
}

impl Hll {
    /// The empty set.
    pub(crate) fn new() -> Self {
        Self::of(vec![0; REGISTERS])
    }

    fn of(registers: Vec<u8>) -> Self {
        Self { registers, bar: u64::MAX, due: SEARCH_EVERY }
    }

    /// Adds a value by its hash.
    #[inline]
    pub(crate) fn add(&mut self, hash: u64) {
        let rest = (hash << PRECISION) | (1 << (PRECISION - 1));
        if rest > self.bar {
            return;
        }
        let register = (hash >> RANK_BITS) as usize;
        let rank = (rest.leading_zeros() + 1) as u8;
        if self.registers[register] < rank {
            self.registers[register] = rank;
        }
        self.due -= 1;
        if self.due == 0 {
            self.search();
        }
    }

    #[cold]
    fn search(&mut self) {
        let lowest = u32::from(self.registers.iter().copied().min().unwrap_or(0));
        // Below, too many hashes are on either side for the processor to guess well.
        if lowest >= BAR_MIN {
            self.bar = u64::MAX.checked_shr(lowest).unwrap_or(0);
        }
        self.due = SEARCH_EVERY;
    }

    /// Unites two sets.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.registers.iter_mut().zip(&other.registers) {
            *mine = (*mine).max(*theirs);
        }
    }

    /// Estimated size (O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches",
    /// 2017, improved raw estimator: no bias table and no switch of range).
    pub(crate) fn estimate(&self) -> u64 {
        let mut histogram = [0_u32; RANK_BITS as usize + 2];
        for rank in &self.registers {
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
    fn what_is_passed_over_changes_nothing() {
        let mut hll = Hll::new();
        let mut plain = vec![0_u8; super::REGISTERS];
        let high = (0..super::REGISTERS as u64).map(|register| register << 48 | 1 << 40);
        for hash in high.chain((0..600_000).map(mix)) {
            hll.add(hash);
            let register = &mut plain[(hash >> 48) as usize];
            *register = (*register).max((hash << 16 | 1 << 15).leading_zeros() as u8 + 1);
        }
        assert!(hll.bar < u64::MAX);
        assert!(hll.registers == plain);
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
        assert!(left.registers == both.registers);
    }
}
