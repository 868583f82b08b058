//! Steps that join by time, and that tell cycles, events and parts of a table apart.
//!
//! Durations are texts such as `250ms`, `10s`, `5min`, `1h` or `1d`.

use serde::{Deserialize, Serialize};

/// Columns of another table, of the row whose time is nearest.
///
/// Times are instants in UTC. Rows of the other table at one time: the last one wins. A row without
/// a time, or with a missing key, matches nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct JoinAsof {
    /// Name of the other table, a further input of the run.
    pub with: String,
    /// Time column, of this name in both tables.
    pub on: String,
    /// Columns that must be equal, of these names and types in both tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
    /// Duration up to which two times match; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<String>,
    /// Where the other row is sought.
    #[serde(default)]
    pub direction: AsofDirection,
    /// Columns taken over; all but `on` and `by` when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Put behind the names of the columns taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
}

/// Where the row of the other table is sought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AsofDirection {
    /// At the same time or before.
    #[default]
    Backward,
    /// At the same time or after.
    Forward,
    /// On the nearer side; before, if both are as near.
    Nearest,
}

/// Numbers of cycles, batches or runs: 1, 2, … in each group, in row order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Name of the new integer column.
    pub name: String,
    /// Where a segment begins.
    pub by: SegmentBy,
    /// Columns whose values keep rows apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// Rows below which a segment is none: its rows get null, and no number is used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_rows: Option<u32>,
}

/// Where a segment begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SegmentBy {
    /// Where an expression becomes true; it lasts up to the next such row. Rows before the first
    /// get null.
    Rising(String),
    /// A segment is a run of rows on which an expression is true; other rows get null.
    While(String),
    /// Where a counter is below its last value.
    Reset(String),
    /// Where the time since the row before is longer.
    Gap(SegmentGap),
    /// Where one of these columns differs from the row before.
    Change(Vec<String>),
}

/// A pause between two rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SegmentGap {
    /// Time column, in order within each group.
    pub time: String,
    /// Duration of the longest pause inside a segment.
    pub longer_than: String,
}

/// Whether a row lies within a window around an event, in a new boolean column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LabelWindows {
    /// Name of the new column.
    pub name: String,
    /// The events.
    pub events: Events,
    /// Time column; in order within each group where events are rows of this table.
    pub time: String,
    /// How long before an event rows are labelled; the end counts.
    pub before: String,
    /// How long after an event rows are labelled; the end counts.
    pub after: String,
    /// Columns whose values keep rows apart; another table of events has them, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
}

/// Where events are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = EventSource))]
#[serde(untagged)]
pub enum Events {
    /// Rows for which an expression is true.
    Rows(String),
    /// All rows of another table.
    Table(EventTable),
}

/// A table of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EventTable {
    /// Name of the table, a further input of the run.
    pub with: String,
    /// Its time column.
    pub time: String,
}

/// Parts for training, validation and test that follow each other in time.
///
/// The parts are cut where `train` and `train + validation` percent of the rows have passed. A row
/// goes where its time is; with `group`, where the first time of its group is, so that no group is
/// in two parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Name of the new text column of `train`, `validation` and `test`.
    pub name: String,
    /// Time column; need not be in order. Rows without a time get null.
    pub time: String,
    /// Percent of the rows.
    pub train: f64,
    /// Percent of the rows.
    #[serde(default)]
    pub validation: f64,
    /// Percent of the rows; the three make 100.
    #[serde(default)]
    pub test: f64,
    /// Columns whose values keep rows together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// Duration behind each cut in which rows get null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
}
