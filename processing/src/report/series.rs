//! The pass over a file: extremes of series by bucket, missing cells by block.
//!
//! Invariant: all that is kept are counts, smallest and largest values, so that the order in which
//! rows come, and on which thread, does not matter.

use std::collections::HashMap;

use arrow::array::AsArray as _;
use schema::data::profile::Scalar;

use super::sketch::{Axis, BLOCKS, BUCKETS, Missing, Plot};
use crate::error::Fault;
use crate::profile::cells::{Cells, Text};
use crate::profile::scalar::DAY_US;
use crate::profile::scan::{Batch, Worker};
use crate::profile::table::{Kind, Table};

/// What the pass looks at. Columns are positions in the file.
pub(super) struct Wanted<'a> {
    axis: &'a Axis,
    time_kind: Option<Kind>,
    groups: Option<(usize, Vec<Scalar>)>,
    series: Vec<usize>,
    scales: Vec<f64>,
    mapped: Vec<usize>,
    block_rows: u64,
    columns: Vec<usize>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(
        table: &Table,
        axis: &'a Axis,
        groups: Option<(usize, Vec<Scalar>)>,
        series: Vec<usize>,
        mapped: Vec<usize>,
        block_rows: u64,
    ) -> Self {
        let time = match axis {
            Axis::Rows { .. } => None,
            Axis::Time { column, .. } => Some(*column),
        };
        let mut columns: Vec<usize> = series.iter().chain(&mapped).copied().collect();
        columns.extend(time);
        columns.extend(groups.as_ref().map(|(column, _)| *column));
        columns.sort_unstable();
        columns.dedup();
        let scales = series
            .iter()
            .map(|at| match table.columns[*at].kind {
                Kind::Decimal { scale } => 10_f64.powi(i32::from(scale)),
                _ => 1.0,
            })
            .collect();
        let time_kind = time.map(|at| table.columns[at].kind);
        Self { axis, time_kind, groups, series, scales, mapped, block_rows, columns }
    }

    /// The columns to read, ascending.
    pub(super) fn positions(&self) -> Vec<usize> {
        self.columns.clone()
    }

    fn slot(&self, column: usize) -> usize {
        self.columns.binary_search(&column).unwrap_or(usize::MAX)
    }

    fn groups(&self) -> usize {
        self.groups.as_ref().map_or(1, |(_, values)| values.len())
    }
}

/// What one thread has seen.
pub(super) struct SketchWorker<'a> {
    wanted: &'a Wanted<'a>,
    /// Missing cells: column of the map, then block.
    missing: Vec<Vec<u64>>,
    /// Rows: group, then bucket.
    rows: Vec<Vec<u64>>,
    /// Extremes: series, group, then bucket.
    ends: Vec<Vec<Option<[f64; 2]>>>,
    outside: u64,
}

impl<'a> SketchWorker<'a> {
    pub(super) fn new(wanted: &'a Wanted<'a>) -> Self {
        let groups = wanted.groups();
        Self {
            wanted,
            missing: vec![vec![0; BLOCKS]; wanted.mapped.len()],
            rows: vec![vec![0; BUCKETS]; groups],
            ends: vec![vec![None; BUCKETS]; wanted.series.len() * groups],
            outside: 0,
        }
    }

    pub(super) fn merged(mut self, other: Self) -> Self {
        let add = |mine: &mut Vec<Vec<u64>>, other: Vec<Vec<u64>>| {
            for (mine, other) in mine.iter_mut().flatten().zip(other.into_iter().flatten()) {
                *mine += other;
            }
        };
        add(&mut self.missing, other.missing);
        add(&mut self.rows, other.rows);
        for (mine, other) in self.ends.iter_mut().flatten().zip(other.ends.into_iter().flatten()) {
            if let Some([low, high]) = other {
                widen(mine, low);
                widen(mine, high);
            }
        }
        self.outside += other.outside;
        self
    }

    /// Rows that are in no bucket.
    pub(super) fn outside(&self) -> u64 {
        self.outside
    }

    pub(super) fn finish(self) -> (Vec<Missing>, Vec<Plot>) {
        let wanted = self.wanted;
        let missing = wanted.mapped.iter().zip(self.missing);
        let missing = missing.map(|(column, blocks)| Missing { column: *column, blocks }).collect();
        let groups = wanted.groups();
        let mut plots = Vec::new();
        for (at, ends) in self.ends.into_iter().enumerate() {
            let (Some(column), Some(rows)) =
                (wanted.series.get(at / groups), self.rows.get(at % groups))
            else {
                continue;
            };
            let group = wanted.groups.as_ref().and_then(|(_, values)| values.get(at % groups));
            let group = group.map(|value| match value {
                Scalar::Text(text) => text.clone(),
                Scalar::Integer(value) => value.to_string(),
                Scalar::Bool(value) => value.to_string(),
                Scalar::Number(value) => value.to_string(),
            });
            plots.push(Plot { column: *column, group, rows: rows.clone(), ends });
        }
        (missing, plots)
    }

