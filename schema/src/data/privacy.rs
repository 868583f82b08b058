//! What a search for personal data found.
//!
//! Invariant: a found value is nowhere in these types. A finding says which detector matched, in
//! which column, how often, and in which rows; even a header that looks like personal data is
//! named by its number only.

use serde::{Deserialize, Serialize};

use crate::lang::Text;

/// What is to be done.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// Nothing was found.
    #[default]
    Pass,
    /// A person must look; a reviewer may clear the column with a reason.
    Review,
    /// A unique identifier of people: the data may not be listed.
    Block,
}

/// What a detector looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Detector {
    /// 주민등록번호 or 외국인등록번호: six digits of a date, seven digits.
    ResidentNumber,
    /// The two halves of one in neighbouring columns.
    ResidentNumberSplit,
    /// 여권번호.
    Passport,
    /// 운전면허번호.
    DriverLicence,
    /// Number of a payment card (issuer prefix, length and Luhn sum).
    PaymentCard,
    /// Mobile phone number.
    Mobile,
    /// E-mail address.
    Email,
    /// Number plate of a vehicle.
    Plate,
    /// Access key, token, private key or password.
    Credential,
    /// Name of a column that announces personal data (성명, 연락처, …).
    HeaderWord,
}

/// Where a detector matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Name of the file.
    FileName,
    /// Key-value metadata of the file.
    Metadata,
    /// Name or title of a column.
    Header,
    /// Cells of a column.
    Cells,
}

/// One detector at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrivacyFinding {
    /// What was looked for.
    pub detector: Detector,
    /// Where it matched.
    pub place: Place,
    /// Column, if one is concerned and its name is not itself a finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// 1-based number of the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column_number: Option<u32>,
    /// Cells that match (1 outside of cells).
    pub count: u64,
    /// Cells that have the shape looked for, whether or not date, sum or region confirm it.
    pub candidates: u64,
    /// Matching cells whose check digit is right, too. It only raises the confidence: numbers given
    /// since 2020-10-05 have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum_ok: Option<u64>,
    /// Up to five 1-based numbers of matching rows, lowest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u64>,
    /// What is to be done about it.
    pub outcome: Outcome,
    /// Explanation, without the value.
    pub text: Text,
}

/// What a search for personal data found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrivacyReport {
    /// Version of the detectors; a reviewer's clearance is for this version.
    pub rules_version: u32,
    /// Tool and version.
    pub tool: String,
    /// Day against which dates in the future were judged, `YYYY-MM-DD`.
    pub today: String,
    /// Rows of the table.
    pub rows: u64,
    /// Columns whose cells were searched: all but days, instants, flags and decimals with a fraction.
    pub columns_searched: u32,
    /// Cells searched.
    pub cells_searched: u64,
    /// The gravest outcome of all findings.
    pub outcome: Outcome,
    /// Findings, by place, column and detector.
    pub findings: Vec<PrivacyFinding>,
}
