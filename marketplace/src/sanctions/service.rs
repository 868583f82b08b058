//! From a suspicion to its end.

use schema::api::execution::Reasoned;
use schema::api::programme::Agreement;
use schema::api::sanctions::{Measures, NewSanction, Sanction, SanctionState};
use schema::api::settlement::{ClaimOrigin, ClaimState};
use schema::code::Code;
use schema::id::{self, SanctionId};
use schema::money::Won;
use schema::notice::Parameters;
use schema::page::{Page, PageQuery};
use schema::time::{Calendar, Day};
use serde_json::{Value, json};

use super::rules::{self, Command, Facts};
use super::store::{self, Row};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::execution;
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket};
use crate::ledger::{Line, Turn, command};
use crate::parties::bans::{self, NewBan};
use crate::parties::rules::length;
use crate::parties::service::{membership_in, organisation_in};
use crate::programme::{notice_in_force, service as programme};
use crate::settlement::claims::service::{self as claims, NewClaim};
use crate::settlement::freeze;
use crate::settlement::report::service as report;

pub(super) fn calendar() -> AppResult<&'static Calendar> {
    Ok(Calendar::embedded().map_err(anyhow::Error::from)?)
}

pub(super) fn no_day() -> AppError {
    AppError::Internal(anyhow::anyhow!("a term outside the calendar"))
}

/// The facts of a sanction now.
fn facts_in(db: &mut Db, row: &Row) -> AppResult<Facts> {
    let claim = claims::of_object_in(db, row.id.as_str())?;
    Ok(Facts {
        opinion_by: store::day(row.opinion_by.as_deref())?,
        answered: row.opinion.is_some(),
        appeal_by: store::day(row.appeal_by.as_deref())?,
        ban_until: store::day(row.ban_until.as_deref())?,
        owed: claim.is_some_and(|claim| claim.state != ClaimState::Repaid),
    })
}

/// Moves a sanction a step on and writes its line.
fn take_in(
    db: &mut Db,
    row: &mut Row,
    order: Command,
    reason: Option<&str>,
    body: Value,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let from = row.state;
    row.state = rules::step(from, order, facts_in(db, row)?, turn.now)?;
    store::advance(db, row)?;
    let (id, to) = (row.id, row.state.as_str());
    let (from, to) = (Some(from.as_str()), Some(to));
    turn.record(db, Line { object: id.as_str(), action: order.action(), from, to, reason, body })
}

/// The parameters of the notice that binds a sanction: the agreement's, or the one in force.
fn parameters_in(db: &mut Db, row: &Row, turn: &Turn<'_>) -> AppResult<&'static Parameters> {
    match row.agreement_id {
        Some(id) => {
            let agreement = programme::agreement_in(db, id)?;
            Ok(&execution::service::terms_of(&agreement)?.0.parameters)
        }
        None => Ok(&notice_in_force(turn.now.seoul_day())?.parameters),
    }
}

/// Raises a suspicion. For the operator or the agency.
pub async fn open(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewSanction,
) -> AppResult<Once<Sanction>> {
    length("facts", &new.facts, 5_000)?;
    command(app, who, ticket, move |db, who, turn| {
        policy::act(who, Action::SanctionInvestigate, &[new.org])?;
        organisation_in(db, new.org)?;
        if let Some(id) = new.agreement {
            let agreement = programme::agreement_in(db, id)?;
            if ![Some(agreement.recipient), agreement.processor].contains(&Some(new.org)) {
                return Err(Code::InvalidField
                    .because(
                        "이 기업이 당사자인 협약이 아닙니다.",
                        "The organisation is no party of the agreement.",
                    )
                    .rule("R-130")
                    .field("agreement")
                    .into());
            }
        }
        let row = Row {
            id: turn.id()?,
            org_id: new.org,
            agreement_id: new.agreement,
            state: SanctionState::Suspected,
            ground: new.ground,
            facts: new.facts.clone(),
            ban_months: 0,
            recovery: Won::ZERO,
            surcharge: Won::ZERO,
            proposal: None,
            opinion_by: None,
            opinion: None,
            appeal_by: None,
            appeal: None,
            ban_until: None,
            claim_id: None,
            opened_by: who.user,
            opened_at: turn.now.as_micros(),
            proposed_by: None,
            decided_by: None,
            decided_at: None,
            in_force_at: None,
            ended_at: None,
            step: 0,
        };
        store::insert(db, &row)?;
        let (object, to) = (row.id.as_str(), Some(row.state.as_str()));
        let body = json!({"org": new.org, "agreement": new.agreement, "ground": new.ground});
        let (action, reason) = ("sanction.open", Some(new.facts.as_str()));
        turn.record(db, Line { object, action, from: None, to, reason, body })?;
        row.try_into()
    })
    .await
}

/// What the investigator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inquiry {
    /// Begins to find out; payments are frozen from now on.
    Investigate,
    /// The suspicion is unfounded.
    Drop,
}

