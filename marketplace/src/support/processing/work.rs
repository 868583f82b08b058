//! What the processor reads: the raw table, its evidence, a pipeline to begin with.
//!
//! Each reading is written to the audit trail before the first byte leaves.

use std::ops::Range;

use bytes::Bytes;
use processing::{pipeline, privacy};
use schema::code::Code;
use schema::data::evidence::Evidence;
use schema::data::pipeline::{Columns, PipelineSpec, Step, StepNote};
use schema::id::{AuditId, ProcessingId};
use schema::lang::Text;
use schema::time::Instant;
use serde_json::{Value, json};

use super::offer;
use super::service::{may_work_in, seen_in};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::catalog::VersionRow;
use crate::catalog::service as catalog;
use crate::db::Db;
use crate::error::AppResult;
use crate::trade::delivery::range::{Part, Wanted, wanted};

/// The raw table, opened for one reading.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name in the store.
    pub key: String,
    /// SHA-256 of the whole table.
    pub sha256: String,
    /// Bytes of the whole table.
    pub size: u64,
    /// The bytes asked for.
    pub range: Range<u64>,
    /// Whether they are a part of it.
    pub partial: bool,
}

/// The headers that say which bytes are asked for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// `Range`.
    pub range: Option<String>,
    /// `If-Range`: the range counts only for the table with this entity tag.
    pub if_range: Option<String>,
}

impl Source {
    /// The entity tag: the digest of the whole.
    pub fn etag(&self) -> String {
        etag(&self.sha256)
    }
}

fn etag(sha256: &str) -> String {
    format!("\"{sha256}\"")
}

/// Opens the raw table for the processor at work.
pub async fn source(app: &App, who: Principal, id: ProcessingId, ask: Ask) -> AppResult<Source> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let version = readable_in(db, &who, id, now)?;
            let (Some(key), Some(sha256), Some(size)) =
                (version.table_key, version.table_sha256, version.table_bytes)
            else {
                return Err(catalog::not_ready().into());
            };
            let size = u64::try_from(size).unwrap_or(0);
            let counts = ask.if_range.as_ref().is_none_or(|tag| *tag == etag(&sha256));
            let header = ask.range.as_deref().filter(|_| counts);
            let (range, partial) = match wanted(header, size) {
                Wanted::Whole => (0..size, false),
                Wanted::Part(Part { first, end }) => (first..end, true),
                Wanted::Unsatisfiable => {
                    return Err(Code::RangeNotSatisfiable
                        .because(
                            format!("데이터는 {size}바이트입니다."),
                            format!("The table has {size} bytes."),
                        )
                        .with("bytes", size)
                        .into());
                }
            };
            let body = json!({
                "version": version.id, "part": "table", "sha256": sha256,
                "from": range.start, "to": range.end,
            });
            log_in(db, &who, id, audit, now, body)?;
            Ok(Source { key, sha256, size, range, partial })
        })
        .await
}

/// The evidence of the raw version, as JSON, for the processor at work.
pub async fn evidence(app: &App, who: Principal, id: ProcessingId) -> AppResult<Bytes> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    let key = app
        .store
        .write(move |db| {
            let version = readable_in(db, &who, id, now)?;
            let Some(key) = version.evidence_key else {
                return Err(catalog::not_ready().into());
            };
            let body = json!({"version": version.id, "part": "evidence"});
            log_in(db, &who, id, audit, now, body)?;
            Ok(key)
        })
        .await?;
    app.objects.get_bytes(&key).await
}

/// A pipeline that the profile of the raw version suggests.
pub async fn suggestion(app: &App, who: Principal, id: ProcessingId) -> AppResult<PipelineSpec> {
    let json = evidence(app, who, id).await?;
    crate::db::store::blocking(move || Ok(suggested(serde_json::from_slice(&json)?))).await
}

/// The library's suggestion for what is left when columns with personal data are dropped.
fn suggested(mut evidence: Evidence) -> PipelineSpec {
    let personal = privacy::personal_columns(&evidence.privacy, &evidence.dictionary);
    if personal.is_empty() || personal.len() == evidence.dictionary.columns.len() {
        return pipeline::suggest(&evidence.profile, &evidence.dictionary);
    }
    evidence.dictionary.columns.retain(|column| !personal.contains(&column.name));
    evidence.profile.columns.retain(|column| !personal.contains(&column.name));
    let mut spec = pipeline::suggest(&evidence.profile, &evidence.dictionary);
    spec.notes.iter_mut().for_each(|note| note.step += 1);
    let list = personal.join(", ");
    let text = Text::new(
        format!("개인정보가 의심되는 열을 버립니다: {list}."),
        format!("columns that seem to hold personal data go: {list}"),
    );
    spec.notes.insert(0, StepNote { step: 1, text });
    spec.steps.insert(0, Step::DropColumns(Columns { columns: personal }));
    spec
}

/// The raw version, if the caller is the processor at work on it with a grant that lasts.
fn readable_in(
    db: &mut Db,
    who: &Principal,
    id: ProcessingId,
    now: Instant,
) -> AppResult<VersionRow> {
    let row = seen_in(db, who, id)?;
    let processor: Vec<_> = row.processor_org_id.into_iter().collect();
    policy::act(who, Action::ProcessingDo, &processor)?;
    let until = row.access_until.and_then(Instant::from_micros);
    offer::may_read(row.state, until, now)?;
    may_work_in(db, &row, now)?;
    Ok(catalog::row_in(db, row.version_id)?.0)
}

fn log_in(
    db: &mut Db,
    who: &Principal,
    id: ProcessingId,
    audit: AuditId,
    now: Instant,
    body: Value,
) -> AppResult<()> {
    audit::record_in(
        db,
        &Entry {
            id: audit,
            at: now,
            who: Some(who),
            object: id.as_str(),
            action: "processing.read",
            from: None,
            to: None,
            reason: None,
            body,
        },
    )
}
