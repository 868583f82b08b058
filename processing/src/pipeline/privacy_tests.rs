//! Tokens, coarser values and masks.

use proptest::prelude::*;

use super::fixture::{check, clean, clean_with_keys, fault, write};
use super::{Keys, parse};
use crate::error::Fault;
use crate::limits::Limits;

fn keys() -> Keys {
    let mut keys = Keys::default();
    keys.add("people", &[0x0b; 20]).unwrap();
    keys.add("other", b"another key of some length").unwrap();
    keys
}

const PEOPLE: &str = "steps: [{pseudonymise: {columns: [who, n, day], key: people}}]";

#[test]
fn tokens_are_those_of_rfc_4231() {
    // RFC 4231 test case 1: key 20 × 0x0b, data "Hi There".
    let spec = "steps: [{pseudonymise: {columns: [who], key: people, length: 64}}]";
    let done = clean_with_keys(spec, "who:t\n Hi There", &keys()).unwrap();
    assert_eq!(done.text, "who\nb0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

#[test]
fn equal_values_have_equal_tokens_whatever_their_type() {
    let table = "who:t | n:i | day:d | x:f
        17 | 17 | 2024-03-01 | 1
        2024-03-01 | 18 | - | 2
        - | - | - | 3
        17 | 17 | 2024-03-01 | 4";
    let done = clean_with_keys(PEOPLE, table, &keys()).unwrap();
    let rows: Vec<Vec<&str>> =
        done.text.lines().skip(1).map(|l| l.split(" | ").collect()).collect();
    assert_eq!(rows[0][0], rows[0][1]);
    assert_eq!(rows[1][0], rows[0][2]);
    assert_eq!(rows[0], [rows[3][0], rows[3][1], rows[3][2], "1.0"]);
    assert_eq!(rows[2], ["-", "-", "-", "3.0"]);
    assert!(rows[0][..3].iter().all(|token| token.len() == 16));
    assert_eq!(done.changed(), 8);
    // Another key gives other tokens and another name; neither tells the key.
    let spec = PEOPLE.replace("people", "other");
    let again = clean_with_keys(&spec, table, &keys()).unwrap();
    assert_ne!(again.text, done.text);
    let (one, two) = (done.fitted(), again.fitted());
    assert!(one[0].starts_with("who.key=\"") && one[0] != two[0], "{one:?} {two:?}");
    let told = format!("{:?} {}", keys(), serde_json::to_string(&again.lineage).unwrap());
    assert!(!told.contains("another key") && !told.contains("0b0b"), "{told}");
}

#[test]
fn text_is_normalised_before_it_is_hashed() {
    let spec = "steps: [{pseudonymise: {columns: [a, b], key: people}}]";
    let done =
        clean_with_keys(spec, "a:t | b:t\n 가나 | \u{1100}\u{1161}\u{1102}\u{1161}", &keys())
            .unwrap();
    let row = done.text.lines().nth(1).unwrap();
    let (a, b) = row.split_once(" | ").unwrap();
    assert_eq!(a, b);
}

#[test]
fn a_run_without_the_key_or_with_a_short_one_is_refused() {
    assert_eq!(fault(PEOPLE, "who:t | n:i | day:d\n a | 1 | 2024-01-01"), "key-missing");
    let Err(Fault::Input(short)) = Keys::default().add("k", b"too short") else { panic!() };
    assert_eq!(short.code, "key-invalid");
    for (spec, code) in [
        ("{columns: [x], key: people}", "column-type"),
        ("{columns: [], key: people}", "columns-none"),
        ("{columns: [who], key: people, length: 15}", "length-invalid"),
        ("{columns: [who], key: people, length: 65}", "length-invalid"),
    ] {
        let spec = format!("steps: [{{pseudonymise: {spec}}}]");
        let Err(Fault::Input(fault)) = clean_with_keys(&spec, "who:t | x:f\n a | 1", &keys())
        else {
            panic!("{spec}")
        };
        assert_eq!(fault.code, code, "{spec}");
    }
    // Checking needs no key.
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "who:t | n:i | day:d\n a | 1 | 2024-01-01");
    let (_, metadata) = super::file::open(&path).unwrap();
    super::check(&parse(PEOPLE).unwrap(), &super::file::dictionary(&metadata)).unwrap();
}

#[test]
fn values_become_coarser() {
    let done = check(
        "steps: [{generalise: {columns: {age: {width: 10}, pay: {round: 1000}, t: {to: month}, day: {to: quarter}, code: {prefix: 3}, region: {map: {서울: 수도권, 인천: 수도권}, other: 지방}}}}]",
        "age:i | pay:f[1] | t:s | day:d | code:t | region:t
         29 | 1500 | 2024-02-29T15:30:00Z | 2024-06-30 | AB12 | 서울
         30 | -1499.9 | 1969-12-31T14:59:59Z | 1969-12-31 | 가 | 부산
         -1 | NaN | 2024-02-29T14:30:00Z | 2024-01-01 | 가나다라 | 인천
         - | - | - | - | - | -",
        "age | pay | t | day | code | region
         [20, 30) | 2000.0 | 2024-02-29T15:00:00Z | 2024-04-01 | AB1 | 수도권
         [30, 40) | -1000.0 | 1969-11-30T15:00:00Z | 1969-10-01 | 가 | 지방
         [-10, 0) | NaN | 2024-01-31T15:00:00Z | 2024-01-01 | 가나다 | 수도권
         - | - | - | - | - | -",
    );
    assert_eq!(done.changed(), 3 + 2 + 3 + 2 + 2 + 3);
    check(
        "steps: [{generalise: {columns: {a: {min: 0, max: 2.5}, b: {max: 1}, c: {min: 0.5}, d: {map: {'1': x}}}}}]",
        "a:i | b:f | c:m | d:i\n 9 | inf | 0.1 | 1\n -9 | NaN | 0.75 | 2\n 9007199254740993 | -0.0 | - | -",
        "a | b | c | d\n2 | 1.0 | 0.50 | x\n0 | NaN | 0.75 | -\n2 | -0.0 | - | -",
    );
    check(
        "steps: [{generalise: {columns: {a: {width: 0.1}, b: {round: 0.1}, t: {to: hour}}}}]",
        "a:f | b:m | t:s\n 0.3 | 1.25 | 2024-02-29T15:59:59Z\n inf | -1.25 | 1969-12-31T23:59:59Z",
        "a | b | t\n[0.3, 0.4) | 1.30 | 2024-02-29T15:00:00Z\n- | -1.30 | 1969-12-31T23:00:00Z",
    );
    for (spec, code) in [
        ("{}", "columns-none"),
        ("{a: {}}", "generalise-invalid"),
        ("{a: {width: 10, round: 1}}", "generalise-invalid"),
        ("{a: {width: 0}}", "generalise-invalid"),
        ("{a: {round: 0.5}}", "generalise-invalid"),
        ("{a: {from: 1, min: 1}}", "generalise-invalid"),
        ("{a: {min: 2, max: 1}}", "generalise-invalid"),
        ("{a: {to: month}}", "column-type"),
        ("{d: {to: hour}}", "column-type"),
        ("{d: {prefix: 3}}", "column-type"),
        ("{z: {prefix: 3}}", "column-unknown"),
    ] {
        let spec = format!("steps: [{{generalise: {{columns: {spec}}}}}]");
        assert_eq!(fault(&spec, "a:i | d:d\n 1 | 2024-01-01"), code, "{spec}");
    }
}

#[test]
fn masks_hide_and_count() {
    let done = check(
        "steps: [{mask: {columns: {phone: {keep_last: 4}, name: {keep_first: 1, with: ○}}}}]",
        "phone:t | name:t\n 010-1234-5678 | 홍길동\n 1234 | -\n - | 김",
        "phone | name\n*********5678 | 홍○○\n**** | -\n- | ○",
    );
    assert_eq!(done.changed(), 4);
    assert_eq!(fault("steps: [{mask: {columns: {a: {keep_last: 1}}}}]", "a:i\n 1"), "column-type");
    assert_eq!(fault("steps: [{mask: {columns: {}}}]", "a:i\n 1"), "columns-none");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn classes_hold_their_values(values in prop::collection::vec(-5_000_i64..5_000, 1..30), width in 1_u32..300, from in -50_i32..50) {
        // Hundredths, so that width and values are decimal fractions.
        let cents = |value: i64| format!("{}.{:02}", value / 100, value % 100);
        let mut table = String::from("v:f");
        for value in &values {
            table.push_str(&format!("\n{}", cents(value.abs())));
        }
        let spec = format!(
            "steps: [{{generalise: {{columns: {{v: {{width: {}, from: {from}}}}}}}}}]",
            cents(i64::from(width))
        );
        let done = clean(&spec, &table).unwrap();
        for (value, class) in values.iter().zip(done.text.lines().skip(1)) {
            let inner = class.trim_start_matches('[').trim_end_matches(')');
            let (low, high) = inner.split_once(", ").unwrap();
            let parsed = |text: &str| {
                let (whole, part) = text.split_once('.').unwrap_or((text, ""));
                let digits: i64 = format!("{}{part:0<2}", whole.trim_start_matches('-')).parse().unwrap();
                if text.starts_with('-') { -digits } else { digits }
            };
            let (low, high, value) = (parsed(low), parsed(high), value.abs());
            prop_assert!(low <= value && value < high, "{value} in {class}");
            prop_assert_eq!(high - low, i64::from(width));
            prop_assert_eq!((low - i64::from(from) * 100).rem_euclid(i64::from(width)), 0);
        }
        let limits = Limits { batch_rows: 2, ..Limits::default() };
        prop_assert!(super::fixture::clean_within(&spec, &table, &limits).unwrap().bytes == done.bytes);
    }
}
