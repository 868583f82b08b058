//! Telling the dialect of a separated text from its first records.

use super::header::{self, Answer, Kind};
use super::{Delimiter, Dialect};
use crate::error::Fault;
use crate::ingest::{faults, shift, units, words};
use crate::limits::Limits;

/// Records looked at.
const RECORDS_MAX: usize = 1_000;
/// Records of a table that may be transposed: more fields than that are records.
const TRANSPOSED_MAX: usize = 500;
/// Records in which a preamble must have ended.
const PREAMBLE_MAX: usize = 20;

/// What the first records tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Sniffed {
    pub(in crate::ingest) dialect: Dialect,
    /// The header as the file has it.
    pub(in crate::ingest) header: Option<Vec<String>>,
    pub(in crate::ingest) answer: Answer,
    /// Bytes and lines before the first record of data.
    pub(in crate::ingest) skip_bytes: usize,
    pub(in crate::ingest) skip_lines: u64,
    /// Lines before the header that belong to no table.
    pub(in crate::ingest) preamble_lines: u64,
    /// The header has one field less (-1) or one empty field more (1) than the records.
    pub(in crate::ingest) header_excess: i8,
    /// No separator made every record alike.
    pub(in crate::ingest) uneven: bool,
    /// Units of the columns, from a record below the header.
    pub(in crate::ingest) units: Option<Vec<String>>,
    /// The records look like fields.
    pub(in crate::ingest) transposed: bool,
}

/// What is known beforehand, from a dictionary.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ingest) struct Known {
    pub(in crate::ingest) delimiter: Option<Delimiter>,
    pub(in crate::ingest) header: Option<bool>,
}

/// A record of the sample.
#[derive(Clone, Debug)]
struct Record<'a> {
    start: usize,
    end: usize,
    cells: Vec<&'a [u8]>,
}

impl Record<'_> {
    fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| words::trimmed(cell).is_empty())
    }
}

/// Tells the dialect. `whole` says that the sample is the whole text.
pub(in crate::ingest) fn sniff(
    sample: &[u8],
    whole: bool,
    known: Known,
    limits: &Limits,
) -> Result<Sniffed, Fault> {
    let newline = if memchr::memchr(b'\n', sample).is_some() || !sample.contains(&b'\r') {
        b'\n'
    } else {
        b'\r'
    };
    // Excel's own hint: a first line `sep=;`.
    let hint = hinted(sample, newline);
    let begin = hint.map_or(0, |(_, end)| end);
    let remarks = remarks(&sample[begin..], newline);
    let begin = begin + remarks.map_or(0, |(_, end)| end);
    let (delimiter, uneven) = match (known.delimiter, hint) {
        (Some(delimiter), _) | (None, Some((delimiter, _))) => (delimiter, false),
        (None, None) => best(&sample[begin..], newline, whole),
    };
    let records = records(sample, begin, newline, delimiter, whole, limits.columns_max)?;
    let filled: Vec<&Record<'_>> = records.iter().filter(|record| !record.is_blank()).collect();
    if filled.is_empty() {
        return Err(faults::file_empty());
    }
    let columns = usual(&filled);
    let first = preamble(&filled, columns, known);
    let below: Vec<Vec<&[u8]>> = filled[first + 1..]
        .iter()
        .filter(|record| record.cells.len() == columns)
        .map(|record| record.cells.clone())
        .collect();
    let head = filled[first];
    let answer = match known.header {
        Some(true) => Answer::Header,
        Some(false) => Answer::NoHeader,
        None => header::decide(&head.cells, &below),
    };
    let mut data = if answer.is_header() { head.end } else { head.start };
    let units = answer.is_header().then(|| units_below(&below)).flatten();
    if units.is_some() {
        data = filled.get(first + 1).map_or(data, |record| record.end);
    }
    let lines = |end: usize| memchr::memchr_iter(newline, &sample[..end]).count() as u64;
    let mut sniffed = Sniffed {
        dialect: Dialect { delimiter, newline, columns },
        header: answer.is_header().then(|| head.cells.iter().map(|cell| unquoted(cell)).collect()),
        answer,
        skip_bytes: data,
        skip_lines: lines(data),
        preamble_lines: lines(head.start),
        header_excess: 0,
        uneven,
        units,
        transposed: false,
    };
    if let Some((last, _)) = remarks
        && known.header != Some(false)
        && !answer.is_header()
    {
        header_in_remark(&mut sniffed, last, newline);
    }
    let mut all = vec![head.cells.clone()];
    all.extend(below.iter().take(TRANSPOSED_MAX).cloned());
    sniffed.transposed = below.len() <= TRANSPOSED_MAX && shift::is_transposed(&all);
    fit_header(&mut sniffed, &below);
    Ok(sniffed)
}

