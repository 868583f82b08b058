//! Counts of the cells of a grid: a byte for each, so that all stay close to the processor, and a
//! word for what no longer fits the byte.

/// Counts by cell.
#[derive(Clone)]
pub(crate) struct CellCounts {
    low: Vec<u8>,
    /// Multiples of 256 and what was added at once.
    high: Vec<u64>,
}

impl CellCounts {
    /// So many cells, all empty.
    pub(crate) fn new(cells: usize) -> Self {
        Self { low: vec![0; cells], high: vec![0; cells] }
    }

    /// Counts a value in a cell.
    #[inline]
    pub(crate) fn add_one(&mut self, cell: usize) {
        let count = self.low[cell].wrapping_add(1);
        self.low[cell] = count;
        if count == 0 {
            self.high[cell] += 256;
        }
    }

    /// Counts many values in a cell.
    pub(crate) fn add(&mut self, cell: usize, count: u64) {
        self.high[cell] += count;
    }

    /// Adds all that another has counted, if it has as many cells.
    pub(crate) fn merge(&mut self, other: &Self) {
        let theirs = other.high.iter().zip(&other.low);
        self.high.iter_mut().zip(theirs).for_each(|(mine, (high, low))| {
            *mine += high + u64::from(*low);
        });
    }

    /// The count of each cell.
    pub(crate) fn all(&self) -> Vec<u64> {
        self.high.iter().zip(&self.low).map(|(high, low)| high + u64::from(*low)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::CellCounts;

    #[test]
    fn bytes_carry_into_words() {
        let (mut one, mut other) = (CellCounts::new(3), CellCounts::new(3));
        (0..1_000).for_each(|_| one.add_one(1));
        (0..300).for_each(|_| other.add_one(1));
        other.add(2, 7_000);
        other.add_one(2);
        one.merge(&other);
        one.add_one(0);
        assert_eq!(one.all(), [1, 1_300, 7_001]);
    }
}
