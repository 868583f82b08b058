//! Making, changing and reading webhooks and their deliveries.

use schema::api::outbox::{
    DeliveryState, NewWebhook, Webhook, WebhookAttempt, WebhookDelivery, WebhookSecret,
    WebhookState,
};
use schema::code::Code;
use schema::id::{self, AuditId, JobId, WebhookDeliveryId, WebhookId};
use schema::page::{Page, PageQuery};
use schema::time::Instant;
use serde_json::{Value, json};

use super::store::{self, DeliveryRow, WebhookRow};
use super::target;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, once_in};
use crate::jobs::{NewJob, enqueue_in};
use crate::limits;

fn wire(row: WebhookRow) -> AppResult<Webhook> {
    Ok(Webhook {
        id: row.id,
        org: row.org_id,
        url: row.url,
        kinds: serde_json::from_str(&row.kinds)?,
        state: row.state,
        generation: u32::try_from(row.generation).unwrap_or(u32::MAX),
        old_secret_until: row.old_secret_until.and_then(Instant::from_micros),
        created_at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
    })
}

/// The answer with the secret, which is not among what is remembered of the command.
fn with_secret(app: &App, made: Once<Webhook>) -> AppResult<Once<WebhookSecret>> {
    let webhook = made.value;
    let secret = app.root_key.shown(webhook.id, i64::from(webhook.generation))?;
    Ok(Once { value: WebhookSecret { webhook, secret }, replayed: made.replayed })
}

fn record_in(
    db: &mut Db,
    (id, at): (AuditId, Instant),
    who: &Principal,
    row: &WebhookRow,
    action: &str,
    from: Option<WebhookState>,
    body: Value,
) -> AppResult<()> {
    let entry = Entry {
        id,
        at,
        who: Some(who),
        object: row.id.as_str(),
        action,
        from: from.map(WebhookState::as_str),
        to: Some(row.state.as_str()),
        reason: None,
        body,
    };
    audit::record_in(db, &entry)
}

/// Makes a webhook of the caller's organisation.
pub async fn webhook_create(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewWebhook,
) -> AppResult<Once<WebhookSecret>> {
    policy::act(&who, Action::WebhookWrite, &[who.org])?;
    let url = target::parse(&new.url, &app.config.outbox)?.to_string();
    let mut kinds = new.kinds;
    kinds.sort_unstable();
    kinds.dedup();
    let (now, id, audit) = (app.clock.now(), app.clock.fresh(), app.clock.fresh());
    let made = app
        .store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                if store::webhook_count(db, who.org)? >= limits::WEBHOOKS_MAX {
                    let max = limits::WEBHOOKS_MAX;
                    return Err(Code::StateForbids
                        .because(
                            format!("웹훅은 기관마다 {max}개까지입니다."),
                            format!("An organisation has at most {max} webhooks."),
                        )
                        .with("max", max)
                        .into());
                }
                let row = WebhookRow {
                    id,
                    org_id: who.org,
                    url: url.clone(),
                    kinds: serde_json::to_string(&kinds)?,
                    state: WebhookState::Active,
                    generation: 1,
                    old_secret_until: None,
                    created_by: who.user,
                    created_at: now.as_micros(),
                };
                store::insert_webhook(db, &row)?;
                let body = json!({"url": url, "kinds": kinds});
                record_in(db, (audit, now), &who, &row, "webhook.create", None, body)?;
                wire(row)
            })
        })
        .await?;
    with_secret(app, made)
}

/// The webhook, if the caller may change it.
fn own_in(db: &mut Db, who: &Principal, id: WebhookId) -> AppResult<WebhookRow> {
    let row = store::webhook(db, id).or_not_found("webhook")?;
    policy::see(who, Action::WebhookRead, &[row.org_id], "webhook")?;
    policy::act(who, Action::WebhookWrite, &[row.org_id])?;
    Ok(row)
}

/// Gives a webhook a new secret. For a day deliveries bear both signatures.
pub async fn webhook_rotate(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: WebhookId,
) -> AppResult<Once<WebhookSecret>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    let until = now.checked_add_secs(limits::WEBHOOK_OLD_SECRET_SECS);
    let made = app
        .store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let seen = own_in(db, &who, id)?;
                let row = WebhookRow {
                    generation: seen.generation.saturating_add(1),
                    old_secret_until: until.map(Instant::as_micros),
                    ..seen.clone()
                };
                store::set_webhook(db, &seen, &row)?;
                let body = json!({"generation": row.generation});
                let from = Some(seen.state);
                record_in(db, (audit, now), &who, &row, "webhook.rotate", from, body)?;
                wire(row)
            })
        })
        .await?;
    with_secret(app, made)
}

