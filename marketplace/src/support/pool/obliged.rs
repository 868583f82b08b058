//! What follows from a decision on a member: its yearly duty to prove itself anew, and the news.

use schema::api::obligations::ObligationKind;
use schema::api::outbox::EventKind;
use schema::api::support::PoolState;
use schema::id::{AuditId, OrgId};
use schema::lang::Text;
use schema::time::{Day, Instant};
use serde_json::json;

use super::rules::Command;
use super::store::{self, Row};
use crate::app::App;
use crate::db::Db;
use crate::error::AppResult;
use crate::obligations::NewObligation;
use crate::obligations::service::{self as duties, Stamp};
use crate::outbox::{self, Event};
use crate::support::load;

/// Memberships looked at in one run of the timer.
const BATCH: i64 = 500;
const KIND: ObligationKind = ObligationKind::CapacityRevalidation;

/// Duties and news of a decision.
pub(super) fn follow_in(
    db: &mut Db,
    command: Command,
    row: &Row,
    last: Option<Day>,
    (audit, now): (AuditId, Instant),
) -> AppResult<()> {
    let stamp = Stamp { seed: audit, who: None, now };
    match command {
        Command::Register => registered_in(db, row, last, &stamp),
        Command::Suspend | Command::Remove => barred_in(db, row, &stamp),
        Command::Refuse | Command::Reinstate => Ok(()),
    }
}

/// The duty to prove itself anew by the end of the year. A renewal takes the place of the
/// registration before.
fn registered_in(db: &mut Db, row: &Row, last: Option<Day>, stamp: &Stamp<'_>) -> AppResult<()> {
    let how = Text::new(
        format!("{}년 자격으로 갱신했습니다.", row.programme_year),
        format!("It was renewed for {}.", row.programme_year),
    );
    for older in store::active_besides(db, row.org_id, row.id)? {
        duties::discharge_in(db, KIND, older.id.as_str(), &how, stamp)?;
        let expired = Row { state: PoolState::Expired, ..older.clone() };
        store::advance(db, older.state, &expired)?;
    }
    let Some(due_on) = last else { return Ok(()) };
    let new = NewObligation {
        kind: KIND,
        org: row.org_id,
        subject: row.id.as_str(),
        agreement: None,
        due_on,
        rule: "R-070",
        blocks_payment: false,
        once: "",
    };
    duties::open_in(db, &new, stamp)?;
    Ok(())
}

/// A bar is told to the processor and to the owners whose jobs it has at hand: each goes on only if
/// the agency says so, or gets another processor (R-076, edge case 7).
fn barred_in(db: &mut Db, row: &Row, stamp: &Stamp<'_>) -> AppResult<()> {
    if row.state == PoolState::Removed {
        let why = Text::new("Pool에서 제외되었습니다.", "The member was removed.");
        duties::cancel_in(db, KIND, row.id.as_str(), &why, stamp)?;
    }
    let mut orgs: Vec<OrgId> = load::owners_in(db, row.org_id)?;
    orgs.push(row.org_id);
    let word = row.state.as_str();
    let event = Event {
        id: stamp.seed.sibling(),
        kind: EventKind::PoolSuspended,
        at: stamp.now,
        subject: row.id.as_str(),
        orgs: &orgs,
        title: Text::new(
            format!("가공기업의 Pool 자격이 바뀌었습니다 (`{word}`)"),
            format!("A member of the processor pool is now `{word}`"),
        ),
        body: Text::new(
            "진행 중인 가공은 전문기관이 계속 수행을 승인하거나 가공기업을 바꿀 때까지 멈춥니다. \
             이미 인정된 단계의 대금은 그대로 지급할 수 있습니다.",
            "Its jobs stand still until the agency lets them go on or replaces the processor. \
             Milestones that were accepted stay payable.",
        ),
        data: json!({"member": row.id, "org": row.org_id, "state": row.state}),
        once: None,
    };
    outbox::publish_in(db, &event)?;
    Ok(())
}

/// Tells members that their registration has ended with its year. Idempotent; for the timer.
/// Answers how many were told.
pub async fn expire_due(app: &App) -> AppResult<usize> {
    let today = app.clock.now().seoul_day();
    let due = app.store.read(move |db| duties::passed_in(db, KIND, today, BATCH)).await?;
    let mut ended = 0;
    for one in due {
        let (seed, now): (AuditId, Instant) = (app.clock.fresh(), app.clock.now());
        ended += app
            .store
            .write(move |db| {
                let stamp = Stamp { seed, who: None, now };
                let why = Text::new(
                    format!("Pool 자격이 {}에 끝났습니다.", one.due_on),
                    format!("The registration ended on {}.", one.due_on),
                );
                if duties::cancel_in(db, KIND, &one.subject, &why, &stamp)? == 0 {
                    return Ok(0);
                }
                let event = Event {
                    id: seed.sibling(),
                    kind: EventKind::PoolExpired,
                    at: now,
                    subject: &one.subject,
                    orgs: &[one.org],
                    title: Text::new(
                        "가공기업 Pool 자격이 끝났습니다",
                        "The pool membership has ended",
                    ),
                    body: Text::new(
                        "새 연도에 다시 신청할 수 있습니다. 맡은 작업은 마칠 수 있습니다.",
                        "You may apply again for the new year. Jobs at hand may be finished.",
                    ),
                    data: json!({"member": one.subject, "ended_on": one.due_on}),
                    once: Some(format!("pool-expired:{}", one.subject)),
                };
                Ok(usize::from(outbox::publish_in(db, &event)?))
            })
            .await?;
    }
    Ok(ended)
}
