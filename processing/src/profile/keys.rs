//! Counting repeated rows or keys by their hashes.
//!
//! Hashes are parted by their first bits, in memory and in a temporary file, so that one part after
//! the other is looked at within the cache of the processor. Two bitmaps find the hashes of a part
//! that may occur twice; only those are sorted.
//!
//! Invariant: the census depends on the hashes and their rows, not on how they were collected. Of a
//! hash 112 bits are compared.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use crate::error::Fault;

/// Offending rows that a census names, unless more are wanted.
pub(crate) const ROWS_NAMED: usize = 5;
/// Fewest bits that part hashes: an entry leaves them out, so that a row number fits in.
const PART_BITS_MIN: u32 = 8;
/// Most bits.
const PART_BITS_MAX: u32 = 12;
/// Hashes that a part should hold at most.
const PART_HASHES: u64 = 1 << 18;
/// Bits of an entry that tell its row.
const ROW_BITS: u32 = 24;
/// Hashes of a thread that go to a file at a time, and those of a table with very many rows, whose
/// pieces would be too small else.
const HELD: usize = 1 << 18;
const HELD_LONG: usize = 1 << 20;
/// Entries of a part that are looked at in one go. More are there only if keys repeat a lot.
const PART_MAX: usize = 1 << 19;
/// Bits of a bitmap for each entry of a part.
const BITS_EACH: usize = 16;

/// A hash without its first bits, and a row counted from the base of its piece.
type Entry = [u8; 16];

/// Hashes of the rows that one thread has seen.
pub(crate) struct Collector {
    part_bits: u32,
    held: Vec<u128>,
    held_max: usize,
    /// First rows of the hashes held, and how many follow each other from there.
    stretches: Vec<(u64, usize)>,
    pieces: Vec<Piece>,
    /// Room for entries on their way to the file.
    room: Vec<Entry>,
    file: Option<File>,
    written: u64,
}

/// Entries by part.
struct Piece {
    /// The row that the entries count from.
    base: u64,
    /// Where each part ends.
    ends: Vec<u32>,
    place: Place,
}

enum Place {
    Held(Vec<Entry>),
    Spilled(u64),
}

impl Collector {
    /// An empty collector of rows of a table with so many.
    pub(crate) fn new(rows: u64) -> Self {
        let parts = rows.div_ceil(PART_HASHES).max(1);
        let part_bits =
            parts.next_power_of_two().trailing_zeros().clamp(PART_BITS_MIN, PART_BITS_MAX);
        let held_max = if part_bits == PART_BITS_MIN { HELD } else { HELD_LONG };
        Self {
            part_bits,
            held: Vec::new(),
            held_max,
            stretches: Vec::new(),
            pieces: Vec::new(),
            room: Vec::new(),
            file: None,
            written: 0,
        }
    }

    /// Appends the hashes of consecutive rows.
    pub(crate) fn add(
        &mut self,
        first_row: u64,
        hashes: impl ExactSizeIterator<Item = u128>,
    ) -> Result<(), Fault> {
        let count = hashes.len();
        if count == 0 {
            return Ok(());
        }
        let base = self.stretches.first().map_or(first_row, |(base, _)| *base);
        let near = first_row >= base && first_row - base + count as u64 <= 1 << ROW_BITS;
        if !near || self.held.len() + count > self.held_max {
            self.spill()?;
        }
        match self.stretches.last_mut() {
            Some((begin, len)) if *begin + *len as u64 == first_row => *len += count,
            _ => self.stretches.push((first_row, count)),
        }
        self.held.extend(hashes);
        Ok(())
    }

    fn spill(&mut self) -> Result<(), Fault> {
        let Some(mut piece) = self.parted() else { return Ok(()) };
        let begin = self.written;
        if let Place::Held(entries) = std::mem::replace(&mut piece.place, Place::Spilled(begin)) {
            let file = match &mut self.file {
                Some(file) => file,
                empty => empty.insert(tempfile::tempfile()?),
            };
            let bytes = entries.as_flattened();
            file.write_all(bytes)?;
            self.written += bytes.len() as u64;
            self.room = entries;
        }
        self.pieces.push(piece);
        Ok(())
    }

