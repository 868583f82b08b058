//! Quality rules as data, and the report of a validation.
//!
//! Invariants: counts are exact integers; an index is in hundredths of a point (`10000` is 100.00)
//! and absent when it does not apply (no rows, no key, no rule of its kind): never 100 by default;
//! 10000 means that nothing failed, because rounding never reaches it.
//!
//! Deliberately absent: data values, except those that the rules themselves name.

mod check;

use serde::{Deserialize, Serialize};

use super::profile::Scalar;
use crate::lang::Text;

pub use check::{CellType, Check, ExpectedColumn, Measure, Shift};

/// What a failed rule means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The data does not conform.
    #[default]
    Error,
    /// Worth knowing; the data still conforms.
    Warning,
}

/// The quality index that a rule feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// 완전성: cells that hold a value.
    Completeness,
    /// 유일성: keys that occur once.
    Uniqueness,
    /// 유효성: records that pass range, time and type.
    Validity,
    /// 일관성: records that pass checks across records, columns or tables.
    Consistency,
    /// 정확성: records that break no rule about reality.
    Accuracy,
    /// 적시성: records that came within the declared delay.
    Timeliness,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name, unique in its set.
    pub id: String,
    /// What is checked.
    pub check: Check,
    /// What a failure means.
    #[serde(default)]
    pub severity: Severity,
    /// Share of the checked rows that may violate, in basis points.
    #[serde(default)]
    pub tolerance_bp: u16,
    /// The record index that the rule feeds (validity, consistency, accuracy or timeliness), where
    /// it differs from the check's own. Ignored for `not_null`, `unique` and checks of the table as a
    /// whole, which know no records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<Dimension>,
    /// Why the rule is there, for the person who edits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

impl Rule {
    /// The index that the rule feeds.
    pub fn dimension(&self) -> Option<Dimension> {
        match (self.check.dimension(), self.dimension) {
            (own @ (None | Some(Dimension::Completeness | Dimension::Uniqueness)), _) => own,
            (own, Some(Dimension::Completeness | Dimension::Uniqueness) | None) => own,
            (_, declared) => declared,
        }
    }
}

/// Weights of the indices in basis points. Their sum is 10000 by convention; any positive
/// sum works, because weights of indices that do not apply are shared out in proportion anyway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// 완전성.
    pub completeness_bp: u32,
    /// 유일성.
    pub uniqueness_bp: u32,
    /// 유효성.
    pub validity_bp: u32,
    /// 일관성.
    pub consistency_bp: u32,
    /// 정확성.
    pub accuracy_bp: u32,
    /// 무결성.
    pub integrity_bp: u32,
    /// 적시성.
    pub timeliness_bp: u32,
}

impl Default for Weights {
    /// The example of the guidebook: 0.6, and 0.1 each for uniqueness, validity, accuracy
    /// and integrity.
    fn default() -> Self {
        Self {
            completeness_bp: 6_000,
            uniqueness_bp: 1_000,
            validity_bp: 1_000,
            consistency_bp: 0,
            accuracy_bp: 1_000,
            integrity_bp: 1_000,
            timeliness_bp: 0,
        }
    }
}

/// One line of a grade table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GradeStep {
    /// Name of the grade.
    pub grade: String,
    /// Smallest overall index that earns it, in hundredths.
    pub from_hundredths: u32,
}

/// The grade of an index that earns none of a table.
pub const GRADE_REJECT: &str = "REJECT";

/// Rules, weights and grades: the whole of what a report is judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// Version of the meaning of rules.
    pub format: u32,
    /// Rules in order.
    pub rules: Vec<Rule>,
    /// Weights of the indices.
    #[serde(default)]
    pub weights: Weights,
    /// Grades; an index earns the first line, from the highest threshold down, that it reaches.
    #[serde(default = "RuleSet::default_grades")]
    pub grades: Vec<GradeStep>,
}

impl RuleSet {
    /// Current version of the meaning of rules.
    pub const FORMAT: u32 = 1;

