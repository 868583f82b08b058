//! Rows of agreements and signatures.

use diesel::prelude::*;
use schema::api::programme::{
    Agreement, AgreementSignature, AgreementState, PurchasePurpose, SigningParty,
};
use schema::id::{AgreementId, OrgId, UserId, VoucherId};
use schema::money::{BasisPoints, Won};
use schema::money_rules::Rounding;
use schema::notice::{ProgrammeCode, SizeClass};
use schema::time::{Instant, Period};

use crate::db::schema::{agreement_signatures, agreements, organisations};
use crate::db::{Db, one_row};
use crate::error::{AppError, AppResult};
use crate::ledger::Fund;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = agreements)]
pub(super) struct AgreementRow {
    pub(super) id: AgreementId,
    pub(super) programme: String,
    pub(super) notice_version: String,
    pub(super) notice_sha256: Option<String>,
    pub(super) state: AgreementState,
    pub(super) title: String,
    pub(super) recipient_id: OrgId,
    pub(super) processor_id: Option<OrgId>,
    pub(super) purpose: Option<PurchasePurpose>,
    pub(super) class: SizeClass,
    pub(super) ratio_bp: BasisPoints,
    pub(super) rounding: Rounding,
    pub(super) support: Won,
    pub(super) total: Option<Won>,
    pub(super) cash: Option<Won>,
    pub(super) in_kind: Option<Won>,
    pub(super) items: String,
    pub(super) period_months: i64,
    pub(super) listing_months: Option<i64>,
    pub(super) terms_hash: String,
    pub(super) agreed_on: Option<String>,
    pub(super) fiscal_year: Option<i64>,
    pub(super) period: Option<String>,
    pub(super) voucher_id: Option<VoucherId>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = agreement_signatures)]
pub(super) struct SignatureRow {
    pub(super) agreement_id: AgreementId,
    pub(super) party: SigningParty,
    pub(super) org_id: OrgId,
    pub(super) user_id: UserId,
    pub(super) signed_at: i64,
}

fn stored<E: std::fmt::Display>(error: E) -> AppError {
    AppError::Internal(anyhow::anyhow!("stored agreement: {error}"))
}

/// The agreement of a row and its signatures.
pub(super) fn agreement(row: AgreementRow, signatures: Vec<SignatureRow>) -> AppResult<Agreement> {
    let period: Option<Period> = row.period.as_deref().map(serde_json::from_str).transpose()?;
    Ok(Agreement {
        id: row.id,
        programme: row.programme.parse().map_err(stored)?,
        notice_version: row.notice_version,
        notice_sha256: row.notice_sha256,
        state: row.state,
        title: row.title,
        recipient: row.recipient_id,
        processor: row.processor_id,
        purpose: row.purpose,
        class: row.class,
        ratio_bp: row.ratio_bp,
        rounding: row.rounding,
        total: row.total,
        support: row.support,
        company_share: row.total.map(|total| total.saturating_sub(row.support)),
        cash: row.cash,
        in_kind: row.in_kind,
        items: serde_json::from_str(&row.items)?,
        period_months: u8::try_from(row.period_months).map_err(stored)?,
        listing_months: row.listing_months.map(u8::try_from).transpose().map_err(stored)?,
        terms_hash: row.terms_hash,
        signatures: signatures
            .into_iter()
            .map(|row| AgreementSignature {
                party: row.party,
                org: row.org_id,
                user: row.user_id,
                at: Instant::from_micros(row.signed_at).unwrap_or(Instant::MIN),
            })
            .collect(),
        agreed_on: row.agreed_on.map(|day| day.parse()).transpose().map_err(stored)?,
        fiscal_year: row.fiscal_year.map(i16::try_from).transpose().map_err(stored)?,
        period,
        voucher: row.voucher_id,
        created_at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
    })
}

