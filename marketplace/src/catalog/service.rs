//! Making and reading data sets and versions.

use schema::api::catalog::{
    Dataset, NewDataset, NewVersion, PrivacyClearance, Version, VersionKind, VersionState,
};
use schema::code::Code;
use schema::id::{self, AuditId, DatasetId, JobId, VersionId};
use schema::page::Page;
use schema::time::Instant;
use serde_json::json;

use super::rules::{self, Command};
use super::store::{self, DatasetRow, VersionRow};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::documents;
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};
use crate::jobs::{self, NewJob};
use crate::objects::Stored;
use crate::parties::service as parties;

/// Makes a data set of the caller's organisation.
pub async fn dataset_create(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewDataset,
) -> AppResult<Once<Dataset>> {
    policy::act(&who, Action::DatasetWrite, &[who.org])?;
    parties::text("title", &new.title, 200)?;
    if new.description.chars().count() > 10_000 {
        return Err(Code::InvalidField
            .because("설명은 10,000자까지입니다.", "A description has up to 10,000 characters.")
            .field("description")
            .into());
    }
    let (now, id, audit) = (app.clock.now(), app.clock.fresh::<id::Dataset>(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let row = DatasetRow {
                    id,
                    org_id: who.org,
                    title: new.title.trim().to_owned(),
                    description: new.description.clone(),
                    created_by: who.user,
                    created_at: now.as_micros(),
                };
                store::insert_dataset(db, &row)?;
                record(db, audit, now, Some(&who), id.as_str(), "dataset.create", None, None)?;
                Ok(row.into())
            })
        })
        .await
}

/// A page of the caller's data sets; the staff see all.
pub fn dataset_list_in(
    db: &mut Db,
    who: &Principal,
    after: Option<DatasetId>,
    limit: u32,
) -> AppResult<Page<Dataset>> {
    let org = if who.sees_all() { None } else { Some(who.org) };
    let rows = store::datasets_page(db, org, after, i64::from(limit) + 1)?;
    Ok(Page::of(rows, limit, |row| row.id.to_string()).map(Dataset::from))
}

/// A data set with its versions.
pub fn dataset_seen_in(db: &mut Db, who: &Principal, id: DatasetId) -> AppResult<Dataset> {
    let row = store::dataset(db, id).or_not_found("dataset")?;
    policy::see(who, Action::DatasetRead, &[row.org_id], "dataset")?;
    let org = row.org_id;
    let versions = store::versions_of(db, id)?;
    let mut dataset = Dataset::from(row);
    dataset.versions = versions.into_iter().map(|row| row.into_wire(org)).collect();
    Ok(dataset)
}

/// Makes a version that waits for its file.
pub async fn version_create(
    app: &App,
    who: Principal,
    ticket: Ticket,
    dataset: DatasetId,
    new: NewVersion,
) -> AppResult<Once<Version>> {
    rules::file_name(&new.file_name)?;
    let (now, id, audit) = (app.clock.now(), app.clock.fresh::<id::Version>(), app.clock.fresh());
    app.store
        .write(move |db| {
            let owner = store::dataset(db, dataset).or_not_found("dataset")?;
            policy::see(&who, Action::DatasetRead, &[owner.org_id], "dataset")?;
            policy::act(&who, Action::DatasetWrite, &[owner.org_id])?;
            once_in(db, &ticket, now, |db| {
                let dictionary = new.dictionary.as_ref().map(serde_json::to_string).transpose()?;
                let row = VersionRow {
                    dictionary,
                    ..blank(db, id, dataset, VersionKind::Raw, &new.file_name, &who, now)?
                };
                store::insert_version(db, &row)?;
                record(
                    db,
                    audit,
                    now,
                    Some(&who),
                    id.as_str(),
                    "version.create",
                    None,
                    Some("open"),
                )?;
                Ok(row.into_wire(owner.org_id))
            })
        })
        .await
}

fn blank(
    db: &mut Db,
    id: VersionId,
    dataset: DatasetId,
    kind: VersionKind,
    file_name: &str,
    who: &Principal,
    now: Instant,
) -> AppResult<VersionRow> {
    Ok(VersionRow {
        id,
        dataset_id: dataset,
        number: store::next_number(db, dataset)?,
        kind,
        state: VersionState::Open,
        parent_id: None,
        agreement_id: None,
        file_name: file_name.to_owned(),
        source_key: None,
        source_sha256: None,
        source_bytes: None,
        table_key: None,
        table_sha256: None,
        table_bytes: None,
        row_count: None,
        column_count: None,
        dictionary: None,
        evidence_key: None,
        certificate: None,
        grade: None,
        index_hundredths: None,
        privacy: None,
        fault: None,
        created_by: who.user,
        created_at: now.as_micros(),
        finished_at: None,
    })
}

