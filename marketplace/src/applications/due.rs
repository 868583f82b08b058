//! What the calendar does to applications. Each is looked at in a transaction of its own, so that a
//! run that is cut short has lost nothing; running it again, or twice at once, changes nothing.

use schema::api::applications::ApplicationState;
use schema::id::{ApplicationId, AuditId};
use schema::time::Instant;
use serde_json::json;

use super::facts::{base_in, scene};
use super::rules::Command;
use super::steps::{Act, take_in};
use super::store;
use crate::app::App;
use crate::db::{Db, Loaded};
use crate::error::AppResult;

/// Applications taken up in one run, of each state.
const BATCH: i64 = 500;

/// Ends supplements, offers, waiting lists and selections whose days are over. Answers how many.
pub async fn sweep(app: &App) -> AppResult<usize> {
    use ApplicationState as S;
    let mut done = 0;
    for state in [S::Supplement, S::Waitlisted, S::Selected] {
        let today = app.clock.now().seoul_day();
        let due = app.store.read(move |db| store::due(db, state, today, BATCH)).await?;
        for id in due {
            let (now, audits) = (app.clock.now(), [app.clock.fresh(), app.clock.fresh()]);
            let ended = app.store.write(move |db| end_in(db, id, now, audits)).await?;
            done += usize::from(ended);
        }
    }
    Ok(done)
}

/// Ends what is over of one application. Answers whether anything was.
fn end_in(db: &mut Db, id: ApplicationId, now: Instant, audits: [AuditId; 2]) -> AppResult<bool> {
    let mut ended = false;
    for audit in audits {
        let row = store::find(db, id).or_not_found("application")?;
        let today = now.seoul_day();
        let over = row.term.is_some_and(|last| today > last);
        let unanswered = row.offer_until.is_some_and(|last| today > last);
        let command = match row.state {
            ApplicationState::Supplement if over => Command::Expire,
            ApplicationState::Selected if over => Command::Lapse,
            ApplicationState::Waitlisted if over => Command::CloseWaitlist,
            ApplicationState::Waitlisted if unanswered => Command::LapseOffer,
            _ => return Ok(ended),
        };
        let scene = scene(now, row.programme)?;
        let facts = base_in(db, &row, None, None)?;
        let told = json!({"last_day": row.term, "offered": row.offered});
        let act = Act::of(None, now, audit).on(told);
        take_in(db, row, command, &facts, scene, &act, |_| {})?;
        ended = true;
    }
    Ok(ended)
}
