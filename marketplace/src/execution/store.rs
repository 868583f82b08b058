//! Rows of executions, changes and completion reports.

use diesel::prelude::*;
use schema::api::execution::{
    Change, ChangeKind, ChangeState, Completion, CompletionState, Ending,
};
use schema::id::{AgreementId, ChangeId, CompletionId, ListingId, OrgId, UserId};
use schema::time::{Day, Instant};

use crate::db::schema::{agreement_changes, completions, executions};
use crate::db::{Db, one_row};
use crate::error::{AppError, AppResult};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = executions)]
pub(super) struct ExecutionRow {
    pub(super) agreement_id: AgreementId,
    pub(super) grace_until: Option<String>,
    pub(super) ended_on: Option<String>,
    pub(super) ended_how: Option<Ending>,
    pub(super) listing_id: Option<ListingId>,
    pub(super) changed_at: i64,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = agreement_changes)]
pub(super) struct ChangeRow {
    pub(super) id: ChangeId,
    pub(super) agreement_id: AgreementId,
    pub(super) kind: ChangeKind,
    pub(super) state: ChangeState,
    pub(super) reason: String,
    pub(super) body: String,
    pub(super) previous: Option<String>,
    pub(super) successor_id: Option<OrgId>,
    pub(super) asked_by: UserId,
    pub(super) asked_at: i64,
    pub(super) decided_by: Option<UserId>,
    pub(super) decided_at: Option<i64>,
    pub(super) note: Option<String>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = completions)]
pub(super) struct CompletionRow {
    pub(super) id: CompletionId,
    pub(super) agreement_id: AgreementId,
    pub(super) number: i64,
    pub(super) state: CompletionState,
    pub(super) body: String,
    pub(super) findings: String,
    pub(super) reported_by: UserId,
    pub(super) reported_at: i64,
    pub(super) decided_by: Option<UserId>,
    pub(super) decided_at: Option<i64>,
    pub(super) note: Option<String>,
}

/// A stored day.
pub(super) fn day(text: Option<&str>) -> AppResult<Option<Day>> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|error| AppError::Internal(anyhow::anyhow!("stored day: {error}")))
}

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap_or(Instant::MIN)
}

impl ExecutionRow {
    /// The row of an agreement of which nothing is kept yet.
    pub(super) fn new(agreement_id: AgreementId, now: Instant) -> ExecutionRow {
        ExecutionRow {
            agreement_id,
            grace_until: None,
            ended_on: None,
            ended_how: None,
            listing_id: None,
            changed_at: now.as_micros(),
        }
    }
}

impl TryFrom<ChangeRow> for Change {
    type Error = AppError;

    fn try_from(row: ChangeRow) -> AppResult<Change> {
        Ok(Change {
            id: row.id,
            agreement: row.agreement_id,
            kind: row.kind,
            state: row.state,
            asked: serde_json::from_str(&row.body)?,
            asked_by: row.asked_by,
            asked_at: at(row.asked_at),
            decided_by: row.decided_by,
            decided_at: row.decided_at.map(at),
            note: row.note,
        })
    }
}

impl TryFrom<CompletionRow> for Completion {
    type Error = AppError;

    fn try_from(row: CompletionRow) -> AppResult<Completion> {
        Ok(Completion {
            id: row.id,
            number: row.number,
            state: row.state,
            report: serde_json::from_str(&row.body)?,
            findings: serde_json::from_str(&row.findings)?,
            reported_by: row.reported_by,
            reported_at: at(row.reported_at),
            decided_by: row.decided_by,
            decided_at: row.decided_at.map(at),
            note: row.note,
        })
    }
}

pub(super) fn find(db: &mut Db, id: AgreementId) -> AppResult<Option<ExecutionRow>> {
    Ok(executions::table
        .filter(executions::agreement_id.eq(id))
        .select(ExecutionRow::as_select())
        .first(db)
        .optional()?)
}

/// Stores the row, which may be new.
pub(super) fn save(db: &mut Db, row: &ExecutionRow) -> AppResult<()> {
    let id = row.agreement_id;
    let row = row.clone();
    if find(db, id)?.is_none() {
        diesel::insert_into(executions::table).values(row).execute(db)?;
        return Ok(());
    }
    one_row(
        diesel::update(executions::table.filter(executions::agreement_id.eq(id)))
            .set((
                executions::grace_until.eq(row.grace_until),
                executions::ended_on.eq(row.ended_on),
                executions::ended_how.eq(row.ended_how),
                executions::listing_id.eq(row.listing_id),
                executions::changed_at.eq(row.changed_at),
            ))
            .execute(db),
    )
}

pub(super) fn insert_change(db: &mut Db, row: &ChangeRow) -> AppResult<()> {
    diesel::insert_into(agreement_changes::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find_change(db: &mut Db, id: ChangeId) -> QueryResult<Option<ChangeRow>> {
    agreement_changes::table
        .filter(agreement_changes::id.eq(id))
        .select(ChangeRow::as_select())
        .first(db)
        .optional()
}

pub(super) fn changes(db: &mut Db, agreement: AgreementId) -> AppResult<Vec<ChangeRow>> {
    Ok(agreement_changes::table
        .filter(agreement_changes::agreement_id.eq(agreement))
        .order(agreement_changes::id.asc())
        .select(ChangeRow::as_select())
        .load(db)?)
}

/// Stores the decision on a change that still is open.
pub(super) fn decide_change(db: &mut Db, row: &ChangeRow) -> AppResult<()> {
    let row = row.clone();
    let open = agreement_changes::table
        .filter(agreement_changes::id.eq(row.id))
        .filter(agreement_changes::state.eq(ChangeState::Requested));
    one_row(
        diesel::update(open)
            .set((
                agreement_changes::state.eq(row.state),
                agreement_changes::previous.eq(row.previous),
                agreement_changes::decided_by.eq(row.decided_by),
                agreement_changes::decided_at.eq(row.decided_at),
                agreement_changes::note.eq(row.note),
            ))
            .execute(db),
    )
}

pub(super) fn insert_completion(db: &mut Db, row: &CompletionRow) -> AppResult<()> {
    diesel::insert_into(completions::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn completions(db: &mut Db, agreement: AgreementId) -> AppResult<Vec<CompletionRow>> {
    Ok(completions::table
        .filter(completions::agreement_id.eq(agreement))
        .order(completions::number.asc())
        .select(CompletionRow::as_select())
        .load(db)?)
}

/// Stores the decision on a report that still is open.
pub(super) fn decide_completion(db: &mut Db, row: &CompletionRow) -> AppResult<()> {
    let row = row.clone();
    let open = completions::table
        .filter(completions::id.eq(row.id))
        .filter(completions::state.eq(CompletionState::Reported));
    one_row(
        diesel::update(open)
            .set((
                completions::state.eq(row.state),
                completions::findings.eq(row.findings),
                completions::decided_by.eq(row.decided_by),
                completions::decided_at.eq(row.decided_at),
                completions::note.eq(row.note),
            ))
            .execute(db),
    )
}
