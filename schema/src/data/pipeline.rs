//! Cleaning pipelines: what is done to a table, in which order.
//!
//! A specification is data, not code: a closed list of steps, each naming its columns and its
//! parameters. Unknown steps and unknown fields are refused. Steps run in order; every step sees
//! the table as the step before left it.
//!
//! In YAML and JSON a step is one key with its parameters:
//!
//! ```yaml
//! steps:
//!   - drop_duplicates: {}
//!   - sentinel_to_null: { columns: { mold_temp3: [1449] } }
//!   - fill_missing: { columns: [mold_temp3], method: linear, time: time, max_gap_s: 60 }
//!   - sort: { by: [{ column: time }] }
//! ```
//!
//! Deliberately absent: free expressions, joins, resampling.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::data::column::ValueType;
use crate::lang::Text;

/// A cleaning pipeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PipelineSpec {
    /// What is done, in order; at most [`PipelineSpec::STEPS_MAX`].
    pub steps: Vec<Step>,
    /// Why a step is there, for the person who reads the specification.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<StepNote>,
}

impl PipelineSpec {
    /// Steps of one specification. The longest suggested one has eleven.
    pub const STEPS_MAX: usize = 200;
}

/// Why a step is in a specification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepNote {
    /// 1-based number of the step; 0 is the specification as a whole.
    pub step: u32,
    /// The reason.
    pub text: Text,
}

/// One step of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Keeps the named columns, in the order named.
    Select(Columns),
    /// Drops the named columns.
    DropColumns(Columns),
    /// Gives columns other names.
    Rename(Rename),
    /// Changes the stored type of columns.
    Cast(Cast),
    /// Keeps the rows whose value lies within bounds.
    FilterRange(FilterRange),
    /// Orders the rows; equal rows keep their order.
    Sort(Sort),
    /// Drops rows that repeat an earlier row; the first in file order stays.
    DropDuplicates(DropDuplicates),
    /// Replaces values that stand for "no reading" by nulls.
    SentinelToNull(SentinelToNull),
    /// Fills nulls (and NaN of number columns).
    FillMissing(FillMissing),
    /// Treats values far from the rest.
    Outliers(Outliers),
    /// Drops columns that hold one value (nulls aside) or none.
    DropConstant(DropConstant),
    /// Drops columns with too many nulls (R-161).
    DropSparse(DropSparse),
    /// Drops rows that are null in a named column.
    DropMissingRows(Columns),
    /// Converts columns to another unit, exactly (R-183).
    UnitConvert(UnitConvert),
    /// Scales columns with parameters fitted on the data.
    Scale(Scale),
    /// Drops rows whose time is impossible.
    DropRowsWithBadTime(BadTime),
    /// Puts the number of each row, from 1, into a new first column: a key for a table in which the
    /// place of a row is what identifies it.
    NumberRows(NumberRows),
}

impl Step {
    /// The key of the step in a specification.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Select(_) => "select",
            Self::DropColumns(_) => "drop_columns",
            Self::Rename(_) => "rename",
            Self::Cast(_) => "cast",
            Self::FilterRange(_) => "filter_range",
            Self::Sort(_) => "sort",
            Self::DropDuplicates(_) => "drop_duplicates",
            Self::SentinelToNull(_) => "sentinel_to_null",
            Self::FillMissing(_) => "fill_missing",
            Self::Outliers(_) => "outliers",
            Self::DropConstant(_) => "drop_constant",
            Self::DropSparse(_) => "drop_sparse",
            Self::DropMissingRows(_) => "drop_missing_rows",
            Self::UnitConvert(_) => "unit_convert",
            Self::Scale(_) => "scale",
            Self::DropRowsWithBadTime(_) => "drop_rows_with_bad_time",
            Self::NumberRows(_) => "number_rows",
        }
    }
}

/// Name of a new column of row numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NumberRows {
    /// Name of the column; must be new.
    pub name: String,
}

/// Columns by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Names.
    pub columns: Vec<String>,
}

/// New names of columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// Old name to new name; all at once, so that two names can be swapped.
    pub columns: BTreeMap<String, String>,
}

/// New types of columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// Column to type.
    pub columns: BTreeMap<String, ValueType>,
    /// What becomes of a value that the type cannot hold exactly.
    #[serde(default)]
    pub on_error: CastError,
    /// Shapes of date and time text, tried in order (`%d/%m/%Y %H:%M`); ISO 8601 when empty.
    /// A time without an offset is local time of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
}

/// What a cast does with a value that the new type cannot hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CastError {
    /// The pipeline stops and names the first such row.
    #[default]
    Fail,
    /// The cell becomes null and is counted as changed.
    ToNull,
}

/// Bounds on one numeric column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FilterRange {
    /// Column.
    pub column: String,
    /// Smallest value that stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest value that stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Whether rows without a value (null, NaN) stay.
    #[serde(default)]
    pub keep_missing: bool,
}

