//! The verdict in plain words, the indices as bars, and what to do next.

use std::collections::BTreeMap;

use schema::data::privacy::{Outcome, Place};
use schema::data::quality::{GRADE_REJECT, Index, Report, Severity};

use super::html::{count, hundredths, percent};
use super::rules::{advice, columns_of, kind_of};
use super::{Sheet, chart};
use crate::profile::cut;

/// Things to do that are listed.
const NEXT_MAX: usize = 14;
/// Names listed in one of them.
const NAMES_MAX: usize = 8;

impl Sheet<'_> {
    pub(super) fn verdict(&mut self) {
        let page = self.page;
        let blocked = page.privacy.outcome == Outcome::Block;
        let passed = page.report.map(|report| report.conforms && report.listable && !blocked);
        self.html.raw(match passed {
            Some(true) => "<section id=\"verdict\" class=\"passed\">",
            Some(false) => "<section id=\"verdict\" class=\"failed\">",
            None => "<section id=\"verdict\">",
        });
        self.html.raw("<div class=\"verdict\">");
        if let Some(report) = page.report {
            self.grade(report);
        }
        self.html.raw("<div><p class=\"say\">");
        let (ko, en) = match (passed, blocked) {
            (_, true) => (
                "개인정보가 발견되어 이대로는 내보낼 수 없습니다.",
                "Personal data was found: this data must not be passed on as it is.",
            ),
            (Some(true), _) => (
                "품질 기준을 통과했습니다. 인증하고 등록할 수 있습니다.",
                "The data passes. It can be certified and listed.",
            ),
            (Some(false), _) => (
                "아직 등록할 수 없습니다. 아래 ‘다음 할 일’을 먼저 처리하십시오.",
                "Not ready to be listed. See “What to do next” below.",
            ),
            (None, _) => (
                "통계만 낸 보고서입니다. 품질 규칙으로는 검사하지 않았습니다.",
                "Measurements only. No quality rules were applied.",
            ),
        };
        self.html.both(ko, en).raw("</p>");
        if let Some(report) = page.report {
            self.reasons(report);
        }
        self.html.raw("</div></div>");
        self.figures();
        if let Some(report) = page.report {
            self.indices(report);
        }
        self.html.raw("</section>\n");
    }

    fn grade(&mut self, report: &Report) {
        let grade = report.grade.as_deref();
        let class = match grade {
            None => "none",
            Some(GRADE_REJECT) => "fail",
            Some(_) => "pass",
        };
        let shown = cut(grade.unwrap_or("–"), 8);
        self.html.raw("<div class=\"grade ").raw(class);
        self.html.raw(if shown.chars().count() > 2 { " long\">" } else { "\">" });
        self.html.raw("<small>").both("등급", "Grade").raw("</small>").text(&shown).raw("</div>");
    }

    fn reasons(&mut self, report: &Report) {
        let broken = report.results.iter().filter(|result| !result.passed).count();
        let rules = report.results.len();
        self.html.raw("<p>");
        self.html.both(
            &format!(
                "규칙 {rules}개 가운데 {}개를 지켰고 {broken}개를 어겼습니다.",
                rules - broken
            ),
            &format!("{} of {rules} rules hold, {broken} are broken.", rules - broken),
        );
        if self.page.suggested {
            self.html.raw(" ").both(
                "(규칙은 이 데이터를 보고 프로그램이 제안한 것입니다.)",
                "(The rules were suggested by this program from the data itself.)",
            );
        }
        self.html.raw("</p>");
        if let Some(overall) = report.overall {
            let value = hundredths(overall);
            self.html.raw("<p>").both(
                &format!("종합 품질지수 {value}점 (100점 만점)"),
                &format!("Overall quality index {value} of 100"),
            );
            self.html.raw("</p>");
        }
    }

    fn figures(&mut self) {
        let profile = self.page.profile;
        let missing = profile.null_cells + profile.nan_cells;
        self.html.raw("<dl class=\"figures\">");
        self.html.fact("행", "Rows", count(profile.rows));
        self.html.fact("열", "Columns", count(profile.columns.len() as u64));
        self.html.fact("빈칸", "Missing cells", percent(missing, profile.cells));
        if let Some(duplicates) = &profile.duplicate_rows {
            self.html.fact("중복 행", "Repeated rows", count(duplicates.rows));
        }
        if let Some(time) = profile.time.first() {
            self.html.fact("시각 공백", "Gaps in time", count(time.gaps));
            self.html.fact("거꾸로 간 시각", "Times going back", count(time.backward));
        }
        self.html.raw("</dl>");
    }

    fn indices(&mut self, report: &Report) {
        let of = &report.indices;
        let rows: [(&str, &str, &str, &str, Option<Index>); 7] = [
            ("완전성", "Completeness", "값이 있는 칸", "cells with a value", of.completeness),
            ("유일성", "Uniqueness", "한 번만 나오는 키", "keys that occur once", of.uniqueness),
            (
                "유효성",
                "Validity",
                "범위·형식에 맞는 행",
                "rows within range and form",
                of.validity,
            ),
            ("일관성", "Consistency", "서로 어긋나지 않는 행", "rows that agree", of.consistency),
            ("정확성", "Accuracy", "현실에 맞는 행", "rows true to reality", of.accuracy),
            ("무결성", "Integrity", "온전한 지수", "indices at 100", of.integrity),
            ("적시성", "Timeliness", "제때 도착한 행", "rows in time", of.timeliness),
        ];
        self.html.raw("<div class=\"scroll\"><table class=\"indices\"><caption>");
        self.html.both("품질지수 (R-160)", "Quality indices (R-160)").raw("</caption>");
        self.html.heads(&[("지수", "Index"), ("", ""), ("점수", "Points"), ("센 것", "Counted")]);
        self.html.raw("<tbody>");
        for (ko, en, what_ko, what_en, index) in rows {
            self.html.raw("<tr><th scope=\"row\">").both(ko, en).raw("</th><td>");
            match index {
                Some(index) => {
                    chart::bar(&mut self.html, index.hundredths, index.hundredths >= 9_500);
                    self.html.raw("</td><td class=\"n\">").put(hundredths(index.hundredths));
                    self.html.raw("</td><td>").both(what_ko, what_en).raw(" ");
                    self.html.put(count(index.passed)).raw(" / ").put(count(index.total));
                }
                None => {
                    self.html.raw("</td><td class=\"n\">–</td><td class=\"soft\">");
                    self.html.both("해당 규칙 없음", "no rule of this kind");
                }
            }
            self.html.raw("</td></tr>");
        }
        self.html.raw("</tbody></table></div>");
    }

    pub(super) fn next(&mut self) {
        self.html.raw("<section id=\"next\"><h2>").both("다음 할 일", "What to do next");
        self.html.raw("</h2><ol>");
        let before = self.personal();
        let told = before + self.notices();
        let told = told + self.advices(NEXT_MAX.saturating_sub(told));
        if told == 0 {
            match self.page.report {
                Some(_) => self.html.raw("<li>").both(
                    "고칠 것이 없습니다. 인증서를 만드십시오: jangteo-process certify",
                    "Nothing to mend. Make a certificate: jangteo-process certify",
                ),
                None => self.html.raw("<li>").both(
                    "규칙으로 검사하십시오: jangteo-process validate",
                    "Validate by rules: jangteo-process validate",
                ),
            };
            self.html.raw("</li>");
        }
        self.html.raw("</ol></section>\n");
    }

    /// Columns in which personal data was found.
    fn personal(&mut self) -> usize {
        let privacy = self.page.privacy;
        let mut columns: BTreeMap<usize, Outcome> = BTreeMap::new();
        let mut elsewhere = false;
        for finding in &privacy.findings {
            let at = finding.column_number.and_then(|number| usize::try_from(number).ok());
            match at.and_then(|number| number.checked_sub(1)) {
                Some(at) => {
                    let worst = columns.entry(at).or_default();
                    *worst = (*worst).max(finding.outcome);
                }
                None => elsewhere |= matches!(finding.place, Place::FileName | Place::Metadata),
            }
        }
        let mut told = 0;
        for (outcome, ko, en) in [
            (
                Outcome::Block,
                "개인 식별정보가 있는 열을 지우십시오(drop_columns): ",
                "Drop the columns that identify people (drop_columns): ",
            ),
            (
                Outcome::Review,
                "개인정보일 수 있는 열을 확인하십시오: ",
                "Check the columns that may hold personal data: ",
            ),
        ] {
            let names: Vec<String> = columns
                .iter()
                .filter(|(_, worst)| **worst == outcome)
                .map(|(at, _)| self.name(*at))
                .collect();
            if !names.is_empty() {
                self.html.raw("<li>").both(ko, en).text(&listed(&names)).raw("</li>");
                told += 1;
            }
        }
        if elsewhere {
            self.html.raw("<li>").both(
                "파일 이름이나 파일 설명에 개인정보가 있는지 확인하십시오.",
                "Check the file name and the file's metadata for personal data.",
            );
            self.html.raw("</li>");
            told += 1;
        }
        told
    }

    fn notices(&mut self) -> usize {
        let Some(report) = self.page.report else { return 0 };
        let mut told = 0;
        for notice in report.notices.iter().take(NEXT_MAX) {
            // How many rules failed is said above, and which ones below.
            let hidden = notice.column.as_deref().is_some_and(|name| self.hidden(name));
            if notice.code == "error-rules-failed" || hidden {
                continue;
            }
            self.html.raw("<li>");
            if let Some(name) = &notice.column {
                let name = self.called(name);
                self.html.raw("<strong>").text(&name).raw("</strong>: ");
            }
            self.html.words(&notice.text).raw("</li>");
            told += 1;
        }
        told
    }

    /// One advice for each kind of broken rule, the graver first.
    fn advices(&mut self, room: usize) -> usize {
        let Some(report) = self.page.report else { return 0 };
        let mut kinds: Vec<(String, Severity, Vec<String>)> = Vec::new();
        for severity in [Severity::Error, Severity::Warning] {
            let broken = report.results.iter().filter(|r| !r.passed && r.rule.severity == severity);
            for result in broken {
                let kind = kind_of(&result.rule.check);
                let names =
                    columns_of(&result.rule.check).iter().map(|name| self.called(name)).collect();
                match kinds.iter_mut().find(|(known, of, _)| *known == kind && *of == severity) {
                    Some((.., known)) => known.extend::<Vec<String>>(names),
                    None => kinds.push((kind, severity, names)),
                }
            }
        }
        let told = kinds.len().min(room);
        for (kind, severity, mut names) in kinds.into_iter().take(room) {
            names.dedup();
            self.html.raw("<li>");
            self.severity(severity);
            if !names.is_empty() {
                self.html.raw("<strong>").text(&listed(&names)).raw("</strong>: ");
            }
            self.html.words(&advice(&kind)).raw("</li>");
        }
        told
    }

    pub(super) fn severity(&mut self, severity: Severity) {
        match severity {
            Severity::Error => {
                self.html.raw("<span class=\"tag error\">").both("오류", "Error").raw("</span>")
            }
            Severity::Warning => {
                self.html.raw("<span class=\"tag warning\">").both("주의", "Warning").raw("</span>")
            }
        };
    }
}

/// A few names, and how many more there are.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_MAX).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} … +{more}"),
    }
}
