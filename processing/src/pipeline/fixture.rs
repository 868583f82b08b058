//! Small tables written as text, for the tests of the steps.
//!
//! The first line names the columns as `name:type[unit]{sentinels}`; cells are split by `|`, blanks
//! around them do not count, an empty cell and `-` are null.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use schema::data::column::{Column, Dictionary, FileFormat, Reading, ValueType};
use schema::data::lineage::Lineage;

use super::file::{arrow_type, dictionary, loose_schema, open, plain_column};
use super::table::Table;
use super::work::Work;
use super::writer::Writer;
use super::{Keys, parse, run_with_keys};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Silent;

/// What came out of a run.
pub(super) struct Cleaned {
    pub(super) text: String,
    pub(super) lineage: Lineage,
    pub(super) dictionary: Dictionary,
    pub(super) bytes: Vec<u8>,
}

impl Cleaned {
    /// Cells changed by the last step.
    pub(super) fn changed(&self) -> u64 {
        self.lineage.steps.last().unwrap().cells_changed
    }

    /// Parameters fitted by the last step, as `column.name=value`.
    pub(super) fn fitted(&self) -> Vec<String> {
        let step = self.lineage.steps.last().unwrap();
        let one = |fitted: &schema::data::lineage::Fitted| {
            let group = if fitted.group.is_empty() {
                String::new()
            } else {
                format!("[{}]", fitted.group.join(","))
            };
            let value = serde_json::to_string(&fitted.value).unwrap();
            format!("{}{group}.{}={value}", fitted.column, fitted.name)
        };
        step.fitted.iter().map(one).collect()
    }
}

/// Runs a specification on a table.
pub(super) fn clean(spec: &str, table: &str) -> Result<Cleaned, Fault> {
    clean_within(spec, table, &Limits::default())
}

/// Runs a specification on a table within limits.
pub(super) fn clean_within(spec: &str, table: &str, limits: &Limits) -> Result<Cleaned, Fault> {
    clean_beside(spec, table, &[], limits)
}

/// Runs a specification on a table with keys.
pub(super) fn clean_with_keys(spec: &str, table: &str, keys: &Keys) -> Result<Cleaned, Fault> {
    clean_by(spec, table, (&[], keys), &Limits::default())
}

/// Runs a specification on a table and further tables by name, within limits.
pub(super) fn clean_beside(
    spec: &str,
    table: &str,
    others: &[(&str, &str)],
    limits: &Limits,
) -> Result<Cleaned, Fault> {
    clean_by(spec, table, (others, &Keys::default()), limits)
}

fn clean_by(
    spec: &str,
    table: &str,
    (others, keys): (&[(&str, &str)], &Keys),
    limits: &Limits,
) -> Result<Cleaned, Fault> {
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), table);
    let folders: Vec<_> = others.iter().map(|_| tempfile::tempdir().unwrap()).collect();
    let with: Vec<_> = folders
        .iter()
        .zip(others)
        .map(|(folder, (name, table))| (*name, write(folder.path(), table)))
        .collect();
    let with: Vec<_> = with.iter().map(|(name, path)| (*name, path.as_path())).collect();
    let out = dir.path().join("out.parquet");
    let result = run_with_keys(&parse(spec)?, &input, &with, keys, &out, limits, &Silent);
    let left: usize = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(left, if result.is_ok() { 2 } else { 1 }, "a file was left behind");
    let lineage = result?;
    let (_, metadata) = open(&out).unwrap();
    Ok(Cleaned {
        text: text(&out),
        lineage,
        dictionary: dictionary(&metadata),
        bytes: std::fs::read(&out).unwrap(),
    })
}

/// The code of the fault that a run ends in.
pub(super) fn fault(spec: &str, table: &str) -> String {
    match clean(spec, table) {
        Err(Fault::Input(fault)) => fault.code,
        Err(other) => panic!("{other}"),
        Ok(cleaned) => panic!("no fault, but\n{}", cleaned.text),
    }
}

