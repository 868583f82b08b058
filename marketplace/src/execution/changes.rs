//! Changes of an agreement: asked for by the recipient, decided by the agency.

use schema::api::execution::{Change, ChangeKind, ChangeState, NewChange, Reasoned};
use schema::api::programme::CostPlan;
use schema::code::Code;
use schema::id::{AgreementId, ChangeId, OrgId};
use serde_json::{Value, json};

use super::rules::{self, Command};
use super::service::{Loaded, internal, load_in, take_in};
use super::store::{self, ChangeRow};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded as _};
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket};
use crate::ledger::{AccountKey, Fund, Turn, command};
use crate::parties::rules::length;
use crate::programme::{self, destination, lifecycle};
use crate::support::processing::succession;
use crate::trade;
use crate::vouchers::standing;

/// Asks for a change. For the recipient.
pub async fn request(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: AgreementId,
    new: NewChange,
) -> AppResult<Once<Change>> {
    texts(&new)?;
    command(app, who, ticket, move |db, who, turn| {
        let agreement = programme::service::agreement_seen_in(db, who, id)?;
        policy::act(who, Action::AgreementPerform, &[agreement.recipient])?;
        let mut loaded = load_in(db, id, turn)?;
        let cash = loaded.programme.policy.cash;
        let kind = rules::change(&agreement, &new, cash)?;
        if let Some(successor) = new.successor {
            lifecycle::may_take_over_in(db, &agreement, successor, turn.now)?;
        }
        let row = ChangeRow {
            id: turn.id()?,
            agreement_id: id,
            kind,
            state: ChangeState::Requested,
            reason: new.reason.clone(),
            body: serde_json::to_string(&new)?,
            previous: None,
            successor_id: new.successor,
            asked_by: who.user,
            asked_at: turn.now.as_micros(),
            decided_by: None,
            decided_at: None,
            note: None,
        };
        let body = json!({"change": row.id, "kind": kind});
        take_in(db, &mut loaded, Command::RequestChange, Some(&new.reason), body, turn)?;
        store::insert_change(db, &row)?;
        row.try_into()
    })
    .await
}

fn texts(new: &NewChange) -> AppResult<()> {
    length("reason", &new.reason, 1_000)?;
    if let Some(title) = &new.title {
        length("title", title, 200)?;
    }
    if let Some(content) = &new.content {
        length("content", content, 5_000)?;
    }
    let items = new.plan.as_ref().map_or(&[][..], |plan| plan.items.as_slice());
    if items.len() > 200 {
        return Err(Code::InvalidField
            .because("사업비 항목은 200개까지입니다.", "A cost plan has at most 200 lines.")
            .field("plan.items")
            .into());
    }
    for item in items {
        length("plan.items.name", &item.name, 200)?;
    }
    Ok(())
}

/// Approves or rejects a change. For the agency; only now it counts.
pub async fn decide(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ChangeId,
    approve: bool,
    said: Reasoned,
) -> AppResult<Once<Change>> {
    length("reason", &said.reason, 1_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = store::find_change(db, id).or_not_found("change")?;
        programme::service::agreement_seen_in(db, who, row.agreement_id)?;
        policy::act(who, Action::AgreementDirect, &[])?;
        if row.state != ChangeState::Requested {
            return Err(Code::StateForbids
                .because("이미 처리된 변경 요청입니다.", "The change has been decided already.")
                .rule("R-042")
                .with("state", row.state.as_str())
                .into());
        }
        let mut loaded = load_in(db, row.agreement_id, turn)?;
        let order = if approve { Command::ApproveChange } else { Command::RejectChange };
        if approve {
            row.previous = Some(apply_in(db, &mut loaded, &row, turn)?.to_string());
        }
        let body = json!({"change": id, "kind": row.kind});
        take_in(db, &mut loaded, order, Some(&said.reason), body, turn)?;
        row.state = if approve { ChangeState::Approved } else { ChangeState::Rejected };
        row.decided_by = Some(who.user);
        row.decided_at = Some(turn.now.as_micros());
        row.note = Some(said.reason.clone());
        store::decide_change(db, &row)?;
        row.try_into()
    })
    .await
}

/// Makes a change part of the agreement. Answers what was there before.
fn apply_in(
    db: &mut Db,
    loaded: &mut Loaded,
    row: &ChangeRow,
    turn: &mut Turn<'_>,
) -> AppResult<Value> {
    let new: NewChange = serde_json::from_str(&row.body)?;
    match row.kind {
        ChangeKind::Content => {
            if let Some(title) = &new.title {
                lifecycle::retitle_in(db, row.agreement_id, title.trim())?;
            }
            Ok(json!({"title": loaded.agreement.title}))
        }
        ChangeKind::CostPlan => {
            let plan = new.plan.ok_or_else(|| internal("a change of plan without a plan"))?;
            replan_in(db, loaded, &plan, turn)
        }
        ChangeKind::Successor => {
            let to = row.successor_id.ok_or_else(|| internal("a change without a successor"))?;
            hand_over_in(db, loaded, to, turn)
        }
    }
}

/// Another plan; support that it no longer needs goes back to where it came from.
fn replan_in(
    db: &mut Db,
    loaded: &Loaded,
    plan: &CostPlan,
    turn: &mut Turn<'_>,
) -> AppResult<Value> {
    let agreement = &loaded.agreement;
    // The signed support may have been lowered since the change was asked for.
    let cash = loaded.programme.policy.cash;
    let new = NewChange { plan: Some(plan.clone()), ..NewChange::default() };
    rules::change(agreement, &new, cash)?;
    let fiscal_year = agreement.fiscal_year.ok_or_else(|| internal("no fiscal year"))?;
    let fund = Fund { programme: agreement.programme, fiscal_year };
    let freed = agreement.support.saturating_sub(plan.government);
    let way = (AccountKey::AgreementReserved(agreement.id), destination(fund, turn.now));
    turn.post(db, way, freed, "agreement.replan", agreement.id.as_str())?;
    lifecycle::replan_in(db, agreement.id, plan)?;
    Ok(json!({"total": agreement.total, "support": agreement.support, "cash": agreement.cash,
        "in_kind": agreement.in_kind, "items": agreement.items}))
}

/// A successor takes over: agreement, voucher, products owed with their data sets (edge case 1).
fn hand_over_in(db: &mut Db, loaded: &Loaded, to: OrgId, turn: &mut Turn<'_>) -> AppResult<Value> {
    let agreement = &loaded.agreement;
    lifecycle::may_take_over_in(db, agreement, to, turn.now)?;
    lifecycle::hand_over_in(db, agreement.id, to)?;
    if let Some(voucher) = agreement.voucher {
        standing::hand_over_in(db, voucher, to, turn)?;
    }
    let datasets = succession::hand_over_in(db, agreement.id, to)?;
    let datasets = trade::service::hand_over_in(db, agreement.id, datasets, to)?;
    Ok(json!({"recipient": agreement.recipient, "datasets": datasets}))
}

/// Lapses a change that nobody decided before the period ended.
pub(super) fn lapse_in(db: &mut Db, id: AgreementId, turn: &Turn<'_>) -> AppResult<()> {
    let open = store::changes(db, id)?.into_iter().find(|row| row.state == ChangeState::Requested);
    let Some(mut row) = open else { return Ok(()) };
    row.state = ChangeState::Lapsed;
    row.decided_at = Some(turn.now.as_micros());
    store::decide_change(db, &row)
}
