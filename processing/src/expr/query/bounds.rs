//! Bounds on the work of a plan: every operator can be stopped, and none compares too many pairs.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::coop::CooperativeExec;

/// How the error of too many pairs begins, for the one who tells it to a person.
pub(in crate::expr) const TOO_MANY_PAIRS: &str = "too many pairs:";

/// The most rows that a part of a plan can give when its tables have `rows` rows each. A float: it may
/// pass any whole number.
fn rows_at_most(plan: &Arc<dyn ExecutionPlan>, rows: f64) -> f64 {
    if let Some(aggregate) = plan.downcast_ref::<AggregateExec>()
        && aggregate.group_expr().is_empty()
    {
        return 1.0;
    }
    let below = plan.children().into_iter().map(|child| rows_at_most(child, rows));
    let all = match plan.name() {
        _ if plan.children().is_empty() => rows,
        "UnionExec" | "InterleaveExec" => below.sum(),
        _ => below.product(),
    };
    plan.fetch().map_or(all, |fetch| all.min(f64::from(u32::try_from(fetch).unwrap_or(u32::MAX))))
}

/// Refuses joins that compare every row with every other when those are more than `pairs_max`: they work
/// on one batch for as long as the other side is long, and hear of nothing meanwhile.
fn few_pairs(plan: &Arc<dyn ExecutionPlan>, rows: f64, pairs_max: u64) -> Result<()> {
    if matches!(plan.name(), "NestedLoopJoinExec" | "CrossJoinExec") {
        let pairs: f64 = plan.children().into_iter().map(|side| rows_at_most(side, rows)).product();
        #[expect(clippy::cast_precision_loss, reason = "a bound, not a count")]
        if pairs > pairs_max as f64 {
            return Err(DataFusionError::Plan(format!("{TOO_MANY_PAIRS} {pairs:.0}")));
        }
    }
    plan.children().into_iter().try_for_each(|child| few_pairs(child, rows, pairs_max))
}

/// The plan with its bounds. Each operator gives way now and then, so that whoever polls it can stop.
pub(super) fn bounded(
    plan: Arc<dyn ExecutionPlan>,
    rows: u64,
    pairs_max: u64,
) -> Result<Arc<dyn ExecutionPlan>> {
    #[expect(clippy::cast_precision_loss, reason = "a bound, not a count")]
    few_pairs(&plan, rows.max(1) as f64, pairs_max)?;
    plan.transform_up(|part| {
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(part)) as Arc<dyn ExecutionPlan>))
    })
    .map(|done| done.data)
}
