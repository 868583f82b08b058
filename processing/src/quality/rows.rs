//! Rules that are judged in the scan by row group: row by row, keys for `unique`, and what a row
//! group tells of the rules that follow rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::buffer::{BooleanBuffer, NullBuffer};

use super::compile::{CellTest, Test};
use super::follow::Followers;
use super::form::Form;
use super::mask::{Marks, Tally};
use super::sequence::{Segment, Sequence};
use crate::error::Fault;
use crate::profile::cells::{Cells, Text, float_bits, same_entries};
use crate::profile::coded::{Coded, Entries};
use crate::profile::keys::Collector;
use crate::profile::row_hash::RowHasher;
use crate::profile::scan::{Batch, Worker};

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
    /// Hashes of keys and what makes them, in the order of `rules`.
    pub(crate) keys: Vec<Option<(RowHasher, Collector)>>,
    /// The last dictionary of each rule, and which of its entries fail.
    verdicts: Vec<Option<Verdict>>,
    /// Followers of each set of the sequence.
    pub(crate) followers: Vec<Followers<'a>>,
    sequence: &'a Sequence<'a>,
    /// First row of the row group under way, once it has one.
    begin: Option<u64>,
    /// Null and NaN cells of each column of the batches, if asked for.
    pub(crate) missing: Option<Vec<[u64; 2]>>,
}

/// What was found for the entries of a dictionary.
struct Verdict {
    of: Entered,
    fails: BooleanBuffer,
}

enum Entered {
    Text(ArrayRef),
    Numbers(Arc<Entries>),
}

impl<'a> RowWorker<'a> {
    /// A worker for these rules of a table with so many rows; `slots` says where the cells of each
    /// table column are, `missing` whether null and NaN cells are counted.
    pub(crate) fn new(
        rows: u64,
        rules: &'a [RowRule<'a>],
        slots: &'a [usize],
        sequence: &'a Sequence<'a>,
        missing: bool,
    ) -> Self {
        let collector = |rule: &RowRule<'_>| match rule.test {
            Test::Unique { .. } => Some((RowHasher::default(), Collector::new(rows))),
            _ => None,
        };
        Self {
            rules,
            slots,
            tallies: vec![Tally::default(); rules.len()],
            keys: rules.iter().map(collector).collect(),
            verdicts: rules.iter().map(|_| None).collect(),
            followers: sequence.sets.iter().map(Followers::new).collect(),
            sequence,
            begin: None,
            missing: missing.then(|| vec![[0; 2]; slots.len()]),
        }
    }

    fn key(&mut self, at: usize, columns: &[usize], batch: &Batch) -> Result<(), Fault> {
        let Some((hasher, collector)) = &mut self.keys[at] else { return Ok(()) };
        let cells = columns.iter().map(|column| &batch.cells[self.slots[*column]]);
        collector.add(batch.first_row, hasher.rows(cells, batch.rows))
    }
}

impl Worker for RowWorker<'_> {
    fn takes_codes(&self) -> bool {
        true
    }

    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        let begin = *self.begin.get_or_insert(batch.first_row);
        if let Some(missing) = &mut self.missing {
            for (sum, cells) in missing.iter_mut().zip(&batch.cells) {
                sum[0] += cells.nulls().map_or(0, |nulls| nulls.null_count()) as u64;
                sum[1] += nan(cells).map_or(0, |nan| nan.count_set_bits()) as u64;
            }
        }
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
        for followers in &mut self.followers {
            followers.take(batch, self.slots, begin)?;
        }
        Ok(())
    }

    fn end_group(&mut self, group: usize) -> Result<(), Fault> {
        let parts = self.followers.iter_mut().map(Followers::end_group).collect();
        let first_row = self.begin.take().unwrap_or(0);
        self.sequence.take(group, Segment { first_row, parts })
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
    verdict: &mut Option<Verdict>,
) -> BooleanBuffer {
    match (test, cells) {
        (CellTest::Present, cells) => absent(cells, rows),
        (_, Cells::Coded(coded)) => by_entry(test, coded, verdict),
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
        (CellTest::Form(form @ (Form::Reads(_) | Form::Length(..))), Cells::Text(text)) => {
            texts(text, verdict, |text| !form.holds(text))
        }
        (CellTest::Form(form), cells) => form.failing(cells, rows),
        // Rules were made to fit the kinds of the columns.
        _ => BooleanBuffer::new_unset(rows),
    }
}

