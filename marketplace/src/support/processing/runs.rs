//! Asking for runs of a pipeline, and looking at them.

use processing::{Fault, InputFault, pipeline};
use schema::api::jobs::{Job, JobState};
use schema::api::support::{NewRun, Run, RunState};
use schema::code::Code;
use schema::data::column::Dictionary;
use schema::data::pipeline::PipelineSpec;
use schema::id::{self, JobId, ProcessingId};
use schema::page::Page;
use schema::problem::Refusal;
use schema::time::Instant;
use serde_json::{Value, json};

use super::jobs::{PIPELINE, Payload};
use super::offer;
use super::rules::Command;
use super::service::{Call, commandable_in, may_work_in, seen_in};
use super::store::{self, RunRow};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::catalog::service as catalog;
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, once_in};
use crate::jobs::{self as queue, NewJob};

/// Runs of one job; each may leave a version behind.
pub const RUNS_MAX: usize = 200;
/// Runs of one job that wait or work at the same time.
pub const RUNS_WAITING_MAX: usize = 3;

/// Queues a run of a pipeline on the raw version.
pub async fn create(app: &App, call: Call, id: ProcessingId, new: NewRun) -> AppResult<Once<Job>> {
    let spec = read(&new.spec)?;
    let text = serde_json::to_string(&spec)?;
    let (now, job) = (app.clock.now(), app.clock.fresh::<id::Job>());
    let audit = app.clock.fresh();
    app.store
        .write(move |db| {
            once_in(db, &call.ticket, now, |db| {
                let row = commandable_in(db, &call.who, id, Command::Run)?;
                may_work_in(db, &row, now)?;
                let until = row.access_until.and_then(Instant::from_micros);
                offer::may_read(row.state, until, now)?;
                fits_in(db, row.version_id, &spec)?;
                let number = next_number_in(db, id)?;
                let payload = Payload {
                    processing: id,
                    user: call.who.user,
                    org: call.who.org,
                    session: call.who.session,
                };
                let work = NewJob {
                    id: job,
                    kind: PIPELINE,
                    payload: &payload,
                    org: Some(call.who.org),
                    subject: id.as_str(),
                };
                queue::enqueue_in(db, &work, now)?;
                let run = RunRow {
                    id: job,
                    processing_id: id,
                    number,
                    processor_org_id: call.who.org,
                    state: RunState::Queued,
                    spec: text.clone(),
                    version_id: None,
                    lineage: None,
                    fault: None,
                    created_by: call.who.user,
                    created_at: now.as_micros(),
                    finished_at: None,
                };
                store::insert_run(db, &run)?;
                audit::record_in(
                    db,
                    &Entry {
                        id: audit,
                        at: now,
                        who: Some(&call.who),
                        object: id.as_str(),
                        action: Command::Run.action(),
                        from: Some(row.state.as_str()),
                        to: Some(row.state.as_str()),
                        reason: None,
                        body: json!({"run": job, "number": number, "spec_sha256": digest(&spec)?}),
                    },
                )?;
                queue::service::find_in(db, &call.who, job)
            })
        })
        .await
}

fn digest(spec: &PipelineSpec) -> AppResult<String> {
    pipeline::spec_sha256(spec).map_err(spec_fault)
}

/// Reads a specification: an object, or a text in YAML or JSON.
pub(super) fn read(spec: &Value) -> AppResult<PipelineSpec> {
    let text = match spec {
        Value::String(text) => text.clone(),
        object => {
            let parsed: Result<PipelineSpec, _> = serde_path_to_error::deserialize(object);
            if let Err(error) = parsed {
                let path = error.path().to_string();
                let inner = error.into_inner();
                return Err(Code::SpecInvalid
                    .because(
                        format!("`{path}`: 처리 명세가 올바르지 않습니다: {inner}"),
                        format!("`{path}` of the specification is not valid: {inner}"),
                    )
                    .field(format!("spec.{path}"))
                    .into());
            }
            serde_json::to_string(object)?
        }
    };
    pipeline::parse(&text).map_err(spec_fault)
}

/// Checks a specification against the columns of the version, before anything is queued.
fn fits_in(db: &mut Db, version: schema::id::VersionId, spec: &PipelineSpec) -> AppResult<()> {
    let (row, _) = catalog::row_in(db, version)?;
    let Some(text) = row.dictionary else { return Err(catalog::not_ready().into()) };
    let dictionary: Dictionary = serde_json::from_str(&text)?;
    pipeline::check(spec, &dictionary).map_err(spec_fault)
}

fn spec_fault(fault: Fault) -> AppError {
    match fault {
        Fault::Input(fault) => refusal(&fault).into(),
        other => AppError::Internal(anyhow::anyhow!("specification: {other}")),
    }
}

fn refusal(fault: &InputFault) -> Refusal {
    let mut refusal = Code::SpecInvalid
        .because(fault.text.ko.clone(), fault.text.en.clone())
        .field("spec")
        .with("fault", fault.code.clone());
    if let Some(column) = &fault.column {
        refusal = refusal.with("column", column.clone());
    }
    if let Some(line) = fault.row {
        refusal = refusal.with("line", line);
    }
    refusal
}

