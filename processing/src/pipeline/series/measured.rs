//! The windows of one group, and what is measured on each.

use schema::data::pipeline::{Spectrum, Statistic};

use super::spectrum::Analyser;
use super::statistics::statistic;
use crate::error::Fault;

/// Where windows begin and end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent {
    /// By numbers of rows.
    Rows { rows: u64, step: u64 },
    /// By time, in microseconds, from whole multiples of the step on.
    Time { length: i64, step: i64 },
}

/// Rows that the unfinished windows of a group need, oldest first.
pub(crate) struct Rows {
    times: Vec<i64>,
    columns: Vec<Vec<f64>>,
    /// Number of the first row held.
    first: u64,
    /// Number of the next window.
    next: Option<i64>,
}

/// First and last instant of a window, as they are told.
type Span = (i64, i64);

/// Is told a window once it is complete: the rows held, how many of them it has, its span.
type Tell<'a> = &'a mut dyn FnMut(&Part<'_>, Span) -> Result<(), Fault>;

/// The rows of a window.
pub(crate) struct Part<'a> {
    times: &'a [i64],
    columns: Vec<&'a [f64]>,
}

impl Rows {
    pub(crate) fn new(width: usize) -> Self {
        Self { times: Vec::new(), columns: vec![Vec::new(); width], first: 0, next: None }
    }

    /// Cells held.
    pub(crate) fn cells(&self) -> usize {
        self.times.len() * (self.columns.len() + 1)
    }

    /// Takes the next row and tells the windows that it completes.
    pub(crate) fn push(
        &mut self,
        (time, cells): (i64, impl Iterator<Item = f64>),
        extent: Extent,
        tell: Tell<'_>,
    ) -> Result<(), Fault> {
        if let Extent::Time { length, step } = extent {
            self.close_before(time, (length, step), tell)?;
        }
        self.times.push(time);
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
        if let Extent::Rows { rows, step } = extent {
            let next = u64::try_from(self.next.unwrap_or(0)).unwrap_or(0);
            let start = next * step;
            let held = self.first + self.times.len() as u64;
            if held == start + rows {
                self.drop_to(start);
                let span = (self.times.first().copied().unwrap_or(time), time);
                tell(&self.part(self.times.len()), span)?;
                self.next = i64::try_from(next + 1).ok();
                self.drop_to(start + step);
            } else if held <= start {
                // Between windows.
                self.drop_to(held);
            }
        }
        Ok(())
    }

    /// Tells the windows that are open when the group is over.
    pub(crate) fn end(&mut self, extent: Extent, tell: Tell<'_>) -> Result<(), Fault> {
        match extent {
            Extent::Rows { .. } => Ok(()),
            Extent::Time { length, step } => self.close_before(i64::MAX, (length, step), tell),
        }
    }

    /// Tells the windows that end at `time` or before, and makes the next one that `time` may be in.
    fn close_before(
        &mut self,
        time: i64,
        (length, step): (i64, i64),
        tell: Tell<'_>,
    ) -> Result<(), Fault> {
        let last = time == i64::MAX;
        let first_with = |time: i64| time.saturating_sub(length).div_euclid(step).saturating_add(1);
        let mut next = self.next.unwrap_or_else(|| first_with(time));
        loop {
            if self.times.is_empty() {
                next = next.max(first_with(time));
                break;
            }
            let start = next.saturating_mul(step);
            let end = start.saturating_add(length);
            if end > time && !last {
                break;
            }
            let early = self.times.partition_point(|time| *time < start);
            self.drop_to(self.first + early as u64);
            let rows = self.times.partition_point(|time| *time < end);
            if rows > 0 {
                tell(&self.part(rows), (start, end))?;
            }
            next = next.saturating_add(1);
            let past = self.times.partition_point(|time| *time < next.saturating_mul(step));
            self.drop_to(self.first + past as u64);
            // Windows without rows between two rows are passed over at once.
            if let Some(time) = self.times.first() {
                next = next.max(first_with(*time));
            }
        }
        self.next = Some(next);
        Ok(())
    }

