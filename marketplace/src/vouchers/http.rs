//! Reading vouchers.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::vouchers::{StopVoucher, Voucher, VoucherStop};
use schema::id::{self, VoucherId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::{service, stop};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

/// Vouchers: one's own, or all for the staff.
#[utoipa::path(get, path = "/v1/vouchers", tag = "vouchers", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<Voucher>), (status = 403, body = Problem)))]
pub async fn voucher_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let page = app.store.read(move |db| service::vouchers_in(db, &who, &query.0, today)).await?;
    Ok(reply::ok(&page))
}

/// A voucher with its uses, for its owner and the staff.
#[utoipa::path(get, path = "/v1/vouchers/{id}", tag = "vouchers", security(("bearer" = [])),
    params(("id" = VoucherId, Path)),
    responses((status = 200, body = Voucher), (status = 404, body = Problem)))]
pub async fn voucher_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Voucher>,
) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let found = app.store.read(move |db| service::voucher_seen_in(db, &who, id.0, today)).await?;
    Ok(reply::ok(&found))
}

/// Stops a voucher: nothing is ordered, accepted or paid with it. For the agency.
#[utoipa::path(post, path = "/v1/vouchers/{id}/freeze", tag = "vouchers",
    security(("bearer" = [])), params(("id" = VoucherId, Path)), request_body = StopVoucher,
    responses((status = 200, body = Voucher), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn voucher_freeze(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Voucher>,
    key: IdempotencyKey,
    body: Body<StopVoucher>,
) -> AppResult<HttpResponse> {
    stopped(&app, who, &key, id.0, VoucherStop::Freeze, body).await
}

/// Lets a stopped voucher go on. For the agency.
#[utoipa::path(post, path = "/v1/vouchers/{id}/thaw", tag = "vouchers",
    security(("bearer" = [])), params(("id" = VoucherId, Path)), request_body = StopVoucher,
    responses((status = 200, body = Voucher), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn voucher_thaw(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Voucher>,
    key: IdempotencyKey,
    body: Body<StopVoucher>,
) -> AppResult<HttpResponse> {
    stopped(&app, who, &key, id.0, VoucherStop::Thaw, body).await
}

/// Takes a stopped voucher back; what was not accepted returns to the budget. For the agency, and for
/// another person than the one who stopped it.
#[utoipa::path(post, path = "/v1/vouchers/{id}/revoke", tag = "vouchers",
    security(("bearer" = [])), params(("id" = VoucherId, Path)), request_body = StopVoucher,
    responses((status = 200, body = Voucher), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn voucher_revoke(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Voucher>,
    key: IdempotencyKey,
    body: Body<StopVoucher>,
) -> AppResult<HttpResponse> {
    stopped(&app, who, &key, id.0, VoucherStop::Revoke, body).await
}

async fn stopped(
    app: &App,
    who: Principal,
    key: &IdempotencyKey,
    id: VoucherId,
    stop: VoucherStop,
    body: Body<StopVoucher>,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, &format!("POST /v1/vouchers/{id}/{stop}"), &body.bytes)?;
    let done = stop::voucher_stop(app, who, ticket, id, stop, body.value).await?;
    Ok(reply::ok_once(&done))
}
