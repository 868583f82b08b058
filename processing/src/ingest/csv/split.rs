//! Cutting a block of whole records into cells.

use memchr::{memchr, memchr2};

use super::{Delimiter, Dialect};
use crate::ingest::grid::{Grid, Span};

/// A block cut into cells, and what was wrong with it.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct Split {
    pub(in crate::ingest) grid: Grid,
    /// Lines of the block.
    pub(in crate::ingest) lines: u64,
    /// Empty lines that are no record.
    pub(in crate::ingest) blank_lines: u64,
    /// Records with another number of fields; they are not in the grid.
    pub(in crate::ingest) ragged: u64,
    /// The first of them: 1-based line within the block, and its number of fields.
    pub(in crate::ingest) first_ragged: Option<(u64, usize)>,
    /// The first quote with text behind it: 1-based line within the block.
    pub(in crate::ingest) stray_quote: Option<u64>,
    /// A quote that the block does not close: 1-based line within the block.
    pub(in crate::ingest) open_quote: Option<u64>,
}

/// Cuts `text`, which begins at a record and ends behind one.
pub(in crate::ingest) fn split(text: Vec<u8>, dialect: Dialect) -> Split {
    let mut cutter = Cutter { text, at: 0, dialect, split: Split::default() };
    let dropped = cutter.drop_end();
    cutter.split.grid.spans.reserve(cutter.text.len() / 8);
    while cutter.at < cutter.text.len() {
        cutter.record();
    }
    let mut split = cutter.split;
    split.grid.columns = dialect.columns;
    split.grid.mark = match dialect.delimiter {
        Delimiter::One(mark) => Some(mark),
        Delimiter::Two(..) | Delimiter::Blanks | Delimiter::None => None,
    };
    split.grid.rows = split.grid.spans.len() / dialect.columns.max(1);
    split.grid.text = cutter.text;
    split.lines += dropped;
    split
}

struct Cutter {
    text: Vec<u8>,
    at: usize,
    dialect: Dialect,
    split: Split,
}

impl Cutter {
    /// Empty lines at the end of a block are no records, nor is the end mark of DOS. How many lines
    /// these were.
    fn drop_end(&mut self) -> u64 {
        let mut lines = 0_u64;
        while let Some(b'\n' | b'\r' | 0x1A) = self.text.last() {
            if self.text.pop() == Some(self.dialect.newline) {
                lines += 1;
            }
        }
        // The last record needs no line break; give it one so that all records end alike.
        if !self.text.is_empty() {
            self.text.push(self.dialect.newline);
            lines = lines.saturating_sub(1);
        }
        lines
    }

    fn record(&mut self) {
        let first = self.split.grid.spans.len();
        let line = self.split.lines + 1;
        let begin = self.at;
        if self.dialect.delimiter == Delimiter::Blanks {
            self.skip_blanks();
        }
        while self.field() {}
        if self.dialect.delimiter == Delimiter::Blanks {
            self.drop_last_blank(first);
        }
        let found = self.split.grid.spans.len() - first;
        let columns = self.dialect.columns;
        if columns > 1 && found <= 1 && self.is_blank(begin) {
            self.split.blank_lines += 1;
            self.split.grid.spans.truncate(first);
        } else if found != columns {
            self.split.ragged += 1;
            self.split.first_ragged.get_or_insert((line, found));
            self.split.grid.spans.truncate(first);
        }
    }

