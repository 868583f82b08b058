//! How columns relate to each other, and the rows that this was measured on.

use serde::{Deserialize, Serialize};

/// Rows chosen by number: all rows of a short table, else one of each stretch of equal length, at a
/// place that a fixed hash of the stretch's number decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowSample {
    /// Rows in the sample.
    pub rows: u64,
    /// Rows of a stretch; 1 when the sample is the whole table.
    pub stretch: u64,
    /// Whether the sample is the whole table.
    pub exact: bool,
}

/// Two columns that go together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CorrelatedPair {
    /// One column.
    pub first: String,
    /// The other; it comes later in the file.
    pub second: String,
    /// Rows of the sample in which both are finite.
    pub rows: u64,
    /// Pearson's coefficient, −1 to 1.
    pub pearson: f64,
    /// Spearman's coefficient: that of the ranks, equal values sharing their mean rank.
    pub spearman: f64,
}

/// Correlations of the numeric columns that are no keys, times, machines or lots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Correlations {
    /// Columns compared, in file order; at most 64.
    pub columns: Vec<String>,
    /// Columns left out because there are too many.
    pub columns_left_out: u32,
    /// Pearson's coefficients: row `i` holds those of column `i` with the columns before it; `null`
    /// where it is not defined (fewer than three rows, or no spread).
    pub pearson: Vec<Vec<Option<f64>>>,
    /// Spearman's coefficients in the same order.
    pub spearman: Vec<Vec<Option<f64>>>,
    /// At most twenty pairs for which either coefficient is at least 0.5 in size, strongest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strongest: Vec<CorrelatedPair>,
}
