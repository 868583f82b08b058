//! Rows of another table, found by key and time in files: for a table that memory does not hold.
//!
//! One file has a record a row, sorted by the hash of the key, then time, then place in the table; the
//! other has the rows themselves in that last order. Hashes have 128 bits and keys of their own in each
//! run, so no table can be made to collide.

use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufWriter, Write as _};

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::row::{RowConverter, SortField};
use schema::data::pipeline::AsofDirection;

use super::asof::nearer;
use super::lookup::{Keys, Place, any_missing, encoder};
use super::time;
use crate::error::Fault;
use crate::pipeline::shape::{Shape, column};
use crate::pipeline::work::Work;
use crate::progress::Silent;
use crate::spill::{Disk, Index, Sorter, open_in, ordered_whole, whole};

/// Bytes of a record: hash of the key, time, where the row begins, its length.
const RECORD_BYTES: usize = 36;
type Record = [u8; RECORD_BYTES];

/// The other table, in files.
pub(crate) struct Filed {
    records: Index<RECORD_BYTES>,
    rows: Disk,
    converter: RowConverter,
    hashing: Hashing,
    keys: Keys,
}

/// A row that was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// Its time.
    pub(crate) time: i64,
    at: u64,
    length: usize,
}

struct Hashing(RandomState, RandomState);

impl Hashing {
    fn of(&self, key: &[u8]) -> u128 {
        u128::from(self.0.hash_one(key)) << 64 | u128::from(self.1.hash_one(key))
    }
}

impl Filed {
    /// Puts the other table into files.
    ///
    /// # Errors
    /// `unfit` where a column cannot be put into a file by rows; [`Fault::Transient`] when the folder of
    /// temporary files is full.
    pub(crate) fn new(place: &Place, unfit: Fault) -> Result<Self, Fault> {
        let work = Work::new(&place.limits, &Silent, 0);
        let mut indices = vec![place.time];
        indices.extend(&place.by);
        indices.extend(&place.columns);
        let chosen = place.table.shape.chosen(&indices);
        let fields: Vec<SortField> =
            place.columns.iter().map(|n| SortField::new(place.table.shape.data_type(*n))).collect();
        if !RowConverter::supports_fields(&fields) {
            return Err(unfit);
        }
        let converter = RowConverter::new(fields).map_err(bug)?;
        let hashing = Hashing(RandomState::new(), RandomState::new());
        let memory = place.limits.memory_bytes_max;
        let mut records = Sorter::new(&work.scratch(), memory / 4);
        let mut rows = BufWriter::new(open_in(&work.scratch())?);
        let mut at = 0_u64;
        for batch in place.table.scan(Some(&indices), &work)? {
            let batch = batch?;
            let values = batch.columns().get(1 + place.by.len()..).unwrap_or_default();
            let values = converter.convert_columns(values).map_err(bug)?;
            let hashes = hashes(&batch, (1..=place.by.len()).collect(), &chosen, &hashing)?;
            let times = time::instants(column(&batch, 0)?, chosen.reading.utc_offset_min);
            for (n, (time, hash)) in times.iter().zip(hashes).enumerate() {
                let Some((time, hash)) = time.zip(hash) else { continue };
                let row = values.row(n);
                let row: &[u8] = row.as_ref();
                records.push(record(hash, time, at, row.len())?)?;
                rows.write_all(row)?;
                at += row.len() as u64;
            }
        }
        let rows = rows.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let records = Index::new(records.sorted()?, memory / 8)?;
        Ok(Self { records, rows, converter, hashing, keys: place.keys.clone() })
    }

    /// The hash of the key of each row of a batch of this table; none where a part is missing.
    pub(crate) fn keys(&self, batch: &RecordBatch) -> Result<Vec<Option<u128>>, Fault> {
        hashes(batch, self.keys.indices.clone(), &self.keys.shape, &self.hashing)
    }

