//! Rows of looks.

use diesel::prelude::*;
use schema::api::eligibility::Snapshot;
use schema::id::{OrgId, SnapshotId};
use schema::notice::{ProgrammeCode, ScreenOutcome};
use schema::papers::Stage;
use schema::time::Instant;

use crate::db::Db;
use crate::db::schema::eligibility_snapshots as looks;
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = crate::db::schema::eligibility_snapshots)]
pub(super) struct Row {
    pub(super) id: SnapshotId,
    org_id: OrgId,
    programme: ProgrammeCode,
    stage: Stage,
    object: String,
    notice_version: String,
    notice_sha256: String,
    outcome: ScreenOutcome,
    standing: String,
    findings: String,
    taken_at: i64,
}

/// The look of a row.
pub(super) fn snapshot(row: Row) -> AppResult<Snapshot> {
    Ok(Snapshot {
        id: row.id,
        org: row.org_id,
        programme: row.programme,
        stage: row.stage,
        object: row.object,
        notice_version: row.notice_version,
        notice_sha256: row.notice_sha256,
        outcome: row.outcome,
        findings: serde_json::from_str(&row.findings)?,
        standing: serde_json::from_str(&row.standing)?,
        at: Instant::from_micros(row.taken_at).unwrap_or(Instant::MIN),
    })
}

pub(super) fn insert(db: &mut Db, snapshot: &Snapshot) -> AppResult<()> {
    let row = Row {
        id: snapshot.id,
        org_id: snapshot.org,
        programme: snapshot.programme,
        stage: snapshot.stage,
        object: snapshot.object.clone(),
        notice_version: snapshot.notice_version.clone(),
        notice_sha256: snapshot.notice_sha256.clone(),
        outcome: snapshot.outcome,
        standing: serde_json::to_string(&snapshot.standing)?,
        findings: serde_json::to_string(&snapshot.findings)?,
        taken_at: snapshot.at.as_micros(),
    };
    diesel::insert_into(looks::table).values(row).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: SnapshotId) -> QueryResult<Option<Row>> {
    looks::table.filter(looks::id.eq(id)).select(Row::as_select()).first(db).optional()
}

/// Looks in the order of their ids.
pub(super) fn page(
    db: &mut Db,
    org: Option<OrgId>,
    object: Option<&str>,
    after: Option<SnapshotId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query =
        looks::table.order(looks::id.asc()).limit(limit).select(Row::as_select()).into_boxed();
    if let Some(org) = org {
        query = query.filter(looks::org_id.eq(org));
    }
    if let Some(object) = object {
        query = query.filter(looks::object.eq(object.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(looks::id.gt(after));
    }
    Ok(query.load(db)?)
}