/// Begins or drops an inquiry. For the operator or the agency.
pub async fn inquire(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SanctionId,
    inquiry: Inquiry,
    said: Reasoned,
) -> AppResult<Once<Sanction>> {
    length("reason", &said.reason, 1_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = seen_in(db, who, id)?;
        policy::act(who, Action::SanctionInvestigate, &[row.org_id])?;
        let reason = Some(said.reason.as_str());
        match inquiry {
            Inquiry::Investigate => {
                take_in(db, &mut row, Command::Investigate, reason, json!({}), turn)?;
                freeze::freeze_in(db, row.org_id, id.as_str(), turn.now)?;
            }
            Inquiry::Drop => {
                row.ended_at = Some(turn.now.as_micros());
                take_in(db, &mut row, Command::Drop, reason, json!({}), turn)?;
                freeze::thaw_in(db, id.as_str(), turn.now)?;
            }
        }
        row.try_into()
    })
    .await
}

/// What was paid under an agreement and is not claimed yet.
pub(super) fn recoverable_in(
    db: &mut Db,
    agreement: &Agreement,
    turn: &Turn<'_>,
) -> AppResult<Won> {
    let paid = report::paid_under_in(db, agreement)?;
    let claimed = claims::of_agreement_in(db, agreement.id, turn.now.seoul_day())?;
    Ok(claimed.iter().fold(paid, |left, claim| left.saturating_sub(claim.principal)))
}

/// What a sanction may recover: of its agreement, when the organisation is the recipient.
fn bound_in(db: &mut Db, row: &Row, turn: &Turn<'_>) -> AppResult<Won> {
    match row.agreement_id {
        Some(id) => {
            let agreement = programme::agreement_in(db, id)?;
            recoverable_in(db, &agreement, turn)
        }
        None => Ok(Won::ZERO),
    }
}

/// Proposes measures and tells the organisation, which may answer. For the investigator.
pub async fn propose(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SanctionId,
    measures: Measures,
) -> AppResult<Once<Sanction>> {
    length("reason", &measures.reason, 5_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = seen_in(db, who, id)?;
        policy::act(who, Action::SanctionInvestigate, &[row.org_id])?;
        let parameters = parameters_in(db, &row, turn)?;
        let most = bound_in(db, &row, turn)?;
        rules::bounded(row.ground, &measures, most, &parameters.sanctions)?;
        row.set_measures(&measures)?;
        row.proposed_by = Some(who.user);
        let days = parameters.sanctions.opinion_days;
        let last = rules::last_day(turn.now.seoul_day(), days, calendar()?).ok_or_else(no_day)?;
        row.opinion_by = Some(last.to_string());
        let body = json!({"measures": measures, "opinion_by": last});
        take_in(db, &mut row, Command::Propose, Some(&measures.reason), body, turn)?;
        row.try_into()
    })
    .await
}

/// What the organisation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// To the pre-notice.
    Opinion,
    /// To the decision.
    Appeal,
}

