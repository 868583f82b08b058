//! What was violated: the rule in words, how often, and rows that show it.

use schema::data::quality::{RuleResult, Severity};

use super::Sheet;
use super::html::{count, percent};
use super::rules::{columns_of, sentence};
use super::sketch::{Sample, SampleCell};

/// Broken rules that are told at length.
const BROKEN_MAX: usize = 60;
/// Rules that are listed.
const LISTED_MAX: usize = 1_200;

impl Sheet<'_> {
    pub(super) fn broken(&mut self) {
        let Some(report) = self.page.report else { return };
        self.html.raw("<section id=\"rules\"><h2>").both("규칙 검사", "Rules").raw("</h2>");
        let mut broken: Vec<(usize, &RuleResult)> =
            report.results.iter().enumerate().filter(|(_, result)| result.violations > 0).collect();
        broken.sort_by_key(|(at, result)| {
            (result.passed, result.rule.severity == Severity::Warning, *at)
        });
        if broken.is_empty() {
            self.html.raw("<p>").both("어긴 규칙이 없습니다.", "No rule is broken.").raw("</p>");
        }
        let failed = broken.iter().filter(|(_, result)| !result.passed).count();
        for (at, result) in broken.iter().take(failed.min(BROKEN_MAX)) {
            self.rule(*at, result);
        }
        let tolerated = broken.iter().skip(failed).take(BROKEN_MAX.saturating_sub(failed));
        if broken.len() > failed {
            let rules = broken.len() - failed;
            self.html.raw("<details><summary>").both(
                &format!("허용 범위 안에서 어긴 규칙 {rules}개"),
                &format!("{rules} rules broken within their tolerance"),
            );
            self.html.raw("</summary>");
            for (at, result) in tolerated {
                self.rule(*at, result);
            }
            self.html.raw("</details>");
        }
        if broken.len() > BROKEN_MAX {
            let more = count((broken.len() - BROKEN_MAX) as u64);
            self.html.raw("<p class=\"note\">").both(
                &format!("어긴 규칙 {more}개는 아래 표에만 있습니다."),
                &format!("{more} more broken rules are only in the table below."),
            );
            self.html.raw("</p>");
        }
        self.all_rules();
        self.html.raw("</section>\n");
    }

    fn rule(&mut self, at: usize, result: &RuleResult) {
        self.html.raw(match (result.passed, result.rule.severity) {
            (true, _) => "<article class=\"rule tolerated\"><h3>",
            (false, Severity::Error) => "<article class=\"rule\"><h3>",
            (false, Severity::Warning) => "<article class=\"rule warning\"><h3>",
        });
        if result.passed {
            self.html.raw("<span class=\"tag plain\">").both("허용 범위 안", "Tolerated");
            self.html.raw("</span>");
        } else {
            self.severity(result.rule.severity);
        }
        let text = sentence(&result.rule.check, self);
        self.html.words(&text).raw("</h3><p>");
        let (broken, checked) = (count(result.violations), count(result.checked));
        let share = percent(result.violations, result.checked);
        self.html.both(
            &format!("{checked}행 가운데 {broken}행({share})이 어깁니다."),
            &format!("{broken} of {checked} rows ({share}) break it."),
        );
        if result.rule.tolerance_bp > 0 {
            let tolerance = f64::from(result.rule.tolerance_bp) / 100.0;
            self.html.raw(" ").both(
                &format!("{tolerance} %까지 허용합니다."),
                &format!("Up to {tolerance} % are tolerated."),
            );
        }
        self.html.raw("</p>");
        let sketch = self.page.sketch;
        let sample = sketch.and_then(|sketch| sketch.samples.iter().find(|s| s.rule == at));
        match sample {
            Some(sample) => self.sample(sample, &columns_of(&result.rule.check)),
            None if !result.rows.is_empty() => {
                let rows: Vec<String> = result.rows.iter().map(|row| count(*row)).collect();
                self.html.raw("<p class=\"note\">").both("행 번호", "Rows").raw(": ");
                self.html.text(&rows.join(" · ")).raw("</p>");
            }
            None => {}
        }
        self.html.raw("</article>");
    }

    /// Rows that break a rule; the rule's own columns stand out.
    fn sample(&mut self, sample: &Sample, own: &[String]) {
        self.html.raw("<div class=\"scroll\"><table><caption>");
        self.html.both("어긴 행의 예", "Rows that break it").raw("</caption><thead><tr>");
        self.html.head("행", "Row");
        for column in &sample.columns {
            let name = self.name(*column);
            self.html.raw("<th scope=\"col\">").text(&name).raw("</th>");
        }
        self.html.raw("</tr></thead><tbody>");
        for row in &sample.rows {
            self.html.raw("<tr><th scope=\"row\">").put(count(row.row)).raw("</th>");
            for (column, cell) in sample.columns.iter().zip(&row.cells) {
                let measured = self.page.profile.columns.get(*column);
                let marked = measured.is_some_and(|measured| own.contains(&measured.name));
                self.html.raw("<td>");
                self.cell(cell, *column, marked);
                self.html.raw("</td>");
            }
            self.html.raw("</tr>");
        }
        self.html.raw("</tbody></table></div>");
    }

    fn cell(&mut self, cell: &SampleCell, column: usize, marked: bool) {
        match cell {
            // A sketch made elsewhere may know less of what is personal.
            SampleCell::Value(_) | SampleCell::Masked
                if *cell == SampleCell::Masked || self.masks.cells(column) =>
            {
                self.html.raw("<span class=\"masked\">●●●</span>");
            }
            SampleCell::Value(value) => {
                let text = super::scalar(value);
                self.html.raw(if marked { "<mark>" } else { "<span>" }).text(&text);
                self.html.raw(if marked { "</mark>" } else { "</span>" });
            }
            SampleCell::Null | SampleCell::Masked => {
                self.html.raw("<span class=\"null\">").both("빈칸", "missing").raw("</span>");
            }
        }
    }

    fn all_rules(&mut self) {
        let Some(report) = self.page.report else { return };
        self.html.raw("<details><summary>");
        let rules = report.results.len();
        self.html.both(&format!("모든 규칙 {rules}개"), &format!("All {rules} rules"));
        self.html.raw("</summary><div class=\"scroll\"><table>");
        self.html.heads(&[
            ("결과", "Result"),
            ("규칙", "Rule"),
            ("검사한 행", "Checked"),
            ("어긴 행", "Broken"),
        ]);
        self.html.raw("<tbody>");
        for result in report.results.iter().take(LISTED_MAX) {
            self.html.raw("<tr><td>");
            if result.passed {
                self.html.raw("<span class=\"tag ok\">").both("통과", "Holds").raw("</span>");
            } else {
                self.severity(result.rule.severity);
            }
            let text = sentence(&result.rule.check, self);
            self.html.raw("</td><td>").words(&text).raw("</td><td class=\"n\">");
            self.html.put(count(result.checked)).raw("</td><td class=\"n\">");
            self.html.put(count(result.violations)).raw("</td></tr>");
        }
        self.html.raw("</tbody></table></div>");
        if rules > LISTED_MAX {
            let more = count((rules - LISTED_MAX) as u64);
            self.html.raw("<p class=\"note\">").both(
                &format!("규칙 {more}개는 JSON 보고서에 있습니다."),
                &format!("{more} more rules are in the JSON report."),
            );
            self.html.raw("</p>");
        }
        self.html.raw("</details>");
    }
}
