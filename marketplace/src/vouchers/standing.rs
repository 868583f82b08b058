//! What the agency does to a voucher as a whole: it is frozen while its agreement is suspended,
//! closed when the agreement is completed, revoked when it is ended for a violation, and moves with the agreement to a successor.

use diesel::prelude::*;
use schema::api::vouchers::VoucherState;
use schema::code::Code;
use schema::id::{OrgId, VoucherId};
use schema::money::Won;
use schema::problem::Refusal;
use serde_json::json;

use super::rules;
use super::service::accounts;
use super::store;
use crate::db::schema::vouchers;
use crate::db::{Db, Loaded, one_row};
use crate::error::AppResult;
use crate::ledger::{Line, Turn};

/// Freezes a voucher: nothing is held, committed or paid from it.
pub fn freeze_in(db: &mut Db, id: VoucherId, turn: &mut Turn<'_>) -> AppResult<()> {
    let row = store::find(db, id).or_not_found("voucher")?;
    let mut purse = row.purse(&store::uses(db, id)?)?;
    let Some(state) = rules::frozen(row.state) else { return Ok(()) };
    purse.state = state;
    store::advance(db, &row, &purse)?;
    note(db, id, "voucher.freeze", row.state, purse.state, Won::ZERO, turn)
}

/// Takes the freeze off. A voucher whose period is over meanwhile lapses by the next timer.
pub fn thaw_in(db: &mut Db, id: VoucherId, turn: &mut Turn<'_>) -> AppResult<()> {
    let row = store::find(db, id).or_not_found("voucher")?;
    let mut purse = row.purse(&store::uses(db, id)?)?;
    let Some(state) = rules::thawed(&purse) else { return Ok(()) };
    purse.state = state;
    store::advance(db, &row, &purse)?;
    note(db, id, "voucher.thaw", row.state, purse.state, Won::ZERO, turn)
}

/// Revokes a voucher: what is available and what open orders hold goes back, and nothing is paid any
/// more.
pub fn revoke_in(db: &mut Db, id: VoucherId, turn: &mut Turn<'_>) -> AppResult<()> {
    empty_in(db, id, "voucher.revoke", rules::revoke, turn)
}

/// Closes a voucher whose agreement is completed or given up: what is available and what open orders
/// hold goes back; what deliveries have used may still be paid.
pub fn close_in(db: &mut Db, id: VoucherId, turn: &mut Turn<'_>) -> AppResult<()> {
    empty_in(db, id, "voucher.close", rules::close, turn)
}

fn empty_in(
    db: &mut Db,
    id: VoucherId,
    why: &'static str,
    rule: impl Fn(&rules::Purse) -> Result<Option<rules::Step>, Refusal>,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let row = store::find(db, id).or_not_found("voucher")?;
    let uses = store::uses(db, id)?;
    let Some(step) = rule(&row.purse(&uses)?)? else { return Ok(()) };
    for one in &step.moves {
        let way = accounts(&row, *one, None, turn.now)?;
        turn.post(db, way, one.amount, why, id.as_str())?;
    }
    store::release_all(db, id, turn.now)?;
    store::advance(db, &row, &step.purse)?;
    note(db, id, why, row.state, step.purse.state, step.purse.returned, turn)
}

/// Gives a voucher to the organisation that has taken its agreement over (edge case 1).
pub fn hand_over_in(
    db: &mut Db,
    id: VoucherId,
    successor: OrgId,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let row = store::find(db, id).or_not_found("voucher")?;
    if row.held > Won::ZERO {
        return Err(Code::StateForbids
            .because(
                "진행 중인 주문이 있는 바우처는 넘길 수 없습니다.",
                "A voucher with open orders cannot move.",
            )
            .rule("R-042")
            .with("held", row.held.get())
            .cure("주문을 마치거나 취소하세요.", "Finish or cancel the orders.")
            .into());
    }
    let target = vouchers::table.filter(vouchers::id.eq(id)).filter(vouchers::step.eq(row.step));
    one_row(
        diesel::update(target)
            .set((vouchers::org_id.eq(successor), vouchers::step.eq(row.step + 1)))
            .execute(db),
    )?;
    let body = json!({"from": row.org_id, "to": successor});
    let (object, state) = (id.as_str(), Some(row.state.as_str()));
    let action = "voucher.hand_over";
    turn.record(db, Line { object, action, from: state, to: state, reason: None, body })
}

fn note(
    db: &mut Db,
    id: VoucherId,
    action: &str,
    from: VoucherState,
    to: VoucherState,
    returned: Won,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let (from, to) = (Some(from.as_str()), Some(to.as_str()));
    let body = json!({"returned": returned});
    turn.record(db, Line { object: id.as_str(), action, from, to, reason: None, body })
}
