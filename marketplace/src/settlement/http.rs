//! Payments of the public share.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::settlement::{NewPayment, Payment};
use schema::id::{self, PaymentId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

/// Approves the payment of a contract's public share on its evidence. For the agency. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/payments", tag = "payments", security(("bearer" = [])),
    request_body = NewPayment,
    responses((status = 201, body = Payment), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn payment_approve(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewPayment>,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, "POST /v1/payments", &body.bytes)?;
    let made = service::payment_approve(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/payments/{}", made.value.id), &made))
}

/// Pays an approved payment. For the agency, and for another person than the one who approved. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/payments/{id}/pay", tag = "payments",
    security(("bearer" = [])), params(("id" = PaymentId, Path)),
    responses((status = 200, body = Payment), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn payment_pay(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Payment>,
    key: IdempotencyKey,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, &format!("POST /v1/payments/{}/pay", id.0), b"")?;
    let paid = service::payment_pay(&app, who, ticket, id.0).await?;
    Ok(reply::ok_once(&paid))
}

/// Payments: those of one's own contracts, or all for the staff.
#[utoipa::path(get, path = "/v1/payments", tag = "payments", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<Payment>), (status = 403, body = Problem)))]
pub async fn payment_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::payments_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// A payment, for its parties and the staff.
#[utoipa::path(get, path = "/v1/payments/{id}", tag = "payments", security(("bearer" = [])),
    params(("id" = PaymentId, Path)),
    responses((status = 200, body = Payment), (status = 404, body = Problem)))]
pub async fn payment_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Payment>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::payment_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}
