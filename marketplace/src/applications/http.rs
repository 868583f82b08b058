//! Applications, for applicants and readers; and the signature of agreements, which ends a selection.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use schema::api::applications::{
    Application, ApplicationBody, ApplicationQuery, Explanation, NewApplication, ScoreSheets,
};
use schema::api::documents::Document;
use schema::api::programme::{Agreement, SignAgreement};
use schema::id::{self, AgreementId, ApplicationId, DocumentId};
use schema::page::Page;
use schema::problem::Problem;

use super::rules::Command;
use super::{agreement, objection, papers, scoring, service};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::body::disposition;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query, path_id};
use crate::http::reply;

/// Drafts an application. For data owners (P14) and buyers (P15).
#[utoipa::path(post, path = "/v1/applications", tag = "applications", security(("bearer" = [])),
    request_body = NewApplication,
    responses((status = 201, body = Application), (status = 403, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewApplication>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/applications", &body.bytes);
    let made = service::create(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/applications/{}", made.value.id), &made))
}

/// Applications: one's own, all for the staff, those to be judged for an evaluator.
#[utoipa::path(get, path = "/v1/applications", tag = "applications", security(("bearer" = [])),
    params(ApplicationQuery),
    responses((status = 200, body = Page<Application>), (status = 403, body = Problem)))]
pub async fn application_list(
    app: Data<App>,
    who: Principal,
    query: Query<ApplicationQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::list_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// An application, for its parties, the staff, and the evaluators who judge it.
#[utoipa::path(get, path = "/v1/applications/{id}", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)),
    responses((status = 200, body = Application), (status = 404, body = Problem)))]
pub async fn application_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Application>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::find_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Changes a draft, or an application that is to be supplemented.
#[utoipa::path(put, path = "/v1/applications/{id}", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)),
    request_body = ApplicationBody,
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_edit(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Application>,
    body: Body<ApplicationBody>,
) -> AppResult<HttpResponse> {
    let edited = service::edit(&app, who, id.0, body.value).await?;
    Ok(reply::ok(&edited))
}

/// Sends a draft in.
#[utoipa::path(post, path = "/v1/applications/{id}/submit", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)),
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_submit(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/applications/{}/submit", id.0), b"");
    let sent = service::send(&app, who, ticket, id.0, Command::Submit).await?;
    Ok(reply::ok_once(&sent))
}

/// Sends an application again after a supplement.
#[utoipa::path(post, path = "/v1/applications/{id}/resubmit", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)),
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn application_resubmit(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/applications/{}/resubmit", id.0), b"");
    let sent = service::send(&app, who, ticket, id.0, Command::Resubmit).await?;
    Ok(reply::ok_once(&sent))
}

/// Takes an application back.
#[utoipa::path(post, path = "/v1/applications/{id}/withdraw", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = Explanation,
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn application_withdraw(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<Explanation>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/withdraw", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = service::withdraw(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Takes the part of the support that is offered. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/applications/{id}/consent", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)),
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn application_consent(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/consent", id.0);
    let ticket = key.required(&who, &target, b"")?;
    let done = service::answer(&app, who, ticket, id.0, Command::Consent).await?;
    Ok(reply::ok_once(&done))
}

/// Turns the part that is offered down, and goes on waiting. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/applications/{id}/decline", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)),
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn application_decline(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/decline", id.0);
    let ticket = key.required(&who, &target, b"")?;
    let done = service::answer(&app, who, ticket, id.0, Command::Decline).await?;
    Ok(reply::ok_once(&done))
}

/// Objects to a decision.
#[utoipa::path(post, path = "/v1/applications/{id}/object", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)), request_body = Explanation,
    responses((status = 200, body = Application), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn application_object(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    id: PathId<id::Application>,
    body: Body<Explanation>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/applications/{}/object", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = objection::object(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// The score sheets of an application: all for the staff, one's own for an evaluator.
#[utoipa::path(get, path = "/v1/applications/{id}/scores", tag = "evaluation",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)),
    responses((status = 200, body = ScoreSheets), (status = 404, body = Problem)))]
pub async fn score_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Application>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| scoring::sheets_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// The papers of an application, for its applicant, the staff, and, without bank data, the evaluators
/// who judge it.
#[utoipa::path(get, path = "/v1/applications/{id}/documents", tag = "applications",
    security(("bearer" = [])), params(("id" = ApplicationId, Path)),
    responses((status = 200, body = Vec<Document>), (status = 404, body = Problem)))]
pub async fn application_documents(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Application>,
) -> AppResult<HttpResponse> {
    let now = app.clock.now();
    let found = app.store.read(move |db| papers::list_in(db, &who, id.0, now)).await?;
    Ok(reply::ok(&found))
}

/// The bytes of a paper of an application.
#[utoipa::path(get, path = "/v1/applications/{id}/documents/{document}", tag = "applications",
    security(("bearer" = [])),
    params(("id" = ApplicationId, Path), ("document" = DocumentId, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
              (status = 404, body = Problem)))]
pub async fn application_document(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Application>,
    request: HttpRequest,
) -> AppResult<HttpResponse> {
    let (document, now) = (path_id::<id::Document>(&request, "document")?, app.clock.now());
    let (found, key) =
        app.store.read(move |db| papers::find_in(db, &who, id.0, document, now)).await?;
    let body = app.objects.get_range(&key, 0..found.bytes).await?;
    Ok(HttpResponse::Ok()
        .content_type(found.media_type)
        .insert_header((header::CONTENT_DISPOSITION, disposition("document", &found.file_name)))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(actix_web::body::SizedStream::new(found.bytes, body)))
}

/// Signs an agreement for the caller's organisation. The agency signs last: then the budget is
/// reserved, the period begins, a purchase agreement gets its voucher, and the application that the
/// agreement was drafted for is agreed. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/agreements/{id}/sign", tag = "agreements",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = SignAgreement,
    responses((status = 200, body = Agreement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn agreement_sign(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Agreement>,
    key: IdempotencyKey,
    body: Body<SignAgreement>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/agreements/{}/sign", id.0);
    let ticket = key.required(&who, &target, &body.bytes)?;
    let signed = agreement::sign(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&signed))
}
