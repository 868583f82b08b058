//! Statistics and predicates beside a slow look at every row.

use std::sync::Arc;

use arrow::array::{ArrayRef, TimestampMicrosecondArray};
use arrow::array::{Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{ObjectStoreExt as _, PutPayload};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};

use super::{Predicate, Table, read};
use crate::error::Fault;

/// A file of `columns` in row groups of `group` rows, and what is told of it.
fn told(columns: Vec<(&str, ArrayRef)>, group: usize) -> Table {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let (store, key, size) = (InMemory::new(), Key::from("a"), bytes.len() as u64);
    futures::executor::block_on(async {
        store.put(&key, PutPayload::from(bytes)).await.unwrap();
        read(&store, &key, size).await.unwrap()
    })
}

fn stats(table: &Table) -> Value {
    serde_json::from_str(&table.statistics.text()).unwrap()
}

#[test]
fn bounds_are_rounded_outwards_and_never_leave_a_value_out() {
    let long = "가".repeat(100);
    let table = told(
        vec![
            ("n", Arc::new(Int64Array::from(vec![Some(3), None, Some(-7), Some(9)]))),
            ("x", Arc::new(Float64Array::from(vec![1.5, f64::NAN, -2.5, 0.0]))),
            ("t", Arc::new(StringArray::from(vec!["b", "a", long.as_str(), "c"]))),
            ("d", Arc::new(Date32Array::from(vec![-1, 0, 19_000, 5]))),
            (
                "at",
                Arc::new(
                    TimestampMicrosecondArray::from(vec![-1, 1_999, 1_000_001, 0])
                        .with_timezone("UTC"),
                ),
            ),
        ],
        2,
    );
    let stats = stats(&table);
    assert_eq!(stats["numRecords"], 4);
    assert_eq!(stats["minValues"]["n"], -7);
    assert_eq!(stats["maxValues"]["n"], 9);
    assert_eq!(stats["nullCount"], json!({"n": 1, "x": 0, "t": 0, "d": 0, "at": 0}));
    // NaN is above every number for some readers, and Parquet does not count it.
    assert_eq!(stats["minValues"]["x"], -2.5);
    assert_eq!(stats["maxValues"]["x"], Value::Null);
    assert_eq!(stats["minValues"]["t"], "a");
    // A long text is cut; what is told is still above it.
    assert!(stats["maxValues"]["t"].as_str().is_none_or(|bound| bound > long.as_str()));
    assert_eq!(stats["minValues"]["d"], "1969-12-31");
    assert_eq!(stats["maxValues"]["d"], "2022-01-08");
    assert_eq!(stats["minValues"]["at"], "1969-12-31T23:59:59.999Z");
    assert_eq!(stats["maxValues"]["at"], "1970-01-01T00:00:01.001Z");
}

#[test]
fn a_group_of_nulls_leaves_a_column_without_bounds() {
    let table =
        told(vec![("n", Arc::new(Int64Array::from(vec![Some(1), Some(2), None, None])))], 2);
    let stats = stats(&table);
    assert_eq!(stats["minValues"], json!({}));
    assert_eq!(stats["nullCount"]["n"], 2);
}

#[test]
fn an_empty_table_and_what_is_no_table() {
    let table = told(vec![("n", Arc::new(Int64Array::from(Vec::<i64>::new())))], 2);
    assert_eq!(table.statistics.rows, 0);
    let (store, key) = (InMemory::new(), Key::from("a"));
    let fault = futures::executor::block_on(async {
        store.put(&key, PutPayload::from_static(b"not a table")).await.unwrap();
        read(&store, &key, 11).await.unwrap_err()
    });
    assert!(matches!(fault, Fault::Bug(_)), "{fault}");
}

fn literal(kind: &str, value: impl ToString) -> Value {
    json!({"op": "literal", "value": value.to_string(), "valueType": kind})
}

fn column(name: &str) -> Value {
    json!({"op": "column", "name": name, "valueType": "long"})
}

fn op(op: &str, children: &[Value]) -> Value {
    json!({"op": op, "children": children})
}

