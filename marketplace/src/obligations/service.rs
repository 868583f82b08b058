//! Opening, discharging and postponing duties, and reading them. The `*_in` functions run inside the
//! transaction of whoever calls them.

use schema::api::obligations::{Obligation, ObligationKind, ObligationState};
use schema::api::outbox::EventKind;
use schema::id::{AgreementId, AuditId, ObligationId, OrgId};
use schema::lang::Text;
use schema::notice::Notice;
use schema::time::{Calendar, Day, Instant};
use serde_json::{Value, json};

use super::rules;
use super::store::{self, Row};
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::db::Db;
use crate::error::AppResult;
use crate::outbox::{self, Event};

pub use super::desk::{burn_down_in, discharge, list_in, postpone, seen_in};
pub use super::jobs::remind_due;

/// Ids, actor and time of a change.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// A fresh id, or that of the audit line of the change it follows from: the ids of duties, of
    /// their audit lines and of their events are [relatives](schema::id::Id::nth) of it.
    pub seed: AuditId,
    /// Who; `None` when it follows from another change, whose line says who.
    pub who: Option<&'a Principal>,
    /// When.
    pub now: Instant,
}

impl Stamp<'_> {
    /// Relatives for one kind of duty: the duty, its audit line, its event.
    fn relatives(&self, kind: ObligationKind, closing: bool) -> (ObligationId, AuditId, AuditId) {
        let place = ObligationKind::ALL.iter().position(|one| *one == kind).unwrap_or(0);
        let place = u8::try_from(place).unwrap_or(0) & 31;
        let base: u8 = if closing { 128 } else { 32 };
        let of = |shelf: u8| self.seed.nth(base.wrapping_add(shelf << 5) | place);
        (of(0).sibling(), of(1), of(2))
    }
}

/// A duty to be opened.
#[derive(Clone, Debug)]
pub struct NewObligation<'a> {
    /// Kind.
    pub kind: ObligationKind,
    /// Who owes it.
    pub org: OrgId,
    /// Id of the object it is about.
    pub subject: &'a str,
    /// The agreement it follows from.
    pub agreement: Option<AgreementId>,
    /// Last day, moved off days off already.
    pub due_on: Day,
    /// Rule it comes from.
    pub rule: &'static str,
    /// Whether public money waits while it is overdue.
    pub blocks_payment: bool,
    /// What tells this duty from others of its kind about the same object, such as a year. Empty
    /// when there is only one.
    pub once: &'a str,
}

fn reminder_days() -> AppResult<&'static [u16]> {
    Ok(&Notice::embedded().map_err(anyhow::Error::from)?.parameters.reminder_days)
}

/// The calendar of days off.
pub fn calendar() -> AppResult<&'static Calendar> {
    Ok(Calendar::embedded().map_err(anyhow::Error::from)?)
}

/// The last day of a term of `months` after `from`, off days off.
pub fn due_in_months(from: Day, months: u32) -> AppResult<Day> {
    Ok(rules::months_after(from, months, calendar()?).map_err(anyhow::Error::from)?)
}

/// The last day of a term of `days` after `from`, off days off.
pub fn due_in_days(from: Day, days: u32) -> AppResult<Day> {
    Ok(rules::days_after(from, days, calendar()?).map_err(anyhow::Error::from)?)
}

/// Opens a duty, unless its cause has opened it before. Answers its id.
pub fn open_in(db: &mut Db, new: &NewObligation<'_>, stamp: &Stamp<'_>) -> AppResult<ObligationId> {
    let once_key = format!("{}:{}:{}", new.kind, new.subject, new.once);
    if let Some(row) = store::by_cause(db, &once_key)? {
        return Ok(row.id);
    }
    let (id, line, told) = stamp.relatives(new.kind, false);
    let today = stamp.now.seoul_day();
    let row = Row {
        id,
        kind: new.kind,
        org_id: new.org,
        subject: new.subject.to_owned(),
        agreement_id: new.agreement,
        state: ObligationState::Open,
        due_on: new.due_on,
        due_first: new.due_on,
        rule: new.rule.to_owned(),
        blocks: i64::from(new.blocks_payment),
        remind_on: remind_on(new.kind, new.due_on, today)?,
        reason: None,
        once_key,
        step: 0,
        opened_at: stamp.now.as_micros(),
        closed_at: None,
    };
    store::insert(db, &row)?;
    record_in(db, line, stamp, &row, "obligation.open", None, None)?;
    let what = rules::name(new.kind);
    let to_do = rules::cure(new.kind);
    let title = Text::new(
        format!("{} 기한 {}", what.ko, new.due_on),
        format!("The {} is due on {}", what.en, new.due_on),
    );
    tell_in(db, told, stamp.now, &row, EventKind::ObligationOpened, title, to_do, None)?;
    Ok(id)
}

