//! The commands of owner, processor, operator and agency on a job.

use schema::api::support::{
    Decision, Deletion, Extension, NewProcessing, Processing, ProcessingState, Proposal, Submission,
};
use schema::code::Code;
use schema::id::{self, AgreementId, AuditId, OrgId, PoolMemberId, ProcessingId};
use schema::page::Page;
use schema::problem::Refusal;
use schema::time::Instant;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::rules::{self, Command};
use super::store::{self, Row};
use super::{obliged, offer};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::catalog::service as catalog;
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket, hex, once_in};
use crate::parties::service as parties;
use crate::programme::service as programme;
use crate::support::pool::service as pool;
use crate::support::{load, prose};

/// Who sends a command, and under which ticket.
#[derive(Clone, Debug)]
pub struct Call {
    /// The caller.
    pub who: Principal,
    /// The ticket.
    pub ticket: Ticket,
}

/// What a command decided besides the state.
pub(super) struct Done {
    /// The command that follows; the one asked for, or `Fail` for `Pass`.
    pub(super) command: Command,
    /// Why, in the actor's words.
    pub(super) reason: Option<String>,
    /// What was decided, for the audit trail.
    pub(super) body: Value,
}

impl Done {
    pub(super) fn plain(command: Command, body: Value) -> Done {
        Done { command, reason: None, body }
    }
}

/// The action of the permission matrix behind a command, and whose it is.
fn permission(command: Command, row: &Row) -> (Action, Vec<OrgId>) {
    let processor = || row.processor_org_id.into_iter().collect();
    match command {
        Command::Propose | Command::Extend | Command::Approve => {
            (Action::ProcessingOrder, vec![row.org_id])
        }
        Command::Accept
        | Command::Decline
        | Command::Start
        | Command::Run
        | Command::Submit
        | Command::Close => (Action::ProcessingDo, processor()),
        Command::Pass | Command::Fail => (Action::ProcessingVerify, row.parties()),
        Command::Replace | Command::Continue | Command::Abort => {
            (Action::ProcessingDirect, row.parties())
        }
    }
}

/// The job, if the caller may see it and give it `command` now.
pub(super) fn commandable_in(
    db: &mut Db,
    who: &Principal,
    id: ProcessingId,
    command: Command,
) -> AppResult<Row> {
    let row = seen_in(db, who, id)?;
    let (action, parties) = permission(command, &row);
    policy::act(who, action, &parties)?;
    rules::next(row.state, command)?;
    Ok(row)
}

pub(super) fn seen_in(db: &mut Db, who: &Principal, id: ProcessingId) -> AppResult<Row> {
    let row = store::find(db, id).or_not_found("processing job")?;
    policy::see(who, Action::ProcessingRead, &row.parties(), "processing job")?;
    Ok(row)
}

/// Gives a job a command: permission and state first, then `decide`, then row and audit line.
pub(super) async fn change(
    app: &App,
    call: Call,
    id: ProcessingId,
    command: Command,
    decide: impl Fn(&mut Db, &mut Row, Instant) -> AppResult<Done> + Send + 'static,
) -> AppResult<Once<Processing>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &call.ticket, now, |db| {
                let mut row = commandable_in(db, &call.who, id, command)?;
                let (from, before) = (row.state, row.clone());
                let done = decide(db, &mut row, now)?;
                row.state = rules::next(from, done.command)?;
                if !rules::keeps_access(done.command) {
                    (row.access_from, row.access_until) = (None, None);
                }
                if matches!(row.state, ProcessingState::Closed | ProcessingState::Aborted) {
                    row.closed_at = Some(now.as_micros());
                }
                store::advance(db, from, &row)?;
                record_in(db, audit, now, &call.who, &row, Some(from), &done)?;
                obliged::follow_in(db, done.command, &before, (audit, now))?;
                Ok(wire(row)?)
            })
        })
        .await
}

fn record_in(
    db: &mut Db,
    id: AuditId,
    at: Instant,
    who: &Principal,
    row: &Row,
    from: Option<ProcessingState>,
    done: &Done,
) -> AppResult<()> {
    let entry = Entry {
        id,
        at,
        who: Some(who),
        object: row.id.as_str(),
        action: done.command.action(),
        from: from.map(ProcessingState::as_str),
        to: Some(row.state.as_str()),
        reason: done.reason.as_deref(),
        body: done.body.clone(),
    };
    audit::record_in(db, &entry)
}

