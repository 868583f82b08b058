//! Natural numbers without a bound, as far as exact present values need them: a discount over
//! fifty years has a denominator of 700 bits.

use std::cmp::Ordering;

/// A natural number: 64-bit limbs, lowest first, no leading zero limbs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Natural(Vec<u64>);

impl Natural {
    pub(super) fn new(value: u64) -> Self {
        Self(vec![value]).trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    /// `self × by`.
    pub(super) fn times(&self, by: u64) -> Self {
        let mut carry = 0_u128;
        let mut limbs: Vec<u64> = Vec::with_capacity(self.0.len() + 1);
        for limb in &self.0 {
            let product = u128::from(*limb) * u128::from(by) + carry;
            limbs.push(low(product));
            carry = product >> 64;
        }
        limbs.push(low(carry));
        Self(limbs).trimmed()
    }

    /// `self + other`.
    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut carry = 0_u128;
        let mut limbs: Vec<u64> = Vec::with_capacity(self.0.len().max(other.0.len()) + 1);
        for at in 0..self.0.len().max(other.0.len()) {
            let limb = |number: &Self| u128::from(number.0.get(at).copied().unwrap_or(0));
            let sum = limb(self) + limb(other) + carry;
            limbs.push(low(sum));
            carry = sum >> 64;
        }
        limbs.push(low(carry));
        Self(limbs).trimmed()
    }

    /// `floor(self / divisor)`, if it is below 2⁶⁴. None also for a divisor of zero.
    pub(super) fn quotient(&self, divisor: &Self) -> Option<u64> {
        if divisor.0.is_empty() {
            return None;
        }
        // The largest q with divisor × q ≤ self, bit by bit from the top.
        let mut quotient = 0_u64;
        for bit in (0..64).rev() {
            let next = quotient | (1 << bit);
            if divisor.times(next) <= *self {
                quotient = next;
            }
        }
        let beyond = quotient == u64::MAX && divisor.times(quotient).plus(divisor) <= *self;
        (!beyond).then_some(quotient)
    }
}

/// The low 64 bits.
fn low(value: u128) -> u64 {
    u64::try_from(value & u128::from(u64::MAX)).unwrap_or(0)
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Natural;

    #[test]
    fn zero_and_the_edge_of_the_quotient() {
        let zero = Natural::new(0);
        let one = Natural::new(1);
        assert_eq!(zero.times(7), zero);
        assert_eq!(one.quotient(&zero), None);
        assert_eq!(zero.quotient(&one), Some(0));
        let most = Natural::new(u64::MAX);
        assert_eq!(most.quotient(&one), Some(u64::MAX));
        assert_eq!(most.plus(&one).quotient(&one), None);
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_128_bits(a: u64, b in any::<u32>(), c: u64, d in 1..=u64::MAX) {
            let (product, sum) =
                (u128::from(a) * u128::from(b), u128::from(a) * u128::from(b) + u128::from(c));
            let natural = Natural::new(a).times(b.into()).plus(&Natural::new(c));
            let expected = u64::try_from(sum / u128::from(d)).ok();
            prop_assert_eq!(natural.quotient(&Natural::new(d)), expected);
            let product_first = Natural::new(a).times(b.into()).cmp(&natural);
            prop_assert_eq!(product_first, product.cmp(&sum));
        }
    }
}
