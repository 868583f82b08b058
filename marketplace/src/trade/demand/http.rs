//! The board of requests over HTTP.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::trade::{DataProposal, DataRequest, NewDataProposal, NewDataRequest};
use schema::id::{self, DataRequestId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query, page_cursor, page_limit};
use crate::http::reply;

/// Posts a request for data, for sellers to propose something.
#[utoipa::path(post, path = "/v1/data-requests", tag = "trade", security(("bearer" = [])),
    request_body = NewDataRequest,
    responses((status = 201, body = DataRequest), (status = 403, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn request_post(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewDataRequest>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/data-requests", &body.bytes);
    let made = service::post(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/data-requests/{}", made.value.id), &made))
}

/// The board, newest first.
#[utoipa::path(get, path = "/v1/data-requests", tag = "trade", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = Page<DataRequest>)))]
pub async fn request_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, before) = (page_limit(&query.0)?, page_cursor::<id::DataRequest>(&query.0)?);
    let now = app.clock.now();
    let page = app.store.read(move |db| service::list_in(db, &who, before, limit, now)).await?;
    Ok(reply::ok(&page))
}

/// A request.
#[utoipa::path(get, path = "/v1/data-requests/{id}", tag = "trade", security(("bearer" = [])),
    params(("id" = DataRequestId, Path)),
    responses((status = 200, body = DataRequest), (status = 404, body = Problem)))]
pub async fn request_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::DataRequest>,
) -> AppResult<HttpResponse> {
    let now = app.clock.now();
    let found = app.store.read(move |db| service::find_in(db, &who, id.0, now)).await?;
    Ok(reply::ok(&found))
}

/// Takes no more proposals.
#[utoipa::path(post, path = "/v1/data-requests/{id}/close", tag = "trade", security(("bearer" = [])),
    params(("id" = DataRequestId, Path)),
    responses((status = 200, body = DataRequest), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn request_close(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::DataRequest>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/data-requests/{}/close", id.0), b"");
    Ok(reply::ok_once(&service::close(&app, who, ticket, id.0).await?))
}

/// Proposes data for a request: a product on sale, or what could be made.
#[utoipa::path(post, path = "/v1/data-requests/{id}/proposals", tag = "trade", security(("bearer" = [])),
    params(("id" = DataRequestId, Path)), request_body = NewDataProposal,
    responses((status = 201, body = DataProposal), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn proposal_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::DataRequest>,
    body: Body<NewDataProposal>,
) -> AppResult<HttpResponse> {
    let path = format!("/v1/data-requests/{}/proposals", id.0);
    let ticket = key.ticket(&who, &format!("POST {path}"), &body.bytes);
    let made = service::propose(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&path, &made))
}

/// Proposals to a request: all for the one who asked, one's own for others.
#[utoipa::path(get, path = "/v1/data-requests/{id}/proposals", tag = "trade", security(("bearer" = [])),
    params(("id" = DataRequestId, Path)),
    responses((status = 200, body = Page<DataProposal>), (status = 404, body = Problem)))]
pub async fn proposal_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::DataRequest>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::proposals_in(db, &who, id.0)).await?;
    Ok(reply::ok(&page))
}
