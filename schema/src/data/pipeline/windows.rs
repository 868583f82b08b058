//! Steps over the rows around a row, in its group and in row order.
//!
//! Durations are texts such as `250ms`, `10s`, `5min`, `1h` or `1d`.

use serde::{Deserialize, Serialize};

/// Statistics of a moving window, in new columns `<column>_<function>_<window>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rolling {
    /// Numeric columns.
    pub columns: Vec<String>,
    /// Rows of the window: the row and those before it, or an odd number around it if `centered`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_rows: Option<u32>,
    /// Duration of the window: (t − window, t], up to the row itself; or [t − window / 2,
    /// t + window / 2] if `centered`. Needs `time`, in order within each group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// What is computed of the finite values in the window.
    pub functions: Vec<RollingFunction>,
    /// Columns whose values keep rows apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// Time column, for `window`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Finite values below which the result is null (`count` aside); 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_values: Option<u32>,
    /// Whether the row stands in the middle of its window instead of at its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub centered: bool,
}

/// A statistic of a moving window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RollingFunction {
    /// Mean.
    Mean,
    /// Sample standard deviation; null of one value.
    Std,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// Median.
    Median,
    /// Sum.
    Sum,
    /// How many finite values there are.
    Count,
    /// Largest minus smallest value.
    Range,
}

impl RollingFunction {
    /// The name in a specification and in names of columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Std => "std",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "median",
            Self::Sum => "sum",
            Self::Count => "count",
            Self::Range => "range",
        }
    }
}

/// Values of earlier rows, in new columns `<column>_lag<rows>` and `<column>_diff<rows>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Lag {
    /// Columns; of any type without `difference`.
    pub columns: Vec<String>,
    /// How many rows of the group further up; null where there is none.
    pub rows: Vec<u32>,
    /// Adds the value minus the earlier one, too: exact for integers and decimals, seconds for
    /// instants, days for dates.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub difference: bool,
    /// Columns whose values keep rows apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
}

/// Smoothing of columns in place. Missing cells stay missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Smooth {
    /// Numeric columns; they become numbers.
    pub columns: Vec<String>,
    /// Method.
    pub method: SmoothMethod,
    /// Rows of the window of `moving` and `savitzky_golay`, an odd number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_rows: Option<u32>,
    /// Weight of the newest value in `ewma`, above 0 and up to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// Values after which half of a weight of `ewma` is left, instead of `alpha`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life_rows: Option<f64>,
    /// Degree of the polynomial of `savitzky_golay`; 2 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degree: Option<u32>,
    /// Columns whose values keep rows apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
}

/// A way to smooth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SmoothMethod {
    /// Mean of the finite values in a window around the row, shorter at the ends of the group.
    Moving,
    /// s ← alpha × value + (1 − alpha) × s, from the first value on; missing cells leave s as it is.
    Ewma,
    /// The least-squares polynomial through the finite values of the window around the row, at the
    /// row; the first and last rows of a group are read off the first and last whole window. A
    /// window with no more values than the degree leaves its row as it is.
    SavitzkyGolay,
}
