//! Rows of contracts, their documents and signatures.

use diesel::prelude::*;
use schema::api::trade::{Contract, ContractState, Purpose, Signature, SignatureSide};
use schema::id::{ContractId, ListingId, OrgId, UserId, VersionId, VoucherId};
use schema::money::Won;
use schema::time::{Day, Instant};

use super::rules::Shares;
use crate::db::schema::{contract_documents, contract_signatures, contracts};
use crate::db::{Db, one_row};
use crate::error::{AppError, AppResult};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = contracts)]
pub(in crate::trade) struct Row {
    pub(in crate::trade) id: ContractId,
    pub(in crate::trade) listing_id: ListingId,
    pub(in crate::trade) version_id: VersionId,
    pub(in crate::trade) seller_id: OrgId,
    pub(in crate::trade) buyer_id: OrgId,
    pub(in crate::trade) voucher_id: Option<VoucherId>,
    pub(in crate::trade) state: ContractState,
    pub(in crate::trade) title: String,
    pub(in crate::trade) purpose: Purpose,
    pub(in crate::trade) purpose_text: String,
    pub(in crate::trade) supply: Won,
    pub(in crate::trade) vat: Won,
    pub(in crate::trade) support: Won,
    pub(in crate::trade) company_share: Won,
    pub(in crate::trade) own_payment: Won,
    pub(in crate::trade) terms_hash: String,
    pub(in crate::trade) proof_sha256: Option<String>,
    pub(in crate::trade) reject_by: Option<String>,
    pub(in crate::trade) end_reason: Option<String>,
    pub(in crate::trade) created_by: UserId,
    pub(in crate::trade) created_at: i64,
    pub(in crate::trade) signed_at: Option<i64>,
    pub(in crate::trade) funded_at: Option<i64>,
    pub(in crate::trade) delivered_at: Option<i64>,
    pub(in crate::trade) accepted_at: Option<i64>,
    pub(in crate::trade) ended_at: Option<i64>,
    pub(in crate::trade) paid_at: Option<i64>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = contract_documents)]
pub(super) struct DocumentRow {
    pub(super) contract_id: ContractId,
    pub(super) template: String,
    pub(super) parameters: String,
    pub(super) text_ko: String,
    pub(super) text_en: String,
    pub(super) terms_hash: String,
    pub(super) platform_signature: Option<String>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = contract_signatures)]
pub(super) struct SignatureRow {
    pub(super) contract_id: ContractId,
    pub(super) side: SignatureSide,
    pub(super) user_id: UserId,
    pub(super) org_id: OrgId,
    pub(super) at: i64,
    pub(super) terms_hash: String,
}

impl From<SignatureRow> for Signature {
    fn from(row: SignatureRow) -> Signature {
        Signature {
            side: row.side,
            user: row.user_id,
            org: row.org_id,
            at: Instant::from_micros(row.at).unwrap_or(Instant::MIN),
            terms_hash: row.terms_hash,
        }
    }
}

impl Row {
    /// How its price is shared.
    pub(in crate::trade) fn shares(&self) -> Shares {
        Shares {
            supply: self.supply,
            vat: self.vat,
            support: self.support,
            company_share: self.company_share,
            own_payment: self.own_payment,
        }
    }

    /// Takes other shares.
    pub(in crate::trade) fn set_shares(&mut self, shares: &Shares) {
        self.supply = shares.supply;
        self.vat = shares.vat;
        self.support = shares.support;
        self.company_share = shares.company_share;
        self.own_payment = shares.own_payment;
    }

    /// Last day to reject the delivery.
    pub(in crate::trade) fn reject_by(&self) -> AppResult<Option<Day>> {
        let day = self.reject_by.as_deref().map(str::parse).transpose();
        day.map_err(|error: schema::time::TimeError| AppError::Internal(error.into()))
    }

    /// The contract with its signatures, as its parties see it.
    pub(in crate::trade) fn into_wire_in(self, db: &mut Db) -> AppResult<Contract> {
        let signatures = signatures(db, self.id)?.into_iter().map(Signature::from).collect();
        let platform_signature = document(db, self.id)?.and_then(|row| row.platform_signature);
        let instant = |micros: Option<i64>| micros.and_then(Instant::from_micros);
        Ok(Contract {
            reject_by: self.reject_by()?,
            id: self.id,
            state: self.state,
            listing: self.listing_id,
            version: self.version_id,
            title: serde_json::from_str(&self.title)?,
            seller: self.seller_id,
            buyer: self.buyer_id,
            voucher: self.voucher_id,
            purpose: self.purpose,
            purpose_text: self.purpose_text,
            supply: self.supply,
            vat: self.vat,
            support: self.support,
            company_share: self.company_share,
            own_payment: self.own_payment,
            terms_hash: self.terms_hash,
            signatures,
            platform_signature,
            ordered_at: Instant::from_micros(self.created_at).unwrap_or(Instant::MIN),
            signed_at: instant(self.signed_at),
            funded_at: instant(self.funded_at),
            proof_sha256: self.proof_sha256,
            delivered_at: instant(self.delivered_at),
            accepted_at: instant(self.accepted_at),
            ended_at: instant(self.ended_at),
            end_reason: self.end_reason,
            paid_at: instant(self.paid_at),
        })
    }
}

pub(super) fn insert(db: &mut Db, row: &Row, document: &DocumentRow) -> AppResult<()> {
    diesel::insert_into(contracts::table).values(row.clone()).execute(db)?;
    diesel::insert_into(contract_documents::table).values(document.clone()).execute(db)?;
    Ok(())
}

