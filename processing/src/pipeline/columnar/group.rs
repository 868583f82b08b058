//! Columns of few values as numbers, and the groups of rows that a step keeps apart.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Int32Type};

use super::rows::{GONE, Rows, unfit};
use crate::error::Fault;
use crate::pipeline::group::{Encoder, label};
use crate::pipeline::shape::{column, within_memory};
use crate::pipeline::table::Table;
use crate::pipeline::work::Work;

/// Values of one column above which it has no few.
const VALUES_MAX: usize = 1 << 16;

/// The different values of a column.
pub(super) struct Coded {
    /// The column of the table.
    pub(super) source: usize,
    /// Its values, as first seen.
    pub(super) values: ArrayRef,
}

/// The number of the value of each row of a column.
///
/// # Errors
/// [`unfit`] when the column has too many values.
pub(super) fn code(
    table: &Table,
    source: usize,
    work: &Work<'_>,
) -> Result<(Vec<u32>, Coded), Fault> {
    let mut numbers = Numbers {
        encoder: Encoder::new(vec![0], &table.shape.chosen(&[source]))?,
        known: HashMap::new(),
        seen: Vec::new(),
    };
    let mut of_rows = Vec::with_capacity(usize::try_from(table.rows).unwrap_or(0));
    if let Some(batches) = table.scan_dictionary(source, work)? {
        let mut last: Option<(ArrayRef, Vec<u32>)> = None;
        for batch in batches {
            let batch = batch?;
            let array = column(&batch, 0)?.as_dictionary::<Int32Type>();
            let values = array.values();
            let by_key = match last.take() {
                Some((same, by_key)) if same.to_data().ptr_eq(&values.to_data()) => by_key,
                _ => numbers.of(values)?,
            };
            let null = match array.null_count() {
                0 => 0,
                _ => numbers
                    .of(&arrow::array::new_null_array(values.data_type(), 1))?
                    .first()
                    .copied()
                    .unwrap_or(0),
            };
            of_rows.extend(array.keys().iter().map(|key| {
                let key = key.and_then(|key| usize::try_from(key).ok());
                key.map_or(null, |key| by_key.get(key).copied().unwrap_or(0))
            }));
            last = Some((Arc::clone(values), by_key));
        }
    } else {
        for batch in table.scan(Some(&[source]), work)? {
            of_rows.extend(numbers.of(column(&batch?, 0)?)?);
        }
    }
    let values = numbers.values(&table.shape.data_type(source))?;
    Ok((of_rows, Coded { source, values }))
}

/// Numbers values in the order in which they are first seen.
struct Numbers {
    encoder: Encoder,
    known: HashMap<Box<[u8]>, u32>,
    seen: Vec<ArrayRef>,
}

impl Numbers {
    fn of(&mut self, array: &ArrayRef) -> Result<Vec<u32>, Fault> {
        let one = arrow::array::RecordBatch::try_from_iter_with_nullable([(
            "value",
            Arc::clone(array),
            true,
        )]);
        let rows = self.encoder.rows(&one.map_err(bug)?)?;
        let mut numbers = Vec::with_capacity(array.len());
        for (n, row) in rows.iter().enumerate() {
            let key: &[u8] = row.as_ref();
            if let Some(number) = self.known.get(key) {
                numbers.push(*number);
                continue;
            }
            if self.seen.len() >= VALUES_MAX {
                return Err(unfit());
            }
            let number = u32::try_from(self.seen.len()).map_err(|_| unfit())?;
            self.known.insert(key.into(), number);
            let at = UInt32Array::from(vec![u32::try_from(n).map_err(|_| unfit())?]);
            self.seen.push(take(array, &at, None).map_err(bug)?);
            numbers.push(number);
        }
        Ok(numbers)
    }

    fn values(&self, data_type: &DataType) -> Result<ArrayRef, Fault> {
        if self.seen.is_empty() {
            return Ok(arrow::array::new_empty_array(data_type));
        }
        let seen: Vec<&dyn Array> = self.seen.iter().map(AsRef::as_ref).collect();
        concat(&seen).map_err(bug)
    }
}

/// The groups of the rows of a run, numbered in the order in which they come.
pub(super) struct Grouping {
    /// Where each group is.
    pub(super) parts: Parts,
    /// The values that make each group, as text.
    pub(super) labels: Vec<Vec<String>>,
}

/// Where groups are.
pub(super) enum Parts {
    /// Each is one range of rows: starts, and the end of the last.
    Ranges(Vec<usize>),
    /// Anywhere: the number of each row.
    Numbers(Vec<u32>),
}

