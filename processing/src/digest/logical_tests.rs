//! The content hash: same table, same hash; another table, another hash.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array,
    Float64Array, Int32Array, Int64Array, LargeStringArray, ListArray, RecordBatch, StringArray,
    StructArray, TimestampMicrosecondArray, TimestampMillisecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Int8Type, Int64Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use proptest::prelude::*;

use super::logical_hash;
use crate::limits::Limits;

fn write(path: &Path, columns: &[(&str, ArrayRef)], properties: WriterPropertiesBuilder) {
    let fields: Vec<Field> =
        columns.iter().map(|(name, a)| Field::new(*name, a.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let file = std::fs::File::create(path).unwrap();
    let mut writer =
        ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties.build())).unwrap();
    let arrays = columns.iter().map(|(_, array)| Arc::clone(array)).collect();
    writer.write(&RecordBatch::try_new(schema, arrays).unwrap()).unwrap();
    writer.close().unwrap();
}

fn hash_as(columns: &[(&str, ArrayRef)], properties: WriterPropertiesBuilder) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    write(&path, columns, properties);
    let whole = logical_hash(&path, &Limits::default()).unwrap();
    for (batch_rows, threads) in [(1, 1), (7, 3), (1000, 2)] {
        let limits = Limits { batch_rows, threads, ..Limits::default() };
        assert_eq!(logical_hash(&path, &limits).unwrap(), whole, "{batch_rows} {threads}");
    }
    whole
}

fn hash(columns: &[(&str, ArrayRef)]) -> String {
    hash_as(columns, WriterProperties::builder())
}

fn one(array: impl Array + 'static) -> String {
    hash(&[("a", Arc::new(array))])
}

#[test]
fn the_hash_follows_its_description() {
    // Computed by hand: SHA-256 over the encoding that the module describes.
    use sha2::{Digest, Sha256};
    let leaf = Sha256::digest([&[0_u8, 1][..], &7_i64.to_le_bytes(), &[0]].concat());
    let column = Sha256::digest([&[1_u8][..], leaf.as_slice()].concat());
    let mut table = b"jangteo-logical-1".to_vec();
    table.extend(2_u64.to_le_bytes());
    table.extend(1_u32.to_le_bytes());
    for text in ["a", "integer"] {
        table.extend((text.len() as u64).to_le_bytes());
        table.extend(text.as_bytes());
    }
    table.extend(column);
    assert_eq!(one(Int64Array::from(vec![Some(7), None])), crate::digest::sha256(&table));
}

#[test]
fn storage_does_not_change_the_hash() {
    let ints: ArrayRef =
        Arc::new(Int64Array::from_iter((0..3_000).map(|n| (n % 7 != 0).then_some(n % 50))));
    let texts: ArrayRef = Arc::new(StringArray::from_iter(
        (0..3_000).map(|n| (n % 5 != 0).then(|| format!("로트-{}", n % 11))),
    ));
    let table = [("정수", ints), ("lot", texts)];
    let plain = hash(&table);
    for properties in [
        WriterProperties::builder().set_max_row_group_row_count(Some(100)),
        WriterProperties::builder().set_compression(Compression::SNAPPY),
        WriterProperties::builder().set_dictionary_enabled(false),
        WriterProperties::builder().set_dictionary_enabled(false).set_encoding(Encoding::PLAIN),
        WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .set_data_page_row_count_limit(64)
            .set_write_batch_size(16),
    ] {
        assert_eq!(hash_as(&table, properties), plain);
    }
}

#[test]
fn widths_units_and_dictionaries_do_not_change_the_hash() {
    let narrow = one(Int32Array::from(vec![1, -5]));
    assert_eq!(narrow, one(Int64Array::from(vec![1, -5])));
    assert_eq!(
        one(UInt64Array::from(vec![1, u64::MAX])),
        one(UInt64Array::from(vec![1, u64::MAX]))
    );
    assert_eq!(one(UInt64Array::from(vec![3])), one(Int64Array::from(vec![3])));
    assert_ne!(one(UInt64Array::from(vec![u64::MAX])), one(Int64Array::from(vec![-1])));
    assert_eq!(one(Float32Array::from(vec![0.5])), one(Float64Array::from(vec![0.5])));
    let texts = vec![Some("가"), None, Some("가"), Some("나")];
    let plain = one(StringArray::from(texts.clone()));
    assert_eq!(plain, one(LargeStringArray::from(texts.clone())));
    assert_eq!(plain, one(texts.into_iter().collect::<DictionaryArray<Int8Type>>()));
    assert_eq!(
        one(TimestampMillisecondArray::from(vec![1_500]).with_timezone("UTC")),
        one(TimestampMicrosecondArray::from(vec![1_500_000]).with_timezone("+09:00"))
    );
}

