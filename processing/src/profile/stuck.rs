//! Runs of equal readings, in row order, by machine.
//!
//! Row groups are read by several threads. A thread notes of each row group how it begins and ends
//! for each machine; a [`Lane`] joins these pieces in row order, as soon as those before them are
//! there.
//!
//! Invariant: the outcome depends on the rows in their order, not on row groups or threads. Memory
//! depends on columns, machines and threads.

mod readings;

use std::collections::{BTreeMap, HashMap};

use schema::data::profile::{StuckRun, StuckRuns};

use super::cells::Cells;
use super::number::EXACT_MAX;
use super::steps::Steps;
use readings::Column;
pub(crate) use readings::Readings;

/// No run of so many readings or fewer is suspect.
const LIMIT_MIN: u64 = 10;
/// A run is suspect if chance makes one as long in less than one in so many files.
const FILES: f64 = 100.0;
/// Runs that are named.
const NAMED: usize = 5;

/// Readings in a row with the same value.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    value: u64,
    /// 0-based row of the first.
    row: u64,
    readings: u64,
}

/// What is known of one machine in consecutive rows: the first run, and the last if it is another.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Track {
    first: Run,
    last: Option<Run>,
}

/// Runs that have ended on both sides.
struct Ended {
    /// Readings of the longest.
    most: u64,
    /// Lengths of those above the least limit.
    lengths: Steps,
    /// The longest, longest first, the earlier row first among equals; with the machine.
    longest: Vec<(Run, u32)>,
}

impl Ended {
    fn new() -> Self {
        Self { most: 0, lengths: Steps::new(), longest: Vec::new() }
    }

    #[inline]
    fn add(&mut self, run: Run, machine: u32) {
        self.most = self.most.max(run.readings);
        if run.readings > LIMIT_MIN {
            self.keep(run, machine);
        }
    }

    #[cold]
    fn keep(&mut self, run: Run, machine: u32) {
        self.lengths.add(run.readings, 1, EXACT_MAX);
        self.name(run, machine);
    }

    fn name(&mut self, run: Run, machine: u32) {
        let before = |other: &Run| {
            other.readings > run.readings || other.readings == run.readings && other.row < run.row
        };
        let at = self.longest.partition_point(|(other, _)| before(other));
        self.longest.insert(at, (run, machine));
        self.longest.truncate(NAMED);
    }

    fn merge(&mut self, other: &Self) {
        self.most = self.most.max(other.most);
        self.lengths.merge(&other.lengths, EXACT_MAX);
        other.longest.iter().for_each(|(run, machine)| self.name(*run, *machine));
    }
}

/// What a thread has seen of one column in consecutive rows.
pub(crate) struct Piece {
    tracks: Vec<Option<Track>>,
    readings: u64,
    repeats: u64,
    ended: Ended,
}

/// Rows of a batch sorted by machine, each machine's in order.
pub(crate) struct Turns {
    rows: Vec<u32>,
    /// Where each row is in `rows`; nowhere if it is left out.
    places: Vec<u32>,
    /// Machine, and where its rows begin and end in `rows`.
    spans: Vec<(u32, usize, usize)>,
}

impl Turns {
    /// All rows as those of one machine.
    pub(crate) fn single(rows: usize) -> Self {
        let rows: Vec<u32> = (0..rows as u32).collect();
        Self { places: rows.clone(), spans: vec![(0, 0, rows.len())], rows }
    }

    /// The rows of each machine; rows whose group is `none` are left out.
    pub(crate) fn of(groups: &[u32], none: u32) -> Self {
        let present = || groups.iter().enumerate().filter(|(_, group)| **group != none);
        let machines = present().map(|(_, group)| *group as usize + 1).max().unwrap_or(0);
        let mut ends = vec![0_usize; machines + 1];
        present().for_each(|(_, group)| ends[*group as usize + 1] += 1);
        (0..machines).for_each(|at| ends[at + 1] += ends[at]);
        let spans = (0..machines).filter(|at| ends[*at] < ends[at + 1]);
        let spans = spans.map(|at| (at as u32, ends[at], ends[at + 1])).collect();
        let mut rows = vec![0; ends[machines]];
        let mut places = vec![u32::MAX; groups.len()];
        for (row, group) in present() {
            let slot = &mut ends[*group as usize];
            rows[*slot] = row as u32;
            places[row] = *slot as u32;
            *slot += 1;
        }
        Self { rows, places, spans }
    }

