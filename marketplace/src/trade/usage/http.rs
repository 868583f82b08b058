//! Numbers of use and sales.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::trade::{AfterCare, AfterCares, NewAfterCare, Utilisation};
use schema::id::{self, ListingId, VoucherId};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId};
use crate::http::reply;

/// What a voucher was used for, counted from contracts and downloads.
#[utoipa::path(get, path = "/v1/vouchers/{id}/utilisation", tag = "vouchers",
    security(("bearer" = [])), params(("id" = VoucherId, Path)),
    responses((status = 200, body = Utilisation), (status = 404, body = Problem)))]
pub async fn utilisation(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Voucher>,
) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let found = app.store.read(move |db| service::utilisation_in(db, &who, id.0, today)).await?;
    Ok(reply::ok(&found))
}

/// Hands in the yearly report on a product made with public money. For its provider.
#[utoipa::path(post, path = "/v1/listings/{id}/after-care", tag = "trade",
    security(("bearer" = [])), params(("id" = ListingId, Path)), request_body = NewAfterCare,
    responses((status = 201, body = AfterCare), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn after_care_report(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Listing>,
    key: IdempotencyKey,
    body: Body<NewAfterCare>,
) -> AppResult<HttpResponse> {
    let path = format!("/v1/listings/{}/after-care", id.0);
    let ticket = key.ticket(&who, &format!("POST {path}"), &body.bytes);
    let made = service::after_care_report(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&path, &made))
}

/// The yearly reports on a product, for its provider and the staff.
#[utoipa::path(get, path = "/v1/listings/{id}/after-care", tag = "trade",
    security(("bearer" = [])), params(("id" = ListingId, Path)),
    responses((status = 200, body = AfterCares), (status = 404, body = Problem)))]
pub async fn after_care_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Listing>,
) -> AppResult<HttpResponse> {
    let now = app.clock.now();
    let list = app.store.read(move |db| service::after_cares_in(db, &who, id.0, now)).await?;
    Ok(reply::ok(&list))
}
