//! Every column: a table of all, and cards of those that matter most.

use schema::data::profile::ColumnProfile;
use serde::Serialize;

use super::chart;
use super::html::{count, number, percent};
use super::{Sheet, scalar};
use crate::profile::cut;

/// Columns that are in the table.
const LISTED_MAX: usize = 600;
/// Columns that have a card.
const CARDS_MAX: usize = 60;
/// Frequent values on a card.
const TOP_MAX: usize = 5;

impl Sheet<'_> {
    pub(super) fn columns(&mut self) {
        let profile = self.page.profile;
        self.html.raw("<section id=\"columns\"><h2>").both("열", "Columns").raw("</h2>");
        let cards = self.ranked();
        let wide = profile.columns.len() > CARDS_MAX;
        if wide {
            self.overview();
            let shown = cards.len();
            self.html.raw("<h3>").both(
                &format!("먼저 볼 열 {shown}개"),
                &format!("The {shown} columns to look at first"),
            );
            self.html.raw("</h3>");
        }
        self.html.raw("<div class=\"cards\">");
        for column in cards {
            if let Some(measured) = profile.columns.get(column) {
                self.card(column, measured);
            }
        }
        self.html.raw("</div>");
        if !wide {
            self.html.raw("<details><summary>");
            self.html.both("모든 열을 한 표로", "All columns in one table").raw("</summary>");
            self.overview();
            self.html.raw("</details>");
        }
        self.html.raw("</section>\n");
    }

    /// Columns that get a card, in file order: broken rules and missing cells come first if there
    /// are too many.
    fn ranked(&self) -> Vec<usize> {
        let profile = self.page.profile;
        let mut ranked: Vec<(bool, u64, usize)> = profile
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                (!self.is_broken(&column.name), u64::MAX - column.nulls - column.nan, at)
            })
            .collect();
        ranked.sort_unstable();
        ranked.truncate(CARDS_MAX);
        let mut columns: Vec<usize> = ranked.into_iter().map(|(.., at)| at).collect();
        columns.sort_unstable();
        columns
    }

    fn is_broken(&self, name: &str) -> bool {
        let mut results = self.page.report.into_iter().flat_map(|report| &report.results);
        results.any(|result| {
            !result.passed && super::rules::columns_of(&result.rule.check).iter().any(|c| c == name)
        })
    }

    fn overview(&mut self) {
        let profile = self.page.profile;
        self.html.raw("<div class=\"scroll\"><table class=\"all\">");
        self.html.heads(&[
            ("열", "Column"),
            ("형식", "Type"),
            ("빈칸", "Missing"),
            ("최소", "Min"),
            ("평균", "Mean"),
            ("최대", "Max"),
            ("분포", "Histogram"),
        ]);
        self.html.raw("<tbody>");
        for (at, column) in profile.columns.iter().enumerate().take(LISTED_MAX) {
            let name = cut(&self.name(at), 40);
            let masked = self.masks.cells(at);
            self.html.raw("<tr><th scope=\"row\">").text(&name).raw("</th><td>");
            let type_word = word(&column.value_type);
            let (ko, en) = value_type(&type_word);
            self.html.both(ko, en).raw("</td><td class=\"n\">");
            self.html.put(percent(column.nulls + column.nan, profile.rows));
            let show =
                |value: Option<String>| if masked { None } else { value }.unwrap_or_default();
            for value in [
                show(column.min.as_ref().map(scalar)),
                show(column.mean.map(number)),
                show(column.max.as_ref().map(scalar)),
            ] {
                self.html.raw("</td><td class=\"n\">").text(&cut(&value, 24));
            }
            self.html.raw("</td><td>");
            if let Some(histogram) = column.histogram.as_ref().filter(|_| !masked) {
                chart::histogram(&mut self.html, histogram, None);
            }
            self.html.raw("</td></tr>");
        }
        self.html.raw("</tbody></table></div>");
        if profile.columns.len() > LISTED_MAX {
            let more = profile.columns.len() - LISTED_MAX;
            self.html.raw("<p class=\"note\">").both(
                &format!("열 {more}개는 JSON 통계에 있습니다."),
                &format!("{more} more columns are in the JSON profile."),
            );
            self.html.raw("</p>");
        }
    }

    fn card(&mut self, at: usize, column: &ColumnProfile) {
        let rows = self.page.profile.rows;
        let masked = self.masks.cells(at);
        let name = self.name(at);
        self.html.raw("<article class=\"card\"><h3>").text(&name).raw("</h3><p class=\"meta\">");
        let type_word = word(&column.value_type);
        let (ko, en) = value_type(&type_word);
        self.html.both(ko, en).raw(" · ");
        let role_word = word(&column.role);
        let (ko, en) = role(&role_word);
        self.html.both(ko, en);
        if let Some(unit) = &column.unit {
            self.html.raw(" · ").text(&cut(unit, 24));
        }
        self.title(at);
        self.html.raw("</p>");
        if masked {
            self.html.raw("<p class=\"note\">").both(
                "개인정보일 수 있어 값을 보이지 않습니다.",
                "Values are not shown: they may be personal data.",
            );
            self.html.raw("</p>");
        }
        self.html.raw("<dl class=\"facts\">");
        self.html.fact("값", "Values", count(column.count - column.nan.min(column.count)));
        let missing = column.nulls + column.nan;
        if missing > 0 {
            let shown = format!("{} ({})", count(missing), percent(missing, rows));
            self.html.fact("빈칸", "Missing", shown);
        }
        for (ko, en, value) in [
            ("그 가운데 NaN", "of these NaN", column.nan),
            ("무한대", "Infinite", column.infinite_positive + column.infinite_negative),
            ("‘값 없음’을 뜻하는 값", "Stand for no reading", column.sentinels),
        ] {
            if value > 0 {
                self.html.fact(ko, en, count(value));
            }
        }
        if let Some(distinct) = &column.distinct {
            let about = if distinct.exact { "" } else { "≈ " };
            let shown = format!("{about}{}", count(distinct.count));
            self.html.fact("서로 다른 값", "Distinct", shown);
        }
        if !masked {
            self.moments(column);
        }
        self.html.raw("</dl>");
        if !masked {
            self.shape(column);
            self.top(column);
        }
        self.html.raw("</article>");
    }

    fn title(&mut self, at: usize) {
        let dictionary = self.page.dictionary;
        let Some(measured) = self.page.profile.columns.get(at) else { return };
        let declared = dictionary.columns.iter().find(|column| column.name == measured.name);
        let title = declared.and_then(|column| column.title.as_ref());
        if let Some(title) = title.filter(|_| !self.masks.name(at)) {
            self.html.raw(" · ").both(&cut(&title.ko, 40), &cut(&title.en, 40));
        }
    }

    fn moments(&mut self, column: &ColumnProfile) {
        if let (Some(min), Some(max)) = (&column.min, &column.max) {
            self.html.fact("최소", "Min", scalar(min));
            if let Some(mean) = column.mean {
                self.html.fact("평균", "Mean", number(mean));
            }
            self.html.fact("최대", "Max", scalar(max));
        }
        if let Some(std) = column.std {
            self.html.fact("표준편차", "Std. deviation", number(std));
        }
        if let Some(q) = &column.quantiles {
            let shown = [&q.p05, &q.p25, &q.p50, &q.p75, &q.p95].map(scalar);
            // Five instants do not fit beside each other.
            if column.mean.is_some() {
                self.html.fact("5·25·50·75·95 %", "5·25·50·75·95 %", shown.join(" · "));
            } else {
                self.html.fact("중앙", "Median", &shown[2]);
            }
        }
        if let Some(lengths) = &column.lengths {
            let shown = format!("{} – {}", lengths.chars_min, lengths.chars_max);
            self.html.fact("글자 수", "Characters", shown);
        }
    }

    fn shape(&mut self, column: &ColumnProfile) {
        let Some(histogram) = &column.histogram else { return };
        chart::histogram(&mut self.html, histogram, None);
        self.html.raw("<div class=\"axis\"><span>").put(number(histogram.lo));
        self.html.raw("</span><span>").put(number(histogram.hi)).raw("</span></div>");
    }

    /// Frequent values, where they say more than a histogram.
    fn top(&mut self, column: &ColumnProfile) {
        let few = column.distinct.as_ref().is_some_and(|distinct| distinct.count <= 12);
        if column.top.is_empty() || (column.histogram.is_some() && !few) {
            return;
        }
        self.html.raw("<table><thead><tr>").head("많은 값", "Frequent");
        self.html.raw("<th scope=\"col\" class=\"n\">").both("횟수", "Count").raw("</th>");
        self.html.raw("</tr></thead><tbody>");
        for top in column.top.iter().take(TOP_MAX) {
            self.html
                .raw("<tr><td>")
                .text(&cut(&scalar(&top.value), 40))
                .raw("</td><td class=\"n\">");
            self.html
                .put(count(top.count))
                .raw(" (")
                .put(percent(top.count, self.page.profile.rows));
            self.html.raw(")</td></tr>");
        }
        self.html.raw("</tbody></table>");
    }
}

/// A word of the vocabulary as it is written in a dictionary.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(serde_json::Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// A type as people call it.
fn value_type(word: &str) -> (&str, &str) {
    match word {
        "boolean" => ("참·거짓", "true or false"),
        "integer" => ("정수", "integer"),
        "number" => ("숫자", "number"),
        "decimal" => ("소수", "decimal"),
        "text" => ("글자", "text"),
        "date" => ("날짜", "date"),
        "timestamp" => ("시각", "time"),
        "binary" => ("바이너리", "bytes"),
        "nested" => ("복합값", "nested"),
        other => (other, other),
    }
}

/// A role as people call it.
fn role(word: &str) -> (&str, &str) {
    match word {
        "time" => ("시각", "time"),
        "machine" => ("설비", "machine"),
        "lot" => ("로트·제품", "lot or product"),
        "key" => ("번호", "key"),
        "input" => ("설정값", "set point"),
        "state" => ("측정값", "measurement"),
        "quality" => ("품질값", "quality"),
        "label" => ("판정", "label"),
        "unknown" => ("역할 모름", "role unknown"),
        other => (other, other),
    }
}
