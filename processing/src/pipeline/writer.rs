//! Parquet files out: the columns of a row group encoded on all threads, the same bytes on one.
//!
//! Row groups and pages end where the values alone say (rows, and bytes of values), so that neither
//! threads nor the way a table came to be show in the file. Content hash and SHA-256 of a lasting
//! file are taken as it is written, not by reading it again.

use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions,
    compute_leaves,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use schema::data::column::Dictionary;
use sha2::{Digest as _, Sha256};

use super::file::{DICTIONARY_KEY, batch_rows};
use super::table::array_bytes;
use crate::digest::{ColumnHasher, hex, table_hash};
use crate::error::Fault;
use crate::limits::Limits;
use crate::spill::Disk;

/// Cells below which threads cost more than they save.
const ALONE_BELOW: usize = 1 << 16;

/// What was written, as a lineage names it.
pub(crate) struct Written {
    /// SHA-256 of the file.
    pub(crate) sha256: String,
    /// Its content hash; `None` where only the file itself can tell it (nested columns).
    pub(crate) logical_sha256: Option<String>,
    /// Its bytes.
    pub(crate) size_bytes: u64,
}

/// Writes one Parquet file.
pub(crate) struct Writer {
    file: SerializedFileWriter<Hashing>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    cut: BatchCoalescer,
    /// Batches of the row group under way.
    held: Vec<RecordBatch>,
    held_rows: usize,
    held_bytes: usize,
    row_groups: usize,
    limits: Limits,
    /// Content hash by column, of a lasting file.
    hashers: Vec<ColumnHasher>,
    /// Nulls written, by column.
    pub(crate) nulls: Vec<u64>,
    /// Rows written.
    pub(crate) rows: u64,
}

impl Writer {
    /// Starts a file that others will read (`zstd`, statistics, dictionary pages, digests).
    pub(crate) fn lasting(file: File, schema: &SchemaRef, limits: &Limits) -> Result<Self, Fault> {
        let level = ZstdLevel::try_new(3).map_err(|error| Fault::Bug(error.to_string()))?;
        let file = Hashing { file: Disk(file), sha256: Some(Sha256::new()), bytes: 0 };
        let mut writer = Self::new(file, schema, limits, Compression::ZSTD(level))?;
        writer.hashers = schema.fields().iter().map(|_| ColumnHasher::default()).collect();
        Ok(writer)
    }

    /// Starts a file that only this operation reads.
    pub(crate) fn passing(file: File, schema: &SchemaRef, limits: &Limits) -> Result<Self, Fault> {
        let file = Hashing { file: Disk(file), sha256: None, bytes: 0 };
        Self::new(file, schema, limits, Compression::LZ4_RAW)
    }

    fn new(
        file: Hashing,
        schema: &SchemaRef,
        limits: &Limits,
        compression: Compression,
    ) -> Result<Self, Fault> {
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_max_row_group_row_count(Some(limits.row_group_rows.max(1)))
            .set_created_by(crate::quality::TOOL.to_owned())
            .build();
        let options =
            ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let (file, factory) = ArrowWriter::try_new_with_options(file, Arc::clone(schema), options)
            .and_then(ArrowWriter::into_serialized_writer)
            .map_err(|error| write_fault(&error))?;
        Ok(Self {
            file,
            factory,
            schema: Arc::clone(schema),
            cut: BatchCoalescer::new(Arc::clone(schema), batch_rows(schema.fields().len())),
            held: Vec::new(),
            held_rows: 0,
            held_bytes: 0,
            row_groups: 0,
            limits: limits.clone(),
            hashers: Vec::new(),
            nulls: vec![0; schema.fields().len()],
            rows: 0,
        })
    }

    /// Appends rows.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), Fault> {
        for (nulls, array) in self.nulls.iter_mut().zip(batch.columns()) {
            *nulls += array.logical_null_count() as u64;
        }
        self.rows += batch.num_rows() as u64;
        self.cut.push_batch(batch.clone()).map_err(|error| Fault::Bug(error.to_string()))?;
        self.drain()
    }

    fn drain(&mut self) -> Result<(), Fault> {
        while let Some(mut batch) = self.cut.next_completed_batch() {
            let most = self.limits.row_group_rows.max(1);
            while batch.num_rows() > 0 {
                let rows = batch.num_rows().min(most - self.held_rows);
                let piece = batch.slice(0, rows);
                batch = batch.slice(rows, batch.num_rows() - rows);
                for array in piece.columns() {
                    self.held_bytes += value_bytes(array)?;
                }
                self.held.push(piece);
                self.held_rows += rows;
                if self.held_rows >= most || self.held_bytes >= self.limits.row_group_bytes.max(1) {
                    self.flush()?;
                }
            }
        }
        Ok(())
    }

    /// Encodes the rows held and appends them as a row group.
    fn flush(&mut self) -> Result<(), Fault> {
        if self.held_rows == 0 {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        let cells = self.held_rows * self.schema.fields().len();
        (self.held_rows, self.held_bytes) = (0, 0);
        let writers = self.factory.create_column_writers(self.row_groups);
        let mut writers = writers.map_err(|error| write_fault(&error))?.into_iter();
        self.row_groups += 1;
        let mut hashers = self.hashers.iter_mut();
        let mut tasks = Vec::with_capacity(self.schema.fields().len());
        for (column, field) in self.schema.fields().iter().enumerate() {
            let leaves = leaves(field.data_type());
            let writers: Vec<_> = writers.by_ref().take(leaves).collect();
            tasks.push(Task { column, writers, hasher: hashers.next() });
        }
        let threads = if cells < ALONE_BELOW { 1 } else { self.limits.threads };
        let chunks = encoded(tasks, &held, &self.schema, threads)?;
        let mut group = self.file.next_row_group().map_err(|error| write_fault(&error))?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group).map_err(|error| write_fault(&error))?;
        }
        group.close().map_err(|error| write_fault(&error))?;
        Ok(())
    }

    /// Ends the file, with its dictionary.
    pub(crate) fn finish(mut self, dictionary: Option<&Dictionary>) -> Result<Written, Fault> {
        self.cut.finish_buffered_batch().map_err(|error| Fault::Bug(error.to_string()))?;
        self.drain()?;
        self.flush()?;
        if let Some(dictionary) = dictionary {
            let text =
                serde_json::to_string(dictionary).map_err(|error| Fault::Bug(error.to_string()))?;
            self.file.append_key_value_metadata(KeyValue::new(DICTIONARY_KEY.to_owned(), text));
        }
        let nested = self.schema.fields().iter().any(|field| field.data_type().is_nested());
        let logical_sha256 = (!nested).then(|| table_hash(self.rows, &self.schema, self.hashers));
        // Flushed here, where a full disk is told as such.
        self.file.finish().map_err(|error| write_fault(&error))?;
        let file = self.file.inner_mut();
        let sha256 = file.sha256.take().map(|sha256| hex(&sha256.finalize())).unwrap_or_default();
        Ok(Written { sha256, logical_sha256, size_bytes: file.bytes })
    }
}

