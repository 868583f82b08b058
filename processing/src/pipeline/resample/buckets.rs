//! Lengths of time and the buckets they cut: bucket `n` holds the times from `origin + n × every` up
//! to the next. Rounded down always, before 1970 too.

use crate::error::Fault;

/// Microseconds of a day.
pub(super) const DAY_US: i64 = 86_400_000_000;

/// Longest bucket; longer ones than a century are a slip of the pen.
const EVERY_MAX_US: i64 = 36_600 * DAY_US;

/// A length of time such as `10s` in microseconds.
///
/// # Errors
/// `duration-invalid`.
pub(super) fn duration(text: &str) -> Result<i64, Fault> {
    let trimmed = text.trim();
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = trimmed.split_at(digits);
    let unit_us = match unit.trim_start() {
        "ms" => Some(1_000),
        "s" => Some(1_000_000),
        "min" => Some(60_000_000),
        "h" => Some(3_600_000_000),
        "d" => Some(DAY_US),
        _ => None,
    };
    let us = number.parse::<i64>().ok().zip(unit_us).and_then(|(n, us)| n.checked_mul(us));
    us.filter(|us| (1..=EVERY_MAX_US).contains(us)).ok_or_else(|| {
        Fault::input(
            "duration-invalid",
            format!("‘{text}’은(는) 시간 길이가 아닙니다. 10s, 5min, 1h, 1d처럼 0보다 큰 정수와 단위(ms, s, min, h, d)로 쓰십시오."),
            format!("“{text}” is not a length of time; write a whole number above 0 and a unit (ms, s, min, h, d), such as 10s, 5min, 1h, 1d"),
        )
    })
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
    use super::{Buckets, Cut, duration};

    #[test]
    fn durations_are_whole_numbers_with_a_unit() {
        for (text, us) in [
            ("10s", 10_000_000),
            (" 5 min ", 300_000_000),
            ("1h", 3_600_000_000),
            ("1d", 86_400_000_000),
            ("250ms", 250_000),
        ] {
            assert_eq!(duration(text).unwrap(), us, "{text}");
        }
        for text in
            ["", "s", "10", "10m", "0s", "-1s", "1.5h", "10 S", "99999999999d", "1h30min", "１s"]
        {
            assert!(duration(text).is_err(), "{text}");
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
