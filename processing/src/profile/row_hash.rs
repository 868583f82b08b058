//! Hashes of whole rows: the sum of the hashes of their cells, each mixed with its place.
//!
//! A sum can be taken column by column, and the hash of an entry of a dictionary is found once for
//! all its rows.
//!
//! Invariants: equal cells hash the same whether or not a dictionary holds them; a null is a value of
//! its own. What is kept is bounded by the dictionaries in use.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::NullBuffer;

use super::cells::{Cells, Text, float_bits, same_entries};
use super::coded::{Coded, Entries};
use super::hash::{CellHash, bytes_twice};

/// The two halves of a hash.
type Halves = [u64; 2];

/// Hashes rows by their cells.
#[derive(Default)]
pub(crate) struct RowHasher {
    /// Of each place, the last dictionary and the hashes of its entries.
    known: Vec<Option<Known>>,
    sums: Vec<Halves>,
}

/// A dictionary and the hashes of its entries; that of a null stands behind the last.
struct Known {
    of: Entered,
    hashes: Vec<Halves>,
}

enum Entered {
    Text(ArrayRef),
    Numbers(Arc<Entries>),
}

impl RowHasher {
    /// The hashes of so many rows by some cells of each, in this order. Nested cells are left out:
    /// they cannot be compared.
    pub(crate) fn rows<'c>(
        &mut self,
        cells: impl IntoIterator<Item = &'c Cells>,
        rows: usize,
    ) -> impl ExactSizeIterator<Item = u128> {
        self.sums.clear();
        self.sums.resize(rows, [0; 2]);
        for (place, cells) in cells.into_iter().enumerate() {
            if self.known.len() <= place {
                self.known.push(None);
            }
            add(&mut self.sums, CellHash::of(place), cells, &mut self.known[place]);
        }
        self.sums.iter().map(|[high, low]| u128::from(*high) << 64 | u128::from(*low))
    }
}

#[inline]
fn sum(row: &mut Halves, cell: Halves) {
    row[0] = row[0].wrapping_add(cell[0]);
    row[1] = row[1].wrapping_add(cell[1]);
}

fn add(sums: &mut [Halves], place: CellHash, cells: &Cells, known: &mut Option<Known>) {
    match cells {
        Cells::Flag(array) => {
            each(sums, place, array.nulls(), |row| place.number(u64::from(array.value(row))));
        }
        Cells::Whole(array) => {
            let values = array.values();
            each(sums, place, array.nulls(), |row| place.number(values[row].cast_unsigned()));
        }
        Cells::Real(array) => {
            let values = array.values();
            each(sums, place, array.nulls(), |row| place.number(float_bits(values[row])));
        }
        Cells::Wide(values, nulls) => {
            each(sums, place, nulls.as_ref(), |row| place.wide(values[row].cast_unsigned()));
        }
        Cells::Text(Text::Plain(array)) => each(sums, place, array.nulls(), |row| {
            place.pair(bytes_twice(array.value(row).as_bytes()))
        }),
        Cells::Bytes(array) => {
            each(sums, place, array.nulls(), |row| place.pair(bytes_twice(array.value(row))));
        }
        Cells::Text(Text::Coded(array)) => {
            let entries = array.values();
            let same = |known: &Known| matches!(&known.of, Entered::Text(kept) if same_entries(kept, entries));
            if !known.as_ref().is_some_and(same) {
                let texts = entries.as_string::<i32>().iter();
                let hash = |text: &str| place.pair(bytes_twice(text.as_bytes()));
                let hashes = texts.map(|text| text.map_or(place.null(), hash));
                let hashes = hashes.chain([place.null()]).collect();
                *known = Some(Known { of: Entered::Text(Arc::clone(entries)), hashes });
            }
            let keys = array.keys().values();
            by_key(sums, known.as_ref(), array.nulls(), |row| keys[row] as usize);
        }
        Cells::Coded(Coded { keys, nulls, entries }) => {
            let same = |known: &Known| matches!(&known.of, Entered::Numbers(kept) if Arc::ptr_eq(kept, entries));
            if !known.as_ref().is_some_and(same) {
                let null = [place.null()];
                let hashes = match &**entries {
                    Entries::Whole(values) => {
                        let hashes = values.iter().map(|value| place.number(value.cast_unsigned()));
                        hashes.chain(null).collect()
                    }
                    Entries::Real(values) => {
                        let hashes = values.iter().map(|value| place.number(float_bits(*value)));
                        hashes.chain(null).collect()
                    }
                };
                *known = Some(Known { of: Entered::Numbers(Arc::clone(entries)), hashes });
            }
            by_key(sums, known.as_ref(), nulls.as_ref(), |row| keys[row] as usize);
        }
        Cells::Opaque(_) => {}
    }
}

