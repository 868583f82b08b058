//! The processor pool.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::support::{Decision, NewPoolMember, PoolEvaluation, PoolMember};
use schema::id::{self, PoolMemberId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::rules::Command;
use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query, page_cursor, page_limit};
use crate::http::reply;

/// Asks for a place in the pool. For processors.
#[utoipa::path(post, path = "/v1/pool", tag = "pool", security(("bearer" = [])), request_body = NewPoolMember,
    responses((status = 201, body = PoolMember), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn pool_apply(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewPoolMember>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/pool", &body.bytes);
    let made = service::apply(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/pool/{}", made.value.id), &made))
}

/// Active members with their free capacity, and the caller's own; all for the staff.
#[utoipa::path(get, path = "/v1/pool", tag = "pool", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = Page<PoolMember>), (status = 403, body = Problem)))]
pub async fn pool_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, after) = (page_limit(&query.0)?, page_cursor::<id::PoolMember>(&query.0)?);
    let today = app.clock.now().seoul_day();
    let page = app.store.read(move |db| service::list_in(db, &who, after, limit, today)).await?;
    Ok(reply::ok(&page))
}

/// A member of the pool.
#[utoipa::path(get, path = "/v1/pool/{id}", tag = "pool", security(("bearer" = [])),
    params(("id" = PoolMemberId, Path)),
    responses((status = 200, body = PoolMember), (status = 404, body = Problem)))]
pub async fn pool_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::PoolMember>,
) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let member = app.store.read(move |db| service::find_in(db, &who, id.0, today)).await?;
    Ok(reply::ok(&member))
}

/// Judges an application by its requirements. For operators.
#[utoipa::path(post, path = "/v1/pool/{id}/register", tag = "pool", security(("bearer" = [])),
    params(("id" = PoolMemberId, Path)), request_body = PoolEvaluation,
    responses((status = 200, body = PoolMember), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn pool_register(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::PoolMember>,
    body: Body<PoolEvaluation>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/pool/{}/register", id.0), &body.bytes);
    let made = service::register(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&made))
}

/// Bars a member for the time being. For operators.
#[utoipa::path(post, path = "/v1/pool/{id}/suspend", tag = "pool", security(("bearer" = [])),
    params(("id" = PoolMemberId, Path)), request_body = Decision,
    responses((status = 200, body = PoolMember), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn pool_suspend(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::PoolMember>,
    body: Body<Decision>,
) -> AppResult<HttpResponse> {
    bar(app, who, key, id, body, Command::Suspend).await
}

/// Lifts the bar. For operators.
#[utoipa::path(post, path = "/v1/pool/{id}/reinstate", tag = "pool", security(("bearer" = [])),
    params(("id" = PoolMemberId, Path)), request_body = Decision,
    responses((status = 200, body = PoolMember), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn pool_reinstate(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::PoolMember>,
    body: Body<Decision>,
) -> AppResult<HttpResponse> {
    bar(app, who, key, id, body, Command::Reinstate).await
}

/// Puts a suspended member out. For operators.
#[utoipa::path(post, path = "/v1/pool/{id}/remove", tag = "pool", security(("bearer" = [])),
    params(("id" = PoolMemberId, Path)), request_body = Decision,
    responses((status = 200, body = PoolMember), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn pool_remove(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::PoolMember>,
    body: Body<Decision>,
) -> AppResult<HttpResponse> {
    bar(app, who, key, id, body, Command::Remove).await
}

async fn bar(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::PoolMember>,
    body: Body<Decision>,
    command: Command,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("{} {}", command.action(), id.0), &body.bytes);
    let made = service::bar(&app, who, ticket, id.0, command, body.value).await?;
    Ok(reply::ok_once(&made))
}
