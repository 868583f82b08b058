//! Settlements over HTTP.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::execution::Reasoned;
use schema::api::settlement::{Assessment, NewSettlement, Settlement};
use schema::id::{self, AgreementId, SettlementId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::decide::{self, Answer, Decision};
use super::{pay, service};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

type SettlementPath = PathId<id::Settlement>;

/// Reports what was spent under an agreement, by source; or answers a request for more. For the
/// recipient. The purchases of P15 are known: its report has no lines. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/agreements/{id}/settlement", tag = "settlement",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = NewSettlement,
    responses((status = 201, body = Settlement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn settlement_submit(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Agreement>,
    key: IdempotencyKey,
    body: Body<NewSettlement>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/agreements/{}/settlement", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    let made = service::submit(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&format!("/v1/settlements/{}", made.value.id), &made))
}

/// The settlement of an agreement. For its parties and the staff.
#[utoipa::path(get, path = "/v1/agreements/{id}/settlement", tag = "settlement",
    security(("bearer" = [])), params(("id" = AgreementId, Path)),
    responses((status = 200, body = Settlement), (status = 404, body = Problem)))]
pub async fn settlement_of_agreement(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Agreement>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::of_agreement_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Settlements: one's own, or all for the staff; without their lines.
#[utoipa::path(get, path = "/v1/settlements", tag = "settlement", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<Settlement>), (status = 403, body = Problem)))]
pub async fn settlement_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::settlements_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// A settlement with its lines.
#[utoipa::path(get, path = "/v1/settlements/{id}", tag = "settlement", security(("bearer" = [])),
    params(("id" = SettlementId, Path)),
    responses((status = 200, body = Settlement), (status = 404, body = Problem)))]
pub async fn settlement_find(
    app: Data<App>,
    who: Principal,
    id: SettlementPath,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::settlement_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Begins the examination of a report. For the operator.
#[utoipa::path(post, path = "/v1/settlements/{id}/review", tag = "settlement",
    security(("bearer" = [])), params(("id" = SettlementId, Path)),
    responses((status = 200, body = Settlement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn settlement_review(
    app: Data<App>,
    who: Principal,
    id: SettlementPath,
    key: IdempotencyKey,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/settlements/{}/review", id.0), b"");
    let done = service::review(&app, who, ticket, id.0).await?;
    Ok(reply::ok_once(&done))
}

/// Asks the recipient for what is missing. For the operator.
#[utoipa::path(post, path = "/v1/settlements/{id}/ask", tag = "settlement",
    security(("bearer" = [])), params(("id" = SettlementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Settlement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn settlement_ask(
    app: Data<App>,
    who: Principal,
    id: SettlementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/settlements/{}/ask", id.0), &body.bytes);
    let done = service::ask(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Judges every line and calculates the final support. For the operator.
#[utoipa::path(post, path = "/v1/settlements/{id}/assess", tag = "settlement",
    security(("bearer" = [])), params(("id" = SettlementId, Path)), request_body = Assessment,
    responses((status = 200, body = Settlement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn settlement_assess(
    app: Data<App>,
    who: Principal,
    id: SettlementPath,
    key: IdempotencyKey,
    body: Body<Assessment>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/settlements/{}/assess", id.0), &body.bytes);
    let done = service::assess(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

async fn decided(
    app: &App,
    who: Principal,
    id: SettlementPath,
    key: &IdempotencyKey,
    body: Body<Reasoned>,
    decision: Decision,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/settlements/{} {decision:?}", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    let done = decide::decide(app, who, ticket, id.0, decision, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Approves an assessment; the recipient is told and may object for 20 days. For the agency,
/// and for another person than the assessor.
#[utoipa::path(post, path = "/v1/settlements/{id}/approve", tag = "settlement",
    security(("bearer" = [])), params(("id" = SettlementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Settlement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn settlement_approve(
    app: Data<App>,
    who: Principal,
    id: SettlementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    decided(&app, who, id, &key, body, Decision::Approve).await
}

/// Sends an assessment back to the assessor. For the agency.
#[utoipa::path(post, path = "/v1/settlements/{id}/return", tag = "settlement",
    security(("bearer" = [])), params(("id" = SettlementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Settlement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn settlement_return(
    app: Data<App>,
    who: Principal,
    id: SettlementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    decided(&app, who, id, &key, body, Decision::Return).await
}

/// Dismisses an objection; the settlement stands. For the agency.
#[utoipa::path(post, path = "/v1/settlements/{id}/dismiss", tag = "settlement",
    security(("bearer" = [])), params(("id" = SettlementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Settlement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn settlement_dismiss(
    app: Data<App>,
    who: Principal,
    id: SettlementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    decided(&app, who, id, &key, body, Decision::Dismiss).await
}

async fn answered(
    app: &App,
    who: Principal,
    id: SettlementPath,
    key: &IdempotencyKey,
    body: Body<Reasoned>,
    answer: Answer,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/settlements/{} {answer:?}", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    let done = decide::answer(app, who, ticket, id.0, answer, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Objects to a settlement within 20 days. For the recipient.
#[utoipa::path(post, path = "/v1/settlements/{id}/object", tag = "settlement",
    security(("bearer" = [])), params(("id" = SettlementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Settlement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn settlement_object(
    app: Data<App>,
    who: Principal,
    id: SettlementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    answered(&app, who, id, &key, body, Answer::Object).await
}

/// Agrees to a settlement; it stands at once. For the recipient.
#[utoipa::path(post, path = "/v1/settlements/{id}/consent", tag = "settlement",
    security(("bearer" = [])), params(("id" = SettlementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Settlement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn settlement_consent(
    app: Data<App>,
    who: Principal,
    id: SettlementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    answered(&app, who, id, &key, body, Answer::Consent).await
}

/// Pays what a settlement owes. For the agency, and for a third person. What the recipient owes the
/// state is kept back (L3 32). Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/settlements/{id}/pay", tag = "settlement",
    security(("bearer" = [])), params(("id" = SettlementId, Path)),
    responses((status = 200, body = Settlement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn settlement_pay(
    app: Data<App>,
    who: Principal,
    id: SettlementPath,
    key: IdempotencyKey,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, &format!("POST /v1/settlements/{}/pay", id.0), b"")?;
    let done = pay::pay(&app, who, ticket, id.0).await?;
    Ok(reply::ok_once(&done))
}
