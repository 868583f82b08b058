//! The content hash of a table: what it says, not how it is stored.
//!
//! Covered: column names and their order, column types, the order of rows, nulls and values.
//! Not covered: row groups, pages, compression, encodings, dictionary encoding, batch size,
//! key-value metadata, nullability flags, and the width or unit of a storage type (an `INT32` and an
//! `INT64` column with the same integers, milliseconds and microseconds of the same instant).
//!
//! Floats that compare equal hash equal: −0.0 counts as 0.0, and all NaNs are one. NaN is not null.
//!
//! Shape, so that others can compute it again (`‖` joins, integers are little endian):
//!
//! ```text
//! value   = 00                      null
//!         | 01 ‖ bytes              boolean 1 byte; integer, date, time 8; number 8 (IEEE 754);
//!                                   timestamp 16 (ns since 1970); decimal 16 or 32 (unscaled)
//!         | 01 ‖ length:u64 ‖ bytes text (UTF-8), binary
//!         | 01 ‖ length:u64 ‖ value…  list, map (its entries);  01 ‖ value… struct
//!         | 02 ‖ 8 bytes            integer above 2^63 − 1
//! leaf    = SHA-256(00 ‖ the values of up to 65,536 rows)
//! column  = SHA-256(01 ‖ leaf…)
//! table   = SHA-256("jangteo-logical-1" ‖ rows:u64 ‖ columns:u32 ‖ for each column:
//!           length:u64 ‖ name ‖ length:u64 ‖ type ‖ column)
//! ```

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Field, Float64Type, Int64Type, Schema,
    TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use sha2::{Digest, Sha256};

use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::file::{Batches, open};
use crate::progress::{Progress, Silent};

/// Rows of one leaf.
const LEAF_ROWS: usize = 65_536;

/// The content hash of a Parquet table, as described at the top of this module.
///
/// Columns are read one at a time and in parallel; memory is one batch of one column a thread.
///
/// # Errors
/// [`Fault::Input`] `parquet-damaged` when the file is not readable Parquet.
pub fn logical_hash(parquet: &Path, limits: &Limits) -> Result<String, Fault> {
    logical_hash_with(parquet, limits, &Silent)
}

/// As [`logical_hash`], told to `progress` as the stage `hash`, in rows: a column is its share of them.
///
/// # Errors
/// As [`logical_hash`]; [`Fault::Cancelled`].
pub fn logical_hash_with(
    parquet: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<String, Fault> {
    let (file, metadata) = open(parquet)?;
    drop(file);
    let schema = metadata.schema();
    let columns = schema.fields().len();
    let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);

    let next = AtomicUsize::new(0);
    let heard = Heard { progress, cells: AtomicU64::new(0), columns: columns.max(1) as u64, rows };
    let work = || -> Result<Vec<(usize, [u8; 32])>, Fault> {
        let mut done = Vec::new();
        loop {
            let column = next.fetch_add(1, Ordering::Relaxed);
            if column >= columns {
                return Ok(done);
            }
            done.push((column, column_hash(parquet, &metadata, column, limits, &heard)?));
        }
    };
    let mut digests = vec![[0_u8; 32]; columns];
    std::thread::scope(|scope| -> Result<(), Fault> {
        let threads = limits.threads.clamp(1, columns.max(1));
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for handle in handles {
            let done = handle.join().map_err(|_| Fault::Bug("hashing thread died".into()))??;
            for (column, digest) in done {
                if let Some(slot) = digests.get_mut(column) {
                    *slot = digest;
                }
            }
        }
        Ok(())
    })?;

    Ok(of_table(rows, schema, &digests))
}

/// The content hash of a table out of those of its columns.
pub(crate) fn table_hash(rows: u64, schema: &Schema, columns: Vec<ColumnHasher>) -> String {
    let digests: Vec<[u8; 32]> = columns.into_iter().map(ColumnHasher::finish).collect();
    of_table(rows, schema, &digests)
}

fn of_table(rows: u64, schema: &Schema, digests: &[[u8; 32]]) -> String {
    let columns = schema.fields().len();
    let mut table = Sha256::new();
    table.update(b"jangteo-logical-1");
    table.update(rows.to_le_bytes());
    table.update(u32::try_from(columns).unwrap_or(u32::MAX).to_le_bytes());
    for (field, digest) in schema.fields().iter().zip(digests) {
        for text in [field.name().as_str(), &type_name(field.data_type())] {
            table.update((text.len() as u64).to_le_bytes());
            table.update(text.as_bytes());
        }
        table.update(digest);
    }
    super::hex(&table.finalize())
}

fn column_hash(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    column: usize,
    limits: &Limits,
    heard: &Heard<'_>,
) -> Result<[u8; 32], Fault> {
    let batches = Batches::new(path, metadata, [column], limits.batch_rows)?;
    let mut hasher = ColumnHasher::default();
    for batch in batches {
        let batch = batch?;
        if let Some(array) = batch.columns().first() {
            hasher.push(array)?;
        }
        heard.more(batch.num_rows())?;
    }
    Ok(hasher.finish())
}

