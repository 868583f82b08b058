//! Steps that turn categories into numbers.

use serde::{Deserialize, Serialize};

use super::Literal;

/// Categories as numbers. The lineage keeps the categories found, so that a buyer can turn the
/// numbers back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Encode {
    /// Text, integer, boolean or date columns.
    pub columns: Vec<String>,
    /// How.
    pub method: EncodeMethod,
    /// The categories in their order, as text; needed by `ordinal`, possible for the others. Found
    /// on the data in ascending order when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Literal>,
    /// Most categories of one column, at most [`Encode::CATEGORIES_MAX`]; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories_max: Option<u32>,
    /// What becomes of a value that is not in `order`.
    #[serde(default)]
    pub unknown: UnknownCategory,
}

impl Encode {
    /// Categories of one column. `one_hot` makes as many columns, so that a table stays storable.
    pub const CATEGORIES_MAX: u32 = 2_000;
}

/// A way to encode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EncodeMethod {
    /// A column `<column>=<category>` of 0 and 1 for each category, in place of the column. Null is
    /// null in all of them.
    OneHot,
    /// The place in `order`, from 0, in the column itself. Null stays null.
    Ordinal,
    /// The place among the values found, in ascending order, from 0, in the column itself. Null
    /// stays null.
    Label,
}

/// What an encoder does with a value that is not among its categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UnknownCategory {
    /// The pipeline stops and names the first such row.
    #[default]
    Fail,
    /// The cell becomes null.
    #[serde(alias = "null")]
    ToNull,
    /// A category of its own behind the others.
    Other,
}
