//! Making, paying and setting off claims.

use schema::api::obligations::ObligationKind;
use schema::api::programme::Agreement;
use schema::api::settlement::{Claim, ClaimOrigin, ClaimState, NewRepayment};
use schema::id::{self, AgreementId, ClaimId, OrgId};
use schema::lang::Text;
use schema::money::Won;
use schema::notice::Sanctions;
use schema::page::{Page, PageQuery};
use schema::time::{Calendar, Day};
use serde_json::{Value, json};

use super::super::report::decide::fund_of;
use super::super::report::jobs::{Follow, follow_in};
use super::super::rules as gate;
use super::rules::{self, Settled};
use super::store::{self, Row};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::execution::service::{self as execution, Outcome};
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket};
use crate::ledger::{AccountKey, Line, Turn, command};
use crate::obligations::{self, NewObligation};
use crate::programme::{destination, service as programme};

/// A claim to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewClaim<'a> {
    /// The agreement whose money it was.
    pub agreement: &'a Agreement,
    /// Who owes.
    pub org: OrgId,
    /// Where it comes from.
    pub origin: ClaimOrigin,
    /// Id of the settlement, sanction or order; it makes one claim.
    pub object: &'a str,
    /// Support to be paid back.
    pub principal: Won,
    /// Interest and surcharge.
    pub charges: Won,
}

pub(super) fn calendar() -> AppResult<&'static Calendar> {
    Ok(Calendar::embedded().map_err(anyhow::Error::from)?)
}

pub(super) fn no_day() -> AppError {
    AppError::Internal(anyhow::anyhow!("a term outside the calendar"))
}

/// Makes a claim, to be paid within the term of the notice.
pub fn make_in(db: &mut Db, new: NewClaim<'_>, turn: &mut Turn<'_>) -> AppResult<ClaimId> {
    let days = bounds_of(new.agreement)?.payment_days;
    let today = turn.now.seoul_day();
    let pay_by = rules::last_day(today, days, calendar()?).ok_or_else(no_day)?;
    let row = Row {
        id: turn.id()?,
        agreement_id: new.agreement.id,
        org_id: new.org,
        origin: new.origin,
        object: new.object.to_owned(),
        state: ClaimState::Due,
        principal: new.principal,
        charges: new.charges,
        repaid: Won::ZERO,
        late_charges: Won::ZERO,
        due_on: pay_by.to_string(),
        pay_by: pay_by.to_string(),
        step: 0,
        made_at: turn.now.as_micros(),
        repaid_at: None,
    };
    store::insert(db, &row)?;
    let way = (AccountKey::Receivable(row.id), AccountKey::Claimed(row.id));
    turn.post(db, way, row.owed()?.outstanding(), "claim.make", new.object)?;
    let body = json!({"origin": new.origin, "object": new.object, "principal": new.principal,
        "charges": new.charges, "pay_by": pay_by});
    record(db, &row, "claim.make", None, body, turn)?;
    let owed = NewObligation {
        kind: ObligationKind::Repayment,
        org: new.org,
        subject: row.id.as_str(),
        agreement: Some(new.agreement.id),
        due_on: pay_by,
        rule: "R-133",
        // What is owed is kept back from a payment; it does not stop it.
        blocks_payment: false,
        once: "",
    };
    let stamp = obligations::Stamp { seed: turn.id()?, who: None, now: turn.now };
    obligations::service::open_in(db, &owed, &stamp)?;
    Ok(row.id)
}

pub(super) fn record(
    db: &mut Db,
    row: &Row,
    action: &str,
    from: Option<ClaimState>,
    body: Value,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let (from, to) = (from.map(ClaimState::as_str), Some(row.state.as_str()));
    turn.record(db, Line { object: row.id.as_str(), action, from, to, reason: None, body })
}

/// Records that a claim was paid, by the bank's proof: the whole that is owed today, to the won. For
/// the agency.
pub async fn repay(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ClaimId,
    repayment: NewRepayment,
) -> AppResult<Once<Claim>> {
    let proof = gate::sha256(&repayment.proof_sha256)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = store::find(db, id).or_not_found("claim")?;
        policy::see(who, Action::AgreementRead, &[row.org_id], "claim")?;
        policy::act(who, Action::PaymentPay, &[])?;
        let (owed, today) = (row.owed()?, turn.now.seoul_day());
        let agreement = programme::agreement_in(db, row.agreement_id)?;
        let bounds = bounds_of(&agreement)?;
        rules::repay(row.state, &owed, repayment.amount, today, bounds)?;
        let late = owed.late(today, bounds);
        let payer = AccountKey::Payer(row.org_id);
        pay_off_in(db, &mut row, payer, owed.outstanding(), "claim.repay", turn)?;
        let way = (payer, AccountKey::Charges(fund_of(&agreement)?));
        turn.post(db, way, late, "claim.late_charge", row.id.as_str())?;
        row.late_charges = late;
        let body = json!({"amount": repayment.amount, "late_charge": late,
            "proof_sha256": proof});
        end_in(db, &mut row, "claim.repay", body, turn)?;
        row.wire(today, bounds)
    })
    .await
}

/// What the notice of an agreement says of recovery.
fn bounds_of(agreement: &Agreement) -> AppResult<&'static Sanctions> {
    Ok(&execution::terms_of(agreement)?.0.parameters.sanctions)
}

fn bounds_in(db: &mut Db, agreement: AgreementId) -> AppResult<&'static Sanctions> {
    bounds_of(&programme::agreement_in(db, agreement)?)
}

