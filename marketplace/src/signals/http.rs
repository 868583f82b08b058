//! Signals, for those who watch over the money.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::signals::{Signal, SignalDecision, SignalQuery};
use schema::id::{self, SignalId};
use schema::page::Page;
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

/// Signs that something may be wrong. For the operator, the agency and the auditor.
#[utoipa::path(get, path = "/v1/signals", tag = "signals", security(("bearer" = [])),
    params(SignalQuery),
    responses((status = 200, body = Page<Signal>), (status = 403, body = Problem)))]
pub async fn signal_list(
    app: Data<App>,
    who: Principal,
    query: Query<SignalQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::list_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// A signal with its evidence.
#[utoipa::path(get, path = "/v1/signals/{id}", tag = "signals", security(("bearer" = [])),
    params(("id" = SignalId, Path)),
    responses((status = 200, body = Signal), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
pub async fn signal_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Signal>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::find_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Decides on a signal, with a reason. For the operator and the agency.
#[utoipa::path(post, path = "/v1/signals/{id}/decide", tag = "signals",
    security(("bearer" = [])), params(("id" = SignalId, Path)), request_body = SignalDecision,
    responses((status = 200, body = Signal), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn signal_decide(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Signal>,
    key: IdempotencyKey,
    body: Body<SignalDecision>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/signals/{}/decide", id.0), &body.bytes);
    let done = service::decide(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}
