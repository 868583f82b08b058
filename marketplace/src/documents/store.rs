//! Rows of papers.

use diesel::prelude::*;
use schema::api::documents::Document;
use schema::id::{DocumentId, OrgId, UserId};
use schema::notice::SizeClass;
use schema::papers::{PaperKind, PaperState};
use schema::time::{Day, Instant};

use crate::db::schema::{documents, organisations};
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = documents)]
pub(super) struct Row {
    pub(super) id: DocumentId,
    pub(super) kind: PaperKind,
    pub(super) org_id: OrgId,
    pub(super) uploaded_by: UserId,
    pub(super) file_name: String,
    pub(super) media_type: String,
    pub(super) object_key: String,
    pub(super) sha256: String,
    pub(super) byte_count: i64,
    pub(super) issuer: Option<String>,
    pub(super) issued_on: Option<Day>,
    pub(super) expires_on: Option<Day>,
    pub(super) size_class: Option<SizeClass>,
    pub(super) subject: Option<String>,
    pub(super) state: PaperState,
    pub(super) reason: Option<String>,
    pub(super) verified_by: Option<UserId>,
    pub(super) verified_at: Option<i64>,
    pub(super) created_at: i64,
}

impl From<Row> for Document {
    fn from(row: Row) -> Document {
        Document {
            id: row.id,
            kind: row.kind,
            org: row.org_id,
            uploaded_by: row.uploaded_by,
            file_name: row.file_name,
            media_type: row.media_type,
            bytes: u64::try_from(row.byte_count).unwrap_or(0),
            sha256: row.sha256,
            issuer: row.issuer,
            issued_on: row.issued_on,
            expires_on: row.expires_on,
            size_class: row.size_class,
            subject: row.subject,
            state: row.state,
            reason: row.reason,
            verified_by: row.verified_by,
            verified_at: row.verified_at.and_then(Instant::from_micros),
            created_at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
        }
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(documents::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: DocumentId) -> QueryResult<Option<Row>> {
    documents::table.filter(documents::id.eq(id)).select(Row::as_select()).first(db).optional()
}

/// Which papers a list is of.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) org: Option<OrgId>,
    pub(super) kind: Option<PaperKind>,
    pub(super) subject: Option<String>,
    pub(super) after: Option<DocumentId>,
}

/// Papers in order of their ids.
pub(super) fn page(db: &mut Db, wanted: Wanted, limit: i64) -> AppResult<Vec<Row>> {
    let mut query = documents::table
        .order(documents::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(org) = wanted.org {
        query = query.filter(documents::org_id.eq(org));
    }
    if let Some(kind) = wanted.kind {
        query = query.filter(documents::kind.eq(kind));
    }
    if let Some(subject) = wanted.subject {
        query = query.filter(documents::subject.eq(Some(subject)));
    }
    if let Some(after) = wanted.after {
        query = query.filter(documents::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// The newest paper of a kind that is not rejected.
pub(super) fn newest(db: &mut Db, org: OrgId, kind: PaperKind) -> QueryResult<Option<Row>> {
    documents::table
        .filter(documents::org_id.eq(org))
        .filter(documents::kind.eq(kind))
        .filter(documents::state.ne(PaperState::Rejected))
        .order(documents::id.desc())
        .select(Row::as_select())
        .first(db)
        .optional()
}

/// Papers of a kind that are not rejected, newest first.
pub(super) fn recent(db: &mut Db, org: OrgId, kind: PaperKind, limit: i64) -> AppResult<Vec<Row>> {
    Ok(documents::table
        .filter(documents::org_id.eq(org))
        .filter(documents::kind.eq(kind))
        .filter(documents::state.ne(PaperState::Rejected))
        .order(documents::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(db)?)
}

/// Notes a reviewer's word on a paper that is still waiting for one.
pub(super) fn set_state(
    db: &mut Db,
    id: DocumentId,
    to: PaperState,
    reason: Option<String>,
    by: UserId,
    at: Instant,
) -> AppResult<()> {
    one_row(
        diesel::update(
            documents::table
                .filter(documents::id.eq(id))
                .filter(documents::state.eq(PaperState::Received)),
        )
        .set((
            documents::state.eq(to),
            documents::reason.eq(reason),
            documents::verified_by.eq(Some(by)),
            documents::verified_at.eq(Some(at.as_micros())),
        ))
        .execute(db),
    )
}

/// Says what a paper is about, if nothing has been said.
pub(super) fn set_subject(db: &mut Db, id: DocumentId, subject: String) -> AppResult<()> {
    one_row(
        diesel::update(
            documents::table.filter(documents::id.eq(id)).filter(documents::subject.is_null()),
        )
        .set(documents::subject.eq(Some(subject)))
        .execute(db),
    )
}

/// Whether a paper names the object `key`.
pub(super) fn is_referenced(db: &mut Db, key: &str) -> AppResult<bool> {
    let count: i64 =
        documents::table.filter(documents::object_key.eq(key.to_owned())).count().get_result(db)?;
    Ok(count > 0)
}

/// Whether there is such an organisation.
pub(super) fn org_exists(db: &mut Db, id: OrgId) -> AppResult<bool> {
    let count: i64 =
        organisations::table.filter(organisations::id.eq(id)).count().get_result(db)?;
    Ok(count > 0)
}
