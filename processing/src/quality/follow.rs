//! Rules that are judged row after row, in file order: what one row group alone tells of them.
//!
//! Row groups are read in parallel, so a row group does not know what came before it. It judges what
//! it can and keeps, for each group of rows, its [`Span`]: how it began and how it ended. The spans
//! are put together in file order by [`sequence`](super::sequence).

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};

use super::compile::OrderTest;
use super::mask::{Marks, Tally};
use crate::error::Fault;
use crate::profile::cells::{Cells, Text, float_bits, same_entries};
use crate::profile::coded::{Coded, Entries};
use crate::profile::hash::{bytes, mix};
use crate::profile::order::{Groups, NO_GROUP, Names};
use crate::profile::scan::Batch;
use crate::profile::stuck::Turns;

/// Rows of each group in a batch from which it pays to look at them group after group.
const TURN_ROWS: usize = 8;

/// Rules that share a group column, so that groups are told apart once.
pub(crate) struct FollowSet<'a> {
    /// Column of the group.
    pub(crate) group: Option<usize>,
    /// Numbers of the groups, the same on all threads.
    pub(crate) names: Arc<Names>,
    /// The rules, those of one column next to each other.
    pub(crate) rules: Vec<FollowRule<'a>>,
}

/// A rule that follows a column.
pub(crate) struct FollowRule<'a> {
    /// Number of the rule in the set.
    pub(crate) rule: usize,
    /// Column.
    pub(crate) column: usize,
    /// What consecutive rows must be.
    pub(crate) order: OrderTest,
    /// Where a failing record is marked, if the rule feeds a record index.
    pub(crate) marks: Option<&'a Marks>,
}

/// The rows of one group in one row group.
#[derive(Clone, Copy, Default)]
pub(crate) struct Span {
    /// How far it is.
    pub(crate) phase: Phase,
    /// First value, and the place of its row.
    pub(crate) first: i64,
    /// See `first`.
    pub(crate) first_place: u32,
    /// Latest value for gaps, else the last.
    pub(crate) last: i64,
    /// Rows of the run under way.
    pub(crate) run: u64,
    /// Rows of the run that the span begins with.
    pub(crate) head: u64,
}

/// How far a span is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No row yet.
    #[default]
    Unseen,
    /// All rows so far are one run.
    Head,
    /// A run that began within the span is under way.
    Open,
    /// A missing value ended the run.
    Broken,
}

/// What a row group tells of a rule.
#[derive(Default)]
pub(crate) struct Part {
    /// One for each group met so far, by its number.
    pub(crate) spans: Vec<Span>,
    /// Rows that are for the sequence to judge.
    pub(crate) open: Vec<OpenRow>,
}

/// A row that cannot be judged without what came before.
#[derive(Clone, Copy)]
pub(crate) struct OpenRow {
    /// Number of its group.
    pub(crate) group: u32,
    /// Place in the row group.
    pub(crate) place: u32,
    /// For gaps: its value and the latest one before, within the row group.
    pub(crate) step: (i64, i64),
}

/// Follows the rules of a set; one for each thread.
pub(crate) struct Followers<'a> {
    set: &'a FollowSet<'a>,
    groups: Groups,
    parts: Vec<Part>,
    /// The last dictionary of the columns, with its entries as integers.
    tables: Vec<Option<(Dictionary, Vec<i64>)>>,
    /// What failed within row groups, in the order of the rules.
    pub(crate) tallies: Vec<Tally>,
}

/// A dictionary of either kind, to be recognised.
enum Dictionary {
    Text(ArrayRef),
    Numbers(Arc<Entries>),
}

impl<'a> Followers<'a> {
    /// Followers before the first row.
    pub(crate) fn new(set: &'a FollowSet<'a>) -> Self {
        let each = set.rules.iter();
        Self {
            set,
            groups: Groups::sharing(Arc::clone(&set.names)),
            parts: each.clone().map(|_| Part::default()).collect(),
            tables: each.clone().map(|_| None).collect(),
            tallies: each.map(|_| Tally::default()).collect(),
        }
    }