    /// What is held, by part; nothing is held then.
    fn parted(&mut self) -> Option<Piece> {
        let base = self.stretches.first()?.0;
        let shift = 128 - self.part_bits;
        let mut next = vec![0_u32; 1 << self.part_bits];
        self.held.iter().for_each(|hash| next[(hash >> shift) as usize] += 1);
        let mut begin = 0;
        for slot in &mut next {
            begin += std::mem::replace(slot, begin);
        }
        let mut entries = std::mem::take(&mut self.room);
        entries.resize(self.held.len(), [0; 16]);
        let mut hashes = self.held.iter();
        for (first_row, len) in self.stretches.drain(..) {
            let rows = u128::from(first_row - base)..;
            for (hash, row) in hashes.by_ref().take(len).zip(rows) {
                let slot = &mut next[(hash >> shift) as usize];
                let kept = (hash << PART_BITS_MIN) >> ROW_BITS << ROW_BITS;
                entries[*slot as usize] = (kept | row).to_le_bytes();
                *slot += 1;
            }
        }
        self.held.clear();
        Some(Piece { base, ends: next, place: Place::Held(entries) })
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

/// The hashes of all rows.
pub(crate) struct Keys {
    parts: usize,
    rows: u64,
    /// Pieces with the number of their file.
    pieces: Vec<(usize, Piece)>,
    files: Vec<Option<File>>,
}

/// One part of the hashes: entries, and for each piece of them where it ends and its base.
#[derive(Default)]
struct Part {
    entries: Vec<u128>,
    pieces: Vec<(usize, u64)>,
    bytes: Vec<u8>,
}

impl Keys {
    /// Joins what the threads have collected of the same table.
    pub(crate) fn new(collectors: Vec<Collector>) -> Self {
        let parts = collectors.first().map_or(0, |collector| 1 << collector.part_bits);
        let mut keys = Self { parts, rows: 0, pieces: Vec::new(), files: Vec::new() };
        for mut collector in collectors {
            let file = keys.files.len();
            let last = collector.parted();
            let pieces = collector.pieces.into_iter().chain(last);
            keys.pieces.extend(pieces.map(|piece| (file, piece)));
            keys.files.push(collector.file);
        }
        let count = |(_, piece): &(usize, Piece)| piece.ends.last().map_or(0, |n| u64::from(*n));
        keys.rows = keys.pieces.iter().map(count).sum();
        keys
    }

    /// Counts the keys; names so many offending rows at most.
    pub(crate) fn census(mut self, name_max: usize) -> Result<Census, Fault> {
        let rows = self.rows;
        let mut census = Census { rows, distinct: rows, once: rows, repeats: Vec::new() };
        let mut named = Named { rows: Vec::new(), max: name_max };
        let mut found = Part::default();
        for part in 0..self.parts {
            let mut many: Option<Many> = None;
            let mut from = 0;
            while from < self.pieces.len() {
                from = self.read(part, from, &mut found)?;
                if many.is_some() || from < self.pieces.len() {
                    many.get_or_insert_default().take(&found, &mut named);
                } else {
                    count(&found, &mut census, &mut named);
                }
            }
            many.iter().for_each(|many| many.count(&mut census));
        }
        census.repeats = named.finish();
        Ok(census)
    }

    /// Reads the entries of a part from a piece on, and answers with the piece to go on with.
    fn read(&mut self, part: usize, from: usize, into: &mut Part) -> Result<usize, Fault> {
        into.entries.clear();
        into.pieces.clear();
        for (at, (file, piece)) in self.pieces.iter().enumerate().skip(from) {
            let end = piece.ends[part] as usize;
            let begin = if part == 0 { 0 } else { piece.ends[part - 1] as usize };
            if begin == end {
                continue;
            }
            if into.entries.len() >= PART_MAX {
                return Ok(at);
            }
            match (&piece.place, &mut self.files[*file]) {
                (Place::Held(entries), _) => {
                    into.entries
                        .extend(entries[begin..end].iter().map(|e| u128::from_le_bytes(*e)));
                }
                (Place::Spilled(offset), Some(file)) => {
                    into.bytes.resize((end - begin) * 16, 0);
                    file.seek(SeekFrom::Start(offset + begin as u64 * 16))?;
                    file.read_exact(&mut into.bytes)?;
                    let (words, _) = into.bytes.as_chunks::<16>();
                    into.entries.extend(words.iter().map(|word| u128::from_le_bytes(*word)));
                }
                (Place::Spilled(_), None) => return Err(Fault::Bug("hashes are lost".to_owned())),
            }
            into.pieces.push((into.entries.len(), piece.base));
        }
        Ok(self.pieces.len())
    }
}

impl Part {
    /// Calls `see` with each key that `wanted` holds for, and its row.
    fn each(&self, wanted: impl Fn(u128) -> bool, mut see: impl FnMut(u128, u64)) {
        let mut from = 0;
        for (end, base) in &self.pieces {
            for entry in &self.entries[from..*end] {
                if wanted(*entry) {
                    let row = (*entry as u64) & ((1 << ROW_BITS) - 1);
                    see(entry >> ROW_BITS, base + row);
                }
            }
            from = *end;
        }
    }
}

/// Counts the keys of a part.
fn count(part: &Part, census: &mut Census, named: &mut Named) {
    let slots = (part.entries.len() * BITS_EACH).next_power_of_two().max(64);
    let mask = slots as u64 - 1;
    let slot = move |entry: u128| (entry >> 44) as u64 & mask;
    let mut seen = vec![0_u64; slots / 64];
    let mut twice = vec![0_u64; slots / 64];
    for entry in &part.entries {
        let (word, bit) = ((slot(*entry) / 64) as usize, 1 << (slot(*entry) % 64));
        twice[word] |= seen[word] & bit;
        seen[word] |= bit;
    }
    let mut candidates: Vec<(u128, u64)> = Vec::new();
    let again = |entry: u128| {
        let slot = slot(entry);
        twice[(slot / 64) as usize] >> (slot % 64) & 1 == 1
    };
    part.each(again, |key, row| candidates.push((key, row)));
    candidates.sort_unstable();
    for same in candidates.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        census.distinct -= same.len() as u64 - 1;
        census.once -= same.len() as u64;
        same.iter().skip(1).for_each(|(_, row)| named.add(*row));
    }
}

/// A part that holds the same keys very often: how many of each, and its first row.
#[derive(Default)]
struct Many(HashMap<u128, (u64, u64)>);

impl Many {
    fn take(&mut self, part: &Part, named: &mut Named) {
        part.each(
            |_| true,
            |key, row| match self.0.get_mut(&key) {
                None => {
                    self.0.insert(key, (1, row));
                }
                Some((count, first)) => {
                    *count += 1;
                    named.add(row.max(*first));
                    *first = row.min(*first);
                }
            },
        );
    }

