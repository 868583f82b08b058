//! Reading times from text, in a zone with its own clock changes.

use serde::{Deserialize, Serialize};

use super::CastError;

/// Text read as instants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ParseTime {
    /// Text columns that hold date and time; each becomes a time column in its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Date and clock in two columns, made into one new column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine: Option<CombineTime>,
    /// Shapes of the text, tried in order (`%d/%m/%Y %H:%M:%S`); ISO 8601 when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
    /// Zone of times without an offset: a name (`Asia/Seoul`, `Europe/Berlin`) or an offset
    /// (`+09:00`); that of the file when absent. Times are stored as instants whatever the zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What a time means that the clock showed twice, when it was put back.
    #[serde(default)]
    pub ambiguous: Ambiguous,
    /// What a time means that the clock never showed, when it was put forward.
    #[serde(default)]
    pub skipped: Skipped,
    /// What becomes of a text that is no time.
    #[serde(default)]
    pub on_error: CastError,
}

/// A date and a clock time in two columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CombineTime {
    /// Column of dates: text or dates.
    pub date: String,
    /// Column of clock times: text (`07:30:00`, `73000`) or whole numbers (`73000`).
    pub clock: String,
    /// Name of the new column; must be new.
    pub into: String,
}

/// A local time that happened twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ambiguous {
    /// The pipeline stops and names the first such row.
    #[default]
    Fail,
    /// The first of the two.
    Earliest,
    /// The second of the two.
    Latest,
    /// The cell becomes null.
    #[serde(alias = "null")]
    ToNull,
}

/// A local time that never happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Skipped {
    /// The pipeline stops and names the first such row.
    #[default]
    Fail,
    /// As many minutes later as the clock was put forward: what a clock shows that was not put
    /// forward yet.
    Forward,
    /// The cell becomes null.
    #[serde(alias = "null")]
    ToNull,
}
