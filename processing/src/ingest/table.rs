//! Parquet files: decoded in full, normalised to the stored types.
//!
//! Every page is decoded even for [`inspect`], because a footer says nothing about damaged pages.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::LogicalType;
use schema::data::column::{Column, Dictionary, FileFormat, Finding, Reading, Role, ValueType};

use super::extremes::Extremes;
use super::normal::{self, Stored};
use super::roles::{self, Facts};
use super::store::{DICTIONARY_KEY, Store};
use super::table_census::ColumnCensus;
use super::table_twins::Twins;
use super::{Ingested, describe, faults, names, notes, shift, units, unpack};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// A Parquet file with its metadata read.
struct Table {
    builder: ParquetRecordBatchReaderBuilder<File>,
    stored: Vec<Stored>,
    sources: Vec<String>,
    rows: u64,
    dictionary_json: Option<String>,
}

/// Runs a decoder that must not panic on damaged bytes, but might.
fn guarded<T>(task: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(task))
        .unwrap_or_else(|_| Err(faults::parquet(&"the decoder gave up")))
}

fn open(path: &Path, limits: Option<&Limits>) -> Result<Table, Fault> {
    guarded(|| {
        let (file, size) = unpack::open(path)?;
        if size < 12 {
            return Err(faults::parquet(&"shorter than a footer"));
        }
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|error| faults::parquet(&error))?;
        let metadata = Arc::clone(builder.metadata());
        let rows = u64::try_from(metadata.file_metadata().num_rows())
            .map_err(|_| faults::parquet(&"a negative number of rows"))?;
        let columns = builder.schema().fields().len();
        if let Some(limits) = limits {
            if columns > limits.columns_max {
                return Err(faults::columns_too_many(columns, limits.columns_max));
            }
            if rows > limits.rows_max {
                return Err(faults::rows_too_many(limits.rows_max));
            }
            let unpacked: i64 = metadata
                .row_groups()
                .iter()
                .fold(0, |sum, group| group.total_byte_size().max(0).saturating_add(sum));
            if u64::try_from(unpacked).is_ok_and(|unpacked| unpacked > limits.unpacked_bytes_max) {
                return Err(faults::unpacked_too_large(limits.unpacked_bytes_max));
            }
        }
        let dictionary_json = metadata
            .file_metadata()
            .key_value_metadata()
            .and_then(|entries| entries.iter().find(|entry| entry.key == DICTIONARY_KEY))
            .and_then(|entry| entry.value.clone());
        let fields = builder.schema().fields();
        let mut stored: Vec<Stored> =
            fields.iter().map(|field| normal::stored(field.data_type())).collect();
        for (stored, root) in
            stored.iter_mut().zip(builder.parquet_schema().root_schema().get_fields())
        {
            if root.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid) {
                stored.be_uuid();
            }
        }
        let sources = fields.iter().map(|field| field.name().clone()).collect();
        Ok(Table { builder, stored, sources, rows, dictionary_json })
    })
}

impl Table {
    fn reader(self, limits: &Limits) -> Result<ParquetRecordBatchReader, Fault> {
        // Wide tables take fewer rows at a time, so that a batch stays some megabytes.
        let columns = self.sources.len().max(1);
        let rows = (limits.block_bytes.max(1) / columns).clamp(64, limits.batch_rows.max(64));
        self.builder.with_batch_size(rows).build().map_err(|error| faults::parquet(&error))
    }
}