pub(super) fn sign(db: &mut Db, row: &SignatureRow) -> AppResult<()> {
    diesel::insert_into(contract_signatures::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: ContractId) -> QueryResult<Option<Row>> {
    contracts::table.filter(contracts::id.eq(id)).select(Row::as_select()).first(db).optional()
}

pub(super) fn document(db: &mut Db, id: ContractId) -> QueryResult<Option<DocumentRow>> {
    contract_documents::table
        .filter(contract_documents::contract_id.eq(id))
        .select(DocumentRow::as_select())
        .first(db)
        .optional()
}

/// Signatures of a contract in the order given.
pub(super) fn signatures(db: &mut Db, id: ContractId) -> QueryResult<Vec<SignatureRow>> {
    contract_signatures::table
        .filter(contract_signatures::contract_id.eq(id))
        .order((contract_signatures::at.asc(), contract_signatures::side.asc()))
        .select(SignatureRow::as_select())
        .load(db)
}

/// Keeps the exchange's signature, once.
pub(super) fn seal(db: &mut Db, id: ContractId, jws: &str) -> AppResult<()> {
    let target = contract_documents::table
        .filter(contract_documents::contract_id.eq(id))
        .filter(contract_documents::platform_signature.is_null());
    let jws = Some(jws.to_owned());
    one_row(diesel::update(target).set(contract_documents::platform_signature.eq(jws)).execute(db))
}

/// Contracts in which `org` is a party, or all when `None`; newest first.
pub(super) fn page(
    db: &mut Db,
    org: Option<OrgId>,
    before: Option<ContractId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query = contracts::table
        .order(contracts::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query.filter(contracts::buyer_id.eq(org).or(contracts::seller_id.eq(org)));
    }
    if let Some(before) = before {
        query = query.filter(contracts::id.lt(before));
    }
    Ok(query.load(db)?)
}

/// Contracts of `buyer` about `listing` that were not cancelled.
pub(super) fn bought(db: &mut Db, listing: ListingId, buyer: OrgId) -> AppResult<i64> {
    Ok(contracts::table
        .filter(contracts::listing_id.eq(listing))
        .filter(contracts::buyer_id.eq(buyer))
        .filter(contracts::state.ne(ContractState::Cancelled))
        .count()
        .get_result(db)?)
}

/// Contracts of `buyer` about `version` that a voucher pays and that were not cancelled.
pub(super) fn supported(db: &mut Db, version: VersionId, buyer: OrgId) -> AppResult<i64> {
    Ok(contracts::table
        .filter(contracts::version_id.eq(version))
        .filter(contracts::buyer_id.eq(buyer))
        .filter(contracts::voucher_id.is_not_null())
        .filter(contracts::state.ne(ContractState::Cancelled))
        .count()
        .get_result(db)?)
}

/// Delivered contracts whose window to reject was over before `today`, the oldest first.
pub(super) fn due(db: &mut Db, today: Day, limit: i64) -> AppResult<Vec<ContractId>> {
    Ok(contracts::table
        .filter(contracts::state.eq(ContractState::Delivered))
        .filter(contracts::reject_by.lt(today.to_string()))
        .order((contracts::reject_by.asc(), contracts::id.asc()))
        .limit(limit)
        .select(contracts::id)
        .load(db)?)
}

/// Lowers the amounts of a contract whose price was lowered by a refund or a rebate.
pub(in crate::trade) fn set_amounts(db: &mut Db, row: &Row) -> AppResult<()> {
    let target =
        contracts::table.filter(contracts::id.eq(row.id)).filter(contracts::state.eq(row.state));
    one_row(
        diesel::update(target)
            .set((
                contracts::supply.eq(row.supply),
                contracts::vat.eq(row.vat),
                contracts::support.eq(row.support),
                contracts::company_share.eq(row.company_share),
                contracts::own_payment.eq(row.own_payment),
            ))
            .execute(db),
    )
}

/// Contracts that a voucher pays, oldest first, without those that were cancelled.
pub(in crate::trade) fn of_voucher(db: &mut Db, voucher: VoucherId) -> AppResult<Vec<Row>> {
    Ok(contracts::table
        .filter(contracts::voucher_id.eq(voucher))
        .filter(contracts::state.ne(ContractState::Cancelled))
        .order(contracts::id.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// Contracts about a listing, oldest first, without those that were cancelled.
pub(in crate::trade) fn of_listing(db: &mut Db, listing: ListingId) -> AppResult<Vec<Row>> {
    Ok(contracts::table
        .filter(contracts::listing_id.eq(listing))
        .filter(contracts::state.ne(ContractState::Cancelled))
        .order(contracts::id.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// Replaces what may change of a row that is still in the state `from`.
pub(in crate::trade) fn advance(db: &mut Db, from: ContractState, row: &Row) -> AppResult<()> {
    let target =
        contracts::table.filter(contracts::id.eq(row.id)).filter(contracts::state.eq(from));
    let row = row.clone();
    one_row(
        diesel::update(target)
            .set((
                contracts::state.eq(row.state),
                contracts::proof_sha256.eq(row.proof_sha256),
                contracts::reject_by.eq(row.reject_by),
                contracts::end_reason.eq(row.end_reason),
                contracts::signed_at.eq(row.signed_at),
                contracts::funded_at.eq(row.funded_at),
                contracts::delivered_at.eq(row.delivered_at),
                contracts::accepted_at.eq(row.accepted_at),
                contracts::ended_at.eq(row.ended_at),
                contracts::paid_at.eq(row.paid_at),
            ))
            .execute(db),
    )
}