    /// The exchange's own table: A from 99.38, B from 97.70, C from 95.00.
    pub fn default_grades() -> Vec<GradeStep> {
        [("A", 9_938), ("B", 9_770), ("C", 9_500)]
            .map(|(grade, from)| GradeStep { grade: grade.to_owned(), from_hundredths: from })
            .to_vec()
    }
}

impl Default for RuleSet {
    fn default() -> Self {
        Self {
            format: Self::FORMAT,
            rules: Vec::new(),
            weights: Weights::default(),
            grades: Self::default_grades(),
        }
    }
}

/// An index of R-160 with the counts that it is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Index {
    /// What passed: cells, keys, records or index kinds.
    pub passed: u64,
    /// Of how many; never 0.
    pub total: u64,
    /// `passed / total · 100` in hundredths, rounded half up, but 10000 only if all passed.
    pub hundredths: u32,
}

/// The indices of. Absent means: does not apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Indices {
    /// 완전성: cells that are neither null nor NaN, of all cells.
    pub completeness: Option<Index>,
    /// 유일성: keys that occur once, of all different keys; of the worst key if there are several.
    pub uniqueness: Option<Index>,
    /// 유효성: records that pass every rule of this kind.
    pub validity: Option<Index>,
    /// 일관성: records that pass every rule of this kind.
    pub consistency: Option<Index>,
    /// 정확성: records that pass every rule of this kind.
    pub accuracy: Option<Index>,
    /// 무결성: of uniqueness, validity and consistency, as far as they apply, those at 100.
    pub integrity: Option<Index>,
    /// 적시성: records that pass every rule of this kind.
    pub timeliness: Option<Index>,
}

/// Result of one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleResult {
    /// The rule.
    pub rule: Rule,
    /// Rows checked.
    pub checked: u64,
    /// Rows that violate; for a check of the table as a whole, what it counts.
    pub violations: u64,
    /// Whether the violations are within the tolerance.
    pub passed: bool,
    /// Up to five 1-based numbers of rows that violate, lowest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u64>,
    /// The figure that was compared with the bounds of the rule (`aggregate`, `distribution`,
    /// `freshness`: microseconds of age).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Scalar>,
    /// What was found, in words, where rows do not say it (`schema`, `unit`, …); at most twenty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Text>,
    /// Different keys (`unique`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<u64>,
    /// Keys that occur once (`unique`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys_once: Option<u64>,
}

/// Something that a reader of the report should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notice {
    /// Stable slug, such as `mostly-null`, `no-rows`, `no-key`, `error-rules-failed`.
    pub code: String,
    /// Column concerned, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Explanation.
    pub text: Text,
}

/// The report of a validation: the same data, rules and tool give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// Version of the report.
    pub format: u32,
    /// Tool and version, such as `jangteo-process 0.1.0`.
    pub tool: String,
    /// SHA-256 of the rule set's canonical JSON (keys sorted, no blanks), in lower-case hex.
    pub rule_set_digest: String,
    /// Rows.
    pub rows: u64,
    /// Cells.
    pub cells: u64,
    /// Null cells.
    pub null_cells: u64,
    /// NaN cells; they count as missing, like nulls.
    pub nan_cells: u64,
    /// Every rule with its result, in the order of the set.
    pub results: Vec<RuleResult>,
    /// The indices.
    pub indices: Indices,
    /// The weights as applied: of indices that apply only; not scaled.
    pub weights: Weights,
    /// Σ weight·index / Σ weight over the indices that apply, in hundredths, computed from their
    /// two-decimal values and rounded half up, but 10000 only if all of them are.
    pub overall: Option<u32>,
    /// The grade of `overall` (`REJECT` if it earns none); absent without `overall`.
    pub grade: Option<String>,
    /// Failed rules of severity error.
    pub errors: u32,
    /// Failed rules of severity warning.
    pub warnings: u32,
    /// Whether every rule of severity error passed.
    pub conforms: bool,
    /// Whether nothing here forbids a listing: the table has rows and a key, and the grade is not
    /// `REJECT`. `notices` says what does.
    pub listable: bool,
    /// What else to know: columns with more than 30 % missing cells, reasons against a listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
}
