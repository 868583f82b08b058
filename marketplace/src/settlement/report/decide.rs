//! From the assessment to a settlement that stands: approval by another person, notice, objection.

use schema::api::execution::Reasoned;
use schema::api::programme::Agreement;
use schema::api::settlement::{ClaimOrigin, Settlement};
use schema::api::vouchers::UseState;
use schema::code::Code;
use schema::id::SettlementId;
use schema::money::Won;
use serde_json::json;

use super::super::claims::service::{NewClaim, claimed_in, make_in};
use super::super::service as payments;
use super::rules::{self, Command};
use super::service::{calendar, no_day, paid_under_in, seen_in, settlement_in, take_in};
use super::store::Row;
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::AppResult;
use crate::execution::service::{self as execution, Outcome};
use crate::idempotency::{Once, Ticket};
use crate::ledger::service::balance_in;
use crate::ledger::{AccountKey, Fund, Turn, command};
use crate::parties::rules::length;
use crate::programme::{destination, service as programme};
use crate::vouchers::service::{Stamp, release_in, voucher_in};

/// What the agency decides on an assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It agrees; the recipient is told.
    Approve,
    /// It wants it assessed anew.
    Return,
    /// An objection has no ground.
    Dismiss,
}

/// Decides. For the agency, and for another person than the assessor.
pub async fn decide(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SettlementId,
    decision: Decision,
    said: Reasoned,
) -> AppResult<Once<Settlement>> {
    length("reason", &said.reason, 1_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = seen_in(db, who, id)?;
        policy::act(who, Action::SettlementApprove, &[])?;
        rules::apart(who.user, &[row.assessed_by])?;
        let reason = Some(said.reason.as_str());
        match decision {
            Decision::Return => {
                row.note = Some(said.reason.clone());
                take_in(db, &mut row, Command::Return, reason, json!({}), turn)?;
            }
            Decision::Approve => approve_in(db, &mut row, who, reason, turn)?,
            Decision::Dismiss => {
                row.finalised_at = Some(turn.now.as_micros());
                take_in(db, &mut row, Command::Dismiss, reason, json!({}), turn)?;
                stand_in(db, &mut row, turn)?;
            }
        }
        settlement_in(db, id)
    })
    .await
}

/// Approves, and tells the recipient in the same step: from today the term to object runs.
fn approve_in(
    db: &mut Db,
    row: &mut Row,
    who: &Principal,
    reason: Option<&str>,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let agreement = programme::agreement_in(db, row.agreement_id)?;
    no_payment_under_way_in(db, &agreement)?;
    row.approved_by = Some(who.user);
    let body = json!({"final_support": row.final_support, "payable": row.payable,
        "refund": row.refund});
    take_in(db, row, Command::Approve, reason, body, turn)?;
    let (notice, _) = execution::terms_of(&agreement)?;
    let days = notice.parameters.objection_days;
    let last = rules::object_by(turn.now.seoul_day(), days, calendar()?).ok_or_else(no_day)?;
    row.notified_at = Some(turn.now.as_micros());
    row.object_by = Some(last.to_string());
    take_in(db, row, Command::Notify, None, json!({"object_by": last}), turn)
}

/// What is approved for a seller is paid, or not, before the settlement counts what was paid.
fn no_payment_under_way_in(db: &mut Db, agreement: &Agreement) -> AppResult<()> {
    let Some(voucher) = agreement.voucher else { return Ok(()) };
    for used in voucher_in(db, voucher)?.uses {
        if used.state == UseState::Committed
            && let Some(payment) = payments::payment_of_in(db, used.contract)?
        {
            return Err(Code::StateForbids
                .because(
                    "승인되었지만 아직 지급되지 않은 구매대금이 있습니다.",
                    "A purchase is approved for payment and not paid yet.",
                )
                .rule("R-102")
                .with("payment", payment.id.as_str())
                .cure("먼저 지급하고 다시 정산하세요.", "Pay it, then assess again.")
                .into());
        }
    }
    Ok(())
}

/// What the recipient says to a notified settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It objects.
    Object,
    /// It agrees, and does not wait for the term to end.
    Consent,
}

