//! The step `join_asof`: columns of the row of another table that is nearest in time (a sensor's
//! readings and the laboratory's results).

use std::sync::Arc;

use arrow::array::{RecordBatch, UInt64Array};
use arrow::compute::take;
use schema::data::column::Column;
use schema::data::pipeline::{AsofDirection, JoinAsof};

use super::lookup::{Lookup, Place};
use super::time;
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::duration::micros;
use crate::pipeline::inputs::Inputs;
use crate::pipeline::shape::{Shape, column};
use crate::pipeline::step::{Op, Ready};

struct AsOf {
    time: usize,
    offset_min: i16,
    direction: AsofDirection,
    tolerance: u64,
    place: Place,
    /// Read when the first rows come.
    other: Option<Lookup>,
    shape: Shape,
}

pub(crate) fn plan(
    step: &JoinAsof,
    shape: &Shape,
    limits: &Limits,
    inputs: &Inputs,
) -> Result<Ready, Fault> {
    let time = time::index(&step.on, shape)?;
    let tolerance = step.tolerance.as_deref().map(|text| micros(text, "tolerance")).transpose()?;
    let table = inputs.table(&step.with)?;
    let other = &table.shape;
    let columns = if step.columns.is_empty() {
        let key = |name: &String| *name == step.on || step.by.contains(name);
        (0..other.columns.len()).filter(|n| !key(&other.name(*n).to_owned())).collect()
    } else {
        other.indices(&step.columns)?
    };
    let key = (step.on.as_str(), step.by.as_slice());
    let place = Place::new(Arc::clone(&table), key, columns.clone(), shape, limits)?;
    let suffix = step.suffix.as_deref().unwrap_or("");
    let pairs = other.chosen(&columns).pairs();
    let added = pairs.into_iter().map(|(column, data_type)| {
        (Column { name: format!("{}{suffix}", column.name), ..column }, data_type)
    });
    let after = shape.with(added.collect())?;
    let op = AsOf {
        time,
        offset_min: shape.reading.utc_offset_min,
        direction: step.direction,
        tolerance: tolerance.map_or(u64::MAX, i64::unsigned_abs),
        place,
        other: None,
        shape: after.clone(),
    };
    Ok(Ready::new(op, after))
}

impl Op for AsOf {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let other = match self.other.take() {
            Some(other) => other,
            None => self.place.load()?,
        };
        let times = time::instants(column(batch, self.time)?, self.offset_min);
        let rows: UInt64Array = times
            .iter()
            .zip(other.of(batch)?)
            .map(|(time, entries)| {
                let time = (*time)?;
                let (found, row) = nearest(entries, time, self.direction)?;
                (found.abs_diff(time) <= self.tolerance).then_some(row)
            })
            .collect();
        let mut arrays = batch.columns().to_vec();
        for values in &other.columns {
            arrays.push(take(values, &rows, None).map_err(|e| Fault::Bug(e.to_string()))?);
        }
        self.other = Some(other);
        self.shape.batch(arrays, batch.num_rows())
    }
}

/// The entry nearest to a time in a direction; the last of several at one time.
fn nearest(entries: &[(i64, u64)], time: i64, direction: AsofDirection) -> Option<(i64, u64)> {
    let last_at = |time: i64| entries.partition_point(|entry| entry.0 <= time).checked_sub(1);
    let backward = last_at(time).and_then(|at| entries.get(at)).copied();
    let after = entries.get(entries.partition_point(|entry| entry.0 < time));
    let forward = after.and_then(|entry| entries.get(last_at(entry.0)?)).copied();
    match direction {
        AsofDirection::Backward => backward,
        AsofDirection::Forward => forward,
        AsofDirection::Nearest => match (backward, forward) {
            (Some(before), Some(behind)) => {
                let nearer = behind.0.abs_diff(time) < before.0.abs_diff(time);
                Some(if nearer { behind } else { before })
            }
            (before, behind) => before.or(behind),
        },
    }
}
