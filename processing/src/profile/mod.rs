//! One pass over a Parquet file: exact counts, moments, quantiles, distinct values, order of time.
//!
//! | file | what it holds |
//! |---|---|
//! | `table`, `cells`, `coded`, `scan` | reading: columns in canonical form, row groups on several threads |
//! | `state`, `number` | what is kept of a column while it is read |
//! | `counts`, `sums`, `hll`, `grid`, `hash`, `natural` | the mergeable parts of it |
//! | `keys` | repeated rows and keys |
//! | `order` | steps, gaps and backward rows of a time column |
//! | `finish`, `scalar` | what is said in the end |
//!
//! Invariants: every part of the state depends on the set of rows (and, for order, on their order
//! in the file) and not on row groups, threads or batches, so neither does a byte of the profile.
//! Memory is bounded by the columns in work, not by the rows. NaN is never null, a number, or an
//! end of a range. Footer statistics are used as a hint for the grid and are checked against the
//! values; nothing is concluded from them.
//!
//! Deliberately absent: correlations, pattern and language of text, profiles by group.

pub(crate) mod cells;
pub(crate) mod coded;
mod counts;
mod finish;
mod grid;
pub(crate) mod hash;
mod hll;
pub(crate) mod keys;
mod natural;
mod number;
pub(crate) mod order;
pub(crate) mod scalar;
pub(crate) mod scan;
mod state;
mod sums;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::path::Path;

use schema::data::column::{Dictionary, Role};
use schema::data::profile::{ColumnProfile, DuplicateRows, Profile, TimeOrder};

pub(crate) use finish::cut;
use grid::{AnyGrid, Grid, GridWorker};
use hash::RowHash;
use keys::{Census, Collector, Keys};
use number::EXACT_MAX;
use order::TimeFacts;
use scan::{Batch, Scan, Walk, Worker};
use state::{ColumnState, Values};
use table::{Kind, Table};

use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// Version of the measurements.
const FORMAT: u32 = 1;
/// Bytes that the state of a column may take in one thread when its table is long.
const STATE_BYTES: usize = 4 << 20;
/// Hashes of rows that a thread keeps in memory before they go to a file.
const HASHES_HELD: usize = 1 << 19;

/// Measures a Parquet file.
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
    let table = Table::open(path, dictionary, limits)?;
    let pass = Pass { table: &table, limits, progress };
    let all = pass.portions();
    if let [columns] = &all[..] {
        let (workers, facts) =
            pass.scan().run(columns, || pass.worker(columns, true), pass.walks())?;
        return Ok(pass.finish(workers, facts)?.0);
    }
    let everything: Vec<usize> = (0..table.columns.len()).collect();
    let hashes = || pass.worker(&[], true);
    let (hashed, facts) = pass.scan().run(&everything, hashes, pass.walks())?;
    let mut columns = Vec::new();
    for portion in &all {
        let (workers, _) = pass.scan().run(
            portion,
            || pass.worker(portion, false),
            Vec::<Walk<TimeFacts>>::new(),
        )?;
        columns.extend(pass.columns(portion, workers)?.1);
    }
    let collectors = hashed.into_iter().filter_map(|worker| worker.hashes).collect();
    Ok(pass.assemble(columns, collectors, facts)?.0)
}

/// A profile in the making; split so that rules can share its scan.
pub(crate) struct Pass<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// Bounds.
    pub(crate) limits: &'a Limits,
    /// Listener.
    pub(crate) progress: &'a dyn Progress,
}

impl<'a> Pass<'a> {
    /// A scan of the first stage.
    pub(crate) fn scan(&self) -> Scan<'a> {
        let &Pass { table, limits, progress } = self;
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

    /// A worker that keeps the state of some columns, and hashes of whole rows if asked to.
    pub(crate) fn worker(&self, columns: &[usize], hash_rows: bool) -> ProfileWorker {
        let opaque = self.table.columns.iter().any(|column| column.kind == Kind::Opaque);
        ProfileWorker {
            states: columns.iter().map(|c| ColumnState::new(self.table, *c)).collect(),
            hashes: (hash_rows && !opaque).then(|| Collector::new(HASHES_HELD)),
        }
    }

