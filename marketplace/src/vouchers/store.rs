//! Rows of vouchers and of their uses.

use diesel::prelude::*;
use schema::api::vouchers::{UseState, Voucher, VoucherState, VoucherStop, VoucherUse};
use schema::id::{AgreementId, AuditId, ContractId, OrgId, UserId, VoucherId};
use schema::money::{BasisPoints, Won};
use schema::money_rules::Rounding;
use schema::money_rules::support::Terms;
use schema::time::{Day, Instant, Period};

use super::rules::{Purse, Use};
use crate::db::schema::{voucher_stops, voucher_uses, vouchers};
use crate::db::{Db, one_row};
use crate::error::{AppError, AppResult};
use crate::ledger::Fund;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = vouchers)]
pub(super) struct VoucherRow {
    pub(super) id: VoucherId,
    pub(super) agreement_id: AgreementId,
    pub(super) org_id: OrgId,
    pub(super) programme: String,
    pub(super) fiscal_year: i64,
    pub(super) state: VoucherState,
    pub(super) ratio_bp: BasisPoints,
    pub(super) rounding: Rounding,
    pub(super) approved: Won,
    pub(super) available: Won,
    pub(super) held: Won,
    pub(super) committed: Won,
    pub(super) paid: Won,
    pub(super) refunded: Won,
    pub(super) returned: Won,
    pub(super) period: String,
    pub(super) ends_on: String,
    pub(super) step: i64,
    pub(super) issued_at: i64,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = voucher_uses)]
pub(super) struct UseRow {
    pub(super) contract_id: ContractId,
    pub(super) voucher_id: VoucherId,
    pub(super) state: UseState,
    pub(super) supply: Won,
    pub(super) support: Won,
    pub(super) company_share: Won,
    pub(super) refunded_supply: Won,
    pub(super) refunded: Won,
    pub(super) payee_id: Option<OrgId>,
    pub(super) held_at: i64,
    pub(super) changed_at: i64,
}

fn stored<E: std::fmt::Display>(error: E) -> AppError {
    AppError::Internal(anyhow::anyhow!("stored voucher: {error}"))
}

impl VoucherRow {
    /// The money that the voucher is made of.
    pub(super) fn fund(&self) -> AppResult<Fund> {
        Ok(Fund {
            programme: self.programme.parse().map_err(stored)?,
            fiscal_year: i16::try_from(self.fiscal_year).map_err(stored)?,
        })
    }

    /// The voucher as its rules see it.
    pub(super) fn purse(&self, uses: &[UseRow]) -> AppResult<Purse> {
        let standing = |used: &&UseRow| {
            matches!(used.state, UseState::Held | UseState::Committed | UseState::Paid)
        };
        let sum = |of: fn(&UseRow) -> Won| {
            Won::checked_sum(uses.iter().filter(standing).map(of)).ok_or_else(|| stored("too much"))
        };
        Ok(Purse {
            state: self.state,
            terms: Terms { ratio: self.ratio_bp, cap: self.approved, rounding: self.rounding },
            period: serde_json::from_str(&self.period)?,
            available: self.available,
            held: self.held,
            committed: self.committed,
            paid: self.paid,
            refunded: self.refunded,
            returned: self.returned,
            cost: sum(|used| used.supply.saturating_sub(used.refunded_supply))?,
            granted: sum(|used| used.support.saturating_sub(used.refunded))?,
        })
    }

    /// The voucher as its owner sees it on `today`.
    pub(super) fn wire(self, today: Day, uses: Vec<UseRow>) -> AppResult<Voucher> {
        let fund = self.fund()?;
        let period: Period = serde_json::from_str(&self.period)?;
        Ok(Voucher {
            id: self.id,
            agreement: self.agreement_id,
            org: self.org_id,
            programme: fund.programme,
            fiscal_year: fund.fiscal_year,
            state: self.state,
            ratio_bp: self.ratio_bp,
            approved: self.approved,
            available: self.available,
            held: self.held,
            committed: self.committed,
            paid: self.paid,
            refunded: self.refunded,
            returned: self.returned,
            days_left: u32::try_from(today.days_until(period.end())).unwrap_or(0),
            period,
            issued_at: Instant::from_micros(self.issued_at).unwrap_or(Instant::MIN),
            uses: uses.into_iter().map(VoucherUse::from).collect(),
        })
    }
}

impl UseRow {
    /// The use as its rules see it.
    pub(super) fn used(&self) -> Use {
        Use {
            state: self.state,
            supply: self.supply,
            support: self.support,
            company_share: self.company_share,
            refunded_supply: self.refunded_supply,
            refunded: self.refunded,
        }
    }
}

impl From<UseRow> for VoucherUse {
    fn from(row: UseRow) -> VoucherUse {
        VoucherUse {
            contract: row.contract_id,
            state: row.state,
            supply: row.supply,
            support: row.support,
            company_share: row.company_share,
            refunded: row.refunded,
            refunded_supply: row.refunded_supply,
            held_at: Instant::from_micros(row.held_at).unwrap_or(Instant::MIN),
            changed_at: Instant::from_micros(row.changed_at).unwrap_or(Instant::MIN),
        }
    }
}

