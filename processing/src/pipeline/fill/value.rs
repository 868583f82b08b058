//! One value a group: mean, median, mode.

use arrow::array::{Array, ArrayRef, Float64Array};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::FillMethod;

use super::mode::modes;
use super::{Unfitted, bug};
use crate::error::Fault;
use crate::pipeline::belong::Belong;
use crate::pipeline::number::{as_type, mean, quantile};
use crate::pipeline::sample::Sample;
use crate::pipeline::table::Table;
use crate::pipeline::work::Work;

/// Columns with their values by group, and the same as parameters for the record.
type Values = (Vec<(usize, ArrayRef)>, Vec<Fitted>);

pub(super) fn fitted(
    fit: &Unfitted,
    table: &Table,
    belong: &mut Belong,
    work: &Work<'_>,
) -> Result<Values, Fault> {
    let mut columns = Vec::with_capacity(fit.indices.len());
    let mut fitted = Vec::new();
    for index in &fit.indices {
        let (name, values) = if fit.step.method == FillMethod::Mode {
            ("mode", modes(table, *index, belong, work)?)
        } else {
            let is_mean = fit.step.method == FillMethod::Mean;
            let found: Float64Array = match Sample::of(table, *index, belong, work)? {
                Sample::Held(mut groups) => groups
                    .iter_mut()
                    .map(|values| if is_mean { mean(values) } else { quantile(values, 0.5) })
                    .collect(),
                Sample::Left(mut left) if is_mean => left.means()?.into_iter().collect(),
                Sample::Left(mut left) => left.ranked()?.quantiles(0.5)?.into_iter().collect(),
            };
            let name = if is_mean { "mean" } else { "median" };
            (name, as_type(&found, &table.shape.data_type(*index))?)
        };
        fitted.extend(parameters(table, *index, name, &values, belong)?);
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
    groups: &Belong,
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
