//! Joining the pool, being judged, and being looked for.

use schema::api::support::{
    Decision, NewPoolMember, PoolEvaluation, PoolFile, PoolMember, PoolState, Verdict,
};
use schema::code::Code;
use schema::id::{self, OrgId, PoolMemberId};
use schema::notice::Notice;
use schema::page::Page;
use schema::time::{Day, Instant};
use serde_json::{Value, json};

use super::obliged;
use super::rules::{self, Command};
use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket, once_in};
use crate::parties::service as parties;
use crate::support::{load, prose};

pub use super::obliged::expire_due;

/// A member as the rules of processing jobs need it.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its organisation.
    pub org: OrgId,
    /// Its state on the day asked for.
    pub state: PoolState,
    /// Jobs at the same time.
    pub capacity: u32,
}

/// Asks for a place in the pool.
pub async fn apply(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewPoolMember,
) -> AppResult<Once<PoolMember>> {
    policy::act(&who, Action::PoolApply, &[who.org])?;
    prose::check("facility", &new.facility, 2_000)?;
    prose::check("track_record", &new.track_record, 4_000)?;
    for (at, paper) in new.papers.iter().take(rules::PAPERS_MAX).enumerate() {
        parties::text(&format!("papers.{at}.title"), &paper.title, 200)?;
    }
    rules::application(&new)?;
    let (now, id) = (app.clock.now(), app.clock.fresh::<id::PoolMember>());
    let audit = app.clock.fresh();
    let today = now.seoul_day();
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let year = year_to_apply_for_in(db, who.org, today)?;
                let row = Row {
                    id,
                    org_id: who.org,
                    programme_year: i64::from(year),
                    state: PoolState::Applied,
                    staff: i64::from(new.staff),
                    capacity: i64::from(new.capacity),
                    facility: new.facility.trim().to_owned(),
                    track_record: new.track_record.trim().to_owned(),
                    papers: serde_json::to_string(&new.papers)?,
                    verdicts: "[]".to_owned(),
                    reason: None,
                    valid_until: None,
                    created_by: who.user,
                    created_at: now.as_micros(),
                    decided_at: None,
                    barred_at: None,
                };
                store::insert(db, &row)?;
                audit::record_in(
                    db,
                    &Entry {
                        id: audit,
                        at: now,
                        who: Some(&who),
                        object: id.as_str(),
                        action: "pool.apply",
                        from: None,
                        to: Some(row.state.as_str()),
                        reason: None,
                        body: json!({
                            "org": who.org, "staff": new.staff, "capacity": new.capacity,
                            "papers": new.papers, "security_pledge": new.security_pledge,
                        }),
                    },
                )?;
                wire_in(db, &who, row, today)
            })
        })
        .await
}

/// Judges an application: registered when every requirement is met, refused when one is not.
pub async fn register(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: PoolMemberId,
    evaluation: PoolEvaluation,
) -> AppResult<Once<PoolMember>> {
    policy::act(&who, Action::PoolDecide, &[])?;
    for (at, verdict) in evaluation.verdicts.iter().take(8).enumerate() {
        if let Some(note) = &verdict.note {
            prose::check(&format!("verdicts.{at}.note"), note, 500)?;
        }
    }
    let command = rules::evaluate(&evaluation.verdicts)?;
    let verdicts = evaluation.verdicts;
    decide(app, who, ticket, id, command, move |row, now| {
        row.verdicts = serde_json::to_string(&verdicts)?;
        row.decided_at = Some(now.as_micros());
        if command == Command::Register {
            let today = now.seoul_day();
            // A renewal is for the year that it was made for, everything else for this one.
            let year = year_of(row).max(today.year());
            row.programme_year = i64::from(year);
            row.valid_until = Some(rules::year_end(year, today).to_string());
        }
        Ok(json!({"verdicts": verdicts, "valid_until": row.valid_until}))
    })
    .await
}

/// Suspends, reinstates or removes a member, with a reason.
pub async fn bar(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: PoolMemberId,
    command: Command,
    decision: Decision,
) -> AppResult<Once<PoolMember>> {
    policy::act(&who, Action::PoolDecide, &[])?;
    prose::check("reason", &decision.reason, 1_000)?;
    decide(app, who, ticket, id, command, move |row, now| {
        row.reason = Some(decision.reason.trim().to_owned());
        if command != Command::Reinstate {
            row.barred_at = row.barred_at.or(Some(now.as_micros()));
        }
        Ok(json!({}))
    })
    .await
}

async fn decide(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: PoolMemberId,
    command: Command,
    fill: impl Fn(&mut Row, Instant) -> AppResult<Value> + Send + 'static,
) -> AppResult<Once<PoolMember>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    let today = now.seoul_day();
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let mut row = store::find(db, id).or_not_found("pool member")?;
                if row.org_id == who.org {
                    return Err(Code::DutiesSeparated
                        .because(
                            "자기 기관의 Pool 자격은 다른 기관이 심사합니다.",
                            "Nobody judges the membership of their own organisation.",
                        )
                        .into());
                }
                let stored = row.state;
                row.state = rules::next(state_of(&row, today)?, command)?;
                let body = fill(&mut row, now)?;
                store::advance(db, stored, &row)?;
                audit::record_in(
                    db,
                    &Entry {
                        id: audit,
                        at: now,
                        who: Some(&who),
                        object: id.as_str(),
                        action: command.action(),
                        from: Some(stored.as_str()),
                        to: Some(row.state.as_str()),
                        reason: row.reason.as_deref(),
                        body,
                    },
                )?;
                obliged::follow_in(db, command, &row, last_day(&row)?, (audit, now))?;
                wire_in(db, &who, row, today)
            })
        })
        .await
}

