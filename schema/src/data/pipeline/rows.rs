//! Steps that choose and order rows.

use serde::{Deserialize, Serialize};

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
