//! The operations of the protocol.

use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpRequest, HttpResponse};
use schema::id;
use serde_json::{Value, json};

use super::super::rules;
use super::lines::{self, About, Handed};
use super::lists::Pages;
use super::query::{Asked, Capabilities, Which, instant, which};
use super::shares::{Holder, SCHEMA, Share, holder_in, share_in, shares_in};
use super::{DeltaProblem, Failure, answered};
use crate::app::App;
use crate::error::AppError;
use crate::http::extract::credentials;
use crate::limits;
use crate::trade::delivery::http::public_url;
use crate::trade::delivery::link::{Grant, LINK_SECS, Link};
use crate::trade::delivery::revisions::Revision;

/// Media type of lines of JSON.
const NDJSON: &str = "application/x-ndjson; charset=utf-8";

fn token(request: &HttpRequest) -> Option<String> {
    credentials(request, "bearer").map(str::to_owned)
}

/// The names in the address of a request.
#[derive(Clone, Default)]
struct Place {
    share: String,
    schema: Option<String>,
    table: Option<String>,
}

impl Place {
    fn of(request: &HttpRequest) -> Place {
        let name = |part: &str| request.match_info().get(part).map(str::to_owned);
        Place {
            share: name("share").unwrap_or_default(),
            schema: name("schema"),
            table: name("table"),
        }
    }
}

/// Credential and share of a request; schema and table are right, too, where it names them.
async fn asked(app: &App, request: &HttpRequest) -> Result<(Holder, Share), Failure> {
    let (shared, token, now) = (app.clone(), token(request), app.clock.now());
    let place = Place::of(request);
    let found = app.store.read(move |db| {
        let holder = holder_in(db, &shared, token.as_deref(), now)?;
        let share = share_in(db, &holder, &place.share, now)?;
        if place.schema.is_some_and(|name| !name.eq_ignore_ascii_case(SCHEMA)) {
            return Err(AppError::NotFound("schema"));
        }
        if place.table.is_some_and(|name| !name.eq_ignore_ascii_case(&share.table)) {
            return Err(AppError::NotFound("table"));
        }
        Ok((holder, share))
    });
    Ok(found.await?)
}

fn list(
    app: &App,
    request: &HttpRequest,
    holder: &Holder,
    name: &str,
    items: Vec<(String, Value)>,
) -> Result<HttpResponse, Failure> {
    let pages = Pages::read(&app.root_key, holder.id, name, request.query_string())?;
    let page = pages.page(items)?;
    Ok(HttpResponse::Ok().content_type("application/json; charset=utf-8").body(page.to_string()))
}

/// Shares of the credential: the contracts that entitle its organisation to data now.
#[utoipa::path(get, path = "/delta-sharing/shares", tag = "delta sharing", security(("share" = [])),
    params(("maxResults" = Option<i32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = Value), (status = 400, body = DeltaProblem),
              (status = 401, body = DeltaProblem)))]
pub async fn shares(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let (shared, token, now) = (App::clone(&app), token(&request), app.clock.now());
    let found = app.store.read(move |db| {
        let holder = holder_in(db, &shared, token.as_deref(), now)?;
        let shares = shares_in(db, &holder, now)?;
        Ok((holder, shares))
    });
    answered(match found.await {
        Ok((holder, shares)) => {
            let items = shares.iter().map(|share| (share.contract.to_string(), share.item()));
            list(&app, &request, &holder, "shares", items.collect())
        }
        Err(error) => Err(error.into()),
    })
}

/// One share.
#[utoipa::path(get, path = "/delta-sharing/shares/{share}", tag = "delta sharing",
    security(("share" = [])), params(("share" = String, Path)),
    responses((status = 200, body = Value), (status = 401, body = DeltaProblem),
              (status = 403, body = DeltaProblem), (status = 404, body = DeltaProblem)))]
