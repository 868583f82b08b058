//! Where values hide, and what looks like them but is none.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Float64Array, Int64Array, ListBuilder, StringArray, StringBuilder,
    StructArray,
};
use arrow::datatypes::{DataType, Field};
use schema::data::privacy::{Detector, Outcome, Place, PrivacyReport};

use super::detect::{Shape, search};
use super::scan;
use crate::profile::testing::{Layout, dictionary, file, limits};
use crate::progress::Silent;

const TODAY: (i32, u8, u8) = (2025, 6, 30);

fn report(name: &str, column: ArrayRef) -> PrivacyReport {
    let file =
        file(&[(name, column)], Layout { group_rows: 2, dictionary: true, statistics: true });
    scan(file.path(), &dictionary(&[]), "f", TODAY, &limits(2), &Silent).unwrap()
}

#[test]
fn nested_values_and_bytes_are_searched() {
    let mut lists = ListBuilder::new(StringBuilder::new());
    lists.values().append_value("ok");
    lists.append(true);
    lists.append(false);
    lists.values().append_value("ok");
    lists.values().append_value("담당 900101-1234568 확인");
    lists.append(true);
    let lists: ArrayRef = Arc::new(lists.finish());
    let inner = Arc::new(Field::new("l", lists.data_type().clone(), true));
    let nested: ArrayRef = Arc::new(StructArray::from(vec![(inner, Arc::clone(&lists))]));
    let bytes = BinaryArray::from(vec![Some(&b"\xff\xfe"[..]), None, Some(b"a@example.com")]);
    for (column, detector, outcome) in [
        (lists, Detector::ResidentNumber, Outcome::Block),
        (nested, Detector::ResidentNumber, Outcome::Block),
        (Arc::new(bytes) as ArrayRef, Detector::Email, Outcome::Review),
    ] {
        let report = report("x", column);
        let found = &report.findings[..];
        assert_eq!(found.len(), 1, "{detector:?}");
        assert_eq!((found[0].detector, found[0].outcome), (detector, outcome));
        assert_eq!((found[0].place, &found[0].rows[..]), (Place::Cells, &[3][..]));
        let json = serde_json::to_string(&report).unwrap();
        assert!(!json.contains("1234568") && !json.contains("example.com"), "echoed");
    }
}

#[test]
fn numbers_that_became_floats_are_still_numbers() {
    // A missing cell turns a column of integers into floats in other tools.
    let cells = vec![Some(9_001_011_234_568.0), None, Some(f64::NAN), Some(f64::INFINITY)];
    let report = report("주민등록번호", Arc::new(Float64Array::from(cells)));
    assert_eq!(report.outcome, Outcome::Block);
    let cell = report.findings.iter().find(|found| found.place == Place::Cells).unwrap();
    assert_eq!(
        (cell.detector, cell.count, &cell.rows[..]),
        (Detector::ResidentNumber, 1, &[1][..])
    );
}

#[test]
fn credentials_block_wherever_they_are() {
    let token = format!("{}{}", "ghp_", "8f3aB7kQ2mZx9LpT4vWc6YdR1sNe5HgJ0uKi");
    let report = report("note", Arc::new(StringArray::from(vec!["ok", token.as_str()])));
    assert_eq!(report.outcome, Outcome::Block);
    assert_eq!(report.findings[0].detector, Detector::Credential);
    assert!(!serde_json::to_string(&report).unwrap().contains(&token));
}

#[test]
fn r_172_other_dashes_and_blanks_between_the_halves() {
    for (text, wanted) in [
        ("900101\u{3161}1234568", true),
        ("900101\u{30fc}1234568", true),
        ("900101\u{2500}1234568", true),
        ("900101\u{3000}1234568", true),
        ("900101\u{a0}1234568", true),
        ("사진_900101_1234568.jpg", true),
        // Two numbers, unless the check digit says otherwise.
        ("900101 1234567", false),
        ("900101_1234567", false),
        ("123456 1234567", false),
    ] {
        let hits = search(text, TODAY);
        assert_eq!(hits.is_hit(Shape::ResidentHyphen), wanted, "{text}");
    }
    assert!(search("010\u{3161}1234\u{3161}5678", TODAY).is_hit(Shape::Mobile));
    // 외국인등록번호: seventh digit 5 to 8.
    assert!(search("850505-5123456", TODAY).is_hit(Shape::ResidentHyphen));
}

#[test]
fn what_factories_write_is_no_personal_data() {
    for text in [
        // Article numbers, business and corporate numbers.
        "8801043015653",
        "124-81-00998",
        "220-81-62517",
        // Instants and days.
        "1712345678901",
        "1709539200",
        "2024-03-01 09:00:00.123",
        "20240301090000123",
        "03JAN2023:07:07:53",
        // Lots, serials, parts.
        "LOT-20240301-048-001",
        "SN0123456789012345",
        "A010-1234-5678",
        "M14860",
        "DIN 912 M8x20",
        "MC-123-4567-01",
        // Coordinates, ratios, versions, addresses of machines.
        "37.566535,126.977969",
        "127.0276368",
        "1.2.840.10008.5.1.4",
        "192.168.010.123",
        "00:1a:2b:3c:4d:5e",
        // Readings.
        "0100",
        "010.5",
        "3.141592653589793",
        "-0.00010123456789",
        "1449",
        "0.9001011234568",
        // Hashes and ids.
        "5f8928bb9c0189cc666ef19b",
        "d41d8cd98f00b204e9800998ecf8427e",
        "550e8400-e29b-41d4-a716-446655440000",
        // Speech.
        "650톤-우진2호기",
        "2024년1234",
        "12가34567",
        "CN7 W/S SIDE MLD'G RH",
        "5 kg @ 20.5",
    ] {
        let hits = search(text, TODAY);
        let found: Vec<Shape> =
            Shape::ALL.into_iter().filter(|shape| hits.is_hit(*shape)).collect();
        assert!(found.is_empty(), "{text}: {found:?}");
    }
    let serials: Int64Array = (0..2_000).map(|n| Some(7_000_000_000_000_i64 + n * 7)).collect();
    assert_eq!(report("serial", Arc::new(serials)).outcome, Outcome::Pass);
    let zeroed: StringArray = (0..500).map(|n| Some(format!("{n:010}"))).collect();
    assert_eq!(report("counter", Arc::new(zeroed)).outcome, Outcome::Pass);
}

#[test]
fn r_191_a_corporate_number_could_only_be_somebody_born_in_the_eighteen_hundreds() {
    let numbers: ArrayRef = Arc::new(StringArray::from(vec!["130111-0006246"; 3]));
    let report = report("법인번호", numbers);
    assert_eq!((report.outcome, report.findings[0].count), (Outcome::Review, 3));
}

#[test]
fn names_of_people_are_told_by_the_header_alone() {
    let names: ArrayRef = Arc::new(StringArray::from(vec!["홍길동", "김철수"]));
    assert_eq!(report("작업자명", Arc::clone(&names)).outcome, Outcome::Review);
    assert_eq!(report("색상", names).outcome, Outcome::Pass);
}

#[test]
fn types_without_leaves_are_no_trouble() {
    let field = Arc::new(Field::new("n", DataType::Int64, true));
    let empty: ArrayRef = Arc::new(StructArray::from(vec![(
        field,
        Arc::new(Int64Array::from(vec![Some(9_001_011_234_568), None])) as ArrayRef,
    )]));
    let report = report("x", empty);
    assert_eq!(report.findings[0].detector, Detector::ResidentNumber);
    assert_eq!(report.outcome, Outcome::Block, "the check digit is right, too");
}
