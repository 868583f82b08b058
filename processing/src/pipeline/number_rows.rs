//! The step that gives rows their number, where the place in the file is what identifies them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::DataType;
use schema::data::column::{Column, Role, ValueType};
use schema::data::pipeline::NumberRows;

use super::shape::Shape;
use super::step::{Op, Ready};
use crate::error::Fault;

struct Counter {
    seen: i64,
    shape: Shape,
}

impl Op for Counter {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let rows = i64::try_from(batch.num_rows()).map_err(|e| Fault::Bug(e.to_string()))?;
        let numbers = Int64Array::from_iter_values(self.seen + 1..=self.seen + rows);
        self.seen += rows;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(numbers)];
        columns.extend(batch.columns().iter().cloned());
        self.shape.batch(columns, batch.num_rows())
    }
}

pub(super) fn plan(step: &NumberRows, shape: &Shape) -> Result<Ready, Fault> {
    let name = step.name.trim();
    if name.is_empty() || name.len() > 512 || shape.columns.iter().any(|c| c.name == name) {
        return Err(Fault::input(
            "column-name",
            format!(
                "‘{name}’은(는) 새 열 이름으로 쓸 수 없습니다. 비었거나 너무 길거나 이미 있습니다."
            ),
            format!("“{name}” cannot name a new column: it is empty, too long, or taken"),
        ));
    }
    let column = Column {
        name: name.to_owned(),
        source_name: None,
        value_type: ValueType::Integer,
        role: Role::Key,
        unit: None,
        title: None,
        semantic_id: None,
        nullable: false,
        formats: Vec::new(),
        sentinels: Vec::new(),
        confidence_bp: None,
    };
    let mut pairs = vec![(column, DataType::Int64)];
    pairs.extend(shape.pairs());
    let shape = Shape::new(shape.reading.clone(), pairs);
    Ok(Ready::new(Counter { seen: 0, shape: shape.clone() }, shape))
}