/// Disables or enables a webhook.
pub async fn webhook_change(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: WebhookId,
    to: WebhookState,
) -> AppResult<Once<Webhook>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let seen = own_in(db, &who, id)?;
                if seen.state == to {
                    return Err(Code::StateForbids
                        .because(
                            format!("웹훅이 이미 `{to}` 상태입니다."),
                            format!("The webhook is `{to}` already."),
                        )
                        .with("state", to.as_str())
                        .into());
                }
                let row = WebhookRow { state: to, ..seen.clone() };
                store::set_webhook(db, &seen, &row)?;
                let action = match to {
                    WebhookState::Active => "webhook.enable",
                    WebhookState::Disabled => "webhook.disable",
                };
                record_in(db, (audit, now), &who, &row, action, Some(seen.state), json!({}))?;
                wire(row)
            })
        })
        .await
}

/// The webhook, if the caller may see it.
pub fn webhook_seen_in(db: &mut Db, who: &Principal, id: WebhookId) -> AppResult<Webhook> {
    let row = store::webhook(db, id).or_not_found("webhook")?;
    policy::see(who, Action::WebhookRead, &[row.org_id], "webhook")?;
    wire(row)
}

/// A page of webhooks: one's own, or all for the staff.
pub fn webhooks_in(db: &mut Db, who: &Principal, query: &PageQuery) -> AppResult<Page<Webhook>> {
    policy::act(who, Action::WebhookRead, &[who.org])?;
    let (limit, after) = (page_limit(query)?, page_cursor::<id::Webhook>(query)?);
    let org = (!who.sees_all()).then_some(who.org);
    let rows = store::webhooks(db, org, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(wire);
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}

/// A page of the deliveries to a webhook, newest first.
pub fn deliveries_in(
    db: &mut Db,
    who: &Principal,
    id: WebhookId,
    query: &PageQuery,
) -> AppResult<Page<WebhookDelivery>> {
    webhook_seen_in(db, who, id)?;
    let (limit, before) = (page_limit(query)?, page_cursor::<id::WebhookDelivery>(query)?);
    let rows = store::deliveries(db, id, before, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(|row| delivery_wire_in(db, row));
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}

fn delivery_wire_in(db: &mut Db, row: DeliveryRow) -> AppResult<WebhookDelivery> {
    let attempts = store::attempts(db, row.id)?;
    Ok(WebhookDelivery {
        id: row.id,
        webhook: row.webhook_id,
        event: row.event_id,
        state: row.state,
        next_at: row.next_at.and_then(Instant::from_micros),
        attempts: attempts
            .into_iter()
            .map(|attempt| WebhookAttempt {
                number: u32::try_from(attempt.number).unwrap_or(u32::MAX),
                at: Instant::from_micros(attempt.at).unwrap_or(Instant::MIN),
                status: attempt.status.and_then(|status| u16::try_from(status).ok()),
                fault: attempt.fault,
            })
            .collect(),
        created_at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
        finished_at: row.finished_at.and_then(Instant::from_micros),
    })
}

/// Sends a delivery again that was given up.
pub async fn redeliver(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: WebhookDeliveryId,
) -> AppResult<Once<WebhookDelivery>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    let job: JobId = app.clock.fresh();
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let seen = store::delivery(db, id).or_not_found("delivery")?;
                let hook = own_in(db, &who, seen.webhook_id)?;
                if seen.state != DeliveryState::Dead || hook.state != WebhookState::Active {
                    return Err(Code::StateForbids
                        .because(
                            "활성 웹훅의 실패한 전송만 다시 보낼 수 있습니다.",
                            "Only a dead delivery of an active webhook can be sent again.",
                        )
                        .with("state", seen.state.as_str())
                        .into());
                }
                let row = DeliveryRow {
                    state: DeliveryState::Pending,
                    tries: 0,
                    next_at: Some(now.as_micros()),
                    finished_at: None,
                    ..seen.clone()
                };
                store::advance(db, &seen, &row)?;
                let job = NewJob {
                    id: job,
                    kind: super::jobs::SEND,
                    payload: &id,
                    org: None,
                    subject: id.as_str(),
                };
                enqueue_in(db, &job, now)?;
                let body = json!({"delivery": id, "event": row.event_id});
                let from = Some(hook.state);
                record_in(db, (audit, now), &who, &hook, "webhook.redeliver", from, body)?;
                delivery_wire_in(db, row)
            })
        })
        .await
}
