//! Which columns must not show their values, and which not even their names.

use schema::data::privacy::{Detector, Place, PrivacyReport};

/// Columns of people, by number.
#[derive(Clone, Debug)]
pub(super) struct Masks {
    cells: Vec<bool>,
    names: Vec<bool>,
}

impl Masks {
    /// Any finding masks its column, a doubtful one too: what is not shown cannot leak.
    pub(super) fn new(privacy: &PrivacyReport, columns: usize) -> Self {
        let mut masks = Self { cells: vec![false; columns], names: vec![false; columns] };
        for finding in &privacy.findings {
            let at = finding.column_number.and_then(|number| usize::try_from(number).ok());
            let Some(at) = at.and_then(|number| number.checked_sub(1)) else { continue };
            if let Some(masked) = masks.cells.get_mut(at) {
                *masked = true;
            }
            // The name itself holds a value, such as a telephone number; a mere word does not.
            if finding.place == Place::Header
                && finding.detector != Detector::HeaderWord
                && let Some(masked) = masks.names.get_mut(at)
            {
                *masked = true;
            }
            if finding.detector == Detector::ResidentNumberSplit
                && let Some(masked) = masks.cells.get_mut(at + 1)
            {
                *masked = true;
            }
        }
        masks
    }

    /// Whether the cells of a column are not shown.
    pub(super) fn cells(&self, column: usize) -> bool {
        self.cells.get(column).copied().unwrap_or(true)
    }

    /// Whether any column is masked.
    pub(super) fn any(&self) -> bool {
        self.cells.contains(&true)
    }

    /// Whether the name of a column is not shown.
    pub(super) fn name(&self, column: usize) -> bool {
        self.names.get(column).copied().unwrap_or(true)
    }
}
