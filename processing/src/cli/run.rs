//! `run`: a cleaning pipeline over a file, with its lineage.

use std::path::{Path, PathBuf};

use processing::{Fault, pipeline, profile};
use schema::data::lineage::Lineage;
use schema::data::pipeline::{PipelineSpec, Step};

use super::html::Drawn;
use super::say::Page;
use super::validate::Beside;
use super::{Desk, Table, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// 파이프라인 명세(YAML, JSON) · pipeline specification
    spec: PathBuf,
    /// 입력 파일; 여럿이면 한 표로 · files to clean; several make one table
    #[arg(long, required = true, num_args = 1..)]
    input: Vec<PathBuf>,
    /// 명세가 이름으로 부르는 추가 파일 · further file that the specification calls by name
    #[arg(long, value_name = "NAME=FILE", value_parser = named)]
    with: Vec<(String, PathBuf)>,
    /// 결과 Parquet · Parquet file to write
    #[arg(long)]
    out: PathBuf,
    /// 계보(JSON)를 적을 파일 · where to write the lineage
    #[arg(long)]
    lineage: Option<PathBuf>,
    /// 전후를 비교한 보고서(HTML)를 적을 파일 · where to write the report that people read, before and after
    #[arg(long)]
    html: Option<PathBuf>,
    /// 가명화에 쓸 비밀 키의 파일; 없으면 환경변수 JANGTEO_KEY_이름 · file of a secret key of pseudonyms; the environment variable JANGTEO_KEY_NAME if absent
    #[arg(long = "key", value_name = "NAME=FILE")]
    keys: Vec<String>,
    /// 보고서에서 결과를 검증할 규칙; 없으면 제안 규칙 · rules for the report; suggested ones if absent
    #[arg(long, requires = "html")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    beside: Beside,
}

/// Reads `NAME=FILE`.
fn named(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok((name.to_owned(), PathBuf::from(file)))
        }
        _ => Err("NAME=FILE".to_owned()),
    }
}

impl Desk {
    pub(super) fn clean(&self, args: &Run) -> Result<Verdict, Fault> {
        let text = self.read(&args.spec)?;
        let spec = pipeline::parse(&text)?;
        let keys = keys(&args.keys, &spec)?;
        let table = self.tables(&args.input)?;
        let others = args
            .with
            .iter()
            .map(|(name, file)| Ok((name.as_str(), self.table(file)?)))
            .collect::<Result<Vec<_>, Fault>>()?;
        let with: Vec<_> = others.iter().map(|(name, other)| (*name, &*other.path)).collect();
        let (input, out) = (&table.path, &args.out);
        let (limits, progress) = (&self.limits, &self.progress);
        let lineage = pipeline::run_with_keys(&spec, input, &with, &keys, out, limits, progress)
            .map_err(|fault| pipeline::placed(&text, fault))?;
        if let Some(path) = &args.lineage {
            self.write_json(path, &lineage)?;
        }
        if let Some(path) = &args.html {
            self.compared(path, args, &table, &lineage)?;
        }
        self.print(&lineage, |page| tell(page, &lineage))?;
        Ok(Verdict::Passed)
    }

    /// Draws the result beside what it was.
    fn compared(
        &self,
        path: &Path,
        args: &Run,
        table: &Table,
        lineage: &Lineage,
    ) -> Result<(), Fault> {
        let before =
            profile::profile(&table.path, &table.dictionary, &self.limits, &self.progress)?;
        let result = self.table(&args.out)?;
        let (_, assessment) =
            self.assessed(&result, args.rules.as_deref(), &args.beside, jiff::Timestamp::now())?;
        let drawn = Drawn {
            report: Some(&assessment.report),
            suggested: args.rules.is_none(),
            before: Some(&before),
            lineage: Some(lineage),
            ..Drawn::of(&args.out, &result, &assessment.profile)
        };
        self.draw(path, &drawn)
    }
}

/// The keys that a specification calls: from files, else from the environment. The line end of a
/// file is no part of its key.
fn keys(given: &[String], spec: &PipelineSpec) -> Result<pipeline::Keys, Fault> {
    let mut keys = pipeline::Keys::default();
    for step in &spec.steps {
        if let Step::Pseudonymise(step) = step
            && let Some(secret) = std::env::var_os(format!("JANGTEO_KEY_{}", step.key))
        {
            keys.add(&step.key, secret.as_encoded_bytes())?;
        }
    }
    for pair in given {
        let (name, path) = pair.split_once('=').ok_or_else(|| {
            Fault::input(
                "key-invalid",
                format!("--key {pair}: 이름=파일로 쓰십시오."),
                format!("--key {pair}: write NAME=FILE"),
            )
        })?;
        let secret = std::fs::read(path).map_err(|error| {
            Fault::input(
                "key-invalid",
                format!("키 파일 {path}을(를) 읽을 수 없습니다: {error}"),
                format!("the key file {path} cannot be read: {error}"),
            )
        })?;
        keys.add(name, secret.trim_ascii_end())?;
    }
    Ok(keys)
}

fn tell(page: &mut Page, lineage: &Lineage) {
    let rows: Vec<Vec<String>> = lineage
        .steps
        .iter()
        .map(|step| {
            vec![
                step.number.to_string(),
                step.step.clone(),
                step.rows_in.to_string(),
                step.rows_out.to_string(),
                step.columns_in.to_string(),
                step.columns_out.to_string(),
                step.cells_changed.to_string(),
                step.dropped_columns.join(" "),
            ]
        })
        .collect();
    let heads = [
        ("번호", "no."),
        ("단계", "step"),
        ("행 전", "rows in"),
        ("행 후", "rows out"),
        ("열 전", "columns in"),
        ("열 후", "columns out"),
        ("바뀐 칸", "cells changed"),
        ("버린 열", "columns dropped"),
    ];
    page.table(&heads, &rows);
    page.gap();
    page.fact("행", "rows", lineage.output.rows);
    page.fact("열", "columns", lineage.output.columns);
    page.fact("SHA-256", "SHA-256", &lineage.output.sha256);
    page.fact("내용 해시", "content hash", &lineage.output.logical_sha256);
}
