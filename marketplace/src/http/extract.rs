//! What handlers take: the caller, a JSON body, an idempotency key, a page of a list.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use bytes::BytesMut;
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use schema::code::Code;
use schema::id::{Id, Kind};
use schema::notice::ProgrammeCode;
use schema::page::PageQuery;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::auth::{Principal, token};
use crate::error::{AppError, AppResult};
use crate::idempotency::Ticket;
use crate::limits;

impl FromRequest for Principal {
    type Error = AppError;
    type Future = Ready<AppResult<Principal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(principal(request))
    }
}

fn principal(request: &HttpRequest) -> AppResult<Principal> {
    let app = app(request)?;
    let token = credentials(request, "bearer").ok_or_else(|| {
        Code::Unauthenticated.because("로그인이 필요합니다.", "Sign in first.").cure(
            "POST /v1/login으로 받은 토큰을 Authorization: Bearer 헤더로 보내세요.",
            "Send the token of POST /v1/login as Authorization: Bearer.",
        )
    })?;
    token::verify(&app.keys, token, app.clock.now())
}

/// What `Authorization` holds, if it is of this scheme (RFC 9110, section 11.4).
pub fn credentials<'a>(request: &'a HttpRequest, scheme: &str) -> Option<&'a str> {
    let sent = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (named, held) = sent.split_once(' ')?;
    named.eq_ignore_ascii_case(scheme).then(|| held.trim())
}

fn app(request: &HttpRequest) -> AppResult<App> {
    request
        .app_data::<Data<App>>()
        .map(|app| App::clone(app))
        .ok_or_else(|| AppError::Internal(anyhow::anyhow!("no application data")))
}

/// A JSON body of at most [`limits::JSON_BYTES_MAX`] bytes, with the bytes it was read from.
/// Unknown fields are refused, and an error names the field.
#[derive(Debug)]
pub struct Body<T> {
    /// The value.
    pub value: T,
    /// The bytes.
    pub bytes: bytes::Bytes,
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = AppError;
    type Future = LocalBoxFuture<'static, AppResult<Body<T>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request.content_type().to_owned();
        let mut payload = payload.take();
        Box::pin(async move {
            if kind != "application/json" {
                return Err(Code::MediaTypeUnsupported
                    .because(
                        "Content-Type은 application/json이어야 합니다.",
                        "Content-Type must be application/json.",
                    )
                    .into());
            }
            let mut bytes = BytesMut::new();
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|_| incomplete())?;
                if bytes.len() + chunk.len() > limits::JSON_BYTES_MAX {
                    return Err(Code::PayloadTooLarge
                        .because("본문이 4 MiB를 넘습니다.", "The body is over 4 MiB.")
                        .with("bytes_max", limits::JSON_BYTES_MAX)
                        .into());
                }
                bytes.extend_from_slice(&chunk);
            }
            let bytes = bytes.freeze();
            let mut json = serde_json::Deserializer::from_slice(&bytes);
            let value = serde_path_to_error::deserialize(&mut json).map_err(unreadable)?;
            json.end().map_err(|error| {
                Code::MalformedRequest
                    .because("JSON 뒤에 다른 내용이 있습니다.", format!("After the JSON: {error}"))
            })?;
            Ok(Body { value, bytes })
        })
    }
}

fn unreadable(error: serde_path_to_error::Error<serde_json::Error>) -> AppError {
    let path = error.path().to_string();
    let inner = error.into_inner();
    if inner.is_data() {
        let refusal = Code::InvalidField.because(
            format!("`{path}` 값이 올바르지 않습니다: {inner}"),
            format!("`{path}` is not valid: {inner}"),
        );
        return refusal.field(path).into();
    }
    Code::MalformedRequest
        .because(
            format!("JSON을 읽을 수 없습니다: {inner}"),
            format!("The JSON is broken: {inner}"),
        )
        .into()
}

fn incomplete() -> AppError {
    Code::MalformedRequest.because("본문이 중간에 끊겼습니다.", "The body ended early.").into()
}