/// Adds the cell of each row, or a null.
#[inline]
fn each(
    sums: &mut [Halves],
    place: CellHash,
    nulls: Option<&NullBuffer>,
    cell: impl Fn(usize) -> Halves,
) {
    match nulls.filter(|nulls| nulls.null_count() > 0) {
        None => sums.iter_mut().enumerate().for_each(|(row, hash)| sum(hash, cell(row))),
        Some(nulls) => {
            let null = place.null();
            sums.iter_mut().enumerate().for_each(|(row, hash)| {
                sum(hash, if nulls.is_valid(row) { cell(row) } else { null });
            });
        }
    }
}

/// Adds the hash of each row's entry, or of a null.
#[inline]
fn by_key(
    sums: &mut [Halves],
    known: Option<&Known>,
    nulls: Option<&NullBuffer>,
    key: impl Fn(usize) -> usize,
) {
    let hashes = known.map_or(&[][..], |known| &known.hashes);
    // A key beyond the entries is a null, too.
    let Some(last) = hashes.len().checked_sub(1) else { return };
    match nulls.filter(|nulls| nulls.null_count() > 0) {
        None => sums.iter_mut().enumerate().for_each(|(row, hash)| {
            sum(hash, hashes[key(row).min(last)]);
        }),
        Some(nulls) => sums.iter_mut().enumerate().for_each(|(row, hash)| {
            let entry = if nulls.is_valid(row) { key(row).min(last) } else { last };
            sum(hash, hashes[entry]);
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{DictionaryArray, Float64Array, Int64Array, StringArray};
    use arrow::buffer::NullBuffer;
    use arrow::datatypes::Int32Type;

    use super::RowHasher;
    use crate::profile::cells::{Cells, Text};
    use crate::profile::coded::{Coded, Entries};

    fn of(cells: &[Cells], rows: usize) -> Vec<u128> {
        RowHasher::default().rows(cells, rows).collect()
    }

    #[test]
    fn a_dictionary_makes_no_difference() {
        let values = [Some(2.5), None, Some(-0.0), Some(f64::NAN), Some(2.5), Some(0.0)];
        let plain = Cells::Real(Float64Array::from(values.to_vec()));
        let coded = Cells::Coded(Coded {
            keys: vec![1, 0, 0, 2, 1, 3],
            nulls: Some(NullBuffer::from(vec![true, false, true, true, true, true])),
            entries: Arc::new(Entries::Real(vec![0.0, 2.5, -f64::NAN, -0.0].into())),
        });
        assert_eq!(of(&[plain], 6), of(&[coded], 6));
        let texts = [Some("가"), None, Some(""), Some("가")];
        let plain = Cells::Text(Text::Plain(StringArray::from(texts.to_vec())));
        let coded: DictionaryArray<Int32Type> = texts.into_iter().collect();
        let coded = Cells::Text(Text::Coded(coded));
        assert_eq!(of(&[plain], 4), of(&[coded], 4));
        let none = Coded {
            keys: vec![0; 2],
            nulls: Some(NullBuffer::new_null(2)),
            entries: Arc::new(Entries::Whole(Vec::new().into())),
        };
        let nulls = Cells::Whole(Int64Array::from(vec![None::<i64>; 2]));
        assert_eq!(of(&[Cells::Coded(none)], 2), of(&[nulls], 2));
    }

    #[test]
    fn cells_hash_by_value_and_place() {
        let whole = |values: &[i64]| Cells::Whole(Int64Array::from(values.to_vec()));
        let (a, b) = (whole(&[1, 2, 0, 5]), whole(&[2, 1, 0, 4]));
        let rows = of(&[a.clone(), b.clone()], 4);
        let swapped = of(&[b, a], 4);
        assert_eq!(rows[2], swapped[2]);
        for row in [0, 1, 3] {
            assert_ne!(rows[row], swapped[row], "{row}");
        }
        assert_ne!(rows[0], rows[1]);
        // Sums of neighbouring small numbers do not meet.
        let many: Vec<i64> = (0..300).collect();
        let mut all = Vec::new();
        for shift in 0..300 {
            let other: Vec<i64> = many.iter().map(|value| value ^ shift).collect();
            all.extend(of(&[whole(&many), whole(&other)], 300));
        }
        let halves = [|hash: u128| hash as u64, |hash: u128| (hash >> 64) as u64];
        for half in halves {
            let mut of_half: Vec<u64> = all.iter().map(|hash| half(*hash)).collect();
            of_half.sort_unstable();
            of_half.dedup();
            assert_eq!(of_half.len(), 90_000);
        }
    }
}
