//! Rows of batches, evaluators, sheets and selections.

use diesel::prelude::*;
use schema::api::applications::BatchState;
use schema::api::parties::Interest;
use schema::id::{ApplicationId, EvaluationBatchId, SelectionId, UserId};
use schema::money::Won;
use schema::notice::ProgrammeCode;
use schema::time::Day;

use crate::db::schema::{
    batch_evaluators, evaluation_batches, evaluation_conflicts, score_sheets, selections,
};
use crate::db::{Db, one_row};
use crate::error::AppResult;

/// A stored batch.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = evaluation_batches)]
pub(in crate::applications) struct BatchRow {
    pub(in crate::applications) id: EvaluationBatchId,
    pub(in crate::applications) programme: ProgrammeCode,
    pub(in crate::applications) title: String,
    pub(in crate::applications) state: BatchState,
    pub(in crate::applications) evaluation_on: Day,
    pub(in crate::applications) created_by: UserId,
    pub(in crate::applications) created_at: i64,
    pub(in crate::applications) closed_by: Option<UserId>,
    pub(in crate::applications) closed_at: Option<i64>,
}

/// A stored evaluator of a batch.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = batch_evaluators)]
pub(in crate::applications) struct EvaluatorRow {
    pub(in crate::applications) batch_id: EvaluationBatchId,
    pub(in crate::applications) user_id: UserId,
    pub(in crate::applications) added_by: UserId,
    pub(in crate::applications) added_at: i64,
}

/// A stored conflict of interest.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = evaluation_conflicts)]
pub(in crate::applications) struct ConflictRow {
    pub(in crate::applications) application_id: ApplicationId,
    pub(in crate::applications) user_id: UserId,
    pub(in crate::applications) kind: Interest,
    pub(in crate::applications) note: String,
    pub(in crate::applications) declared_by: UserId,
    pub(in crate::applications) declared_at: i64,
}

/// A stored sheet.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = score_sheets)]
pub(in crate::applications) struct SheetRow {
    pub(in crate::applications) batch_id: EvaluationBatchId,
    pub(in crate::applications) application_id: ApplicationId,
    pub(in crate::applications) user_id: UserId,
    pub(in crate::applications) points: String,
    pub(in crate::applications) total: i64,
    pub(in crate::applications) comment: String,
    pub(in crate::applications) at: i64,
}

/// A stored selection.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = selections)]
pub(in crate::applications) struct SelectionRow {
    pub(in crate::applications) id: SelectionId,
    pub(in crate::applications) batch_id: EvaluationBatchId,
    pub(in crate::applications) programme: ProgrammeCode,
    pub(in crate::applications) fiscal_year: i64,
    pub(in crate::applications) available: Won,
    pub(in crate::applications) pending: Won,
    pub(in crate::applications) waitlist_until: Day,
    pub(in crate::applications) lines: String,
    pub(in crate::applications) notice_version: String,
    pub(in crate::applications) notice_sha256: String,
    pub(in crate::applications) made_by: UserId,
    pub(in crate::applications) made_at: i64,
}

