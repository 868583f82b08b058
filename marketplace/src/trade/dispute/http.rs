//! Disputes about deliveries.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::trade::{Dispute, DisputeDecision, DisputeProposal, DisputeReply};
use schema::id::{self, ContractId};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId};
use crate::http::reply;

/// The dispute about a contract, for its parties and the staff.
#[utoipa::path(get, path = "/v1/contracts/{id}/dispute", tag = "trade",
    security(("bearer" = [])), params(("id" = ContractId, Path)),
    responses((status = 200, body = Dispute), (status = 404, body = Problem)))]
pub async fn dispute_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Decides a dispute, or hands it to the mediation committee. For the operator. Needs an
/// `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/contracts/{id}/resolve", tag = "trade",
    security(("bearer" = [])), params(("id" = ContractId, Path)), request_body = DisputeDecision,
    responses((status = 200, body = Dispute), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn dispute_decide(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
    key: IdempotencyKey,
    body: Body<DisputeDecision>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/contracts/{}/resolve", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    let done = service::decide(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Records the proposal of the mediation committee, served today. For the operator.
#[utoipa::path(post, path = "/v1/contracts/{id}/proposal", tag = "trade",
    security(("bearer" = [])), params(("id" = ContractId, Path)), request_body = DisputeProposal,
    responses((status = 200, body = Dispute), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn dispute_propose(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
    key: IdempotencyKey,
    body: Body<DisputeProposal>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/contracts/{}/proposal", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = service::propose(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Answers the proposal for the caller's side; when both take it, it is carried out at once. Needs an
/// `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/contracts/{id}/proposal/answer", tag = "trade",
    security(("bearer" = [])), params(("id" = ContractId, Path)), request_body = DisputeReply,
    responses((status = 200, body = Dispute), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn dispute_answer(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
    key: IdempotencyKey,
    body: Body<DisputeReply>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/contracts/{}/proposal/answer", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    let done = service::answer(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}
