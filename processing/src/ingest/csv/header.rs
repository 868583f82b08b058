//! Whether the first record names the columns.

use crate::ingest::{number, stamp, words};

/// What kind of thing a cell is, coarsely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Kind {
    /// Empty, or a word for "no value".
    Blank,
    /// A number, date, time or truth value.
    Typed,
    /// Anything else.
    Text,
}

/// The kind of a cell.
pub(in crate::ingest) fn kind(cell: &[u8]) -> Kind {
    let cell = words::trimmed(cell);
    if cell.is_empty() || words::null_word(cell).is_some() {
        return Kind::Blank;
    }
    let typed = number::plain(cell).is_some()
        || number::commas(cell).is_some()
        || words::truth(cell).is_some()
        || stamp::scan(cell).is_some_and(|stamp| {
            stamp::Order::ALL.into_iter().any(|order| stamp.days(order).is_some())
        });
    if typed { Kind::Typed } else { Kind::Text }
}

/// How sure the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Answer {
    /// Names above typed columns.
    Header,
    /// Values like those below.
    NoHeader,
    /// Names by look only: every column holds text.
    HeaderAssumed,
    /// Values by look only: every column holds text shaped like the first record.
    NoHeaderAssumed,
    /// Names that are numbers in sequence.
    NumberedHeader,
}

impl Answer {
    /// Whether the first record names the columns.
    pub(in crate::ingest) fn is_header(self) -> bool {
        matches!(self, Self::Header | Self::HeaderAssumed | Self::NumberedHeader)
    }
}

/// Decides from the first record and some of those below.
pub(in crate::ingest) fn decide(first: &[&[u8]], below: &[Vec<&[u8]>]) -> Answer {
    let kinds: Vec<Kind> = first.iter().map(|cell| kind(cell)).collect();
    if below.is_empty() {
        // A lone record with a number is data; a lone record of words names columns of nothing.
        let typed = kinds.contains(&Kind::Typed);
        return if typed { Answer::NoHeader } else { Answer::Header };
    }
    if is_sequence(first) && !below.iter().all(|record| run(record).is_some()) {
        return Answer::NumberedHeader;
    }
    let (mut names, mut values) = (0, 0);
    for (column, kind) in kinds.iter().enumerate() {
        let typed_below = mostly_typed(column, below);
        match kind {
            Kind::Text if typed_below => names += 1,
            Kind::Typed if typed_below => values += 1,
            _ => {}
        }
    }
    match (names, values) {
        (0, 0) => by_look(first, &kinds, below),
        _ if names > 0 && names >= values => Answer::Header,
        _ => Answer::NoHeader,
    }
}

/// Whether a column holds nothing.
pub(in crate::ingest) fn is_blank(below: &[Vec<&[u8]>], column: usize) -> bool {
    below.iter().all(|record| record.get(column).is_none_or(|cell| kind(cell) == Kind::Blank))
}

/// Whether the first column runs one by one, or names every record with a word of its own.
pub(in crate::ingest) fn is_row_number(below: &[Vec<&[u8]>]) -> bool {
    let mut cells: Vec<&[u8]> =
        below.iter().filter_map(|record| record.first()).map(|cell| words::trimmed(cell)).collect();
    let numbers: Vec<i64> = cells.iter().filter_map(|cell| number::integer(cell)).collect();
    if numbers.len() == cells.len() {
        return numbers.len() >= 2
            && numbers.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
    }
    let words = cells.iter().all(|cell| kind(cell) == Kind::Text);
    cells.sort_unstable();
    words && cells.windows(2).all(|pair| pair[0] != pair[1])
}

/// Whether a column holds numbers, dates or truth values, but for a few cells.
pub(in crate::ingest) fn mostly_typed(column: usize, below: &[Vec<&[u8]>]) -> bool {
    let (mut typed, mut text) = (0, 0);
    for record in below {
        match record.get(column).map(|cell| kind(cell)) {
            Some(Kind::Typed) => typed += 1,
            Some(Kind::Text) => text += 1,
            _ => {}
        }
    }
    typed > 0 && typed >= text * 4
}

