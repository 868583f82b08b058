//! A table between two passes: in memory while it is small, else in a Parquet file.

use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::BatchCoalescer;
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use tempfile::TempPath;

use super::file::{
    Batches, as_dictionary, batch_rows, dictionary, loose_schema, open, stored, stored_type,
};
use super::shape::Shape;
use super::work::Work;
use super::writer::Writer;
use crate::error::Fault;
use crate::limits::Limits;

/// A table that can be scanned any number of times.
pub(crate) struct Table {
    /// Its columns.
    pub(crate) shape: Shape,
    /// Its rows.
    pub(crate) rows: u64,
    place: Place,
}

enum Place {
    Memory(Vec<RecordBatch>),
    File {
        path: PathBuf,
        metadata: ArrowReaderMetadata,
        _temporary: Option<TempPath>,
    },
    /// Each column in a file of its own.
    Columns(Vec<(TempPath, ArrowReaderMetadata)>),
}

/// One column of a table.
pub(crate) enum Column {
    /// In memory.
    Memory(ArrayRef),
    /// In a file.
    File(TempPath, ArrowReaderMetadata),
}

impl Column {
    /// A column, in a file in the folder `scratch` if there is one.
    ///
    /// # Errors
    /// [`Fault::Transient`] when `scratch` is full.
    pub(crate) fn of(
        array: ArrayRef,
        data_type: &DataType,
        scratch: Option<&Path>,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let Some(scratch) = scratch else { return Ok(Self::Memory(array)) };
        let schema = loose_schema([("value".to_owned(), data_type.clone())]);
        let (file, path) = tempfile::NamedTempFile::new_in(scratch)?.into_parts();
        // Columns are written side by side.
        let limits = Limits { threads: 1, ..limits.clone() };
        let mut writer = Writer::passing(file, &schema, &limits)?;
        for from in (0..array.len()).step_by(batch_rows(1)) {
            let piece = array.slice(from, batch_rows(1).min(array.len() - from));
            let batch = RecordBatch::try_new(std::sync::Arc::clone(&schema), vec![piece]);
            writer.write(&batch.map_err(|error| Fault::Bug(error.to_string()))?)?;
        }
        writer.finish(None)?;
        let (_, metadata) = open(&path)?;
        Ok(Self::File(path, metadata))
    }
}

impl Table {
    /// The table of a Parquet file, every column in its stored type.
    ///
    /// # Errors
    /// `parquet-damaged`, `columns-too-many`, `rows-too-many`.
    pub(crate) fn open(path: &Path, limits: &Limits) -> Result<Self, Fault> {
        let (_, metadata) = open(path)?;
        let dictionary = dictionary(&metadata);
        let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
        let columns = dictionary.columns.len();
        if columns > limits.columns_max {
            let max = limits.columns_max;
            return Err(Fault::input(
                "columns-too-many",
                format!("열이 {columns}개입니다. 최대 {max}개입니다."),
                format!("the table has {columns} columns; {max} is the limit"),
            ));
        }
        if rows > limits.rows_max {
            let max = limits.rows_max;
            return Err(Fault::input(
                "rows-too-many",
                format!("행이 {rows}개입니다. 최대 {max}개입니다."),
                format!("the table has {rows} rows; {max} is the limit"),
            ));
        }
        let types = metadata.schema().fields().iter().map(|f| stored_type(f.data_type()));
        let pairs = dictionary.columns.into_iter().zip(types).collect();
        let shape = Shape::new(dictionary.reading, pairs);
        let place = Place::File { path: path.to_owned(), metadata, _temporary: None };
        Ok(Self { shape, rows, place })
    }

    /// A table in memory.
    pub(crate) fn of(shape: Shape, batches: Vec<RecordBatch>) -> Self {
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        Self { shape, rows, place: Place::Memory(batches) }
    }

