//! Binary workbooks (`.xls`, `.xlsb`) written by hand, record by record.

use schema::data::column::{FileFormat, ValueType};

use super::super::tests::{Case, converted, fault, small};
use super::tests::{RELATIONS, packed};
use crate::error::Fault;
use crate::limits::Limits;

/// A record of `.xlsb`.
fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    let low = u8::try_from(kind & 0x7F).unwrap();
    let kind = if kind < 0x80 { vec![low] } else { vec![low | 0x80, (kind >> 7) as u8] };
    assert!(body.len() < 0x80);
    [&kind[..], &[body.len() as u8], body].concat()
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u32::try_from(units.len()).unwrap().to_le_bytes().to_vec();
    [length, units.into_iter().flat_map(u16::to_le_bytes).collect()].concat()
}

/// A binary workbook of one sheet of these cells: row, column, kind, style, value.
fn xlsb(cells: &[(u32, u32, u16, u8, Vec<u8>)]) -> Vec<u8> {
    let named = [vec![0, 0, 0, 0, 1, 0, 0, 0], wide("rId1"), wide("측정")].concat();
    let book = [record(0x9C, &named), record(0x90, &[]), record(0x9D, &[])].concat();
    // Cell styles: plain, and a date with time.
    let style = |format: u8| record(0x2F, &[&[0, 0, format][..], &[0; 13]].concat());
    let styles = [record(0x269, &[2, 0, 0, 0]), style(0), style(22)].concat();
    let words =
        [record(0x9F, &[1, 0, 0, 0, 1, 0, 0, 0]), record(0x13, &[vec![0], wide("판정")].concat())]
            .concat();
    let mut sheet = record(0x94, &[0; 16]);
    sheet.extend(record(0x91, &[]));
    let mut at = None;
    for (row, column, kind, style, value) in cells {
        if at != Some(*row) {
            sheet.extend(record(0, &row.to_le_bytes()));
            at = Some(*row);
        }
        let place = [&column.to_le_bytes()[..], &[*style, 0, 0, 0]].concat();
        sheet.extend(record(*kind, &[place, value.clone()].concat()));
    }
    sheet.extend(record(0x92, &[]));
    let relations = format!(
        "<Relationships><Relationship Id=\"rId1\" Type=\"{RELATIONS}/worksheet\" \
         Target=\"worksheets/sheet1.bin\"/></Relationships>"
    );
    packed(&[
        ("xl/workbook.bin", &book, false),
        ("xl/_rels/workbook.bin.rels", relations.as_bytes(), false),
        ("xl/styles.bin", &styles, true),
        ("xl/sharedStrings.bin", &words, true),
        ("xl/worksheets/sheet1.bin", &sheet, true),
    ])
}

fn real(value: f64) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

#[test]
fn a_binary_workbook_is_read_alike() {
    let file = converted(xlsb(&[
        (0, 0, 6, 0, wide("측정일시")),
        (0, 1, 6, 0, wide("온도(℃)")),
        (0, 2, 7, 0, vec![0, 0, 0, 0]),
        (1, 0, 5, 1, real(45_943.541)),
        (1, 1, 5, 0, real(0.1 + 0.2)),
        (1, 2, 4, 0, vec![1]),
        // A number packed in four bytes: 1,234 hundredths.
        (2, 0, 5, 1, real(45_944.0)),
        (2, 1, 2, 0, ((1_234_u32 << 2) | 3).to_le_bytes().to_vec()),
        (2, 2, 4, 0, vec![0]),
        (3, 0, 5, 1, real(45_945.0)),
        (3, 1, 3, 0, vec![0x07]),
        (3, 2, 4, 0, vec![1]),
    ]));
    let reading = &file.dictionary.reading;
    assert_eq!((reading.format, reading.sheet.as_deref()), (FileFormat::Xlsb, Some("측정")));
    assert_eq!(file.names(), ["측정일시", "온도(℃)", "판정"]);
    assert_eq!(
        file.column("측정일시"),
        ["2025-10-13T03:59:02.400Z", "2025-10-13T15:00:00Z", "2025-10-14T15:00:00Z"]
    );
    assert_eq!(file.column("온도(℃)"), ["0.30000000000000004", "12.34", "∅"]);
    assert_eq!(file.column("판정"), ["true", "false", "true"]);
    assert!(file.finding("cells-error").text.en.contains("B4"));
}

/// A record of `.xls`.
fn old(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    [&kind.to_le_bytes(), &length.to_le_bytes(), body].concat()
}

