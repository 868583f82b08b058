//! Queries by example.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Answer, Named, check, query};
use crate::error::{Fault, InputFault};
use crate::limits::Limits;
use crate::pipeline::file::ZONE;
use crate::pipeline::writer::Writer;
use crate::progress::{Progress, Silent};

fn batch() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("i", Arc::new(Int64Array::from(vec![Some(1), Some(2), None, Some(i64::MAX), Some(5)]))),
        (
            "x",
            Arc::new(Float64Array::from(vec![
                Some(2.5),
                Some(f64::NAN),
                None,
                Some(-0.0),
                Some(f64::INFINITY),
            ])),
        ),
        ("lot", Arc::new(StringArray::from(vec!["A", "B", "A", "B", "C"]))),
        ("온도(℃)", Arc::new(Float64Array::from(vec![20.0, 21.0, 22.0, 23.0, 24.0]))),
        (
            "t",
            Arc::new(
                // 2024-03-01 08:30 in Korea and every two days after.
                TimestampMicrosecondArray::from_iter_values(
                    (0..5).map(|n| 1_709_249_400_000_000 + n * 2 * 86_400_000_000),
                )
                .with_timezone(ZONE),
            ),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .unwrap()
}

fn write(dir: &Path, batch: &RecordBatch) -> PathBuf {
    let path = dir.join("in.parquet");
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = Writer::lasting(file, &batch.schema(), &Limits::default()).unwrap();
    writer.write(batch).unwrap();
    writer.finish(None).unwrap();
    path
}

fn asked(sql: &str) -> Result<Answer, Fault> {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), &batch());
    let tables = [Named { name: "data", path: &path }, Named { name: "other", path: &path }];
    let answer = query(sql, &tables, 10, dir.path(), &Limits::default(), &Silent);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "a file was left behind");
    match (&answer, check(sql, &tables, &Limits::default())) {
        (Ok(_), checked) => checked.unwrap(),
        (Err(Fault::Input(fault)), Ok(())) => assert_eq!(fault.code, "query-failed"),
        _ => {}
    }
    answer
}

fn told(answer: &Answer) -> String {
    let options = FormatOptions::default().with_null("-");
    let rows = (0..answer.kept.num_rows()).map(|row| {
        let cells = answer.kept.columns().iter().map(|array| {
            ArrayFormatter::try_new(array.as_ref(), &options).unwrap().value(row).to_string()
        });
        cells.collect::<Vec<_>>().join(" ")
    });
    rows.collect::<Vec<_>>().join(" | ")
}

fn answer(sql: &str) -> String {
    told(&asked(sql).unwrap())
}

fn refused(sql: &str) -> InputFault {
    match asked(sql) {
        Err(Fault::Input(fault)) => fault,
        other => panic!("{sql}: {other:?}"),
    }
}

#[test]
fn queries_mean_what_expressions_mean() {
    assert_eq!(answer("SELECT count(*) FROM data WHERE x > 1000"), "1");
    assert_eq!(answer("SELECT count(*), count(x), count(i) FROM data"), "5 3 4");
    assert_eq!(answer("SELECT count(*) FROM data WHERE x = 0"), "1");
    assert_eq!(answer("SELECT count(*) FROM data WHERE x IS NULL"), "2");
    assert_eq!(answer("SELECT max(\"온도(℃)\") FROM data"), "24.0");
    assert_eq!(answer("SELECT sum(i) FROM data"), "9223372036854775815");
    assert_eq!(answer("SELECT i FROM data WHERE i = 9223372036854775807.0"), "");
    assert_eq!(answer("SELECT i FROM data WHERE t < '2024-03-03'"), "1");
    assert_eq!(answer("SELECT i FROM data WHERE t < DATE '2024-03-04' ORDER BY i DESC"), "2 | 1");
    assert_eq!(
        answer("SELECT min(date_part('hour', t)), max(date_part('hour', t)) FROM data"),
        "8 8"
    );
    assert_eq!(answer("SELECT count(*) FROM data WHERE date_part('year', t) = 2024"), "5");
    assert_eq!(
        answer("SELECT lot, count(*) AS n FROM data GROUP BY lot HAVING count(*) > 1"),
        "A 2 | B 2"
    );
    assert_eq!(
        answer("SELECT lot, row_number() OVER (ORDER BY t) AS n FROM data ORDER BY n LIMIT 2"),
        "A 1 | B 2"
    );
    // The mean of both infinities is no number, and no number is null.
    assert_eq!(
        answer(
            "SELECT m > 5 FROM (SELECT avg(CASE WHEN i = 1 THEN -x / 0.0 ELSE x END) AS m FROM data) AS s"
        ),
        "-"
    );
    assert_eq!(
        answer(
            "SELECT d.lot FROM data d LEFT JOIN other o ON d.i = o.i - 1 WHERE o.i IS NULL AND d.i < 9"
        ),
        "B | C"
    );
    assert_eq!(answer("WITH s AS (SELECT lot FROM data) SELECT count(DISTINCT lot) FROM s"), "3");
    assert_eq!(answer("SELECT lot FROM data WHERE i IN (SELECT max(i) FROM other)"), "B");
    assert_eq!(answer("SELECT * FROM data WHERE i = 1").split(' ').next(), Some("1"));
}