    fn is_blank(&self, begin: usize) -> bool {
        self.text[begin..self.at].iter().all(u8::is_ascii_whitespace)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Blanks before the line break make an empty last field, which is none.
    fn drop_last_blank(&mut self, first: usize) {
        let spans = &mut self.split.grid.spans;
        if spans.len() > first + 1 && spans.last().is_some_and(|span| span.start == span.end) {
            spans.pop();
        }
    }

    /// Reads one field; whether another follows in this record.
    fn field(&mut self) -> bool {
        if self.text.get(self.at) == Some(&b'"') {
            return self.quoted();
        }
        let start = self.at;
        let rest = &self.text[start..];
        let newline = self.dialect.newline;
        let end = match self.dialect.delimiter {
            Delimiter::One(mark) => near(mark, newline, rest),
            Delimiter::Two(one, other) => memchr::memchr3(one, other, newline, rest),
            Delimiter::Blanks => memchr::memchr3(b' ', b'\t', newline, rest),
            Delimiter::None => memchr(newline, rest),
        };
        self.close(start, start + end.unwrap_or(rest.len()))
    }

    /// Ends a field at `end`, where a separator or a line break stands.
    fn close(&mut self, start: usize, end: usize) -> bool {
        self.at = (end + 1).min(self.text.len());
        let more = self.text.get(end).is_some_and(|byte| *byte != self.dialect.newline);
        let mut last = end;
        if !more {
            self.split.lines += 1;
            if last > start && self.dialect.newline == b'\n' && self.text[last - 1] == b'\r' {
                last -= 1;
            }
        } else if self.dialect.delimiter == Delimiter::Blanks {
            self.skip_blanks();
        }
        self.push(start, last);
        more
    }

    fn push(&mut self, start: usize, end: usize) {
        // A block is far below 4 GiB: its size and that of a record are bounded.
        let at = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        self.split.grid.spans.push(Span { start: at(start), end: at(end) });
    }

    /// Reads a quoted field, undoubling quotes in place.
    fn quoted(&mut self) -> bool {
        let start = self.at + 1;
        let line = self.split.lines + 1;
        let mut from = start;
        let mut kept = start;
        let end = loop {
            let Some(quote) = memchr(b'"', &self.text[from..]).map(|at| from + at) else {
                self.split.open_quote.get_or_insert(line);
                break self.text.len();
            };
            self.text.copy_within(from..quote, kept);
            kept += quote - from;
            if self.text.get(quote + 1) != Some(&b'"') {
                break quote;
            }
            self.text[kept] = b'"';
            kept += 1;
            from = quote + 2;
        };
        if end == self.text.len() {
            self.at = end;
            self.push(start, kept);
            return false;
        }
        let breaks = memchr::memchr_iter(self.dialect.newline, &self.text[start..kept]).count();
        self.split.lines += breaks as u64;
        self.behind_quote(start, kept, end + 1, line)
    }

    /// What follows a closing quote: blanks, then a separator or the end of the record.
    fn behind_quote(&mut self, start: usize, kept: usize, mut at: usize, line: u64) -> bool {
        let (delimiter, newline) = (self.dialect.delimiter, self.dialect.newline);
        let ends = |byte: u8| byte == newline || delimiter.parts(byte);
        while let Some(&byte) = self.text.get(at)
            && !ends(byte)
            && matches!(byte, b' ' | b'\t' | b'\r')
        {
            at += 1;
        }
        if self.text.get(at).is_some_and(|byte| !ends(*byte)) {
            self.split.stray_quote.get_or_insert(line);
            let rest = &self.text[at..];
            at += rest.iter().position(|byte| ends(*byte)).unwrap_or(rest.len());
        }
        let more = self.close(start, at);
        if let Some(span) = self.split.grid.spans.last_mut() {
            span.end = u32::try_from(kept).unwrap_or(u32::MAX);
        }
        more
    }
}

/// The first of two bytes. Fields are short: the first sixteen bytes are looked at eight at a time,
/// which is cheaper than calling a search made for long texts.
#[inline]
fn near(one: u8, two: u8, text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The lowest mark of a zero byte is exact; false ones only stand above it.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (ones, twos) = (ONES * u64::from(one), ONES * u64::from(two));
    for (at, chunk) in text.chunks_exact(8).take(2).enumerate() {
        let Ok(bytes) = chunk.try_into() else { break };
        let word = u64::from_le_bytes(bytes);
        let found = zeros(word ^ ones) | zeros(word ^ twos);
        if found != 0 {
            return Some(at * 8 + (found.trailing_zeros() / 8) as usize);
        }
    }
    let skipped = text.len().min(16) & !7;
    memchr2(one, two, &text[skipped..]).map(|at| at + skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, delimiter: Delimiter, columns: usize) -> (Vec<Vec<String>>, Split) {
        let newline = if text.contains('\n') { b'\n' } else { b'\r' };
        let split = split(text.into(), Dialect { delimiter, newline, columns });
        let text = |span: &Span| {
            let bytes = &split.grid.text[span.start as usize..span.end as usize];
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        let rows =
            split.grid.spans.chunks(columns).map(|row| row.iter().map(text).collect()).collect();
        (rows, split)
    }

    fn commas(text: &str, columns: usize) -> Vec<Vec<String>> {
        cells(text, Delimiter::One(b','), columns).0
    }

    #[test]
    fn quoted_fields_keep_separators_breaks_and_quotes() {
        let text = "1,\"a, b\",\"say \"\"hi\"\"\"\r\n2,\"two\r\nlines\",\"\"\r\n3, \"x\" ,y\"z\r\n";
        assert_eq!(
            commas(text, 3),
            [["1", "a, b", "say \"hi\""], ["2", "two\r\nlines", ""], ["3", " \"x\" ", "y\"z"],]
        );
        assert_eq!(cells(text, Delimiter::One(b','), 3).1.lines, 4);
    }

    #[test]
    fn ends_of_all_kinds_are_ends() {
        for text in
            ["1,2\n3,4", "1,2\n3,4\n", "1,2\r\n3,4\r\n\r\n\r\n", "1,2\r3,4\r", "1,2\n3,4\n\x1A"]
        {
            assert_eq!(commas(text, 2), [["1", "2"], ["3", "4"]], "{text:?}");
        }
        assert_eq!(commas("1,\n,\n", 2), [["1", ""], ["", ""]]);
        assert!(commas("\n\n", 2).is_empty());
        assert!(commas("", 2).is_empty());
    }

    #[test]
    fn blank_lines_are_records_of_one_column_only() {
        let (rows, split) = cells("1,2\n\n  \n3,4\n", Delimiter::One(b','), 2);
        assert_eq!((rows.len(), split.blank_lines, split.ragged), (2, 2, 0));
        let (rows, _) = cells("1\n\n3\n\n", Delimiter::None, 1);
        assert_eq!(rows, [["1"], [""], ["3"]]);
    }

    #[test]
    fn runs_of_blanks_part_fields_and_none_at_the_ends() {
        let text = "1 1 -0.0007  \n  2\t2   0.5\n";
        let (rows, split) = cells(text, Delimiter::Blanks, 3);
        assert_eq!(rows, [["1", "1", "-0.0007"], ["2", "2", "0.5"]]);
        assert_eq!(split.ragged, 0);
        assert_eq!(cells("112 \n98 \n", Delimiter::Blanks, 1).0, [["112"], ["98"]]);
    }

    #[test]
    fn ragged_records_are_counted_and_left_out() {
        let (rows, split) = cells("1,2\n\"a\nb\",2,3\n4\n5,6\n", Delimiter::One(b','), 2);
        assert_eq!(rows, [["1", "2"], ["5", "6"]]);
        assert_eq!((split.ragged, split.first_ragged, split.lines), (2, Some((2, 3)), 5));
    }

    #[test]
    fn near_finds_what_a_plain_search_finds() {
        let mut text = [b'x'; 40];
        for place in 0..40 {
            for byte in [b',', b'\n', b',' + 1, b',' - 1, 0x80 | b',', 0] {
                text[place] = byte;
                for from in 0..place.min(9) {
                    let rest = &text[from..];
                    let plain = rest.iter().position(|byte| matches!(byte, b',' | b'\n'));
                    assert_eq!(near(b',', b'\n', rest), plain);
                }
            }
            text[place] = b'-';
        }
    }

    #[test]
    fn bad_quotes_are_reported_with_their_line() {
        let (_, split) = cells("1,2\n3,\"abc\n5,6\n", Delimiter::One(b','), 2);
        assert_eq!(split.open_quote, Some(2));
        let (_, split) = cells("1,2\n3,\"abc\"d\n5,6\n", Delimiter::One(b','), 2);
        assert_eq!((split.stray_quote, split.grid.rows), (Some(2), 3));
    }
}
