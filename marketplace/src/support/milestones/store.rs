//! Rows of milestones.

use diesel::prelude::*;
use schema::api::work::MilestoneState;
use schema::id::{MilestoneId, ProcessingId, UserId};
use schema::time::Day;

use crate::db::schema::milestones;
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = milestones)]
pub(super) struct Row {
    pub(super) id: MilestoneId,
    pub(super) processing_id: ProcessingId,
    pub(super) number: i64,
    pub(super) title: String,
    pub(super) planned_on: Day,
    pub(super) state: MilestoneState,
    pub(super) evidence_sha256: Option<String>,
    pub(super) note: Option<String>,
    pub(super) done_by: Option<UserId>,
    pub(super) done_at: Option<i64>,
    pub(super) accepted_by: Option<UserId>,
    pub(super) accepted_at: Option<i64>,
    pub(super) created_at: i64,
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(milestones::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: MilestoneId) -> QueryResult<Option<Row>> {
    milestones::table.filter(milestones::id.eq(id)).select(Row::as_select()).first(db).optional()
}

pub(super) fn count(db: &mut Db, processing: ProcessingId) -> AppResult<i64> {
    Ok(milestones::table.filter(milestones::processing_id.eq(processing)).count().get_result(db)?)
}

/// All milestones of a job in their order; their number is bounded when they are planned.
pub(super) fn all(db: &mut Db, processing: ProcessingId) -> AppResult<Vec<Row>> {
    Ok(milestones::table
        .filter(milestones::processing_id.eq(processing))
        .order(milestones::number.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// Replaces what may change of a milestone that is still in the state `from`.
pub(super) fn advance(db: &mut Db, from: MilestoneState, row: &Row) -> AppResult<()> {
    let target =
        milestones::table.filter(milestones::id.eq(row.id)).filter(milestones::state.eq(from));
    let row = row.clone();
    one_row(
        diesel::update(target)
            .set((
                milestones::state.eq(row.state),
                milestones::evidence_sha256.eq(row.evidence_sha256),
                milestones::note.eq(row.note),
                milestones::done_by.eq(row.done_by),
                milestones::done_at.eq(row.done_at),
                milestones::accepted_by.eq(row.accepted_by),
                milestones::accepted_at.eq(row.accepted_at),
            ))
            .execute(db),
    )
}
