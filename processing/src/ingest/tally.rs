//! Counts with the first places where a thing was seen.

/// The first five 1-based record numbers at which something was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    rows: [u64; 5],
    filled: u8,
}

impl Rows {
    fn push(&mut self, row: u64) {
        if let Some(slot) = self.rows.get_mut(usize::from(self.filled)) {
            *slot = row;
            self.filled += 1;
        }
    }

    /// The rows, ascending.
    pub(super) fn list(&self) -> &[u64] {
        &self.rows[..usize::from(self.filled)]
    }
}

/// A count and its first rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// How often.
    pub(super) count: u64,
    /// Where first.
    pub(super) rows: Rows,
}

impl Tally {
    /// Counts one more, at a row.
    pub(super) fn add(&mut self, row: u64) {
        self.count += 1;
        self.rows.push(row);
    }

    /// Adds what a later part of the file counted, whose rows begin behind `before`.
    pub(super) fn merge(&mut self, later: &Self, before: u64) {
        self.count += later.count;
        for row in later.rows.list() {
            self.rows.push(before + row);
        }
    }
}

/// Where a search ended last time: saves time, means nothing, and so does not show.
#[derive(Clone, Copy, Default)]
pub(super) struct Hint(pub(super) usize);

impl std::fmt::Debug for Hint {
    fn fmt(&self, _formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}