#[test]
fn a_count_counts_and_rows_are_counted() {
    for (sql, violations, is_count) in [
        ("SELECT count(*) FROM data WHERE i > 1", 3, true),
        ("SELECT count(*) AS bad FROM data WHERE i > 100 AND i < 0", 0, true),
        ("SELECT sum(i) FROM data WHERE i < 3", 3, true),
        ("SELECT i FROM data WHERE i = 5", 1, false),
        ("SELECT * FROM data", 5, false),
        ("SELECT lot FROM data WHERE i > 100 AND i < 0", 0, false),
        ("SELECT count(*) FROM data GROUP BY lot", 3, false),
        ("SELECT avg(x) FROM data", 1, false),
    ] {
        let answer = asked(sql).unwrap();
        assert_eq!((answer.violations(), answer.is_count), (violations, is_count), "{sql}");
    }
}

#[test]
fn nothing_but_one_select_is_run() {
    for sql in [
        "DROP TABLE data",
        "CREATE TABLE x AS SELECT * FROM data",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION 'x.csv'",
        "INSERT INTO data VALUES (1)",
        "DELETE FROM data",
        "UPDATE data SET i = 1",
        "COPY data TO 'x.csv'",
        "SET datafusion.execution.batch_size = 1",
        "EXPLAIN SELECT 1",
        "SHOW TABLES",
        "SELECT * INTO x FROM data",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
        "SELECT * FROM generate_series(1, 10)",
        "SELECT * FROM unnest([1, 2])",
        "SELECT * FROM read_csv('x.csv')",
        "SELECT * FROM information_schema.tables",
        "SELECT now() FROM data",
        "SELECT * FROM data WHERE random() < 0.5",
        "SELECT t AT TIME ZONE 'Europe/Berlin' FROM data",
        "SELECT i FROM data WHERE i IN (SELECT random() FROM other)",
    ] {
        assert_eq!(refused(sql).code, "query-not-allowed", "{sql}");
    }
    for (sql, code) in [
        ("", "expression-invalid"),
        ("SELECT", "query-invalid"),
        ("TABLE data", "query-invalid"),
        ("SELECT 1; SELECT 2", "query-invalid"),
        ("SELECT i FROM data WHERE", "query-invalid"),
        ("SELECT i FROM 'x.parquet'", "table-unknown"),
        ("SELECT i FROM dta", "table-unknown"),
        ("SELECT i FROM \"in.parquet\"", "table-unknown"),
        ("SELECT repeat(lot, 1000000000) FROM data", "function-unknown"),
        ("SELECT temp FROM data", "column-unknown"),
        ("SELECT i FROM data WHERE lot > 5", "query-type"),
        ("SELECT 1 / (i - 1) FROM data", "query-failed"),
        ("SELECT i + 1 FROM data", "query-failed"),
    ] {
        let fault = refused(sql);
        assert_eq!(fault.code, code, "{sql}: {}", fault.text.en);
    }
}

/// Many rows whose groups and order need more than a little memory.
fn long() -> RecordBatch {
    let rows = 60_000_i64;
    let mixed = move |n: i64| n * 7_919 % rows;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("k", Arc::new(Int64Array::from_iter_values((0..rows).map(mixed)))),
        (
            "s",
            Arc::new(StringArray::from_iter_values(
                (0..rows).map(|n| format!("row {:040}", mixed(n))),
            )),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .unwrap()
}

#[test]
fn memory_allowed_does_not_change_the_answer_and_its_end_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), &long());
    let tables = [Named { name: "data", path: &path }];
    let within = |sql: &str, memory_bytes_max: usize, batch_rows: usize| {
        let limits = Limits { memory_bytes_max, batch_rows, ..Limits::default() };
        let answer = query(sql, &tables, 3, dir.path(), &limits, &Silent);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "a file was left behind");
        answer
    };
    for sql in [
        "SELECT k, s FROM data ORDER BY s DESC",
        "SELECT s, count(*) FROM data GROUP BY s",
        "SELECT s FROM data WHERE k % 2 = 1",
    ] {
        let plenty = within(sql, 1 << 30, 8_192).unwrap();
        let little = within(sql, 12 << 20, 1_000).unwrap();
        assert_eq!(told(&plenty), told(&little), "{sql}");
        assert_eq!((plenty.rows, plenty.kept.num_rows()), (little.rows, 3), "{sql}");
    }
    let Err(Fault::Input(fault)) = within("SELECT s FROM data ORDER BY s", 1_000, 8_192) else {
        panic!("enough")
    };
    assert_eq!(fault.code, "memory-limit");
}

