//! How a time column runs through the file, for the whole file or for each machine.
//!
//! Rows are followed in file order by one thread, because a step depends on the row before it.

use std::cmp::Reverse;

use arrow::array::Array;
use schema::data::column::Role;
use schema::data::profile::{Gap, GroupTime, TimeOrder};

use super::cells::Cells;
use super::groups::label;
pub(crate) use super::groups::{GROUPS_MAX, Groups, NO_GROUP, Names};
use super::number::EXACT_MAX;
use super::scalar::{DAY_US, day, instant};
use super::scan::{Batch, Walk, Worker};
use super::steps::Steps;
use super::table::{Kind, Table};
use crate::error::Fault;

/// Most groups whose steps are kept apart.
const APART_MAX: usize = 256;
/// Different steps that are told apart in each of several groups; of a whole file it is as many as
/// of the values of a column.
const APART_EXACT_MAX: usize = 4_096;
/// Groups that are named.
const GROUPS_NAMED: usize = 50;
/// A gap is longer than so many medians.
const GAP_MEDIANS: u64 = 5;
/// Gaps that are named.
const GAPS_NAMED: usize = 10;
/// Rows named at most.
const ROWS_NAMED: usize = 5;

#[derive(Clone, Copy)]
struct Clock {
    last: i64,
    latest: i64,
}

/// What is followed of one group.
struct Track {
    clock: Option<Clock>,
    label: String,
    timed: u64,
    backward: u64,
    longest: u64,
    steps: Steps,
    /// The last step and how often it came in a row: a clock repeats itself.
    latest: (u64, u64),
}

impl Track {
    /// Counts the steps that are held back.
    fn settle(&mut self, pooled: Option<&mut Steps>, exact_max: usize) {
        let (step, count) = std::mem::take(&mut self.latest);
        if count > 0 {
            pooled.unwrap_or(&mut self.steps).add(step, count, exact_max);
        }
    }
}

/// A long step.
struct Pause {
    micros: u64,
    from: i64,
    to: i64,
    row: u64,
    group: Option<String>,
}

/// A group column that is followed along with the time.
pub(crate) struct GroupColumn {
    /// Name.
    pub(crate) name: String,
    /// Kind of its cells.
    pub(crate) kind: Kind,
    /// Position among the cells of a batch.
    pub(crate) position: usize,
}

/// Follows a time column.
pub(crate) struct TimeFacts {
    column: String,
    kind: Kind,
    /// Position of the time among the cells of a batch.
    position: usize,
    group: Option<GroupColumn>,
    groups: Groups,
    tracks: Vec<Track>,
    /// Steps of all groups, once these are too many to be kept apart.
    pooled: Option<Steps>,
    /// Different steps that are told apart.
    exact_max: usize,
    backward_rows: Vec<u64>,
    repeated: u64,
    /// The longest steps, longest first.
    pauses: Vec<Pause>,
}

/// What follows one time column: for the whole file, and by machine.
pub(crate) type Clocks = Vec<TimeFacts>;

/// What is said of some steps.
struct Told {
    median: Option<u64>,
    /// The longest step that is no gap.
    limit: u64,
    steps: u64,
    steady: u64,
    gaps: u64,
}

impl Told {
    fn of(steps: &Steps) -> Self {
        let sorted = steps.sorted();
        let count = |keep: &dyn Fn(u64) -> bool| {
            sorted.iter().filter(|(step, _)| keep(*step)).map(|(_, count)| count).sum::<u64>()
        };
        let total = count(&|_| true);
        let mut passed = 0;
        let median = sorted.iter().find(|(_, count)| {
            passed += count;
            passed >= total.div_ceil(2)
        });
        let median = median.map(|(step, _)| *step);
        let limit = median.map_or(u64::MAX, |median| median.saturating_mul(GAP_MEDIANS));
        let near = |step: u64| median.is_some_and(|median| step.abs_diff(median) <= median / 10);
        Self {
            median,
            limit,
            steps: total,
            steady: count(&near),
            gaps: count(&|step| step > limit),
        }
    }
}

