//! Reading the books.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::ledger::{
    AccountQuery, LedgerAccount, LedgerCheck, LedgerTransfer, TransferQuery,
};
use schema::page::Page;
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::error::AppResult;
use crate::http::extract::Query;
use crate::http::reply;

/// Accounts with their balances. For operators, the agency and auditors.
#[utoipa::path(get, path = "/v1/ledger/accounts", tag = "ledger", security(("bearer" = [])),
    params(AccountQuery),
    responses((status = 200, body = Page<LedgerAccount>), (status = 403, body = Problem)))]
pub async fn accounts(
    app: Data<App>,
    who: Principal,
    query: Query<AccountQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::accounts_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// Transfers, oldest first. For operators, the agency and auditors.
#[utoipa::path(get, path = "/v1/ledger/transfers", tag = "ledger", security(("bearer" = [])),
    params(TransferQuery),
    responses((status = 200, body = Page<LedgerTransfer>), (status = 403, body = Problem)))]
pub async fn transfers(
    app: Data<App>,
    who: Principal,
    query: Query<TransferQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::transfers_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// Recalculates every balance from the transfers and compares vouchers with their uses. For
/// operators, the agency and auditors.
#[utoipa::path(get, path = "/v1/ledger/check", tag = "ledger", security(("bearer" = [])),
    responses((status = 200, body = LedgerCheck), (status = 403, body = Problem)))]
pub async fn check(app: Data<App>, who: Principal) -> AppResult<HttpResponse> {
    policy::act(&who, Action::LedgerRead, &[])?;
    Ok(reply::ok(&service::check(&app).await?))
}
