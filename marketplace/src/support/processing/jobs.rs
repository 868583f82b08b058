//! The pipeline job: raw table → cleaned table, evidence, certificate, processed version.
//!
//! What the specification or the data are to blame for ends the run as rejected, and nothing is
//! left behind: neither scratch files nor objects nor a version.

use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;
use processing::{Fault, InputFault, Limits, ingest, pipeline, source};
use schema::api::support::{ProcessingState, RunState};
use schema::data::lineage::Lineage;
use schema::data::pipeline::PipelineSpec;
use schema::id::{self, AuditId, OrgId, ProcessingId, SessionId, UserId, VersionId};
use schema::problem::Reason;
use schema::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::{self, Row, RunRow};
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::catalog::{VersionRow, service as catalog, upload};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::jobs::worker::Context;
use crate::jobs::{self, Fence, JobFault};
use crate::quality::evidence::{self, Built};
use crate::quality::jobs::{blocking, outcome, reason};

/// Kind of the job that runs a pipeline.
pub const PIPELINE: &str = "pipeline";

/// What the job is queued with: the processing job, and who asked.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Payload {
    /// The processing job.
    pub processing: ProcessingId,
    /// The person who asked for the run.
    pub user: UserId,
    /// Their organisation.
    pub org: OrgId,
    /// Their session.
    pub session: SessionId,
}

impl Payload {
    /// The person as the author of what the run makes. No role is needed: the right was checked
    /// when the run was asked for, and the state of the job is checked when it ends.
    fn author(&self) -> Principal {
        Principal { user: self.user, org: self.org, session: self.session, roles: Vec::new() }
    }
}

/// Handles [`PIPELINE`].
pub fn run(context: Context) -> BoxFuture<'static, Result<(), JobFault>> {
    Box::pin(handle(context))
}

async fn handle(context: Context) -> Result<(), JobFault> {
    let app = &context.app;
    let payload: Payload = serde_json::from_value(context.payload.clone())
        .map_err(|error| JobFault::Bug(format!("payload: {error}")))?;
    let fence = context.fence;
    let (run, row, version) = app.store.read(move |db| load_in(db, fence, payload)).await?;
    if !is_open(&row, &run) {
        return reject(&context, payload, no_longer_open()).await;
    }
    let spec: PipelineSpec = serde_json::from_str(&run.spec)
        .map_err(|error| JobFault::Bug(format!("specification: {error}")))?;
    // The folder and everything in it go when the job ends, whichever way.
    let scratch = Arc::new(
        tempfile::tempdir_in(app.objects.scratch())
            .map_err(|error| JobFault::Transient(format!("scratch folder: {error}")))?,
    );
    let made = make(&context, &version, spec, &scratch).await?;
    match made {
        Ok(made) => accept(&context, payload, version.id, made).await,
        Err(fault) => reject(&context, payload, reason(&fault)).await,
    }
}

fn load_in(db: &mut Db, fence: Fence, payload: Payload) -> AppResult<(RunRow, Row, VersionRow)> {
    let run = store::run(db, fence.job).or_not_found("run")?;
    let row = store::find(db, payload.processing).or_not_found("processing job")?;
    let (version, _) = catalog::row_in(db, row.version_id)?;
    Ok((run, row, version))
}

/// Whether the job still is in progress, with the processor that asked for the run.
fn is_open(row: &Row, run: &RunRow) -> bool {
    row.state == ProcessingState::InProgress && row.processor_org_id == Some(run.processor_org_id)
}

fn no_longer_open() -> Reason {
    Reason::new(
        "job-not-in-progress",
        Some("R-075"),
        "가공 작업이 진행 중이 아니어서 실행하지 않았습니다.",
        "The processing job is no longer in progress; the run was dropped.",
    )
}

/// What a run made.
struct Made {
    table: PathBuf,
    lineage: Lineage,
    built: Built,
}

