//! What one pass over a table measured, and a bounded sample of it.
//!
//! Invariants: every count is exact; every number that is not exact says so and by how much; a
//! float is finite or absent, so that any JSON reader gets it back; the same table gives the same
//! bytes however its rows are split into row groups and whatever the number of threads.
//!
//! Deliberately absent: the layout of the file (row groups, encodings, bytes), and found values of
//! personal data (see [`privacy`](super::privacy)).

use serde::{Deserialize, Serialize};

use super::column::{Role, ValueType};

mod relations;
mod signal;

pub use relations::{CorrelatedPair, Correlations, RowSample};
pub use signal::{Drift, InferredRole, Pattern, StuckRun, StuckRuns};

/// One value as a person writes it.
///
/// Integers are JSON integers, finite floats JSON numbers with a point or exponent. Decimals, days
/// (`2024-03-01`) and instants (`2024-03-01T00:00:00Z`, without `Z` when the file has no zone) are
/// text, because JSON has no exact form for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// Whole number.
    Integer(i64),
    /// Finite float.
    Number(f64),
    /// Text, day, instant or decimal.
    Text(String),
}

/// How many different values a column has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Distinct {
    /// Different values that are neither null nor NaN; −0.0 and 0.0 are one value.
    pub count: u64,
    /// Whether `count` is exact; else it is a HyperLogLog estimate (2^16 registers).
    pub exact: bool,
    /// Standard error of an estimate, in basis points; 0 when exact.
    pub standard_error_bp: u16,
}

/// How quantiles were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuantileMethod {
    /// The value at rank ⌈q·n⌉ of the sorted finite values (nearest rank, an actual value).
    ExactNearestRank,
    /// The middle of the grid cell that holds that rank.
    GridMidpoint,
}

/// Five quantiles of the finite values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quantiles {
    /// 5 %.
    pub p05: Scalar,
    /// 25 %.
    pub p25: Scalar,
    /// 50 %.
    pub p50: Scalar,
    /// 75 %.
    pub p75: Scalar,
    /// 95 %.
    pub p95: Scalar,
    /// How they were found.
    pub method: QuantileMethod,
    /// Largest distance of a quantile from the exact one, in the unit of the values (microseconds
    /// for instants, days for days); 0 when exact.
    pub error: f64,
}

/// Counts in 20 bins of equal width; bin `i` begins at `lo + i·(hi − lo)/20`, the last bin includes
/// `hi`. A value within a rounding error of an edge may be counted on either side of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Histogram {
    /// Smallest finite value; microseconds since 1970 for instants, days for days.
    pub lo: f64,
    /// Largest finite value.
    pub hi: f64,
    /// Values in each bin.
    pub counts: Vec<u64>,
}

/// A frequent value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TopValue {
    /// The value; text is cut after 64 characters and then ends in `…`.
    pub value: Scalar,
    /// How often it occurs.
    pub count: u64,
}

/// Lengths of text or bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lengths {
    /// Shortest, in bytes.
    pub bytes_min: u64,
    /// Longest, in bytes.
    pub bytes_max: u64,
    /// Shortest, in Unicode scalar values; for bytes the same as `bytes_min`.
    pub chars_min: u64,
    /// Longest, in Unicode scalar values; for bytes the same as `bytes_max`.
    pub chars_max: u64,
    /// Mean, in Unicode scalar values.
    pub chars_mean: f64,
    /// Values of length 0.
    pub empty: u64,
}

/// What was measured of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnProfile {
    /// Name.
    pub name: String,
    /// Type as stored.
    pub value_type: ValueType,
    /// Role as declared.
    pub role: Role,
    /// What it seems to be for, if no role is declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inferred_role: Option<InferredRole>,
    /// Unit as declared (UCUM).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Cells that are not null; NaN and infinities are included.
    pub count: u64,
    /// Null cells.
    pub nulls: u64,
    /// NaN cells.
    pub nan: u64,
    /// Cells of +∞.
    pub infinite_positive: u64,
    /// Cells of −∞.
    pub infinite_negative: u64,
    /// Cells equal to zero (numbers) or `false` (booleans).
    pub zeros: u64,
    /// Finite cells below zero (numbers).
    pub negatives: u64,
    /// Cells equal to a sentinel that the dictionary declares.
    pub sentinels: u64,
    /// Different values; absent for nested columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<Distinct>,
    /// Smallest finite value, exact; absent for text, bytes and nested columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Scalar>,
    /// Largest finite value, exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Scalar>,
    /// Mean of the finite values, correctly rounded from the exact sum (numbers).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Sample standard deviation (n − 1) of the finite values, from exact sums (numbers).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub std: Option<f64>,
    /// Quantiles of the finite values (numbers, days, instants).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantiles: Option<Quantiles>,
    /// Up to ten most frequent values with exact counts, most frequent first, ties in order of
    /// value; empty when the column has more different values than are counted exactly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<TopValue>,
    /// Histogram of the finite values (numbers, days, instants).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<Histogram>,
    /// Smallest distance of two different values (numbers; microseconds for instants, days for
    /// days); only when every different value was counted and there are two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Scalar>,
    /// Lengths (text and bytes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lengths: Option<Lengths>,
    /// Up to five most frequent shapes with exact counts, ties in order of the shape (text); empty
    /// when there are more than 1,024 shapes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
    /// Runs of equal readings (signals); absent when there are more than 1,024 machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<StuckRuns>,
    /// Change between the first and the last tenth of the rows (signals); absent when either has
    /// fewer than twenty finite values in the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
}

