//! The Delta Sharing protocol, as its official and other clients speak it: lists of shares, schemas and
//! tables, and queries that answer with signed links. Errors have the protocol's own form.

pub mod http;
mod lines;
mod lists;
mod query;
mod shares;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use schema::code::Code;
use serde::Serialize;

use crate::error::AppError;
use crate::http::edge::OwnForm;

/// The form of an error that clients of the protocol read.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeltaProblem {
    /// `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE`, `MALFORMED_REQUEST`, `UNAUTHENTICATED`,
    /// `PERMISSION_DENIED`, `UNSUPPORTED_OPERATION`, `TEMPORARILY_UNAVAILABLE` or `INTERNAL_ERROR`.
    pub error_code: String,
    /// What is wrong, for people.
    pub message: String,
}

/// Why a request of the protocol has no answer.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Failure {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Failure {
        Failure { status, code, message: message.into() }
    }

    /// A parameter that is not valid.
    pub(in crate::trade) fn invalid(message: impl Into<String>) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "INVALID_PARAMETER_VALUE", message)
    }

    /// A request that cannot be read.
    pub(in crate::trade) fn malformed(message: impl Into<String>) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "MALFORMED_REQUEST", message)
    }

    /// A right that is not there, or no longer.
    pub(in crate::trade) fn denied(message: impl Into<String>) -> Failure {
        Failure::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message)
    }

    fn answer(self) -> HttpResponse {
        let problem = DeltaProblem { error_code: self.code.to_owned(), message: self.message };
        let mut answer = plain(self.status.as_u16(), &problem);
        if self.status == StatusCode::UNAUTHORIZED {
            let value = header::HeaderValue::from_static("Bearer error=\"invalid_token\"");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        answer
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Failure {
        if error.is_internal() {
            tracing::error!(%error, "request failed");
            return Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "");
        }
        let refusal = error.to_refusal();
        let message = format!("{} / {}", refusal.detail.en, refusal.detail.ko);
        let status = StatusCode::from_u16(refusal.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let code = match refusal.code {
            Code::NotFound => "RESOURCE_DOES_NOT_EXIST",
            Code::Unauthenticated | Code::TokenExpired => "UNAUTHENTICATED",
            Code::Busy => "TEMPORARILY_UNAVAILABLE",
            _ if status == StatusCode::FORBIDDEN => "PERMISSION_DENIED",
            _ => "INVALID_PARAMETER_VALUE",
        };
        Failure::new(status, code, message)
    }
}

/// The answer, or the error in the protocol's form.
pub(in crate::trade) fn answered(result: Result<HttpResponse, Failure>) -> HttpResponse {
    result.unwrap_or_else(Failure::answer)
}

/// JSON of another form than a problem's, with any status.
pub(in crate::trade) fn plain(status: u16, body: &impl Serialize) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::build(status).json(body);
    answer.extensions_mut().insert(OwnForm);
    answer
}

/// What is answered below `/delta-sharing` where there is nothing.
pub fn unknown() -> HttpResponse {
    let message = "there is no such operation";
    Failure::new(StatusCode::NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", message).answer()
}
