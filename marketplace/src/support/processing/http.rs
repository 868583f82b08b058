//! Processing jobs.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use schema::api::jobs::Job;
use schema::api::support::{
    Decision, Deletion, Extension, NewProcessing, NewRun, Processing, Proposal, Run, Submission,
    Verification,
};
use schema::data::evidence::Evidence;
use schema::data::pipeline::PipelineSpec;
use schema::id::{self, JobId, ProcessingId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::rules::Command;
use super::service::{self, Call};
use super::{runs, verify, work};
use crate::app::App;
use crate::auth::Principal;
use crate::catalog::upload::digest_field;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query, page_cursor, page_limit, path_id};
use crate::http::reply;

type JobPath = PathId<id::Processing>;

fn call(who: Principal, key: &IdempotencyKey, command: Command, id: JobPath, body: &[u8]) -> Call {
    let ticket = key.ticket(&who, &format!("{} {}", command.action(), id.0), body);
    Call { who, ticket }
}

/// Asks a pool member to process a raw version of the caller's organisation.
#[utoipa::path(post, path = "/v1/processings", tag = "processing", security(("bearer" = [])),
    request_body = NewProcessing,
    responses((status = 201, body = Processing), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn processing_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewProcessing>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/processings", &body.bytes);
    let made = service::create(&app, Call { who, ticket }, body.value).await?;
    Ok(reply::created_once(&format!("/v1/processings/{}", made.value.id), &made))
}

/// The caller's jobs as owner or processor, oldest first; all for the staff.
#[utoipa::path(get, path = "/v1/processings", tag = "processing", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = Page<Processing>)))]
pub async fn processing_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, after) = (page_limit(&query.0)?, page_cursor::<id::Processing>(&query.0)?);
    let page = app.store.read(move |db| service::list_in(db, &who, after, limit)).await?;
    Ok(reply::ok(&page))
}

/// A job.
#[utoipa::path(get, path = "/v1/processings/{id}", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)),
    responses((status = 200, body = Processing), (status = 404, body = Problem)))]
pub async fn processing_find(
    app: Data<App>,
    who: Principal,
    id: JobPath,
) -> AppResult<HttpResponse> {
    let job = app.store.read(move |db| service::find_in(db, &who, id.0)).await?;
    Ok(reply::ok(&job))
}

/// Asks another pool member after a refusal or a replacement. For the owner.
#[utoipa::path(post, path = "/v1/processings/{id}/propose", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)), request_body = Proposal,
    responses((status = 200, body = Processing), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_propose(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
    body: Body<Proposal>,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Propose, id, &body.bytes);
    Ok(reply::ok_once(&service::propose(&app, call, id.0, body.value).await?))
}

/// Takes the job. For the processor.
#[utoipa::path(post, path = "/v1/processings/{id}/accept", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)),
    responses((status = 200, body = Processing), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_accept(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Accept, id, b"");
    Ok(reply::ok_once(&service::accept(&app, call, id.0).await?))
}

/// Does not take the job, and says why. For the processor.
#[utoipa::path(post, path = "/v1/processings/{id}/decline", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)), request_body = Decision,
    responses((status = 200, body = Processing), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_decline(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
    body: Body<Decision>,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Decline, id, &body.bytes);
    Ok(reply::ok_once(&service::decline(&app, call, id.0, body.value).await?))
}

/// Begins, or begins again after a rework: the raw data are open for the days agreed. For
/// the processor.
#[utoipa::path(post, path = "/v1/processings/{id}/start", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)),
    responses((status = 200, body = Processing), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_start(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Start, id, b"");
    Ok(reply::ok_once(&service::start(&app, call, id.0).await?))
}

/// Gives the processor more time. For the owner.
#[utoipa::path(post, path = "/v1/processings/{id}/extend", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)), request_body = Extension,
    responses((status = 200, body = Processing), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_extend(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
    body: Body<Extension>,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Extend, id, &body.bytes);
    Ok(reply::ok_once(&service::extend(&app, call, id.0, body.value).await?))
}

/// The raw table as Parquet, for the processor at work. Every reading is logged.
#[utoipa::path(get, path = "/v1/processings/{id}/source", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)),
    responses((status = 200, content_type = "application/vnd.apache.parquet", body = Vec<u8>),
              (status = 206, content_type = "application/vnd.apache.parquet", body = Vec<u8>),
              (status = 403, body = Problem), (status = 404, body = Problem), (status = 416, body = Problem)))]
pub async fn source_get(
    app: Data<App>,
    who: Principal,
    id: JobPath,
    request: HttpRequest,
) -> AppResult<HttpResponse> {
    let text =
        |name| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let ask = work::Ask { range: text(header::RANGE), if_range: text(header::IF_RANGE) };
    let opened = work::source(&app, who, id.0, ask).await?;
    let body = app.objects.get_range(&opened.key, opened.range.clone()).await?;
    let status = if opened.partial { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut answer = HttpResponse::build(status);
    answer
        .content_type("application/vnd.apache.parquet")
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::ETAG, opened.etag()))
        .insert_header(("repr-digest", digest_field(&opened.sha256)))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"source.parquet\""));
    if opened.partial {
        let (first, last) = (opened.range.start, opened.range.end.saturating_sub(1));
        let range = format!("bytes {first}-{last}/{}", opened.size);
        answer.insert_header((header::CONTENT_RANGE, range));
    }
    Ok(answer.no_chunking(opened.range.end - opened.range.start).streaming(body))
}

