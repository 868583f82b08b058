//! The description of the API (OpenAPI 3.1) and the page to browse it.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::routes::Api;

mod complete;

/// The description.
pub fn document() -> Value {
    let mut document = Api::openapi();
    document.info.title = "Jangteo".to_owned();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let share = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = document.components.get_or_insert_with(Default::default);
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.add_security_scheme("share", SecurityScheme::Http(share));
    complete::complete(serde_json::to_value(document).unwrap_or_default())
}

/// `/openapi.json`.
#[utoipa::path(get, path = "/openapi.json", tag = "health", responses((status = 200, description = "This description")))]
pub async fn json() -> HttpResponse {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
    HttpResponse::Ok().json(&*DOCUMENT)
}
