//! Rules that compare a row with those around it in its group: sampling, rate of change, spikes.
//!
//! Rows come in file order, so what is kept of a group is its last instant and value, or one window
//! of values.

use std::collections::VecDeque;

use super::mask::{Marks, ROWS_NAMED, Tally};
use super::number::Number;
use crate::error::Fault;
use crate::profile::order::{GROUPS_MAX, Groups, NO_GROUP};
use crate::profile::scan::{Batch, Worker};

/// Values that all windows of a rule may hold together.
const WINDOWS_MAX: usize = 1 << 22;
/// Standard deviations of a normal distribution in one median absolute deviation.
const MAD_TO_STD: f64 = 1.4826;
/// Failing rows that are kept before they are put in order.
const FOUND_MAX: usize = 64;

/// What rows in sequence must be like. Columns are positions in the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sequence {
    /// Steps from the latest instant are between these, in units of the column.
    Sampling {
        /// Shortest.
        low: i128,
        /// Longest.
        high: i128,
    },
    /// No larger change than so much for each second.
    Rate {
        /// Column of the time.
        time: usize,
        /// Microseconds of one unit of it.
        time_unit: i64,
        /// Largest change.
        per_second: f64,
        /// Digits behind the point of the values.
        scale: i8,
    },
    /// No farther from the median of the values around.
    Spike {
        /// Values in a window.
        window: usize,
        /// Standard deviations.
        threshold: f64,
        /// Deviation that never fails.
        floor: f64,
        /// Digits behind the point of the values.
        scale: i8,
    },
}

impl Sequence {
    /// A column that is needed besides the one judged.
    pub(crate) fn other(self) -> Option<usize> {
        match self {
            Self::Rate { time, .. } => Some(time),
            Self::Sampling { .. } | Self::Spike { .. } => None,
        }
    }
}

/// What is kept of a group.
#[derive(Default)]
struct Memory {
    latest: Option<i128>,
    value: Option<Number>,
    window: Window,
}

/// Follows columns for rules that share a group column.
pub(crate) struct Tracers<'a> {
    /// Position of the group among the cells of a batch.
    group: Option<usize>,
    groups: Groups,
    /// One for each rule.
    pub(crate) each: Vec<Tracer<'a>>,
}

impl<'a> Tracers<'a> {
    /// Tracers by the groups at a position of each batch, or of the whole file.
    pub(crate) fn new(group: Option<usize>, each: Vec<Tracer<'a>>) -> Self {
        Self { group, groups: Groups::new(), each }
    }

    /// Judges what was still waiting for rows to come.
    pub(crate) fn finish(mut self) -> Vec<Tracer<'a>> {
        self.each.iter_mut().for_each(Tracer::finish);
        self.each
    }
}

impl Worker for Tracers<'_> {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        let groups = self.group.map(|group| self.groups.of(&batch.cells[group], batch.rows));
        let windows = |tracer: &Tracer<'_>| match tracer.sequence {
            Sequence::Spike { window, .. } => window * self.groups.names.len().max(1),
            _ => 0,
        };
        if self.groups.names.overflow() || self.each.iter().any(|t| windows(t) > WINDOWS_MAX) {
            return Err(Fault::input(
                "groups-too-many",
                format!("그룹 열의 값이 너무 많습니다 (최대 {GROUPS_MAX}개, 창이 크면 더 적음)."),
                format!(
                    "The group column has too many values (at most {GROUPS_MAX}, fewer if windows \
                     are large)."
                ),
            ));
        }
        for tracer in &mut self.each {
            tracer.take(batch, groups.as_deref());
        }
        Ok(())
    }
}

/// Follows one column for one rule.
pub(crate) struct Tracer<'a> {
    /// Number of the rule in the set.
    pub(crate) rule: usize,
    sequence: Sequence,
    /// Positions of the column and of the time among the cells of a batch.
    slots: (usize, usize),
    memory: Vec<Memory>,
    marks: Option<&'a Marks>,
    violations: u64,
    found: Vec<u64>,
}

impl<'a> Tracer<'a> {
    /// A tracer of the cells at these positions of each batch: of the column, and of the time.
    pub(crate) fn new(
        rule: usize,
        sequence: Sequence,
        slots: (usize, usize),
        marks: Option<&'a Marks>,
    ) -> Self {
        Self { rule, sequence, slots, memory: Vec::new(), marks, violations: 0, found: Vec::new() }
    }

    /// What failed.
    pub(crate) fn tally(mut self) -> Tally {
        self.shorten();
        Tally { violations: self.violations, rows: self.found }
    }

