//! One column of a table, read and put in order.
//!
//! Steps that look at a cell alone are done on the batches as they are read, while they are in the
//! cache. Values are then written to their places: the rows of a file come almost in order of each
//! machine, so that writing touches few places at a time, where reading from the places would miss
//! the cache at every row.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, UInt32Array,
};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow::compute::{concat, interleave, take};
use arrow::datatypes::{
    ArrowNativeType, DataType, Date32Type, Decimal128Type, Float64Type, Int64Type,
    TimestampMicrosecondType,
};

use super::floats::{Bits, Floats, mask};
use super::plan::Local;
use super::rows::{GONE, Rows};
use crate::error::Fault;
use crate::pipeline::file::batch_rows;
use crate::pipeline::inputs::Inputs;
use crate::pipeline::shape::{column, within_memory};
use crate::pipeline::step::{Op, Plan, plan};
use crate::pipeline::table::Table;
use crate::pipeline::work::Work;

/// The values of a column in order.
pub(super) enum Values {
    /// Floats, to be changed where they stand.
    Floats(Floats),
    /// Anything else.
    Array(ArrayRef),
}

impl Values {
    /// The values as an array.
    pub(super) fn array(self) -> ArrayRef {
        match self {
            Self::Floats(floats) => Arc::new(floats.array()),
            Self::Array(array) => array,
        }
    }

    /// The values as floats where they are such.
    pub(super) fn of(array: ArrayRef) -> Self {
        match array.as_primitive_opt::<Float64Type>() {
            Some(floats) => {
                let floats = floats.clone();
                drop(array);
                Self::Floats(Floats::of(floats))
            }
            None => Self::Array(array),
        }
    }
}

/// A step that looks at cells alone, under way.
pub(super) struct Each {
    op: Box<dyn Op>,
    to: DataType,
    /// Row steps before it.
    stage: u8,
}

impl Each {
    /// The step of a column, planned on that column alone.
    pub(super) fn new(local: &Local, work: &Work<'_>) -> Result<Self, Fault> {
        match plan(&local.step, &local.shape, work, &Inputs::default())? {
            Plan::Stream(ready) => {
                let to = ready.shape.data_type(0);
                Ok(Self { op: ready.op, to, stage: local.stage })
            }
            _ => Err(Fault::Bug("not a step of cells".into())),
        }
    }

    /// What the step makes of an array.
    pub(super) fn apply(&mut self, local: &Local, array: &ArrayRef) -> Result<ArrayRef, Fault> {
        let rows = array.len();
        let batch = local.shape.batch(vec![Arc::clone(array)], rows)?;
        column(&self.op.apply(&batch)?, 0).cloned()
    }

    /// What the step makes of an array, piece by piece.
    pub(super) fn whole(&mut self, local: &Local, array: &ArrayRef) -> Result<ArrayRef, Fault> {
        let mut pieces = Vec::new();
        for from in (0..array.len().max(1)).step_by(batch_rows(1)) {
            let rows = batch_rows(1).min(array.len() - from);
            pieces.push(self.apply(local, &array.slice(from, rows))?);
        }
        joined(&pieces)
    }

    /// The type of what comes out.
    pub(super) fn data_type(&self) -> &DataType {
        &self.to
    }

    /// Cells changed so far.
    pub(super) fn changed(&self) -> u64 {
        self.op.changed()
    }
}

/// One array out of several; there is at least one.
pub(super) fn joined(pieces: &[ArrayRef]) -> Result<ArrayRef, Fault> {
    let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
    concat(&pieces).map_err(bug)
}

/// Reads a column, does the steps of cells with which it begins, and puts it in order.
pub(super) fn load(
    table: &Table,
    source: usize,
    to: &DataType,
    rows: &Rows,
    steps: &mut [(&Local, Each)],
    work: &Work<'_>,
) -> Result<Values, Fault> {
    let mut target = Target::new(to, rows.count)?;
    let mut from = 0;
    for batch in table.scan(Some(&[source]), work)? {
        let batch = batch?;
        let mut array = Arc::clone(column(&batch, 0)?);
        let end = from + array.len();
        let died = rows.died.get(from..end);
        // Rows of the batch that are left when a step counts its cells.
        let mut left: Option<Vec<usize>> = None;
        for (local, each) in steps.iter_mut() {
            if let Some(died) = died {
                array = alive(&array, died, each.stage, &mut left)?;
            }
            array = each.apply(local, &array)?;
        }
        let places = Places { all: rows.places.as_deref(), from, left: left.as_deref() };
        target.put(&array, &places)?;
        target.within(work.memory_bytes_max / 2)?;
        from = end;
    }
    target.finish(to)
}

