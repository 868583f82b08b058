//! Parquet files as tables of a query: our own scan, in row order, with nothing but its batches.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMicrosecondType};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use super::super::{number, rewrite};
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::file::{Batches, batch_rows, dictionary, open, stored, stored_type};

/// What the scans of a query tell the one who asked, and what they are told.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Rows read.
    pub(super) rows: AtomicU64,
    /// Rows of the longest table.
    pub(super) table_rows: AtomicU64,
    /// Whether to stop.
    pub(super) stop: AtomicBool,
    /// Why a scan failed.
    fault: Mutex<Option<Fault>>,
}

impl Watch {
    /// Why a scan failed, if one did.
    pub(super) fn take(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn fail(&self, fault: Fault) -> DataFusionError {
        let text = fault.to_string();
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        DataFusionError::Execution(text)
    }
}

/// A Parquet file as a table.
pub(super) struct Opened {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    offset_min: i16,
    /// Names and stored types of all columns.
    pub(super) schema: SchemaRef,
}

impl Opened {
    /// Opens a file.
    ///
    /// # Errors
    /// `parquet-damaged`; [`Fault::Transient`].
    pub(super) fn new(path: &Path) -> Result<Self, Fault> {
        let (_, metadata) = open(path)?;
        let offset_min = dictionary(&metadata).reading.utc_offset_min;
        let fields = metadata.schema().fields();
        let stored: Vec<Field> =
            fields.iter().map(|f| Field::new(f.name(), stored_type(f.data_type()), true)).collect();
        let schema = Arc::new(Schema::new(stored));
        Ok(Self { path: path.to_owned(), metadata, offset_min, schema })
    }

    /// Rows of the table.
    pub(super) fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// The type of times in the table, which names the zone of the file.
    pub(super) fn time(&self) -> DataType {
        rewrite::time_in(self.offset_min)
    }

    /// The columns for which `is_used` says so, as a table; the first one when it never does.
    pub(super) fn table(
        &self,
        is_used: impl Fn(&str) -> bool,
        limits: &Limits,
        watch: &Arc<Watch>,
    ) -> Result<StreamingTable, DataFusionError> {
        let fields = self.schema.fields().iter().enumerate();
        let mut columns: Vec<usize> =
            fields.filter(|(_, field)| is_used(field.name())).map(|(n, _)| n).collect();
        if columns.is_empty() {
            columns.push(0);
        }
        let stored = Arc::new(self.schema.project(&columns)?);
        let seen = stored.fields().iter().map(|field| match field.data_type() {
            DataType::Timestamp(_, _) => Arc::new(Field::new(field.name(), self.time(), true)),
            _ => Arc::clone(field),
        });
        let seen = Arc::new(Schema::new(seen.collect::<Vec<_>>()));
        let scan = Scan {
            path: self.path.clone(),
            metadata: self.metadata.clone(),
            offset_min: self.offset_min,
            rows: limits.batch_rows.min(batch_rows(columns.len())),
            columns,
            stored,
            seen: Arc::clone(&seen),
            watch: Arc::clone(watch),
        };
        StreamingTable::try_new(seen, vec![Arc::new(scan)])
    }
}

/// One scan of some columns.
struct Scan {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    offset_min: i16,
    rows: usize,
    columns: Vec<usize>,
    stored: SchemaRef,
    seen: SchemaRef,
    watch: Arc<Watch>,
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl PartitionStream for Scan {
    fn schema(&self) -> &SchemaRef {
        &self.seen
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let watch = Arc::clone(&self.watch);
        let batches = Batches::new(&self.path, &self.metadata, self.columns.clone(), self.rows);
        let (batches, broken) = match batches {
            Ok(batches) => (Some(batches), None),
            Err(fault) => (None, Some(fault)),
        };
        let (stored, seen, offset) =
            (Arc::clone(&self.stored), Arc::clone(&self.seen), self.offset_min);
        let read = batches
            .into_iter()
            .flatten()
            .map(move |batch| as_seen(&batch?, &stored, &seen, offset));
        let results = broken.map(Err).into_iter().chain(read).map(move |batch| {
            if watch.stop.load(Ordering::Relaxed) {
                return Err(watch.fail(Fault::Cancelled));
            }
            let batch = batch.map_err(|fault| watch.fail(fault))?;
            watch.rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            Ok(batch)
        });
        let stream = futures::stream::iter(results);
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.seen), stream))
    }
}

/// A batch in stored types, as a query sees it: without NaN and negative zero, times in the zone of
/// the file.
fn as_seen(
    batch: &RecordBatch,
    types: &SchemaRef,
    seen: &SchemaRef,
    offset_min: i16,
) -> Result<RecordBatch, Fault> {
    let one = |(n, array): (usize, &ArrayRef)| {
        let to = types.field(n).data_type();
        let array = if to.is_nested() { Arc::clone(array) } else { stored(array, to, offset_min)? };
        Ok(match seen.field(n).data_type() {
            DataType::Timestamp(_, Some(zone)) => {
                let times = array.as_primitive::<TimestampMicrosecondType>();
                Arc::new(times.clone().with_timezone(Arc::clone(zone))) as ArrayRef
            }
            _ => number::tidy(&array),
        })
    };
    let columns = batch.columns().iter().enumerate().map(one).collect::<Result<_, Fault>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(seen), columns, &options)
        .map_err(|error| Fault::Bug(error.to_string()))
}
