//! Quantiles and histograms, and the further pass over columns whose grid was not fine enough.

use super::cells::Cells;
use super::number::{BINS, CELLS, Number, Numbers, Range, Real, View};
use super::scan::{Batch, Worker};
use super::state::for_runs;
use crate::error::Fault;

/// Percentages of the quantiles.
pub(crate) const PERCENT: [u64; 5] = [5, 25, 50, 75, 95];
/// Parts of a cell in the second grid.
const PARTS: usize = 4_096;
/// A cell that holds more than one in so many values is looked into.
const HEAVY: u64 = 500;

/// Counts a cell, and a second grid for cells that hold too much.
#[derive(Clone)]
pub(crate) struct Grid<T> {
    /// Range of the grid.
    pub(crate) range: Range<T>,
    /// Values a cell.
    pub(crate) cells: Vec<u64>,
    parts: Vec<(usize, Vec<u64>)>,
}

/// Quantiles of a grid and the largest error of any, in the unit of the values.
pub(crate) struct Found<T> {
    /// Values at [`PERCENT`].
    pub(crate) quantiles: [T; 5],
    /// Largest error; 0 if exact.
    pub(crate) error: f64,
}

/// The 1-based rank of a quantile among `count` values: ⌈q·n⌉.
pub(crate) fn rank(count: u64, percent: u64) -> u64 {
    (u128::from(count) * u128::from(percent)).div_ceil(100).max(1) as u64
}

impl<T: Number> Grid<T> {
    /// The grid that a first pass has filled, if its range was right.
    pub(crate) fn filled(numbers: &Numbers<T>) -> Option<Self> {
        let View::Sketch(sketch) = numbers.view() else { return None };
        let range = numbers.range?;
        (sketch.ends == Some((range.low, range.high))).then(|| Self {
            range,
            cells: sketch.grid.all(),
            parts: Vec::new(),
        })
    }

    /// An empty grid between the smallest and the largest value.
    pub(crate) fn empty(numbers: &Numbers<T>) -> Option<Self> {
        let View::Sketch(sketch) = numbers.view() else { return None };
        let (low, high) = sketch.ends?;
        let range = Range::new(low, high);
        Some(Self { range, cells: vec![0; CELLS], parts: Vec::new() })
    }

    /// Opens a second grid in the cells that hold a quantile and too much else. Returns whether
    /// there are any.
    pub(crate) fn refine(&mut self) -> bool {
        let count: u64 = self.cells.iter().sum();
        for percent in PERCENT {
            let (cell, _) = find(&self.cells, rank(count, percent));
            if self.cells[cell] > count / HEAVY && !self.parts.iter().any(|(at, _)| *at == cell) {
                self.parts.push((cell, vec![0; PARTS]));
            }
        }
        !self.parts.is_empty()
    }

    fn add(&mut self, value: T, fine: bool) {
        let (cell, into) = self.range.place(value);
        if !fine {
            self.cells[cell] += 1;
        } else if let Some((_, parts)) = self.parts.iter_mut().find(|(at, _)| *at == cell) {
            parts[((into * PARTS as f64) as usize).min(PARTS - 1)] += 1;
        }
    }

    fn merge(&mut self, other: &Self, fine: bool) {
        if !fine {
            self.cells.iter_mut().zip(&other.cells).for_each(|(mine, theirs)| *mine += theirs);
        }
        for ((_, mine), (_, theirs)) in self.parts.iter_mut().zip(&other.parts) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }

    /// The quantiles.
    pub(crate) fn quantiles(&self) -> Found<T> {
        let count: u64 = self.cells.iter().sum();
        let width = self.range.cell_width();
        let mut error = 0.0_f64;
        let quantiles = PERCENT.map(|percent| {
            let (cell, left) = find(&self.cells, rank(count, percent));
            let (into, off) = match self.parts.iter().find(|(at, _)| *at == cell) {
                Some((_, parts)) => {
                    let (part, _) = find(parts, left);
                    ((part as f64 + 0.5) / PARTS as f64, width / (2 * PARTS) as f64)
                }
                None => (0.5, width / 2.0),
            };
            error = error.max(off);
            self.range.value(cell as f64 + into)
        });
        Found { quantiles, error: error + T::STEP }
    }

    /// Counts a bin.
    pub(crate) fn bins(&self) -> Vec<u64> {
        self.cells.chunks(CELLS / BINS).map(|cells| cells.iter().sum()).collect()
    }
}

/// The cell that holds a rank, and the rank within it.
fn find(cells: &[u64], rank: u64) -> (usize, u64) {
    let mut before = 0;
    for (at, count) in cells.iter().enumerate() {
        if before + count >= rank {
            return (at, rank - before);
        }
        before += count;
    }
    (cells.len() - 1, 1)
}

/// A grid of any type of number.
#[derive(Clone)]
pub(crate) enum AnyGrid {
    /// Integers, days, instants.
    Whole(Grid<i64>),
    /// Floats.
    Real(Grid<Real>),
    /// Decimals.
    Wide(Grid<i128>),
}

impl AnyGrid {
    /// Opens second grids where needed; returns whether there are any.
    pub(crate) fn refine(&mut self) -> bool {
        match self {
            Self::Whole(grid) => grid.refine(),
            Self::Real(grid) => grid.refine(),
            Self::Wide(grid) => grid.refine(),
        }
    }

    /// Adds what another grid of the same column has counted.
    pub(crate) fn merge(&mut self, other: &Self, fine: bool) {
        match (self, other) {
            (Self::Whole(mine), Self::Whole(theirs)) => mine.merge(theirs, fine),
            (Self::Real(mine), Self::Real(theirs)) => mine.merge(theirs, fine),
            (Self::Wide(mine), Self::Wide(theirs)) => mine.merge(theirs, fine),
            _ => {}
        }
    }
}

/// Fills grids in a further pass; `fine` fills the second grids only.
pub(crate) struct GridWorker {
    /// One grid a column of the batches.
    pub(crate) grids: Vec<AnyGrid>,
    /// Whether the second grids are to be filled.
    pub(crate) fine: bool,
}

impl Worker for GridWorker {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        let fine = self.fine;
        for (grid, cells) in self.grids.iter_mut().zip(&batch.cells) {
            let nulls = cells.nulls();
            for_runs(batch.rows, nulls.as_ref(), |from, to| match (&mut *grid, cells) {
                (AnyGrid::Whole(grid), Cells::Whole(array)) => {
                    array.values()[from..to].iter().for_each(|value| grid.add(*value, fine));
                }
                (AnyGrid::Real(grid), Cells::Real(array)) => {
                    let finite = array.values()[from..to].iter().filter(|x| x.is_finite());
                    finite.for_each(|value| grid.add(Real::new(*value), fine));
                }
                (AnyGrid::Wide(grid), Cells::Wide(values, _)) => {
                    values[from..to].iter().for_each(|value| grid.add(*value, fine));
                }
                _ => {}
            });
        }
        Ok(())
    }
}
