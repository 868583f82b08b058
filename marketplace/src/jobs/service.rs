//! Asking for work, and what a handler may say about it.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use schema::api::jobs::{Job, JobState};
use schema::id::{JobId, OrgId};
use schema::problem::Reason;
use schema::time::Instant;
use serde::Serialize;

use super::rules::{Failure, Next, after_failure};
use super::store::{self, Row};
use crate::auth::Principal;
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};

/// Work to be queued.
#[derive(Clone, Debug)]
pub struct NewJob<'a, P> {
    /// Id.
    pub id: JobId,
    /// Kind: the name of its handler.
    pub kind: &'static str,
    /// What the handler is given.
    pub payload: &'a P,
    /// Whose work it is; people of that organisation may watch it.
    pub org: Option<OrgId>,
    /// Id of the object it works on.
    pub subject: &'a str,
}

/// One attempt at a job. A write that it fences happens only while the attempt holds the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The job.
    pub job: JobId,
    /// The attempt, from 1.
    pub attempt: i64,
}

/// Why a handler has no result.
#[derive(Debug, thiserror::Error)]
pub enum JobFault {
    /// The surroundings failed; it will be tried again.
    #[error("transient: {0}")]
    Transient(String),
    /// The program is wrong; a person must look.
    #[error("bug: {0}")]
    Bug(String),
    /// Another worker has the job now.
    #[error("lease lost")]
    LeaseLost,
}

impl From<AppError> for JobFault {
    fn from(error: AppError) -> Self {
        match error {
            AppError::LeaseLost => Self::LeaseLost,
            AppError::Busy { .. } | AppError::Stale => Self::Transient("busy".to_owned()),
            AppError::Db(error) => Self::Transient(error.to_string()),
            AppError::Internal(error) => Self::Transient(format!("{error:#}")),
            AppError::Refused(refusal) => Self::Bug(refusal.detail.en),
            AppError::NotFound(kind) => Self::Bug(format!("no such {kind}")),
        }
    }
}

/// Queues a job, inside the transaction that asks for it.
pub fn enqueue_in<P: Serialize>(db: &mut Db, job: &NewJob<'_, P>, now: Instant) -> AppResult<()> {
    enqueue_at_in(db, job, now, now)
}

/// Queues a job that is not begun before `run_at`.
pub fn enqueue_at_in<P: Serialize>(
    db: &mut Db,
    job: &NewJob<'_, P>,
    now: Instant,
    run_at: Instant,
) -> AppResult<()> {
    store::insert(
        db,
        &Row {
            id: job.id,
            kind: job.kind.to_owned(),
            payload: serde_json::to_string(job.payload)?,
            org_id: job.org,
            subject: job.subject.to_owned(),
            state: JobState::Queued,
            attempt: 0,
            run_at: run_at.as_micros(),
            lease_until: None,
            stage: String::new(),
            units_done: 0,
            units_total: 0,
            fault: None,
            created_at: now.as_micros(),
            finished_at: None,
        },
    )
}

/// Ends a job with success, inside the transaction that stores its result. Fails with
/// [`AppError::LeaseLost`] when the attempt no longer holds the job: the result must be dropped.
pub fn finish_in(db: &mut Db, fence: Fence, now: Instant) -> AppResult<()> {
    store::end(db, fence, JobState::Done, None, Some(now), None)
}

/// Records that an attempt failed and decides what follows.
pub(super) fn fail_in(db: &mut Db, fence: Fence, fault: &JobFault, now: Instant) -> AppResult<()> {
    let failure = match fault {
        JobFault::LeaseLost => return Ok(()),
        JobFault::Transient(_) => Failure::Transient,
        JobFault::Bug(_) => Failure::Bug,
    };
    // Causes go to the log; what is stored can be shown to the owner.
    let told = serde_json::to_string(&match failure {
        Failure::Transient => Reason::new(
            "job-delayed",
            None,
            "일시적인 문제로 다시 시도합니다.",
            "A passing fault; it is tried again.",
        ),
        Failure::Bug => Reason::new(
            "job-dead",
            None,
            "처리하지 못했습니다. 운영기관이 확인합니다.",
            "It could not be processed. The operator will look into it.",
        ),
    })?;
    match after_failure(fence.attempt, failure, now) {
        Next::Retry(at) => store::end(db, fence, JobState::Queued, Some(at), None, Some(told)),
        Next::Dead => store::end(db, fence, JobState::Dead, None, Some(now), Some(told)),
    }
}

/// The job, if the caller may see it.
pub fn find_in(db: &mut Db, who: &Principal, id: JobId) -> AppResult<Job> {
    let row = Ok(store::find(db, id)?).or_not_found("job")?;
    if row.org_id != Some(who.org) && !who.sees_all() {
        return Err(AppError::NotFound("job"));
    }
    Ok(row.into())
}

/// The job, for features that have checked the caller themselves.
pub fn job_in(db: &mut Db, id: JobId) -> AppResult<Job> {
    Ok(Ok(store::find(db, id)?).or_not_found("job")?.into())
}

/// The newest job about `subject`.
pub fn newest_in(db: &mut Db, subject: &str) -> AppResult<Option<Job>> {
    Ok(store::newest(db, subject)?.map(Job::from))
}

/// Jobs by state.
pub fn counts_in(db: &mut Db) -> AppResult<Vec<(JobState, i64)>> {
    store::counts(db)
}

/// What a running job says about itself. Cheap to call; the worker stores it now and then.
#[derive(Clone, Default)]
pub struct Reporter(Arc<Report>);

#[derive(Default)]
struct Report {
    stage: Mutex<&'static str>,
    done: AtomicI64,
    total: AtomicI64,
    stopped: AtomicBool,
}

impl Reporter {
    /// Stage, units done, units in all.
    pub fn now(&self) -> (&'static str, i64, i64) {
        let stage = *self.0.stage.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (stage, self.0.done.load(Ordering::Relaxed), self.0.total.load(Ordering::Relaxed))
    }

    /// Asks the work to stop at its next report.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }
}

impl processing::Progress for Reporter {
    fn at(&self, stage: &'static str, done: u64, total: u64) -> Result<(), processing::Fault> {
        *self.0.stage.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = stage;
        self.0.done.store(i64::try_from(done).unwrap_or(i64::MAX), Ordering::Relaxed);
        self.0.total.store(i64::try_from(total).unwrap_or(i64::MAX), Ordering::Relaxed);
        if self.0.stopped.load(Ordering::Relaxed) {
            return Err(processing::Fault::Cancelled);
        }
        Ok(())
    }
}
