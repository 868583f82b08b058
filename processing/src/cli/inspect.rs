//! `inspect`: what files are, as a dictionary that can be edited and passed back.

use std::path::PathBuf;

use processing::{Fault, ingest};
use schema::data::column::Dictionary;
use serde::Serialize;

use super::say::{Page, word};
use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Inspect {
    /// CSV, JSON Lines, Parquet (gzip, zstd)
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Inspected<'a> {
    file: String,
    #[serde(flatten)]
    dictionary: &'a Dictionary,
}

impl Desk {
    pub(super) fn inspect(&self, args: &Inspect) -> Result<Verdict, Fault> {
        let mut found = Vec::with_capacity(args.files.len());
        for file in &args.files {
            self.exists(file)?;
            found.push((file.display().to_string(), ingest::inspect(file, &self.limits)?));
        }
        if let [(_, dictionary)] = &found[..] {
            // One dictionary alone can be edited and passed to `convert`.
            self.print(dictionary, |page| describe(page, dictionary))?;
            return Ok(Verdict::Passed);
        }
        let documents: Vec<Inspected<'_>> = found
            .iter()
            .map(|(file, dictionary)| Inspected { file: file.clone(), dictionary })
            .collect();
        self.print(&documents, |page| {
            for (file, dictionary) in &found {
                page.line(&format!("== {file}"));
                describe(page, dictionary);
                page.gap();
            }
        })?;
        Ok(Verdict::Passed)
    }
}
fn describe(page: &mut Page, dictionary: &Dictionary) {
    let reading = &dictionary.reading;
    let form = [word(&reading.format), word(&reading.compression), word(&reading.encoding)];
    page.fact("형식", "format", form.join(" / "));
    if let Some(delimiter) = &reading.delimiter {
        page.fact("구분자", "delimiter", format!("{delimiter:?}"));
    }
    let offset = reading.utc_offset_min;
    page.fact("시각 기준(UTC+분)", "UTC offset in minutes", offset);
    page.gap();
    let rows: Vec<Vec<String>> = dictionary
        .columns
        .iter()
        .map(|column| {
            vec![
                column.name.clone(),
                word(&column.value_type),
                word(&column.role),
                column.unit.clone().unwrap_or_default(),
                column.sentinels.join(" "),
                column.formats.join(" "),
            ]
        })
        .collect();
    let heads = [
        ("열", "column"),
        ("형식", "type"),
        ("역할", "role"),
        ("단위", "unit"),
        ("센티널", "sentinels"),
        ("날짜 모양", "date shapes"),
    ];
    page.table(&heads, &rows);
    if !dictionary.findings.is_empty() {
        page.gap();
        for finding in &dictionary.findings {
            page.text(&finding.text);
        }
    }
}
