//! Planning, doing and accepting milestones.

use schema::api::support::Processing;
use schema::api::work::{Milestone, MilestoneEvidence, MilestoneState, Milestones, NewMilestone};
use schema::code::Code;
use schema::id::{AuditId, MilestoneId, OrgId, ProcessingId};
use schema::time::{Day, Instant};
use serde_json::{Value, json};

use super::rules;
use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};
use crate::support::pool::rules::is_sha256;
use crate::support::processing::service as jobs;
use crate::support::prose;

fn parties(job: &Processing) -> Vec<OrgId> {
    std::iter::once(job.provider).chain(job.processor).collect()
}

/// The job, if the caller may see it.
fn job_in(db: &mut Db, who: &Principal, id: ProcessingId) -> AppResult<Processing> {
    let job = jobs::processing_in(db, id)?;
    policy::see(who, Action::ProcessingRead, &parties(&job), "processing job")?;
    Ok(job)
}

fn wire(row: Row, today: Day) -> Milestone {
    let instant = |micros: Option<i64>| micros.and_then(Instant::from_micros);
    Milestone {
        late: rules::is_late(row.state, row.planned_on, today),
        id: row.id,
        processing: row.processing_id,
        number: u32::try_from(row.number).unwrap_or(u32::MAX),
        title: row.title,
        planned_on: row.planned_on,
        state: row.state,
        evidence_sha256: row.evidence_sha256,
        note: row.note,
        done_by: row.done_by,
        done_at: instant(row.done_at),
        accepted_at: instant(row.accepted_at),
    }
}

fn record_in(
    db: &mut Db,
    (id, at): (AuditId, Instant),
    who: &Principal,
    row: &Row,
    action: &str,
    from: Option<MilestoneState>,
    body: Value,
) -> AppResult<()> {
    let entry = Entry {
        id,
        at,
        who: Some(who),
        object: row.id.as_str(),
        action,
        from: from.map(MilestoneState::as_str),
        to: Some(row.state.as_str()),
        reason: None,
        body,
    };
    audit::record_in(db, &entry)
}

/// Plans a milestone. For the owner.
pub async fn plan(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ProcessingId,
    new: NewMilestone,
) -> AppResult<Once<Milestone>> {
    prose::check("title", &new.title, 200)?;
    let (now, milestone, audit) = (app.clock.now(), app.clock.fresh(), app.clock.fresh());
    app.store
        .write(move |db| {
            let job = job_in(db, &who, id)?;
            policy::act(&who, Action::ProcessingOrder, &[job.provider])?;
            once_in(db, &ticket, now, |db| {
                let count = store::count(db, id)?;
                rules::may_plan(job.state, count)?;
                let row = Row {
                    id: milestone,
                    processing_id: id,
                    number: count.saturating_add(1),
                    title: new.title.trim().to_owned(),
                    planned_on: new.planned_on,
                    state: MilestoneState::Planned,
                    evidence_sha256: None,
                    note: None,
                    done_by: None,
                    done_at: None,
                    accepted_by: None,
                    accepted_at: None,
                    created_at: now.as_micros(),
                };
                store::insert(db, &row)?;
                let body = json!({"processing": id, "planned_on": new.planned_on});
                record_in(db, (audit, now), &who, &row, "milestone.plan", None, body)?;
                Ok(wire(row, now.seoul_day()))
            })
        })
        .await
}

/// The milestone and its job, if the caller may see them.
fn found_in(db: &mut Db, who: &Principal, id: MilestoneId) -> AppResult<(Row, Processing)> {
    let row = store::find(db, id).or_not_found("milestone")?;
    let job = jobs::processing_in(db, row.processing_id)?;
    policy::see(who, Action::ProcessingRead, &parties(&job), "milestone")?;
    Ok((row, job))
}

/// Says that a milestone is done, with evidence. For the processor at work.
pub async fn done(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: MilestoneId,
    evidence: MilestoneEvidence,
) -> AppResult<Once<Milestone>> {
    prose::check("note", &evidence.note, 1_000)?;
    if !is_sha256(&evidence.sha256) {
        return Err(Code::InvalidField
            .because(
                "SHA-256은 소문자 16진수 64자리입니다.",
                "A SHA-256 is 64 lower-case hexadecimal digits.",
            )
            .field("sha256")
            .into());
    }
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let (row, job) = found_in(db, &who, id)?;
            let processor: Vec<OrgId> = job.processor.into_iter().collect();
            policy::act(&who, Action::ProcessingDo, &processor)?;
            once_in(db, &ticket, now, |db| {
                let mut row = row;
                let seen = row.state;
                rules::may_do(job.state, seen)?;
                row.state = MilestoneState::Done;
                row.evidence_sha256 = Some(evidence.sha256.clone());
                row.note = Some(evidence.note.trim().to_owned());
                row.done_by = Some(who.user);
                row.done_at = Some(now.as_micros());
                store::advance(db, seen, &row)?;
                let body = json!({"sha256": evidence.sha256, "planned_on": row.planned_on});
                record_in(db, (audit, now), &who, &row, "milestone.done", Some(seen), body)?;
                Ok(wire(row, now.seoul_day()))
            })
        })
        .await
}

/// Accepts a milestone. For the owner.
pub async fn accept(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: MilestoneId,
) -> AppResult<Once<Milestone>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let (row, job) = found_in(db, &who, id)?;
            policy::act(&who, Action::ProcessingOrder, &[job.provider])?;
            once_in(db, &ticket, now, |db| {
                let (mut row, from) = (row, MilestoneState::Done);
                rules::may_accept(row.state)?;
                row.state = MilestoneState::Accepted;
                row.accepted_by = Some(who.user);
                row.accepted_at = Some(now.as_micros());
                store::advance(db, from, &row)?;
                let body = json!({"sha256": row.evidence_sha256});
                record_in(db, (audit, now), &who, &row, "milestone.accept", Some(from), body)?;
                Ok(wire(row, now.seoul_day()))
            })
        })
        .await
}

/// The milestones of a job, if the caller may see it.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    id: ProcessingId,
    today: Day,
) -> AppResult<Milestones> {
    job_in(db, who, id)?;
    let items = store::all(db, id)?.into_iter().map(|row| wire(row, today)).collect();
    Ok(Milestones { items })
}
