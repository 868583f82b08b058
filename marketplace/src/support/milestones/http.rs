//! Milestones.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::work::{Milestone, MilestoneEvidence, Milestones, NewMilestone};
use schema::id::{self, MilestoneId, ProcessingId};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId};
use crate::http::reply;

/// Plans a milestone of a job. For the owner.
#[utoipa::path(post, path = "/v1/processings/{id}/milestones", tag = "processing",
    security(("bearer" = [])), params(("id" = ProcessingId, Path)), request_body = NewMilestone,
    responses((status = 201, body = Milestone), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn milestone_plan(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Processing>,
    key: IdempotencyKey,
    body: Body<NewMilestone>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/processings/{}/milestones", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let made = service::plan(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&format!("/v1/processings/{}/milestones", id.0), &made))
}

/// The milestones of a job in their order.
#[utoipa::path(get, path = "/v1/processings/{id}/milestones", tag = "processing",
    security(("bearer" = [])), params(("id" = ProcessingId, Path)),
    responses((status = 200, body = Milestones), (status = 404, body = Problem)))]
pub async fn milestone_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Processing>,
) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let list = app.store.read(move |db| service::list_in(db, &who, id.0, today)).await?;
    Ok(reply::ok(&list))
}

/// Says that a milestone is done, with evidence. For the processor at work.
#[utoipa::path(post, path = "/v1/milestones/{id}/done", tag = "processing",
    security(("bearer" = [])), params(("id" = MilestoneId, Path)),
    request_body = MilestoneEvidence,
    responses((status = 200, body = Milestone), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn milestone_done(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Milestone>,
    key: IdempotencyKey,
    body: Body<MilestoneEvidence>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/milestones/{}/done", id.0), &body.bytes);
    let done = service::done(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Accepts a milestone. For the owner.
#[utoipa::path(post, path = "/v1/milestones/{id}/accept", tag = "processing",
    security(("bearer" = [])), params(("id" = MilestoneId, Path)),
    responses((status = 200, body = Milestone), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn milestone_accept(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Milestone>,
    key: IdempotencyKey,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/milestones/{}/accept", id.0), b"");
    let done = service::accept(&app, who, ticket, id.0).await?;
    Ok(reply::ok_once(&done))
}