    /// Takes a batch; `slots` says where the cells of each table column are, `begin` is the first
    /// row of the row group.
    pub(crate) fn take(&mut self, batch: &Batch, slots: &[usize], begin: u64) -> Result<(), Fault> {
        let groups = self.set.group.map(|g| self.groups.of(&batch.cells[slots[g]], batch.rows));
        if self.set.names.overflow() {
            let max = self.set.names.max();
            return Err(Fault::input(
                "groups-too-many",
                format!("그룹 열의 값이 너무 많습니다 (최대 {max}개)."),
                format!("The group column has too many values (at most {max})."),
            ));
        }
        let known = if groups.is_some() { self.set.names.len() } else { 1 };
        let place = u32::try_from(batch.first_row - begin).unwrap_or(u32::MAX);
        let stuck = |rule: &FollowRule<'_>| matches!(rule.order, OrderTest::StuckRun(_));
        let turns =
            (self.set.rules.iter().any(stuck) && known <= batch.rows / TURN_ROWS).then(|| {
                match &groups {
                    None => Turns::single(batch.rows),
                    Some(groups) => Turns::of(groups, NO_GROUP),
                }
            });
        let mut values = (None, Vec::new(), None);
        for (at, rule) in self.set.rules.iter().enumerate() {
            if values.0 != Some(rule.column) {
                let cells = &batch.cells[slots[rule.column]];
                values.1.clear();
                let valid = integers(cells, batch.rows, &mut values.1, &mut self.tables[at]);
                values = (Some(rule.column), values.1, valid);
            }
            let part = &mut self.parts[at];
            if part.spans.len() < known {
                part.spans.resize(known, Span::default());
            }
            let tally = &mut self.tallies[at];
            let mut fail = |row: usize| {
                let row = batch.first_row + row as u64;
                tally.add(row);
                if let Some(marks) = rule.marks {
                    marks.mark(row);
                }
            };
            let rows = Rows {
                values: &values.1,
                valid: values.2.as_ref(),
                groups: groups.as_deref(),
                place,
            };
            match rule.order {
                OrderTest::Monotonic { strict } => rows.order(part, strict, &mut fail),
                OrderTest::MaxGap(longest) => rows.gaps(part, longest),
                OrderTest::StuckRun(longest) => match &turns {
                    Some(turns) if longest > 0 => {
                        rows.runs_in_turn(turns, part, longest, &mut fail);
                    }
                    _ => rows.runs(part, longest, &mut fail),
                },
            }
        }
        Ok(())
    }

    /// What the row group told, in the order of the rules; the next one begins anew.
    pub(crate) fn end_group(&mut self) -> Vec<Part> {
        self.parts.iter_mut().map(std::mem::take).collect()
    }
}

/// Values of consecutive rows, and their groups.
struct Rows<'a> {
    values: &'a [i64],
    valid: Option<&'a NullBuffer>,
    groups: Option<&'a [u32]>,
    /// Place of the first in the row group.
    place: u32,
}