    fn shorten(&mut self) {
        self.found.sort_unstable();
        self.found.truncate(ROWS_NAMED);
    }

    /// Counts a 0-based row. Rows of several groups need not come in order.
    fn note(&mut self, row: u64) {
        self.violations += 1;
        self.found.push(row + 1);
        if self.found.len() >= FOUND_MAX {
            self.shorten();
        }
        if let Some(marks) = self.marks {
            marks.mark(row);
        }
    }

    fn take(&mut self, batch: &Batch, groups: Option<&[u32]>) {
        let cells = &batch.cells[self.slots.0];
        let times = &batch.cells[self.slots.1];
        for row in 0..batch.rows {
            let group = groups.map_or(0, |groups| groups[row]);
            if group == NO_GROUP {
                continue;
            }
            let Some(value) = Number::of(cells, row) else { continue };
            let group = group as usize;
            if self.memory.len() <= group {
                self.memory.resize_with(group + 1, Memory::default);
            }
            let memory = &mut self.memory[group];
            let number = batch.first_row + row as u64;
            let fails = match self.sequence {
                Sequence::Sampling { low, high } => {
                    sampling(memory, value, low, high).then_some(number)
                }
                Sequence::Rate { time_unit, per_second, scale, .. } => {
                    let Some(Number::Exact(time)) = Number::of(times, row) else { continue };
                    let micros = time.saturating_mul(i128::from(time_unit));
                    rate(memory, value, micros, per_second, scale).then_some(number)
                }
                Sequence::Spike { .. } if value.is_infinite() => Some(number),
                Sequence::Spike { window, threshold, floor, scale } => memory
                    .window
                    .push(window, number, value.float(scale))
                    .filter(|judged| judged.is_spike(threshold, floor))
                    .map(|judged| judged.row),
            };
            if let Some(row) = fails {
                self.note(row);
            }
        }
    }

    fn finish(&mut self) {
        let Sequence::Spike { window, threshold, floor, .. } = self.sequence else { return };
        for mut memory in std::mem::take(&mut self.memory) {
            for judged in memory.window.rest(window) {
                if judged.is_spike(threshold, floor) {
                    self.note(judged.row);
                }
            }
        }
    }
}

/// Whether the step to an instant is too short or too long. An earlier row makes no step.
fn sampling(memory: &mut Memory, value: Number, low: i128, high: i128) -> bool {
    let Number::Exact(at) = value else { return false };
    let Some(latest) = memory.latest else {
        memory.latest = Some(at);
        return false;
    };
    if at < latest {
        return false;
    }
    memory.latest = Some(at);
    !(low..=high).contains(&(at - latest))
}

/// Whether a value is too far from the one before it.
fn rate(memory: &mut Memory, value: Number, micros: i128, per_second: f64, scale: i8) -> bool {
    if memory.latest.is_some_and(|latest| micros <= latest) {
        return false;
    }
    if value.is_infinite() {
        return true;
    }
    let before = memory.value.zip(memory.latest);
    (memory.latest, memory.value) = (Some(micros), Some(value));
    before.is_some_and(|(last, latest)| {
        value.minus(last, scale).abs() * 1e6 > per_second * (micros - latest) as f64
    })
}

/// The values around one that is to be judged: in order of rows, and in order of size.
#[derive(Default)]
struct Window {
    rows: VecDeque<(u64, f64)>,
    sorted: Vec<f64>,
    /// Values that have been judged, of those in the window.
    judged: usize,
}

/// A value with what its window says.
struct Judged {
    row: u64,
    deviation: f64,
    mad: f64,
}

impl Judged {
    fn is_spike(&self, threshold: f64, floor: f64) -> bool {
        self.deviation > threshold * MAD_TO_STD * self.mad && self.deviation > floor
    }
}

impl Window {
    /// Takes a value; the value in the middle of the window can then be judged, once half a window
    /// has come behind it.
    fn push(&mut self, window: usize, row: u64, value: f64) -> Option<Judged> {
        if self.rows.len() == window {
            self.drop_first();
        }
        self.rows.push_back((row, value));
        let at = self.sorted.partition_point(|other| other.total_cmp(&value).is_lt());
        self.sorted.insert(at, value);
        (self.rows.len() > window / 2 + self.judged).then(|| self.judge()).flatten()
    }

    /// Judges the values at the end, whose windows are short.
    fn rest(&mut self, window: usize) -> Vec<Judged> {
        let mut all = Vec::new();
        while self.judged < self.rows.len() {
            // The next value's window begins half a window before it.
            if self.judged > window / 2 {
                self.drop_first();
            }
            all.extend(self.judge());
        }
        all
    }

