//! Rows of events, webhooks and deliveries.

use diesel::prelude::*;
use schema::api::outbox::{DeliveryState, EventKind, WebhookState};
use schema::id::{EventId, OrgId, UserId, WebhookDeliveryId, WebhookId};
use schema::time::Instant;

use super::mail::Addressee;
use crate::db::schema::{
    event_orgs, events, users, webhook_attempts, webhook_deliveries, webhooks,
};
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = events)]
pub(super) struct EventRow {
    pub(super) id: EventId,
    pub(super) kind: EventKind,
    pub(super) subject: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) data: String,
    pub(super) at: i64,
    pub(super) once_key: Option<String>,
    pub(super) fanned_at: Option<i64>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhooks)]
pub(super) struct WebhookRow {
    pub(super) id: WebhookId,
    pub(super) org_id: OrgId,
    pub(super) url: String,
    pub(super) kinds: String,
    pub(super) state: WebhookState,
    pub(super) generation: i64,
    pub(super) old_secret_until: Option<i64>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_deliveries)]
pub(super) struct DeliveryRow {
    pub(super) id: WebhookDeliveryId,
    pub(super) webhook_id: WebhookId,
    pub(super) event_id: EventId,
    pub(super) state: DeliveryState,
    pub(super) attempts: i64,
    pub(super) tries: i64,
    pub(super) next_at: Option<i64>,
    pub(super) created_at: i64,
    pub(super) finished_at: Option<i64>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_attempts)]
pub(super) struct AttemptRow {
    pub(super) delivery_id: WebhookDeliveryId,
    pub(super) number: i64,
    pub(super) at: i64,
    pub(super) status: Option<i64>,
    pub(super) fault: Option<String>,
}

/// Whether an event with this key was told.
pub(super) fn told(db: &mut Db, key: &str) -> AppResult<bool> {
    let found: i64 =
        events::table.filter(events::once_key.eq(key.to_owned())).count().get_result(db)?;
    Ok(found > 0)
}

pub(super) fn insert_event(db: &mut Db, row: &EventRow, orgs: &[OrgId]) -> AppResult<()> {
    diesel::insert_into(events::table).values(row.clone()).execute(db)?;
    for org in orgs {
        diesel::insert_into(event_orgs::table)
            .values((event_orgs::event_id.eq(row.id), event_orgs::org_id.eq(*org)))
            .execute(db)?;
    }
    Ok(())
}

pub(super) fn event(db: &mut Db, id: EventId) -> QueryResult<Option<EventRow>> {
    events::table.filter(events::id.eq(id)).select(EventRow::as_select()).first(db).optional()
}

pub(super) fn orgs(db: &mut Db, id: EventId) -> AppResult<Vec<OrgId>> {
    Ok(event_orgs::table
        .filter(event_orgs::event_id.eq(id))
        .order(event_orgs::org_id.asc())
        .select(event_orgs::org_id)
        .load(db)?)
}

/// Events, newest first; only those for `org`, unless it is `None`.
pub(super) fn events(
    db: &mut Db,
    org: Option<OrgId>,
    before: Option<EventId>,
    limit: i64,
) -> AppResult<Vec<EventRow>> {
    let mut query = events::table
        .order(events::id.desc())
        .limit(limit)
        .select(EventRow::as_select())
        .into_boxed();
    if let Some(org) = org {
        let mine =
            event_orgs::table.filter(event_orgs::org_id.eq(org)).select(event_orgs::event_id);
        query = query.filter(events::id.eq_any(mine));
    }
    if let Some(before) = before {
        query = query.filter(events::id.lt(before));
    }
    Ok(query.load(db)?)
}

/// People of the organisations that an event is for.
pub(super) fn addressees(db: &mut Db, orgs: &[OrgId]) -> AppResult<Vec<Addressee>> {
    let rows: Vec<(UserId, String, String)> = users::table
        .filter(users::org_id.eq_any(orgs.to_vec()))
        .order(users::id.asc())
        .select((users::id, users::name, users::email))
        .load(db)?;
    Ok(rows.into_iter().map(|(user, name, email)| Addressee { user, name, email }).collect())
}

/// Marks that an event was fanned out, once. Answers whether it was not before.
pub(super) fn set_fanned(db: &mut Db, id: EventId, at: Instant) -> AppResult<bool> {
    let open = events::table.filter(events::id.eq(id)).filter(events::fanned_at.is_null());
    let done = diesel::update(open).set(events::fanned_at.eq(Some(at.as_micros()))).execute(db)?;
    Ok(done == 1)
}

