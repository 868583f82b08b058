//! Rule sets as text: YAML, or JSON, with faults that say where.

use schema::data::quality::{GradeStep, Rule, RuleSet, Weights};
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::error::Fault;

/// Bytes of a rule set.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// A rule set as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleDocument {
    /// The rules.
    pub set: RuleSet,
    /// 1-based line of each rule; empty for JSON.
    pub lines: Vec<u64>,
}

/// A rule set whose rules are still to be read, so that a fault has a line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    #[serde(default = "format")]
    format: u32,
    rules: Vec<Spanned<serde_json::Value>>,
    #[serde(default)]
    weights: Weights,
    #[serde(default = "RuleSet::default_grades")]
    grades: Vec<GradeStep>,
}

fn format() -> u32 {
    RuleSet::FORMAT
}

/// Reads a rule set from YAML or JSON.
///
/// # Errors
///
/// `rules-invalid` with the line: not YAML, an unknown check, an unknown or missing field, a value
/// of the wrong kind, another format.
pub fn parse(text: &str) -> Result<RuleDocument, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > TEXT_BYTES_MAX {
        return Err(invalid(None, "규칙 파일이 16 MiB보다 깁니다", "the file is above 16 MiB"));
    }
    let (set, lines) = if text.trim_start().starts_with('{') {
        let set: RuleSet = serde_json::from_str(text).map_err(|error| {
            let shown = error.to_string();
            invalid(Some(error.line() as u64), reason(&shown), reason(&shown))
        })?;
        (set, Vec::new())
    } else {
        yaml(text)?
    };
    if set.format != RuleSet::FORMAT {
        let format = set.format;
        return Err(invalid(
            None,
            &format!("알 수 없는 형식 버전입니다: {format}"),
            &format!("format {format} is not known"),
        ));
    }
    Ok(RuleDocument { set, lines })
}

fn yaml(text: &str) -> Result<(RuleSet, Vec<u64>), Fault> {
    let draft: Draft = serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map(|at| at.line());
        let shown = error.without_snippet().to_string();
        let why = reason(shown.lines().next().unwrap_or(""));
        invalid(line, why, why)
    })?;
    let lines: Vec<u64> = draft.rules.iter().map(|rule| rule.referenced.line()).collect();
    let mut rules = Vec::with_capacity(draft.rules.len());
    for (at, rule) in draft.rules.into_iter().enumerate() {
        let rule: Rule = serde_json::from_value(rule.value).map_err(|error| {
            let shown = error.to_string();
            let end = lines.get(at + 1).copied().unwrap_or(u64::MAX);
            let line = line_of(text, lines[at], end, &shown);
            invalid(Some(line), reason(&shown), reason(&shown))
        })?;
        rules.push(rule);
    }
    let Draft { format, weights, grades, .. } = draft;
    Ok((RuleSet { format, rules, weights, grades }, lines))
}

/// The line between two that holds the word which a fault quotes, or the first.
fn line_of(text: &str, first: u64, end: u64, fault: &str) -> u64 {
    let Some(word) = fault.split('`').nth(1) else { return first };
    let numbered = (1_u64..).zip(text.lines());
    let mut of_rule = numbered.filter(|(line, _)| (first..end).contains(line));
    of_rule.find(|(_, text)| text.contains(word)).map_or(first, |(line, _)| line)
}

/// The reason without the place, which is told apart from it.
fn reason(text: &str) -> &str {
    text.split(" at line ").next().unwrap_or(text)
}

fn invalid(line: Option<u64>, ko: &str, en: &str) -> Fault {
    match line {
        Some(line) => Fault::input(
            "rules-invalid",
            format!("규칙 파일의 {line}번째 줄이 잘못되었습니다: {ko}"),
            format!("the rules are wrong in line {line}: {en}"),
        )
        .at_row(line),
        None => Fault::input(
            "rules-invalid",
            format!("규칙 파일이 잘못되었습니다: {ko}"),
            format!("the rules are wrong: {en}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use schema::data::quality::{Check, RuleSet, Severity};

    use super::parse;
    use crate::error::{Fault, InputFault};

    const GOOD: &str = "\
# limits of line 3
rules:
  - id: a
    check: {kind: range, column: 압력, min: 0, max: 20.5}
    tolerance_bp: 10
  - id: b
    check:
      kind: monotonic
      column: t
    severity: warning
    reason: {ko: 시각은 줄지 않습니다., en: Time does not fall.}
";

    fn refused(text: &str) -> InputFault {
        match parse(text) {
            Err(Fault::Input(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn yaml_and_json_say_the_same() {
        let yaml = parse(GOOD).unwrap();
        assert_eq!(yaml.lines, [3, 6]);
        assert_eq!(yaml.set.rules[1].severity, Severity::Warning);
        assert!(matches!(yaml.set.rules[0].check, Check::Range { .. }));
        let json = serde_json::to_string(&yaml.set).unwrap();
        assert_eq!(parse(&format!("\u{feff}{json}")).unwrap().set, yaml.set);
        let written = serde_saphyr::to_string(&yaml.set).unwrap();
        assert_eq!(parse(&written).unwrap().set, yaml.set);
        let empty = serde_saphyr::to_string(&RuleSet::default()).unwrap();
        assert_eq!(parse(&empty).unwrap().set, RuleSet::default());
    }

    #[test]
    fn a_fault_names_its_line() {
        for (from, to, line) in [
            ("kind: monotonic", "kind: monotonous", 8),
            ("    severity: warning", "    severity: fatal", 10),
            ("tolerance_bp", "tolerence_bp", 5),
            ("      column: t", "      colunm: t", 9),
            ("min: 0,", "min: [0],", 3),
            ("      column: t\n", "", 6),
            ("rules:", "rulez:", 2),
        ] {
            let fault = refused(&GOOD.replacen(from, to, 1));
            assert_eq!((&fault.code[..], fault.row), ("rules-invalid", Some(line)), "{to}");
            assert!(fault.text.en.contains(&format!("in line {line}")), "{}", fault.text.en);
            assert!(fault.text.ko.contains(&format!("{line}번째 줄")), "{}", fault.text.ko);
        }
        assert_eq!(refused("{\n\"rules\": [\n{\"id\": 1}]}").row, Some(3));
        assert_eq!(refused("format: 2\nrules: []\n").code, "rules-invalid");
    }
}
