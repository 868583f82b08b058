//! One pass over a Parquet file: exact counts, moments, quantiles, distinct values, order of time.
//!
//! | file | what it holds |
//! |---|---|
//! | `table`, `cells`, `coded`, `packed`, `scan` | reading: columns in canonical form, row groups on several threads |
//! | `state`, `number` | what is kept of a column while it is read |
//! | `counts`, `sums`, `hll`, `grid`, `hash`, `natural` | the mergeable parts of it |
//! | `row_hash`, `keys` | hashes of rows; repeated rows and keys |
//! | `order`, `groups`, `steps` | steps, gaps and backward rows of a time column, by machine |
//! | `stuck` | runs of equal readings, by machine |
//! | `sample`, `relate`, `drift`, `correlate` | what is measured on a sample of rows |
//! | `same` | columns that hold the same |
//! | `patterns`, `resolution`, `infer` | shapes of text, steps of values, roles |
//! | `finish`, `scalar` | what is said in the end |
//! | `partial`, `bytes`, `*/codec` | states of parts of a table as bytes, merged elsewhere |
//!
//! Invariants: every part of the state depends on the set of rows (and, for order, on their order
//! in the file) and not on row groups, threads or batches, so neither does a byte of the profile.
//! Memory is bounded by the columns in work, not by the rows. NaN is never null, a number, or an
//! end of a range. Footer statistics are used as a hint for the grid and are checked against the
//! values; nothing is concluded from them.
//!
//! Deliberately absent: language of text, profiles of values by group.

mod bytes;
mod cell_counts;
pub(crate) mod cells;
pub(crate) mod coded;
mod correlate;
mod counts;
mod drift;
mod finish;
mod grid;
mod groups;
pub(crate) mod hash;
mod hll;
mod infer;
pub(crate) mod keys;
mod natural;
mod number;
pub(crate) mod order;
mod packed;
mod partial;
mod patterns;
mod relate;
mod resolution;
pub(crate) mod row_hash;
mod same;
mod sample;
pub(crate) mod scalar;
pub(crate) mod scan;
#[cfg(test)]
mod signal_tests;
mod state;
mod steps;
pub(crate) mod stuck;
mod sums;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod worker;

use std::path::Path;
use std::sync::Arc;

use schema::data::column::{Dictionary, Role};
use schema::data::profile::{ColumnProfile, DuplicateRows, Profile, TimeOrder};

pub(crate) use finish::cut;
use grid::{AnyGrid, Grid, GridWorker};
use keys::{Census, Collector, Keys};
use number::EXACT_MAX;
use order::{Clocks, TimeFacts};
pub use partial::Partial;
use relate::Relations;
use row_hash::RowHasher;
use same::ColumnHashes;
use sample::{Choice, Sampler};
use scan::{Scan, Walk};
use state::{ColumnState, Values};
use table::{Kind, Table};
pub(crate) use worker::ProfileWorker;
use worker::{MACHINES_MAX, RunWorker, Runs};

use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// Version of the measurements.
const FORMAT: u32 = 2;
/// Bytes that the state of a column may take in one thread when its table is long.
const STATE_BYTES: usize = 4 << 20;

/// What is measured beyond single columns, their order in time and repeated rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileOptions {
    /// Runs of equal readings.
    pub runs: bool,
    /// Correlations, drift and columns that hold the same.
    pub relations: bool,
}

impl ProfileOptions {
    /// Everything.
    pub const FULL: Self = Self { runs: true, relations: true };
    /// Nothing of it.
    pub const QUICK: Self = Self { runs: false, relations: false };
}

impl Default for ProfileOptions {
    fn default() -> Self {
        Self::FULL
    }
}