pub(super) fn insert_webhook(db: &mut Db, row: &WebhookRow) -> AppResult<()> {
    diesel::insert_into(webhooks::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn webhook(db: &mut Db, id: WebhookId) -> QueryResult<Option<WebhookRow>> {
    webhooks::table.filter(webhooks::id.eq(id)).select(WebhookRow::as_select()).first(db).optional()
}

/// Number of webhooks of an organisation.
pub(super) fn webhook_count(db: &mut Db, org: OrgId) -> AppResult<i64> {
    Ok(webhooks::table.filter(webhooks::org_id.eq(org)).count().get_result(db)?)
}

/// Webhooks in order of their ids; only those of `org`, unless it is `None`.
pub(super) fn webhooks(
    db: &mut Db,
    org: Option<OrgId>,
    after: Option<WebhookId>,
    limit: i64,
) -> AppResult<Vec<WebhookRow>> {
    let mut query = webhooks::table
        .order(webhooks::id.asc())
        .limit(limit)
        .select(WebhookRow::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query.filter(webhooks::org_id.eq(org));
    }
    if let Some(after) = after {
        query = query.filter(webhooks::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Active webhooks of the organisations that an event is for.
pub(super) fn listening(db: &mut Db, orgs: &[OrgId]) -> AppResult<Vec<WebhookRow>> {
    Ok(webhooks::table
        .filter(webhooks::org_id.eq_any(orgs.to_vec()))
        .filter(webhooks::state.eq(WebhookState::Active))
        .order(webhooks::id.asc())
        .select(WebhookRow::as_select())
        .load(db)?)
}

/// Replaces what may change of a webhook whose secret is still the one seen.
pub(super) fn set_webhook(db: &mut Db, seen: &WebhookRow, row: &WebhookRow) -> AppResult<()> {
    let target = webhooks::table
        .filter(webhooks::id.eq(seen.id))
        .filter(webhooks::state.eq(seen.state))
        .filter(webhooks::generation.eq(seen.generation));
    one_row(
        diesel::update(target)
            .set((
                webhooks::state.eq(row.state),
                webhooks::generation.eq(row.generation),
                webhooks::old_secret_until.eq(row.old_secret_until),
            ))
            .execute(db),
    )
}

pub(super) fn insert_delivery(db: &mut Db, row: &DeliveryRow) -> AppResult<()> {
    diesel::insert_into(webhook_deliveries::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn delivery(db: &mut Db, id: WebhookDeliveryId) -> QueryResult<Option<DeliveryRow>> {
    webhook_deliveries::table
        .filter(webhook_deliveries::id.eq(id))
        .select(DeliveryRow::as_select())
        .first(db)
        .optional()
}

/// Deliveries to a webhook, newest first.
pub(super) fn deliveries(
    db: &mut Db,
    webhook: WebhookId,
    before: Option<WebhookDeliveryId>,
    limit: i64,
) -> AppResult<Vec<DeliveryRow>> {
    let mut query = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook))
        .order(webhook_deliveries::id.desc())
        .limit(limit)
        .select(DeliveryRow::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(webhook_deliveries::id.lt(before));
    }
    Ok(query.load(db)?)
}

pub(super) fn attempts(db: &mut Db, id: WebhookDeliveryId) -> AppResult<Vec<AttemptRow>> {
    Ok(webhook_attempts::table
        .filter(webhook_attempts::delivery_id.eq(id))
        .order(webhook_attempts::number.asc())
        .select(AttemptRow::as_select())
        .load(db)?)
}

pub(super) fn insert_attempt(db: &mut Db, row: &AttemptRow) -> AppResult<()> {
    diesel::insert_into(webhook_attempts::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// Replaces what may change of a delivery that is as it was seen.
pub(super) fn advance(db: &mut Db, seen: &DeliveryRow, row: &DeliveryRow) -> AppResult<()> {
    let target = webhook_deliveries::table
        .filter(webhook_deliveries::id.eq(seen.id))
        .filter(webhook_deliveries::state.eq(seen.state))
        .filter(webhook_deliveries::attempts.eq(seen.attempts));
    one_row(
        diesel::update(target)
            .set((
                webhook_deliveries::state.eq(row.state),
                webhook_deliveries::attempts.eq(row.attempts),
                webhook_deliveries::tries.eq(row.tries),
                webhook_deliveries::next_at.eq(row.next_at),
                webhook_deliveries::finished_at.eq(row.finished_at),
            ))
            .execute(db),
    )
}
