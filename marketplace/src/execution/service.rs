//! Commands on an agreement at work, and what other features may ask and tell.

use schema::api::execution::{Change, Completion, Ending, Execution, Reasoned};
use schema::api::programme::{Agreement, AgreementState};
use schema::id::{AgreementId, ListingId, OrgId};
use schema::notice::{Notice, Programme};
use schema::time::{Calendar, Day};
use serde_json::{Value, json};

use super::obliged;
use super::rules::{self, Clocks, Command};
use super::store::{self, ExecutionRow};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket};
use crate::ledger::{Line, Turn, command};
use crate::parties::rules::length;
use crate::programme::{lifecycle, service as programme};
use crate::vouchers::standing;

/// An agreement with what its rules need.
pub(super) struct Loaded {
    pub(super) agreement: Agreement,
    pub(super) programme: &'static Programme,
    pub(super) clocks: Clocks,
    pub(super) row: ExecutionRow,
}

/// The calendar of days off.
pub(super) fn calendar() -> AppResult<&'static Calendar> {
    Ok(Calendar::embedded().map_err(anyhow::Error::from)?)
}

/// Recipient and processor.
pub(super) fn parties(agreement: &Agreement) -> Vec<OrgId> {
    [Some(agreement.recipient), agreement.processor].into_iter().flatten().collect()
}

/// Loads an agreement that has been signed by all.
pub(super) fn load_in(db: &mut Db, id: AgreementId, turn: &Turn<'_>) -> AppResult<Loaded> {
    let agreement = programme::agreement_in(db, id)?;
    let (notice, programme) = lifecycle::notice_of(&agreement)?;
    let Some(period) = agreement.period.clone() else {
        return Err(unsigned(agreement.state).into());
    };
    let stored = store::find(db, id)?;
    let row = stored.unwrap_or_else(|| ExecutionRow::new(id, turn.now));
    let parameters = &notice.parameters;
    let grace_until = rules::grace_until(
        agreement.programme,
        &period,
        parameters.aftercare.grace_days,
        parameters.settlement_months,
        calendar()?,
    )
    .ok_or_else(|| anyhow::anyhow!("no grace after {}", period.end()))?;
    Ok(Loaded { agreement, programme, clocks: Clocks { period, grace_until }, row })
}

fn unsigned(state: AgreementState) -> schema::problem::Refusal {
    schema::code::Code::StateForbids
        .because("아직 모두 서명하지 않은 협약입니다.", "Not everybody has signed the agreement.")
        .rule("R-041")
        .with("state", state.as_str())
}

/// Gives an agreement a command: the state, the clocks and the line of the trail.
pub(super) fn take_in(
    db: &mut Db,
    loaded: &mut Loaded,
    order: Command,
    reason: Option<&str>,
    body: Value,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let (id, from) = (loaded.agreement.id, loaded.agreement.state);
    let to = rules::step(from, order, &loaded.clocks, turn.now)?;
    lifecycle::advance_in(db, id, from, to)?;
    if to == AgreementState::Overdue {
        loaded.row.grace_until = Some(loaded.clocks.grace_until.to_string());
    }
    let ending = rules::ending(order, to);
    if let Some(how) = ending {
        loaded.row.ended_on = Some(turn.now.seoul_day().to_string());
        loaded.row.ended_how = Some(how);
    }
    loaded.row.changed_at = turn.now.as_micros();
    store::save(db, &loaded.row)?;
    loaded.agreement.state = to;
    let (from, to) = (Some(from.as_str()), Some(to.as_str()));
    let object = id.as_str();
    turn.record(db, Line { object, action: order.action(), from, to, reason, body })?;
    obliged::follow_in(db, id, order, ending, turn)
}

/// What a person may order besides changes and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The agency stops an agreement.
    Suspend,
    /// The agency lets it go on.
    Resume,
    /// The agency ends it.
    Terminate,
    /// The recipient asks to give up.
    RequestAbandonment,
    /// The agency agrees.
    ApproveAbandonment,
    /// The agency does not.
    RejectAbandonment,
}

impl Order {
    fn command(self) -> Command {
        match self {
            Self::Suspend => Command::Suspend,
            Self::Resume => Command::Resume,
            Self::Terminate => Command::Terminate,
            Self::RequestAbandonment => Command::RequestAbandonment,
            Self::ApproveAbandonment => Command::ApproveAbandonment,
            Self::RejectAbandonment => Command::RejectAbandonment,
        }
    }
}