/// How far all columns are.
struct Heard<'a> {
    progress: &'a dyn Progress,
    cells: AtomicU64,
    columns: u64,
    rows: u64,
}

impl Heard<'_> {
    fn more(&self, cells: usize) -> Result<(), Fault> {
        let cells = cells as u64;
        let all = self.cells.fetch_add(cells, Ordering::Relaxed) + cells;
        self.progress.at("hash", all / self.columns, self.rows)
    }
}

/// The hash of one column, fed with its arrays in order, however they are cut.
pub(crate) struct ColumnHasher {
    column: Sha256,
    leaf: Sha256,
    leaf_rows: usize,
    buffer: Vec<u8>,
}

impl Default for ColumnHasher {
    fn default() -> Self {
        Self {
            column: Sha256::new_with_prefix([1_u8]),
            leaf: Sha256::new_with_prefix([0_u8]),
            leaf_rows: 0,
            buffer: Vec::with_capacity(1 << 16),
        }
    }
}

impl ColumnHasher {
    /// Takes the next rows of the column.
    ///
    /// # Errors
    /// [`Fault::Bug`] for a type that cannot be told.
    pub(crate) fn push(&mut self, array: &ArrayRef) -> Result<(), Fault> {
        let mut from = 0;
        while from < array.len() {
            // Small pieces keep the buffer small.
            let rows = (array.len() - from).min(LEAF_ROWS - self.leaf_rows).min(4_096);
            encode(&array.slice(from, rows), &mut self.buffer)?;
            self.leaf.update(&self.buffer);
            self.buffer.clear();
            from += rows;
            self.leaf_rows += rows;
            if self.leaf_rows == LEAF_ROWS {
                self.close_leaf();
            }
        }
        Ok(())
    }

    fn close_leaf(&mut self) {
        let leaf = std::mem::replace(&mut self.leaf, Sha256::new_with_prefix([0_u8]));
        self.column.update(leaf.finalize());
        self.leaf_rows = 0;
    }

    /// The hash of the rows taken.
    pub(crate) fn finish(mut self) -> [u8; 32] {
        if self.leaf_rows > 0 {
            self.close_leaf();
        }
        self.column.finalize().into()
    }
}

/// The name of a type in the hash: the class of values, not their storage.
pub(super) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "null".into(),
        DataType::Boolean => "boolean".into(),
        t if t.is_integer() => "integer".into(),
        t if t.is_floating() => "number".into(),
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => format!("decimal({p},{s})"),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".into(),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "binary".into(),
        DataType::Date32 | DataType::Date64 => "date".into(),
        DataType::Time32(_) | DataType::Time64(_) => "time".into(),
        DataType::Timestamp(_, Some(_)) => "timestamp".into(),
        DataType::Timestamp(_, None) => "timestamp_local".into(),
        DataType::Dictionary(_, value) => type_name(value),
        DataType::RunEndEncoded(_, values) => type_name(values.data_type()),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => format!("list<{}>", type_name(item.data_type())),
        DataType::Map(entries, _) => format!("map<{}>", type_name(entries.data_type())),
        DataType::Struct(fields) => {
            let named = |field: &std::sync::Arc<Field>| {
                format!("{}:{}:{}", field.name().len(), field.name(), type_name(field.data_type()))
            };
            format!("struct<{}>", fields.iter().map(named).collect::<Vec<_>>().join(","))
        }
        other => format!("other({other})"),
    }
}

pub(super) fn encode(array: &ArrayRef, out: &mut Vec<u8>) -> Result<(), Fault> {
    match array.data_type() {
        DataType::Null => out.resize(out.len() + array.len(), 0),
        DataType::Boolean => {
            fixed(array.as_boolean().iter().map(|v| v.map(|v| [u8::from(v)])), out);
        }
        DataType::Int64 => {
            fixed(array.as_primitive::<Int64Type>().iter().map(|v| v.map(i64::to_le_bytes)), out);
        }
        DataType::UInt64 => unsigned(array, out),
        DataType::Float64 => fixed(array.as_primitive::<Float64Type>().iter().map(number), out),
        DataType::Decimal128(_, _) => {
            let values = array.as_primitive::<Decimal128Type>();
            fixed(values.iter().map(|v| v.map(i128::to_le_bytes)), out);
        }
        DataType::Decimal256(_, _) => {
            let values = array.as_primitive::<Decimal256Type>();
            fixed(values.iter().map(|v| v.map(arrow::datatypes::i256::to_le_bytes)), out);
        }
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) => {
            again(array, &DataType::Decimal128(*p, *s), out)?;
        }
        DataType::Utf8 => sized(array.as_string::<i32>().iter().map(|v| v.map(str::as_bytes)), out),
        DataType::LargeUtf8 | DataType::Utf8View => again(array, &DataType::Utf8, out)?,
        DataType::Binary => sized(array.as_binary::<i32>().iter(), out),
        DataType::FixedSizeBinary(_) => sized(array.as_fixed_size_binary().iter(), out),
        DataType::LargeBinary | DataType::BinaryView => again(array, &DataType::Binary, out)?,
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            fixed(days.iter().map(|v| v.map(|v| i64::from(v).to_le_bytes())), out);
        }
        DataType::Date64 => again(array, &DataType::Date32, out)?,
        DataType::Time32(_) | DataType::Time64(TimeUnit::Microsecond) => {
            again(array, &DataType::Time64(TimeUnit::Nanosecond), out)?;
        }
        DataType::Time64(_) => again(array, &DataType::Int64, out)?,
        DataType::Timestamp(unit, _) => instants(array, *unit, out),
        DataType::Dictionary(_, value) => again(array, value, out)?,
        DataType::RunEndEncoded(_, values) => again(array, values.data_type(), out)?,
        t if t.is_unsigned_integer() => again(array, &DataType::UInt64, out)?,
        t if t.is_signed_integer() => again(array, &DataType::Int64, out)?,
        t if t.is_floating() => again(array, &DataType::Float64, out)?,
        DataType::Union(_, _) => other(array, out)?,
        t if t.is_nested() => nested(array, out)?,
        _ => other(array, out)?,
    }
    Ok(())
}

