//! The cells of a block of records.

/// Where a cell stands in the text of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A block of records, cut into cells, record after record.
#[derive(Clone, Debug, Default)]
pub(super) struct Grid {
    pub(super) text: Vec<u8>,
    pub(super) spans: Vec<Span>,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Grid {
    /// The cells of a column, top to bottom.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = &[u8]> {
        self.spans
            .iter()
            .skip(column)
            .step_by(self.columns.max(1))
            .take(self.rows)
            .map(|span| &self.text[span.start as usize..span.end as usize])
    }
}
