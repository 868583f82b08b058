//! Writing the stored Parquet file.
//!
//! Which columns get a dictionary is told by the first rows, which wait for that: a column that is
//! nearly all distinct would pay for a dictionary and then fall back.
//!
//! Invariants: the same batches give the same bytes (nothing of the machine, the clock or the
//! number of threads goes in); the file appears under its name only when it is whole.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use tempfile::NamedTempFile;

use crate::error::Fault;
use crate::limits::Limits;
use crate::spill::Disk;

/// Name of the metadata entry that holds the dictionary as JSON.
pub(super) const DICTIONARY_KEY: &str = "jangteo.dictionary";
const CREATED_BY: &str = "jangteo";

/// Rows from which the encodings are told, or bytes, which wide tables reach first.
const TELLING_ROWS: u64 = 8_192;
const TELLING_BYTES: usize = 16 << 20;

/// The writers of one top-level column.
type Slot = Mutex<Vec<ArrowColumnWriter>>;

/// A Parquet file being written.
pub(super) struct Store {
    out: PathBuf,
    schema: Arc<Schema>,
    /// The file before its first row group.
    file: Option<NamedTempFile>,
    /// Batches that wait until there are enough rows to tell the encodings.
    waiting: Vec<RecordBatch>,
    open: Option<Open>,
    group_rows: usize,
    group: usize,
    rows: u64,
    row_group_rows: usize,
    row_group_bytes: usize,
    threads: usize,
}

/// The writers, once the first rows have told their properties.
struct Open {
    file: NamedTempFile,
    writer: SerializedFileWriter<Disk>,
    factory: ArrowRowGroupWriterFactory,
    /// Leaf columns of every top-level column.
    leaves: Vec<usize>,
    /// The row group under way; empty between groups.
    slots: Vec<Slot>,
}

fn bug(error: &ParquetError) -> Fault {
    match error {
        ParquetError::External(inner) if inner.is::<std::io::Error>() => {
            Fault::of_surroundings(inner.as_ref())
        }
        _ => Fault::Bug(format!("writing Parquet: {error}")),
    }
}

impl Store {
    /// Begins a file that will be called `out`, next to it.
    pub(super) fn create(out: &Path, schema: Arc<Schema>, limits: &Limits) -> Result<Self, Fault> {
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".ingest-").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let file = builder.tempfile_in(folder)?;
        Ok(Self {
            out: out.to_owned(),
            schema,
            file: Some(file),
            waiting: Vec::new(),
            open: None,
            group_rows: 0,
            group: 0,
            rows: 0,
            row_group_rows: limits.row_group_rows.max(1),
            row_group_bytes: limits.row_group_bytes,
            threads: limits.threads.max(1),
        })
    }

    /// Rows written so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Appends a batch, closing row groups as they fill.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), Fault> {
        self.rows += batch.num_rows() as u64;
        if self.open.is_some() {
            return self.encode(batch);
        }
        self.waiting.push(batch.clone());
        let bytes: usize = self.waiting.iter().map(RecordBatch::get_array_memory_size).sum();
        let enough = self.rows >= TELLING_ROWS || bytes >= TELLING_BYTES;
        if enough { self.begin() } else { Ok(()) }
    }

    /// Opens the writers by what the waiting batches tell, and writes those.
    fn begin(&mut self) -> Result<(), Fault> {
        let Some(file) = self.file.take() else {
            return Err(Fault::Bug("a file was begun twice".to_owned()));
        };
        let open = Open::new(file, &self.schema, &self.waiting).map_err(|error| bug(&error))?;
        self.open = Some(open);
        std::mem::take(&mut self.waiting).iter().try_for_each(|batch| self.encode(batch))
    }

    fn encode(&mut self, batch: &RecordBatch) -> Result<(), Fault> {
        let Some(open) = &mut self.open else {
            return Err(Fault::Bug("a file was written to before it was begun".to_owned()));
        };
        let mut from = 0;
        while from < batch.num_rows() {
            let count = (self.row_group_rows - self.group_rows).min(batch.num_rows() - from);
            let held = open
                .encode(&self.schema, &batch.slice(from, count), self.group, self.threads)
                .map_err(|error| bug(&error))?;
            from += count;
            self.group_rows += count;
            if self.group_rows == self.row_group_rows || held >= self.row_group_bytes {
                open.end_group(self.threads).map_err(|error| bug(&error))?;
                self.group_rows = 0;
                self.group += 1;
            }
        }
        Ok(())
    }

    /// Ends the file and gives it its name.
    pub(super) fn finish(mut self, dictionary_json: String) -> Result<u64, Fault> {
        if self.open.is_none() {
            self.begin()?;
        }
        let Some(mut open) = self.open else {
            return Err(Fault::Bug("a file without batches was finished".to_owned()));
        };
        open.end_group(self.threads).map_err(|error| bug(&error))?;
        let entry = KeyValue::new(DICTIONARY_KEY.to_owned(), dictionary_json);
        open.writer.append_key_value_metadata(entry);
        // Flushed here, where a full disk is told as such.
        open.writer.finish().map_err(|error| bug(&error))?;
        drop(open.writer);
        let file = open.file;
        file.as_file().sync_all()?;
        file.persist(&self.out).map_err(|error| Fault::from(error.error))?;
        Ok(self.rows)
    }
}