    /// The bucket of each row.
    fn buckets(&mut self, batch: &Batch) -> Vec<Option<usize>> {
        let axis = self.wanted.axis;
        let buckets: Vec<Option<usize>> = match axis {
            Axis::Rows { .. } => {
                let first = i64::try_from(batch.first_row).unwrap_or(i64::MAX);
                (first..).take(batch.rows).map(|row| axis.bucket(row)).collect()
            }
            Axis::Time { column, .. } => {
                let unit = if self.wanted.time_kind == Some(Kind::Day) { DAY_US } else { 1 };
                match batch.cells.get(self.wanted.slot(*column)) {
                    Some(Cells::Whole(times)) => {
                        times.iter().map(|time| axis.bucket(time?.checked_mul(unit)?)).collect()
                    }
                    _ => vec![None; batch.rows],
                }
            }
        };
        self.outside += buckets.iter().filter(|bucket| bucket.is_none()).count() as u64;
        buckets
    }

    /// The group of each row.
    fn group_of(&self, batch: &Batch) -> Vec<Option<usize>> {
        let Some((column, values)) = &self.wanted.groups else { return vec![Some(0); batch.rows] };
        match batch.cells.get(self.wanted.slot(*column)) {
            Some(Cells::Whole(machines)) => {
                let known: HashMap<i64, usize> = values
                    .iter()
                    .enumerate()
                    .filter_map(|(at, value)| match value {
                        Scalar::Integer(value) => Some((*value, at)),
                        _ => None,
                    })
                    .collect();
                machines.iter().map(|machine| known.get(&machine?).copied()).collect()
            }
            Some(Cells::Text(text)) => {
                let known: HashMap<&str, usize> = values
                    .iter()
                    .enumerate()
                    .filter_map(|(at, value)| match value {
                        Scalar::Text(text) => Some((text.as_str(), at)),
                        _ => None,
                    })
                    .collect();
                named(text, &known)
            }
            _ => vec![None; batch.rows],
        }
    }

    fn count_missing(&mut self, batch: &Batch) {
        for (at, column) in self.wanted.mapped.iter().enumerate() {
            let Some(cells) = batch.cells.get(self.wanted.slot(*column)) else { continue };
            let nulls = cells.nulls();
            let real = if let Cells::Real(values) = cells { Some(values.values()) } else { None };
            if nulls.is_none() && real.is_none() {
                continue;
            }
            for row in 0..batch.rows {
                let null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
                if null || real.is_some_and(|values| values[row].is_nan()) {
                    let block = (batch.first_row + row as u64) / self.wanted.block_rows;
                    let block = usize::try_from(block).unwrap_or(usize::MAX);
                    if let Some(count) = self.missing[at].get_mut(block) {
                        *count += 1;
                    }
                }
            }
        }
    }
}

impl Worker for SketchWorker<'_> {
    fn take(&mut self, batch: &Batch) -> Result<(), Fault> {
        self.count_missing(batch);
        let buckets = self.buckets(batch);
        let group_of = self.group_of(batch);
        let spots: Vec<Option<(usize, usize)>> = buckets
            .iter()
            .zip(&group_of)
            .map(|(bucket, group)| Some(((*group)?, (*bucket)?)))
            .collect();
        for (group, bucket) in spots.iter().flatten() {
            self.rows[*group][*bucket] += 1;
        }
        let groups = self.wanted.groups();
        for (at, column) in self.wanted.series.iter().enumerate() {
            let Some(cells) = batch.cells.get(self.wanted.slot(*column)) else { continue };
            let value = numbers(cells, self.wanted.scales[at]);
            let nulls = cells.nulls();
            for (row, spot) in spots.iter().enumerate() {
                let Some((group, bucket)) = spot else { continue };
                if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                    continue;
                }
                let value = value(row);
                if value.is_finite() {
                    widen(&mut self.ends[at * groups + group][*bucket], value);
                }
            }
        }
        Ok(())
    }
}

/// The number in each row of some cells; NaN for what is none.
#[expect(clippy::cast_precision_loss, reason = "drawn on a screen")]
fn numbers(cells: &Cells, scale: f64) -> Box<dyn Fn(usize) -> f64 + '_> {
    match cells {
        Cells::Whole(values) => Box::new(|row| values.value(row) as f64),
        Cells::Real(values) => Box::new(|row| values.value(row)),
        Cells::Wide(values, _) => Box::new(move |row| values[row] as f64 / scale),
        _ => Box::new(|_| f64::NAN),
    }
}

/// Takes a finite value into the extremes of a bucket; −0.0 is 0.0, so that order does not matter.
fn widen(ends: &mut Option<[f64; 2]>, value: f64) {
    let value = if value == 0.0 { 0.0 } else { value };
    match ends {
        None => *ends = Some([value, value]),
        Some([low, high]) => {
            *low = low.min(value);
            *high = high.max(value);
        }
    }
}

/// The group of each text.
fn named(text: &Text, known: &HashMap<&str, usize>) -> Vec<Option<usize>> {
    match text {
        Text::Coded(array) => {
            let entries: Vec<Option<usize>> = array
                .values()
                .as_string::<i32>()
                .iter()
                .map(|entry| known.get(entry?).copied())
                .collect();
            let keys = array.keys();
            keys.iter().map(|key| *entries.get(usize::try_from(key?).ok()?)?).collect()
        }
        Text::Plain(array) => array.iter().map(|text| known.get(text?).copied()).collect(),
    }
}