/// Asks a pool member to process a version of the caller's organisation.
pub async fn create(app: &App, call: Call, new: NewProcessing) -> AppResult<Once<Processing>> {
    policy::act(&call.who, Action::ProcessingOrder, &[call.who.org])?;
    prose::check("request", &new.request, 4_000)?;
    let days = new.access_days.unwrap_or(offer::ACCESS_DAYS);
    offer::access_days(days)?;
    let (now, id) = (app.clock.now(), app.clock.fresh::<id::Processing>());
    let audit = app.clock.fresh();
    app.store
        .write(move |db| {
            once_in(db, &call.ticket, now, |db| {
                let version = catalog::version_in(db, new.version)?;
                policy::see(&call.who, Action::DatasetRead, &[version.org], "version")?;
                policy::act(&call.who, Action::ProcessingOrder, &[version.org])?;
                offer::version(&version)?;
                let mut row = Row {
                    id,
                    org_id: version.org,
                    version_id: version.id,
                    member_id: None,
                    processor_org_id: None,
                    agreement_id: new.agreement,
                    request: new.request.trim().to_owned(),
                    state: ProcessingState::Proposed,
                    reason: None,
                    findings: "[]".to_owned(),
                    access_days: i64::from(days),
                    access_from: None,
                    access_until: None,
                    continued_at: None,
                    result_version_id: None,
                    deletion_text: None,
                    deletion_sha256: None,
                    created_by: call.who.user,
                    created_at: now.as_micros(),
                    closed_at: None,
                    attested_at: None,
                };
                let body = propose_in(db, &mut row, new.processor, now)?;
                store::insert(db, &row)?;
                let done = Done::plain(Command::Propose, body);
                record_in(db, audit, now, &call.who, &row, None, &done)?;
                Ok(wire(row)?)
            })
        })
        .await
}

/// Asks another pool member after a refusal or a replacement.
pub async fn propose(
    app: &App,
    call: Call,
    id: ProcessingId,
    proposal: Proposal,
) -> AppResult<Once<Processing>> {
    change(app, call, id, Command::Propose, move |db, row, now| {
        row.reason = None;
        let body = propose_in(db, row, proposal.processor, now)?;
        Ok(Done::plain(Command::Propose, body))
    })
    .await
}

/// Checks a pool member for a job and writes it into the row.
fn propose_in(db: &mut Db, row: &mut Row, member: PoolMemberId, now: Instant) -> AppResult<Value> {
    let found = match pool::member_in(db, member, now.seoul_day()) {
        Err(AppError::NotFound(_)) => return Err(unknown_member().into()),
        found => found?,
    };
    offer::active(found.state)?;
    let owner = parties::organisation_in(db, row.org_id)?;
    let processor = parties::organisation_in(db, found.org)?;
    offer::independent(&owner, &processor)?;
    if parties::declared_in(db, owner.id, processor.id)? {
        return Err(offer::one_group().into());
    }
    offer::capacity(found.capacity, load::jobs_in(db, found.org)?)?;
    agreement_end_in(db, row.agreement_id, row.org_id, Some(found.org), now)?;
    row.member_id = Some(member);
    row.processor_org_id = Some(found.org);
    Ok(json!({
        "version": row.version_id, "member": member, "processor": found.org,
        "agreement": row.agreement_id,
    }))
}

fn unknown_member() -> Refusal {
    Code::InvalidField
        .because("그런 가공기업이 없습니다.", "There is no such pool member.")
        .field("processor")
}

/// End of the agreement's period, after checking it; `None` without an agreement.
fn agreement_end_in(
    db: &mut Db,
    agreement: Option<AgreementId>,
    owner: OrgId,
    processor: Option<OrgId>,
    now: Instant,
) -> AppResult<Option<Instant>> {
    let Some(agreement) = agreement else { return Ok(None) };
    let agreement = match programme::agreement_in(db, agreement) {
        Err(AppError::NotFound(_)) => return Err(unknown_agreement().into()),
        found => found?,
    };
    // Whose it is comes first: an agreement of others looks like one that does not exist.
    if agreement.recipient != owner {
        return Err(unknown_agreement().into());
    }
    offer::agreement(&agreement, owner, processor, now)?;
    Ok(agreement.period.as_ref().map(schema::time::Period::end_instant))
}

