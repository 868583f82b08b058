//! The loop that claims jobs and runs their handlers.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use schema::time::Instant;
use tokio::sync::watch;

use super::service::{self, Fence, JobFault, Reporter};
use super::store::{self, Row};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::limits;

/// What a handler is given.
pub struct Context {
    /// The application.
    pub app: App,
    /// The attempt; its result must be stored under this fence.
    pub fence: Fence,
    /// What it was queued with.
    pub payload: serde_json::Value,
    /// Where it says how far it is.
    pub reporter: Reporter,
}

/// Does one job.
pub type Handler = fn(Context) -> BoxFuture<'static, Result<(), JobFault>>;

/// Handlers by kind.
#[derive(Clone, Default)]
pub struct Registry(BTreeMap<&'static str, Handler>);

impl Registry {
    /// The same registry with one more handler.
    #[must_use]
    pub fn with(mut self, kind: &'static str, handler: Handler) -> Registry {
        self.0.insert(kind, handler);
        self
    }
}

/// Works until `stop` says so, `lanes` jobs at a time. Jobs that were begun are finished.
pub async fn run(app: App, registry: Registry, lanes: usize, stop: watch::Receiver<bool>) {
    let lanes = (0..lanes).map(|_| lane(app.clone(), registry.clone(), stop.clone()));
    futures::future::join_all(lanes).await;
}

async fn lane(app: App, registry: Registry, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match run_one(&app, &registry).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "queue could not be read");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        let woken = tokio::time::timeout(limits::JOB_IDLE, stop.changed()).await;
        if matches!(woken, Ok(Err(_))) {
            return;
        }
    }
}

/// Claims and runs one due job. Answers whether there was one.
pub async fn run_one(app: &App, registry: &Registry) -> AppResult<bool> {
    let Some(row) = claim(app).await? else { return Ok(false) };
    let fence = Fence { job: row.id, attempt: row.attempt };
    let span_kind = row.kind.clone();
    let began = std::time::Instant::now();
    let result = attempt(app, registry, row, fence).await;
    app.metrics.job_ended(&span_kind, result.is_ok(), began.elapsed());
    match &result {
        Ok(()) => tracing::info!(job.id = %fence.job, job.kind = span_kind,
            job.ms = began.elapsed().as_millis() as u64, "job done"),
        Err(JobFault::Bug(cause)) => tracing::error!(job.id = %fence.job, job.kind = span_kind,
            cause, "job is dead"),
        Err(fault) => tracing::warn!(job.id = %fence.job, job.kind = span_kind,
            attempt = fence.attempt, %fault, "job failed"),
    }
    if let Err(fault) = result {
        let now = app.clock.now();
        let failed = app.store.write(move |db| service::fail_in(db, fence, &fault, now)).await;
        if let Err(error) = failed
            && !matches!(error, AppError::Busy { .. } | AppError::LeaseLost)
        {
            return Err(error);
        }
    }
    Ok(true)
}

async fn claim(app: &App) -> AppResult<Option<Row>> {
    let (store, now) = (app.store.clone(), app.clock.now());
    let until = lease_end(now);
    crate::db::store::blocking(move || store.claim_now(|db| store::claim(db, now, until))).await
}

fn lease_end(now: Instant) -> Instant {
    let secs = i64::try_from(limits::JOB_LEASE.as_secs()).unwrap_or(60);
    now.checked_add_secs(secs).unwrap_or(Instant::MAX)
}

async fn attempt(app: &App, registry: &Registry, row: Row, fence: Fence) -> Result<(), JobFault> {
    // A job that was claimed over and over without an end brings its worker down: stop it.
    if row.attempt > limits::JOB_ATTEMPTS_MAX {
        return Err(JobFault::Bug("its workers vanished too often".to_owned()));
    }
    let handler = *registry
        .0
        .get(row.kind.as_str())
        .ok_or_else(|| JobFault::Bug(format!("no handler for {}", row.kind)))?;
    let payload = serde_json::from_str(&row.payload)
        .map_err(|error| JobFault::Bug(format!("payload: {error}")))?;
    let reporter = Reporter::default();
    let context = Context { app: app.clone(), fence, payload, reporter: reporter.clone() };
    let work = AssertUnwindSafe(handler(context)).catch_unwind();
    tokio::pin!(work);
    let mut told = ("", -1, -1);
    let mut renewed = std::time::Instant::now();
    loop {
        tokio::select! {
            ended = &mut work => {
                return ended.unwrap_or_else(|_| Err(JobFault::Bug("it panicked".to_owned())));
            }
            () = tokio::time::sleep(Duration::from_millis(400)) => {
                let now = reporter.now();
                if now == told && renewed.elapsed() < limits::JOB_LEASE / 3 {
                    continue;
                }
                told = now;
                renewed = std::time::Instant::now();
                let until = lease_end(app.clock.now());
                let held = app.store
                    .write(move |db| store::renew(db, fence, until, (now.0, now.1, now.2)))
                    .await;
                if matches!(held, Ok(false)) {
                    reporter.stop();
                }
            }
        }
    }
}
