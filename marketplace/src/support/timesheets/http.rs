//! Time sheets.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::work::{NewTimeEntry, TimeEntry, TimeSheet};
use schema::id::{self, AgreementId};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId};
use crate::http::reply;

/// Enters work of the owner's own people, given in kind. For the recipient of the agreement.
#[utoipa::path(post, path = "/v1/agreements/{id}/time-entries", tag = "agreements",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = NewTimeEntry,
    responses((status = 201, body = TimeEntry), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn time_entry_create(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Agreement>,
    key: IdempotencyKey,
    body: Body<NewTimeEntry>,
) -> AppResult<HttpResponse> {
    let path = format!("/v1/agreements/{}/time-entries", id.0);
    let ticket = key.ticket(&who, &format!("POST {path}"), &body.bytes);
    let made = service::enter(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&path, &made))
}

/// The time sheets of an agreement, and what of them counts.
#[utoipa::path(get, path = "/v1/agreements/{id}/time-entries", tag = "agreements",
    security(("bearer" = [])), params(("id" = AgreementId, Path)),
    responses((status = 200, body = TimeSheet), (status = 404, body = Problem)))]
pub async fn time_entry_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Agreement>,
) -> AppResult<HttpResponse> {
    let sheet = app.store.read(move |db| service::sheet_in(db, &who, id.0)).await?;
    Ok(reply::ok(&sheet))
}
