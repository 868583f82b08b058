//! Stopping a voucher, letting it go on, taking it back. For the agency; who takes it back is
//! another person than who stopped it.

use schema::api::programme::AgreementState;
use schema::api::vouchers::{StopVoucher, Voucher, VoucherStop};
use schema::code::Code;
use schema::id::{AuditId, TransferId, VoucherId};
use schema::time::Instant;
use serde_json::json;

use super::expiry::give_back_in;
use super::rules;
use super::service::{Stamp, record, voucher_on};
use super::store::{self, StopRow};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};
use crate::programme::service::agreement_in;
use crate::prose;

/// What is to be done to which voucher, and the ids it takes.
struct Command {
    voucher: VoucherId,
    stop: VoucherStop,
    reason: String,
    transfers: [TransferId; 2],
    audit: AuditId,
    now: Instant,
}

/// Stops a voucher, lets it go on, or takes it back.
pub(super) async fn voucher_stop(
    app: &App,
    who: Principal,
    ticket: Ticket,
    voucher: VoucherId,
    stop: VoucherStop,
    why: StopVoucher,
) -> AppResult<Once<Voucher>> {
    policy::act(&who, Action::VoucherStop, &[])?;
    prose::check("reason", &why.reason, 1_000)?;
    let command = Command {
        voucher,
        stop,
        reason: why.reason,
        transfers: [app.clock.fresh(), app.clock.fresh()],
        audit: app.clock.fresh(),
        now: app.clock.now(),
    };
    app.store
        .write(move |db| once_in(db, &ticket, command.now, |db| stop_in(db, &who, &command)))
        .await
}

fn stop_in(db: &mut Db, who: &Principal, command: &Command) -> AppResult<Voucher> {
    let row = store::find(db, command.voucher).or_not_found("voucher")?;
    let purse = row.purse(&store::uses(db, row.id)?)?;
    if command.stop == VoucherStop::Thaw
        && agreement_in(db, row.agreement_id)?.state == AgreementState::Suspended
    {
        return Err(Code::StateForbids
            .because(
                "협약이 중단되어 바우처도 정지된 상태입니다.",
                "The voucher is stopped because its agreement is suspended.",
            )
            .rule("R-003")
            .cure("협약을 재개하면 바우처도 풀립니다.", "It goes on when the agreement is resumed.")
            .into());
    }
    let stopped_by = store::stopped_by(db, row.id)?;
    let step = rules::stop(&purse, command.stop, stopped_by, who.user)?;
    let [transfer, _] = command.transfers;
    let stamp = Stamp { transfer, audit: command.audit, who: Some(who), now: command.now };
    store::insert_stop(
        db,
        &StopRow {
            id: command.audit,
            voucher_id: row.id,
            stop: command.stop,
            reason: command.reason.clone(),
            user_id: who.user,
            at: command.now.as_micros(),
        },
    )?;
    if command.stop == VoucherStop::Revoke {
        give_back_in(db, &row, &step, command.transfers, "voucher.revoke", &stamp)?;
    } else {
        let action = match command.stop {
            VoucherStop::Thaw => "voucher.thaw",
            _ => "voucher.freeze",
        };
        store::advance(db, &row, &step.purse)?;
        let body = json!({"reason": command.reason});
        record(db, &row.id, action, Some(row.state), step.purse.state, body, &stamp)?;
    }
    voucher_on(db, row.id, command.now.seoul_day())
}