/// The rows of an array that no row step before `stage` dropped; `left` names them.
fn alive(
    array: &ArrayRef,
    died: &[u8],
    stage: u8,
    left: &mut Option<Vec<usize>>,
) -> Result<ArrayRef, Fault> {
    let there = |row: usize| died.get(row).is_none_or(|died| *died == 0 || *died > stage);
    if left.is_none() && (0..died.len()).all(there) {
        return Ok(Arc::clone(array));
    }
    let before = left.take().unwrap_or_else(|| (0..died.len()).collect());
    let kept = before.iter().zip(0_u32..).filter(|(row, _)| there(**row));
    let (rows, at): (Vec<usize>, Vec<u32>) = kept.map(|(row, at)| (*row, at)).unzip();
    *left = Some(rows);
    take(array, &UInt32Array::from(at), None).map_err(bug)
}

/// Where the rows of a batch go.
struct Places<'a> {
    all: Option<&'a [u32]>,
    /// Row of the table that the batch begins with.
    from: usize,
    /// Rows of the batch that are left; all when `None`.
    left: Option<&'a [usize]>,
}

impl Places<'_> {
    #[inline]
    fn each(&self, rows: usize, mut put: impl FnMut(usize, usize)) {
        match (self.all, self.left) {
            (None, _) => (0..rows).for_each(|row| put(row, self.from + row)),
            (Some(all), None) => {
                let places = all.get(self.from..self.from + rows).unwrap_or_default();
                for (row, place) in places.iter().enumerate() {
                    put(row, *place as usize);
                }
            }
            (Some(all), Some(left)) => {
                for (row, of) in left.iter().enumerate() {
                    let place = all.get(self.from + of).copied().unwrap_or(GONE);
                    put(row, place as usize);
                }
            }
        }
    }
}

/// A column being put in order.
enum Target {
    Floats(Fixed<f64>),
    Integers(Fixed<i64>),
    Days(Fixed<i32>),
    Decimals(Fixed<i128>),
    Booleans {
        values: Bits,
        there: Bits,
    },
    /// Arrays as they came, and where each place is among them.
    Pieces {
        arrays: Vec<ArrayRef>,
        at: Vec<(u32, u32)>,
        bytes: usize,
    },
}

struct Fixed<N> {
    values: Vec<N>,
    there: Bits,
}

impl<N: ArrowNativeType + Default> Fixed<N> {
    fn new(rows: usize) -> Self {
        Self { values: vec![N::default(); rows], there: Bits::ones(rows) }
    }

    fn put<T: ArrowPrimitiveType<Native = N>>(
        &mut self,
        array: &PrimitiveArray<T>,
        places: &Places<'_>,
    ) {
        let from = array.values();
        places.each(array.len(), |row, place| {
            if let (Some(slot), Some(value)) = (self.values.get_mut(place), from.get(row)) {
                *slot = *value;
            }
        });
        if array.null_count() > 0 {
            places.each(array.len(), |row, place| {
                if array.is_null(row) {
                    self.there.clear(place);
                }
            });
        }
    }

    fn parts(self) -> (ScalarBuffer<N>, Option<NullBuffer>) {
        (ScalarBuffer::from(Buffer::from_vec(self.values)), mask(self.there))
    }
}

impl Target {
    fn new(to: &DataType, rows: usize) -> Result<Self, Fault> {
        Ok(match to {
            DataType::Float64 => Self::Floats(Fixed::new(rows)),
            DataType::Int64 | DataType::Timestamp(_, _) => Self::Integers(Fixed::new(rows)),
            DataType::Date32 => Self::Days(Fixed::new(rows)),
            DataType::Decimal128(_, _) => Self::Decimals(Fixed::new(rows)),
            DataType::Boolean => {
                Self::Booleans { values: Bits::zeros(rows), there: Bits::zeros(rows) }
            }
            other if other.is_nested() => return Err(super::rows::unfit()),
            _ => Self::Pieces { arrays: Vec::new(), at: vec![(0, 0); rows], bytes: 0 },
        })
    }