/// Whether a predicate holds of a row, in SQL's three values.
fn holds(node: &Value, n: Option<i64>, x: Option<f64>) -> Option<bool> {
    let child = |at: usize| &node["children"][at];
    let children = || node["children"].as_array().unwrap();
    let number = |node: &Value| -> Option<f64> {
        match node["op"].as_str().unwrap() {
            "column" if node["name"] == "n" => n.map(|n| n as f64),
            "column" => x,
            _ => node["value"].as_str().unwrap().parse().ok(),
        }
    };
    match node["op"].as_str().unwrap() {
        "and" => children().iter().try_fold(true, |all, one| match holds(one, n, x) {
            Some(false) => Some(false),
            None if all => None,
            one => Some(all && one.unwrap_or(false)),
        }),
        "or" => Some(children().iter().any(|one| holds(one, n, x) == Some(true))),
        "not" => holds(child(0), n, x).map(|one| !one),
        "isNull" => Some(number(child(0)).is_none()),
        word => {
            let (a, b) = (number(child(0))?, number(child(1))?);
            Some(match word {
                "equal" => a == b,
                "lessThan" => a < b,
                "lessThanOrEqual" => a <= b,
                "greaterThan" => a > b,
                _ => a >= b,
            })
        }
    }
}

/// No predicate that a row fulfils is judged to match no row, whatever the file.
#[test]
fn a_hint_never_loses_a_row() {
    let mut seed = 7u64;
    let mut roll = |sides: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 11) % sides
    };
    let (mut pruned, mut kept) = (0, 0);
    for _ in 0..3_000 {
        let rows = 1 + roll(4) as usize;
        let mut n = Vec::new();
        let mut x = Vec::new();
        for _ in 0..rows {
            n.push((roll(4) > 0).then(|| roll(5) as i64));
            x.push(match roll(6) {
                0 => None,
                1 => Some(f64::NAN),
                value => Some(value as f64),
            });
        }
        let table = told(
            vec![
                ("n", Arc::new(Int64Array::from(n.clone()))),
                ("x", Arc::new(Float64Array::from(x.clone()))),
            ],
            2,
        );
        let mut leaf = || {
            let name = if roll(2) == 0 { "n" } else { "x" };
            let words =
                ["equal", "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"];
            let word = words[roll(5) as usize];
            let constant = literal(if roll(2) == 0 { "long" } else { "double" }, roll(7));
            let leaf = match roll(5) {
                0 => op("isNull", &[column(name)]),
                1 => op(word, &[constant, column(name)]),
                _ => op(word, &[column(name), constant]),
            };
            if roll(3) == 0 { op("not", &[leaf]) } else { leaf }
        };
        let (left, right) = (leaf(), leaf());
        let root = match roll(3) {
            0 => op("and", &[left, right]),
            1 => op("or", &[left, right]),
            _ => left,
        };
        let matches = n.iter().zip(&x).any(|(n, x)| holds(&root, *n, *x) == Some(true));
        let predicate = Predicate::parse(&root.to_string()).unwrap();
        let judged = predicate.may_match(&table.statistics);
        assert!(judged || !matches, "{root} of {n:?} {x:?}");
        if judged { kept += 1 } else { pruned += 1 }
    }
    assert!(pruned > 300 && kept > 300, "{pruned} pruned, {kept} kept");
}

#[test]
fn what_is_not_understood_matches() {
    let table = told(vec![("n", Arc::new(Int64Array::from(vec![1, 2])))], 2);
    let matches = |node: Value| {
        Predicate::parse(&node.to_string()).is_none_or(|hint| hint.may_match(&table.statistics))
    };
    assert!(!matches(op("equal", &[column("n"), literal("long", 3)])));
    assert!(!matches(op("equal", &[column("N"), literal("long", 3)])));
    assert!(matches(op("equal", &[column("other"), literal("long", 3)])));
    assert!(matches(op("equal", &[column("n"), literal("interval", 3)])));
    assert!(matches(op("equal", &[column("n"), literal("long", "three")])));
    assert!(matches(op("like", &[column("n"), literal("long", 3)])));
    assert!(matches(op("equal", &[])));
    assert!(matches(json!(["n", 3])));
    let deep = (0..200).fold(literal("long", 1), |inner, _| op("not", &[inner]));
    assert!(matches(deep));
    let wide = vec![op("equal", &[column("n"), literal("long", 3)]); 400];
    assert!(matches(op("and", &wide)));
}