/// The separator that a first line `sep=;` names, and where the line ends.
fn hinted(sample: &[u8], newline: u8) -> Option<(Delimiter, usize)> {
    let end = memchr::memchr(newline, sample.get(..16.min(sample.len()))?)?;
    let line = sample[..end].strip_suffix(b"\r").unwrap_or(&sample[..end]);
    match line {
        [s, e, p, b'=', mark] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") && mark.is_ascii() => {
            Some((Delimiter::One(*mark), end + 1))
        }
        _ => None,
    }
}

/// Lines of remarks (`#`, `%`, `//`) at the head of a text: the last of them, and where they end;
/// `None` if there are none, or nothing else.
fn remarks(sample: &[u8], newline: u8) -> Option<(&[u8], usize)> {
    let (mut last, mut at) = (None, 0);
    while let Some(rest) = sample.get(at..).filter(|rest| !rest.is_empty()) {
        let is_remark = [&b"#"[..], b"%", b"//"].iter().any(|mark| rest.starts_with(mark));
        if !is_remark {
            return last.map(|line| (line, at));
        }
        let end = memchr::memchr(newline, rest)?;
        last = Some(&rest[..end]);
        at += end + 1;
    }
    None
}

/// Takes the last remark for the header if it names as many columns as the records have.
fn header_in_remark(sniffed: &mut Sniffed, line: &[u8], newline: u8) {
    let line = line.trim_ascii_start();
    let marks = line.iter().take_while(|byte| matches!(byte, b'#' | b'%' | b'/')).count();
    let line = line[marks..].trim_ascii_start();
    let Ok(records) = records(line, 0, newline, sniffed.dialect.delimiter, true, usize::MAX) else {
        return;
    };
    let [record] = records.as_slice() else { return };
    let named = record.cells.iter().all(|cell| header::kind(cell) == Kind::Text);
    if named && record.cells.len() == sniffed.dialect.columns {
        sniffed.header = Some(record.cells.iter().map(|cell| unquoted(cell)).collect());
        sniffed.answer = Answer::Header;
        sniffed.preamble_lines = sniffed.preamble_lines.saturating_sub(1);
    }
}

/// The units that the first record below a header holds: units of two or more columns of numbers and
/// nothing else.
fn units_below(below: &[Vec<&[u8]>]) -> Option<Vec<String>> {
    let (first, rest) = below.split_first()?;
    let mut known = 0;
    let mut found = Vec::with_capacity(first.len());
    for (at, cell) in first.iter().enumerate() {
        let text = String::from_utf8_lossy(words::trimmed(cell)).into_owned();
        let inner = text.strip_prefix(['[', '(', '{']).unwrap_or(&text);
        let inner = inner.strip_suffix([']', ')', '}']).unwrap_or(inner).trim();
        found.push(match header::kind(cell) {
            Kind::Blank => String::new(),
            Kind::Typed => return None,
            Kind::Text if units::code(inner).is_some() && header::mostly_typed(at, rest) => {
                known += 1;
                inner.to_owned()
            }
            Kind::Text => return None,
        });
    }
    (known >= 2).then_some(found)
}

/// Allows a header one shorter than the records, or one empty name longer.
fn fit_header(sniffed: &mut Sniffed, below: &[Vec<&[u8]>]) {
    let Some(names) = &mut sniffed.header else { return };
    let columns = sniffed.dialect.columns;
    if names.len() == columns + 1 && names.last().is_some_and(|name| name.trim().is_empty()) {
        names.pop();
        sniffed.header_excess = 1;
    } else if names.len() + 1 == columns {
        sniffed.header_excess = -1;
        // Data frames write the name of every column but the row number, which comes first.
        if !header::is_blank(below, columns - 1) && header::is_row_number(below) {
            names.insert(0, String::new());
            sniffed.header_excess = -2;
        }
    } else if names.len() != columns {
        // The header counts: the records that differ from it are the ragged ones.
        sniffed.dialect.columns = names.len();
    }
}

