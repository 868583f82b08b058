//! Reminders, sent by a timer.

use schema::api::outbox::EventKind;
use schema::id::{AuditId, ObligationId};
use schema::lang::Text;
use schema::notice::Notice;
use schema::time::{Day, Instant};

use super::rules::{self, Mark};
use super::service::tell_in;
use super::store::{self, Row};
use crate::app::App;
use crate::db::{Db, Loaded};
use crate::error::AppResult;

/// Duties taken up at once.
const BATCH: i64 = 500;

/// Tells who owes a duty that its day comes, or is over. Each duty has a transaction of its own;
/// running it again, or twice at once, tells nothing twice. Answers how many were told.
pub async fn remind_due(app: &App) -> AppResult<usize> {
    let mut told = 0;
    loop {
        let today = app.clock.now().seoul_day();
        let due = app.store.read(move |db| store::to_tell(db, today, BATCH)).await?;
        let full = i64::try_from(due.len()).is_ok_and(|count| count == BATCH);
        for id in due {
            let (now, event) = (app.clock.now(), app.clock.fresh());
            told += usize::from(app.store.write(move |db| tell_one_in(db, id, event, now)).await?);
        }
        if !full {
            return Ok(told);
        }
    }
}

/// Tells of one duty, if there is something to tell. Answers whether there was.
fn tell_one_in(db: &mut Db, id: ObligationId, event: AuditId, now: Instant) -> AppResult<bool> {
    let seen = store::find(db, id).or_not_found("obligation")?;
    let today = now.seoul_day();
    let from: Option<Day> =
        seen.remind_on.as_deref().map(str::parse).transpose().map_err(anyhow::Error::from)?;
    let Some(from) = from.filter(|day| *day <= today) else { return Ok(false) };
    let before = &Notice::embedded().map_err(anyhow::Error::from)?.parameters.reminder_days;
    let mark = rules::mark_on(seen.kind, before, seen.due_on, from, today);
    let next = rules::next_mark(seen.kind, before, seen.due_on, today);
    let row = Row { remind_on: next.map(|day| day.to_string()), ..seen.clone() };
    store::advance(db, &seen, &row)?;
    let Some(mark) = mark else { return Ok(false) };
    let (kind, title, key) = message(&row, mark, today);
    let once = Some(format!("{}:{}:{key}", row.id, row.due_on));
    tell_in(db, event, now, &row, kind, title, rules::cure(row.kind), once)
}

fn message(row: &Row, mark: Mark, today: Day) -> (EventKind, Text, String) {
    let (what, due) = (rules::name(row.kind), row.due_on);
    match mark {
        Mark::Before(days) => {
            let left = today.days_until(due);
            let title = Text::new(
                format!("{} 기한이 {left}일 남았습니다 ({due})", what.ko),
                format!("The {} is due in {left} days ({due})", what.en),
            );
            (EventKind::ObligationReminder, title, format!("before-{days}"))
        }
        Mark::Overdue => {
            let title = Text::new(
                format!("{} 기한({due})이 지났습니다", what.ko),
                format!("The {} was due on {due} and is overdue", what.en),
            );
            (EventKind::ObligationOverdue, title, "overdue".to_owned())
        }
    }
}
