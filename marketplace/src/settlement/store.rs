//! Rows of payments.

use diesel::prelude::*;
use schema::api::settlement::{Payment, PaymentState};
use schema::id::{ContractId, OrgId, PaymentId, SignalId, UserId, VoucherId};
use schema::money::Won;
use schema::time::Instant;

use crate::db::schema::{invoice_attempts, payments};
use crate::db::{Db, one_row};
use crate::error::{AppError, AppResult};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = payments)]
pub(super) struct PaymentRow {
    pub(super) id: PaymentId,
    pub(super) contract_id: ContractId,
    pub(super) invoice_no: String,
    pub(super) invoice_date: String,
    pub(super) voucher_id: VoucherId,
    pub(super) buyer_id: OrgId,
    pub(super) seller_id: OrgId,
    pub(super) state: PaymentState,
    pub(super) supply: Won,
    pub(super) support: Won,
    pub(super) company_share: Won,
    pub(super) transferred: Won,
    pub(super) transfer_proof_sha256: String,
    pub(super) approved_by: UserId,
    pub(super) approved_at: i64,
    pub(super) paid_by: Option<UserId>,
    pub(super) paid_at: Option<i64>,
}

impl TryFrom<PaymentRow> for Payment {
    type Error = AppError;

    fn try_from(row: PaymentRow) -> AppResult<Payment> {
        let at = |micros| Instant::from_micros(micros).unwrap_or(Instant::MIN);
        Ok(Payment {
            id: row.id,
            contract: row.contract_id,
            voucher: row.voucher_id,
            buyer: row.buyer_id,
            seller: row.seller_id,
            state: row.state,
            supply: row.supply,
            support: row.support,
            company_share: row.company_share,
            transferred: row.transferred,
            transfer_proof_sha256: row.transfer_proof_sha256,
            invoice_no: row.invoice_no,
            invoice_date: row
                .invoice_date
                .parse()
                .map_err(|error| AppError::Internal(anyhow::anyhow!("stored payment: {error}")))?,
            approved_by: row.approved_by,
            approved_at: at(row.approved_at),
            paid_by: row.paid_by,
            paid_at: row.paid_at.map(at),
        })
    }
}

pub(super) fn insert(db: &mut Db, row: &PaymentRow) -> AppResult<()> {
    diesel::insert_into(payments::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: PaymentId) -> QueryResult<Option<PaymentRow>> {
    payments::table.filter(payments::id.eq(id)).select(PaymentRow::as_select()).first(db).optional()
}

/// The payment of a contract, if there is one.
pub(super) fn of_contract(db: &mut Db, contract: ContractId) -> AppResult<Option<PaymentId>> {
    Ok(payments::table
        .filter(payments::contract_id.eq(contract))
        .order(payments::id.asc())
        .select(payments::id)
        .first(db)
        .optional()?)
}

/// An invoice that was shown again; its id is that of the signal it becomes.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = invoice_attempts)]
pub(super) struct AttemptRow {
    pub(super) id: SignalId,
    pub(super) invoice_no: String,
    pub(super) payment_id: PaymentId,
    pub(super) contract_id: ContractId,
    pub(super) user_id: UserId,
    pub(super) at: i64,
}

pub(super) fn insert_attempt(db: &mut Db, row: &AttemptRow) -> AppResult<()> {
    diesel::insert_into(invoice_attempts::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// The payment that an invoice served for.
pub(super) fn by_invoice(db: &mut Db, invoice_no: &str) -> AppResult<Option<PaymentId>> {
    Ok(payments::table
        .filter(payments::invoice_no.eq(invoice_no.to_owned()))
        .select(payments::id)
        .first(db)
        .optional()?)
}

/// Whether an invoice was used in a payment.
pub(super) fn invoice_used(db: &mut Db, invoice_no: &str) -> AppResult<bool> {
    let used: i64 = payments::table
        .filter(payments::invoice_no.eq(invoice_no.to_owned()))
        .count()
        .get_result(db)?;
    Ok(used > 0)
}

/// Payments in order of their ids; only those of `org` as a party, unless it is `None`.
pub(super) fn list(
    db: &mut Db,
    org: Option<OrgId>,
    after: Option<PaymentId>,
    limit: i64,
) -> AppResult<Vec<PaymentRow>> {
    let mut query = payments::table
        .order(payments::id.asc())
        .limit(limit)
        .select(PaymentRow::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query.filter(payments::buyer_id.eq(org).or(payments::seller_id.eq(org)));
    }
    if let Some(after) = after {
        query = query.filter(payments::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Marks an approved payment as paid.
pub(super) fn set_paid(db: &mut Db, id: PaymentId, by: UserId, at: Instant) -> AppResult<()> {
    one_row(
        diesel::update(
            payments::table
                .filter(payments::id.eq(id))
                .filter(payments::state.eq(PaymentState::Approved)),
        )
        .set((
            payments::state.eq(PaymentState::Paid),
            payments::paid_by.eq(Some(by)),
            payments::paid_at.eq(Some(at.as_micros())),
        ))
        .execute(db),
    )
}
