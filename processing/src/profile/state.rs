//! The state of one column while it is read: one fused pass of its cells.
//!
//! Invariant: like [`Numbers`], a function of the multiset of cells.

mod codec;

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::Int32Type;

use super::cells::{Cells, Text, same_entries};
use super::coded::{Coded, Entries};
use super::counts::Counts;
use super::hash::bytes;
use super::hll::Hll;
use super::number::{EXACT_MAX, Numbers, Real};
use super::patterns::Patterns;
use super::table::{Kind, Table, TableColumn};

/// Bytes of different texts of a column that are kept to count them one by one.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// The state of one column.
pub(crate) struct ColumnState {
    /// Cells that are not null.
    pub(crate) count: u64,
    /// Null cells.
    pub(crate) nulls: u64,
    /// What the cells are.
    pub(crate) values: Values,
    /// A dictionary of numbers in use, and the count of each entry.
    coded: Option<(Arc<Entries>, Vec<u64>)>,
}

/// Statistics by kind of cells.
#[expect(clippy::large_enum_variant, reason = "one a column, read for every cell: no detour")]
pub(crate) enum Values {
    /// `false` and `true` cells.
    Flag([u64; 2]),
    /// Integers, days, instants.
    Whole(Numbers<i64>),
    /// Floats.
    Real(Box<Reals>),
    /// Unscaled decimals.
    Wide(Numbers<i128>),
    /// Text.
    Text(Box<Texts>),
    /// Bytes: different values by hash, and lengths.
    Bytes(Texts),
    /// Nothing but nulls.
    Opaque,
}

/// Statistics of floats.
pub(crate) struct Reals {
    /// Finite values.
    pub(crate) finite: Numbers<Real>,
    /// NaN.
    pub(crate) nan: u64,
    /// +∞.
    pub(crate) positive: u64,
    /// −∞.
    pub(crate) negative: u64,
    /// Room for the values of a batch; empty between batches.
    room: Vec<Real>,
}

impl ColumnState {
    /// The state before the first row.
    pub(crate) fn new(table: &Table, column: usize) -> Self {
        let mut state = Self::rangeless(&table.columns[column]);
        match &mut state.values {
            Values::Whole(numbers) => numbers.expect(whole_ends(table, column)),
            Values::Real(reals) => reals.finite.expect(real_ends(table, column)),
            Values::Wide(numbers) => numbers.expect(wide_ends(table, column)),
            _ => {}
        }
        state
    }

    /// The state before the first row of a column whose range is not known beforehand.
    pub(crate) fn rangeless(meta: &TableColumn) -> Self {
        let sentinels = meta.declared.as_ref().map_or(&[][..], |c| &c.sentinels[..]);
        let values = match meta.kind {
            Kind::Flag => Values::Flag([0; 2]),
            Kind::Whole | Kind::Day | Kind::Instant { .. } => {
                let sentinels = sentinels.iter().filter_map(|s| s.trim().parse().ok()).collect();
                Values::Whole(Numbers::new(sentinels))
            }
            Kind::Real => {
                let parse = |s: &String| s.trim().parse::<f64>().ok().filter(|x| x.is_finite());
                let sentinels = sentinels.iter().filter_map(parse).map(Real::new).collect();
                Values::Real(Box::new(Reals {
                    finite: Numbers::new(sentinels),
                    nan: 0,
                    positive: 0,
                    negative: 0,
                    room: Vec::new(),
                }))
            }
            Kind::Decimal { scale } => {
                let parse = |s: &String| super::scalar::decimal_exact(s.trim(), scale);
                let sentinels = sentinels.iter().filter_map(parse).collect();
                Values::Wide(Numbers::new(sentinels))
            }
            Kind::Text => Values::Text(Box::new(Texts::new(sentinels.to_vec()))),
            Kind::Bytes => Values::Bytes(Texts::new(Vec::new())),
            Kind::Opaque => Values::Opaque,
        };
        Self { count: 0, nulls: 0, values, coded: None }
    }

