//! What the calendar does to sanctions and orders. Each has a transaction of its own; running it again
//! changes nothing.

use super::orders::remedied_in;
use super::service::due_in;
use super::store;
use crate::app::App;
use crate::error::AppResult;
use crate::ledger::duty;

/// Rows read at once.
const BATCH: i64 = 500;

/// Brings decisions into force that nobody appealed, ends what is served or paid, and notes breaches
/// that are cured. Answers how many steps were taken.
pub async fn run_due(app: &App) -> AppResult<usize> {
    let (mut steps, mut after) = (0, None);
    loop {
        let ids = app.store.read(move |db| store::watched(db, after, BATCH)).await?;
        after = ids.last().copied();
        for id in ids {
            match duty(app, move |db, turn| due_in(db, id, turn)).await {
                Ok(done) => steps += usize::from(done),
                Err(error) => tracing::warn!(sanction = id.as_str(), %error, "timer"),
            }
        }
        if after.is_none() {
            break;
        }
    }
    let open = app.store.read(|db| store::open_orders(db, BATCH)).await?;
    for id in open {
        match duty(app, move |db, turn| remedied_in(db, id, turn)).await {
            Ok(done) => steps += usize::from(done),
            Err(error) => tracing::warn!(order = id.as_str(), %error, "timer"),
        }
    }
    Ok(steps)
}
