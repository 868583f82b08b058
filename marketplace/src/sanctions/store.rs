//! Rows of sanctions and corrective orders.

use diesel::prelude::*;
use schema::api::sanctions::{
    CorrectiveOrder, Measures, OrderState, Sanction, SanctionGround, SanctionState,
};
use schema::id::{AgreementId, ClaimId, CorrectiveOrderId, ListingId, OrgId, SanctionId, UserId};
use schema::money::Won;
use schema::time::{Day, Instant};

use crate::db::schema::{corrective_orders, sanctions};
use crate::db::{Db, one_row};
use crate::error::{AppError, AppResult};

#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sanctions)]
#[diesel(treat_none_as_null = true)]
pub(super) struct Row {
    pub(super) id: SanctionId,
    pub(super) org_id: OrgId,
    pub(super) agreement_id: Option<AgreementId>,
    pub(super) state: SanctionState,
    pub(super) ground: SanctionGround,
    pub(super) facts: String,
    pub(super) ban_months: i64,
    pub(super) recovery: Won,
    pub(super) surcharge: Won,
    pub(super) proposal: Option<String>,
    pub(super) opinion_by: Option<String>,
    pub(super) opinion: Option<String>,
    pub(super) appeal_by: Option<String>,
    pub(super) appeal: Option<String>,
    pub(super) ban_until: Option<String>,
    pub(super) claim_id: Option<ClaimId>,
    pub(super) opened_by: UserId,
    pub(super) opened_at: i64,
    pub(super) proposed_by: Option<UserId>,
    pub(super) decided_by: Option<UserId>,
    pub(super) decided_at: Option<i64>,
    pub(super) in_force_at: Option<i64>,
    pub(super) ended_at: Option<i64>,
    pub(super) step: i64,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = corrective_orders)]
#[diesel(treat_none_as_null = true)]
pub(super) struct OrderRow {
    pub(super) id: CorrectiveOrderId,
    pub(super) agreement_id: AgreementId,
    pub(super) listing_id: ListingId,
    pub(super) org_id: OrgId,
    pub(super) state: OrderState,
    pub(super) breach: String,
    pub(super) breached_on: String,
    pub(super) remedy_by: String,
    pub(super) served_days: Option<i64>,
    pub(super) total_days: Option<i64>,
    pub(super) amount: Option<Won>,
    pub(super) claim_id: Option<ClaimId>,
    pub(super) ordered_by: UserId,
    pub(super) ordered_at: i64,
    pub(super) decided_by: Option<UserId>,
    pub(super) ended_at: Option<i64>,
}

fn stored<E: std::fmt::Display>(error: E) -> AppError {
    AppError::Internal(anyhow::anyhow!("stored sanction: {error}"))
}

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap_or(Instant::MIN)
}

/// A stored day.
pub(super) fn day(text: Option<&str>) -> AppResult<Option<Day>> {
    text.map(str::parse).transpose().map_err(stored)
}

impl Row {
    /// What is proposed or decided.
    pub(super) fn measures(&self) -> AppResult<Option<Measures>> {
        Ok(self.proposal.as_deref().map(serde_json::from_str).transpose()?)
    }

    /// Sets what is proposed or decided.
    pub(super) fn set_measures(&mut self, measures: &Measures) -> AppResult<()> {
        self.ban_months = i64::from(measures.ban_months);
        self.recovery = measures.recovery;
        self.surcharge = measures.surcharge;
        self.proposal = Some(serde_json::to_string(measures)?);
        Ok(())
    }
}

impl TryFrom<Row> for Sanction {
    type Error = AppError;

    fn try_from(row: Row) -> AppResult<Sanction> {
        Ok(Sanction {
            measures: row.measures()?,
            opinion_by: day(row.opinion_by.as_deref())?,
            appeal_by: day(row.appeal_by.as_deref())?,
            ban_until: day(row.ban_until.as_deref())?,
            id: row.id,
            org: row.org_id,
            agreement: row.agreement_id,
            state: row.state,
            ground: row.ground,
            facts: row.facts,
            opinion: row.opinion,
            appeal: row.appeal,
            claim: row.claim_id,
            opened_by: row.opened_by,
            opened_at: at(row.opened_at),
            proposed_by: row.proposed_by,
            decided_by: row.decided_by,
            decided_at: row.decided_at.map(at),
            in_force_at: row.in_force_at.map(at),
        })
    }
}

impl TryFrom<OrderRow> for CorrectiveOrder {
    type Error = AppError;

