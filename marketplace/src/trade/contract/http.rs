//! Contracts over HTTP.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use schema::api::trade::{Contract, Decline, Fund, Order, Sign, Withdraw};
use schema::id::{self, ContractId};
use schema::lang::Lang;
use schema::page::{Page, PageQuery};
use schema::problem::Problem;
use serde::Deserialize;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query, page_cursor, page_limit};
use crate::http::{edge, reply};
use crate::trade::delivery::http::public_url;
use crate::trade::open::odrl;

/// Orders what a listing offers; a voucher's share is held. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/contracts", tag = "trade", security(("bearer" = [])), request_body = Order,
    responses((status = 201, body = Contract), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn contract_order(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<Order>,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, "POST /v1/contracts", &body.bytes)?;
    let made = service::order(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/contracts/{}", made.value.id), &made))
}

/// The caller's contracts as buyer and as seller, newest first.
#[utoipa::path(get, path = "/v1/contracts", tag = "trade", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = Page<Contract>)))]
pub async fn contract_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, before) = (page_limit(&query.0)?, page_cursor::<id::Contract>(&query.0)?);
    let page = app.store.read(move |db| service::list_in(db, &who, before, limit)).await?;
    Ok(reply::ok(&page))
}

/// A contract.
#[utoipa::path(get, path = "/v1/contracts/{id}", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)),
    responses((status = 200, body = Contract), (status = 404, body = Problem)))]
pub async fn contract_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
) -> AppResult<HttpResponse> {
    let contract = app.store.read(move |db| service::contract_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&contract))
}

/// Which language of a document is wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DocumentQuery {
    /// `ko` or `en`; by `Accept-Language` when absent.
    #[param(inline)]
    #[serde(default)]
    pub lang: Option<Lang>,
}

/// The document of a contract (Markdown). The `terms-hash` header is the digest that is signed.
#[utoipa::path(get, path = "/v1/contracts/{id}/document", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path), DocumentQuery),
    responses((status = 200, content_type = "text/markdown", body = String), (status = 404, body = Problem)))]
pub async fn contract_document(
    app: Data<App>,
    request: HttpRequest,
    who: Principal,
    id: PathId<id::Contract>,
    query: Query<DocumentQuery>,
) -> AppResult<HttpResponse> {
    let lang = query.0.lang.unwrap_or_else(|| edge::lang(request.headers()));
    let (text, terms_hash) =
        app.store.read(move |db| service::document_in(db, &who, id.0, lang)).await?;
    let language = match lang {
        Lang::Ko => "ko",
        Lang::En => "en",
    };
    Ok(HttpResponse::Ok()
        .content_type("text/markdown; charset=utf-8")
        .insert_header((header::CONTENT_LANGUAGE, language))
        .insert_header(("terms-hash", terms_hash))
        .body(text))
}

/// What a contract allows, as an ODRL 2.2 agreement, once both sides have signed.
#[utoipa::path(get, path = "/v1/contracts/{id}/policy", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)),
    responses((status = 200, content_type = "application/ld+json", body = Value),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn contract_policy(
    app: Data<App>,
    request: HttpRequest,
    who: Principal,
    id: PathId<id::Contract>,
) -> AppResult<HttpResponse> {
    let base = public_url(&app, &request);
    let (contract, licence, until) =
        app.store.read(move |db| service::agreed_in(db, &who, id.0)).await?;
    let policy = odrl::agreement(&base, &contract, &licence, until);
    Ok(HttpResponse::Ok().content_type("application/ld+json").body(policy.to_string()))
}

/// Signs for the caller's side; with both signatures the exchange signs, too.
#[utoipa::path(post, path = "/v1/contracts/{id}/sign", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)), request_body = Sign,
    responses((status = 200, body = Contract), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn contract_sign(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Contract>,
    body: Body<Sign>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/contracts/{}/sign", id.0), &body.bytes);
    Ok(reply::ok_once(&service::sign(&app, who, ticket, id.0, body.value).await?))
}

/// Shows that the buyer paid its own part, to the won. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/contracts/{id}/fund", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)), request_body = Fund,
    responses((status = 200, body = Contract), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn contract_fund(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Contract>,
    body: Body<Fund>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/contracts/{}/fund", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    Ok(reply::ok_once(&service::fund(&app, who, ticket, id.0, body.value).await?))
}

/// Accepts the delivery; a voucher's hold becomes a commitment. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/contracts/{id}/accept", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)),
    responses((status = 200, body = Contract), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn contract_accept(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Contract>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/contracts/{}/accept", id.0);
    let ticket = key.required(&who, &target, b"")?;
    Ok(reply::ok_once(&service::accept(&app, who, ticket, id.0).await?))
}

/// Rejects the delivery within 14 days, measured against the published report.
#[utoipa::path(post, path = "/v1/contracts/{id}/reject", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)), request_body = Decline,
    responses((status = 200, body = Contract), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn contract_reject(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Contract>,
    body: Body<Decline>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/contracts/{}/reject", id.0), &body.bytes);
    Ok(reply::ok_once(&service::reject(&app, who, ticket, id.0, body.value.reason).await?))
}

/// Withdraws before delivery: the hold is released and what was paid goes back. Needs an
/// `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/contracts/{id}/cancel", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)), request_body = Withdraw,
    responses((status = 200, body = Contract), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn contract_cancel(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Contract>,
    body: Body<Withdraw>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/contracts/{}/cancel", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    Ok(reply::ok_once(&service::cancel(&app, who, ticket, id.0, body.value.reason).await?))
}
