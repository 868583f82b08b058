//! Files that differ, as one table.

use std::path::PathBuf;

use encoding_rs::EUC_KR;
use schema::data::column::{Dictionary, ValueType};
use schema::lang::Lang;

use super::super::tests::{Case, Converted, small};
use super::super::{convert_all, inspect_all, to_yaml};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Silent;

struct Files {
    case: Case,
    paths: Vec<PathBuf>,
}

fn files(contents: &[(&str, &[u8])]) -> Files {
    let case = Case::new("");
    let folder = case.input.parent().unwrap().to_owned();
    let paths = contents.iter().map(|(name, bytes)| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    });
    let paths = paths.collect();
    Files { case, paths }
}

impl Files {
    fn convert(self, dictionary: Option<&Dictionary>, source: bool) -> Converted {
        let out = self.case.out();
        let done = convert_all(&self.paths, &out, dictionary, source, &small(), &Silent).unwrap();
        Converted { case: self.case, dictionary: done.dictionary, rows: done.rows }
    }

    fn again(&self, dictionary: &Dictionary) -> (Dictionary, Vec<u8>) {
        let out = self.case.out();
        let done =
            convert_all(&self.paths, &out, Some(dictionary), false, &small(), &Silent).unwrap();
        (done.dictionary, std::fs::read(out).unwrap())
    }
}

#[test]
fn columns_are_joined_by_name_and_widened() {
    let korean = EUC_KR.encode("온도(℃);v;memo\r\n21,5;2,5;가\r\n20,0;3,5;나\r\n").0;
    let file = files(&[
        ("a/1.csv", "v,온도(℃),when\n1,20.5,2023-01-01\n2,21.5,2023-01-02\n".as_bytes()),
        ("b/1.csv", &korean),
        (
            "c/1.csv",
            "v,when,온도(℃)\n7,2023-01-03 09:00:00,\n8,2023-01-04 10:30:00,19.5\n".as_bytes(),
        ),
    ])
    .convert(None, true);
    assert_eq!(file.rows, 6);
    assert_eq!(file.names(), ["v", "온도(℃)", "when", "memo", "source_file"]);
    assert_eq!(file.column("v"), ["1.0", "2.0", "2.5", "3.5", "7.0", "8.0"]);
    assert_eq!(file.column("온도(℃)"), ["20.5", "21.5", "21.5", "20.0", "∅", "19.5"]);
    assert_eq!(file.of("when").value_type, ValueType::Timestamp);
    assert_eq!(
        file.column("when")[1..5],
        ["2023-01-01T15:00:00Z", "∅", "∅", "2023-01-03T00:00:00Z"]
    );
    assert_eq!(file.column("memo")[2..4], ["가", "나"]);
    assert_eq!(file.column("source_file")[0], "a/1.csv");
    assert_eq!(file.column("source_file")[5], "c/1.csv");
    let codes = file.codes();
    for code in [
        "files-columns-extra",
        "files-columns-missing",
        "files-columns-reordered",
        "files-numbers-widened",
        "files-read-differently",
        "files-type-differs",
    ] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    let missing = file.finding("files-columns-missing");
    assert!(missing.text.en.contains("b/1.csv") && missing.text.en.contains("when"), "{missing:?}");
    let rows: Vec<u64> = file.dictionary.files.iter().map(|file| file.rows).collect();
    assert_eq!(rows, [2, 2, 2]);
}

#[test]
fn a_dictionary_of_files_goes_round_as_yaml() {
    let set = || {
        files(&[
            ("one.csv", b"d;x;n\n13/02/2023;1,5;1\n01/03/2023;2,5;2\n".as_slice()),
            ("two.csv", b"d,x,n\n02/03/2023,1.5,7\n03/03/2023,0.25,8\n"),
            ("three.json", b"{\"d\":\"04/03/2023\",\"n\":9}\n{\"n\":10,\"x\":4}"),
        ])
    };
    let first = set();
    let seen = inspect_all(&first.paths, &small(), &Silent).unwrap();
    // What one file proves of a shape holds for the others.
    assert_eq!(seen.columns[0].formats, ["%d/%m/%Y"]);
    let once =
        convert_all(&first.paths, &first.case.out(), None, false, &small(), &Silent).unwrap();
    let bytes = std::fs::read(first.case.out()).unwrap();
    assert_eq!(once.dictionary, seen);
    for lang in [Lang::Ko, Lang::En] {
        let yaml = to_yaml(&seen, lang).unwrap();
        let read: Dictionary = serde_saphyr::from_str(&yaml).unwrap();
        assert_eq!(read, seen, "{yaml}");
        assert_eq!(first.again(&read), (seen.clone(), bytes.clone()));
    }
    let file = Converted { case: first.case, dictionary: seen, rows: once.rows };
    assert_eq!(file.column("x"), ["1.5", "2.5", "1.5", "0.25", "∅", "4.0"]);
    assert_eq!(file.column("d")[0], "2023-02-13");
    assert_eq!(file.column("d")[4..], ["2023-03-04", "∅"]);
}

