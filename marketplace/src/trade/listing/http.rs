//! Listings over HTTP. Reading what is published needs no login.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use schema::api::trade::{
    Listing, ListingCard, ListingDetail, ListingDraft, ListingQuery, NewListing, Note, Suspend,
};
use schema::id::{self, ListingId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::service::{self, Change};
use crate::app::App;
use crate::auth::Principal;
use crate::error::{AppError, AppResult};
use crate::http::extract::{Body, IdempotencyKey, PathId, Query, page_cursor, page_limit};
use crate::http::reply;

/// The caller, if there is a token; a bad one is refused rather than ignored.
fn visitor(
    request: &HttpRequest,
    who: Result<Principal, AppError>,
) -> AppResult<Option<Principal>> {
    if request.headers().contains_key(header::AUTHORIZATION) { who.map(Some) } else { Ok(None) }
}

/// Drafts a listing of a ready version.
#[utoipa::path(post, path = "/v1/listings", tag = "trade", security(("bearer" = [])), request_body = NewListing,
    responses((status = 201, body = Listing), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn listing_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewListing>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/listings", &body.bytes);
    let made = service::create(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/listings/{}", made.value.id), &made))
}

/// What is on sale, newest first; with `mine=true` the caller's own listings in every state.
#[utoipa::path(get, path = "/v1/listings", tag = "trade", params(ListingQuery),
    responses((status = 200, body = Page<ListingCard>)))]
pub async fn listing_list(
    app: Data<App>,
    request: HttpRequest,
    who: Result<Principal, AppError>,
    query: Query<ListingQuery>,
) -> AppResult<HttpResponse> {
    let (who, query) = (visitor(&request, who)?, query.0);
    let page = PageQuery { cursor: query.cursor.clone(), limit: query.limit };
    let (limit, before) = (page_limit(&page)?, page_cursor::<id::Listing>(&page)?);
    let page =
        app.store.read(move |db| service::list_in(db, who.as_ref(), &query, before, limit)).await?;
    Ok(reply::ok(&page))
}

/// A listing with quality figures, columns, sample and listing duty.
#[utoipa::path(get, path = "/v1/listings/{id}", tag = "trade", params(("id" = ListingId, Path)),
    responses((status = 200, body = ListingDetail), (status = 404, body = Problem)))]
pub async fn listing_find(
    app: Data<App>,
    request: HttpRequest,
    who: Result<Principal, AppError>,
    id: PathId<id::Listing>,
) -> AppResult<HttpResponse> {
    let (who, now) = (visitor(&request, who)?, app.clock.now());
    let detail = app.store.read(move |db| service::detail_in(db, who.as_ref(), id.0, now)).await?;
    Ok(reply::ok(&detail))
}

/// Changes a draft or a listing that was returned.
#[utoipa::path(put, path = "/v1/listings/{id}", tag = "trade", security(("bearer" = [])),
    params(("id" = ListingId, Path)), request_body = ListingDraft,
    responses((status = 200, body = Listing), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn listing_edit(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Listing>,
    body: Body<ListingDraft>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("PUT /v1/listings/{}", id.0), &body.bytes);
    Ok(reply::ok_once(&service::edit(&app, who, ticket, id.0, body.value).await?))
}

async fn step(
    app: &App,
    who: Principal,
    key: &IdempotencyKey,
    id: ListingId,
    name: &str,
    body: &[u8],
    change: Change,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/listings/{id}/{name}"), body);
    Ok(reply::ok_once(&service::change(app, who, ticket, id, change).await?))
}

/// Asks for a review. Refused with every reason that stops the listing.
#[utoipa::path(post, path = "/v1/listings/{id}/submit", tag = "trade", security(("bearer" = [])),
    params(("id" = ListingId, Path)),
    responses((status = 200, body = Listing), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn listing_submit(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Listing>,
) -> AppResult<HttpResponse> {
    step(&app, who, &key, id.0, "submit", b"", Change::Submit).await
}

/// Lets a listing be published. For operators of another organisation.
#[utoipa::path(post, path = "/v1/listings/{id}/approve", tag = "trade", security(("bearer" = [])),
    params(("id" = ListingId, Path)),
    responses((status = 200, body = Listing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn listing_approve(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Listing>,
) -> AppResult<HttpResponse> {
    step(&app, who, &key, id.0, "approve", b"", Change::Approve).await
}

/// Sends a listing back to its provider. For operators of another organisation.
#[utoipa::path(post, path = "/v1/listings/{id}/return", tag = "trade", security(("bearer" = [])),
    params(("id" = ListingId, Path)), request_body = Note,
    responses((status = 200, body = Listing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn listing_return(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Listing>,
    body: Body<Note>,
) -> AppResult<HttpResponse> {
    step(&app, who, &key, id.0, "return", &body.bytes, Change::Return(body.value.reason)).await
}

/// Puts an approved listing on sale; a listing duty starts on this day in Korea.
#[utoipa::path(post, path = "/v1/listings/{id}/publish", tag = "trade", security(("bearer" = [])),
    params(("id" = ListingId, Path)),
    responses((status = 200, body = Listing), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn listing_publish(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Listing>,
) -> AppResult<HttpResponse> {
    step(&app, who, &key, id.0, "publish", b"", Change::Publish).await
}

/// Takes a listing off sale for a while. For operators.
#[utoipa::path(post, path = "/v1/listings/{id}/suspend", tag = "trade", security(("bearer" = [])),
    params(("id" = ListingId, Path)), request_body = Suspend,
    responses((status = 200, body = Listing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn listing_suspend(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Listing>,
    body: Body<Suspend>,
) -> AppResult<HttpResponse> {
    let Suspend { cause, reason } = body.value;
    step(&app, who, &key, id.0, "suspend", &body.bytes, Change::Suspend(cause, reason)).await
}

/// Puts a suspended listing on sale again. For operators.
#[utoipa::path(post, path = "/v1/listings/{id}/reinstate", tag = "trade", security(("bearer" = [])),
    params(("id" = ListingId, Path)),
    responses((status = 200, body = Listing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn listing_reinstate(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Listing>,
) -> AppResult<HttpResponse> {
    step(&app, who, &key, id.0, "reinstate", b"", Change::Reinstate).await
}

/// Takes a listing off sale for good; refused while a listing duty runs.
#[utoipa::path(post, path = "/v1/listings/{id}/delist", tag = "trade", security(("bearer" = [])),
    params(("id" = ListingId, Path)),
    responses((status = 200, body = Listing), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn listing_delist(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Listing>,
) -> AppResult<HttpResponse> {
    step(&app, who, &key, id.0, "delist", b"", Change::Delist).await
}

/// Removes a listing by force. For the agency.
#[utoipa::path(post, path = "/v1/listings/{id}/remove", tag = "trade", security(("bearer" = [])),
    params(("id" = ListingId, Path)), request_body = Note,
    responses((status = 200, body = Listing), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn listing_remove(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Listing>,
    body: Body<Note>,
) -> AppResult<HttpResponse> {
    step(&app, who, &key, id.0, "remove", &body.bytes, Change::Remove(body.value.reason)).await
}