/// Makes a version that a pipeline produced: `fill` gives it its table and evidence. It is born
/// ready, inside the transaction that ends the job.
pub fn processed_version_create_in(
    db: &mut Db,
    id: VersionId,
    parent: VersionId,
    who: &Principal,
    now: Instant,
    audit: AuditId,
    fill: impl FnOnce(&mut VersionRow),
) -> AppResult<Version> {
    let (parent, org) = row_in(db, parent)?;
    let mut row =
        blank(db, id, parent.dataset_id, VersionKind::Processed, &parent.file_name, who, now)?;
    row.parent_id = Some(parent.id);
    row.state = VersionState::Ready;
    row.finished_at = Some(now.as_micros());
    fill(&mut row);
    store::insert_version(db, &row)?;
    record(db, audit, now, Some(who), id.as_str(), "version.create", None, Some("ready"))?;
    Ok(row.into_wire(org))
}

/// The stored version and its owner, for other features' rules.
pub fn row_in(db: &mut Db, id: VersionId) -> AppResult<(VersionRow, schema::id::OrgId)> {
    let row = store::version(db, id).or_not_found("version")?;
    let dataset = store::dataset(db, row.dataset_id).or_not_found("dataset")?;
    Ok((row, dataset.org_id))
}

/// The version, for other features' rules.
pub fn version_in(db: &mut Db, id: VersionId) -> AppResult<Version> {
    let (row, org) = row_in(db, id)?;
    let job = jobs::service::newest_in(db, id.as_str())?.map(|job| job.id);
    Ok(Version { job, ..row.into_wire(org) })
}

/// Name in the store of the Parquet table of a ready version.
pub fn table_key_in(db: &mut Db, id: VersionId) -> AppResult<String> {
    let (row, _) = row_in(db, id)?;
    row.table_key.ok_or_else(|| not_ready().into())
}

/// The refusal for a version without a table.
pub fn not_ready() -> schema::problem::Refusal {
    Code::VersionNotReady
        .because("데이터가 아직 준비되지 않았습니다.", "The version is not ready yet.")
        .cure("작업이 끝난 뒤 다시 시도해 주세요.", "Try again when its job has ended.")
}

/// The version, if the caller may see it.
pub fn version_seen_in(db: &mut Db, who: &Principal, id: VersionId) -> AppResult<Version> {
    let version = version_in(db, id)?;
    policy::see(who, Action::DatasetRead, &[version.org], "version")?;
    Ok(version)
}

/// The version, if it is the caller's to fill and still takes a file.
pub fn version_open_in(db: &mut Db, who: &Principal, id: VersionId) -> AppResult<VersionRow> {
    let (row, org) = row_in(db, id)?;
    policy::see(who, Action::DatasetRead, &[org], "version")?;
    policy::act(who, Action::DatasetWrite, &[org])?;
    rules::next(row.state, Command::Put)?;
    Ok(row)
}

/// Gives a version its file. Answers the version and the object it had before, if no other has it.
pub fn content_put_in(
    db: &mut Db,
    who: &Principal,
    id: VersionId,
    stored: &Stored,
    now: Instant,
    audit: AuditId,
) -> AppResult<(Version, Option<String>)> {
    let mut row = version_open_in(db, who, id)?;
    let from = row.state;
    let before = row.source_key.replace(stored.key.clone());
    row.state = rules::next(from, Command::Put)?;
    row.source_sha256 = Some(stored.sha256.clone());
    row.source_bytes = i64::try_from(stored.bytes).ok();
    store::advance(db, from, &row)?;
    audit::record_in(
        db,
        &Entry {
            id: audit,
            at: now,
            who: Some(who),
            object: id.as_str(),
            action: "version.put",
            from: Some(from.as_str()),
            to: Some(row.state.as_str()),
            reason: None,
            body: json!({"sha256": stored.sha256, "bytes": stored.bytes}),
        },
    )?;
    let orphan = match before {
        Some(key) if !store::is_referenced(db, &key)? => Some(key),
        _ => None,
    };
    Ok((version_in(db, id)?, orphan))
}

