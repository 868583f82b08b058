//! Agreements at work over HTTP.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::execution::{
    Change, Execution, Inspection, InspectionAnswer, NewChange, NewCompletion, NewInspection,
    Reasoned,
};
use schema::id::{self, AgreementId, ChangeId, InspectionId};
use schema::problem::Problem;

use super::service::{self, Order};
use super::{changes, inspections, reports};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId};
use crate::http::reply;

type AgreementPath = PathId<id::Agreement>;

/// Where an agreement stands: clocks, changes, completion reports. For its parties and the staff.
#[utoipa::path(get, path = "/v1/agreements/{id}/execution", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)),
    responses((status = 200, body = Execution), (status = 404, body = Problem)))]
pub async fn execution_find(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::execution_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Asks for a change of an agreement. For its recipient.
#[utoipa::path(post, path = "/v1/agreements/{id}/changes", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = NewChange,
    responses((status = 201, body = Change), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn change_request(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<NewChange>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/agreements/{}/changes", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let made = changes::request(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&format!("/v1/agreements/{}/execution", id.0), &made))
}

async fn decided(
    app: &App,
    who: Principal,
    id: ChangeId,
    key: &IdempotencyKey,
    body: Body<Reasoned>,
    approve: bool,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/changes/{id} {approve}");
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = changes::decide(app, who, ticket, id, approve, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Approves a change; from now it counts. For the agency.
#[utoipa::path(post, path = "/v1/changes/{id}/approve", tag = "execution",
    security(("bearer" = [])), params(("id" = ChangeId, Path)), request_body = Reasoned,
    responses((status = 200, body = Change), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn change_approve(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Change>,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    decided(&app, who, id.0, &key, body, true).await
}

/// Rejects a change; the agreement goes on as it was. For the agency.
#[utoipa::path(post, path = "/v1/changes/{id}/reject", tag = "execution",
    security(("bearer" = [])), params(("id" = ChangeId, Path)), request_body = Reasoned,
    responses((status = 200, body = Change), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn change_reject(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Change>,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    decided(&app, who, id.0, &key, body, false).await
}

async fn ordered(
    app: &App,
    who: Principal,
    id: AgreementPath,
    key: &IdempotencyKey,
    body: Body<Reasoned>,
    order: Order,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/agreements/{} {order:?}", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = service::order(app, who, ticket, id.0, order, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Stops an agreement because of a violation or a closure; its voucher is frozen. For the agency.
#[utoipa::path(post, path = "/v1/agreements/{id}/suspend", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Execution), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn agreement_suspend(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    ordered(&app, who, id, &key, body, Order::Suspend).await
}

/// Lets a suspended agreement go on; its period has not stood still. For the agency.
#[utoipa::path(post, path = "/v1/agreements/{id}/resume", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Execution), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn agreement_resume(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    ordered(&app, who, id, &key, body, Order::Resume).await
}

/// Ends a suspended agreement before its time; its voucher is revoked. For the agency.
#[utoipa::path(post, path = "/v1/agreements/{id}/terminate", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Execution), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn agreement_terminate(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    ordered(&app, who, id, &key, body, Order::Terminate).await
}

/// Asks to give an agreement up. For its recipient.
#[utoipa::path(post, path = "/v1/agreements/{id}/abandon", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Execution), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn abandonment_request(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    ordered(&app, who, id, &key, body, Order::RequestAbandonment).await
}

/// Agrees that an agreement is given up; the settlement is due from today. For the agency.
#[utoipa::path(post, path = "/v1/agreements/{id}/abandon/approve", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Execution), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn abandonment_approve(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    ordered(&app, who, id, &key, body, Order::ApproveAbandonment).await
}

/// Does not agree; the agreement goes on. For the agency.
#[utoipa::path(post, path = "/v1/agreements/{id}/abandon/reject", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Execution), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn abandonment_reject(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    ordered(&app, who, id, &key, body, Order::RejectAbandonment).await
}

/// Reports completion; refused with everything that is missing. For the recipient.
#[utoipa::path(post, path = "/v1/agreements/{id}/completion", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = NewCompletion,
    responses((status = 201, body = Execution), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn completion_report(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<NewCompletion>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/agreements/{}/completion", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let made = reports::report(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&format!("/v1/agreements/{}/execution", id.0), &made))
}

async fn reviewed(
    app: &App,
    who: Principal,
    id: AgreementPath,
    key: &IdempotencyKey,
    body: Body<Reasoned>,
    pass: bool,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/agreements/{}/completion {pass}", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = reports::review(app, who, ticket, id.0, pass, body.value).await?;
    Ok(reply::ok_once(&done))
}

/// Accepts a completion report. For the operator.
#[utoipa::path(post, path = "/v1/agreements/{id}/completion/pass", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Execution), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn completion_pass(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    reviewed(&app, who, id, &key, body, true).await
}

/// Rejects a completion report; the work goes on while there is time. For the operator.
#[utoipa::path(post, path = "/v1/agreements/{id}/completion/reject", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = Reasoned,
    responses((status = 200, body = Execution), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn completion_reject(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<Reasoned>,
) -> AppResult<HttpResponse> {
    reviewed(&app, who, id, &key, body, false).await
}

/// Asks the recipient for a report within 20 days. For the agency.
#[utoipa::path(post, path = "/v1/agreements/{id}/inspections", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)), request_body = NewInspection,
    responses((status = 201, body = Inspection), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
pub async fn inspection_ask(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
    key: IdempotencyKey,
    body: Body<NewInspection>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/agreements/{}/inspections", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let made = inspections::ask(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::created_once(&format!("/v1/agreements/{}/inspections", id.0), &made))
}

/// Questions of the agency about an agreement. For its parties and the staff.
#[utoipa::path(get, path = "/v1/agreements/{id}/inspections", tag = "execution",
    security(("bearer" = [])), params(("id" = AgreementId, Path)),
    responses((status = 200, body = Vec<Inspection>), (status = 404, body = Problem)))]
pub async fn inspection_list(
    app: Data<App>,
    who: Principal,
    id: AgreementPath,
) -> AppResult<HttpResponse> {
    let now = app.clock.now();
    let found = app.store.read(move |db| inspections::list_in(db, &who, id.0, now)).await?;
    Ok(reply::ok(&found))
}

/// Answers a question of the agency. For the recipient.
#[utoipa::path(post, path = "/v1/inspections/{id}/answer", tag = "execution",
    security(("bearer" = [])), params(("id" = InspectionId, Path)), request_body = InspectionAnswer,
    responses((status = 200, body = Inspection), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn inspection_answer(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Inspection>,
    key: IdempotencyKey,
    body: Body<InspectionAnswer>,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/inspections/{}/answer", id.0);
    let ticket = key.ticket(&who, &target, &body.bytes);
    let done = inspections::answer(&app, who, ticket, id.0, body.value).await?;
    Ok(reply::ok_once(&done))
}
