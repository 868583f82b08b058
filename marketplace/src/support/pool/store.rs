//! Rows of the pool.

use diesel::prelude::*;
use schema::api::support::PoolState;
use schema::id::{OrgId, PoolMemberId, UserId};
use schema::time::Day;

use crate::db::schema::pool_members;
use crate::db::{Db, one_row};
use crate::error::AppResult;

/// A stored application or member.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = pool_members)]
pub(super) struct Row {
    pub(super) id: PoolMemberId,
    pub(super) org_id: OrgId,
    pub(super) programme_year: i64,
    pub(super) state: PoolState,
    pub(super) staff: i64,
    pub(super) capacity: i64,
    pub(super) facility: String,
    pub(super) track_record: String,
    pub(super) papers: String,
    pub(super) verdicts: String,
    pub(super) reason: Option<String>,
    pub(super) valid_until: Option<String>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
    pub(super) decided_at: Option<i64>,
    pub(super) barred_at: Option<i64>,
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(pool_members::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: PoolMemberId) -> QueryResult<Option<Row>> {
    pool_members::table
        .filter(pool_members::id.eq(id))
        .select(Row::as_select())
        .first(db)
        .optional()
}

/// The newest application of an organisation.
pub(super) fn newest(db: &mut Db, org: OrgId) -> AppResult<Option<Row>> {
    Ok(pool_members::table
        .filter(pool_members::org_id.eq(org))
        .order(pool_members::id.desc())
        .select(Row::as_select())
        .first(db)
        .optional()?)
}

/// The member of an organisation that is stored as active, besides `other`.
pub(super) fn active_besides(db: &mut Db, org: OrgId, other: PoolMemberId) -> AppResult<Vec<Row>> {
    Ok(pool_members::table
        .filter(pool_members::org_id.eq(org))
        .filter(pool_members::state.eq(PoolState::Active))
        .filter(pool_members::id.ne(other))
        .order(pool_members::id.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// Whether an organisation was ever barred.
pub(super) fn ever_barred(db: &mut Db, org: OrgId) -> AppResult<bool> {
    let count: i64 = pool_members::table
        .filter(pool_members::org_id.eq(org))
        .filter(pool_members::barred_at.is_not_null())
        .count()
        .get_result(db)?;
    Ok(count > 0)
}

/// Members active on `today`, in order of their ids.
pub(super) fn active_on(db: &mut Db, today: Day, limit: i64) -> AppResult<Vec<Row>> {
    Ok(pool_members::table
        .filter(pool_members::state.eq(PoolState::Active))
        .filter(pool_members::valid_until.ge(today.to_string()))
        .order(pool_members::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(db)?)
}

/// Rows in order of their ids: all, or those active on `today` and those of `org`.
pub(super) fn page(
    db: &mut Db,
    seen: Option<(Day, OrgId)>,
    after: Option<PoolMemberId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query = pool_members::table
        .order(pool_members::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some((today, org)) = seen {
        let active = pool_members::state
            .eq(PoolState::Active)
            .and(pool_members::valid_until.ge(today.to_string()));
        query = query.filter(active.or(pool_members::org_id.eq(org)));
    }
    if let Some(after) = after {
        query = query.filter(pool_members::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Replaces a row that is still in the state `from`.
pub(super) fn advance(db: &mut Db, from: PoolState, row: &Row) -> AppResult<()> {
    let target = pool_members::table
        .filter(pool_members::id.eq(row.id))
        .filter(pool_members::state.eq(from));
    let row = row.clone();
    one_row(
        diesel::update(target)
            .set((
                pool_members::state.eq(row.state),
                pool_members::programme_year.eq(row.programme_year),
                pool_members::verdicts.eq(row.verdicts),
                pool_members::reason.eq(row.reason),
                pool_members::valid_until.eq(row.valid_until),
                pool_members::decided_at.eq(row.decided_at),
                pool_members::barred_at.eq(row.barred_at),
            ))
            .execute(db),
    )
}
