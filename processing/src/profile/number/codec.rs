//! Statistics of numbers as bytes. The grid is left out: its range is that of one file, so the
//! merged column is read again for it.

use super::{EXACT_MAX, Number, Numbers, Real, RealKeySums, Sketch, State};
use crate::profile::bytes::{In, Malformed, Out};
use crate::profile::cell_counts::CellCounts;
use crate::profile::counts::Counts;
use crate::profile::hll::Hll;
use crate::profile::sums::{RealSums, Stored};

/// A number that has bytes.
pub(crate) trait StoredNumber: Number<Sums: Stored> {
    /// Writes it.
    fn write(self, out: &mut Out);
    /// Reads it.
    fn read(input: &mut In<'_>) -> Result<Self, Malformed>;
}

impl StoredNumber for i64 {
    fn write(self, out: &mut Out) {
        out.integer(self);
    }

    fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        input.integer()
    }
}

impl StoredNumber for i128 {
    fn write(self, out: &mut Out) {
        out.wide(self);
    }

    fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        input.wide()
    }
}

impl StoredNumber for Real {
    fn write(self, out: &mut Out) {
        out.0.extend(self.get().to_le_bytes());
    }

    fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        let value = input.float()?;
        let real = Self::new(value);
        let sound = value.is_finite() && real.get().to_bits() == value.to_bits();
        if sound { Ok(real) } else { Err(Malformed) }
    }
}

impl Stored for RealKeySums {
    fn write(&self, out: &mut Out) {
        self.0.write(out);
    }

    fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        Ok(Self(RealSums::read(input)?))
    }
}

impl<T: StoredNumber> Numbers<T> {
    /// Writes the statistics.
    pub(crate) fn write(&self, out: &mut Out) {
        out.natural(self.sentinels.len() as u64);
        self.sentinels.iter().for_each(|value| value.write(out));
        match &self.state {
            State::Exact(counts) => {
                out.flag(true);
                let mut entries: Vec<(T, u64)> = counts.iter().collect();
                entries.sort_unstable_by(|a, b| a.0.order(&b.0));
                out.natural(entries.len() as u64);
                for (value, count) in entries {
                    value.write(out);
                    out.natural(count);
                }
            }
            State::Sketch(sketch) => {
                out.flag(false);
                sketch.write(out);
            }
        }
    }

    /// Reads statistics.
    pub(crate) fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        let sentinels = input.parts()?;
        let sentinels = (0..sentinels).map(|_| T::read(input)).collect::<Result<_, _>>()?;
        let state = if input.flag()? {
            let entries = Some(input.parts()?).filter(|count| *count <= EXACT_MAX);
            let mut counts = Counts::new();
            let mut last: Option<T> = None;
            for _ in 0..entries.ok_or(Malformed)? {
                let (value, count) = (T::read(input)?, input.count()?);
                if count == 0 || last.is_some_and(|last| last >= value) {
                    return Err(Malformed);
                }
                counts.add(value, count);
                last = Some(value);
            }
            State::Exact(counts)
        } else {
            State::Sketch(Box::new(Sketch::read(input)?))
        };
        Ok(Self { range: None, sentinels, state })
    }
}

impl<T: StoredNumber> Sketch<T> {
    fn write(&self, out: &mut Out) {
        out.natural(self.count);
        if let Some((low, high)) = self.ends {
            low.write(out);
            high.write(out);
        }
        for count in [self.zeros, self.negatives, self.sentinels] {
            out.natural(count);
        }
        self.sums.write(out);
        self.hll.write(out);
    }

    fn read(input: &mut In<'_>) -> Result<Self, Malformed> {
        let count = input.count()?;
        let (low, high) = (T::read(input)?, T::read(input)?);
        if count == 0 || low > high {
            return Err(Malformed);
        }
        Ok(Self {
            count,
            ends: Some((low, high)),
            zeros: input.count()?,
            negatives: input.count()?,
            sentinels: input.count()?,
            sums: T::Sums::read(input)?,
            hll: Hll::read(input)?,
            grid: CellCounts::new(0),
        })
    }
}