    fn drop_first(&mut self) {
        let Some((_, value)) = self.rows.pop_front() else { return };
        let at = self.sorted.partition_point(|other| other.total_cmp(&value).is_lt());
        self.sorted.remove(at);
        self.judged = self.judged.saturating_sub(1);
    }

    fn judge(&mut self) -> Option<Judged> {
        let (row, value) = *self.rows.get(self.judged)?;
        self.judged += 1;
        let median = middle(self.sorted.len(), |at| self.sorted[at]);
        let deviations = self.deviations(median);
        let mad = middle(self.sorted.len(), |at| deviations[at]);
        Some(Judged { row, deviation: (value - median).abs(), mad })
    }

    /// The smaller half of the distances from the median, ascending: values around it are taken
    /// from the middle outwards.
    fn deviations(&self, median: f64) -> Vec<f64> {
        let needed = self.sorted.len() / 2 + 1;
        let above = self.sorted.partition_point(|value| *value < median);
        let (mut low, mut high) = (above, above);
        let mut found = Vec::with_capacity(needed);
        while found.len() < needed {
            let left = low.checked_sub(1).map(|at| median - self.sorted[at]);
            let right = self.sorted.get(high).map(|value| value - median);
            match (left, right) {
                (Some(left), Some(right)) if left < right => {
                    found.push(left);
                    low -= 1;
                }
                (_, Some(right)) => {
                    found.push(right);
                    high += 1;
                }
                (Some(left), None) => {
                    found.push(left);
                    low -= 1;
                }
                (None, None) => break,
            }
        }
        found
    }
}

/// The middle of `count` values in order, or the mean of the two in the middle.
fn middle(count: usize, at: impl Fn(usize) -> f64) -> f64 {
    if count == 0 {
        0.0
    } else if count % 2 == 1 {
        at(count / 2)
    } else {
        f64::midpoint(at(count / 2 - 1), at(count / 2))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAD_TO_STD, Window};

    /// Spikes by sorting every window anew.
    fn oracle(values: &[f64], window: usize, threshold: f64, floor: f64) -> Vec<u64> {
        let median = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            let half = values.len() / 2;
            if values.len() % 2 == 1 {
                values[half]
            } else {
                f64::midpoint(values[half - 1], values[half])
            }
        };
        let mut spikes = Vec::new();
        for (at, value) in values.iter().enumerate() {
            let from = at.saturating_sub(window / 2);
            let around = values[from..(at + window / 2 + 1).min(values.len())].to_vec();
            let centre = median(around.clone());
            let mad = median(around.iter().map(|other| (other - centre).abs()).collect());
            let deviation = (value - centre).abs();
            if deviation > threshold * MAD_TO_STD * mad && deviation > floor {
                spikes.push(at as u64);
            }
        }
        spikes
    }

    fn spikes(values: &[f64], window: usize, threshold: f64, floor: f64) -> Vec<u64> {
        let mut kept = Window::default();
        let mut found = Vec::new();
        for (row, value) in values.iter().enumerate() {
            found.extend(kept.push(window, row as u64, *value));
        }
        found.extend(kept.rest(window));
        let rows: Vec<u64> = found.iter().map(|judged| judged.row).collect();
        assert_eq!(rows, (0..values.len() as u64).collect::<Vec<_>>(), "each value once, in order");
        found
            .into_iter()
            .filter(|judged| judged.is_spike(threshold, floor))
            .map(|j| j.row)
            .collect()
    }

    #[test]
    fn a_spike_in_a_flat_line_is_one_and_a_step_is_none() {
        let mut flat = vec![5.0; 30];
        flat[17] = 5.1;
        assert_eq!(spikes(&flat, 11, 3.0, 0.0), [17]);
        assert_eq!(spikes(&flat, 11, 3.0, 0.5), [] as [u64; 0], "below the resolution");
        let step: Vec<f64> = (0..30).map(|at| if at < 15 { 1.0 } else { 9.0 }).collect();
        assert_eq!(spikes(&step, 11, 3.0, 0.0), [] as [u64; 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn windows_judge_as_sorting_each_anew_does(
            values in prop::collection::vec(prop_oneof![
                4 => (-5_i8..5).prop_map(f64::from), 1 => -1e6..1e6_f64, 1 => Just(-0.0),
            ], 0..60),
            half in 1_usize..8, threshold in 0.0..4.0_f64, floor in prop_oneof![Just(0.0), Just(2.0)],
        ) {
            let window = 2 * half + 1;
            prop_assert_eq!(
                spikes(&values, window, threshold, floor),
                oracle(&values, window, threshold, floor)
            );
        }
    }
}
