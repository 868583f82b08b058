//! How large the sheets of an OpenDocument text would be if every repeated cell were written out.
//!
//! Two attributes of one empty cell can ask for 16,384 × 1,048,576 cells, and of one filled cell for
//! its text as often. The reader writes repeats out, so their number has to be known before. Only
//! tags are looked at, in one pass.

use super::tags::{Tags, number};

/// Bytes of a repeated cell that are its markup rather than its text.
const MARKUP_BYTES: u64 = 200;

/// Counts the cells of all sheets: the reader holds them together.
#[derive(Debug, Default)]
pub(super) struct Extent {
    tags: Tags,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    rows: u64,
    row_repeat: u64,
    width: u64,
    filled_width: u64,
    filled_rows: u64,
    widest: u64,
    written: u64,
    /// Where the cell under way begins, and how often it is repeated, if it holds text.
    cell: Option<(u64, u64)>,
    row_text: u64,
    text: u64,
}

impl Extent {
    /// Takes in the next bytes of the text.
    pub(super) fn read(&mut self, bytes: &[u8]) {
        let counts = &mut self.counts;
        self.tags.read(bytes, |tag, end| counts.close(tag, end));
    }

    /// Cells of all sheets, repeats written out.
    pub(super) fn cells(&self) -> u64 {
        if self.tags.odd { u64::MAX } else { self.counts.cells() }
    }

    /// Bytes of the texts of repeated cells, written out.
    pub(super) fn text(&self) -> u64 {
        self.counts.text
    }
}

impl Counts {
    fn cells(&self) -> u64 {
        self.written.saturating_add(self.filled_rows.saturating_mul(self.widest))
    }

    fn close(&mut self, tag: &[u8], end: u64) {
        let is = |name: &[u8]| tag.starts_with(name);
        if is(b"table:table-row") && !is(b"table:table-rows") {
            self.end_row(end);
            self.row_repeat = number(tag, b"table:number-rows-repeated").unwrap_or(1);
        } else if is(b"table:table-cell") || is(b"table:covered-table-cell") {
            self.end_cell(end - tag.len() as u64);
            let repeat = number(tag, b"table:number-columns-repeated").unwrap_or(1);
            self.width = self.width.saturating_add(repeat);
            let has = |mark: &[u8]| memchr::memmem::find(tag, mark).is_some();
            if [&b"office:"[..], b"table:formula", b"calcext:"].into_iter().any(has) {
                self.filled_width = self.width;
                if has(b"string") || has(b"table:formula") {
                    self.cell = Some((end - tag.len() as u64, repeat));
                }
            }
        } else if is(b"/table:table-row") && !is(b"/table:table-rows") {
            self.end_cell(end);
        } else if is(b"/table:table") && !is(b"/table:table-") {
            self.end_row(end);
            self.written = self.cells();
            (self.rows, self.filled_rows, self.widest) = (0, 0, 0);
        }
    }

    fn end_cell(&mut self, at: u64) {
        let Some((from, repeat)) = self.cell.take() else { return };
        if repeat > 1 || self.row_repeat > 1 {
            let text = at.saturating_sub(from).saturating_sub(MARKUP_BYTES);
            self.row_text = self.row_text.saturating_add(text.saturating_mul(repeat.min(16_384)));
        }
    }

    fn end_row(&mut self, at: u64) {
        self.end_cell(at);
        let repeat = self.row_repeat.min(1 << 20);
        self.text = self.text.saturating_add(self.row_text.saturating_mul(repeat));
        self.rows = self.rows.saturating_add(self.row_repeat);
        if self.filled_width > 0 {
            self.filled_rows = self.rows;
            self.widest = self.widest.max(self.filled_width);
        }
        (self.row_repeat, self.width, self.filled_width, self.row_text) = (0, 0, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, step: usize) -> u64 {
        let mut extent = Extent::default();
        text.as_bytes().chunks(step).for_each(|part| extent.read(part));
        extent.cells()
    }

    #[test]
    fn repeats_count_up_to_the_last_filled_cell() {
        let row = "<table:table-row table:number-rows-repeated=\"1000\"><table:table-cell \
                   office:value-type=\"float\" table:number-columns-repeated=\"50\"/>\
                   <table:table-cell table:number-columns-repeated=\"16000\"/></table:table-row>";
        let empty = "<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell \
                     table:number-columns-repeated=\"16384\"/></table:table-row>";
        for step in [1, 7, 10_000] {
            assert_eq!(cells(&format!("<table:table>{row}{empty}</table:table>"), step), 50_000);
            // Empty rows above a filled one are written out, those below are not.
            let text = format!("<table:table>{empty}{row}</table:table>");
            assert_eq!(cells(&text, step), (1_048_000 + 1000) * 50);
        }
    }

    #[test]
    fn a_text_counts_as_often_as_it_is_repeated() {
        let text = "x".repeat(1_200);
        let cell = |repeat: &str| {
            format!(
                "<table:table-cell office:value-type=\"string\"{repeat}><text:p>{text}</text:p>\
                 </table:table-cell>"
            )
        };
        let row = |repeat: &str, cell: &str| {
            format!("<table:table><table:table-row{repeat}>{cell}</table:table-row></table:table>")
        };
        let of = |text: &str| {
            let mut extent = Extent::default();
            extent.read(text.as_bytes());
            extent.text()
        };
        assert_eq!(of(&row("", &cell(""))), 0);
        let wide = " table:number-columns-repeated=\"1000\"";
        let long = " table:number-rows-repeated=\"1000\"";
        assert!((1_000_000..1_300_000).contains(&of(&row("", &cell(wide)))));
        assert!(of(&row(long, &cell(wide))) > 1_000_000_000);
        // Whatever stands in an attribute hides nothing behind it.
        let hidden = cell(&format!(" a=\">\" b='{}'{wide}", "b".repeat(5_000)));
        assert!(of(&row("", &hidden)) > 1_000_000);
    }
}
