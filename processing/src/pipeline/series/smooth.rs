//! The step `smooth`: columns made smoother in place. A missing or infinite cell stays as it is.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, Float64Array, RecordBatch};
use arrow::datatypes::DataType;
use schema::data::column::ValueType;
use schema::data::pipeline::{Smooth, SmoothMethod};

use super::delayed::{Cell, Out, Over, Series, plan as delayed};
use super::kernel::Queue;
use super::polynomial::weights;
use super::window::{Kernel, Reach, Windowed};
use super::{numbers, window_rows};
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::number::plain_floats;
use crate::pipeline::shape::{Shape, column};
use crate::pipeline::step::Plan;

/// Degree of the highest polynomial; beyond it the fit only follows the noise.
const DEGREE_MAX: u32 = 9;
/// Rows of the widest polynomial window.
const POLYNOMIAL_ROWS_MAX: u32 = 10_001;

#[derive(Clone)]
enum Method {
    Moving(Reach),
    Ewma(f64),
    Polynomial { rows: usize, degree: u32, centre: Arc<[f64]> },
}

struct Smoothing {
    indices: Vec<usize>,
    method: Method,
    shape: Shape,
    changed: u64,
}

pub(crate) fn plan(step: &Smooth, shape: &Shape, limits: &Limits) -> Result<Plan, Fault> {
    let indices = shape.numeric(&step.columns)?;
    let method = method(step)?;
    let after = shape.mapped(|index, mut column, mut data_type| {
        if indices.contains(&index) {
            column.value_type = ValueType::Number;
            data_type = DataType::Float64;
        }
        (column, data_type)
    });
    let ahead = !matches!(method, Method::Ewma(_));
    let over = Smoothing { indices, method, shape: after.clone(), changed: 0 };
    delayed(over, (&step.group, None, ahead), shape, after, limits)
}

fn method(step: &Smooth) -> Result<Method, Fault> {
    let refuse = |ko: &str, en: &str| Err(Fault::input("smooth-options", ko, en));
    let decays = step.alpha.is_some() || step.half_life_rows.is_some();
    match (step.method, step.window_rows) {
        (SmoothMethod::Ewma, None) if step.degree.is_none() => {
            let alpha = match (step.alpha, step.half_life_rows) {
                (Some(alpha), None) => alpha,
                (None, Some(rows)) if rows > 0.0 => 1.0 - 0.5_f64.powf(1.0 / rows),
                _ => f64::NAN,
            };
            if alpha > 0.0 && alpha <= 1.0 {
                return Ok(Method::Ewma(alpha));
            }
            refuse(
                "ewma에는 0보다 크고 1 이하인 alpha와 0보다 큰 half_life_rows 중 하나가 필요합니다.",
                "ewma needs either alpha, above 0 and up to 1, or half_life_rows above 0",
            )
        }
        (SmoothMethod::Moving, Some(rows)) if !decays && step.degree.is_none() => {
            Ok(Method::Moving(Reach::of_rows(rows, true)?))
        }
        (SmoothMethod::SavitzkyGolay, Some(rows)) if !decays => {
            let (rows, degree) = (window_rows(rows, true)?, step.degree.unwrap_or(2));
            if degree >= rows || degree > DEGREE_MAX || rows > POLYNOMIAL_ROWS_MAX {
                return refuse(
                    "savitzky_golay의 degree는 9 이하이고 window_rows보다 작아야 하며, window_rows는 10001 이하여야 합니다.",
                    "degree of savitzky_golay must be at most 9 and below window_rows, and window_rows at most 10001",
                );
            }
            let places: Vec<f64> = (0..rows).map(|n| f64::from(n) - f64::from(rows / 2)).collect();
            let centre = weights(&places, 0.0, degree).into();
            let rows = usize::try_from(rows).unwrap_or(usize::MAX);
            Ok(Method::Polynomial { rows, degree, centre })
        }
        _ => refuse(
            "moving은 window_rows, ewma는 alpha 또는 half_life_rows, savitzky_golay는 window_rows와 degree를 씁니다.",
            "moving takes window_rows, ewma takes alpha or half_life_rows, savitzky_golay takes window_rows and degree",
        ),
    }
}

impl Over for Smoothing {
    fn inputs(&mut self, batch: &RecordBatch, _groups: &[u32]) -> Result<Vec<Vec<f64>>, Fault> {
        numbers(batch, &self.indices)
    }

    fn lanes(&self) -> usize {
        1
    }

