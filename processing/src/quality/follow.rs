//! Rules that are judged row after row, in file order.

use arrow::array::{ArrayRef, AsArray};

use super::compile::OrderTest;
use super::mask::{Marks, Tally};
use crate::error::Fault;
use crate::profile::cells::{Cells, Text, float_bits, same_entries};
use crate::profile::hash::{bytes, mix};
use crate::profile::order::{GROUPS_MAX, Groups};
use crate::profile::scan::{Batch, Worker};

/// What is remembered of a group.
#[derive(Clone, Copy)]
struct Memory {
    last: i64,
    latest: i64,
    run: u64,
}

/// Follows columns for rules that share a group column, so that groups are told apart once.
pub(crate) struct Followers<'a> {
    /// Position of the group among the cells of a batch.
    group: Option<usize>,
    groups: Groups,
    /// One for each rule.
    pub(crate) each: Vec<Follower<'a>>,
}

impl<'a> Followers<'a> {
    /// Followers by the groups at a position of each batch, or of the whole file.
    pub(crate) fn new(group: Option<usize>, each: Vec<Follower<'a>>) -> Self {
        Self { group, groups: Groups::new(), each }
    }
}

/// Follows one column for one rule.
pub(crate) struct Follower<'a> {
    /// Number of the rule in the set.
    pub(crate) rule: usize,
    order: OrderTest,
    /// Position of the column among the cells of a batch.
    position: usize,
    memory: Vec<Option<Memory>>,
    marks: Option<&'a Marks>,
    /// What failed.
    pub(crate) tally: Tally,
    entries: Option<(ArrayRef, Vec<i64>)>,
}

impl<'a> Follower<'a> {
    /// A follower of the column at a position of each batch.
    pub(crate) fn new(
        rule: usize,
        order: OrderTest,
        position: usize,
        marks: Option<&'a Marks>,
    ) -> Self {
        Self {
            rule,
            order,
            position,
            memory: Vec::new(),
            marks,
            tally: Tally::default(),
            entries: None,
        }
    }

    /// Whether a row fails, given its value and its group.
    fn fails(&mut self, group: usize, value: i64) -> bool {
        if self.memory.len() <= group {
            self.memory.resize(group + 1, None);
        }
        let Some(memory) = &mut self.memory[group] else {
            self.memory[group] = Some(Memory { last: value, latest: value, run: 1 });
            return matches!(self.order, OrderTest::StuckRun(0));
        };
        let Memory { last, latest, run } = *memory;
        memory.last = value;
        memory.latest = latest.max(value);
        memory.run = if value == last { run + 1 } else { 1 };
        match self.order {
            OrderTest::Monotonic { strict } => value < last || (strict && value == last),
            OrderTest::MaxGap(longest) => {
                value > latest && value.wrapping_sub(latest).cast_unsigned() > longest
            }
            OrderTest::StuckRun(longest) => memory.run > longest,
        }
    }

    /// The cells as integers that compare as the cells do (for order) or are equal where the cells
    /// are (for runs); none for null and NaN.
    fn values(&mut self, cells: &Cells, rows: usize) -> Vec<Option<i64>> {
        let nulls = cells.nulls();
        let valid = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        if let Cells::Text(Text::Coded(array)) = cells {
            let entries = array.values();
            if !self.entries.as_ref().is_some_and(|(kept, _)| same_entries(kept, entries)) {
                let texts = entries.as_string::<i32>().iter();
                let hash = |text: Option<&str>| bytes(text.unwrap_or("").as_bytes());
                let hashes = texts.map(|text| hash(text).cast_signed()).collect();
                self.entries = Some((entries.clone(), hashes));
            }
            let keys = array.keys();
            let known = self.entries.as_ref().map_or(&[][..], |(_, hashes)| hashes);
            let value = |row: usize| known.get(keys.value(row) as usize).copied();
            return (0..rows).map(|row| value(row).filter(|_| valid(row))).collect();
        }
        let value = |row: usize| match cells {
            Cells::Flag(array) => Some(i64::from(array.value(row))),
            Cells::Whole(array) => Some(array.value(row)),
            Cells::Real(array) => Some(array.value(row)).filter(|x| !x.is_nan()).map(ordered),
            Cells::Wide(values, _) => {
                Some(mix(values[row] as u64 ^ mix((values[row] >> 64) as u64)).cast_signed())
            }
            Cells::Text(Text::Plain(array)) => {
                Some(bytes(array.value(row).as_bytes()).cast_signed())
            }
            Cells::Bytes(array) => Some(bytes(array.value(row)).cast_signed()),
            Cells::Text(Text::Coded(_)) | Cells::Opaque(_) => None,
        };
        (0..rows).map(|row| if valid(row) { value(row) } else { None }).collect()
    }
}

/// A float as an integer of the same order; zeros are one.
fn ordered(value: f64) -> i64 {
    let bits = float_bits(value).cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

impl Worker for Followers<'_> {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        let groups = self.group.map(|group| self.groups.of(&batch.cells[group], batch.rows));
        if self.groups.overflow {
            return Err(Fault::input(
                "groups-too-many",
                format!("그룹 열의 값이 너무 많습니다 (최대 {GROUPS_MAX}개)."),
                format!("The group column has too many values (at most {GROUPS_MAX})."),
            ));
        }
        for follower in &mut self.each {
            follower.follow(batch, groups.as_deref());
        }
        Ok(())
    }
}

impl Follower<'_> {
    fn follow(&mut self, batch: &Batch, groups: Option<&[Option<u32>]>) {
        let values = self.values(&batch.cells[self.position], batch.rows);
        for (row, value) in values.into_iter().enumerate() {
            let Some(group) = groups.map_or(Some(0), |groups| groups[row]) else {
                continue;
            };
            let group = group as usize;
            let Some(value) = value else {
                // A missing value ends a run, and is passed over otherwise.
                if let (OrderTest::StuckRun(_), Some(memory)) =
                    (self.order, self.memory.get_mut(group))
                {
                    *memory = None;
                }
                continue;
            };
            if self.fails(group, value) {
                let row = batch.first_row + row as u64;
                self.tally.add(row);
                if let Some(marks) = self.marks {
                    marks.mark(row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ordered;

    #[test]
    fn floats_keep_their_order_as_integers() {
        let ascending = [f64::NEG_INFINITY, -2.5, -1e-300, 0.0, 1e-300, 2.5, f64::INFINITY];
        assert!(ascending.is_sorted_by_key(|value| ordered(*value)));
        assert_eq!(ordered(-0.0), ordered(0.0));
    }
}
