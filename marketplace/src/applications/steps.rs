//! One step of an application: decided, stored, and told to the trail.

use schema::api::applications::ApplicationState;
use schema::id::AuditId;
use schema::time::{Calendar, Instant};
use serde_json::{Value, json};

use super::guards::{Facts, Scene, last_day};
use super::rules::{self, Command, Term};
use super::store::{self, DecisionRow, Row};
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::parties::eligibility::notice_sha256;

/// Who does it, when, and why.
#[derive(Clone, Debug)]
pub(super) struct Act<'a> {
    /// Who; `None` is a timer.
    pub(super) who: Option<&'a Principal>,
    /// When.
    pub(super) now: Instant,
    /// For the audit trail.
    pub(super) audit: AuditId,
    /// Why, in the actor's words.
    pub(super) reason: Option<&'a str>,
    /// What it was decided on.
    pub(super) told: Value,
}

impl<'a> Act<'a> {
    /// Without a reason.
    pub(super) fn of(who: Option<&'a Principal>, now: Instant, audit: AuditId) -> Act<'a> {
        Act { who, now, audit, reason: None, told: json!({}) }
    }

    /// With a reason.
    pub(super) fn because(self, reason: &'a str) -> Act<'a> {
        Act { reason: Some(reason), ..self }
    }

    /// With what it was decided on.
    pub(super) fn on(self, told: Value) -> Act<'a> {
        Act { told, ..self }
    }
}

/// The embedded calendar.
pub(super) fn calendar() -> AppResult<&'static Calendar> {
    Calendar::embedded()
        .map_err(|error| AppError::Internal(anyhow::anyhow!("embedded calendar: {error}")))
}

/// Decides on `command`, changes the row by what follows and by `change`, and stores it with its
/// decision and its line in the trail.
pub(super) fn take_in(
    db: &mut Db,
    mut row: Row,
    command: Command,
    facts: &Facts,
    scene: Scene<'_>,
    act: &Act<'_>,
    change: impl FnOnce(&mut Row),
) -> AppResult<Row> {
    let from = row.state;
    let step = rules::step(from, command, facts, scene, act.now)?;
    row.state = step.to;
    row.term = match step.term {
        Term::None => None,
        Term::Keep => row.term,
        Term::Days(days) => Some(last_day(act.now.seoul_day(), days, calendar()?)),
        Term::Until(day) => Some(day),
    };
    follow(&mut row, command, from);
    change(&mut row);
    store::advance(db, from, &row)?;
    if command.decides() {
        decided_in(db, &row, command, from, scene, act)?;
    }
    let entry = Entry {
        id: act.audit,
        at: act.now,
        who: act.who,
        object: row.id.as_str(),
        action: command.action(),
        from: Some(from.as_str()),
        to: Some(row.state.as_str()),
        reason: act.reason,
        body: act.told.clone(),
    };
    audit::record_in(db, &entry)?;
    Ok(row)
}

/// What a command does to the row besides its state.
fn follow(row: &mut Row, command: Command, from: ApplicationState) {
    match command {
        Command::Consent => {
            row.approved = row.offered.take();
            row.offer_until = None;
        }
        Command::Decline | Command::LapseOffer => {
            row.offered = None;
            row.offer_until = None;
            row.offers_declined += 1;
        }
        Command::Promote | Command::CloseWaitlist => {
            row.offered = None;
            row.offer_until = None;
        }
        Command::Resubmit => row.supplement = None,
        Command::Object => row.objected_from = Some(from.as_str().to_owned()),
        Command::Dismiss => row.objected_from = None,
        Command::Uphold => {
            row.objected_from = None;
            row.supplement = None;
            (row.mean, row.score, row.barred) = (None, None, None);
            (row.selection_id, row.place, row.computed) = (None, None, None);
            (row.offers_declined, row.fiscal_year) = (0, None);
        }
        _ => {}
    }
}

fn decided_in(
    db: &mut Db,
    row: &Row,
    command: Command,
    from: ApplicationState,
    scene: Scene<'_>,
    act: &Act<'_>,
) -> AppResult<()> {
    let before = store::decisions(db, row.id)?.len();
    let decision = DecisionRow {
        application_id: row.id,
        number: i64::try_from(before).unwrap_or(i64::MAX).saturating_add(1),
        action: command.action().to_owned(),
        state_from: from,
        state_to: row.state,
        decided_by: act.who.map(|who| who.user),
        at: act.now.as_micros(),
        reason: act.reason.map(str::to_owned),
        notice_version: scene.notice.version.clone(),
        notice_sha256: notice_sha256(scene.notice),
        facts: act.told.to_string(),
    };
    store::insert_decision(db, &decision)
}
