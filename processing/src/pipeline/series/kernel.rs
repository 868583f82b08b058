//! Statistics of a moving window: moments in constant time a cell, order in logarithmic time.
//!
//! Nothing is ever subtracted: a value that has left the window leaves no trace of rounding, and a
//! window of equal values has deviation nought.

use super::window::Kernel;

/// Count, sum, moments and extremes of some values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    pub(crate) count: f64,
    pub(crate) sum: f64,
    pub(crate) mean: f64,
    /// Sum of squared deviations from the mean.
    pub(crate) squares: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Moments {
    const NONE: Self = Self {
        count: 0.0,
        sum: 0.0,
        mean: 0.0,
        squares: 0.0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
    };

    fn one(value: f64) -> Self {
        Self { count: 1.0, sum: value, mean: value, squares: 0.0, min: value, max: value }
    }

    /// Both together (Chan, Golub and LeVeque).
    fn and(self, other: Self) -> Self {
        if self.count == 0.0 {
            return other;
        }
        if other.count == 0.0 {
            return self;
        }
        let count = self.count + other.count;
        let part = other.count / count;
        let apart = other.mean - self.mean;
        Self {
            count,
            sum: self.sum + other.sum,
            mean: self.mean + apart * part,
            squares: self.squares + other.squares + apart * apart * self.count * part,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// Sample standard deviation; NaN of fewer than two values.
    pub(crate) fn std(&self) -> f64 {
        if self.count < 2.0 { f64::NAN } else { (self.squares / (self.count - 1.0)).sqrt() }
    }
}

/// Moments of a queue of values, as two stacks of partial results.
#[derive(Default)]
pub(crate) struct Queue {
    /// Results of the oldest values, each with all that follow it here.
    front: Vec<Moments>,
    back: Vec<f64>,
    back_sum: Option<Moments>,
}

impl Queue {
    pub(crate) fn push(&mut self, value: f64) {
        self.back.push(value);
        let one = Moments::one(value);
        self.back_sum = Some(self.back_sum.map_or(one, |sum| sum.and(one)));
    }

    pub(crate) fn pop(&mut self) {
        if self.front.is_empty() {
            let mut sum = Moments::NONE;
            for value in self.back.drain(..).rev() {
                sum = Moments::one(value).and(sum);
                self.front.push(sum);
            }
            self.back_sum = None;
        }
        self.front.pop();
    }

    pub(crate) fn get(&self) -> Moments {
        let front = self.front.last().copied().unwrap_or(Moments::NONE);
        front.and(self.back_sum.unwrap_or(Moments::NONE))
    }
}

/// The values of a window in order.
#[derive(Default)]
pub(crate) struct Sorted {
    values: Vec<f64>,
}

impl Sorted {
    fn place(&self, value: f64) -> usize {
        self.values.partition_point(|other| *other < value)
    }

    pub(crate) fn push(&mut self, value: f64) {
        let place = self.place(value);
        self.values.insert(place, value);
    }

    pub(crate) fn pop(&mut self, value: f64) {
        let place = self.place(value);
        if place < self.values.len() {
            self.values.remove(place);
        }
    }

    fn at(&self, place: usize) -> f64 {
        self.values.get(place).copied().unwrap_or(f64::NAN)
    }

    /// The middle value, or the mean of the two middle ones; NaN of none.
    pub(crate) fn median(&self) -> f64 {
        let len = self.values.len();
        if len % 2 == 1 {
            return self.at(len / 2);
        }
        // Halves first, so that two large values do not overflow.
        self.at((len / 2).wrapping_sub(1)) * 0.5 + self.at(len / 2) * 0.5
    }

    /// The median distance of the values from `centre`, found in the two ordered runs of distances
    /// on either side of it.
    pub(crate) fn median_distance(&self, centre: f64) -> f64 {
        let len = self.values.len();
        let Some(last) = len.checked_sub(1) else { return f64::NAN };
        let left = self.place(centre);
        let right = len - left;
        let below = |n: usize| centre - self.at(left - 1 - n);
        let above = |n: usize| self.at(left + n) - centre;
        // How many of the smallest half are on the left.
        let half = last / 2 + 1;
        let (mut low, mut high) = (half.saturating_sub(right), half.min(left));
        while low < high {
            let taken = usize::midpoint(low, high);
            if below(taken) < above(half - taken - 1) {
                low = taken + 1;
            } else {
                high = taken;
            }
        }
        let (on_left, on_right) = (low, half - low);
        let reached = match (on_left, on_right) {
            (0, n) => above(n - 1),
            (n, 0) => below(n - 1),
            (n, m) => below(n - 1).max(above(m - 1)),
        };
        if len % 2 == 1 {
            return reached;
        }
        let next = match (on_left < left, on_right < right) {
            (true, true) => below(on_left).min(above(on_right)),
            (true, false) => below(on_left),
            _ => above(on_right),
        };
        reached * 0.5 + next * 0.5
    }
}

/// Median ± threshold × 1.4826 × median absolute deviation, both of the window.
pub(crate) struct Hampel {
    pub(crate) sorted: Sorted,
    pub(crate) threshold: f64,
}

impl Kernel for Hampel {
    fn push(&mut self, value: f64) {
        self.sorted.push(value);
    }

    fn pop(&mut self, value: f64) {
        self.sorted.pop(value);
    }

    fn write(&mut self, _own: f64, out: &mut [f64]) {
        let median = self.sorted.median();
        let width = self.threshold * 1.4826 * self.sorted.median_distance(median);
        let (low, high) = (median - width, median + width);
        // Most values of the window are the same: there are no bounds.
        let bounded = width > 0.0 && low.is_finite() && high.is_finite();
        let bounds = if bounded { [low, high] } else { [f64::NAN; 2] };
        for (slot, bound) in out.iter_mut().zip(bounds) {
            *slot = bound;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Queue, Sorted};

    fn median(values: &mut [f64]) -> f64 {
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        values[last / 2] * 0.5 + values[last.div_ceil(2)] * 0.5
    }

    proptest! {
        #[test]
        fn order_agrees_with_sorting(values in prop::collection::vec(-9_i8..9, 1..40), width in 1_usize..12) {
            let values: Vec<f64> = values.into_iter().map(|v| f64::from(v) * 0.37).collect();
            let mut sorted = Sorted::default();
            for (n, value) in values.iter().enumerate() {
                sorted.push(*value);
                if n >= width {
                    sorted.pop(values[n - width]);
                }
                let window = &values[(n + 1).saturating_sub(width)..=n];
                let middle = median(&mut window.to_vec());
                prop_assert_eq!(sorted.median(), middle);
                let mut apart: Vec<f64> = window.iter().map(|v| (v - middle).abs()).collect();
                prop_assert_eq!(sorted.median_distance(middle), median(&mut apart));
            }
        }

        #[test]
        fn moments_agree_with_two_passes(values in prop::collection::vec(-1e3_f64..1e3, 1..40), width in 1_usize..12) {
            let mut queue = Queue::default();
            for (n, value) in values.iter().enumerate() {
                queue.push(*value + 1e6);
                if n >= width {
                    queue.pop();
                }
                let window: Vec<f64> =
                    values[(n + 1).saturating_sub(width)..=n].iter().map(|v| v + 1e6).collect();
                let count = window.len() as f64;
                let mean = window.iter().sum::<f64>() / count;
                let squares: f64 = window.iter().map(|v| (v - mean) * (v - mean)).sum();
                let got = queue.get();
                prop_assert_eq!(got.count, count);
                prop_assert!((got.mean - mean).abs() < 1e-8);
                prop_assert!((got.squares - squares).abs() < 1e-3 + squares * 1e-9);
                prop_assert!(got.std().is_nan() == (count < 2.0));
                prop_assert_eq!(got.min, window.iter().copied().fold(f64::INFINITY, f64::min));
                prop_assert_eq!(got.max, window.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            }
        }
    }

    #[test]
    fn a_spike_that_left_leaves_no_trace() {
        let mut queue = Queue::default();
        for value in [0.1, 1e300, 0.1, 0.1, 0.1] {
            queue.push(value);
        }
        queue.pop();
        queue.pop();
        assert_eq!((queue.get().mean, queue.get().std()), (0.1, 0.0));
    }
}
