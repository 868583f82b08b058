//! The values of a bucket folded into one: the functions of `resample`.
//!
//! A fold takes the arrays of a column in order, with the rows at which buckets start, however the
//! arrays are cut. Missing cells (null, NaN) never count; infinite ones enter no mean, sum,
//! deviation, median or range. Sums lose no small parts.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, UInt32Array, new_null_array,
};
use arrow::compute::{interleave, take};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use schema::data::pipeline::Aggregate;

use super::buckets::Cut;
use crate::error::Fault;
use crate::pipeline::number::{Sum, mean_and_std, missing, plain_floats, quantile};
use crate::pipeline::shape::within_memory;

/// What a fold tells of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pipeline) enum Told {
    /// A function of its values.
    Of(Aggregate),
    /// The cell of its first row, missing or not; the group's cell where a bucket has no rows.
    Row,
}

/// Folds one column.
pub(in crate::pipeline) struct Fold {
    told: Told,
    open: bool,
    state: State,
    /// Bytes that the values of one bucket may fill.
    limit: usize,
}

enum State {
    Numbers(Numbers),
    Integers { sum: i128, some: bool, sums: Vec<Option<i64>>, overflow: bool },
    Counts { hits: u64, all: u64, counts: Vec<i64>, shares: Vec<Option<f64>> },
    Picks(Picks),
}

#[derive(Default)]
struct Numbers {
    sum: Sum,
    count: u64,
    values: Vec<f64>,
    ends: Option<(f64, f64)>,
    longest: usize,
    results: Vec<Option<f64>>,
}

/// A row of an array among some.
type Place = (usize, usize);

struct Picks {
    /// The first stands for null; the rest are arrays that places point into.
    arrays: Vec<ArrayRef>,
    best: Option<(Place, i128)>,
    places: Vec<Place>,
}

/// The type of what is told of a column of type `from`; `None` where the function does not fit it.
pub(super) fn result_type(function: Aggregate, from: &DataType) -> Option<DataType> {
    let numeric = matches!(from, DataType::Int64 | DataType::Float64 | DataType::Decimal128(_, _));
    let temporal = matches!(from, DataType::Date32 | DataType::Timestamp(_, _));
    match function {
        Aggregate::Count => Some(DataType::Int64),
        Aggregate::First | Aggregate::Last => Some(from.clone()),
        Aggregate::Min | Aggregate::Max => (numeric || temporal).then(|| from.clone()),
        Aggregate::Sum if *from == DataType::Int64 => Some(DataType::Int64),
        Aggregate::Sum
        | Aggregate::Mean
        | Aggregate::Std
        | Aggregate::Median
        | Aggregate::Range => numeric.then_some(DataType::Float64),
        Aggregate::CountTrue | Aggregate::CountFalse => {
            (*from == DataType::Boolean).then_some(DataType::Int64)
        }
        Aggregate::ShareTrue => (*from == DataType::Boolean).then_some(DataType::Float64),
    }
}

impl Fold {
    /// A fold of a column of type `from`, whose buckets hold at most `limit` bytes of values where
    /// the function needs them all (`std`, `median`).
    pub(in crate::pipeline) fn new(told: Told, from: &DataType, limit: usize) -> Self {
        let state = match told {
            Told::Row
            | Told::Of(Aggregate::First | Aggregate::Last | Aggregate::Min | Aggregate::Max) => {
                let arrays = vec![new_null_array(from, 1)];
                State::Picks(Picks { arrays, best: None, places: Vec::new() })
            }
            Told::Of(Aggregate::Sum) if *from == DataType::Int64 => {
                State::Integers { sum: 0, some: false, sums: Vec::new(), overflow: false }
            }
            Told::Of(
                Aggregate::Count
                | Aggregate::CountTrue
                | Aggregate::CountFalse
                | Aggregate::ShareTrue,
            ) => State::Counts { hits: 0, all: 0, counts: Vec::new(), shares: Vec::new() },
            Told::Of(_) => State::Numbers(Numbers::default()),
        };
        Self { told, open: false, state, limit }
    }