    /// The machines, each with its rows.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (usize, &[u32])> {
        self.spans.iter().map(|(machine, from, to)| (*machine as usize, &self.rows[*from..*to]))
    }

    /// The machines, each with the first of its rows.
    pub(crate) fn firsts(&self) -> impl Iterator<Item = (u32, usize)> {
        self.spans.iter().map(|(machine, from, _)| (*machine, self.rows[*from] as usize))
    }
}

impl Piece {
    /// Nothing seen yet.
    pub(crate) fn new() -> Self {
        Self { tracks: Vec::new(), readings: 0, repeats: 0, ended: Ended::new() }
    }

    /// Takes the cells of a batch.
    pub(crate) fn take(
        &mut self,
        cells: &Cells,
        first_row: u64,
        turns: &Turns,
        readings: &mut Readings,
    ) {
        for (machine, from, to) in readings.take(cells, turns) {
            let gone = |at: usize| readings.gone_from(from + at);
            let rows = &turns.rows[from..to];
            match readings.column() {
                Column::Values(values) => {
                    self.follow(machine, first_row, &values[from..to], |bits| bits, rows, gone);
                }
                Column::Keys(keys, dictionary) => {
                    let value = |key| dictionary.value(key);
                    self.follow(machine, first_row, &keys[from..to], value, rows, gone);
                }
            }
        }
    }

    /// Takes the next readings of a machine, and their rows in the batch. `value` is that of a
    /// reading; `gone` says which of the 64 cells from one on are none.
    fn follow<T: Copy + PartialEq>(
        &mut self,
        machine: u32,
        first_row: u64,
        values: &[T],
        value: impl Fn(T) -> u64,
        rows: &[u32],
        gone: impl Fn(usize) -> u64,
    ) {
        let Some(earliest) = values.first() else { return };
        let slot = machine as usize;
        if self.tracks.len() <= slot {
            self.tracks.resize(slot + 1, None);
        }
        self.readings += 1;
        let fresh = |at: usize| {
            let row = first_row + u64::from(rows[at]);
            Run { value: value(values[at]), row, readings: 1 }
        };
        let (mut first, mut run, mut begun) = match self.tracks[slot] {
            None => (None, fresh(0), false),
            Some(Track { first, last }) => {
                let run = last.unwrap_or(first);
                let begun = last.is_some();
                let first = begun.then_some(first);
                if run.value == value(*earliest) {
                    self.repeats += 1;
                    (first, Run { readings: run.readings + 1, ..run }, begun)
                } else if begun {
                    self.ended.add(run, machine);
                    (first, fresh(0), true)
                } else {
                    (Some(run), fresh(0), true)
                }
            }
        };
        // A bit for each reading that repeats the one before, and then from one such to the next.
        for begin in (1..values.len()).step_by(64) {
            let end = values.len().min(begin + 64);
            let repeats = repeats(&values[begin - 1..end]);
            let there = !gone(begin) & (u64::MAX >> (64 - (end - begin)));
            self.readings += u64::from(there.count_ones());
            self.repeats += u64::from((repeats & there).count_ones());
            let mut at = 0;
            while begin + at < end {
                let rest = repeats >> at;
                let ones = rest.trailing_ones() as usize;
                // What is no reading counts as one that repeats, but not as one.
                let these = u64::MAX.checked_shr(64 - ones as u32).unwrap_or(0);
                run.readings += u64::from((there >> at & these).count_ones());
                at += ones;
                if begin + at >= end {
                    break;
                }
                if begun {
                    self.ended.add(run, machine);
                } else {
                    (first, begun) = (Some(run), true);
                }
                // Readings that differ from those on both sides are runs that end at once.
                at = (at + (repeats >> at).trailing_zeros() as usize).min(end - begin);
                run = fresh(begin + at - 1);
            }
        }
        self.tracks[slot] = Some(match first {
            Some(first) => Track { first, last: Some(run) },
            None => Track { first: run, last: None },
        });
    }
}

