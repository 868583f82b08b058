//! The step `segment`: numbers of cycles, batches or runs.
//!
//! A row is the beginning of a segment, inside one, or in none; from these marks the numbers follow,
//! 1, 2, … in each group. A segment ends where the next begins, at a row in none, or with the group.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use schema::data::column::{Column, Role, ValueType};
use schema::data::pipeline::{Segment, SegmentBy};

use super::condition::Condition;
use super::delayed::{Cell, Out, Over, Series, plan as delayed};
use super::measure;
use super::time::Clock;
use crate::error::Fault;
use crate::limits::Limits;
use crate::pipeline::duration::micros;
use crate::pipeline::group::Encoder;
use crate::pipeline::number::floats;
use crate::pipeline::shape::{Shape, column};
use crate::pipeline::step::Plan;

/// A segment begins at the row.
const BEGIN: f64 = 1.0;
/// The row goes on with what it is in.
const INSIDE: f64 = 0.0;
/// The row is in no segment.
const NONE: f64 = f64::NAN;

/// Rows that a segment may be asked to have.
const MIN_ROWS_MAX: u32 = 1_000_000;

struct Segments {
    marks: Marks,
    min_rows: usize,
    shape: Shape,
}

pub(crate) fn plan(step: &Segment, shape: &Shape, limits: &Limits) -> Result<Plan, Fault> {
    let min_rows = step.min_rows.unwrap_or(1);
    if min_rows == 0 || min_rows > MIN_ROWS_MAX {
        return Err(Fault::input(
            "min-rows-invalid",
            format!("min_rows는 1~{MIN_ROWS_MAX}이어야 합니다."),
            format!("min_rows must be 1 to {MIN_ROWS_MAX}"),
        ));
    }
    let marks = marks(&step.by, shape)?;
    let column = Column { role: Role::Lot, ..measure(step.name.clone(), ValueType::Integer, None) };
    let after = shape.with(vec![(column, DataType::Int64)])?;
    let min_rows = usize::try_from(min_rows).unwrap_or(usize::MAX);
    let over = Segments { marks, min_rows, shape: after.clone() };
    delayed(over, (&step.group, None, min_rows > 1), shape, after, limits)
}

fn marks(by: &SegmentBy, shape: &Shape) -> Result<Marks, Fault> {
    Ok(match by {
        SegmentBy::Rising(text) => {
            Marks::Condition { is: Condition::new(text, shape)?, lasts: true, was: Vec::new() }
        }
        SegmentBy::While(text) => {
            Marks::Condition { is: Condition::new(text, shape)?, lasts: false, was: Vec::new() }
        }
        SegmentBy::Reset(name) => {
            let index = shape.numeric(std::slice::from_ref(name))?.first().copied().unwrap_or(0);
            Marks::Reset { index, last: Vec::new() }
        }
        SegmentBy::Gap(gap) => {
            let longer_than = micros(&gap.longer_than, "longer_than")?;
            Marks::Gap { clock: Clock::new(&gap.time, shape)?, longer_than, last: Vec::new() }
        }
        SegmentBy::Change(names) => {
            let encoder = Encoder::new(shape.indices(names)?, shape)?;
            Marks::Change { encoder, last: Vec::new() }
        }
    })
}

/// What tells where segments begin, with what it remembers of each group.
enum Marks {
    Condition { is: Condition, lasts: bool, was: Vec<bool> },
    Reset { index: usize, last: Vec<Option<Option<i128>>> },
    Gap { clock: Clock, longer_than: i64, last: Vec<Option<Option<i64>>> },
    Change { encoder: Encoder, last: Vec<Option<Box<[u8]>>> },
}

/// What is remembered of a group.
fn of<T: Clone + Default>(states: &mut Vec<T>, group: u32) -> Option<&mut T> {
    let group = group as usize;
    if group >= states.len() {
        states.resize(group + 1, T::default());
    }
    states.get_mut(group)
}

