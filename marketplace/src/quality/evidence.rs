//! Measuring a table and signing what was measured.

use std::path::Path;

use bytes::Bytes;
use processing::certificate::{self, SigningKey};
use processing::{Fault, Limits, Progress, digest, preview, privacy, quality};
use schema::data::certificate::Claims;
use schema::data::column::Dictionary;
use schema::data::evidence::Evidence;
use schema::data::lineage::Lineage;
use schema::data::privacy::Outcome;
use schema::time::Instant;

use crate::app::App;
use crate::catalog::VersionRow;
use crate::error::AppResult;
use crate::objects::Stored;

/// Name of the issuer in certificates.
const ISSUER: &str = "jangteo";
/// Rows of a preview.
const PREVIEW_ROWS: usize = 20;

/// What was measured, with its signature.
pub struct Built {
    /// The evidence document, ready to store.
    pub json: Bytes,
    /// The signed certificate.
    pub certificate: String,
    /// SHA-256 of the table.
    pub table_sha256: String,
    rows: u64,
    columns: usize,
    grade: Option<String>,
    index_hundredths: Option<u32>,
    outcome: Outcome,
    dictionary: String,
}

/// Measures the Parquet file `table` and signs the result. Long, blocking work.
pub fn build(
    table: &Path,
    dictionary: &Dictionary,
    file_name: &str,
    lineage: Option<Lineage>,
    key: &SigningKey,
    now: Instant,
    progress: &dyn Progress,
) -> Result<Built, Fault> {
    let limits = Limits::default();
    let profile = processing::profile::profile(table, dictionary, &limits, progress)?;
    let rules = quality::suggest(&profile, dictionary);
    let assessment = quality::assess(table, dictionary, &rules, &limits, progress)?;
    let privacy = privacy::scan(table, dictionary, file_name, today(now), &limits, progress)?;
    let preview = preview::sample(table, PREVIEW_ROWS, &limits)?;
    progress.at("certify", 0, 1)?;
    let table_sha256 = digest::sha256_file(table)?;
    let report = &assessment.report;
    let claims = Claims {
        issuer: ISSUER.to_owned(),
        issued_at: now.to_string(),
        file_sha256: table_sha256.clone(),
        size_bytes: std::fs::metadata(table)?.len(),
        logical_sha256: digest::logical_hash(table, &limits)?,
        // The order of rows is part of what is sold.
        unordered_sha256: None,
        rows: report.rows,
        columns: u32::try_from(dictionary.columns.len()).unwrap_or(u32::MAX),
        rule_set_sha256: report.rule_set_digest.clone(),
        report_sha256: digest::canonical_sha256(report)?,
        lineage_sha256: lineage.as_ref().map(digest::canonical_sha256).transpose()?,
        tool: report.tool.clone(),
        grade: report.grade.clone().unwrap_or_else(|| "N/A".to_owned()),
    };
    let built = Built {
        certificate: certificate::issue(&claims, key)?,
        rows: report.rows,
        columns: dictionary.columns.len(),
        grade: report.grade.clone(),
        index_hundredths: report.overall,
        outcome: privacy.outcome,
        dictionary: json(dictionary)?,
        table_sha256,
        json: Bytes::new(),
    };
    let profile = assessment.profile;
    let report = assessment.report;
    let document = Evidence {
        dictionary: dictionary.clone(),
        profile,
        rules,
        report,
        privacy,
        preview,
        lineage,
    };
    Ok(Built { json: Bytes::from(json(&document)?), ..built })
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Bug(format!("evidence: {error}")))
}

/// The day in Seoul, against which dates in the future are judged.
fn today(now: Instant) -> (i32, u8, u8) {
    let day = now.seoul_day();
    let small = |part: i8| u8::try_from(part).unwrap_or(1);
    (i32::from(day.year()), small(day.month()), small(day.day_of_month()))
}

/// The objects of a version: its table and its evidence.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The table.
    pub table: Stored,
    /// The evidence document.
    pub evidence: Stored,
}

/// Stores table and evidence.
pub async fn keep(app: &App, name: &str, table: &Path, built: &Built) -> AppResult<Kept> {
    let table = app.objects.put_file(&format!("{name}-table"), table).await?;
    if table.sha256 != built.table_sha256 {
        return Err(anyhow::anyhow!("the table changed between measuring and storing").into());
    }
    let evidence = app.objects.put_bytes(&format!("{name}-evidence"), built.json.clone()).await?;
    Ok(Kept { table, evidence })
}

/// Writes what was measured into the version's row.
pub fn fill(row: &mut VersionRow, built: &Built, kept: &Kept) {
    row.table_key = Some(kept.table.key.clone());
    row.table_sha256 = Some(kept.table.sha256.clone());
    row.table_bytes = i64::try_from(kept.table.bytes).ok();
    row.row_count = i64::try_from(built.rows).ok();
    row.column_count = i64::try_from(built.columns).ok();
    row.dictionary = Some(built.dictionary.clone());
    row.evidence_key = Some(kept.evidence.key.clone());
    row.certificate = Some(built.certificate.clone());
    row.grade = built.grade.clone();
    row.index_hundredths = built.index_hundredths.map(i64::from);
    row.privacy = Some(outcome_word(built.outcome).to_owned());
}

/// The stored word of a scan's outcome.
pub fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "PASS",
        Outcome::Review => "REVIEW",
        Outcome::Block => "BLOCK",
    }
}