impl Rows<'_> {
    /// Calls `see(row, group, value)` for each row with a group; `None` is a missing value.
    #[inline]
    fn each(&self, mut see: impl FnMut(usize, usize, Option<i64>)) {
        let group = |row: usize| self.groups.map_or(0, |groups| groups[row]);
        match self.valid {
            None => self.values.iter().enumerate().for_each(|(row, value)| {
                let group = group(row);
                if group != NO_GROUP {
                    see(row, group as usize, Some(*value));
                }
            }),
            Some(valid) => self.values.iter().enumerate().for_each(|(row, value)| {
                let group = group(row);
                if group != NO_GROUP {
                    see(row, group as usize, valid.is_valid(row).then_some(*value));
                }
            }),
        }
    }

    fn order(&self, part: &mut Part, strict: bool, fail: &mut impl FnMut(usize)) {
        self.each(|row, group, value| {
            let Some(value) = value else { return };
            let span = &mut part.spans[group];
            if span.phase == Phase::Unseen {
                *span = self.begin(row, value);
            } else if value < span.last || (strict && value == span.last) {
                fail(row);
            }
            span.last = value;
        });
    }

    fn gaps(&self, part: &mut Part, longest: u64) {
        let Part { spans, open } = part;
        self.each(|row, group, value| {
            let Some(value) = value else { return };
            let span = &mut spans[group];
            if span.phase == Phase::Unseen {
                *span = self.begin(row, value);
            } else if value > span.last {
                // A later start than this row group knows of only makes the step shorter.
                if value.wrapping_sub(span.last).cast_unsigned() > longest {
                    let place = self.place + row as u32;
                    open.push(OpenRow { group: group as u32, place, step: (value, span.last) });
                }
                span.last = value;
            }
        });
    }

    fn runs(&self, part: &mut Part, longest: u64, fail: &mut impl FnMut(usize)) {
        self.each(|row, group, value| self.run(row, group, value, part, longest, fail));
    }

    #[inline]
    fn run(
        &self,
        row: usize,
        group: usize,
        value: Option<i64>,
        part: &mut Part,
        longest: u64,
        fail: &mut impl FnMut(usize),
    ) {
        let span = &mut part.spans[group];
        let Some(value) = value else {
            span.phase = Phase::Broken;
            return;
        };
        match span.phase {
            Phase::Open | Phase::Head if value == span.last => {
                span.run += 1;
            }
            Phase::Unseen => *span = self.begin(row, value),
            _ => {
                span.phase = Phase::Open;
                span.last = value;
                span.run = 1;
            }
        }
        if span.phase == Phase::Head {
            span.head = span.run;
        }
        if span.run > longest {
            fail(row);
        } else if span.phase == Phase::Head {
            // The run may have begun before.
            let place = self.place + row as u32;
            part.open.push(OpenRow { group: group as u32, place, step: (0, 0) });
        }
    }

    /// As [`runs`](Self::runs) for a `longest` above 0, group after group: a bit for each row that
    /// repeats the one before, and then from one such to the next.
    fn runs_in_turn(
        &self,
        turns: &Turns,
        part: &mut Part,
        longest: u64,
        fail: &mut impl FnMut(usize),
    ) {
        let value = |row: &u32| self.values[*row as usize];
        let valid = |row: &u32| self.valid.is_none_or(|valid| valid.is_valid(*row as usize));
        for (group, mut rows) in turns.groups() {
            // Until the run that the row group begins with has ended.
            while let [row, rest @ ..] = rows
                && matches!(part.spans[group].phase, Phase::Unseen | Phase::Head)
            {
                let value = valid(row).then(|| value(row));
                self.run(*row as usize, group, value, part, longest, fail);
                rows = rest;
            }
            if rows.is_empty() {
                continue;
            }
            let span = &mut part.spans[group];
            let (mut last, mut known) = (span.last, span.phase == Phase::Open);
            for rows in rows.chunks(64) {
                let mut repeats = 0_u64;
                for (at, row) in rows.iter().enumerate() {
                    let (value, valid) = (value(row), valid(row));
                    repeats |= u64::from((value == last) & valid & known) << at;
                    (last, known) = (value, valid);
                }
                let mut at = 0;
                while at < rows.len() {
                    let ones = (repeats >> at).trailing_ones() as usize;
                    span.run += ones as u64;
                    at += ones;
                    let over = span.run.saturating_sub(longest).min(ones as u64) as usize;
                    rows[at - over..at].iter().for_each(|row| fail(*row as usize));
                    if at < rows.len() {
                        at = (at + (repeats >> at).trailing_zeros() as usize).min(rows.len());
                        span.run = 1;
                    }
                }
            }
            span.last = last;
            span.phase = if known { Phase::Open } else { Phase::Broken };
        }
    }

    fn begin(&self, row: usize, value: i64) -> Span {
        let first_place = self.place + row as u32;
        Span { phase: Phase::Head, first: value, first_place, last: value, run: 1, head: 1 }
    }
}

