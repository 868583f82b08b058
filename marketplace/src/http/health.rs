//! Whether the process lives, whether it can serve, what it counts, and which keys it signs with.

use actix_web::web::Data;
use actix_web::{HttpResponse, http::header};
use serde_json::json;

use crate::app::App;
use crate::db::migrate;
use crate::error::AppResult;
use crate::jobs;

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "The process lives")))]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// The service can serve: database reachable and up to date, objects writable.
#[utoipa::path(get, path = "/readyz", tag = "health", responses(
    (status = 200, description = "Ready"),
    (status = 503, description = "Not ready, with the reason"),
))]
pub async fn readyz(app: Data<App>) -> HttpResponse {
    let database = match app.store.read(|db| Ok(migrate::pending(db)?)).await {
        Ok(false) => None,
        Ok(true) => Some("migrations are pending".to_owned()),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            Some("the database does not answer".to_owned())
        }
    };
    let objects = app.objects.probe().await.err().map(|error| {
        tracing::warn!(%error, "not ready");
        "the object store does not answer".to_owned()
    });
    let ready = database.is_none() && objects.is_none();
    let mut answer = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    if !ready {
        answer.insert_header((header::RETRY_AFTER, "2"));
        // Marks the body as complete, so that the edge leaves it as it is.
        answer.content_type("application/problem+json");
    }
    let status = if ready { "ready" } else { "not-ready" };
    answer.body(json!({"status": status, "database": database, "objects": objects}).to_string())
}

/// Counters for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", responses((status = 200, description = "Prometheus text")))]
pub async fn metrics(app: Data<App>) -> AppResult<HttpResponse> {
    let counts = app.store.read(jobs::service::counts_in).await?;
    app.metrics.queue(&counts);
    let text = app.metrics.text().map_err(anyhow::Error::from)?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text))
}

/// The public keys of tokens and certificates (RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "health", responses((status = 200, description = "JWK set")))]
pub async fn jwks(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/jwk-set+json")
        .body(app.keys.jwks().to_string())
}