pub async fn share(app: Data<App>, request: HttpRequest) -> HttpResponse {
    answered(
        asked(&app, &request)
            .await
            .map(|(_, share)| HttpResponse::Ok().json(json!({"share": share.item()}))),
    )
}

/// Schemas of a share: always `data`.
#[utoipa::path(get, path = "/delta-sharing/shares/{share}/schemas", tag = "delta sharing",
    security(("share" = [])), params(("share" = String, Path),
        ("maxResults" = Option<i32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = Value), (status = 400, body = DeltaProblem),
              (status = 401, body = DeltaProblem), (status = 403, body = DeltaProblem),
              (status = 404, body = DeltaProblem)))]
pub async fn schemas(app: Data<App>, request: HttpRequest) -> HttpResponse {
    answered(asked(&app, &request).await.and_then(|(holder, share)| {
        let item = json!({"name": SCHEMA, "share": share.contract});
        let name = format!("schemas of {}", share.contract);
        list(&app, &request, &holder, &name, vec![(SCHEMA.to_owned(), item)])
    }))
}

/// Tables of a schema: the one that was bought.
#[utoipa::path(get, path = "/delta-sharing/shares/{share}/schemas/{schema}/tables",
    tag = "delta sharing", security(("share" = [])),
    params(("share" = String, Path), ("schema" = String, Path),
        ("maxResults" = Option<i32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = Value), (status = 400, body = DeltaProblem),
              (status = 401, body = DeltaProblem), (status = 403, body = DeltaProblem),
              (status = 404, body = DeltaProblem)))]
pub async fn tables(app: Data<App>, request: HttpRequest) -> HttpResponse {
    all(&app, &request).await
}

/// Tables of a share, whatever their schema.
#[utoipa::path(get, path = "/delta-sharing/shares/{share}/all-tables", tag = "delta sharing",
    security(("share" = [])), params(("share" = String, Path),
        ("maxResults" = Option<i32>, Query), ("pageToken" = Option<String>, Query)),
    responses((status = 200, body = Value), (status = 400, body = DeltaProblem),
              (status = 401, body = DeltaProblem), (status = 403, body = DeltaProblem),
              (status = 404, body = DeltaProblem)))]
pub async fn all_tables(app: Data<App>, request: HttpRequest) -> HttpResponse {
    all(&app, &request).await
}

async fn all(app: &App, request: &HttpRequest) -> HttpResponse {
    answered(asked(app, request).await.and_then(|(holder, share)| {
        let name = format!("tables of {}", share.contract);
        list(app, request, &holder, &name, vec![(share.table.clone(), share.table_item())])
    }))
}

/// A parameter of the address, decoded.
fn parameter(request: &HttpRequest, name: &str) -> Result<Option<String>, Failure> {
    let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map_err(|error| Failure::malformed(error.to_string()))?;
    Ok(pairs.into_inner().into_iter().find(|(key, _)| key == name).map(|(_, value)| value))
}

/// The version that is meant, and the share it is of.
fn revision(share: &Share, which: Which) -> Result<&Revision, Failure> {
    let numbers: Vec<i64> = share.revisions.iter().map(|one| one.number).collect();
    let times: Vec<i64> = share.revisions.iter().map(|one| one.published_at.as_micros()).collect();
    let found = match which {
        Which::Newest => rules::version_at(&numbers, None),
        Which::Number(number) => rules::version_at(&numbers, Some(number)),
        Which::AsOf(at) => rules::version_as_of(&times, at),
    };
    found.and_then(|at| share.revisions.get(at)).ok_or_else(|| {
        Failure::invalid(format!("the contract holds the versions {numbers:?} of the table"))
    })
}

/// Number of the newest version, or of the first one since `startingTimestamp`.
#[utoipa::path(get, path = "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/version",
    tag = "delta sharing", security(("share" = [])),
    params(("share" = String, Path), ("schema" = String, Path), ("table" = String, Path),
        ("startingTimestamp" = Option<String>, Query)),
    responses((status = 200, description = "`Delta-Table-Version`"),
              (status = 400, body = DeltaProblem), (status = 401, body = DeltaProblem),
              (status = 403, body = DeltaProblem), (status = 404, body = DeltaProblem)))]
