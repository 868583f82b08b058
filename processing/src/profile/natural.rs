//! Natural numbers of any size: just enough to carry exact sums to a correctly rounded mean.

use std::cmp::Ordering;

/// A natural number, least significant limb first, without leading zero limbs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Natural(Vec<u64>);

impl Natural {
    /// The limbs, least significant first, without leading zeros.
    pub(super) fn limbs(&self) -> &[u64] {
        &self.0
    }

    /// Adds `value · 2^shift`.
    pub(crate) fn add_shifted(&mut self, value: u128, shift: u32) {
        if value == 0 {
            return;
        }
        let (limb, bit) = ((shift / 64) as usize, shift % 64);
        let low = value << bit;
        let high = if bit == 0 { 0 } else { value >> (128 - bit) };
        let parts = [low as u64, (low >> 64) as u64, high as u64];
        if self.0.len() < limb + 4 {
            self.0.resize(limb + 4, 0);
        }
        let mut carry = 0_u64;
        for (at, limb) in self.0.iter_mut().skip(limb).enumerate() {
            let part = parts.get(at).copied().unwrap_or(0);
            if at >= parts.len() && carry == 0 {
                break;
            }
            let sum = u128::from(*limb) + u128::from(part) + u128::from(carry);
            *limb = sum as u64;
            carry = (sum >> 64) as u64;
        }
        if carry != 0 {
            self.0.push(carry);
        }
        self.trim();
    }

    /// The product.
    pub(crate) fn times(&self, other: &Self) -> Self {
        let mut limbs = vec![0_u64; self.0.len() + other.0.len() + 1];
        for (i, a) in self.0.iter().enumerate() {
            let mut carry = 0_u128;
            for (j, b) in other.0.iter().enumerate() {
                let sum = u128::from(*a) * u128::from(*b) + u128::from(limbs[i + j]) + carry;
                limbs[i + j] = sum as u64;
                carry = sum >> 64;
            }
            limbs[i + other.0.len()] = carry as u64;
        }
        let mut product = Self(limbs);
        product.trim();
        product
    }

    /// The difference of the larger and the smaller, and which was larger.
    pub(crate) fn difference(&self, other: &Self) -> (Ordering, Self) {
        let order = self.order(other);
        let (large, small) = if order == Ordering::Less { (other, self) } else { (self, other) };
        let mut borrow = false;
        let mut limbs = Vec::with_capacity(large.0.len());
        for (at, limb) in large.0.iter().enumerate() {
            let (part, under) = limb.overflowing_sub(small.0.get(at).copied().unwrap_or(0));
            let (part, under_again) = part.overflowing_sub(u64::from(borrow));
            borrow = under || under_again;
            limbs.push(part);
        }
        let mut rest = Self(limbs);
        rest.trim();
        (order, rest)
    }

    /// `self / divisors` as `m · 2^e` with `m` correctly rounded in [2^52, 2^53], or `(0, 0)`.
    /// No divisor is 0.
    pub(crate) fn ratio(&self, divisors: &[u64]) -> (u64, i64) {
        if self.0.is_empty() {
            return (0, 0);
        }
        // Enough bits that the quotient has more than 54, so that the rest only breaks a tie.
        let spare = 64 * (divisors.len() as u32 + 2);
        let mut quotient = Self(vec![0; (spare / 64) as usize]);
        quotient.0.extend_from_slice(&self.0);
        let mut inexact = false;
        for divisor in divisors {
            let mut rest = 0_u128;
            for limb in quotient.0.iter_mut().rev() {
                let part = (rest << 64) | u128::from(*limb);
                *limb = (part / u128::from(*divisor)) as u64;
                rest = part % u128::from(*divisor);
            }
            inexact |= rest != 0;
            quotient.trim();
        }
        let (mantissa, exponent) = quotient.rounded(inexact);
        (mantissa, exponent - i64::from(spare))
    }

    /// `self` as `m · 2^e` with `m` in [2^52, 2^53], ties to even unless `inexact`.
    fn rounded(&self, inexact: bool) -> (u64, i64) {
        let bits = self.bits();
        if bits <= 53 {
            let lift = 53 - bits;
            return (self.0.first().copied().unwrap_or(0) << lift, -(lift as i64));
        }
        let drop = bits - 53;
        let mut mantissa = 0_u64;
        for at in (drop..bits).rev() {
            mantissa = (mantissa << 1) | u64::from(self.bit(at));
        }
        let half = self.bit(drop - 1);
        let below = inexact || (0..drop - 1).any(|at| self.bit(at));
        if half && (below || mantissa & 1 == 1) {
            mantissa += 1;
        }
        (mantissa, drop as i64)
    }

    fn bit(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|limb| limb >> (at % 64) & 1 == 1)
    }

    fn bits(&self) -> usize {
        self.0.last().map_or(0, |top| self.0.len() * 64 - top.leading_zeros() as usize)
    }

    fn order(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

/// `mantissa · 2^exponent` in steps that neither overflow nor lose bits before the last.
pub(crate) fn scaled(mantissa: f64, exponent: i64) -> f64 {
    let mut value = mantissa;
    let mut left = exponent.clamp(-4_400, 4_400) as i32;
    while left != 0 && value != 0.0 && value.is_finite() {
        let step = left.clamp(-900, 900);
        value *= f64::from_bits(((1_023 + step) as u64) << 52);
        left -= step;
    }
    value
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::{Natural, scaled};

    fn natural(value: u128, shift: u32) -> Natural {
        let mut number = Natural::default();
        number.add_shifted(value, shift);
        number
    }

    #[test]
    fn arithmetic_agrees_with_128_bits() {
        let (a, b) = (0x1234_5678_9abc_def0_u64, 0xffff_ffff_ffff_fff1_u64);
        let product = natural(a.into(), 0).times(&natural(b.into(), 0));
        assert_eq!(product, natural(u128::from(a) * u128::from(b), 0));
        assert_eq!(
            natural(5, 130).difference(&natural(3, 130)),
            (Ordering::Greater, natural(2, 130))
        );
        assert_eq!(natural(1, 0).difference(&natural(1, 64)).0, Ordering::Less);
        let mut carried = natural(u128::MAX, 64);
        carried.add_shifted(1, 64);
        assert_eq!(carried, natural(1, 192));
    }

    #[test]
    fn ratios_are_correctly_rounded() {
        for (top, divisor) in [(1_u128, 3_u64), (10, 3), (1 << 60, 7), (9_007_199_254_740_993, 1)] {
            let (mantissa, exponent) = natural(top, 0).ratio(&[divisor]);
            // 2^53 + 1 is a tie and goes to even; the others fit a float's own division.
            assert_eq!(scaled(mantissa as f64, exponent), top as f64 / divisor as f64, "{top}");
        }
        assert_eq!(natural(0, 0).ratio(&[5]), (0, 0));
    }

    #[test]
    fn scaling_reaches_both_ends() {
        assert_eq!(scaled(1.0, 1_023), f64::MAX / (2.0 - f64::EPSILON));
        assert_eq!(scaled(1.0, -1_074), f64::from_bits(1));
        assert_eq!(scaled(1.0, 2_000), f64::INFINITY);
    }
}
