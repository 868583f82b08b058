//! The content hash of a table as a multiset of rows: what it says, in whatever order.
//!
//! For tables whose rows carry their own time or key, and tools that write rows in any order. It covers
//! what [`logical_hash`](super::logical_hash) covers, except the order of rows:
//!
//! ```text
//! row     = SHA-256(02 ‖ for each column: value)      values as in the logical hash
//! table   = SHA-256("jangteo-rows-1" ‖ rows:u64 ‖ columns:u32 ‖ for each column:
//!           length:u64 ‖ name ‖ length:u64 ‖ type ‖ row…)        rows ascending, repeated ones too
//! ```
//!
//! Two tables with the same hash and different multisets of rows give either two rows with the same
//! SHA-256 (values are self-delimiting, so different rows are different texts) or two lists with the
//! same SHA-256: a collision of SHA-256 itself. Sums or products of row hashes would need no sorting,
//! but a sum modulo 2^256 falls to a birthday attack over many rows (Wagner 2002), and a lattice hash
//! costs 2 KiB of hashing a row.
//!
//! Memory: 32 bytes a row, in half of what is allowed; a longer table is read several times, each time
//! for one range of row hashes.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arrow::array::{Array as _, ArrayRef, RecordBatch};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use sha2::{Digest, Sha256};

use super::logical::{encode, type_name};
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::file::{batch_rows, damaged, open};
use crate::progress::{Progress, Silent};

type RowHash = [u8; 32];

/// The content hash of a Parquet table without the order of its rows, as described at the top of this
/// module.
///
/// # Errors
/// [`Fault::Input`] `parquet-damaged` when the file is not readable Parquet.
pub fn unordered_hash(parquet: &Path, limits: &Limits) -> Result<String, Fault> {
    unordered_hash_with(parquet, limits, &Silent)
}

/// As [`unordered_hash`], told to `progress` as the stage `hash`, in rows.
///
/// # Errors
/// As [`unordered_hash`]; [`Fault::Cancelled`].
pub fn unordered_hash_with(
    parquet: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<String, Fault> {
    let (file, metadata) = open(parquet)?;
    drop(file);
    let schema = metadata.schema();
    let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
    let mut table = Sha256::new();
    table.update(b"jangteo-rows-1");
    table.update(rows.to_le_bytes());
    table.update(u32::try_from(schema.fields().len()).unwrap_or(u32::MAX).to_le_bytes());
    for field in schema.fields() {
        for text in [field.name().as_str(), &type_name(field.data_type())] {
            table.update((text.len() as u64).to_le_bytes());
            table.update(text.as_bytes());
        }
    }
    let held = (limits.memory_bytes_max / 2 / size_of::<RowHash>()).max(1 << 16) as u64;
    // Row hashes are spread evenly, so equal ranges hold about as many each.
    let passes = rows.div_ceil(held).clamp(1, 1 << 16);
    let done = AtomicU64::new(0);
    let heard = |more: usize| {
        let more = more as u64;
        let all = done.fetch_add(more, Ordering::Relaxed) + more;
        progress.at("hash", all, rows.saturating_mul(passes))
    };
    for pass in 0..passes {
        let edge = |pass: u64| (pass << 16) / passes;
        let range = edge(pass)..edge(pass + 1);
        let mut hashes = row_hashes(parquet, &metadata, range, limits, &heard)?;
        hashes.sort_unstable();
        for hash in hashes {
            table.update(hash);
        }
    }
    Ok(super::hex(&table.finalize()))
}

/// The hashes of all rows whose first two bytes lie in a range.
fn row_hashes(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    range: std::ops::Range<u64>,
    limits: &Limits,
    heard: &(dyn Fn(usize) -> Result<(), Fault> + Sync),
) -> Result<Vec<RowHash>, Fault> {
    let groups = metadata.metadata().num_row_groups();
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<RowHash>, Fault> {
        let mut found = Vec::new();
        loop {
            let group = next.fetch_add(1, Ordering::Relaxed);
            if group >= groups {
                return Ok(found);
            }
            let rows = batch_rows(metadata.schema().fields().len()).min(limits.batch_rows).max(1);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
                File::open(path)?,
                metadata.clone(),
            );
            let reader = builder.with_row_groups(vec![group]).with_batch_size(rows).build();
            for batch in reader.map_err(|error| damaged(&error))? {
                let batch = batch.map_err(|error| damaged(&error))?;
                heard(batch.num_rows())?;
                found.extend(hash_rows(&batch)?.into_iter().filter(|hash| {
                    range.contains(&(u64::from(hash[0]) << 8 | u64::from(hash[1])))
                }));
            }
        }
    };
    let mut all = Vec::new();
    std::thread::scope(|scope| -> Result<(), Fault> {
        let threads = limits.threads.clamp(1, groups.max(1));
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for handle in handles {
            // The decoder panics on some damaged pages.
            all.extend(handle.join().map_err(|_| damaged(&"the decoder gave up"))??);
        }
        Ok(())
    })?;
    Ok(all)
}

