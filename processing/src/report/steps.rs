//! What a pipeline did, step by step, and how it changed the columns.

use schema::data::lineage::{FittedValue, StepRecord};
use schema::data::profile::{ColumnProfile, Profile};

use super::html::{count, number};
use super::{Sheet, chart};
use crate::profile::cut;

/// Fitted parameters shown of one step.
const FITTED_MAX: usize = 24;
/// Columns that are drawn before and after.
const CHANGED_MAX: usize = 24;
/// Names of dropped columns that are shown.
const DROPPED_MAX: usize = 20;

impl Sheet<'_> {
    pub(super) fn steps(&mut self) {
        let Some(lineage) = self.page.lineage else { return };
        self.html.raw("<section id=\"steps\"><h2>").both("전처리 단계", "Cleaning steps");
        self.html.raw("</h2><div class=\"scroll\"><table>");
        self.html.heads(&[
            ("번호", "No."),
            ("단계", "Step"),
            ("행 전 → 후", "Rows before → after"),
            ("열 전 → 후", "Columns before → after"),
            ("바뀐 칸", "Cells changed"),
            ("데이터에서 정한 값", "Found on the data"),
        ]);
        self.html.raw("<tbody>");
        for step in &lineage.steps {
            self.step(step);
        }
        self.html.raw("</tbody></table></div>");
        if let Some(before) = self.page.before {
            self.changed(before);
        }
        self.html.raw("</section>\n");
    }

    fn step(&mut self, step: &StepRecord) {
        let (ko, en) = step_name(&step.step);
        self.html.raw("<tr><th scope=\"row\">").put(step.number).raw("</th><td>").both(ko, en);
        self.html.raw("<br><code>").text(&step.step).raw("</code></td><td class=\"n\">");
        self.html.text(&arrow(step.rows_in, step.rows_out)).raw("</td><td class=\"n\">");
        let (before, after) = (u64::from(step.columns_in), u64::from(step.columns_out));
        self.html.text(&arrow(before, after)).raw("</td><td class=\"n\">");
        self.html.put(count(step.cells_changed)).raw("</td><td>");
        if !step.dropped_columns.is_empty() {
            let shown = step.dropped_columns.iter().filter(|name| !self.hidden(name));
            let names: Vec<String> = shown.take(DROPPED_MAX).map(|name| cut(name, 40)).collect();
            let more = step.dropped_columns.len() - names.len();
            self.html.both("버린 열", "Columns dropped").raw(": ").text(&names.join(", "));
            if more > 0 {
                self.html.put(format!(" … +{more}"));
            }
        }
        self.fitted(step);
        self.html.raw("</td></tr>");
    }

    fn fitted(&mut self, step: &StepRecord) {
        if step.fitted.is_empty() {
            return;
        }
        let all = step.fitted.len() as u64 + step.fitted_left_out;
        self.html.raw("<details><summary>");
        self.html.both(&format!("값 {}개", count(all)), &format!("{} values", count(all)));
        self.html.raw("</summary><ul>");
        for fitted in step.fitted.iter().take(FITTED_MAX) {
            let personal = self.position(&fitted.column).is_some_and(|at| self.masks.cells(at));
            let value = match &fitted.value {
                _ if personal => "●●●".to_owned(),
                FittedValue::Number(value) => number(*value),
                FittedValue::Text(text) => cut(text, 40),
            };
            let name = self.called(&fitted.column);
            self.html.raw("<li>").text(&name).raw(" ");
            if !fitted.group.is_empty() {
                // Which columns a group is of is not recorded; it could be of people.
                let hide = self.masks.any();
                let shown =
                    |part: &String| if hide { "●●●".to_owned() } else { cut(part, 24) };
                let group = fitted.group.iter().map(shown).collect::<Vec<_>>();
                self.html.raw("[").text(&group.join(", ")).raw("] ");
            }
            self.html.text(&cut(&fitted.name, 40)).raw(" = ").text(&value).raw("</li>");
        }
        self.html.raw("</ul>");
        if all > FITTED_MAX as u64 {
            let more = count(all - FITTED_MAX as u64);
            self.html.raw("<p class=\"note\">").both(
                &format!("{more}개는 계보 파일에 있습니다."),
                &format!("{more} more are in the lineage."),
            );
            self.html.raw("</p>");
        }
        self.html.raw("</details>");
    }

    /// Columns that are not what they were.
    fn changed(&mut self, before: &Profile) {
        let after = self.page.profile;
        let pairs: Vec<(usize, &ColumnProfile, &ColumnProfile)> = after
            .columns
            .iter()
            .enumerate()
            .filter_map(|(at, now)| Some((at, before.column(&now.name)?, now)))
            .filter(|(at, was, now)| differs(was, now) && !self.masks.cells(*at))
            .collect();
        if pairs.is_empty() {
            return;
        }
        self.html.raw("<h3>").both("달라진 열", "Columns that changed").raw("</h3>");
        self.html.raw("<p class=\"legend\"><span><i class=\"k-before\"></i>").both("전", "before");
        self.html.raw("</span><span><i class=\"k-line\"></i>").both("후", "after");
        self.html.raw("</span></p><div class=\"cards\">");
        for (at, was, now) in pairs.iter().take(CHANGED_MAX) {
            let name = self.name(*at);
            self.html.raw("<article class=\"card\"><h3>").text(&name).raw("</h3>");
            if let Some(histogram) = &now.histogram {
                let behind = was.histogram.as_ref();
                chart::histogram(&mut self.html, histogram, behind);
                let lo = behind.map_or(histogram.lo, |behind| behind.lo.min(histogram.lo));
                let hi = behind.map_or(histogram.hi, |behind| behind.hi.max(histogram.hi));
                self.html.raw("<div class=\"axis\"><span>").put(number(lo)).raw("</span><span>");
                self.html.put(number(hi)).raw("</span></div>");
            }
            self.html.raw("<dl class=\"facts\">");
            let missing = |column: &ColumnProfile| column.nulls + column.nan;
            self.html.fact("빈칸", "Missing", arrow(missing(was), missing(now)));
            for (ko, en, was, now) in [
                ("평균", "Mean", was.mean, now.mean),
                ("표준편차", "Std. deviation", was.std, now.std),
            ] {
                if let (Some(was), Some(now)) = (was, now) {
                    self.html.fact(ko, en, format!("{} → {}", number(was), number(now)));
                }
            }
            self.html.raw("</dl></article>");
        }
        self.html.raw("</div>");
        if pairs.len() > CHANGED_MAX {
            let more = pairs.len() - CHANGED_MAX;
            self.html.raw("<p class=\"note\">").both(
                &format!("달라진 열이 {more}개 더 있습니다."),
                &format!("{more} more columns changed."),
            );
            self.html.raw("</p>");
        }
    }
}