    fn count(&self, census: &mut Census) {
        for (count, _) in self.0.values().filter(|(count, _)| *count > 1) {
            census.distinct -= count - 1;
            census.once -= count;
        }
    }
}

/// The lowest of some rows.
struct Named {
    rows: Vec<u64>,
    max: usize,
}

impl Named {
    /// Takes a 0-based row.
    fn add(&mut self, row: u64) {
        self.rows.push(row + 1);
        if self.rows.len() >= self.max.saturating_mul(2).saturating_add(1_024) {
            self.rows.select_nth_unstable(self.max);
            self.rows.truncate(self.max);
        }
    }

    fn finish(mut self) -> Vec<u64> {
        self.rows.sort_unstable();
        self.rows.truncate(self.max);
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Census, Collector, Keys, PART_MAX, ROWS_NAMED};
    use crate::profile::hash::mix;

    fn hashes(values: &[u64]) -> impl ExactSizeIterator<Item = u128> + '_ {
        values.iter().map(|v| (u128::from(mix(*v)) << 64) | u128::from(mix(v + 77)))
    }

    fn oracle(values: &[u64], name_max: usize) -> Census {
        let mut counts = BTreeMap::new();
        let mut repeats = Vec::new();
        for (value, row) in values.iter().zip(1..) {
            let count = counts.entry(value).or_insert(0);
            *count += 1;
            if *count > 1 && repeats.len() < name_max {
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
            for (held_max, name_max) in [(usize::MAX, ROWS_NAMED), (500, 5), (500, 4_000)] {
                // Two threads that took turns, and finished in the other order.
                let mut collectors = [(); 2].map(|()| Collector::new(values.len() as u64));
                for (turn, part) in values.chunks(97).enumerate() {
                    collectors[turn % 2].held_max = held_max;
                    collectors[turn % 2].add(turn as u64 * 97, hashes(part)).unwrap();
                }
                collectors.reverse();
                let census = Keys::new(collectors.into()).census(name_max).unwrap();
                assert_eq!(census, oracle(&values, name_max));
            }
        }
    }

    #[test]
    fn rows_far_apart_keep_their_numbers() {
        let far = [40_u64 << 24, (40 << 24) + 5, 3, 1 << 40];
        let mut collector = Collector::new(1 << 41);
        for first in far {
            collector.add(first, hashes(&[8, 9])).unwrap();
        }
        let census = Keys::new(vec![collector]).census(6).unwrap();
        let mut rows: Vec<u64> = far.iter().flat_map(|first| [first + 1, first + 2]).collect();
        rows.sort_unstable();
        assert_eq!((census.distinct, census.once), (2, 0));
        assert_eq!(census.repeats, rows[2..]);
    }

    #[test]
    fn a_few_keys_of_very_many_rows_are_counted_in_one_go_after_the_other() {
        let values: Vec<u64> = (0..2 * PART_MAX as u64 + 9).map(|row| row % 3).collect();
        let mut collectors = [(); 2].map(|()| Collector::new(values.len() as u64));
        for (turn, part) in values.chunks(100_000).enumerate() {
            collectors[turn % 2].add(turn as u64 * 100_000, hashes(part)).unwrap();
        }
        let census = Keys::new(collectors.into()).census(7).unwrap();
        assert_eq!(census, oracle(&values, 7));
    }
}
