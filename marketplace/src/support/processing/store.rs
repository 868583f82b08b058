//! Rows of jobs and runs.

use diesel::prelude::*;
use schema::api::support::{ProcessingState, RunState};
use schema::id::{AgreementId, JobId, OrgId, PoolMemberId, ProcessingId, UserId, VersionId};

use crate::db::schema::{processing_runs, processings};
use crate::db::{Db, one_row};
use crate::error::AppResult;

/// A stored job.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = processings)]
pub(super) struct Row {
    pub(super) id: ProcessingId,
    pub(super) org_id: OrgId,
    pub(super) version_id: VersionId,
    pub(super) member_id: Option<PoolMemberId>,
    pub(super) processor_org_id: Option<OrgId>,
    pub(super) agreement_id: Option<AgreementId>,
    pub(super) request: String,
    pub(super) state: ProcessingState,
    pub(super) reason: Option<String>,
    pub(super) findings: String,
    pub(super) access_days: i64,
    pub(super) access_from: Option<i64>,
    pub(super) access_until: Option<i64>,
    pub(super) continued_at: Option<i64>,
    pub(super) result_version_id: Option<VersionId>,
    pub(super) deletion_text: Option<String>,
    pub(super) deletion_sha256: Option<String>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
    pub(super) closed_at: Option<i64>,
    pub(super) attested_at: Option<i64>,
}

impl Row {
    /// Owner, and processor if there is one.
    pub(super) fn parties(&self) -> Vec<OrgId> {
        std::iter::once(self.org_id).chain(self.processor_org_id).collect()
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(processings::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: ProcessingId) -> QueryResult<Option<Row>> {
    processings::table.filter(processings::id.eq(id)).select(Row::as_select()).first(db).optional()
}

/// Versions that a processor's jobs ended in.
pub(in crate::support) fn results_of(db: &mut Db, processor: OrgId) -> AppResult<Vec<VersionId>> {
    let done = processings::state
        .eq(ProcessingState::Verified)
        .or(processings::state.eq(ProcessingState::Accepted))
        .or(processings::state.eq(ProcessingState::Closed));
    let found: Vec<Option<VersionId>> = processings::table
        .filter(processings::processor_org_id.eq(processor))
        .filter(done)
        .order(processings::id.desc())
        .limit(50)
        .select(processings::result_version_id)
        .load(db)?;
    Ok(found.into_iter().flatten().collect())
}

/// Jobs of `org` as owner or processor, or of all when `None`, in order of their ids.
pub(super) fn page(
    db: &mut Db,
    org: Option<OrgId>,
    after: Option<ProcessingId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query = processings::table
        .order(processings::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(org) = org {
        let party =
            processings::org_id.eq(org).nullable().or(processings::processor_org_id.eq(org));
        query = query.filter(party);
    }
    if let Some(after) = after {
        query = query.filter(processings::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// Replaces a row that is still in the state `from`.
pub(super) fn advance(db: &mut Db, from: ProcessingState, row: &Row) -> AppResult<()> {
    let target =
        processings::table.filter(processings::id.eq(row.id)).filter(processings::state.eq(from));
    let row = row.clone();
    one_row(
        diesel::update(target)
            .set((
                processings::member_id.eq(row.member_id),
                processings::processor_org_id.eq(row.processor_org_id),
                processings::state.eq(row.state),
                processings::reason.eq(row.reason),
                processings::findings.eq(row.findings),
                processings::access_from.eq(row.access_from),
                processings::access_until.eq(row.access_until),
                processings::continued_at.eq(row.continued_at),
                processings::result_version_id.eq(row.result_version_id),
                processings::deletion_text.eq(row.deletion_text),
                processings::deletion_sha256.eq(row.deletion_sha256),
                processings::closed_at.eq(row.closed_at),
                processings::attested_at.eq(row.attested_at),
            ))
            .execute(db),
    )
}

/// A stored run.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = processing_runs)]
pub(super) struct RunRow {
    pub(super) id: JobId,
    pub(super) processing_id: ProcessingId,
    pub(super) number: i64,
    pub(super) processor_org_id: OrgId,
    pub(super) state: RunState,
    pub(super) spec: String,
    pub(super) version_id: Option<VersionId>,
    pub(super) lineage: Option<String>,
    pub(super) fault: Option<String>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
    pub(super) finished_at: Option<i64>,
}

pub(super) fn insert_run(db: &mut Db, row: &RunRow) -> AppResult<()> {
    diesel::insert_into(processing_runs::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn run(db: &mut Db, id: JobId) -> QueryResult<Option<RunRow>> {
    processing_runs::table
        .filter(processing_runs::id.eq(id))
        .select(RunRow::as_select())
        .first(db)
        .optional()
}

/// All runs of a job, oldest first; their number is bounded when they are asked for.
pub(super) fn runs(db: &mut Db, processing: ProcessingId) -> AppResult<Vec<RunRow>> {
    Ok(processing_runs::table
        .filter(processing_runs::processing_id.eq(processing))
        .order(processing_runs::number.asc())
        .select(RunRow::as_select())
        .load(db)?)
}

/// Runs of a job in order of their ids.
pub(super) fn runs_page(
    db: &mut Db,
    processing: ProcessingId,
    after: Option<JobId>,
    limit: i64,
) -> AppResult<Vec<RunRow>> {
    let mut query = processing_runs::table
        .filter(processing_runs::processing_id.eq(processing))
        .order(processing_runs::id.asc())
        .limit(limit)
        .select(RunRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(processing_runs::id.gt(after));
    }
    Ok(query.load(db)?)
}

/// The run of a job that made `version`.
pub(super) fn run_of_version(
    db: &mut Db,
    processing: ProcessingId,
    version: VersionId,
) -> AppResult<Option<RunRow>> {
    Ok(processing_runs::table
        .filter(processing_runs::processing_id.eq(processing))
        .filter(processing_runs::version_id.eq(version))
        .select(RunRow::as_select())
        .first(db)
        .optional()?)
}

/// Ends a run that is still queued.
pub(super) fn end_run(db: &mut Db, row: &RunRow) -> AppResult<()> {
    let target = processing_runs::table
        .filter(processing_runs::id.eq(row.id))
        .filter(processing_runs::state.eq(RunState::Queued));
    let row = row.clone();
    one_row(
        diesel::update(target)
            .set((
                processing_runs::state.eq(row.state),
                processing_runs::version_id.eq(row.version_id),
                processing_runs::lineage.eq(row.lineage),
                processing_runs::fault.eq(row.fault),
                processing_runs::finished_at.eq(row.finished_at),
            ))
            .execute(db),
    )
}
