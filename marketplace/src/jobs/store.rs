//! Rows of the queue.

use diesel::prelude::*;
use schema::api::jobs::{Job, JobState};
use schema::id::{JobId, OrgId};
use schema::time::Instant;

use crate::db::schema::jobs::{self, dsl};
use crate::db::{Db, dialect, one_row};
use crate::error::{AppError, AppResult};

/// A stored job.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = jobs)]
pub(super) struct Row {
    pub(super) id: JobId,
    pub(super) kind: String,
    pub(super) payload: String,
    pub(super) org_id: Option<OrgId>,
    pub(super) subject: String,
    pub(super) state: JobState,
    pub(super) attempt: i64,
    pub(super) run_at: i64,
    pub(super) lease_until: Option<i64>,
    pub(super) stage: String,
    pub(super) units_done: i64,
    pub(super) units_total: i64,
    pub(super) fault: Option<String>,
    pub(super) created_at: i64,
    pub(super) finished_at: Option<i64>,
}

impl From<Row> for Job {
    fn from(row: Row) -> Job {
        let instant = |micros| Instant::from_micros(micros).unwrap_or(Instant::MIN);
        Job {
            id: row.id,
            kind: row.kind,
            subject: row.subject,
            state: row.state,
            attempt: row.attempt,
            stage: row.stage,
            units_done: row.units_done,
            units_total: row.units_total,
            fault: row.fault.and_then(|text| serde_json::from_str(&text).ok()),
            created_at: instant(row.created_at),
            finished_at: row.finished_at.map(instant),
        }
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(dsl::jobs).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: JobId) -> AppResult<Option<Row>> {
    Ok(dsl::jobs.filter(dsl::id.eq(id)).select(Row::as_select()).first(db).optional()?)
}

/// The newest job about `subject`.
pub(super) fn newest(db: &mut Db, subject: &str) -> AppResult<Option<Row>> {
    Ok(dsl::jobs
        .filter(dsl::subject.eq(subject))
        .order(dsl::id.desc())
        .select(Row::as_select())
        .first(db)
        .optional()?)
}

/// Takes the oldest due job, if there is one.
pub(super) fn claim(db: &mut Db, now: Instant, lease_until: Instant) -> AppResult<Option<Row>> {
    let Some(id) = dialect::due_job(db, now.as_micros())? else { return Ok(None) };
    let touched = diesel::update(dsl::jobs.filter(dsl::id.eq(&id)))
        .set((
            dsl::state.eq(JobState::Running),
            dsl::attempt.eq(dsl::attempt + 1),
            dsl::lease_until.eq(Some(lease_until.as_micros())),
        ))
        .execute(db);
    one_row(touched)?;
    Ok(dsl::jobs.filter(dsl::id.eq(&id)).select(Row::as_select()).first(db).optional()?)
}

/// Renews the lease and records progress. Answers whether the attempt still holds the job.
pub(super) fn renew(
    db: &mut Db,
    fence: super::Fence,
    lease_until: Instant,
    progress: (&str, i64, i64),
) -> AppResult<bool> {
    let touched = diesel::update(
        dsl::jobs
            .filter(dsl::id.eq(fence.job))
            .filter(dsl::attempt.eq(fence.attempt))
            .filter(dsl::state.eq(JobState::Running)),
    )
    .set((
        dsl::lease_until.eq(Some(lease_until.as_micros())),
        dsl::stage.eq(progress.0),
        dsl::units_done.eq(progress.1),
        dsl::units_total.eq(progress.2),
    ))
    .execute(db)?;
    Ok(touched == 1)
}

/// Ends the attempt. [`AppError::LeaseLost`] when another has the job, or it has ended.
pub(super) fn end(
    db: &mut Db,
    fence: super::Fence,
    state: JobState,
    run_at: Option<Instant>,
    finished_at: Option<Instant>,
    fault: Option<String>,
) -> AppResult<()> {
    let held = dsl::jobs
        .filter(dsl::id.eq(fence.job))
        .filter(dsl::attempt.eq(fence.attempt))
        .filter(dsl::state.eq(JobState::Running));
    let no_lease: Option<i64> = None;
    let touched = diesel::update(held)
        .set((
            dsl::state.eq(state),
            dsl::lease_until.eq(no_lease),
            dsl::finished_at.eq(finished_at.map(Instant::as_micros)),
            dsl::fault.eq(fault),
        ))
        .execute(db)?;
    if touched != 1 {
        return Err(AppError::LeaseLost);
    }
    if let Some(run_at) = run_at {
        let row = dsl::jobs.filter(dsl::id.eq(fence.job));
        diesel::update(row).set(dsl::run_at.eq(run_at.as_micros())).execute(db)?;
    }
    Ok(())
}

/// Jobs by state, for metrics and readiness.
pub(super) fn counts(db: &mut Db) -> AppResult<Vec<(JobState, i64)>> {
    let mut counts = Vec::new();
    for state in JobState::ALL {
        let count = dsl::jobs.filter(dsl::state.eq(*state)).count().get_result(db)?;
        counts.push((*state, count));
    }
    Ok(counts)
}
