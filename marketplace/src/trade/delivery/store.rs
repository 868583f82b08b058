//! Rows of deliveries.

use diesel::prelude::*;
use schema::api::trade::Delivery;
use schema::id::{ContractId, DeliveryId, OrgId, UserId};
use schema::time::Instant;

use crate::db::Db;
use crate::db::schema::deliveries;
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries)]
pub(super) struct Row {
    pub(super) id: DeliveryId,
    pub(super) contract_id: ContractId,
    pub(super) user_id: UserId,
    pub(super) org_id: OrgId,
    pub(super) at: i64,
    pub(super) first_byte: i64,
    pub(super) byte_count: i64,
    pub(super) total_bytes: i64,
    pub(super) sha256: String,
    pub(super) via: Option<String>,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Delivery {
        Delivery {
            id: row.id,
            contract: row.contract_id,
            user: row.user_id,
            at: Instant::from_micros(row.at).unwrap_or(Instant::MIN),
            from: row.first_byte,
            bytes: row.byte_count,
            total: row.total_bytes,
            sha256: row.sha256,
        }
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(deliveries::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// Whether there is such a delivery.
pub(super) fn is_recorded(db: &mut Db, id: DeliveryId) -> AppResult<bool> {
    let found = deliveries::table.filter(deliveries::id.eq(id)).count();
    Ok(found.get_result::<i64>(db)? > 0)
}

/// Deliveries under a contract, oldest first.
pub(super) fn page(
    db: &mut Db,
    contract: ContractId,
    after: Option<DeliveryId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query = deliveries::table
        .filter(deliveries::contract_id.eq(contract))
        .order(deliveries::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(deliveries::id.gt(after));
    }
    Ok(query.load(db)?)
}
