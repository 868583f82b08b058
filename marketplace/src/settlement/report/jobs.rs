//! What the calendar does to settlements: they fall due, are late, and stand when nobody objected.

use schema::api::programme::AgreementState;
use schema::api::settlement::SettlementState;
use schema::id::{AgreementId, SettlementId};
use serde_json::json;

use super::decide::stand_in;
use super::rules::{self, Command};
use super::service::{opened_in, take_in};
use super::store;
use crate::app::App;
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::ledger::{Turn, duty};
use crate::programme::{lifecycle, service as programme};

/// Rows read at once.
const BATCH: i64 = 500;

/// Opens settlements of agreements whose work has ended. Answers how many.
pub async fn open_due(app: &App) -> AppResult<usize> {
    use AgreementState as S;
    const ENDED: [AgreementState; 3] = [S::Completed, S::Terminated, S::Failed];
    let (mut opened, mut after) = (0, None);
    loop {
        let ids =
            app.store.read(move |db| lifecycle::in_states_in(db, &ENDED, after, BATCH)).await?;
        after = ids.last().copied();
        for id in ids {
            match duty(app, move |db, turn| open_in(db, id, turn)).await {
                Ok(done) => opened += usize::from(done),
                Err(error) => tracing::warn!(agreement = id.as_str(), %error, "timer"),
            }
        }
        if after.is_none() {
            return Ok(opened);
        }
    }
}

fn open_in(db: &mut Db, id: AgreementId, turn: &mut Turn<'_>) -> AppResult<bool> {
    if store::of_agreement(db, id)?.is_some() {
        return Ok(false);
    }
    let agreement = programme::agreement_in(db, id)?;
    opened_in(db, &agreement, turn)?;
    Ok(true)
}

/// Marks late reports, and lets settlements stand to which nobody objected. Answers how many.
pub async fn run_due(app: &App) -> AppResult<usize> {
    use SettlementState as S;
    const WATCHED: [SettlementState; 2] = [S::Due, S::Notified];
    let (mut steps, mut after) = (0, None);
    loop {
        let ids = app.store.read(move |db| store::in_states(db, &WATCHED, after, BATCH)).await?;
        after = ids.last().copied();
        for id in ids {
            match duty(app, move |db, turn| step_in(db, id, turn)).await {
                Ok(done) => steps += usize::from(done),
                Err(error) => tracing::warn!(settlement = id.as_str(), %error, "timer"),
            }
        }
        if after.is_none() {
            return Ok(steps);
        }
    }
}

fn step_in(db: &mut Db, id: SettlementId, turn: &mut Turn<'_>) -> AppResult<bool> {
    let mut row = store::find(db, id).or_not_found("settlement")?;
    let days = row.days()?;
    if rules::step(row.state, Command::Lapse, days, turn.now).is_ok() {
        row.was_late = 1;
        take_in(db, &mut row, Command::Lapse, None, json!({"rule": "R-101"}), turn)?;
        return Ok(true);
    }
    if rules::step(row.state, Command::Finalise, days, turn.now).is_ok() {
        row.finalised_at = Some(turn.now.as_micros());
        take_in(db, &mut row, Command::Finalise, None, json!({"rule": "R-030"}), turn)?;
        stand_in(db, &mut row, turn)?;
        return Ok(true);
    }
    Ok(false)
}

/// Moves a settlement with its claim: reminded, enforced, paid back.
pub(in crate::settlement) fn follow_in(
    db: &mut Db,
    id: SettlementId,
    order: Follow,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let mut row = store::find(db, id).or_not_found("settlement")?;
    let command = match order {
        Follow::Dun => Command::Dun,
        Follow::Force => Command::Force,
        Follow::Repay => Command::Repay,
    };
    take_in(db, &mut row, command, None, json!({}), turn)
}

/// What happens to a claim that its settlement follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::settlement) enum Follow {
    Dun,
    Force,
    Repay,
}
