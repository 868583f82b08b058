//! A sample of rows by their numbers, for what cannot be measured in one pass with small state.
//!
//! All rows of a short table; else one row of each stretch of equal length. The place in a stretch
//! is a fixed hash of its number, so that a file in which machines take turns does not show the same
//! machine each time.
//!
//! Invariant: the sample depends on the number of rows and on nothing else.

use arrow::array::Array;
use schema::data::profile::RowSample;

use super::cells::Cells;
use super::coded::Entries;
use super::hash::mix;
use super::scan::Batch;

/// Rows of a table that is looked at whole.
const WHOLE_MAX: u64 = 100_000;
/// Rows of the sample of a longer one. At so many a correlation is right to 0.006 (standard error).
const SAMPLED: u64 = 32_768;

/// Which rows are in the sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    rows: u64,
    stretch: u64,
}

impl Choice {
    /// The choice among so many rows.
    pub(crate) fn new(rows: u64) -> Self {
        let stretch = if rows <= WHOLE_MAX { 1 } else { rows.div_ceil(SAMPLED) };
        Self { rows, stretch }
    }

    /// Rows in the sample.
    pub(crate) fn len(self) -> usize {
        usize::try_from(self.rows.div_ceil(self.stretch)).unwrap_or(usize::MAX)
    }

    /// The 0-based row of a stretch.
    pub(crate) fn row(self, stretch: u64) -> u64 {
        let begin = stretch * self.stretch;
        begin + mix(stretch + 1) % self.stretch.min(self.rows - begin)
    }

    /// Stretches whose row lies in a batch.
    fn within(self, batch: &Batch) -> impl Iterator<Item = (u64, usize)> {
        let end = batch.first_row + batch.rows as u64;
        let stretches = batch.first_row / self.stretch..end.div_ceil(self.stretch);
        stretches.filter_map(move |stretch| {
            let row = self.row(stretch);
            let inside = row >= batch.first_row && row < end;
            inside.then(|| (stretch, (row - batch.first_row) as usize))
        })
    }

    /// What is said of it.
    pub(crate) fn told(self) -> RowSample {
        RowSample { rows: self.len() as u64, stretch: self.stretch, exact: self.stretch == 1 }
    }
}

/// The sampled cells of some columns that one thread has seen.
pub(crate) struct Sampler {
    choice: Choice,
    /// Positions of the columns among the cells of a batch.
    positions: Vec<usize>,
    stretches: Vec<u32>,
    columns: Vec<Vec<f64>>,
}

impl Sampler {
    /// A sampler of the columns at these positions of each batch.
    pub(crate) fn new(choice: Choice, positions: Vec<usize>) -> Self {
        let columns = positions.iter().map(|_| Vec::new()).collect();
        Self { choice, positions, stretches: Vec::new(), columns }
    }

    /// Takes the sampled rows of a batch.
    pub(crate) fn take(&mut self, batch: &Batch) {
        if self.positions.is_empty() {
            return;
        }
        let rows: Vec<usize> = self
            .choice
            .within(batch)
            .map(|(stretch, row)| {
                self.stretches.push(stretch as u32);
                row
            })
            .collect();
        for (position, column) in self.positions.iter().zip(&mut self.columns) {
            column.extend(rows.iter().map(|row| finite(&batch.cells[*position], *row)));
        }
    }

    /// The sample of each column in row order: finite values, and NaN for all else.
    pub(crate) fn join(choice: Choice, samplers: &[Self]) -> Vec<Vec<f64>> {
        let columns = samplers.first().map_or(0, |sampler| sampler.columns.len());
        let mut joined = vec![vec![f64::NAN; choice.len()]; columns];
        for sampler in samplers {
            for (into, from) in joined.iter_mut().zip(&sampler.columns) {
                for (stretch, value) in sampler.stretches.iter().zip(from) {
                    if let Some(slot) = into.get_mut(*stretch as usize) {
                        *slot = *value;
                    }
                }
            }
        }
        joined
    }
}

/// A numeric cell as a float, or NaN if it is no finite number.
fn finite(cells: &Cells, row: usize) -> f64 {
    let value = match cells {
        Cells::Whole(array) if array.is_valid(row) => array.value(row) as f64,
        Cells::Real(array) if array.is_valid(row) => array.value(row),
        Cells::Wide(values, nulls) if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) => {
            values[row] as f64
        }
        Cells::Coded(coded) if coded.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) => {
            let key = coded.keys[row] as usize;
            match &*coded.entries {
                Entries::Whole(values) => values[key] as f64,
                Entries::Real(values) => values[key],
            }
        }
        _ => f64::NAN,
    };
    if value.is_finite() { value } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::{Choice, SAMPLED, WHOLE_MAX};
    use crate::profile::scan::Batch;

    #[test]
    fn short_tables_are_taken_whole_and_long_ones_once_a_stretch() {
        for rows in [0, 1, 99_999, WHOLE_MAX, WHOLE_MAX + 1, 1_234_567, 10_000_000] {
            let choice = Choice::new(rows);
            assert_eq!(choice.told().exact, rows <= WHOLE_MAX);
            assert!(choice.len() as u64 <= WHOLE_MAX, "{rows}");
            for stretch in 0..choice.len() as u64 {
                let row = choice.row(stretch);
                assert!(row < rows && row / choice.stretch == stretch, "{rows} {row}");
            }
            if rows > WHOLE_MAX {
                assert!(choice.len() as u64 > SAMPLED / 4 * 3, "{rows}");
            }
        }
    }

    #[test]
    fn batches_of_any_length_yield_the_same_rows() {
        let choice = Choice::new(400_000);
        let expected: Vec<u64> = (0..choice.len() as u64).map(|at| choice.row(at)).collect();
        for step in [1_usize, 7, 13, 4_096] {
            let mut found = Vec::new();
            for first_row in (0..400_000).step_by(step) {
                let rows = step.min(400_000 - first_row);
                let batch = Batch { first_row: first_row as u64, rows, cells: Vec::new() };
                let within = choice.within(&batch).map(|(_, row)| (first_row + row) as u64);
                found.extend(within);
            }
            assert_eq!(found, expected, "{step}");
        }
    }

    #[test]
    fn machines_that_take_turns_are_all_met() {
        let choice = Choice::new(32_768 * 100);
        let mut met = [0_u32; 100];
        (0..choice.len() as u64).for_each(|at| met[(choice.row(at) % 100) as usize] += 1);
        assert!(met.iter().all(|count| (200..500).contains(count)), "{met:?}");
    }
}
