//! Steps that drop columns for what they hold: one value, or too little.
//!
//! A table with fewer than two rows tells nothing about constancy, an empty one nothing about
//! nulls: then no column is dropped.

use arrow::array::RecordBatch;
use schema::data::pipeline::{DropConstant, DropSparse};

use super::columns::Keep;
use super::group::Encoder;
use super::number::missing;
use super::shape::{Shape, column};
use super::step::{Fit, Plan, Ready};
use super::table::Table;
use super::work::Work;
use crate::error::Fault;

struct Constant {
    except: Vec<usize>,
}

struct Sparse {
    except: Vec<usize>,
    above_percent: Option<f64>,
}

fn exceptions(names: &[String], shape: &Shape) -> Result<Vec<usize>, Fault> {
    if names.is_empty() { Ok(Vec::new()) } else { shape.indices(names) }
}

pub(super) fn constant(step: &DropConstant, shape: &Shape) -> Result<Plan, Fault> {
    let fit = Constant { except: exceptions(&step.except, shape)? };
    Ok(Plan::Fitted(Box::new(fit), shape.clone()))
}

pub(super) fn sparse(step: &DropSparse, shape: &Shape) -> Result<Plan, Fault> {
    if step.above_percent.is_some_and(|percent| !(0.0..100.0).contains(&percent)) {
        return Err(Fault::input(
            "percent-invalid",
            "above_percent는 0 이상 100 미만이어야 합니다.",
            "above_percent must be at least 0 and below 100",
        ));
    }
    let except = exceptions(&step.except, shape)?;
    let fit = Sparse { except, above_percent: step.above_percent };
    Ok(Plan::Fitted(Box::new(fit), shape.clone()))
}

/// Drops the columns at some places and says so.
fn without(dropped: &[usize], shape: &Shape) -> Result<Ready, Fault> {
    let kept = (0..shape.columns.len()).filter(|index| !dropped.contains(index)).collect();
    let names = dropped.iter().map(|index| shape.name(*index).to_owned()).collect();
    Ok(Ready { dropped: names, ..Keep::ready(kept, shape)? })
}

impl Fit for Constant {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let shape = &table.shape;
        if table.rows < 2 {
            return without(&[], shape);
        }
        let mut open: Vec<Open> = (0..shape.columns.len())
            .filter(|index| !self.except.contains(index))
            .filter_map(|index| {
                let encoder = Encoder::new(vec![index], shape).ok()?;
                Some(Open { index, encoder, value: None })
            })
            .collect();
        for batch in table.scan(None, work)? {
            let batch = batch?;
            let mut still = Vec::with_capacity(open.len());
            for mut candidate in open {
                if candidate.is_constant(&batch)? {
                    still.push(candidate);
                }
            }
            open = still;
        }
        without(&open.iter().map(|candidate| candidate.index).collect::<Vec<_>>(), shape)
    }
}

/// A column that may still be constant.
struct Open {
    index: usize,
    encoder: Encoder,
    /// The one value seen.
    value: Option<Box<[u8]>>,
}

impl Open {
    fn is_constant(&mut self, batch: &RecordBatch) -> Result<bool, Fault> {
        let missing = missing(column(batch, self.index)?)?;
        let rows = self.encoder.rows(batch)?;
        Ok((0..batch.num_rows()).filter(|n| !missing.value(*n)).all(|n| {
            let row = rows.row(n);
            **self.value.get_or_insert_with(|| row.as_ref().into()) == *row.as_ref()
        }))
    }
}

impl Fit for Sparse {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let shape = &table.shape;
        let mut counts = vec![0_u64; shape.columns.len()];
        for batch in table.scan(None, work)? {
            let batch = batch?;
            for (count, array) in counts.iter_mut().zip(batch.columns()) {
                *count += missing(array)?.true_count() as u64;
            }
        }
        let dropped: Vec<usize> = counts
            .iter()
            .enumerate()
            .filter(|(index, count)| {
                table.rows > 0
                    && !self.except.contains(index)
                    && too_many(**count, table.rows, self.above_percent)
            })
            .map(|(index, _)| index)
            .collect();
        without(&dropped, shape)
    }
}

#[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
fn too_many(missing: u64, rows: u64, above_percent: Option<f64>) -> bool {
    match above_percent {
        None => missing == rows,
        Some(percent) => missing as f64 * 100.0 > percent * rows as f64,
    }
}
