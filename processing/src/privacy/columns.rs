//! Counting what all cells match.
//!
//! Entries of a dictionary are searched once each; rows are looked at only if an entry matched.

use arrow::array::{Array, ArrayRef, AsArray};

use super::detect::{Day, Hits, SHAPES, Shape, birthday, normal, search, search_integer};
use super::nested::leaves;
use super::outcome::Count;
use crate::error::Fault;
use crate::profile::cells::{Cells, Text, same_entries};
use crate::profile::scan::{Batch, Worker};

/// Rows named at most.
const ROWS_NAMED: usize = 5;

/// A column that is searched.
pub(crate) struct Searched {
    /// Position in the table.
    pub(crate) position: usize,
}

/// What was counted of one column.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnCounts {
    /// By shape.
    pub(crate) shapes: [Count; SHAPES],
    /// Resident numbers together with the next column of the table.
    pub(crate) split: Count,
}

/// Counts; one for each thread.
pub(crate) struct PrivacyWorker {
    today: Day,
    /// For each column searched: whether the next one searched is its neighbour in the table.
    neighbour: Vec<bool>,
    /// What was counted of each column searched.
    pub(crate) columns: Vec<ColumnCounts>,
    /// Cells searched.
    pub(crate) cells: u64,
    known: Vec<Option<Known>>,
}

/// What the entries of a dictionary match.
struct Known {
    entries: ArrayRef,
    hits: Vec<Hits>,
    any: bool,
    halves: Vec<Half>,
    any_half: bool,
}

/// A cell as half of a resident number: six digits, or seven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Half {
    #[default]
    None,
    Front([u8; 6]),
    Back([u8; 7]),
}

impl Half {
    fn of(text: &str) -> Self {
        let text = text.trim();
        // Full-width digits take three bytes.
        if text.len() > 21 {
            return Self::None;
        }
        Self::of_digits(normal(text).as_bytes())
    }

    fn of_digits(bytes: &[u8]) -> Self {
        if !bytes.iter().all(u8::is_ascii_digit) {
            return Self::None;
        }
        if let Ok(front) = bytes.try_into() {
            Self::Front(front)
        } else if let Ok(back) = bytes.try_into() {
            Self::Back(back)
        } else {
            Self::None
        }
    }

    fn of_integer(value: i128) -> Self {
        match value {
            10_101..=9_999_999 => {
                // A year before 2010 has lost its leading zero.
                let text = format!("{value:06}");
                Self::of_digits(text.as_bytes())
            }
            _ => Self::None,
        }
    }
}

impl PrivacyWorker {
    /// A worker for the columns at these positions of the table.
    pub(crate) fn new(positions: &[usize], today: Day) -> Self {
        let neighbour = |at: usize| positions.get(at + 1) == Some(&(positions[at] + 1));
        Self {
            today,
            neighbour: (0..positions.len()).map(neighbour).collect(),
            columns: vec![ColumnCounts::default(); positions.len()],
            cells: 0,
            known: positions.iter().map(|_| None).collect(),
        }
    }

    /// The counts of two threads.
    pub(crate) fn merged(mut self, other: Self) -> Self {
        self.cells += other.cells;
        for (mine, theirs) in self.columns.iter_mut().zip(other.columns) {
            for (mine, theirs) in mine.shapes.iter_mut().zip(&theirs.shapes) {
                merge(mine, theirs);
            }
            merge(&mut mine.split, &theirs.split);
        }
        self
    }

    fn learn(&mut self, column: usize, entries: &ArrayRef) {
        let known = &mut self.known[column];
        if known.as_ref().is_some_and(|known| same_entries(&known.entries, entries)) {
            return;
        }
        let texts = entries.as_string::<i32>();
        let today = self.today;
        let text = |at: usize| if texts.is_valid(at) { texts.value(at) } else { "" };
        let hits: Vec<Hits> = (0..texts.len()).map(|at| search(text(at), today)).collect();
        let halves: Vec<Half> = (0..texts.len()).map(|at| Half::of(text(at))).collect();
        *known = Some(Known {
            entries: entries.clone(),
            any: hits.iter().any(|hits| hits.any()),
            any_half: halves.iter().any(|half| *half != Half::None),
            hits,
            halves,
        });
    }

