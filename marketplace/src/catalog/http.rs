//! Data sets, versions, uploads, evidence.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::web::{Data, Payload};
use schema::api::catalog::{Dataset, NewDataset, NewVersion, PrivacyClearance, Version};
use schema::data::shell::ShellTables;
use schema::id::{self, DatasetId, VersionId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::{service, shells, upload};
use crate::app::App;
use crate::auth::Principal;
use crate::db::Loaded;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query, page_cursor, page_limit};
use crate::http::reply;

/// Makes a data set.
#[utoipa::path(post, path = "/v1/datasets", tag = "catalog", security(("bearer" = [])), request_body = NewDataset,
    responses((status = 201, body = Dataset), (status = 403, body = Problem)))]
pub async fn dataset_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewDataset>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/datasets", &body.bytes);
    let made = service::dataset_create(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/datasets/{}", made.value.id), &made))
}

/// The caller's data sets, oldest first.
#[utoipa::path(get, path = "/v1/datasets", tag = "catalog", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = Page<Dataset>)))]
pub async fn dataset_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, after) = (page_limit(&query.0)?, page_cursor::<id::Dataset>(&query.0)?);
    let page = app.store.read(move |db| service::dataset_list_in(db, &who, after, limit)).await?;
    Ok(reply::ok(&page))
}

/// A data set with its versions.
#[utoipa::path(get, path = "/v1/datasets/{id}", tag = "catalog", security(("bearer" = [])),
    params(("id" = DatasetId, Path)),
    responses((status = 200, body = Dataset), (status = 404, body = Problem)))]
pub async fn dataset_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Dataset>,
) -> AppResult<HttpResponse> {
    let dataset = app.store.read(move |db| service::dataset_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&dataset))
}

/// The tables that a file of asset administration shells describes (AASX, JSON or XML), with their columns
/// as a dictionary to be confirmed. Nothing is stored.
#[utoipa::path(post, path = "/v1/shells/tables", tag = "catalog", security(("bearer" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = ShellTables), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn shell_tables(_: Principal, payload: Payload) -> AppResult<HttpResponse> {
    Ok(reply::ok(&shells::tables(payload).await?))
}

/// Makes a version that waits for its file.
#[utoipa::path(post, path = "/v1/datasets/{id}/versions", tag = "catalog", security(("bearer" = [])),
    params(("id" = DatasetId, Path)), request_body = NewVersion,
    responses((status = 201, body = Version), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn version_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Dataset>,
    body: Body<NewVersion>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/datasets/{}/versions", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let made = service::version_create(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&format!("/v1/versions/{}", made.value.id), &made))
}

/// A version.
#[utoipa::path(get, path = "/v1/versions/{id}", tag = "catalog", security(("bearer" = [])),
    params(("id" = VersionId, Path)),
    responses((status = 200, body = Version), (status = 404, body = Problem)))]
pub async fn version_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Version>,
) -> AppResult<HttpResponse> {
    let version = app.store.read(move |db| service::version_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&version))
}

/// Uploads the file of a version, whole, in one request of any size. `Content-Digest` or
/// `Repr-Digest` with `sha-256` is checked; the answer carries the digest of what was stored. Until
/// the version is finalised another upload replaces the first.
#[utoipa::path(put, path = "/v1/versions/{id}/content", tag = "catalog", security(("bearer" = [])),
    params(("id" = VersionId, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Version), (status = 400, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn content_put(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Version>,
    request: HttpRequest,
    payload: Payload,
) -> AppResult<HttpResponse> {
    let version = upload::put(&app, who, id.0, request.headers(), payload).await?;
    let mut answer = HttpResponse::Ok();
    if let Some(source) = &version.source {
        answer.insert_header(("repr-digest", upload::digest_field(&source.sha256)));
    }
    Ok(answer.json(&version))
}

/// Freezes a version; a worker then reads it. Follow `job` for its progress.
#[utoipa::path(post, path = "/v1/versions/{id}/finalise", tag = "catalog", security(("bearer" = [])),
    params(("id" = VersionId, Path)),
    responses((status = 202, body = Version), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn version_finalise(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Version>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/versions/{}/finalise", id.0), b"");
    let made = service::version_finalise(&app, who, ticket, id.0).await?;
    Ok(reply::accepted_once(&format!("/v1/versions/{}", id.0), &made))
}

/// Dictionary, profile, rules, quality report and privacy report of a version.
#[utoipa::path(get, path = "/v1/versions/{id}/evidence", tag = "catalog", security(("bearer" = [])),
    params(("id" = VersionId, Path)),
    responses((status = 200, description = "Evidence"), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn evidence_get(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Version>,
) -> AppResult<HttpResponse> {
    let key = app
        .store
        .read(move |db| {
            service::version_seen_in(db, &who, id.0)?;
            service::row_in(db, id.0)?.0.evidence_key.ok_or_else(|| service::not_ready().into())
        })
        .await?;
    let bytes = app.objects.get_bytes(&key).await?;
    Ok(HttpResponse::Ok().content_type("application/json").body(bytes))
}

/// The signed certificate of a version (compact JWS).
#[utoipa::path(get, path = "/v1/versions/{id}/certificate", tag = "catalog", security(("bearer" = [])),
    params(("id" = VersionId, Path)),
    responses((status = 200, content_type = "application/jose", body = String), (status = 404, body = Problem)))]
pub async fn certificate_get(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Version>,
) -> AppResult<HttpResponse> {
    let certificate = app
        .store
        .read(move |db| {
            service::version_seen_in(db, &who, id.0)?;
            Ok(service::row_in(db, id.0)?.0.certificate)
        })
        .await?;
    let certificate = Ok(certificate).or_not_found("certificate")?;
    Ok(HttpResponse::Ok().content_type("application/jose").body(certificate))
}

/// Clears suspected personal data after a look at them, with the reason. For operators.
#[utoipa::path(post, path = "/v1/versions/{id}/privacy-clearance", tag = "catalog", security(("bearer" = [])),
    params(("id" = VersionId, Path)), request_body = PrivacyClearance,
    responses((status = 200, body = Version), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn privacy_clear(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Version>,
    body: Body<PrivacyClearance>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/versions/{}/privacy-clearance", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    Ok(reply::ok_once(&service::privacy_clear(&app, who, ticket, id.0, body.value).await?))
}
