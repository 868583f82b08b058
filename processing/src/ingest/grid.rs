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
    /// What parts cells, if it is always this and stands in none but quoted ones.
    pub(super) mark: Option<u8>,
}

impl Grid {
    /// Drops the records that hold exactly these cells; how many there were.
    pub(super) fn drop_rows(&mut self, cells: &[String]) -> u64 {
        let columns = self.columns.max(1);
        let Self { text, spans, .. } = self;
        let is = |record: &[Span]| {
            record.len() == cells.len()
                && record.iter().zip(cells).all(|(span, cell)| {
                    text[span.start as usize..span.end as usize] == *cell.as_bytes()
                })
        };
        // Nearly always there is none, so nothing is moved.
        let Some(first) = spans.chunks_exact(columns).position(is) else { return 0 };
        let mut kept = first * columns;
        for from in (kept..spans.len()).step_by(columns) {
            if !spans.get(from..from + columns).is_some_and(is) {
                let to = (from + columns).min(spans.len());
                spans.copy_within(from..to, kept);
                kept += columns;
            }
        }
        spans.truncate(kept);
        let dropped = self.rows - kept / columns;
        self.rows = kept / columns;
        dropped as u64
    }

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
