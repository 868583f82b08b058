//! What happens to every request: an id, a log line, metrics, a body for every error, and the
//! headers a browser should see. A panic in a handler is a 500 with a problem body like any other.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpResponse};
use futures::FutureExt;
use schema::code::Code;
use schema::id::{Request, RequestId};
use schema::lang::Lang;
use schema::problem::{Problem, Refusal};

use crate::app::App;
use crate::error::AppError;
use crate::routes;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The language the client asks for.
pub fn lang(headers: &header::HeaderMap) -> Lang {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::Ko, Lang::from_accept_language)
}

/// The outermost middleware.
pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let app = request.app_data::<Data<App>>().map(|app| App::clone(app));
    let id: Option<RequestId> = app.as_ref().map(|app| app.clock.fresh::<Request>());
    let id = id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
    let method = request.method().clone();
    let path = request.path().to_owned();
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let lang = lang(request.headers());
    request.extensions_mut().insert(RequestTag(id.clone()));

    // The request is not kept beside the call: routing needs it for itself alone.
    let answered = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let mut answered = match answered {
        Ok(Ok(response)) => Ok(told(response.map_into_boxed_body(), lang, &id)),
        Ok(Err(error)) => {
            log_cause(Some(&error), &id);
            Err(body(&refusal_of(&error), lang, &id))
        }
        Err(_) => {
            tracing::error!(request.id = id, "handler panicked");
            let refusal = AppError::Internal(anyhow::anyhow!("panic")).to_refusal();
            Err(body(&refusal, lang, &id))
        }
    };
    let (status, headers) = match &mut answered {
        Ok(response) => (response.status().as_u16(), response.headers_mut()),
        Err(answer) => (answer.status().as_u16(), answer.headers_mut()),
    };
    finish(headers, &id);
    if let Some(app) = app {
        app.metrics.request_ended(method.as_str(), &route, status, began.elapsed());
    }
    tracing::info!(
        request.id = id,
        http.method = %method,
        http.path = path,
        http.status = status,
        http.ms = began.elapsed().as_millis() as u64,
        "request"
    );
    answered.map_err(|answer| InternalError::from_response("refused at the edge", answer).into())
}

/// The same answer, with a problem body if it is an error that has none yet.
fn told(response: ServiceResponse<BoxBody>, lang: Lang, id: &str) -> ServiceResponse<BoxBody> {
    let Some(refusal) = failure(response.response(), response.request()) else {
        return response;
    };
    let allow = response.headers().get(header::ALLOW).cloned();
    log_cause(response.response().error(), id);
    let mut answer = body(&refusal, lang, id);
    if let Some(allow) = allow {
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    ServiceResponse::new(response.into_parts().0, answer)
}

/// Marks an error answer that has the form of another protocol, which stays as it is.
#[derive(Clone, Copy, Debug)]
pub struct OwnForm;

/// The id of a request, for handlers that quote it.
#[derive(Clone, Debug)]
pub struct RequestTag(pub String);

fn finish(headers: &mut header::HeaderMap, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The refusal for an error answer that has no problem body yet.
fn failure(response: &HttpResponse<BoxBody>, http: &actix_web::HttpRequest) -> Option<Refusal> {
    let status = response.status().as_u16();
    let own = response.extensions().get::<OwnForm>().is_some();
    if status < 400 || own || response.headers().get(header::CONTENT_TYPE).is_some_and(is_problem) {
        return None;
    }
    if let Some(error) = response.error() {
        return Some(refusal_of(error));
    }
    Some(by_status(status, http.path()))
}

fn is_problem(value: &HeaderValue) -> bool {
    value.as_bytes().starts_with(Problem::MEDIA_TYPE.as_bytes())
}

fn refusal_of(error: &Error) -> Refusal {
    match error.as_error::<AppError>() {
        Some(error) => error.to_refusal(),
        None => by_status(error.as_response_error().status_code().as_u16(), ""),
    }
}

/// Errors that the HTTP library itself raises.
fn by_status(status: u16, path: &str) -> Refusal {
    match status {
        404 => Code::RouteUnknown.because(
            "이 주소는 없습니다. /docs에서 주소 목록을 볼 수 있습니다.",
            "There is no such address. See /docs for all of them.",
        ),
        405 => {
            let allowed = routes::methods(path).join(", ");
            Code::MethodNotAllowed.because(
                format!("이 주소에서 쓸 수 있는 메서드: {allowed}"),
                format!("Methods of this address: {allowed}"),
            )
        }
        413 => Code::PayloadTooLarge.because("본문이 너무 큽니다.", "The body is too large."),
        400..=499 => Code::MalformedRequest
            .because("요청을 읽을 수 없습니다.", "The request could not be read."),
        _ => AppError::Internal(anyhow::anyhow!("status {status}")).to_refusal(),
    }
}

fn log_cause(error: Option<&Error>, id: &str) {
    let Some(error) = error else { return };
    if let Some(error) = error.as_error::<AppError>()
        && error.is_internal()
    {
        tracing::error!(request.id = id, %error, "request failed");
    }
}

/// The answer for `refusal`.
fn body(refusal: &Refusal, lang: Lang, id: &str) -> HttpResponse<BoxBody> {
    let problem = Problem::of(refusal, lang, id);
    let status = actix_web::http::StatusCode::from_u16(problem.status)
        .unwrap_or(actix_web::http::StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::build(status);
    answer.content_type(Problem::MEDIA_TYPE);
    let language = if lang == Lang::Ko { "ko" } else { "en" };
    answer.insert_header((header::CONTENT_LANGUAGE, language));
    if let Some(wait) = problem.figures.get("retry_after") {
        answer.insert_header((header::RETRY_AFTER, wait.to_string()));
    }
    if problem.status == 401 {
        answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    answer.body(serde_json::to_string(&problem).unwrap_or_default())
}
