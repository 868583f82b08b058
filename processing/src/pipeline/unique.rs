//! The step `drop_duplicates`: the first of equal rows stays.
//!
//! Rows are remembered by a 128-bit keyed hash (16 bytes a row instead of the row). The keys are
//! drawn anew for each run, so no file can be made to collide; two different rows of a table of ten
//! thousand million collide by chance with a probability below 10⁻¹⁸.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use schema::data::pipeline::DropDuplicates;

use super::group::Encoder;
use super::shape::{Shape, memory_fault};
use super::step::{Op, Ready};
use crate::error::Fault;
use crate::limits::Limits;

struct Unique {
    encoder: Encoder,
    seen: HashSet<(u64, u64)>,
    keys: (RandomState, RandomState),
    limit: usize,
}

pub(super) fn plan(step: &DropDuplicates, shape: &Shape, limits: &Limits) -> Result<Ready, Fault> {
    let indices = if step.keys.is_empty() {
        (0..shape.columns.len()).collect()
    } else {
        shape.indices(&step.keys)?
    };
    let encoder = Encoder::new(indices, shape)?;
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