    fn put(&mut self, array: &ArrayRef, places: &Places<'_>) -> Result<(), Fault> {
        match (self, array.data_type()) {
            (Self::Floats(fixed), DataType::Float64) => {
                fixed.put(array.as_primitive::<Float64Type>(), places);
            }
            (Self::Integers(fixed), DataType::Int64) => {
                fixed.put(array.as_primitive::<Int64Type>(), places);
            }
            (Self::Integers(fixed), DataType::Timestamp(_, _)) => {
                fixed.put(array.as_primitive::<TimestampMicrosecondType>(), places);
            }
            (Self::Days(fixed), DataType::Date32) => {
                fixed.put(array.as_primitive::<Date32Type>(), places);
            }
            (Self::Decimals(fixed), DataType::Decimal128(_, _)) => {
                fixed.put(array.as_primitive::<Decimal128Type>(), places);
            }
            (Self::Booleans { values, there }, DataType::Boolean) => {
                let array = array.as_boolean();
                places.each(array.len(), |row, place| {
                    if array.is_valid(row) {
                        there.set(place);
                        if array.value(row) {
                            values.set(place);
                        }
                    }
                });
            }
            (Self::Pieces { arrays, at, bytes }, _) => {
                let piece = u32::try_from(arrays.len()).map_err(|_| super::rows::unfit())?;
                places.each(array.len(), |row, place| {
                    if let Some(slot) = at.get_mut(place) {
                        *slot = (piece, u32::try_from(row).unwrap_or(GONE));
                    }
                });
                *bytes += crate::pipeline::table::array_bytes(array.as_ref())?;
                arrays.push(Arc::clone(array));
            }
            _ => return Err(Fault::Bug("a column changed its type".into())),
        }
        Ok(())
    }

    /// Texts are as long as they are: they may not fit after all, nor one array.
    fn within(&self, limit: usize) -> Result<(), Fault> {
        let Self::Pieces { bytes, .. } = self else { return Ok(()) };
        let limit = limit.min(i32::MAX as usize);
        within_memory("열 정렬", "ordering a column", *bytes * 2, limit)
    }

    fn finish(self, to: &DataType) -> Result<Values, Fault> {
        Ok(Values::Array(match self {
            Self::Floats(fixed) => {
                let floats = Floats { values: fixed.values, there: fixed.there };
                return Ok(Values::Floats(floats));
            }
            Self::Integers(fixed) => {
                let (values, nulls) = fixed.parts();
                let integers = PrimitiveArray::<Int64Type>::new(values, nulls);
                match to {
                    DataType::Timestamp(_, _) => Arc::new(
                        integers
                            .reinterpret_cast::<TimestampMicrosecondType>()
                            .with_data_type(to.clone()),
                    ),
                    _ => Arc::new(integers),
                }
            }
            Self::Days(fixed) => {
                let (values, nulls) = fixed.parts();
                Arc::new(PrimitiveArray::<Date32Type>::new(values, nulls))
            }
            Self::Decimals(fixed) => {
                let (values, nulls) = fixed.parts();
                let decimals = PrimitiveArray::<Decimal128Type>::new(values, nulls);
                Arc::new(decimals.with_data_type(to.clone()))
            }
            Self::Booleans { values, there } => {
                Arc::new(BooleanArray::new(values.buffer(), mask(there)))
            }
            Self::Pieces { arrays, at, .. } => {
                if arrays.is_empty() {
                    return Ok(Values::Array(arrow::array::new_empty_array(to)));
                }
                let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
                let mut pieces = Vec::new();
                for places in at.chunks(batch_rows(1)) {
                    let places: Vec<(usize, usize)> = places
                        .iter()
                        .map(|(piece, row)| (*piece as usize, *row as usize))
                        .collect();
                    pieces.push(interleave(&arrays, &places).map_err(bug)?);
                }
                if pieces.is_empty() {
                    return Ok(Values::Array(arrow::array::new_empty_array(to)));
                }
                joined(&pieces)?
            }
        }))
    }
}

fn bug(error: arrow::error::ArrowError) -> Fault {
    Fault::Bug(error.to_string())
}