fn arrow(before: u64, after: u64) -> String {
    if before == after { count(before) } else { format!("{} → {}", count(before), count(after)) }
}

fn differs(was: &ColumnProfile, now: &ColumnProfile) -> bool {
    // Fewer rows alone change no column.
    (was.nulls + was.nan, was.mean, was.std, &was.unit)
        != (now.nulls + now.nan, now.mean, now.std, &now.unit)
}

/// A step as people call it. A step without words of its own is shown by its key.
fn step_name(key: &str) -> (&str, &str) {
    match key {
        "select" => ("열 고르기", "Choose columns"),
        "drop_columns" => ("열 지우기", "Drop columns"),
        "rename" => ("열 이름 바꾸기", "Rename columns"),
        "cast" => ("형식 바꾸기", "Change types"),
        "filter_range" => ("범위 밖 행 버리기", "Drop rows out of range"),
        "sort" => ("정렬", "Sort"),
        "drop_duplicates" => ("중복 행 지우기", "Drop repeated rows"),
        "sentinel_to_null" => {
            ("‘값 없음’ 표시를 빈칸으로", "Empty values that stand for no reading")
        }
        "fill_missing" => ("빈칸 채우기", "Fill missing cells"),
        "outliers" => ("이상값 처리", "Treat outliers"),
        "drop_constant" => ("값이 하나뿐인 열 지우기", "Drop constant columns"),
        "drop_sparse" => ("거의 빈 열 지우기", "Drop nearly empty columns"),
        "drop_missing_rows" => ("빈 행 지우기", "Drop rows with missing cells"),
        "unit_convert" => ("단위 바꾸기", "Convert units"),
        "scale" => ("크기 맞추기", "Scale"),
        "drop_rows_with_bad_time" => {
            ("잘못된 시각의 행 버리기", "Drop rows with an impossible time")
        }
        "number_rows" => ("행 번호 붙이기", "Number the rows"),
        other => (other, other),
    }
}
