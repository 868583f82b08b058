//! A window that moves along a series: rows behind and ahead, or time behind and ahead.
//!
//! At the ends of a group the window holds what there is of it.

use std::collections::VecDeque;

use super::delayed::{Cell, Out, Series};
use super::window_rows;
use crate::error::Fault;

/// A statistic of the finite values in a window.
pub(crate) trait Kernel: Send {
    /// A value enters behind all others.
    fn push(&mut self, value: f64);
    /// The oldest value leaves.
    fn pop(&mut self, value: f64);
    /// Writes the results for a cell with the value `own`.
    fn write(&mut self, own: f64, out: &mut [f64]);
}

/// How far a window reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Rows or microseconds behind the cell.
    pub(crate) back: i64,
    /// Rows or microseconds ahead of it.
    pub(crate) ahead: i64,
    /// Whether a window is complete with the cell that reaches its end; else further cells at the
    /// very end may come.
    pub(crate) prompt: bool,
}

impl Reach {
    /// The last so many rows, or an odd number of rows around the row.
    ///
    /// # Errors
    /// `window-invalid`.
    pub(crate) fn of_rows(rows: u32, centred: bool) -> Result<Self, Fault> {
        let rows = i64::from(window_rows(rows, centred)?);
        let (back, ahead) = if centred { (rows / 2, rows / 2) } else { (rows - 1, 0) };
        Ok(Self { back, ahead, prompt: true })
    }
}

/// A kernel over a moving window.
pub(crate) struct Windowed<K> {
    reach: Reach,
    kernel: K,
    cells: VecDeque<Cell>,
    /// Place among the cells of the first one without a result.
    next: usize,
    lanes: Vec<f64>,
}

impl<K: Kernel> Windowed<K> {
    pub(crate) fn new(reach: Reach, kernel: K, lanes: usize) -> Self {
        Self { reach, kernel, cells: VecDeque::new(), next: 0, lanes: vec![f64::NAN; lanes] }
    }

    fn resolve(&mut self, cell: Cell, out: &mut Out) {
        let oldest = cell.x.saturating_sub(self.reach.back);
        while let Some(front) = self.cells.front().filter(|front| front.x < oldest) {
            if front.value.is_finite() {
                self.kernel.pop(front.value);
            }
            self.cells.pop_front();
            self.next = self.next.saturating_sub(1);
        }
        self.kernel.write(cell.value, &mut self.lanes);
        out.set(cell.row, &self.lanes);
        self.next += 1;
    }

    /// The first cell without a result, if `known` says that its window is complete.
    fn open(&self, known: impl Fn(&Cell) -> bool) -> Option<Cell> {
        self.cells.get(self.next).filter(|cell| known(cell)).copied()
    }
}

impl<K: Kernel> Series for Windowed<K> {
    fn push(&mut self, cell: Cell, out: &mut Out) {
        let Reach { ahead, prompt, .. } = self.reach;
        while let Some(open) = self.open(|open| cell.x > open.x.saturating_add(ahead)) {
            self.resolve(open, out);
        }
        self.cells.push_back(cell);
        if cell.value.is_finite() {
            self.kernel.push(cell.value);
        }
        if prompt {
            while let Some(open) = self.open(|open| cell.x >= open.x.saturating_add(ahead)) {
                self.resolve(open, out);
            }
        }
    }

    fn end(&mut self, out: &mut Out) {
        while let Some(open) = self.open(|_| true) {
            self.resolve(open, out);
        }
    }

    fn held(&self) -> usize {
        self.cells.len()
    }
}