    /// Takes the cells of a batch.
    pub(crate) fn take(&mut self, cells: &Cells, rows: usize) {
        let nulls = cells.nulls();
        let missing = nulls.as_ref().map_or(0, NullBuffer::null_count);
        self.nulls += missing as u64;
        self.count += (rows - missing) as u64;
        let nulls = nulls.as_ref();
        match (&mut self.values, cells) {
            (_, Cells::Coded(coded)) => self.take_coded(coded, missing as u64),
            (Values::Flag(counts), Cells::Flag(array)) => {
                for_runs(rows, nulls, |from, to| {
                    let on = array.values().slice(from, to - from).count_set_bits();
                    counts[0] += (to - from - on) as u64;
                    counts[1] += on as u64;
                });
            }
            (Values::Whole(numbers), Cells::Whole(array)) => {
                let values = array.values();
                for_runs(rows, nulls, |from, to| numbers.add_all(&values[from..to]));
            }
            (Values::Real(reals), Cells::Real(array)) => {
                reals.take(array.values(), nulls);
            }
            (Values::Wide(numbers), Cells::Wide(values, _)) => {
                for_runs(rows, nulls, |from, to| numbers.add_all(&values[from..to]));
            }
            (Values::Text(texts), Cells::Text(Text::Coded(array))) => texts.take_coded(array),
            (Values::Text(texts), Cells::Text(Text::Plain(array))) => {
                array.iter().flatten().for_each(|text| texts.add(text, 1));
            }
            (Values::Bytes(texts), Cells::Bytes(array)) => {
                array.iter().flatten().for_each(|value| texts.add_bytes(value));
            }
            _ => {}
        }
    }

    /// Counts by key; the entries themselves are looked at once for each dictionary.
    fn take_coded(&mut self, coded: &Coded, missing: u64) {
        let entries = &coded.entries;
        if !self.coded.as_ref().is_some_and(|(kept, _)| Arc::ptr_eq(kept, entries)) {
            self.settle();
            self.coded = Some((Arc::clone(entries), vec![0; entries.len().max(1)]));
        }
        let Some((_, counts)) = &mut self.coded else { return };
        coded.keys.iter().for_each(|key| counts[*key as usize] += 1);
        // Null rows have key 0.
        counts[0] -= missing;
    }

    /// Adds the cells that another state of the same column has taken.
    pub(crate) fn merge(&mut self, mut other: Self) {
        self.settle();
        other.settle();
        self.count += other.count;
        self.nulls += other.nulls;
        match (&mut self.values, other.values) {
            (Values::Flag(mine), Values::Flag(theirs)) => {
                mine[0] += theirs[0];
                mine[1] += theirs[1];
            }
            (Values::Whole(mine), Values::Whole(theirs)) => mine.merge(theirs),
            (Values::Real(mine), Values::Real(theirs)) => {
                mine.finite.merge(theirs.finite);
                mine.nan += theirs.nan;
                mine.positive += theirs.positive;
                mine.negative += theirs.negative;
            }
            (Values::Wide(mine), Values::Wide(theirs)) => mine.merge(theirs),
            (Values::Text(mine), Values::Text(theirs)) => mine.merge(*theirs),
            (Values::Bytes(mine), Values::Bytes(theirs)) => mine.merge(theirs),
            _ => {}
        }
    }

    /// Counts what is still held back. To be called once more after the last merge.
    pub(crate) fn settle(&mut self) {
        if let Values::Text(texts) = &mut self.values {
            texts.flush();
        }
        let Some((entries, counts)) = self.coded.take() else { return };
        match (&mut self.values, &*entries) {
            (Values::Whole(numbers), Entries::Whole(values)) => {
                let used = values.iter().zip(counts).filter(|(_, count)| *count > 0);
                used.for_each(|(value, count)| numbers.add(*value, count));
            }
            (Values::Real(reals), Entries::Real(values)) => {
                let used = values.iter().zip(counts).filter(|(_, count)| *count > 0);
                used.for_each(|(value, count)| reals.add(*value, count));
            }
            _ => {}
        }
    }
}