/// Answers the pre-notice, or appeals. For the organisation concerned.
pub async fn answer(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SanctionId,
    voice: Voice,
    said: Reasoned,
) -> AppResult<Once<Sanction>> {
    length("reason", &said.reason, 1_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = seen_in(db, who, id)?;
        policy::act(who, Action::SanctionAnswer, &[row.org_id])?;
        let reason = Some(said.reason.as_str());
        let order = match voice {
            Voice::Opinion => Command::Answer,
            Voice::Appeal => Command::Appeal,
        };
        rules::step(row.state, order, facts_in(db, &row)?, turn.now)?;
        match voice {
            Voice::Opinion => row.opinion = Some(said.reason.clone()),
            Voice::Appeal => row.appeal = Some(said.reason.clone()),
        }
        take_in(db, &mut row, order, reason, json!({}), turn)?;
        row.try_into()
    })
    .await
}

/// Decides on measures. For the agency, and for another person than who proposed.
pub async fn decide(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SanctionId,
    measures: Measures,
) -> AppResult<Once<Sanction>> {
    length("reason", &measures.reason, 5_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = seen_in(db, who, id)?;
        policy::act(who, Action::SanctionDecide, &[])?;
        rules::apart(who.user, &[row.proposed_by])?;
        let parameters = parameters_in(db, &row, turn)?;
        let most = bound_in(db, &row, turn)?;
        rules::bounded(row.ground, &measures, most, &parameters.sanctions)?;
        row.set_measures(&measures)?;
        row.decided_by = Some(who.user);
        row.decided_at = Some(turn.now.as_micros());
        let days = parameters.objection_days;
        let last = rules::last_day(turn.now.seoul_day(), days, calendar()?).ok_or_else(no_day)?;
        let body = json!({"measures": measures, "appeal_by": last});
        take_in(db, &mut row, Command::Decide, Some(&measures.reason), body, turn)?;
        row.appeal_by = Some(last.to_string());
        store::advance(db, &mut row)?;
        row.try_into()
    })
    .await
}

/// What an appeal leads to.
#[derive(Clone, Debug)]
pub enum Appealed {
    /// Nothing changes.
    Uphold(Reasoned),
    /// The measures become milder.
    Change(Measures),
    /// Nothing is left.
    Cancel(Reasoned),
}

/// Decides on an appeal; what stands is in force at once. For the agency, and for a third person.
pub async fn appealed(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SanctionId,
    appealed: Appealed,
) -> AppResult<Once<Sanction>> {
    let reason = match &appealed {
        Appealed::Uphold(said) | Appealed::Cancel(said) => said.reason.clone(),
        Appealed::Change(measures) => measures.reason.clone(),
    };
    length("reason", &reason, 1_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = seen_in(db, who, id)?;
        policy::act(who, Action::SanctionDecide, &[])?;
        rules::apart(who.user, &[row.proposed_by, row.decided_by])?;
        let why = Some(reason.as_str());
        match &appealed {
            Appealed::Uphold(_) => take_in(db, &mut row, Command::Uphold, why, json!({}), turn)?,
            Appealed::Change(measures) => {
                let old = row.measures()?.ok_or_else(no_day)?;
                rules::milder(&old, measures)?;
                row.set_measures(measures)?;
                let body = json!({"measures": measures});
                take_in(db, &mut row, Command::Change, why, body, turn)?;
            }
            Appealed::Cancel(_) => {
                row.ended_at = Some(turn.now.as_micros());
                take_in(db, &mut row, Command::Cancel, why, json!({}), turn)?;
                freeze::thaw_in(db, id.as_str(), turn.now)?;
                return row.try_into();
            }
        }
        enforce_in(db, &mut row, turn)?;
        row.try_into()
    })
    .await
}

