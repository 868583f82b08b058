//! How many jobs a processor has at hand.

use diesel::prelude::*;
use schema::api::support::ProcessingState;
use schema::id::OrgId;

use crate::db::Db;
use crate::db::schema::processings;
use crate::error::AppResult;

/// Owners of the jobs that a processor has at hand.
pub(super) fn owners_in(db: &mut Db, processor: OrgId) -> AppResult<Vec<OrgId>> {
    use ProcessingState as S;
    let busy = processings::state
        .eq(S::Matched)
        .or(processings::state.eq(S::InProgress))
        .or(processings::state.eq(S::Submitted))
        .or(processings::state.eq(S::Rework));
    Ok(processings::table
        .filter(processings::processor_org_id.eq(processor))
        .filter(busy)
        .order(processings::id.asc())
        .select(processings::org_id)
        .load(db)?)
}

/// Jobs of `processor` that take up its people: accepted and not yet verified. A proposal takes
/// nothing up, so that owners cannot fill a processor by asking.
pub(super) fn jobs_in(db: &mut Db, processor: OrgId) -> AppResult<u32> {
    use ProcessingState as S;
    let busy = processings::state
        .eq(S::Matched)
        .or(processings::state.eq(S::InProgress))
        .or(processings::state.eq(S::Submitted))
        .or(processings::state.eq(S::Rework));
    let count: i64 = processings::table
        .filter(processings::processor_org_id.eq(processor))
        .filter(busy)
        .count()
        .get_result(db)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
