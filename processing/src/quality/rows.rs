//! Rules that are judged row by row, and keys for `unique`, in the scan by row group.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};

use super::compile::{CellTest, Test};
use super::mask::{Marks, Tally};
use crate::error::Fault;
use crate::profile::cells::{Cells, Text, float_bits, same_entries};
use crate::profile::hash::RowHash;
use crate::profile::keys::Collector;
use crate::profile::scan::{Batch, Worker};

/// Hashes of keys that a thread keeps in memory for one rule before they go to a file.
const HASHES_HELD: usize = 1 << 20;

/// A rule of the scan: its number in the set, what it needs, and where its failures are marked.
pub(crate) struct RowRule<'a> {
    /// Number in the set.
    pub(crate) rule: usize,
    /// What is tested.
    pub(crate) test: &'a Test,
    /// Where a failing record is marked, if the rule feeds a record index.
    pub(crate) marks: Option<&'a Marks>,
}

/// Judges rules of the scan; one for each thread.
pub(crate) struct RowWorker<'a> {
    rules: &'a [RowRule<'a>],
    /// Position of each table column among the cells of a batch.
    slots: &'a [usize],
    /// Counts, in the order of `rules`.
    pub(crate) tallies: Vec<Tally>,
    /// Hashes of keys, in the order of `rules`.
    pub(crate) keys: Vec<Option<Collector>>,
    /// The last dictionary of each rule, and which of its entries fail.
    verdicts: Vec<Option<(ArrayRef, BooleanBuffer)>>,
}

impl<'a> RowWorker<'a> {
    /// A worker for these rules; `slots` says where the cells of each table column are.
    pub(crate) fn new(rules: &'a [RowRule<'a>], slots: &'a [usize]) -> Self {
        let collector = |rule: &RowRule<'_>| match rule.test {
            Test::Unique { .. } => Some(Collector::new(HASHES_HELD)),
            _ => None,
        };
        Self {
            rules,
            slots,
            tallies: vec![Tally::default(); rules.len()],
            keys: rules.iter().map(collector).collect(),
            verdicts: vec![None; rules.len()],
        }
    }

    fn key(&mut self, at: usize, columns: &[usize], batch: &Batch) -> Result<(), Fault> {
        let Some(collector) = &mut self.keys[at] else { return Ok(()) };
        let mut rows = vec![RowHash::START; batch.rows];
        for column in columns {
            batch.cells[self.slots[*column]].hash_into(&mut rows);
        }
        collector.add(batch.first_row, rows.into_iter().map(RowHash::finish).collect())
    }
}

impl Worker for RowWorker<'_> {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        for at in 0..self.rules.len() {
            let fails = match self.rules[at].test {
                Test::Row { column, cells: test } => {
                    let cells = &batch.cells[self.slots[*column]];
                    failing(test, cells, batch.rows, &mut self.verdicts[at])
                }
                Test::Delay { happened, arrived, micros } => {
                    let [happened, arrived] =
                        [happened, arrived].map(|column| &batch.cells[self.slots[*column]]);
                    late(happened, arrived, *micros)
                }
                Test::Unique { columns } => {
                    self.key(at, columns, batch)?;
                    continue;
                }
                Test::Follow { .. } | Test::Across(_) | Test::Whole(_) => continue,
            };
            if fails.has_true() {
                self.tallies[at].add_batch(batch.first_row, &fails);
                if let Some(marks) = self.rules[at].marks {
                    marks.mark_batch(batch.first_row, &fails);
                }
            }
        }
        Ok(())
    }
}

/// Bits of the rows that are valid and for which `fails` holds.
fn valid_and(
    rows: usize,
    nulls: Option<&NullBuffer>,
    fails: impl Fn(usize) -> bool,
) -> BooleanBuffer {
    let bits = BooleanBuffer::collect_bool(rows, fails);
    match nulls.filter(|nulls| nulls.null_count() > 0) {
        Some(nulls) => &bits & nulls.inner(),
        None => bits,
    }
}