    /// Takes the next rows of the column.
    ///
    /// # Errors
    /// `sum-overflow`; `memory-limit` when a bucket holds too many values.
    pub(in crate::pipeline) fn push(
        &mut self,
        array: &ArrayRef,
        cuts: &[Cut],
    ) -> Result<(), Fault> {
        let walk = Walk { rows: array.len(), open: self.open, cuts };
        self.open |= !cuts.is_empty();
        match (&mut self.state, self.told) {
            (State::Numbers(numbers), Told::Of(function)) => {
                numbers.push(&plain_floats(array)?, function, &walk);
                let need = numbers.longest * 8;
                within_memory("구간 통계", "a statistic of a bucket", need, self.limit)?;
            }
            (State::Integers { sum, some, sums, overflow }, _) => {
                let values = array.as_primitive::<Int64Type>();
                let mut state = (sum, some, sums, overflow);
                walk.over(
                    &mut state,
                    |(sum, some, ..), rows| {
                        for row in rows.filter(|row| values.is_valid(*row)) {
                            **sum += i128::from(values.value(row));
                            **some = true;
                        }
                    },
                    |(sum, some, sums, overflow)| {
                        let whole = i64::try_from(**sum).ok();
                        **overflow |= whole.is_none();
                        sums.push(whole.filter(|_| **some));
                        (**sum, **some) = (0, false);
                    },
                );
                if *state.3 {
                    return Err(overflowed());
                }
            }
            (State::Counts { hits, all, counts, shares }, told) => {
                let (hit, there) = counted(array, told)?;
                walk.over(
                    &mut (hits, all, counts, shares),
                    |(hits, all, ..), rows| {
                        for row in rows.filter(|row| there.value(*row)) {
                            **all += 1;
                            **hits += u64::from(hit.value(row));
                        }
                    },
                    |(hits, all, counts, shares)| {
                        counts.push(i64::try_from(**hits).unwrap_or(i64::MAX));
                        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
                        shares.push((**all > 0).then(|| **hits as f64 / **all as f64));
                        (**hits, **all) = (0, 0);
                    },
                );
            }
            (State::Picks(picks), told) => picks.push(array, told, &walk)?,
            (State::Numbers(_), Told::Row) => return Err(Fault::Bug("no function".into())),
        }
        Ok(())
    }

    /// Closes the bucket that is open: no more rows follow.
    pub(in crate::pipeline) fn end(&mut self) -> Result<(), Fault> {
        let none = match &self.state {
            State::Picks(picks) => picks.arrays.first().map(|array| array.slice(0, 0)),
            State::Counts { .. } if self.told == Told::Of(Aggregate::Count) => None,
            State::Counts { .. } => Some(Arc::new(BooleanArray::from(vec![true; 0])) as ArrayRef),
            _ => None,
        };
        let none = none.unwrap_or_else(|| Arc::new(Int64Array::from(vec![0; 0])));
        if !self.open {
            return Ok(());
        }
        self.push(&none, &[Cut { row: 0, empty: 0 }])?;
        self.open = false;
        Ok(())
    }

    /// What is told of the buckets closed so far.
    pub(in crate::pipeline) fn take(&mut self) -> Result<ArrayRef, Fault> {
        Ok(match &mut self.state {
            State::Numbers(numbers) => {
                Arc::new(Float64Array::from(std::mem::take(&mut numbers.results)))
            }
            State::Integers { sums, .. } => Arc::new(Int64Array::from(std::mem::take(sums))),
            State::Counts { counts, shares, .. } => {
                let (counts, shares) = (std::mem::take(counts), std::mem::take(shares));
                if self.told == Told::Of(Aggregate::ShareTrue) {
                    Arc::new(Float64Array::from(shares))
                } else {
                    Arc::new(Int64Array::from(counts))
                }
            }
            State::Picks(picks) => picks.take()?,
        })
    }
}

/// The rows of an array and the buckets that start among them.
struct Walk<'a> {
    rows: usize,
    open: bool,
    cuts: &'a [Cut],
}

impl Walk<'_> {
    /// Adds the rows of each bucket and closes it; a bucket without rows is closed twice over.
    #[inline]
    fn over<S>(&self, state: &mut S, add: impl Fn(&mut S, Range<usize>), close: impl Fn(&mut S)) {
        let (mut from, mut open) = (0, self.open);
        for cut in self.cuts {
            if open {
                add(state, from..cut.row);
                close(state);
            }
            for _ in 0..cut.empty {
                close(state);
            }
            (from, open) = (cut.row, true);
        }
        if open {
            add(state, from..self.rows);
        }
    }
}

impl Numbers {
    fn push(&mut self, floats: &Float64Array, function: Aggregate, walk: &Walk<'_>) {
        let values = floats.values();
        let there = |row: &usize| floats.is_valid(*row);
        let finite = |rows: Range<usize>| {
            rows.filter(there)
                .filter_map(|row| values.get(row).copied())
                .filter(|value| value.is_finite())
        };
        match function {
            Aggregate::Std | Aggregate::Median => walk.over(
                self,
                |state, rows| {
                    state.values.extend(finite(rows));
                    state.longest = state.longest.max(state.values.len());
                },
                |state| {
                    let result = if function == Aggregate::Median {
                        quantile(&mut state.values, 0.5)
                    } else if state.values.len() > 1 {
                        mean_and_std(&state.values).map(|(_, std)| std)
                    } else {
                        None
                    };
                    state.results.push(result);
                    state.values.clear();
                },
            ),
            Aggregate::Range => walk.over(
                self,
                |state, rows| {
                    for value in finite(rows) {
                        let (low, high) = state.ends.unwrap_or((value, value));
                        state.ends = Some((low.min(value), high.max(value)));
                    }
                },
                |state| {
                    let ends = state.ends.take();
                    state.results.push(ends.map(|(low, high)| high - low));
                },
            ),
            _ => walk.over(
                self,
                |state, rows| {
                    let (mut sum, mut count) = (state.sum, state.count);
                    for value in finite(rows) {
                        sum.add(value);
                        count += 1;
                    }
                    (state.sum, state.count) = (sum, count);
                },
                |state| {
                    let (sum, count) =
                        (std::mem::take(&mut state.sum), std::mem::take(&mut state.count));
                    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
                    let part = if function == Aggregate::Sum { 1.0 } else { count as f64 };
                    state.results.push((count > 0).then(|| sum.get() / part));
                },
            ),
        }
    }
}

