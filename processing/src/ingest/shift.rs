//! Tables that stand wrongly in their file: names one column off, or fields down the first column.
//!
//! Nothing is moved on suspicion: what is found is told with what to do about it.

use schema::data::column::{Column, Finding, ValueType};

use super::csv::header::{self, Kind};
use super::{notes, roles, stamp, units};

/// Names that stand one column beside their values: a name of a time over something else, and the
/// only times right beside it.
pub(super) fn header(columns: &[Column]) -> Option<Finding> {
    let is_time =
        |column: &Column| matches!(column.value_type, ValueType::Date | ValueType::Timestamp);
    let may_be_time = |column: &Column| {
        is_time(column) || column.value_type == ValueType::Integer || !column.formats.is_empty()
    };
    if columns.iter().any(|column| is_time(column) && roles::says_time(&column.name)) {
        return None;
    }
    let at = columns.iter().position(|column| {
        roles::says_time(&column.name) && !may_be_time(column) && column.confidence_bp != Some(0)
    })?;
    let beside = |other: Option<usize>| other.and_then(|at| columns.get(at)).is_some_and(is_time);
    let to_right = beside(Some(at + 1));
    if !to_right && !beside(at.checked_sub(1)) {
        return None;
    }
    Some(notes::header_shifted(&columns[at].name, to_right))
}

/// Kinds of cells that a field keeps from record to record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fine {
    Time,
    Number,
    Word,
}

fn fine(cell: &[u8]) -> Option<Fine> {
    match header::kind(cell) {
        Kind::Blank => None,
        Kind::Text => Some(Fine::Word),
        Kind::Typed if stamp::scan(super::words::trimmed(cell)).is_some() => Some(Fine::Time),
        Kind::Typed => Some(Fine::Number),
    }
}

/// Whether the records look like fields: every record holds one kind, every column several, and the
/// first column names them.
pub(super) fn is_transposed(records: &[Vec<&[u8]>]) -> bool {
    let Some(width) = records.first().map(Vec::len) else { return false };
    let names: Vec<&[u8]> = records.iter().filter_map(|record| record.first().copied()).collect();
    let mut distinct: Vec<&[u8]> = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let named = names.iter().all(|name| header::kind(name) == Kind::Text);
    if width < 3 || records.len() < 3 || !named || distinct.len() < names.len() {
        return false;
    }
    let kinds: Vec<Vec<Option<Fine>>> = records
        .iter()
        .map(|record| record.iter().skip(1).map(|cell| fine(cell)).collect())
        .collect();
    let alike = |cells: &mut dyn Iterator<Item = Option<Fine>>| {
        let mut cells = cells.flatten();
        let first = cells.next();
        cells.all(|kind| Some(kind) == first)
    };
    // A first record of words may be a header, which says nothing here.
    let words = kinds[0].iter().all(|kind| *kind == Some(Fine::Word));
    let body = &kinds[usize::from(words)..];
    let whole_rows = body.iter().filter(|row| alike(&mut row.iter().copied())).count();
    let mixed = (0..width - 1)
        .filter(|column| !alike(&mut body.iter().map(|row| row.get(*column).copied().flatten())))
        .count();
    let most = |count: usize, of: usize| of > 0 && count * 10 >= of * 9;
    if most(whole_rows, body.len()) && most(mixed, width - 1) {
        return true;
    }
    // Numbers only: the names have to say that they are fields.
    let fields = names
        .iter()
        .filter(|name| {
            let name = String::from_utf8_lossy(name);
            matches!(units::in_header(&name), units::Bracket::Unit(_)) || roles::says_signal(&name)
        })
        .count();
    most(whole_rows, body.len()) && names.len() >= 3 && fields * 10 >= names.len() * 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transposed(text: &str) -> bool {
        let records: Vec<Vec<&[u8]>> =
            text.lines().map(|line| line.split(',').map(str::as_bytes).collect()).collect();
        is_transposed(&records)
    }

    #[test]
    fn fields_down_the_first_column_are_noticed() {
        for (text, expected) in [
            ("time,2023-01-01 00:00,2023-01-01 00:01\ntemp,20.5,21.5\nresult,OK,NG", true),
            (
                "lot,A1,A2,A3\n온도(℃),20.5,21.5,22\n판정,양품,불량,양품\n날짜,2023-01-01,2023-01-02,2023-01-03",
                true,
            ),
            ("item,1,2,3\ntemp,20,21,22\npressure,3.1,3.2,3.3\nspeed,100,101,99", true),
            ("time,temp,result\n2023-01-01,20.5,OK\n2023-01-02,21.5,NG", false),
            (",Sensor-1,Sensor-2\nWafer-801,1.5,2.5\nWafer-802,1.6,2.6\nWafer-803,1,2", false),
            ("lot,temp,press\nA1,20.5,3\nA2,21.5,4\nA3,22,5", false),
            ("name,kind,state\nbolt,M5,OK\nnut,M5,NG\nscrew,M6,OK", false),
            ("a,b,c\n1,2,3\n4,5,6", false),
            ("region,2018,2019,2020\nSeoul,5,6,7\nBusan,8,9,1\nDaegu,3,4,5", false),
        ] {
            assert_eq!(transposed(text), expected, "{text}");
        }
    }
}
