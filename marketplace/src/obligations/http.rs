//! Duties: one's own, the board of the staff, and decisions on them.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::obligations::{BurnDown, Discharge, Obligation, ObligationQuery, Postponement};
use schema::id::{self, ObligationId};
use schema::page::Page;
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

/// Dated duties of one's organisation; of all for the staff.
#[utoipa::path(get, path = "/v1/obligations", tag = "obligations", security(("bearer" = [])),
    params(ObligationQuery),
    responses((status = 200, body = Page<Obligation>), (status = 403, body = Problem)))]
pub async fn obligation_list(
    app: Data<App>,
    who: Principal,
    query: Query<ObligationQuery>,
) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let page = app.store.read(move |db| service::list_in(db, &who, &query.0, today)).await?;
    Ok(reply::ok(&page))
}

/// What is left to do over all organisations, by kind and by week. For the staff.
#[utoipa::path(get, path = "/v1/obligations/burn-down", tag = "obligations",
    security(("bearer" = [])),
    responses((status = 200, body = BurnDown), (status = 403, body = Problem)))]
pub async fn burn_down(app: Data<App>, who: Principal) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let board = app.store.read(move |db| service::burn_down_in(db, &who, today)).await?;
    Ok(reply::ok(&board))
}

/// A duty.
#[utoipa::path(get, path = "/v1/obligations/{id}", tag = "obligations",
    security(("bearer" = [])), params(("id" = ObligationId, Path)),
    responses((status = 200, body = Obligation), (status = 404, body = Problem)))]
pub async fn obligation_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Obligation>,
) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let found = app.store.read(move |db| service::seen_in(db, &who, id.0, today)).await?;
    Ok(reply::ok(&found))
}

/// Finds that a duty was met, or fell away. For the operator and the agency.
#[utoipa::path(post, path = "/v1/obligations/{id}/discharge", tag = "obligations",
    security(("bearer" = [])), params(("id" = ObligationId, Path)), request_body = Discharge,
    responses((status = 200, body = Obligation), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn obligation_discharge(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Obligation>,
    key: IdempotencyKey,
    body: Body<Discharge>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/obligations/{}/discharge", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = service::discharge(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Gives a duty another day. For the agency.
#[utoipa::path(post, path = "/v1/obligations/{id}/postpone", tag = "obligations",
    security(("bearer" = [])), params(("id" = ObligationId, Path)), request_body = Postponement,
    responses((status = 200, body = Obligation), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn obligation_postpone(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Obligation>,
    key: IdempotencyKey,
    body: Body<Postponement>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/obligations/{}/postpone", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = service::postpone(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}
