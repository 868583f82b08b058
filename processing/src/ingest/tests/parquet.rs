//! Parquet files of other writers.

use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use arrow::array::*;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use schema::data::column::{Role, ValueType};

use super::super::{dictionary_of, inspect};
use super::{Case, converted, fault};
use crate::error::Fault;
use crate::limits::Limits;

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

#[test]
fn foreign_types_become_stored_types() {
    let dictionary: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
    let list = ListArray::from_iter_primitive::<arrow::datatypes::UInt16Type, _, _>(vec![
        Some(vec![Some(1), None]),
        None,
        Some(vec![]),
    ]);
    let file = converted(parquet(vec![
        ("u8", array(UInt8Array::from(vec![255, 0, 1]))),
        ("u64", array(UInt64Array::from(vec![u64::MAX, 0, 1]))),
        ("f32", array(Float32Array::from(vec![Some(0.5), None, Some(f32::NAN)]))),
        ("ns", array(TimestampNanosecondArray::from(vec![1_546_415_108_000_000_001, 0, 1000]))),
        ("zone", array(TimestampMillisecondArray::from(vec![0, 1, 2]).with_timezone("+05:00"))),
        ("time", array(Time64MicrosecondArray::from(vec![1_000_000, 2, 3]))),
        ("date64", array(Date64Array::from(vec![86_400_000, 0, 0]))),
        ("large", array(LargeStringArray::from(vec!["x", "y", ""]))),
        ("dict", array(dictionary)),
        (
            "fixed",
            array(
                FixedSizeBinaryArray::try_from_iter([[1_u8, 2], [3, 4], [5, 6]].into_iter())
                    .unwrap(),
            ),
        ),
        ("list", array(list)),
        ("__index_level_0__", array(Int64Array::from(vec![0, 1, 2]))),
    ]));
    use ValueType::{Binary, Date, Decimal, Integer, Nested, Number, Text, Timestamp};
    let types: Vec<ValueType> =
        file.dictionary.columns.iter().map(|column| column.value_type).collect();
    let decimal = Decimal { precision: 20, scale: 0 };
    assert_eq!(
        types,
        [
            Integer, decimal, Number, Timestamp, Timestamp, Text, Date, Text, Text, Binary, Nested,
            Integer
        ]
    );
    assert_eq!(file.column("u64")[0], u64::MAX.to_string());
    assert_eq!(file.column("f32"), ["0.5", "∅", "NaN"]);
    // Nine hours before what the local clock said.
    assert_eq!(file.column("ns")[0], "2019-01-01T22:45:08Z");
    assert_eq!(file.column("zone")[1], "1970-01-01T00:00:00.001Z");
    assert_eq!(file.column("time")[0], "00:00:01");
    assert_eq!(file.column("date64")[0], "1970-01-02");
    assert_eq!(file.column("large"), ["x", "y", ""]);
    assert_eq!(file.column("dict"), ["a", "b", "a"]);
    assert_eq!(file.column("list"), ["[1, ∅]", "∅", "[]"]);
    assert_eq!(
        file.codes(),
        [
            "index-column",
            "number-nan",
            "time-of-day-as-text",
            "time-truncated",
            "time-zone-assumed"
        ]
    );
    assert_eq!(file.of("__index_level_0__").role, Role::Key);
    assert!(file.of("f32").nullable && !file.of("u8").nullable);
}

#[test]
fn local_times_inside_nested_columns_move_too() {
    let times: ArrayRef = array(TimestampMicrosecondArray::from(vec![32_400_000_000, 0]));
    let field = Arc::new(Field::new("t", times.data_type().clone(), true));
    let file = converted(parquet(vec![("s", array(StructArray::from(vec![(field, times)])))]));
    assert_eq!(file.column("s")[0], "{t: 1970-01-01T00:00:00Z}");
}

#[test]
fn sentinels_of_two_columns_confirm_each_other() {
    let flat: Vec<f64> =
        (0..400).map(|row| if row % 50 == 0 { 1000.0 + f64::from(row) } else { 1449.0 }).collect();
    let apart: Vec<f64> = (0..400)
        .map(|row| if row % 2 == 0 { 1449.0 } else { 100.0 + f64::from(row % 60) })
        .collect();
    let file = converted(parquet(vec![
        ("lower_mold_temp3", array(Float64Array::from(flat))),
        ("upper_mold_temp3", array(Float64Array::from(apart))),
    ]));
    assert_eq!(file.of("lower_mold_temp3").sentinels, ["1449"]);
    assert_eq!(file.of("upper_mold_temp3").sentinels, ["1449"]);
    assert_eq!(file.finding("sentinel-suspected").count, Some(200));
}

#[test]
fn every_damage_is_a_fault_and_never_a_panic() {
    let values: Vec<f64> = (0..5000).map(|row| f64::from(row).sqrt()).collect();
    let texts: Vec<String> = (0..5000).map(|row| format!("text {}", row % 900)).collect();
    let whole = parquet(vec![
        ("v", array(Float64Array::from(values))),
        ("t", array(StringArray::from(texts))),
    ]);
    for cut in [5, 12, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        assert_eq!(fault(&whole[..cut], &Limits::default()).code, "parquet-invalid", "{cut}");
    }
    let mut refused = 0;
    for at in (4..whole.len()).step_by(whole.len() / 60) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xFF;
        let case = Case::new(&damaged);
        match case.convert(&Limits::default()) {
            // A changed value inside a plain page cannot be told without a checksum.
            Ok(_) => {}
            Err(Fault::Input(fault)) => {
                assert!(case.left_over().is_empty());
                assert!(!fault.code.is_empty());
                refused += 1;
            }
            Err(other) => panic!("{at}: {other:?}"),
        }
    }
    assert!(refused > 0);
}

