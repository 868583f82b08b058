//! Small copies of the shapes that factory files have.

use super::{Answer, Delimiter, Known, Sniffed, sniff};
use crate::limits::Limits;

fn told(text: &str) -> Sniffed {
    sniff(text.as_bytes(), true, Known::default(), &Limits::default()).unwrap()
}

fn delimiter(text: &str) -> (Delimiter, usize) {
    let sniffed = told(text);
    (sniffed.dialect.delimiter, sniffed.dialect.columns)
}

#[test]
fn separators_are_told_by_what_makes_sense() {
    for (text, expected) in [
        ("a,b\n1,2\n3,4\n", (Delimiter::One(b','), 2)),
        ("a;b\n1,5;2,5\n3,5;4,5\n", (Delimiter::One(b';'), 2)),
        ("1,5;2,5\n3,5;4,5\n", (Delimiter::One(b';'), 2)),
        ("a\tb\nKim, A\tLee, B\nPark, C\tChoi, D\n", (Delimiter::One(b'\t'), 2)),
        ("a|b|c\n1|2|3\n", (Delimiter::One(b'|'), 3)),
        ("1 1 0.5  \n1 2 0.6  \n", (Delimiter::Blanks, 3)),
        ("1   1 0.5\n100 2 0.6\n", (Delimiter::Blanks, 3)),
        ("112 \n98 \n", (Delimiter::None, 1)),
        ("value\n1\n2\n", (Delimiter::None, 1)),
        ("t,v\n2020-01-01 00:00:00,1\n2020-01-01 00:00:01,2\n", (Delimiter::One(b','), 2)),
        ("note\nall is well, so far\nnot today\nwell, well, well\n", (Delimiter::None, 1)),
        ("\"a;x\",\"b\"\n\"1;2\",\"3\"\n", (Delimiter::One(b','), 2)),
        ("a,b\r1,2\r3,4\r", (Delimiter::One(b','), 2)),
    ] {
        assert_eq!(delimiter(text), expected, "{text}");
    }
}

#[test]
fn a_few_ragged_records_do_not_change_the_separator() {
    let mut text = "a,b,c\n".to_owned();
    for row in 0..40 {
        text.push_str(if row % 10 == 7 { "1,2\n" } else { "1,2,3\n" });
    }
    let sniffed = told(&text);
    assert_eq!((sniffed.dialect.delimiter, sniffed.dialect.columns), (Delimiter::One(b','), 3));
    assert!(sniffed.uneven);
}

#[test]
fn header_and_data_are_told_apart() {
    let sniffed = told("\"x \"\"y\"\"\",b\n1,2\n");
    assert_eq!(sniffed.header, Some(vec!["x \"y\"".to_owned(), "b".to_owned()]));
    assert_eq!((sniffed.skip_bytes, sniffed.skip_lines), (12, 1));
    let sniffed = told("1,2\n3,4\n");
    assert_eq!((sniffed.header, sniffed.answer, sniffed.skip_bytes), (None, Answer::NoHeader, 0));
}

#[test]
fn titles_above_the_header_are_skipped() {
    for text in [
        "생산 실적 2023\n\ntime,line,count\n2023-01-01,A,5\n2023-01-02,A,6\n",
        "생산 실적,,\n,,\ntime,line,count\n2023-01-01,A,5\n2023-01-02,A,6\n",
        "Machine:,M01\n\ntime,line,count,unit\n2023-01-01,A,5,x\n2023-01-02,A,6,x\n",
    ] {
        let sniffed = told(text);
        assert_eq!(sniffed.header.unwrap()[..3], ["time", "line", "count"], "{text}");
        assert_eq!((sniffed.preamble_lines, sniffed.skip_lines), (2, 3), "{text}");
    }
}

#[test]
fn headers_one_off_are_fitted() {
    let sniffed = told("a,b\n1,2,\n3,4,\n5,6,\n");
    assert_eq!((sniffed.dialect.columns, sniffed.header_excess), (3, -1));
    let sniffed = told("a,b,\n1,2\n3,4\n5,6\n");
    assert_eq!((sniffed.dialect.columns, sniffed.header_excess), (2, 1));
}

#[test]
fn what_is_known_is_not_guessed() {
    let known = Known { delimiter: Some(Delimiter::One(b';')), header: Some(false) };
    let sniffed = sniff(b"a;b\n1;2\n", true, known, &Limits::default()).unwrap();
    assert_eq!((sniffed.dialect.delimiter, sniffed.header), (Delimiter::One(b';'), None));
}

#[test]
fn too_many_columns_are_refused() {
    let wide = vec!["1"; 5000].join(",") + "\n";
    let fault = sniff(wide.repeat(3).as_bytes(), true, Known::default(), &Limits::default());
    assert!(fault.unwrap_err().to_string().contains("columns-too-many"));
}

#[test]
fn the_hint_of_spreadsheets_is_followed() {
    let sniffed = told("sep=;\r\na;b\r\n1,5;2\r\n");
    assert_eq!(sniffed.dialect.delimiter, Delimiter::One(b';'));
    assert_eq!(
        (sniffed.header.unwrap(), sniffed.preamble_lines),
        (vec!["a".into(), "b".into()], 1)
    );
}