/// The programme year that an organisation may apply for on `today`.
fn year_to_apply_for_in(db: &mut Db, org: OrgId, today: Day) -> AppResult<i16> {
    let Some(row) = store::newest(db, org)? else {
        return Ok(rules::may_apply(None, today.year(), false)?);
    };
    let newest = Some((state_of(&row, today)?, year_of(&row)));
    let days = &Notice::embedded().map_err(anyhow::Error::from)?.parameters.reminder_days;
    let renews = rules::may_renew(last_day(&row)?, today, days);
    Ok(rules::may_apply(newest, today.year(), renews)?)
}

/// A member, if the caller may see it: active ones are for providers and processors, all for the
/// staff and for themselves.
pub fn find_in(
    db: &mut Db,
    who: &Principal,
    id: PoolMemberId,
    today: Day,
) -> AppResult<PoolMember> {
    policy::act(who, Action::PoolRead, &[])?;
    let row = store::find(db, id).or_not_found("pool member")?;
    let open = state_of(&row, today)? == PoolState::Active;
    if !open && row.org_id != who.org && !who.sees_all() {
        return Err(AppError::NotFound("pool member"));
    }
    wire_in(db, who, row, today)
}

/// A page of the pool, oldest application first, as far as the caller may see it.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    after: Option<PoolMemberId>,
    limit: u32,
    today: Day,
) -> AppResult<Page<PoolMember>> {
    policy::act(who, Action::PoolRead, &[])?;
    let seen = if who.sees_all() { None } else { Some((today, who.org)) };
    let rows = store::page(db, seen, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(|row| wire_in(db, who, row, today));
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}

/// A member, for the rules of processing jobs.
pub fn member_in(db: &mut Db, id: PoolMemberId, today: Day) -> AppResult<Member> {
    let row = store::find(db, id).or_not_found("pool member")?;
    let capacity = u32::try_from(row.capacity).unwrap_or(0);
    let mut state = state_of(&row, today)?;
    // A bar is of the organisation, whichever of its registrations a job was matched under.
    if let Some(newest) = store::newest(db, row.org_id)?
        && matches!(newest.state, PoolState::Suspended | PoolState::Removed)
    {
        state = newest.state;
    }
    Ok(Member { org: row.org_id, state, capacity })
}

/// A member beside a piece of work.
pub(in crate::support) struct Candidate {
    pub(in crate::support) id: PoolMemberId,
    pub(in crate::support) org: OrgId,
    pub(in crate::support) capacity: u32,
    /// Facility and work done, in its own words.
    pub(in crate::support) account: String,
}

/// Members active on `today`, for the list of who fits a job.
pub(in crate::support) fn active_in(
    db: &mut Db,
    today: Day,
    limit: i64,
) -> AppResult<Vec<Candidate>> {
    let rows = store::active_on(db, today, limit)?;
    Ok(rows
        .into_iter()
        .map(|row| Candidate {
            id: row.id,
            org: row.org_id,
            capacity: u32::try_from(row.capacity).unwrap_or(0),
            account: format!("{}\n{}", row.facility, row.track_record),
        })
        .collect())
}

/// Whether an organisation was ever barred.
pub(in crate::support) fn ever_barred_in(db: &mut Db, org: OrgId) -> AppResult<bool> {
    store::ever_barred(db, org)
}

fn state_of(row: &Row, today: Day) -> AppResult<PoolState> {
    Ok(rules::state_on(row.state, last_day(row)?, today))
}

fn last_day(row: &Row) -> AppResult<Option<Day>> {
    let parsed = row.valid_until.as_deref().map(str::parse).transpose();
    parsed.map_err(|error| AppError::Internal(anyhow::anyhow!("stored day: {error}")))
}

fn year_of(row: &Row) -> i16 {
    i16::try_from(row.programme_year).unwrap_or(i16::MAX)
}

fn wire_in(db: &mut Db, who: &Principal, row: Row, today: Day) -> AppResult<PoolMember> {
    let organisation = parties::organisation_in(db, row.org_id)?;
    let state = state_of(&row, today)?;
    let capacity = u32::try_from(row.capacity).unwrap_or(0);
    let free = match state {
        PoolState::Active => capacity.saturating_sub(load::jobs_in(db, row.org_id)?),
        _ => 0,
    };
    let valid_until = last_day(&row)?;
    let file = if row.org_id == who.org || who.sees_all() {
        let verdicts: Vec<Verdict> = serde_json::from_str(&row.verdicts)?;
        Some(PoolFile { papers: serde_json::from_str(&row.papers)?, verdicts, reason: row.reason })
    } else {
        None
    };
    let instant = |micros| Instant::from_micros(micros).unwrap_or(Instant::MIN);
    Ok(PoolMember {
        id: row.id,
        org: row.org_id,
        org_name: organisation.name,
        programme_year: i16::try_from(row.programme_year).unwrap_or(i16::MAX),
        state,
        staff: u32::try_from(row.staff).unwrap_or(0),
        capacity,
        free,
        facility: row.facility,
        track_record: row.track_record,
        valid_until,
        file,
        created_at: instant(row.created_at),
        decided_at: row.decided_at.map(instant),
    })
}
