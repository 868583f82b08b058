//! The step `resample`: one row for each bucket of time of each group.
//!
//! Rows come out ordered by group, then time, both ascending, missing groups last, whatever the
//! order in which they came; `first` and `last` are those in time, in the order of the table where
//! times are equal. Rows without a time belong to no bucket: they are dropped and counted
//! (`rows_without_time`). Buckets are aligned to midnight in the file's zone, which is a fixed
//! offset: every day has 24 hours.
//!
//! The rows are sorted by way of files where memory does not hold them; then one bucket is open at a
//! time. Deliberately absent: means weighted by time, buckets that overlap.

mod buckets;
mod fold;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use arrow::compute::{filter_record_batch, is_not_null};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use arrow::row::{RowConverter, Rows, SortField};
use schema::data::column::{Column, Role, ValueType};
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::{Aggregate, EmptyBuckets, Resample};

pub(super) use self::buckets::{Buckets, Cut};
pub(super) use self::fold::{Fold, Told};

use self::buckets::every;
use self::fold::result_type;
use super::file::{ZONE, value_type_of};
use super::filter::bound;
use super::shape::{Shape, column, no_columns};
use super::sort::Order;
use super::step::{Made, Plan, Whole};
use super::table::{Gather, Table};
use super::work::Work;
use crate::DAY_US;
use crate::error::Fault;

/// A resampling, fitted to the columns of a table.
#[derive(Clone)]
pub(super) struct Resampling {
    /// The time column.
    pub(super) time: usize,
    /// The columns that keep rows apart.
    pub(super) group: Vec<usize>,
    /// Column and function, in the order of the columns that come out behind group and time.
    pub(super) told: Vec<(usize, Aggregate)>,
    /// What comes out.
    pub(super) shape: Shape,
    every: i64,
    origin: i64,
    fill: bool,
}

pub(super) fn plan(step: &Resample, shape: &Shape) -> Result<Plan, Fault> {
    let resampling = Resampling::new(step, shape)?;
    let after = resampling.shape.clone();
    Ok(Plan::Whole(Box::new(resampling), after))
}

impl Resampling {
    /// Fits a step to the columns of a table.
    ///
    /// # Errors
    /// `column-unknown`, `column-type`, `column-repeated`, `columns-none`, `duration-invalid`,
    /// `time-invalid`.
    pub(super) fn new(step: &Resample, shape: &Shape) -> Result<Self, Fault> {
        let time = shape.index(&step.time)?;
        let timed = |t: ValueType| matches!(t, ValueType::Date | ValueType::Timestamp);
        shape.must_be(time, timed, "날짜·시각", "date or time")?;
        let group = if step.group.is_empty() { Vec::new() } else { shape.indices(&step.group)? };
        let sortable = |index: &usize| {
            let field = SortField::new(shape.data_type(*index));
            let sortable = RowConverter::supports_fields(&[field]);
            shape.must_be(*index, |_| sortable, "순서가 있는", "sortable")
        };
        group.iter().try_for_each(sortable)?;
        let offset_min = shape.reading.utc_offset_min;
        let of_days = shape.data_type(time) == DataType::Date32;
        let mut every = every(&step.every)?;
        if of_days {
            if every % DAY_US != 0 {
                return Err(whole_days(&step.every));
            }
            every /= DAY_US;
        }
        let origin = match &step.origin {
            Some(text) => bound(text, offset_min, of_days, false)?,
            None if of_days => 0,
            None => -i64::from(offset_min) * 60_000_000,
        };
        let (told, shape) = told(step, shape, time, &group)?;
        let fill = step.empty == EmptyBuckets::ToNull;
        Ok(Self { time, group, told, shape, every, origin, fill })
    }

    /// The buckets of a table of so many rows.
    pub(super) fn buckets(&self, rows: u64) -> Buckets {
        Buckets::new(self.every, self.origin, self.fill, rows)
    }

    /// Starts of buckets as the time column that comes out.
    pub(super) fn starts(&self, starts: Vec<i64>) -> ArrayRef {
        let time = self.shape.data_type(self.group.len());
        if time == DataType::Date32 {
            let days = starts.into_iter().map(|day| i32::try_from(day).ok());
            return Arc::new(days.collect::<Date32Array>());
        }
        Arc::new(TimestampMicrosecondArray::from(starts).with_timezone(ZONE))
    }
}

