//! The data's part of the story: raw file → table → cleaned table, each with its evidence.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use processing::generate::{self, Kind};
use processing::privacy::is_doubtful;
use schema::api::catalog::{Dataset, NewDataset, NewVersion, Version, VersionState};
use schema::api::jobs::Job;
use schema::api::support::{
    Deletion, NewProcessing, NewRun, Processing, Run, Submission, Verification,
};
use schema::data::evidence::Evidence;
use schema::data::privacy::Outcome;
use schema::id::{AgreementId, PoolMemberId};
use schema::page::Page;

use super::DemoArgs;
use super::cast::Cast;
use super::client::NOTHING;
use super::console::Console;

/// The file of the story: the person's own, or a press line's from the seeded generator.
fn input(args: &DemoArgs, scratch: &Path) -> Result<PathBuf> {
    if let Some(path) = &args.input {
        return Ok(path.clone());
    }
    let path = scratch.join("press-line.csv");
    generate::write_csv(Kind::Press, args.rows, args.seed, &path)?;
    Ok(path)
}

/// The data owner registers a raw machine data set.
pub(super) async fn register(
    cast: &Cast,
    args: &DemoArgs,
    scratch: &Path,
    console: &mut Console,
) -> Result<Version> {
    console.step("보유기업이 원천 데이터를 등록합니다", "The data owner registers raw data");
    let file = input(args, scratch)?;
    let file_name = file.file_name().context("file name")?.to_string_lossy().into_owned();
    let sha256 = processing::digest::sha256_file(&file)?;
    let api = &cast.provider.api;
    let new = NewDataset {
        title: format!("설비 데이터 {file_name}"),
        description: "프레스·가공 공정에서 모은 설비 데이터 (Machine data of a plant)".to_owned(),
    };
    let dataset: Dataset = api.post("/v1/datasets", Some(&new)).await?;
    let path = format!("/v1/datasets/{}/versions", dataset.id);
    let new = NewVersion { file_name: file_name.clone(), dictionary: None };
    let version: Version = api.post(&path, Some(&new)).await?;
    let path = format!("/v1/versions/{}", version.id);
    let put: Version = api.put_file(&format!("{path}/content"), &file, &sha256).await?;
    let stored = put.source.context("nothing was stored")?;
    ensure!(stored.sha256 == sha256, "the server stored other bytes");
    console.line("파일", "file", format!("{file_name}  {} bytes", stored.bytes));
    console.line("SHA-256", "SHA-256", &stored.sha256);
    let queued: Version = api.post(&format!("{path}/finalise"), NOTHING).await?;
    api.follow(queued.job.context("no job")?).await?;
    let version: Version = api.get(&path).await?;
    if version.state == VersionState::Rejected {
        let fault = version.fault.map(|fault| format!("{}: {}", fault.code, fault.text.en));
        bail!("the file cannot be used: {}", fault.unwrap_or_default());
    }
    let evidence: Evidence = api.get(&format!("{path}/evidence")).await?;
    reading(&evidence, console);
    figures(&version, &evidence, console);
    Ok(version)
}

fn reading(evidence: &Evidence, console: &Console) {
    let reading = &evidence.dictionary.reading;
    let mut how = format!("{:?} {:?}", reading.format, reading.encoding);
    if let Some(delimiter) = &reading.delimiter {
        how.push_str(&format!(" delimiter {delimiter:?}"));
    }
    if let Some(header) = reading.header {
        how.push_str(if header { " header" } else { " no header" });
    }
    console.line("읽은 방법", "read as", how);
    for finding in evidence.dictionary.findings.iter().take(6) {
        let text = console.pick(&finding.text.ko, &finding.text.en);
        let column = finding.column.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
        console.line("  발견", "  found", format!("{column}{text}"));
    }
}

fn figures(version: &Version, evidence: &Evidence, console: &Console) {
    let report = &evidence.report;
    let (rows, columns) = (version.rows.unwrap_or(0), version.columns.unwrap_or(0));
    console.line("행 × 열", "rows × columns", format!("{rows} × {columns}"));
    let missing = report.null_cells + report.nan_cells;
    console.line("빈 셀", "missing cells", format!("{missing} / {}", report.cells));
    let index = report.overall.map_or_else(|| "N/A".to_owned(), hundredths);
    let grade = report.grade.as_deref().unwrap_or("N/A");
    console.line("품질지수 · 등급", "quality index · grade", format!("{index} · {grade}"));
    console.line(
        "규칙",
        "rules",
        format!(
            "{} ({} errors, {} warnings)",
            report.results.len(),
            report.errors,
            report.warnings
        ),
    );
    console.line("개인정보 점검", "personal-data scan", version.privacy.as_deref().unwrap_or("-"));
}

