//! The content hash without order: rows may move, and nothing else may change.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
    LargeStringArray, ListArray, RecordBatch, StringArray, TimestampMillisecondArray, UInt64Array,
};
use arrow::compute::take_record_batch;
use arrow::datatypes::{Int8Type, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::unordered_hash;
use crate::limits::Limits;

fn hash_as(batch: &RecordBatch, properties: WriterPropertiesBuilder, limits: &Limits) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    write(&path, batch, properties);
    unordered_hash(&path, limits).unwrap()
}

fn write(path: &Path, batch: &RecordBatch, properties: WriterPropertiesBuilder) {
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn hash(batch: &RecordBatch) -> String {
    hash_as(batch, WriterProperties::builder(), &Limits::default())
}

fn one(array: ArrayRef) -> String {
    hash(&RecordBatch::try_from_iter([("a", array)]).unwrap())
}

#[test]
fn the_hash_follows_its_description() {
    let row = |value: &[u8]| Sha256::digest([&[2_u8][..], value].concat());
    let mut rows = [row(&[&[1_u8][..], &7_i64.to_le_bytes()].concat()), row(&[0])];
    rows.sort();
    let mut table = b"jangteo-rows-1".to_vec();
    table.extend(2_u64.to_le_bytes());
    table.extend(1_u32.to_le_bytes());
    for text in ["a", "integer"] {
        table.extend((text.len() as u64).to_le_bytes());
        table.extend(text.as_bytes());
    }
    rows.iter().for_each(|row| table.extend(row.as_slice()));
    let expected = crate::digest::sha256(&table);
    assert_eq!(one(Arc::new(Int64Array::from(vec![Some(7), None]))), expected);
    assert_eq!(one(Arc::new(Int64Array::from(vec![None, Some(7)]))), expected);
}

/// Every kind of column, with nulls, in `rows` rows of which some repeat.
fn everything(rows: i64) -> RecordBatch {
    let some = |row: i64| row % 5 != 0;
    let texts = (0..rows).map(|row| some(row).then(|| "가".repeat((row % 4) as usize)));
    let texts: Vec<Option<String>> = texts.collect();
    let keys: DictionaryArray<Int8Type> =
        (0..rows).map(|row| some(row).then_some(if row % 2 == 0 { "x" } else { "" })).collect();
    let lists = (0..rows).map(|row| some(row).then(|| vec![Some(row % 3), None]));
    let columns: Vec<(&str, ArrayRef)> =
        vec![
            (
                "b",
                Arc::new(BooleanArray::from_iter(
                    (0..rows).map(|row| some(row).then_some(row % 2 == 0)),
                )),
            ),
            (
                "i",
                Arc::new(Int32Array::from_iter(
                    (0..rows).map(|row| some(row).then_some((row % 9) as i32)),
                )),
            ),
            (
                "u",
                Arc::new(UInt64Array::from_iter(
                    (0..rows).map(|row| some(row).then_some(u64::MAX - row as u64 % 2)),
                )),
            ),
            (
                "f",
                Arc::new(Float64Array::from_iter((0..rows).map(|row| {
                    some(row).then_some(if row % 7 == 0 { f64::NAN } else { row as f64 })
                }))),
            ),
            (
                "d",
                Arc::new(
                    Decimal128Array::from_iter(
                        (0..rows).map(|row| some(row).then_some(i128::from(row) << 40)),
                    )
                    .with_precision_and_scale(30, 2)
                    .unwrap(),
                ),
            ),
            (
                "t",
                Arc::new(TimestampMillisecondArray::from_iter(
                    (0..rows).map(|row| some(row).then_some(-row)),
                )),
            ),
            ("s", Arc::new(StringArray::from(texts.clone()))),
            ("l", Arc::new(LargeStringArray::from(texts))),
            ("k", Arc::new(keys)),
            ("n", Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists))),
        ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .unwrap()
}

#[test]
fn storage_threads_and_memory_do_not_change_the_hash() {
    let batch = everything(500);
    let plain = hash(&batch);
    let groups = || WriterProperties::builder().set_max_row_group_row_count(Some(33));
    for properties in [
        groups(),
        groups().set_compression(Compression::SNAPPY),
        groups().set_dictionary_enabled(false),
    ] {
        for (threads, batch_rows) in [(1, 1), (3, 50)] {
            let limits = Limits { threads, batch_rows, ..Limits::default() };
            assert_eq!(hash_as(&batch, properties.clone(), &limits), plain);
        }
    }
}

#[test]
fn a_long_table_is_hashed_in_several_passes() {
    // Little memory holds 65,536 hashes at a time.
    let values = Int64Array::from_iter_values((0..150_000).map(|row| row % 70_000));
    let batch = RecordBatch::try_from_iter([("a", Arc::new(values) as ArrayRef)]).unwrap();
    let little = Limits { memory_bytes_max: 1, ..Limits::default() };
    assert_eq!(hash_as(&batch, WriterProperties::builder(), &little), hash(&batch));
}

#[test]
fn rows_count_as_often_as_they_occur() {
    let of = |values: Vec<i64>| one(Arc::new(Int64Array::from(values)));
    assert_eq!(of(vec![1, 1, 2]), of(vec![1, 2, 1]));
    assert_ne!(of(vec![1, 1, 2]), of(vec![1, 2, 2]));
    assert_ne!(of(vec![1, 1, 2]), of(vec![1, 2]));
    assert_ne!(of(vec![1, 1, 2, 2]), of(vec![1, 2]));
}

#[test]
fn cells_do_not_move_from_row_to_row() {
    let of = |a: [i64; 2], b: [i64; 2]| {
        let columns = [a, b].map(|values| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef);
        let [a, b] = columns;
        hash(&RecordBatch::try_from_iter([("a", a), ("b", b)]).unwrap())
    };
    assert_eq!(of([1, 2], [3, 4]), of([2, 1], [4, 3]));
    assert_ne!(of([1, 2], [3, 4]), of([2, 1], [3, 4]));
    // Texts keep their borders.
    let texts = |a: &str, b: &str| {
        let columns = [a, b].map(|text| Arc::new(StringArray::from(vec![text])) as ArrayRef);
        let [a, b] = columns;
        hash(&RecordBatch::try_from_iter([("a", a), ("b", b)]).unwrap())
    };
    assert_ne!(texts("xy", "z"), texts("x", "yz"));
}

#[test]
fn a_truncated_file_is_a_fault_and_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    write(&path, &everything(300), WriterProperties::builder());
    let bytes = std::fs::read(&path).unwrap();
    for length in [0, 4, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(unordered_hash(&path, &Limits::default()).is_err(), "{length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_order_gives_the_same_hash_and_any_other_row_another(
        order in Just((0_u32..40).collect::<Vec<u32>>()).prop_shuffle(),
        dropped in 0_usize..40,
    ) {
        let batch = everything(40);
        let plain = hash(&batch);
        let moved = |order: &[u32]| {
            take_record_batch(&batch, &arrow::array::UInt32Array::from(order.to_vec())).unwrap()
        };
        prop_assert_eq!(hash(&moved(&order)), plain.clone());
        let mut fewer = order;
        let other = fewer[(dropped + 1) % 40];
        // Every fifth row is all null: those are the same row.
        prop_assume!(fewer[dropped] % 5 + other % 5 > 0);
        fewer[dropped] = other;
        prop_assert_ne!(hash(&moved(&fewer)), plain);
    }
}