    fn part(&self, rows: usize) -> Part<'_> {
        let columns = self.columns.iter().filter_map(|column| column.get(..rows)).collect();
        Part { times: self.times.get(..rows).unwrap_or_default(), columns }
    }

    /// Forgets the rows before the one of a number.
    fn drop_to(&mut self, row: u64) {
        let gone = usize::try_from(row.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let gone = gone.min(self.times.len());
        self.times.drain(..gone);
        for column in &mut self.columns {
            column.drain(..gone.min(column.len()));
        }
        self.first += gone as u64;
    }
}

/// What is measured on a window.
pub(crate) struct Measures {
    pub(crate) statistics: Vec<Statistic>,
    pub(crate) spectrum: Spectrum,
    /// Features of a column.
    pub(crate) count: usize,
}

/// A window and its features, column by column; NaN is missing.
pub(crate) struct Measured {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) rows: usize,
    pub(crate) missing: usize,
    pub(crate) gaps: usize,
    pub(crate) features: Vec<f64>,
}

/// How the rows of a window follow each other.
struct Pace {
    gaps: usize,
    /// Hertz, where the steps are even.
    hertz: Option<f64>,
}

impl Measures {
    /// Measures a window.
    pub(crate) fn of(
        &self,
        part: &Part<'_>,
        (start, end): Span,
        analyser: &mut Analyser,
    ) -> Result<Measured, Fault> {
        let pace = self.pace(part.times);
        let mut missing = 0;
        let mut features = Vec::with_capacity(part.columns.len() * self.count);
        for values in &part.columns {
            let gone = values.iter().filter(|value| !value.is_finite()).count();
            missing += gone;
            if gone > 0 || pace.gaps > 0 {
                features.extend(std::iter::repeat_n(f64::NAN, self.count));
                continue;
            }
            for which in &self.statistics {
                features.push(statistic(*which, values, part.times));
            }
            self.spectral(values, pace.hertz, analyser, &mut features)?;
        }
        let rows = part.times.len();
        Ok(Measured { start, end, rows, missing, gaps: pace.gaps, features })
    }

    #[expect(clippy::cast_precision_loss, reason = "steps of a window")]
    fn pace(&self, times: &[i64]) -> Pace {
        let mut steps: Vec<i64> = times
            .windows(2)
            .map(|pair| match pair {
                [from, to] => to.saturating_sub(*from),
                _ => 0,
            })
            .collect();
        steps.sort_unstable();
        let usual = steps.get(steps.len() / 2).copied().unwrap_or(0) as f64;
        let period = self.spectrum.sampling_hz.map_or(usual, |hertz| 1e6 / hertz);
        if period <= 0.0 {
            return Pace { gaps: 0, hertz: None };
        }
        let gaps = steps.iter().filter(|step| **step as f64 > 1.5 * period).count();
        let even = steps.iter().all(|step| (*step as f64 - period).abs() <= 0.5 * period);
        Pace { gaps, hertz: even.then_some(1e6 / period) }
    }

    /// Features of the spectrum, in the order of their names.
    fn spectral(
        &self,
        values: &[f64],
        hertz: Option<f64>,
        analyser: &mut Analyser,
        features: &mut Vec<f64>,
    ) -> Result<(), Fault> {
        let wanted = self.count - self.statistics.len();
        if wanted == 0 {
            return Ok(());
        }
        let lines = match hertz {
            Some(hertz) => analyser.lines(values, hertz)?,
            None => None,
        };
        let Some(lines) = lines else {
            features.extend(std::iter::repeat_n(f64::NAN, wanted));
            return Ok(());
        };
        features.extend(self.spectrum.bands_hz.iter().map(|band| lines.band(*band)));
        if self.spectrum.peak {
            features.extend(lines.peak());
        }
        if self.spectrum.centroid {
            features.push(lines.centroid());
        }
        Ok(())
    }
}
