//! Types without loss, null words, packings and line ends.

use std::io::Write;

use schema::data::column::{Compression, Encoding, FileFormat, Role, ValueType};

use super::super::{convert, dictionary_of, inspect};
use super::{Case, converted, small};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Silent;

#[test]
fn no_digit_is_lost() {
    let file = converted(
        "code,serial,huge,mixed,wide,neg\n00123,20230103070753,99999999999999999999,1,9007199254740993,-0\n\
         00124,20239999999999,12,2.5,0.5,1\n01,1,13,3,1,2\n",
    );
    let types: Vec<ValueType> =
        file.dictionary.columns.iter().map(|column| column.value_type).collect();
    use ValueType::{Integer, Number, Text};
    assert_eq!(types, [Text, Integer, Text, Number, Text, Number]);
    assert_eq!(file.column("code"), ["00123", "00124", "01"]);
    assert_eq!(file.column("serial")[0], "20230103070753");
    assert_eq!(file.column("wide")[0], "9007199254740993");
    assert_eq!(file.codes(), ["integer-too-long", "integer-too-wide", "leading-zeros"]);
}

#[test]
fn a_misfit_at_the_very_end_makes_text_and_is_reported() {
    let mut text = "t,v\n".to_owned();
    for row in 0..500 {
        text.push_str(&format!("2020-01-01 00:{:02}:00,{row}\n", row % 60));
    }
    text.push_str("2020-02-30 00:00:00,error 7\n");
    let file = converted(&text);
    assert_eq!(file.of("v").value_type, ValueType::Text);
    assert_eq!(file.column("v")[500], "error 7");
    assert_eq!(file.finding("values-mixed").rows, [501]);
    assert_eq!(file.of("t").value_type, ValueType::Text);
    assert_eq!(file.finding("date-impossible").rows, [501]);
}

#[test]
fn null_words_are_null_in_typed_columns_and_words_in_text() {
    let file = converted(
        "a,b,c,d\n1,x,2020-01-01,true\nNA,NA,0000-00-00,FALSE\n-,-,,NaN\n,,N/A,null\n#N/A,y,2020-01-02,True\n",
    );
    assert_eq!(file.column("a"), ["1", "∅", "∅", "∅", "∅"]);
    assert_eq!(file.column("b"), ["x", "NA", "-", "∅", "y"]);
    assert_eq!(file.column("c"), ["2020-01-01", "∅", "∅", "∅", "2020-01-02"]);
    assert_eq!(file.column("d"), ["true", "false", "∅", "∅", "true"]);
    assert_eq!(file.codes(), ["null-words"; 3]);
    let words = file.finding("null-words");
    assert_eq!((words.count, words.rows.as_slice()), (Some(3), &[2, 3, 5][..]));
    assert!(words.text.en.contains("\"na\" × 1"), "{}", words.text.en);
}

#[test]
fn text_is_kept_as_it_is() {
    let file = converted("k,note\n1, padded \n2,\"two\nlines, \"\"quoted\"\"\"\n3,MLD'G\n");
    assert_eq!(file.column("note"), [" padded ", "two\nlines, \"quoted\"", "MLD'G"]);
    assert_eq!(file.codes(), ["text-padded"]);
}

#[test]
fn line_ends_of_every_kind_and_odd_tables() {
    for text in
        ["a,b\r1,2\r3,4\r", "a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n\r\n\r\n", "a\tb\n1\t2\n3\t4\n"]
    {
        let file = converted(text);
        assert_eq!(
            (file.rows, file.column("b")),
            (2, vec!["2".to_owned(), "4".to_owned()]),
            "{text:?}"
        );
    }
    let one_row = converted("a,b\n1,2\n");
    assert_eq!((one_row.rows, one_row.column("a")), (1, vec!["1".to_owned()]));
    let one_column = converted("value\n1\n\n3\n\n\n");
    assert_eq!(one_column.column("value"), ["1", "∅", "3"]);
    let blank = converted("a,b\n1,2\n\n3,4\n");
    assert_eq!((blank.rows, blank.finding("blank-lines").count), (2, Some(1)));
}