pub(in crate::applications) fn insert_batch(db: &mut Db, row: &BatchRow) -> AppResult<()> {
    diesel::insert_into(evaluation_batches::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(in crate::applications) fn batch(
    db: &mut Db,
    id: EvaluationBatchId,
) -> QueryResult<Option<BatchRow>> {
    evaluation_batches::table
        .filter(evaluation_batches::id.eq(id))
        .select(BatchRow::as_select())
        .first(db)
        .optional()
}

/// Batches in order of their ids: all, or those of an evaluator.
pub(in crate::applications) fn batches(
    db: &mut Db,
    only: Option<Vec<EvaluationBatchId>>,
    after: Option<EvaluationBatchId>,
    limit: i64,
) -> AppResult<Vec<BatchRow>> {
    let mut query = evaluation_batches::table
        .order(evaluation_batches::id.asc())
        .limit(limit)
        .select(BatchRow::as_select())
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(evaluation_batches::id.eq_any(only));
    }
    if let Some(after) = after {
        query = query.filter(evaluation_batches::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Moves a batch on that is still in the state `from`.
pub(in crate::applications) fn advance_batch(
    db: &mut Db,
    id: EvaluationBatchId,
    from: BatchState,
    to: BatchState,
    closed: Option<(UserId, i64)>,
) -> AppResult<()> {
    let target = evaluation_batches::table
        .filter(evaluation_batches::id.eq(id))
        .filter(evaluation_batches::state.eq(from));
    match closed {
        Some((by, at)) => one_row(
            diesel::update(target)
                .set((
                    evaluation_batches::state.eq(to),
                    evaluation_batches::closed_by.eq(Some(by)),
                    evaluation_batches::closed_at.eq(Some(at)),
                ))
                .execute(db),
        ),
        None => one_row(diesel::update(target).set(evaluation_batches::state.eq(to)).execute(db)),
    }
}

pub(in crate::applications) fn insert_evaluator(db: &mut Db, row: &EvaluatorRow) -> AppResult<()> {
    diesel::insert_into(batch_evaluators::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// Evaluators of a batch.
pub(in crate::applications) fn evaluators(
    db: &mut Db,
    batch: EvaluationBatchId,
) -> AppResult<Vec<UserId>> {
    Ok(batch_evaluators::table
        .filter(batch_evaluators::batch_id.eq(batch))
        .order(batch_evaluators::user_id.asc())
        .select(batch_evaluators::user_id)
        .load(db)?)
}

/// Batches of an evaluator.
pub(in crate::applications) fn batches_of(
    db: &mut Db,
    user: UserId,
) -> AppResult<Vec<EvaluationBatchId>> {
    Ok(batch_evaluators::table
        .filter(batch_evaluators::user_id.eq(user))
        .order(batch_evaluators::batch_id.asc())
        .select(batch_evaluators::batch_id)
        .load(db)?)
}

pub(in crate::applications) fn insert_conflict(db: &mut Db, row: &ConflictRow) -> AppResult<()> {
    diesel::insert_into(evaluation_conflicts::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// Conflicts of interest in an application.
pub(in crate::applications) fn conflicts(
    db: &mut Db,
    id: ApplicationId,
) -> AppResult<Vec<(UserId, Interest)>> {
    Ok(evaluation_conflicts::table
        .filter(evaluation_conflicts::application_id.eq(id))
        .order(evaluation_conflicts::user_id.asc())
        .select((evaluation_conflicts::user_id, evaluation_conflicts::kind))
        .load(db)?)
}

pub(in crate::applications) fn insert_sheet(db: &mut Db, row: &SheetRow) -> AppResult<()> {
    diesel::insert_into(score_sheets::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// Sheets of an application, of all its batches, oldest first.
pub(in crate::applications) fn sheets(db: &mut Db, id: ApplicationId) -> AppResult<Vec<SheetRow>> {
    Ok(score_sheets::table
        .filter(score_sheets::application_id.eq(id))
        .order((score_sheets::at.asc(), score_sheets::user_id.asc()))
        .select(SheetRow::as_select())
        .load(db)?)
}

pub(in crate::applications) fn insert_selection(db: &mut Db, row: &SelectionRow) -> AppResult<()> {
    diesel::insert_into(selections::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(in crate::applications) fn selection(
    db: &mut Db,
    id: SelectionId,
) -> QueryResult<Option<SelectionRow>> {
    selections::table
        .filter(selections::id.eq(id))
        .select(SelectionRow::as_select())
        .first(db)
        .optional()
}

/// The selection that was made of a batch.
pub(in crate::applications) fn selection_of(
    db: &mut Db,
    batch: EvaluationBatchId,
) -> AppResult<Option<SelectionId>> {
    Ok(selections::table
        .filter(selections::batch_id.eq(batch))
        .select(selections::id)
        .first(db)
        .optional()?)
}

/// Selections in order of their ids.
pub(in crate::applications) fn selections_page(
    db: &mut Db,
    after: Option<SelectionId>,
    limit: i64,
) -> AppResult<Vec<SelectionRow>> {
    let mut query = selections::table
        .order(selections::id.asc())
        .limit(limit)
        .select(SelectionRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(selections::id.gt(after));
    }
    Ok(query.load(db)?)
}