    fn count(&mut self, column: usize, cells: &Cells, batch: &Batch) {
        let today = self.today;
        if let Cells::Text(Text::Coded(array)) = cells {
            self.learn(column, array.values());
        }
        let counts = &mut self.columns[column].shapes;
        let row_number = |row: usize| batch.first_row + row as u64 + 1;
        match cells {
            Cells::Text(Text::Coded(array)) => {
                let Some(known) = self.known[column].as_ref().filter(|known| known.any) else {
                    return;
                };
                for (row, key) in array.keys().iter().enumerate() {
                    let hits = key.and_then(|key| known.hits.get(key as usize));
                    if let Some(hits) = hits.filter(|hits| hits.any()) {
                        note(counts, *hits, row_number(row));
                    }
                }
            }
            Cells::Text(Text::Plain(array)) => {
                for (row, text) in array.iter().enumerate() {
                    if let Some(text) = text {
                        note(counts, search(text, today), row_number(row));
                    }
                }
            }
            Cells::Whole(array) => {
                for (row, value) in array.iter().enumerate() {
                    if let Some(value) = value.and_then(|value| u64::try_from(value).ok()) {
                        note(counts, search_integer(value, today), row_number(row));
                    }
                }
            }
            Cells::Wide(values, nulls) => {
                for (row, value) in values.iter().enumerate() {
                    let valid = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
                    if let Some(value) = u64::try_from(*value).ok().filter(|_| valid) {
                        note(counts, search_integer(value, today), row_number(row));
                    }
                }
            }
            Cells::Real(array) => {
                for (row, value) in array.iter().enumerate() {
                    if let Some(value) = value.and_then(whole) {
                        note(counts, search_integer(value, today), row_number(row));
                    }
                }
            }
            Cells::Bytes(array) => {
                for (row, bytes) in array.iter().enumerate() {
                    if let Some(text) = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()) {
                        note(counts, search(text, today), row_number(row));
                    }
                }
            }
            Cells::Opaque(array) => {
                for row in 0..array.len() {
                    let mut hits = Hits::default();
                    leaves(array, row, &mut |text| hits.add(search(text, today)));
                    note(counts, hits, row_number(row));
                }
            }
            Cells::Coded(coded) => self.count(column, &coded.plain(), batch),
            Cells::Flag(_) => {}
        }
    }

    /// The halves of a batch's cells; none at all if no cell is one.
    fn halves(&self, column: usize, cells: &Cells, rows: usize) -> Option<Vec<Half>> {
        let nulls = cells.nulls();
        let valid = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let half = |row: usize| match cells {
            Cells::Text(Text::Plain(array)) => Half::of(array.value(row)),
            Cells::Whole(array) => Half::of_integer(array.value(row).into()),
            Cells::Wide(values, _) => Half::of_integer(values[row]),
            _ => Half::None,
        };
        if let Cells::Text(Text::Coded(array)) = cells {
            let known = self.known[column].as_ref().filter(|known| known.any_half)?;
            let of = |key: Option<i32>| key.and_then(|k| known.halves.get(k as usize)).copied();
            return Some(array.keys().iter().map(|key| of(key).unwrap_or_default()).collect());
        }
        let halves: Vec<Half> =
            (0..rows).map(|row| if valid(row) { half(row) } else { Half::None }).collect();
        halves.iter().any(|half| *half != Half::None).then_some(halves)
    }

    fn count_split(&mut self, column: usize, front: &[Half], back: &[Half], first_row: u64) {
        let count = &mut self.columns[column].split;
        for (row, pair) in (first_row + 1..).zip(front.iter().zip(back)) {
            let (Half::Front(front), Half::Back(back)) = pair else { continue };
            count.candidates += 1;
            let mut digits = [0; 13];
            digits[..6].copy_from_slice(front);
            digits[6..].copy_from_slice(back);
            if birthday(&digits).is_some_and(|day| day.0 >= 1900 && day <= self.today) {
                count.hits += 1;
                if count.rows.len() < ROWS_NAMED {
                    count.rows.push(row);
                }
            }
        }
    }
}

/// A float that is a whole number of thirteen digits or more: other tools turn a column of numbers
/// into floats as soon as a cell is missing.
fn whole(value: f64) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    ((1e12..EXACT).contains(&value) && value.trunc() == value).then_some(value as u64)
}

fn note(counts: &mut [Count; SHAPES], hits: Hits, row: u64) {
    if !hits.any() {
        return;
    }
    for (count, shape) in counts.iter_mut().zip(Shape::ALL) {
        count.candidates += u64::from(hits.is_candidate(shape));
        if hits.is_hit(shape) {
            count.hits += 1;
            count.checksums += u64::from(hits.checksum_ok(shape));
            count.living += u64::from(hits.living);
            if count.rows.len() < ROWS_NAMED {
                count.rows.push(row);
            }
        }
    }
}

fn merge(mine: &mut Count, theirs: &Count) {
    mine.candidates += theirs.candidates;
    mine.hits += theirs.hits;
    mine.checksums += theirs.checksums;
    mine.living += theirs.living;
    mine.rows.extend(&theirs.rows);
    mine.rows.sort_unstable();
    mine.rows.truncate(ROWS_NAMED);
}

impl Worker for PrivacyWorker {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        let mut before: Option<Vec<Half>> = None;
        for (column, cells) in batch.cells.iter().enumerate() {
            let missing = cells.nulls().map_or(0, |nulls| nulls.null_count());
            self.cells += (batch.rows - missing) as u64;
            self.count(column, cells, batch);
            let paired = self.neighbour[column] || (column > 0 && self.neighbour[column - 1]);
            let halves = if paired { self.halves(column, cells, batch.rows) } else { None };
            if let (Some(front), Some(back)) = (&before, &halves) {
                self.count_split(column - 1, front, back, batch.first_row);
            }
            before = halves.filter(|_| self.neighbour[column]);
        }
        Ok(())
    }
}