/// Fetches the raw table, cleans it and measures the result.
async fn make(
    context: &Context,
    version: &VersionRow,
    spec: PipelineSpec,
    scratch: &Arc<tempfile::TempDir>,
) -> Result<Result<Made, InputFault>, JobFault> {
    let app = &context.app;
    let (Some(key), Some(sha256)) = (&version.table_key, &version.table_sha256) else {
        return Err(JobFault::Bug("the version has no table".to_owned()));
    };
    let object = object_store::path::Path::from(key.as_str());
    let fetched = source::fetch(app.objects.store(), &object, sha256, scratch.path()).await;
    let input = match outcome(fetched)? {
        Ok(file) => file,
        // What was stored is not what was promised: the store is at fault, not the person.
        Err(fault) => return Err(JobFault::Transient(fault.text.en)),
    };
    let (app, reporter, now) = (app.clone(), context.reporter.clone(), app.clock.now());
    let (file_name, folder) = (version.file_name.clone(), scratch.clone());
    blocking(move || {
        let table = folder.path().join("processed.parquet");
        let lineage = pipeline::run(&spec, &input, &table, &Limits::default(), &reporter)?;
        let dictionary = ingest::dictionary_of(&table)?;
        let key = app.keys.current().map_err(|error| Fault::Bug(error.to_string()))?;
        let traced = Some(lineage.clone());
        let key = &key.certifying;
        let built = evidence::build(&table, &dictionary, &file_name, traced, key, now, &reporter)?;
        Ok(Made { table, lineage, built })
    })
    .await
}

async fn accept(
    context: &Context,
    payload: Payload,
    parent: VersionId,
    made: Made,
) -> Result<(), JobFault> {
    let (app, fence) = (&context.app, context.fence);
    let name = format!("{}-{}", fence.job, fence.attempt);
    let kept = evidence::keep(app, &name, &made.table, &made.built).await?;
    let (now, version) = (app.clock.now(), app.clock.fresh::<id::Version>());
    let audits: [AuditId; 2] = [app.clock.fresh(), app.clock.fresh()];
    let lineage = serde_json::to_string(&made.lineage).map_err(AppError::from)?;
    let (built, stored) = (Arc::new(made.built), kept.clone());
    let ended = app
        .store
        .write(move |db| {
            jobs::finish_in(db, fence, now)?;
            let (mut run, row, _) = load_in(db, fence, payload)?;
            // The job may have been taken from the processor while the pipeline ran.
            if !is_open(&row, &run) {
                end_in(db, &mut run, payload, Err(no_longer_open()), now, audits[0])?;
                return Ok(false);
            }
            let author = payload.author();
            let [first, second] = audits;
            catalog::processed_version_create_in(db, version, parent, &author, now, first, |to| {
                evidence::fill(to, &built, &stored);
                to.agreement_id = row.agreement_id;
            })?;
            run.lineage = Some(lineage.clone());
            end_in(db, &mut run, payload, Ok(version), now, second)?;
            Ok(true)
        })
        .await;
    if !matches!(ended, Ok(true)) {
        upload::discard(app, kept.table.key).await;
        upload::discard(app, kept.evidence.key).await;
    }
    ended?;
    Ok(())
}

async fn reject(context: &Context, payload: Payload, why: Reason) -> Result<(), JobFault> {
    let (app, fence) = (&context.app, context.fence);
    tracing::info!(run.id = %fence.job, fault = why.code, "run rejected");
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            jobs::finish_in(db, fence, now)?;
            let mut run = store::run(db, fence.job).or_not_found("run")?;
            end_in(db, &mut run, payload, Err(why.clone()), now, audit)
        })
        .await?;
    Ok(())
}

/// Ends a run with its version or the reason why there is none.
fn end_in(
    db: &mut Db,
    run: &mut RunRow,
    payload: Payload,
    result: Result<VersionId, Reason>,
    now: Instant,
    audit: AuditId,
) -> AppResult<()> {
    run.finished_at = Some(now.as_micros());
    let body = match result {
        Ok(version) => {
            run.state = RunState::Done;
            run.version_id = Some(version);
            json!({"run": run.id, "version": version})
        }
        Err(reason) => {
            run.state = RunState::Rejected;
            run.fault = Some(serde_json::to_string(&reason)?);
            json!({"run": run.id, "fault": reason.code})
        }
    };
    store::end_run(db, run)?;
    audit::record_in(
        db,
        &Entry {
            id: audit,
            at: now,
            who: None,
            object: payload.processing.as_str(),
            action: "processing.run-end",
            from: Some(RunState::Queued.as_str()),
            to: Some(run.state.as_str()),
            reason: None,
            body,
        },
    )
}
