//! Which rows stay and in which order, from the key columns alone.
//!
//! Rows are put in the order of columns with few values (machine, lot: counted, not compared), then
//! of one column of times or whole numbers. Machines write almost in order, so the last is mended by
//! insertion; only where that takes long is it sorted. Equal keys stand side by side behind it,
//! the first of the table first: duplicates are dropped there.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use schema::data::column::ValueType;
use schema::data::pipeline::Step;

use super::group::{Coded, code};
use crate::error::Fault;
use crate::pipeline::file::plain_column;
use crate::pipeline::inputs::Inputs;
use crate::pipeline::shape::{Shape, column, memory_fault};
use crate::pipeline::sort::Order;
use crate::pipeline::step::{Plan, plan};
use crate::pipeline::table::Table;
use crate::pipeline::work::Work;

/// The place of a row that is dropped.
pub(super) const GONE: u32 = u32::MAX;

/// Combined codes of key columns; above it counting costs more than comparing.
const CODES_MAX: usize = 1 << 22;

/// A step that drops or moves rows.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a run has a handful of them")]
pub(super) enum RowStep {
    /// Keeps rows by some columns, which the step names as the shape does.
    Filter { step: Step, sources: Vec<usize>, shape: Shape },
    /// Drops rows equal in these columns.
    Unique { sources: Vec<usize> },
    /// Orders by columns of the table.
    Sort(Order),
}

/// The rows of a run: what becomes of each row of the table.
pub(super) struct Rows {
    /// New place by row, [`GONE`] when dropped; `None` when every row stays where it is.
    pub(super) places: Option<Vec<u32>>,
    /// Which row step dropped each row, from 1; 0 when none did. Empty when no row is dropped.
    pub(super) died: Vec<u8>,
    /// Rows of the table.
    pub(super) total: usize,
    /// Rows left behind each row step.
    pub(super) left: Vec<u64>,
    /// Rows left at the end.
    pub(super) count: usize,
    /// How the rows are ordered, when they are.
    pub(super) sorted: Option<Sorted>,
}

/// Rows in order.
pub(super) struct Sorted {
    order: Order,
    /// Columns whose values are counted, most significant first.
    pub(super) codes: Vec<Coded>,
    /// Numbers of the values by combined code.
    pub(super) combined: Vec<Vec<u32>>,
    /// Row by place.
    rows: Vec<u32>,
    /// Last key by place, in ascending order within a group; empty without such a column.
    pub(super) keys: Vec<i64>,
    /// Groups of rows with equal codes: combined code and end.
    pub(super) ends: Vec<(u32, usize)>,
}

/// Finds the rows of a run.
///
/// # Errors
/// [`Fault::Input`] when the steps are not of the kind that this does well.
pub(super) fn find(steps: &[RowStep], table: &Table, work: &Work<'_>) -> Result<Rows, Fault> {
    let total = usize::try_from(table.rows).unwrap_or(usize::MAX);
    if u32::try_from(total).is_err() || total == GONE as usize || steps.len() > 250 {
        return Err(unfit());
    }
    let mut finder = Finder { table, work, total, died: Vec::new(), sorted: None };
    let last = steps.iter().find_map(|step| match step {
        RowStep::Sort(order) => Some(order.clone()),
        _ => None,
    });
    let mut left = Vec::with_capacity(steps.len());
    let mut count = total;
    for (n, step) in steps.iter().enumerate() {
        let number = u8::try_from(n + 1).unwrap_or(u8::MAX);
        match step {
            RowStep::Filter { step, sources, shape } => {
                count -= finder.filter(step, sources, shape, number)?;
            }
            RowStep::Unique { sources } => {
                let same = last.as_ref().filter(|order| same_columns(order, sources));
                let order = same.cloned().unwrap_or_else(|| Order::ascending(sources));
                count -= finder.unique(&order, number)?;
            }
            RowStep::Sort(_) => {}
        }
        left.push(count as u64);
    }
    match last {
        Some(order) => finder.sort(&order)?,
        None => finder.sorted = None,
    }
    let places = finder.places(count)?;
    if let Some(sorted) = &mut finder.sorted {
        sorted.rows = Vec::new();
    }
    let Finder { died, sorted, total, .. } = finder;
    Ok(Rows { places, died, total, left, count, sorted })
}

/// Whether an order is by just these columns.
pub(super) fn same_columns(order: &Order, sources: &[usize]) -> bool {
    let keys = order.by();
    keys.len() == sources.len() && keys.iter().all(|(source, _)| sources.contains(source))
}

