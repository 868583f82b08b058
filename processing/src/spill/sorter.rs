//! Sorting records of one length by their bytes, in memory while they fit, else by merging runs.
//!
//! A run is what fits the memory given. When so many runs of one level lie on disk as may be open at a
//! time, they become one of the next level: open files and memory stay bounded however many records
//! come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::disk::{Disk, open_in};
use crate::error::Fault;

/// Runs merged at a time.
const FAN_IN: usize = 32;
/// Bytes read of a run at a time.
const READ_BYTES: std::ops::Range<usize> = 4 << 10..256 << 10;

/// Takes records in and sorts them.
pub(crate) struct Sorter<const N: usize> {
    folder: PathBuf,
    bytes: usize,
    /// Whether equal records become one.
    distinct: bool,
    held: Vec<[u8; N]>,
    /// Runs on disk by level, each with its records.
    levels: Vec<Vec<Run>>,
}

struct Run {
    file: Disk,
    records: u64,
}

impl<const N: usize> Sorter<N> {
    /// A sorter that holds at most so many bytes and makes its files in a folder.
    pub(crate) fn new(folder: &Path, bytes: usize) -> Self {
        let folder = folder.to_owned();
        Self { folder, bytes, distinct: false, held: Vec::new(), levels: Vec::new() }
    }

    /// The same, keeping one of equal records.
    pub(crate) fn distinct(self) -> Self {
        Self { distinct: true, ..self }
    }

    /// Takes a record in.
    ///
    /// # Errors
    /// [`Fault::Transient`] when the disk is full.
    pub(crate) fn push(&mut self, record: [u8; N]) -> Result<(), Fault> {
        self.held.push(record);
        // Vectors grow by doubling: half of what is allowed may be spare.
        if self.held.len().saturating_mul(2 * N) > self.bytes.max(64 * N) {
            self.put_in_order();
            // Equal records may have made room enough.
            if !self.distinct || self.held.len().saturating_mul(4 * N) > self.bytes {
                self.store()?;
            }
        }
        Ok(())
    }

    /// Takes in all records of another.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub(crate) fn append(&mut self, other: Self) -> Result<(), Fault> {
        for record in other.held {
            self.push(record)?;
        }
        for (level, runs) in other.levels.into_iter().enumerate() {
            for run in runs {
                self.add(level, run)?;
            }
        }
        Ok(())
    }

    fn put_in_order(&mut self) {
        self.held.sort_unstable();
        if self.distinct {
            self.held.dedup();
        }
    }

    fn store(&mut self) -> Result<(), Fault> {
        let mut out = BufWriter::with_capacity(READ_BYTES.end, open_in(&self.folder)?);
        for record in &self.held {
            out.write_all(record)?;
        }
        let run = Run { file: written(out)?, records: self.held.len() as u64 };
        self.held.clear();
        self.add(0, run)
    }

    fn add(&mut self, level: usize, run: Run) -> Result<(), Fault> {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        let Some(runs) = self.levels.get_mut(level) else { return Ok(()) };
        runs.push(run);
        if runs.len() < FAN_IN {
            return Ok(());
        }
        let runs = std::mem::take(runs);
        let merged = self.merged(runs)?;
        self.add(level + 1, merged)
    }

    fn merged(&self, runs: Vec<Run>) -> Result<Run, Fault> {
        let mut out = BufWriter::with_capacity(READ_BYTES.end, open_in(&self.folder)?);
        let buffer = (self.bytes / FAN_IN).clamp(READ_BYTES.start, READ_BYTES.end);
        let mut readers = Vec::with_capacity(runs.len());
        let mut heap = BinaryHeap::with_capacity(runs.len());
        for run in runs {
            let mut reader = Reader::<N>::of(run, buffer);
            if let Some(record) = reader.next()? {
                heap.push(Reverse((record, readers.len())));
            }
            readers.push(reader);
        }
        let (mut last, mut records) = (None, 0);
        while let Some(Reverse((record, from))) = heap.pop() {
            if !self.distinct || last != Some(record) {
                out.write_all(&record)?;
                records += 1;
                last = Some(record);
            }
            if let Some(next) = readers.get_mut(from).map(Reader::next).transpose()?.flatten() {
                heap.push(Reverse((next, from)));
            }
        }
        Ok(Run { file: written(out)?, records })
    }

    /// The records in order.
    ///
    /// # Errors
    /// [`Fault::Transient`].
    pub(crate) fn sorted(mut self) -> Result<Sorted<N>, Fault> {
        self.put_in_order();
        if self.levels.iter().all(Vec::is_empty) {
            return Ok(Sorted(Place::Memory(self.held)));
        }
        if !self.held.is_empty() {
            self.store()?;
        }
        self.held = Vec::new();
        // Small runs first, so that large ones are read once.
        let mut runs: Vec<Run> = std::mem::take(&mut self.levels).into_iter().flatten().collect();
        while runs.len() > FAN_IN {
            let first = runs.drain(..FAN_IN).collect();
            runs.insert(0, self.merged(first)?);
        }
        let run = if runs.len() == 1 { runs.pop() } else { Some(self.merged(runs)?) };
        let Run { file, records } = run.ok_or_else(|| Fault::Bug("no runs to merge".into()))?;
        Ok(Sorted(Place::File(file, records)))
    }
}

fn written(out: BufWriter<Disk>) -> Result<Disk, Fault> {
    let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// The records of a run, one after the other.
struct Reader<const N: usize> {
    file: BufReader<Disk>,
    left: u64,
}

impl<const N: usize> Reader<N> {
    fn of(run: Run, buffer: usize) -> Self {
        Self { file: BufReader::with_capacity(buffer, run.file), left: run.records }
    }

    fn next(&mut self) -> Result<Option<[u8; N]>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut record = [0; N];
        self.file.read_exact(&mut record)?;
        Ok(Some(record))
    }
}

