//! Rows that fail, as bits: of a batch, and of the whole table.

use std::sync::atomic::{AtomicU64, Ordering};

use arrow::buffer::BooleanBuffer;

/// Rows named at most for a rule.
pub(crate) const ROWS_NAMED: usize = 5;

/// One bit for each row of a table; set by several threads, never cleared.
pub(crate) struct Marks(Vec<AtomicU64>);

impl Marks {
    /// No row is marked.
    pub(crate) fn new(rows: u64) -> Self {
        let words = usize::try_from(rows.div_ceil(64)).unwrap_or(usize::MAX);
        Self((0..words).map(|_| AtomicU64::new(0)).collect())
    }

    /// Marks one 0-based row.
    pub(crate) fn mark(&self, row: u64) {
        self.or((row / 64) as usize, 1 << (row % 64));
    }

    /// Marks the rows of a batch that begins at a 0-based row.
    pub(crate) fn mark_batch(&self, first_row: u64, fails: &BooleanBuffer) {
        let shift = first_row % 64;
        let first = (first_row / 64) as usize;
        for (at, bits) in fails.bit_chunks().iter_padded().enumerate() {
            if bits == 0 {
                continue;
            }
            self.or(first + at, bits << shift);
            if shift > 0 {
                self.or(first + at + 1, bits >> (64 - shift));
            }
        }
    }

    /// Rows marked.
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.load(Ordering::Relaxed).count_ones())).sum()
    }

    /// Words of 64 rows.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The marks of 64 rows, lowest first.
    pub(crate) fn word(&self, at: usize) -> u64 {
        self.0.get(at).map_or(0, |word| word.load(Ordering::Relaxed))
    }

    fn or(&self, word: usize, bits: u64) {
        if let Some(word) = self.0.get(word).filter(|_| bits != 0) {
            word.fetch_or(bits, Ordering::Relaxed);
        }
    }
}

/// How many rows failed, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Rows that failed.
    pub(crate) violations: u64,
    /// 1-based numbers of the first.
    pub(crate) rows: Vec<u64>,
}

impl Tally {
    /// Counts one 0-based row; rows come in any order.
    pub(crate) fn add(&mut self, row: u64) {
        self.violations += 1;
        let at = self.rows.partition_point(|known| *known < row + 1);
        if at < ROWS_NAMED {
            self.rows.insert(at, row + 1);
            self.rows.truncate(ROWS_NAMED);
        }
    }

    /// Counts the rows of a batch; batches come in ascending order.
    pub(crate) fn add_batch(&mut self, first_row: u64, fails: &BooleanBuffer) {
        let left = ROWS_NAMED - self.rows.len().min(ROWS_NAMED);
        self.rows.extend(fails.set_indices().take(left).map(|row| first_row + row as u64 + 1));
        self.violations += fails.count_set_bits() as u64;
    }

    /// Joins the counts of two threads.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.violations += other.violations;
        self.rows.extend(&other.rows);
        self.rows.sort_unstable();
        self.rows.truncate(ROWS_NAMED);
    }
}

#[cfg(test)]
mod tests {
    use arrow::buffer::BooleanBuffer;

    use super::{Marks, Tally};

    #[test]
    fn marks_of_batches_that_begin_anywhere_are_counted_once() {
        let marks = Marks::new(200);
        let fails = BooleanBuffer::collect_bool(70, |row| row % 3 == 0);
        for first in [0, 1, 63, 64, 130] {
            marks.mark_batch(first, &fails);
        }
        marks.mark(199);
        marks.mark(199);
        let mut oracle = [false; 200];
        for first in [0, 1, 63, 64, 130] {
            (0..70).filter(|row| row % 3 == 0).for_each(|row| oracle[first + row] = true);
        }
        oracle[199] = true;
        assert_eq!(marks.count(), oracle.iter().filter(|set| **set).count() as u64);
    }

    #[test]
    fn tallies_name_the_first_rows_of_all_threads() {
        let (mut a, mut b) = (Tally::default(), Tally::default());
        (10..14).rev().for_each(|row| a.add(row));
        b.add_batch(0, &BooleanBuffer::from(vec![false, true, true]));
        a.merge(&b);
        assert_eq!((a.violations, &a.rows[..]), (6, &[2, 3, 11, 12, 13][..]));
    }
}