/// The fault that sends a run back to the engine of batches.
pub(super) fn unfit() -> Fault {
    Fault::input("not-columnar", "열 단위로 처리할 수 없습니다.", "this does not run by column")
}

struct Finder<'a> {
    table: &'a Table,
    work: &'a Work<'a>,
    total: usize,
    died: Vec<u8>,
    sorted: Option<Sorted>,
}

impl Finder<'_> {
    fn kill(&mut self, row: usize, number: u8) {
        if self.died.is_empty() {
            self.died = vec![0; self.total];
        }
        if let Some(slot) = self.died.get_mut(row) {
            *slot = number;
        }
    }

    fn lives(&self, row: usize) -> bool {
        self.died.get(row).is_none_or(|died| *died == 0)
    }

    /// Drops the living rows that a streaming step drops; gives how many.
    fn filter(
        &mut self,
        step: &Step,
        sources: &[usize],
        shape: &Shape,
        number: u8,
    ) -> Result<usize, Fault> {
        let mut pairs = shape.pairs();
        pairs.push((plain_column("\u{0}row", ValueType::Integer), DataType::Int64));
        let shape = Shape::new(shape.reading.clone(), pairs);
        let Plan::Stream(mut ready) = plan(step, &shape, self.work, &Inputs::default())? else {
            return Err(unfit());
        };
        let (table, mut from, mut gone) = (self.table, 0_usize, 0);
        for batch in table.scan(Some(sources), self.work)? {
            let batch = batch?;
            let rows = batch.num_rows();
            let bug = |_| Fault::Bug("too many rows".into());
            let (first, end) =
                (i64::try_from(from).map_err(bug)?, i64::try_from(from + rows).map_err(bug)?);
            let mut arrays = batch.columns().to_vec();
            arrays.push(Arc::new(Int64Array::from_iter_values(first..end)));
            let kept = ready.op.apply(&shape.batch(arrays, rows)?)?;
            let kept = column(&kept, sources.len())?.as_primitive::<Int64Type>().clone();
            let mut kept = kept.values().iter().peekable();
            for row in from..from + rows {
                if kept.next_if(|next| usize::try_from(**next) == Ok(row)).is_none()
                    && self.lives(row)
                {
                    self.kill(row, number);
                    gone += 1;
                }
            }
            from += rows;
        }
        Ok(gone)
    }

    /// Drops the living rows that repeat an earlier one in the columns of an order; gives how many.
    fn unique(&mut self, order: &Order, number: u8) -> Result<usize, Fault> {
        self.sort(order)?;
        let Some(sorted) = self.sorted.take() else { return Ok(0) };
        let (mut from, mut gone) = (0, 0);
        for (_, end) in &sorted.ends {
            let rows = sorted.rows.get(from..*end).unwrap_or_default();
            let keys = sorted.keys.get(from..*end).unwrap_or_default();
            for place in 1..rows.len() {
                let again = keys.is_empty() || keys.get(place) == keys.get(place - 1);
                if let Some(row) = rows.get(place).filter(|_| again) {
                    self.kill(*row as usize, number);
                    gone += 1;
                }
            }
            from = *end;
        }
        self.sorted = Some(sorted);
        Ok(gone)
    }

    /// Puts the living rows in order; what is in that order already only loses its dead.
    fn sort(&mut self, order: &Order) -> Result<(), Fault> {
        if let Some(mut sorted) = self.sorted.take()
            && sorted.order == *order
        {
            if !self.died.is_empty() {
                sorted.bury(&self.died);
            }
            self.sorted = Some(sorted);
            return Ok(());
        }
        self.sorted = Some(self.ordered(order)?);
        Ok(())
    }

    fn ordered(&self, order: &Order) -> Result<Sorted, Fault> {
        let (coded, timed) = split(order, &self.table.shape)?;
        let need =
            self.total.saturating_mul(4 * (coded.len() + 3) + 8 * usize::from(timed.is_some()));
        if need > self.work.memory_bytes_max * 3 / 4 {
            let limit = self.work.memory_bytes_max;
            return Err(memory_fault("정렬", "sorting", need, limit));
        }
        let mut codes = Vec::with_capacity(coded.len());
        let mut ranks = Ranks { of_rows: Vec::new(), combined: vec![Vec::new()] };
        for (source, options) in coded {
            let (of_rows, coded) = code(self.table, *source, self.work)?;
            let column = self.table.shape.chosen(&[*source]);
            let by_value = Order::ranks(*options, &coded.values, &column)?;
            ranks.add(of_rows, &by_value)?;
            codes.push(coded);
        }
        let mut sorted = self.counted(&ranks, timed)?;
        (sorted.order, sorted.codes, sorted.combined) = (order.clone(), codes, ranks.combined);
        Ok(sorted)
    }

    /// Puts the living rows behind each other by code, then each code's rows by the last key.
    fn counted(&self, ranks: &Ranks, timed: Option<(usize, bool)>) -> Result<Sorted, Fault> {
        let rank = |row: usize| ranks.of_rows.get(row).copied().unwrap_or(0);
        let mut next = vec![0_usize; ranks.combined.len()];
        let mut count = 0;
        for row in (0..self.total).filter(|row| self.lives(*row)) {
            if let Some(slot) = next.get_mut(rank(row) as usize) {
                *slot += 1;
            }
            count += 1;
        }
        let mut ends = Vec::new();
        let mut from = 0;
        for (code, slot) in next.iter_mut().enumerate() {
            let rows = std::mem::replace(slot, from);
            from += rows;
            if rows > 0 {
                ends.push((u32::try_from(code).unwrap_or(GONE), from));
            }
        }
        let mut rows = vec![0_u32; count];
        let mut keys = vec![0_i64; if timed.is_some() { count } else { 0 }];
        let mut put = |row: usize, key: i64| {
            let Some(slot) = next.get_mut(rank(row) as usize) else { return };
            if let Some(key_slot) = keys.get_mut(*slot) {
                *key_slot = key;
            }
            if let Some(row_slot) = rows.get_mut(*slot) {
                *row_slot = u32::try_from(row).unwrap_or(GONE);
            }
            *slot += 1;
        };
        match timed {
            None => (0..self.total).filter(|row| self.lives(*row)).for_each(|row| put(row, 0)),
            Some((source, descending)) => {
                let mut row = 0;
                for batch in self.table.scan(Some(&[source]), self.work)? {
                    for key in whole_numbers(&batch?)? {
                        if self.lives(row) {
                            put(row, if descending { !key } else { key });
                        }
                        row += 1;
                    }
                }
            }
        }
        if timed.is_some() {
            let mut from = 0;
            for (_, end) in &ends {
                let (keys, rows) = (keys.get_mut(from..*end), rows.get_mut(from..*end));
                keys.zip(rows).into_iter().for_each(|(keys, rows)| in_order(keys, rows));
                from = *end;
            }
        }
        let (codes, combined) = (Vec::new(), Vec::new());
        Ok(Sorted { order: Order::ascending(&[]), codes, combined, rows, keys, ends })
    }

    fn places(&mut self, count: usize) -> Result<Option<Vec<u32>>, Fault> {
        let mut places = match (&self.sorted, self.died.is_empty()) {
            (None, true) => return Ok(None),
            _ => vec![GONE; self.total],
        };
        let mut put = |row: usize, place: usize| -> Result<(), Fault> {
            let place = u32::try_from(place).map_err(|_| unfit())?;
            if let Some(slot) = places.get_mut(row) {
                *slot = place;
            }
            Ok(())
        };
        let mut placed = 0;
        match &self.sorted {
            Some(sorted) => {
                for row in &sorted.rows {
                    put(*row as usize, placed)?;
                    placed += 1;
                }
            }
            None => {
                for row in (0..self.total).filter(|row| self.lives(*row)) {
                    put(row, placed)?;
                    placed += 1;
                }
            }
        }
        if placed == count { Ok(Some(places)) } else { Err(Fault::Bug("rows lost".into())) }
    }
}