/// Records in order.
pub(crate) struct Sorted<const N: usize>(Place<N>);

enum Place<const N: usize> {
    Memory(Vec<[u8; N]>),
    File(Disk, u64),
}

impl<const N: usize> Sorted<N> {
    /// How many there are.
    pub(crate) fn len(&self) -> u64 {
        match &self.0 {
            Place::Memory(records) => records.len() as u64,
            Place::File(_, records) => *records,
        }
    }

    /// All of them, where they are in memory.
    pub(crate) fn held(&self) -> Option<&[[u8; N]]> {
        if let Place::Memory(records) = &self.0 { Some(records) } else { None }
    }

    /// Records from a place on, at most as many as `room` holds; tells how many.
    ///
    /// # Errors
    /// [`Fault::Transient`].
    pub(crate) fn read(&self, from: u64, room: &mut [[u8; N]]) -> Result<usize, Fault> {
        let left = usize::try_from(self.len().saturating_sub(from)).unwrap_or(usize::MAX);
        let count = left.min(room.len());
        let room = room.get_mut(..count).unwrap_or_default();
        match &self.0 {
            Place::Memory(records) => {
                let at = usize::try_from(from).unwrap_or(usize::MAX);
                for (slot, record) in room.iter_mut().zip(records.iter().skip(at)) {
                    *slot = *record;
                }
            }
            Place::File(file, _) => {
                file.read_at(room.as_flattened_mut(), from.saturating_mul(N as u64))?;
            }
        }
        Ok(count)
    }

    /// The record at a place.
    ///
    /// # Errors
    /// [`Fault::Transient`].
    pub(crate) fn at(&self, place: u64) -> Result<Option<[u8; N]>, Fault> {
        let mut room = [[0; N]];
        Ok(if self.read(place, &mut room)? == 1 { Some(room[0]) } else { None })
    }

    /// All of them, in order.
    pub(crate) fn walk(&self) -> Walk<'_, N> {
        Walk { of: self, next: 0, room: Vec::new(), at: 0 }
    }
}

/// A walk over records in order.
pub(crate) struct Walk<'a, const N: usize> {
    of: &'a Sorted<N>,
    next: u64,
    room: Vec<[u8; N]>,
    at: usize,
}

impl<const N: usize> Walk<'_, N> {
    /// The next record.
    ///
    /// # Errors
    /// [`Fault::Transient`].
    pub(crate) fn next(&mut self) -> Result<Option<[u8; N]>, Fault> {
        if self.at == self.room.len() {
            self.room.resize((READ_BYTES.end / N).max(1), [0; N]);
            let count = self.of.read(self.next, &mut self.room)?;
            self.room.truncate(count);
            self.next += count as u64;
            self.at = 0;
        }
        let record = self.room.get(self.at).copied();
        self.at += usize::from(record.is_some());
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: u64, repeat: u64) -> impl Iterator<Item = [u8; 8]> {
        (0..count).map(move |n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % repeat).to_be_bytes())
    }

    fn all(sorted: &Sorted<8>) -> Vec<[u8; 8]> {
        let mut walk = sorted.walk();
        std::iter::from_fn(|| walk.next().unwrap()).collect()
    }

    #[test]
    fn records_come_in_order_whatever_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        for (count, repeat) in [(0, 1), (1, 1), (70, 7), (40_000, 1_000), (90_000, u64::MAX)] {
            for bytes in [0, 4_096, 1 << 30] {
                for distinct in [false, true] {
                    let mut want: Vec<_> = numbers(count, repeat).collect();
                    want.sort_unstable();
                    let (mut sorter, mut other) =
                        (Sorter::<8>::new(folder.path(), bytes), Sorter::new(folder.path(), bytes));
                    if distinct {
                        want.dedup();
                        (sorter, other) = (sorter.distinct(), other.distinct());
                    }
                    for (n, record) in numbers(count, repeat).enumerate() {
                        if n % 3 == 0 { &mut other } else { &mut sorter }.push(record).unwrap();
                    }
                    sorter.append(other).unwrap();
                    let sorted = sorter.sorted().unwrap();
                    assert_eq!(sorted.len(), want.len() as u64);
                    assert!(all(&sorted) == want, "{count} {repeat} {bytes} {distinct}");
                    for at in [0, 1, count / 2, count] {
                        let place = usize::try_from(at).unwrap();
                        assert_eq!(sorted.at(at).unwrap(), want.get(place).copied());
                    }
                }
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn few_files_are_open_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::<8>::new(folder.path(), 0);
        for record in numbers(64 * 1_000, u64::MAX) {
            sorter.push(record).unwrap();
        }
        // More than a thousand runs of 33 records lie in less than three levels.
        let runs: Vec<usize> = sorter.levels.iter().map(Vec::len).collect();
        assert!(runs.len() == 3 && runs.iter().all(|runs| *runs < FAN_IN), "{runs:?}");
        assert_eq!(sorter.sorted().unwrap().len(), 64_000);
    }

    #[test]
    fn a_full_disk_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let fault = super::super::failing::after(10_000, || {
            let mut sorter = Sorter::<8>::new(folder.path(), 4_096);
            numbers(10_000, u64::MAX).try_for_each(|record| sorter.push(record)).unwrap_err()
        });
        assert!(matches!(fault, Fault::Transient(text) if text.contains("disk is full")));
    }
}