#[test]
fn wide_text_as_spreadsheets_export_it() {
    let text = "시간\t온도(℃)\n2023-01-01 00:00\t21.5\n2023-01-01 00:10\t\n";
    for (big, mark) in [(false, true), (true, true), (false, false)] {
        let mut bytes: Vec<u8> = Vec::new();
        let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        for unit in units {
            bytes.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        }
        let file = converted(bytes);
        let encoding = if big { Encoding::Utf16Be } else { Encoding::Utf16Le };
        assert_eq!(file.dictionary.reading.encoding, encoding);
        assert_eq!(file.column("온도(℃)"), ["21.5", "∅"]);
        assert_eq!(file.of("온도(℃)").unit.as_deref(), Some("Cel"));
    }
}

#[test]
fn packed_files_are_the_same_files() {
    let mut text = "id,v\n".to_owned();
    for row in 0..2000 {
        text.push_str(&format!("{row},{}.5\n", row * 3));
    }
    let plain = converted(&text);
    let gzip = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let halves = text.split_at(text.len() / 2);
    let members = [gzip(halves.0), gzip(halves.1)].concat();
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for (bytes, compression) in [(members, Compression::Gzip), (zstd, Compression::Zstd)] {
        let packed = converted(bytes);
        assert_eq!(packed.dictionary.reading.compression, compression);
        assert_eq!((packed.rows, packed.column("v")), (2000, plain.column("v")));
    }
}

#[test]
fn json_lines_become_a_table() {
    let file = converted(
        "{\"t\":\"2023-01-01T00:00:00Z\",\"v\":1,\"id\":\"007\"}\n{\"t\":\"2023-01-01T00:00:01Z\",\"v\":2.5,\"tags\":[1,{\"a\":\"}\"}]}\n\
         {\"v\":null,\"t\":\"2023-01-01T00:00:02Z\",\"id\":\"008\"}",
    );
    assert_eq!(file.dictionary.reading.format, FileFormat::JsonLines);
    assert_eq!(file.names(), ["t", "v", "id", "tags"]);
    assert_eq!(file.column("t")[1], "2023-01-01T00:00:01Z");
    assert_eq!(file.column("v"), ["1.0", "2.5", "∅"]);
    assert_eq!(file.column("id"), ["007", "∅", "008"]);
    assert_eq!(file.column("tags"), ["∅", "[1,{\"a\":\"}\"}]", "∅"]);
    assert_eq!(
        file.codes(),
        ["json-key-missing", "json-key-missing", "json-nested", "leading-zeros"]
    );
}

#[test]
fn inspect_and_convert_agree_and_the_dictionary_is_stored() {
    let case =
        Case::new("ts,machine,temp\n2023-01-01 00:00:00,M1,20.5\n2023-01-01 00:00:01,M1,NA\n");
    let seen = inspect(&case.input, &Limits::default()).unwrap();
    let done = case.convert(&Limits::default()).unwrap();
    assert_eq!(done.dictionary, seen);
    assert_eq!(dictionary_of(&case.out()).unwrap(), seen);
    let roles: Vec<Role> = seen.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles, [Role::Time, Role::Machine, Role::State]);
    // The dictionary handed back gives the same file in one pass.
    let bytes = std::fs::read(case.out()).unwrap();
    let again = case.convert_as(&seen).unwrap();
    assert_eq!((again.dictionary, std::fs::read(case.out()).unwrap()), (seen, bytes));
}