fn remind_on(kind: ObligationKind, due_on: Day, seen: Day) -> AppResult<Option<String>> {
    Ok(rules::next_mark(kind, reminder_days()?, due_on, seen).map(|day| day.to_string()))
}

/// Writes the line of a change into the duty's audit trail.
fn record_in(
    db: &mut Db,
    id: AuditId,
    stamp: &Stamp<'_>,
    row: &Row,
    action: &str,
    from: Option<ObligationState>,
    reason: Option<&str>,
) -> AppResult<()> {
    let entry = Entry {
        id,
        at: stamp.now,
        who: stamp.who,
        object: row.id.as_str(),
        action,
        from: from.map(ObligationState::as_str),
        to: Some(row.state.as_str()),
        reason,
        body: body(row),
    };
    audit::record_in(db, &entry)
}

fn body(row: &Row) -> Value {
    json!({
        "obligation": row.id, "kind": row.kind, "org": row.org_id, "subject": row.subject,
        "agreement": row.agreement_id, "due_on": row.due_on, "rule": row.rule,
        "blocks_payment": row.blocks != 0, "state": row.state,
    })
}

/// Tells who owes a duty what became of it.
#[expect(clippy::too_many_arguments, reason = "each is a part of one message")]
pub(super) fn tell_in(
    db: &mut Db,
    id: AuditId,
    now: Instant,
    row: &Row,
    kind: EventKind,
    title: Text,
    text: Text,
    once: Option<String>,
) -> AppResult<bool> {
    let event = Event {
        id: id.sibling(),
        kind,
        at: now,
        subject: &row.subject,
        orgs: &[row.org_id],
        title,
        body: text,
        data: body(row),
        once,
    };
    outbox::publish_in(db, &event)
}

/// Ends the open duties of a kind about an object: they were met. Answers how many there were.
pub fn discharge_in(
    db: &mut Db,
    kind: ObligationKind,
    subject: &str,
    how: &Text,
    stamp: &Stamp<'_>,
) -> AppResult<usize> {
    close_all_in(db, kind, subject, ObligationState::Discharged, how, stamp)
}

/// Ends the open duties of a kind about an object: they no longer stand.
pub fn cancel_in(
    db: &mut Db,
    kind: ObligationKind,
    subject: &str,
    why: &Text,
    stamp: &Stamp<'_>,
) -> AppResult<usize> {
    close_all_in(db, kind, subject, ObligationState::Cancelled, why, stamp)
}

fn close_all_in(
    db: &mut Db,
    kind: ObligationKind,
    subject: &str,
    to: ObligationState,
    why: &Text,
    stamp: &Stamp<'_>,
) -> AppResult<usize> {
    let open = store::open_about(db, kind, subject)?;
    let count = open.len();
    for (nth, row) in open.into_iter().enumerate() {
        // Several of one kind about one object are rare; each needs ids of its own.
        let seed = match u8::try_from(nth) {
            Ok(0) | Err(_) => stamp.seed,
            Ok(_) => row.id.sibling(),
        };
        close_in(db, row, to, why, &Stamp { seed, ..*stamp })?;
    }
    Ok(count)
}

pub(super) fn close_in(
    db: &mut Db,
    seen: Row,
    to: ObligationState,
    why: &Text,
    stamp: &Stamp<'_>,
) -> AppResult<Row> {
    let (_, line, told) = stamp.relatives(seen.kind, true);
    let row = Row {
        state: to,
        reason: Some(why.ko.clone()),
        remind_on: None,
        closed_at: Some(stamp.now.as_micros()),
        ..seen.clone()
    };
    store::advance(db, &seen, &row)?;
    let action = match to {
        ObligationState::Cancelled => "obligation.cancel",
        _ => "obligation.discharge",
    };
    record_in(db, line, stamp, &row, action, Some(seen.state), Some(&why.ko))?;
    let what = rules::name(row.kind);
    let title = match to {
        ObligationState::Cancelled => Text::new(
            format!("{} 의무가 없어졌습니다", what.ko),
            format!("The {} is no longer due", what.en),
        ),
        _ => {
            Text::new(format!("{} 의무를 마쳤습니다", what.ko), format!("The {} is done", what.en))
        }
    };
    let kind = EventKind::ObligationDischarged;
    tell_in(db, told, stamp.now, &row, kind, title, why.clone(), None)?;
    Ok(row)
}

