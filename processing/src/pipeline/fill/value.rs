//! One value a group: mean, median, mode.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, UInt32Array};
use arrow::compute::{concat, take};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::FillMethod;

use super::{Unfitted, bug};
use crate::error::Fault;
use crate::pipeline::group::{Encoder, Groups};
use crate::pipeline::number::{as_type, mean, missing, quantile};
use crate::pipeline::sample::finite_by_group;
use crate::pipeline::shape::{column, within_memory};
use crate::pipeline::table::Table;
use crate::pipeline::work::Work;

/// Columns with their values by group, and the same as parameters for the record.
type Values = (Vec<(usize, ArrayRef)>, Vec<Fitted>);

pub(super) fn fitted(
    fit: &Unfitted,
    table: &Table,
    of_rows: Option<&[u32]>,
    groups: &Groups,
    work: &Work<'_>,
) -> Result<Values, Fault> {
    let mut columns = Vec::with_capacity(fit.indices.len());
    let mut fitted = Vec::new();
    for index in &fit.indices {
        let (name, values) = match fit.step.method {
            FillMethod::Mode => ("mode", modes(table, *index, of_rows, groups.count(), work)?),
            method => {
                let mut values = finite_by_group(table, *index, of_rows, groups.count(), work)?;
                let one = |values: &mut Vec<f64>| match method {
                    FillMethod::Mean => mean(values),
                    _ => quantile(values, 0.5),
                };
                let found: Float64Array = values.iter_mut().map(one).collect();
                let name = if method == FillMethod::Mean { "mean" } else { "median" };
                (name, as_type(&found, &table.shape.data_type(*index))?)
            }
        };
        fitted.extend(parameters(table, *index, name, &values, groups)?);
        columns.push((*index, values));
    }
    Ok((columns, fitted))
}

/// The values found, for the record.
fn parameters(
    table: &Table,
    index: usize,
    name: &str,
    values: &ArrayRef,
    groups: &Groups,
) -> Result<Vec<Fitted>, Fault> {
    let options = FormatOptions::default();
    let text = ArrayFormatter::try_new(values.as_ref(), &options).map_err(bug)?;
    let numeric = table.shape.columns.get(index).is_some_and(|c| c.value_type.is_numeric());
    let present = (0..values.len()).filter(|group| values.is_valid(*group));
    Ok(present
        .map(|group| {
            let text = text.value(group).to_string();
            let number = text.parse::<f64>().ok().filter(|number| numeric && number.is_finite());
            let value = match number {
                Some(number) => FittedValue::Number(number),
                None => FittedValue::Text(text.chars().take(200).collect()),
            };
            let (column, group) = (table.shape.name(index).to_owned(), groups.label(group));
            Fitted { column, group, name: name.to_owned(), value }
        })
        .collect())
}

/// The most frequent value of each group, the one seen first on a tie; null where there is none.
fn modes(
    table: &Table,
    index: usize,
    of_rows: Option<&[u32]>,
    groups: usize,
    work: &Work<'_>,
) -> Result<ArrayRef, Fault> {
    let shape = table.shape.chosen(&[index]);
    let encoder = Encoder::new(vec![0], &shape)?;
    // Value to its place in `seen`; counts by (group, place).
    let mut places: HashMap<Box<[u8]>, u32> = HashMap::new();
    let mut seen: Vec<ArrayRef> = Vec::new();
    let mut counts: HashMap<(u32, u32), (u64, usize)> = HashMap::new();
    let (mut row, mut bytes) = (0, 0);
    for batch in table.scan(Some(&[index]), work)? {
        let batch = batch?;
        let array = column(&batch, 0)?;
        let gone = missing(array)?;
        let rows = encoder.rows(&batch)?;
        for n in (0..batch.num_rows()).filter(|n| !gone.value(*n)) {
            let key = rows.row(n);
            let key: &[u8] = key.as_ref();
            let place = if let Some(place) = places.get(key) {
                *place
            } else {
                let place = u32::try_from(seen.len()).map_err(|e| Fault::Bug(e.to_string()))?;
                bytes += key.len() * 2 + 300;
                places.insert(key.into(), place);
                let at = UInt32Array::from(vec![u32::try_from(n).unwrap_or(0)]);
                seen.push(take(array, &at, None).map_err(bug)?);
                place
            };
            let group = of_rows.and_then(|groups| groups.get(row + n)).copied().unwrap_or(0);
            let first = counts.len();
            counts.entry((group, place)).or_insert((0, first)).0 += 1;
        }
        let need = bytes + counts.len() * 48;
        within_memory("최빈값 계산", "finding the mode", need, work.memory_bytes_max / 2)?;
        row += batch.num_rows();
    }
    let mut best: Vec<Option<(u64, usize, u32)>> = vec![None; groups.max(1)];
    for ((group, place), (count, first)) in counts {
        if let Some(slot) = best.get_mut(group as usize)
            && slot.is_none_or(|(most, at, _)| (count, at) > (most, first))
        {
            *slot = Some((count, first, place));
        }
    }
    if seen.is_empty() {
        return Ok(arrow::array::new_null_array(&shape.data_type(0), best.len()));
    }
    let seen: Vec<&dyn Array> = seen.iter().map(AsRef::as_ref).collect();
    let all = concat(&seen).map_err(bug)?;
    let at: UInt32Array = best.iter().map(|best| best.map(|(_, _, place)| place)).collect();
    take(&Arc::clone(&all), &at, None).map_err(bug)
}