pub(super) fn insert(db: &mut Db, row: &AgreementRow) -> AppResult<()> {
    diesel::insert_into(agreements::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn insert_signature(db: &mut Db, row: &SignatureRow) -> AppResult<()> {
    diesel::insert_into(agreement_signatures::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: AgreementId) -> QueryResult<Option<AgreementRow>> {
    agreements::table
        .filter(agreements::id.eq(id))
        .select(AgreementRow::as_select())
        .first(db)
        .optional()
}

pub(super) fn signatures(db: &mut Db, id: AgreementId) -> AppResult<Vec<SignatureRow>> {
    Ok(agreement_signatures::table
        .filter(agreement_signatures::agreement_id.eq(id))
        .order((agreement_signatures::signed_at.asc(), agreement_signatures::party.desc()))
        .select(SignatureRow::as_select())
        .load(db)?)
}

/// Agreements in order of their ids; only those of `org` as a party, unless it is `None`.
pub(super) fn list(
    db: &mut Db,
    org: Option<OrgId>,
    after: Option<AgreementId>,
    limit: i64,
) -> AppResult<Vec<AgreementRow>> {
    let mut query = agreements::table
        .order(agreements::id.asc())
        .limit(limit)
        .select(AgreementRow::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query
            .filter(agreements::recipient_id.eq(org).or(agreements::processor_id.eq(Some(org))));
    }
    if let Some(after) = after {
        query = query.filter(agreements::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Moves an agreement that still is in `from`.
pub(super) fn set_state(
    db: &mut Db,
    id: AgreementId,
    from: AgreementState,
    to: AgreementState,
) -> AppResult<()> {
    one_row(
        diesel::update(
            agreements::table.filter(agreements::id.eq(id)).filter(agreements::state.eq(from)),
        )
        .set(agreements::state.eq(to))
        .execute(db),
    )
}

/// Dates an agreement that has just become active.
pub(super) fn set_period(
    db: &mut Db,
    id: AgreementId,
    class: SizeClass,
    fiscal_year: i16,
    period: &Period,
) -> AppResult<()> {
    one_row(
        diesel::update(
            agreements::table
                .filter(agreements::id.eq(id))
                .filter(agreements::state.eq(AgreementState::Active)),
        )
        .set((
            agreements::class.eq(class),
            agreements::agreed_on.eq(Some(period.opens().to_string())),
            agreements::fiscal_year.eq(Some(i64::from(fiscal_year))),
            agreements::period.eq(Some(serde_json::to_string(period)?)),
        ))
        .execute(db),
    )
}

pub(super) fn set_voucher(db: &mut Db, id: AgreementId, voucher: VoucherId) -> AppResult<()> {
    one_row(
        diesel::update(
            agreements::table
                .filter(agreements::id.eq(id))
                .filter(agreements::voucher_id.is_null()),
        )
        .set(agreements::voucher_id.eq(Some(voucher)))
        .execute(db),
    )
}

/// Ids of the agreements, and of their vouchers, that have promised money of a fund.
pub(super) fn promised(db: &mut Db, fund: Fund) -> AppResult<(Vec<String>, Vec<String>)> {
    let rows: Vec<(String, Option<String>)> = agreements::table
        .filter(agreements::programme.eq(fund.programme.to_string()))
        .filter(agreements::fiscal_year.eq(Some(i64::from(fund.fiscal_year))))
        .order(agreements::id.asc())
        .select((agreements::id, agreements::voucher_id))
        .load(db)?;
    let (ids, vouchers): (Vec<String>, Vec<Option<String>>) = rows.into_iter().unzip();
    Ok((ids, vouchers.into_iter().flatten().collect()))
}

/// The agreement of a programme and fiscal year that runs for an organisation or another branch of
/// its corporation, if there is one.
pub(super) fn running(
    db: &mut Db,
    programme: ProgrammeCode,
    fiscal_year: i16,
    org: OrgId,
    corporate_no: Option<String>,
) -> AppResult<Option<AgreementId>> {
    const OVER: [AgreementState; 3] =
        [AgreementState::Terminated, AgreementState::Failed, AgreementState::Closed];
    let mut orgs = vec![org];
    if let Some(no) = corporate_no {
        let branches: Vec<OrgId> = organisations::table
            .filter(organisations::corporate_no.eq(Some(no)))
            .order(organisations::id.asc())
            .select(organisations::id)
            .load(db)?;
        orgs.extend(branches);
    }
    Ok(agreements::table
        .filter(agreements::programme.eq(programme.to_string()))
        .filter(agreements::fiscal_year.eq(Some(i64::from(fiscal_year))))
        .filter(agreements::recipient_id.eq_any(orgs))
        .filter(agreements::state.ne_all(OVER))
        .order(agreements::id.asc())
        .select(agreements::id)
        .first(db)
        .optional()?)
}