/// Writes a table as Parquet.
pub(super) fn write(dir: &Path, table: &str) -> PathBuf {
    let mut lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    let columns: Vec<Column> = lines.next().unwrap().split('|').map(head).collect();
    let mut cells: Vec<Vec<Option<&str>>> = vec![Vec::new(); columns.len()];
    for line in lines {
        let values: Vec<&str> = line.split('|').map(str::trim).collect();
        assert_eq!(values.len(), columns.len(), "{line}");
        for (column, value) in cells.iter_mut().zip(values) {
            column.push(Some(value).filter(|value| !value.is_empty() && *value != "-"));
        }
    }
    let types: Vec<_> = columns.iter().map(|c| arrow_type(c.value_type).unwrap()).collect();
    let arrays: Vec<ArrayRef> = cells
        .into_iter()
        .zip(&types)
        .map(|(cells, to)| {
            let texts: ArrayRef = Arc::new(StringArray::from(cells.clone()));
            let array = cast(&texts, to).unwrap();
            assert_eq!(array.null_count(), cells.iter().filter(|c| c.is_none()).count());
            array
        })
        .collect();
    let names = columns.iter().map(|column| column.name.clone());
    let schema = loose_schema(names.zip(types));
    let path = dir.join("in.parquet");
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = Writer::lasting(file, &schema, &Limits::default()).unwrap();
    writer.write(&RecordBatch::try_new(schema, arrays).unwrap()).unwrap();
    let reading = Reading::of(FileFormat::Csv);
    writer.finish(Some(&Dictionary::new(reading, columns))).unwrap();
    path
}

fn head(text: &str) -> Column {
    let (name, rest) = text.trim().split_once(':').unwrap();
    let (rest, sentinels) = rest.split_once('{').unwrap_or((rest, ""));
    let (value_type, unit) = rest.split_once('[').unwrap_or((rest, ""));
    let value_type = match value_type {
        "b" => ValueType::Boolean,
        "i" => ValueType::Integer,
        "f" => ValueType::Number,
        "m" => ValueType::Decimal { precision: 9, scale: 2 },
        "t" => ValueType::Text,
        "d" => ValueType::Date,
        "s" => ValueType::Timestamp,
        other => panic!("{other}"),
    };
    let mut column = plain_column(name, value_type);
    column.unit = Some(unit.trim_end_matches(']').to_owned()).filter(|unit| !unit.is_empty());
    let sentinels = sentinels.trim_end_matches('}').split(',').filter(|text| !text.is_empty());
    column.sentinels = sentinels.map(str::to_owned).collect();
    column
}

/// A Parquet file as text: names, then rows.
pub(super) fn text(path: &Path) -> String {
    let table = Table::open(path, &Limits::default()).unwrap();
    let names: Vec<&str> = table.shape.columns.iter().map(|c| c.name.as_str()).collect();
    let mut out = names.join(" | ");
    let options = FormatOptions::default();
    let limits = Limits::default();
    let work = Work::new(&limits, &Silent, 0);
    for batch in table.scan(None, &work).unwrap() {
        let batch = batch.unwrap();
        for row in 0..batch.num_rows() {
            let cell = |array: &ArrayRef| {
                let text = ArrayFormatter::try_new(array.as_ref(), &options).unwrap();
                if array.is_null(row) { "-".to_owned() } else { text.value(row).to_string() }
            };
            let cells: Vec<String> = batch.columns().iter().map(cell).collect();
            write!(out, "\n{}", cells.join(" | ")).unwrap();
        }
    }
    out
}

/// Lines without the blanks around them.
pub(super) fn lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Checks what a step makes of a table, read in batches of 8,192, 3 and 1 rows: the same bytes.
pub(super) fn check(spec: &str, table: &str, expected: &str) -> Cleaned {
    let cleaned = clean(spec, table).unwrap();
    assert_eq!(cleaned.text, lines(expected), "{spec}");
    for batch_rows in [3, 1] {
        let limits = Limits { batch_rows, ..Limits::default() };
        let again = clean_within(spec, table, &limits).unwrap();
        assert!(again.bytes == cleaned.bytes, "batches of {batch_rows}: {}", again.text);
        assert_eq!(again.lineage, cleaned.lineage);
    }
    cleaned
}
