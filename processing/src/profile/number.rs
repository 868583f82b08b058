//! Statistics of a column of ordered numbers: integers, instants, decimals, finite floats.
//!
//! While a column has at most [`EXACT_MAX`] different values, each is counted, and everything is
//! derived from the counts at the end. Beyond, the counts are folded into sums, a HyperLogLog and a
//! grid between the smallest and the largest value.
//!
//! Invariant: the state is a function of the multiset of values and of the grid's range, so the
//! order of values, and how they were split among states that are merged, make no difference.

mod codec;

use std::cmp::Ordering;

use super::cell_counts::CellCounts;
use super::counts::{Counts, Key};
use super::hash::mix;
use super::hll::Hll;
use super::sums::{RealSums, Sums, WholeSums, WideSums};

/// Most different values of a column that are counted one by one.
pub(crate) const EXACT_MAX: usize = 65_536;
/// Bins of a histogram.
pub(crate) const BINS: usize = 20;
/// Cells of a grid.
pub(crate) const CELLS: usize = BINS * 4_096;

/// Values that are added in one go.
const PART: usize = 1_024;

/// A finite float that can be a key: −0.0 is 0.0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Real(f64);

/// Comparisons are those of the machine; what is derived goes by `partial_cmp`, which loops over many
/// values pay for.
impl PartialOrd for Real {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.partial_cmp(&other.0)
    }

    #[inline]
    fn lt(&self, other: &Self) -> bool {
        self.0 < other.0
    }

    #[inline]
    fn gt(&self, other: &Self) -> bool {
        self.0 > other.0
    }
}

impl Real {
    /// The key of a finite float.
    #[inline]
    pub(crate) fn new(value: f64) -> Self {
        Self(value + 0.0)
    }

    /// The float.
    pub(crate) fn get(self) -> f64 {
        self.0
    }
}

impl Eq for Real {}

impl Key for Real {
    fn hash(self) -> u64 {
        mix(self.0.to_bits())
    }
}

#[derive(Clone, Default)]
pub(crate) struct RealKeySums(RealSums);

impl Sums<Real> for RealKeySums {
    #[inline]
    fn add(&mut self, value: Real, count: u64) {
        self.0.add(value.0, count);
    }

    fn add_all(&mut self, values: &[Real]) {
        self.0.add_window(values, |value| value.0);
    }

    fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0);
    }

    fn totals(&self) -> super::sums::Totals {
        self.0.totals()
    }
}

/// What [`Numbers`] needs to know of a type.
pub(crate) trait Number: Key + PartialOrd + Send {
    /// Exact sums of the type.
    type Sums: Sums<Self> + Send;
    /// Zero.
    const ZERO: Self;
    /// Distance of neighbouring values of an integer type; 0 for floats.
    const STEP: f64;
    /// `self − low`, for `low ≤ self`, and what to divide it by to get half of it if it overflows.
    fn above(self, low: Self, halved: bool) -> f64;
    /// The value nearest to `low + above`, at most `high`.
    fn at(low: Self, above: f64, halved: bool, high: Self) -> Self;
    /// As a float.
    fn as_float(self) -> f64;

    /// Total order; values are comparable because they are finite.
    fn order(&self, other: &Self) -> Ordering {
        self.partial_cmp(other).unwrap_or(Ordering::Equal)
    }
}

impl Number for i64 {
    type Sums = WholeSums;
    const ZERO: Self = 0;
    const STEP: f64 = 1.0;

    #[inline]
    fn above(self, low: Self, _halved: bool) -> f64 {
        self.wrapping_sub(low).cast_unsigned() as f64
    }

    fn at(low: Self, above: f64, _halved: bool, high: Self) -> Self {
        let value = i128::from(low) + above as i128;
        value.min(i128::from(high)) as Self
    }

    fn as_float(self) -> f64 {
        self as f64
    }
}

impl Number for i128 {
    type Sums = WideSums;
    const ZERO: Self = 0;
    const STEP: f64 = 1.0;

    fn above(self, low: Self, _halved: bool) -> f64 {
        self.wrapping_sub(low).cast_unsigned() as f64
    }

    fn at(low: Self, above: f64, _halved: bool, high: Self) -> Self {
        low.saturating_add(above as Self).min(high)
    }

    fn as_float(self) -> f64 {
        self as f64
    }
}

impl Number for Real {
    type Sums = RealKeySums;
    const ZERO: Self = Self(0.0);
    const STEP: f64 = 0.0;

