//! Reading the audit trail.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::audit::AuditLine;
use schema::id::{AuditEntry, Id};
use schema::page::{Page, PageQuery};

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Query, page_cursor, page_limit};
use crate::http::reply;

/// The audit trail, oldest line first. For auditors.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = Page<AuditLine>), (status = 403, body = schema::problem::Problem)))]
pub async fn list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, after) = (page_limit(&query.0)?, page_cursor::<AuditEntry>(&query.0)?);
    let after = after.map(|id: Id<AuditEntry>| id.to_string());
    let page = app.store.read(move |db| service::list_in(db, &who, after, limit)).await?;
    Ok(reply::ok(&page))
}
