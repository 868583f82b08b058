//! Delivering events: mail and webhooks.

use futures::future::BoxFuture;
use schema::api::outbox::{DeliveryState, Event, WebhookState};
use schema::id::{EventId, JobId, WebhookDeliveryId, WebhookId};
use schema::time::Instant;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::rules::{self, Next, Outcome};
use super::store::{self, AttemptRow, DeliveryRow, WebhookRow};
use super::target::Message;
use super::{mail, service, sign, target};
use crate::app::App;
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::jobs::worker::Context;
use crate::jobs::{self, JobFault, NewJob};

/// Kind of the job that fans an event out.
pub const FAN_OUT: &str = "outbox.fan_out";
/// Kind of the job that makes one attempt at a delivery.
pub const SEND: &str = "outbox.send";

fn payload<T: DeserializeOwned>(context: &Context) -> Result<T, JobFault> {
    serde_json::from_value(context.payload.clone())
        .map_err(|error| JobFault::Bug(format!("payload: {error}")))
}

/// Handles [`FAN_OUT`].
pub fn fan_out(context: Context) -> BoxFuture<'static, Result<(), JobFault>> {
    Box::pin(fan(context))
}

async fn fan(context: Context) -> Result<(), JobFault> {
    let app = &context.app;
    let id: EventId = payload(&context)?;
    let (event, people, hooks) = app
        .store
        .read(move |db| {
            let event = service::event_in(db, id)?;
            let people = store::addressees(db, &event.orgs)?;
            let hooks = store::listening(db, &event.orgs)?;
            Ok((event, people, hooks))
        })
        .await?;
    let mut wanting: Vec<(WebhookId, WebhookDeliveryId, JobId)> = Vec::new();
    for hook in hooks {
        let kinds: Vec<_> = serde_json::from_str(&hook.kinds)
            .map_err(|error| JobFault::Bug(format!("kinds of a webhook: {error}")))?;
        if rules::wants(&kinds, event.kind) {
            wanting.push((hook.id, app.clock.fresh(), app.clock.fresh()));
        }
    }
    let (dir, from) = (app.config.outbox.mail_dir.clone(), app.config.outbox.mail_from.clone());
    let written = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
        people.iter().try_for_each(|person| mail::write(&dir, &event, person, &from))
    });
    written
        .await
        .map_err(|error| JobFault::Bug(format!("mail: {error}")))?
        .map_err(|error| JobFault::Transient(format!("mail: {error}")))?;
    let (now, fence) = (app.clock.now(), context.fence);
    app.store
        .write(move |db| {
            if store::set_fanned(db, id, now)? {
                for (webhook, delivery, job) in &wanting {
                    let row = DeliveryRow {
                        id: *delivery,
                        webhook_id: *webhook,
                        event_id: id,
                        state: DeliveryState::Pending,
                        attempts: 0,
                        tries: 0,
                        next_at: Some(now.as_micros()),
                        created_at: now.as_micros(),
                        finished_at: None,
                    };
                    store::insert_delivery(db, &row)?;
                    send_at_in(db, *job, *delivery, now, now)?;
                }
            }
            jobs::finish_in(db, fence, now)
        })
        .await?;
    Ok(())
}

/// Queues an attempt at a delivery.
fn send_at_in(
    db: &mut Db,
    job: JobId,
    delivery: WebhookDeliveryId,
    now: Instant,
    at: Instant,
) -> AppResult<()> {
    let subject = delivery.as_str();
    let job = NewJob { id: job, kind: SEND, payload: &delivery, org: None, subject };
    jobs::enqueue_at_in(db, &job, now, at)
}

/// Handles [`SEND`].
pub fn send(context: Context) -> BoxFuture<'static, Result<(), JobFault>> {
    Box::pin(attempt(context))
}

