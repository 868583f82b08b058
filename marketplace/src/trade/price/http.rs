//! Price calculations over HTTP.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::trade::{PriceBasis, PriceInputs};
use schema::id::{self, VersionId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query, page_cursor, page_limit};
use crate::http::reply;

/// Calculates a price by cost, income, relief from royalty or comparables, and keeps the
/// calculation.
#[utoipa::path(post, path = "/v1/versions/{id}/price-bases", tag = "trade", security(("bearer" = [])),
    params(("id" = VersionId, Path)), request_body = PriceInputs,
    responses((status = 201, body = PriceBasis), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn price_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Version>,
    body: Body<PriceInputs>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/versions/{}/price-bases", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let made = service::create(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&format!("/v1/versions/{}/price-bases", id.0), &made))
}

/// The calculations for a version, oldest first.
#[utoipa::path(get, path = "/v1/versions/{id}/price-bases", tag = "trade", security(("bearer" = [])),
    params(("id" = VersionId, Path), PageQuery),
    responses((status = 200, body = Page<PriceBasis>), (status = 404, body = Problem)))]
pub async fn price_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Version>,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, after) = (page_limit(&query.0)?, page_cursor::<id::PriceBasis>(&query.0)?);
    let page = app.store.read(move |db| service::list_in(db, &who, id.0, after, limit)).await?;
    Ok(reply::ok(&page))
}
