//! `scan`: personal data, found and never printed.

use std::path::PathBuf;

use processing::{Fault, privacy};
use schema::data::privacy::Outcome;

use super::say::word;
use super::{Desk, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Scan {
    /// 파일 · file
    file: PathBuf,
    /// 미래 날짜 판단 기준일(YYYY-MM-DD); 없으면 오늘 · day for judging future dates; today if absent
    #[arg(long)]
    today: Option<String>,
}

impl Desk {
    pub(super) fn scan(&self, args: &Scan) -> Result<Verdict, Fault> {
        let today = day(args.today.as_deref())?;
        let table = self.table(&args.file)?;
        let name = args.file.file_name().unwrap_or_default().to_string_lossy();
        let (path, dictionary) = (&table.path, &table.dictionary);
        let report = privacy::scan(path, dictionary, &name, today, &self.limits, &self.progress)?;
        self.print(&report, |page| {
            for finding in &report.findings {
                let number = finding.column_number.map_or("-".to_owned(), |n| n.to_string());
                let column = finding.column.clone().unwrap_or(number);
                page.line(&format!("{column}: {} × {}", word(&finding.outcome), finding.count));
                page.text(&finding.text);
            }
            page.fact("결과", "outcome", word(&report.outcome));
        })?;
        Ok(if report.outcome == Outcome::Block { Verdict::Failed } else { Verdict::Passed })
    }
}

/// Year, month and day of a text; today in Korea, wherever the desk stands, without one.
pub(super) fn day(text: Option<&str>) -> Result<(i32, u8, u8), Fault> {
    let day: jiff::civil::Date = match text {
        None => jiff::tz::Offset::constant(9).to_datetime(jiff::Timestamp::now()).date(),
        Some(text) => text.parse().map_err(|_| {
            Fault::input(
                "date-invalid",
                format!("‘{text}’은(는) 날짜가 아닙니다. 2024-05-01처럼 쓰십시오."),
                format!("“{text}” is not a day; write 2024-05-01"),
            )
        })?,
    };
    let part = |part: i8| u8::try_from(part).unwrap_or(1);
    Ok((i32::from(day.year()), part(day.month()), part(day.day())))
}