#[test]
fn no_rows_and_too_many_columns_are_refused() {
    let empty = parquet(vec![("v", array(Int64Array::from(Vec::<i64>::new())))]);
    assert_eq!(fault(empty, &Limits::default()).code, "file-no-records");
    let wide = parquet(vec![
        ("a", array(Int64Array::from(vec![1]))),
        ("b", array(Int64Array::from(vec![1]))),
    ]);
    let limits = Limits { columns_max: 1, ..Limits::default() };
    assert_eq!(fault(wide, &limits).code, "columns-too-many");
}

#[test]
fn names_are_mended_and_declared_types_are_binding() {
    let case = Case::new(parquet(vec![
        (" temp [K] ", array(Int32Array::from(vec![1, 2]))),
        ("when", array(StringArray::from(vec!["03/04/2023 10:00", "13/04/2023 10:00"]))),
    ]));
    let mut dictionary = inspect(&case.input, &Limits::default()).unwrap();
    assert_eq!(dictionary.columns[0].name, "temp [K]");
    assert_eq!(dictionary.columns[0].unit.as_deref(), Some("K"));
    dictionary.columns[0].value_type = ValueType::Number;
    dictionary.columns[1].value_type = ValueType::Timestamp;
    dictionary.columns[1].formats = vec!["%d/%m/%Y %H:%M".to_owned()];
    let done = case.convert_as(&dictionary).unwrap();
    let file = super::Converted { dictionary: done.dictionary, rows: done.rows, case };
    assert_eq!(file.column("temp [K]"), ["1.0", "2.0"]);
    assert_eq!(file.column("when")[0], "2023-04-03T01:00:00Z");

    dictionary.columns[1].formats = vec!["%m/%d/%Y %H:%M".to_owned()];
    let Err(Fault::Input(fault)) = file.case.convert_as(&dictionary) else {
        panic!("must not fit")
    };
    assert_eq!((fault.code.as_str(), fault.row), ("value-type", Some(2)));
}

#[test]
fn the_dictionary_of_a_foreign_file_comes_from_its_schema() {
    let case = Case::new(parquet(vec![
        ("a", array(UInt32Array::from(vec![1]))),
        ("b", array(StringArray::from(vec!["x"]))),
    ]));
    let dictionary = dictionary_of(&case.input).unwrap();
    let types: Vec<ValueType> = dictionary.columns.iter().map(|column| column.value_type).collect();
    assert_eq!(types, [ValueType::Integer, ValueType::Text]);
    assert!(dictionary_of(&Case::new("a,b\n1,2\n").input).is_err());
    let schema = Schema::new(vec![Field::new("a", DataType::Int64, true)]);
    assert_eq!(
        super::super::plan::schema(&{
            let mut one = dictionary;
            one.columns.pop();
            one
        })
        .as_ref(),
        &schema
    );
}

#[test]
fn what_repeats_and_what_is_shifted_is_told_as_of_text() {
    let cells = |of: &dyn Fn(i64) -> i64| array(Int64Array::from_iter_values((0..600).map(of)));
    let text = |of: &dyn Fn(i64) -> String| array(StringArray::from_iter_values((0..600).map(of)));
    let bytes = parquet(vec![
        ("a", cells(&|row| row % 200)),
        ("b", cells(&|row| row % 200)),
        // Differs in one cell far from the first batch.
        ("c", cells(&|row| if row == 555 { -7 } else { row % 200 })),
        ("d", cells(&|_| 5)),
        ("e", cells(&|_| 5)),
        ("f", text(&|row| format!("w{}", row % 200))),
        ("g", text(&|row| format!("w{}", row % 200))),
    ]);
    let file = converted(&bytes);
    let repeats = file.finding("rows-repeated");
    assert_eq!(
        (repeats.count, repeats.rows.as_slice()),
        (Some(399), &[201, 202, 203, 204, 205][..])
    );
    let same: Vec<_> =
        file.dictionary.findings.iter().filter(|f| f.code == "column-repeated").collect();
    let same: Vec<_> = same.iter().map(|f| f.column.as_deref().unwrap()).collect();
    assert_eq!(same, ["b", "g"], "columns of one value are told as such");
    // However rows are cut.
    let case = Case::new(&bytes);
    for block_bytes in [1, 1 << 20] {
        let limits = Limits { block_bytes, batch_rows: 64, ..Limits::default() };
        assert_eq!(inspect(&case.input, &limits).unwrap(), file.dictionary);
    }
    let plain = converted(parquet(vec![
        ("a", array(Float64Array::from(vec![Some(f64::NAN), Some(0.0), None]))),
        ("b", array(Float64Array::from(vec![Some(f64::NAN), Some(-0.0), None]))),
    ]));
    assert!(!plain.codes().iter().any(|code| code.ends_with("repeated")), "{:?}", plain.codes());
    let day = 1_700_000_000_000_000;
    let shifted = converted(parquet(vec![
        ("측정시각", array(StringArray::from(vec!["M1", "M2", "M1"]))),
        (
            "설비",
            array(TimestampMicrosecondArray::from(vec![day, day + 1_000_000, day + 2_000_000])),
        ),
        ("온도", array(Float64Array::from(vec![21.5, 22.0, 22.5]))),
    ]));
    let finding = shifted.finding("header-shifted-suspected");
    assert_eq!(finding.column.as_deref(), Some("측정시각"));
}
