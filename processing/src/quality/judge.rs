//! From exact counts to a report: the pure half of a validation.
//!
//! Invariant: no I/O, no data, no arithmetic with floats: the same counts and rules give the same report anywhere.

use schema::data::profile::Scalar;
use schema::data::quality::{
    Dimension, GRADE_REJECT, Index, Indices, Notice, Report, RuleResult, RuleSet, Severity, Weights,
};
use schema::lang::Text;

use super::TOOL;
use super::canonical::rule_set_digest;
use crate::error::Fault;

/// Version of the report.
const FORMAT: u32 = 1;
/// An index of 100.00.
const FULL: u32 = 10_000;

/// What was counted for one rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleCount {
    /// Rows checked.
    pub checked: u64,
    /// Rows that violate.
    pub violations: u64,
    /// Up to five 1-based numbers of them, lowest first.
    pub rows: Vec<u64>,
    /// Different keys and keys that occur once, for a `unique` rule.
    pub keys: Option<(u64, u64)>,
    /// The figure compared with the bounds of the rule, if it is one of the table as a whole.
    pub measured: Option<Scalar>,
    /// What was found, in words.
    pub details: Vec<Text>,
}

/// What was counted of a table: all that a report depends on, besides the rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Rows.
    pub rows: u64,
    /// Cells.
    pub cells: u64,
    /// Null cells.
    pub null_cells: u64,
    /// NaN cells.
    pub nan_cells: u64,
    /// Missing (null or NaN) cells by column, for columns that have any.
    pub missing: Vec<(String, u64)>,
    /// One count for each rule, in the order of the set.
    pub rules: Vec<RuleCount>,
    /// For each record dimension that has rules: records that break at least one of them.
    pub failed: Vec<(Dimension, u64)>,
}

/// Judges what was counted by a rule set.
///
/// # Errors
///
/// [`Fault::Bug`] if there is not one count for each rule.
pub fn judge(observed: &Observed, rules: &RuleSet) -> Result<Report, Fault> {
    if observed.rules.len() != rules.rules.len() {
        return Err(Fault::Bug("a rule was not counted".to_owned()));
    }
    let results: Vec<RuleResult> = rules
        .rules
        .iter()
        .zip(&observed.rules)
        .map(|(rule, count)| RuleResult {
            rule: rule.clone(),
            checked: count.checked,
            violations: count.violations,
            passed: within(count, rule.tolerance_bp),
            rows: count.rows.clone(),
            measured: count.measured.clone(),
            details: count.details.clone(),
            keys: count.keys.map(|(keys, _)| keys),
            keys_once: count.keys.map(|(_, once)| once),
        })
        .collect();
    let failed = |severity| {
        results.iter().filter(|r| !r.passed && r.rule.severity == severity).count() as u32
    };
    let (errors, warnings) = (failed(Severity::Error), failed(Severity::Warning));
    let indices = indices(observed);
    let weights = applied(&rules.weights, &indices);
    let overall = overall(&indices, &weights);
    let grade = overall.map(|overall| grade(overall, rules));
    let mut notices = Vec::new();
    let listable = listing_notices(observed, &indices, grade.as_deref(), &mut notices);
    if errors > 0 {
        notices.push(notice(
            "error-rules-failed",
            format!("오류 등급 규칙 {errors}개를 통과하지 못했습니다."),
            format!("{errors} rules of severity error failed."),
        ));
    }
    notices.extend(mostly_missing(observed));
    Ok(Report {
        format: FORMAT,
        tool: TOOL.to_owned(),
        rule_set_digest: rule_set_digest(rules)?,
        rows: observed.rows,
        cells: observed.cells,
        null_cells: observed.null_cells,
        nan_cells: observed.nan_cells,
        results,
        indices,
        weights,
        overall,
        grade,
        errors,
        warnings,
        conforms: errors == 0,
        listable,
        notices,
    })
}

/// Whether the violations are within a tolerance, in basis points of what was checked.
fn within(count: &RuleCount, tolerance_bp: u16) -> bool {
    u128::from(count.violations) * 10_000 <= u128::from(tolerance_bp) * u128::from(count.checked)
}

/// An index, or none of nothing. Rounded half up, but full only if all passed: a table with a single
/// fault in a million rows must not read 100.00.
pub fn index(passed: u64, total: u64) -> Option<Index> {
    if total == 0 {
        return None;
    }
    let (part, whole) = (u128::from(passed), u128::from(total));
    let rounded = ((part * u128::from(FULL) * 2 + whole) / (whole * 2)) as u32;
    let hundredths = if passed < total { rounded.min(FULL - 1) } else { FULL };
    Some(Index { passed, total, hundredths })
}