impl Reals {
    /// Takes the floats that are not null, side by side: nulls and NaN are few and far between, and
    /// what is done to many values at once does not stop at each.
    fn take(&mut self, values: &[f64], nulls: Option<&NullBuffer>) {
        let mut finite = mem::take(&mut self.room);
        for_runs(values.len(), nulls, |from, to| {
            finite.extend(values[from..to].iter().map(|value| Real::new(*value)));
        });
        if !finite.iter().fold(true, |all, value| all & value.get().is_finite()) {
            finite.retain(|value| {
                let kept = value.get().is_finite();
                if !kept {
                    self.add(value.get(), 1);
                }
                kept
            });
        }
        self.finite.add_all(&finite);
        finite.clear();
        self.room = finite;
    }

    fn add(&mut self, value: f64, count: u64) {
        if value.is_finite() {
            self.finite.add(Real::new(value), count);
        } else if value.is_nan() {
            self.nan += count;
        } else if value > 0.0 {
            self.positive += count;
        } else {
            self.negative += count;
        }
    }
}

/// Statistics of text, or of bytes (then every value is known by its hash only).
pub(crate) struct Texts {
    sentinels: Vec<String>,
    /// Each different text with its count, or none if there are too many.
    pub(crate) exact: Option<HashMap<Box<str>, u64>>,
    exact_bytes: usize,
    hashes: Option<Counts<u64>>,
    /// Different values, once they are too many.
    pub(crate) hll: Hll,
    /// Shapes of those texts that are no longer counted one by one.
    pub(crate) patterns: Patterns,
    /// Cells equal to a sentinel.
    pub(crate) sentinel_count: u64,
    /// Lengths in bytes and in characters; shortest and longest.
    pub(crate) lengths: Option<[(u64, u64); 2]>,
    /// Sum of the lengths in characters.
    pub(crate) chars: u128,
    /// Values of length 0.
    pub(crate) empty: u64,
    /// Entries of the dictionary in use, and the count of each.
    coded: Option<(ArrayRef, Vec<u64>)>,
}

impl Texts {
    fn new(sentinels: Vec<String>) -> Self {
        Self {
            sentinels,
            exact: Some(HashMap::new()),
            exact_bytes: 0,
            hashes: Some(Counts::new()),
            hll: Hll::new(),
            patterns: Patterns::new(),
            sentinel_count: 0,
            lengths: None,
            chars: 0,
            empty: 0,
            coded: None,
        }
    }

    /// Different values and whether that is exact.
    pub(crate) fn distinct(&self, by_hash: bool) -> (u64, bool) {
        match (by_hash, &self.exact, &self.hashes) {
            (false, Some(exact), _) => (exact.len() as u64, true),
            (true, _, Some(hashes)) => (hashes.len() as u64, true),
            _ => (self.hll.estimate(), false),
        }
    }

    /// Counts by key; the entries themselves are looked at once for each dictionary.
    fn take_coded(&mut self, array: &DictionaryArray<Int32Type>) {
        let entries = array.values();
        if !self.coded.as_ref().is_some_and(|(kept, _)| same_entries(kept, entries)) {
            self.flush();
            self.coded = Some((entries.clone(), vec![0; entries.len()]));
        }
        let Some((_, counts)) = &mut self.coded else { return };
        let keys = array.keys();
        for_runs(keys.len(), keys.nulls(), |from, to| {
            for key in &keys.values()[from..to] {
                if let Some(count) = counts.get_mut(*key as usize) {
                    *count += 1;
                }
            }
        });
    }

    fn flush(&mut self) {
        let Some((entries, counts)) = self.coded.take() else { return };
        for (entry, count) in entries.as_string::<i32>().iter().zip(counts) {
            if let Some(text) = entry.filter(|_| count > 0) {
                self.add(text, count);
            }
        }
    }

    fn add(&mut self, text: &str, count: u64) {
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        self.measure(text.len() as u64, chars as u64, count);
        if self.sentinels.iter().any(|sentinel| sentinel == text) {
            self.sentinel_count += count;
        }
        let Some(exact) = &mut self.exact else {
            self.hll.add(bytes(text.as_bytes()));
            self.patterns.add(text, count);
            return;
        };
        if let Some(total) = exact.get_mut(text) {
            *total += count;
            return;
        }
        self.exact_bytes += text.len();
        exact.insert(text.into(), count);
        if exact.len() > EXACT_MAX || self.exact_bytes > TEXT_BYTES_MAX {
            self.fold();
        }
    }

