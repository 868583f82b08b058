//! The vectors of the rulebook, and whole files.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use proptest::prelude::*;
use schema::data::column::{Role, ValueType};
use schema::data::privacy::{Detector, Outcome, Place, PrivacyFinding, PrivacyReport};
use schema::lang::Text;

use super::detect::{Shape, luhn, search, search_integer};
use super::scan;
use crate::profile::testing::{Layout, dictionary, file, limits};
use crate::progress::Silent;

const TODAY: (i32, u8, u8) = (2025, 6, 30);

fn hit(text: &str, shape: Shape) -> bool {
    search(text, TODAY).is_hit(shape)
}

fn resident(text: &str) -> (bool, bool) {
    let hits = search(text, TODAY);
    let shapes = [Shape::ResidentHyphen, Shape::ResidentBare];
    (shapes.iter().any(|s| hits.is_hit(*s)), shapes.iter().any(|s| hits.checksum_ok(*s)))
}

#[test]
fn r_172_resident_numbers_need_a_real_day_that_is_not_in_the_future() {
    for (text, hit, checksum) in [
        ("900101-1234568", true, true),
        ("201010-3123456", true, false),
        ("990230-1234567", false, false),
        ("880104-3015653", false, false),
        ("8801043015653", false, false),
        ("1612251234567", true, false),
        ("1712345678901", false, false),
        // Today and tomorrow.
        ("250630-3000000", true, false),
        ("250701-3000000", false, false),
        // The seventh digit decides the century: 2000 was a leap year, 1900 was not.
        ("000229-3000000", true, false),
        ("000229-1000000", false, false),
        ("990101-9000000", true, false),
        ("990101-5000000", true, false),
    ] {
        let found = resident(text);
        assert_eq!(found.0, hit, "{text}");
        assert!(!checksum || found.1, "{text}: check digit");
    }
    assert!(!resident("201010-3123456").1, "the check digit fails and clears nothing");
}

#[test]
fn edge_16_full_width_digits_and_dashes_are_still_caught() {
    for text in [
        "９００１０１－１２３４５６８",
        "900101\u{2013}1234568",
        "900101 - 1234568",
        "9001\u{200b}01-1234568",
        "번호는900101-1234568입니다",
        "(900101-1234568)",
        "\"900101-1234568\",다음",
    ] {
        assert!(resident(text).0, "{text}");
    }
    // 12가3456 with the syllable typed as conjoining jamo.
    assert!(hit("12\u{1100}\u{1161}3456", Shape::Plate));
}

#[test]
fn digits_of_longer_numbers_are_no_identifiers() {
    for text in [
        "0.9001011234568",
        "9001011234568.5",
        "19001011234568",
        "A9001011234568",
        "900101-12345678",
        "1900101-1234568",
        "LOT-20240301-048-001",
        "5f8928bb9c0189cc666ef19b",
        "2024-03-01 00:00:00",
        "2020-10-16 오전 12:00:00",
        "123456 1234567",
        "Ch_000001596334.json",
    ] {
        let hits = search(text, TODAY);
        assert!(!Shape::ALL.iter().any(|shape| hits.is_hit(*shape)), "{text}");
    }
}

#[test]
fn r_173_mobile_numbers() {
    for text in [
        "010-1234-5678",
        "01012345678",
        "011-123-4567",
        "0161234567",
        "010 1234 5678",
        "010-12345678",
        "+82-10-1234-5678",
        "연락처010-1234-5678",
        "０１０-１２３４-５６７８",
    ] {
        assert!(hit(text, Shape::Mobile), "{text}");
    }
    for text in
        ["012-1234-5678", "010-12-5678", "5010-1234-5678", "02-123-4567", "12-010-1234-5678"]
    {
        assert!(!hit(text, Shape::Mobile), "{text}");
    }
}

