//! Sanctions and orders over HTTP.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::execution::Reasoned;
use schema::api::sanctions::{
    CorrectiveOrder, Measures, NewOrder, NewSanction, OrderDecision, Sanction,
};
use schema::id::{self, CorrectiveOrderId, SanctionId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::orders;
use super::service::{self, Appealed, Inquiry, Voice};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

/// Raises a suspicion against an organisation. For the operator or the agency.
#[utoipa::path(post, path = "/v1/sanctions", tag = "sanctions", security(("bearer" = [])),
    request_body = NewSanction,
    responses((status = 201, body = Sanction),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 422, body = Problem)))]
pub async fn sanction_open(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewSanction>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/sanctions", &body.bytes);
    let done = service::open(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/sanctions/{}", done.value.id), &done))
}

/// Sanctions: those against one's own organisation from the pre-notice on, or all for the staff.
#[utoipa::path(get, path = "/v1/sanctions", tag = "sanctions", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<Sanction>), (status = 403, body = Problem)))]
pub async fn sanction_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::sanctions_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// A sanction. For the organisation concerned, from the pre-notice on, and the staff.
#[utoipa::path(get, path = "/v1/sanctions/{id}", tag = "sanctions", security(("bearer" = [])),
    params(("id" = SanctionId, Path)),
    responses((status = 200, body = Sanction), (status = 404, body = Problem)))]