pub(super) fn insert(db: &mut Db, row: &VoucherRow) -> AppResult<()> {
    diesel::insert_into(vouchers::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: VoucherId) -> QueryResult<Option<VoucherRow>> {
    vouchers::table.filter(vouchers::id.eq(id)).select(VoucherRow::as_select()).first(db).optional()
}

/// Vouchers in order of their ids; only those of `org`, unless it is `None`.
pub(super) fn list(
    db: &mut Db,
    org: Option<OrgId>,
    after: Option<VoucherId>,
    limit: i64,
) -> AppResult<Vec<VoucherRow>> {
    let mut query = vouchers::table
        .order(vouchers::id.asc())
        .limit(limit)
        .select(VoucherRow::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query.filter(vouchers::org_id.eq(org));
    }
    if let Some(after) = after {
        query = query.filter(vouchers::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Vouchers whose last day is before `today` though they can be spent by their state, or are stopped
/// and still have money.
pub(super) fn due(db: &mut Db, today: Day, limit: i64) -> AppResult<Vec<VoucherId>> {
    const OPEN: [VoucherState; 2] = [VoucherState::Active, VoucherState::Exhausted];
    let stopped = vouchers::state
        .eq(VoucherState::Frozen)
        .and(vouchers::available.gt(Won::ZERO).or(vouchers::held.gt(Won::ZERO)));
    Ok(vouchers::table
        .filter(vouchers::state.eq_any(OPEN).or(stopped))
        .filter(vouchers::ends_on.lt(today.to_string()))
        .order((vouchers::ends_on.asc(), vouchers::id.asc()))
        .limit(limit)
        .select(vouchers::id)
        .load(db)?)
}

/// Stores a voucher after a step, if nobody has stepped since it was read.
pub(super) fn advance(db: &mut Db, seen: &VoucherRow, purse: &Purse) -> AppResult<()> {
    one_row(
        diesel::update(
            vouchers::table
                .filter(vouchers::id.eq(seen.id))
                .filter(vouchers::state.eq(seen.state))
                .filter(vouchers::step.eq(seen.step)),
        )
        .set((
            vouchers::state.eq(purse.state),
            vouchers::available.eq(purse.available),
            vouchers::held.eq(purse.held),
            vouchers::committed.eq(purse.committed),
            vouchers::paid.eq(purse.paid),
            vouchers::refunded.eq(purse.refunded),
            vouchers::returned.eq(purse.returned),
            vouchers::step.eq(seen.step + 1),
        ))
        .execute(db),
    )
}

pub(super) fn insert_use(db: &mut Db, row: &UseRow) -> AppResult<()> {
    diesel::insert_into(voucher_uses::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find_use(db: &mut Db, contract: ContractId) -> QueryResult<Option<UseRow>> {
    voucher_uses::table
        .filter(voucher_uses::contract_id.eq(contract))
        .select(UseRow::as_select())
        .first(db)
        .optional()
}

pub(super) fn uses(db: &mut Db, voucher: VoucherId) -> AppResult<Vec<UseRow>> {
    Ok(voucher_uses::table
        .filter(voucher_uses::voucher_id.eq(voucher))
        .order((voucher_uses::held_at.asc(), voucher_uses::contract_id.asc()))
        .select(UseRow::as_select())
        .load(db)?)
}

/// Stores a use after a step, if it still is in the state it was read in.
pub(super) fn advance_use(
    db: &mut Db,
    seen: &UseRow,
    used: &Use,
    payee: Option<OrgId>,
    now: Instant,
) -> AppResult<()> {
    one_row(
        diesel::update(
            voucher_uses::table
                .filter(voucher_uses::contract_id.eq(seen.contract_id))
                .filter(voucher_uses::state.eq(seen.state))
                .filter(voucher_uses::support.eq(seen.support))
                .filter(voucher_uses::refunded_supply.eq(seen.refunded_supply)),
        )
        .set((
            voucher_uses::state.eq(used.state),
            voucher_uses::supply.eq(used.supply),
            voucher_uses::support.eq(used.support),
            voucher_uses::company_share.eq(used.company_share),
            voucher_uses::refunded_supply.eq(used.refunded_supply),
            voucher_uses::refunded.eq(used.refunded),
            voucher_uses::payee_id.eq(payee.or(seen.payee_id)),
            voucher_uses::changed_at.eq(now.as_micros()),
        ))
        .execute(db),
    )
}

/// Releases every use of a voucher that is still held. Answers how many there were.
pub(super) fn release_all(db: &mut Db, voucher: VoucherId, now: Instant) -> AppResult<usize> {
    Ok(diesel::update(
        voucher_uses::table
            .filter(voucher_uses::voucher_id.eq(voucher))
            .filter(voucher_uses::state.eq(UseState::Held)),
    )
    .set((voucher_uses::state.eq(UseState::Released), voucher_uses::changed_at.eq(now.as_micros())))
    .execute(db)?)
}

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = voucher_stops)]
pub(super) struct StopRow {
    pub(super) id: AuditId,
    pub(super) voucher_id: VoucherId,
    pub(super) stop: VoucherStop,
    pub(super) reason: String,
    pub(super) user_id: UserId,
    pub(super) at: i64,
}

pub(super) fn insert_stop(db: &mut Db, row: &StopRow) -> AppResult<()> {
    diesel::insert_into(voucher_stops::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// Who last stopped a voucher.
pub(super) fn stopped_by(db: &mut Db, voucher: VoucherId) -> AppResult<Option<UserId>> {
    Ok(voucher_stops::table
        .filter(voucher_stops::voucher_id.eq(voucher))
        .filter(voucher_stops::stop.eq(VoucherStop::Freeze))
        .order(voucher_stops::id.desc())
        .select(voucher_stops::user_id)
        .first(db)
        .optional()?)
}