    /// Workers that follow the time column.
    pub(crate) fn walks(&self) -> Vec<Walk<TimeFacts>> {
        let columns = &self.table.columns;
        let temporal = |kind| matches!(kind, Kind::Day | Kind::Instant { .. });
        let declared = columns.iter().position(|c| c.role() == Role::Time && temporal(c.kind));
        let first = || columns.iter().position(|c| matches!(c.kind, Kind::Instant { .. }));
        let Some(time) = declared.or_else(first) else { return Vec::new() };
        let (name, kind) = (&columns[time].name, columns[time].kind);
        let mut walks =
            vec![Walk { columns: vec![time], worker: TimeFacts::new(name, kind, None, (0, None)) }];
        let machine =
            columns.iter().position(|c| c.role() == Role::Machine && c.kind != Kind::Opaque);
        if let Some(machine) = machine.filter(|machine| *machine != time) {
            let positions = (usize::from(machine < time), Some(usize::from(time < machine)));
            let group = Some(columns[machine].name.as_str());
            walks.push(Walk {
                columns: vec![time.min(machine), time.max(machine)],
                worker: TimeFacts::new(name, kind, group, positions),
            });
        }
        walks
    }

    /// The profile of a scan of all columns, and the census of whole rows if they can be compared.
    pub(crate) fn finish(
        &self,
        workers: Vec<ProfileWorker>,
        facts: Vec<TimeFacts>,
    ) -> Result<(Profile, Option<Census>), Fault> {
        let all: Vec<usize> = (0..self.table.columns.len()).collect();
        let (collectors, columns) = self.columns(&all, workers)?;
        self.assemble(columns, collectors, facts)
    }

    /// Merges the states of some columns and says what they are.
    fn columns(
        &self,
        columns: &[usize],
        workers: Vec<ProfileWorker>,
    ) -> Result<(Vec<Collector>, Vec<ColumnProfile>), Fault> {
        let mut collectors = Vec::new();
        let mut merged: Option<Vec<ColumnState>> = None;
        for worker in workers {
            collectors.extend(worker.hashes);
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
        let profiles = columns
            .iter()
            .zip(&states)
            .zip(&grids)
            .map(|((at, state), grid)| {
                finish::column(&self.table.columns[*at], state, grid.as_ref())
            })
            .collect();
        Ok((collectors, profiles))
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
        let &Pass { table, limits, progress } = self;
        let positions: Vec<usize> = which.iter().map(|at| columns[*at]).collect();
        let blank: Vec<AnyGrid> = which.iter().filter_map(|at| grids[*at].clone()).collect();
        let scan = Scan { table, limits, progress, stage: "profile-grid" };
        let make = || GridWorker { grids: blank.clone(), fine };
        let (workers, _) = scan.run(&positions, make, Vec::<Walk<TimeFacts>>::new())?;
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
        columns: Vec<ColumnProfile>,
        collectors: Vec<Collector>,
        facts: Vec<TimeFacts>,
    ) -> Result<(Profile, Option<Census>), Fault> {
        let rows = self.table.rows;
        let opaque = self.table.columns.iter().any(|column| column.kind == Kind::Opaque);
        let census = if opaque || columns.is_empty() {
            None
        } else {
            Some(Keys::new(collectors).census(keys::ROWS_NAMED)?)
        };
        let duplicate_rows = census.as_ref().map(|census| DuplicateRows {
            rows: rows - census.distinct,
            method: "hash128".to_owned(),
        });
        let profile = Profile {
            format: FORMAT,
            rows,
            cells: rows.saturating_mul(columns.len() as u64),
            null_cells: columns.iter().map(|column| column.nulls).sum(),
            nan_cells: columns.iter().map(|column| column.nan).sum(),
            duplicate_rows,
            time: facts.into_iter().filter_map(TimeFacts::finish).collect::<Vec<TimeOrder>>(),
            columns,
        };
        Ok((profile, census))
    }
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

/// Keeps the states of columns; one for each thread.
pub(crate) struct ProfileWorker {
    states: Vec<ColumnState>,
    hashes: Option<Collector>,
}

impl Worker for ProfileWorker {
    fn takes_codes(&self) -> bool {
        true
    }

    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        for (state, cells) in self.states.iter_mut().zip(&batch.cells) {
            state.take(cells, batch.rows);
        }
        if let Some(hashes) = &mut self.hashes {
            let mut rows = vec![RowHash::START; batch.rows];
            for cells in &batch.cells {
                cells.hash_into(&mut rows);
            }
            hashes.add(batch.first_row, rows.into_iter().map(RowHash::finish).collect())?;
        }
        Ok(())
    }
}

const _: () = assert!(EXACT_MAX * 64 <= STATE_BYTES, "a full table of counts fits its allowance");