/// The cells as integers that compare as the cells do (for order) or are equal where the cells are
/// (for runs). Returns which rows have one; null and NaN have none.
fn integers(
    cells: &Cells,
    rows: usize,
    out: &mut Vec<i64>,
    table: &mut Option<(Dictionary, Vec<i64>)>,
) -> Option<NullBuffer> {
    let nulls = cells.nulls().filter(|nulls| nulls.null_count() > 0);
    let wide = |value: i128| mix(value as u64 ^ mix((value >> 64) as u64)).cast_signed();
    match cells {
        Cells::Flag(array) => out.extend((0..rows).map(|row| i64::from(array.value(row)))),
        Cells::Whole(array) => out.extend_from_slice(array.values()),
        Cells::Real(array) => {
            out.extend(array.values().iter().map(|value| ordered(*value)));
            return numbers_only(out, nulls);
        }
        Cells::Wide(values, _) => out.extend(values.iter().map(|value| wide(*value))),
        Cells::Text(Text::Plain(array)) => {
            out.extend((0..rows).map(|row| bytes(array.value(row).as_bytes()).cast_signed()));
        }
        Cells::Bytes(array) => {
            out.extend((0..rows).map(|row| bytes(array.value(row)).cast_signed()));
        }
        Cells::Text(Text::Coded(array)) => {
            let entries = array.values();
            let known =
                matches!(table, Some((Dictionary::Text(kept), _)) if same_entries(kept, entries));
            if !known {
                let texts = entries.as_string::<i32>().iter();
                let hashes = texts.map(|text| bytes(text.unwrap_or("").as_bytes()).cast_signed());
                *table = Some((Dictionary::Text(Arc::clone(entries)), hashes.collect()));
            }
            let known = table.as_ref().map_or(&[][..], |(_, hashes)| hashes);
            let value = |key: &i32| known.get(*key as usize).copied().unwrap_or_default();
            out.extend(array.keys().values().iter().map(value));
        }
        Cells::Coded(Coded { keys, entries, .. }) => {
            let known =
                matches!(table, Some((Dictionary::Numbers(kept), _)) if Arc::ptr_eq(kept, entries));
            if !known {
                let integers = match &**entries {
                    Entries::Whole(values) => values.to_vec(),
                    Entries::Real(values) => values.iter().map(|value| ordered(*value)).collect(),
                };
                *table = Some((Dictionary::Numbers(Arc::clone(entries)), integers));
            }
            let known = table.as_ref().map_or(&[][..], |(_, integers)| integers);
            let value = |key: &u32| known.get(*key as usize).copied().unwrap_or_default();
            out.extend(keys.iter().map(value));
            if let Entries::Real(_) = **entries {
                return numbers_only(out, nulls);
            }
        }
        Cells::Opaque(_) => out.resize(rows, 0),
    }
    nulls
}

/// The rows that are neither null nor NaN.
fn numbers_only(values: &[i64], nulls: Option<NullBuffer>) -> Option<NullBuffer> {
    let nan = ordered(f64::NAN);
    if values.iter().all(|value| *value != nan) {
        return nulls;
    }
    let numbers = BooleanBuffer::collect_bool(values.len(), |row| values[row] != nan);
    NullBuffer::union(Some(&NullBuffer::new(numbers)), nulls.as_ref())
}

/// A float as an integer of the same order; zeros are one, and so are NaNs, beyond all others.
fn ordered(value: f64) -> i64 {
    let bits = float_bits(value).cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

#[cfg(test)]
mod tests {
    use super::ordered;

    #[test]
    fn floats_keep_their_order_as_integers() {
        let ascending =
            [f64::NEG_INFINITY, -2.5, -1e-300, 0.0, 1e-300, 2.5, f64::INFINITY, f64::NAN];
        assert!(ascending.is_sorted_by_key(|value| ordered(*value)));
        assert_eq!(ordered(-0.0), ordered(0.0));
        assert_eq!(ordered(-f64::NAN), ordered(f64::NAN));
    }
}