    /// A table of columns that are all in memory or all in files.
    ///
    /// # Errors
    /// [`Fault::Bug`] when they are not, or not of one length.
    pub(crate) fn of_columns(shape: Shape, rows: u64, columns: Vec<Column>) -> Result<Self, Fault> {
        let (mut arrays, mut files) = (Vec::new(), Vec::new());
        for column in columns {
            match column {
                Column::Memory(array) => arrays.push(array),
                Column::File(path, metadata) => files.push((path, metadata)),
            }
        }
        if arrays.is_empty() {
            return Ok(Self { shape, rows, place: Place::Columns(files) });
        }
        if !files.is_empty() || arrays.iter().any(|array| array.len() as u64 != rows) {
            return Err(Fault::Bug("columns of different tables".into()));
        }
        let length = arrays.first().map_or(0, Array::len);
        let mut batches = Vec::new();
        for from in (0..length).step_by(batch_rows(arrays.len())) {
            let count = batch_rows(arrays.len()).min(length - from);
            let pieces = arrays.iter().map(|array| array.slice(from, count)).collect();
            batches.push(shape.batch(pieces, count)?);
        }
        Ok(Self { shape, rows, place: Place::Memory(batches) })
    }

    /// Batches of a text column as numbers and the values they stand for, where it is stored so.
    pub(crate) fn scan_dictionary(
        &self,
        index: usize,
        limits: &Limits,
    ) -> Result<Option<Batches>, Fault> {
        let Place::File { path, metadata, .. } = &self.place else { return Ok(None) };
        match as_dictionary(metadata, index)? {
            Some(metadata) => Batches::new(path, &metadata, [index], limits.batch_rows).map(Some),
            None => Ok(None),
        }
    }

    /// Batches of the columns at `indices` (all when `None`), in row order.
    pub(crate) fn scan<'a>(
        &'a self,
        indices: Option<&[usize]>,
        work: &'a Work<'a>,
    ) -> Result<Scan<'a>, Fault> {
        let shape = indices.map_or_else(|| self.shape.clone(), |i| self.shape.chosen(i));
        let source = match &self.place {
            Place::Memory(batches) => {
                Source::Memory(batches.iter(), indices.map(<[usize]>::to_vec))
            }
            Place::File { path, metadata, .. } => {
                // A Parquet projection keeps the order of the file; the wanted order is set here.
                let mut sorted: Vec<usize> = indices
                    .map_or_else(|| (0..self.shape.columns.len()).collect(), <[usize]>::to_vec);
                let wanted = sorted.clone();
                sorted.sort_unstable();
                sorted.dedup();
                let order = wanted
                    .iter()
                    .filter_map(|index| sorted.iter().position(|other| other == index))
                    .collect();
                let rows = work.batch_rows.min(batch_rows(wanted.len()));
                let batches = Batches::new(path, metadata, sorted, rows)?;
                Source::File(Box::new(batches), order)
            }
            Place::Columns(files) => {
                let all: Vec<usize> = (0..files.len()).collect();
                let wanted = indices.unwrap_or(&all);
                let rows = work.batch_rows.min(batch_rows(wanted.len()));
                let mut columns = Vec::with_capacity(wanted.len());
                for (path, metadata) in wanted.iter().filter_map(|index| files.get(*index)) {
                    columns.push(Batches::new(path, metadata, [0], rows)?);
                }
                Source::Columns(columns)
            }
        };
        Ok(Scan { shape, source, work })
    }
}

/// Batches of a table, in row order.
pub(crate) struct Scan<'a> {
    shape: Shape,
    source: Source<'a>,
    work: &'a Work<'a>,
}

enum Source<'a> {
    Memory(std::slice::Iter<'a, RecordBatch>, Option<Vec<usize>>),
    File(Box<Batches>, Vec<usize>),
    Columns(Vec<Batches>),
}

impl Iterator for Scan<'_> {
    type Item = Result<RecordBatch, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(stop) = self.work.tick() {
            return Some(Err(stop));
        }
        match &mut self.source {
            Source::Memory(batches, None) => batches.next().cloned().map(Ok),
            Source::Memory(batches, Some(indices)) => batches
                .next()
                .map(|batch| batch.project(indices).map_err(|e| Fault::Bug(e.to_string()))),
            Source::File(batches, order) => {
                let batch = match batches.next()? {
                    Ok(batch) => batch,
                    Err(fault) => return Some(Err(fault)),
                };
                Some(as_stored(&batch, order, &self.shape))
            }
            Source::Columns(columns) => side_by_side(columns, &self.shape).transpose(),
        }
    }
}

