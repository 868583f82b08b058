//! Rows of another table, found by key and time. The other table must fit the memory allowed (see
//! [`super::filed`] for one that does not); its rows may come in any order.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, new_empty_array};
use arrow::compute::{concat, or};

use super::time;
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::group::Encoder;
use crate::pipeline::number::missing;
use crate::pipeline::shape::{Shape, column, within_memory};
use crate::pipeline::table::{Table, batch_bytes};
use crate::pipeline::work::Work;
use crate::progress::Silent;

/// Rows of one key: time and place, in order of both.
type Entries = Vec<(i64, u64)>;

/// The other table, by key.
pub(crate) struct Lookup {
    entries: HashMap<Box<[u8]>, Entries>,
    /// Columns asked for.
    pub(crate) columns: Vec<ArrayRef>,
    keys: Keys,
}

/// Where the other table and this one hold time and keys.
pub(crate) struct Place {
    pub(crate) table: Arc<Table>,
    pub(crate) time: usize,
    pub(crate) by: Vec<usize>,
    pub(crate) columns: Vec<usize>,
    pub(crate) keys: Keys,
    pub(crate) limits: Limits,
}

/// Key columns of this table.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(super) indices: Vec<usize>,
    pub(super) shape: Shape,
}

impl Place {
    /// # Errors
    /// `column-unknown`, `column-type`; `join-types` when a key is of another type there.
    pub(crate) fn new(
        table: Arc<Table>,
        (time, by): (&str, &[String]),
        columns: Vec<usize>,
        shape: &Shape,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let other = &table.shape;
        let time = time::index(time, other)?;
        let (mut indices, mut there) = (Vec::new(), Vec::new());
        if !by.is_empty() {
            (indices, there) = (shape.indices(by)?, other.indices(by)?);
            // Tells a key that cannot be compared before anything is read.
            Encoder::new(indices.clone(), shape)?;
        }
        for (here, at) in indices.iter().zip(&there) {
            let (left, right) = (shape.data_type(*here), other.data_type(*at));
            if left != right {
                let name = shape.name(*here);
                return Err(Fault::input(
                    "join-types",
                    format!("열 ‘{name}’의 형식이 두 표에서 다릅니다({left}, {right}). cast로 맞추십시오."),
                    format!("column “{name}” is {left} here and {right} there; make them alike with cast"),
                )
                .at_column(name));
            }
        }
        let keys = Keys { indices, shape: shape.clone() };
        Ok(Self { table, time, by: there, columns, keys, limits: limits.clone() })
    }

    /// Reads the other table.
    ///
    /// # Errors
    /// `memory-limit` when it does not fit.
    pub(crate) fn load(&self) -> Result<Lookup, Fault> {
        let work = Work::new(&self.limits, &Silent, 0);
        let mut indices = vec![self.time];
        indices.extend(&self.by);
        indices.extend(&self.columns);
        let chosen = self.table.shape.chosen(&indices);
        let offset = chosen.reading.utc_offset_min;
        let keyed = (1..=self.by.len()).collect::<Vec<_>>();
        let encoder = encoder(keyed.clone(), &chosen)?;
        let mut entries: HashMap<Box<[u8]>, Entries> = HashMap::new();
        let mut pieces: Vec<Vec<ArrayRef>> = vec![Vec::new(); self.columns.len()];
        let (mut bytes, mut row) = (0, 0);
        for batch in self.table.scan(Some(&indices), &work)? {
            let batch = batch?;
            // Joining the pieces holds them twice; an entry has 16 bytes, its key and slack.
            bytes += batch_bytes(&batch)? * 3 + batch.num_rows() * 40;
            within_memory(
                "추가 입력을 올리는 데",
                "holding the further input",
                bytes,
                self.limits.memory_bytes_max / 2,
            )?;
            let times = time::instants(column(&batch, 0)?, offset);
            let gone = any_missing(&batch, &keyed)?;
            let rows = encoder.as_ref().map(|encoder| encoder.rows(&batch)).transpose()?;
            for (n, time) in times.iter().enumerate() {
                if let Some(time) = time.filter(|_| !gone.value(n)) {
                    let key = rows.as_ref().map(|rows| rows.row(n));
                    let key = key.as_ref().map_or(&[][..], |key| key.as_ref());
                    let place = (time, row + n as u64);
                    match entries.get_mut(key) {
                        Some(entries) => entries.push(place),
                        None => drop(entries.insert(key.into(), vec![place])),
                    }
                }
            }
            row += batch.num_rows() as u64;
            for (piece, array) in pieces
                .iter_mut()
                .zip(batch.columns().iter().skip(indices.len() - self.columns.len()))
            {
                piece.push(Arc::clone(array));
            }
        }
        for entries in entries.values_mut() {
            entries.sort_unstable();
        }
        let columns = self.columns.iter().zip(pieces).map(|(index, piece)| {
            if piece.is_empty() {
                return Ok(new_empty_array(&self.table.shape.data_type(*index)));
            }
            let arrays: Vec<_> = piece.iter().map(AsRef::as_ref).collect();
            concat(&arrays).map_err(|error| Fault::Bug(error.to_string()))
        });
        let columns = columns.collect::<Result<_, Fault>>()?;
        Ok(Lookup { entries, columns, keys: self.keys.clone() })
    }
}

impl Lookup {
    /// For each row of a batch of this table, the rows of its key there; none where a key is missing.
    pub(crate) fn of(&self, batch: &RecordBatch) -> Result<Vec<&[(i64, u64)]>, Fault> {
        let encoder = encoder(self.keys.indices.clone(), &self.keys.shape)?;
        let rows = encoder.as_ref().map(|encoder| encoder.rows(batch)).transpose()?;
        let gone = any_missing(batch, &self.keys.indices)?;
        let entries = |n: usize| {
            let key = rows.as_ref().map(|rows| rows.row(n));
            let key = key.as_ref().map_or(&[][..], |key| key.as_ref());
            if gone.value(n) {
                &[][..]
            } else {
                self.entries.get(key).map_or(&[][..], Vec::as_slice)
            }
        };
        Ok((0..batch.num_rows()).map(entries).collect())
    }
}

pub(super) fn encoder(indices: Vec<usize>, shape: &Shape) -> Result<Option<Encoder>, Fault> {
    if indices.is_empty() { Ok(None) } else { Encoder::new(indices, shape).map(Some) }
}

/// Rows with a missing key.
pub(super) fn any_missing(batch: &RecordBatch, indices: &[usize]) -> Result<BooleanArray, Fault> {
    let mut gone = BooleanArray::from(vec![false; batch.num_rows()]);
    for index in indices {
        let missing = missing(column(batch, *index)?)?;
        gone = or(&gone, &missing).map_err(|error| Fault::Bug(error.to_string()))?;
    }
    Ok(gone)
}
