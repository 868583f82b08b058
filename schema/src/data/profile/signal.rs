//! What a column says beyond its values: shape of text, runs of one value, change over the file,
//! and what it seems to be for.

use serde::{Deserialize, Serialize};

use crate::data::column::Role;
use crate::lang::Text;

/// A shape of text: digits are `9`, Latin letters `A` and `a`, Hangul `가`, all else as it is; more
/// than four of a class in a row are written `9{8}`; after 32 parts it ends in `…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pattern {
    /// The shape.
    pub pattern: String,
    /// Values of this shape.
    pub count: u64,
}

/// A run of rows with the same reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StuckRun {
    /// 1-based row where it begins.
    pub row: u64,
    /// Readings in it.
    pub readings: u64,
    /// The machine, if readings are followed by machine; cut after 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Runs of equal readings of a signal, in row order, by machine if a column has that role.
///
/// Rows without a reading (null, NaN, no machine) are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StuckRuns {
    /// Readings that repeat the reading before them.
    pub repeats: u64,
    /// Runs with more readings than this are suspect. It is the length that a run reaches by chance
    /// less than once in a hundred such files, if each reading repeats the one before it as often
    /// as they do on the whole: ⌈ln(n / 0.01) / ln(1 / share of repeats)⌉, at least 10.
    pub limit: u64,
    /// Suspect runs.
    pub runs: u64,
    /// Whether `runs` is exact; else lengths were kept to 0.4 %.
    pub exact: bool,
    /// Readings of the longest run.
    pub longest: u64,
    /// The longest suspect runs, at most five, longest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<StuckRun>,
}

/// How a column changed from the first to the last tenth of the rows.
///
/// Distributions are compared on the sampled rows (see
/// [`RowSample`](super::RowSample)), in ten bins between the deciles of the first part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Drift {
    /// Finite values compared in the first part.
    pub first_count: u64,
    /// Finite values compared in the last part.
    pub last_count: u64,
    /// Mean of the first part.
    pub first_mean: f64,
    /// Mean of the last part.
    pub last_mean: f64,
    /// Sample standard deviation of the first part.
    pub first_std: f64,
    /// Sample standard deviation of the last part.
    pub last_std: f64,
    /// Population stability index, Σ (p − q)·ln(p / q) over the bins, each share at least half a
    /// value.
    pub psi: f64,
    /// Kolmogorov–Smirnov distance: largest difference of the distribution functions, 0 to 1.
    pub ks: f64,
    /// Whether the change is large: `psi` ≥ 0.25 and `ks` ≥ 0.2.
    pub shifted: bool,
}

/// What a column seems to be for, where nobody has said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InferredRole {
    /// The role.
    pub role: Role,
    /// Why.
    pub reason: Text,
}
