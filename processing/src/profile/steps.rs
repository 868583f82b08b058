//! Lengths and how often they occur: steps of a clock, runs of a reading.
//!
//! Invariant: the state is a function of the multiset of lengths, once it is fixed how many different
//! ones are told apart.

use super::counts::Counts;

/// Lengths with their counts, exact while there are few different ones.
pub(crate) enum Steps {
    /// Each length.
    Exact(Counts<u64>),
    /// By bucket of [`bucket`].
    Rough(Vec<u64>),
}

/// Bits of a step that are kept once steps are too many: an error of at most 1/256.
const KEPT_BITS: u32 = 8;
const BUCKETS: usize = (64 - KEPT_BITS as usize + 2) << (KEPT_BITS - 1);

/// The bucket of a step: the step itself below 2^8, else by its exponent and seven more bits.
fn bucket(step: u64) -> usize {
    let bits = 64 - step.leading_zeros();
    if bits <= KEPT_BITS {
        return step as usize;
    }
    let shift = bits - KEPT_BITS;
    ((shift as usize) << (KEPT_BITS - 1)) + (step >> shift) as usize
}

/// The middle of a bucket.
fn bucket_middle(bucket: usize) -> u64 {
    let half = 1_usize << (KEPT_BITS - 1);
    if bucket < 2 * half {
        return bucket as u64;
    }
    let shift = (bucket / half - 1) as u32;
    let low = ((bucket % half + half) as u64) << shift;
    low + (1_u64 << shift) / 2
}

impl Steps {
    /// No lengths yet.
    pub(crate) fn new() -> Self {
        Self::Exact(Counts::new())
    }

    /// Adds a length `count` times (at least once); above `exact_max` different ones they are kept
    /// by bucket.
    #[inline]
    pub(crate) fn add(&mut self, step: u64, count: u64, exact_max: usize) {
        match self {
            Self::Exact(counts) => {
                if counts.add(step, count) > exact_max {
                    self.blur();
                }
            }
            Self::Rough(buckets) => buckets[bucket(step)] += count,
        }
    }

    #[cold]
    fn blur(&mut self) {
        let Self::Exact(counts) = self else { return };
        let mut buckets = vec![0; BUCKETS];
        counts.iter().for_each(|(step, count)| buckets[bucket(step)] += count);
        *self = Self::Rough(buckets);
    }

    /// Adds all lengths of another.
    pub(crate) fn merge(&mut self, other: &Self, exact_max: usize) {
        match other {
            Self::Exact(counts) => {
                counts.iter().for_each(|(step, count)| self.add(step, count, exact_max));
            }
            Self::Rough(theirs) => {
                self.blur();
                if let Self::Rough(mine) = self {
                    mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
                }
            }
        }
    }

    /// Whether each length was counted.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self, Self::Exact(_))
    }

    /// Lengths with their counts, shortest first.
    pub(crate) fn sorted(&self) -> Vec<(u64, u64)> {
        match self {
            Self::Exact(counts) => {
                let mut steps: Vec<_> = counts.iter().collect();
                steps.sort_unstable();
                steps
            }
            Self::Rough(buckets) => {
                let used = buckets.iter().enumerate().filter(|(_, count)| **count > 0);
                used.map(|(at, count)| (bucket_middle(at), *count)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BUCKETS, bucket, bucket_middle};

    #[test]
    fn buckets_keep_steps_to_one_in_256() {
        let mut steps: Vec<u64> = (0..1_000).collect();
        steps.extend((8..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 12_345]));
        steps.push(u64::MAX);
        for step in steps {
            assert!(bucket(step) < BUCKETS, "{step}");
            let off = bucket_middle(bucket(step)).abs_diff(step);
            assert!(off <= step / 256, "{step}: {}", bucket_middle(bucket(step)));
        }
    }
}
