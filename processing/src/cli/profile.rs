//! `profile`: statistics of every column.

use std::path::PathBuf;

use processing::profile::ProfileOptions;
use processing::{Fault, profile};
use schema::data::profile::{ColumnProfile, Profile as Measured, Scalar};

use super::html::Drawn;
use super::say::{Page, word};
use super::{Desk, Verdict, facts};

#[derive(Debug, clap::Args)]
pub(super) struct Profile {
    /// 파일 · file
    file: PathBuf,
    /// 상관·변화·같은 열·멈춘 신호는 재지 않음 · leaves out correlations, drift, equal columns, stuck runs
    #[arg(long)]
    quick: bool,
    /// 사람이 읽는 보고서(HTML)를 적을 파일 · where to write the report that people read
    #[arg(long)]
    html: Option<PathBuf>,
}

impl Desk {
    pub(super) fn profile(&self, args: &Profile) -> Result<Verdict, Fault> {
        let table = self.table(&args.file)?;
        let options = if args.quick { ProfileOptions::QUICK } else { ProfileOptions::FULL };
        let (path, dictionary) = (&table.path, &table.dictionary);
        let profile =
            profile::profile_with(path, dictionary, options, &self.limits, &self.progress)?;
        if let Some(path) = &args.html {
            self.draw(path, &Drawn::of(&args.file, &table, &profile))?;
        }
        self.print(&profile, |page| {
            measure(page, &profile);
            facts::tell(page, &profile);
        })?;
        Ok(Verdict::Passed)
    }
}

fn measure(page: &mut Page, profile: &Measured) {
    page.fact("행", "rows", profile.rows);
    page.fact("빈칸", "null cells", profile.null_cells);
    if let Some(duplicates) = &profile.duplicate_rows {
        page.fact("중복 행", "repeated rows", duplicates.rows);
    }
    for time in &profile.time {
        facts::sampling(page, time);
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
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e9).contains(&size) {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{value:.4e}")
    }
}
