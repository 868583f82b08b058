//! Texts that are not quite a table: remarks, units, two separators, repeated headers; and shapes
//! of dates that only a whole column tells.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use schema::data::column::ValueType;

use super::super::{inspect, to_yaml};
use super::{Case, Converted, converted, small};
use crate::error::Fault;

#[test]
fn remarks_above_the_table_may_hold_the_header() {
    let file = converted("# logger 7\n# time, temp\n2023-01-01 00:00,1.5\n2023-01-01 00:01,2.5\n");
    assert_eq!(file.names(), ["time", "temp"]);
    assert_eq!((file.rows, file.finding("preamble-skipped").count), (2, Some(1)));
    let file = converted("% export; of, today\nname,v\nA,1.5\nB,2.5\n");
    assert_eq!((file.names(), file.rows), (vec!["name", "v"], 2));
    let file = converted("#id,#v\n#1,5\n#2,6\n");
    assert_eq!(file.rows + u64::from(file.dictionary.reading.header == Some(true)), 3);
    let file = converted("\u{FEFF}sep=;\r\na;b\r\n1,5;2\r\n2,5;3\r\n");
    assert_eq!(file.column("a"), ["1.5", "2.5"]);
}

#[test]
fn two_separators_side_by_side_are_told_and_go_round() {
    let case = Case::new(
        "time;v1,v2,v3\n2023-01-01 00:00:00;1.5,2.5,3.5\n2023-01-01 00:00:01;1.6,2.6,3.6\n",
    );
    let dictionary = inspect(&case.input, &small()).unwrap();
    assert_eq!(dictionary.reading.delimiter.as_deref(), Some(";,"));
    let done = case.convert_as(&dictionary).unwrap();
    let file = Converted { case, dictionary: done.dictionary, rows: done.rows };
    assert_eq!(file.column("v3"), ["3.5", "3.6"]);
    assert!(file.codes().contains(&"delimiters-mixed"));
    // Decimal commas are none.
    for text in ["lot;x;y;s\nA;1,5;2,5;OK\nB;2,5;3,5;NG\n", "a;b\nx, y;1\nz, w;2\n"] {
        let file = converted(text);
        assert_eq!(file.dictionary.reading.delimiter.as_deref(), Some(";"), "{text}");
    }
}

#[test]
fn headers_among_the_records_are_skipped_and_counted() {
    let mut text = "a,b\n".to_owned();
    for row in 0..300 {
        text.push_str(if row % 100 == 99 { "a,b\n" } else { "1,2.5\n" });
    }
    let file = converted(&text);
    assert_eq!((file.rows, file.finding("header-in-data").count), (297, Some(3)));
    assert_eq!(file.of("b").value_type, ValueType::Number);
}

#[test]
fn a_row_of_units_is_read_as_units() {
    let file = converted(
        "time,temp,press,n\n,℃,[bar],\n2023-01-01 00:00,20.5,3.1,1\n2023-01-01 00:01,21.5,3.2,2\n",
    );
    assert_eq!(file.rows, 2);
    assert_eq!(file.of("temp").unit.as_deref(), Some("Cel"));
    assert_eq!(file.of("press").unit.as_deref(), Some("bar"));
    assert!(file.codes().contains(&"units-row"));
    let file = converted("name,kind\nkg,mm\nbolt,M5\nnut,M6\n");
    assert_eq!(file.rows, 3);
}

#[test]
fn counted_days_and_seconds_are_suspected_and_read_when_declared() {
    let case = Case::new("date,ts,v\n45943.5,1672531200000,1\n45944.25,1672531260000,2\n");
    let mut dictionary = inspect(&case.input, &small()).unwrap();
    let codes: Vec<&str> = dictionary.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["serial-days-suspected", "epoch-suspected"]);
    for (column, format) in [(0, "excel"), (1, "%s%3f")] {
        dictionary.columns[column].value_type = ValueType::Timestamp;
        dictionary.columns[column].formats = vec![format.to_owned()];
    }
    let done = case.convert_as(&dictionary).unwrap();
    let file = Converted { case, dictionary: done.dictionary, rows: done.rows };
    assert_eq!(file.column("date"), ["2025-10-13T03:00:00Z", "2025-10-13T21:00:00Z"]);
    assert_eq!(file.column("ts")[1], "2023-01-01T00:01:00Z");
}

/// One column of dates; its format and first instant, or the finding that keeps it text.
#[test]
fn shapes_of_dates_are_told_over_the_whole_column() {
    for (cells, expected) in [
        (
            &["2023-01-03 24:00", "2023-01-04 00:10"][..],
            Ok(("%Y-%m-%d %H:%M", "2023-01-03T15:00:00Z")),
        ),
        (
            &["2023-01-03 07:07:53,250", "2023-01-03 07:07:54,500"],
            Ok(("%Y-%m-%d %H:%M:%S,%f", "2023-01-02T22:07:53.250Z")),
        ),
        (
            &["2023-01-03T07:07:53+09:00", "2023-01-03T08:07:53+01:00"],
            Ok(("%Y-%m-%dT%H:%M:%S%z", "2023-01-02T22:07:53Z")),
        ),
        (
            &["2023. 1. 3. 오후 7:07", "2023. 12. 13. 오전 12:07"],
            Ok(("%Y. %-m. %-d. %p %-I:%M", "2023-01-03T10:07:00Z")),
        ),
        (
            &["1969-12-31 23:59:59", "1950-01-01 00:00:01"],
            Ok(("%Y-%m-%d %H:%M:%S", "1969-12-31T14:59:59Z")),
        ),
        (
            &["03-JAN-23 07.07.53", "14-FEB-23 07.07.54"],
            Ok(("%d-%b-%y %H.%M.%S", "2023-01-02T22:07:53Z")),
        ),
        (&["2023-02-29", "2023-03-01"], Err("date-impossible")),
        (&["13/01/2023", "01/13/2023"], Err("date-impossible")),
        (&["2023-01-03 07:07:53", "07:07:54", "2023-01-03 07:07:55"], Err("values-mixed")),
        (&["2023-01-03 25:00", "2023-01-03 07:00", "2023-01-03 08:00"], Err("values-mixed")),
    ] {
        let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{cell}\",1\n")).collect();
        let file = converted(format!("when,n\n{}", quoted.concat()));
        match expected {
            Ok((format, first)) => {
                assert_eq!(file.of("when").formats, [format], "{cells:?}");
                assert_eq!(file.column("when")[0], first, "{cells:?}");
            }
            Err(code) => {
                assert_eq!(file.of("when").value_type, ValueType::Text, "{cells:?}");
                assert_eq!(file.finding(code).column.as_deref(), Some("when"), "{cells:?}");
                assert_eq!(file.column("when"), cells);
            }
        }
    }
}

