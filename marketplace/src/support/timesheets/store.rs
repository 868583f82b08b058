//! Rows of time sheets.

use diesel::prelude::*;
use schema::id::{AgreementId, OrgId, TimeEntryId, UserId};
use schema::money::Won;
use schema::time::Day;

use crate::db::Db;
use crate::db::schema::time_entries;
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = time_entries)]
pub(super) struct Row {
    pub(super) id: TimeEntryId,
    pub(super) agreement_id: AgreementId,
    pub(super) org_id: OrgId,
    pub(super) person: String,
    pub(super) worked_on: Day,
    pub(super) minutes: i64,
    pub(super) hourly: Won,
    pub(super) amount: Won,
    pub(super) what: String,
    pub(super) evidence_sha256: String,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(time_entries::table).values(row.clone()).execute(db)?;
    Ok(())
}

/// All lines of an agreement, oldest first; their number is bounded when they are entered.
pub(super) fn all(db: &mut Db, agreement: AgreementId) -> AppResult<Vec<Row>> {
    Ok(time_entries::table
        .filter(time_entries::agreement_id.eq(agreement))
        .order(time_entries::id.asc())
        .select(Row::as_select())
        .load(db)?)
}
