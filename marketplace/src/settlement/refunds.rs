//! Refunds of purchases by their sellers: both sources get their part back.

use diesel::prelude::*;
use schema::api::settlement::{NewRefund, PaymentRefund, PaymentState};
use schema::code::Code;
use schema::id::{PaymentId, RefundId, UserId};
use schema::money::Won;
use schema::time::Instant;
use serde_json::json;

use super::report::decide::stamp;
use super::report::service::state_in;
use super::{rules, service};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::db::schema::payment_refunds;
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket};
use crate::ledger::{AccountKey, Line, command};
use crate::parties::rules::length;
use crate::vouchers;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = payment_refunds)]
struct Row {
    id: RefundId,
    payment_id: PaymentId,
    supply: Won,
    public_part: Won,
    own_part: Won,
    reason: String,
    proof_sha256: String,
    refunded_by: UserId,
    refunded_at: i64,
}

impl From<Row> for PaymentRefund {
    fn from(row: Row) -> PaymentRefund {
        PaymentRefund {
            id: row.id,
            payment: row.payment_id,
            supply: row.supply,
            public: row.public_part,
            own: row.own_part,
            reason: row.reason,
            proof_sha256: row.proof_sha256,
            refunded_by: row.refunded_by,
            refunded_at: Instant::from_micros(row.refunded_at).unwrap_or(Instant::MIN),
        }
    }
}

/// Records a refund of a paid purchase by the bank's proof. For the agency; not by who approved the
/// payment. The public part goes back to the voucher while it can be spent, else to the budget, or to
/// the state once the fiscal year is over; the own part goes back to the buyer.
pub async fn refund(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: PaymentId,
    mut new: NewRefund,
) -> AppResult<Once<PaymentRefund>> {
    length("reason", &new.reason, 1_000)?;
    new.proof_sha256 =
        rules::sha256(&new.proof_sha256).map_err(|refusal| refusal.field("proof_sha256"))?;
    command(app, who, ticket, move |db, who, turn| {
        let payment = service::payment_seen_in(db, who, id)?;
        policy::act(who, Action::PaymentPay, &[])?;
        rules::apart(payment.approved_by, who.user)?;
        let voucher = vouchers::service::voucher_in(db, payment.voucher)?;
        let settlement = state_in(db, voucher.agreement)?;
        if payment.state != PaymentState::Paid || !rules::refundable(settlement) {
            return Err(Code::StateForbids
                .because(
                    "지급되었고 아직 정산에 넣지 않은 구매만 환불할 수 있습니다.",
                    "Only a paid purchase that no settlement counts yet can be refunded.",
                )
                .rule("R-066")
                .with("state", payment.state.as_str())
                .cure(
                    "정산을 보완 상태로 되돌린 뒤 환불을 기록하세요.",
                    "Ask for a supplement of the settlement, then record the refund.",
                )
                .into());
        }
        let spent = stamp(turn)?;
        let parts = vouchers::service::refund_in(db, payment.contract, new.supply, &spent)?;
        let way = (AccountKey::PayeeOwn(payment.seller), AccountKey::Payer(payment.buyer));
        turn.post(db, way, parts.own, "payment.refund", id.as_str())?;
        let row = Row {
            id: turn.id()?,
            payment_id: id,
            supply: new.supply,
            public_part: parts.public,
            own_part: parts.own,
            reason: new.reason.clone(),
            proof_sha256: new.proof_sha256.clone(),
            refunded_by: who.user,
            refunded_at: turn.now.as_micros(),
        };
        diesel::insert_into(payment_refunds::table).values(row.clone()).execute(db)?;
        let body = json!({"refund": row.id, "supply": new.supply, "public": parts.public,
            "own": parts.own, "proof_sha256": new.proof_sha256});
        let (object, state) = (id.as_str(), Some(payment.state.as_str()));
        let reason = Some(new.reason.as_str());
        let action = "payment.refund";
        turn.record(db, Line { object, action, from: state, to: state, reason, body })?;
        Ok(row.into())
    })
    .await
}

/// Refunds of a payment that the caller may see.
pub fn refunds_in(db: &mut Db, who: &Principal, id: PaymentId) -> AppResult<Vec<PaymentRefund>> {
    service::payment_seen_in(db, who, id)?;
    let rows: Vec<Row> = payment_refunds::table
        .filter(payment_refunds::payment_id.eq(id))
        .order(payment_refunds::id.asc())
        .select(Row::as_select())
        .load(db)?;
    Ok(rows.into_iter().map(PaymentRefund::from).collect())
}
