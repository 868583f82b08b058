//! What one thread keeps while it reads row groups for a profile, and what the threads share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::groups::{Groups, NO_GROUP, Names, label};
use super::keys::Collector;
use super::row_hash::RowHasher;
use super::sample::Sampler;
use super::scan::{Batch, Worker};
use super::state::ColumnState;
use super::stuck::{Lane, Piece, Readings, Turns};
use super::table::{Kind, Table};
use crate::error::Fault;

/// Machines whose readings are followed.
pub(crate) const MACHINES_MAX: usize = 1_024;

/// Keeps the states of columns; one for each thread.
pub(crate) struct ProfileWorker {
    /// Positions of the columns among the cells of a batch.
    pub(super) positions: Vec<usize>,
    /// Their states.
    pub(super) states: Vec<ColumnState>,
    /// Hashes of whole rows.
    pub(super) hashes: Option<Collector>,
    /// Makes them.
    pub(super) hasher: RowHasher,
    /// Sampled rows.
    pub(super) sampler: Option<Sampler>,
    /// Runs of equal readings.
    pub(super) runs: Option<RunWorker>,
}

impl Worker for ProfileWorker {
    fn takes_codes(&self) -> bool {
        true
    }

    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        for (state, position) in self.states.iter_mut().zip(&self.positions) {
            state.take(&batch.cells[*position], batch.rows);
        }
        if let Some(hashes) = &mut self.hashes {
            hashes.add(batch.first_row, self.hasher.rows(&batch.cells, batch.rows))?;
        }
        if let Some(sampler) = &mut self.sampler {
            sampler.take(batch);
        }
        if let Some(runs) = &mut self.runs {
            runs.take(batch);
        }
        Ok(())
    }
}

/// The runs of all columns of a table, for all threads.
pub(crate) struct Runs {
    /// The machine column.
    pub(super) machine: Option<(usize, Kind)>,
    /// One lane for each column of the table.
    lanes: Vec<Mutex<Lane>>,
    /// Numbers of the machines.
    names: Arc<Names>,
    /// Machines by number.
    labels: Mutex<HashMap<u32, String>>,
    /// Where row groups end.
    ends: Vec<u64>,
}

impl Runs {
    /// No rows yet.
    pub(super) fn new(table: &Table, machine: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            machine: machine.map(|at| (at, table.columns[at].kind)),
            lanes: table.columns.iter().map(|_| Mutex::new(Lane::new())).collect(),
            // One NaN more than the machines that `distinct` counts, and one to tell more.
            names: Arc::new(Names::new(MACHINES_MAX + 2)),
            labels: Mutex::new(HashMap::new()),
            ends: table.groups.iter().map(|group| group.first_row + group.rows).collect(),
        })
    }

    /// Takes the lane of a column out.
    pub(super) fn take(&self, column: usize) -> Option<Lane> {
        Some(std::mem::replace(&mut *held(self.lanes.get(column)?), Lane::new()))
    }

    /// Whether there are more machines than are followed.
    pub(super) fn overflow(&self) -> bool {
        self.names.overflow()
    }

    /// The machine of a number.
    pub(super) fn label(&self, key: u32) -> Option<String> {
        held(&self.labels).get(&key).cloned()
    }
}

/// What is behind a lock, even if a thread that held it panicked: the scan fails then anyway.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Follows readings through the row groups of one thread.
pub(super) struct RunWorker {
    runs: Arc<Runs>,
    /// Position of the machine among the cells of a batch.
    machine: Option<usize>,
    /// Columns of the table, and their positions among the cells of a batch.
    columns: Vec<(usize, usize)>,
    /// Room for the readings of each.
    readings: Vec<Readings>,
    groups: Groups,
    /// Whether a machine has its label.
    named: Vec<bool>,
    from: u64,
    pieces: Vec<Piece>,
}

impl RunWorker {
    /// A worker for some columns of the table, given the columns of each batch.
    pub(super) fn new(runs: &Arc<Runs>, columns: &[usize], read: &[usize]) -> Self {
        let position = |column: usize| read.binary_search(&column).ok();
        let columns = columns.iter().filter_map(|column| Some((*column, position(*column)?)));
        let columns: Vec<_> = columns.collect();
        Self {
            machine: runs.machine.and_then(|(column, _)| position(column)),
            groups: Groups::sharing(Arc::clone(&runs.names)),
            runs: Arc::clone(runs),
            readings: columns.iter().map(|_| Readings::default()).collect(),
            columns,
            named: Vec::new(),
            from: 0,
            pieces: Vec::new(),
        }
    }

    fn take(&mut self, batch: &Batch) {
        if self.columns.is_empty() || self.runs.overflow() {
            return;
        }
        let turns = match self.machine {
            None => Turns::single(batch.rows),
            Some(position) => self.turns(batch, position),
        };
        if self.pieces.is_empty() {
            self.from = batch.first_row;
            self.pieces = self.columns.iter().map(|_| Piece::new()).collect();
        }
        let each = self.columns.iter().zip(&mut self.readings).zip(&mut self.pieces);
        for (((_, position), readings), piece) in each {
            piece.take(&batch.cells[*position], batch.first_row, &turns, readings);
        }
        let end = batch.first_row + batch.rows as u64;
        if self.runs.ends.binary_search(&end).is_ok() {
            for ((column, _), piece) in self.columns.iter().zip(self.pieces.drain(..)) {
                if let Some(lane) = self.runs.lanes.get(*column) {
                    held(lane).push(self.from, end, piece);
                }
            }
        }
    }

    fn turns(&mut self, batch: &Batch, position: usize) -> Turns {
        let cells = &batch.cells[position];
        let turns = Turns::of(&self.groups.of(cells, batch.rows), NO_GROUP);
        let kind = self.runs.machine.map_or(Kind::Text, |(_, kind)| kind);
        for (machine, row) in turns.firsts() {
            let at = machine as usize;
            if self.named.len() <= at {
                self.named.resize(at + 1, false);
            }
            if !self.named[at] {
                self.named[at] = true;
                held(&self.runs.labels).entry(machine).or_insert_with(|| label(kind, cells, row));
            }
        }
        turns
    }
}