#[test]
fn equal_floats_hash_equal() {
    let nan = f64::from_bits(0xfff8_0000_0000_1234);
    assert_eq!(
        one(Float64Array::from(vec![0.0, f64::NAN])),
        one(Float64Array::from(vec![-0.0, nan]))
    );
    assert_ne!(one(Float64Array::from(vec![f64::NAN])), one(Float64Array::from(vec![None])));
}

#[test]
fn every_part_of_the_content_counts() {
    let a = || -> ArrayRef { Arc::new(Int64Array::from(vec![1, 2])) };
    let b = || -> ArrayRef { Arc::new(Int64Array::from(vec![3, 4])) };
    let null = || -> ArrayRef { Arc::new(Int64Array::from(vec![Some(1), None])) };
    let decimal = |scale| -> ArrayRef {
        Arc::new(Decimal128Array::from(vec![1, 2]).with_precision_and_scale(9, scale).unwrap())
    };
    let tables: Vec<Vec<(&str, ArrayRef)>> = vec![
        vec![("a", a()), ("b", b())],
        vec![("b", b()), ("a", a())],
        vec![("a", b()), ("b", a())],
        vec![("a", a())],
        vec![("ab", a())],
        vec![("a", null())],
        vec![("a", Arc::new(Int64Array::from(vec![2, 1])))],
        vec![("a", Arc::new(Int64Array::from(vec![1, 2, 2])))],
        vec![("a", Arc::new(Float64Array::from(vec![1.0, 2.0])))],
        vec![("a", Arc::new(StringArray::from(vec!["1", "2"])))],
        vec![("a", Arc::new(StringArray::from(vec!["12", ""])))],
        vec![("a", Arc::new(Date32Array::from(vec![1, 2])))],
        vec![("a", Arc::new(TimestampMicrosecondArray::from(vec![1, 2])))],
        vec![("a", Arc::new(TimestampMicrosecondArray::from(vec![1, 2]).with_timezone("UTC")))],
        vec![("a", Arc::new(BooleanArray::from(vec![true, false])))],
        vec![("a", decimal(2))],
        vec![("a", decimal(3))],
    ];
    let hashes: Vec<String> = tables.iter().map(|table| hash(table)).collect();
    let distinct: std::collections::HashSet<&String> = hashes.iter().collect();
    assert_eq!(distinct.len(), tables.len(), "{hashes:#?}");
}

#[test]
fn nested_values_count_with_their_borders() {
    let lists = |lists: Vec<Option<Vec<i64>>>| {
        ListArray::from_iter_primitive::<Int64Type, _, _>(
            lists.into_iter().map(|list| list.map(|list| list.into_iter().map(Some))),
        )
    };
    let hashes = [
        one(lists(vec![Some(vec![1, 2]), Some(vec![])])),
        one(lists(vec![Some(vec![1]), Some(vec![2])])),
        one(lists(vec![Some(vec![1, 2]), None])),
    ];
    assert!(hashes[0] != hashes[1] && hashes[0] != hashes[2] && hashes[1] != hashes[2]);
    let field = |name: &str| Arc::new(Field::new(name, DataType::Int64, true));
    let ints = || -> ArrayRef { Arc::new(Int64Array::from(vec![1, 2])) };
    assert_ne!(
        one(StructArray::from(vec![(field("x"), ints())])),
        one(StructArray::from(vec![(field("y"), ints())]))
    );
}

#[test]
fn a_table_longer_than_a_leaf_hashes_alike_in_any_batches() {
    let long: ArrayRef = Arc::new(Int64Array::from_iter_values(0..150_000));
    let plain = hash(&[("a", Arc::clone(&long))]);
    let groups = WriterProperties::builder().set_max_row_group_row_count(Some(65_535));
    assert_eq!(hash_as(&[("a", long)], groups), plain);
}

#[test]
fn a_truncated_file_is_a_fault_and_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    write(&path, &[("a", Arc::new(Int64Array::from(vec![1, 2])))], WriterProperties::builder());
    let bytes = std::fs::read(&path).unwrap();
    for cut in [0, 3, 11, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let fault = logical_hash(&path, &Limits::default()).unwrap_err();
        assert!(matches!(&fault, crate::Fault::Input(f) if f.code == "parquet-damaged"), "{fault}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn one_changed_cell_changes_the_hash(
        values in prop::collection::vec(prop::option::of(-3_i64..3), 1..40),
        at in any::<prop::sample::Index>(),
        new in prop::option::of(-3_i64..3),
        group in 1_usize..10,
    ) {
        let at = at.index(values.len());
        let mut changed = values.clone();
        changed[at] = new;
        let first = one(Int64Array::from(values.clone()));
        let other: ArrayRef = Arc::new(Int64Array::from(changed.clone()));
        let groups = WriterProperties::builder().set_max_row_group_row_count(Some(group));
        prop_assert_eq!(first == hash_as(&[("a", other)], groups), values == changed);
    }
}