/// How many rows a resampling dropped for want of a time, for the record.
pub(super) fn without_time(column: &str, rows: u64) -> Vec<Fitted> {
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let value = FittedValue::Number(rows as f64);
    let name = "rows_without_time".to_owned();
    vec![Fitted { column: column.to_owned(), group: Vec::new(), name, value }]
}

/// Times as days or microseconds.
pub(super) fn times(array: &ArrayRef) -> Vec<i64> {
    match array.data_type() {
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().values().iter().copied().map(i64::from).collect()
        }
        _ => array.as_primitive::<TimestampMicrosecondType>().values().to_vec(),
    }
}

fn whole_days(every: &str) -> Fault {
    Fault::input(
        "duration-invalid",
        format!("날짜 열은 하루 단위로만 묶을 수 있습니다. ‘{every}’ 대신 1d처럼 쓰십시오."),
        format!("a date column can be cut into whole days only; write 1d, not “{every}”"),
    )
}

/// Columns and functions in the order of the table, and the columns that come out.
fn told(
    step: &Resample,
    shape: &Shape,
    time: usize,
    group: &[usize],
) -> Result<(Vec<(usize, Aggregate)>, Shape), Fault> {
    let mut wanted = Vec::new();
    for (name, functions) in &step.aggregates {
        wanted.push((shape.index(name)?, functions.functions()));
    }
    wanted.sort_unstable_by_key(|(index, _)| *index);
    let pairs = shape.pairs();
    let kept = group.iter().chain(std::iter::once(&time));
    let mut after: Vec<_> = kept.filter_map(|index| pairs.get(*index).cloned()).collect();
    let mut told = Vec::new();
    for (index, functions) in wanted {
        for function in functions {
            let Some((from, data_type)) = pairs.get(index) else { continue };
            let Some(to) = result_type(*function, data_type) else {
                return Err(unfit(&from.name, data_type, *function));
            };
            let mut column = described(from, *function, value_type_of(&to));
            if functions.len() > 1 {
                column.name = format!("{}_{}", from.name, function.name());
            }
            told.push((index, *function));
            after.push((column, to));
        }
    }
    if told.is_empty() {
        return Err(no_columns());
    }
    let mut seen = std::collections::HashSet::new();
    if let Some((twice, _)) = after.iter().find(|(column, _)| !seen.insert(column.name.clone())) {
        let name = &twice.name;
        return Err(Fault::input(
            "column-repeated",
            format!("결과에 열 ‘{name}’이(가) 두 개가 됩니다. 함수를 둘 이상 쓰거나 열 이름을 먼저 바꾸십시오."),
            format!("there would be two columns “{name}”; name several functions or rename the column first"),
        )
        .at_column(name.as_str()));
    }
    Ok((told, Shape::new(shape.reading.clone(), after)))
}

fn unfit(name: &str, data_type: &DataType, function: Aggregate) -> Fault {
    let (is, function) = (value_type_of(data_type).xs(), function.name());
    Fault::input(
        "column-type",
        format!("열 ‘{name}’의 형식은 {is}입니다. {function}을(를) 구할 수 없습니다."),
        format!("column “{name}” is {is}; {function} does not apply to it"),
    )
    .at_column(name)
}

/// A column of results: values of the same kind keep their meaning, counts and shares have none.
fn described(from: &Column, function: Aggregate, value_type: ValueType) -> Column {
    let mut column = Column {
        value_type,
        source_name: None,
        formats: Vec::new(),
        confidence_bp: None,
        nullable: true,
        ..from.clone()
    };
    match function {
        Aggregate::First | Aggregate::Last | Aggregate::Min | Aggregate::Max => {}
        Aggregate::Count | Aggregate::CountTrue | Aggregate::CountFalse | Aggregate::ShareTrue => {
            (column.unit, column.role) = (Some("1".to_owned()), Role::Unknown);
            (column.title, column.semantic_id) = (None, None);
            column.sentinels.clear();
        }
        _ => column.sentinels.clear(),
    }
    column
}

