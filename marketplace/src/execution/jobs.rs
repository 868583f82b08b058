//! What the calendar does to agreements: periods and graces end, listing years are served. Each
//! agreement has a transaction of its own; running it again changes nothing, and what was missed in
//! a downtime is caught up.

use schema::api::programme::AgreementState;
use schema::api::trade::DutyState;
use schema::id::AgreementId;
use serde_json::json;

use super::changes::lapse_in;
use super::rules::{self, Command};
use super::service::{load_in, take_in};
use crate::app::App;
use crate::db::Db;
use crate::error::AppResult;
use crate::ledger::{Turn, duty};
use crate::programme::lifecycle;
use crate::trade;

/// Agreements read at once.
const BATCH: i64 = 500;

/// Moves every agreement whose time has come. Answers how many steps were taken.
pub async fn run_due(app: &App) -> AppResult<usize> {
    use AgreementState as S;
    const WATCHED: [AgreementState; 4] = [S::Active, S::ChangePending, S::Overdue, S::Obligation];
    let (mut steps, mut after) = (0, None);
    loop {
        let ids =
            app.store.read(move |db| lifecycle::in_states_in(db, &WATCHED, after, BATCH)).await?;
        after = ids.last().copied();
        for id in ids {
            let done = duty(app, move |db, turn| step_in(db, id, turn)).await;
            match done {
                Ok(done) => steps += done,
                // One agreement that cannot be moved must not stop the others.
                Err(error) => tracing::warn!(agreement = id.as_str(), %error, "timer"),
            }
        }
        if after.is_none() {
            return Ok(steps);
        }
    }
}

fn step_in(db: &mut Db, id: AgreementId, turn: &mut Turn<'_>) -> AppResult<usize> {
    let mut loaded = load_in(db, id, turn)?;
    let mut steps = 0;
    for order in [Command::EndPeriod, Command::EndGrace] {
        if rules::step(loaded.agreement.state, order, &loaded.clocks, turn.now).is_ok() {
            if loaded.agreement.state == AgreementState::ChangePending {
                lapse_in(db, id, turn)?;
            }
            take_in(db, &mut loaded, order, None, json!({}), turn)?;
            steps += 1;
        }
    }
    if loaded.agreement.state == AgreementState::Obligation && served_in(db, id, turn)? {
        take_in(db, &mut loaded, Command::Close, None, json!({"rule": "R-090"}), turn)?;
        steps += 1;
    }
    Ok(steps)
}

/// Whether every listing year of an agreement is served.
fn served_in(db: &mut Db, id: AgreementId, turn: &Turn<'_>) -> AppResult<bool> {
    let owed = trade::service::under_duty_in(db, id, turn.now)?;
    let served = |state| state == DutyState::Fulfilled;
    Ok(!owed.is_empty()
        && owed.iter().all(|(listing, period)| {
            period.is_over(turn.now) && listing.duty.as_ref().is_some_and(|duty| served(duty.state))
        }))
}