#[test]
fn drift_is_told() {
    let file = files(&[
        ("1.csv", "Temp [C],온도,k\n1.5,1,a\n2.5,2,b\n".as_bytes()),
        ("2.csv", "Temp [K], \u{110B}\u{1169}\u{11AB}도 ,K\n1.5,1,\n2.5,x,c\n".as_bytes()),
        ("3.csv", "Temp [C],온도,k\n1.5,1,a\n2.5,2,b\n".as_bytes()),
    ])
    .convert(None, false);
    assert_eq!(file.names(), ["Temp [C]", "온도", "k", "Temp [K]"]);
    assert_eq!(file.column("온도"), ["1", "2", "1", "x", "1", "2"]);
    assert_eq!(file.finding("files-identical").count, Some(2));
    assert_eq!(file.finding("files-unit-differs").count, Some(2));
    assert_eq!(file.finding("files-header-spelling").column.as_deref(), Some("온도"));
    assert_eq!(file.finding("files-type-differs").column.as_deref(), Some("온도"));
}

#[test]
fn a_dictionary_binds_the_columns_of_other_files() {
    let old = files(&[("old.csv", b"a,b\n1,2023-01-01\n2,2023-01-02\n")]);
    let mut dictionary = inspect_all(&old.paths, &small(), &Silent).unwrap();
    assert_eq!(dictionary.files.len(), 1);
    dictionary.columns[0].name = "count".to_owned();
    dictionary.columns[0].value_type = ValueType::Number;
    let new = files(&[("new1.csv", b"b;a\n2023-02-01;5\n"), ("new2.csv", b"a\n6\n7\n")]);
    let file = new.convert(Some(&dictionary), false);
    assert_eq!(file.column("count"), ["5.0", "6.0", "7.0"]);
    assert_eq!(file.column("b"), ["2023-02-01", "∅", "∅"]);
    let other = files(&[("x.csv", b"a,c\n1,2\n3,4\n")]);
    let out = other.case.out();
    let end =
        convert_all(&other.paths, &out, Some(&dictionary), false, &Limits::default(), &Silent);
    let Err(Fault::Input(fault)) = end else { panic!("must not match") };
    assert_eq!((fault.code.as_str(), fault.column.as_deref()), ("dictionary-invalid", Some("c")));
    assert!(!out.exists());
}

#[test]
fn one_file_in_another_order_is_matched_by_name() {
    let case = Case::new("a,b\n1,x\n2,y\n");
    let mut dictionary = super::super::inspect(&case.input, &small()).unwrap();
    dictionary.columns.swap(0, 1);
    let done = case.convert_as(&dictionary).unwrap();
    let file = Converted { case, dictionary: done.dictionary, rows: done.rows };
    assert_eq!(file.names(), ["b", "a"]);
    assert_eq!(
        (file.column("a"), file.column("b")),
        (vec!["1".into(), "2".into()], vec!["x".into(), "y".into()])
    );
}

#[test]
fn parquet_and_text_make_one_table() {
    let text = Case::new("id,v\n1,1.5\n2,2.5\n");
    text.convert(&small()).unwrap();
    let parquet = std::fs::read(text.out()).unwrap();
    let file = files(&[("a.parquet", &parquet), ("b.csv", b"id,v,w\n3,4,x\nA4,5,y\n")])
        .convert(None, false);
    assert_eq!(file.column("id"), ["1", "2", "3", "A4"]);
    assert_eq!(file.column("v"), ["1.5", "2.5", "4.0", "5.0"]);
    assert_eq!(file.column("w"), ["∅", "∅", "x", "y"]);
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let long = |from: u32| {
        let rows = (from..from + 700).map(|row| format!("{row},{}.5,t{}\n", row % 9, row % 3));
        format!("id,v,t\n{}", rows.collect::<String>())
    };
    let (one, two) = (long(0), long(5000));
    let set = files(&[("1.csv", one.as_bytes()), ("2.csv", two.as_bytes())]);
    let mut found = Vec::new();
    for threads in [1, 4] {
        let limits = Limits { threads, ..small() };
        let out = set.case.out();
        let done = convert_all(&set.paths, &out, None, false, &limits, &Silent).unwrap();
        found.push((done, std::fs::read(out).unwrap()));
    }
    assert_eq!(found[0], found[1]);
}