async fn attempt(context: Context) -> Result<(), JobFault> {
    let (app, fence) = (&context.app, context.fence);
    let id: WebhookDeliveryId = payload(&context)?;
    let (delivery, hook, event) = app
        .store
        .read(move |db| {
            let delivery = store::delivery(db, id).or_not_found("delivery")?;
            let hook = store::webhook(db, delivery.webhook_id).or_not_found("webhook")?;
            let event = service::event_in(db, delivery.event_id)?;
            Ok((delivery, hook, event))
        })
        .await?;
    let now = app.clock.now();
    if delivery.state != DeliveryState::Pending {
        app.store.write(move |db| jobs::finish_in(db, fence, now)).await?;
        return Ok(());
    }
    let outcome = match hook.state {
        WebhookState::Disabled => None,
        WebhookState::Active => {
            let message = message(app, &hook, &event, now)
                .map_err(|error| JobFault::Bug(format!("{error:#}")))?;
            Some(target::send(&hook.url, message, &app.config.outbox).await)
        }
    };
    let (then, job) = (app.clock.now(), app.clock.fresh::<schema::id::Job>());
    app.store
        .write(move |db| {
            settle_in(db, &delivery, outcome.as_ref(), then, job)?;
            jobs::finish_in(db, fence, then)
        })
        .await?;
    Ok(())
}

/// Stores how an attempt ended, and queues the next one if there is one.
fn settle_in(
    db: &mut Db,
    seen: &DeliveryRow,
    outcome: Option<&Outcome>,
    now: Instant,
    job: JobId,
) -> AppResult<()> {
    let Some(outcome) = outcome else {
        let row = DeliveryRow {
            state: DeliveryState::Cancelled,
            next_at: None,
            finished_at: Some(now.as_micros()),
            ..seen.clone()
        };
        return store::advance(db, seen, &row);
    };
    let (number, tries) = (seen.attempts.saturating_add(1), seen.tries.saturating_add(1));
    let (status, fault) = match outcome {
        Outcome::Status(status) => (Some(i64::from(*status)), None),
        Outcome::Fault(fault) => (None, Some(fault.clone())),
    };
    let attempt = AttemptRow { delivery_id: seen.id, number, at: now.as_micros(), status, fault };
    store::insert_attempt(db, &attempt)?;
    let next = rules::after(usize::try_from(tries).unwrap_or(usize::MAX), outcome, now);
    let again = match next {
        Next::Retry(at) => Some(at),
        _ => None,
    };
    let row = DeliveryRow {
        state: next.state(),
        attempts: number,
        tries,
        next_at: again.map(Instant::as_micros),
        finished_at: again.is_none().then_some(now.as_micros()),
        ..seen.clone()
    };
    store::advance(db, seen, &row)?;
    if let Some(at) = again {
        send_at_in(db, job, seen.id, now, at)?;
    }
    if next == Next::Gone
        && let Some(hook) = store::webhook(db, seen.webhook_id)?
        && hook.state == WebhookState::Active
    {
        let off = WebhookRow { state: WebhookState::Disabled, ..hook.clone() };
        store::set_webhook(db, &hook, &off)?;
    }
    Ok(())
}

/// The signed CloudEvent (structured mode, version 1.0).
fn message(app: &App, hook: &WebhookRow, event: &Event, now: Instant) -> anyhow::Result<Message> {
    let body = serde_json::to_vec(&json!({
        "specversion": "1.0",
        "id": event.id,
        "source": app.config.outbox.source,
        "type": format!("kr.jangteo.{}", event.kind),
        "subject": event.subject,
        "time": event.at,
        "datacontenttype": "application/json",
        "data": {"title": event.title, "body": event.body, "figures": event.data},
    }))?;
    let mut secrets = vec![app.root_key.secret(hook.id, hook.generation)?];
    let old = hook.old_secret_until.is_some_and(|until| now.as_micros() < until);
    if old && hook.generation > 1 {
        secrets.push(app.root_key.secret(hook.id, hook.generation - 1)?);
    }
    let (id, timestamp) = (event.id.to_string(), now.as_secs().to_string());
    let signature = sign::header(&secrets, &id, &timestamp, &body)?;
    Ok(Message { id, timestamp, signature, body })
}
