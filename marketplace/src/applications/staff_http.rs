//! Review, evaluation and selection, for operators, evaluators and the agency.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::applications::{
    AddApplications, AddEvaluators, Application, AskSupplement, DeclareConflict,
    DraftFromApplication, EvaluationBatch, Explanation, NewBatch, NewScoreSheet, NewSelection,
    PassReview, Promotion, ScoreSheet, Selection, StartReview, UpholdObjection, WhatIfQuery,
};
use schema::api::programme::Agreement;
use schema::id::{self, ApplicationId, EvaluationBatchId, SelectionId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::review::{self, Step};
use super::{agreement, batches, objection, scoring, selection};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

/// Begins the review of an application in view of an evaluation. For operators.
#[utoipa::path(post, path = "/v1/applications/{id}/review", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = StartReview,
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_review(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<StartReview>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/review", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = review::review(&app, who, ticket, id.0, Step::Start(body.value)).await?;
    Ok(reply::ok_once(&done))
}

/// Asks the applicant for a supplement. For operators.
#[utoipa::path(post, path = "/v1/applications/{id}/supplement", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = AskSupplement,
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_supplement(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<AskSupplement>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/supplement", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = review::review(&app, who, ticket, id.0, Step::Ask(body.value)).await?;
    Ok(reply::ok_once(&done))
}

/// Finds the requirements met. For operators.
#[utoipa::path(post, path = "/v1/applications/{id}/pass", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = PassReview,
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_pass(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<PassReview>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/pass", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = review::review(&app, who, ticket, id.0, Step::Pass(body.value)).await?;
    Ok(reply::ok_once(&done))
}

/// Finds them not met. For operators.
#[utoipa::path(post, path = "/v1/applications/{id}/fail", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = Explanation,
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_fail(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<Explanation>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/fail", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = review::review(&app, who, ticket, id.0, Step::Fail(body.value)).await?;
    Ok(reply::ok_once(&done))
}

/// Declares a conflict of interest. For evaluators, and for operators about one.
#[utoipa::path(post, path = "/v1/applications/{id}/conflicts", tag = "evaluation",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = DeclareConflict,
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_conflict(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<DeclareConflict>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/conflicts", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = scoring::conflict(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Hands in a score sheet. For evaluators.
#[utoipa::path(post, path = "/v1/applications/{id}/scores", tag = "evaluation",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = NewScoreSheet,
    responses((status = 201, body = ScoreSheet), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn score_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<NewScoreSheet>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/scores", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = scoring::score(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&format!("/v1/applications/{}/scores", id.0), &done))
}

/// Upholds an objection. For the agency.
#[utoipa::path(post, path = "/v1/applications/{id}/uphold", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = UpholdObjection,
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_uphold(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<UpholdObjection>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/uphold", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = objection::uphold(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Dismisses an objection for good. For the agency.
#[utoipa::path(post, path = "/v1/applications/{id}/dismiss", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = Explanation,
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_dismiss(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<Explanation>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/dismiss", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = objection::dismiss(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Drafts the agreement of a selected application. For the agency. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/applications/{id}/agreement", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = DraftFromApplication,
    responses((status = 201, body = Agreement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_agreement(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<DraftFromApplication>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/agreement", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    let done = agreement::draft(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&format!("/v1/agreements/{}", done.value.id), &done))
}

/// Makes an evaluation batch with its day. For operators.
#[utoipa::path(post, path = "/v1/evaluation-batches", tag = "evaluation",
    security(("bearer" = [])), request_body = NewBatch,
    responses((status = 201, body = EvaluationBatch), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn batch_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewBatch>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/evaluation-batches", &body.bytes);
    let done = batches::create(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/evaluation-batches/{}", done.value.id), &done))
}

/// Adds evaluators to a batch. For operators.
#[utoipa::path(post, path = "/v1/evaluation-batches/{id}/evaluators", tag = "evaluation",
    security(("bearer" = [])), params(("id" = EvaluationBatchId, Path)), request_body = AddEvaluators,
    responses((status = 200, body = EvaluationBatch), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn batch_evaluators(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::EvaluationBatch>,
    body: Body<AddEvaluators>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/evaluation-batches/{}/evaluators", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = batches::evaluators_add(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Puts eligible applications into a batch. For operators.
#[utoipa::path(post, path = "/v1/evaluation-batches/{id}/applications", tag = "evaluation",
    security(("bearer" = [])), params(("id" = EvaluationBatchId, Path)), request_body = AddApplications,
    responses((status = 200, body = EvaluationBatch), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn batch_applications(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::EvaluationBatch>,
    body: Body<AddApplications>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/evaluation-batches/{}/applications", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = batches::applications_add(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Closes a batch: its scores stand. For the agency.
#[utoipa::path(post, path = "/v1/evaluation-batches/{id}/close", tag = "evaluation",
    security(("bearer" = [])), params(("id" = EvaluationBatchId, Path)),
    responses((status = 200, body = EvaluationBatch), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn batch_close(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::EvaluationBatch>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/evaluation-batches/{}/close", id.0);
    let ticket = key.ticket(&who, &target, b"");
    let done = batches::close(&app, who, ticket, id.0).await?;
    Ok(reply::ok_once(&done))
}

/// Decides who of a closed batch is supported. For the agency. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/selections", tag = "evaluation",
    security(("bearer" = [])), request_body = NewSelection,
    responses((status = 201, body = Selection), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn selection_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewSelection>,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, "POST /v1/selections", &body.bytes)?;
    let done = selection::select(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(
        &format!("/v1/selections/{}", done.value.id.map(|id| id.to_string()).unwrap_or_default()),
        &done,
    ))
}

/// Gives money that came back to those who wait. For the agency. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/selections/{id}/promote", tag = "evaluation",
    security(("bearer" = [])), params(("id" = SelectionId, Path)),
    responses((status = 200, body = Promotion), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn selection_promote(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Selection>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/selections/{}/promote", id.0);
    let ticket = key.required(&who, &target, b"")?;
    let done = selection::promote(&app, who, ticket, id.0).await?;
    Ok(reply::ok_once(&done))
}

/// Evaluation batches: all for the staff, one's own for an evaluator.
#[utoipa::path(get, path = "/v1/evaluation-batches", tag = "evaluation",
    security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = Page<EvaluationBatch>), (status = 403, body = Problem)))]
pub async fn batch_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| batches::list_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// An evaluation batch, for the staff and its evaluators.
#[utoipa::path(get, path = "/v1/evaluation-batches/{id}", tag = "evaluation",
    security(("bearer" = [])), params(("id" = EvaluationBatchId, Path)),
    responses((status = 200, body = EvaluationBatch), (status = 404, body = Problem)))]
pub async fn batch_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::EvaluationBatch>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| batches::find_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// What a selection of a closed batch would say, at the remaining budget or at another. For the
/// staff; nothing is stored.
#[utoipa::path(get, path = "/v1/evaluation-batches/{id}/selection", tag = "evaluation",
    security(("bearer" = [])), params(("id" = EvaluationBatchId, Path), WhatIfQuery),
    responses((status = 200, body = Selection), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn batch_what_if(
    app: Data<App>,
    who: Principal,
    id: PathId<id::EvaluationBatch>,
    query: Query<WhatIfQuery>,
) -> AppResult<HttpResponse> {
    let (now, remaining) = (app.clock.now(), query.0.remaining);
    let tried =
        app.store.read(move |db| selection::what_if_in(db, &who, id.0, remaining, now)).await?;
    Ok(reply::ok(&tried))
}

/// Selections. For the staff.
#[utoipa::path(get, path = "/v1/selections", tag = "evaluation", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<Selection>), (status = 403, body = Problem)))]
pub async fn selection_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| selection::list_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// A selection as it was made. For the staff.
#[utoipa::path(get, path = "/v1/selections/{id}", tag = "evaluation", security(("bearer" = [])),
    params(("id" = SelectionId, Path)),
    responses((status = 200, body = Selection), (status = 404, body = Problem)))]
pub async fn selection_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Selection>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| selection::find_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}
