//! Rows of rebates.

use diesel::prelude::*;
use schema::api::signals::Rebate;
use schema::id::{ContractId, OrgId, RebateId, UserId};
use schema::money::Won;
use schema::time::Instant;

use crate::db::Db;
use crate::db::schema::rebates;
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = rebates)]
pub(super) struct Row {
    pub(super) id: RebateId,
    pub(super) contract_id: ContractId,
    pub(super) org_id: OrgId,
    pub(super) amount: Won,
    pub(super) note: String,
    pub(super) disclosed: i64,
    pub(super) reduced: Won,
    pub(super) support_reduced: Won,
    pub(super) created_by: UserId,
    pub(super) at: i64,
}

impl From<Row> for Rebate {
    fn from(row: Row) -> Rebate {
        Rebate {
            id: row.id,
            contract: row.contract_id,
            amount: row.amount,
            note: row.note,
            org: row.org_id,
            disclosed: row.disclosed != 0,
            reduced: row.reduced,
            support_reduced: row.support_reduced,
            at: Instant::from_micros(row.at).unwrap_or(Instant::MIN),
        }
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(rebates::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn of_contract(db: &mut Db, contract: ContractId) -> AppResult<Vec<Row>> {
    Ok(rebates::table
        .filter(rebates::contract_id.eq(contract))
        .order(rebates::id.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// Rebates in order of their ids.
pub(super) fn page(db: &mut Db, after: Option<RebateId>, limit: i64) -> AppResult<Vec<Row>> {
    let mut query =
        rebates::table.order(rebates::id.asc()).limit(limit).select(Row::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(rebates::id.gt(after));
    }
    Ok(query.load(db)?)
}