/// Dictionary, profile, report and preview of the raw version, for the processor at work. Logged.
#[utoipa::path(get, path = "/v1/processings/{id}/profile", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)),
    responses((status = 200, body = Evidence), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn profile_get(app: Data<App>, who: Principal, id: JobPath) -> AppResult<HttpResponse> {
    let json = work::evidence(&app, who, id.0).await?;
    Ok(HttpResponse::Ok().content_type("application/json").body(json))
}

/// A pipeline that the profile of the raw version suggests, for the processor at work. Logged.
#[utoipa::path(get, path = "/v1/processings/{id}/suggested-pipeline", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)),
    responses((status = 200, body = PipelineSpec), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn suggested_pipeline_get(
    app: Data<App>,
    who: Principal,
    id: JobPath,
) -> AppResult<HttpResponse> {
    Ok(reply::ok(&work::suggestion(&app, who, id.0).await?))
}

/// Queues a run of a pipeline; follow the background job for its progress. For the processor.
#[utoipa::path(post, path = "/v1/processings/{id}/runs", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)), request_body = NewRun,
    responses((status = 202, body = Job), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn run_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
    body: Body<NewRun>,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Run, id, &body.bytes);
    let job = runs::create(&app, call, id.0, body.value).await?;
    Ok(reply::accepted_once(&format!("/v1/jobs/{}", job.value.id), &job))
}

/// The runs of a job, oldest first.
#[utoipa::path(get, path = "/v1/processings/{id}/runs", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path), PageQuery),
    responses((status = 200, body = Page<Run>), (status = 404, body = Problem)))]
pub async fn run_list(
    app: Data<App>,
    who: Principal,
    id: JobPath,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, after) = (page_limit(&query.0)?, page_cursor::<id::Job>(&query.0)?);
    let page = app.store.read(move |db| runs::list_in(db, &who, id.0, after, limit)).await?;
    Ok(reply::ok(&page))
}

/// Dictionary, profile, report, preview and lineage of the version that a run made. For the owner,
/// the staff, and the processor until the result is accepted.
#[utoipa::path(get, path = "/v1/processings/{id}/runs/{run}/evidence", tag = "processing",
    security(("bearer" = [])), params(("id" = ProcessingId, Path), ("run" = JobId, Path)),
    responses((status = 200, body = Evidence), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn run_evidence_get(
    app: Data<App>,
    who: Principal,
    id: JobPath,
    request: HttpRequest,
) -> AppResult<HttpResponse> {
    let run = path_id::<id::Job>(&request, "run")?;
    let key = app.store.read(move |db| runs::evidence_key_in(db, &who, id.0, run)).await?;
    let json = app.objects.get_bytes(&key).await?;
    Ok(HttpResponse::Ok().content_type("application/json").body(json))
}

/// Hands a version in that a run of this job made. For the processor.
#[utoipa::path(post, path = "/v1/processings/{id}/submit", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)), request_body = Submission,
    responses((status = 200, body = Processing), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn processing_submit(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
    body: Body<Submission>,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Submit, id, &body.bytes);
    Ok(reply::ok_once(&service::submit(&app, call, id.0, body.value).await?))
}

/// Checks certificate, bytes, grade and personal data of the version handed in: `verified`, or
/// `rework` with `findings`. For operators.
#[utoipa::path(post, path = "/v1/processings/{id}/verify", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)), request_body = Verification,
    responses((status = 200, body = Processing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_verify(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
    body: Body<Verification>,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Pass, id, &body.bytes);
    Ok(reply::ok_once(&verify::verify(&app, call, id.0, body.value).await?))
}

/// Accepts the result; the processor's access ends. For the owner.
#[utoipa::path(post, path = "/v1/processings/{id}/approve", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)),
    responses((status = 200, body = Processing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_approve(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Approve, id, b"");
    Ok(reply::ok_once(&service::approve(&app, call, id.0).await?))
}

/// Certifies that no copy of the raw data is left. For the processor.
#[utoipa::path(post, path = "/v1/processings/{id}/close", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)), request_body = Deletion,
    responses((status = 200, body = Processing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_close(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
    body: Body<Deletion>,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Close, id, &body.bytes);
    Ok(reply::ok_once(&service::close(&app, call, id.0, body.value).await?))
}

/// Takes the job from its processor; the owner proposes it to another. For the agency.
#[utoipa::path(post, path = "/v1/processings/{id}/replace", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)), request_body = Decision,
    responses((status = 200, body = Processing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_replace(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
    body: Body<Decision>,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Replace, id, &body.bytes);
    Ok(reply::ok_once(&service::replace(&app, call, id.0, body.value).await?))
}

/// Lets a processor finish that was barred from the pool since. For the agency.
#[utoipa::path(post, path = "/v1/processings/{id}/continue", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)), request_body = Decision,
    responses((status = 200, body = Processing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_continue(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
    body: Body<Decision>,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Continue, id, &body.bytes);
    Ok(reply::ok_once(&service::proceed(&app, call, id.0, body.value).await?))
}

/// Gives the job up. For the agency.
#[utoipa::path(post, path = "/v1/processings/{id}/abort", tag = "processing", security(("bearer" = [])),
    params(("id" = ProcessingId, Path)), request_body = Decision,
    responses((status = 200, body = Processing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn processing_abort(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: JobPath,
    body: Body<Decision>,
) -> AppResult<HttpResponse> {
    let call = call(who, &key, Command::Abort, id, &body.bytes);
    Ok(reply::ok_once(&service::abort(&app, call, id.0, body.value).await?))
}
