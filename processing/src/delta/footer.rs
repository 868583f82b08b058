//! The footer of a Parquet file in an object store.

use arrow::datatypes::{DataType, Schema};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _};
use parquet::DecodeResult;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataPushDecoder};

use super::columns::schema_text;
use super::statistics::Statistics;
use crate::error::Fault;
use crate::source::store_fault;

/// Bytes that are asked for at once: the footers of all but very wide files.
const TAIL_BYTES: u64 = 64 << 10;
/// Footer bytes at most; one of 4,096 columns and 1,000 row groups takes less.
const FOOTER_BYTES_MAX: u64 = 256 << 20;

/// What a client is told of a table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Columns, as JSON text of a Delta struct type.
    pub schema: String,
    /// Whether a column has times without a zone, which not every client reads.
    pub naive_times: bool,
    /// Statistics of the whole file.
    pub statistics: Statistics,
}

/// Reads what there is to tell of the file `key` of `size` bytes.
///
/// # Errors
/// `parquet` faults when it is no Parquet file, [`Fault::Transient`] when the store fails.
pub async fn read(store: &dyn ObjectStore, key: &Key, size: u64) -> Result<Table, Fault> {
    let metadata = footer(store, key, size).await?;
    let file = metadata.file_metadata();
    let schema: Schema =
        parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata()).map_err(broken)?;
    let statistics = Statistics::of(&metadata, &schema).map_err(broken)?;
    let naive_times = schema
        .fields()
        .iter()
        .any(|field| matches!(field.data_type(), DataType::Timestamp(_, None)));
    Ok(Table { schema: schema_text(&schema), naive_times, statistics })
}

fn broken(error: parquet::errors::ParquetError) -> Fault {
    Fault::Bug(format!("a stored table cannot be read: {error}"))
}

async fn footer(store: &dyn ObjectStore, key: &Key, size: u64) -> Result<ParquetMetaData, Fault> {
    let mut decoder = ParquetMetaDataPushDecoder::try_new(size)
        .map_err(broken)?
        .with_page_index_policy(PageIndexPolicy::Skip);
    let tail = size.saturating_sub(TAIL_BYTES)..size;
    let bytes = store.get_range(key, tail.clone()).await.map_err(store_fault)?;
    decoder.push_range(tail, bytes).map_err(broken)?;
    loop {
        match decoder.try_decode().map_err(broken)? {
            DecodeResult::Data(metadata) => return Ok(metadata),
            DecodeResult::NeedsData(ranges) => {
                let wanted: u64 = ranges.iter().map(|range| range.end - range.start).sum();
                if wanted > FOOTER_BYTES_MAX {
                    return Err(Fault::Bug(format!("a footer of {wanted} bytes")));
                }
                let bytes = store.get_ranges(key, &ranges).await.map_err(store_fault)?;
                decoder.push_ranges(ranges, bytes).map_err(broken)?;
            }
            DecodeResult::Finished => {
                return Err(Fault::Bug("a footer without metadata".to_owned()));
            }
        }
    }
}
