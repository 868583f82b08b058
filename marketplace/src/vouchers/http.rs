//! Reading vouchers.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::vouchers::Voucher;
use schema::id::{self, VoucherId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{PathId, Query};
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