    fn add_bytes(&mut self, value: &[u8]) {
        self.measure(value.len() as u64, value.len() as u64, 1);
        let hash = bytes(value);
        match &mut self.hashes {
            None => self.hll.add(hash),
            Some(hashes) => {
                if hashes.add(hash, 1) > EXACT_MAX {
                    self.fold();
                }
            }
        }
    }

    fn measure(&mut self, bytes: u64, chars: u64, count: u64) {
        let [short, long] = self.lengths.get_or_insert([(bytes, chars); 2]);
        *short = (short.0.min(bytes), short.1.min(chars));
        *long = (long.0.max(bytes), long.1.max(chars));
        self.chars += u128::from(chars) * u128::from(count);
        if bytes == 0 {
            self.empty += count;
        }
    }

    #[cold]
    fn fold(&mut self) {
        for (text, count) in self.exact.take().unwrap_or_default() {
            self.hll.add(bytes(text.as_bytes()));
            self.patterns.add(&text, count);
        }
        for (hash, _) in self.hashes.take().iter().flat_map(Counts::iter) {
            self.hll.add(hash);
        }
    }

    fn merge(&mut self, mut other: Self) {
        self.flush();
        other.flush();
        self.sentinel_count += other.sentinel_count;
        self.chars += other.chars;
        self.empty += other.empty;
        self.lengths = match (self.lengths, other.lengths) {
            (Some([a, b]), Some([c, d])) => {
                Some([(a.0.min(c.0), a.1.min(c.1)), (b.0.max(d.0), b.1.max(d.1))])
            }
            (mine, theirs) => mine.or(theirs),
        };
        if other.exact.is_none() || other.hashes.is_none() || self.exact.is_none() {
            self.fold();
            other.fold();
        }
        self.hll.merge(&other.hll);
        self.patterns.merge(other.patterns);
        let Some(exact) = &mut self.exact else { return };
        for (text, count) in other.exact.unwrap_or_default() {
            let bytes = text.len();
            let total = exact.entry(text).or_insert(0);
            if *total == 0 {
                self.exact_bytes += bytes;
            }
            *total += count;
        }
        let full = exact.len() > EXACT_MAX || self.exact_bytes > TEXT_BYTES_MAX;
        if let (Some(mine), Some(theirs)) = (&mut self.hashes, mem::take(&mut other.hashes)) {
            theirs.iter().for_each(|(hash, count)| {
                mine.add(hash, count);
            });
        }
        if full || self.hashes.as_ref().is_some_and(|hashes| hashes.len() > EXACT_MAX) {
            self.fold();
        }
    }
}

/// Calls `run(from, to)` for each run of cells that are not null.
#[inline]
pub(crate) fn for_runs(rows: usize, nulls: Option<&NullBuffer>, mut run: impl FnMut(usize, usize)) {
    match nulls.filter(|nulls| nulls.null_count() > 0) {
        None => run(0, rows),
        Some(nulls) => nulls.valid_slices().for_each(|(from, to)| run(from, to)),
    }
}

fn whole_ends(table: &Table, column: usize) -> Option<(i64, i64)> {
    let (Cells::Whole(lows), Cells::Whole(highs)) = table.footer_ends(column)? else {
        return None;
    };
    Some((lows.iter().flatten().min()?, highs.iter().flatten().max()?))
}

fn wide_ends(table: &Table, column: usize) -> Option<(i128, i128)> {
    let (Cells::Wide(lows, _), Cells::Wide(highs, _)) = table.footer_ends(column)? else {
        return None;
    };
    Some((lows.iter().min().copied()?, highs.iter().max().copied()?))
}

/// Finite ends only: an infinite or NaN end says nothing of the finite values.
fn real_ends(table: &Table, column: usize) -> Option<(Real, Real)> {
    let (Cells::Real(lows), Cells::Real(highs)) = table.footer_ends(column)? else { return None };
    let all = || lows.iter().chain(highs.iter()).flatten();
    if all().any(|value| !value.is_finite()) {
        return None;
    }
    let low = lows.iter().flatten().fold(f64::INFINITY, f64::min);
    let high = highs.iter().flatten().fold(f64::NEG_INFINITY, f64::max);
    (low <= high).then(|| (Real::new(low), Real::new(high)))
}
