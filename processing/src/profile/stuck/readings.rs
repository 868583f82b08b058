//! The readings of one column of a batch, each machine's after another's.
//!
//! Readings that a file keeps by dictionary stay keys: half as wide, and compared without a look at
//! the values.

use std::sync::Arc;

use super::Turns;
use crate::profile::cells::{Cells, float_bits};
use crate::profile::coded::{Coded, Entries};
use crate::profile::hash::mix;

/// What a float that is no reading is taken for.
const NAN: u64 = f64::NAN.to_bits();

/// Room for readings.
#[derive(Default)]
pub(crate) struct Readings {
    values: Vec<u64>,
    keys: Vec<u32>,
    /// A bit for each cell that is no reading: null or NaN. Its value is that of the one before.
    gone: Vec<u64>,
    /// The last dictionary; the readings are its keys if there are any keys.
    dictionary: Option<Dictionary>,
}

/// The readings that were taken.
pub(super) enum Column<'r> {
    /// Values by their bits.
    Values(&'r [u64]),
    /// Keys of a dictionary, equal where the values are.
    Keys(&'r [u32], &'r Dictionary),
}

/// A dictionary by the bits of its entries.
pub(super) struct Dictionary {
    of: Arc<Entries>,
    bits: Vec<u64>,
    /// The first key with the same value, for each; none if all entries differ.
    first: Option<Vec<u32>>,
    /// The key of NaN.
    nan: Option<u32>,
}

impl Dictionary {
    fn new(of: &Arc<Entries>) -> Self {
        let (bits, floats): (Vec<u64>, _) = match &**of {
            Entries::Whole(values) => (values.iter().map(|v| v.cast_unsigned()).collect(), false),
            Entries::Real(values) => (values.iter().map(|v| float_bits(*v)).collect(), true),
        };
        let nan = bits.iter().position(|bits| floats && *bits == NAN).map(|at| at as u32);
        Self { of: Arc::clone(of), first: firsts(&bits), bits, nan }
    }

    /// The bits of an entry. A dictionary without entries has null rows only.
    pub(super) fn value(&self, key: u32) -> u64 {
        self.bits.get(key as usize).copied().unwrap_or(NAN)
    }
}

/// The first place of each value, if any repeats.
fn firsts(values: &[u64]) -> Option<Vec<u32>> {
    let mask = (values.len() * 2).next_power_of_two() - 1;
    let mut table = vec![u32::MAX; mask + 1];
    let first = |(at, value): (usize, &u64)| {
        let mut slot = mix(*value) as usize & mask;
        while table[slot] != u32::MAX && values[table[slot] as usize] != *value {
            slot = (slot + 1) & mask;
        }
        table[slot] = table[slot].min(at as u32);
        table[slot]
    };
    let firsts: Vec<u32> = values.iter().enumerate().map(first).collect();
    firsts.iter().zip(0..).any(|(first, at)| *first != at).then_some(firsts)
}

impl Readings {
    /// Takes the readings of a batch. Returns where those of each machine begin and end; they begin
    /// with one that is there.
    pub(super) fn take(&mut self, cells: &Cells, turns: &Turns) -> Vec<(u32, usize, usize)> {
        self.values.clear();
        self.keys.clear();
        self.gone.clear();
        let rows = || turns.rows.iter().map(|row| *row as usize);
        match cells {
            Cells::Whole(array) => {
                let values = array.values();
                self.values.extend(rows().map(|row| values[row].cast_unsigned()));
                leave_out(&mut self.values, &mut self.gone, cells, turns, None);
            }
            Cells::Real(array) => {
                let values = array.values();
                self.values.extend(rows().map(|row| float_bits(values[row])));
                leave_out(&mut self.values, &mut self.gone, cells, turns, Some(NAN));
            }
            Cells::Wide(values, _) => {
                // The value itself while it fits; beyond, different ones meet once in 2^64.
                self.values.extend(rows().map(|row| match i64::try_from(values[row]) {
                    Ok(small) => small.cast_unsigned(),
                    Err(_) => mix(values[row] as u64 ^ mix((values[row] >> 64) as u64)),
                }));
                leave_out(&mut self.values, &mut self.gone, cells, turns, None);
            }
            Cells::Coded(Coded { keys, entries, .. }) => {
                let kept = self.dictionary.take().filter(|kept| Arc::ptr_eq(&kept.of, entries));
                let dictionary = kept.unwrap_or_else(|| Dictionary::new(entries));
                match &dictionary.first {
                    None => self.keys.extend(rows().map(|row| keys[row])),
                    Some(first) => {
                        let first = |key: u32| first.get(key as usize).copied().unwrap_or(key);
                        self.keys.extend(rows().map(|row| first(keys[row])));
                    }
                }
                leave_out(&mut self.keys, &mut self.gone, cells, turns, dictionary.nan);
                self.dictionary = Some(dictionary);
            }
            _ => return Vec::new(),
        }
        let mut spans = turns.spans.clone();
        if !self.gone.is_empty() {
            for (_, from, to) in &mut spans {
                while from < to && self.gone_from(*from) & 1 == 1 {
                    *from += 1;
                }
            }
        }
        spans
    }

    /// What was taken.
    pub(super) fn column(&self) -> Column<'_> {
        match self.dictionary.as_ref().filter(|_| !self.keys.is_empty()) {
            Some(dictionary) => Column::Keys(&self.keys, dictionary),
            None => Column::Values(&self.values),
        }
    }

    /// Which of the 64 cells from here on are no readings.
    pub(super) fn gone_from(&self, at: usize) -> u64 {
        let (word, bit) = (at / 64, at % 64);
        let Some([low, high]) = self.gone.get(word..word + 2) else { return 0 };
        if bit == 0 { *low } else { low >> bit | high << (64 - bit) }
    }
}

/// Marks what is no reading: null, or `nan`.
fn leave_out<T: Copy + PartialEq>(
    values: &mut [T],
    gone: &mut Vec<u64>,
    cells: &Cells,
    turns: &Turns,
    nan: Option<T>,
) {
    let nulls = cells.nulls().filter(|nulls| nulls.null_count() > 0);
    let nan = nan.filter(|nan| values.contains(nan));
    if nulls.is_none() && nan.is_none() {
        return;
    }
    // One word more, so that 64 bits can be taken from anywhere.
    gone.resize(values.len() / 64 + 2, 0);
    let mut mark = |at: usize| gone[at / 64] |= 1 << (at % 64);
    if let Some(nulls) = nulls {
        let absent = !nulls.inner();
        let places = absent.set_indices().filter_map(|row| turns.places.get(row));
        places.filter(|at| **at != u32::MAX).for_each(|at| mark(*at as usize));
    }
    if let Some(nan) = nan {
        let nans = values.iter().enumerate().filter(|(_, value)| **value == nan);
        nans.for_each(|(at, _)| mark(at));
    }
    for (word, bits) in gone.iter().enumerate() {
        let mut bits = *bits;
        while bits != 0 {
            let at = word * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if at > 0 {
                values[at] = values[at - 1];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::firsts;

    #[test]
    fn equal_entries_share_the_first_key() {
        assert_eq!(firsts(&[]), None);
        assert_eq!(firsts(&[7, 3, u64::MAX, 0]), None);
        assert_eq!(firsts(&[7, 3, 7, 3, 0]), Some(vec![0, 1, 0, 1, 4]));
        let many: Vec<u64> = (0..5_000).map(|n| (n % 2_500) << 40).collect();
        let found = firsts(&many).unwrap();
        assert!(found.iter().enumerate().all(|(at, first)| *first as usize == at % 2_500));
    }
}
