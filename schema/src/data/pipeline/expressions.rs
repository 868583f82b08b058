//! Steps that compute with SQL expressions over the columns of a row, and the order of columns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CastError;

/// Rows that hold a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FilterWhere {
    /// The condition, in SQL: `temp > 20 AND label = 'OK'`. Rows for which it is true stay.
    #[serde(rename = "where")]
    pub condition: String,
    /// Whether rows for which the condition is neither true nor false stay (a cell it needs is null
    /// or NaN).
    #[serde(default)]
    pub keep_unknown: bool,
}

/// Columns computed from the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Derive {
    /// Column to its SQL expression (`current_a * voltage_v`). All see the table as it was before
    /// the step. A column that is there is replaced in its place; new ones are appended by name.
    pub columns: BTreeMap<String, String>,
    /// Unit of a computed column, a UCUM code or usual spelling.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, String>,
    /// What becomes of a row that cannot be computed (an integer divided by nought).
    #[serde(default)]
    pub on_error: CastError,
}

/// Places of columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Reorder {
    /// Columns that come first, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<String>,
    /// Columns that come last, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last: Vec<String>,
}