impl Grouping {
    /// The groups by some columns of the table; one group when there are none.
    pub(super) fn by(
        sources: &[usize],
        rows: &Rows,
        table: &Table,
        work: &Work<'_>,
    ) -> Result<Self, Fault> {
        if sources.is_empty() {
            let labels = vec![Vec::new()];
            return Ok(Self { parts: Parts::Ranges(vec![0, rows.count]), labels });
        }
        match Self::of_order(sources, rows)? {
            Some(grouping) => Ok(grouping),
            None => Self::anywhere(sources, rows, table, work),
        }
    }

    /// Groups that the order of the rows keeps together.
    fn of_order(sources: &[usize], rows: &Rows) -> Result<Option<Self>, Fault> {
        let Some(sorted) = &rows.sorted else { return Ok(None) };
        let Some(leading) = sorted.codes.get(..sources.len()) else { return Ok(None) };
        let place = |source: &usize| leading.iter().position(|coded| coded.source == *source);
        let Some(places) = sources.iter().map(place).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let (mut starts, mut labels) = (vec![0], Vec::new());
        let mut last: Option<&[u32]> = None;
        for (code, end) in &sorted.ends {
            let values = sorted.combined.get(*code as usize).and_then(|v| v.get(..leading.len()));
            if last.is_some() && last == values {
                starts.pop();
            } else {
                let values = values.unwrap_or_default();
                let text = |place: &usize| {
                    let value = values.get(*place).copied().unwrap_or(0);
                    leading
                        .get(*place)
                        .map_or(Ok(String::new()), |coded| label(&coded.values, value as usize))
                };
                labels.push(places.iter().map(text).collect::<Result<_, _>>()?);
            }
            last = values;
            starts.push(*end);
        }
        Ok(Some(Self { parts: Parts::Ranges(starts), labels }))
    }

    fn anywhere(
        sources: &[usize],
        rows: &Rows,
        table: &Table,
        work: &Work<'_>,
    ) -> Result<Self, Fault> {
        let need = rows.count.saturating_mul(8);
        within_memory("그룹 구분", "grouping", need, work.memory_bytes_max / 4)?;
        let mut coded = Vec::with_capacity(sources.len());
        let mut combined: Vec<u32> = vec![0; rows.count];
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        let mut parents: Vec<Vec<u32>> = vec![Vec::new()];
        for source in sources {
            let (of_rows, values) = code(table, *source, work)?;
            coded.push(values);
            known.clear();
            let before = std::mem::take(&mut parents);
            for (row, value) in of_rows.into_iter().enumerate() {
                let place = rows.places.as_ref().map_or_else(
                    || u32::try_from(row).unwrap_or(GONE),
                    |places| places.get(row).copied().unwrap_or(GONE),
                );
                let Some(slot) = combined.get_mut(place as usize) else { continue };
                let next = u32::try_from(parents.len()).map_err(|_| unfit())?;
                *slot = *known.entry((*slot, value)).or_insert_with(|| {
                    let mut values = before.get(*slot as usize).cloned().unwrap_or_default();
                    values.push(value);
                    parents.push(values);
                    next
                });
            }
        }
        // Numbers by the order of the rows as they stand now.
        let mut renumbered: Vec<Option<u32>> = vec![None; parents.len()];
        let mut labels: Vec<Vec<String>> = Vec::new();
        for slot in &mut combined {
            let Some(number) = renumbered.get_mut(*slot as usize) else { continue };
            if number.is_none() {
                *number = Some(u32::try_from(labels.len()).map_err(|_| unfit())?);
                let values = parents.get(*slot as usize).map(Vec::as_slice).unwrap_or_default();
                let text = |(coded, value): (&Coded, &u32)| label(&coded.values, *value as usize);
                labels.push(coded.iter().zip(values).map(text).collect::<Result<_, _>>()?);
            }
            *slot = number.unwrap_or(0);
        }
        Ok(Self { parts: Parts::Numbers(combined), labels })
    }

    /// The number of each row.
    pub(super) fn numbers(&self) -> Vec<i64> {
        match &self.parts {
            Parts::Numbers(numbers) => numbers.iter().copied().map(i64::from).collect(),
            Parts::Ranges(starts) => starts
                .windows(2)
                .zip(0_i64..)
                .flat_map(|(ends, number)| match ends {
                    [from, to] => std::iter::repeat_n(number, to - from),
                    _ => std::iter::repeat_n(number, 0),
                })
                .collect(),
        }
    }
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}
