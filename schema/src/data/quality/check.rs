//! What a rule can check.
//!
//! A null passes every check but `not_null`, `unique` (where null is a key like any other) and those
//! of the table as a whole: a missing cell is counted once, as missing. Row order is file order.
//!
//! Deliberately absent: how a check is carried out.

use serde::{Deserialize, Serialize};

use super::super::profile::Scalar;
use super::Dimension;

/// What a rule checks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// No cell is null or NaN.
    NotNull {
        /// Column.
        column: String,
    },
    /// Every value is within the bounds, both included. NaN and infinities violate. Bounds of days
    /// and instants are text (`2024-03-01`, `2024-03-01T00:00:00Z`), of decimals text or numbers.
    Range {
        /// Column of numbers, days or instants.
        column: String,
        /// Smallest value allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<Scalar>,
        /// Largest value allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<Scalar>,
    },
    /// Every value is one of these. NaN violates.
    Set {
        /// Column of text, numbers or booleans.
        column: String,
        /// Values allowed.
        values: Vec<Scalar>,
    },
    /// Every text contains a match of the pattern (use `^…$` for the whole text).
    Regex {
        /// Column of text.
        column: String,
        /// Pattern without look-around and back-references, so that matching takes linear time.
        pattern: String,
    },
    /// Every value is of this type: a stored text is read as the type, another stored type either
    /// holds it or not. NaN passes: it is missing.
    Type {
        /// Column.
        column: String,
        /// Type wanted.
        is: CellType,
    },
    /// Every text has so many characters (Unicode scalar values), or every value so many bytes.
    Length {
        /// Column of text or bytes.
        column: String,
        /// Shortest allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<u64>,
        /// Longest allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u64>,
    },
    /// No two rows agree in all of these columns. A violation is a row beyond the first of its key.
    Unique {
        /// Columns of the key; empty means all columns.
        columns: Vec<String>,
    },
    /// Every key occurs in another table, which the caller names. A key with a null or NaN in it
    /// passes.
    ForeignKey {
        /// Columns of the key.
        columns: Vec<String>,
        /// Name of the other table.
        reference: String,
        /// Its columns, in the same order; empty means those of the same names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reference_columns: Vec<String>,
    },
    /// A condition on the columns of a row holds.
    Expression {
        /// Condition in SQL, such as `t_end >= t_start AND ok = (ng = 0)`.
        expr: String,
        /// Whether a row passes for which the condition is neither true nor false, because a cell
        /// is missing.
        #[serde(default = "yes")]
        null_passes: bool,
    },
    /// No row is earlier than the row before it (of its group).
    Monotonic {
        /// Column of numbers, days or instants; NaN is passed over.
        column: String,
        /// Column whose values are followed each on its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// Whether equal values violate, too.
        #[serde(default)]
        strict: bool,
    },
    /// No step from the latest instant so far (of the group) to the next is longer. The row behind
    /// the step violates.
    MaxGap {
        /// Column of days or instants.
        column: String,
        /// Column whose values are followed each on its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// Longest step allowed, in microseconds.
        micros: u64,
    },
    /// Every step from the latest instant so far (of the group) to the next is as long as it should
    /// be, give or take a share. The row behind the step violates; rows earlier than the latest are
    /// passed over. As long as less than half of the steps violate, the median step is right, too.
    Sampling {
        /// Column of days or instants.
        column: String,
        /// Column whose values are followed each on its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// Length of a step, in microseconds.
        micros: u64,
        /// Deviation allowed, in basis points of `micros`.
        within_bp: u32,
    },
    /// No value repeats in more consecutive rows (of the group). Null and NaN end a run. Every row
    /// by which a run is too long violates.
    StuckRun {
        /// Column.
        column: String,
        /// Column whose values are followed each on its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// Longest run allowed, in rows.
        rows: u64,
    },
    /// No value differs from the one before it (of the group) by more for each second between them.
    /// Missing cells and rows no later than the latest are passed over. An infinity violates, and is
    /// not compared with.
    RateOfChange {
        /// Column of numbers.
        column: String,
        /// Column of days or instants.
        time: String,
        /// Column whose values are followed each on its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// Largest change allowed, in units of the column for each second.
        per_second: f64,
    },
    /// No value lies farther from the median of the values around it (of the group) than so many
    /// standard deviations, estimated as 1.4826 · MAD, and than `floor` (Hampel). Missing cells are
    /// passed over; windows are shorter at both ends. An infinity violates, and is not compared
    /// with.
    Spike {
        /// Column of numbers.
        column: String,
        /// Column whose values are followed each on its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// Values in a window, the one judged in the middle: odd, 3 to 1001.
        #[serde(default = "eleven")]
        window: u32,
        /// Standard deviations allowed.
        #[serde(default = "three")]
        threshold: f64,
        /// Deviation that is never a spike, such as a few steps of the sensor's resolution.
        #[serde(default)]
        floor: f64,
    },
    /// The record arrived within the declared delay: `arrived − happened ≤ micros` and not before.
    Delay {
        /// Instant of the event.
        happened: String,
        /// Instant of its arrival.
        arrived: String,
        /// Longest delay allowed, in microseconds.
        micros: u64,
    },
    /// The table has so many rows. One violation if it does not.
    RowCount {
        /// Fewest rows allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<u64>,
        /// Most rows allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u64>,
    },
    /// The newest instant is no older than this at the time that the caller gives. One violation if
    /// it is, or if there is none.
    Freshness {
        /// Column of days or instants.
        column: String,
        /// Greatest age allowed, in microseconds.
        micros: u64,
    },
    /// A measure of a column is within the bounds, both included. One violation if it is not, or if
    /// the column has no such measure (no values).
    Aggregate {
        /// Column.
        column: String,
        /// What is measured.
        measure: Measure,
        /// Smallest allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// Largest allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    },
    /// The values of a column are spread as in a reference, which the caller names. One violation
    /// if they differ by more. Missing cells count on neither side.
    Distribution {
        /// Column of numbers, text or booleans.
        column: String,
        /// Name of the reference.
        reference: String,
        /// Its column, if of another name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference_column: Option<String>,
        /// How the difference is measured.
        measure: Shift,
        /// Largest difference allowed.
        max: f64,
    },
    /// The table has these columns. Every difference is a violation; the columns wanted are what is
    /// checked.
    Schema {
        /// Columns wanted.
        columns: Vec<ExpectedColumn>,
        /// Whether they must stand in this order.
        #[serde(default)]
        ordered: bool,
        /// Whether other columns are allowed.
        #[serde(default)]
        extra: bool,
    },
    /// Columns declare a unit (R-181, `E_UNIT`). Every column without one, or of another kind than
    /// `unit`, is a violation.
    Unit {
        /// Columns; empty means every column of numbers that is a set point, a signal, a quality or
        /// of unknown role.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        columns: Vec<String>,
        /// Unit that they must be convertible to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    /// Nothing is found by a query over the table, which it calls `data`, and over references by
    /// their names. Every row found is a violation; a query that gives one count gives their number.
    Sql {
        /// Query in SQL, such as `SELECT lot FROM data GROUP BY lot HAVING count(*) <> 5` or
        /// `SELECT count(*) FROM data WHERE good + bad <> total`.
        query: String,
    },
}

/// A type, as a `type` or `schema` check names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CellType {
    /// `true` or `false`; as text in any case.
    Boolean,
    /// Whole number of 64 bits; of other stored types whatever has no fraction. As text digits with
    /// an optional sign.
    Integer,
    /// Number; every integer is one. As text with an optional fraction behind a point and an
    /// optional exponent, but neither `NaN` nor infinity.
    Number,
    /// Text; every stored text is one.
    Text,
    /// Calendar day. As text `2024-03-01`.
    Date,
    /// Instant. As text `2024-03-01T09:00:00`, with a blank for the `T`, a fraction and an offset if
    /// need be.
    Timestamp,
}

