//! Reporting rebates.

use schema::api::signals::{NewRebate, Rebate};
use schema::api::vouchers::UseState;
use schema::code::Code;
use schema::id::{AuditId, ContractId, RebateId};
use schema::money::Won;
use schema::page::Page;
use schema::time::Instant;
use serde_json::json;

use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket, once_in};
use crate::trade::contract::service::row_seen_in;
use crate::trade::contract::{ContractRow, rebated, set_amounts};
use crate::trade::listing;
use crate::vouchers::service::{self as vouchers, Cut};

/// Rebates of one contract at most.
const REBATES_MAX: usize = 50;

/// Reports a rebate of a contract: its parties disclose it, the staff report it.
pub async fn report(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ContractId,
    new: NewRebate,
) -> AppResult<Once<Rebate>> {
    listing::prose("note", &new.note, 1_000)?;
    let (now, rebate, audit) = (app.clock.now(), app.clock.fresh(), app.clock.fresh());
    app.store
        .write(move |db| {
            let contract = row_seen_in(db, &who, id)?;
            let sides = [contract.buyer_id, contract.seller_id];
            policy::act(&who, Action::RebateWrite, &sides)?;
            once_in(db, &ticket, now, |db| {
                report_in(db, &who, contract.clone(), &new, (rebate, audit, now))
            })
        })
        .await
}

fn report_in(
    db: &mut Db,
    who: &Principal,
    mut contract: ContractRow,
    new: &NewRebate,
    (id, audit, now): (RebateId, AuditId, Instant),
) -> AppResult<Rebate> {
    let before = store::of_contract(db, contract.id)?;
    if new.amount == Won::ZERO || new.amount > contract.supply {
        return Err(Code::PriceInvalid
            .because(
                "리베이트는 1원 이상이고 계약 금액 이하여야 합니다.",
                "A rebate is at least a won and at most the price.",
            )
            .rule("R-059")
            .field("amount")
            .with("supply", contract.supply.get())
            .into());
    }
    if before.len() >= REBATES_MAX {
        return Err(Code::StateForbids
            .because("신고가 너무 많습니다.", "Too many were reported.")
            .with("max", REBATES_MAX)
            .into());
    }
    let (reduced, freed) = lower_in(db, &mut contract, new.amount, audit.nth(1), now)?;
    let row = Row {
        id,
        contract_id: contract.id,
        org_id: who.org,
        amount: new.amount,
        note: new.note.trim().to_owned(),
        disclosed: i64::from([contract.buyer_id, contract.seller_id].contains(&who.org)),
        reduced,
        support_reduced: freed,
        created_by: who.user,
        at: now.as_micros(),
    };
    store::insert(db, &row)?;
    let entry = Entry {
        id: audit,
        at: now,
        who: Some(who),
        object: contract.id.as_str(),
        action: "contract.rebate",
        from: None,
        to: None,
        reason: Some(&row.note),
        body: json!({
            "rebate": id, "amount": row.amount, "disclosed": row.disclosed != 0,
            "reduced": reduced, "support_reduced": freed,
        }),
    };
    audit::record_in(db, &entry)?;
    Ok(row.into())
}

/// Lowers the eligible cost, as long as nothing public was paid. Answers by how much it fell, and the
/// public part of it.
fn lower_in(
    db: &mut Db,
    contract: &mut ContractRow,
    amount: Won,
    seed: AuditId,
    now: Instant,
) -> AppResult<(Won, Won)> {
    if contract.voucher_id.is_none() {
        return Ok((Won::ZERO, Won::ZERO));
    }
    let used = vouchers::use_in(db, contract.id)?;
    if !matches!(used.state, UseState::Held | UseState::Committed) {
        return Ok((Won::ZERO, Won::ZERO));
    }
    let freed = vouchers::lower_in(db, contract.id, Cut::Rebate(amount), seed, now)?;
    let shares = rebated(&contract.shares(), freed)
        .ok_or_else(|| AppError::Internal(anyhow::anyhow!("a rebate beyond the public share")))?;
    contract.set_shares(&shares);
    set_amounts(db, contract)?;
    Ok((amount, freed))
}

/// Rebates of a contract, for its parties and the staff.
pub fn list_in(db: &mut Db, who: &Principal, id: ContractId) -> AppResult<Page<Rebate>> {
    row_seen_in(db, who, id)?;
    let items = store::of_contract(db, id)?.into_iter().map(Rebate::from).collect();
    Ok(Page { items, next: None })
}

/// Rebates in order of their ids, for the search for signals.
pub fn all_in(db: &mut Db, after: Option<RebateId>, limit: i64) -> AppResult<Vec<Rebate>> {
    Ok(store::page(db, after, limit)?.into_iter().map(Rebate::from).collect())
}
