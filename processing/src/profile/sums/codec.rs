//! Exact sums as bytes: the sums themselves, so that how they were added up leaves no trace.

use super::{RealSums, Sums, UNIT, WholeSums, Wide, WideSums};
use crate::profile::bytes::{In, Malformed, Out};

/// Limbs of the largest sum of squares of floats: 2^4096 a value, in the unit of 2^−2148, and room
/// for 2^64 of them.
const LIMBS_MAX: usize = 70;

impl Wide {
    fn write(self, out: &mut Out) {
        out.wide(self.low.cast_signed());
        out.natural(self.high);
    }

    fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        Ok(Self { low: input.wide()?.cast_unsigned(), high: input.count()? })
    }
}

/// Sums that have bytes.
pub(crate) trait Stored: Sized {
    /// Writes them.
    fn write(&self, out: &mut Out);
    /// Reads them.
    fn read(input: &mut In<'_>) -> Result<Self, Malformed>;
}

impl Stored for WholeSums {
    fn write(&self, out: &mut Out) {
        out.wide(self.sum);
        self.squares.write(out);
    }

    fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        // 2^48 values of 63 bits each.
        let sum = Some(input.wide()?).filter(|sum| sum.unsigned_abs() < 1 << 112);
        Ok(Self { sum: sum.ok_or(Malformed)?, squares: Wide::read(input)? })
    }
}

impl Stored for WideSums {
    fn write(&self, out: &mut Out) {
        self.positive.write(out);
        self.negative.write(out);
        self.high_squares.write(out);
        self.products.write(out);
        self.low_squares.write(out);
    }

    fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            positive: Wide::read(input)?,
            negative: Wide::read(input)?,
            high_squares: Wide::read(input)?,
            products: Wide::read(input)?,
            low_squares: Wide::read(input)?,
        })
    }
}

impl Stored for RealSums {
    fn write(&self, out: &mut Out) {
        let totals = self.totals();
        debug_assert_eq!(totals.exponent, UNIT);
        out.flag(totals.negative);
        for number in [&totals.sum, &totals.squares] {
            out.natural(number.limbs().len() as u64);
            number.limbs().iter().for_each(|limb| out.0.extend(limb.to_le_bytes()));
        }
    }

    fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        let negative = input.flag()?;
        let (sum, squares) = (limbs(input)?, limbs(input)?);
        if negative && sum.is_empty() {
            return Err(Malformed);
        }
        let mut sums = Self::default();
        // A limb of the sum stands 64 bits above the one before it, one of the squares too; but a
        // step of the exponent is two steps of the squares.
        for (at, limb) in sum.into_iter().enumerate() {
            let part = i128::from(limb);
            sums.bin(64 * at + 1).sum += if negative { -part } else { part };
        }
        for (at, limb) in squares.into_iter().enumerate() {
            sums.bin(32 * at + 1).squares.add(u128::from(limb));
        }
        Ok(sums)
    }
}

/// Limbs without leading zeros.
fn limbs(input: &mut In<'_>) -> Result<Vec<u64>, Malformed> {
    let count = Some(input.parts()?).filter(|count| *count <= LIMBS_MAX).ok_or(Malformed)?;
    let (words, _) = input.take(count * 8)?.as_chunks::<8>();
    let limbs: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
    if limbs.last() == Some(&0) { Err(Malformed) } else { Ok(limbs) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{RealSums, Stored, Sums as _};
    use crate::profile::bytes::{In, Out};

    fn bytes(sums: &RealSums) -> Vec<u8> {
        let mut out = Out::default();
        sums.write(&mut out);
        out.0
    }

    proptest! {
        #[test]
        fn real_sums_come_back_and_go_on(values in prop::collection::vec(any::<f64>(), 0..40), at in 0_usize..40) {
            let values: Vec<f64> = values.into_iter().filter(|x| x.is_finite()).collect();
            let (first, rest) = values.split_at(at.min(values.len()));
            let (mut whole, mut part) = (RealSums::default(), RealSums::default());
            values.iter().for_each(|x| whole.add(*x, 3));
            first.iter().for_each(|x| part.add(*x, 3));
            let mut back = RealSums::read(&mut In(&bytes(&part))).unwrap();
            rest.iter().for_each(|x| back.add(*x, 3));
            prop_assert_eq!(bytes(&back), bytes(&whole));
            let count = values.len() as u64 * 3;
            prop_assert_eq!(back.mean_std(count, 0), whole.mean_std(count, 0));
        }
    }
}
