//! Several files as one table: the union of their columns by name, each column of one type.
//!
//! Every file is read in its own encoding, with its own separator and number style. A column that
//! differs in type from file to file is widened (integer → number → text, date → timestamp) so that
//! no value is lost; a column that a file lacks is null there. What differs between the files is
//! reported, never levelled in silence.
//!
//! Invariants: the files are taken in the order given; one file is open at a time; memory is that
//! of one file, one census per column of the union, and a few bytes per file and column.

mod drift;
mod join;
mod places;
mod scheme;
mod unify;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::datatypes::Schema;
use schema::data::column::{Column, Dictionary, FileReading, Reading, ValueType};

use super::store::Store;
use super::text_file::{Layout, TextFile};
use super::{Ingested, describe, faults, is_parquet, names, plan, survey, table, write};
use crate::digest::sha256_file_with;
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;
pub(super) use places::is_reordered;

/// Name of the column that says which file a record came from.
pub const SOURCE_COLUMN: &str = "source_file";

/// Reads several files and tells how each is read and what the columns of all of them are.
///
/// # Errors
/// Those of [`inspect`](super::inspect), and `files-conflict` for a column that is nested or binary
/// in one file and something else in another, and `files-too-many`.
pub fn inspect_all(
    paths: &[PathBuf],
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Dictionary, Fault> {
    scheme::detect(paths, limits, progress)
}

/// Converts several files to one zstd Parquet at `out`, replacing it in one step.
///
/// Without a dictionary the files are inspected first. With one, its types are binding, and so is
/// the reading of every file that it names; other files are read as they are found to be. A last
/// text column [`SOURCE_COLUMN`] that no file has is filled with the name of each record's file;
/// `source_column` adds it.
///
/// # Errors
/// Those of [`convert`](super::convert) and [`inspect_all`]. Nothing is left behind then.
pub fn convert_all(
    paths: &[PathBuf],
    out: &Path,
    dictionary: Option<&Dictionary>,
    source_column: bool,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Ingested, Fault> {
    let mut dictionary = match dictionary {
        Some(dictionary) => {
            plan::check(dictionary, limits.name_bytes_max)?;
            dictionary.clone()
        }
        None => scheme::detect(paths, limits, progress)?,
    };
    let has_source = dictionary.columns.iter().any(|column| column.name == SOURCE_COLUMN);
    if source_column && !has_source {
        dictionary.columns.push(places::source_column());
    }
    write_all(paths, out, dictionary, limits, progress)
}

/// Writes the files as the dictionary says.
fn write_all(
    paths: &[PathBuf],
    out: &Path,
    mut dictionary: Dictionary,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Ingested, Fault> {
    let labels = places::labels(paths);
    let mut types = Types::of(&dictionary, paths, limits)?;
    let mut store = Store::create(out, Arc::clone(&types.schema), limits)?;
    let mut files = Vec::with_capacity(paths.len());
    for (path, label) in paths.iter().zip(labels) {
        let sha256 = sha256_file_with(path, progress)?;
        let known = known(&dictionary, &label, &sha256, paths.len());
        let before = store.rows();
        let mut pour = Pour { dictionary: &dictionary, types: &mut types, store: &mut store };
        let reading = pour.file(path, &label, known.as_ref(), limits, progress)?;
        let formats = known.map(|known| known.formats).unwrap_or_default();
        files.push(FileReading {
            name: label,
            sha256,
            rows: store.rows() - before,
            reading,
            formats,
        });
    }
    if store.rows() == 0 {
        return Err(faults::no_records());
    }
    if let [one] = files.as_slice() {
        dictionary.reading = one.reading.clone();
        dictionary.files.clear();
    } else {
        dictionary.files = files;
    }
    write::finish(store, dictionary, &types.nulls)
}

/// How the dictionary says that a file is read: by its bytes, by its name, or because it is the only
/// one.
fn known(dictionary: &Dictionary, label: &str, sha256: &str, files: usize) -> Option<FileReading> {
    let by = |of: &dyn Fn(&&FileReading) -> bool| dictionary.files.iter().find(of).cloned();
    by(&|file| file.sha256 == sha256 && file.name == label)
        .or_else(|| by(&|file| file.name == label))
        .or_else(|| by(&|file| file.sha256 == sha256))
        .or_else(|| {
            (files == 1 && dictionary.files.is_empty()).then(|| FileReading {
                name: label.to_owned(),
                sha256: sha256.to_owned(),
                rows: 0,
                reading: dictionary.reading.clone(),
                formats: std::collections::BTreeMap::new(),
            })
        })
}

/// The stored types of the union.
struct Types {
    schema: Arc<Schema>,
    nulls: write::Nulls,
}

impl Types {
    fn of(dictionary: &Dictionary, paths: &[PathBuf], limits: &Limits) -> Result<Self, Fault> {
        let mut schema = plan::schema(dictionary);
        // The type of a nested column comes with the data.
        if dictionary.columns.iter().any(|column| column.value_type == ValueType::Nested) {
            schema = join::nested_schema(dictionary, paths, limits)?;
        }
        Ok(Self { schema, nulls: vec![(0, 0); dictionary.columns.len()] })
    }
}

/// One file on its way into the store.
struct Pour<'a> {
    dictionary: &'a Dictionary,
    types: &'a mut Types,
    store: &'a mut Store,
}

impl Pour<'_> {
    /// Appends a file; how it was read.
    fn file(
        &mut self,
        path: &Path,
        label: &str,
        known: Option<&FileReading>,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Reading, Fault> {
        let offset = self.dictionary.reading.utc_offset_min;
        if is_parquet(path)? {
            let columns = table::columns(path, limits)?;
            let sources: Vec<String> = columns.into_iter().map(|(name, _)| name).collect();
            let (stored, _) = names::from_header(&sources, limits.name_bytes_max);
            let places = places::of(Some(&sources), &stored, self.dictionary, label)?;
            let columns = self.columns(&places, known);
            let mut reading = known.map_or_else(
                || Reading::of(schema::data::column::FileFormat::Parquet),
                |known| known.reading.clone(),
            );
            reading.utc_offset_min = known.map_or(offset, |known| known.reading.utc_offset_min);
            table::pour(path, columns, &reading, limits, progress, |batch| {
                let nulls = batch.columns().iter().map(|array| (array.null_count() as u64, 0));
                let nulls: Vec<(u64, u64)> = nulls.collect();
                self.append(batch.columns().to_vec(), &nulls, batch.num_rows(), &places, label)
            })?;
            return Ok(reading);
        }
        let mut file = TextFile::open(path, known.map(|known| &known.reading), limits)?;
        if known.is_none() {
            // Only a whole pass tells the encoding of a file that begins in ASCII.
            survey::survey(&mut file, limits, progress)?;
        } else if matches!(file.layout, Layout::Json(_)) {
            survey::read_keys(&mut file, limits, progress)?;
        }
        let reading = Reading {
            utc_offset_min: known.map_or(offset, |known| known.reading.utc_offset_min),
            ..file.reading()
        };
        let sources = describe::source_names(&file);
        let stored = match &sources {
            Some(sources) => names::from_header(sources, limits.name_bytes_max).0,
            None => names::numbered(file.columns()),
        };
        let places = places::of(sources.as_deref(), &stored, self.dictionary, label)?;
        let mut columns = self.columns(&places, known);
        write::shape_times(&file, &mut columns, limits, progress)?;
        let own = Dictionary::new(reading.clone(), columns);
        let plans = plan::plans(&own)?;
        write::pour(&file, &plans, limits, progress, |built| {
            let rows = built.first().map_or(0, |built| built.array.len());
            let nulls: Vec<(u64, u64)> = built
                .iter()
                .map(|built| (built.array.null_count() as u64, built.null_words))
                .collect();
            let arrays = built.into_iter().map(|built| built.array).collect();
            self.append(arrays, &nulls, rows, &places, label)
        })
        .map_err(|fault| in_file(fault, label))?;
        Ok(reading)
    }

    /// The columns of a file in its own order, as the dictionary declares them.
    fn columns(&self, places: &[usize], known: Option<&FileReading>) -> Vec<Column> {
        places
            .iter()
            .map(|place| {
                let mut column = self.dictionary.columns[*place].clone();
                let name = column.source_name.as_ref().unwrap_or(&column.name);
                if let Some(own) = known.and_then(|known| known.formats.get(name)) {
                    column.formats.clone_from(own);
                }
                column
            })
            .collect()
    }

    /// Appends arrays in file order as records of the union.
    fn append(
        &mut self,
        arrays: Vec<ArrayRef>,
        nulls: &[(u64, u64)],
        rows: usize,
        places: &[usize],
        label: &str,
    ) -> Result<(), Fault> {
        if rows == 0 {
            return Ok(());
        }
        let fields = self.types.schema.fields();
        let mut union: Vec<Option<ArrayRef>> = vec![None; fields.len()];
        for ((array, place), (count, words)) in arrays.into_iter().zip(places).zip(nulls) {
            union[*place] = Some(array);
            self.types.nulls[*place].0 += count;
            self.types.nulls[*place].1 += words;
        }
        let arrays = union.into_iter().enumerate().map(|(place, array)| {
            array.unwrap_or_else(|| {
                if fields[place].name() == SOURCE_COLUMN {
                    return Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                        label, rows,
                    )));
                }
                self.types.nulls[place].0 += rows as u64;
                new_null_array(fields[place].data_type(), rows)
            })
        });
        let arrays: Vec<ArrayRef> = arrays.collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.types.schema), arrays)
            .map_err(|error| Fault::Bug(format!("batch: {error}")))?;
        self.store.write(&batch)
    }
}

/// Names the file in a fault of one of its values.
fn in_file(fault: Fault, label: &str) -> Fault {
    match fault {
        Fault::Input(mut fault) => {
            fault.text.ko = format!("{label}: {}", fault.text.ko);
            fault.text.en = format!("{label}: {}", fault.text.en);
            Fault::Input(fault)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
