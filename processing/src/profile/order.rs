//! How a time column runs through the file, for the whole file or for each machine.
//!
//! Rows are followed in file order by one thread, because a step depends on the row before it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray};
use arrow::datatypes::Int32Type;
use schema::data::profile::{Gap, TimeOrder};

use super::cells::{Cells, Text, float_bits, same_entries};
use super::coded::{Coded, Entries};
use super::counts::Counts;
use super::hash::{bytes, mix};
use super::number::EXACT_MAX;
use super::scalar::{DAY_US, instant};
use super::scan::{Batch, Worker};
use super::table::Kind;
use crate::error::Fault;

/// Most groups that are followed.
pub(crate) const GROUPS_MAX: usize = 65_536;
/// A gap is longer than so many medians.
const GAP_MEDIANS: u64 = 5;
/// Rows named at most.
const ROWS_NAMED: usize = 5;

/// The number of a row without a group.
pub(crate) const NO_GROUP: u32 = u32::MAX;

/// Numbers of the groups of a table, the same on all threads.
pub(crate) struct Names {
    by_hash: Mutex<HashMap<u64, u32>>,
    max: usize,
    overflow: AtomicBool,
}

impl Names {
    /// No groups yet, and at most `max`.
    pub(crate) fn new(max: usize) -> Self {
        Self { by_hash: Mutex::default(), max, overflow: AtomicBool::new(false) }
    }

    /// Groups met.
    pub(crate) fn len(&self) -> usize {
        self.by_hash.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Most groups.
    pub(crate) fn max(&self) -> usize {
        self.max
    }

    /// Whether there are more groups than are followed.
    pub(crate) fn overflow(&self) -> bool {
        self.overflow.load(Ordering::Relaxed)
    }

    fn number(&self, hash: u64) -> u32 {
        let mut by_hash = self.by_hash.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = by_hash.get(&hash) {
            return *number;
        }
        if by_hash.len() >= self.max {
            self.overflow.store(true, Ordering::Relaxed);
            return NO_GROUP;
        }
        let number = by_hash.len() as u32;
        by_hash.insert(hash, number);
        number
    }
}

/// The group of each row: values of a column, numbered as they appear; one for each thread.
pub(crate) struct Groups {
    /// Their numbers.
    pub(crate) names: Arc<Names>,
    /// What this thread knows of them.
    by_hash: HashMap<u64, u32>,
    entries: Option<(ArrayRef, Vec<u32>)>,
}

impl Groups {
    /// Groups with numbers of their own.
    pub(crate) fn new() -> Self {
        Self::sharing(Arc::new(Names::new(GROUPS_MAX)))
    }

    /// Groups whose numbers other threads share.
    pub(crate) fn sharing(names: Arc<Names>) -> Self {
        Self { names, by_hash: HashMap::new(), entries: None }
    }

    /// The group of each row of a batch; [`NO_GROUP`] where the cell is null.
    pub(crate) fn of(&mut self, cells: &Cells, rows: usize) -> Vec<u32> {
        let nulls = cells.nulls().filter(|nulls| nulls.null_count() > 0);
        let valid = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let hash = |row: usize| match cells {
            Cells::Text(Text::Coded(_)) | Cells::Opaque(_) => 0,
            Cells::Flag(array) => u64::from(array.value(row)),
            Cells::Whole(array) => mix(array.value(row).cast_unsigned()),
            Cells::Real(array) => mix(float_bits(array.value(row))),
            Cells::Wide(values, _) => mix(values[row] as u64 ^ mix((values[row] >> 64) as u64)),
            Cells::Text(Text::Plain(array)) => bytes(array.value(row).as_bytes()),
            Cells::Bytes(array) => bytes(array.value(row)),
            Cells::Coded(Coded { keys, entries, .. }) => match &**entries {
                Entries::Whole(values) => mix(values[keys[row] as usize].cast_unsigned()),
                Entries::Real(values) => mix(float_bits(values[keys[row] as usize])),
            },
        };
        match cells {
            Cells::Text(Text::Coded(array)) => self.coded(array, valid),
            _ => (0..rows)
                .map(|row| if valid(row) { self.number(hash(row)) } else { NO_GROUP })
                .collect(),
        }
    }