/// Names such as `0,1,2,3`, which data frames write for columns without names, and years in a row.
fn is_sequence(record: &[&[u8]]) -> bool {
    run(record).is_some_and(|first| matches!(first, 0 | 1 | 1900..=2100))
}

/// The first of three or more integers that run one by one, if most cells are such.
fn run(record: &[&[u8]]) -> Option<i64> {
    let numbers: Vec<i64> =
        record.iter().filter_map(|cell| number::integer(words::trimmed(cell))).collect();
    let others = record.len() - numbers.len();
    let steady = numbers.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
    (numbers.len() >= 3 && others <= numbers.len() / 2 && steady).then(|| numbers[0])
}

/// Only text in every column: names differ from each other and from the values below, and look
/// unlike them.
fn by_look(first: &[&[u8]], kinds: &[Kind], below: &[Vec<&[u8]>]) -> Answer {
    let mut seen: Vec<&[u8]> = first.iter().map(|cell| words::trimmed(cell)).collect();
    seen.sort_unstable();
    let texts = kinds.iter().filter(|kind| **kind == Kind::Text).count();
    let repeated = seen.windows(2).any(|pair| pair[0] == pair[1] && !pair[0].is_empty());
    let recurs = (0..first.len()).any(|column| {
        !first[column].is_empty()
            && below.iter().any(|record| record.get(column) == Some(&first[column]))
    });
    let alike = (0..first.len()).all(|column| {
        let look = look(first[column]);
        look.contains(&b'9')
            && below
                .iter()
                .all(|record| record.get(column).is_none_or(|cell| self::look(cell) == look))
    });
    if texts == 0 || repeated || recurs || alike {
        Answer::NoHeaderAssumed
    } else {
        Answer::HeaderAssumed
    }
}

/// A cell with digits as `9` and letters as `a`, runs shortened.
fn look(cell: &[u8]) -> Vec<u8> {
    let mut look: Vec<u8> = words::trimmed(cell)
        .iter()
        .map(|byte| match byte {
            b'0'..=b'9' => b'9',
            byte if byte.is_ascii_alphabetic() || *byte >= 0x80 => b'a',
            byte => *byte,
        })
        .collect();
    look.dedup();
    look
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Answer {
        let records: Vec<Vec<&[u8]>> =
            text.lines().map(|line| line.split(',').map(str::as_bytes).collect()).collect();
        decide(&records[0], &records[1..])
    }

    #[test]
    fn names_above_values_are_a_header() {
        for (text, expected) in [
            ("time,temp\n2020-01-01,1.5\n2020-01-02,2", Answer::Header),
            (",Sensor-1\nWafer-1,1.5\nWafer-2,", Answer::Header),
            ("112\n98\n69", Answer::NoHeader),
            ("1,1,-0.0007,text\n1,2,0.0019,text", Answer::NoHeader),
            ("0,1,2,3\n1.5,2.5,3.5,a\n2.5,3.5,4.5,b", Answer::NumberedHeader),
            ("region,2018,2019,2020\nSeoul,5,6,7\nBusan,8,9,1", Answer::NumberedHeader),
            ("1,2,3\n2,3,4\n3,4,5", Answer::NoHeader),
            ("name,result\nbolt,OK\nnut,NG\nnut,OK", Answer::HeaderAssumed),
            ("A-17,OK\nA-18,OK\nA-19,NG", Answer::NoHeaderAssumed),
            ("A17,K1\nA18,K2\nA19,K3", Answer::NoHeaderAssumed),
            ("time,1\n2020-01-01,5\n2020-01-02,6", Answer::Header),
            ("NA,5\n3,6\n4,7", Answer::NoHeader),
            ("name", Answer::Header),
            ("5,abc", Answer::NoHeader),
        ] {
            assert_eq!(answer(text), expected, "{text}");
        }
    }
}