fn hash_rows(batch: &RecordBatch) -> Result<Vec<RowHash>, Fault> {
    let mut hashers = vec![Sha256::new_with_prefix([2_u8]); batch.num_rows()];
    let mut buffer = Vec::new();
    for array in batch.columns() {
        buffer.clear();
        match width(array.data_type()) {
            Some(width) => {
                encode(array, &mut buffer)?;
                let mut rest = buffer.as_slice();
                for hasher in &mut hashers {
                    let (value, behind) = rest.split_at(width.of(rest).min(rest.len()));
                    hasher.update(value);
                    rest = behind;
                }
            }
            None => one_by_one(array, &mut hashers)?,
        }
    }
    Ok(hashers.into_iter().map(|hasher| hasher.finalize().into()).collect())
}

/// Values whose end is not told by their type.
fn one_by_one(array: &ArrayRef, hashers: &mut [Sha256]) -> Result<(), Fault> {
    let mut buffer = Vec::new();
    for (row, hasher) in hashers.iter_mut().enumerate() {
        buffer.clear();
        encode(&array.slice(row, 1), &mut buffer)?;
        hasher.update(&buffer);
    }
    Ok(())
}

/// Bytes of an encoded value that is not null.
#[derive(Clone, Copy)]
enum Width {
    Fixed(usize),
    Sized,
}

impl Width {
    /// Bytes of the first value of `rest`.
    fn of(self, rest: &[u8]) -> usize {
        match (rest.first(), self) {
            (None | Some(0), _) => 1,
            (_, Self::Fixed(width)) => 1 + width,
            (_, Self::Sized) => {
                let length = rest.get(1..9).and_then(|bytes| bytes.try_into().ok());
                let length = u64::from_le_bytes(length.unwrap_or_default());
                usize::try_from(length).unwrap_or(usize::MAX).saturating_add(9)
            }
        }
    }
}

fn width(data_type: &DataType) -> Option<Width> {
    Some(match data_type {
        DataType::Null => Width::Fixed(0),
        DataType::Boolean => Width::Fixed(1),
        t if t.is_integer() || t.is_floating() => Width::Fixed(8),
        DataType::Date32 | DataType::Date64 | DataType::Time32(_) | DataType::Time64(_) => {
            Width::Fixed(8)
        }
        DataType::Timestamp(_, _) | DataType::Decimal32(..) | DataType::Decimal64(..) => {
            Width::Fixed(16)
        }
        DataType::Decimal128(..) => Width::Fixed(16),
        DataType::Decimal256(..) => Width::Fixed(32),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Width::Sized,
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => Width::Sized,
        DataType::Dictionary(_, value) => return width(value),
        _ => return None,
    })
}

#[cfg(test)]
#[path = "unordered_tests.rs"]
mod tests;