/// Order of rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Sort {
    /// Keys, most significant first.
    pub by: Vec<SortKey>,
}

/// One key of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SortKey {
    /// Column.
    pub column: String,
    /// Largest first.
    #[serde(default)]
    pub descending: bool,
    /// Nulls before all values; else behind them, in either direction.
    #[serde(default)]
    pub nulls_first: bool,
}

/// Which rows repeat each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DropDuplicates {
    /// Columns compared; all when empty. Null equals null, NaN equals NaN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
}

/// Values that stand for "no reading".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SentinelToNull {
    /// Column to its sentinels, written as in the file; the dictionary's sentinels when empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Vec<Literal>>,
}

/// How nulls are filled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FillMissing {
    /// Columns filled.
    pub columns: Vec<String>,
    /// Method.
    pub method: FillMethod,
    /// Value of the method `constant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Literal>,
    /// Columns whose values keep rows apart (machine, lot): nothing flows from one group to another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// Time or other numeric column that `linear` interpolates over, and that `max_gap_s` is
    /// measured on; row numbers when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Longest run of nulls that is filled, in rows of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_gap_rows: Option<u64>,
    /// Longest time without a value that is filled, in seconds; needs `time`, a timestamp column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_gap_s: Option<f64>,
}

/// A way to fill nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FillMethod {
    /// The last value before.
    Ffill,
    /// The next value behind.
    Bfill,
    /// On the line between the value before and the value behind; never beyond either end.
    Linear,
    /// Mean of the column (of the group).
    Mean,
    /// Median of the column (of the group).
    Median,
    /// Most frequent value of the column (of the group); the one seen first on a tie.
    Mode,
    /// `value`.
    Constant,
}

/// Treatment of values far from the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Outliers {
    /// Numeric columns.
    pub columns: Vec<String>,
    /// How the bounds are found.
    pub method: OutlierMethod,
    /// Width of the bounds; 3 (`z_score`), 3.5 (`mad`) or 1.5 (`iqr`) when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// What is done.
    pub action: OutlierAction,
    /// Columns whose values keep rows apart: each group has its own bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
}

/// How the bounds of ordinary values are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OutlierMethod {
    /// Mean ± threshold × sample standard deviation.
    ZScore,
    /// Median ± threshold × median absolute deviation / 0.6745.
    Mad,
    /// First quartile − threshold × IQR to third quartile + threshold × IQR.
    Iqr,
}

/// What is done to an outlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OutlierAction {
    /// The cell becomes null.
    #[serde(alias = "null")]
    ToNull,
    /// The cell becomes the nearer bound.
    Clip,
    /// The row is dropped.
    Drop,
    /// A boolean column `<column>_outlier` is added.
    Flag,
}

/// Columns that hold one value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DropConstant {
    /// Columns that stay even so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

/// Columns with too many nulls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DropSparse {
    /// Columns with a larger share of missing cells (null, NaN), in percent, are dropped; only
    /// columns without any value when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above_percent: Option<f64>,
    /// Columns that stay even so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

/// Conversion of units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UnitConvert {
    /// Column to its new unit, a UCUM code or usual spelling (`K`, `kPa`, `kgf/cm2`).
    pub columns: BTreeMap<String, String>,
    /// Column to its unit now, where the dictionary has none or a wrong one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub from: BTreeMap<String, String>,
}

/// Scaling of columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Numeric columns.
    pub columns: Vec<String>,
    /// Method.
    pub method: ScaleMethod,
}

/// A way to scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScaleMethod {
    /// (x − min) / (max − min).
    MinMax,
    /// (x − mean) / sample standard deviation.
    Z,
    /// (x − median) / (third quartile − first quartile).
    Robust,
}

/// Bounds on a time column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BadTime {
    /// Date or timestamp column.
    pub column: String,
    /// Earliest time that stays: a day (its first instant in the file's zone) or an RFC 3339 time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// Latest time that stays: a day (its last instant in the file's zone) or an RFC 3339 time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// Finds bounds on the data, too: the whole years around the middle 90 % of the times, a year or
    /// twice their span further on either side.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub usual: bool,
    /// Whether rows without a time stay.
    #[serde(default)]
    pub keep_missing: bool,
}

/// A value written as in a file; numbers and booleans of YAML and JSON are taken as their text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(transparent)]
pub struct Literal(pub String);

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Literal;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, a number or a boolean")
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Literal, E> {
                Ok(Literal(value.to_owned()))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Literal, E> {
                Ok(Literal(value.to_string()))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Literal, E> {
                Ok(Literal(value.to_string()))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Literal, E> {
                Ok(Literal(value.to_string()))
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Literal, E> {
                Ok(Literal(value.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
#[path = "pipeline_tests.rs"]
mod tests;