fn absent(cells: &Cells, rows: usize) -> BooleanBuffer {
    let nulls = cells.nulls().filter(|nulls| nulls.null_count() > 0);
    match (nulls, nan(cells)) {
        (None, None) => BooleanBuffer::new_unset(rows),
        (None, Some(nan)) => nan,
        (Some(nulls), None) => !nulls.inner(),
        (Some(nulls), Some(nan)) => &!nulls.inner() | &nan,
    }
}

/// The rows with NaN, if there can be any.
fn nan(cells: &Cells) -> Option<BooleanBuffer> {
    match cells {
        Cells::Real(array) => {
            let values = array.values();
            Some(valid_and(values.len(), array.nulls(), |row| values[row].is_nan()))
        }
        Cells::Coded(Coded { keys, nulls, entries }) => match &**entries {
            Entries::Real(values) if values.iter().any(|value| value.is_nan()) => {
                let is_nan = |row: usize| values[keys[row] as usize].is_nan();
                Some(valid_and(keys.len(), nulls.as_ref(), is_nan))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The rows whose number fails; each entry of a dictionary is looked at once.
fn by_entry(test: &CellTest, coded: &Coded, verdict: &mut Option<Verdict>) -> BooleanBuffer {
    let Coded { keys, nulls, entries } = coded;
    let known = matches!(verdict, Some(Verdict { of: Entered::Numbers(kept), .. })
        if Arc::ptr_eq(kept, entries));
    if !known {
        let cells = match &**entries {
            Entries::Whole(values) => Cells::Whole(Int64Array::new(values.clone(), None)),
            Entries::Real(values) => Cells::Real(Float64Array::new(values.clone(), None)),
        };
        let fails = failing(test, &cells, entries.len(), &mut None);
        *verdict = Some(Verdict { of: Entered::Numbers(Arc::clone(entries)), fails });
    }
    by_key(verdict.as_ref(), keys.len(), nulls.as_ref(), |row| keys[row] as usize)
}

/// The rows whose entry fails.
fn by_key(
    verdict: Option<&Verdict>,
    rows: usize,
    nulls: Option<&NullBuffer>,
    key: impl Fn(usize) -> usize,
) -> BooleanBuffer {
    let Some(Verdict { fails, .. }) = verdict.filter(|verdict| verdict.fails.has_true()) else {
        return BooleanBuffer::new_unset(rows);
    };
    valid_and(rows, nulls, |row| {
        let entry = key(row);
        entry < fails.len() && fails.value(entry)
    })
}

/// The rows whose text fails; each entry of a dictionary is looked at once.
fn texts(
    text: &Text,
    verdict: &mut Option<Verdict>,
    fails: impl Fn(&str) -> bool,
) -> BooleanBuffer {
    let array = match text {
        Text::Plain(array) => {
            return valid_and(array.len(), array.nulls(), |row| fails(array.value(row)));
        }
        Text::Coded(array) => array,
    };
    let entries = array.values();
    let known = matches!(verdict, Some(Verdict { of: Entered::Text(kept), .. })
        if same_entries(kept, entries));
    if !known {
        let texts = entries.as_string::<i32>();
        // A null entry makes null cells, which pass.
        let fails = BooleanBuffer::collect_bool(texts.len(), |entry| {
            texts.is_valid(entry) && fails(texts.value(entry))
        });
        *verdict = Some(Verdict { of: Entered::Text(Arc::clone(entries)), fails });
    }
    let keys = array.keys().values();
    by_key(verdict.as_ref(), array.len(), array.nulls(), |row| keys[row] as usize)
}

/// The rows that arrived later than allowed, or before they happened.
fn late(happened: &Cells, arrived: &Cells, micros: u64) -> BooleanBuffer {
    let plain = |cells: &Cells| match cells {
        Cells::Coded(coded) => coded.plain(),
        other => other.clone(),
    };
    let (Cells::Whole(happened), Cells::Whole(arrived)) = (plain(happened), plain(arrived)) else {
        return BooleanBuffer::new_unset(0);
    };
    let nulls = NullBuffer::union(happened.nulls(), arrived.nulls());
    let (from, to) = (happened.values(), arrived.values());
    valid_and(happened.len(), nulls.as_ref(), |row| {
        let delay = i128::from(to[row]) - i128::from(from[row]);
        delay < 0 || delay > i128::from(micros)
    })
}
