//! Commands that look at data: inspect, profile, suggest.

use std::path::PathBuf;

use processing::{Fault, ingest, pipeline, profile, quality};
use schema::data::column::Dictionary;
use schema::data::pipeline::PipelineSpec;
use schema::data::profile::{ColumnProfile, Profile, Scalar};
use schema::data::quality::RuleSet;
use serde::Serialize;

use super::say::Page;
use super::{Desk, Verdict};

#[derive(Serialize)]
struct Inspected<'a> {
    file: String,
    #[serde(flatten)]
    dictionary: &'a Dictionary,
}

#[derive(Serialize)]
struct Suggested {
    pipeline: PipelineSpec,
    rules: RuleSet,
}

impl Desk {
    pub(super) fn inspect(&self, files: &[PathBuf]) -> Result<Verdict, Fault> {
        let mut found = Vec::with_capacity(files.len());
        for file in files {
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

    pub(super) fn profile(&self, file: &std::path::Path) -> Result<Verdict, Fault> {
        let table = self.table(file)?;
        let profile =
            profile::profile(&table.path, &table.dictionary, &self.limits, &self.progress)?;
        self.print(&profile, |page| measure(page, &profile))?;
        Ok(Verdict::Passed)
    }

    pub(super) fn suggest(&self, file: &std::path::Path) -> Result<Verdict, Fault> {
        let table = self.table(file)?;
        let profile =
            profile::profile(&table.path, &table.dictionary, &self.limits, &self.progress)?;
        let suggested = Suggested {
            pipeline: pipeline::suggest(&profile, &table.dictionary),
            rules: quality::suggest(&profile, &table.dictionary),
        };
        let yaml = serde_saphyr::to_string(&suggested.pipeline)
            .map_err(|error| Fault::Bug(error.to_string()))?;
        self.print(&suggested, |page| page.line(yaml.trim_end()))?;
        Ok(Verdict::Passed)
    }
}

/// A word of the vocabulary as it is written in JSON.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
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

fn measure(page: &mut Page, profile: &Profile) {
    page.fact("행", "rows", profile.rows);
    page.fact("빈칸", "null cells", profile.null_cells);
    if let Some(duplicates) = &profile.duplicate_rows {
        page.fact("중복 행", "repeated rows", duplicates.rows);
    }
    for time in &profile.time {
        let of = time.group.as_deref().map(|group| format!(" / {group}")).unwrap_or_default();
        let (ko, en) = (format!("시각 {}{of}", time.column), format!("time {}{of}", time.column));
        let back = page.pick("거꾸로", "backward").to_owned();
        let gaps = page.pick("공백", "gaps").to_owned();
        page.fact(&ko, &en, format!("{back} {}, {gaps} {}", time.backward, time.gaps));
    }
    page.gap();
    let rows: Vec<Vec<String>> = profile.columns.iter().map(row).collect();
    let heads = [
        ("열", "column"),
        ("형식", "type"),
        ("빈칸", "nulls"),
        ("NaN", "NaN"),
        ("센티널", "sentinels"),
        ("서로 다른 값", "distinct"),
        ("최소", "min"),
        ("중앙", "median"),
        ("최대", "max"),
        ("평균", "mean"),
        ("표준편차", "std"),
    ];
    page.table(&heads, &rows);
}

fn row(column: &ColumnProfile) -> Vec<String> {
    let scalar = |value: Option<&Scalar>| match value {
        None => String::new(),
        Some(Scalar::Bool(value)) => value.to_string(),
        Some(Scalar::Integer(value)) => value.to_string(),
        Some(Scalar::Number(value)) => short(*value),
        Some(Scalar::Text(text)) => text.clone(),
    };
    let distinct = column.distinct.as_ref().map_or_else(String::new, |distinct| {
        format!("{}{}", if distinct.exact { "" } else { "≈" }, distinct.count)
    });
    vec![
        column.name.clone(),
        word(&column.value_type),
        column.nulls.to_string(),
        column.nan.to_string(),
        column.sentinels.to_string(),
        distinct,
        scalar(column.min.as_ref()),
        scalar(column.quantiles.as_ref().map(|quantiles| &quantiles.p50)),
        scalar(column.max.as_ref()),
        column.mean.map(short).unwrap_or_default(),
        column.std.map(short).unwrap_or_default(),
    ]
}

/// A number in six significant digits.
fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e9).contains(&size) {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{value:.4e}")
    }
}
