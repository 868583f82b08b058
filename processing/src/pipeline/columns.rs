//! Steps that keep, drop and rename columns.

use arrow::array::RecordBatch;
use schema::data::pipeline::{Columns, Rename, Reorder};

use super::shape::{Shape, no_columns};
use super::step::{Op, Ready};
use crate::error::Fault;

/// Keeps the columns at some places, in that order.
pub(super) struct Keep {
    indices: Vec<usize>,
    shape: Shape,
}

impl Keep {
    /// Keeps the columns at `indices`.
    ///
    /// # Errors
    /// `columns-none` when none is left.
    pub(super) fn ready(indices: Vec<usize>, shape: &Shape) -> Result<Ready, Fault> {
        if indices.is_empty() {
            return Err(no_columns());
        }
        let shape = shape.chosen(&indices);
        Ok(Ready::new(Self { indices, shape: shape.clone() }, shape))
    }
}

impl Op for Keep {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let kept = batch.project(&self.indices).map_err(|e| Fault::Bug(e.to_string()))?;
        self.shape.batch(kept.columns().to_vec(), batch.num_rows())
    }
}

struct Relabel {
    shape: Shape,
}

impl Op for Relabel {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        self.shape.batch(batch.columns().to_vec(), batch.num_rows())
    }
}

pub(super) fn select(step: &Columns, shape: &Shape) -> Result<Ready, Fault> {
    Keep::ready(shape.indices(&step.columns)?, shape)
}

pub(super) fn drop(step: &Columns, shape: &Shape) -> Result<Ready, Fault> {
    let gone = shape.indices(&step.columns)?;
    Keep::ready((0..shape.columns.len()).filter(|index| !gone.contains(index)).collect(), shape)
}

pub(super) fn reorder(step: &Reorder, shape: &Shape) -> Result<Ready, Fault> {
    let ends: Vec<String> = step.first.iter().chain(&step.last).cloned().collect();
    let ends = shape.indices(&ends)?;
    let (first, last) = ends.split_at(step.first.len());
    let middle = (0..shape.columns.len()).filter(|index| !ends.contains(index));
    Keep::ready(first.iter().copied().chain(middle).chain(last.iter().copied()).collect(), shape)
}

/// Checks the name of a column that a step adds.
///
/// # Errors
/// `column-name`, `column-repeated`.
pub(super) fn new_name(name: &str, shape: &Shape) -> Result<(), Fault> {
    if shape.columns.iter().any(|column| column.name == name) {
        return Err(Fault::input(
            "column-repeated",
            format!("열 ‘{name}’이(가) 이미 있습니다."),
            format!("there is already a column “{name}”"),
        )
        .at_column(name));
    }
    fit_name(name)
}

/// Checks that a text can name a column.
fn fit_name(name: &str) -> Result<(), Fault> {
    if name.trim().is_empty() || name.len() > 512 || name.trim() != name {
        return Err(Fault::input(
            "column-name",
            format!(
                "‘{name}’은(는) 열 이름으로 쓸 수 없습니다. 앞뒤 공백 없이 1~512바이트여야 합니다."
            ),
            format!("“{name}” cannot name a column: 1 to 512 bytes without blanks at the ends"),
        )
        .at_column(name));
    }
    Ok(())
}

pub(super) fn rename(step: &Rename, shape: &Shape) -> Result<Ready, Fault> {
    let mut names: Vec<String> = shape.columns.iter().map(|column| column.name.clone()).collect();
    for (from, to) in &step.columns {
        let index = shape.index(from)?;
        fit_name(to).map_err(|fault| fault.at_column(from.as_str()))?;
        if let Some(name) = names.get_mut(index) {
            name.clone_from(to);
        }
    }
    let mut seen = std::collections::HashSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(Fault::input(
            "column-repeated",
            format!("이름을 바꾸면 열 ‘{twice}’이(가) 두 개가 됩니다."),
            format!("after renaming there would be two columns “{twice}”"),
        )
        .at_column(twice.as_str()));
    }
    let shape = shape.mapped(|index, mut column, data_type| {
        if let Some(name) = names.get(index) {
            column.name.clone_from(name);
        }
        (column, data_type)
    });
    Ok(Ready::new(Relabel { shape: shape.clone() }, shape))
}