/// A pause of a time column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gap {
    /// Last instant before the pause.
    pub from: String,
    /// First instant after it.
    pub to: String,
    /// Length in microseconds.
    pub micros: u64,
    /// 1-based row of `to`.
    pub row: u64,
    /// The group that paused, if groups are followed; cut after 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// How a time column runs through the file, in row order.
///
/// A step is measured from the latest instant so far (of the group), so that a row that comes late
/// counts once as backward and does not fake a gap behind it. Rows without time (or with a null
/// group) are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeOrder {
    /// Time column.
    pub column: String,
    /// Column whose values are followed each on its own (a machine), or absent for the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Groups followed; 1 without a group column.
    pub groups: u64,
    /// Rows that have a time.
    pub timed: u64,
    /// Rows earlier than the row before them.
    pub backward: u64,
    /// Up to five 1-based numbers of such rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backward_rows: Vec<u64>,
    /// Rows with the same instant as the row before them.
    pub repeated: u64,
    /// Median of the forward steps in microseconds (lower median).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_step_us: Option<u64>,
    /// Forward steps.
    #[serde(default)]
    pub steps: u64,
    /// Forward steps within a tenth of the median: all of them when sampling is regular.
    #[serde(default)]
    pub steady: u64,
    /// Whether the median and the counts of gaps and of steady steps are exact; else steps were kept
    /// to 0.4 %.
    pub exact: bool,
    /// Forward steps longer than five medians.
    pub gaps: u64,
    /// The longest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_gap: Option<Gap>,
    /// The ten longest of them, longest first, the earlier row first among equals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub longest_gaps: Vec<Gap>,
    /// Each group's own sampling, most rows first; at most fifty, and empty when more than 256
    /// groups are followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_group: Vec<GroupTime>,
}

/// How one group (a machine) was sampled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupTime {
    /// The group; cut after 64 characters.
    pub group: String,
    /// Rows that have a time.
    pub timed: u64,
    /// Rows earlier than the row before them.
    pub backward: u64,
    /// Median of its forward steps in microseconds (lower median).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_step_us: Option<u64>,
    /// Its forward steps.
    pub steps: u64,
    /// Its forward steps within a tenth of its own median.
    pub steady: u64,
    /// Its forward steps longer than five of its own medians.
    pub gaps: u64,
    /// Its longest forward step in microseconds.
    pub longest_step_us: u64,
}

/// Rows that repeat an earlier row in every column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DuplicateRows {
    /// Rows beyond the first of their kind.
    pub rows: u64,
    /// How they were found: `hash112` compares 112-bit hashes of all cells (a false match is less
    /// likely than 1 in 10^15 for a thousand million rows).
    pub method: String,
}

/// What one pass over a table measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Profile {
    /// Version of the measurements; a change of meaning changes it.
    pub format: u32,
    /// Rows.
    pub rows: u64,
    /// Rows × columns.
    pub cells: u64,
    /// Null cells.
    pub null_cells: u64,
    /// NaN cells.
    pub nan_cells: u64,
    /// Repeated rows; absent when a column is nested and so cannot be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_rows: Option<DuplicateRows>,
    /// Columns that hold the same in every row, in groups of two or more; columns without any value
    /// are left out. Absent when it was not looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_columns: Option<Vec<Vec<String>>>,
    /// The rows on which correlations and drift were measured, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<RowSample>,
    /// Correlations, if there are two columns to compare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlations: Option<Correlations>,
    /// Order of the time column: the whole file first, then by machine if a column has that role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time: Vec<TimeOrder>,
    /// Columns in file order.
    pub columns: Vec<ColumnProfile>,
}

impl Profile {
    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A column of a [`Preview`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewColumn {
    /// Name.
    pub name: String,
    /// Type as stored.
    pub value_type: ValueType,
}

/// A row of a [`Preview`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewRow {
    /// 1-based row number in the file.
    pub row: u64,
    /// One value a column; `null` is null. NaN and infinities are the texts `NaN`, `Infinity`,
    /// `-Infinity`; long text is cut and ends in `…`; bytes and nested values are shown as text.
    pub values: Vec<Option<Scalar>>,
}

/// A bounded sample of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// Rows of the whole table.
    pub rows_total: u64,
    /// Columns shown, in file order.
    pub columns: Vec<PreviewColumn>,
    /// Columns left out because there are too many.
    pub columns_left_out: u32,
    /// Rows shown, in file order.
    pub rows: Vec<PreviewRow>,
}