/// The dictionary of a Parquet file.
pub(super) fn inspect(
    path: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Dictionary, Fault> {
    let table = open(path, Some(limits))?;
    let draft = Draft::new(&table, None, limits);
    read(table, draft, limits, progress, |_| Ok(())).map(|(draft, _)| draft.finish())
}

/// A Parquet file counted as one of several: its draft dictionary, its columns and its records.
pub(super) fn survey(
    path: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<(Dictionary, Vec<ColumnCensus>, u64), Fault> {
    let table = open(path, Some(limits))?;
    let draft = Draft::new(&table, None, limits);
    let (draft, rows) = read(table, draft, limits, progress, |_| Ok(()))?;
    Ok((draft.dictionary, draft.columns, rows))
}

/// Names of the columns as the file has them, and the types they are stored in.
pub(super) fn columns(path: &Path, limits: &Limits) -> Result<Vec<(String, DataType)>, Fault> {
    let table = open(path, Some(limits))?;
    let types = table.stored.into_iter().map(|stored| stored.data_type);
    Ok(table.sources.into_iter().zip(types).collect())
}

/// Hands the columns of every batch to `sink`, in the types that `columns` declares, in file order.
pub(super) fn pour(
    path: &Path,
    columns: Vec<Column>,
    reading: &Reading,
    limits: &Limits,
    progress: &dyn Progress,
    mut sink: impl FnMut(&RecordBatch) -> Result<(), Fault>,
) -> Result<u64, Fault> {
    let mut table = open(path, Some(limits))?;
    let dictionary = Dictionary::new(reading.clone(), columns);
    declare(&mut table, &dictionary)?;
    let draft = Draft::new(&table, Some(&dictionary), limits);
    read(table, draft, limits, progress, &mut sink).map(|(_, rows)| rows)
}

/// Converts a Parquet file.
pub(super) fn convert(
    path: &Path,
    out: &Path,
    dictionary: Option<&Dictionary>,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Ingested, Fault> {
    let mut table = open(path, Some(limits))?;
    if let Some(dictionary) = dictionary {
        declare(&mut table, dictionary)?;
    }
    let draft = Draft::new(&table, dictionary, limits);
    let mut store = Store::create(out, Arc::clone(&draft.schema), limits)?;
    let (draft, rows) = read(table, draft, limits, progress, |batch| store.write(batch))?;
    let dictionary = draft.finish();
    let json = serde_json::to_string(&dictionary)
        .map_err(|error| Fault::Bug(format!("dictionary: {error}")))?;
    store.finish(json)?;
    Ok(Ingested { dictionary, rows })
}

/// The stored dictionary, or one from the schema.
pub(super) fn dictionary_of(path: &Path) -> Result<Dictionary, Fault> {
    let table = open(path, None)?;
    let stored = table.dictionary_json.as_deref();
    if let Some(dictionary) = stored.and_then(|json| serde_json::from_str(json).ok()) {
        return Ok(dictionary);
    }
    let draft = Draft::new(&table, None, &Limits::default());
    Ok(draft.finish())
}

/// Makes a caller's types binding.
fn declare(table: &mut Table, dictionary: &Dictionary) -> Result<(), Fault> {
    let (found, declared) = (table.stored.len(), dictionary.columns.len());
    if found != declared {
        return Err(faults::dictionary(
            format!("사전에는 열이 {declared}개, 파일에는 {found}개 있습니다."),
            format!("The dictionary has {declared} columns, the file has {found}."),
        ));
    }
    for (stored, column) in table.stored.iter_mut().zip(&dictionary.columns) {
        if column.value_type != stored.value_type {
            stored.declare(column, &dictionary.reading)?;
        }
    }
    Ok(())
}

/// A dictionary in the making.
struct Draft {
    dictionary: Dictionary,
    schema: Arc<Schema>,
    columns: Vec<ColumnCensus>,
    /// What repeats; not looked for where a dictionary is given.
    twins: Option<Twins>,
}

impl Draft {
    fn new(table: &Table, given: Option<&Dictionary>, limits: &Limits) -> Self {
        let dictionary = given.cloned().unwrap_or_else(|| described(table, limits));
        let fields: Vec<Field> = dictionary
            .columns
            .iter()
            .zip(&table.stored)
            .map(|(column, stored)| Field::new(&column.name, stored.data_type.clone(), true))
            .collect();
        Self {
            dictionary,
            schema: Arc::new(Schema::new(fields)),
            columns: table.stored.iter().map(|_| ColumnCensus::default()).collect(),
            twins: given.is_none().then(Twins::default),
        }
    }

    /// The dictionary after all batches.
    fn finish(mut self) -> Dictionary {
        for (column, census) in self.dictionary.columns.iter_mut().zip(&self.columns) {
            column.nullable |= census.nulls > 0;
        }
        let Some(twins) = self.twins else { return self.dictionary };
        for (column, census) in self.dictionary.columns.iter_mut().zip(&self.columns) {
            judged(column, census, &mut self.dictionary.findings);
        }
        describe::settle_time(&mut self.dictionary.columns);
        let Dictionary { columns, findings, .. } = &mut self.dictionary;
        twins.findings(columns, &self.columns, findings);
        findings.extend(shift::header(columns));
        let extremes: Vec<&Extremes> = self.columns.iter().map(|census| &census.extremes).collect();
        describe::confirm_sentinels(&mut self.dictionary, &extremes);
        self.dictionary
    }
}

/// What the schema alone tells.
fn described(table: &Table, limits: &Limits) -> Dictionary {
    let (names, mut findings) = names::from_header(&table.sources, limits.name_bytes_max);
    let mut columns = Vec::with_capacity(names.len());
    for ((name, source), stored) in names.into_iter().zip(&table.sources).zip(&table.stored) {
        if let Some(finding) = stored.note(&name) {
            findings.push(finding);
        }
        if name.starts_with("__index_level_") {
            findings.push(notes::pandas_index(&name));
        }
        columns.push(Column {
            source_name: Some(source.clone()),
            value_type: stored.value_type,
            role: Role::Unknown,
            unit: unit(source, stored.value_type),
            name,
            title: None,
            semantic_id: None,
            nullable: false,
            formats: Vec::new(),
            sentinels: Vec::new(),
            confidence_bp: None,
        });
    }
    let reading = Reading::of(FileFormat::Parquet);
    Dictionary { findings, ..Dictionary::new(reading, columns) }
}

fn unit(source: &str, value_type: ValueType) -> Option<String> {
    match units::in_header(source) {
        units::Bracket::Unit(code) if value_type.is_numeric() => Some(code.to_owned()),
        _ => None,
    }
}

/// What the values add: role, sentinels, findings.
fn judged(column: &mut Column, census: &ColumnCensus, findings: &mut Vec<Finding>) {
    let facts = Facts {
        value_type: column.value_type,
        few: census.few.list(),
        steady: census.run.is_steady(),
    };
    column.role = roles::role(&column.name, facts);
    if let Some(value) = census.constant() {
        findings.push(notes::constant(&column.name, &value, census.values));
    }
    census.findings(&column.name, findings);
    if column.value_type.is_numeric() {
        for seen in census.extremes.suspects(census.values) {
            let value = seen.value.to_string();
            findings.push(notes::sentinel(&column.name, &value, &seen.tally, census.values));
            column.sentinels.push(value);
        }
    }
}

/// Decodes the whole table, normalises it batch by batch, and counts.
fn read(
    table: Table,
    mut draft: Draft,
    limits: &Limits,
    progress: &dyn Progress,
    mut sink: impl FnMut(&RecordBatch) -> Result<(), Fault>,
) -> Result<(Draft, u64), Fault> {
    let (total, stored) = (table.rows, table.stored.clone());
    let mut reader = guarded(|| table.reader(limits))?;
    let offset_min = i32::from(draft.dictionary.reading.utc_offset_min);
    let mut rows = 0_u64;
    while let Some(batch) =
        guarded(|| reader.next().transpose().map_err(|error| faults::parquet(&error)))?
    {
        progress.at("table", rows, total)?;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(stored.len());
        for (at, (array, stored)) in batch.columns().iter().zip(&stored).enumerate() {
            let census = &mut draft.columns[at];
            census.source(array, rows);
            let name = &draft.dictionary.columns[at].name;
            let array = guarded(|| stored.normalise(array, name, rows, offset_min))?;
            census.take(&array, rows);
            arrays.push(array);
        }
        if let Some(twins) = &mut draft.twins {
            twins.take(&arrays)?;
        }
        let batch = RecordBatch::try_new(Arc::clone(&draft.schema), arrays)
            .map_err(|error| Fault::Bug(format!("batch: {error}")))?;
        rows += batch.num_rows() as u64;
        sink(&batch)?;
    }
    if rows != total {
        return Err(faults::parquet(&format!("{rows} of {total} rows")));
    }
    if rows == 0 {
        return Err(faults::no_records());
    }
    Ok((draft, rows))
}