struct Stop;

impl Progress for Stop {
    fn at(&self, _: &'static str, _: u64, _: u64) -> Result<(), Fault> {
        Err(Fault::Cancelled)
    }
}

#[test]
fn a_query_can_be_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), &long());
    let tables = [Named { name: "a", path: &path }, Named { name: "b", path: &path }];
    // 3.6 billion pairs: it ends because it is stopped.
    let sql = "SELECT count(*) FROM a, b WHERE a.k + b.k = 7";
    let stopped = query(sql, &tables, 1, dir.path(), &Limits::default(), &Stop);
    assert!(matches!(stopped, Err(Fault::Cancelled)), "{stopped:?}");
}

/// Stops after some reports, as a deadline does once all rows were read.
struct Later(std::sync::atomic::AtomicU32);

impl Progress for Later {
    fn at(&self, _: &'static str, _: u64, _: u64) -> Result<(), Fault> {
        match self.0.fetch_add(1, Ordering::Relaxed) {
            0..8 => Ok(()),
            _ => Err(Fault::Cancelled),
        }
    }
}

#[test]
fn a_query_is_stopped_long_after_its_tables_were_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), &long());
    let tables = [Named { name: "a", path: &path }, Named { name: "b", path: &path }];
    for sql in [
        "SELECT count(*) FROM a, b",
        "SELECT a.k FROM a, b",
        "SELECT count(*) FROM a JOIN b ON a.k % 2 = b.k % 2",
        "SELECT a.k % 7, count(*) FROM a, b GROUP BY a.k % 7",
        "SELECT count(*) FROM a, b WHERE a.k + b.k = -1",
    ] {
        let later = Later(0.into());
        let begun = std::time::Instant::now();
        let stopped = query(sql, &tables, 1, dir.path(), &Limits::default(), &later);
        assert!(matches!(stopped, Err(Fault::Cancelled)), "{sql}: {stopped:?}");
        println!("{sql}: {:?}", begun.elapsed());
    }
}

#[test]
fn a_join_without_an_equality_compares_a_bounded_number_of_pairs() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), &long());
    let tables = [Named { name: "a", path: &path }, Named { name: "b", path: &path }];
    let limits = Limits { pairs_max: 1_000_000, ..Limits::default() };
    let ask = |sql: &str| query(sql, &tables, 1, dir.path(), &limits, &Silent);
    for sql in ["SELECT count(*) FROM a, b", "SELECT count(*) FROM a JOIN b ON a.k < b.k"] {
        let Err(Fault::Input(fault)) = ask(sql) else { panic!("{sql}") };
        assert_eq!(fault.code, "query-too-large", "{sql}");
    }
    // One row beside each of many is no such join, nor is one with an equality.
    for sql in [
        "SELECT count(*) FROM a, (SELECT avg(k) AS mean FROM b) AS m WHERE a.k > m.mean",
        "SELECT count(*) FROM a JOIN b ON a.k = b.k",
        "SELECT count(*) FROM a WHERE k > (SELECT avg(k) FROM b)",
    ] {
        assert!(ask(sql).is_ok(), "{sql}: {:?}", ask(sql));
    }
}

#[test]
fn a_damaged_file_is_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), &batch());
    let bytes = std::fs::read(&path).unwrap();
    for at in (4..bytes.len()).step_by(37) {
        let mut hit = bytes.clone();
        hit[at] ^= 0x55;
        std::fs::write(&path, &hit).unwrap();
        let tables = [Named { name: "data", path: &path }];
        match query("SELECT * FROM data", &tables, 9, dir.path(), &Limits::default(), &Silent) {
            Ok(_) | Err(Fault::Input(_)) => {}
            Err(other) => panic!("hit at {at}: {other}"),
        }
    }
}
