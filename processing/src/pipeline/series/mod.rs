//! Steps over time series: what a row becomes depends on the rows around it in its group.
//!
//! | step | rows | kept in memory |
//! |---|---|---|
//! | `outliers` by `hampel`, `rolling`, `smooth` | as they were | a window a group |
//! | `lag` | as they were | the rows looked back at |
//! | `segment` | as they were | the rows of a segment shorter than `min_rows` |
//! | `label_windows` | as they were | the window of a group, or the table of events |
//! | `join_asof` | as they were | the other table |
//! | `features` | one for each window | the rows of unfinished windows |
//! | `split` | as they were | the time of every row, while it is fitted |
//!
//! Missing means null or NaN; infinite values are present, but enter no statistic and are left as
//! they are. Rows come in the order of the table; where time decides, it must run forward within
//! each group (`time-unsorted` else). Groups do not see each other.

mod asof;
mod condition;
mod delayed;
mod features;
mod filed;
mod hampel;
mod kernel;
mod labels;
mod lag;
mod lookup;
mod measured;
mod polynomial;
mod rolling;
mod segment;
mod smooth;
mod spectrum;
mod split;
mod statistics;
pub(super) mod time;
mod window;

pub(super) use asof::plan as join_asof;
pub(super) use condition::Condition;
pub(super) use features::plan as features;
pub(super) use hampel::plan as hampel;
pub(super) use labels::plan as label_windows;
pub(super) use lag::plan as lag;
pub(super) use rolling::plan as rolling;
pub(super) use segment::plan as segment;
pub(super) use smooth::plan as smooth;
pub(super) use split::plan as split;

use schema::data::column::{Column, ValueType};

use super::file::plain_column;
use super::number::floats;
use super::shape::column;
use crate::error::Fault;

/// Rows of the largest window; a day of readings every second fits.
const WINDOW_ROWS_MAX: u32 = 100_000;

/// The columns at some places as numbers, NaN where missing.
fn numbers(batch: &arrow::array::RecordBatch, indices: &[usize]) -> Result<Vec<Vec<f64>>, Fault> {
    indices
        .iter()
        .map(|index| {
            let values = floats(column(batch, *index)?)?;
            Ok(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
        })
        .collect()
}

/// The number of rows of a window, checked.
///
/// # Errors
/// `window-invalid` when it is nought, too large, or even where it must have a middle.
fn window_rows(rows: u32, centred: bool) -> Result<u32, Fault> {
    let (ko, en) = if rows == 0 || rows > WINDOW_ROWS_MAX {
        (
            format!("window_rows는 1~{WINDOW_ROWS_MAX}이어야 합니다."),
            format!("window_rows must be 1 to {WINDOW_ROWS_MAX}"),
        )
    } else if centred && rows.is_multiple_of(2) {
        (
            "행을 가운데에 두는 window_rows는 홀수여야 합니다.".to_owned(),
            "window_rows around a row must be odd".to_owned(),
        )
    } else {
        return Ok(rows);
    };
    Err(Fault::input("window-invalid", ko, en))
}

/// A new number column that says what another one measures.
fn measure(name: String, value_type: ValueType, unit: Option<&str>) -> Column {
    Column { unit: unit.map(str::to_owned), ..plain_column(&name, value_type) }
}

#[cfg(test)]
mod event_tests;
#[cfg(test)]
mod feature_tests;
#[cfg(test)]
mod join_tests;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod tests;