/// Brings measures into force: the ban runs, the recovery is claimed, payments are no longer frozen
/// because what is owed is now kept back from them.
pub(super) fn enforce_in(db: &mut Db, row: &mut Row, turn: &mut Turn<'_>) -> AppResult<()> {
    rules::step(row.state, Command::Enforce, facts_in(db, row)?, turn.now)?;
    let months = u16::try_from(row.ban_months).unwrap_or(u16::MAX);
    let today = turn.now.seoul_day();
    let until = rules::ban_until(today, months);
    row.ban_until = until.map(|day| day.to_string());
    let left = bound_in(db, row, turn)?;
    let principal = row.recovery.min(left);
    if let Some(id) = row.agreement_id
        && (principal > Won::ZERO || row.surcharge > Won::ZERO)
    {
        let agreement = programme::agreement_in(db, id)?;
        let claim = claims::make_in(
            db,
            NewClaim {
                agreement: &agreement,
                org: row.org_id,
                origin: ClaimOrigin::Sanction,
                object: row.id.as_str(),
                principal,
                charges: row.surcharge,
            },
            turn,
        )?;
        row.claim_id = Some(claim);
        if report::stands_in(db, id)?.is_some() {
            execution::service::recover_in(db, id, turn)?;
        }
    }
    if until.is_some() {
        ban_in(db, row, (today, until), turn)?;
    }
    row.in_force_at = Some(turn.now.as_micros());
    let body = json!({"ban_until": row.ban_until, "recovery": principal,
        "surcharge": row.surcharge, "claim": row.claim_id});
    take_in(db, row, Command::Enforce, None, body, turn)?;
    freeze::thaw_in(db, row.id.as_str(), turn.now)
}

/// Bars the organisation from new support. It is the decision of whoever decided, whether a
/// person or the calendar brings it into force.
fn ban_in(
    db: &mut Db,
    row: &Row,
    (starts_on, ends_on): (Day, Option<Day>),
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let org = organisation_in(db, row.org_id)?;
    let decider = row.decided_by.ok_or_else(no_day)?;
    let member = membership_in(db, decider)?;
    let who = Principal {
        user: decider,
        org: member.organisation.id,
        session: turn.id()?,
        roles: member.user.roles,
    };
    let ban = NewBan {
        id: turn.id()?,
        audit: turn.id()?,
        org: &org,
        ground: row.ground.as_str(),
        starts_on,
        ends_on,
        unpaid_recovery: Won::ZERO,
        source: row.id.as_str(),
    };
    bans::impose_in(db, &who, &ban, turn.now)
}

/// Moves a sanction whose time has come. Answers whether it did.
pub(super) fn due_in(db: &mut Db, id: SanctionId, turn: &mut Turn<'_>) -> AppResult<bool> {
    let mut row = store::find(db, id).or_not_found("sanction")?;
    let facts = facts_in(db, &row)?;
    if rules::step(row.state, Command::Enforce, facts, turn.now).is_ok() {
        enforce_in(db, &mut row, turn)?;
        return Ok(true);
    }
    for order in [Command::Serve, Command::Repay] {
        if rules::step(row.state, order, facts, turn.now).is_ok() {
            row.ended_at = Some(turn.now.as_micros());
            take_in(db, &mut row, order, None, json!({}), turn)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// The sanction, if the caller may see it: the organisation not before the pre-notice.
fn seen_in(db: &mut Db, who: &Principal, id: SanctionId) -> AppResult<Row> {
    let row = store::find(db, id).or_not_found("sanction")?;
    policy::see(who, Action::SanctionRead, &[row.org_id], "sanction")?;
    let secret = matches!(row.state, SanctionState::Suspected | SanctionState::Investigating);
    if secret && !who.sees_all() {
        return Err(AppError::NotFound("sanction"));
    }
    Ok(row)
}

/// The sanction, if the caller may see it.
pub fn sanction_seen_in(db: &mut Db, who: &Principal, id: SanctionId) -> AppResult<Sanction> {
    seen_in(db, who, id)?.try_into()
}

/// A page of sanctions: those against one's own organisation, or all for the staff.
pub fn sanctions_in(db: &mut Db, who: &Principal, query: &PageQuery) -> AppResult<Page<Sanction>> {
    policy::act(who, Action::SanctionRead, &[who.org])?;
    let (limit, after) = (page_limit(query)?, page_cursor::<id::Sanction>(query)?);
    let org = (!who.sees_all()).then_some(who.org);
    let rows = store::list(db, org, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(Sanction::try_from).collect::<AppResult<_>>()?;
    Ok(Page { items, next: page.next })
}
