//! Publishing events and reading them.

use schema::api::outbox::{self, EventKind};
use schema::id::{self, EventId, OrgId};
use schema::lang::Text;
use schema::page::{Page, PageQuery};
use schema::time::Instant;
use serde_json::Value;

use super::store::{self, EventRow};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::http::extract::{page_cursor, page_limit};
use crate::jobs::{NewJob, enqueue_in};

pub use super::sign::RootKey;
pub use super::webhooks::{
    deliveries_in, redeliver, webhook_change, webhook_create, webhook_rotate, webhook_seen_in,
    webhooks_in,
};

/// An event to be told.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Id, made before the transaction; that of the audit line's
    /// [sibling](schema::id::Id::sibling) will do.
    pub id: EventId,
    /// Kind.
    pub kind: EventKind,
    /// When it was decided.
    pub at: Instant,
    /// Id of the object it is about.
    pub subject: &'a str,
    /// Organisations that are told.
    pub orgs: &'a [OrgId],
    /// One line, without a full stop.
    pub title: Text,
    /// What happened and what to do.
    pub body: Text,
    /// Figures for machines. No personal data and no secrets: it leaves the exchange.
    pub data: Value,
    /// A thing that must be told only once has a key: with a key that was used, nothing happens.
    pub once: Option<String>,
}

/// Writes an event and queues its delivery, inside the transaction that decides it. Answers whether
/// it was new.
pub fn publish_in(db: &mut Db, event: &Event<'_>) -> AppResult<bool> {
    if let Some(key) = &event.once
        && store::told(db, key)?
    {
        return Ok(false);
    }
    let row = EventRow {
        id: event.id,
        kind: event.kind,
        subject: event.subject.to_owned(),
        title: serde_json::to_string(&event.title)?,
        body: serde_json::to_string(&event.body)?,
        data: event.data.to_string(),
        at: event.at.as_micros(),
        once_key: event.once.clone(),
        fanned_at: None,
    };
    let mut orgs = event.orgs.to_vec();
    orgs.sort_unstable();
    orgs.dedup();
    store::insert_event(db, &row, &orgs)?;
    let job = NewJob {
        id: event.id.sibling::<id::Job>(),
        kind: super::jobs::FAN_OUT,
        payload: &event.id,
        org: None,
        subject: event.id.as_str(),
    };
    enqueue_in(db, &job, event.at)?;
    Ok(true)
}

/// The event.
pub(super) fn event_in(db: &mut Db, id: EventId) -> AppResult<outbox::Event> {
    let row = store::event(db, id).or_not_found("event")?;
    wire_in(db, row)
}

pub(super) fn wire_in(db: &mut Db, row: EventRow) -> AppResult<outbox::Event> {
    Ok(outbox::Event {
        id: row.id,
        kind: row.kind,
        orgs: store::orgs(db, row.id)?,
        subject: row.subject,
        title: serde_json::from_str(&row.title)?,
        body: serde_json::from_str(&row.body)?,
        data: serde_json::from_str(&row.data)?,
        at: Instant::from_micros(row.at).unwrap_or(Instant::MIN),
    })
}

/// A page of events, newest first: one's own, or all for the staff.
pub fn events_in(
    db: &mut Db,
    who: &Principal,
    query: &PageQuery,
) -> AppResult<Page<outbox::Event>> {
    policy::act(who, Action::EventRead, &[who.org])?;
    let (limit, before) = (page_limit(query)?, page_cursor::<id::Event>(query)?);
    let org = (!who.sees_all()).then_some(who.org);
    let rows = store::events(db, org, before, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(|row| wire_in(db, row));
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}