/// One column of a row group, to be encoded.
struct Task<'a> {
    column: usize,
    writers: Vec<ArrowColumnWriter>,
    hasher: Option<&'a mut ColumnHasher>,
}

impl Task<'_> {
    fn encoded(
        mut self,
        held: &[RecordBatch],
        schema: &SchemaRef,
    ) -> Result<Vec<ArrowColumnChunk>, Fault> {
        let field = schema.field(self.column);
        for batch in held {
            let array = super::shape::column(batch, self.column)?;
            if let Some(hasher) = &mut self.hasher {
                hasher.push(array)?;
            }
            let leaves = compute_leaves(field, array).map_err(|error| write_fault(&error))?;
            for (writer, leaf) in self.writers.iter_mut().zip(&leaves) {
                writer.write(leaf).map_err(|error| write_fault(&error))?;
            }
        }
        let close = |writer: ArrowColumnWriter| writer.close().map_err(|e| write_fault(&e));
        self.writers.into_iter().map(close).collect()
    }
}

/// The chunks of all columns, in their order.
fn encoded(
    tasks: Vec<Task<'_>>,
    held: &[RecordBatch],
    schema: &SchemaRef,
    threads: usize,
) -> Result<Vec<ArrowColumnChunk>, Fault> {
    let threads = threads.clamp(1, tasks.len().max(1));
    let mut chunks: Vec<Vec<ArrowColumnChunk>> = tasks.iter().map(|_| Vec::new()).collect();
    let next = Mutex::new(tasks.into_iter());
    let work = || -> Result<Vec<(usize, Vec<ArrowColumnChunk>)>, Fault> {
        let mut done = Vec::new();
        loop {
            let task = next.lock().map_err(|_| Fault::Bug("an encoder died".into()))?.next();
            let Some(task) = task else { return Ok(done) };
            done.push((task.column, task.encoded(held, schema)?));
        }
    };
    let mut place = |done: Vec<(usize, Vec<ArrowColumnChunk>)>| {
        for (column, made) in done {
            if let Some(slot) = chunks.get_mut(column) {
                *slot = made;
            }
        }
    };
    std::thread::scope(|scope| -> Result<(), Fault> {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        place(work()?);
        for other in others {
            place(other.join().map_err(|_| Fault::Bug("an encoder died".into()))??);
        }
        Ok(())
    })?;
    Ok(chunks.into_iter().flatten().collect())
}

/// How many Parquet columns a type becomes.
fn leaves(data_type: &DataType) -> usize {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => leaves(item.data_type()),
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        _ => 1,
    }
}

/// Bytes of the values of an array, told by the values alone: not by whether they came with a mask.
fn value_bytes(array: &ArrayRef) -> Result<usize, Fault> {
    let rows = array.len();
    Ok(match array.data_type() {
        DataType::Boolean => rows.div_ceil(8),
        DataType::Utf8 => rows * 4 + spans(array.as_string::<i32>().value_offsets(), array.nulls()),
        DataType::Binary => {
            rows * 4 + spans(array.as_binary::<i32>().value_offsets(), array.nulls())
        }
        other => match other.primitive_width() {
            Some(width) => rows * width,
            None => array_bytes(array.as_ref())?,
        },
    })
}

/// Bytes between offsets, without what a null may hide.
fn spans(offsets: &[i32], nulls: Option<&NullBuffer>) -> usize {
    let length = |pair: &[i32]| match pair {
        [from, to] => usize::try_from(to - from).unwrap_or(0),
        _ => 0,
    };
    let lengths = offsets.windows(2).map(length);
    match nulls {
        None => lengths.sum(),
        Some(nulls) => {
            lengths.zip(nulls).filter(|(_, there)| *there).map(|(length, _)| length).sum()
        }
    }
}

/// A file that counts and digests what goes into it.
struct Hashing {
    file: Disk,
    sha256: Option<Sha256>,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let n = self.file.write(buffer)?;
        if let (Some(sha256), Some(written)) = (&mut self.sha256, buffer.get(..n)) {
            sha256.update(written);
        }
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

fn write_fault(error: &ParquetError) -> Fault {
    match error {
        ParquetError::External(inner) => Fault::of_surroundings(inner.as_ref()),
        other => Fault::Bug(other.to_string()),
    }
}
