//! Looking records up among sorted ones, with one reading of the disk.

use super::sorter::Sorted;
use crate::error::Fault;

/// Records of a block: about what a disk reads at a time.
const BLOCK_RECORDS: usize = 128;

/// Sorted records with the first of each block of them.
pub(crate) struct Index<const N: usize> {
    records: Sorted<N>,
    firsts: Vec<[u8; N]>,
    block: usize,
}

impl<const N: usize> Index<N> {
    /// An index in at most so many bytes; blocks grow where records are many.
    ///
    /// # Errors
    /// [`Fault::Transient`].
    pub(crate) fn new(records: Sorted<N>, memory: usize) -> Result<Self, Fault> {
        let most = (memory / N).max(1) as u64;
        let block = records.len().div_ceil(most).max(BLOCK_RECORDS as u64);
        let mut firsts = Vec::new();
        let mut place = 0;
        while let Some(first) = records.at(place)? {
            firsts.push(first);
            place += block;
        }
        let block = usize::try_from(block).unwrap_or(usize::MAX);
        Ok(Self { records, firsts, block })
    }

    /// The first record that is not below `bound`, and its place; as many as there are records when
    /// all are below.
    ///
    /// # Errors
    /// [`Fault::Transient`].
    pub(crate) fn seek(&self, bound: &[u8; N]) -> Result<(u64, Option<[u8; N]>), Fault> {
        let behind = self.firsts.partition_point(|first| first < bound);
        let Some(block) = behind.checked_sub(1) else {
            return Ok((0, self.firsts.first().copied()));
        };
        let from = block as u64 * self.block as u64;
        let mut room = vec![[0; N]; self.block];
        let count = self.records.read(from, &mut room)?;
        let room = room.get(..count).unwrap_or_default();
        let at = room.partition_point(|record| record < bound);
        // Behind the last record of a block stands the first of the next.
        let record = room.get(at).or_else(|| self.firsts.get(behind));
        Ok((from + at as u64, record.copied()))
    }

    /// The record at a place.
    ///
    /// # Errors
    /// [`Fault::Transient`].
    pub(crate) fn at(&self, place: u64) -> Result<Option<[u8; N]>, Fault> {
        self.records.at(place)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sorter;
    use super::*;

    #[test]
    fn every_record_is_found_and_what_lies_between() {
        let folder = tempfile::tempdir().unwrap();
        for count in [0_u32, 1, 127, 128, 129, 1_000] {
            for memory in [0, 1 << 20] {
                let mut sorter = Sorter::<4>::new(folder.path(), 0);
                (0..count).try_for_each(|n| sorter.push((2 * n).to_be_bytes())).unwrap();
                let index = Index::new(sorter.sorted().unwrap(), memory).unwrap();
                for probe in 0..2 * count + 3 {
                    let place = u64::from(probe.div_ceil(2).min(count));
                    let (found, record) = index.seek(&probe.to_be_bytes()).unwrap();
                    assert_eq!(found, place, "{count} {probe}");
                    assert_eq!(record, index.at(place).unwrap(), "{count} {probe}");
                    assert_eq!(record.is_some(), place < u64::from(count));
                }
            }
        }
    }
}
