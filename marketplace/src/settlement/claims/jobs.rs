//! What the calendar does to claims: a reminder, then forced collection.

use schema::api::settlement::{ClaimOrigin, ClaimState};
use schema::id::ClaimId;
use serde_json::json;

use super::super::report::jobs::{Follow, follow_in};
use super::service::{calendar, record};
use super::{rules, store};
use crate::app::App;
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::execution::service as execution;
use crate::ledger::{Turn, duty};
use crate::programme::service as programme;

/// Claims taken up in one run.
const BATCH: i64 = 500;

/// Moves every claim whose term is over. Answers how many steps were taken.
pub async fn run_due(app: &App) -> AppResult<usize> {
    let today = app.clock.now().seoul_day();
    let due = app.store.read(move |db| store::due(db, today, BATCH)).await?;
    let mut steps = 0;
    for id in due {
        match duty(app, move |db, turn| step_in(db, id, turn)).await {
            Ok(done) => steps += usize::from(done),
            Err(error) => tracing::warn!(claim = id.as_str(), %error, "timer"),
        }
    }
    Ok(steps)
}

fn step_in(db: &mut Db, id: ClaimId, turn: &mut Turn<'_>) -> AppResult<bool> {
    let mut row = store::find(db, id).or_not_found("claim")?;
    let agreement = programme::agreement_in(db, row.agreement_id)?;
    let (notice, _) = execution::terms_of(&agreement)?;
    let days = notice.parameters.aftercare.dunning_days;
    let next = rules::overdue(row.state, row.pay_by()?, days, calendar()?, turn.now);
    let Some((state, pay_by)) = next else { return Ok(false) };
    let from = row.state;
    row.state = state;
    row.pay_by = pay_by.to_string();
    store::advance(db, &mut row)?;
    let (action, order) = match state {
        ClaimState::Dunned => ("claim.dun", Follow::Dun),
        _ => ("claim.force", Follow::Force),
    };
    record(db, &row, action, Some(from), json!({"pay_by": pay_by}), turn)?;
    if row.origin == ClaimOrigin::Settlement {
        let id = row.object.parse().map_err(anyhow::Error::from)?;
        follow_in(db, id, order, turn)?;
    }
    Ok(true)
}