/// A walk that follows the time column for the whole file and, if there is a machine column, by
/// machine; none without a time column.
pub(crate) fn walks(table: &Table, machine: Option<usize>) -> Vec<Walk<Clocks>> {
    let columns = &table.columns;
    let temporal = |kind| matches!(kind, Kind::Day | Kind::Instant { .. });
    let declared = columns.iter().position(|c| c.role() == Role::Time && temporal(c.kind));
    let first = || columns.iter().position(|c| matches!(c.kind, Kind::Instant { .. }));
    let Some(time) = declared.or_else(first) else { return Vec::new() };
    let (name, kind) = (&columns[time].name, columns[time].kind);
    let machine = machine.filter(|machine| *machine != time);
    let position = usize::from(machine.is_some_and(|machine| machine < time));
    let mut worker = vec![TimeFacts::new(name, kind, position, None)];
    let group = machine.map(|machine| GroupColumn {
        name: columns[machine].name.clone(),
        kind: columns[machine].kind,
        position: 1 - position,
    });
    worker.extend(group.map(|group| TimeFacts::new(name, kind, position, Some(group))));
    let mut columns: Vec<usize> = machine.into_iter().chain([time]).collect();
    columns.sort_unstable();
    vec![Walk { columns, worker }]
}

impl TimeFacts {
    /// Follows the column at a position of each batch, by groups if there is a group column.
    pub(crate) fn new(
        column: &str,
        kind: Kind,
        position: usize,
        group: Option<GroupColumn>,
    ) -> Self {
        Self {
            column: column.to_owned(),
            kind,
            position,
            exact_max: if group.is_some() { APART_EXACT_MAX } else { EXACT_MAX },
            group,
            groups: Groups::new(),
            tracks: Vec::new(),
            pooled: None,
            backward_rows: Vec::new(),
            repeated: 0,
            pauses: Vec::new(),
        }
    }

    /// The facts; none if there are too many groups to follow.
    pub(crate) fn finish(mut self) -> Option<TimeOrder> {
        if self.groups.names.overflow() {
            return None;
        }
        self.settle();
        let apart = self.group.is_some() && self.pooled.is_none();
        let pooled = self.pooled.take().unwrap_or_else(|| self.all_steps());
        let told = Told::of(&pooled);
        let long = self.pauses.iter().filter(|pause| pause.micros > told.limit);
        let longest_gaps: Vec<Gap> = long.map(|pause| self.gap(pause)).collect();
        Some(TimeOrder {
            groups: if self.group.is_some() { self.groups.names.len() as u64 } else { 1 },
            timed: self.tracks.iter().map(|track| track.timed).sum(),
            backward: self.tracks.iter().map(|track| track.backward).sum(),
            by_group: if apart { self.by_group() } else { Vec::new() },
            column: self.column,
            group: self.group.map(|group| group.name),
            backward_rows: self.backward_rows,
            repeated: self.repeated,
            median_step_us: told.median,
            steps: told.steps,
            steady: told.steady,
            exact: pooled.is_exact(),
            gaps: told.gaps,
            largest_gap: longest_gaps.first().cloned(),
            longest_gaps,
        })
    }

    /// Counts all steps that are held back.
    fn settle(&mut self) {
        for track in &mut self.tracks {
            track.settle(self.pooled.as_mut(), self.exact_max);
        }
    }

    fn by_group(&self) -> Vec<GroupTime> {
        let mut tracks: Vec<&Track> = self.tracks.iter().collect();
        // The sort is stable: equal groups stay in the order of their first rows.
        tracks.sort_by_key(|track| Reverse(track.timed));
        let named = tracks.into_iter().take(GROUPS_NAMED);
        named
            .map(|track| {
                let told = Told::of(&track.steps);
                GroupTime {
                    group: track.label.clone(),
                    timed: track.timed,
                    backward: track.backward,
                    median_step_us: told.median,
                    steps: told.steps,
                    steady: told.steady,
                    gaps: told.gaps,
                    longest_step_us: track.longest,
                }
            })
            .collect()
    }

    /// The steps of all groups together.
    fn all_steps(&self) -> Steps {
        let mut all = Steps::new();
        self.tracks.iter().for_each(|track| all.merge(&track.steps, EXACT_MAX));
        all
    }

