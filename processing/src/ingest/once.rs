//! One pass over a long separated text: counting every cell and building columns at once, by what
//! the head of the file says they are.
//!
//! Invariant: the result is byte for byte that of two passes. The dictionary comes from the count
//! of all records; if it asks for another reading than the head did, what was built is thrown away.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use schema::data::column::Dictionary;

use super::plan::{self, Plan};
use super::store::Store;
use super::text_file::{Layout, TextFile};
use super::write::{self, Columns, Nulls};
use super::{Ingested, describe, survey};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// What one pass came to.
pub(super) enum Outcome {
    /// The file is converted.
    Done(Ingested),
    /// The head spoke wrongly of the whole, whose dictionary is this.
    Surveyed(Dictionary),
    /// Both passes are needed.
    Unfit,
}

/// Converts a file in one pass if it can.
pub(super) fn convert(
    file: &TextFile,
    out: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Outcome, Fault> {
    if !matches!(file.layout, Layout::Csv(_)) {
        return Ok(Outcome::Unfit);
    }
    let Some(head) = survey::head(file, limits)? else { return Ok(Outcome::Unfit) };
    let draft = describe::confirmed(file, &head, limits);
    let plans = plan::plans(&draft)?;
    let schema = plan::schema(&draft);
    let mut store = Some(Store::create(out, Arc::clone(&schema), limits)?);
    let mut nulls: Nulls = vec![(0, 0); plans.len()];
    let given_up = AtomicBool::new(false);
    let counting = |grid: &super::grid::Grid| {
        let fits = grid.columns == plans.len() && !given_up.load(Ordering::Relaxed);
        fits.then(|| write::counted(grid, &plans))
    };
    let mut keep = |columns: Option<Columns>| {
        let Some(open) = &mut store else { return Ok(()) };
        match columns {
            Some(Ok(columns)) => write::append(open, &schema, columns, &mut nulls),
            // A value that the head did not foresee.
            Some(Err(_)) | None => {
                given_up.store(true, Ordering::Relaxed);
                store = None;
                Ok(())
            }
        }
    };
    let mut other = None;
    let counted = survey::count_with(file, limits, progress, &mut other, counting, &mut keep);
    // Not UTF-8 behind a head of ASCII: the two passes know what to do.
    if counted.is_err() && other.is_some() && file.encoding_open {
        return Ok(Outcome::Unfit);
    }
    let dictionary = describe::confirmed(file, &counted?, limits);
    match store {
        Some(store) if same(&plans, &plan::plans(&dictionary)?) => {
            write::finish(store, dictionary, &nulls).map(Outcome::Done)
        }
        _ => Ok(Outcome::Surveyed(dictionary)),
    }
}

/// Whether two sets of plans read every cell alike.
fn same(one: &[Plan], other: &[Plan]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| one.name == other.name && one.reads_as(other))
}