/// Freezes a version and queues the job that reads it.
pub async fn version_finalise(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: VersionId,
) -> AppResult<Once<Version>> {
    let (now, job, audit) = (app.clock.now(), app.clock.fresh::<id::Job>(), app.clock.fresh());
    app.store
        .write(move |db| {
            let (mut row, org) = row_in(db, id)?;
            policy::see(&who, Action::DatasetRead, &[org], "version")?;
            policy::act(&who, Action::DatasetWrite, &[org])?;
            once_in(db, &ticket, now, |db| {
                let from = row.state;
                row.state = rules::next(from, Command::Finalise)?;
                store::advance(db, from, &row)?;
                let subject = id.as_str();
                let (before, after) = (Some(from.as_str()), Some(row.state.as_str()));
                record(db, audit, now, Some(&who), subject, "version.finalise", before, after)?;
                enqueue_in(db, job, id, org, now)?;
                Ok(Version { job: Some(job), ..row.clone().into_wire(org) })
            })
        })
        .await
}

/// Kind of the job that reads a finalised version.
pub const INGEST: &str = "ingest";

fn enqueue_in(
    db: &mut Db,
    job: JobId,
    version: VersionId,
    org: schema::id::OrgId,
    now: Instant,
) -> AppResult<()> {
    let job = NewJob {
        id: job,
        kind: INGEST,
        payload: &version,
        org: Some(org),
        subject: version.as_str(),
    };
    jobs::enqueue_in(db, &job, now)
}

/// Ends the processing of a version: ready with what `fill` gives it, or rejected. For the worker.
pub fn processing_end_in(
    db: &mut Db,
    id: VersionId,
    command: Command,
    now: Instant,
    audit: AuditId,
    fill: impl FnOnce(&mut VersionRow),
) -> AppResult<()> {
    let mut row = store::version(db, id).or_not_found("version")?;
    let from = row.state;
    row.state = rules::next(from, command)?;
    row.finished_at = Some(now.as_micros());
    fill(&mut row);
    store::advance(db, from, &row)?;
    let action = if row.state == VersionState::Ready { "version.ready" } else { "version.reject" };
    record(db, audit, now, None, id.as_str(), action, Some(from.as_str()), Some(row.state.as_str()))
}

/// Clears what the search for personal data left to a reviewer, with the reason. Numbers that
/// identify people cannot be cleared. The clearance stands in the audit trail; the report stays.
pub fn privacy_clear_in(
    db: &mut Db,
    who: &Principal,
    id: VersionId,
    reason: &str,
    now: Instant,
    audit: AuditId,
) -> AppResult<Version> {
    let (mut row, org) = row_in(db, id)?;
    policy::see(who, Action::DatasetRead, &[org], "version")?;
    policy::act(who, Action::PrivacyClear, &[org])?;
    rules::clear(row.privacy.as_deref())?;
    let from = row.privacy.replace(rules::CLEARED.to_owned());
    store::advance(db, row.state, &row)?;
    audit::record_in(
        db,
        &Entry {
            id: audit,
            at: now,
            who: Some(who),
            object: id.as_str(),
            action: "version.privacy-clear",
            from: from.as_deref(),
            to: Some(rules::CLEARED),
            reason: Some(reason),
            body: json!({"rules_version": processing::privacy::RULES_VERSION}),
        },
    )?;
    version_in(db, id)
}

/// [`privacy_clear_in`] as a command of its own.
pub async fn privacy_clear(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: VersionId,
    clearance: PrivacyClearance,
) -> AppResult<Once<Version>> {
    parties::text("reason", &clearance.reason, 1_000)?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                privacy_clear_in(db, &who, id, &clearance.reason, now, audit)
            })
        })
        .await
}

/// Gives a data set to the organisation that has taken its owner's agreement over (edge case 1).
pub fn dataset_hand_over_in(
    db: &mut Db,
    id: DatasetId,
    successor: schema::id::OrgId,
) -> AppResult<()> {
    store::set_owner(db, id, successor)
}

/// Whether any version names the object `key`.
pub fn is_referenced_in(db: &mut Db, key: &str) -> AppResult<bool> {
    Ok(store::is_referenced(db, key)? || documents::service::is_referenced_in(db, key)?)
}

#[expect(clippy::too_many_arguments, reason = "the fields of one audit line")]
fn record(
    db: &mut Db,
    id: AuditId,
    at: Instant,
    who: Option<&Principal>,
    object: &str,
    action: &str,
    from: Option<&str>,
    to: Option<&str>,
) -> AppResult<()> {
    let body = json!({});
    audit::record_in(db, &Entry { id, at, who, object, action, from, to, reason: None, body })
}
