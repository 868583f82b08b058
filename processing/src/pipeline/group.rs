//! Rows told apart by the values of some columns: the groups of a step, and equal rows.
//!
//! Null equals null, NaN equals NaN, −0.0 equals 0.0.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::kernels::cmp::not_distinct;
use arrow::compute::{is_not_null, or};
use arrow::datatypes::{DataType, Float64Type};
use arrow::row::{RowConverter, Rows, SortField};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::shape::{Shape, column, memory_fault};
use super::table::Table;
use super::work::Work;
use crate::error::Fault;
use crate::limits::Limits;

/// Turns the values of some columns into bytes that are equal exactly when the values are.
pub(super) struct Encoder {
    indices: Vec<usize>,
    converter: RowConverter,
}

impl Encoder {
    /// An encoder of the columns at `indices`.
    ///
    /// # Errors
    /// `column-type` for nested values that cannot be compared.
    pub(super) fn new(indices: Vec<usize>, shape: &Shape) -> Result<Self, Fault> {
        let fields: Vec<SortField> =
            indices.iter().map(|index| SortField::new(shape.data_type(*index))).collect();
        if !RowConverter::supports_fields(&fields) {
            for index in &indices {
                let field = SortField::new(shape.data_type(*index));
                shape.must_be(
                    *index,
                    |_| RowConverter::supports_fields(std::slice::from_ref(&field)),
                    "비교할 수 있는",
                    "comparable",
                )?;
            }
        }
        let converter = RowConverter::new(fields).map_err(|e| Fault::Bug(e.to_string()))?;
        Ok(Self { indices, converter })
    }

    /// The bytes of each row.
    pub(super) fn rows(&self, batch: &RecordBatch) -> Result<Rows, Fault> {
        let arrays: Vec<ArrayRef> = self
            .indices
            .iter()
            .map(|index| column(batch, *index).map(folded))
            .collect::<Result<_, _>>()?;
        self.converter.convert_columns(&arrays).map_err(|e| Fault::Bug(e.to_string()))
    }
}

/// Floats with one NaN and one zero; other arrays as they are.
pub(super) fn folded(array: &ArrayRef) -> ArrayRef {
    let DataType::Float64 = array.data_type() else { return Arc::clone(array) };
    let floats = array.as_primitive::<Float64Type>();
    Arc::new(floats.unary::<_, Float64Type>(
        |value| {
            if value.is_nan() { f64::NAN } else { value + 0.0 }
        },
    ))
}

/// Cells that differ between two states of a column; where the type differs, every cell that holds
/// a value before or behind.
pub(super) fn differing(before: &ArrayRef, behind: &ArrayRef) -> Result<u64, Fault> {
    let bug = |error: arrow::error::ArrowError| Fault::Bug(error.to_string());
    if before.data_type() == behind.data_type() && !before.data_type().is_nested() {
        let same = not_distinct(&folded(before), &folded(behind)).map_err(bug)?;
        return Ok(same.false_count() as u64);
    }
    let (before, behind) = (is_not_null(before).map_err(bug)?, is_not_null(behind).map_err(bug)?);
    Ok(or(&before, &behind).map_err(bug)?.true_count() as u64)
}

/// Is told the groups of some rows, and the rows.
pub(super) type Tell<'a> = &'a mut dyn FnMut(&[u32], &RecordBatch) -> Result<(), Fault>;

/// Numbers groups in the order in which they are first seen.
pub(super) struct Groups {
    encoder: Option<Encoder>,
    numbers: HashMap<Box<[u8]>, u32>,
    labels: Vec<Vec<String>>,
    bytes: usize,
    limit: usize,
}

impl Groups {
    /// Groups by the columns named; a single group when none is.
    ///
    /// # Errors
    /// `column-unknown`, `column-type`.
    pub(super) fn by(names: &[String], shape: &Shape, limits: &Limits) -> Result<Self, Fault> {
        let encoder =
            if names.is_empty() { None } else { Some(Encoder::new(shape.indices(names)?, shape)?) };
        let single = usize::from(encoder.is_none());
        Ok(Self {
            encoder,
            numbers: HashMap::new(),
            labels: vec![Vec::new(); single],
            bytes: 0,
            limit: limits.memory_bytes_max / 4,
        })
    }