/// Encodes the array as another type of the same class.
fn again(array: &ArrayRef, to: &DataType, out: &mut Vec<u8>) -> Result<(), Fault> {
    encode(&cast(array, to).map_err(|error| Fault::Bug(error.to_string()))?, out)
}

fn fixed<const N: usize>(values: impl Iterator<Item = Option<[u8; N]>>, out: &mut Vec<u8>) {
    for value in values {
        match value {
            None => out.push(0),
            Some(bytes) => {
                out.push(1);
                out.extend_from_slice(&bytes);
            }
        }
    }
}

fn sized<'a>(values: impl Iterator<Item = Option<&'a [u8]>>, out: &mut Vec<u8>) {
    for value in values {
        match value {
            None => out.push(0),
            Some(bytes) => {
                out.push(1);
                out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
                out.extend_from_slice(bytes);
            }
        }
    }
}

fn number(value: Option<f64>) -> Option<[u8; 8]> {
    let value = value?;
    // One NaN, one zero.
    let bits = if value.is_nan() {
        0x7ff8_0000_0000_0000
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    };
    Some(bits.to_le_bytes())
}

fn unsigned(array: &ArrayRef, out: &mut Vec<u8>) {
    for value in array.as_primitive::<UInt64Type>() {
        match value {
            None => out.push(0),
            Some(value) => {
                out.push(if i64::try_from(value).is_ok() { 1 } else { 2 });
                out.extend_from_slice(&value.to_le_bytes());
            }
        }
    }
}

fn instants(array: &ArrayRef, unit: TimeUnit, out: &mut Vec<u8>) {
    let ns = |factor: i128| move |v: Option<i64>| v.map(|v| (i128::from(v) * factor).to_le_bytes());
    match unit {
        TimeUnit::Second => {
            fixed(array.as_primitive::<TimestampSecondType>().iter().map(ns(1_000_000_000)), out);
        }
        TimeUnit::Millisecond => {
            fixed(array.as_primitive::<TimestampMillisecondType>().iter().map(ns(1_000_000)), out);
        }
        TimeUnit::Microsecond => {
            fixed(array.as_primitive::<TimestampMicrosecondType>().iter().map(ns(1_000)), out);
        }
        TimeUnit::Nanosecond => {
            fixed(array.as_primitive::<TimestampNanosecondType>().iter().map(ns(1)), out);
        }
    }
}

fn nested(array: &ArrayRef, out: &mut Vec<u8>) -> Result<(), Fault> {
    for row in 0..array.len() {
        if array.is_null(row) {
            out.push(0);
            continue;
        }
        out.push(1);
        let items = match array.data_type() {
            DataType::List(_) => array.as_list::<i32>().value(row),
            DataType::LargeList(_) => array.as_list::<i64>().value(row),
            DataType::ListView(_) => array.as_list_view::<i32>().value(row),
            DataType::LargeListView(_) => array.as_list_view::<i64>().value(row),
            DataType::FixedSizeList(_, _) => array.as_fixed_size_list().value(row),
            DataType::Map(_, _) => std::sync::Arc::new(array.as_map().value(row)),
            DataType::Struct(_) => {
                for field in array.as_struct().columns() {
                    encode(&field.slice(row, 1), out)?;
                }
                continue;
            }
            _ => return other(array, out),
        };
        out.extend_from_slice(&(items.len() as u64).to_le_bytes());
        encode(&items, out)?;
    }
    Ok(())
}

/// Types that no table of the exchange has (intervals, durations): their text.
fn other(array: &ArrayRef, out: &mut Vec<u8>) -> Result<(), Fault> {
    let options = FormatOptions::default();
    let text = ArrayFormatter::try_new(array.as_ref(), &options)
        .map_err(|error| Fault::Bug(error.to_string()))?;
    for row in 0..array.len() {
        if array.is_null(row) {
            out.push(0);
        } else {
            sized(std::iter::once(Some(text.value(row).to_string().as_bytes())), out);
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "logical_tests.rs"]
mod tests;