pub async fn version(app: Data<App>, request: HttpRequest) -> HttpResponse {
    answered(version_of(&app, &request).await)
}

/// The same, as older clients ask for it.
#[utoipa::path(head, path = "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}",
    tag = "delta sharing", security(("share" = [])),
    params(("share" = String, Path), ("schema" = String, Path), ("table" = String, Path)),
    responses((status = 200, description = "`Delta-Table-Version`"),
              (status = 401, body = DeltaProblem), (status = 403, body = DeltaProblem),
              (status = 404, body = DeltaProblem)))]
pub async fn version_head(app: Data<App>, request: HttpRequest) -> HttpResponse {
    answered(version_of(&app, &request).await)
}

async fn version_of(app: &App, request: &HttpRequest) -> Result<HttpResponse, Failure> {
    let (_, share) = asked(app, request).await?;
    let number = match parameter(request, "startingTimestamp")? {
        None => revision(&share, Which::Newest)?.number,
        Some(text) => {
            let since = instant("startingTimestamp", &text)?;
            let times: Vec<i64> =
                share.revisions.iter().map(|one| one.published_at.as_micros()).collect();
            rules::version_since(&times, since)
                .and_then(|at| share.revisions.get(at))
                .ok_or_else(|| Failure::invalid("no version is as new as startingTimestamp"))?
                .number
        }
    };
    Ok(HttpResponse::Ok().insert_header(("delta-table-version", number.to_string())).finish())
}

/// Columns and format of a table, as lines of JSON.
#[utoipa::path(get, path = "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/metadata",
    tag = "delta sharing", security(("share" = [])),
    params(("share" = String, Path), ("schema" = String, Path), ("table" = String, Path),
        ("version" = Option<i64>, Query), ("timestamp" = Option<String>, Query)),
    responses((status = 200, content_type = "application/x-ndjson", body = String),
              (status = 400, body = DeltaProblem), (status = 401, body = DeltaProblem),
              (status = 403, body = DeltaProblem), (status = 404, body = DeltaProblem)))]
pub async fn metadata(app: Data<App>, request: HttpRequest) -> HttpResponse {
    answered(metadata_of(&app, &request).await)
}

async fn metadata_of(app: &App, request: &HttpRequest) -> Result<HttpResponse, Failure> {
    let (_, share) = asked(app, request).await?;
    let version = parameter(request, "version")?
        .map(|text| text.parse().map_err(|_| Failure::invalid("version must be a whole number")))
        .transpose()?;
    let which = which(version, parameter(request, "timestamp")?.as_deref())?;
    let revision = revision(&share, which)?;
    let facts = app.tables.of(&app.objects, &revision.file).await?;
    let capabilities = capabilities(request);
    let about = About {
        share: share.contract.as_str(),
        table: &share.table,
        revision,
        facts: &facts,
        versioned: which != Which::Newest,
    };
    lined(request, capabilities, revision, about.head(capabilities.format), None)
}

/// The file of a table, as a signed link among lines of JSON.
#[utoipa::path(post, path = "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/query",
    tag = "delta sharing", security(("share" = [])),
    params(("share" = String, Path), ("schema" = String, Path), ("table" = String, Path)),
    request_body(content = Value, description = "`limitHint`, `jsonPredicateHints`, `version`, `timestamp`; all may be absent"),
    responses((status = 200, content_type = "application/x-ndjson", body = String),
              (status = 400, body = DeltaProblem), (status = 401, body = DeltaProblem),
              (status = 403, body = DeltaProblem), (status = 404, body = DeltaProblem)))]