/// The rows of a batch that fail a test.
fn failing(
    test: &CellTest,
    cells: &Cells,
    rows: usize,
    verdict: &mut Option<(ArrayRef, BooleanBuffer)>,
) -> BooleanBuffer {
    match (test, cells) {
        (CellTest::Present, cells) => absent(cells, rows),
        (CellTest::Whole(low, high), Cells::Whole(array)) => {
            let values = array.values();
            if *low > i128::from(i64::MAX) || *high < i128::from(i64::MIN) {
                return valid_and(rows, array.nulls(), |_| true);
            }
            let low = i64::try_from(*low).unwrap_or(i64::MIN);
            let high = i64::try_from(*high).unwrap_or(i64::MAX);
            valid_and(rows, array.nulls(), |row| values[row] < low || values[row] > high)
        }
        (CellTest::Real(low, high), Cells::Real(array)) => {
            let values = array.values();
            // Bounds are finite, so NaN and infinities are outside of every range.
            valid_and(rows, array.nulls(), |row| !(values[row] >= *low && values[row] <= *high))
        }
        (CellTest::Wide(low, high), Cells::Wide(values, nulls)) => {
            valid_and(rows, nulls.as_ref(), |row| values[row] < *low || values[row] > *high)
        }
        (CellTest::WholeSet(set), Cells::Whole(array)) => {
            let values = array.values();
            valid_and(rows, array.nulls(), |row| !set.contains(&values[row]))
        }
        (CellTest::RealSet(set), Cells::Real(array)) => {
            let values = array.values();
            valid_and(rows, array.nulls(), |row| !set.contains(&float_bits(values[row])))
        }
        (CellTest::WideSet(set), Cells::Wide(values, nulls)) => {
            valid_and(rows, nulls.as_ref(), |row| !set.contains(&values[row]))
        }
        (CellTest::FlagSet(allowed), Cells::Flag(array)) => {
            valid_and(rows, array.nulls(), |row| !allowed[usize::from(array.value(row))])
        }
        (CellTest::TextSet(set), Cells::Text(text)) => {
            texts(text, verdict, |text| !set.contains(text))
        }
        (CellTest::Pattern(pattern), Cells::Text(text)) => {
            texts(text, verdict, |text| !pattern.is_match(text))
        }
        (CellTest::Form(form), cells) => form.failing(cells, rows, verdict),
        // Rules were made to fit the kinds of the columns.
        _ => BooleanBuffer::new_unset(rows),
    }
}

fn absent(cells: &Cells, rows: usize) -> BooleanBuffer {
    let nulls = cells.nulls().filter(|nulls| nulls.null_count() > 0);
    let nan = match cells {
        Cells::Real(array) => {
            let values = array.values();
            Some(BooleanBuffer::collect_bool(rows, |row| values[row].is_nan()))
        }
        _ => None,
    };
    match (nulls, nan) {
        (None, None) => BooleanBuffer::new_unset(rows),
        (None, Some(nan)) => nan,
        (Some(nulls), None) => !nulls.inner(),
        (Some(nulls), Some(nan)) => &!nulls.inner() | &nan,
    }
}

/// The rows whose text fails; each entry of a dictionary is looked at once.
fn texts(
    text: &Text,
    verdict: &mut Option<(ArrayRef, BooleanBuffer)>,
    fails: impl Fn(&str) -> bool,
) -> BooleanBuffer {
    let array = match text {
        Text::Plain(array) => {
            return valid_and(array.len(), array.nulls(), |row| fails(array.value(row)));
        }
        Text::Coded(array) => array,
    };
    let entries = array.values();
    let known = verdict.as_ref().filter(|(kept, _)| same_entries(kept, entries));
    let bits = match known {
        Some((_, bits)) => bits.clone(),
        None => {
            let texts = entries.as_string::<i32>();
            // A null entry makes null cells, which pass.
            let bits = BooleanBuffer::collect_bool(texts.len(), |entry| {
                texts.is_valid(entry) && fails(texts.value(entry))
            });
            *verdict = Some((Arc::clone(entries), bits.clone()));
            bits
        }
    };
    if !bits.has_true() {
        return BooleanBuffer::new_unset(array.len());
    }
    let keys = array.keys().values();
    valid_and(array.len(), array.nulls(), |row| {
        let entry = keys[row] as usize;
        entry < bits.len() && bits.value(entry)
    })
}

/// The rows that arrived later than allowed, or before they happened.
fn late(happened: &Cells, arrived: &Cells, micros: u64) -> BooleanBuffer {
    let (Cells::Whole(happened), Cells::Whole(arrived)) = (happened, arrived) else {
        return BooleanBuffer::new_unset(0);
    };
    let nulls = NullBuffer::union(happened.nulls(), arrived.nulls());
    let (from, to) = (happened.values(), arrived.values());
    valid_and(happened.len(), nulls.as_ref(), |row| {
        let delay = i128::from(to[row]) - i128::from(from[row]);
        delay < 0 || delay > i128::from(micros)
    })
}
