//! The first rows that break each rule, with the columns that say why, when and where.

use std::fs::File;

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use schema::data::column::Role;
use schema::data::profile::Scalar;
use schema::data::quality::Report;

use super::mask::Masks;
use super::rules::columns_of;
use super::sketch::{Axis, Sample, SampleCell, SampleRow};
use crate::error::Fault;
use crate::preview::value;
use crate::profile::cells::Cells;
use crate::profile::scalar::DAY_US;
use crate::profile::table::{Kind, Table, unreadable};

/// Rules whose rows are shown.
const RULES_MAX: usize = 30;
/// Columns shown of a rule's rows.
const COLUMNS_MAX: usize = 8;

/// Where rows come from and how they are shown.
pub(super) struct Place<'a> {
    pub(super) table: &'a Table,
    pub(super) masks: &'a Masks,
    pub(super) axis: &'a Axis,
}

/// Reads the rows that a report names, rule by rule.
pub(super) fn samples(place: &Place<'_>, report: &Report) -> Result<Vec<Sample>, Fault> {
    let broken = report
        .results
        .iter()
        .enumerate()
        .filter(|(_, result)| result.violations > 0 && !result.rows.is_empty())
        .take(RULES_MAX);
    let mut samples = Vec::new();
    for (rule, result) in broken {
        let columns = columns(place.table, &columns_of(&result.rule.check));
        let mut wanted = result.rows.clone();
        wanted.sort_unstable();
        wanted.dedup();
        let mut rows = Vec::new();
        for row in wanted {
            rows.extend(read(place, &columns, row)?);
        }
        if !rows.is_empty() {
            samples.push(Sample { rule, columns, rows });
        }
    }
    Ok(samples)
}

/// The rule's own columns, and those that tell when and where, in file order.
fn columns(table: &Table, own: &[String]) -> Vec<usize> {
    let position = |name: &String| table.columns.iter().position(|column| column.name == *name);
    let mut columns: Vec<usize> = own.iter().filter_map(position).collect();
    for role in [Role::Time, Role::Machine, Role::Lot, Role::Key] {
        columns.extend(table.columns.iter().position(|column| column.role() == role));
    }
    // A rule without columns of its own concerns whole rows.
    if own.is_empty() {
        columns.extend(0..table.columns.len().min(COLUMNS_MAX));
    }
    let mut kept: Vec<usize> = Vec::new();
    for column in columns {
        if kept.len() < COLUMNS_MAX && !kept.contains(&column) {
            kept.push(column);
        }
    }
    kept.sort_unstable();
    kept
}

/// One row by its 1-based number; none if the file has no such row.
fn read(place: &Place<'_>, columns: &[usize], row: u64) -> Result<Option<SampleRow>, Fault> {
    let table = place.table;
    let at = |row: u64| {
        table.groups.iter().position(|g| (g.first_row..g.first_row + g.rows).contains(&row))
    };
    let Some((index, group)) = row.checked_sub(1).and_then(|index| Some((index, at(index)?)))
    else {
        return Ok(None);
    };
    let time = match place.axis {
        Axis::Rows { .. } => None,
        Axis::Time { column, .. } => Some(*column),
    };
    let mut roots: Vec<usize> = columns.iter().copied().chain(time).collect();
    roots.sort_unstable();
    roots.dedup();
    let skip = usize::try_from(index - table.groups[group].first_row).unwrap_or(usize::MAX);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(
        File::open(&table.path)?,
        table.metadata.clone(),
    )
    .with_row_groups(vec![group])
    .with_projection(ProjectionMask::roots(table.metadata.parquet_schema(), roots.iter().copied()))
    .with_row_selection(RowSelection::from(vec![RowSelector::skip(skip), RowSelector::select(1)]))
    .with_batch_size(1)
    .build()
    .map_err(|error| unreadable(&error))?;
    let Some(batch) = reader.into_iter().next().transpose().map_err(|error| unreadable(&error))?
    else {
        return Ok(None);
    };
    let mut bucket =
        place.axis.bucket(i64::try_from(index).unwrap_or(i64::MAX)).filter(|_| time.is_none());
    let mut cells = Vec::with_capacity(columns.len());
    for (at, array) in roots.iter().zip(batch.columns()) {
        let column = &table.columns[*at];
        let read = Cells::of(column, array)?;
        let null = read.nulls().is_some_and(|nulls| nulls.is_null(0));
        if time == Some(*at)
            && let Cells::Whole(times) = &read
            && !null
        {
            let unit = if column.kind == Kind::Day { DAY_US } else { 1 };
            bucket = times.value(0).checked_mul(unit).and_then(|time| place.axis.bucket(time));
        }
        if columns.contains(at) {
            cells.push(match null {
                true => SampleCell::Null,
                false if place.masks.cells(*at) => SampleCell::Masked,
                false => SampleCell::Value(shown(value(column.kind, &read, 0))),
            });
        }
    }
    Ok(Some(SampleRow { row, bucket, cells }))
}

/// A value short enough for a table.
fn shown(value: Scalar) -> Scalar {
    match value {
        Scalar::Text(text) => Scalar::Text(crate::profile::cut(&text, 80)),
        other => other,
    }
}