fn unknown_agreement() -> Refusal {
    Code::InvalidField
        .because("귀사가 맺은 그런 협약이 없습니다.", "You have no such agreement.")
        .field("agreement")
}

/// The processor takes the job, if it is active and has people free.
pub async fn accept(app: &App, call: Call, id: ProcessingId) -> AppResult<Once<Processing>> {
    change(app, call, id, Command::Accept, |db, row, now| {
        let (member, org) = processor_of(row)?;
        let found = pool::member_in(db, member, now.seoul_day())?;
        offer::active(found.state)?;
        offer::capacity(found.capacity, load::jobs_in(db, org)?)?;
        agreement_end_in(db, row.agreement_id, row.org_id, Some(org), now)?;
        Ok(Done::plain(Command::Accept, json!({"member": member})))
    })
    .await
}

/// The processor does not take the job; the reason is recorded.
pub async fn decline(
    app: &App,
    call: Call,
    id: ProcessingId,
    decision: Decision,
) -> AppResult<Once<Processing>> {
    end_match(app, call, id, Command::Decline, decision).await
}

/// The agency takes the job from its processor (edge case 7). Versions made so far stay.
pub async fn replace(
    app: &App,
    call: Call,
    id: ProcessingId,
    decision: Decision,
) -> AppResult<Once<Processing>> {
    end_match(app, call, id, Command::Replace, decision).await
}

async fn end_match(
    app: &App,
    call: Call,
    id: ProcessingId,
    command: Command,
    decision: Decision,
) -> AppResult<Once<Processing>> {
    prose::check("reason", &decision.reason, 1_000)?;
    change(app, call, id, command, move |_, row, _| {
        let body = json!({"member": row.member_id, "processor": row.processor_org_id});
        (row.member_id, row.processor_org_id, row.continued_at) = (None, None, None);
        let reason = Some(decision.reason.trim().to_owned());
        row.reason.clone_from(&reason);
        Ok(Done { command, reason, body })
    })
    .await
}

/// The processor begins, or begins again after a rework: access is granted for the days agreed.
pub async fn start(app: &App, call: Call, id: ProcessingId) -> AppResult<Once<Processing>> {
    change(app, call, id, Command::Start, |db, row, now| {
        may_work_in(db, row, now)?;
        let days = u16::try_from(row.access_days).unwrap_or(offer::ACCESS_DAYS);
        let body = grant_in(db, row, days, now)?;
        Ok(Done::plain(Command::Start, body))
    })
    .await
}

/// The owner gives the processor more time, counted from now.
pub async fn extend(
    app: &App,
    call: Call,
    id: ProcessingId,
    extension: Extension,
) -> AppResult<Once<Processing>> {
    offer::access_days(extension.access_days)?;
    change(app, call, id, Command::Extend, move |db, row, now| {
        let body = grant_in(db, row, extension.access_days, now)?;
        Ok(Done::plain(Command::Extend, body))
    })
    .await
}

fn grant_in(db: &mut Db, row: &mut Row, days: u16, now: Instant) -> AppResult<Value> {
    let latest = agreement_end_in(db, row.agreement_id, row.org_id, row.processor_org_id, now)?;
    let until = offer::access_until(now, days, latest);
    row.access_from = Some(row.access_from.unwrap_or(now.as_micros()));
    row.access_until = Some(until.as_micros());
    Ok(json!({"version": row.version_id, "access_until": until}))
}

/// Whether the job's processor may work on today (edge case 7).
pub(super) fn may_work_in(db: &mut Db, row: &Row, now: Instant) -> AppResult<()> {
    let (member, _) = processor_of(row)?;
    let found = pool::member_in(db, member, now.seoul_day())?;
    Ok(offer::may_work(found.state, row.continued_at.is_some())?)
}

fn processor_of(row: &Row) -> AppResult<(PoolMemberId, OrgId)> {
    row.member_id
        .zip(row.processor_org_id)
        .ok_or_else(|| AppError::Internal(anyhow::anyhow!("job {} has no processor", row.id)))
}

