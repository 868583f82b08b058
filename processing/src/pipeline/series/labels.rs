//! The step `label_windows`: whether a row lies within a window around an event.
//!
//! Both ends of the window count. A row without a time gets null, an event without one is none.

use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::datatypes::DataType;
use schema::data::column::{Column, Role, ValueType};
use schema::data::pipeline::{Events, LabelWindows};

use super::condition::Condition;
use super::delayed::{Over, Series, plan as delayed};
use super::lookup::{Lookup, Place};
use super::window::{Kernel, Reach, Windowed};
use super::{measure, time};
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::duration::micros;
use crate::pipeline::inputs::Inputs;
use crate::pipeline::shape::{Shape, column};
use crate::pipeline::step::{Op, Plan, Ready};

pub(crate) fn plan(
    step: &LabelWindows,
    shape: &Shape,
    limits: &Limits,
    inputs: &Inputs,
) -> Result<Plan, Fault> {
    let time = time::index(&step.time, shape)?;
    let (before, after_us) = (micros(&step.before, "before")?, micros(&step.after, "after")?);
    let column =
        Column { role: Role::Label, ..measure(step.name.clone(), ValueType::Boolean, None) };
    let after = shape.with(vec![(column, DataType::Boolean)])?;
    match &step.events {
        Events::Rows(text) => {
            let condition = Condition::new(text, shape)?;
            let reach = Reach { back: after_us, ahead: before, prompt: false };
            let over = OwnEvents { condition, reach, shape: after.clone() };
            delayed(over, (&step.group, Some(&step.time), true), shape, after, limits)
        }
        Events::Table(events) => {
            let table = inputs.table(&events.with)?;
            let place = Place::new(table, (&events.time, &step.group), Vec::new(), shape, limits)?;
            let op = OtherEvents {
                time,
                offset_min: shape.reading.utc_offset_min,
                before,
                after: after_us,
                place,
                other: None,
                shape: after.clone(),
            };
            Ok(Plan::Stream(Ready::new(op, after)))
        }
    }
}

/// Events that are rows of the table itself.
struct OwnEvents {
    condition: Condition,
    reach: Reach,
    shape: Shape,
}

impl Over for OwnEvents {
    fn inputs(&mut self, batch: &RecordBatch, _groups: &[u32]) -> Result<Vec<Vec<f64>>, Fault> {
        let events = self.condition.holds(batch)?;
        Ok(vec![events.into_iter().map(|event| if event { 1.0 } else { f64::NAN }).collect()])
    }

    fn lanes(&self) -> usize {
        1
    }

    fn series(&self) -> Box<dyn Series> {
        Box::new(Windowed::new(self.reach, Count(0), 1))
    }

    fn outcome(
        &mut self,
        batch: &RecordBatch,
        results: &[Vec<Vec<f64>>],
    ) -> Result<RecordBatch, Fault> {
        let lane = results.first().and_then(|lanes| lanes.first());
        let near: BooleanArray = lane
            .into_iter()
            .flatten()
            .map(|events| (!events.is_nan()).then_some(*events > 0.0))
            .collect();
        let mut arrays = batch.columns().to_vec();
        arrays.push(Arc::new(near));
        self.shape.batch(arrays, batch.num_rows())
    }
}

/// Events in the window.
struct Count(u32);

impl Kernel for Count {
    fn push(&mut self, _value: f64) {
        self.0 += 1;
    }

    fn pop(&mut self, _value: f64) {
        self.0 = self.0.saturating_sub(1);
    }

    fn write(&mut self, _own: f64, out: &mut [f64]) {
        if let Some(slot) = out.first_mut() {
            *slot = f64::from(self.0);
        }
    }
}

/// Events of another table.
struct OtherEvents {
    time: usize,
    offset_min: i16,
    before: i64,
    after: i64,
    place: Place,
    /// Read when the first rows come.
    other: Option<Lookup>,
    shape: Shape,
}

impl Op for OtherEvents {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let other = match self.other.take() {
            Some(other) => other,
            None => self.place.load()?,
        };
        let times = time::instants(column(batch, self.time)?, self.offset_min);
        let near: BooleanArray = times
            .iter()
            .zip(other.of(batch)?)
            .map(|(time, events)| {
                let time = (*time)?;
                let first = time.saturating_sub(self.after);
                let event = events.get(events.partition_point(|event| event.0 < first));
                Some(event.is_some_and(|event| event.0 <= time.saturating_add(self.before)))
            })
            .collect();
        self.other = Some(other);
        let mut arrays = batch.columns().to_vec();
        arrays.push(Arc::new(near));
        self.shape.batch(arrays, batch.num_rows())
    }
}