    fn coded(
        &mut self,
        array: &DictionaryArray<Int32Type>,
        valid: impl Fn(usize) -> bool,
    ) -> Vec<u32> {
        let entries = array.values();
        let known = self.entries.take().filter(|(kept, _)| same_entries(kept, entries));
        let (kept, mut numbers) =
            known.unwrap_or_else(|| (Arc::clone(entries), vec![NO_GROUP; entries.len()]));
        let texts = entries.as_string::<i32>();
        let group = |(row, key): (usize, &i32)| {
            if !valid(row) {
                return NO_GROUP;
            }
            let Some(number) = numbers.get_mut(*key as usize) else { return NO_GROUP };
            // Only entries in use become groups, whatever else the dictionary holds.
            if *number == NO_GROUP {
                *number = self.number(bytes(texts.value(*key as usize).as_bytes()));
            }
            *number
        };
        let groups = array.keys().values().iter().enumerate().map(group).collect();
        self.entries = Some((kept, numbers));
        groups
    }

    fn number(&mut self, hash: u64) -> u32 {
        if let Some(number) = self.by_hash.get(&hash) {
            return *number;
        }
        let number = self.names.number(hash);
        if number != NO_GROUP {
            self.by_hash.insert(hash, number);
        }
        number
    }
}

/// Lengths of steps, exact while there are few different ones.
enum Steps {
    Exact(Counts<u64>),
    /// By bucket of [`bucket`].
    Rough(Vec<u64>),
}

/// Bits of a step that are kept once steps are too many: an error of at most 1/256.
const KEPT_BITS: u32 = 8;
const BUCKETS: usize = (64 - KEPT_BITS as usize + 2) << (KEPT_BITS - 1);

/// The bucket of a step: the step itself below 2^8, else by its exponent and seven more bits.
fn bucket(step: u64) -> usize {
    let bits = 64 - step.leading_zeros();
    if bits <= KEPT_BITS {
        return step as usize;
    }
    let shift = bits - KEPT_BITS;
    ((shift as usize) << (KEPT_BITS - 1)) + (step >> shift) as usize
}

/// The middle of a bucket.
fn bucket_middle(bucket: usize) -> u64 {
    let half = 1_usize << (KEPT_BITS - 1);
    if bucket < 2 * half {
        return bucket as u64;
    }
    let shift = (bucket / half - 1) as u32;
    let low = ((bucket % half + half) as u64) << shift;
    low + (1_u64 << shift) / 2
}

impl Steps {
    fn add(&mut self, step: u64) {
        match self {
            Self::Exact(counts) => {
                if counts.add(step, 1) > EXACT_MAX {
                    let mut buckets = vec![0; BUCKETS];
                    counts.iter().for_each(|(step, count)| buckets[bucket(step)] += count);
                    *self = Self::Rough(buckets);
                }
            }
            Self::Rough(buckets) => buckets[bucket(step)] += 1,
        }
    }