/// The processor hands in a version that one of its runs made.
pub async fn submit(
    app: &App,
    call: Call,
    id: ProcessingId,
    submission: Submission,
) -> AppResult<Once<Processing>> {
    offer::own_work(submission.no_subcontracting)?;
    change(app, call, id, Command::Submit, move |db, row, now| {
        may_work_in(db, row, now)?;
        let run = store::run_of_version(db, row.id, submission.version)?;
        // A version of the processor before is not this one's work.
        if run.is_none_or(|run| Some(run.processor_org_id) != row.processor_org_id) {
            return Err(Code::InvalidField
                .because(
                    "이 작업에서 만든 버전이 아닙니다.",
                    "It is not a version that a run of this job made.",
                )
                .field("version")
                .into());
        }
        row.result_version_id = Some(submission.version);
        row.findings = "[]".to_owned();
        row.attested_at = Some(now.as_micros());
        let body = json!({"version": submission.version, "no_subcontracting": true});
        Ok(Done::plain(Command::Submit, body))
    })
    .await
}

/// The owner accepts the result; the processor's access ends.
pub async fn approve(app: &App, call: Call, id: ProcessingId) -> AppResult<Once<Processing>> {
    change(app, call, id, Command::Approve, |_, row, _| {
        Ok(Done::plain(Command::Approve, json!({"version": row.result_version_id})))
    })
    .await
}

/// The processor certifies that its copies are deleted.
pub async fn close(
    app: &App,
    call: Call,
    id: ProcessingId,
    deletion: Deletion,
) -> AppResult<Once<Processing>> {
    prose::check("certificate", &deletion.certificate, 10_000)?;
    let sha256 = hex(&Sha256::digest(deletion.certificate.as_bytes()));
    change(app, call, id, Command::Close, move |_, row, _| {
        row.deletion_text = Some(deletion.certificate.clone());
        row.deletion_sha256 = Some(sha256.clone());
        Ok(Done::plain(Command::Close, json!({"deletion_sha256": sha256})))
    })
    .await
}

/// The agency lets a barred processor finish (edge case 7).
pub async fn proceed(
    app: &App,
    call: Call,
    id: ProcessingId,
    decision: Decision,
) -> AppResult<Once<Processing>> {
    prose::check("reason", &decision.reason, 1_000)?;
    change(app, call, id, Command::Continue, move |_, row, now| {
        row.continued_at = Some(now.as_micros());
        let reason = Some(decision.reason.trim().to_owned());
        Ok(Done { command: Command::Continue, reason, body: json!({"member": row.member_id}) })
    })
    .await
}

/// The agency gives the job up.
pub async fn abort(
    app: &App,
    call: Call,
    id: ProcessingId,
    decision: Decision,
) -> AppResult<Once<Processing>> {
    prose::check("reason", &decision.reason, 1_000)?;
    change(app, call, id, Command::Abort, move |_, row, _| {
        let reason = Some(decision.reason.trim().to_owned());
        row.reason.clone_from(&reason);
        Ok(Done { command: Command::Abort, reason, body: json!({}) })
    })
    .await
}

/// A job, if the caller may see it.
pub fn find_in(db: &mut Db, who: &Principal, id: ProcessingId) -> AppResult<Processing> {
    Ok(wire(seen_in(db, who, id)?)?)
}

/// A job, for rules of other features.
pub fn processing_in(db: &mut Db, id: ProcessingId) -> AppResult<Processing> {
    Ok(wire(store::find(db, id).or_not_found("processing job")?)?)
}

/// A page of the caller's jobs as owner or processor, oldest first; the staff see all.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    after: Option<ProcessingId>,
    limit: u32,
) -> AppResult<Page<Processing>> {
    let org = if who.sees_all() { None } else { Some(who.org) };
    let rows = store::page(db, org, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(wire).collect::<Result<_, _>>()?;
    Ok(Page { items, next: page.next })
}

fn wire(row: Row) -> Result<Processing, serde_json::Error> {
    let instant = |micros| Instant::from_micros(micros).unwrap_or(Instant::MIN);
    Ok(Processing {
        id: row.id,
        provider: row.org_id,
        version: row.version_id,
        member: row.member_id,
        processor: row.processor_org_id,
        agreement: row.agreement_id,
        request: row.request,
        state: row.state,
        reason: row.reason,
        findings: serde_json::from_str(&row.findings)?,
        access_from: row.access_from.map(instant),
        access_until: row.access_until.map(instant),
        continued_at: row.continued_at.map(instant),
        result: row.result_version_id,
        deletion_sha256: row.deletion_sha256,
        created_at: instant(row.created_at),
        closed_at: row.closed_at.map(instant),
        attested_at: row.attested_at.map(instant),
    })
}
