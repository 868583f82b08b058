//! Rows of signals, and of what is looked over.

use diesel::prelude::*;
use schema::api::settlement::PaymentState;
use schema::api::signals::{Signal, SignalKind, SignalQuery, SignalSeverity, SignalState};
use schema::api::trade::{ContractState, ListingState};
use schema::id::{
    AgreementId, ContractId, DatasetId, ListingId, OrgId, PaymentId, SignalId, UserId,
};
use schema::money::Won;
use schema::time::Instant;

use crate::db::schema::{
    agreements, contracts, invoice_attempts, listings, organisations, payments, processings,
    signals, versions, voucher_uses,
};
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = signals)]
pub(super) struct Row {
    pub(super) id: SignalId,
    pub(super) kind: SignalKind,
    pub(super) severity: SignalSeverity,
    pub(super) state: SignalState,
    pub(super) subjects: String,
    pub(super) evidence: String,
    pub(super) once_key: String,
    pub(super) raised_at: i64,
    pub(super) decided_by: Option<UserId>,
    pub(super) decided_at: Option<i64>,
    pub(super) reason: Option<String>,
}

impl Row {
    pub(super) fn wire(self) -> AppResult<Signal> {
        Ok(Signal {
            id: self.id,
            kind: self.kind,
            severity: self.severity,
            state: self.state,
            subjects: serde_json::from_str(&self.subjects)?,
            evidence: serde_json::from_str(&self.evidence)?,
            raised_at: Instant::from_micros(self.raised_at).unwrap_or(Instant::MIN),
            decided_by: self.decided_by,
            decided_at: self.decided_at.and_then(Instant::from_micros),
            reason: self.reason,
        })
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(signals::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: SignalId) -> QueryResult<Option<Row>> {
    signals::table.filter(signals::id.eq(id)).select(Row::as_select()).first(db).optional()
}

/// Whether a finding is known.
pub(super) fn known(db: &mut Db, once_key: &str) -> AppResult<bool> {
    let count: i64 =
        signals::table.filter(signals::once_key.eq(once_key.to_owned())).count().get_result(db)?;
    Ok(count > 0)
}

/// Signals in order of their ids.
pub(super) fn page(
    db: &mut Db,
    query: &SignalQuery,
    after: Option<SignalId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut rows =
        signals::table.order(signals::id.asc()).limit(limit).select(Row::as_select()).into_boxed();
    if let Some(state) = query.state {
        rows = rows.filter(signals::state.eq(state));
    }
    if let Some(kind) = query.kind {
        rows = rows.filter(signals::kind.eq(kind));
    }
    if let Some(after) = after {
        rows = rows.filter(signals::id.gt(after));
    }
    Ok(rows.load(db)?)
}

/// Stores a decision on a signal that is still open.
pub(super) fn decide(db: &mut Db, row: &Row) -> AppResult<()> {
    let target =
        signals::table.filter(signals::id.eq(row.id)).filter(signals::state.eq(SignalState::Open));
    one_row(
        diesel::update(target)
            .set((
                signals::state.eq(row.state),
                signals::decided_by.eq(row.decided_by),
                signals::decided_at.eq(row.decided_at),
                signals::reason.eq(row.reason.clone()),
            ))
            .execute(db),
    )
}

/// Organisations whose staff operates the exchange.
pub(super) fn operators(db: &mut Db) -> AppResult<Vec<OrgId>> {
    Ok(organisations::table
        .filter(organisations::roles.like("%operator%"))
        .order(organisations::id.asc())
        .select(organisations::id)
        .load(db)?)
}

/// Purchases with public money that stand: id, buyer, seller.
pub(super) fn supported(db: &mut Db) -> AppResult<Vec<(ContractId, OrgId, OrgId)>> {
    Ok(contracts::table
        .filter(contracts::voucher_id.is_not_null())
        .filter(contracts::state.ne(ContractState::Cancelled))
        .order(contracts::id.asc())
        .select((contracts::id, contracts::buyer_id, contracts::seller_id))
        .load(db)?)
}

/// Agreements with a processor: id, recipient, processor.
pub(super) fn processed(db: &mut Db) -> AppResult<Vec<(AgreementId, OrgId, Option<OrgId>)>> {
    Ok(agreements::table
        .filter(agreements::processor_id.is_not_null())
        .order(agreements::id.asc())
        .select((agreements::id, agreements::recipient_id, agreements::processor_id))
        .load(db)?)
}

/// Processing jobs with a processor: their text id, owner, processor.
pub(super) fn jobs(db: &mut Db) -> AppResult<Vec<(String, OrgId, Option<OrgId>)>> {
    Ok(processings::table
        .filter(processings::processor_org_id.is_not_null())
        .order(processings::id.asc())
        .select((processings::id, processings::org_id, processings::processor_org_id))
        .load(db)?)
}

/// Invoices that were shown again: id, invoice, the payment it served for, the contract it was shown
/// for.
pub(super) fn shown_again(
    db: &mut Db,
) -> AppResult<Vec<(SignalId, String, PaymentId, ContractId)>> {
    Ok(invoice_attempts::table
        .order(invoice_attempts::id.asc())
        .select((
            invoice_attempts::id,
            invoice_attempts::invoice_no,
            invoice_attempts::payment_id,
            invoice_attempts::contract_id,
        ))
        .load(db)?)
}

/// Listing, data set, seller, certificate of the version.
type Offered = (ListingId, DatasetId, OrgId, Option<String>);
/// Contract, payment, amount, paid and refunded when.
type Refunded = (ContractId, PaymentId, Won, Option<i64>, i64);

/// Offers that were ever published, with the certificate of their version.
pub(super) fn offers(db: &mut Db) -> AppResult<Vec<Offered>> {
    Ok(listings::table
        .inner_join(versions::table.on(versions::id.eq(listings::version_id)))
        .filter(listings::published_at.is_not_null())
        .filter(listings::state.ne(ListingState::Removed))
        .order(listings::id.asc())
        .select((listings::id, listings::dataset_id, listings::org_id, versions::certificate))
        .load(db)?)
}

/// Refunds of what was paid.
pub(super) fn refunds(db: &mut Db) -> AppResult<Vec<Refunded>> {
    Ok(voucher_uses::table
        .inner_join(payments::table.on(payments::contract_id.eq(voucher_uses::contract_id)))
        .filter(voucher_uses::refunded.gt(Won::ZERO))
        .filter(payments::state.eq(PaymentState::Paid))
        .order(payments::id.asc())
        .select((
            payments::contract_id,
            payments::id,
            voucher_uses::refunded,
            payments::paid_at,
            voucher_uses::changed_at,
        ))
        .load(db)?)
}