impl Sorted {
    /// Lets go of the rows that died since.
    fn bury(&mut self, died: &[u8]) {
        let lives = |row: &u32| died.get(*row as usize).is_none_or(|died| *died == 0);
        let (mut from, mut to) = (0, 0);
        for (_, end) in &mut self.ends {
            for place in from..*end {
                let Some(row) = self.rows.get(place).copied().filter(lives) else { continue };
                if let Some(slot) = self.rows.get_mut(to) {
                    *slot = row;
                }
                if let Some(key) = self.keys.get(place).copied()
                    && let Some(slot) = self.keys.get_mut(to)
                {
                    *slot = key;
                }
                to += 1;
            }
            from = std::mem::replace(end, to);
        }
        self.rows.truncate(to);
        self.keys.truncate(to);
        let mut before = 0;
        self.ends.retain(|(_, end)| std::mem::replace(&mut before, *end) < *end);
    }
}

/// Key columns of an order: those that are counted, then one of whole numbers and whether it
/// descends.
type Split<'a> = (&'a [(usize, arrow::compute::SortOptions)], Option<(usize, bool)>);

fn split<'a>(order: &'a Order, shape: &Shape) -> Result<Split<'a>, Fault> {
    let whole = |index: usize| {
        let timestamp = matches!(shape.data_type(index), DataType::Timestamp(_, _));
        timestamp || matches!(shape.data_type(index), DataType::Int64 | DataType::Date32)
    };
    // Floats have two zeros and many NaNs; what is nested has no order.
    let countable = |index: usize| {
        let data_type = shape.data_type(index);
        data_type != DataType::Float64 && !data_type.is_nested()
    };
    let (coded, timed) = match order.by().split_last() {
        Some(((last, options), rest)) if whole(*last) => (rest, Some((*last, options.descending))),
        _ => (order.by(), None),
    };
    if coded.iter().all(|(index, _)| countable(*index)) { Ok((coded, timed)) } else { Err(unfit()) }
}

