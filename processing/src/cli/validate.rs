//! `validate`: how a file fares by rules.

use std::path::{Path, PathBuf};

use processing::quality::Assessment;
use processing::{Fault, profile, quality};
use schema::data::quality::{Index, Report, RuleSet};

use super::html::Drawn;
use super::say::{Page, hundredths};
use super::{Desk, Table, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Validate {
    /// 파일 · file
    file: PathBuf,
    /// 규칙(YAML, JSON); 없으면 제안 규칙 · rules; suggested ones if absent
    #[arg(long)]
    rules: Option<PathBuf>,
    /// 사람이 읽는 보고서(HTML)를 적을 파일 · where to write the report that people read
    #[arg(long)]
    html: Option<PathBuf>,
}

impl Desk {
    pub(super) fn validate(&self, args: &Validate) -> Result<Verdict, Fault> {
        let table = self.table(&args.file)?;
        let (_, assessment) = self.assessed(&table, args.rules.as_deref())?;
        let report = &assessment.report;
        if let Some(path) = &args.html {
            let drawn = Drawn {
                report: Some(report),
                suggested: args.rules.is_none(),
                ..Drawn::of(&args.file, &table, &assessment.profile)
            };
            self.draw(path, &drawn)?;
        }
        self.print(report, |page| judge(page, report))?;
        Ok(verdict(report))
    }

    /// Rules, given or suggested, and what comes of them.
    pub(super) fn assessed(
        &self,
        table: &Table,
        rules: Option<&Path>,
    ) -> Result<(RuleSet, Assessment), Fault> {
        let rules = match rules {
            Some(path) => self.document(path)?,
            None => {
                let profile =
                    profile::profile(&table.path, &table.dictionary, &self.limits, &self.progress)?;
                quality::suggest(&profile, &table.dictionary)
            }
        };
        let (path, dictionary) = (&table.path, &table.dictionary);
        let assessment = quality::assess(path, dictionary, &rules, &self.limits, &self.progress)?;
        Ok((rules, assessment))
    }
}

pub(super) fn verdict(report: &Report) -> Verdict {
    if report.conforms && report.listable { Verdict::Passed } else { Verdict::Failed }
}

pub(super) fn judge(page: &mut Page, report: &Report) {
    let rows: Vec<Vec<String>> = report
        .results
        .iter()
        .map(|result| {
            let rows: Vec<String> = result.rows.iter().map(u64::to_string).collect();
            vec![
                page.pick(
                    if result.passed { "통과" } else { "위반" },
                    if result.passed { "ok" } else { "FAIL" },
                )
                .to_owned(),
                result.rule.id.clone(),
                result.checked.to_string(),
                result.violations.to_string(),
                rows.join(" "),
            ]
        })
        .collect();
    let heads = [
        ("결과", "result"),
        ("규칙", "rule"),
        ("검사", "checked"),
        ("위반", "violations"),
        ("위반 행", "rows"),
    ];
    page.table(&heads, &rows);
    page.gap();
    let index = |index: Option<Index>| index.map_or("–".to_owned(), |i| hundredths(i.hundredths));
    page.fact("완전성", "completeness", index(report.indices.completeness));
    page.fact("유일성", "uniqueness", index(report.indices.uniqueness));
    page.fact("유효성", "validity", index(report.indices.validity));
    page.fact("일관성", "consistency", index(report.indices.consistency));
    page.fact("정확성", "accuracy", index(report.indices.accuracy));
    page.fact("무결성", "integrity", index(report.indices.integrity));
    page.fact("적시성", "timeliness", index(report.indices.timeliness));
    page.fact("종합", "overall", report.overall.map_or("–".to_owned(), hundredths));
    page.fact("등급", "grade", report.grade.as_deref().unwrap_or("–"));
    for notice in &report.notices {
        page.text(&notice.text);
    }
}
