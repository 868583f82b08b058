//! Counting repeated rows or keys by their 128-bit hashes.
//!
//! Two bitmaps find the hashes that may occur twice; only those are sorted. Hashes are kept in row
//! order, and go to a temporary file when they are too many for memory.
//!
//! Invariant: the census depends on the hashes and their order in the file, not on how they were
//! collected.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use crate::error::Fault;

/// Offending rows that a census names, unless more are wanted.
pub(crate) const ROWS_NAMED: usize = 5;
/// Hashes that one pass of a census treats: bounds its bitmaps to 16 MiB each.
const PASS_HASHES: u64 = 1 << 24;
/// Hashes that are written at a time.
const WRITE_HASHES: usize = 1 << 14;
/// Hashes that are sorted at a time.
const SORT_HASHES: usize = 1 << 20;

/// Hashes of the rows that one thread has seen.
pub(crate) struct Collector {
    held: Vec<(u64, Vec<u128>)>,
    held_max: usize,
    held_len: usize,
    spilled: Vec<(u64, usize)>,
    file: Option<File>,
}

impl Collector {
    /// An empty collector that keeps at most `held_max` hashes in memory.
    pub(crate) fn new(held_max: usize) -> Self {
        Self { held: Vec::new(), held_max, held_len: 0, spilled: Vec::new(), file: None }
    }

    /// Appends the hashes of consecutive rows.
    pub(crate) fn add(&mut self, first_row: u64, hashes: Vec<u128>) -> Result<(), Fault> {
        if hashes.is_empty() {
            return Ok(());
        }
        self.held_len += hashes.len();
        match self.held.last_mut() {
            Some((begin, last)) if *begin + last.len() as u64 == first_row => last.extend(hashes),
            _ => self.held.push((first_row, hashes)),
        }
        if self.held_len > self.held_max { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<(), Fault> {
        let file = match &mut self.file {
            Some(file) => file,
            empty => empty.insert(tempfile::tempfile()?),
        };
        let mut bytes = Vec::with_capacity(WRITE_HASHES * 16);
        for (first_row, hashes) in self.held.drain(..) {
            for part in hashes.chunks(WRITE_HASHES) {
                bytes.clear();
                bytes.extend(part.iter().flat_map(|hash| hash.to_le_bytes()));
                file.write_all(&bytes)?;
            }
            self.spilled.push((first_row, hashes.len()));
        }
        self.held_len = 0;
        Ok(())
    }
}

/// What a census found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    /// Rows.
    pub(crate) rows: u64,
    /// Different keys.
    pub(crate) distinct: u64,
    /// Keys that occur once.
    pub(crate) once: u64,
    /// The first rows that repeat the key of an earlier row, 1-based.
    pub(crate) repeats: Vec<u64>,
}

/// The hashes of all rows in row order.
pub(crate) struct Keys {
    chunks: Vec<(u64, Chunk)>,
    files: Vec<File>,
    rows: u64,
}

enum Chunk {
    Held(Vec<u128>),
    Spilled { file: usize, offset: u64, len: usize },
}

impl Keys {
    /// Joins what the threads have collected.
    pub(crate) fn new(collectors: Vec<Collector>) -> Self {
        let mut keys = Self { chunks: Vec::new(), files: Vec::new(), rows: 0 };
        for collector in collectors {
            let mut offset = 0;
            for (first_row, len) in collector.spilled {
                let chunk = Chunk::Spilled { file: keys.files.len(), offset, len };
                keys.chunks.push((first_row, chunk));
                offset += len as u64 * 16;
                keys.rows += len as u64;
            }
            keys.files.extend(collector.file);
            for (first_row, hashes) in collector.held {
                keys.rows += hashes.len() as u64;
                keys.chunks.push((first_row, Chunk::Held(hashes)));
            }
        }
        keys.chunks.sort_unstable_by_key(|(first_row, _)| *first_row);
        keys
    }

    /// Counts the keys; names so many offending rows at most.
    pub(crate) fn census(mut self, name_max: usize) -> Result<Census, Fault> {
        let passes = self.rows.div_ceil(PASS_HASHES).max(1);
        let mut census =
            Census { rows: self.rows, distinct: self.rows, once: self.rows, repeats: Vec::new() };
        for pass in 0..passes {
            self.pass(pass, passes, name_max, &mut census)?;
        }
        census.repeats.sort_unstable();
        census.repeats.truncate(name_max);
        Ok(census)
    }

    fn pass(
        &mut self,
        pass: u64,
        passes: u64,
        name_max: usize,
        census: &mut Census,
    ) -> Result<(), Fault> {
        let slots = (self.rows.min(PASS_HASHES) * 8).next_power_of_two().max(64);
        let mine = move |hash: u128| (hash as u64) % passes == pass;
        let slot = move |hash: u128| ((hash >> 64) as u64) & (slots - 1);
        let mut seen = Bits::new(slots);
        let mut twice = Bits::new(slots);
        self.each(|_, hashes| {
            for hash in hashes.iter().filter(|hash| mine(**hash)) {
                if seen.set(slot(*hash)) {
                    twice.set(slot(*hash));
                }
            }
            true
        })?;
        drop(seen);
        let mut tally = Tally::default();
        self.each(|_, hashes| {
            for hash in hashes.iter().filter(|h| mine(**h) && twice.get(slot(**h))) {
                tally.add(*hash);
            }
            true
        })?;
        let repeated = tally.repeated();
        for (_, count) in &repeated {
            census.distinct -= count - 1;
            census.once -= count;
        }
        if name_max > 0 && !repeated.is_empty() {
            let mut met = vec![false; repeated.len()];
            let mut named = Vec::new();
            self.each(|first_row, hashes| {
                for (hash, row) in hashes.iter().zip(first_row + 1..) {
                    if !mine(*hash) || !twice.get(slot(*hash)) {
                        continue;
                    }
                    if let Ok(at) = repeated.binary_search_by_key(hash, |(key, _)| *key) {
                        if met[at] {
                            named.push(row);
                        }
                        met[at] = true;
                    }
                }
                named.len() < name_max
            })?;
            census.repeats.extend(named);
        }
        Ok(())
    }

