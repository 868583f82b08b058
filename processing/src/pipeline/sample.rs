//! The values of one column, gathered for a statistic.

use super::number::floats;
use super::shape::memory_fault;
use super::table::Table;
use super::work::Work;
use crate::error::Fault;

/// Finite values of a numeric column, by group, in row order; eight bytes a row.
///
/// # Errors
/// `memory-limit` when they are more than half the memory allowed.
pub(super) fn finite_by_group(
    table: &Table,
    index: usize,
    groups: Option<&[u32]>,
    count: usize,
    work: &Work<'_>,
) -> Result<Vec<Vec<f64>>, Fault> {
    let need = usize::try_from(table.rows).unwrap_or(usize::MAX).saturating_mul(8);
    if need > work.memory_bytes_max / 2 {
        let limit = work.memory_bytes_max / 2;
        return Err(memory_fault("통계 계산", "fitting a statistic", need, limit));
    }
    let mut values = vec![Vec::new(); count.max(1)];
    let mut row = 0;
    for batch in table.scan(Some(&[index]), work)? {
        let batch = batch?;
        let numbers = floats(super::shape::column(&batch, 0)?)?;
        for (n, value) in numbers.iter().enumerate() {
            let Some(value) = value.filter(|value| value.is_finite()) else { continue };
            let group = groups.and_then(|groups| groups.get(row + n)).map_or(0, |g| *g as usize);
            if let Some(values) = values.get_mut(group) {
                values.push(value);
            }
        }
        row += numbers.len();
    }
    Ok(values)
}
