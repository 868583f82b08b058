//! Steps that take from a table what would tell on a person or a trade secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Literal;

/// Values replaced by tokens: HMAC-SHA-256 under a secret key, so that equal values stay equal and
/// nobody without the key can try values out.
///
/// The key is no part of a specification. It is given to the run under its name; the lineage keeps a
/// fingerprint of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Pseudonymise {
    /// Text, integer or date columns; they become text. Null stays null.
    pub columns: Vec<String>,
    /// Name of the key.
    pub key: String,
    /// Hexadecimal digits of a token, 16 to 64; 16 when absent. With 16, two of a million values
    /// share a token with a chance of one in thirty million.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u8>,
}

/// Values made coarser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Generalise {
    /// Column to what is done with it.
    pub columns: BTreeMap<String, Coarser>,
}

/// How a value is made coarser: by exactly one of `width`, `round`, `min` and `max`, `to`, `prefix`
/// and `map`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Coarser {
    /// Numbers become the text `[low, high)` of a class of this width, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    /// Where a class of `width` begins; 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Numbers become the nearest multiple of this, above 0; halves go away from nought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<f64>,
    /// Numbers below become this (bottom coding).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Numbers above become this (top coding).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Dates and times become the beginning of this period, in the zone of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<CalendarPeriod>,
    /// Text keeps this many characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<u32>,
    /// Text becomes the group that is named here for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<BTreeMap<String, Literal>>,
    /// Group of every text that `map` does not name; null when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Literal>,
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CalendarPeriod {
    /// From 1 January.
    Year,
    /// From 1 January, April, July or October.
    Quarter,
    /// From the first of the month.
    Month,
    /// From Monday (ISO 8601).
    Week,
    /// From midnight.
    Day,
    /// From the full hour.
    Hour,
}

/// Characters hidden.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Mask {
    /// Text column to what stays of it.
    pub columns: BTreeMap<String, MaskRule>,
}

/// What stays of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MaskRule {
    /// Characters at the beginning that stay.
    #[serde(default)]
    pub keep_first: u32,
    /// Characters at the end that stay.
    #[serde(default)]
    pub keep_last: u32,
    /// The character that stands for a hidden one; `*` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<char>,
}
