//! Workbooks written by hand, part by part, so that every case is in sight.

use std::io::Write as _;

use schema::data::column::{FileFormat, ValueType};

use super::super::tests::{Case, converted, fault, small};
use super::letters;
use crate::error::Fault;
use crate::limits::Limits;

/// A ZIP archive of parts that are not packed.
fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    packed(&parts.iter().map(|(name, text)| (*name, text.as_bytes(), false)).collect::<Vec<_>>())
}

pub(super) fn packed(parts: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, deflate) in parts {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let body = if *deflate {
            let level = flate2::Compression::best();
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        } else {
            bytes.to_vec()
        };
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let at = u32::try_from(out.len()).unwrap().to_le_bytes();
        let mut head = vec![20, 0, 0, 0, if *deflate { 8 } else { 0 }, 0, 0, 0, 0x21, 0];
        head.extend(crc.sum().to_le_bytes());
        head.extend(length(&body));
        head.extend(length(bytes));
        head.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        head.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(body);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(at);
        directory.extend(name.as_bytes());
    }
    let at = u32::try_from(out.len()).unwrap().to_le_bytes();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    let count = u16::try_from(parts.len()).unwrap().to_le_bytes();
    out.extend(directory);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend(count);
    out.extend(count);
    out.extend(size);
    out.extend(at);
    out.extend([0, 0]);
    out
}

