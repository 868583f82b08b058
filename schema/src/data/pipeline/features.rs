//! The step that makes one row of features of each window.

use serde::{Deserialize, Serialize};

/// One row per window: the group, `window_start`, `window_end`, how many `rows` and `missing` cells
/// it has, how many `gaps`, and the features `<column>_<feature>`.
///
/// A gap is a step in time longer than one and a half sampling periods. Features of a column with
/// missing or infinite cells, and of a window with gaps, are null. Rows without a time are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// Time column, in order within each group.
    pub time: String,
    /// Numeric columns.
    pub columns: Vec<String>,
    /// Rows of a window; an unfinished one at the end of a group is left out. Such a window starts
    /// and ends with its first and last row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_rows: Option<u32>,
    /// Rows from one window to the next; `window_rows` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_rows: Option<u32>,
    /// Duration of a window instead, such as `10s`: [start, end). Windows start at whole multiples of
    /// the step since 1970 in UTC; those without rows are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// Duration from one window to the next; `window` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Columns whose values keep rows apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// Statistics of the values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statistics: Vec<Statistic>,
    /// Features of the spectrum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spectrum: Option<Spectrum>,
}

/// A statistic of the values of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
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
    /// Root of the mean square.
    Rms,
    /// Largest magnitude.
    Peak,
    /// Largest minus smallest value.
    PeakToPeak,
    /// Peak by root mean square; null of noughts.
    Crest,
    /// Third central moment by the 3/2 power of the second; null of equal values.
    Skewness,
    /// Fourth central moment by the square of the second, 3 of a normal distribution; null of equal
    /// values.
    Kurtosis,
    /// Changes of sign from one value to the next that is not nought.
    ZeroCrossings,
    /// Rise per second of the least-squares line over time; null at a single time.
    Slope,
}

impl Statistic {
    /// The name in a specification and in names of columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Std => "std",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "median",
            Self::Rms => "rms",
            Self::Peak => "peak",
            Self::PeakToPeak => "peak_to_peak",
            Self::Crest => "crest",
            Self::Skewness => "skewness",
            Self::Kurtosis => "kurtosis",
            Self::ZeroCrossings => "zero_crossings",
            Self::Slope => "slope",
        }
    }
}

/// Features of the spectrum of a window.
///
/// The values less their mean are multiplied by a periodic Hann window w and transformed to X. The
/// one-sided power at line k is `c |X_k|² / (n Σ w²)`, with c = 1 at nought and at half the sampling
/// rate, else 2; so that all lines together make the mean square, weighted by w². Features are null
/// where a step in time differs from the sampling period by more than half of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Spectrum {
    /// Sampling rate in hertz; that of the median step of the window when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling_hz: Option<f64>,
    /// Bands in hertz, [low, high): the power in each, `<column>_band_<low>_<high>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands_hz: Vec<[f64; 2]>,
    /// The strongest line above nought: `<column>_peak_hz` and its amplitude, 2 |X_k| / Σ w,
    /// `<column>_peak_amplitude`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub peak: bool,
    /// The mean frequency, weighted by power: `<column>_centroid_hz`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub centroid: bool,
}