fn begin(kind: u8) -> Vec<u8> {
    old(0x809, &[0, 6, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// A text of two bytes a character.
fn text(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u16::try_from(units.len()).unwrap().to_le_bytes();
    [&length[..], &[1], &units.into_iter().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat()
}

/// The stream of a workbook of sheets, each the records between its beginning and its end, with
/// shared texts.
fn stream(sheets: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let count = u32::try_from(words.len()).unwrap().to_le_bytes();
    let words: Vec<u8> = words.iter().flat_map(|word| text(word)).collect();
    // Cell styles: plain, and a date with time.
    let style = |format: u8| old(0xE0, &[&[0, 0, format][..], &[0; 17]].concat());
    let head = |places: &[usize]| {
        let named = |(n, at): (usize, &usize)| {
            let at = u32::try_from(*at).unwrap().to_le_bytes();
            old(0x85, &[&at[..], &[0, 0, 1, 0, b'A' + n as u8]].concat())
        };
        let named: Vec<u8> = places.iter().enumerate().flat_map(named).collect();
        let shared = old(0xFC, &[&count[..], &count, &words].concat());
        [begin(5), style(0), style(22), named, shared, old(0x0A, &[])].concat()
    };
    let length = head(&vec![0; sheets.len()]).len();
    let (mut places, mut bodies) = (Vec::new(), Vec::new());
    for sheet in sheets {
        places.push(length + bodies.len());
        bodies.extend([begin(16), sheet.clone(), old(0x0A, &[])].concat());
    }
    [head(&places), bodies].concat()
}

const END: u32 = 0xFFFF_FFFE;

/// A compound file of one stream, whose table of sectors `damage` may change.
fn compound(name: &str, stream: &[u8], damage: impl Fn(&mut Vec<u32>)) -> Vec<u8> {
    let mut stream = stream.to_vec();
    stream.resize(stream.len().max(4_096).next_multiple_of(512), 0);
    let sectors = u32::try_from(stream.len() / 512).unwrap();
    let mut head = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    head.extend([0; 16]);
    head.extend([0x3E_u16, 3, 0xFFFE, 9, 6, 0, 0, 0].into_iter().flat_map(u16::to_le_bytes));
    head.extend([0, 1, 1, 0, 4_096, END, 0, END, 0].into_iter().flat_map(u32::to_le_bytes));
    head.extend(0_u32.to_le_bytes());
    head.extend([0xFF; 4 * 108]);
    let mut fat: Vec<u32> = vec![0xFFFF_FFFD, END];
    fat.extend((3..2 + sectors).chain([END]));
    damage(&mut fat);
    assert!(fat.len() <= 128);
    fat.resize(128, u32::MAX);
    let entry = |name: &str, kind: u8, start: u32, length: usize| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(66, 0);
        entry.extend([kind, 1]);
        entry.resize(116, 0);
        entry.extend(start.to_le_bytes());
        entry.extend((length as u64).to_le_bytes());
        entry
    };
    let mut directory = entry("Root Entry", 5, END, 0);
    directory.extend(entry(name, 2, 2, stream.len()));
    directory.resize(512, 0);
    [head, fat.into_iter().flat_map(u32::to_le_bytes).collect(), directory, stream].concat()
}

fn xls(sheets: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    compound("Workbook", &stream(sheets, words), |_| {})
}

fn cell(row: u16, column: u16, style: u8, kind: u16, value: &[u8]) -> Vec<u8> {
    let place = [row.to_le_bytes(), column.to_le_bytes(), [style, 0]].concat();
    old(kind, &[&place[..], value].concat())
}

fn word(row: u16, column: u16, number: u8) -> Vec<u8> {
    cell(row, column, 0, 0xFD, &[number, 0, 0, 0])
}

fn number(row: u16, column: u16, style: u8, value: f64) -> Vec<u8> {
    cell(row, column, style, 0x203, &value.to_le_bytes())
}

fn readings() -> Vec<u8> {
    [
        old(0x200, &[0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 3, 0, 0, 0]),
        word(0, 0, 0),
        word(0, 1, 1),
        word(0, 2, 2),
        number(1, 0, 1, 45_943.541),
        number(1, 1, 0, 0.1 + 0.2),
        cell(1, 2, 0, 0x205, &[1, 0]),
        number(2, 0, 1, 45_944.0),
        // A whole number packed in four bytes.
        cell(2, 1, 0, 0x27E, &((7_u32 << 2) | 2).to_le_bytes()),
        cell(2, 2, 0, 0x205, &[0x07, 1]),
    ]
    .concat()
}

const WORDS: [&str; 3] = ["측정일시", "온도(℃)", "판정"];

#[test]
fn an_old_workbook_is_read_alike() {
    let cover = number(0, 0, 0, 1.0);
    for name in ["Workbook", "Book"] {
        let stream = stream(&[cover.clone(), readings()], &WORDS);
        let file = converted(compound(name, &stream, |_| {}));
        let reading = &file.dictionary.reading;
        assert_eq!((reading.format, reading.sheet.as_deref()), (FileFormat::Xls, Some("B")));
        assert_eq!(file.names(), WORDS);
        assert_eq!(file.column("측정일시"), ["2025-10-13T03:59:02.400Z", "2025-10-13T15:00:00Z"]);
        assert_eq!(file.column("온도(℃)"), ["0.30000000000000004", "7.0"]);
        assert_eq!(file.of("판정").value_type, ValueType::Boolean);
        assert_eq!(file.column("판정"), ["true", "∅"]);
        assert!(file.finding("cells-error").text.en.contains("C3"));
    }
    let other = compound("WordDocument", &[0; 5_000], |_| {});
    assert_eq!(fault(other, &small()).code, "format-unknown");
}

#[test]
fn a_small_old_workbook_cannot_ask_for_all_memory() {
    let whole = Limits::default();
    let far = [number(0, 0, 0, 1.0), number(65_535, 65_535, 0, 2.0)].concat();
    assert_eq!(fault(xls(&[far], &WORDS), &whole).code, "workbook-too-large");
    // A column that is full to the last row is a table.
    let tall: Vec<u8> = (0..400).flat_map(|row| number(row * 163, 0, 0, f64::from(row))).collect();
    assert!(fault_free(xls(&[tall], &WORDS)));
    for rows in [[0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [9, 0, 0, 0, 1, 0, 0, 0]] {
        let claim = old(0x200, &[&rows[..], &[0, 0, 0xFF, 0xFF, 0, 0]].concat());
        let claim = [claim, number(0, 0, 0, 1.0)].concat();
        assert_eq!(fault(xls(&[claim], &WORDS), &whole).code, "workbook-invalid");
    }
    // One long text in many cells: sixty kilobytes times a thousand.
    let long = "가".repeat(20_000);
    let small = Limits { memory_bytes_max: 16 << 20, ..Limits::default() };
    let many: Vec<u8> = (0..1_000).flat_map(|row| word(row, 0, 0)).collect();
    let shared = text(&long);
    let (first, rest) = shared.split_at(8_003);
    let mut pieces = old(0xFC, &[&[1, 0, 0, 0, 1, 0, 0, 0][..], first].concat());
    for piece in rest.chunks(8_000) {
        pieces.extend(old(0x3C, &[&[1][..], piece].concat()));
    }
    let at = u32::try_from(begin(5).len() + 13 + pieces.len() + 4).unwrap().to_le_bytes();
    let named = old(0x85, &[&at[..], &[0, 0, 1, 0, b'A']].concat());
    let book = [begin(5), named, pieces, old(0x0A, &[]), begin(16), many, old(0x0A, &[])].concat();
    assert_eq!(fault(compound("Workbook", &book, |_| {}), &small).code, "workbook-too-large");
    // A sheet of a hundred thousand places, named forty times.
    let wide = [number(0, 0, 0, 1.0), number(999, 99, 0, 2.0)].concat();
    let mut sheets = vec![Vec::new(); 39];
    assert_eq!(fault(xls(&sheets, &[]), &small).code, "file-empty");
    sheets.push(wide);
    assert!(fault_free(xls(&sheets, &[])));
    let mut named = stream(&sheets, &[]);
    let last = begin(5).len() + 2 * 24 + 39 * 13 + 4;
    let at: [u8; 4] = named[last..last + 4].try_into().unwrap();
    for sheet in 0..40 {
        named[last - sheet * 13..][..4].copy_from_slice(&at);
    }
    assert_eq!(fault(compound("Workbook", &named, |_| {}), &small).code, "workbook-too-large");
}

fn fault_free(bytes: Vec<u8>) -> bool {
    Case::new(bytes).convert(&Limits::default()).is_ok()
}

#[test]
fn a_chain_that_comes_round_ends() {
    let stream = stream(&[readings()], &WORDS);
    // The directory's chain, and that of the stream.
    for (from, to) in [(1, 1), (9, 2)] {
        let round = compound("Workbook", &stream, |fat| fat[from] = to);
        let end = Case::new(&round).convert(&small());
        match end {
            Err(Fault::Input(fault)) => assert_eq!((from, &*fault.code), (1, "workbook-invalid")),
            // The stream is over before its chain is.
            other => assert!(other.is_ok() && from == 9, "{from}: {other:?}"),
        }
    }
    let mut repeated = compound("Workbook", &stream, |_| {});
    // A table of sectors that names itself 109 times.
    repeated[76..512].fill(0);
    assert_eq!(fault(repeated, &small()).code, "workbook-invalid");
}

#[test]
fn damage_is_a_fault() {
    let whole = xls(&[readings()], &WORDS);
    let binary = xlsb(&[(0, 0, 6, 0, wide("a")), (1, 0, 5, 0, real(1.0))]);
    for whole in [whole, binary] {
        for at in (0..whole.len()).step_by(whole.len() / 120) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            for bytes in [&damaged[..], &whole[..at]] {
                let end = Case::new(bytes).convert(&small());
                assert!(matches!(end, Ok(_) | Err(Fault::Input(_))), "{at}: {end:?}");
            }
        }
    }
}
