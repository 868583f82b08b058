//! The values of one column by group, for a statistic.
//!
//! They are held in memory where they fill at most half of it. Else sums are made in passes over the
//! table, in row order, and ranks come of records sorted on disk: the same numbers to the last bit.

use arrow::array::Float64Array;

use super::belong::Belong;
use super::number::{Sum, between, floats, place};
use super::table::Table;
use super::work::Work;
use crate::error::Fault;
use crate::spill::{Sorted, Sorter, number, ordered};

/// The finite values of a numeric column by group.
pub(super) enum Sample<'a> {
    /// In row order.
    Held(Vec<Vec<f64>>),
    /// Left where they are.
    Left(Left<'a>),
}

/// Values that memory does not hold.
pub(super) struct Left<'a> {
    table: &'a Table,
    index: usize,
    belong: &'a mut Belong,
    work: &'a Work<'a>,
}

impl<'a> Sample<'a> {
    /// The values of the column at `index`.
    ///
    /// # Errors
    /// Those of reading.
    pub(super) fn of(
        table: &'a Table,
        index: usize,
        belong: &'a mut Belong,
        work: &'a Work<'a>,
    ) -> Result<Self, Fault> {
        let need = usize::try_from(table.rows).unwrap_or(usize::MAX).saturating_mul(8);
        let mut left = Left { table, index, belong, work };
        if need > work.memory_bytes_max / 2 {
            return Ok(Self::Left(left));
        }
        let mut values = vec![Vec::new(); left.belong.count()];
        left.each(&mut |group, value| {
            if let Some(values) = values.get_mut(group) {
                values.push(value);
            }
            Ok(())
        })?;
        Ok(Self::Held(values))
    }
}

impl Left<'_> {
    /// Tells group and value of each cell, in row order.
    fn each(&mut self, tell: &mut dyn FnMut(usize, f64) -> Result<(), Fault>) -> Result<(), Fault> {
        self.belong.pass(self.table, self.index, self.work, &mut |array, groups| {
            let numbers: Float64Array = floats(array)?;
            for (row, value) in numbers.iter().enumerate() {
                let Some(value) = value.filter(|value| value.is_finite()) else { continue };
                tell(groups.get(row).map_or(0, |group| *group as usize), value)?;
            }
            Ok(())
        })
    }

    /// Sum and count of what `of` makes of each group and value.
    fn sums(&mut self, of: impl Fn(usize, f64) -> Option<f64>) -> Result<Vec<(f64, u64)>, Fault> {
        let mut sums = vec![(Sum::default(), 0_u64); self.belong.count()];
        self.each(&mut |group, value| {
            if let (Some((sum, count)), Some(value)) = (sums.get_mut(group), of(group, value)) {
                sum.add(value);
                *count += 1;
            }
            Ok(())
        })?;
        Ok(sums.into_iter().map(|(sum, count)| (sum.get(), count)).collect())
    }

    /// The mean of each group.
    pub(super) fn means(&mut self) -> Result<Vec<Option<f64>>, Fault> {
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let mean = |(sum, count): (f64, u64)| (count > 0).then_some(sum / count as f64);
        Ok(self.sums(|_, value| Some(value))?.into_iter().map(mean).collect())
    }

    /// Mean and sample standard deviation of each group, in two passes.
    pub(super) fn moments(&mut self) -> Result<Vec<Option<(f64, f64)>>, Fault> {
        let means = self.means()?;
        let squares = self.sums(|group, value| {
            let mean = means.get(group).copied().flatten()?;
            Some((value - mean) * (value - mean))
        })?;
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let std = |(sum, count): (f64, u64)| (sum / (count.max(2) - 1) as f64).sqrt();
        let both = means.iter().zip(squares);
        Ok(both.map(|(mean, squares)| mean.map(|mean| (mean, std(squares)))).collect())
    }

    /// Least and greatest value of each group.
    pub(super) fn ends(&mut self) -> Result<Vec<Option<(f64, f64)>>, Fault> {
        let mut ends: Vec<Option<(f64, f64)>> = vec![None; self.belong.count()];
        self.each(&mut |group, value| {
            if let Some(slot) = ends.get_mut(group) {
                let (least, greatest) = slot.unwrap_or((value, value));
                let lower = value.total_cmp(&least).is_lt();
                let higher = value.total_cmp(&greatest).is_gt();
                *slot = Some((
                    if lower { value } else { least },
                    if higher { value } else { greatest },
                ));
            }
            Ok(())
        })?;
        Ok(ends)
    }

    /// The values in order.
    pub(super) fn ranked(&mut self) -> Result<Ranked, Fault> {
        self.ranked_as(|_, value| Some(value))
    }

    /// What lies between the values and the middle of their group, in order.
    pub(super) fn ranked_around(&mut self, middles: &[Option<f64>]) -> Result<Ranked, Fault> {
        self.ranked_as(|group, value| {
            middles.get(group).copied().flatten().map(|middle| (value - middle).abs())
        })
    }

    fn ranked_as(&mut self, of: impl Fn(usize, f64) -> Option<f64>) -> Result<Ranked, Fault> {
        let mut counts = vec![0_u64; self.belong.count()];
        let mut sorter = Sorter::new(&self.work.scratch(), self.work.memory_bytes_max / 4);
        self.each(&mut |group, value| {
            let (Some(count), Some(value)) = (counts.get_mut(group), of(group, value)) else {
                return Ok(());
            };
            *count += 1;
            let mut record = [0; 12];
            let (head, rest) = record.split_at_mut(4);
            head.copy_from_slice(&u32::try_from(group).unwrap_or(u32::MAX).to_be_bytes());
            rest.copy_from_slice(&ordered(value).to_be_bytes());
            sorter.push(record)
        })?;
        let mut first = 0;
        let groups = counts
            .into_iter()
            .map(|count| {
                first += count;
                (first - count, count)
            })
            .collect();
        Ok(Ranked { groups, records: sorter.sorted()? })
    }
}

/// Values of all groups in order: the group, then the bits of the value.
pub(super) struct Ranked {
    /// First place and number of values, by group.
    groups: Vec<(u64, u64)>,
    records: Sorted<12>,
}

impl Ranked {
    /// The quantile `q` of each group, as [`super::number::quantile`] tells it.
    pub(super) fn quantiles(&self, q: f64) -> Result<Vec<Option<f64>>, Fault> {
        self.groups.iter().map(|(first, count)| self.quantile(*first, *count, q)).collect()
    }

    fn quantile(&self, first: u64, count: u64, q: f64) -> Result<Option<f64>, Fault> {
        let Some(last) = count.checked_sub(1) else { return Ok(None) };
        let (place, part) = place(usize::try_from(last).unwrap_or(usize::MAX), q);
        let place = place as u64;
        let low = self.at(first + place)?;
        Ok(Some(if part == 0.0 {
            low
        } else {
            between(low, self.at(first + (place + 1).min(last))?, part)
        }))
    }

    fn at(&self, place: u64) -> Result<f64, Fault> {
        let record = self.records.at(place)?;
        let bits = record.as_ref().and_then(|record| record.last_chunk());
        let bits = bits.ok_or_else(|| Fault::Bug("a value beyond the last".into()))?;
        Ok(number(u64::from_be_bytes(*bits)))
    }
}