    #[inline]
    fn above(self, low: Self, halved: bool) -> f64 {
        if halved { self.0 * 0.5 - low.0 * 0.5 } else { self.0 - low.0 }
    }

    fn at(low: Self, above: f64, halved: bool, high: Self) -> Self {
        let value = if halved { (low.0 * 0.5 + above) * 2.0 } else { low.0 + above };
        Self::new(value.min(high.0))
    }

    fn as_float(self) -> f64 {
        self.0
    }
}

/// The range of a grid and how a value finds its cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range<T> {
    /// Smallest value.
    pub(crate) low: T,
    /// Largest value.
    pub(crate) high: T,
    halved: bool,
    width: f64,
    scale: f64,
}

impl<T: Number> Range<T> {
    /// The range between two values.
    pub(crate) fn new(low: T, high: T) -> Self {
        let halved = !high.above(low, false).is_finite();
        let width = high.above(low, halved);
        let scale = if width > 0.0 { CELLS as f64 / width } else { 0.0 };
        Self { low, high, halved, width, scale }
    }

    /// The cell of a value and how far into it the value is, from 0 to 1.
    #[inline]
    pub(crate) fn place(&self, value: T) -> (usize, f64) {
        let at = value.above(self.low, self.halved) * self.scale;
        // In 32 bits, which take one instruction.
        let cell = (at as i32).clamp(0, CELLS as i32 - 1);
        (cell as usize, at - f64::from(cell))
    }

    /// The value so far into the grid, in cells.
    pub(crate) fn value(&self, cells: f64) -> T {
        T::at(self.low, cells * (self.width / CELLS as f64), self.halved, self.high)
    }

    /// Width of a cell in the unit of the values.
    pub(crate) fn cell_width(&self) -> f64 {
        let width = self.width / CELLS as f64;
        if self.halved { width * 2.0 } else { width }
    }
}

/// Statistics of a column with too many different values to count one by one.
#[derive(Clone)]
pub(crate) struct Sketch<T: Number> {
    /// Values.
    pub(crate) count: u64,
    /// Smallest and largest value.
    pub(crate) ends: Option<(T, T)>,
    /// Values equal to zero.
    pub(crate) zeros: u64,
    /// Values below zero.
    pub(crate) negatives: u64,
    /// Values equal to a sentinel.
    pub(crate) sentinels: u64,
    /// Sums.
    pub(crate) sums: T::Sums,
    /// Different values.
    pub(crate) hll: Hll,
    /// Values a cell, if the range was known.
    pub(crate) grid: CellCounts,
}

/// Statistics of a column of ordered numbers.
#[derive(Clone)]
pub(crate) struct Numbers<T: Number> {
    /// Range of the grid, if known beforehand.
    pub(crate) range: Option<Range<T>>,
    /// Values that stand for "no reading".
    sentinels: Vec<T>,
    state: State<T>,
}

#[derive(Clone)]
enum State<T: Number> {
    Exact(Counts<T>),
    Sketch(Box<Sketch<T>>),
}

