//! The step `rolling`: statistics of a moving window in new columns.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::DataType;
use schema::data::column::ValueType;
use schema::data::pipeline::{Rolling, RollingFunction};

use super::delayed::{Over, Series, plan as delayed};
use super::kernel::{Queue, Sorted};
use super::window::{Kernel, Reach, Windowed};
use super::{measure, numbers};
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::duration::positive_micros;
use crate::pipeline::shape::Shape;
use crate::pipeline::step::Plan;

struct Rolls {
    indices: Vec<usize>,
    functions: Vec<RollingFunction>,
    reach: Reach,
    min_values: f64,
    shape: Shape,
}

pub(crate) fn plan(step: &Rolling, shape: &Shape, limits: &Limits) -> Result<Plan, Fault> {
    let indices = shape.numeric(&step.columns)?;
    let (reach, label) = reach(step)?;
    if step.functions.is_empty() {
        return Err(Fault::input(
            "functions-none",
            "functions를 하나 이상 지정해야 합니다.",
            "at least one function is needed",
        ));
    }
    let mut added = Vec::new();
    for index in &indices {
        for function in &step.functions {
            let name = format!("{}_{}_{label}", shape.name(*index), function.name());
            let unit = shape.columns.get(*index).and_then(|column| column.unit.as_deref());
            added.push(match function {
                RollingFunction::Count => {
                    (measure(name, ValueType::Integer, None), DataType::Int64)
                }
                _ => (measure(name, ValueType::Number, unit), DataType::Float64),
            });
        }
    }
    let after = shape.with(added)?;
    let over = Rolls {
        indices,
        functions: step.functions.clone(),
        reach,
        min_values: f64::from(step.min_values.unwrap_or(1).max(1)),
        shape: after.clone(),
    };
    delayed(over, (&step.group, step.time.as_deref(), reach.ahead > 0), shape, after, limits)
}

/// The window, and its name in names of columns.
fn reach(step: &Rolling) -> Result<(Reach, String), Fault> {
    match (step.window_rows, &step.window, &step.time) {
        (Some(rows), None, None) => Ok((Reach::of_rows(rows, step.centered)?, rows.to_string())),
        (None, Some(window), Some(_)) => {
            let micros = positive_micros(window, "window")?;
            let half = micros / 2;
            let reach = if step.centered {
                Reach { back: half, ahead: half, prompt: false }
            } else {
                Reach { back: micros - 1, ahead: 0, prompt: true }
            };
            Ok((reach, window.replace(' ', "")))
        }
        _ => Err(Fault::input(
            "window-invalid",
            "window_rows 하나, 또는 window와 time을 지정해야 합니다.",
            "either window_rows, or window together with time, is needed",
        )),
    }
}

impl Over for Rolls {
    fn inputs(&mut self, batch: &RecordBatch, _groups: &[u32]) -> Result<Vec<Vec<f64>>, Fault> {
        numbers(batch, &self.indices)
    }

    fn lanes(&self) -> usize {
        self.functions.len()
    }

    fn series(&self) -> Box<dyn Series> {
        let ordered = self.functions.contains(&RollingFunction::Median);
        let summed = self.functions.iter().any(|function| *function != RollingFunction::Median);
        let kernel = Statistics {
            functions: self.functions.clone(),
            min_values: self.min_values,
            queue: (summed || self.min_values > 1.0).then(Queue::default),
            sorted: ordered.then(Sorted::default),
        };
        Box::new(Windowed::new(self.reach, kernel, self.functions.len()))
    }

    fn outcome(
        &mut self,
        batch: &RecordBatch,
        results: &[Vec<Vec<f64>>],
    ) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        for lanes in results {
            for (function, lane) in self.functions.iter().zip(lanes) {
                let values = lane.iter().map(|value| Some(*value).filter(|v| !v.is_nan()));
                #[expect(clippy::cast_possible_truncation, reason = "a count of rows")]
                let array: ArrayRef = match function {
                    RollingFunction::Count => {
                        Arc::new(values.map(|v| v.map(|v| v as i64)).collect::<Int64Array>())
                    }
                    _ => Arc::new(values.collect::<Float64Array>()),
                };
                arrays.push(array);
            }
        }
        self.shape.batch(arrays, batch.num_rows())
    }
}

struct Statistics {
    functions: Vec<RollingFunction>,
    min_values: f64,
    queue: Option<Queue>,
    sorted: Option<Sorted>,
}

impl Kernel for Statistics {
    fn push(&mut self, value: f64) {
        if let Some(queue) = &mut self.queue {
            queue.push(value);
        }
        if let Some(sorted) = &mut self.sorted {
            sorted.push(value);
        }
    }

    fn pop(&mut self, value: f64) {
        if let Some(queue) = &mut self.queue {
            queue.pop();
        }
        if let Some(sorted) = &mut self.sorted {
            sorted.pop(value);
        }
    }

    fn write(&mut self, _own: f64, out: &mut [f64]) {
        let moments = self.queue.as_ref().map(Queue::get);
        let enough = moments.is_none_or(|moments| moments.count >= self.min_values);
        for (slot, function) in out.iter_mut().zip(&self.functions) {
            *slot = match (function, &moments) {
                (RollingFunction::Count, Some(moments)) => moments.count,
                (RollingFunction::Median, _) if enough => {
                    self.sorted.as_ref().map_or(f64::NAN, Sorted::median)
                }
                (function, Some(moments)) if enough => match function {
                    RollingFunction::Mean => moments.mean,
                    RollingFunction::Std => moments.std(),
                    RollingFunction::Min => moments.min,
                    RollingFunction::Max => moments.max,
                    RollingFunction::Range => moments.max - moments.min,
                    _ => moments.sum,
                },
                _ => f64::NAN,
            };
        }
    }
}
