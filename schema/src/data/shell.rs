//! Tables that an asset administration shell describes.

use serde::{Deserialize, Serialize};

use super::column::Column;

/// A table that a submodel describes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShellTable {
    /// Id of the submodel.
    pub submodel: String,
    /// Its short name.
    pub id_short: String,
    /// What kind of submodel it is, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantic_id: Option<String>,
    /// Its columns, for a dictionary. Names, types and units are what the shell says: a person confirms
    /// them against the file.
    pub columns: Vec<Column>,
}

/// The tables of a file of shells, time series first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShellTables {
    /// The tables.
    pub items: Vec<ShellTable>,
}
