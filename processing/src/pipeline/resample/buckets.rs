//! Buckets of time: bucket `n` holds the times from `origin + n × every` up to the next. Rounded down
//! always, before 1970 too.

use crate::DAY_US;
use crate::error::Fault;
use crate::pipeline::duration::positive_micros;

/// Longest bucket; longer ones than a century are a slip of the pen.
const EVERY_MAX_US: i64 = 36_600 * DAY_US;

/// The length of a bucket, such as `10s`, in microseconds.
///
/// # Errors
/// `duration-invalid`.
pub(super) fn every(text: &str) -> Result<i64, Fault> {
    let micros = positive_micros(text, "every")?;
    if micros > EVERY_MAX_US {
        return Err(Fault::input(
            "duration-invalid",
            "every는 100년보다 길 수 없습니다.",
            "every may not be longer than a century",
        ));
    }
    Ok(micros)
}

/// Where a bucket starts among the rows of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pipeline) struct Cut {
    /// First row of the bucket.
    pub(in crate::pipeline) row: usize,
    /// Buckets without rows that stand between the bucket before and this one.
    pub(in crate::pipeline) empty: u64,
}

/// Cuts rows that are ordered by group and time into buckets.
#[derive(Clone, Debug)]
pub(in crate::pipeline) struct Buckets {
    every: i64,
    origin: i64,
    /// Whether buckets without rows are told.
    fill: bool,
    /// Buckets without rows that may still be told.
    spare: u64,
    /// Number, start and end of the bucket that the last row is in.
    last: Option<(i64, i64, i64)>,
    starts: Vec<i64>,
}

impl Buckets {
    /// Buckets of `every` units, one of which starts at `origin`, for a table of so many rows.
    pub(in crate::pipeline) fn new(every: i64, origin: i64, fill: bool, rows: u64) -> Self {
        // Ten rows made up for each that is there: beyond that the length is wrong, or a time is.
        let spare = rows.saturating_mul(10).saturating_add(1_000_000);
        Self { every, origin, fill, spare, last: None, starts: Vec::new() }
    }

    /// Where buckets start among the next rows; `begins` tells whether a row is the first of a group.
    ///
    /// # Errors
    /// `resample-too-fine` when most buckets would be without rows.
    pub(in crate::pipeline) fn cuts(
        &mut self,
        times: &[i64],
        begins: impl Fn(usize) -> bool,
    ) -> Result<Vec<Cut>, Fault> {
        let mut cuts = Vec::new();
        for (row, time) in times.iter().enumerate() {
            let same = !begins(row);
            if let Some((_, start, end)) = self.last
                && same
                && (start..end).contains(time)
            {
                continue;
            }
            let number = time.saturating_sub(self.origin).div_euclid(self.every);
            let mut empty = 0;
            if let Some((before, ..)) = self.last
                && same
                && self.fill
            {
                let between = i128::from(number) - i128::from(before) - 1;
                empty = u64::try_from(between).unwrap_or(0);
                self.spare = self.spare.checked_sub(empty).ok_or_else(too_fine)?;
                for between in before + 1..number {
                    self.starts.push(self.start(between));
                }
            }
            let start = self.start(number);
            self.last = Some((number, start, start.saturating_add(self.every)));
            self.starts.push(start);
            cuts.push(Cut { row, empty });
        }
        Ok(cuts)
    }

    /// Buckets told and not taken yet.
    pub(in crate::pipeline) fn count(&self) -> usize {
        self.starts.len()
    }

    fn start(&self, number: i64) -> i64 {
        number.saturating_mul(self.every).saturating_add(self.origin)
    }

    /// Starts of the buckets told so far, without the one still open unless this is the `end`.
    pub(in crate::pipeline) fn take(&mut self, end: bool) -> Vec<i64> {
        let open = if end { 0 } else { self.starts.len().min(1) };
        let rest = self.starts.split_off(self.starts.len() - open);
        std::mem::replace(&mut self.starts, rest)
    }
}

fn too_fine() -> Fault {
    Fault::input(
        "resample-too-fine",
        "행이 없는 구간이 행이 있는 구간보다 훨씬 많습니다. every를 늘리거나, empty: skip을 쓰거나, 잘못된 시각을 먼저 지우십시오.",
        "far more buckets are without rows than with; use a longer every or empty: skip, or drop wrong times first",
    )
}

#[cfg(test)]
mod tests {
    use super::{Buckets, Cut, every};

    #[test]
    fn buckets_are_longer_than_nought_and_shorter_than_a_century() {
        assert_eq!(every("1d").unwrap(), 86_400_000_000);
        assert_eq!(every("1h30min").unwrap(), 5_400_000_000);
        for text in ["0s", "10", "99999d", "1month"] {
            assert!(every(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_before_the_origin_are_rounded_down() {
        let mut buckets = Buckets::new(10, 0, true, 5);
        let cuts = buckets.cuts(&[-11, -10, -1, 0, 9, 30], |_| false).unwrap();
        let rows: Vec<(usize, u64)> =
            cuts.iter().map(|Cut { row, empty }| (*row, *empty)).collect();
        assert_eq!(rows, [(0, 0), (1, 0), (3, 0), (5, 2)]);
        assert_eq!(buckets.take(false), [-20, -10, 0, 10, 20]);
        assert_eq!(buckets.take(true), [30]);
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let mut buckets = Buckets::new(10, i64::MIN + 3, false, 5);
        assert!(buckets.cuts(&[i64::MIN, 0, i64::MAX], |_| false).is_ok());
        let mut buckets = Buckets::new(1, 0, true, 5);
        assert!(buckets.cuts(&[i64::MIN, i64::MAX], |_| false).is_err());
    }
}