/// Suspends, resumes, ends or gives up an agreement. The voucher follows.
pub async fn order(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: AgreementId,
    order: Order,
    said: Reasoned,
) -> AppResult<Once<Execution>> {
    length("reason", &said.reason, 1_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let agreement = programme::agreement_seen_in(db, who, id)?;
        match order {
            Order::RequestAbandonment => {
                policy::act(who, Action::AgreementPerform, &[agreement.recipient])?;
            }
            _ => policy::act(who, Action::AgreementDirect, &[])?,
        }
        let mut loaded = load_in(db, id, turn)?;
        take_in(db, &mut loaded, order.command(), Some(&said.reason), json!({}), turn)?;
        if let Some(voucher) = loaded.agreement.voucher {
            match order {
                Order::Suspend => standing::freeze_in(db, voucher, turn)?,
                Order::Resume => standing::thaw_in(db, voucher, turn)?,
                Order::Terminate => standing::revoke_in(db, voucher, turn)?,
                Order::ApproveAbandonment => standing::close_in(db, voucher, turn)?,
                _ => {}
            }
        }
        execution_in(db, id)
    })
    .await
}

/// Where an agreement stands.
pub fn execution_in(db: &mut Db, id: AgreementId) -> AppResult<Execution> {
    let state = programme::agreement_in(db, id)?.state;
    let row = store::find(db, id)?;
    let row = row.as_ref();
    let changes = store::changes(db, id)?.into_iter().map(Change::try_from);
    let completions = store::completions(db, id)?.into_iter().map(Completion::try_from);
    Ok(Execution {
        agreement: id,
        state,
        grace_until: store::day(row.and_then(|row| row.grace_until.as_deref()))?,
        ended_on: store::day(row.and_then(|row| row.ended_on.as_deref()))?,
        ended_how: row.and_then(|row| row.ended_how),
        listing: row.and_then(|row| row.listing_id),
        changes: changes.collect::<AppResult<_>>()?,
        completions: completions.collect::<AppResult<_>>()?,
    })
}

/// Where an agreement stands, if the caller may see it.
pub fn execution_seen_in(db: &mut Db, who: &Principal, id: AgreementId) -> AppResult<Execution> {
    programme::agreement_seen_in(db, who, id)?;
    execution_in(db, id)
}

/// Day and way in which the work of an agreement ended; `None` while it goes on.
pub fn ended_in(db: &mut Db, id: AgreementId) -> AppResult<Option<(Day, Ending)>> {
    let Some(row) = store::find(db, id)? else { return Ok(None) };
    Ok(store::day(row.ended_on.as_deref())?.zip(row.ended_how))
}

/// How a settlement came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is owed any more, by anybody.
    Even,
    /// The recipient owes.
    Owed,
}

/// Tells an agreement that its settlement stands. A completed one is settled when nothing is owed,
/// and then owes its listing year (P14) or nothing; one that ended otherwise goes into recovery
/// while its recipient owes.
pub fn settled_in(
    db: &mut Db,
    id: AgreementId,
    outcome: Outcome,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    use AgreementState as S;
    let mut loaded = load_in(db, id, turn)?;
    let listing = loaded.row.listing_id;
    loop {
        let next = match (loaded.agreement.state, outcome) {
            (S::Completed, Outcome::Even) => Command::Settle,
            (S::Settled, Outcome::Even) if owes_listing(&loaded, listing) => Command::Oblige,
            (S::Terminated | S::Failed, Outcome::Owed) => Command::Recover,
            (S::Settled | S::Terminated | S::Failed | S::Recovery, Outcome::Even) => Command::Close,
            _ => return Ok(()),
        };
        take_in(db, &mut loaded, next, None, json!({"listing": listing}), turn)?;
    }
}

fn owes_listing(loaded: &Loaded, listing: Option<ListingId>) -> bool {
    listing.is_some() && loaded.agreement.listing_months.is_some_and(|months| months > 0)
}

/// Tells an agreement that support is recovered for a breach or a violation.
pub fn recover_in(db: &mut Db, id: AgreementId, turn: &mut Turn<'_>) -> AppResult<()> {
    use AgreementState as S;
    let mut loaded = load_in(db, id, turn)?;
    match loaded.agreement.state {
        S::Obligation | S::Settled | S::Terminated | S::Failed => {
            take_in(db, &mut loaded, Command::Recover, None, json!({}), turn)
        }
        _ => Ok(()),
    }
}

/// Tells an agreement in recovery that everything is paid back.
pub fn recovered_in(db: &mut Db, id: AgreementId, turn: &mut Turn<'_>) -> AppResult<()> {
    let mut loaded = load_in(db, id, turn)?;
    match loaded.agreement.state {
        AgreementState::Recovery => take_in(db, &mut loaded, Command::Close, None, json!({}), turn),
        _ => Ok(()),
    }
}

/// The terms of the notice that an agreement was signed under.
pub fn terms_of(agreement: &Agreement) -> AppResult<(&'static Notice, &'static Programme)> {
    lifecycle::notice_of(agreement)
}

/// A refusal inside a rule that must be told as an error.
pub(super) fn internal(text: &str) -> AppError {
    AppError::Internal(anyhow::anyhow!("{text}"))
}
