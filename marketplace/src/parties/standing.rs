//! What an organisation says of itself, and what the registers say of it.

use schema::api::parties::{Declaration, Organisation, StatusRecord};
use schema::id::{AuditId, OrgId};
use schema::time::Instant;
use serde_json::json;

use super::rules;
use super::service::organisation_in;
use super::store;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};

/// Replaces what an organisation says of itself.
pub async fn declare(
    app: &App,
    who: Principal,
    id: OrgId,
    said: Declaration,
) -> AppResult<Organisation> {
    let (now, audit): (Instant, AuditId) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            policy::see(&who, Action::OrganisationRead, &[id], "organisation")?;
            policy::act(&who, Action::StandingDeclare, &[id])?;
            let before = organisation_in(db, id)?;
            rules::declaration(&said, &before.business_no)?;
            store::set_declaration(db, id, &said)?;
            let entry = Entry {
                id: audit,
                at: now,
                who: Some(&who),
                object: id.as_str(),
                action: "organisation.declare",
                from: None,
                to: None,
                reason: None,
                body: json!({"before": before.standing, "said": said}),
            };
            audit::record_in(db, &entry)?;
            organisation_in(db, id)
        })
        .await
}

/// Records what the registers say. For operators, and not of their own organisation.
pub async fn record(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: OrgId,
    record: StatusRecord,
) -> AppResult<Once<Organisation>> {
    let (now, audit): (Instant, AuditId) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| record_in(db, &who, id, &record, audit, now))
        })
        .await
}

fn record_in(
    db: &mut Db,
    who: &Principal,
    id: OrgId,
    record: &StatusRecord,
    audit: AuditId,
    now: Instant,
) -> AppResult<Organisation> {
    policy::act(who, Action::StandingRecord, &[])?;
    let before = organisation_in(db, id)?;
    policy::act(who, Action::StandingRecord, &[id])?;
    rules::length("reason", &record.reason, 500)?;
    store::set_status(db, id, record)?;
    let entry = Entry {
        id: audit,
        at: now,
        who: Some(who),
        object: id.as_str(),
        action: "organisation.status",
        from: Some(before.standing.status.as_str()),
        to: Some(record.status.as_str()),
        reason: Some(record.reason.trim()),
        body: json!({"insolvency": record.insolvency, "before": before.standing.insolvency}),
    };
    audit::record_in(db, &entry)?;
    organisation_in(db, id)
}