    /// Steps with their counts, shortest first.
    fn sorted(&self) -> Vec<(u64, u64)> {
        match self {
            Self::Exact(counts) => {
                let mut steps: Vec<_> = counts.iter().collect();
                steps.sort_unstable();
                steps
            }
            Self::Rough(buckets) => {
                let used = buckets.iter().enumerate().filter(|(_, count)| **count > 0);
                used.map(|(at, count)| (bucket_middle(at), *count)).collect()
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Clock {
    last: i64,
    latest: i64,
}

/// Follows a time column.
pub(crate) struct TimeFacts {
    column: String,
    kind: Kind,
    group: Option<String>,
    /// Position of the time and of the group among the cells of a batch.
    positions: (usize, Option<usize>),
    groups: Groups,
    clocks: Vec<Option<Clock>>,
    steps: Steps,
    timed: u64,
    backward: u64,
    backward_rows: Vec<u64>,
    repeated: u64,
    longest: Option<(u64, Gap)>,
}

impl TimeFacts {
    /// Follows the column `positions.0` of each batch, by the groups of `positions.1`.
    pub(crate) fn new(
        column: &str,
        kind: Kind,
        group: Option<&str>,
        positions: (usize, Option<usize>),
    ) -> Self {
        Self {
            column: column.to_owned(),
            kind,
            group: group.map(str::to_owned),
            positions,
            groups: Groups::new(),
            clocks: Vec::new(),
            steps: Steps::Exact(Counts::new()),
            timed: 0,
            backward: 0,
            backward_rows: Vec::new(),
            repeated: 0,
            longest: None,
        }
    }

    /// The facts; none if there are too many groups to follow.
    pub(crate) fn finish(self) -> Option<TimeOrder> {
        if self.groups.names.overflow() {
            return None;
        }
        let steps = self.steps.sorted();
        let total: u64 = steps.iter().map(|(_, count)| count).sum();
        let mut passed = 0;
        let median = steps.iter().find(|(_, count)| {
            passed += count;
            passed >= total.div_ceil(2)
        });
        let median = median.map(|(step, _)| *step);
        let limit = median.map_or(u64::MAX, |median| median.saturating_mul(GAP_MEDIANS));
        let gaps = steps.iter().filter(|(step, _)| *step > limit).map(|(_, count)| count).sum();
        Some(TimeOrder {
            groups: if self.group.is_some() { self.groups.names.len() as u64 } else { 1 },
            column: self.column,
            group: self.group,
            timed: self.timed,
            backward: self.backward,
            backward_rows: self.backward_rows,
            repeated: self.repeated,
            median_step_us: median,
            exact: matches!(self.steps, Steps::Exact(_)),
            gaps,
            largest_gap: self.longest.map(|(_, gap)| gap).filter(|gap| gap.micros > limit),
        })
    }

    fn see(&mut self, group: usize, at: i64, row: u64) {
        self.timed += 1;
        if self.clocks.len() <= group {
            self.clocks.resize(group + 1, None);
        }
        let Some(clock) = self.clocks[group] else {
            self.clocks[group] = Some(Clock { last: at, latest: at });
            return;
        };
        if at < clock.last {
            self.backward += 1;
            if self.backward_rows.len() < ROWS_NAMED {
                self.backward_rows.push(row);
            }
        } else if at == clock.last {
            self.repeated += 1;
        }
        if at > clock.latest {
            let step = at.wrapping_sub(clock.latest).cast_unsigned();
            self.steps.add(step);
            if self.longest.as_ref().is_none_or(|(longest, _)| step > *longest) {
                self.longest = Some((step, self.gap(clock.latest, at, step, row)));
            }
        }
        self.clocks[group] = Some(Clock { last: at, latest: clock.latest.max(at) });
    }

    fn gap(&self, from: i64, to: i64, micros: u64, row: u64) -> Gap {
        let utc = self.kind == Kind::Instant { utc: true };
        let show = |at: i64| match self.kind {
            Kind::Day => super::scalar::day(at / DAY_US),
            _ => instant(at, utc),
        };
        Gap { from: show(from), to: show(to), micros, row }
    }
}

impl Worker for TimeFacts {
    fn takes_codes(&self) -> bool {
        true
    }

    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        let (time, group) = self.positions;
        let times = match &batch.cells[time] {
            Cells::Coded(coded) => coded.plain(),
            other => other.clone(),
        };
        let Cells::Whole(times) = times else { return Ok(()) };
        let groups = group.map(|group| self.groups.of(&batch.cells[group], batch.rows));
        let unit = if self.kind == Kind::Day { DAY_US } else { 1 };
        for row in 0..batch.rows {
            let group = groups.as_ref().map_or(0, |groups| groups[row]);
            if group != NO_GROUP && times.is_valid(row) {
                let at = times.value(row).saturating_mul(unit);
                self.see(group as usize, at, batch.first_row + row as u64 + 1);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{BUCKETS, bucket, bucket_middle};

    #[test]
    fn buckets_keep_steps_to_one_in_256() {
        let mut steps: Vec<u64> = (0..1_000).collect();
        steps.extend((8..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 12_345]));
        steps.push(u64::MAX);
        for step in steps {
            assert!(bucket(step) < BUCKETS, "{step}");
            let off = bucket_middle(bucket(step)).abs_diff(step);
            assert!(off <= step / 256, "{step}: {}", bucket_middle(bucket(step)));
        }
    }
}
