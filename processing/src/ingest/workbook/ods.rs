//! How large the sheets of an OpenDocument text would be if every repeated cell were written out.
//!
//! Two attributes of one empty cell can ask for 16,384 × 1,048,576 cells. The reader writes repeats
//! out, so their number has to be known before. Only tags are looked at, in one pass.

/// Longest tag that is kept; attributes beyond it are not those that matter.
const TAG_BYTES_MAX: usize = 4096;

/// Counts the cells of the largest sheet.
#[derive(Debug, Default)]
pub(super) struct Extent {
    tag: Vec<u8>,
    inside: bool,
    rows: u64,
    row_repeat: u64,
    width: u64,
    filled_width: u64,
    filled_rows: u64,
    widest: u64,
    largest: u64,
}

impl Extent {
    /// Takes in the next bytes of the text.
    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if !self.inside {
                let Some(at) = memchr::memchr(b'<', bytes) else { return };
                bytes = &bytes[at + 1..];
                self.inside = true;
                self.tag.clear();
            }
            let end = memchr::memchr(b'>', bytes);
            let part = &bytes[..end.unwrap_or(bytes.len())];
            let room = TAG_BYTES_MAX.saturating_sub(self.tag.len());
            self.tag.extend_from_slice(&part[..part.len().min(room)]);
            let Some(end) = end else { return };
            bytes = &bytes[end + 1..];
            self.inside = false;
            let tag = std::mem::take(&mut self.tag);
            self.close(&tag);
            self.tag = tag;
        }
    }

    fn close(&mut self, tag: &[u8]) {
        let is = |name: &[u8]| tag.starts_with(name);
        if is(b"table:table-row") && !is(b"table:table-rows") {
            self.end_row();
            self.row_repeat = number(tag, b"table:number-rows-repeated=");
        } else if is(b"table:table-cell") || is(b"table:covered-table-cell") {
            self.width = self.width.saturating_add(number(tag, b"table:number-columns-repeated="));
            let filled = [&b"office:value"[..], b"office:string", b"table:formula", b"calcext:"];
            if filled.iter().any(|mark| memchr::memmem::find(tag, mark).is_some()) {
                self.filled_width = self.width;
            }
        } else if is(b"/table:table") && !is(b"/table:table-") {
            self.end_row();
            self.largest = self.largest.max(self.filled_rows.saturating_mul(self.widest));
            (self.rows, self.filled_rows, self.widest) = (0, 0, 0);
        }
    }

    fn end_row(&mut self) {
        self.rows = self.rows.saturating_add(self.row_repeat);
        if self.filled_width > 0 {
            self.filled_rows = self.rows;
            self.widest = self.widest.max(self.filled_width);
        }
        (self.row_repeat, self.width, self.filled_width) = (0, 0, 0);
    }

    /// Cells of the largest sheet, repeats written out.
    pub(super) fn cells(&self) -> u64 {
        self.largest.max(self.filled_rows.saturating_mul(self.widest))
    }
}

/// The number in an attribute; 1 without it.
fn number(tag: &[u8], attribute: &[u8]) -> u64 {
    let Some(at) = memchr::memmem::find(tag, attribute) else { return 1 };
    let digits = tag[at + attribute.len()..].iter().skip(1).take_while(|b| b.is_ascii_digit());
    digits.fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
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
}
