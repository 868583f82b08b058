//! Statements over HTTP, in three forms.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use schema::api::statements::{Statement, StatementFormat, StatementQuery, YearStatement};
use schema::code::Code;
use schema::id::{self, AgreementId};
use schema::problem::Problem;
use schema::time::Day;
use serde::Serialize;

use super::{build, csv, html};
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{PathId, Query};
use crate::http::reply;

/// The form that is asked for: by name, else by the `Accept` header.
fn form(request: &HttpRequest, query: &StatementQuery) -> StatementFormat {
    if let Some(format) = query.format {
        return format;
    }
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let accept = accept.unwrap_or_default();
    let at = |kind: &str| accept.find(kind).unwrap_or(usize::MAX);
    let forms = [
        (at("application/json"), StatementFormat::Json),
        (at("text/csv"), StatementFormat::Csv),
        (at("text/html"), StatementFormat::Html),
    ];
    let first = forms.into_iter().min_by_key(|(at, _)| *at);
    first.filter(|(at, _)| *at < usize::MAX).map_or(StatementFormat::Json, |(_, form)| form)
}

fn written<T: Serialize>(
    form: StatementFormat,
    name: &str,
    value: &T,
    csv: impl Fn(&T) -> String,
    html: impl Fn(&T) -> String,
) -> HttpResponse {
    match form {
        StatementFormat::Json => reply::ok(value),
        StatementFormat::Csv => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
            .insert_header((
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}.csv\""),
            ))
            .body(csv(value)),
        StatementFormat::Html => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'",
            ))
            .body(html(value)),
    }
}

/// A year as `yyyy`.
fn year(text: &str) -> Option<i16> {
    let fits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|year| fits && (1900..=2200).contains(year))
}

fn unreadable(field: &str, ko: &str, en: &str) -> crate::error::AppError {
    Code::MalformedRequest.because(ko, en).field(field).into()
}

/// What moved in a month of Korea, by account and transfer by transfer. For operators, the agency and
/// auditors.
#[utoipa::path(get, path = "/v1/statements/months/{month}", tag = "statements",
    security(("bearer" = [])), params(("month" = String, Path), StatementQuery),
    responses((status = 200, body = Statement), (status = 400, body = Problem),
              (status = 403, body = Problem)))]
pub async fn month(
    app: Data<App>,
    who: Principal,
    request: HttpRequest,
    query: Query<StatementQuery>,
) -> AppResult<HttpResponse> {
    let text = request.match_info().get("month").unwrap_or_default();
    let first = format!("{text}-01").parse::<Day>().ok().filter(|_| text.len() == 7);
    let first = first.ok_or_else(|| {
        unreadable("month", "월은 2024-06과 같은 형식입니다.", "A month has the form 2024-06.")
    })?;
    let now = app.clock.now();
    let found = app.store.read(move |db| build::month_in(db, &who, first, now)).await?;
    let name = format!("jangteo-{}", found.subject);
    Ok(written(form(&request, &query.0), &name, &found, csv::statement, html::statement))
}

/// Everything that moved under an agreement, and what it came to. For its parties and the staff.
#[utoipa::path(get, path = "/v1/agreements/{id}/statement", tag = "statements",
    security(("bearer" = [])), params(("id" = AgreementId, Path), StatementQuery),
    responses((status = 200, body = Statement), (status = 404, body = Problem)))]
pub async fn agreement(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Agreement>,
    request: HttpRequest,
    query: Query<StatementQuery>,
) -> AppResult<HttpResponse> {
    let now = app.clock.now();
    let found = app.store.read(move |db| build::agreement_in(db, &who, id.0, now)).await?;
    let name = format!("jangteo-{}", found.subject);
    Ok(written(form(&request, &query.0), &name, &found, csv::statement, html::statement))
}

/// The closing report of a fiscal year. For operators, the agency and auditors.
#[utoipa::path(get, path = "/v1/statements/years/{year}", tag = "statements",
    security(("bearer" = [])), params(("year" = String, Path), StatementQuery),
    responses((status = 200, body = YearStatement), (status = 400, body = Problem),
              (status = 403, body = Problem)))]
pub async fn fiscal_year(
    app: Data<App>,
    who: Principal,
    request: HttpRequest,
    query: Query<StatementQuery>,
) -> AppResult<HttpResponse> {
    let text = request.match_info().get("year").unwrap_or_default();
    let year = year(text).ok_or_else(|| {
        unreadable("year", "연도는 2024와 같은 형식입니다.", "A year has the form 2024.")
    })?;
    let now = app.clock.now();
    let found = app.store.read(move |db| build::year_in(db, &who, year, now)).await?;
    let name = format!("jangteo-{year}");
    Ok(written(form(&request, &query.0), &name, &found, csv::year, html::year))
}