/// The claim as it stands on `today`.
fn wire_in(db: &mut Db, row: Row, today: Day) -> AppResult<Claim> {
    let bounds = bounds_in(db, row.agreement_id)?;
    row.wire(today, bounds)
}

/// Moves `amount` from `source` onto a claim, and what it brings to where it belongs.
fn pay_off_in(
    db: &mut Db,
    row: &mut Row,
    source: AccountKey,
    amount: Won,
    why: &'static str,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let Settled { principal, charges } = row.owed()?.settled(amount);
    let fund = fund_of(&programme::agreement_in(db, row.agreement_id)?)?;
    let (object, claimed) = (row.id, AccountKey::Claimed(row.id));
    let object = object.as_str();
    turn.post(db, (source, AccountKey::Receivable(row.id)), amount, why, object)?;
    turn.post(db, (claimed, destination(fund, turn.now)), principal, why, object)?;
    turn.post(db, (claimed, AccountKey::Charges(fund)), charges, why, object)?;
    row.repaid = row.repaid.checked_add(amount).ok_or_else(no_day)?;
    Ok(())
}

/// Stores a claim after a payment; a paid one ends what waits for it.
fn end_in(
    db: &mut Db,
    row: &mut Row,
    action: &str,
    body: Value,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let from = row.state;
    let whole = row.owed()?.outstanding() == Won::ZERO;
    if whole {
        row.state = ClaimState::Repaid;
        row.repaid_at = Some(turn.now.as_micros());
    }
    store::advance(db, row)?;
    record(db, row, action, Some(from), body, turn)?;
    if !whole {
        return Ok(());
    }
    let how = Text::new("전액을 갚았습니다.", "The whole was paid back.");
    let stamp = obligations::Stamp { seed: turn.id()?, who: None, now: turn.now };
    let (kind, subject) = (ObligationKind::Repayment, row.id.as_str());
    obligations::service::discharge_in(db, kind, subject, &how, &stamp)?;
    let settles = row.origin == ClaimOrigin::Settlement;
    if settles {
        let id = row.object.parse().map_err(anyhow::Error::from)?;
        follow_in(db, id, Follow::Repay, turn)?;
    }
    if !store::open(db, None, Some(row.agreement_id))?.is_empty() {
        return Ok(());
    }
    if settles {
        return execution::settled_in(db, row.agreement_id, Outcome::Even, turn);
    }
    execution::recovered_in(db, row.agreement_id, turn)
}

/// Keeps back what `org` owes from a payment of `payable` out of `source` (L3 32). Answers how much
/// was kept. The claims are paid off in the order in which they were made.
pub(in crate::settlement) fn set_off_in(
    db: &mut Db,
    org: OrgId,
    source: AccountKey,
    payable: Won,
    object: &str,
    turn: &mut Turn<'_>,
) -> AppResult<Won> {
    let mut left = payable;
    for mut row in store::open(db, Some(org), None)? {
        let amount = left.min(row.owed()?.outstanding());
        if amount == Won::ZERO {
            continue;
        }
        pay_off_in(db, &mut row, source, amount, "claim.set_off", turn)?;
        let body = json!({"amount": amount, "from": object});
        end_in(db, &mut row, "claim.set_off", body, turn)?;
        left = left.saturating_sub(amount);
    }
    Ok(payable.saturating_sub(left))
}

/// The claim of an object, if it made one.
pub fn of_object_in(db: &mut Db, object: &str) -> AppResult<Option<Claim>> {
    let row = store::of_object(db, object)?;
    row.map(|row| {
        let made = row.made_at;
        let day = schema::time::Instant::from_micros(made).map(|at| at.seoul_day());
        wire_in(db, row, day.ok_or_else(no_day)?)
    })
    .transpose()
}

/// Claims of an agreement, as they stand on `today`.
pub fn of_agreement_in(db: &mut Db, id: AgreementId, today: Day) -> AppResult<Vec<Claim>> {
    let bounds = bounds_in(db, id)?;
    store::of_agreement(db, id)?.into_iter().map(|row| row.wire(today, bounds)).collect()
}

/// Support of an agreement that was claimed back, whether it is paid by now or not.
pub fn claimed_in(db: &mut Db, id: AgreementId) -> AppResult<Won> {
    let principals = store::of_agreement(db, id)?.into_iter().map(|row| row.principal);
    Won::checked_sum(principals).ok_or_else(no_day)
}

/// Whether `org` owes anything whose term is over (R-130 (5)).
pub fn overdue_in(db: &mut Db, org: OrgId) -> AppResult<bool> {
    let open = store::open(db, Some(org), None)?;
    Ok(open.iter().any(|row| matches!(row.state, ClaimState::Dunned | ClaimState::Forced)))
}

/// The claim, if the caller may see it.
pub fn claim_seen_in(db: &mut Db, who: &Principal, id: ClaimId, today: Day) -> AppResult<Claim> {
    let row = store::find(db, id).or_not_found("claim")?;
    policy::see(who, Action::AgreementRead, &[row.org_id], "claim")?;
    wire_in(db, row, today)
}

/// A page of claims: those against oneself, or all for the staff.
pub fn claims_in(
    db: &mut Db,
    who: &Principal,
    query: &PageQuery,
    today: Day,
) -> AppResult<Page<Claim>> {
    policy::act(who, Action::AgreementRead, &[who.org])?;
    let (limit, after) = (page_limit(query)?, page_cursor::<id::Claim>(query)?);
    let org = (!who.sees_all()).then_some(who.org);
    let rows = store::list(db, org, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(|row| wire_in(db, row, today));
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}