/// The `Idempotency-Key` of a request.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// The ticket of a command. The key may be absent: the command is then done each time.
    pub fn ticket(&self, who: &Principal, target: &str, body: &[u8]) -> Ticket {
        Ticket::new(who.user.to_string(), self.0.clone(), target, body)
    }

    /// The ticket of a command that moves money, which must have a key.
    pub fn required(&self, who: &Principal, target: &str, body: &[u8]) -> AppResult<Ticket> {
        if self.0.is_none() {
            return Err(Code::IdempotencyKeyMissing
                .because(
                    "돈이 움직이는 요청에는 Idempotency-Key 헤더가 필요합니다.",
                    "A request that moves money needs an Idempotency-Key header.",
                )
                .cure(
                    "UUID 같은 새 값을 헤더에 넣어 주세요.",
                    "Send a fresh value, such as a UUID.",
                )
                .into());
        }
        Ok(self.ticket(who, target, body))
    }
}

impl FromRequest for IdempotencyKey {
    type Error = AppError;
    type Future = Ready<AppResult<IdempotencyKey>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("idempotency-key") else {
            return ready(Ok(IdempotencyKey(None)));
        };
        let key = value.to_str().ok().filter(|key| {
            (1..=limits::IDEMPOTENCY_KEY_BYTES_MAX).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic())
        });
        ready(match key {
            Some(key) => Ok(IdempotencyKey(Some(key.to_owned()))),
            None => Err(Code::MalformedRequest
                .because(
                    "Idempotency-Key는 1~128자의 ASCII여야 합니다.",
                    "Idempotency-Key must be 1 to 128 printable ASCII characters.",
                )
                .into()),
        })
    }
}

/// An id in the path. One that is not of its kind is a 400, whatever exists.
pub fn path_id<K: Kind>(request: &HttpRequest, name: &str) -> AppResult<Id<K>> {
    let text = request.match_info().get(name).unwrap_or_default();
    Id::from_str(text).map_err(|error| {
        Code::MalformedRequest
            .because(
                format!("주소의 식별자가 `{}_…` 형식이 아닙니다.", K::PREFIX),
                error.to_string(),
            )
            .field(name)
            .into()
    })
}

/// The code of a programme as the path segment `{code}`.
pub fn programme_code(request: &HttpRequest) -> AppResult<ProgrammeCode> {
    let text = request.match_info().get("code").unwrap_or_default();
    text.parse().map_err(|_| {
        Code::MalformedRequest
            .because(
                "사업 코드는 P14나 P01-2와 같은 형식입니다.",
                "A programme code has the form P14 or P01-2.",
            )
            .field("code")
            .into()
    })
}

/// An id of kind `K` as the path segment `{id}`.
#[derive(Clone, Copy, Debug)]
pub struct PathId<K: Kind>(pub Id<K>);

impl<K: Kind> FromRequest for PathId<K> {
    type Error = AppError;
    type Future = Ready<AppResult<PathId<K>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(path_id(request, "id").map(PathId))
    }
}

/// Query parameters. Unknown ones are refused.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = AppError;
    type Future = Ready<AppResult<Query<T>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match actix_web::web::Query::<T>::from_query(request.query_string()) {
            Ok(query) => Ok(Query(query.into_inner())),
            Err(error) => Err(Code::MalformedRequest
                .because(
                    format!("주소의 매개변수를 읽을 수 없습니다: {error}"),
                    format!("The query cannot be read: {error}"),
                )
                .into()),
        })
    }
}

/// The items wanted of a list, or a refusal.
pub fn page_limit(query: &PageQuery) -> AppResult<u32> {
    query.limit().ok_or_else(|| {
        Code::InvalidField
            .because("limit은 1~200이어야 합니다.", "limit must be 1 to 200.")
            .field("limit")
            .into()
    })
}

/// The cursor of a list whose items have ids of kind `K`, or a refusal.
pub fn page_cursor<K: Kind>(query: &PageQuery) -> AppResult<Option<Id<K>>> {
    let cursor = query.cursor.as_deref().map(Id::from_str).transpose();
    cursor.map_err(|_| {
        Code::InvalidField
            .because(
                "cursor는 앞 쪽의 next 값이어야 합니다.",
                "cursor must be the `next` of the page before.",
            )
            .field("cursor")
            .into()
    })
}

/// Address of the client, for the log only.
pub fn peer(request: &HttpRequest) -> String {
    request.peer_addr().map(|peer| peer.ip().to_string()).unwrap_or_default()
}
