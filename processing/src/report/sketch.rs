//! What a report draws beyond statistics: series, a map of missing cells, rows that break rules.
//!
//! Invariants: one pass; the same file, profile and report give the same sketch on any number of
//! threads; its size is bounded whatever the file's; values of columns in which personal data was
//! found are never in it.

use std::collections::BTreeSet;
use std::path::Path;

use schema::data::column::{Dictionary, Role, ValueType};
use schema::data::privacy::PrivacyReport;
use schema::data::profile::{Profile, Scalar};
use schema::data::quality::Report;
use serde::{Deserialize, Serialize};

use super::mask::Masks;
use super::sample::{Place, samples};
use super::series::{SketchWorker, Wanted};
use crate::error::Fault;
use crate::limits::Limits;
use crate::profile::scalar::{DAY_US, parse_day, parse_instant};
use crate::profile::scan::{Scan, Walk};
use crate::profile::table::{Kind, Table};
use crate::progress::Progress;

/// Buckets along the axis of a series; two of them are a pixel on a wide screen.
pub const BUCKETS: usize = 480;
/// Blocks of rows of a map of missing cells.
pub const BLOCKS: usize = 200;
/// Columns of a map of missing cells; those with most missing cells are shown.
pub const MAP_COLUMNS_MAX: usize = 60;
/// Columns that are drawn as a series.
pub const SERIES_MAX: usize = 12;
/// Machines that are drawn apart.
pub const GROUPS_MAX: usize = 4;

/// What is drawn of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sketch {
    /// Rows of a block of [`Sketch::missing`].
    pub block_rows: u64,
    /// Missing (null or NaN) cells of columns that have any, in file order.
    pub missing: Vec<Missing>,
    /// Columns with missing cells that are not in `missing`.
    pub missing_left_out: u32,
    /// What the series run along.
    pub axis: Axis,
    /// Series: column by column, machine by machine.
    pub plots: Vec<Plot>,
    /// Columns of measured values that are not drawn.
    pub plots_left_out: u32,
    /// Rows that break rules.
    pub samples: Vec<Sample>,
}

/// Missing cells of one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Number of the column, from 0.
    pub column: usize,
    /// Missing cells in each block of rows.
    pub blocks: Vec<u64>,
}

/// What a series runs along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Axis {
    /// Rows in file order.
    Rows {
        /// Rows.
        rows: u64,
    },
    /// A time column.
    Time {
        /// Its number, from 0.
        column: usize,
        /// First instant drawn, in microseconds since 1970-01-01.
        from_us: i64,
        /// Last instant drawn.
        to_us: i64,
        /// Median step of the column, in microseconds.
        step_us: Option<u64>,
        /// Rows without a time, or with one far from all others.
        outside: u64,
    },
}

impl Axis {
    /// The bucket of a position; rows are counted from 0.
    pub(super) fn bucket(&self, at: i64) -> Option<usize> {
        let (from, to) = match self {
            Self::Rows { rows } => (0, i64::try_from(*rows).unwrap_or(i64::MAX) - 1),
            Self::Time { from_us, to_us, .. } => (*from_us, *to_us),
        };
        if at < from || at > to {
            return None;
        }
        let (offset, length) =
            (i128::from(at) - i128::from(from), i128::from(to) - i128::from(from) + 1);
        usize::try_from(offset * BUCKETS as i128 / length).ok()
    }
}

/// One series, reduced to its extremes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// Number of the column, from 0.
    pub column: usize,
    /// The machine, when machines are drawn apart.
    pub group: Option<String>,
    /// Rows in each bucket.
    pub rows: Vec<u64>,
    /// Smallest and largest finite value in each bucket.
    pub ends: Vec<Option<[f64; 2]>>,
}

/// Rows that break one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Number of the rule in the report, from 0.
    pub rule: usize,
    /// Numbers of the columns shown, from 0.
    pub columns: Vec<usize>,
    /// The rows.
    pub rows: Vec<SampleRow>,
}

/// A row that breaks a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleRow {
    /// 1-based number in the file.
    pub row: u64,
    /// Bucket of the series in which it lies.
    pub bucket: Option<usize>,
    /// One cell a column.
    pub cells: Vec<SampleCell>,
}

/// A cell as shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SampleCell {
    /// No value.
    Null,
    /// A value that is not shown, because the column may hold personal data.
    Masked,
    /// A value.
    Value(Scalar),
}

