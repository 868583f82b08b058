//! Writing the stored Parquet file.
//!
//! Invariants: the same batches give the same bytes (nothing of the machine, the clock or the
//! number of threads goes in); the file appears under its name only when it is whole.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use tempfile::NamedTempFile;

use crate::error::Fault;
use crate::limits::Limits;

/// Name of the metadata entry that holds the dictionary as JSON.
pub(super) const DICTIONARY_KEY: &str = "jangteo.dictionary";
const CREATED_BY: &str = "jangteo";

/// The writers of one top-level column.
type Slot = Mutex<Vec<ArrowColumnWriter>>;

/// A Parquet file being written.
pub(super) struct Store {
    out: PathBuf,
    writer: SerializedFileWriter<NamedTempFile>,
    factory: ArrowRowGroupWriterFactory,
    schema: Arc<Schema>,
    leaves: Vec<usize>,
    slots: Vec<Slot>,
    group_rows: usize,
    group: usize,
    rows: u64,
    row_group_rows: usize,
    row_group_bytes: usize,
    threads: usize,
}

fn bug(error: &ParquetError) -> Fault {
    match error {
        ParquetError::External(inner) if inner.is::<std::io::Error>() => {
            Fault::Transient(inner.to_string())
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
        let descriptor = ArrowSchemaConverter::new().convert(&schema).map_err(|error| bug(&error))?;
        let mut leaves = vec![0; schema.fields().len()];
        for leaf in 0..descriptor.num_columns() {
            leaves[descriptor.get_column_root_idx(leaf)] += 1;
        }
        let writer =
            SerializedFileWriter::new(file, descriptor.root_schema_ptr(), Arc::new(properties()))
                .map_err(|error| bug(&error))?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
        Ok(Self {
            out: out.to_owned(),
            writer,
            factory,
            schema,
            leaves,
            slots: Vec::new(),
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
        let mut from = 0;
        while from < batch.num_rows() {
            if self.slots.is_empty() {
                self.begin_group()?;
            }
            let count = (self.row_group_rows - self.group_rows).min(batch.num_rows() - from);
            self.encode(&batch.slice(from, count))?;
            from += count;
            self.group_rows += count;
            self.rows += count as u64;
            if self.group_rows == self.row_group_rows || self.held_bytes() >= self.row_group_bytes {
                self.end_group()?;
            }
        }
        Ok(())
    }

    /// Ends the file and gives it its name.
    pub(super) fn finish(mut self, dictionary_json: String) -> Result<u64, Fault> {
        self.end_group()?;
        let entry = KeyValue::new(DICTIONARY_KEY.to_owned(), dictionary_json);
        self.writer.append_key_value_metadata(entry);
        let file = self.writer.into_inner().map_err(|error| bug(&error))?;
        file.as_file().sync_all()?;
        file.persist(&self.out).map_err(|error| Fault::from(error.error))?;
        Ok(self.rows)
    }

    fn begin_group(&mut self) -> Result<(), Fault> {
        let writers = self.factory.create_column_writers(self.group).map_err(|error| bug(&error))?;
        let mut writers = writers.into_iter();
        self.slots = self
            .leaves
            .iter()
            .map(|leaves| Mutex::new(writers.by_ref().take(*leaves).collect()))
            .collect();
        self.group += 1;
        Ok(())
    }

    fn held_bytes(&self) -> usize {
        let held = |slot: &Slot| -> usize {
            let writers = slot.lock().unwrap_or_else(PoisonError::into_inner);
            writers.iter().map(ArrowColumnWriter::memory_size).sum()
        };
        self.slots.iter().map(held).sum()
    }

    fn encode(&self, batch: &RecordBatch) -> Result<(), Fault> {
        let encode = |column: usize| {
            let mut writers = self.slots[column].lock().unwrap_or_else(PoisonError::into_inner);
            encode_column(&self.schema, column, batch.column(column), &mut writers)
        };
        each(self.threads, self.slots.len(), batch.num_rows(), &encode).map_err(|error| bug(&error))
    }

    fn end_group(&mut self) -> Result<(), Fault> {
        if self.slots.is_empty() {
            return Ok(());
        }
        let closed: Vec<Mutex<Vec<ArrowColumnChunk>>> =
            self.slots.iter().map(|_| Mutex::new(Vec::new())).collect();
        let close = |column: usize| {
            let mut writers = self.slots[column].lock().unwrap_or_else(PoisonError::into_inner);
            let chunks: Result<Vec<_>, _> =
                writers.drain(..).map(ArrowColumnWriter::close).collect();
            *closed[column].lock().unwrap_or_else(PoisonError::into_inner) = chunks?;
            Ok(())
        };
        each(self.threads, self.slots.len(), self.group_rows, &close).map_err(|error| bug(&error))?;
        let mut group = self.writer.next_row_group().map_err(|error| bug(&error))?;
        for column in closed {
            for chunk in column.into_inner().unwrap_or_else(PoisonError::into_inner) {
                chunk.append_to_row_group(&mut group).map_err(|error| bug(&error))?;
            }
        }
        group.close().map_err(|error| bug(&error))?;
        self.slots.clear();
        self.group_rows = 0;
        Ok(())
    }
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Page)
        .build()
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
