//! The report that people read: one HTML page, in Korean and English, without scripts or other files.
//!
//! | file | what it holds |
//! |---|---|
//! | `sketch`, `series`, `sample` | one bounded pass over the file for what statistics do not show |
//! | `mask` | which columns must not be shown |
//! | `verdict`, `broken`, `plots`, `columns`, `steps`, `proof` | the parts of the page, in their order |
//! | `rules` | rules in words |
//! | `chart`, `html` | drawings and markup that data cannot break |
//!
//! Invariants: a page is a pure function of what was measured: no clock, no file, no network. Every
//! text from outside is escaped, and a policy in the page forbids scripts and other sources, so that
//! a hostile column name is only ever a name. Values of columns with personal data are never on it.
//! A page of a table with 600 columns stays below 2 MB; what is beyond the bounds is counted.
//!
//! Both languages are in the page; a switch of plain CSS shows one of them.

mod broken;
mod chart;
mod columns;
mod html;
mod mask;
mod plots;
mod proof;
mod rules;
mod sample;
mod series;
mod sketch;
mod steps;
#[cfg(test)]
mod tests;
mod verdict;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schema::data::certificate::Claims;
use schema::data::column::Dictionary;
use schema::data::lineage::Lineage;
use schema::data::privacy::PrivacyReport;
use schema::data::profile::{Profile, Scalar};
use schema::data::quality::Report;
use schema::lang::Lang;
use sha2::{Digest as _, Sha256};

use crate::profile::cut;
use html::Html;
use mask::Masks;

pub use sketch::{
    Axis, BLOCKS, BUCKETS, GROUPS_MAX, MAP_COLUMNS_MAX, Missing, Plot, SERIES_MAX, Sample,
    SampleCell, SampleRow, Sketch, sketch,
};

const STYLE: &str = include_str!("report.css");

/// Characters of a column name that are shown.
const NAME_CHARS: usize = 60;

/// All that a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What the data is called, such as its file name.
    pub name: &'a str,
    /// The language shown first.
    pub lang: Lang,
    /// What the columns mean.
    pub dictionary: &'a Dictionary,
    /// Statistics.
    pub profile: &'a Profile,
    /// Search for personal data; decides what is masked.
    pub privacy: &'a PrivacyReport,
    /// What came of the rules, if there were any.
    pub report: Option<&'a Report>,
    /// Whether the rules were suggested by this tool, not chosen by a person.
    pub suggested: bool,
    /// Series, missing cells and rows that break rules.
    pub sketch: Option<&'a Sketch>,
    /// Statistics before a pipeline ran.
    pub before: Option<&'a Profile>,
    /// What the pipeline did.
    pub lineage: Option<&'a Lineage>,
    /// SHA-256 of the file.
    pub file_sha256: Option<&'a str>,
    /// Logical content hash.
    pub logical_sha256: Option<&'a str>,
    /// The certificate and the id of its key.
    pub certificate: Option<(&'a Claims, &'a str)>,
}

/// Draws the page.
pub fn html(page: &Page<'_>) -> String {
    let masks = Masks::new(page.privacy, page.profile.columns.len());
    let mut sheet = Sheet { page, masks, html: Html::default() };
    sheet.begin();
    sheet.verdict();
    sheet.next();
    sheet.broken();
    sheet.steps();
    sheet.series();
    sheet.missing();
    sheet.columns();
    sheet.proof();
    sheet.end();
    sheet.html.into_string()
}

/// A page under way.
struct Sheet<'a> {
    page: &'a Page<'a>,
    masks: Masks,
    html: Html,
}

impl Sheet<'_> {
    fn begin(&mut self) {
        let html = &mut self.html;
        html.raw("<!DOCTYPE html>\n<html lang=\"").raw(match self.page.lang {
            Lang::Ko => "ko",
            Lang::En => "en",
        });
        html.raw("\"><head><meta charset=\"utf-8\">");
        html.raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; style-src &#39;sha256-");
        html.text(&STANDARD.encode(Sha256::digest(STYLE.as_bytes())));
        html.raw("&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;\">");
        html.raw("<meta name=\"referrer\" content=\"no-referrer\"><title>");
        html.text(&cut(self.page.name, 120))
            .raw(" · 데이터 품질 보고서 · Data quality report</title><style>");
        html.raw(STYLE).raw("</style></head><body>\n");
        for (id, lang) in [("to-ko", Lang::Ko), ("to-en", Lang::En)] {
            html.raw("<input class=\"switch\" type=\"radio\" name=\"lang\" id=\"")
                .raw(id)
                .raw("\"");
            html.raw(if lang == self.page.lang { " checked>" } else { ">" });
        }
        html.raw(
            "<div class=\"page\"><div class=\"languages\"><label for=\"to-ko\">한국어</label>",
        );
        html.raw("<label for=\"to-en\">English</label></div><header><h1>");
        html.both("데이터 품질 보고서", "Data quality report").raw("</h1><p class=\"sub\">");
        html.text(&cut(self.page.name, 120)).raw("</p><nav>");
        self.contents();
        self.html.raw("</nav></header><main>\n");
    }

    fn contents(&mut self) {
        let page = self.page;
        let parts: [(&'static str, &str, &str, bool); 7] = [
            ("#next", "다음 할 일", "What to do next", true),
            ("#rules", "규칙 검사", "Rules", page.report.is_some()),
            ("#steps", "전처리 단계", "Cleaning steps", page.lineage.is_some()),
            ("#series", "그래프", "Series", page.sketch.is_some_and(|s| !s.plots.is_empty())),
            ("#missing", "빈칸", "Missing cells", page.sketch.is_some()),
            ("#columns", "열", "Columns", true),
            ("#proof", "증빙", "Evidence", true),
        ];
        for (to, ko, en, shown) in parts {
            if shown {
                self.html.raw("<a href=\"").raw(to).raw("\">").both(ko, en).raw("</a>");
            }
        }
    }

    fn end(&mut self) {
        let html = &mut self.html;
        html.raw("</main><footer>").text(crate::quality::TOOL).raw(" · ");
        html.both(
            "같은 파일과 규칙으로 다시 만들면 바이트까지 같은 보고서가 나옵니다.",
            "Made again of the same file and rules, this page is the same byte by byte.",
        );
        html.raw("</footer></div></body></html>\n");
    }

    /// What a column is called on the page.
    fn name(&self, column: usize) -> String {
        match self.page.profile.columns.get(column) {
            Some(measured) if !self.masks.name(column) => cut(&measured.name, NAME_CHARS),
            _ => format!("열 {0} · column {0}", column + 1),
        }
    }

    /// The position of a column.
    fn position(&self, name: &str) -> Option<usize> {
        self.page.profile.columns.iter().position(|column| column.name == name)
    }

    /// What a column named by a rule or step is called on the page.
    fn called(&self, name: &str) -> String {
        match self.position(name) {
            Some(column) => self.name(column),
            None => cut(name, NAME_CHARS),
        }
    }

    /// Whether a name is one that must not be shown.
    fn hidden(&self, name: &str) -> bool {
        self.position(name).is_some_and(|column| self.masks.name(column))
    }
}

impl rules::Naming for Sheet<'_> {
    fn called(&self, column: &str) -> String {
        Sheet::called(self, column)
    }

    fn masked(&self, column: &str) -> bool {
        self.position(column).is_some_and(|column| self.masks.cells(column))
    }
}

/// A value as shown.
fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Bool(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Number(value) => html::number(*value),
        Scalar::Text(text) => cut(text, 64),
    }
}