/// The indices of R-160 that apply.
pub fn indices(observed: &Observed) -> Indices {
    if observed.rows == 0 {
        return Indices::default();
    }
    let missing = observed.null_cells + observed.nan_cells;
    let keys = observed.rules.iter().filter_map(|count| count.keys);
    // The worst key: the smallest share of keys that occur once, compared without division.
    let worst = keys.min_by_key(|(keys, once)| share(*once, *keys));
    let records = |dimension| {
        let found = observed.failed.iter().find(|(of, _)| *of == dimension);
        found.and_then(|(_, failed)| index(observed.rows.saturating_sub(*failed), observed.rows))
    };
    let uniqueness = worst.and_then(|(keys, once)| index(once, keys));
    let validity = records(Dimension::Validity);
    let consistency = records(Dimension::Consistency);
    let applicable: Vec<Index> =
        [uniqueness, validity, consistency].into_iter().flatten().collect();
    let whole = applicable.iter().filter(|index| index.passed == index.total).count();
    Indices {
        completeness: index(observed.cells.saturating_sub(missing), observed.cells),
        uniqueness,
        validity,
        consistency,
        accuracy: records(Dimension::Accuracy),
        integrity: index(whole as u64, applicable.len() as u64),
        timeliness: records(Dimension::Timeliness),
    }
}

/// A share as a number that orders shares: 64 bits behind the point.
fn share(part: u64, whole: u64) -> u128 {
    (u128::from(part) << 64) / u128::from(whole.max(1))
}

/// The weights of the indices that apply; the others are 0.
fn applied(weights: &Weights, indices: &Indices) -> Weights {
    let keep = |weight: u32, index: &Option<Index>| if index.is_some() { weight } else { 0 };
    Weights {
        completeness_bp: keep(weights.completeness_bp, &indices.completeness),
        uniqueness_bp: keep(weights.uniqueness_bp, &indices.uniqueness),
        validity_bp: keep(weights.validity_bp, &indices.validity),
        consistency_bp: keep(weights.consistency_bp, &indices.consistency),
        accuracy_bp: keep(weights.accuracy_bp, &indices.accuracy),
        integrity_bp: keep(weights.integrity_bp, &indices.integrity),
        timeliness_bp: keep(weights.timeliness_bp, &indices.timeliness),
    }
}

/// Σ weight·index / Σ weight. Dividing by the weights that apply shares out the others in
/// proportion. None without weight.
pub fn overall(indices: &Indices, weights: &Weights) -> Option<u32> {
    let parts = [
        (weights.completeness_bp, &indices.completeness),
        (weights.uniqueness_bp, &indices.uniqueness),
        (weights.validity_bp, &indices.validity),
        (weights.consistency_bp, &indices.consistency),
        (weights.accuracy_bp, &indices.accuracy),
        (weights.integrity_bp, &indices.integrity),
        (weights.timeliness_bp, &indices.timeliness),
    ];
    let weighed =
        || parts.iter().filter_map(|(weight, index)| Some((u64::from(*weight), (**index)?)));
    let weight: u64 = weighed().map(|(weight, _)| weight).sum();
    if weight == 0 {
        return None;
    }
    let sum: u64 = weighed().map(|(weight, index)| weight * u64::from(index.hundredths)).sum();
    let rounded = ((sum * 2 + weight) / (weight * 2)) as u32;
    let full = weighed().filter(|(weight, _)| *weight > 0).all(|(_, i)| i.hundredths == FULL);
    Some(if full { FULL } else { rounded.min(FULL - 1) })
}

/// The grade that an overall index earns.
pub fn grade(overall: u32, rules: &RuleSet) -> String {
    rules
        .grades
        .iter()
        .filter(|step| overall >= step.from_hundredths)
        .max_by_key(|step| step.from_hundredths)
        .map_or(GRADE_REJECT, |step| &step.grade)
        .to_owned()
}

/// Names what forbids a listing; returns whether nothing does.
fn listing_notices(
    observed: &Observed,
    indices: &Indices,
    grade: Option<&str>,
    notices: &mut Vec<Notice>,
) -> bool {
    let before = notices.len();
    if observed.rows == 0 {
        notices.push(notice(
            "no-rows",
            "행이 없어 품질 지수를 계산할 수 없습니다. 등록할 수 없습니다.",
            "There are no rows, so no index applies. The data cannot be listed.",
        ));
    } else if indices.uniqueness.is_none() {
        notices.push(notice(
            "no-key",
            "유일성을 판단할 키가 없습니다. 키 열을 정해야 등록할 수 있습니다.",
            "There is no key to judge uniqueness by. Name key columns to list the data.",
        ));
    }
    if grade == Some(GRADE_REJECT) {
        notices.push(notice(
            "grade-reject",
            "종합 품질 지수가 등급 기준에 미치지 못합니다.",
            "The overall index earns no grade.",
        ));
    }
    notices.len() == before
}

/// Columns with more than 30 % missing cells (R-161: flagged, never dropped).
fn mostly_missing(observed: &Observed) -> impl Iterator<Item = Notice> {
    observed
        .missing
        .iter()
        .filter(|(_, missing)| u128::from(*missing) * 10 > u128::from(observed.rows) * 3)
        .map(|(column, missing)| Notice {
            code: "mostly-null".to_owned(),
            column: Some(column.clone()),
            text: Text::new(
                format!("결측이 30 %를 넘습니다: {}행 중 {missing}개.", observed.rows),
                format!("More than 30 % is missing: {missing} of {} rows.", observed.rows),
            ),
        })
}

fn notice(code: &str, ko: impl Into<String>, en: impl Into<String>) -> Notice {
    Notice { code: code.to_owned(), column: None, text: Text::new(ko, en) }
}
