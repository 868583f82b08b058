//! Programmes, budgets and agreements. The signature of an agreement is served by
//! [`vouchers`](crate::vouchers), because the last one issues a voucher.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use schema::api::programme::{
    Agreement, Budget, BudgetQuery, Catalogue, NewAgreement, NewAppropriation, ProgrammeInfo,
    Quote, QuoteQuery,
};
use schema::id::{self, AgreementId};
use schema::notice::ProgrammeCode;
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::{budget, service};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query, programme_code};
use crate::http::reply;
use crate::ledger::Fund;

/// The programmes of the notice in force.
#[utoipa::path(get, path = "/v1/programmes", tag = "programmes",
    responses((status = 200, body = Catalogue)))]
pub async fn programme_list(app: Data<App>) -> AppResult<HttpResponse> {
    Ok(reply::ok(&service::catalogue_on(app.clock.now().seoul_day())?))
}

/// A programme of the notice in force.
#[utoipa::path(get, path = "/v1/programmes/{code}", tag = "programmes",
    params(("code" = ProgrammeCode, Path)),
    responses((status = 200, body = ProgrammeInfo), (status = 404, body = Problem)))]
pub async fn programme_find(app: Data<App>, request: HttpRequest) -> AppResult<HttpResponse> {
    let info = service::programme_info(app.clock.now().seoul_day(), programme_code(&request)?)?;
    Ok(reply::ok(&info))
}

/// What a programme would pay of a cost, and what decides it.
#[utoipa::path(get, path = "/v1/programmes/{code}/quote", tag = "programmes",
    params(("code" = ProgrammeCode, Path), QuoteQuery),
    responses((status = 200, body = Quote), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn programme_quote(
    app: Data<App>,
    request: HttpRequest,
    query: Query<QuoteQuery>,
) -> AppResult<HttpResponse> {
    let day = app.clock.now().seoul_day();
    Ok(reply::ok(&service::quote(day, programme_code(&request)?, &query.0)?))
}

/// Makes money available to a programme. For the agency. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/programmes/{code}/budget", tag = "programmes",
    security(("bearer" = [])), params(("code" = ProgrammeCode, Path)),
    request_body = NewAppropriation,
    responses((status = 200, body = Budget), (status = 403, body = Problem),
              (status = 422, body = Problem)))]
pub async fn budget_appropriate(
    app: Data<App>,
    who: Principal,
    request: HttpRequest,
    key: IdempotencyKey,
    body: Body<NewAppropriation>,
) -> AppResult<HttpResponse> {
    let code = programme_code(&request)?;
    let target = format!("POST /v1/programmes/{code}/budget");
    let ticket = key.required(&who, &target, &body.bytes)?;
    let budget = budget::appropriate(&app, who, ticket, code, body.value).await?;
    Ok(reply::ok_once(&budget))
}

/// The budget of a programme. For operators, the agency and auditors.
#[utoipa::path(get, path = "/v1/programmes/{code}/budget", tag = "programmes",
    security(("bearer" = [])), params(("code" = ProgrammeCode, Path), BudgetQuery),
    responses((status = 200, body = Budget), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
pub async fn budget_find(
    app: Data<App>,
    who: Principal,
    request: HttpRequest,
    query: Query<BudgetQuery>,
) -> AppResult<HttpResponse> {
    policy::act(&who, Action::LedgerRead, &[])?;
    let (programme, now) = (programme_code(&request)?, app.clock.now());
    let fiscal_year = query.0.fiscal_year.unwrap_or_else(|| now.seoul_day().year());
    let fund = Fund { programme, fiscal_year };
    let budget = app.store.read(move |db| budget::budget_in(db, fund, now)).await?;
    Ok(reply::ok(&budget))
}

/// Drafts an agreement of P14 or P15. For the agency. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/agreements", tag = "agreements", security(("bearer" = [])),
    request_body = NewAgreement,
    responses((status = 201, body = Agreement), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn agreement_draft(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewAgreement>,
) -> AppResult<HttpResponse> {
    let ticket = key.required(&who, "POST /v1/agreements", &body.bytes)?;
    let made = service::agreement_draft(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/agreements/{}", made.value.id), &made))
}

/// Agreements: one's own, or all for the staff.
#[utoipa::path(get, path = "/v1/agreements", tag = "agreements", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<Agreement>), (status = 403, body = Problem)))]
pub async fn agreement_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::agreements_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// An agreement, for its parties and the staff.
#[utoipa::path(get, path = "/v1/agreements/{id}", tag = "agreements", security(("bearer" = [])),
    params(("id" = AgreementId, Path)),
    responses((status = 200, body = Agreement), (status = 404, body = Problem)))]
pub async fn agreement_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Agreement>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::agreement_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}