    /// Makes room for a group that is met for the first time.
    #[cold]
    fn meet(&mut self, cells: Option<&Cells>, row: usize) {
        if self.tracks.len() == APART_MAX {
            self.settle();
            self.exact_max = EXACT_MAX;
            self.pooled = Some(self.all_steps());
            self.tracks.iter_mut().for_each(|track| {
                track.steps = Steps::new();
                track.label = String::new();
            });
        }
        let label = match (&self.group, cells, &self.pooled) {
            (Some(group), Some(cells), None) => label(group.kind, cells, row),
            _ => String::new(),
        };
        self.tracks.push(Track {
            clock: None,
            label,
            timed: 0,
            backward: 0,
            longest: 0,
            steps: Steps::new(),
            latest: (0, 0),
        });
    }

    /// Takes the next instant of a group; answers with the step if it is one of the longest so far.
    fn see(&mut self, group: usize, at: i64, row: u64) -> Option<(i64, u64)> {
        let track = &mut self.tracks[group];
        track.timed += 1;
        let Some(clock) = track.clock else {
            track.clock = Some(Clock { last: at, latest: at });
            return None;
        };
        if at < clock.last {
            track.backward += 1;
            if self.backward_rows.len() < ROWS_NAMED {
                self.backward_rows.push(row);
            }
        } else if at == clock.last {
            self.repeated += 1;
        }
        track.clock = Some(Clock { last: at, latest: clock.latest.max(at) });
        if at <= clock.latest {
            return None;
        }
        let step = at.wrapping_sub(clock.latest).cast_unsigned();
        track.longest = track.longest.max(step);
        if track.latest.0 == step {
            track.latest.1 += 1;
        } else {
            track.settle(self.pooled.as_mut(), self.exact_max);
            track.latest = (step, 1);
        }
        let room = self.pauses.len() < GAPS_NAMED;
        let long = self.pauses.last().is_none_or(|shortest| step > shortest.micros);
        (room || long).then_some((clock.latest, step))
    }

    /// Keeps a step among the longest; rows come in order, so the earlier stays before an equal one.
    #[cold]
    fn keep(&mut self, pause: Pause) {
        let at = self.pauses.partition_point(|longer| longer.micros >= pause.micros);
        self.pauses.insert(at, pause);
        self.pauses.truncate(GAPS_NAMED);
    }

    fn gap(&self, pause: &Pause) -> Gap {
        let utc = self.kind == Kind::Instant { utc: true };
        let show = |at: i64| match self.kind {
            Kind::Day => day(at / DAY_US),
            _ => instant(at, utc),
        };
        Gap {
            from: show(pause.from),
            to: show(pause.to),
            micros: pause.micros,
            row: pause.row,
            group: pause.group.clone(),
        }
    }
}

impl Worker for TimeFacts {
    fn takes_codes(&self) -> bool {
        true
    }

    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        let times = match &batch.cells[self.position] {
            Cells::Coded(coded) => coded.plain(),
            other => other.clone(),
        };
        let Cells::Whole(times) = times else { return Ok(()) };
        let by = self.group.as_ref().map(|group| (group.kind, &batch.cells[group.position]));
        let groups = by.map(|(_, cells)| self.groups.of(cells, batch.rows));
        let unit = if self.kind == Kind::Day { DAY_US } else { 1 };
        for row in 0..batch.rows {
            let group = groups.as_ref().map_or(0, |groups| groups[row]);
            if group == NO_GROUP {
                continue;
            }
            let group = group as usize;
            // Groups are numbered as they appear, so at most one is new.
            if group == self.tracks.len() {
                self.meet(by.map(|(_, cells)| cells), row);
            }
            if !times.is_valid(row) {
                continue;
            }
            let at = times.value(row).saturating_mul(unit);
            let number = batch.first_row + row as u64 + 1;
            if let Some((from, micros)) = self.see(group, at, number) {
                let group = by.map(|(kind, cells)| label(kind, cells, row));
                self.keep(Pause { micros, from, to: at, row: number, group });
            }
        }
        Ok(())
    }
}