    /// The group of each row of a batch; new groups are added.
    pub(super) fn of(&mut self, batch: &RecordBatch) -> Result<Vec<u32>, Fault> {
        let Some(encoder) = &self.encoder else { return Ok(vec![0; batch.num_rows()]) };
        let rows = encoder.rows(batch)?;
        let mut groups = Vec::with_capacity(batch.num_rows());
        for n in 0..batch.num_rows() {
            let key = rows.row(n);
            let key = key.as_ref();
            if let Some(number) = self.numbers.get(key) {
                groups.push(*number);
                continue;
            }
            let number = u32::try_from(self.labels.len())
                .map_err(|_| memory_fault("그룹 구분", "grouping", usize::MAX, self.limit))?;
            let texts = encoder.indices.iter().map(|index| label(column(batch, *index)?, n));
            let label: Vec<String> = texts.collect::<Result<_, _>>()?;
            self.bytes += key.len() + 96 + label.iter().map(|text| text.len() + 24).sum::<usize>();
            if self.bytes > self.limit {
                return Err(memory_fault("그룹 구분", "grouping", self.bytes, self.limit));
            }
            self.numbers.insert(key.into(), number);
            self.labels.push(label);
            groups.push(number);
        }
        Ok(groups)
    }

    /// The group of every row of a table, four bytes a row.
    pub(super) fn of_table(
        &mut self,
        table: &Table,
        work: &Work<'_>,
    ) -> Result<Option<Vec<u32>>, Fault> {
        if self.encoder.is_none() {
            return Ok(None);
        }
        let rows = usize::try_from(table.rows).unwrap_or(usize::MAX);
        let need = rows.saturating_mul(4);
        if need > self.limit {
            return Err(memory_fault("그룹 구분", "grouping", need, self.limit));
        }
        let mut groups = Vec::with_capacity(rows);
        self.each(table, work, |of_batch| groups.extend_from_slice(of_batch))?;
        Ok(Some(groups))
    }

    /// How many rows of a table each group has.
    pub(super) fn counts(&mut self, table: &Table, work: &Work<'_>) -> Result<Vec<u64>, Fault> {
        if self.encoder.is_none() {
            return Ok(vec![table.rows]);
        }
        let mut counts: Vec<u64> = Vec::new();
        self.each(table, work, |groups| {
            for group in groups {
                let group = *group as usize;
                if group >= counts.len() {
                    counts.resize(group + 1, 0);
                }
                if let Some(count) = counts.get_mut(group) {
                    *count += 1;
                }
            }
        })?;
        Ok(counts)
    }

    /// Tells the groups of a table, batch by batch.
    fn each(
        &mut self,
        table: &Table,
        work: &Work<'_>,
        mut tell: impl FnMut(&[u32]),
    ) -> Result<(), Fault> {
        self.beside(table, None, work, &mut |groups, _| {
            tell(groups);
            Ok(())
        })
    }

    /// Tells the groups of a table, batch by batch, with what else stands in these rows: the column
    /// asked for comes last.
    pub(super) fn beside(
        &mut self,
        table: &Table,
        column: Option<usize>,
        work: &Work<'_>,
        tell: Tell<'_>,
    ) -> Result<(), Fault> {
        let Some(encoder) = &self.encoder else { return Ok(()) };
        // Scans only the columns needed: the encoder then counts from nought.
        let mut indices = encoder.indices.clone();
        let keys = indices.len();
        indices.extend(column);
        let places = Encoder::new((0..keys).collect(), &table.shape.chosen(&indices))?;
        let whole = self.encoder.replace(places);
        for batch in table.scan(Some(&indices), work)? {
            let batch = batch?;
            tell(&self.of(&batch)?, &batch)?;
        }
        self.encoder = whole;
        Ok(())
    }

    /// Whether rows are kept apart at all.
    pub(super) fn are_any(&self) -> bool {
        self.encoder.is_some()
    }

    /// Whether the group of every one of so many rows can be held.
    pub(super) fn can_hold(&self, rows: u64) -> bool {
        usize::try_from(rows).unwrap_or(usize::MAX).saturating_mul(4) <= self.limit
    }

    /// How many groups have been seen.
    pub(super) fn count(&self) -> usize {
        self.labels.len()
    }

    /// The values of a group's columns, as text.
    pub(super) fn label(&self, number: usize) -> Vec<String> {
        self.labels.get(number).cloned().unwrap_or_default()
    }
}

/// A cell as text, to be read.
pub(super) fn label(array: &ArrayRef, row: usize) -> Result<String, Fault> {
    let options = FormatOptions::default();
    let text = ArrayFormatter::try_new(array.as_ref(), &options)
        .map_err(|error| Fault::Bug(error.to_string()))?;
    // A long text is told by its beginning.
    Ok(text.value(row).to_string().chars().take(80).collect())
}
