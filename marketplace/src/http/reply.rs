//! What handlers answer.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;

use crate::idempotency::Once;

/// 200 with `value`.
pub fn ok<T: Serialize>(value: &T) -> HttpResponse {
    HttpResponse::Ok().json(value)
}

/// 201 with `value`, which is now at `location`.
pub fn created<T: Serialize>(location: &str, value: &T) -> HttpResponse {
    HttpResponse::Created().insert_header((header::LOCATION, location)).json(value)
}

/// The answer of a command that is done once: 201 with its place, marked when it is a repeat.
pub fn created_once<T: Serialize>(location: &str, once: &Once<T>) -> HttpResponse {
    let mut answer = HttpResponse::Created();
    answer.insert_header((header::LOCATION, location));
    if once.replayed {
        answer.insert_header(("idempotent-replayed", "true"));
    }
    answer.json(&once.value)
}

/// The answer of a command that is done once: 202, marked when it is a repeat; the work goes on at
/// `location`.
pub fn accepted_once<T: Serialize>(location: &str, once: &Once<T>) -> HttpResponse {
    let mut answer = HttpResponse::Accepted();
    answer.insert_header((header::LOCATION, location));
    if once.replayed {
        answer.insert_header(("idempotent-replayed", "true"));
    }
    answer.json(&once.value)
}

/// The answer of a command that is done once: 200, marked when it is a repeat.
pub fn ok_once<T: Serialize>(once: &Once<T>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    if once.replayed {
        answer.insert_header(("idempotent-replayed", "true"));
    }
    answer.json(&once.value)
}
