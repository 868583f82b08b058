//! The most frequent value of each group.
//!
//! Values and their counts are held in memory while they fill at most half of it. Else a record of each
//! cell (group, hash of the value, row) is sorted on disk, and the values that won are looked up by
//! their hash. Hashes have 128 bits and keys of their own in each run.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{concat, take};
use arrow::row::Rows;

use super::bug;
use crate::error::Fault;
use crate::pipeline::belong::Belong;
use crate::pipeline::group::Encoder;
use crate::pipeline::number::missing;
use crate::pipeline::shape::Shape;
use crate::pipeline::table::Table;
use crate::pipeline::work::Work;
use crate::spill::Sorter;

/// The most frequent value of each group, the one seen first on a tie; null where there is none.
pub(super) fn modes(
    table: &Table,
    index: usize,
    belong: &mut Belong,
    work: &Work<'_>,
) -> Result<ArrayRef, Fault> {
    let cells = Cells::of(table, index)?;
    let mut counted = Counted::default();
    let mut fits = true;
    belong.pass(table, index, work, &mut |array, groups| {
        if fits {
            cells.each(array, |row, key| {
                counted.add(array, row, key, groups.get(row).copied().unwrap_or(0))
            })?;
            fits = counted.bytes + counted.counts.len() * 48 <= work.memory_bytes_max / 2;
        }
        Ok(())
    })?;
    if fits {
        return counted.best(belong.count(), &cells.shape);
    }
    drop(counted);
    by_files(table, index, belong, &cells, work)
}

/// The column and how its values are told apart.
struct Cells {
    encoder: Encoder,
    shape: Shape,
}

impl Cells {
    fn of(table: &Table, index: usize) -> Result<Self, Fault> {
        let shape = table.shape.chosen(&[index]);
        Ok(Self { encoder: Encoder::new(vec![0], &shape)?, shape })
    }