#[test]
fn bytes_do_not_depend_on_threads_or_runs() {
    let mut text = "id,name,v,t\n".to_owned();
    for row in 0..3000_u32 {
        let v = row.wrapping_mul(2_654_435_761) % 1000;
        text.push_str(&format!(
            "{row},\"n,{}\",{v}.25,2023-01-01 00:00:{:02}\n",
            row % 7,
            row % 60
        ));
    }
    let case = Case::new(&text);
    let mut files = Vec::new();
    for threads in [1, 2, 5, 1] {
        case.convert(&Limits { threads, block_bytes: 4096, ..small() }).unwrap();
        files.push(std::fs::read(case.out()).unwrap());
    }
    assert!(files.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn one_pass_and_two_give_the_same_bytes() {
    // The head foresees the first file and not the others.
    for late in
        ["7,x,01/02/2023\n", "7.5,x,01/02/2023\n", "7,x,13/02/2023\n", "7,x,no date\n", "NA,,\n"]
    {
        let mut text = "v,name,day\n".to_owned();
        for row in 0..900 {
            text.push_str(&format!("{row},n{},0{}/02/2023\n", row % 9, row % 3 + 1));
        }
        text.push_str(late);
        let case = Case::new(&text);
        let done = case.convert(&small()).unwrap();
        let once = std::fs::read(case.out()).unwrap();
        let seen = inspect(&case.input, &small()).unwrap();
        assert_eq!(done.dictionary, seen, "{late}");
        convert(&case.input, &case.out(), Some(&seen), &small(), &Silent).unwrap();
        assert_eq!(once, std::fs::read(case.out()).unwrap(), "{late}");
        assert_eq!(case.left_over(), ["out.parquet"]);
    }
}

#[test]
fn a_declared_type_is_binding() {
    let case = Case::new("a,b,c\n1,1.10,1672531200\n0,2.25,1672531260\n");
    let mut dictionary = inspect(&case.input, &Limits::default()).unwrap();
    dictionary.columns[0].value_type = ValueType::Boolean;
    dictionary.columns[1].value_type = ValueType::Decimal { precision: 10, scale: 2 };
    dictionary.columns[2].value_type = ValueType::Timestamp;
    dictionary.columns[2].formats = vec!["%s".to_owned()];
    dictionary.columns[2].name = "시각".to_owned();
    let done = convert(&case.input, &case.out(), Some(&dictionary), &small(), &Silent).unwrap();
    let file = super::Converted { dictionary: done.dictionary, rows: done.rows, case };
    assert_eq!(file.column("a"), ["true", "false"]);
    assert_eq!(file.column("b"), ["1.10", "2.25"]);
    assert_eq!(file.column("시각")[1], "2023-01-01T00:01:00Z");

    let case = Case::new("a,b\n1,2020-01-01\nx,2020-01-02\n");
    let mut dictionary = inspect(&case.input, &Limits::default()).unwrap();
    dictionary.columns[0].value_type = ValueType::Integer;
    let Err(Fault::Input(fault)) = case.convert_as(&dictionary) else { panic!("must not fit") };
    assert_eq!(
        (fault.code.as_str(), fault.row, fault.column.as_deref()),
        ("value-type", Some(2), Some("a"))
    );
    assert!(case.left_over().is_empty());
}

#[test]
fn a_declared_time_without_formats_finds_them() {
    let case = Case::new("day,v\n20230105,1\n20230106,2\n");
    let mut dictionary = inspect(&case.input, &Limits::default()).unwrap();
    dictionary.columns[0].value_type = ValueType::Date;
    dictionary.columns[0].formats.clear();
    let done = case.convert_as(&dictionary).unwrap();
    assert_eq!(done.dictionary.columns[0].formats, ["%Y%m%d"]);
}

#[test]
fn a_dictionary_that_does_not_match_is_refused() {
    let case = Case::new("a,b\n1,2\n3,4\n");
    let good = inspect(&case.input, &Limits::default()).unwrap();
    let mut short = good.clone();
    short.columns.pop();
    let mut twice = good.clone();
    twice.columns[1].name = "A".to_owned();
    let mut nested = good.clone();
    nested.columns[0].value_type = ValueType::Nested;
    let mut format = good.clone();
    format.columns[0].value_type = ValueType::Date;
    format.columns[0].formats = vec!["%Q".to_owned()];
    for dictionary in [short, twice, nested, format] {
        let Err(Fault::Input(fault)) = case.convert_as(&dictionary) else {
            panic!("must not match")
        };
        assert_eq!(fault.code, "dictionary-invalid");
        assert!(case.left_over().is_empty());
    }
}

#[test]
fn kinds_that_no_type_holds_are_named() {
    let file = converted(
        "시각,습도,timestamp,d\n07:04,12.5%,1672531200,13/01/2023\n7:05:30,13%,1672531260,01-02-2023\n",
    );
    assert_eq!(file.codes()[0], "date-order");
    for (code, column) in [
        ("time-of-day-as-text", "시각"),
        ("numbers-with-suffix", "습도"),
        ("epoch-suspected", "timestamp"),
    ] {
        assert_eq!(file.finding(code).column.as_deref(), Some(column));
    }
    // The first shape proves the order of the second.
    assert_eq!(file.column("d"), ["2023-01-13", "2023-02-01"]);
    assert_eq!(file.of("timestamp").role, Role::Time);
}
