//! Rebates of a contract.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::signals::{NewRebate, Rebate};
use schema::id::{self, ContractId};
use schema::page::Page;
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId};
use crate::http::reply;

/// Reports money that went back from the seller to the buyer. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/contracts/{id}/rebates", tag = "trade",
    security(("bearer" = [])), params(("id" = ContractId, Path)), request_body = NewRebate,
    responses((status = 201, body = Rebate), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn rebate_report(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
    key: IdempotencyKey,
    body: Body<NewRebate>,
) -> AppResult<HttpResponse> {
    let path = format!("/v1/contracts/{}/rebates", id.0);
    let ticket = key.required(&who, &format!("POST {path}"), &body.bytes)?;
    let made = service::report(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&path, &made))
}

/// Rebates of a contract that were reported.
#[utoipa::path(get, path = "/v1/contracts/{id}/rebates", tag = "trade",
    security(("bearer" = [])), params(("id" = ContractId, Path)),
    responses((status = 200, body = Page<Rebate>), (status = 404, body = Problem)))]
pub async fn rebate_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::list_in(db, &who, id.0)).await?;
    Ok(reply::ok(&page))
}
