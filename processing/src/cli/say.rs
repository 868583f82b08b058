//! Text for people: headings, facts and tables whose columns line up, Hangul included.

use std::fmt::Write as _;

use schema::lang::{Lang, Text};
use serde::Serialize;

/// Widest cell of a table, in columns of a terminal.
const CELL_MAX: usize = 48;

/// A page under way.
pub(super) struct Page {
    lang: Lang,
    text: String,
}

impl Page {
    pub(super) fn new(lang: Lang) -> Self {
        Self { lang, text: String::new() }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// The wording in the page's language.
    pub(super) fn pick<'a>(&self, ko: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Ko => ko,
            Lang::En => en,
        }
    }

    pub(super) fn line(&mut self, text: &str) {
        let _infallible = writeln!(self.text, "{text}");
    }

    pub(super) fn text(&mut self, text: &Text) {
        let wording = text.get(self.lang).to_owned();
        self.line(&wording);
    }

    /// A name and its value.
    pub(super) fn fact(&mut self, ko: &str, en: &str, value: impl std::fmt::Display) {
        let name = self.pick(ko, en).to_owned();
        self.line(&format!("{name}: {value}"));
    }

    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Rows of cells under headings.
    pub(super) fn table(&mut self, heads: &[(&str, &str)], rows: &[Vec<String>]) {
        let heads: Vec<String> =
            heads.iter().map(|(ko, en)| self.pick(ko, en).to_owned()).collect();
        let all = || std::iter::once(&heads).chain(rows);
        let widths: Vec<usize> = (0..heads.len())
            .map(|n| all().filter_map(|row| row.get(n)).map(|c| width(&cut(c))).max().unwrap_or(0))
            .collect();
        for row in all() {
            let mut line = String::new();
            for (cell, wide) in row.iter().zip(&widths) {
                let cell = cut(cell);
                line.push_str(&cell);
                line.extend(std::iter::repeat_n(' ', wide.saturating_sub(width(&cell)) + 2));
            }
            self.line(line.trim_end());
        }
    }
}

/// A cell in its bounds and on one line.
fn cut(text: &str) -> String {
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        used += char_width(c);
        if used > CELL_MAX {
            out.push('…');
            break;
        }
        out.push(c);
    }
    out
}

fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Terminal columns of a character: two for Hangul, Han, kana and full-width forms.
fn char_width(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}' => 2,
        _ => 1,
    }
}

/// A word of the vocabulary as it is written in JSON.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// Hundredths as a number with two decimals.
pub(super) fn hundredths(value: u32) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

#[cfg(test)]
mod tests {
    use schema::lang::Lang;

    use super::Page;

    #[test]
    fn columns_line_up_with_hangul_in_them() {
        let mut page = Page::new(Lang::Ko);
        let rows = [["압력".to_owned(), "1".to_owned()], ["temp".to_owned(), "2".to_owned()]];
        page.table(&[("열", "column"), ("값", "value")], &rows.map(Vec::from));
        assert_eq!(page.into_text(), "열    값\n압력  1\ntemp  2\n");
    }

    #[test]
    fn long_and_broken_cells_stay_on_their_line() {
        let mut page = Page::new(Lang::En);
        page.table(&[("열", "column")], &[vec![format!("a\nb{}", "x".repeat(100))]]);
        let text = page.into_text();
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("x…\n") && text.contains("a b"), "{text}");
    }
}