/// The most frequent number of fields; among equals the first seen.
fn usual(records: &[&Record<'_>]) -> usize {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for record in records {
        let found = record.cells.len();
        match counts.iter_mut().find(|(fields, _)| *fields == found) {
            Some((_, count)) => *count += 1,
            None => counts.push((found, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    // A header and one record that disagree: the header is right.
    counts.iter().find(|(_, count)| *count == most).map_or(1, |(fields, _)| *fields)
}

/// Where the table begins: behind lines of a title or of single remarks, which spreadsheets put
/// above it. 0 if the first record may belong to the table.
fn preamble(records: &[&Record<'_>], columns: usize, known: Known) -> usize {
    if columns < 3 || known.header == Some(false) {
        return 0;
    }
    let cells = |record: &Record<'_>, wanted: Kind| {
        record.cells.iter().filter(|cell| header::kind(cell) == wanted).count()
    };
    let is_title = |record: &Record<'_>| {
        let texts = cells(record, Kind::Text);
        let short = record.cells.len() + 1 < columns && record.cells.len() <= 2;
        let lonely = texts == 1 && cells(record, Kind::Typed) == 0;
        short || (lonely && header::kind(record.cells[0]) == Kind::Text)
    };
    let Some(first) = records.iter().take(PREAMBLE_MAX).position(|record| !is_title(record)) else {
        return 0;
    };
    let head = records[first];
    // Only a row of names behind it makes a title of what stands above.
    let names = cells(head, Kind::Text);
    if head.cells.len() == columns && names * 5 >= columns * 4 { first } else { 0 }
}

/// The separator whose records are most alike and whose fields make most sense; whether none was
/// convincing.
fn best(sample: &[u8], newline: u8, whole: bool) -> (Delimiter, bool) {
    // Rarer characters first: they win when all else is equal.
    let candidates = [
        (Delimiter::One(b'\t'), 0.03),
        (Delimiter::One(b'|'), 0.02),
        (Delimiter::One(b';'), 0.01),
        (Delimiter::One(b','), 0.0),
        (Delimiter::Blanks, -0.1),
    ];
    let mut best = (Delimiter::None, 0.0, Score { score: 0.0, share: 1.0, sense: 0.0 });
    let judged = |delimiter: Delimiter| {
        let records = records(sample, 0, newline, delimiter, whole, usize::MAX).ok()?;
        let filled = records.iter().filter(|record| !record.is_blank());
        let first = filled.clone().next().map(|record| record.cells.len());
        let even = filled.clone().all(|record| Some(record.cells.len()) == first);
        score(&records, delimiter).map(|score| (score, even))
    };
    for (delimiter, favour) in candidates {
        let Some((found, _)) = judged(delimiter) else { continue };
        if found.score + favour > best.1 {
            best = (delimiter, found.score + favour, found);
        }
    }
    // Two separators side by side have to make every record alike and more cells meaningful.
    let marks = [b';', b',', b'\t', b'|'];
    let single = best.2;
    for (at, one) in marks.into_iter().enumerate() {
        for other in marks.into_iter().skip(at + 1) {
            let both = [one, other].iter().all(|mark| sample.contains(mark));
            if !both || single.share >= 1.0 && single.sense > 0.8 {
                continue;
            }
            let Some((found, true)) = judged(Delimiter::Two(one, other)) else { continue };
            if found.sense >= single.sense + 0.2 || single.share < 1.0 && found.sense >= 0.8 {
                best = (Delimiter::Two(one, other), found.score, found);
            }
        }
    }
    (best.0, best.2.share < 1.0)
}

/// How well a separator cuts the sample.
#[derive(Clone, Copy)]
struct Score {
    score: f64,
    /// Records of the usual number of fields.
    share: f64,
    /// Cells that are numbers, dates or empty.
    sense: f64,
}

/// The score of one separator; `None` if it makes no table.
#[expect(clippy::cast_precision_loss, reason = "counts of a bounded sample")]
fn score(records: &[Record<'_>], delimiter: Delimiter) -> Option<Score> {
    let filled: Vec<&Record<'_>> = records.iter().filter(|record| !record.is_blank()).collect();
    let columns = usual(&filled);
    if columns < 2 {
        return None;
    }
    let filled = &filled[titles(&filled, columns)..];
    let alike: Vec<_> = filled.iter().filter(|record| record.cells.len() == columns).collect();
    let share = alike.len() as f64 / filled.len() as f64;
    let headed = filled.first().is_some_and(|record| record.cells.len().abs_diff(columns) <= 1);
    if share < if headed { 0.5 } else { 0.8 } {
        return None;
    }
    let (mut sense, mut cells) = (0_usize, 0_usize);
    for record in alike.iter().skip(usize::from(alike.len() > 1)).take(200) {
        for cell in &record.cells {
            cells += 1;
            sense += usize::from(header::kind(cell) != Kind::Text);
        }
    }
    let sense = sense as f64 / cells.max(1) as f64;
    // Prose has blanks too.
    let sense_min = if filled.len() == 1 { 1.0 } else { 0.5 };
    if delimiter == Delimiter::Blanks && (share < 0.9 || sense < sense_min) {
        return None;
    }
    let width = (columns as f64).log2() * 0.005;
    let score = share * share * (0.6 + 0.4 * sense) + width.min(0.05);
    Some(Score { score, share, sense })
}

/// How many short records stand above the first of `columns` fields.
fn titles(records: &[&Record<'_>], columns: usize) -> usize {
    let table = records.iter().take(PREAMBLE_MAX).position(|record| record.cells.len() == columns);
    let short = |record: &&Record<'_>| record.cells.len() <= 2 && record.cells.len() + 1 < columns;
    table.filter(|table| records[..*table].iter().all(short)).unwrap_or(0)
}

/// The records of the sample, the last left out if it may be cut off.
fn records<'a>(
    sample: &'a [u8],
    begin: usize,
    newline: u8,
    delimiter: Delimiter,
    whole: bool,
    columns_max: usize,
) -> Result<Vec<Record<'a>>, Fault> {
    let mut records = Vec::new();
    let mut at = begin;
    while at < sample.len() && records.len() < RECORDS_MAX {
        let start = at;
        let mut cells = Vec::new();
        if delimiter == Delimiter::Blanks {
            at += sample[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        }
        let ended = loop {
            let (cell, next, more) = field(sample, at, newline, delimiter);
            cells.push(cell);
            at = next;
            if cells.len() > columns_max {
                return Err(faults::columns_too_many(cells.len(), columns_max));
            }
            if !more {
                break sample.get(next.wrapping_sub(1)) == Some(&newline);
            }
        };
        if delimiter == Delimiter::Blanks
            && cells.len() > 1
            && cells.last().is_some_and(|cell| cell.is_empty())
        {
            cells.pop();
        }
        if ended || whole || records.is_empty() {
            records.push(Record { start, end: at, cells });
        }
    }
    Ok(records)
}

/// One field: its bytes without quotes, where the next begins, and whether one does.
fn field(sample: &[u8], start: usize, newline: u8, delimiter: Delimiter) -> (&[u8], usize, bool) {
    let mut at = start;
    let mut inner = None;
    if sample.get(start) == Some(&b'"') {
        at += 1;
        loop {
            match memchr::memchr(b'"', &sample[at..]) {
                Some(quote) if sample.get(at + quote + 1) == Some(&b'"') => at += quote + 2,
                Some(quote) => {
                    inner = Some(&sample[start + 1..at + quote]);
                    at += quote + 1;
                    break;
                }
                None => return (&sample[start..], sample.len(), false),
            }
            if at >= sample.len() {
                return (&sample[start..], sample.len(), false);
            }
        }
    }
    let rest = &sample[at..];
    let length = rest
        .iter()
        .position(|byte| *byte == newline || delimiter.parts(*byte))
        .unwrap_or(rest.len());
    let end = at + length;
    let more = sample.get(end).is_some_and(|byte| *byte != newline);
    let mut next = (end + 1).min(sample.len());
    if more && delimiter == Delimiter::Blanks {
        next += sample[next..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    }
    let cell = inner.unwrap_or_else(|| {
        let cell = &sample[start..end];
        if more { cell } else { cell.strip_suffix(b"\r").unwrap_or(cell) }
    });
    (cell, next, more)
}

fn unquoted(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).replace("\"\"", "\"")
}

#[cfg(test)]
#[path = "sniff_tests.rs"]
mod tests;
