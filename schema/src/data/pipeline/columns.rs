//! Steps that choose, name and type columns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::data::column::ValueType;

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
