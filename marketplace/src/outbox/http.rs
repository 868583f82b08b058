//! Events, webhooks and deliveries.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::outbox::{
    Event, NewWebhook, Webhook, WebhookDelivery, WebhookSecret, WebhookState,
};
use schema::id::{self, WebhookDeliveryId, WebhookId};
use schema::page::{Page, PageQuery};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::{Body, IdempotencyKey, PathId, Query};
use crate::http::reply;

/// Events for one's organisation, newest first; all for the staff.
#[utoipa::path(get, path = "/v1/events", tag = "events", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<Event>), (status = 403, body = Problem)))]
pub async fn event_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::events_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// Makes a webhook. The answer shows its secret.
#[utoipa::path(post, path = "/v1/webhooks", tag = "events", security(("bearer" = [])),
    request_body = NewWebhook,
    responses((status = 201, body = WebhookSecret), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn webhook_create(
    app: Data<App>,
    who: Principal,
    key: IdempotencyKey,
    body: Body<NewWebhook>,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, "POST /v1/webhooks", &body.bytes);
    let made = service::webhook_create(&app, who, ticket, body.value).await?;
    Ok(reply::created_once(&format!("/v1/webhooks/{}", made.value.webhook.id), &made))
}

/// Webhooks of one's organisation; all for the staff.
#[utoipa::path(get, path = "/v1/webhooks", tag = "events", security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = Page<Webhook>), (status = 403, body = Problem)))]
pub async fn webhook_list(
    app: Data<App>,
    who: Principal,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::webhooks_in(db, &who, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// A webhook.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "events", security(("bearer" = [])),
    params(("id" = WebhookId, Path)),
    responses((status = 200, body = Webhook), (status = 404, body = Problem)))]
pub async fn webhook_find(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Webhook>,
) -> AppResult<HttpResponse> {
    let found = app.store.read(move |db| service::webhook_seen_in(db, &who, id.0)).await?;
    Ok(reply::ok(&found))
}

/// Gives a webhook a new secret; for a day deliveries bear both signatures.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate", tag = "events", security(("bearer" = [])),
    params(("id" = WebhookId, Path)),
    responses((status = 200, body = WebhookSecret), (status = 404, body = Problem)))]
pub async fn webhook_rotate(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Webhook>,
    key: IdempotencyKey,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/webhooks/{}/rotate", id.0), b"");
    let made = service::webhook_rotate(&app, who, ticket, id.0).await?;
    Ok(reply::ok_once(&made))
}

/// Stops a webhook: what is under way to it is given up.
#[utoipa::path(post, path = "/v1/webhooks/{id}/disable", tag = "events",
    security(("bearer" = [])), params(("id" = WebhookId, Path)),
    responses((status = 200, body = Webhook), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn webhook_disable(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Webhook>,
    key: IdempotencyKey,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/webhooks/{}/disable", id.0), b"");
    let done = service::webhook_change(&app, who, ticket, id.0, WebhookState::Disabled).await?;
    Ok(reply::ok_once(&done))
}

/// Lets a webhook receive events again.
#[utoipa::path(post, path = "/v1/webhooks/{id}/enable", tag = "events",
    security(("bearer" = [])), params(("id" = WebhookId, Path)),
    responses((status = 200, body = Webhook), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn webhook_enable(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Webhook>,
    key: IdempotencyKey,
) -> AppResult<HttpResponse> {
    let ticket = key.ticket(&who, &format!("POST /v1/webhooks/{}/enable", id.0), b"");
    let done = service::webhook_change(&app, who, ticket, id.0, WebhookState::Active).await?;
    Ok(reply::ok_once(&done))
}

/// Deliveries to a webhook with their attempts, newest first.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", tag = "events",
    security(("bearer" = [])), params(("id" = WebhookId, Path), PageQuery),
    responses((status = 200, body = Page<WebhookDelivery>), (status = 404, body = Problem)))]
pub async fn delivery_list(
    app: Data<App>,
    who: Principal,
    id: PathId<id::Webhook>,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let page = app.store.read(move |db| service::deliveries_in(db, &who, id.0, &query.0)).await?;
    Ok(reply::ok(&page))
}

/// Sends a delivery again that was given up.
#[utoipa::path(post, path = "/v1/webhook-deliveries/{id}/redeliver", tag = "events",
    security(("bearer" = [])), params(("id" = WebhookDeliveryId, Path)),
    responses((status = 200, body = WebhookDelivery), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn delivery_redeliver(
    app: Data<App>,
    who: Principal,
    id: PathId<id::WebhookDelivery>,
    key: IdempotencyKey,
) -> AppResult<HttpResponse> {
    let target = format!("POST /v1/webhook-deliveries/{}/redeliver", id.0);
    let done = service::redeliver(&app, who.clone(), key.ticket(&who, &target, b""), id.0).await?;
    Ok(reply::ok_once(&done))
}
