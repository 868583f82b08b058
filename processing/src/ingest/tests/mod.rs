//! Small copies of the shapes that factory files have, through the whole of ingest.

mod defects;
mod dialects;
mod faults;
mod parquet;
mod random;
mod shapes;
mod text;

use std::path::PathBuf;
use std::sync::Arc;

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use schema::data::column::{Column, Dictionary, Finding};
use tempfile::TempDir;

use super::{Ingested, convert};
use crate::error::{Fault, InputFault};
use crate::limits::Limits;
use crate::progress::Silent;

/// A folder with one input file.
pub(super) struct Case {
    folder: TempDir,
    pub(super) input: PathBuf,
}

impl Case {
    pub(super) fn new(bytes: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("input");
        std::fs::write(&input, bytes).unwrap();
        Self { folder, input }
    }

    pub(super) fn out(&self) -> PathBuf {
        self.folder.path().join("out.parquet")
    }

    pub(super) fn convert(&self, limits: &Limits) -> Result<Ingested, Fault> {
        convert(&self.input, &self.out(), None, limits, &Silent)
    }

    pub(super) fn convert_as(&self, dictionary: &Dictionary) -> Result<Ingested, Fault> {
        convert(&self.input, &self.out(), Some(dictionary), &Limits::default(), &Silent)
    }

    /// Names of the files in the folder besides the input.
    pub(super) fn left_over(&self) -> Vec<String> {
        std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "input")
            .collect()
    }

    pub(super) fn batches(&self) -> Vec<RecordBatch> {
        let file = std::fs::File::open(self.out()).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        reader.map(Result::unwrap).collect()
    }
}

/// A file converted with default limits, and what it became.
pub(super) struct Converted {
    pub(super) case: Case,
    pub(super) dictionary: Dictionary,
    pub(super) rows: u64,
}

pub(super) fn converted(bytes: impl AsRef<[u8]>) -> Converted {
    let case = Case::new(bytes);
    let Ingested { dictionary, rows } = case.convert(&small()).unwrap();
    assert_eq!(case.left_over(), ["out.parquet"]);
    Converted { case, dictionary, rows }
}

/// Limits that make small files run through several blocks, threads and row groups.
pub(super) fn small() -> Limits {
    Limits { block_bytes: 256, threads: 3, row_group_rows: 100, ..Limits::default() }
}

impl Converted {
    /// Every cell as text, column by column; null as `∅`.
    pub(super) fn column(&self, name: &str) -> Vec<String> {
        let options = FormatOptions::default().with_null("∅");
        let mut cells = Vec::new();
        for batch in self.case.batches() {
            let array = batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
            let array = offset_zone(array);
            let formatter = ArrayFormatter::try_new(&array, &options).unwrap();
            cells.extend((0..array.len()).map(|row| formatter.value(row).to_string()));
        }
        cells
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.dictionary.columns.iter().map(|column| column.name.as_str()).collect()
    }

    pub(super) fn of(&self, name: &str) -> &Column {
        self.dictionary.columns.iter().find(|column| column.name == name).unwrap()
    }

    /// The codes of the findings, sorted.
    pub(super) fn codes(&self) -> Vec<&str> {
        let mut codes: Vec<&str> =
            self.dictionary.findings.iter().map(|finding| finding.code.as_str()).collect();
        codes.sort_unstable();
        codes
    }

    pub(super) fn finding(&self, code: &str) -> &Finding {
        let found = self.dictionary.findings.iter().find(|finding| finding.code == code);
        found.unwrap_or_else(|| panic!("no {code} in {:?}", self.codes()))
    }
}

/// The formatter knows zones as offsets only.
fn offset_zone(array: &ArrayRef) -> ArrayRef {
    let zoned = |unit: &TimeUnit| DataType::Timestamp(*unit, Some("+00:00".into()));
    match array.data_type() {
        DataType::Timestamp(unit, Some(_)) => cast(array, &zoned(unit)).unwrap(),
        DataType::Struct(fields) => {
            let zoned = |field: &Arc<Field>| match field.data_type() {
                DataType::Timestamp(unit, _) => {
                    Arc::new(field.as_ref().clone().with_data_type(zoned(unit)))
                }
                _ => Arc::clone(field),
            };
            cast(array, &DataType::Struct(fields.iter().map(zoned).collect())).unwrap()
        }
        _ => Arc::clone(array),
    }
}

/// The fault of a file that must not convert; nothing may be left behind.
pub(super) fn fault(bytes: impl AsRef<[u8]>, limits: &Limits) -> InputFault {
    let case = Case::new(bytes);
    let fault = match case.convert(limits) {
        Err(Fault::Input(fault)) => fault,
        other => panic!("{other:?}"),
    };
    assert!(case.left_over().is_empty(), "{:?}", case.left_over());
    assert!(!fault.text.ko.is_empty() && !fault.text.en.is_empty());
    fault
}
