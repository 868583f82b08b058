//! Which records fail, kept as bits: for each record index, or for each rule if failing rows are
//! wanted by name.

use schema::data::quality::{Dimension, RuleSet};

use super::mask::Marks;
use crate::error::Fault;
use crate::limits::Limits;

/// Dimensions whose index counts records.
const RECORDS: [Dimension; 4] =
    [Dimension::Validity, Dimension::Consistency, Dimension::Accuracy, Dimension::Timeliness];

/// The marks of a validation.
pub(crate) struct Book {
    marks: Vec<Marks>,
    /// Number of the marks of each rule, if it judges records.
    of_rule: Vec<Option<usize>>,
    /// Numbers of the marks that a record index is computed from.
    dimensions: Vec<(Dimension, Vec<usize>)>,
    /// Whether each rule has marks of its own.
    by_rule: bool,
}

impl Book {
    /// Marks for the rules that judge records; `by_rule` gives each its own.
    ///
    /// # Errors
    ///
    /// `rows-too-many` if they would take more than half of the memory allowed.
    pub(crate) fn new(
        rules: &RuleSet,
        rows: u64,
        by_rule: bool,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let record = |rule: usize| {
            let dimension = rules.rules[rule].dimension();
            dimension.filter(|of| RECORDS.contains(of))
        };
        let mut count = 0;
        let mut of_rule = vec![None; rules.rules.len()];
        let mut dimensions: Vec<(Dimension, Vec<usize>)> = Vec::new();
        for dimension in RECORDS {
            let members: Vec<usize> =
                (0..of_rule.len()).filter(|rule| record(*rule) == Some(dimension)).collect();
            let first = count;
            for rule in &members {
                of_rule[*rule] = Some(count);
                count += usize::from(by_rule);
            }
            count += usize::from(!by_rule && !members.is_empty());
            if count > first {
                dimensions.push((dimension, (first..count).collect()));
            }
        }
        if by_rule {
            for (rule, slot) in of_rule.iter_mut().enumerate() {
                if slot.is_none() && rules.rules[rule].dimension().is_some() {
                    *slot = Some(count);
                    count += 1;
                }
            }
        }
        let bytes = (rows / 8).saturating_mul(count as u64);
        if bytes > limits.memory_bytes_max as u64 / 2 {
            return Err(Fault::input(
                "rows-too-many",
                format!("규칙을 적용하기에 행이 너무 많습니다: {rows}. 파일을 나누어 검사하세요."),
                format!("Too many rows to apply rules to: {rows}. Split the file."),
            ));
        }
        let marks = (0..count).map(|_| Marks::new(rows)).collect();
        Ok(Self { marks, of_rule, dimensions, by_rule })
    }

    /// The marks that a rule sets.
    pub(crate) fn of(&self, rule: usize) -> Option<&Marks> {
        self.marks.get((*self.of_rule.get(rule)?)?)
    }

    /// For each record dimension that has rules: records that break at least one of them.
    pub(crate) fn failed(&self) -> Vec<(Dimension, u64)> {
        let count = |marks: &[usize]| match marks {
            [one] => self.marks[*one].count(),
            several => {
                let words = several.iter().map(|at| self.marks[*at].len()).max().unwrap_or(0);
                let any = |word| several.iter().fold(0, |all, at| all | self.marks[*at].word(word));
                (0..words).map(|word| u64::from(any(word).count_ones())).sum()
            }
        };
        self.dimensions.iter().map(|(dimension, marks)| (*dimension, count(marks))).collect()
    }

    /// The first `max` pairs of a row (1-based) and a rule that it breaks, by row and rule; and
    /// whether there are more. Only with marks by rule.
    pub(crate) fn pairs(&self, max: usize) -> (Vec<(u64, usize)>, bool) {
        let mut pairs = Vec::new();
        if !self.by_rule {
            return (pairs, false);
        }
        let words = self.marks.iter().map(Marks::len).max().unwrap_or(0);
        for word in 0..words {
            let any = self.marks.iter().fold(0, |all, marks| all | marks.word(word));
            for bit in (0..64).filter(|bit| any >> bit & 1 == 1) {
                let row = word as u64 * 64 + bit + 1;
                for rule in 0..self.of_rule.len() {
                    if self.of(rule).is_some_and(|marks| marks.word(word) >> bit & 1 == 1) {
                        if pairs.len() == max {
                            return (pairs, true);
                        }
                        pairs.push((row, rule));
                    }
                }
            }
        }
        (pairs, false)
    }
}