/// Moves the last day of the open duties of a kind about an object, and begins their reminders
/// anew. Answers how many there were. For what moves a day by law, such as the listing clock; a
/// person's decision goes through [`postpone`].
pub fn postpone_in(
    db: &mut Db,
    kind: ObligationKind,
    subject: &str,
    due_on: Day,
    reason: &Text,
    stamp: &Stamp<'_>,
) -> AppResult<usize> {
    let open = store::open_about(db, kind, subject)?;
    let mut moved = 0;
    for row in open.into_iter().filter(|row| row.due_on != due_on) {
        let seed = if moved == 0 { stamp.seed } else { row.id.sibling() };
        move_in(db, row, due_on, reason, &Stamp { seed, ..*stamp })?;
        moved += 1;
    }
    Ok(moved)
}

pub(super) fn move_in(
    db: &mut Db,
    seen: Row,
    due_on: Day,
    reason: &Text,
    stamp: &Stamp<'_>,
) -> AppResult<Row> {
    let (_, line, told) = stamp.relatives(seen.kind, true);
    let row = Row {
        due_on,
        remind_on: remind_on(seen.kind, due_on, stamp.now.seoul_day())?,
        reason: Some(reason.ko.clone()),
        ..seen.clone()
    };
    store::advance(db, &seen, &row)?;
    let from = Some(seen.state);
    record_in(db, line, stamp, &row, "obligation.postpone", from, Some(&reason.ko))?;
    let what = rules::name(row.kind);
    let title = Text::new(
        format!("{} 기한이 {}로 바뀌었습니다", what.ko, due_on),
        format!("The {} is now due on {}", what.en, due_on),
    );
    let kind = EventKind::ObligationPostponed;
    tell_in(db, told, stamp.now, &row, kind, title, reason.clone(), None)?;
    Ok(row)
}

/// Whose overdue duties are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// Of these organisations.
    Orgs(&'a [OrgId]),
    /// About this object.
    Subject(&'a str),
}

/// Duties that are overdue on a day, the earliest first.
pub fn overdue_in(db: &mut Db, scope: Scope<'_>, on: Day) -> AppResult<Vec<Obligation>> {
    let rows = match scope {
        Scope::Orgs(orgs) => store::late_of_orgs(db, orgs, on)?,
        Scope::Subject(subject) => store::late_about(db, subject, on)?,
    };
    Ok(rows.into_iter().map(|row| row.wire(on)).filter(|duty| duty.overdue).collect())
}

/// Refuses a payment for or to organisations that owe an overdue duty which blocks it.
pub fn payable_in(db: &mut Db, orgs: &[OrgId], on: Day) -> AppResult<()> {
    let overdue = overdue_in(db, Scope::Orgs(orgs), on)?;
    Ok(rules::payable(&overdue)?)
}

/// Open duties of a kind whose day was before `today`, the earliest first.
pub fn passed_in(
    db: &mut Db,
    kind: ObligationKind,
    today: Day,
    limit: i64,
) -> AppResult<Vec<Obligation>> {
    let rows = store::late_of_kind(db, kind, today, limit)?;
    Ok(rows.into_iter().map(|row| row.wire(today)).collect())
}

/// Objects about which a kind of duty that follows from an agreement stands.
pub fn subjects_of_in(
    db: &mut Db,
    kind: ObligationKind,
    agreement: AgreementId,
) -> AppResult<Vec<String>> {
    store::subjects_of(db, kind, agreement)
}

/// Open duties of a kind about an object.
pub fn open_about_in(
    db: &mut Db,
    kind: ObligationKind,
    subject: &str,
    today: Day,
) -> AppResult<Vec<Obligation>> {
    let rows = store::open_about(db, kind, subject)?;
    Ok(rows.into_iter().map(|row| row.wire(today)).collect())
}