pub async fn sanction_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Sanction>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::sanction_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Begins an inquiry; payments of the organisation are frozen. For the operator or the
/// agency.
#[utoipa::path(post, path = "/v1/sanctions/{id}/investigate", tag = "sanctions", security(("bearer" = [])),
    params(("id" = SanctionId, Path)), request_body = Reasoned,
    responses((status = 200, body = Sanction),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn sanction_investigate(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Sanction>,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/sanctions/{}/investigate", id.0), &body.bytes);
    let done = service::inquire(&app, who, ticket, id.0, Inquiry::Investigate, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Drops an unfounded suspicion; payments go on. For the operator or the agency.
#[utoipa::path(post, path = "/v1/sanctions/{id}/drop", tag = "sanctions", security(("bearer" = [])),
    params(("id" = SanctionId, Path)), request_body = Reasoned,
    responses((status = 200, body = Sanction),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn sanction_drop(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Sanction>,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/sanctions/{}/drop", id.0), &body.bytes);
    let done = service::inquire(&app, who, ticket, id.0, Inquiry::Drop, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Proposes measures and tells the organisation, which may answer. For the investigator.
#[utoipa::path(post, path = "/v1/sanctions/{id}/propose", tag = "sanctions", security(("bearer" = [])),
    params(("id" = SanctionId, Path)), request_body = Measures,
    responses((status = 200, body = Sanction),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn sanction_propose(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Sanction>,
    key: IdempotencyKey,
    body: Body<Measures>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/sanctions/{}/propose", id.0), &body.bytes);
    let done = service::propose(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Answers the pre-notice. For the organisation concerned.
#[utoipa::path(post, path = "/v1/sanctions/{id}/opinion", tag = "sanctions", security(("bearer" = [])),
    params(("id" = SanctionId, Path)), request_body = Reasoned,
    responses((status = 200, body = Sanction),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn sanction_opinion(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Sanction>,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/sanctions/{}/opinion", id.0), &body.bytes);
    let done = service::answer(&app, who, ticket, id.0, Voice::Opinion, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Decides on measures. For the agency, and for another person than who proposed. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/sanctions/{id}/decide", tag = "sanctions", security(("bearer" = [])),
    params(("id" = SanctionId, Path)), request_body = Measures,
    responses((status = 200, body = Sanction),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn sanction_decide(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Sanction>,
    key: IdempotencyKey,
    body: Body<Measures>,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, &format!("POST /v1/sanctions/{}/decide", id.0), &body.bytes)?;
    let done = service::decide(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Appeals against the decision. For the organisation concerned.
#[utoipa::path(post, path = "/v1/sanctions/{id}/appeal", tag = "sanctions", security(("bearer" = [])),
    params(("id" = SanctionId, Path)), request_body = Reasoned,
    responses((status = 200, body = Sanction),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn sanction_appeal(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Sanction>,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/sanctions/{}/appeal", id.0), &body.bytes);
    let done = service::answer(&app, who, ticket, id.0, Voice::Appeal, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Dismisses an appeal; the measures are in force. For the agency, and for a third person. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/sanctions/{id}/uphold", tag = "sanctions", security(("bearer" = [])),
    params(("id" = SanctionId, Path)), request_body = Reasoned,
    responses((status = 200, body = Sanction),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn sanction_uphold(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Sanction>,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, &format!("POST /v1/sanctions/{}/uphold", id.0), &body.bytes)?;
    let done = service::appealed(&app, who, ticket, id.0, Appealed::Uphold(body.value)).await?;
    Ok(reply::ok_once(&done))
}

/// Makes measures milder on appeal; they are in force. For the agency, and for a third person. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/sanctions/{id}/change", tag = "sanctions", security(("bearer" = [])),
    params(("id" = SanctionId, Path)), request_body = Measures,
    responses((status = 200, body = Sanction),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn sanction_change(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Sanction>,
    key: IdempotencyKey,
    body: Body<Measures>,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, &format!("POST /v1/sanctions/{}/change", id.0), &body.bytes)?;
    let done = service::appealed(&app, who, ticket, id.0, Appealed::Change(body.value)).await?;
    Ok(reply::ok_once(&done))
}

/// Cancels measures on appeal. For the agency, and for a third person. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/sanctions/{id}/cancel", tag = "sanctions", security(("bearer" = [])),
    params(("id" = SanctionId, Path)), request_body = Reasoned,
    responses((status = 200, body = Sanction),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn sanction_cancel(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Sanction>,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, &format!("POST /v1/sanctions/{}/cancel", id.0), &body.bytes)?;
    let done = service::appealed(&app, who, ticket, id.0, Appealed::Cancel(body.value)).await?;
    Ok(reply::ok_once(&done))
}

/// Orders a recipient to put its product on sale again within 30 days. For the operator or
/// the agency.
#[utoipa::path(post, path = "/v1/corrective-orders", tag = "sanctions", security(("bearer" = [])),
    request_body = NewOrder,
    responses((status = 201, body = CorrectiveOrder),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn order_make(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewOrder>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/corrective-orders", &body.bytes);
    let done = orders::order(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/corrective-orders/{}", done.value.id), &done))
}

/// Orders: those against one's own organisation, or all for the staff.
#[utoipa::path(get, path = "/v1/corrective-orders", tag = "sanctions", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<CorrectiveOrder>), (status = 403, body = Problem)))]
pub async fn order_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| orders::orders_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// An order. For the recipient and the staff.
#[utoipa::path(get, path = "/v1/corrective-orders/{id}", tag = "sanctions",
    security(("bearer" = [])), params(("id" = CorrectiveOrderId, Path)),
    responses((status = 200, body = CorrectiveOrder), (status = 404, body = Problem)))]
pub async fn order_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::CorrectiveOrder>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| orders::order_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Recovers support for a breach that was not cured. For the agency, and for another person
/// than who ordered. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/corrective-orders/{id}/recover", tag = "sanctions", security(("bearer" = [])),
    params(("id" = CorrectiveOrderId, Path)), request_body = OrderDecision,
    responses((status = 200, body = CorrectiveOrder),
              (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn order_recover(
    app: Data<App>,
    who: Principal,
    id: PathId<id::CorrectiveOrder>,
    key: IdempotencyKey,
    body: Body<OrderDecision>,
) -> AppResult<HttpResponse> {
    let ticket =
        key.required(&who, &format!("POST /v1/corrective-orders/{}/recover", id.0), &body.bytes)?;
    let done = orders::recover(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}
