//! Rows of requests and proposals.

use diesel::dsl::count_star;
use diesel::prelude::*;
use schema::id::{DataProposalId, DataRequestId, ListingId, OrgId, UserId};
use schema::money::Won;
use schema::time::Day;

use crate::db::schema::{data_proposals, data_requests};
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = data_requests)]
pub(super) struct Row {
    pub(super) id: DataRequestId,
    pub(super) org_id: OrgId,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) budget: Option<Won>,
    pub(super) until: String,
    pub(super) closed_at: Option<i64>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = data_proposals)]
pub(super) struct ProposalRow {
    pub(super) id: DataProposalId,
    pub(super) request_id: DataRequestId,
    pub(super) org_id: OrgId,
    pub(super) listing_id: Option<ListingId>,
    pub(super) note: String,
    pub(super) price: Option<Won>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(data_requests::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: DataRequestId) -> QueryResult<Option<Row>> {
    data_requests::table
        .filter(data_requests::id.eq(id))
        .select(Row::as_select())
        .first(db)
        .optional()
}

/// How many requests of an organisation are open on `today`. Days as text compare as days.
pub(super) fn open(db: &mut Db, org: OrgId, today: Day) -> AppResult<i64> {
    Ok(data_requests::table
        .filter(data_requests::org_id.eq(org))
        .filter(data_requests::closed_at.is_null())
        .filter(data_requests::until.ge(today.to_string()))
        .select(count_star())
        .first(db)?)
}

/// Requests, newest first.
pub(super) fn page(db: &mut Db, before: Option<DataRequestId>, limit: i64) -> AppResult<Vec<Row>> {
    let mut query = data_requests::table
        .order(data_requests::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(data_requests::id.lt(before));
    }
    Ok(query.load(db)?)
}

pub(super) fn close(db: &mut Db, id: DataRequestId, at: i64) -> AppResult<()> {
    let target = data_requests::table
        .filter(data_requests::id.eq(id))
        .filter(data_requests::closed_at.is_null());
    one_row(diesel::update(target).set(data_requests::closed_at.eq(Some(at))).execute(db))
}

pub(super) fn propose(db: &mut Db, row: &ProposalRow) -> AppResult<()> {
    diesel::insert_into(data_proposals::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn count(db: &mut Db, id: DataRequestId) -> AppResult<i64> {
    Ok(data_proposals::table
        .filter(data_proposals::request_id.eq(id))
        .select(count_star())
        .first(db)?)
}

/// Proposals to a request, oldest first: all, or those of one organisation.
pub(super) fn proposals(
    db: &mut Db,
    id: DataRequestId,
    org: Option<OrgId>,
) -> AppResult<Vec<ProposalRow>> {
    let mut query = data_proposals::table
        .filter(data_proposals::request_id.eq(id))
        .order(data_proposals::id)
        .select(ProposalRow::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query.filter(data_proposals::org_id.eq(org));
    }
    Ok(query.load(db)?)
}
