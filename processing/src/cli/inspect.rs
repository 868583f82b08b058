//! `inspect`: what files are, as a dictionary that can be edited and passed back.

use std::path::PathBuf;

use processing::{Fault, ingest};
use schema::data::column::{Dictionary, Finding};

use super::say::{Page, hundredths, word};
use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Inspect {
    /// CSV, JSON Lines, Excel, Parquet (gzip, zstd); 여럿이면 한 표로 · several make one table
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// 고쳐 쓸 열 사전(YAML)을 적을 파일 · where to write the dictionary as editable YAML
    #[arg(long)]
    dictionary_out: Option<PathBuf>,
}

impl Desk {
    pub(super) fn inspect(&self, args: &Inspect) -> Result<Verdict, Fault> {
        args.files.iter().try_for_each(|file| self.exists(file))?;
        let dictionary = match args.files.as_slice() {
            [file] => ingest::inspect(file, &self.limits)?,
            files => ingest::inspect_all(files, &self.limits, &self.progress)?,
        };
        if let Some(path) = &args.dictionary_out {
            self.write(path, &ingest::to_yaml(&dictionary, self.lang)?)?;
        }
        self.print(&dictionary, |page| describe(page, &dictionary))?;
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
    if let Some(sheet) = &reading.sheet {
        page.fact("시트", "sheet", sheet);
    }
    if let Some(header) = reading.header {
        let (ko, en) = if header { ("있음", "yes") } else { ("없음", "no") };
        let known = page.pick(ko, en).to_owned();
        page.fact("열 이름 행", "header", known);
    }
    for file in &dictionary.files {
        page.fact("파일", "file", format!("{} ({})", file.name, file.rows));
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
                column.confidence_bp.map_or_else(String::new, |bp| hundredths(u32::from(bp))),
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
        ("확신 %", "sure %"),
        ("역할", "role"),
        ("단위", "unit"),
        ("센티널", "sentinels"),
        ("날짜 모양", "date shapes"),
    ];
    page.table(&heads, &rows);
    if !dictionary.findings.is_empty() {
        page.gap();
        note(page, &dictionary.findings);
    }
}

/// Findings, each with its column and the first records where it was seen.
pub(super) fn note(page: &mut Page, findings: &[Finding]) {
    for finding in findings {
        let column = finding.column.as_ref().map_or_else(String::new, |name| format!("{name}: "));
        let rows: Vec<String> = finding.rows.iter().map(u64::to_string).collect();
        let rows = match rows.as_slice() {
            [] => String::new(),
            rows => format!(" [{} {}]", page.pick("행", "rows"), rows.join(" ")),
        };
        let text = page.pick(&finding.text.ko, &finding.text.en).to_owned();
        page.line(&format!("- {column}{text}{rows} ({})", finding.code));
    }
}
