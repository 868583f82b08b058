//! The steps `filter` and `derive`: SQL expressions over the columns of a row.
//!
//! What an expression means is told in [`crate::expr`]: missing is null or NaN, integers are exact,
//! times are in the zone of the file, each row is evaluated as if alone.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use schema::data::column::Column;
use schema::data::pipeline::{CastError, Derive, FilterWhere};

use super::columns::new_name;
use super::file::{plain_column, value_type_of};
use super::group::differing;
use super::shape::{Shape, column, no_columns};
use super::step::{Op, Ready};
use super::unit;
use crate::error::Fault;
use crate::expr::Expr;

/// Keeps the rows for which a condition is true.
struct Where {
    condition: Expr,
    keep_unknown: bool,
    rows: u64,
}

pub(super) fn filter(step: &FilterWhere, shape: &Shape) -> Result<Ready, Fault> {
    let offset = shape.reading.utc_offset_min;
    let condition = Expr::predicate(&step.condition, &shape.schema, offset)?;
    let op = Where { condition, keep_unknown: step.keep_unknown, rows: 0 };
    Ok(Ready::new(op, shape.clone()))
}

impl Op for Where {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let truth = self.condition.evaluate(batch, self.rows)?;
        self.rows += batch.num_rows() as u64;
        let truth = truth.as_boolean();
        let keep: BooleanArray = if self.keep_unknown && truth.null_count() > 0 {
            truth.iter().map(|is| Some(is.unwrap_or(true))).collect()
        } else {
            truth.clone()
        };
        filter_record_batch(batch, &keep).map_err(bug)
    }
}

/// Puts computed columns into a table.
struct Compute {
    /// Place of each computed column behind the step, and how it is computed.
    columns: Vec<(usize, String, Expr)>,
    on_error: CastError,
    shape: Shape,
    changed: u64,
    rows: u64,
}

pub(super) fn derive(step: &Derive, shape: &Shape) -> Result<Ready, Fault> {
    if step.columns.is_empty() {
        return Err(no_columns());
    }
    if let Some(name) = step.units.keys().find(|name| !step.columns.contains_key(*name)) {
        return Err(Fault::input(
            "unit-unused",
            format!("단위를 준 열 ‘{name}’을(를) 이 단계가 계산하지 않습니다."),
            format!("column “{name}” is given a unit but not computed by this step"),
        )
        .at_column(name.as_str()));
    }
    let mut pairs = shape.pairs();
    let mut columns = Vec::new();
    for (name, text) in &step.columns {
        let offset = shape.reading.utc_offset_min;
        let expr = Expr::parse(text, &shape.schema, offset).map_err(|f| computing(f, name))?;
        let data_type = expr.data_type().clone();
        let value_type = value_type_of(&data_type);
        let unit = step.units.get(name).map(|text| unit::code(text));
        let place = match pairs.iter().position(|(column, _)| column.name == *name) {
            Some(place) => place,
            None => {
                new_name(name, shape)?;
                pairs.push((plain_column(name, value_type), data_type.clone()));
                pairs.len() - 1
            }
        };
        if let Some((column, is)) = pairs.get_mut(place) {
            // What a replaced column is for stays; its unit and its sentinels are of other values.
            let (role, title) = (column.role, column.title.take());
            *column = Column { role, title, unit, ..plain_column(name, value_type) };
            *is = data_type;
        }
        columns.push((place, name.clone(), expr));
    }
    let shape = Shape::new(shape.reading.clone(), pairs);
    let on_error = step.on_error;
    let op = Compute { columns, on_error, shape: shape.clone(), changed: 0, rows: 0 };
    Ok(Ready::new(op, shape))
}

impl Op for Compute {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays: Vec<ArrayRef> = batch.columns().to_vec();
        let mut appended: Vec<(usize, ArrayRef)> = Vec::new();
        for (place, name, expr) in &self.columns {
            let computed = match self.on_error {
                CastError::Fail => {
                    expr.evaluate(batch, self.rows).map_err(|f| computing(f, name))?
                }
                CastError::ToNull => expr.evaluate_or_null(batch)?.0,
            };
            match arrays.get_mut(*place).filter(|_| *place < batch.num_columns()) {
                Some(slot) => {
                    self.changed += differing(column(batch, *place)?, &computed)?;
                    *slot = computed;
                }
                None => appended.push((*place, computed)),
            }
        }
        appended.sort_by_key(|(place, _)| *place);
        arrays.extend(appended.into_iter().map(|(_, array)| array));
        self.rows += batch.num_rows() as u64;
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}

/// The same fault, saying which column was being computed.
fn computing(fault: Fault, name: &str) -> Fault {
    let Fault::Input(mut fault) = fault else { return fault };
    fault.text.ko = format!("‘{name}’ 계산: {}", fault.text.ko);
    fault.text.en = format!("computing “{name}”: {}", fault.text.en);
    fault.column.get_or_insert_with(|| name.to_owned());
    Fault::Input(fault)
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}