#[test]
fn a_day_and_a_time_in_two_columns_are_told() {
    let file = converted("일자,시각,v\n2023-01-03,07:07:53,1\n2023-01-03,07:07:54,2\n");
    let apart = file.finding("date-time-apart");
    assert_eq!(apart.column.as_deref(), Some("시각"));
    assert!(apart.text.en.contains("일자"));
}

#[test]
fn every_edit_of_a_dictionary_takes_effect() {
    let case = Case::new("a;when;c\n1,5;03/04/2023 10:00;x\n2,5;05/06/2023 11:00;-1\n");
    let seen = inspect(&case.input, &small()).unwrap();
    let yaml = to_yaml(&seen, schema::lang::Lang::En).unwrap();
    let edited = yaml
        .replace("name: a\n", "name: pressure\n")
        .replace("%m/%d/%Y", "%d/%m/%Y")
        .replace("utc_offset_min: 540", "utc_offset_min: 0");
    let mut dictionary =
        serde_saphyr::from_str::<schema::data::column::Dictionary>(&edited).unwrap();
    dictionary.columns[0].unit = Some("bar".to_owned());
    dictionary.columns[0].role = schema::data::column::Role::Input;
    dictionary.columns[2].sentinels = vec!["-1".to_owned()];
    let done = case.convert_as(&dictionary).unwrap();
    let stored = super::super::dictionary_of(&case.out()).unwrap();
    assert_eq!(stored, done.dictionary);
    assert_eq!(stored.columns[0].unit.as_deref(), Some("bar"));
    let file = Converted { case, dictionary: stored, rows: done.rows };
    assert_eq!(file.column("pressure"), ["1.5", "2.5"]);
    assert_eq!(file.column("when")[0], "2023-04-03T10:00:00Z");

    // The header read as a record, and the other way round.
    let case = Case::new("x,y\nu,v\nw,z\n");
    let mut dictionary = inspect(&case.input, &small()).unwrap();
    let header = dictionary.reading.header == Some(true);
    dictionary.reading.header = Some(!header);
    dictionary.columns.iter_mut().for_each(|column| column.source_name = None);
    let done = case.convert_as(&dictionary).unwrap();
    assert_eq!(done.rows, if header { 3 } else { 2 });

    // Another encoding and another separator.
    let bytes = encoding_rs::EUC_KR.encode("열,값\n똠,1\n펲,2\n").0;
    let case = Case::new(&bytes);
    let mut dictionary = inspect(&case.input, &small()).unwrap();
    dictionary.reading.encoding = schema::data::column::Encoding::Utf8;
    assert!(matches!(case.convert_as(&dictionary), Err(Fault::Input(_))));
    dictionary.reading.encoding = schema::data::column::Encoding::Cp949;
    dictionary.reading.delimiter = Some(";".to_owned());
    assert!(matches!(case.convert_as(&dictionary), Err(Fault::Input(_))));
}

#[test]
fn identifiers_of_sixteen_bytes_become_text() {
    use ::parquet::basic::{LogicalType, Repetition, Type as Physical};
    use ::parquet::data_type::{FixedLenByteArray, FixedLenByteArrayType};
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::types::Type;
    let id = Type::primitive_type_builder("id", Physical::FIXED_LEN_BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_length(16)
        .with_logical_type(Some(LogicalType::Uuid))
        .build()
        .unwrap();
    let schema =
        Type::group_type_builder("schema").with_fields(vec![Arc::new(id)]).build().unwrap();
    let properties = Arc::default();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let bytes: Vec<u8> = (0..16).map(|byte| byte * 17).collect();
    let values = [FixedLenByteArray::from(bytes)];
    column.typed::<FixedLenByteArrayType>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let file = converted(writer.into_inner().unwrap());
    assert_eq!(file.of("id").value_type, ValueType::Text);
    assert_eq!(file.column("id"), ["00112233-4455-6677-8899-aabbccddeeff"]);
    assert_eq!(file.codes(), ["uuid-as-text"]);
}

#[test]
fn constant_columns_of_parquet_are_told() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", Arc::new(Int64Array::from(vec![7, 7, 7]))),
        ("b", Arc::new(Int64Array::from(vec![Some(1), None, Some(2)]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        ::parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let file = converted(writer.into_inner().unwrap());
    assert_eq!(file.finding("column-constant").column.as_deref(), Some("a"));
}
