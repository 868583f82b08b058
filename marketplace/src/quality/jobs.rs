//! The ingest job: uploaded file → table, evidence, certificate.

use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;
use processing::{Fault, InputFault, Limits, ingest as reading, source};
use schema::data::column::Dictionary;
use schema::id::VersionId;
use schema::problem::Reason;

use super::evidence::{self, Built};
use crate::catalog::rules::Command;
use crate::catalog::{service as catalog, upload};
use crate::error::AppError;
use crate::jobs::worker::Context;
use crate::jobs::{self, JobFault};

pub use catalog::INGEST;

/// How a handler's failure follows from a fault of the library; a fault of the input is `Ok`.
pub fn outcome<T>(result: Result<T, Fault>) -> Result<Result<T, InputFault>, JobFault> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Fault::Input(fault)) => Ok(Err(fault)),
        Err(Fault::Transient(cause)) => Err(JobFault::Transient(cause)),
        Err(Fault::Bug(cause)) => Err(JobFault::Bug(cause)),
        Err(Fault::Cancelled) => Err(JobFault::LeaseLost),
    }
}

/// Runs long work on a thread of its own; a panic there is a bug.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<Result<T, InputFault>, JobFault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => outcome(result),
        Err(error) => Err(JobFault::Bug(format!("processing panicked: {error}"))),
    }
}

/// A fault of the input as the version shows it.
pub fn reason(fault: &InputFault) -> Reason {
    let place = match (&fault.column, fault.row) {
        (Some(column), Some(row)) => Some(format!("{column}, row {row}")),
        (Some(column), None) => Some(column.clone()),
        (None, Some(row)) => Some(format!("row {row}")),
        (None, None) => None,
    };
    Reason { code: fault.code.clone(), rule: None, field: place, text: fault.text.clone() }
}

/// Handles [`INGEST`].
pub fn ingest(context: Context) -> BoxFuture<'static, Result<(), JobFault>> {
    Box::pin(run(context))
}

async fn run(context: Context) -> Result<(), JobFault> {
    let app = &context.app;
    let version: VersionId = serde_json::from_value(context.payload.clone())
        .map_err(|error| JobFault::Bug(format!("payload: {error}")))?;
    let (row, _) = app.store.read(move |db| catalog::row_in(db, version)).await?;
    let (Some(key), Some(sha256)) = (row.source_key.clone(), row.source_sha256.clone()) else {
        return Err(JobFault::Bug("the version has no file".to_owned()));
    };
    let declared: Option<Dictionary> = row
        .dictionary
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| JobFault::Bug(format!("dictionary: {error}")))?;

    // The folder and everything in it go when the job ends, whichever way.
    let scratch = Arc::new(
        tempfile::tempdir_in(app.objects.scratch())
            .map_err(|error| JobFault::Transient(format!("scratch folder: {error}")))?,
    );
    let object = object_store::path::Path::from(key.as_str());
    let fetched = source::fetch(app.objects.store(), &object, &sha256, scratch.path()).await;
    let file = match outcome(fetched)? {
        Ok(file) => file,
        // What was stored is not what was promised: the store is at fault, not the person.
        Err(fault) => return Err(JobFault::Transient(fault.text.en)),
    };
    let table: PathBuf = scratch.path().join("table.parquet");
    let measured = {
        let (app, reporter, now) = (app.clone(), context.reporter.clone(), app.clock.now());
        let (table, file_name, keep) = (table.clone(), row.file_name.clone(), scratch.clone());
        blocking(move || {
            let _folder = keep;
            let limits = Limits::default();
            let read = reading::convert(&file, &table, declared.as_ref(), &limits, &reporter)?;
            let key = app.keys.current().map_err(|error| Fault::Bug(error.to_string()))?;
            let key = &key.certifying;
            evidence::build(&table, &read.dictionary, &file_name, None, key, now, &reporter)
        })
        .await?
    };
    match measured {
        Ok(built) => accept(&context, version, &table, built).await,
        Err(fault) => reject(&context, version, key, &fault).await,
    }
}

async fn accept(
    context: &Context,
    version: VersionId,
    table: &std::path::Path,
    built: Built,
) -> Result<(), JobFault> {
    let (app, fence) = (&context.app, context.fence);
    let name = format!("{}-{}", fence.job, fence.attempt);
    let kept = evidence::keep(app, &name, table, &built).await?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    let (built, stored) = (Arc::new(built), kept.clone());
    let ended = app
        .store
        .write(move |db| {
            jobs::finish_in(db, fence, now)?;
            catalog::processing_end_in(db, version, Command::Complete, now, audit, |row| {
                evidence::fill(row, &built, &stored);
            })
        })
        .await;
    if ended.is_err() {
        upload::discard(app, kept.table.key).await;
        upload::discard(app, kept.evidence.key).await;
    }
    Ok(ended?)
}

async fn reject(
    context: &Context,
    version: VersionId,
    source_key: String,
    fault: &InputFault,
) -> Result<(), JobFault> {
    let (app, fence) = (&context.app, context.fence);
    tracing::info!(version.id = %version, fault = fault.code, "version rejected");
    let told = serde_json::to_string(&reason(fault)).map_err(AppError::from)?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            jobs::finish_in(db, fence, now)?;
            catalog::processing_end_in(db, version, Command::Reject, now, audit, |row| {
                // The digest stays as a record of what was refused; the bytes go.
                row.source_key = None;
                row.fault = Some(told.clone());
            })
        })
        .await?;
    upload::discard(app, source_key).await;
    Ok(())
}