/// `9829` as `98.29`.
pub(super) fn hundredths(value: u32) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

/// A pool member cleans the data; the operator verifies; the owner accepts.
pub(super) async fn process(
    cast: &Cast,
    raw: &Version,
    processor: PoolMemberId,
    agreement: AgreementId,
    console: &mut Console,
) -> Result<Version> {
    console.step("가공기업이 데이터를 정제합니다", "The pool member cleans the data");
    let (owner, firm) = (&cast.provider.api, &cast.processor.api);
    let new = NewProcessing {
        version: raw.id,
        processor,
        agreement: Some(agreement),
        request: "중복·결측·이상값을 정리하고 판매할 수 있는 품질로 만들어 주세요.".to_owned(),
        access_days: None,
    };
    let job: Processing = owner.post("/v1/processings", Some(&new)).await?;
    let path = format!("/v1/processings/{}", job.id);
    let _: Processing = firm.post(&format!("{path}/accept"), NOTHING).await?;
    let _: Processing = firm.post(&format!("{path}/start"), NOTHING).await?;
    let spec: serde_json::Value = firm.get(&format!("{path}/suggested-pipeline")).await?;
    let queued: Job = firm.post(&format!("{path}/runs"), Some(&NewRun { spec })).await?;
    firm.follow(queued.id).await?;
    let runs: Page<Run> = firm.get(&format!("{path}/runs")).await?;
    let run = runs.items.into_iter().find(|run| run.id == queued.id).context("the run is gone")?;
    if let Some(fault) = run.fault {
        bail!("the pipeline refused the data: {}: {}", fault.code, fault.text.en);
    }
    let version = run.version.context("the run made no version")?;
    let lineage = run.lineage.context("the run has no lineage")?;
    for step in &lineage.steps {
        let figures = format!(
            "{} → {} rows, {} cells changed",
            step.rows_in, step.rows_out, step.cells_changed
        );
        console.line(&format!("  {}", step.step), &format!("  {}", step.step), figures);
    }
    let evidence: Evidence = owner.get(&format!("/v1/versions/{}/evidence", version.id)).await?;
    figures(&version, &evidence, console);
    let submission = Submission { version: version.id, no_subcontracting: true };
    let _: Processing = firm.post(&format!("{path}/submit"), Some(&submission)).await?;
    let verification = Verification { privacy_clearance: clearance(&evidence)? };
    let verified: Processing =
        cast.operator.api.post(&format!("{path}/verify"), Some(&verification)).await?;
    if !verified.findings.is_empty() {
        let why: Vec<&str> = verified.findings.iter().map(|found| &*found.text.en).collect();
        bail!("verification sent the work back: {}", why.join("; "));
    }
    let _: Processing = owner.post(&format!("{path}/approve"), NOTHING).await?;
    let deletion = Deletion { certificate: "작업 사본을 모두 지웠습니다.".to_owned() };
    let closed: Processing = firm.post(&format!("{path}/close"), Some(&deletion)).await?;
    console.line("가공 상태", "job state", closed.state);
    owner.get(&format!("/v1/versions/{}", version.id)).await
}

/// What the operator's reviewer writes when the scan asks for a look: time stamps that could be
/// somebody's number are cleared, anything else is not.
fn clearance(evidence: &Evidence) -> Result<Option<String>> {
    let privacy = &evidence.privacy;
    if privacy.outcome != Outcome::Review {
        return Ok(None);
    }
    let grave = privacy.findings.iter().find(|finding| !is_doubtful(finding));
    if let Some(finding) = grave {
        bail!("personal data are suspected, and the story ends here: {}", finding.text.en);
    }
    let text =
        "숫자 열을 확인했으며 개인을 가리키지 않습니다. (Numbers looked at; they name nobody.)";
    Ok(Some(text.to_owned()))
}
