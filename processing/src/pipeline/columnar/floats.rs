//! A column of floats, changed where it stands: the kernels of the steps that most runs are made of.
//!
//! Each says the same as its step on batches, to the last bit; the tests of this module hold them to
//! it.

use std::ops::Range;

use arrow::array::{Array, Float64Array};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use schema::data::pipeline::{FillMethod, ScaleMethod};

use crate::pipeline::bounds::Bounds;
use crate::pipeline::scale;

/// Floats and which of them are there.
pub(super) struct Floats {
    /// The values; anything where none is there.
    pub(super) values: Vec<f64>,
    /// A bit for each that is there.
    pub(super) there: Bits,
}

/// A row of bits.
pub(super) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// So many bits, all set.
    pub(super) fn ones(len: usize) -> Self {
        Self { words: vec![u64::MAX; len.div_ceil(64)], len }
    }

    /// So many bits, none set.
    pub(super) fn zeros(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> bool {
        self.words.get(at >> 6).is_some_and(|word| word >> (at & 63) & 1 == 1)
    }

    #[inline]
    pub(super) fn set(&mut self, at: usize) {
        if let Some(word) = self.words.get_mut(at >> 6) {
            *word |= 1 << (at & 63);
        }
    }

    #[inline]
    pub(super) fn clear(&mut self, at: usize) {
        if let Some(word) = self.words.get_mut(at >> 6) {
            *word &= !(1 << (at & 63));
        }
    }

    /// The bits as a buffer of Arrow.
    pub(super) fn buffer(self) -> BooleanBuffer {
        BooleanBuffer::new(Buffer::from_vec(self.words), 0, self.len)
    }
}

/// The mask of an array; `None` when everything is there.
pub(super) fn mask(there: Bits) -> Option<NullBuffer> {
    Some(NullBuffer::new(there.buffer())).filter(|nulls| nulls.null_count() > 0)
}

impl Floats {
    /// The same as an array.
    pub(super) fn array(self) -> Float64Array {
        Float64Array::new(ScalarBuffer::from(self.values), mask(self.there))
    }

    /// The same out of an array; copied only where others hold it too.
    pub(super) fn of(array: Float64Array) -> Self {
        let len = array.len();
        let there = match array.nulls() {
            None => Bits::ones(len),
            Some(nulls) => {
                let mut there = Bits::zeros(len);
                nulls.valid_indices().for_each(|at| there.set(at));
                there
            }
        };
        let (_, values, _) = array.into_parts();
        let values = match values.into_inner().into_vec::<f64>() {
            Ok(values) => values,
            Err(buffer) => buffer.typed_data::<f64>().to_vec(),
        };
        Self { values, there }
    }

    fn present(&self, at: usize) -> Option<f64> {
        self.values.get(at).copied().filter(|value| !value.is_nan() && self.there.get(at))
    }

    /// The finite values of some rows, in order.
    pub(super) fn finite(&self, rows: Range<usize>) -> impl Iterator<Item = f64> + Clone + '_ {
        let first = rows.start;
        let values = self.values.get(rows).unwrap_or_default();
        values
            .iter()
            .enumerate()
            .filter(move |(n, value)| value.is_finite() && self.there.get(first + n))
            .map(|(_, value)| *value)
    }

    /// Treats values beyond bounds; gives how many were.
    pub(super) fn bounded(&mut self, rows: Range<usize>, bounds: Bounds, clip: bool) -> u64 {
        let mut hits = 0;
        // Without bounds only infinite values are outside.
        let (low, high) = bounds.unwrap_or((f64::MIN, f64::MAX));
        let first = rows.start;
        let Some(values) = self.values.get_mut(rows) else { return 0 };
        for (n, value) in values.iter_mut().enumerate() {
            // NaN compares false.
            if !(*value < low || *value > high) || !self.there.get(first + n) {
                continue;
            }
            hits += 1;
            match bounds {
                Some((low, high)) if clip => *value = value.clamp(low, high),
                _ => self.there.clear(first + n),
            }
        }
        hits
    }

    /// Which values are beyond bounds.
    pub(super) fn outside(&self, rows: Range<usize>, bounds: Bounds, flags: &mut Bits) {
        let (low, high) = bounds.unwrap_or((f64::MIN, f64::MAX));
        for at in rows {
            if self.present(at).is_some_and(|value| value < low || value > high) {
                flags.set(at);
            }
        }
    }

    /// Fills missing values of one group from their neighbours; gives how many were.
    pub(super) fn filled(
        &mut self,
        rows: Range<usize>,
        method: FillMethod,
        longest: Option<u64>,
    ) -> u64 {
        let mut filled = 0;
        let mut before: Option<usize> = None;
        let mut at = rows.start;
        while at < rows.end {
            if self.present(at).is_some() {
                before = Some(at);
                at += 1;
                continue;
            }
            let from = at;
            while at < rows.end && self.present(at).is_none() {
                at += 1;
            }
            let behind = Some(at).filter(|at| *at < rows.end);
            if longest.is_none_or(|longest| (at - from) as u64 <= longest) {
                filled += self.gap(from..at, before, behind, method);
            }
        }
        filled
    }

    fn gap(
        &mut self,
        cells: Range<usize>,
        before: Option<usize>,
        behind: Option<usize>,
        method: FillMethod,
    ) -> u64 {
        let (first, last) =
            (before.and_then(|at| self.present(at)), behind.and_then(|at| self.present(at)));
        let (count, from) = (cells.len(), cells.start);
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let value = |at: usize| match method {
            FillMethod::Ffill => first,
            FillMethod::Bfill => last,
            _ => {
                let (first, last) = (first?, last?);
                if !first.is_finite() || !last.is_finite() {
                    return None;
                }
                let part = (at - from + 1) as f64 / (count + 1) as f64;
                Some(first * (1.0 - part) + last * part)
            }
        };
        let mut filled = 0;
        for at in cells {
            let (Some(value), Some(slot)) = (value(at), self.values.get_mut(at)) else { continue };
            *slot = value;
            self.there.set(at);
            filled += 1;
        }
        filled
    }

    /// Scales all values; gives how many are there.
    pub(super) fn scaled(&mut self, shift: f64, width: f64) -> u64 {
        let mut there = 0;
        for (at, value) in self.values.iter_mut().enumerate() {
            there += u64::from(!value.is_nan() && self.there.get(at));
            *value = scale::scaled(*value, shift, width);
        }
        there
    }

    /// The parameters of a scaling of all values.
    pub(super) fn parameters(&self, method: ScaleMethod) -> Option<([&'static str; 2], f64, f64)> {
        let finite = self.finite(0..self.values.len());
        match method {
            ScaleMethod::Robust => scale::parameters(method, &mut finite.collect::<Vec<_>>()),
            _ => scale::streamed(method, finite),
        }
    }
}