    fn series(&self) -> Box<dyn Series> {
        match &self.method {
            Method::Moving(reach) => Box::new(Windowed::new(*reach, Mean(Queue::default()), 1)),
            Method::Ewma(alpha) => Box::new(Ewma { alpha: *alpha, state: None }),
            Method::Polynomial { rows, degree, centre } => Box::new(Polynomial {
                rows: *rows,
                degree: *degree,
                centre: Arc::clone(centre),
                cells: VecDeque::new(),
                seen: 0,
                ended: false,
            }),
        }
    }

    fn outcome(
        &mut self,
        batch: &RecordBatch,
        results: &[Vec<Vec<f64>>],
    ) -> Result<RecordBatch, Fault> {
        let mut arrays = batch.columns().to_vec();
        for (index, lanes) in self.indices.iter().zip(results) {
            let Some(lane) = lanes.first() else { continue };
            let values = plain_floats(column(batch, *index)?)?;
            let smooth: Float64Array = values
                .iter()
                .zip(lane)
                .map(|(value, smooth)| match value {
                    Some(value) if value.is_finite() => Some(*smooth),
                    other => other,
                })
                .collect();
            let differ = |n: &usize| smooth.is_valid(*n) && smooth.value(*n) != values.value(*n);
            let finite = |n: &usize| values.is_valid(*n) && values.value(*n).is_finite();
            self.changed += (0..values.len()).filter(finite).filter(differ).count() as u64;
            if let Some(slot) = arrays.get_mut(*index) {
                *slot = Arc::new(smooth);
            }
        }
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}

struct Mean(Queue);

impl Kernel for Mean {
    fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    fn pop(&mut self, _value: f64) {
        self.0.pop();
    }

    fn write(&mut self, own: f64, out: &mut [f64]) {
        if let Some(slot) = out.first_mut() {
            *slot = if own.is_finite() { self.0.get().mean } else { own };
        }
    }
}

struct Ewma {
    alpha: f64,
    state: Option<f64>,
}

impl Series for Ewma {
    fn push(&mut self, cell: Cell, out: &mut Out) {
        if cell.value.is_finite() {
            let state = self
                .state
                .map_or(cell.value, |state| self.alpha * cell.value + (1.0 - self.alpha) * state);
            self.state = Some(state);
            out.set(cell.row, &[state]);
        } else {
            out.set(cell.row, &[cell.value]);
        }
    }

    fn end(&mut self, _out: &mut Out) {}

    fn held(&self) -> usize {
        1
    }
}

struct Polynomial {
    rows: usize,
    degree: u32,
    /// Weights at the middle of a window without missing cells.
    centre: Arc<[f64]>,
    /// The last `rows` cells.
    cells: VecDeque<Cell>,
    seen: usize,
    ended: bool,
}

impl Polynomial {
    fn resolve(&self, places: std::ops::Range<usize>, out: &mut Out) {
        for place in places {
            if let Some(cell) = self.cells.get(place) {
                out.set(cell.row, &[self.at(place, cell.value)]);
            }
        }
    }

    /// The polynomial of the window at one of its cells.
    fn at(&self, place: usize, own: f64) -> f64 {
        if !own.is_finite() {
            return own;
        }
        let middle = self.rows / 2;
        let values = self.cells.iter().map(|cell| cell.value);
        if place == middle && self.cells.len() == self.rows {
            let sum: f64 = values.clone().zip(&*self.centre).map(|(value, w)| value * w).sum();
            if sum.is_finite() {
                return sum;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a window has few rows")]
        let away = |n: usize| n as f64 - middle as f64;
        let (places, present): (Vec<f64>, Vec<f64>) = values
            .enumerate()
            .filter(|(_, value)| value.is_finite())
            .map(|(n, value)| (away(n), value))
            .unzip();
        if present.len() as u64 <= u64::from(self.degree) {
            return own;
        }
        let weights = weights(&places, away(place), self.degree);
        weights.iter().zip(&present).map(|(weight, value)| weight * value).sum()
    }
}

impl Series for Polynomial {
    fn push(&mut self, cell: Cell, out: &mut Out) {
        self.cells.push_back(cell);
        self.seen += 1;
        if self.cells.len() > self.rows {
            self.cells.pop_front();
        }
        let middle = self.rows / 2;
        if self.seen == self.rows {
            self.resolve(0..middle + 1, out);
        } else if self.seen > self.rows {
            self.resolve(middle..middle + 1, out);
        }
    }

    fn end(&mut self, out: &mut Out) {
        if self.ended {
            return;
        }
        self.ended = true;
        let first = if self.seen < self.rows { 0 } else { self.rows / 2 + 1 };
        self.resolve(first..self.cells.len(), out);
    }

    fn held(&self) -> usize {
        self.cells.len()
    }
}