    /// Calls `visit(first_row, hashes)` in row order until it answers no.
    fn each(&mut self, mut visit: impl FnMut(u64, &[u128]) -> bool) -> Result<(), Fault> {
        let mut buffer = Vec::new();
        let mut hashes = Vec::new();
        for (first_row, chunk) in &self.chunks {
            let held = match chunk {
                Chunk::Held(held) => held,
                Chunk::Spilled { file, offset, len } => {
                    let file = &mut self.files[*file];
                    file.seek(SeekFrom::Start(*offset))?;
                    buffer.resize(len * 16, 0);
                    file.read_exact(&mut buffer)?;
                    hashes.clear();
                    let (words, _) = buffer.as_chunks::<16>();
                    hashes.extend(words.iter().map(|word| u128::from_le_bytes(*word)));
                    &hashes
                }
            };
            if !visit(*first_row, held) {
                break;
            }
        }
        Ok(())
    }
}

struct Bits(Vec<u64>);

impl Bits {
    fn new(len: u64) -> Self {
        Self(vec![0; (len / 64) as usize])
    }

    fn get(&self, at: u64) -> bool {
        self.0[(at / 64) as usize] >> (at % 64) & 1 == 1
    }

    /// Sets a bit and returns whether it was set before.
    fn set(&mut self, at: u64) -> bool {
        let word = &mut self.0[(at / 64) as usize];
        let before = *word >> (at % 64) & 1 == 1;
        *word |= 1 << (at % 64);
        before
    }
}

/// Counts of hashes: sorted runs, and a buffer not sorted yet.
#[derive(Default)]
struct Tally {
    runs: Vec<(u128, u64)>,
    buffer: Vec<u128>,
}

impl Tally {
    fn add(&mut self, hash: u128) {
        self.buffer.push(hash);
        if self.buffer.len() >= SORT_HASHES {
            self.compact();
        }
    }

    fn compact(&mut self) {
        self.buffer.sort_unstable();
        let old = std::mem::take(&mut self.runs);
        let mut old = old.into_iter().peekable();
        for hash in self.buffer.drain(..) {
            while let Some(run) = old.next_if(|run| run.0 < hash) {
                self.runs.push(run);
            }
            if let Some((key, count)) = old.next_if(|run| run.0 == hash) {
                self.runs.push((key, count + 1));
            } else if let Some(last) = self.runs.last_mut().filter(|last| last.0 == hash) {
                last.1 += 1;
            } else {
                self.runs.push((hash, 1));
            }
        }
        self.runs.extend(old);
    }

    /// The hashes that occur more than once, with their counts, sorted.
    fn repeated(mut self) -> Vec<(u128, u64)> {
        self.compact();
        self.runs.retain(|(_, count)| *count > 1);
        self.runs
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Census, Collector, Keys, ROWS_NAMED, Tally};
    use crate::profile::hash::mix;

    fn hashes(values: &[u64]) -> Vec<u128> {
        values.iter().map(|v| (u128::from(mix(*v)) << 64) | u128::from(mix(v + 77))).collect()
    }

    fn oracle(values: &[u64]) -> Census {
        let mut counts = BTreeMap::new();
        let mut repeats = Vec::new();
        for (value, row) in values.iter().zip(1..) {
            let count = counts.entry(value).or_insert(0);
            *count += 1;
            if *count > 1 && repeats.len() < 5 {
                repeats.push(row);
            }
        }
        Census {
            rows: values.len() as u64,
            distinct: counts.len() as u64,
            once: counts.values().filter(|count| **count == 1).count() as u64,
            repeats,
        }
    }

    #[test]
    fn a_census_agrees_with_a_map_in_memory_and_spilled() {
        let many: Vec<u64> = (0..30_000_u64).map(|i| mix(i) % 40_000).collect();
        for values in [vec![], vec![1], vec![4; 999], vec![1, 2, 1, 3, 2, 1], many] {
            for held_max in [usize::MAX, 500] {
                // Two threads that took turns, and finished in the other order.
                let mut collectors = [Collector::new(held_max), Collector::new(held_max)];
                for (turn, part) in values.chunks(97).enumerate() {
                    collectors[turn % 2].add(turn as u64 * 97, hashes(part)).unwrap();
                }
                collectors.reverse();
                let census = Keys::new(collectors.into()).census(ROWS_NAMED).unwrap();
                assert_eq!(census, oracle(&values));
            }
        }
    }

    #[test]
    fn a_tally_merges_its_runs() {
        let mut tally = Tally::default();
        for part in [[3, 1, 1], [2, 3, 3], [1, 9, 9]] {
            tally.buffer.extend(part);
            tally.compact();
        }
        assert_eq!(tally.repeated(), [(1, 3), (3, 3), (9, 2)]);
    }
}
