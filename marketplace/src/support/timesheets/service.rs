//! Entering and reading time sheets.

use schema::api::work::{NewTimeEntry, TimeEntry, TimeSheet};
use schema::code::Code;
use schema::id::{AgreementId, AuditId, TimeEntryId};
use schema::money::Won;
use schema::time::Instant;
use serde_json::json;

use super::rules;
use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};
use crate::programme::service as programme;
use crate::support::pool::rules::is_sha256;
use crate::support::prose;

/// Lines of an agreement at most: ten people on every day of the four months.
const LINES_MAX: usize = 1_240;

/// Enters a line. For the data owner.
pub async fn enter(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: AgreementId,
    new: NewTimeEntry,
) -> AppResult<Once<TimeEntry>> {
    prose::check("person", &new.person, 100)?;
    prose::check("what", &new.what, 1_000)?;
    if !is_sha256(&new.evidence_sha256) {
        return Err(Code::InvalidField
            .because(
                "SHA-256은 소문자 16진수 64자리입니다.",
                "A SHA-256 is 64 lower-case hexadecimal digits.",
            )
            .field("evidence_sha256")
            .into());
    }
    let (now, line) = (app.clock.now(), app.clock.fresh());
    let audit = app.clock.fresh();
    app.store
        .write(move |db| {
            let agreement = programme::agreement_seen_in(db, &who, id)?;
            policy::act(&who, Action::ProcessingOrder, &[agreement.recipient])?;
            once_in(db, &ticket, now, |db| enter_in(db, &who, id, &new, (line, audit, now)))
        })
        .await
}

fn enter_in(
    db: &mut Db,
    who: &Principal,
    id: AgreementId,
    new: &NewTimeEntry,
    (line, audit, now): (TimeEntryId, AuditId, Instant),
) -> AppResult<TimeEntry> {
    let agreement = programme::agreement_in(db, id)?;
    let person = new.person.trim();
    let lines = store::all(db, id)?;
    if lines.len() >= LINES_MAX {
        return Err(Code::StateForbids
            .because("근무 기록이 너무 많습니다.", "There are too many lines.")
            .with("max", LINES_MAX)
            .into());
    }
    let that_day = lines
        .iter()
        .filter(|row| row.person == person && row.worked_on == new.worked_on)
        .map(|row| row.minutes)
        .fold(0, i64::saturating_add);
    let amount = rules::enter(&agreement, new, that_day, now.seoul_day())?;
    let row = Row {
        id: line,
        agreement_id: id,
        org_id: agreement.recipient,
        person: person.to_owned(),
        worked_on: new.worked_on,
        minutes: i64::from(new.minutes),
        hourly: new.hourly,
        amount,
        what: new.what.trim().to_owned(),
        evidence_sha256: new.evidence_sha256.clone(),
        created_by: who.user,
        created_at: now.as_micros(),
    };
    store::insert(db, &row)?;
    // The person's name stays out of the trail.
    let body = json!({
        "line": line, "worked_on": row.worked_on, "minutes": row.minutes, "amount": amount,
        "evidence_sha256": row.evidence_sha256,
    });
    let entry = Entry {
        id: audit,
        at: now,
        who: Some(who),
        object: id.as_str(),
        action: "time_entry.enter",
        from: None,
        to: None,
        reason: None,
        body,
    };
    audit::record_in(db, &entry)?;
    Ok(wire(row))
}

fn wire(row: Row) -> TimeEntry {
    TimeEntry {
        id: row.id,
        person: row.person,
        worked_on: row.worked_on,
        minutes: u32::try_from(row.minutes).unwrap_or(0),
        hourly: row.hourly,
        amount: row.amount,
        what: row.what,
        evidence_sha256: row.evidence_sha256,
        created_at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
    }
}

/// The time sheets of an agreement, for its parties and the staff.
pub fn sheet_in(db: &mut Db, who: &Principal, id: AgreementId) -> AppResult<TimeSheet> {
    let agreement = programme::agreement_seen_in(db, who, id)?;
    let planned = agreement.in_kind.unwrap_or(Won::ZERO);
    let items: Vec<TimeEntry> = store::all(db, id)?.into_iter().map(wire).collect();
    let amount = Won::checked_sum(items.iter().map(|line| line.amount)).unwrap_or(Won::MAX);
    Ok(TimeSheet {
        agreement: id,
        minutes: items.iter().map(|line| u64::from(line.minutes)).sum(),
        counted: rules::counted(amount, planned),
        amount,
        planned,
        items,
    })
}