/// Answers a notified settlement. For the recipient.
pub async fn answer(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SettlementId,
    answer: Answer,
    said: Reasoned,
) -> AppResult<Once<Settlement>> {
    length("reason", &said.reason, 1_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = seen_in(db, who, id)?;
        policy::act(who, Action::SettlementSubmit, &[row.org_id])?;
        let reason = Some(said.reason.as_str());
        match answer {
            Answer::Object => {
                row.objection = Some(said.reason.clone());
                take_in(db, &mut row, Command::Object, reason, json!({}), turn)?;
            }
            Answer::Consent => {
                row.finalised_at = Some(turn.now.as_micros());
                take_in(db, &mut row, Command::Consent, reason, json!({}), turn)?;
                stand_in(db, &mut row, turn)?;
            }
        }
        settlement_in(db, id)
    })
    .await
}

/// A settlement stands: what the agreement does not need goes back, and who owes is told.
pub(super) fn stand_in(db: &mut Db, row: &mut Row, turn: &mut Turn<'_>) -> AppResult<()> {
    let agreement = programme::agreement_in(db, row.agreement_id)?;
    let (payable, refund) = (row.payable.unwrap_or(Won::ZERO), row.refund.unwrap_or(Won::ZERO));
    release_rest_in(db, &agreement, payable, turn)?;
    if payable > Won::ZERO {
        return take_in(db, row, Command::Owe, None, json!({"payable": payable}), turn);
    }
    let paid = row.already_paid.unwrap_or(Won::ZERO);
    let back = paid.saturating_sub(row.final_support.unwrap_or(Won::ZERO));
    // A sanction may have come into force since the assessment.
    let open = paid_under_in(db, &agreement)?.saturating_sub(claimed_in(db, agreement.id)?);
    let (principal, charges) = (back.min(open), refund.saturating_sub(back));
    if (principal, charges) == (Won::ZERO, Won::ZERO) {
        return execution::settled_in(db, agreement.id, Outcome::Even, turn);
    }
    let claim = make_in(
        db,
        NewClaim {
            agreement: &agreement,
            org: row.org_id,
            origin: ClaimOrigin::Settlement,
            object: row.id.as_str(),
            principal,
            charges,
        },
        turn,
    )?;
    take_in(db, row, Command::Claim, None, json!({"claim": claim, "refund": refund}), turn)?;
    execution::settled_in(db, agreement.id, Outcome::Owed, turn)
}

/// Gives back what was promised and will not be paid: the rest of a reservation, and deliveries
/// whose payment was never approved.
fn release_rest_in(
    db: &mut Db,
    agreement: &Agreement,
    payable: Won,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    if let Some(voucher) = agreement.voucher {
        for used in voucher_in(db, voucher)?.uses {
            if matches!(used.state, UseState::Held | UseState::Committed) {
                release_in(db, used.contract, [turn.id()?], turn.now)?;
            }
        }
        return Ok(());
    }
    let reserved = AccountKey::AgreementReserved(agreement.id);
    let held = Won::new(balance_in(db, reserved)?).unwrap_or(Won::ZERO);
    let rest = held.saturating_sub(payable);
    let fund = fund_of(agreement)?;
    let way = (reserved, destination(fund, turn.now));
    turn.post(db, way, rest, "agreement.release", agreement.id.as_str())
}

/// The money that an agreement is made of.
pub(in crate::settlement) fn fund_of(agreement: &Agreement) -> AppResult<Fund> {
    let fiscal_year = agreement
        .fiscal_year
        .ok_or_else(|| anyhow::anyhow!("a settled agreement without a fiscal year"))?;
    Ok(Fund { programme: agreement.programme, fiscal_year })
}

/// Kept for the shape of calls that pay: the stamp of a voucher's step in this turn.
pub(in crate::settlement) fn stamp<'a>(turn: &mut Turn<'a>) -> AppResult<Stamp<'a>> {
    Ok(Stamp { transfer: turn.id()?, audit: turn.id()?, who: turn.who, now: turn.now })
}