/// A column that a `schema` check wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExpectedColumn {
    /// Name.
    pub name: String,
    /// Stored type, if it matters. An integer is a number, too.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub cell_type: Option<CellType>,
    /// Whether the column may be missing.
    #[serde(default)]
    pub optional: bool,
}

/// What an `aggregate` check measures of a column, from its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Smallest finite number.
    Min,
    /// Largest finite number.
    Max,
    /// Mean of the finite numbers.
    Mean,
    /// Sample standard deviation of the finite numbers.
    Std,
    /// 5 % quantile.
    P05,
    /// 25 % quantile.
    P25,
    /// Median.
    P50,
    /// 75 % quantile.
    P75,
    /// 95 % quantile.
    P95,
    /// Share of null and NaN cells, 0 to 1; a table without rows has none.
    MissingShare,
    /// Share of zeros among the cells that are not null, 0 to 1.
    ZeroShare,
    /// Different values.
    Distinct,
}

/// How a `distribution` check measures the difference of two spreads, over the same bins: the
/// histogram of the reference with one bin below and one above it, or its most frequent values and
/// one bin for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// Population stability index, natural logarithm, half a count added to every bin of both
    /// sides.
    Psi,
    /// Kolmogorov–Smirnov: largest distance of the cumulative shares at the borders of the bins, 0
    /// to 1; numbers only.
    Ks,
    /// χ² of homogeneity over the bins that hold anything; grows with the number of rows.
    ChiSquared,
    /// Jensen–Shannon divergence in bits, 0 to 1.
    JensenShannon,
}

impl Check {
    /// The index that the check feeds unless the rule says otherwise; checks of the table as a whole
    /// feed none.
    pub fn dimension(&self) -> Option<Dimension> {
        match self {
            Self::NotNull { .. } => Some(Dimension::Completeness),
            Self::Unique { .. } => Some(Dimension::Uniqueness),
            Self::Range { .. }
            | Self::Set { .. }
            | Self::Regex { .. }
            | Self::Type { .. }
            | Self::Length { .. }
            | Self::Monotonic { .. } => Some(Dimension::Validity),
            Self::ForeignKey { .. }
            | Self::Expression { .. }
            | Self::MaxGap { .. }
            | Self::Sampling { .. } => Some(Dimension::Consistency),
            Self::StuckRun { .. } | Self::RateOfChange { .. } | Self::Spike { .. } => {
                Some(Dimension::Accuracy)
            }
            Self::Delay { .. } => Some(Dimension::Timeliness),
            Self::RowCount { .. }
            | Self::Freshness { .. }
            | Self::Aggregate { .. }
            | Self::Distribution { .. }
            | Self::Schema { .. }
            | Self::Unit { .. }
            | Self::Sql { .. } => None,
        }
    }
}

fn yes() -> bool {
    true
}

fn eleven() -> u32 {
    11
}

fn three() -> f64 {
    3.0
}
