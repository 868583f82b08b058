//! Rows of disputes.

use diesel::prelude::*;
use schema::api::trade::{Dispute, DisputeAnswer, DisputeState};
use schema::id::{ContractId, DisputeId, UserId};
use schema::money::Won;
use schema::time::{Day, Instant};

use crate::db::schema::disputes;
use crate::db::{Db, one_row};
use crate::error::{AppError, AppResult};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = disputes)]
pub(super) struct Row {
    pub(super) id: DisputeId,
    pub(super) contract_id: ContractId,
    pub(super) state: DisputeState,
    pub(super) refunded_supply: Won,
    pub(super) refunded_vat: Won,
    pub(super) refunded_public: Won,
    pub(super) refunded_own: Won,
    pub(super) propose_by: Option<String>,
    pub(super) served_on: Option<String>,
    pub(super) answer_by: Option<String>,
    pub(super) proposal: Option<String>,
    pub(super) proposed_supply: Option<Won>,
    pub(super) buyer_answer: Option<DisputeAnswer>,
    pub(super) seller_answer: Option<DisputeAnswer>,
    pub(super) reason: Option<String>,
    pub(super) opened_at: i64,
    pub(super) decided_by: Option<UserId>,
    pub(super) decided_at: Option<i64>,
}

fn day(text: Option<&str>) -> AppResult<Option<Day>> {
    text.map(str::parse)
        .transpose()
        .map_err(|error| AppError::Internal(anyhow::anyhow!("stored dispute: {error}")))
}

impl Row {
    /// Last day to answer the proposal.
    pub(super) fn answer_by(&self) -> AppResult<Option<Day>> {
        day(self.answer_by.as_deref())
    }

    /// Last day for a proposal.
    pub(super) fn propose_by(&self) -> AppResult<Option<Day>> {
        day(self.propose_by.as_deref())
    }

    /// The dispute as its parties see it.
    pub(super) fn wire(self) -> AppResult<Dispute> {
        Ok(Dispute {
            propose_by: day(self.propose_by.as_deref())?,
            served_on: day(self.served_on.as_deref())?,
            answer_by: day(self.answer_by.as_deref())?,
            id: self.id,
            contract: self.contract_id,
            state: self.state,
            refunded_supply: self.refunded_supply,
            refunded_vat: self.refunded_vat,
            refunded_public: self.refunded_public,
            refunded_own: self.refunded_own,
            proposal: self.proposal,
            proposed_supply: self.proposed_supply,
            buyer_answer: self.buyer_answer,
            seller_answer: self.seller_answer,
            reason: self.reason,
            opened_at: Instant::from_micros(self.opened_at).unwrap_or(Instant::MIN),
            decided_by: self.decided_by,
            decided_at: self.decided_at.and_then(Instant::from_micros),
        })
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(disputes::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn of_contract(db: &mut Db, contract: ContractId) -> QueryResult<Option<Row>> {
    disputes::table
        .filter(disputes::contract_id.eq(contract))
        .select(Row::as_select())
        .first(db)
        .optional()
}

/// Contracts in mediation, oldest dispute first.
pub(super) fn mediated(db: &mut Db, limit: i64) -> AppResult<Vec<ContractId>> {
    Ok(disputes::table
        .filter(disputes::state.eq(DisputeState::Mediation))
        .order(disputes::id.asc())
        .limit(limit)
        .select(disputes::contract_id)
        .load(db)?)
}

/// Replaces what may change of a dispute that is still in the state `from`.
pub(super) fn advance(db: &mut Db, from: DisputeState, row: &Row) -> AppResult<()> {
    let target = disputes::table.filter(disputes::id.eq(row.id)).filter(disputes::state.eq(from));
    let row = row.clone();
    one_row(
        diesel::update(target)
            .set((
                disputes::state.eq(row.state),
                disputes::refunded_supply.eq(row.refunded_supply),
                disputes::refunded_vat.eq(row.refunded_vat),
                disputes::refunded_public.eq(row.refunded_public),
                disputes::refunded_own.eq(row.refunded_own),
                disputes::propose_by.eq(row.propose_by),
                disputes::served_on.eq(row.served_on),
                disputes::answer_by.eq(row.answer_by),
                disputes::proposal.eq(row.proposal),
                disputes::proposed_supply.eq(row.proposed_supply),
                disputes::buyer_answer.eq(row.buyer_answer),
                disputes::seller_answer.eq(row.seller_answer),
                disputes::reason.eq(row.reason),
                disputes::decided_by.eq(row.decided_by),
                disputes::decided_at.eq(row.decided_at),
            ))
            .execute(db),
    )
}