    /// Tells row and bytes of each cell that holds a value.
    fn each(
        &self,
        array: &ArrayRef,
        mut tell: impl FnMut(usize, &[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let batch: RecordBatch = self.shape.batch(vec![ArrayRef::clone(array)], array.len())?;
        let gone = missing(array)?;
        let rows: Rows = self.encoder.rows(&batch)?;
        for n in (0..array.len()).filter(|n| !gone.value(*n)) {
            tell(n, rows.row(n).as_ref())?;
        }
        Ok(())
    }
}

/// Values counted in memory.
#[derive(Default)]
struct Counted {
    /// Value to its place in `seen`.
    places: HashMap<Box<[u8]>, u32>,
    seen: Vec<ArrayRef>,
    /// Count and place among all pairs, by group and value.
    counts: HashMap<(u32, u32), (u64, usize)>,
    bytes: usize,
}

impl Counted {
    fn add(&mut self, array: &ArrayRef, row: usize, key: &[u8], group: u32) -> Result<(), Fault> {
        let place = if let Some(place) = self.places.get(key) {
            *place
        } else {
            let place = u32::try_from(self.seen.len()).map_err(|e| Fault::Bug(e.to_string()))?;
            self.bytes += key.len() * 2 + 300;
            self.places.insert(key.into(), place);
            self.seen.push(one(array, row)?);
            place
        };
        let first = self.counts.len();
        self.counts.entry((group, place)).or_insert((0, first)).0 += 1;
        Ok(())
    }

    fn best(self, groups: usize, shape: &Shape) -> Result<ArrayRef, Fault> {
        let mut best: Vec<Option<(u64, usize, u32)>> = vec![None; groups];
        for ((group, place), (count, first)) in self.counts {
            if let Some(slot) = best.get_mut(group as usize)
                && slot.is_none_or(|(most, at, _)| (count, at) > (most, first))
            {
                *slot = Some((count, first, place));
            }
        }
        chosen(&self.seen, best.iter().map(|best| best.map(|(_, _, place)| place)), shape)
    }
}

/// A cell as an array.
fn one(array: &ArrayRef, row: usize) -> Result<ArrayRef, Fault> {
    let at = UInt32Array::from(vec![u32::try_from(row).unwrap_or(0)]);
    take(array, &at, None).map_err(bug)
}

/// The values at some places of `seen`.
fn chosen(
    seen: &[ArrayRef],
    places: impl Iterator<Item = Option<u32>>,
    shape: &Shape,
) -> Result<ArrayRef, Fault> {
    let places: UInt32Array = places.collect();
    if seen.is_empty() {
        return Ok(arrow::array::new_null_array(&shape.data_type(0), places.len()));
    }
    let seen: Vec<&dyn Array> = seen.iter().map(AsRef::as_ref).collect();
    take(&concat(&seen).map_err(bug)?, &places, None).map_err(bug)
}

/// Count, first row and hash of a value.
type Best = (u64, u64, u128);

/// Bytes of a record: group, hash, row.
const RECORD_BYTES: usize = 28;

/// The same from records sorted on disk.
fn by_files(
    table: &Table,
    index: usize,
    belong: &mut Belong,
    cells: &Cells,
    work: &Work<'_>,
) -> Result<ArrayRef, Fault> {
    let keys = (RandomState::new(), RandomState::new());
    let hash =
        |key: &[u8]| u128::from(keys.0.hash_one(key)) << 64 | u128::from(keys.1.hash_one(key));
    let mut sorter = Sorter::<RECORD_BYTES>::new(&work.scratch(), work.memory_bytes_max / 4);
    let mut row = 0_u64;
    belong.pass(table, index, work, &mut |array, groups| {
        cells.each(array, |n, key| {
            let group = groups.get(n).copied().unwrap_or(0);
            let parts = [
                &group.to_be_bytes()[..],
                &hash(key).to_be_bytes(),
                &(row + n as u64).to_be_bytes(),
            ];
            let mut record = [0; RECORD_BYTES];
            for (slot, byte) in record.iter_mut().zip(parts.concat()) {
                *slot = byte;
            }
            sorter.push(record)
        })?;
        row += array.len() as u64;
        Ok(())
    })?;
    let best = most(sorter, belong.count())?;
    // The value itself: as it stands where it is seen first, in whatever group.
    let mut places: HashMap<u128, Option<u32>> =
        best.iter().flatten().map(|(_, _, hash)| (*hash, None)).collect();
    let mut seen = Vec::new();
    belong.pass(table, index, work, &mut |array, _| {
        if seen.len() == places.len() {
            return Ok(());
        }
        cells.each(array, |n, key| {
            if let Some(place @ None) = places.get_mut(&hash(key)) {
                *place = u32::try_from(seen.len()).ok();
                seen.push(one(array, n)?);
            }
            Ok(())
        })
    })?;
    let place = |(_, _, hash): Best| places.get(&hash).copied().flatten();
    chosen(&seen, best.iter().map(|best| best.and_then(place)), &cells.shape)
}

/// The most frequent value of each group.
fn most(sorter: Sorter<RECORD_BYTES>, groups: usize) -> Result<Vec<Option<Best>>, Fault> {
    let mut best: Vec<Option<Best>> = vec![None; groups];
    let mut close = |run: Option<(u32, u128, u64, u64)>| {
        if let Some((group, hash, first, count)) = run
            && let Some(slot) = best.get_mut(group as usize)
            && slot.is_none_or(|(most, at, _)| (count, at) > (most, first))
        {
            *slot = Some((count, first, hash));
        }
    };
    let records = sorter.sorted()?;
    let mut walk = records.walk();
    let mut run: Option<(u32, u128, u64, u64)> = None;
    while let Some(record) = walk.next()? {
        let (group, hash, row) = parted(&record)?;
        match &mut run {
            Some(run) if (run.0, run.1) == (group, hash) => run.3 += 1,
            other => close(other.replace((group, hash, row, 1))),
        }
    }
    close(run);
    Ok(best)
}

fn parted(record: &[u8; RECORD_BYTES]) -> Result<(u32, u128, u64), Fault> {
    let cut = || Fault::Bug("a record is cut".into());
    let (group, rest) = record.split_first_chunk().ok_or_else(cut)?;
    let (hash, rest) = rest.split_first_chunk().ok_or_else(cut)?;
    let row = rest.first_chunk().ok_or_else(cut)?;
    Ok((u32::from_be_bytes(*group), u128::from_be_bytes(*hash), u64::from_be_bytes(*row)))
}
