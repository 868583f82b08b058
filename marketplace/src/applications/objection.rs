//! Objections to a decision (R-030, edge case 12).

use schema::api::applications::{Application, Explanation, UpholdObjection};
use schema::id::ApplicationId;
use serde_json::json;

use super::facts::{base_in, scene};
use super::form;
use super::rules::Command;
use super::service::{own_in, seen_in};
use super::steps::{Act, take_in};
use super::store;
use super::wire::{self, View};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Loaded;
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};

/// Objects. For the applicant, within the days of R-030.
pub(super) async fn object(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    why: Explanation,
) -> AppResult<Once<Application>> {
    form::text("reason", &why.reason, 1_000)?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let row = own_in(db, &who, id)?;
            once_in(db, &ticket, now, |db| {
                let scene = scene(now, row.programme)?;
                let facts = base_in(db, &row, Some(&who), None)?;
                let grounds = why.reason.trim().to_owned();
                let act = Act::of(Some(&who), now, audit).because(&why.reason);
                let act = act.on(json!({"last_day": row.term}));
                let row = take_in(db, row.clone(), Command::Object, &facts, scene, &act, |row| {
                    row.grounds = Some(grounds);
                })?;
                wire::application_in(db, row, View::Whole)
            })
        })
        .await
}

/// Upholds an objection. For the agency. A review begins anew; a selection is evaluated anew in an
/// open batch, and is then selected only if the budget has money for it.
pub(super) async fn uphold(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    uphold: UpholdObjection,
) -> AppResult<Once<Application>> {
    form::text("reason", &uphold.reason, 1_000)?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let (row, _) = seen_in(db, &who, id)?;
            policy::act(&who, Action::ApplicationSelect, &[row.org_id])?;
            once_in(db, &ticket, now, |db| {
                let scene = scene(now, row.programme)?;
                let batch = match uphold.batch {
                    Some(id) => Some(store::batch(db, id).or_not_found("evaluation batch")?),
                    None => None,
                };
                let facts = base_in(db, &row, Some(&who), batch.as_ref())?;
                let act = Act::of(Some(&who), now, audit).because(&uphold.reason);
                let act = act.on(json!({"batch": uphold.batch, "objected_to": row.objected_from}));
                let row = take_in(db, row.clone(), Command::Uphold, &facts, scene, &act, |row| {
                    if let Some(batch) = uphold.batch {
                        row.batch_id = Some(batch);
                    }
                })?;
                wire::application_in(db, row, View::Whole)
            })
        })
        .await
}

/// Dismisses an objection, for good. For the agency.
pub(super) async fn dismiss(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ApplicationId,
    why: Explanation,
) -> AppResult<Once<Application>> {
    form::text("reason", &why.reason, 1_000)?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let (row, _) = seen_in(db, &who, id)?;
            policy::act(&who, Action::ApplicationSelect, &[row.org_id])?;
            once_in(db, &ticket, now, |db| {
                let scene = scene(now, row.programme)?;
                let facts = base_in(db, &row, Some(&who), None)?;
                let act = Act::of(Some(&who), now, audit).because(&why.reason);
                let row = take_in(db, row.clone(), Command::Dismiss, &facts, scene, &act, |_| {})?;
                wire::application_in(db, row, View::Whole)
            })
        })
        .await
}
