//! Claims, refunds of purchases and carry-overs over HTTP.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::execution::Reasoned;
use schema::api::settlement::{CarryOver, Claim, NewRefund, NewRepayment, PaymentRefund};
use schema::id::{self, AgreementId, ClaimId, PaymentId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::super::{carry, refunds};
use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

/// Claims: those against one's own organisation, or all for the staff.
#[utoipa::path(get, path = "/v1/claims", tag = "settlement", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<Claim>), (status = 403, body = Problem)))]
pub async fn claim_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let page = app.store.read(move |db| service::claims_in(db, &who, &query.0, today)).await?;
    Ok(reply::ok(&page))
}

/// A claim with what is owed today.
#[utoipa::path(get, path = "/v1/claims/{id}", tag = "settlement", security(("bearer" = [])),
    params(("id" = ClaimId, Path)),
    responses((status = 200, body = Claim), (status = 404, body = Problem)))]
pub async fn claim_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Claim>,
) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let found = app.store.read(move |db| service::claim_seen_in(db, &who, id.0, today)).await?;
    Ok(reply::ok(&found))
}

/// Records that a claim was paid, by the bank's proof: the whole that is owed today. For the agency. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/claims/{id}/repay", tag = "settlement",
    security(("bearer" = [])), params(("id" = ClaimId, Path)), request_body = NewRepayment,
    responses((status = 200, body = Claim), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn claim_repay(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Claim>,
    key: IdempotencyKey,
    body: Body<NewRepayment>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/claims/{}/repay", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    let done = service::repay(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Records that a seller refunded a paid purchase; each source gets its part. For the agency. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/payments/{id}/refunds", tag = "payments",
    security(("bearer" = [])), params(("id" = PaymentId, Path)), request_body = NewRefund,
    responses((status = 201, body = PaymentRefund), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn refund_create(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Payment>,
    key: IdempotencyKey,
    body: Body<NewRefund>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/payments/{}/refunds", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    let made = refunds::refund(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&target.replace("POST ", ""), &made))
}

/// Refunds of a payment. For its parties and the staff.
#[utoipa::path(get, path = "/v1/payments/{id}/refunds", tag = "payments",
    security(("bearer" = [])), params(("id" = PaymentId, Path)),
    responses((status = 200, body = Vec<PaymentRefund>), (status = 404, body = Problem)))]
pub async fn refund_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Payment>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| refunds::refunds_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Records that money of an agreement may be paid in the next fiscal year. For the agency. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/agreements/{id}/carry-over", tag = "settlement",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = Reasoned,
    responses((status = 201, body = CarryOver), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn carry_over_record(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Agreement>,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/agreements/{}/carry-over", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    let made = carry::record(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&format!("/v1/agreements/{}", id.0), &made))
}
