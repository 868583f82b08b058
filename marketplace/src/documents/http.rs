//! Papers.

use actix_web::http::header;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use schema::api::documents::{Document, DocumentQuery, NewDocument, Verification};
use schema::id::{self, DocumentId};
use schema::page::Page;
use schema::problem::Problem;

use super::service::{self, Sent};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::body::{digest_field, disposition};
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

/// Files a paper: its bytes are the body, what it is stands in the query. `Content-Digest` with
/// `sha-256` is checked.
#[utoipa::path(post, path = "/v1/documents", tag = "documents", security(("bearer" = [])), params(NewDocument),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Document), (status = 403, body = Problem), (status = 413, body = Problem),
              (status = 422, body = Problem)))]
pub async fn document_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    query: Query<NewDocument>,
    request: HttpRequest,
    payload: Payload,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/documents?{}", request.query_string());
    let sender = who.clone();
    let ticket = move |sha256: &str| key.ticket(&sender, &target, sha256.as_bytes());
    let media_type = match request.content_type() {
        "" => "application/octet-stream".to_owned(),
        sent => sent.to_owned(),
    };
    let sent = Sent { headers: request.headers(), media_type, payload };
    let made = service::receive(&app, who, query.0, sent, ticket).await?;
    Ok(reply::created_once(&format!("/v1/documents/{}", made.value.id), &made))
}

/// Papers: one's own, or any for the staff.
#[utoipa::path(get, path = "/v1/documents", tag = "documents", security(("bearer" = [])), params(DocumentQuery),
    responses((status = 200, body = Page<Document>), (status = 403, body = Problem)))]
pub async fn document_list(
    app: Data<App>,
    who: Principal,
    query: Query<DocumentQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::list_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// A paper.
#[utoipa::path(get, path = "/v1/documents/{id}", tag = "documents", security(("bearer" = [])),
    params(("id" = DocumentId, Path)),
    responses((status = 200, body = Document), (status = 404, body = Problem)))]
pub async fn document_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Document>,
) -> AppResult<HttpResponse> {
    let (found, _) = app.store.read(move |db| service::seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// The bytes of a paper.
#[utoipa::path(get, path = "/v1/documents/{id}/content", tag = "documents", security(("bearer" = [])),
    params(("id" = DocumentId, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
              (status = 404, body = Problem)))]
pub async fn document_content(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Document>,
) -> AppResult<HttpResponse> {
    let (found, key) = app.store.read(move |db| service::seen_in(db, &who, id.0)).await?;
    let body = app.objects.get_range(&key, 0..found.bytes).await?;
    Ok(HttpResponse::Ok()
        .content_type(found.media_type)
        .insert_header((header::CONTENT_DISPOSITION, disposition("document", &found.file_name)))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(("repr-digest", digest_field(&found.sha256)))
        .body(actix_web::body::SizedStream::new(found.bytes, body)))
}

/// Says whether a paper is in order. For operators, and not for their own organisation's.
#[utoipa::path(post, path = "/v1/documents/{id}/verify", tag = "documents", security(("bearer" = [])),
    params(("id" = DocumentId, Path)), request_body = Verification,
    responses((status = 200, body = Document), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn document_verify(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Document>,
    body: Body<Verification>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/documents/{}/verify", id.0), &body.bytes);
    Ok(reply::ok_once(&service::verify(&app, who, ticket, id.0, body.value).await?))
}