impl Marks {
    fn read(&mut self, batch: &RecordBatch, groups: &[u32]) -> Result<Vec<f64>, Fault> {
        let mut marks = Vec::with_capacity(groups.len());
        match self {
            Self::Condition { is, lasts, was } => {
                for (is, group) in is.holds(batch)?.into_iter().zip(groups) {
                    let was = of(was, *group).is_some_and(|was| std::mem::replace(was, is));
                    marks.push(match (was, is) {
                        (false, true) => BEGIN,
                        (true, true) => INSIDE,
                        (_, false) => {
                            if *lasts {
                                INSIDE
                            } else {
                                NONE
                            }
                        }
                    });
                }
            }
            Self::Reset { index, last } => {
                let values = ordered(column(batch, *index)?)?;
                for (value, group) in values.into_iter().zip(groups) {
                    let Some(last) = of(last, *group) else { continue };
                    let begins = match (&last, value) {
                        (None, _) => true,
                        (Some(Some(last)), Some(value)) => value < *last,
                        _ => false,
                    };
                    *last = Some(value.or(last.flatten()));
                    marks.push(if begins { BEGIN } else { INSIDE });
                }
            }
            Self::Gap { clock, longer_than, last } => {
                for (time, group) in clock.read(batch, groups)?.into_iter().zip(groups) {
                    let Some(last) = of(last, *group) else { continue };
                    let begins = match (&last, time) {
                        (None, _) => true,
                        (Some(Some(last)), Some(time)) => {
                            time.abs_diff(*last) > longer_than.unsigned_abs()
                        }
                        _ => false,
                    };
                    *last = Some(time.or(last.flatten()));
                    marks.push(if begins { BEGIN } else { INSIDE });
                }
            }
            Self::Change { encoder, last } => {
                let rows = encoder.rows(batch)?;
                for (n, group) in groups.iter().enumerate() {
                    let key = rows.row(n);
                    let Some(last) = of(last, *group) else { continue };
                    let same = last.as_deref() == Some(key.as_ref());
                    if !same {
                        *last = Some(key.as_ref().into());
                    }
                    marks.push(if same { INSIDE } else { BEGIN });
                }
            }
        }
        Ok(marks)
    }
}

/// Numbers in their exact order; none where missing.
fn ordered(array: &ArrayRef) -> Result<Vec<Option<i128>>, Fault> {
    Ok(match array.data_type() {
        DataType::Int64 => {
            array.as_primitive::<Int64Type>().iter().map(|v| v.map(i128::from)).collect()
        }
        DataType::Decimal128(_, _) => array.as_primitive::<Decimal128Type>().iter().collect(),
        _ => {
            // The bits of a float, turned so that they are ordered like it.
            let key = |value: f64| {
                let bits = (value + 0.0).to_bits().cast_signed();
                i128::from(if bits < 0 { i64::MIN - bits } else { bits })
            };
            floats(array)?.iter().map(|value| value.map(key)).collect()
        }
    })
}

impl Over for Segments {
    fn inputs(&mut self, batch: &RecordBatch, groups: &[u32]) -> Result<Vec<Vec<f64>>, Fault> {
        Ok(vec![self.marks.read(batch, groups)?])
    }

    fn lanes(&self) -> usize {
        1
    }

    fn series(&self) -> Box<dyn Series> {
        Box::new(Numbers { min_rows: self.min_rows, number: 0, state: State::Outside })
    }

    fn outcome(
        &mut self,
        batch: &RecordBatch,
        results: &[Vec<Vec<f64>>],
    ) -> Result<RecordBatch, Fault> {
        let lane = results.first().and_then(|lanes| lanes.first());
        #[expect(clippy::cast_possible_truncation, reason = "a count of segments")]
        let numbers: Int64Array = lane
            .into_iter()
            .flatten()
            .map(|number| (!number.is_nan()).then_some(*number as i64))
            .collect();
        let mut arrays = batch.columns().to_vec();
        arrays.push(Arc::new(numbers));
        self.shape.batch(arrays, batch.num_rows())
    }
}

enum State {
    Outside,
    /// Rows of a segment that is not long enough yet.
    Young(Vec<u64>),
    Numbered,
}

struct Numbers {
    min_rows: usize,
    number: u64,
    state: State,
}

impl Numbers {
    /// Ends the segment; one that stayed too short was none.
    fn close(&mut self, out: &mut Out) {
        if let State::Young(rows) = std::mem::replace(&mut self.state, State::Outside) {
            for row in rows {
                out.set(row, &[f64::NAN]);
            }
        }
    }
}

impl Series for Numbers {
    fn push(&mut self, cell: Cell, out: &mut Out) {
        if cell.value != INSIDE {
            self.close(out);
        }
        if cell.value == BEGIN {
            self.state = State::Young(Vec::new());
        }
        match &mut self.state {
            State::Outside => return out.set(cell.row, &[f64::NAN]),
            State::Numbered => {}
            State::Young(rows) => {
                rows.push(cell.row);
                if rows.len() < self.min_rows {
                    return;
                }
            }
        }
        let rows = match std::mem::replace(&mut self.state, State::Numbered) {
            State::Young(rows) => {
                self.number += 1;
                rows
            }
            _ => vec![cell.row],
        };
        #[expect(clippy::cast_precision_loss, reason = "a count of segments")]
        for row in rows {
            out.set(row, &[self.number as f64]);
        }
    }

    fn end(&mut self, out: &mut Out) {
        self.close(out);
    }

    fn held(&self) -> usize {
        if let State::Young(rows) = &self.state { rows.len() } else { 0 }
    }
}