impl Whole for Resampling {
    fn make(
        self: Box<Self>,
        table: &Table,
        work: &Work<'_>,
        scratch: &Path,
    ) -> Result<Made, Fault> {
        let narrow = self.timed(table, work, scratch)?;
        let keys: Vec<usize> = (0..=self.group.len()).collect();
        let sorted = Order::ascending(&keys).sorted(&narrow, work, scratch)?;
        let made = self.folded(&sorted, work, scratch)?;
        let fitted =
            without_time(table.shape.name(self.time), table.rows.saturating_sub(narrow.rows));
        Ok(Made { table: made, changed: 0, fitted })
    }
}

impl Resampling {
    /// The columns needed, group and time first, of the rows that have a time.
    fn timed(&self, table: &Table, work: &Work<'_>, scratch: &Path) -> Result<Table, Fault> {
        let mut indices = self.group.clone();
        indices.push(self.time);
        for (index, _) in &self.told {
            if !indices.contains(index) {
                indices.push(*index);
            }
        }
        let mut timed = Gather::new(table.shape.chosen(&indices), work.limits(), scratch);
        for batch in table.scan(Some(&indices), work)? {
            let batch = batch?;
            let times = column(&batch, self.group.len())?;
            if times.null_count() == 0 {
                timed.push(batch)?;
            } else {
                let there = is_not_null(times).map_err(bug)?;
                timed.push(filter_record_batch(&batch, &there).map_err(bug)?)?;
            }
        }
        timed.finish()
    }

    /// The buckets of rows in order.
    fn folded(&self, sorted: &Table, work: &Work<'_>, scratch: &Path) -> Result<Table, Fault> {
        let keys = self.group.len();
        let limit = work.memory_bytes_max / 4;
        let mut folds: Vec<(usize, Fold)> = (0..keys)
            .map(|n| (n, Fold::new(Told::Row, &sorted.shape.data_type(n), limit)))
            .collect();
        let mut places = self.group.clone();
        places.push(self.time);
        for (index, function) in &self.told {
            let place = places.iter().position(|other| other == index);
            let place = place.unwrap_or_else(|| {
                places.push(*index);
                places.len() - 1
            });
            let from = sorted.shape.data_type(place);
            folds.push((place, Fold::new(Told::Of(*function), &from, limit)));
        }
        // Groups as the order tells them apart: missing ones are one group.
        let by_group = Order::ascending(&(0..keys).collect::<Vec<_>>());
        let mut buckets = self.buckets(sorted.rows);
        let mut out = Gather::new(self.shape.clone(), work.limits(), scratch);
        let mut last: Option<Vec<u8>> = None;
        for batch in sorted.scan(None, work)? {
            let batch = batch?;
            let times = times(column(&batch, keys)?);
            let begins = match keys {
                0 => Vec::new(),
                _ => begins(&by_group.rows(&batch, &sorted.shape)?, &mut last),
            };
            let cuts = buckets.cuts(&times, |row| begins.get(row).is_some_and(|first| *first))?;
            for (place, fold) in &mut folds {
                fold.push(column(&batch, *place)?, &cuts)?;
            }
            self.put(&mut folds, &mut buckets, false, &mut out)?;
        }
        for (_, fold) in &mut folds {
            fold.end()?;
        }
        self.put(&mut folds, &mut buckets, true, &mut out)?;
        out.finish()
    }

    /// Puts out the buckets that are closed.
    fn put(
        &self,
        folds: &mut [(usize, Fold)],
        buckets: &mut Buckets,
        end: bool,
        out: &mut Gather<'_>,
    ) -> Result<(), Fault> {
        let starts = buckets.take(end);
        let rows = starts.len();
        let (groups, told) = folds.split_at_mut(self.group.len().min(folds.len()));
        let mut arrays = Vec::with_capacity(groups.len() + told.len() + 1);
        for (_, fold) in groups {
            arrays.push(fold.take()?);
        }
        arrays.push(self.starts(starts));
        for (_, fold) in told {
            arrays.push(fold.take()?);
        }
        out.push(self.shape.batch(arrays, rows)?)
    }
}

/// Which rows are the first of a group, given the key of the row before them.
fn begins(rows: &Rows, last: &mut Option<Vec<u8>>) -> Vec<bool> {
    let mut begins = Vec::with_capacity(rows.num_rows());
    for row in rows {
        let key: &[u8] = row.as_ref();
        let first = last.as_deref() != Some(key);
        begins.push(first);
        if first {
            *last = Some(key.to_vec());
        }
    }
    begins
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}
