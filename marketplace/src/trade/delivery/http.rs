//! Downloads over HTTP.

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use schema::api::trade::{Delivery, FileLink};
use schema::code::Code;
use schema::id::{self, ContractId, DeliveryId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::link::{Broken, Link};
use super::range::Part;
use super::revisions::File;
use super::service::{self, Ask, Opened};
use crate::app::App;
use crate::auth::Principal;
use crate::catalog::upload::digest_field;
use crate::error::{AppError, AppResult};
use crate::http::body::disposition;
use crate::http::edge::{self, RequestTag};
use crate::http::extract::{PathId, Query, page_cursor, page_limit};
use crate::http::reply;
use crate::trade::sharing::delta::{self, DeltaProblem, Failure};

/// Media type of the file.
const PARQUET: &str = "application/vnd.apache.parquet";

fn ask(request: &HttpRequest) -> Ask {
    let text = |name: HeaderName| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    Ask {
        range: text(header::RANGE),
        if_range: text(header::IF_RANGE),
        if_none_match: text(header::IF_NONE_MATCH),
    }
}

/// Downloads the file of a contract, whole or by `Range`. For the buyer, once its own payment is
/// confirmed. The first download is the delivery.
#[utoipa::path(get, path = "/v1/contracts/{id}/file", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path), ("Range" = Option<String>, Header, description = "`bytes=a-b`, `bytes=a-` or `bytes=-n`")),
    responses((status = 200, content_type = "application/vnd.apache.parquet", body = Vec<u8>),
              (status = 206, content_type = "application/vnd.apache.parquet", body = Vec<u8>),
              (status = 304, description = "The client has it already"),
              (status = 403, body = Problem), (status = 404, body = Problem), (status = 416, body = Problem)))]
pub async fn file_get(
    app: Data<App>,
    request: HttpRequest,
    who: Principal,
    id: PathId<id::Contract>,
) -> AppResult<HttpResponse> {
    let opened = service::open(&app, who, id.0, ask(&request)).await?;
    sent(&app, &request, opened).await
}

/// The answer to a `GET` of a file.
async fn sent(app: &App, request: &HttpRequest, opened: Opened) -> AppResult<HttpResponse> {
    let (file, part, status) = match wanted(request, opened) {
        Ok(wanted) => wanted,
        Err(answer) => return Ok(answer),
    };
    let stream = app.objects.get_range(&file.key, part.first..part.end).await?;
    Ok(described(status, &file, part).body(SizedStream::new(part.len(), stream)))
}

/// The answer to a `HEAD` of a file.
fn told(request: &HttpRequest, opened: Opened) -> HttpResponse {
    let (file, part, status) = match wanted(request, opened) {
        Ok(wanted) => wanted,
        Err(answer) => return answer,
    };
    // The size makes the Content-Length; no byte of it is sent.
    let nothing = futures::stream::empty::<Result<Bytes, AppError>>();
    described(status, &file, part).body(SizedStream::new(part.len(), nothing))
}

/// What is to be sent of a file, or the answer that has none of it.
fn wanted(request: &HttpRequest, opened: Opened) -> Result<(File, Part, StatusCode), HttpResponse> {
    match opened {
        Opened::Unchanged(file) => Err(unchanged(&file)),
        Opened::Unsatisfiable(file) => Err(unsatisfiable(request, &file)),
        Opened::Whole(file) => {
            let part = Part { first: 0, end: file.total };
            Ok((file, part, StatusCode::OK))
        }
        Opened::Part(file, part) => Ok((file, part, StatusCode::PARTIAL_CONTENT)),
    }
}

/// What a download would answer, without the bytes and without being one.
#[utoipa::path(head, path = "/v1/contracts/{id}/file", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)),
    responses((status = 200, description = "Length, digest and name of the file"), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
pub async fn file_head(
    app: Data<App>,
    request: HttpRequest,
    who: Principal,
    id: PathId<id::Contract>,
) -> AppResult<HttpResponse> {
    let (ask, now) = (ask(&request), app.clock.now());
    let opened = app.store.read(move |db| service::look_in(db, &who, id.0, &ask, now)).await?;
    Ok(told(&request, opened))
}

/// Makes a link to the file of a contract, for tools that cannot sign in. It is good for an hour, and
/// ends before with the session and with the right to the file.
#[utoipa::path(post, path = "/v1/contracts/{id}/links", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)),
    responses((status = 201, body = FileLink), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
pub async fn link_create(
    app: Data<App>,
    request: HttpRequest,
    who: Principal,
    id: PathId<id::Contract>,
) -> AppResult<HttpResponse> {
    let link = service::link(&app, who, id.0, &public_url(&app, &request)).await?;
    Ok(reply::created(&link.url, &link))
}

/// The file behind a signed link, whole or by `Range`. Needs no token: the link is the right.
#[utoipa::path(get, path = "/files/{delivery}", tag = "trade",
    params(("delivery" = DeliveryId, Path)),
    responses((status = 200, content_type = "application/vnd.apache.parquet", body = Vec<u8>),
              (status = 206, content_type = "application/vnd.apache.parquet", body = Vec<u8>),
              (status = 304, description = "The client has it already"),
              (status = 403, body = DeltaProblem), (status = 404, body = DeltaProblem),
              (status = 416, body = Problem)))]