    /// The row of a key that is nearest to a time; the last of several at one time.
    pub(crate) fn nearest(
        &self,
        key: u128,
        time: i64,
        direction: AsofDirection,
    ) -> Result<Option<Found>, Fault> {
        let backward = match direction {
            AsofDirection::Forward => None,
            _ => self.last_until(key, time)?,
        };
        if direction == AsofDirection::Backward {
            return Ok(backward);
        }
        let (_, next) = self.records.seek(&record(key, time, 0, 0)?)?;
        let forward = match next.map(|next| read(&next)) {
            Some((of, found)) if of == key => self.last_until(key, found.time)?,
            _ => None,
        };
        Ok(nearer(backward, forward, time, |found| found.time))
    }

    /// The last row of a key up to a time.
    fn last_until(&self, key: u128, time: i64) -> Result<Option<Found>, Fault> {
        let mut bound = record(key, time, u64::MAX, 0)?;
        bound.iter_mut().rev().take(4).for_each(|byte| *byte = u8::MAX);
        let (behind, _) = self.records.seek(&bound)?;
        let Some(place) = behind.checked_sub(1) else { return Ok(None) };
        let found = self.records.at(place)?.map(|record| read(&record));
        Ok(found.filter(|(of, _)| *of == key).map(|(_, found)| found))
    }

    /// The columns of some rows; null where none was found.
    pub(crate) fn columns(&self, found: &[Option<Found>]) -> Result<Vec<ArrayRef>, Fault> {
        let mut bytes: Vec<Vec<u8>> = Vec::new();
        let mut last = None;
        let mut places = Vec::with_capacity(found.len());
        for found in found {
            let Some(found) = found else {
                places.push(None);
                continue;
            };
            // Readings follow each other: many have one result.
            if last != Some(found.at) {
                let mut row = vec![0; found.length];
                self.rows.read_at(&mut row, found.at)?;
                bytes.push(row);
                last = Some(found.at);
            }
            places.push(u32::try_from(bytes.len() - 1).ok());
        }
        let parser = self.converter.parser();
        let rows = bytes.iter().map(|row| parser.parse(row));
        let arrays = self.converter.convert_rows(rows).map_err(bug)?;
        let places = UInt32Array::from(places);
        arrays.iter().map(|array| take(array, &places, None).map_err(bug)).collect()
    }
}

/// The hash of the key of each row; none where a part is missing.
fn hashes(
    batch: &RecordBatch,
    indices: Vec<usize>,
    shape: &Shape,
    hashing: &Hashing,
) -> Result<Vec<Option<u128>>, Fault> {
    let gone = any_missing(batch, &indices)?;
    let rows = encoder(indices, shape)?.map(|encoder| encoder.rows(batch)).transpose()?;
    let hash = |n: usize| {
        let key = rows.as_ref().map(|rows| rows.row(n));
        let key = key.as_ref().map_or(&[][..], |key| key.as_ref());
        (!gone.value(n)).then(|| hashing.of(key))
    };
    Ok((0..batch.num_rows()).map(hash).collect())
}

fn record(key: u128, time: i64, at: u64, length: usize) -> Result<Record, Fault> {
    let length = u32::try_from(length).map_err(|error| Fault::Bug(error.to_string()))?;
    let parts = [
        &key.to_be_bytes()[..],
        &ordered_whole(time).to_be_bytes(),
        &at.to_be_bytes(),
        &length.to_be_bytes(),
    ];
    let mut record = [0; RECORD_BYTES];
    for (slot, byte) in record.iter_mut().zip(parts.into_iter().flatten()) {
        *slot = *byte;
    }
    Ok(record)
}

/// Hash of the key, and the row.
fn read(record: &Record) -> (u128, Found) {
    let number = |from: usize, bytes: usize| {
        let digits = record.iter().skip(from).take(bytes);
        digits.fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte))
    };
    #[expect(clippy::cast_possible_truncation, reason = "as many bytes as the type has")]
    let found = Found {
        time: whole(number(16, 8) as u64),
        at: number(24, 8) as u64,
        length: number(32, 4) as usize,
    };
    (number(0, 16), found)
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}
