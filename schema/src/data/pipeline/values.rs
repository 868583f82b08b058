//! Steps that change values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Literal;

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
    /// Width of the bounds; 3 (`z_score`, `hampel`), 3.5 (`mad`) or 1.5 (`iqr`) when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Rows of the window of `hampel` around each row, an odd number; 11 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_rows: Option<u32>,
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
    /// Median ± threshold × 1.4826 × median absolute deviation, both of the finite values in a
    /// window around the row, shorter at the ends of the group.
    Hampel,
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
    /// Condition on the rows that the parameters are fitted on, such as `part = 'train'`; all rows are
    /// scaled. All rows when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit_where: Option<String>,
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

/// The inverse of a scaling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Unscale {
    /// Column to the parameters that it was scaled with, as a lineage names them.
    pub columns: BTreeMap<String, ScaleParameters>,
}

/// Parameters of a scaling.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged, deny_unknown_fields)]
pub enum ScaleParameters {
    /// Of `min_max`.
    MinMax {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// Of `z`.
    Z {
        /// Mean.
        mean: f64,
        /// Sample standard deviation.
        std: f64,
    },
    /// Of `robust`.
    Robust {
        /// Median.
        median: f64,
        /// Third less first quartile.
        iqr: f64,
    },
}
