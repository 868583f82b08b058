//! Rows of data sets and versions.

use diesel::prelude::*;
use schema::api::catalog::{Bytes, Dataset, Version, VersionKind, VersionState};
use schema::id::{AgreementId, DatasetId, OrgId, UserId, VersionId};
use schema::time::Instant;

use crate::db::schema::{datasets, versions};
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = datasets)]
pub(super) struct DatasetRow {
    pub(super) id: DatasetId,
    pub(super) org_id: OrgId,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

/// A stored version. Keys name objects of the store; they never leave the service.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = versions)]
#[expect(missing_docs, reason = "the wire type documents the fields")]
pub struct VersionRow {
    pub id: VersionId,
    pub dataset_id: DatasetId,
    pub number: i64,
    pub kind: VersionKind,
    pub state: VersionState,
    pub parent_id: Option<VersionId>,
    pub agreement_id: Option<AgreementId>,
    pub file_name: String,
    pub source_key: Option<String>,
    pub source_sha256: Option<String>,
    pub source_bytes: Option<i64>,
    pub table_key: Option<String>,
    pub table_sha256: Option<String>,
    pub table_bytes: Option<i64>,
    pub row_count: Option<i64>,
    pub column_count: Option<i64>,
    pub dictionary: Option<String>,
    pub evidence_key: Option<String>,
    pub certificate: Option<String>,
    pub grade: Option<String>,
    pub index_hundredths: Option<i64>,
    pub privacy: Option<String>,
    pub fault: Option<String>,
    pub created_by: UserId,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

fn instant(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap_or(Instant::MIN)
}

impl From<DatasetRow> for Dataset {
    fn from(row: DatasetRow) -> Dataset {
        Dataset {
            id: row.id,
            org: row.org_id,
            title: row.title,
            description: row.description,
            created_at: instant(row.created_at),
            versions: Vec::new(),
        }
    }
}

impl VersionRow {
    /// The version as its readers see it.
    pub fn into_wire(self, org: OrgId) -> Version {
        let bytes = |sha256: Option<String>, bytes: Option<i64>| {
            Some(Bytes { sha256: sha256?, bytes: bytes? })
        };
        Version {
            id: self.id,
            dataset: self.dataset_id,
            org,
            number: self.number,
            kind: self.kind,
            state: self.state,
            parent: self.parent_id,
            agreement: self.agreement_id,
            file_name: self.file_name,
            source: bytes(self.source_sha256, self.source_bytes),
            table: bytes(self.table_sha256, self.table_bytes),
            rows: self.row_count,
            columns: self.column_count,
            grade: self.grade,
            index_hundredths: self.index_hundredths,
            privacy: self.privacy,
            certified: self.certificate.is_some(),
            fault: self.fault.and_then(|text| serde_json::from_str(&text).ok()),
            job: None,
            created_at: instant(self.created_at),
            finished_at: self.finished_at.map(instant),
        }
    }
}

pub(super) fn insert_dataset(db: &mut Db, row: &DatasetRow) -> AppResult<()> {
    diesel::insert_into(datasets::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn dataset(db: &mut Db, id: DatasetId) -> QueryResult<Option<DatasetRow>> {
    datasets::table.filter(datasets::id.eq(id)).select(DatasetRow::as_select()).first(db).optional()
}

/// Data sets of `org`, or of all when `None`, in order of their ids.
pub(super) fn datasets_page(
    db: &mut Db,
    org: Option<OrgId>,
    after: Option<DatasetId>,
    limit: i64,
) -> AppResult<Vec<DatasetRow>> {
    let mut query = datasets::table
        .order(datasets::id.asc())
        .limit(limit)
        .select(DatasetRow::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query.filter(datasets::org_id.eq(org));
    }
    if let Some(after) = after {
        query = query.filter(datasets::id.gt(after));
    }
    Ok(query.load(db)?)
}

pub(super) fn insert_version(db: &mut Db, row: &VersionRow) -> AppResult<()> {
    diesel::insert_into(versions::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn version(db: &mut Db, id: VersionId) -> QueryResult<Option<VersionRow>> {
    versions::table.filter(versions::id.eq(id)).select(VersionRow::as_select()).first(db).optional()
}

/// Versions of a data set, newest first.
pub(super) fn versions_of(db: &mut Db, dataset: DatasetId) -> AppResult<Vec<VersionRow>> {
    Ok(versions::table
        .filter(versions::dataset_id.eq(dataset))
        .order(versions::number.desc())
        .limit(1_000)
        .select(VersionRow::as_select())
        .load(db)?)
}

/// The number that the next version of a data set takes.
pub(super) fn next_number(db: &mut Db, dataset: DatasetId) -> AppResult<i64> {
    let last: Option<i64> = versions::table
        .filter(versions::dataset_id.eq(dataset))
        .order(versions::number.desc())
        .select(versions::number)
        .first(db)
        .optional()?;
    Ok(last.unwrap_or(0) + 1)
}

/// Replaces a row that is still in the state `from`.
pub(super) fn advance(db: &mut Db, from: VersionState, row: &VersionRow) -> AppResult<()> {
    let target = versions::table.filter(versions::id.eq(row.id)).filter(versions::state.eq(from));
    let row = row.clone();
    one_row(
        diesel::update(target)
            .set((
                versions::state.eq(row.state),
                versions::source_key.eq(row.source_key),
                versions::source_sha256.eq(row.source_sha256),
                versions::source_bytes.eq(row.source_bytes),
                versions::table_key.eq(row.table_key),
                versions::table_sha256.eq(row.table_sha256),
                versions::table_bytes.eq(row.table_bytes),
                versions::row_count.eq(row.row_count),
                versions::column_count.eq(row.column_count),
                versions::dictionary.eq(row.dictionary),
                versions::evidence_key.eq(row.evidence_key),
                versions::certificate.eq(row.certificate),
                versions::grade.eq(row.grade),
                versions::index_hundredths.eq(row.index_hundredths),
                versions::privacy.eq(row.privacy),
                versions::fault.eq(row.fault),
                versions::finished_at.eq(row.finished_at),
            ))
            .execute(db),
    )
}

/// Whether any version names the object `key`.
pub(super) fn is_referenced(db: &mut Db, key: &str) -> AppResult<bool> {
    let count: i64 = versions::table
        .filter(
            versions::source_key
                .eq(key.to_owned())
                .or(versions::table_key.eq(key.to_owned()))
                .or(versions::evidence_key.eq(key.to_owned())),
        )
        .count()
        .get_result(db)?;
    Ok(count > 0)
}

/// Gives a data set another owner.
pub(super) fn set_owner(db: &mut Db, id: DatasetId, org: OrgId) -> AppResult<()> {
    one_row(
        diesel::update(datasets::table.filter(datasets::id.eq(id)))
            .set(datasets::org_id.eq(org))
            .execute(db),
    )
}
