//! Looks at the standing of organisations.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use schema::api::eligibility::{EligibilityCheck, Snapshot, SnapshotQuery};
use schema::id::{self, SnapshotId};
use schema::notice::ProgrammeCode;
use schema::page::Page;
use schema::problem::Problem;

use super::{check, list_in, seen_in};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query, programme_code};
use crate::http::reply;

/// Looks at the standing of one's organisation for a programme, keeps what was seen, and tells what
/// every rule says of it. Operators and the agency may ask for any organisation.
#[utoipa::path(post, path = "/v1/programmes/{code}/eligibility", tag = "programmes", security(("bearer" = [])),
    params(("code" = ProgrammeCode, Path)), request_body = EligibilityCheck,
    responses((status = 201, body = Snapshot), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn eligibility_check(
    app: Data<App>,
    who: Principal,
    request: HttpRequest,
    key: IdempotencyKey,
    body: Body<EligibilityCheck>,
) -> AppResult<HttpResponse> {
    let code = programme_code(&request)?;
    let ticket = key.ticket(&who, &format!("POST /v1/programmes/{code}/eligibility"), &body.bytes);
    let made = check(&app, who, ticket, code, body.value).await?;
    Ok(reply::created_once(&format!("/v1/eligibility/{}", made.value.id), &made))
}

/// What was seen of one's organisation, oldest first; of any for the staff.
#[utoipa::path(get, path = "/v1/eligibility", tag = "programmes", security(("bearer" = [])), params(SnapshotQuery),
    responses((status = 200, body = Page<Snapshot>), (status = 403, body = Problem)))]
pub async fn eligibility_list(
    app: Data<App>,
    who: Principal,
    query: Query<SnapshotQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| list_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// What was seen at one look.
#[utoipa::path(get, path = "/v1/eligibility/{id}", tag = "programmes", security(("bearer" = [])),
    params(("id" = SnapshotId, Path)),
    responses((status = 200, body = Snapshot), (status = 404, body = Problem)))]
pub async fn eligibility_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Snapshot>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}
