//! Rows of price calculations.

use diesel::prelude::*;
use schema::api::trade::{PriceBasis, PriceMethod};
use schema::id::{OrgId, PriceBasisId, UserId, VersionId};
use schema::money::Won;
use schema::time::Instant;

use crate::db::Db;
use crate::db::schema::price_bases;
use crate::error::{AppError, AppResult};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = price_bases)]
pub(super) struct Row {
    pub(super) id: PriceBasisId,
    pub(super) version_id: VersionId,
    pub(super) org_id: OrgId,
    pub(super) method: PriceMethod,
    pub(super) inputs: String,
    pub(super) result: Won,
    pub(super) low: Option<Won>,
    pub(super) high: Option<Won>,
    pub(super) quality_multiplier_bp: Option<i64>,
    pub(super) quality_adjusted: Option<Won>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

impl TryFrom<Row> for PriceBasis {
    type Error = AppError;

    fn try_from(row: Row) -> AppResult<PriceBasis> {
        Ok(PriceBasis {
            id: row.id,
            version: row.version_id,
            org: row.org_id,
            method: row.method,
            inputs: serde_json::from_str(&row.inputs)?,
            result: row.result,
            low: row.low,
            high: row.high,
            quality_multiplier_bp: row.quality_multiplier_bp,
            quality_adjusted: row.quality_adjusted,
            author: row.created_by,
            created_at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
        })
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(price_bases::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: PriceBasisId) -> QueryResult<Option<Row>> {
    price_bases::table.filter(price_bases::id.eq(id)).select(Row::as_select()).first(db).optional()
}

/// Calculations for a version, oldest first.
pub(super) fn page(
    db: &mut Db,
    version: VersionId,
    after: Option<PriceBasisId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query = price_bases::table
        .filter(price_bases::version_id.eq(version))
        .order(price_bases::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(price_bases::id.gt(after));
    }
    Ok(query.load(db)?)
}