/// A bit for each value, at most 64 behind the first, that equals the one before it.
#[inline]
fn repeats<T: PartialEq>(values: &[T]) -> u64 {
    let mut flags = [0_u8; 64];
    let pairs = values.iter().zip(&values[1..]);
    flags.iter_mut().zip(pairs).for_each(|(flag, (a, b))| *flag = u8::from(a == b));
    // Eight flags become eight bits: each is shifted by another multiple of seven.
    let (words, _) = flags.as_chunks::<8>();
    let bits = words
        .iter()
        .map(|word| u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56);
    bits.enumerate().fold(0, |all, (at, bits)| all | bits << (8 * at))
}

/// Joins the pieces of one column in row order.
pub(crate) struct Lane {
    /// The first row that has not been joined.
    next: u64,
    waiting: BTreeMap<u64, (u64, Piece)>,
    /// The run of each machine that has not ended.
    open: HashMap<u32, Run>,
    readings: u64,
    repeats: u64,
    ended: Ended,
}

impl Lane {
    /// A lane before the first row.
    pub(crate) fn new() -> Self {
        Self {
            next: 0,
            waiting: BTreeMap::new(),
            open: HashMap::new(),
            readings: 0,
            repeats: 0,
            ended: Ended::new(),
        }
    }

    /// Takes what was seen in the rows from `from` to before `to`.
    pub(crate) fn push(&mut self, from: u64, to: u64, piece: Piece) {
        self.waiting.insert(from, (to, piece));
        while let Some(entry) = self.waiting.first_entry().filter(|e| *e.key() == self.next) {
            let (to, piece) = entry.remove();
            self.next = to;
            self.join(&piece);
        }
    }

    fn join(&mut self, piece: &Piece) {
        self.readings += piece.readings;
        self.repeats += piece.repeats;
        self.ended.merge(&piece.ended);
        for (track, key) in piece.tracks.iter().zip(0..) {
            let Some(Track { mut first, last }) = *track else { continue };
            match self.open.get(&key) {
                Some(run) if run.value == first.value => {
                    self.repeats += 1;
                    first = Run { readings: run.readings + first.readings, ..*run };
                }
                Some(run) => self.ended.add(*run, key),
                None => {}
            }
            if last.is_some() {
                self.ended.add(first, key);
            }
            self.open.insert(key, last.unwrap_or(first));
        }
    }

    /// What is said of the column; `label` names a machine.
    pub(crate) fn finish(mut self, label: impl Fn(u32) -> Option<String>) -> StuckRuns {
        for (key, run) in self.open.drain() {
            self.ended.add(run, key);
        }
        let sorted = self.ended.lengths.sorted();
        let limit = limit(self.readings, self.repeats);
        let places = self.ended.longest.iter().filter(|(run, _)| run.readings > limit);
        StuckRuns {
            repeats: self.repeats,
            limit,
            runs: sorted.iter().filter(|(length, _)| *length > limit).map(|(_, n)| n).sum(),
            exact: self.ended.lengths.is_exact(),
            longest: self.ended.most,
            places: places
                .map(|(run, key)| StuckRun {
                    row: run.row + 1,
                    readings: run.readings,
                    group: label(*key),
                })
                .collect(),
        }
    }
}

/// The longest run that is not suspect among so many readings, of which so many repeat the one
/// before: at a share r of repeats a run of more than L readings begins at any reading with
/// probability r^L, so that n·r^L = 1/100 gives L.
fn limit(readings: u64, repeats: u64) -> u64 {
    if repeats == 0 {
        return LIMIT_MIN;
    }
    let share = (repeats as f64 / readings as f64).min(1.0 - f64::EPSILON);
    let length = (readings as f64 * FILES).ln() / -share.ln();
    (length.ceil() as u64).max(LIMIT_MIN)
}
