//! The step `join_asof`: columns of the row of another table that is nearest in time (a sensor's
//! readings and the laboratory's results).
//!
//! The other table is held in memory while it fills at most half of it, else it is sorted into files
//! ([`super::filed`]) and each row is looked up there.

use std::sync::Arc;

use arrow::array::{RecordBatch, UInt64Array};
use arrow::compute::take;
use schema::data::column::Column;
use schema::data::pipeline::{AsofDirection, JoinAsof};

use super::filed::Filed;
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
    other: Option<Other>,
    shape: Shape,
}

/// The other table.
enum Other {
    Held(Lookup),
    Filed(Filed),
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

impl AsOf {
    fn read(&self) -> Result<Other, Fault> {
        match self.place.load() {
            Err(Fault::Input(fault)) if fault.code == "memory-limit" => {
                Filed::new(&self.place, Fault::Input(fault)).map(Other::Filed)
            }
            other => other.map(Other::Held),
        }
    }
}

impl Op for AsOf {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let other = match self.other.take() {
            Some(other) => other,
            None => self.read()?,
        };
        let times = time::instants(column(batch, self.time)?, self.offset_min);
        let mut arrays = batch.columns().to_vec();
        match &other {
            Other::Held(other) => {
                let rows: UInt64Array = times
                    .iter()
                    .zip(other.of(batch)?)
                    .map(|(time, entries)| {
                        let time = (*time)?;
                        let (found, row) = nearest(entries, time, self.direction)?;
                        (found.abs_diff(time) <= self.tolerance).then_some(row)
                    })
                    .collect();
                for values in &other.columns {
                    arrays.push(take(values, &rows, None).map_err(|e| Fault::Bug(e.to_string()))?);
                }
            }
            Other::Filed(other) => {
                let mut found = Vec::with_capacity(times.len());
                for (time, key) in times.iter().zip(other.keys(batch)?) {
                    found.push(match time.zip(key) {
                        Some((time, key)) => other
                            .nearest(key, time, self.direction)?
                            .filter(|found| found.time.abs_diff(time) <= self.tolerance),
                        None => None,
                    });
                }
                arrays.extend(other.columns(&found)?);
            }
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
        AsofDirection::Nearest => nearer(backward, forward, time, |entry| entry.0),
    }
}

/// The nearer of two to a time; the one before when both are as far.
pub(super) fn nearer<T>(
    before: Option<T>,
    behind: Option<T>,
    time: i64,
    of: impl Fn(&T) -> i64,
) -> Option<T> {
    match (before, behind) {
        (Some(before), Some(behind)) => {
            let nearer = of(&behind).abs_diff(time) < of(&before).abs_diff(time);
            Some(if nearer { behind } else { before })
        }
        (before, behind) => before.or(behind),
    }
}