    fn try_from(row: OrderRow) -> AppResult<CorrectiveOrder> {
        let count = |days: Option<i64>| days.map(u32::try_from).transpose().map_err(stored);
        Ok(CorrectiveOrder {
            served_days: count(row.served_days)?,
            total_days: count(row.total_days)?,
            breached_on: row.breached_on.parse().map_err(stored)?,
            remedy_by: row.remedy_by.parse().map_err(stored)?,
            id: row.id,
            agreement: row.agreement_id,
            listing: row.listing_id,
            org: row.org_id,
            state: row.state,
            breach: row.breach,
            amount: row.amount,
            claim: row.claim_id,
            ordered_by: row.ordered_by,
            ordered_at: at(row.ordered_at),
            decided_by: row.decided_by,
        })
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(sanctions::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: SanctionId) -> QueryResult<Option<Row>> {
    sanctions::table.filter(sanctions::id.eq(id)).select(Row::as_select()).first(db).optional()
}

/// Sanctions in order of their ids; only those against `org`, unless it is `None`.
pub(super) fn list(
    db: &mut Db,
    org: Option<OrgId>,
    after: Option<SanctionId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query = sanctions::table
        .order(sanctions::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(org) = org {
        // A suspicion is not told before the pre-notice.
        let secret = [SanctionState::Suspected, SanctionState::Investigating];
        query = query.filter(sanctions::org_id.eq(org)).filter(sanctions::state.ne_all(secret));
    }
    if let Some(after) = after {
        query = query.filter(sanctions::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Sanctions that the calendar may move.
pub(super) fn watched(
    db: &mut Db,
    after: Option<SanctionId>,
    limit: i64,
) -> AppResult<Vec<SanctionId>> {
    use SanctionState as S;
    const WATCHED: [SanctionState; 4] = [S::Decided, S::Upheld, S::Changed, S::InForce];
    let mut query = sanctions::table
        .filter(sanctions::state.eq_any(WATCHED))
        .order(sanctions::id.asc())
        .limit(limit)
        .select(sanctions::id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(sanctions::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Stores a sanction after a step, if nobody has stepped since it was read.
pub(super) fn advance(db: &mut Db, row: &mut Row) -> AppResult<()> {
    let seen = row.step;
    row.step += 1;
    let target = sanctions::table.filter(sanctions::id.eq(row.id)).filter(sanctions::step.eq(seen));
    one_row(diesel::update(target).set(row.clone()).execute(db))
}

pub(super) fn insert_order(db: &mut Db, row: &OrderRow) -> AppResult<()> {
    diesel::insert_into(corrective_orders::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find_order(db: &mut Db, id: CorrectiveOrderId) -> QueryResult<Option<OrderRow>> {
    corrective_orders::table
        .filter(corrective_orders::id.eq(id))
        .select(OrderRow::as_select())
        .first(db)
        .optional()
}

/// Orders in order of their ids; only those against `org`, unless it is `None`.
pub(super) fn orders(
    db: &mut Db,
    org: Option<OrgId>,
    after: Option<CorrectiveOrderId>,
    limit: i64,
) -> AppResult<Vec<OrderRow>> {
    let mut query = corrective_orders::table
        .order(corrective_orders::id.asc())
        .limit(limit)
        .select(OrderRow::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query.filter(corrective_orders::org_id.eq(org));
    }
    if let Some(after) = after {
        query = query.filter(corrective_orders::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Whether an order for a listing is open.
pub(super) fn ordered(db: &mut Db, listing: ListingId) -> AppResult<bool> {
    let open: i64 = corrective_orders::table
        .filter(corrective_orders::listing_id.eq(listing))
        .filter(corrective_orders::state.eq(OrderState::Ordered))
        .count()
        .get_result(db)?;
    Ok(open > 0)
}

/// Stores an order that still is open.
pub(super) fn end_order(db: &mut Db, row: &OrderRow) -> AppResult<()> {
    let open = corrective_orders::table
        .filter(corrective_orders::id.eq(row.id))
        .filter(corrective_orders::state.eq(OrderState::Ordered));
    one_row(diesel::update(open).set(row.clone()).execute(db))
}

/// Orders that are open.
pub(super) fn open_orders(db: &mut Db, limit: i64) -> AppResult<Vec<CorrectiveOrderId>> {
    Ok(corrective_orders::table
        .filter(corrective_orders::state.eq(OrderState::Ordered))
        .order(corrective_orders::id.asc())
        .limit(limit)
        .select(corrective_orders::id)
        .load(db)?)
}