/// The statistics, read.
pub(crate) enum View<'a, T: Number> {
    /// Every different value with its count.
    Exact(&'a Counts<T>),
    /// Summary.
    Sketch(&'a Sketch<T>),
}

impl<T: Number> Numbers<T> {
    /// No values yet.
    pub(crate) fn new(sentinels: Vec<T>) -> Self {
        Self { range: None, sentinels, state: State::Exact(Counts::new()) }
    }

    /// Takes what the file says of its smallest and largest value, before the first value.
    pub(crate) fn expect(&mut self, ends: Option<(T, T)>) {
        self.range = ends.map(|(low, high)| Range::new(low, high));
    }

    /// Adds a value `count` times; not 0.
    #[inline]
    pub(crate) fn add(&mut self, value: T, count: u64) {
        match &mut self.state {
            State::Exact(counts) => {
                if counts.add(value, count) > EXACT_MAX {
                    self.fold();
                }
            }
            State::Sketch(sketch) => sketch.add(value, count, self.range.as_ref(), &self.sentinels),
        }
    }

    /// Adds values, once each.
    pub(crate) fn add_all(&mut self, mut values: &[T]) {
        while let (State::Exact(counts), Some((value, rest))) =
            (&mut self.state, values.split_first())
        {
            values = rest;
            if counts.add(*value, 1) > EXACT_MAX {
                self.fold();
            }
        }
        if let State::Sketch(sketch) = &mut self.state {
            for part in values.chunks(PART) {
                sketch.add_part(part, self.range.as_ref(), &self.sentinels);
            }
        }
    }

    /// Adds all values of another state of the same column.
    pub(crate) fn merge(&mut self, other: Self) {
        match (&mut self.state, other.state) {
            (State::Exact(counts), State::Exact(theirs)) => {
                for (value, count) in theirs.iter() {
                    counts.add(value, count);
                }
                if counts.len() > EXACT_MAX {
                    self.fold();
                }
            }
            (State::Sketch(sketch), State::Exact(theirs)) => {
                for (value, count) in theirs.iter() {
                    sketch.add(value, count, self.range.as_ref(), &self.sentinels);
                }
            }
            (State::Exact(_), State::Sketch(theirs)) => {
                self.fold();
                if let State::Sketch(sketch) = &mut self.state {
                    sketch.merge(&theirs);
                }
            }
            (State::Sketch(sketch), State::Sketch(theirs)) => sketch.merge(&theirs),
        }
    }

    /// The statistics.
    pub(crate) fn view(&self) -> View<'_, T> {
        match &self.state {
            State::Exact(counts) => View::Exact(counts),
            State::Sketch(sketch) => View::Sketch(sketch),
        }
    }

    /// Cells equal to a sentinel.
    pub(crate) fn sentinels(&self) -> u64 {
        match &self.state {
            State::Exact(counts) => self.sentinels.iter().map(|value| counts.get(*value)).sum(),
            State::Sketch(sketch) => sketch.sentinels,
        }
    }

    #[cold]
    fn fold(&mut self) {
        let State::Exact(counts) = &self.state else { return };
        let mut sketch = Box::new(Sketch {
            count: 0,
            ends: None,
            zeros: 0,
            negatives: 0,
            sentinels: 0,
            sums: T::Sums::default(),
            hll: Hll::new(),
            grid: CellCounts::new(if self.range.is_some() { CELLS } else { 0 }),
        });
        for (value, count) in counts.iter() {
            sketch.add(value, count, self.range.as_ref(), &self.sentinels);
        }
        self.state = State::Sketch(sketch);
    }
}

impl<T: Number> Sketch<T> {
    #[inline]
    fn add(&mut self, value: T, count: u64, range: Option<&Range<T>>, sentinels: &[T]) {
        self.count += count;
        match &mut self.ends {
            Some((low, high)) => {
                if value < *low {
                    *low = value;
                }
                if value > *high {
                    *high = value;
                }
            }
            empty => *empty = Some((value, value)),
        }
        if value == T::ZERO {
            self.zeros += count;
        }
        if value < T::ZERO {
            self.negatives += count;
        }
        if !sentinels.is_empty() && sentinels.contains(&value) {
            self.sentinels += count;
        }
        self.sums.add(value, count);
        self.hll.add(value.hash());
        if let Some(range) = range {
            self.grid.add(range.place(value).0, count);
        }
    }

    /// Adds values once each: one kind of work after the other, so that each keeps its registers.
    fn add_part(&mut self, values: &[T], range: Option<&Range<T>>, sentinels: &[T]) {
        let Some(first) = values.first() else { return };
        let (mut low, mut high) = self.ends.unwrap_or((*first, *first));
        let (mut zeros, mut negatives) = (0, 0);
        for value in values {
            low = if *value < low { *value } else { low };
            high = if *value > high { *value } else { high };
            zeros += u64::from(*value == T::ZERO);
            negatives += u64::from(*value < T::ZERO);
        }
        self.ends = Some((low, high));
        self.count += values.len() as u64;
        self.zeros += zeros;
        self.negatives += negatives;
        if !sentinels.is_empty() {
            self.sentinels += values.iter().filter(|v| sentinels.contains(v)).count() as u64;
        }
        self.sums.add_all(values);
        values.iter().for_each(|value| self.hll.add(value.hash()));
        if let Some(range) = range {
            values.iter().for_each(|value| self.grid.add_one(range.place(*value).0));
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.zeros += other.zeros;
        self.negatives += other.negatives;
        self.sentinels += other.sentinels;
        self.sums.merge(&other.sums);
        self.hll.merge(&other.hll);
        self.ends = match (self.ends, other.ends) {
            (Some((low, high)), Some((other_low, other_high))) => Some((
                if other_low < low { other_low } else { low },
                if other_high > high { other_high } else { high },
            )),
            (mine, theirs) => mine.or(theirs),
        };
        self.grid.merge(&other.grid);
    }
}