#[test]
fn r_173_email_plate_card_passport_and_licence() {
    for (text, shape, wanted) in [
        ("hong@example.co.kr", Shape::Email, true),
        ("문의: a.b-c@x.io.", Shape::Email, true),
        ("user@localhost", Shape::Email, false),
        ("@home", Shape::Email, false),
        ("5 kg @ 20.5", Shape::Email, false),
        ("12가3456", Shape::Plate, true),
        ("123가4567", Shape::Plate, true),
        ("12A3456", Shape::Plate, false),
        ("12가34567", Shape::Plate, false),
        ("1234가5678", Shape::Plate, false),
        ("2024년1234", Shape::Plate, false),
        ("4539578763621486", Shape::Card, true),
        ("4539-5787-6362-1486", Shape::Card, true),
        ("4539578763621487", Shape::Card, false),
        ("9999578763621486", Shape::Card, false),
        ("M12345678", Shape::Passport, true),
        ("M123A4567", Shape::Passport, true),
        ("M14860", Shape::Passport, false),
        ("XM12345678", Shape::Passport, false),
        ("A12345678", Shape::Passport, false),
        ("11-22-333333-44", Shape::Licence, true),
        ("29-22-333333-44", Shape::Licence, false),
        ("서울 12-345678-90", Shape::Licence, true),
        ("12-345678-90", Shape::Licence, false),
    ] {
        assert_eq!(hit(text, shape), wanted, "{text}");
    }
    assert!(luhn(b"4539578763621486") && !luhn(b"4539578763621468"));
}

fn run(columns: &[(&str, ArrayRef)], name: &str) -> PrivacyReport {
    let of = |group_rows, dictionary, threads| {
        let file = file(columns, Layout { group_rows, dictionary, statistics: true });
        scan(file.path(), &self::dictionary(&[]), name, TODAY, &limits(threads), &Silent).unwrap()
    };
    let found = of(1 << 20, true, 1);
    assert_eq!(found, of(3, true, 3), "neither layout nor threads matter");
    assert_eq!(found, of(7, false, 2));
    found
}