pub(super) const RELATIONS: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook of sheets, each given as the rows of its XML; style 1 is a date, 2 a date and time.
fn xlsx(sheets: &[(&str, &str)], is_1904: bool) -> Vec<u8> {
    let mut list = String::new();
    let mut relations = String::new();
    let mut parts = Vec::new();
    for (at, (name, rows)) in (1..).zip(sheets) {
        list += &format!("<sheet name=\"{name}\" sheetId=\"{at}\" r:id=\"rId{at}\"/>");
        relations += &format!(
            "<Relationship Id=\"rId{at}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{at}.xml\"/>"
        );
        parts.push((
            format!("xl/worksheets/sheet{at}.xml"),
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    relations +=
        &format!("<Relationship Id=\"rId90\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/>");
    let system = if is_1904 { "<workbookPr date1904=\"1\"/>" } else { "" };
    parts.extend([
        (
            "[Content_Types].xml".to_owned(),
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"
                .to_owned(),
        ),
        (
            "_rels/.rels".to_owned(),
            format!(
                "<Relationships><Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!("<workbook xmlns:r=\"{RELATIONS}\">{system}<sheets>{list}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("<Relationships>{relations}</Relationships>"),
        ),
        (
            "xl/styles.xml".to_owned(),
            "<styleSheet><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>\
             <xf numFmtId=\"22\"/></cellXfs></styleSheet>"
                .to_owned(),
        ),
    ]);
    archive(&parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
}

/// A row of cells, each as its XML attributes and content.
fn row(number: u32, cells: &[(&str, &str, &str)]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .map(|(column, attributes, value)| {
            let inner = if attributes.contains("inlineStr") {
                format!("<is><t>{value}</t></is>")
            } else {
                format!("<v>{value}</v>")
            };
            format!("<c r=\"{column}{number}\" {attributes}>{inner}</c>")
        })
        .collect();
    format!("<row r=\"{number}\">{}</row>", cells.concat())
}

const TEXT: &str = "t=\"inlineStr\"";

fn measurements(shift: f64) -> String {
    let serial = |value: f64| (value - shift).to_string();
    [
        row(2, &[("B", TEXT, "7월 측정 기록")]),
        row(
            4,
            &[
                ("B", TEXT, "측정일시"),
                ("C", TEXT, "온도(℃)"),
                ("D", TEXT, "판정"),
                ("E", TEXT, "검사일"),
            ],
        ),
        row(
            5,
            &[
                ("B", "s=\"2\"", &serial(45_943.541)),
                ("C", "", "0.30000000000000004"),
                ("D", "t=\"b\"", "1"),
                ("E", "s=\"1\"", &serial(45_943.0)),
            ],
        ),
        row(
            7,
            &[
                ("B", "s=\"2\"", &serial(45_944.0)),
                ("C", "t=\"e\"", "#DIV/0!"),
                ("D", "t=\"b\"", "0"),
                ("E", "s=\"1\"", &serial(45_944.0)),
            ],
        ),
    ]
    .concat()
}

#[test]
fn a_sheet_becomes_a_table_in_both_date_systems() {
    for (shift, is_1904) in [(0.0, false), (1462.0, true)] {
        let cover = row(1, &[("A", TEXT, "표지")]);
        let other = row(1, &[("A", TEXT, "x"), ("B", TEXT, "y")]);
        let sheets = [("표지", cover.as_str()), ("측정", &measurements(shift)), ("기타", &other)];
        let file = converted(xlsx(&sheets, is_1904));
        let reading = &file.dictionary.reading;
        assert_eq!((reading.format, reading.sheet.as_deref()), (FileFormat::Xlsx, Some("측정")));
        assert_eq!(file.names(), ["측정일시", "온도(℃)", "판정", "검사일"]);
        assert_eq!(file.column("측정일시"), ["2025-10-13T03:59:02.400Z", "2025-10-13T15:00:00Z"]);
        assert_eq!(file.column("온도(℃)"), ["0.30000000000000004", "∅"]);
        assert_eq!(file.column("판정"), ["true", "false"]);
        assert_eq!(file.column("검사일"), ["2025-10-13", "2025-10-14"]);
        assert_eq!(file.of("검사일").value_type, ValueType::Date);
        assert_eq!(
            file.codes(),
            [
                "blank-lines",
                "cells-error",
                "null-words",
                "preamble-skipped",
                "sheet-read",
                "sheets-left",
                "time-zone-assumed"
            ]
        );
        assert!(file.finding("cells-error").text.en.contains("C7"));
        assert!(file.finding("sheet-read").text.en.contains("B2:E7"));
        assert_eq!(file.finding("sheets-left").count, Some(2));
    }
}

#[test]
fn the_dictionary_names_the_sheet() {
    let sheet = |name: &str| {
        row(1, &[("A", TEXT, name), ("B", TEXT, "v")]) + &row(2, &[("A", "", "1"), ("B", "", "2")])
    };
    let (one, two) = (sheet("one"), sheet("two"));
    let case = Case::new(xlsx(&[("first", &one), ("second", &two)], false));
    let mut dictionary = super::super::inspect(&case.input, &Limits::default()).unwrap();
    assert_eq!(dictionary.columns[0].name, "one");
    dictionary.reading.sheet = Some("second".to_owned());
    dictionary.columns[0].source_name = Some("two".to_owned());
    dictionary.columns[0].name = "renamed".to_owned();
    let done = case.convert_as(&dictionary).unwrap();
    assert_eq!(done.dictionary.reading.sheet.as_deref(), Some("second"));
    assert_eq!((done.rows, done.dictionary.columns[0].name.as_str()), (1, "renamed"));
    dictionary.reading.sheet = Some("third".to_owned());
    let Err(Fault::Input(fault)) = case.convert_as(&dictionary) else { panic!("no such sheet") };
    assert_eq!(fault.code, "sheet-missing");
}

#[test]
fn an_open_document_is_read_alike() {
    let cell = |kind: &str, attribute: &str, text: &str| {
        format!(
            "<table:table-cell office:value-type=\"{kind}\" {attribute}><text:p>{text}</text:p></table:table-cell>"
        )
    };
    let rows = [
        [cell("string", "", "lot"), cell("string", "", "when"), cell("string", "", "v")],
        [
            cell("string", "", "A, 1"),
            cell("date", "office:date-value=\"2023-01-03T07:07:53\"", ""),
            cell("float", "office:value=\"1.25\"", ""),
        ],
        [
            cell("string", "", "A2"),
            cell("date", "office:date-value=\"2023-01-03T07:08:53\"", ""),
            cell("float", "office:value=\"-3\"", ""),
        ],
    ];
    let rows: String = rows
        .iter()
        .map(|row| format!("<table:table-row>{}</table:table-row>", row.concat()))
        .collect();
    let content = |rows: &str| {
        format!(
            "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"S\">{rows}\
             </table:table></office:spreadsheet></office:body></office:document-content>"
        )
    };
    let ods = |content: &str| {
        archive(&[
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", content),
            ("META-INF/manifest.xml", "<manifest:manifest/>"),
        ])
    };
    let file = converted(ods(&content(&rows)));
    assert_eq!(file.dictionary.reading.format, FileFormat::Ods);
    assert_eq!(file.column("lot"), ["A, 1", "A2"]);
    assert_eq!(file.column("when")[0], "2023-01-02T22:07:53Z");
    assert_eq!(file.column("v"), ["1.25", "-3.0"]);
    let bomb = "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell \
                office:value-type=\"float\" office:value=\"1\" \
                table:number-columns-repeated=\"16384\"/></table:table-row>";
    assert_eq!(fault(ods(&content(bomb)), &Limits::default()).code, "workbook-too-large");
}

#[test]
fn bombs_absurd_places_and_damage_are_faults() {
    let far = row(1, &[("A", "", "1")]) + &row(1_048_576, &[("XFD", "", "2")]);
    let far = xlsx(&[("S", &far)], false);
    assert_eq!(fault(far, &Limits::default()).code, "columns-too-many");
    let back =
        row(5, &[("A", "", "1"), ("B", "", "1")]) + &row(2, &[("A", "", "2"), ("B", "", "1")]);
    assert_eq!(fault(xlsx(&[("S", &back)], false), &small()).code, "workbook-invalid");
    let zeros = vec![b' '; 64 << 20];
    let bomb =
        packed(&[("xl/workbook.xml", &zeros, true), ("xl/sharedStrings.xml", b"<a/>", false)]);
    assert_eq!(fault(&bomb, &Limits::default()).code, "unpack-ratio");
    let claim = "<sst uniqueCount=\"99999999999\"><si><t>a</t></si></sst>";
    let claim = archive(&[("xl/workbook.xml", "<workbook/>"), ("xl/sharedStrings.xml", claim)]);
    assert_eq!(fault(&claim, &Limits::default()).code, "workbook-invalid");
    let whole = xlsx(&[("S", &measurements(0.0))], false);
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        for bytes in [&damaged[..], &whole[..at]] {
            let end = Case::new(bytes).convert(&small());
            assert!(matches!(end, Ok(_) | Err(Fault::Input(_))), "{at}: {end:?}");
        }
    }
    // A second directory, and whatever else would let two readers see two archives.
    let whole = xlsx(&[("S", &measurements(0.0))], false);
    let end = whole.len() - 22;
    let locator = [&b"PK\x06\x07"[..], &[0; 16]].concat();
    let mut one_less = whole.clone();
    (one_less[end + 8], one_less[end + 10]) = (5, 5);
    for double in [
        [&whole[..], b"PK"].concat(),
        [&b"#!/bin/sh\n"[..], &whole].concat(),
        [&whole[..end], &locator, &whole[end..]].concat(),
        [&whole[..], &whole[end..]].concat(),
        one_less,
    ] {
        let end = Case::new(double).convert(&small());
        assert!(matches!(end, Err(Fault::Input(_))), "{end:?}");
    }
    assert_eq!(fault(archive(&[("data.csv", "a,b\n1,2\n")]), &small()).code, "format-unknown");
}

#[test]
fn columns_are_called_as_sheets_call_them() {
    for (column, name) in
        [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
    {
        assert_eq!(letters(column), name);
    }
}