/// Which cells a count counts, and which hold a value.
fn counted(array: &ArrayRef, told: Told) -> Result<(BooleanArray, BooleanArray), Fault> {
    let bug = |error: arrow::error::ArrowError| Fault::Bug(error.to_string());
    let there = arrow::compute::not(&missing(array)?).map_err(bug)?;
    let hit = match told {
        Told::Of(Aggregate::CountTrue | Aggregate::ShareTrue) => array.as_boolean().clone(),
        Told::Of(Aggregate::CountFalse) => arrow::compute::not(array.as_boolean()).map_err(bug)?,
        _ => there.clone(),
    };
    Ok((hit, there))
}

impl Picks {
    fn push(&mut self, array: &ArrayRef, told: Told, walk: &Walk<'_>) -> Result<(), Fault> {
        let extreme = matches!(told, Told::Of(Aggregate::Min | Aggregate::Max));
        let gone = if told == Told::Row { None } else { Some(missing(array)?) };
        let keys = if extreme { keys(array)? } else { Vec::new() };
        let at = self.arrays.len();
        self.arrays.push(Arc::clone(array));
        walk.over(
            self,
            |state, rows| {
                if let (Told::Row | Told::Of(Aggregate::First), Some(_)) = (told, state.best) {
                    return;
                }
                let mut rows = rows.filter(|row| gone.as_ref().is_none_or(|g| !g.value(*row)));
                if !extreme {
                    let last = told == Told::Of(Aggregate::Last);
                    let row = if last { rows.next_back() } else { rows.next() };
                    state.best = row.map(|row| ((at, row), 0)).or(state.best);
                    return;
                }
                for row in rows {
                    let key = keys.get(row).copied().unwrap_or(0);
                    let better = |(_, best): (Place, i128)| {
                        if told == Told::Of(Aggregate::Min) { key < best } else { key > best }
                    };
                    if state.best.is_none_or(better) {
                        state.best = Some(((at, row), key));
                    }
                }
            },
            |state| {
                let best = state.best.take().map(|(place, _)| place);
                // A bucket without rows belongs to the group of the one before.
                let same = if told == Told::Row { state.places.last().copied() } else { None };
                state.places.push(best.or(same).unwrap_or((0, 0)));
            },
        );
        Ok(())
    }

    fn take(&mut self) -> Result<ArrayRef, Fault> {
        let bug = |error: arrow::error::ArrowError| Fault::Bug(error.to_string());
        let arrays: Vec<&dyn Array> = self.arrays.iter().map(AsRef::as_ref).collect();
        let told = interleave(&arrays, &self.places).map_err(bug)?;
        // The open bucket's pick is all that is still needed.
        let mut kept = Vec::new();
        if let Some(((array, row), _)) = &mut self.best {
            let at = UInt32Array::from(vec![u32::try_from(*row).unwrap_or(u32::MAX)]);
            let array_of = self.arrays.get(*array).ok_or_else(|| Fault::Bug("no array".into()))?;
            kept.push(take(array_of, &at, None).map_err(bug)?);
            (*array, *row) = (1, 0);
        }
        self.arrays.truncate(1);
        self.arrays.extend(kept);
        self.places.clear();
        Ok(told)
    }
}

/// Values as numbers that order as they do; 0 where a cell is missing.
fn keys(array: &ArrayRef) -> Result<Vec<i128>, Fault> {
    fn wide(values: impl Iterator<Item = Option<impl Into<i128>>>) -> Vec<i128> {
        values.map(|value| value.map_or(0, Into::into)).collect()
    }
    Ok(match array.data_type() {
        DataType::Int64 => wide(array.as_primitive::<Int64Type>().iter()),
        DataType::Decimal128(_, _) => wide(array.as_primitive::<Decimal128Type>().iter()),
        DataType::Date32 => wide(array.as_primitive::<Date32Type>().iter()),
        DataType::Timestamp(_, _) => wide(array.as_primitive::<TimestampMicrosecondType>().iter()),
        DataType::Float64 => {
            // The order of `f64::total_cmp`.
            let order = |value: f64| {
                let bits = value.to_bits().cast_signed();
                bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
            };
            wide(array.as_primitive::<Float64Type>().iter().map(|value| value.map(order)))
        }
        other => return Err(Fault::Bug(format!("no order of {other}"))),
    })
}

fn overflowed() -> Fault {
    Fault::input(
        "sum-overflow",
        "정수 합이 64비트를 넘습니다. 열을 먼저 number로 바꾸십시오.",
        "a sum of integers is beyond 64 bits; cast the column to number first",
    )
}