/// The ranks of rows by several columns at once.
struct Ranks {
    of_rows: Vec<u32>,
    /// Number of the value in each column, by combined rank.
    combined: Vec<Vec<u32>>,
}

impl Ranks {
    /// Adds a less significant column: the number of its value by row, ranks by number.
    fn add(&mut self, mut of_rows: Vec<u32>, by_value: &[u32]) -> Result<(), Fault> {
        let values = by_value.len();
        if self.combined.len().saturating_mul(values) > CODES_MAX {
            return Err(unfit());
        }
        let mut by_rank = vec![0_u32; values];
        for (value, rank) in (0..).zip(by_value) {
            if let Some(slot) = by_rank.get_mut(*rank as usize) {
                *slot = value;
            }
        }
        let width = u32::try_from(values).map_err(|_| unfit())?;
        for (row, slot) in of_rows.iter_mut().enumerate() {
            let rank = by_value.get(*slot as usize).copied().unwrap_or(0);
            *slot = self.of_rows.get(row).copied().unwrap_or(0) * width + rank;
        }
        self.of_rows = of_rows;
        let before = std::mem::take(&mut self.combined);
        for values in &before {
            for value in &by_rank {
                self.combined.push(values.iter().copied().chain([*value]).collect());
            }
        }
        Ok(())
    }
}

/// The keys of a batch of one column of times or whole numbers.
///
/// # Errors
/// [`unfit`] when one is missing: nulls have an order of their own.
fn whole_numbers(batch: &RecordBatch) -> Result<Vec<i64>, Fault> {
    let array: &ArrayRef = column(batch, 0)?;
    if array.null_count() > 0 {
        return Err(unfit());
    }
    Ok(match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().values().to_vec(),
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().values().iter().copied().map(i64::from).collect()
        }
        _ => array.as_primitive::<TimestampMicrosecondType>().values().to_vec(),
    })
}

/// Orders keys and their rows, equal keys as they stand: by insertion while few are out of place.
fn in_order(keys: &mut [i64], rows: &mut [u32]) {
    let mut spare = keys.len().saturating_mul(8);
    for at in 1..keys.len() {
        let (Some(key), Some(before)) = (keys.get(at).copied(), keys.get(at - 1).copied()) else {
            return;
        };
        if before <= key {
            continue;
        }
        let to = keys.get(..at).map_or(0, |sorted| sorted.partition_point(|other| *other <= key));
        let moved = at - to;
        if moved > spare {
            let mut pairs: Vec<(i64, u32)> =
                keys.iter().copied().zip(rows.iter().copied()).collect();
            pairs.sort_by_key(|(key, _)| *key);
            for ((key, row), pair) in keys.iter_mut().zip(rows.iter_mut()).zip(pairs) {
                (*key, *row) = pair;
            }
            return;
        }
        spare -= moved;
        for slice in [keys.get_mut(to..=at)].into_iter().flatten() {
            slice.rotate_right(1);
        }
        for slice in [rows.get_mut(to..=at)].into_iter().flatten() {
            slice.rotate_right(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::in_order;

    proptest! {
        #[test]
        fn mending_by_insertion_is_a_stable_sort(keys in prop::collection::vec(-5_i64..5, 0..200)) {
            let mut pairs: Vec<(i64, u32)> = keys.iter().copied().zip(0..).collect();
            let (mut mended, mut rows) = (keys, pairs.iter().map(|(_, row)| *row).collect::<Vec<_>>());
            in_order(&mut mended, &mut rows);
            pairs.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(mended.into_iter().zip(rows).collect::<Vec<_>>(), pairs);
        }
    }
}
