//! Exact splits of one amount: the parts always make the whole.

use super::won;
use crate::money::{BasisPoints, Won};

/// Why an amount cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The shares of a contract do not make 100 % (R-213).
    #[error("the shares must make 10000 basis points")]
    NotWhole,
    /// Nothing to split by.
    #[error("there is nothing to split the amount by")]
    NoWeight,
    /// More goes back than was paid.
    #[error("the amount is above the sum of the parts")]
    AboveSum,
}

/// Splits `total` by shares that make the whole, by largest remainder. Of equal remainders the
/// earlier share gets the won, so the provider stands first.
pub fn by_shares(total: Won, shares: &[BasisPoints]) -> Result<Vec<Won>, SplitError> {
    if shares.iter().map(|share| share.get()).sum::<i64>() != BasisPoints::WHOLE.get() {
        return Err(SplitError::NotWhole);
    }
    largest_remainder(total, &shares.iter().map(|share| share.get()).collect::<Vec<_>>())
}

/// Splits a refund over what each source paid. A source never gets more than it paid.
pub fn pro_rata(refund: Won, paid: &[Won]) -> Result<Vec<Won>, SplitError> {
    if Won::checked_sum(paid.iter().copied()).is_some_and(|sum| refund > sum) {
        return Err(SplitError::AboveSum);
    }
    largest_remainder(refund, &paid.iter().map(|part| part.get()).collect::<Vec<_>>())
}

fn largest_remainder(total: Won, weights: &[i64]) -> Result<Vec<Won>, SplitError> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if sum <= 0 {
        return Err(SplitError::NoWeight);
    }
    let exact = weights.iter().map(|weight| i128::from(total.get()) * i128::from(*weight));
    let mut parts: Vec<(i128, i128, usize)> =
        exact.enumerate().map(|(at, product)| (product / sum, product % sum, at)).collect();
    let floors: i128 = parts.iter().map(|(floor, ..)| floor).sum();
    let left = usize::try_from(i128::from(total.get()) - floors).unwrap_or(0);
    parts.sort_by_key(|(_, remainder, at)| (std::cmp::Reverse(*remainder), *at));
    for (floor, ..) in parts.iter_mut().take(left) {
        *floor += 1;
    }
    parts.sort_by_key(|(.., at)| *at);
    Ok(parts.into_iter().map(|(part, ..)| won(part).unwrap_or(Won::MAX)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money_rules::{bp, w};

    #[test]
    fn r_213_the_largest_remainder_gets_the_won() {
        let split = |total, shares: &[i64]| {
            let shares: Vec<_> = shares.iter().map(|share| bp(*share)).collect();
            by_shares(w(total), &shares).map(|parts| parts.into_iter().map(Won::get).collect())
        };
        assert_eq!(split(1_000_001, &[7_000, 3_000]), Ok(vec![700_001, 300_000]));
        assert_eq!(split(1_000_001, &[3_000, 7_000]), Ok(vec![300_000, 700_001]));
        assert_eq!(split(1, &[5_000, 5_000]), Ok(vec![1, 0]), "a tie goes to the provider");
        assert_eq!(split(1, &[0, 10_000]), Ok(vec![0, 1]));
        assert_eq!(split(100, &[3_333, 3_333, 3_334]), Ok(vec![33, 33, 34]));
        assert_eq!(split(1, &[5_000, 4_999]), Err(SplitError::NotWhole));
        assert_eq!(split(1, &[]), Err(SplitError::NotWhole));
    }

    #[test]
    fn r_066_a_refund_goes_back_to_its_sources() {
        let paid = [w(8_000_000), w(2_000_000)];
        assert_eq!(pro_rata(w(5_000_000), &paid), Ok(vec![w(4_000_000), w(1_000_000)]));
        assert_eq!(pro_rata(w(10_000_001), &paid), Err(SplitError::AboveSum));
        assert_eq!(pro_rata(w(0), &[w(0)]), Err(SplitError::NoWeight));
    }

    proptest! {
        #[test]
        fn r_213_parts_make_the_whole_and_are_off_by_less_than_a_won(
            total in 0..=Won::MAX.0, cut in 0..=10_000_i64, second in 0..=10_000_i64,
        ) {
            let (low, high) = (cut.min(second), cut.max(second));
            let shares = [bp(low), bp(high - low), bp(10_000 - high)];
            let parts = by_shares(w(total), &shares).unwrap();
            prop_assert_eq!(Won::checked_sum(parts.iter().copied()), Some(w(total)));
            for (part, share) in parts.iter().zip(shares) {
                let difference =
                    i128::from(part.get()) * 10_000 - i128::from(total) * i128::from(share.get());
                prop_assert!(difference.abs() < 10_000);
            }
        }

        #[test]
        fn r_066_no_source_gets_more_than_it_paid(
            paid in proptest::collection::vec(0..=1_000_i64, 1..5), part in 0..=10_000_i64,
        ) {
            let paid: Vec<Won> = paid.into_iter().map(w).collect();
            let sum = Won::checked_sum(paid.iter().copied()).unwrap();
            prop_assume!(sum > Won::ZERO);
            let refund = sum.share_floor(bp(part));
            let back = pro_rata(refund, &paid).unwrap();
            prop_assert_eq!(Won::checked_sum(back.iter().copied()), Some(refund));
            prop_assert!(back.iter().zip(&paid).all(|(back, paid)| back <= paid));
        }
    }
}
