//! Taking in the bytes of a version: any size in constant memory, digest computed on the way and
//! compared with what the client promised (RFC 9530), nothing kept when anything is wrong.

use actix_web::http::header::HeaderMap;
use actix_web::web::Payload;
use schema::api::catalog::Version;
use schema::id::VersionId;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
pub use crate::http::body::digest_field;
use crate::http::body::{Promise, bounded};

/// Stores the body as the file of the version `id`.
pub async fn put(
    app: &App,
    who: Principal,
    id: VersionId,
    headers: &HeaderMap,
    payload: Payload,
) -> AppResult<Version> {
    let promise = Promise::of(headers)?;
    let bytes_max = app.config.upload_bytes_max;
    promise.fits(bytes_max)?;
    // Refuse before the bytes travel; the same is checked again when they have arrived.
    let asker = who.clone();
    app.store.read(move |db| service::version_open_in(db, &asker, id).map(|_| ())).await?;

    let name = format!("{}", app.clock.fresh::<schema::id::Request>());
    let body = Box::pin(bounded(payload, bytes_max));
    let stored = app
        .objects
        .put_stream(&name, body, |sha256, bytes| Ok(promise.check(sha256, bytes)?))
        .await?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    let kept = stored.clone();
    let put =
        app.store.write(move |db| service::content_put_in(db, &who, id, &kept, now, audit)).await;
    match put {
        Ok((version, orphan)) => {
            if let Some(key) = orphan {
                app.objects.delete(&key).await;
            }
            Ok(version)
        }
        Err(error) => {
            discard(app, stored.key).await;
            Err(error)
        }
    }
}

/// Deletes an object that no version names.
pub async fn discard(app: &App, key: String) {
    let asked = key.clone();
    match app.store.read(move |db| service::is_referenced_in(db, &asked)).await {
        Ok(false) => app.objects.delete(&key).await,
        Ok(true) => {}
        Err(error) => tracing::warn!(%error, key, "object left for the sweep"),
    }
}