/// Reads what a report draws of a Parquet file.
///
/// `profile` and `privacy` are of the same file; `report`, when given, says which rows to show.
///
/// # Errors
/// [`Fault::Input`] if the file is not readable Parquet; [`Fault::Transient`] if the disk fails;
/// [`Fault::Cancelled`] if `progress` says so.
pub fn sketch(
    path: &Path,
    dictionary: &Dictionary,
    profile: &Profile,
    report: Option<&Report>,
    privacy: &PrivacyReport,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Sketch, Fault> {
    let table = Table::open(path, dictionary, limits)?;
    let masks = Masks::new(privacy, table.columns.len());
    let mut axis = axis(&table, profile);
    let groups = groups(&table, profile, &masks);
    let (series, plots_left_out) = series(&table, profile, report, &masks, groups.is_some());
    let (mapped, missing_left_out) = mapped(profile);
    let block_rows = table.rows.div_ceil(BLOCKS as u64).max(1);
    let wanted = Wanted::new(&table, &axis, groups, series, mapped, block_rows);
    let positions = wanted.positions();
    let scan = Scan { table: &table, limits, progress, stage: "report" };
    let make = || SketchWorker::new(&wanted);
    let (workers, _) = scan.run(&positions, make, Vec::<Walk<SketchWorker<'_>>>::new())?;
    let counted = workers.into_iter().reduce(SketchWorker::merged).unwrap_or_else(make);
    let far = counted.outside();
    let (missing, plots) = counted.finish();
    if let Axis::Time { outside, .. } = &mut axis {
        *outside = far;
    }
    let place = Place { table: &table, masks: &masks, axis: &axis };
    let samples = match report {
        Some(report) => samples(&place, report)?,
        None => Vec::new(),
    };
    Ok(Sketch { block_rows, missing, missing_left_out, axis, plots, plots_left_out, samples })
}

/// The time column that series run along, from its usual first to its usual last instant: single
/// times far away (a clock that was reset) would press everything else into one bucket.
fn axis(table: &Table, profile: &Profile) -> Axis {
    let rows = Axis::Rows { rows: table.rows };
    let Some(order) = profile.time.first() else { return rows };
    let Some(column) = table.columns.iter().position(|c| c.name == order.column) else {
        return rows;
    };
    let Some(measured) = profile.columns.get(column) else { return rows };
    let kind = table.columns[column].kind;
    let micros = |value: Option<&Scalar>| match (value, kind) {
        (Some(Scalar::Text(text)), Kind::Day) => parse_day(text)?.checked_mul(DAY_US),
        (Some(Scalar::Text(text)), Kind::Instant { .. }) => parse_instant(text),
        _ => None,
    };
    let quantiles = measured.quantiles.as_ref();
    let ends = (
        micros(measured.min.as_ref()),
        micros(measured.max.as_ref()),
        micros(quantiles.map(|q| &q.p05)),
        micros(quantiles.map(|q| &q.p95)),
    );
    let (Some(min), Some(max), Some(low), Some(high)) = ends else { return rows };
    let usual = high.saturating_sub(low).max(1);
    let (from_us, to_us) =
        (min.max(low.saturating_sub(usual)), max.min(high.saturating_add(usual)));
    if to_us <= from_us {
        return rows;
    }
    Axis::Time { column, from_us, to_us, step_us: order.median_step_us, outside: 0 }
}

/// The machine column and its most frequent values, if there is more than one machine.
fn groups(table: &Table, profile: &Profile, masks: &Masks) -> Option<(usize, Vec<Scalar>)> {
    let column = table.columns.iter().position(|column| {
        column.role() == Role::Machine && matches!(column.kind, Kind::Text | Kind::Whole)
    })?;
    let top = &profile.columns.get(column)?.top;
    // Text that was cut cannot be told apart by its beginning.
    let whole = |value: &Scalar| !matches!(value, Scalar::Text(text) if text.ends_with('…'));
    if top.len() < 2 || masks.cells(column) || !top.iter().all(|top| whole(&top.value)) {
        return None;
    }
    Some((column, top.iter().take(GROUPS_MAX).map(|top| top.value.clone()).collect()))
}

/// The columns drawn as series: those that break rules first, then by role, in file order; and how
/// many are not.
fn series(
    table: &Table,
    profile: &Profile,
    report: Option<&Report>,
    masks: &Masks,
    grouped: bool,
) -> (Vec<usize>, u32) {
    let violated: BTreeSet<&str> = report
        .into_iter()
        .flat_map(|report| &report.results)
        .filter(|result| result.violations > 0)
        .flat_map(|result| super::rules::columns_of(&result.rule.check))
        .filter_map(|name| table.columns.iter().find(|c| c.name == name).map(|c| c.name.as_str()))
        .collect();
    let mut ranked: Vec<(usize, usize)> = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        let numeric = matches!(column.kind, Kind::Whole | Kind::Real | Kind::Decimal { .. });
        let Some(measured) = profile.columns.get(at).filter(|_| numeric) else { continue };
        if measured.min.is_none() || measured.min == measured.max || masks.cells(at) {
            continue;
        }
        let rank = match column.role() {
            _ if violated.contains(column.name.as_str()) => 0,
            Role::State | Role::Quality => 1,
            Role::Input => 2,
            Role::Unknown if column.value_type != ValueType::Integer => 2,
            Role::Unknown => 3,
            Role::Time | Role::Machine | Role::Lot | Role::Key | Role::Label => continue,
        };
        ranked.push((rank, at));
    }
    ranked.sort_unstable();
    let shown = if grouped { SERIES_MAX / 2 } else { SERIES_MAX };
    let left_out = ranked.len().saturating_sub(shown);
    let mut drawn: Vec<usize> = ranked.into_iter().take(shown).map(|(_, at)| at).collect();
    drawn.sort_unstable();
    (drawn, u32::try_from(left_out).unwrap_or(u32::MAX))
}

/// The columns of the map of missing cells, and how many more have missing cells.
fn mapped(profile: &Profile) -> (Vec<usize>, u32) {
    let mut ranked: Vec<(u64, usize)> = profile
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| (column.nulls + column.nan, at))
        .filter(|(missing, _)| *missing > 0)
        .collect();
    ranked.sort_by_key(|(missing, at)| (std::cmp::Reverse(*missing), *at));
    let left_out = ranked.len().saturating_sub(MAP_COLUMNS_MAX);
    let mut columns: Vec<usize> =
        ranked.into_iter().take(MAP_COLUMNS_MAX).map(|(_, at)| at).collect();
    columns.sort_unstable();
    (columns, u32::try_from(left_out).unwrap_or(u32::MAX))
}
