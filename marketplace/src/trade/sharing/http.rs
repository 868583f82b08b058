//! Credentials over HTTP.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use schema::api::trade::{NewShareCredential, NewShareGrant, ShareAccess, ShareCredential};
use schema::id::{self, ShareCredentialId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;
use crate::trade::delivery::http::public_url;

/// Makes a credential for a tool that speaks Delta Sharing. Keep the `profile` of the answer as a file
/// that ends in `.share`: it holds the secret.
#[utoipa::path(post, path = "/v1/share-credentials", tag = "sharing", security(("bearer" = [])),
    request_body = NewShareCredential,
    responses((status = 201, body = ShareAccess), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn credential_create(
    app: Data<App>,
    request: HttpRequest,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewShareCredential>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/share-credentials", &body.bytes);
    let base = public_url(&app, &request);
    let made = service::create(&app, who, ticket, body.value, &base).await?;
    Ok(reply::created_once(&format!("/v1/share-credentials/{}", made.value.credential.id), &made))
}

/// Credentials of one's organisation, newest first; all for the staff.
#[utoipa::path(get, path = "/v1/share-credentials", tag = "sharing", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<ShareCredential>), (status = 403, body = Problem)))]
pub async fn credential_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::list_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// A credential, without its secret.
#[utoipa::path(get, path = "/v1/share-credentials/{id}", tag = "sharing",
    security(("bearer" = [])), params(("id" = ShareCredentialId, Path)),
    responses((status = 200, body = ShareCredential), (status = 404, body = Problem)))]
pub async fn credential_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::ShareCredential>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Lets a credential reach one contract more.
#[utoipa::path(post, path = "/v1/share-credentials/{id}/grants", tag = "sharing",
    security(("bearer" = [])), params(("id" = ShareCredentialId, Path)),
    request_body = NewShareGrant,
    responses((status = 200, body = ShareCredential), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn credential_grant(
    app: Data<App>,
    who: Principal,
    id: PathId<id::ShareCredential>,
    key: IdempotencyKey,
    body: Body<NewShareGrant>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/share-credentials/{}/grants", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    Ok(reply::ok_once(&service::add(&app, who, ticket, id.0, body.value).await?))
}

/// Gives a credential another secret; the one before works for a day more.
#[utoipa::path(post, path = "/v1/share-credentials/{id}/rotate", tag = "sharing",
    security(("bearer" = [])), params(("id" = ShareCredentialId, Path)),
    responses((status = 200, body = ShareAccess), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn credential_rotate(
    app: Data<App>,
    request: HttpRequest,
    who: Principal,
    id: PathId<id::ShareCredential>,
    key: IdempotencyKey,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/share-credentials/{}/rotate", id.0), b"");
    let base = public_url(&app, &request);
    Ok(reply::ok_once(&service::rotate(&app, who, ticket, id.0, &base).await?))
}

/// Revokes a credential. It ends at once, with every token and link that was made with it.
#[utoipa::path(post, path = "/v1/share-credentials/{id}/revoke", tag = "sharing",
    security(("bearer" = [])), params(("id" = ShareCredentialId, Path)),
    responses((status = 200, body = ShareCredential), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn credential_revoke(
    app: Data<App>,
    who: Principal,
    id: PathId<id::ShareCredential>,
    key: IdempotencyKey,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/share-credentials/{}/revoke", id.0), b"");
    Ok(reply::ok_once(&service::revoke(&app, who, ticket, id.0).await?))
}
