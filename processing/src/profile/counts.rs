//! An exact count per value, for fixed-width values.
//!
//! Invariant: the content depends on what was added, not on the order. The table grows as needed;
//! who uses it bounds it by looking at [`Counts::len`].

use std::hash::{BuildHasher as _, RandomState};

use super::hash::mix;

/// A fixed-width value that can be counted.
pub(crate) trait Key: Copy + Eq + Default {
    /// A well-spread hash, always the same for the same value.
    fn hash(self) -> u64;
}

impl Key for i64 {
    fn hash(self) -> u64 {
        mix(self.cast_unsigned())
    }
}

impl Key for u64 {
    fn hash(self) -> u64 {
        mix(self)
    }
}

impl Key for i128 {
    fn hash(self) -> u64 {
        let bits = self.cast_unsigned();
        mix((bits as u64) ^ mix(((bits >> 64) as u64).wrapping_add(0x9e37_79b9_7f4a_7c15)))
    }
}

/// Open addressing with linear probing, at most half full.
#[derive(Clone)]
pub(crate) struct Counts<K> {
    /// A count of 0 marks a free slot.
    slots: Vec<(K, u64)>,
    len: usize,
    /// Differs from process to process, so that no file can be made to fill one run of slots. It
    /// decides where a value lies and nothing else.
    seed: u64,
}

impl<K: Key> Counts<K> {
    /// A table without values.
    pub(crate) fn new() -> Self {
        Self { slots: vec![(K::default(), 0); 16], len: 0, seed: RandomState::new().hash_one(0_u8) }
    }

    /// Different values counted.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds `count` to a value and returns the number of different values. `count` is not 0.
    #[inline]
    pub(crate) fn add(&mut self, key: K, count: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.place(key) & mask;
        loop {
            let slot = &mut self.slots[at];
            if slot.1 == 0 {
                *slot = (key, count);
                self.len += 1;
                if self.len * 2 > self.slots.len() {
                    self.grow();
                }
                return self.len;
            }
            if slot.0 == key {
                slot.1 += count;
                return self.len;
            }
            at = (at + 1) & mask;
        }
    }

    /// The count of a value.
    pub(crate) fn get(&self, key: K) -> u64 {
        let mask = self.slots.len() - 1;
        let mut at = self.place(key) & mask;
        while self.slots[at].1 != 0 {
            if self.slots[at].0 == key {
                return self.slots[at].1;
            }
            at = (at + 1) & mask;
        }
        0
    }

    /// All values with their counts, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, u64)> {
        self.slots.iter().copied().filter(|slot| slot.1 != 0)
    }

    #[inline]
    fn place(&self, key: K) -> usize {
        // The upper half decides, because the seed only reaches upwards by the multiplication.
        ((key.hash() ^ self.seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
    }

    #[cold]
    fn grow(&mut self) {
        let bigger = vec![(K::default(), 0); self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, bigger);
        let mask = self.slots.len() - 1;
        for (key, count) in old.into_iter().filter(|slot| slot.1 != 0) {
            let mut at = self.place(key) & mask;
            while self.slots[at].1 != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = (key, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Counts;

    #[test]
    fn counts_agree_with_a_sorted_map() {
        let mut counts = Counts::new();
        let mut oracle = BTreeMap::new();
        let mut x = 1_i64;
        for step in 0..50_000_u64 {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let key = (x >> 50) * 1_000_003;
            counts.add(key, step % 3 + 1);
            *oracle.entry(key).or_insert(0) += step % 3 + 1;
        }
        let mut entries: Vec<_> = counts.iter().collect();
        entries.sort_unstable();
        assert_eq!(counts.len(), oracle.len());
        assert_eq!(entries, oracle.iter().map(|(k, v)| (*k, *v)).collect::<Vec<_>>());
        assert_eq!(counts.get(entries[7].0), entries[7].1);
        assert_eq!(counts.get(3), 0, "never added");
    }
}