/// Number of the next run, or a refusal when there are too many.
fn next_number_in(db: &mut Db, id: ProcessingId) -> AppResult<i64> {
    let runs = store::runs(db, id)?;
    if runs.len() >= RUNS_MAX {
        return Err(Code::StateForbids
            .because(
                format!("한 작업의 실행은 {RUNS_MAX}번까지입니다."),
                format!("A job has up to {RUNS_MAX} runs."),
            )
            .with("runs_max", RUNS_MAX)
            .into());
    }
    let mut waiting = 0;
    for run in runs.iter().filter(|run| run.state == RunState::Queued) {
        if queue::service::job_in(db, run.id)?.state != JobState::Dead {
            waiting += 1;
        }
    }
    if waiting >= RUNS_WAITING_MAX {
        return Err(Code::StateForbids
            .because(
                format!("실행 {waiting}건이 이미 기다리고 있습니다."),
                format!("{waiting} runs are waiting already."),
            )
            .cure("앞의 실행이 끝난 뒤 다시 보내 주세요.", "Send it again when one has ended.")
            .with("waiting_max", RUNS_WAITING_MAX)
            .into());
    }
    Ok(runs.last().map_or(1, |last| last.number + 1))
}

/// A page of the runs of a job, oldest first, if the caller may see the job.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    id: ProcessingId,
    after: Option<JobId>,
    limit: u32,
) -> AppResult<Page<Run>> {
    seen_in(db, who, id)?;
    let rows = store::runs_page(db, id, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(|row| wire_in(db, row));
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}

/// Name in the store of the evidence of the version that a run made: for owner and staff, and for
/// the processor that asked for the run, until the result is accepted.
pub fn evidence_key_in(
    db: &mut Db,
    who: &Principal,
    id: ProcessingId,
    run: JobId,
) -> AppResult<String> {
    let row = seen_in(db, who, id)?;
    let run = store::run(db, run).or_not_found("run")?;
    if run.processing_id != id {
        return Err(AppError::NotFound("run"));
    }
    if row.org_id != who.org && !who.sees_all() {
        offer::may_see_result(row.state, run.processor_org_id == who.org)?;
    }
    let Some(version) = run.version_id else { return Err(catalog::not_ready().into()) };
    catalog::row_in(db, version)?.0.evidence_key.ok_or_else(|| catalog::not_ready().into())
}

/// A run, by its id, for other features' rules and for tests.
pub fn run_in(db: &mut Db, id: JobId) -> AppResult<Run> {
    let row = store::run(db, id).or_not_found("run")?;
    wire_in(db, row)
}

fn wire_in(db: &mut Db, row: RunRow) -> AppResult<Run> {
    let instant = |micros| Instant::from_micros(micros).unwrap_or(Instant::MIN);
    let job = queue::service::job_in(db, row.id)?;
    let dead = row.state == RunState::Queued && job.state == JobState::Dead;
    let version = row.version_id.map(|id| catalog::version_in(db, id)).transpose()?;
    Ok(Run {
        id: row.id,
        number: row.number,
        state: if dead { RunState::Failed } else { row.state },
        spec: serde_json::from_str(&row.spec)?,
        version,
        lineage: row.lineage.as_deref().map(serde_json::from_str).transpose()?,
        fault: row.fault.as_deref().map(serde_json::from_str).transpose()?,
        job,
        created_at: instant(row.created_at),
        finished_at: row.finished_at.map(instant),
    })
}

#[cfg(test)]
mod tests {
    use schema::code::Code;
    use serde_json::json;

    use super::read;
    use crate::error::AppError;

    fn refused(spec: &serde_json::Value) -> schema::problem::Refusal {
        match read(spec) {
            Err(AppError::Refused(refusal)) => *refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_specification_is_an_object_or_a_text() {
        let object = json!({"steps": [{"drop_duplicates": {}}]});
        let spec = read(&object).unwrap();
        assert_eq!(read(&json!("steps:\n  - drop_duplicates: {}\n")).unwrap(), spec);
        assert_eq!(read(&json!(object.to_string())).unwrap(), spec);
    }

    #[test]
    fn a_broken_specification_says_where() {
        let told = refused(&json!({"steps": [{"drop_duplicates": {}}, {"explode": {}}]}));
        assert_eq!(told.code, Code::SpecInvalid);
        assert!(told.field.unwrap().starts_with("spec.steps[1]"));
        let told = refused(&json!("steps:\n  - drop_duplicates: {}\n  - explode: {}\n"));
        assert_eq!(told.code, Code::SpecInvalid);
        assert_eq!(told.figures["line"], 3);
        for empty in [json!(""), json!(7), json!(null), json!({}), json!([])] {
            assert_eq!(refused(&empty).code, Code::SpecInvalid, "{empty}");
        }
    }
}
