//! The step `drop_duplicates`: the first of equal rows stays.
//!
//! Rows are remembered by a 128-bit keyed hash (16 bytes a row instead of the row). The keys are
//! drawn anew for each run, so no file can be made to collide; two different rows of a table of ten
//! thousand million collide by chance with a probability below 10⁻¹⁸.
//!
//! A table with more rows than memory holds hashes of is looked at beforehand: the hashes go to
//! files by their leading bits, each file is then searched by itself, and one bit a row is kept.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufReader, BufWriter, Read, Seek, Write};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use schema::data::pipeline::DropDuplicates;

use super::group::Encoder;
use super::shape::{Shape, memory_fault};
use super::step::{Fit, Op, Plan, Ready};
use super::table::Table;
use super::work::Work;
use crate::error::Fault;
use crate::limits::Limits;
use crate::spill::{Disk, open_in};

/// Bytes that a remembered row may take while a set of them grows.
const ROW_BYTES: usize = 60;

/// Bytes of a row in a file: its hash and its number.
const RECORD_BYTES: usize = 24;

/// Files open at a time.
const FILES_MAX: usize = 128;

struct Unique {
    encoder: Encoder,
    seen: HashSet<(u64, u64)>,
    keys: (RandomState, RandomState),
    limit: usize,
}

pub(super) fn plan(step: &DropDuplicates, shape: &Shape, limits: &Limits) -> Result<Ready, Fault> {
    let encoder = Encoder::new(indices(step, shape)?, shape)?;
    let keys = (RandomState::new(), RandomState::new());
    let limit = limits.memory_bytes_max / 2;
    Ok(Ready::new(Unique { encoder, seen: HashSet::new(), keys, limit }, shape.clone()))
}

impl Op for Unique {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let rows = self.encoder.rows(batch)?;
        let mut keep = Vec::with_capacity(batch.num_rows());
        for n in 0..batch.num_rows() {
            let row = rows.row(n);
            let row: &[u8] = row.as_ref();
            keep.push(self.seen.insert((self.keys.0.hash_one(row), self.keys.1.hash_one(row))));
        }
        // One control byte and at most 8/7 spare slots for each pair.
        let need = self.seen.capacity() * 17 * 8 / 7;
        if need > self.limit {
            return Err(memory_fault("중복 제거", "dropping duplicates", need, self.limit));
        }
        filter_record_batch(batch, &BooleanArray::from(keep))
            .map_err(|error| Fault::Bug(error.to_string()))
    }
}

fn indices(step: &DropDuplicates, shape: &Shape) -> Result<Vec<usize>, Fault> {
    if step.keys.is_empty() {
        return Ok((0..shape.columns.len()).collect());
    }
    shape.indices(&step.keys)
}

/// The step on a table of at most so many rows, when memory does not hold what it must remember of
/// them; `None` when it does.
///
/// # Errors
/// `column-unknown`, `column-type`.
pub(super) fn by_files(
    step: &DropDuplicates,
    shape: &Shape,
    rows: u64,
    limits: &Limits,
) -> Result<Option<Plan>, Fault> {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    if rows.saturating_mul(ROW_BYTES) <= limits.memory_bytes_max / 2 {
        return Ok(None);
    }
    let indices = indices(step, shape)?;
    Encoder::new(indices.clone(), shape)?;
    Ok(Some(Plan::Fitted(Box::new(Unsearched { indices }), shape.clone())))
}

/// A table whose duplicates are to be found.
struct Unsearched {
    indices: Vec<usize>,
}

impl Fit for Unsearched {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let rows = usize::try_from(table.rows).unwrap_or(usize::MAX);
        let (bits, limit) = (rows.div_ceil(8), work.memory_bytes_max / 4);
        if bits > limit {
            return Err(memory_fault("중복 제거", "dropping duplicates", bits, limit));
        }
        let mut again = vec![0_u64; rows.div_ceil(64)];
        let files = rows.saturating_mul(ROW_BYTES).div_ceil(limit.max(1)).clamp(1, rows.max(1));
        let keys = (RandomState::new(), RandomState::new());
        let encoder =
            Encoder::new((0..self.indices.len()).collect(), &table.shape.chosen(&self.indices))?;
        // More files than may be open are filled in turns.
        for first in (0..files).step_by(FILES_MAX) {
            let mut open = Vec::new();
            for _ in first..files.min(first + FILES_MAX) {
                open.push(BufWriter::new(open_in(&work.scratch())?));
            }
            let mut row = 0_u64;
            for batch in table.scan(Some(&self.indices), work)? {
                let encoded = encoder.rows(&batch?)?;
                for key in &encoded {
                    let key: &[u8] = key.as_ref();
                    let hash = (keys.0.hash_one(key), keys.1.hash_one(key));
                    // The file of a hash: its share of all hashes.
                    let file = (u128::from(hash.0) * files as u128) >> 64;
                    let file = usize::try_from(file).unwrap_or(0).checked_sub(first);
                    if let Some(file) = file.and_then(|file| open.get_mut(file)) {
                        for part in [hash.0, hash.1, row] {
                            file.write_all(&part.to_le_bytes())?;
                        }
                    }
                    row += 1;
                }
            }
            for file in open {
                let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
                search(file, &mut again)?;
                work.tick()?;
            }
        }
        let shape = table.shape.clone();
        Ok(Ready::new(Searched { again, row: 0 }, shape))
    }
}

/// Marks the rows of a file whose hash came before.
fn search(mut file: Disk, again: &mut [u64]) -> Result<(), Fault> {
    file.rewind()?;
    let mut file = BufReader::with_capacity(RECORD_BYTES << 12, file);
    let mut seen: HashSet<(u64, u64)> = HashSet::new();
    let mut record = [0_u8; RECORD_BYTES];
    loop {
        match file.read_exact(&mut record) {
            Ok(()) => {}
            Err(end) if end.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let (parts, _) = record.as_chunks::<8>();
        if let [first, second, row] = parts
            && !seen.insert((u64::from_le_bytes(*first), u64::from_le_bytes(*second)))
        {
            let row = usize::try_from(u64::from_le_bytes(*row)).unwrap_or(usize::MAX);
            if let Some(word) = again.get_mut(row / 64) {
                *word |= 1 << (row % 64);
            }
        }
    }
}

/// Drops the rows marked.
struct Searched {
    again: Vec<u64>,
    row: usize,
}

impl Op for Searched {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let rows = self.row..self.row + batch.num_rows();
        self.row = rows.end;
        let first = |row: usize| self.again.get(row / 64).is_none_or(|w| w >> (row % 64) & 1 == 0);
        let keep: BooleanArray = rows.map(|row| Some(first(row))).collect();
        filter_record_batch(batch, &keep).map_err(|error| Fault::Bug(error.to_string()))
    }
}