/// The next rows of columns in files of their own.
fn side_by_side(columns: &mut [Batches], shape: &Shape) -> Result<Option<RecordBatch>, Fault> {
    let mut arrays = Vec::with_capacity(columns.len());
    for (n, column) in columns.iter_mut().enumerate() {
        let Some(batch) = column.next().transpose()? else { return Ok(None) };
        let array = super::shape::column(&batch, 0)?;
        arrays.push(stored(array, &shape.data_type(n), 0)?);
    }
    let rows = arrays.first().map_or(0, Array::len);
    if arrays.is_empty() { Ok(None) } else { shape.batch(arrays, rows).map(Some) }
}

fn as_stored(batch: &RecordBatch, order: &[usize], shape: &Shape) -> Result<RecordBatch, Fault> {
    let offset = shape.reading.utc_offset_min;
    let mut arrays = Vec::with_capacity(order.len());
    for (n, index) in order.iter().enumerate() {
        let array = super::shape::column(batch, *index)?;
        arrays.push(match shape.data_type(n) {
            // Nested values stay as they came, whatever their inner fields promise about nulls.
            to if to.is_nested() => std::sync::Arc::clone(array),
            to => stored(array, &to, offset)?,
        });
    }
    shape.batch(arrays, batch.num_rows())
}

/// Gathers batches into a table, moving them to a file once they fill half the memory allowed.
pub(crate) struct Gather<'a> {
    shape: Shape,
    limits: &'a Limits,
    scratch: &'a Path,
    rows: u64,
    bytes: usize,
    held: Vec<RecordBatch>,
    cut: BatchCoalescer,
    spill: Option<(Writer, TempPath)>,
}

impl<'a> Gather<'a> {
    /// Starts an empty table; a file, if needed, is made in the folder `scratch`.
    pub(crate) fn new(shape: Shape, limits: &'a Limits, scratch: &'a Path) -> Self {
        let cut = BatchCoalescer::new(
            std::sync::Arc::clone(&shape.schema),
            batch_rows(shape.columns.len()),
        );
        Self { shape, limits, scratch, rows: 0, bytes: 0, held: Vec::new(), cut, spill: None }
    }

    /// Appends rows.
    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<(), Fault> {
        self.rows += batch.num_rows() as u64;
        if let Some((writer, _)) = &mut self.spill {
            return writer.write(&batch);
        }
        self.cut.push_batch(batch).map_err(|error| Fault::Bug(error.to_string()))?;
        self.keep()?;
        if self.bytes > self.limits.memory_bytes_max / 2 { self.spill() } else { Ok(()) }
    }

    fn keep(&mut self) -> Result<(), Fault> {
        while let Some(batch) = self.cut.next_completed_batch() {
            self.bytes += batch_bytes(&batch)?;
            self.held.push(batch);
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<(), Fault> {
        let (file, path) = tempfile::NamedTempFile::new_in(self.scratch)?.into_parts();
        let mut writer = Writer::passing(file, &self.shape.schema, self.limits)?;
        for batch in self.held.drain(..) {
            writer.write(&batch)?;
        }
        self.held = Vec::new();
        // Rows that wait in the cutter follow when the next batch comes; hand them over now.
        self.cut.finish_buffered_batch().map_err(|error| Fault::Bug(error.to_string()))?;
        while let Some(batch) = self.cut.next_completed_batch() {
            writer.write(&batch)?;
        }
        self.spill = Some((writer, path));
        Ok(())
    }

    /// The table.
    pub(crate) fn finish(mut self) -> Result<Table, Fault> {
        self.cut.finish_buffered_batch().map_err(|error| Fault::Bug(error.to_string()))?;
        self.keep()?;
        let place = match self.spill {
            None => Place::Memory(self.held),
            Some((writer, temporary)) => {
                writer.finish(None)?;
                let (_, metadata) = open(&temporary)?;
                Place::File { path: temporary.to_path_buf(), metadata, _temporary: Some(temporary) }
            }
        };
        Ok(Table { shape: self.shape, rows: self.rows, place })
    }
}

/// Bytes of the values of a batch, not counting what its buffers hold beyond them.
pub(crate) fn batch_bytes(batch: &RecordBatch) -> Result<usize, Fault> {
    batch.columns().iter().try_fold(0, |sum, array| Ok(sum + array_bytes(array.as_ref())?))
}

/// Bytes of the values of an array.
pub(crate) fn array_bytes(array: &dyn Array) -> Result<usize, Fault> {
    array.to_data().get_slice_memory_size().map_err(|error| Fault::Bug(error.to_string()))
}
