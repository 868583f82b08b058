//! Rows of yearly reports, and downloads as they are counted.

use diesel::prelude::*;
use schema::id::{AfterCareId, ContractId, ListingId, OrgId, UserId};
use schema::time::Instant;

use super::rules::Download;
use crate::db::Db;
use crate::db::schema::{after_cares, deliveries};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = after_cares)]
pub(super) struct Row {
    pub(super) id: AfterCareId,
    pub(super) listing_id: ListingId,
    pub(super) org_id: OrgId,
    pub(super) number: i64,
    pub(super) figures: String,
    pub(super) note: String,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(after_cares::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// The reports on a product, oldest first.
pub(super) fn of_listing(db: &mut Db, listing: ListingId) -> AppResult<Vec<Row>> {
    Ok(after_cares::table
        .filter(after_cares::listing_id.eq(listing))
        .order(after_cares::number.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// Downloads under contracts.
pub(super) fn downloads(db: &mut Db, contracts: &[ContractId]) -> AppResult<Vec<Download>> {
    let mut all = Vec::new();
    for some in contracts.chunks(500) {
        let rows: Vec<(i64, i64)> = deliveries::table
            .filter(deliveries::contract_id.eq_any(some.to_vec()))
            .order(deliveries::id.asc())
            .select((deliveries::at, deliveries::byte_count))
            .load(db)?;
        all.extend(rows.into_iter().map(|(at, bytes)| Download {
            at: Instant::from_micros(at).unwrap_or(Instant::MIN),
            bytes,
        }));
    }
    Ok(all)
}