/// Measures everything of a Parquet file.
///
/// `dictionary` adds roles, units and sentinels by column name; columns that it does not know are
/// measured all the same. The first timestamp or date column of role `time` (or else the first
/// timestamp column) is followed for its order, in the whole file and by the column of role
/// `machine`.
///
/// # Errors
///
/// [`Fault::Input`] if the file is not readable Parquet or beyond the limits; [`Fault::Transient`]
/// if the disk fails; [`Fault::Cancelled`] if `progress` says so.
pub fn profile(
    path: &Path,
    dictionary: &Dictionary,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Profile, Fault> {
    profile_with(path, dictionary, ProfileOptions::FULL, limits, progress)
}

/// As [`profile()`], with less of it if `options` say so.
///
/// # Errors
///
/// Those of [`profile()`].
pub fn profile_with(
    path: &Path,
    dictionary: &Dictionary,
    options: ProfileOptions,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Profile, Fault> {
    let table = Table::open(path, dictionary, limits)?;
    let pass = Pass::new(&table, options, limits, progress);
    let all = pass.portions();
    if let [columns] = &all[..] {
        let (workers, facts) =
            pass.scan().run(columns, || pass.worker(columns, true), pass.walks())?;
        return Ok(pass.finish(workers, facts)?.0);
    }
    let everything: Vec<usize> = (0..table.columns.len()).collect();
    let hashes = || pass.worker(&[], true);
    let (hashed, facts) = pass.scan().run(&everything, hashes, pass.walks())?;
    let mut measured = pass.nothing();
    for portion in &all {
        let (workers, _) = pass.scan().run(
            &pass.read(portion),
            || pass.worker(portion, false),
            Vec::<Walk<Clocks>>::new(),
        )?;
        pass.measure(portion, workers, &mut measured)?;
    }
    measured.collectors.extend(hashed.into_iter().filter_map(|worker| worker.hashes));
    Ok(pass.assemble(measured, facts)?.0)
}

/// A profile in the making; split so that rules can share its scan.
pub(crate) struct Pass<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// Bounds.
    pub(crate) limits: &'a Limits,
    /// Listener.
    pub(crate) progress: &'a dyn Progress,
    /// The rows that are sampled, if relations are wanted.
    choice: Option<Choice>,
    /// Runs of readings, if they are wanted.
    runs: Option<Arc<Runs>>,
}

/// What was measured of columns, in file order.
struct Measured {
    columns: Vec<ColumnProfile>,
    collectors: Vec<Collector>,
    relations: Option<Relations>,
}

impl<'a> Pass<'a> {
    /// A pass over a table.
    pub(crate) fn new(
        table: &'a Table,
        options: ProfileOptions,
        limits: &'a Limits,
        progress: &'a dyn Progress,
    ) -> Self {
        let choice = options.relations.then(|| Choice::new(table.rows));
        let runs = options.runs.then(|| Runs::new(table, machine(table)));
        Self { table, limits, progress, choice, runs }
    }

    /// A scan of the first stage.
    pub(crate) fn scan(&self) -> Scan<'a> {
        let &Pass { table, limits, progress, .. } = self;
        Scan { table, limits, progress, stage: "profile" }
    }

    /// All columns, in as many portions as memory for their states asks for.
    pub(crate) fn portions(&self) -> Vec<Vec<usize>> {
        let rows = usize::try_from(self.table.rows).unwrap_or(usize::MAX);
        let state = rows.saturating_mul(64).clamp(1 << 10, STATE_BYTES);
        let states = self.limits.memory_bytes_max / 2 / state;
        let portion = (states / (self.limits.threads + 1)).max(1);
        let all: Vec<usize> = (0..self.table.columns.len()).collect();
        if all.is_empty() { vec![all] } else { all.chunks(portion).map(<[_]>::to_vec).collect() }
    }

    /// The columns to read for a portion: runs are followed by machine.
    fn read(&self, portion: &[usize]) -> Vec<usize> {
        let mut read = portion.to_vec();
        read.extend(self.runs.as_ref().and_then(|runs| runs.machine).map(|(column, _)| column));
        read.sort_unstable();
        read.dedup();
        read
    }

    /// A worker that keeps the state of some columns, and hashes of whole rows if asked to.
    pub(crate) fn worker(&self, columns: &[usize], hash_rows: bool) -> ProfileWorker {
        let all = &self.table.columns;
        let opaque = all.iter().any(|column| column.kind == Kind::Opaque);
        let read = self.read(columns);
        let place = |column: &usize| read.binary_search(column).unwrap_or(0);
        let numeric = self.numeric(columns);
        let readings = numeric.iter().copied().filter(|at| relate::may_be_reading(all[*at].role()));
        let readings: Vec<usize> = readings.collect();
        ProfileWorker {
            positions: columns.iter().map(place).collect(),
            states: columns.iter().map(|c| ColumnState::new(self.table, *c)).collect(),
            hashes: (hash_rows && !opaque).then(|| Collector::new(self.table.rows)),
            hasher: RowHasher::default(),
            sampler: self.choice.map(|c| Sampler::new(c, numeric.iter().map(place).collect())),
            runs: self.runs.as_ref().map(|runs| RunWorker::new(runs, &readings, &read)),
        }
    }

    fn numeric(&self, columns: &[usize]) -> Vec<usize> {
        let numeric = |at: &usize| self.table.columns[*at].value_type.is_numeric();
        columns.iter().copied().filter(numeric).collect()
    }

    /// The walk that follows the time column.
    pub(crate) fn walks(&self) -> Vec<Walk<Clocks>> {
        order::walks(self.table, machine(self.table))
    }

    /// The profile of a scan of all columns, and the census of whole rows if they can be compared.
    pub(crate) fn finish(
        &self,
        workers: Vec<ProfileWorker>,
        facts: Vec<Clocks>,
    ) -> Result<(Profile, Option<Census>), Fault> {
        let all: Vec<usize> = (0..self.table.columns.len()).collect();
        let mut measured = self.nothing();
        self.measure(&all, workers, &mut measured)?;
        self.assemble(measured, facts)
    }

    fn nothing(&self) -> Measured {
        let relations = self.choice.map(|choice| Relations::new(choice, self.table.rows));
        Measured { columns: Vec::new(), collectors: Vec::new(), relations }
    }

    /// Merges the states of some columns and says what they are.
    fn measure(
        &self,
        columns: &[usize],
        workers: Vec<ProfileWorker>,
        measured: &mut Measured,
    ) -> Result<(), Fault> {
        let mut samplers = Vec::new();
        let mut merged: Option<Vec<ColumnState>> = None;
        for worker in workers {
            measured.collectors.extend(worker.hashes);
            samplers.extend(worker.sampler);
            match &mut merged {
                None => merged = Some(worker.states),
                Some(states) => {
                    states.iter_mut().zip(worker.states).for_each(|(mine, s)| mine.merge(s));
                }
            }
        }
        let mut states = merged.unwrap_or_else(|| self.worker(columns, false).states);
        states.iter_mut().for_each(ColumnState::settle);
        let grids = self.grids(columns, &states)?;
        let begin = measured.columns.len();
        for ((at, state), grid) in columns.iter().zip(&states).zip(&grids) {
            let column = finish::column(&self.table.columns[*at], state, grid.as_ref());
            measured.columns.push(column);
        }
        if let (Some(relations), Some(choice)) = (&mut measured.relations, self.choice) {
            let samples = Sampler::join(choice, &samplers);
            for (at, sample) in self.numeric(columns).iter().zip(samples) {
                let slot = columns.binary_search(at).unwrap_or(0);
                relations.take(&mut measured.columns[begin + slot], sample);
            }
        }
        Ok(())
    }

    /// The grids of columns with many values. Reads a column again if the footer's range was
    /// missing or wrong, and once more if a quantile's cell holds too much.
    fn grids(
        &self,
        columns: &[usize],
        states: &[ColumnState],
    ) -> Result<Vec<Option<AnyGrid>>, Fault> {
        let mut grids: Vec<Option<AnyGrid>> = states.iter().map(filled).collect();
        let missing: Vec<usize> = (0..grids.len())
            .filter(|at| grids[*at].is_none() && empty(&states[*at]).is_some())
            .collect();
        for at in &missing {
            grids[*at] = empty(&states[*at]);
        }
        self.refill(columns, &mut grids, &missing, false)?;
        let heavy: Vec<usize> = (0..grids.len())
            .filter(|at| grids[*at].as_mut().is_some_and(AnyGrid::refine))
            .collect();
        self.refill(columns, &mut grids, &heavy, true)?;
        Ok(grids)
    }

    fn refill(
        &self,
        columns: &[usize],
        grids: &mut [Option<AnyGrid>],
        which: &[usize],
        fine: bool,
    ) -> Result<(), Fault> {
        if which.is_empty() {
            return Ok(());
        }
        let &Pass { table, limits, progress, .. } = self;
        let positions: Vec<usize> = which.iter().map(|at| columns[*at]).collect();
        let blank: Vec<AnyGrid> = which.iter().filter_map(|at| grids[*at].clone()).collect();
        let scan = Scan { table, limits, progress, stage: "profile-grid" };
        let make = || GridWorker { grids: blank.clone(), fine };
        let (workers, _) = scan.run(&positions, make, Vec::<Walk<Clocks>>::new())?;
        for worker in workers {
            for (at, filled) in which.iter().zip(&worker.grids) {
                if let Some(grid) = &mut grids[*at] {
                    grid.merge(filled, fine);
                }
            }
        }
        Ok(())
    }

    fn assemble(
        &self,
        measured: Measured,
        facts: Vec<Clocks>,
    ) -> Result<(Profile, Option<Census>), Fault> {
        let Measured { mut columns, collectors, relations } = measured;
        let rows = self.table.rows;
        let opaque = self.table.columns.iter().any(|column| column.kind == Kind::Opaque);
        let census = if opaque || columns.is_empty() {
            None
        } else {
            Some(Keys::new(collectors).census(keys::ROWS_NAMED)?)
        };
        let duplicate_rows = census.as_ref().map(|census| DuplicateRows {
            rows: rows - census.distinct,
            method: "hash112".to_owned(),
        });
        let duplicate_columns =
            if relations.is_some() { Some(self.same_columns(&columns)?) } else { None };
        let (sample, correlations) = match relations {
            None => (None, None),
            Some(relations) => {
                let (sample, correlations) = relations.finish(self.limits.threads)?;
                (Some(sample), correlations)
            }
        };
        infer::infer(&mut columns);
        self.stuck(&mut columns);
        let profile = Profile {
            format: FORMAT,
            rows,
            cells: rows.saturating_mul(columns.len() as u64),
            null_cells: columns.iter().map(|column| column.nulls).sum(),
            nan_cells: columns.iter().map(|column| column.nan).sum(),
            duplicate_rows,
            duplicate_columns,
            sample,
            correlations,
            time: facts
                .into_iter()
                .flatten()
                .filter_map(TimeFacts::finish)
                .collect::<Vec<TimeOrder>>(),
            columns,
        };
        Ok((profile, census))
    }

    /// Says of each reading where it was stuck.
    fn stuck(&self, columns: &mut [ColumnProfile]) {
        let Some(runs) = &self.runs else { return };
        let machines = runs.machine.and_then(|(column, _)| columns[column].distinct.as_ref());
        let many = machines.is_some_and(|distinct| distinct.count > MACHINES_MAX as u64);
        if many || runs.overflow() {
            return;
        }
        for (at, column) in columns.iter_mut().enumerate().filter(|(_, c)| relate::is_reading(c)) {
            column.stuck = runs.take(at).map(|lane| lane.finish(|key| runs.label(key)));
        }
    }

    /// The columns that hold the same in every row.
    fn same_columns(&self, columns: &[ColumnProfile]) -> Result<Vec<Vec<String>>, Fault> {
        let comparable = |group: &Vec<usize>| self.table.columns[group[0]].kind != Kind::Opaque;
        let groups: Vec<Vec<usize>> =
            same::candidates(columns)?.into_iter().filter(comparable).collect();
        let mut read: Vec<usize> = groups.iter().flatten().copied().collect();
        read.sort_unstable();
        if read.is_empty() {
            return Ok(Vec::new());
        }
        let &Pass { table, limits, progress, .. } = self;
        let scan = Scan { table, limits, progress, stage: "profile-columns" };
        let make = || ColumnHashes::new(read.len());
        let (workers, _) = scan.run(&read, make, Vec::<Walk<Clocks>>::new())?;
        let mut hashes = make();
        workers.iter().for_each(|worker| hashes.merge(worker));
        let hash = |column: usize| read.binary_search(&column).ok().and_then(|at| hashes.of(at));
        let mut found: Vec<Vec<usize>> = Vec::new();
        for group in groups {
            let mut kinds: Vec<Vec<usize>> = Vec::new();
            for column in group {
                match kinds.iter_mut().find(|kind| hash(kind[0]) == hash(column)) {
                    Some(kind) => kind.push(column),
                    None => kinds.push(vec![column]),
                }
            }
            found.extend(kinds.into_iter().filter(|kind| kind.len() > 1));
        }
        found.sort_unstable();
        let name = |at: &usize| columns[*at].name.clone();
        Ok(found.iter().map(|kind| kind.iter().map(name).collect()).collect())
    }
}

/// The column of role `machine`, by which time and readings are followed.
fn machine(table: &Table) -> Option<usize> {
    table.columns.iter().position(|c| c.role() == Role::Machine && c.kind != Kind::Opaque)
}

/// The grid that the first pass has filled, if it can be used.
fn filled(state: &ColumnState) -> Option<AnyGrid> {
    match &state.values {
        Values::Whole(numbers) => Grid::filled(numbers).map(AnyGrid::Whole),
        Values::Real(reals) => Grid::filled(&reals.finite).map(AnyGrid::Real),
        Values::Wide(numbers) => Grid::filled(numbers).map(AnyGrid::Wide),
        _ => None,
    }
}

/// A grid to fill, for a column that needs one.
fn empty(state: &ColumnState) -> Option<AnyGrid> {
    match &state.values {
        Values::Whole(numbers) => Grid::empty(numbers).map(AnyGrid::Whole),
        Values::Real(reals) => Grid::empty(&reals.finite).map(AnyGrid::Real),
        Values::Wide(numbers) => Grid::empty(numbers).map(AnyGrid::Wide),
        _ => None,
    }
}

const _: () = assert!(EXACT_MAX * 64 <= STATE_BYTES, "a full table of counts fits its allowance");