impl Open {
    fn new(
        file: NamedTempFile,
        schema: &Arc<Schema>,
        first: &[RecordBatch],
    ) -> Result<Self, ParquetError> {
        let descriptor = ArrowSchemaConverter::new().convert(schema)?;
        let mut leaves = vec![0; schema.fields().len()];
        for leaf in 0..descriptor.num_columns() {
            leaves[descriptor.get_column_root_idx(leaf)] += 1;
        }
        let properties = Arc::new(properties(schema, first));
        let disk = Disk(file.as_file().try_clone()?);
        let writer = SerializedFileWriter::new(disk, descriptor.root_schema_ptr(), properties)?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(schema));
        Ok(Self { file, writer, factory, leaves, slots: Vec::new() })
    }

    /// Encodes rows into the row group under way; how many bytes it holds then.
    fn encode(
        &mut self,
        schema: &Schema,
        batch: &RecordBatch,
        group: usize,
        threads: usize,
    ) -> Result<usize, ParquetError> {
        if self.slots.is_empty() {
            let mut writers = self.factory.create_column_writers(group)?.into_iter();
            self.slots = self
                .leaves
                .iter()
                .map(|leaves| Mutex::new(writers.by_ref().take(*leaves).collect()))
                .collect();
        }
        let held = AtomicUsize::new(0);
        each(threads, self.slots.len(), batch.num_rows(), &|column| {
            let mut writers = self.slots[column].lock().unwrap_or_else(PoisonError::into_inner);
            encode_column(schema, column, batch.column(column), &mut writers)?;
            let bytes: usize = writers.iter().map(ArrowColumnWriter::memory_size).sum();
            held.fetch_add(bytes, Ordering::Relaxed);
            Ok(())
        })?;
        Ok(held.into_inner())
    }

    fn end_group(&mut self, threads: usize) -> Result<(), ParquetError> {
        if self.slots.is_empty() {
            return Ok(());
        }
        let closed: Vec<Mutex<Vec<ArrowColumnChunk>>> =
            self.slots.iter().map(|_| Mutex::new(Vec::new())).collect();
        each(threads, self.slots.len(), usize::MAX, &|column| {
            let mut writers = self.slots[column].lock().unwrap_or_else(PoisonError::into_inner);
            let chunks: Result<Vec<_>, _> =
                writers.drain(..).map(ArrowColumnWriter::close).collect();
            *closed[column].lock().unwrap_or_else(PoisonError::into_inner) = chunks?;
            Ok(())
        })?;
        let mut group = self.writer.next_row_group()?;
        for column in closed {
            for chunk in column.into_inner().unwrap_or_else(PoisonError::into_inner) {
                chunk.append_to_row_group(&mut group)?;
            }
        }
        group.close()?;
        self.slots.clear();
        Ok(())
    }
}

fn properties(schema: &Schema, first: &[RecordBatch]) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Page);
    for (at, field) in schema.fields().iter().enumerate() {
        let arrays: Vec<&ArrayRef> = first.iter().map(|batch| batch.column(at)).collect();
        if !is_mostly_distinct(field.data_type(), &arrays) {
            continue;
        }
        let path = ColumnPath::new(vec![field.name().clone()]);
        properties = properties.set_column_dictionary_enabled(path.clone(), false);
        if matches!(field.data_type(), DataType::Int64 | DataType::Timestamp(..)) {
            properties = properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    properties.build()
}

/// Whether more than three of four values are distinct, as in a clock, a counter or a fine signal.
fn is_mostly_distinct(data_type: &DataType, arrays: &[&ArrayRef]) -> bool {
    const ROWS_MIN: usize = 512;
    let rows: usize = arrays.iter().map(|array| array.len() - array.null_count()).sum();
    if rows < ROWS_MIN {
        return false;
    }
    let distinct = match data_type {
        DataType::Int64 => {
            distinct(arrays, |array| array.as_primitive::<Int64Type>().iter().flatten().collect())
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => distinct(arrays, |array| {
            array.as_primitive::<TimestampMicrosecondType>().iter().flatten().collect()
        }),
        DataType::Float64 => distinct(arrays, |array| {
            let values = array.as_primitive::<Float64Type>().iter().flatten();
            values.map(f64::to_bits).collect()
        }),
        DataType::Utf8 => {
            distinct(arrays, |array| array.as_string::<i32>().iter().flatten().collect())
        }
        _ => return false,
    };
    distinct * 4 > rows * 3
}

/// How many distinct values the arrays hold.
fn distinct<'a, T: std::hash::Hash + Eq>(
    arrays: &[&'a ArrayRef],
    values: impl Fn(&'a ArrayRef) -> Vec<T>,
) -> usize {
    arrays.iter().flat_map(|array| values(array)).collect::<HashSet<T>>().len()
}

fn encode_column(
    schema: &Schema,
    column: usize,
    array: &ArrayRef,
    writers: &mut [ArrowColumnWriter],
) -> Result<(), ParquetError> {
    let leaves = compute_leaves(schema.field(column), array)?;
    for (writer, leaf) in writers.iter_mut().zip(&leaves) {
        writer.write(leaf)?;
    }
    Ok(())
}

/// Runs `task` for every column, on several threads if there is enough to do.
fn each(
    threads: usize,
    columns: usize,
    rows: usize,
    task: &(impl Fn(usize) -> Result<(), ParquetError> + Sync),
) -> Result<(), ParquetError> {
    let threads = threads.min(columns);
    if threads <= 1 || rows.saturating_mul(columns) < 10_000 {
        return (0..columns).try_for_each(task);
    }
    let next = AtomicUsize::new(0);
    let run = || loop {
        let column = next.fetch_add(1, Ordering::Relaxed);
        if column >= columns {
            return Ok(());
        }
        task(column)?;
    };
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let own = run();
        helpers.into_iter().fold(own, |result, helper| {
            let lost = |_| Err(ParquetError::General("an encoding thread panicked".to_owned()));
            result.and(helper.join().unwrap_or_else(lost))
        })
    })
}