pub async fn query(
    app: Data<App>,
    request: HttpRequest,
    body: Result<Bytes, Error>,
) -> HttpResponse {
    answered(query_of(&app, &request, body).await)
}

async fn query_of(
    app: &App,
    request: &HttpRequest,
    body: Result<Bytes, Error>,
) -> Result<HttpResponse, Failure> {
    let (holder, share) = asked(app, request).await?;
    let body = body
        .ok()
        .filter(|body| body.len() <= limits::SHARE_QUERY_BYTES_MAX)
        .ok_or_else(|| Failure::malformed("the body is cut off or too large"))?;
    let wanted = Asked::parse(&body)?;
    let revision = revision(&share, wanted.which)?;
    let facts = app.tables.of(&app.objects, &revision.file).await?;
    let capabilities = capabilities(request);
    let about = About {
        share: share.contract.as_str(),
        table: &share.table,
        revision,
        facts: &facts,
        versioned: wanted.which != Which::Newest,
    };
    let mut lines = about.head(capabilities.format);
    let matches = wanted.predicate.is_none_or(|predicate| predicate.may_match(&facts.statistics));
    let mut handed = None;
    if facts.statistics.rows > 0 && wanted.limit != Some(0) && matches {
        let link = Link {
            delivery: app.clock.fresh::<id::Delivery>(),
            contract: share.contract,
            version: revision.version,
            user: holder.created_by,
            grant: Grant::Credential(holder.id),
            expires: app.clock.now().as_secs() + LINK_SECS,
        };
        let url = format!("{}{}", public_url(app, request), link.path(&app.root_key)?);
        let file = Handed { url, expires_ms: link.expires * 1_000 };
        lines.push(about.file(capabilities.format, &file));
        handed = Some(file.expires_ms);
    }
    lined(request, capabilities, revision, lines, Some(handed))
}

fn capabilities(request: &HttpRequest) -> Capabilities {
    let sent = request.headers().get("delta-sharing-capabilities");
    Capabilities::parse(sent.and_then(|value| value.to_str().ok()).unwrap_or_default())
}

/// The answer of `lines`; of a query the end is told when the client wants it.
fn lined(
    request: &HttpRequest,
    capabilities: Capabilities,
    revision: &Revision,
    mut lines: Vec<Value>,
    query: Option<Option<i64>>,
) -> Result<HttpResponse, Failure> {
    let capabilities = match query {
        Some(_) => capabilities,
        None => Capabilities { end_of_stream: false, ..capabilities },
    };
    if let Some(expires) = query.filter(|_| capabilities.end_of_stream) {
        let end = expires.map_or(json!({}), |ms| json!({"minUrlExpirationTimestamp": ms}));
        lines.push(json!({"endStreamAction": end}));
    }
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(NDJSON)
        .insert_header(("delta-table-version", revision.number.to_string()))
        .insert_header(("delta-sharing-capabilities", capabilities.told()));
    if let Some(value) = request.headers().get("fileidhash") {
        let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
        if value != "parquet" && value != "delta" {
            return Err(Failure::invalid("fileidhash is parquet or delta"));
        }
        answer.insert_header(("fileidhash", value));
    }
    Ok(answer.body(lines::text(&lines)))
}

/// Changes between versions are not offered: a version is a whole file.
#[utoipa::path(get, path = "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/changes",
    tag = "delta sharing", security(("share" = [])),
    params(("share" = String, Path), ("schema" = String, Path), ("table" = String, Path)),
    responses((status = 400, body = DeltaProblem), (status = 401, body = DeltaProblem),
              (status = 403, body = DeltaProblem), (status = 404, body = DeltaProblem)))]
pub async fn changes(app: Data<App>, request: HttpRequest) -> HttpResponse {
    answered(asked(&app, &request).await.and_then(|(_, share)| {
        let name = format!("{}.{SCHEMA}.{}", share.contract, share.table);
        Err(Failure::invalid(format!("cdf is not enabled on table {name}")))
    }))
}
