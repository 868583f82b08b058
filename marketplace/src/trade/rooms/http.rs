//! Queries and probes over HTTP.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::trade::{NewQuery, Probe, ProbeAnswer, QueryAnswer, Question};
use schema::id::{self, ContractId, ListingId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, PathId, Query, page_cursor, page_limit};
use crate::http::reply;

/// Asks one `SELECT` over the table `data` of what was bought: read only, bounded in time, memory, rows
/// and bytes. The first query is the delivery.
#[utoipa::path(post, path = "/v1/contracts/{id}/queries", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)), request_body = NewQuery,
    responses((status = 200, body = QueryAnswer), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub async fn query_ask(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
    body: Body<NewQuery>,
) -> AppResult<HttpResponse> {
    Ok(reply::ok(&service::query(&app, who, id.0, body.value).await?))
}

/// What was asked under a contract, newest first.
#[utoipa::path(get, path = "/v1/contracts/{id}/queries", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path), PageQuery),
    responses((status = 200, body = Page<Question>), (status = 404, body = Problem)))]
pub async fn query_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, before) = (page_limit(&query.0)?, page_cursor::<id::Question>(&query.0)?);
    let page = app.store.read(move |db| service::list_in(db, &who, id.0, before, limit)).await?;
    Ok(reply::ok(&page))
}

/// Asks a bounded question of a listing that was not bought, where its seller offers that. The
/// same question gets the same answer and is counted once.
#[utoipa::path(post, path = "/v1/listings/{id}/probes", tag = "trade", security(("bearer" = [])),
    params(("id" = ListingId, Path)), request_body = Probe,
    responses((status = 200, body = ProbeAnswer), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn probe_ask(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Listing>,
    body: Body<Probe>,
) -> AppResult<HttpResponse> {
    Ok(reply::ok(&service::probe(&app, who, id.0, body.value).await?))
}
