//! Sign-up, login, staff accounts.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::parties::{
    Affiliation, Declaration, Login, Membership, NewAffiliation, NewStaff, Organisation, Refresh,
    SignUp, StatusRecord, Tokens,
};
use schema::id::{self, OrgId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::{declared, service, sessions, standing};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

/// Signs an organisation up with its first person.
#[utoipa::path(post, path = "/v1/sign-up", tag = "parties", request_body = SignUp,
    responses((status = 201, body = Membership), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn sign_up(app: Data<App>, body: Body<SignUp>) -> AppResult<HttpResponse> {
    let made = service::sign_up(&app, body.value).await?;
    Ok(reply::created(&format!("/v1/organisations/{}", made.organisation.id), &made))
}

/// Opens a session.
#[utoipa::path(post, path = "/v1/login", tag = "parties", request_body = Login,
    responses((status = 200, body = Tokens), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn login(app: Data<App>, body: Body<Login>) -> AppResult<HttpResponse> {
    Ok(reply::ok(&sessions::login(&app, body.value).await?))
}

/// Exchanges a refresh token, which works once, for the next pair of tokens.
#[utoipa::path(post, path = "/v1/token", tag = "parties", request_body = Refresh,
    responses((status = 200, body = Tokens), (status = 401, body = Problem)))]
pub async fn refresh(app: Data<App>, body: Body<Refresh>) -> AppResult<HttpResponse> {
    Ok(reply::ok(&sessions::refresh(&app, &body.value.refresh_token.0).await?))
}

/// Ends the session: its refresh tokens no longer work.
#[utoipa::path(post, path = "/v1/logout", tag = "parties", security(("bearer" = [])),
    responses((status = 204, description = "The session has ended"), (status = 401, body = Problem)))]
pub async fn logout(app: Data<App>, who: Principal) -> AppResult<HttpResponse> {
    sessions::logout(&app, who).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The caller and their organisation.
#[utoipa::path(get, path = "/v1/me", tag = "parties", security(("bearer" = [])),
    responses((status = 200, body = Membership), (status = 401, body = Problem)))]
pub async fn me(app: Data<App>, who: Principal) -> AppResult<HttpResponse> {
    let me = app.store.read(move |db| service::membership_in(db, who.user)).await?;
    Ok(reply::ok(&me))
}

/// Makes an account of the exchange's staff. For operators.
#[utoipa::path(post, path = "/v1/staff", tag = "parties", security(("bearer" = [])), request_body = NewStaff,
    responses((status = 201, body = Membership), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn staff_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewStaff>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/staff", &body.bytes);
    let made = service::staff_create(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/organisations/{}", made.value.organisation.id), &made))
}

/// An organisation: one's own, or any for the staff.
#[utoipa::path(get, path = "/v1/organisations/{id}", tag = "parties", security(("bearer" = [])),
    params(("id" = OrgId, Path)),
    responses((status = 200, body = Organisation), (status = 404, body = Problem)))]
pub async fn organisation_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Organisation>,
) -> AppResult<HttpResponse> {
    let org = app.store.read(move |db| service::organisation_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&org))
}

/// Says what only the organisation itself knows: whether it collects data, its other industries, its
/// affiliates. It replaces what was said before.
#[utoipa::path(put, path = "/v1/organisations/{id}/declaration", tag = "parties", security(("bearer" = [])),
    params(("id" = OrgId, Path)), request_body = Declaration,
    responses((status = 200, body = Organisation), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn declaration_put(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Organisation>,
    body: Body<Declaration>,
) -> AppResult<HttpResponse> {
    Ok(reply::ok(&standing::declare(&app, who, id.0, body.value).await?))
}

/// Records what the registers say of an organisation. For operators.
#[utoipa::path(post, path = "/v1/organisations/{id}/status", tag = "parties", security(("bearer" = [])),
    params(("id" = OrgId, Path)), request_body = StatusRecord,
    responses((status = 200, body = Organisation), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
pub async fn status_record(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Organisation>,
    body: Body<StatusRecord>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/organisations/{}/status", id.0), &body.bytes);
    Ok(reply::ok_once(&standing::record(&app, who, ticket, id.0, body.value).await?))
}

/// Declares that an organisation belongs to the caller's group. The staff declare it of any.
#[utoipa::path(post, path = "/v1/affiliations", tag = "parties", security(("bearer" = [])),
    request_body = NewAffiliation,
    responses((status = 201, body = Affiliation), (status = 403, body = Problem),
              (status = 422, body = Problem)))]
pub async fn affiliation_declare(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewAffiliation>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/affiliations", &body.bytes);
    let made = declared::declare(&app, who, ticket, body.value).await?;
    Ok(reply::created_once("/v1/affiliations", &made))
}

/// Declared affiliations of one's organisation; all for the staff.
#[utoipa::path(get, path = "/v1/affiliations", tag = "parties", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<Affiliation>), (status = 403, body = Problem)))]
pub async fn affiliation_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::affiliations_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}
