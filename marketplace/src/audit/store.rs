//! Rows of the audit trail.

use diesel::prelude::*;
use schema::id::{AuditId, OrgId, UserId};

use crate::db::Db;
use crate::db::schema::audit::{self, dsl};
use crate::error::AppResult;

/// A stored line.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit)]
pub(super) struct Row {
    pub(super) id: AuditId,
    pub(super) at: i64,
    pub(super) user_id: Option<UserId>,
    pub(super) org_id: Option<OrgId>,
    pub(super) object: String,
    pub(super) line: i64,
    pub(super) action: String,
    pub(super) state_from: Option<String>,
    pub(super) state_to: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) body: String,
    pub(super) hash_before: String,
    pub(super) hash: String,
}

pub(super) fn last(db: &mut Db, object: &str) -> AppResult<Option<(i64, String)>> {
    Ok(dsl::audit
        .filter(dsl::object.eq(object))
        .order(dsl::line.desc())
        .select((dsl::line, dsl::hash))
        .first(db)
        .optional()?)
}

pub(super) fn append(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(dsl::audit).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn chain(db: &mut Db, object: &str) -> AppResult<Vec<Row>> {
    Ok(dsl::audit
        .filter(dsl::object.eq(object))
        .order(dsl::line.asc())
        .select(Row::as_select())
        .load(db)?)
}

pub(super) fn page(db: &mut Db, after: Option<&str>, limit: i64) -> AppResult<Vec<Row>> {
    let mut query =
        dsl::audit.order(dsl::id.asc()).limit(limit).select(Row::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(dsl::id.gt(after.to_owned()));
    }
    Ok(query.load(db)?)
}

/// Ids and objects of the lines with ids from `since` on whose object's id begins with `prefix`.
pub(super) fn touched(
    db: &mut Db,
    since: AuditId,
    prefix: &str,
    limit: i64,
) -> AppResult<Vec<(AuditId, String)>> {
    Ok(dsl::audit
        .filter(dsl::id.ge(since))
        .filter(dsl::object.like(format!("{prefix}%")))
        .order(dsl::id.asc())
        .limit(limit)
        .select((dsl::id, dsl::object))
        .load(db)?)
}