fn text(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn brief(report: &PrivacyReport) -> Vec<(Detector, Place, u64, Outcome)> {
    report.findings.iter().map(|f| (f.detector, f.place, f.count, f.outcome)).collect()
}

#[test]
fn r_174_identifiers_block_others_are_for_review_and_no_value_is_kept() {
    let secret = "900101-1234568";
    let report = run(
        &[
            ("remark", text(&["정상", secret, "정상", "불량 201010-3123456", secret])),
            ("contact", text(&["-", "010-1234-5678", "-", "-", "hong@example.com"])),
        ],
        "export.csv",
    );
    assert_eq!(
        brief(&report),
        [
            (Detector::ResidentNumber, Place::Cells, 3, Outcome::Block),
            (Detector::Mobile, Place::Cells, 1, Outcome::Review),
            (Detector::Email, Place::Cells, 1, Outcome::Review),
        ]
    );
    assert_eq!(report.outcome, Outcome::Block);
    let first = &report.findings[0];
    assert_eq!((&first.rows[..], first.checksum_ok), (&[2, 4, 5][..], Some(2)));
    assert_eq!(first.column.as_deref(), Some("remark"));
    let json = serde_json::to_string(&report).unwrap();
    for value in [secret, "9001011234568", "010-1234", "hong@", "3123456"] {
        assert!(!json.contains(value), "{value} was echoed");
    }
}

#[test]
fn r_174_file_name_metadata_and_headers_are_searched() {
    let columns: Vec<(&str, ArrayRef)> =
        vec![("홍길동 010-1234-5678", text(&["a"])), ("작업자", text(&["7"]))];
    let report = run(&columns, "900101-1234568.csv");
    assert_eq!(
        brief(&report),
        [
            (Detector::ResidentNumber, Place::FileName, 1, Outcome::Block),
            (Detector::Mobile, Place::Header, 1, Outcome::Review),
            (Detector::HeaderWord, Place::Header, 1, Outcome::Review),
        ]
    );
    let header = &report.findings[1];
    assert_eq!((&header.column, header.column_number), (&None, Some(1)), "the name is the value");
    assert_eq!(report.findings[2].column.as_deref(), Some("작업자"));
    assert!(!serde_json::to_string(&report).unwrap().contains("1234-5678"));
}

#[test]
fn titles_and_source_names_count_as_headers() {
    let file = file(&[("c7", text(&["a"]))], Layout::PLAIN);
    let mut declared = dictionary(&[("c7", ValueType::Text, Role::Unknown)]);
    declared.columns[0].title = Some(Text::new("성명", "c7"));
    let report = scan(file.path(), &declared, "x", TODAY, &limits(1), &Silent).unwrap();
    assert_eq!(brief(&report), [(Detector::HeaderWord, Place::Header, 1, Outcome::Review)]);
}

fn outcome_of(array: ArrayRef) -> (Outcome, Vec<PrivacyFinding>) {
    let report = run(&[("x", array)], "f");
    (report.outcome, report.findings)
}

#[test]
fn r_172_epoch_milliseconds_are_for_review_not_blocked() {
    // Three hours in which every millisecond looks like a resident number, and a whole month.
    let hours: Int64Array = (0..3_000).map(|i| Some(1_612_250_000_000_i64 + i * 3_333)).collect();
    let month: Int64Array = (0..3_000).map(|i| Some(1_612_000_000_000_i64 + i * 900_007)).collect();
    for array in [hours, month] {
        let (outcome, findings) = outcome_of(Arc::new(array));
        assert_eq!(outcome, Outcome::Review);
        assert_eq!(findings[0].detector, Detector::ResidentNumber);
        assert!(findings[0].checksum_ok.unwrap() * 5 < findings[0].count);
    }
    let seconds: Int64Array = (0..3_000).map(|i| Some(1_612_000_000_i64 + i)).collect();
    assert_eq!(outcome_of(Arc::new(seconds)).0, Outcome::Pass);
    let instants: TimestampMicrosecondArray =
        (0..3_000).map(|i| Some(1_612_250_000_000_000_i64 + i)).collect();
    assert_eq!(outcome_of(Arc::new(instants)).0, Outcome::Pass, "typed time is not searched");
}

/// Resident numbers with the right check digit.
fn people(count: u32) -> Vec<i64> {
    (0..count)
        .map(|i| {
            let day = i % 28 + 1;
            let first =
                format!("{:02}{:02}{day:02}1{:05}", 50 + i % 49, i % 12 + 1, i * 7919 % 100_000);
            let weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
            let sum: u32 = first.bytes().zip(weights).map(|(d, w)| u32::from(d - b'0') * w).sum();
            format!("{first}{}", (11 - sum % 11) % 10).parse().unwrap()
        })
        .collect()
}

#[test]
fn a_column_of_bare_resident_numbers_blocks_by_its_check_digits_or_its_header() {
    let numbers = people(200);
    let bare: Int64Array = numbers.iter().map(|n| Some(*n)).collect();
    assert_eq!(outcome_of(Arc::new(bare)).0, Outcome::Block);
    let as_text: StringArray = numbers.iter().map(|n| Some(n.to_string())).collect();
    assert_eq!(outcome_of(Arc::new(as_text)).0, Outcome::Block);
    let decimals: Vec<i128> = numbers.iter().map(|n| i128::from(*n)).collect();
    let decimals = Decimal128Array::from(decimals).with_precision_and_scale(20, 0).unwrap();
    assert_eq!(outcome_of(Arc::new(decimals)).0, Outcome::Block);
    // New numbers have no check digit; the header tells what they are.
    let new = Int64Array::from(vec![2_010_103_123_456]);
    assert_eq!(outcome_of(Arc::new(new.clone())).0, Outcome::Review);
    let report = run(&[("주민등록번호", Arc::new(new))], "f");
    assert_eq!(report.outcome, Outcome::Block);
}

#[test]
fn machine_data_passes() {
    let ids: Int64Array = (0..5_000).map(|i| Some(30_000_000_008_730 + i)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("workpiece_id", Arc::new(ids)),
        ("counter", Arc::new((0..5_000_i64).map(Some).collect::<Int64Array>())),
        (
            "sensor",
            Arc::new((0..5_000).map(|i| Some(f64::from(i) * 0.37)).collect::<Float64Array>()),
        ),
        (
            "lot",
            Arc::new(
                (0..5_000)
                    .map(|i| Some(format!("LOT-20240301-{i:03}-001")))
                    .collect::<StringArray>(),
            ),
        ),
        (
            "product",
            Arc::new((0..5_000).map(|i| Some(format!("L{}", 47_181 + i))).collect::<StringArray>()),
        ),
        (
            "machine_name",
            Arc::new(
                (0..5_000)
                    .map(|i| Some(format!("650톤-우진{}호기", i % 9)))
                    .collect::<StringArray>(),
            ),
        ),
        (
            "file",
            Arc::new(
                (0..5_000)
                    .map(|i| Some(format!("Ch_{:012}.json", 1_596_334 + i)))
                    .collect::<StringArray>(),
            ),
        ),
    ];
    let report = run(&columns, "s01_variations-in-thread-degradation.csv");
    assert_eq!((report.outcome, brief(&report)), (Outcome::Pass, vec![]));
    assert_eq!((report.columns_searched, report.cells_searched), (7, 35_000));
}

#[test]
fn lots_of_a_day_and_a_small_serial_number_are_for_review() {
    let lots = text(&["230415-0000123", "230416-0000124"]);
    assert_eq!(outcome_of(lots).0, Outcome::Review, "only people born in the 1800s have these");
    assert_eq!(outcome_of(text(&["230415-3000123"])).0, Outcome::Block);
}

#[test]
fn edge_18_a_number_split_over_neighbouring_columns_is_for_review() {
    let front = text(&["900101", "851231", "770707"]);
    let back = text(&["1234568", "2345678", "1999999"]);
    let report = run(&[("a", Arc::clone(&front)), ("b", Arc::clone(&back))], "f");
    assert_eq!(brief(&report), [(Detector::ResidentNumberSplit, Place::Cells, 3, Outcome::Review)]);
    assert_eq!(report.findings[0].column.as_deref(), Some("a"));
    let whole = |array: &[i64]| -> ArrayRef { Arc::new(Int64Array::from(array.to_vec())) };
    let numbers = [
        ("a", whole(&[900_101, 851_231, 10_203])),
        ("b", whole(&[1_234_568, 2_345_678, 3_123_456])),
    ];
    assert_eq!(run(&numbers, "f").findings[0].count, 3);
    let apart = [("a", front), ("x", text(&["p", "q", "r"])), ("b", back)];
    assert_eq!(run(&apart, "f").outcome, Outcome::Pass, "not neighbours");
    let pixels = [
        ("Y_Minimum", whole(&[270_900, 538_079, 808_888, 121_212])),
        ("Y_Maximum", whole(&[1_270_944, 2_538_108, 1_818_181, 9_131_313])),
    ];
    assert_eq!(run(&pixels, "f").outcome, Outcome::Pass);
}

#[test]
fn integers_and_their_text_match_alike() {
    for value in [9_001_011_234_568_u64, 4_539_578_763_621_486, 1_712_345_678_901, 5, u64::MAX] {
        let (number, text) = (search_integer(value, TODAY), search(&value.to_string(), TODAY));
        for shape in [Shape::ResidentBare, Shape::Card] {
            assert_eq!(number.is_hit(shape), text.is_hit(shape), "{value}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_searched_without_a_panic(text in any::<String>(), digits in "[0-9a가.@ -]{0,40}") {
        search(&text, TODAY);
        search(&digits, TODAY);
        super::header::announces(&text);
    }

    #[test]
    fn a_resident_number_is_found_in_any_korean_sentence(
        before in "[가-힣 :,(]{0,8}", after in "[가-힣 ,).]{0,8}", day in 1_u32..28, tail in 0_u32..1_000_000,
    ) {
        let text = format!("{before}8503{day:02}-1{tail:06}{after}");
        prop_assert!(hit(&text, Shape::ResidentHyphen), "{}", text);
    }
}

#[test]
fn r_170_columns_of_people_go_but_time_stamps_wait_for_a_reviewer() {
    let stamps: Vec<i64> = (0..400).map(|n| 1_612_251_234_567 + n * 1_000).collect();
    let phones: Vec<String> = (0..400).map(|n| format!("010-1234-{n:04}")).collect();
    let phones: Vec<&str> = phones.iter().map(String::as_str).collect();
    let columns: [(&str, ArrayRef); 3] = [
        ("ts_ms", Arc::new(Int64Array::from(stamps))),
        ("note", text(&phones)),
        ("temp", Arc::new(Float64Array::from(vec![1.5; 400]))),
    ];
    let report = run(&columns, "press.csv");
    let names = ["ts_ms", "note", "temp"];
    let mut declared = dictionary(&[]);
    declared.columns = names.map(column).to_vec();
    assert_eq!(super::personal_columns(&report, &declared), ["note"]);
    let doubtful: Vec<bool> = report.findings.iter().map(super::is_doubtful).collect();
    assert!(doubtful.contains(&true) && doubtful.contains(&false), "{:?}", report.findings);
}

fn column(name: &str) -> schema::data::column::Column {
    serde_json::from_value(serde_json::json!({ "name": name, "value_type": "text" })).unwrap()
}