pub async fn link_get(app: Data<App>, request: HttpRequest) -> HttpResponse {
    delta::answered(linked(&app, &request, false).await)
}

/// What a signed link would answer, without the bytes and without being a delivery.
#[utoipa::path(head, path = "/files/{delivery}", tag = "trade",
    params(("delivery" = DeliveryId, Path)),
    responses((status = 200, description = "Length, digest and name of the file"),
              (status = 403, body = DeltaProblem), (status = 404, body = DeltaProblem)))]
pub async fn link_head(app: Data<App>, request: HttpRequest) -> HttpResponse {
    delta::answered(linked(&app, &request, true).await)
}

async fn linked(app: &App, request: &HttpRequest, head: bool) -> Result<HttpResponse, Failure> {
    let delivery = request.match_info().get("delivery").unwrap_or_default();
    let link = Link::read(&app.root_key, delivery, request.query_string(), app.clock.now())?;
    let link = link.map_err(|broken| match broken {
        Broken::Signature => Failure::denied("the signature of the link does not fit"),
        Broken::Expired => Failure::denied("the link has expired"),
    })?;
    let opened = service::follow(app, link, ask(request), head).await?;
    if head { Ok(told(request, opened)) } else { Ok(sent(app, request, opened).await?) }
}

/// The address of the exchange as this client reaches it.
pub(in crate::trade) fn public_url(app: &App, request: &HttpRequest) -> String {
    match &app.config.public_url {
        Some(url) => url.clone(),
        None => {
            let asked = request.connection_info();
            format!("{}://{}", asked.scheme(), asked.host())
        }
    }
}

/// An answer that describes the file and the part of it.
fn described(status: StatusCode, file: &File, part: Part) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .content_type(PARQUET)
        .insert_header((header::ETAG, file.etag()))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_DISPOSITION, disposition("data.parquet", &file.name)))
        .insert_header((header::CACHE_CONTROL, "private, no-store, no-transform"))
        .insert_header(("repr-digest", digest_field(&file.sha256)));
    if status == StatusCode::PARTIAL_CONTENT {
        let last = part.end.saturating_sub(1);
        let range = format!("bytes {}-{last}/{}", part.first, file.total);
        answer.insert_header((header::CONTENT_RANGE, range));
    }
    answer
}

fn unchanged(file: &File) -> HttpResponse {
    HttpResponse::NotModified().insert_header((header::ETAG, file.etag())).finish()
}

/// 416 with the length of the file, as a problem like every other error.
fn unsatisfiable(request: &HttpRequest, file: &File) -> HttpResponse {
    let refusal = Code::RangeNotSatisfiable
        .because(
            format!("파일은 {}바이트입니다.", file.total),
            format!("The file has {} bytes.", file.total),
        )
        .with("total", file.total);
    let tag = request.extensions().get::<RequestTag>().map(|tag| tag.0.clone());
    let problem = Problem::of(&refusal, edge::lang(request.headers()), &tag.unwrap_or_default());
    HttpResponse::RangeNotSatisfiable()
        .content_type(Problem::MEDIA_TYPE)
        .insert_header((header::CONTENT_RANGE, format!("bytes */{}", file.total)))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .body(serde_json::to_string(&problem).unwrap_or_default())
}

/// The signed quality certificate of what a contract delivers (compact JWS).
#[utoipa::path(get, path = "/v1/contracts/{id}/certificate", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path)),
    responses((status = 200, content_type = "application/jose", body = String), (status = 404, body = Problem)))]
pub async fn contract_certificate(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
) -> AppResult<HttpResponse> {
    let jws = app.store.read(move |db| service::certificate_in(db, &who, id.0)).await?;
    Ok(HttpResponse::Ok().content_type("application/jose").body(jws))
}

/// Who received which bytes of a contract when, oldest first.
#[utoipa::path(get, path = "/v1/contracts/{id}/deliveries", tag = "trade", security(("bearer" = [])),
    params(("id" = ContractId, Path), PageQuery),
    responses((status = 200, body = Page<Delivery>), (status = 404, body = Problem)))]
pub async fn delivery_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Contract>,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, after) = (page_limit(&query.0)?, page_cursor::<id::Delivery>(&query.0)?);
    let page = app.store.read(move |db| service::list_in(db, &who, id.0, after, limit)).await?;
    Ok(reply::ok(&page))
}
