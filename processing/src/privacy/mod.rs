//! A search for personal data in cells, headers, file name and metadata.
//!
//! | file | what it holds |
//! |---|---|
//! | `detect` | what one text matches |
//! | `header` | what a column name announces |
//! | `secret` | credentials: keys and tokens |
//! | `nested` | the texts inside of lists, structs and maps |
//! | `columns` | counting over all cells but days, instants and flags |
//! | `outcome` | counts → findings; when to block, when to review |
//!
//! Invariants: all rows are searched; no found value leaves this module, not even in an error; the
//! report does not depend on row groups or threads.
//!
//! Deliberately absent: floats with a fraction (a measured signal is not an identifier), names of
//! people in free text, faces, trade secrets: those take a person. The clock: `today` is given.

mod columns;
mod detect;
mod header;
mod nested;
mod outcome;
#[cfg(test)]
mod place_tests;
mod secret;
#[cfg(test)]
mod tests;

use std::path::Path;

use schema::data::column::Dictionary;
use schema::data::privacy::{Detector, Outcome, Place, PrivacyFinding, PrivacyReport};

use columns::{ColumnCounts, PrivacyWorker, Searched};
use detect::{Day, SHAPES, Shape, search};
use header::{Word, announces};
use outcome::{At, Count, finding, header_finding, outcome, split_finding};

use crate::error::Fault;
use crate::limits::Limits;
use crate::profile::scan::{Scan, Walk};
use crate::profile::table::{Kind, Table};
use crate::progress::Progress;
use crate::quality::TOOL;

/// Version of the detectors and of their outcomes.
pub const RULES_VERSION: u32 = 2;

/// Columns that a firm which cleans the data should drop: every column with a finding, except bare
/// numbers that merely could be somebody's, such as time stamps, which a reviewer looks at.
pub fn personal_columns(report: &PrivacyReport, dictionary: &Dictionary) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for finding in &report.findings {
        let place = matches!(finding.place, Place::Cells | Place::Header);
        if !place || is_doubtful(finding) {
            continue;
        }
        let number = finding.column_number.and_then(|number| usize::try_from(number).ok());
        let column = number.and_then(|number| dictionary.columns.get(number.checked_sub(1)?));
        if let Some(column) = column
            && !columns.contains(&column.name)
        {
            columns.push(column.name.clone());
        }
    }
    columns
}

/// Whether a finding is of bare numbers that a reviewer may know to be something else.
pub fn is_doubtful(finding: &PrivacyFinding) -> bool {
    let numbers = matches!(finding.detector, Detector::ResidentNumber | Detector::PaymentCard);
    numbers && finding.place == Place::Cells && finding.outcome == Outcome::Review
}

/// Searches a Parquet file for personal data.
///
/// `dictionary` adds headers as the source had them and titles; `file_name` is searched as well;
/// `today` (year, month, day) decides which birthdays are in the future.
///
/// # Errors
///
/// [`Fault::Input`] if the file is not readable Parquet or beyond the limits; [`Fault::Transient`]
/// if the disk fails; [`Fault::Cancelled`] if `progress` says so.
pub fn scan(
    path: &Path,
    dictionary: &Dictionary,
    file_name: &str,
    today: (i32, u8, u8),
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<PrivacyReport, Fault> {
    let table = Table::open(path, dictionary, limits)?;
    let searched: Vec<Searched> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| match column.kind {
            Kind::Flag | Kind::Day | Kind::Instant { .. } => false,
            Kind::Decimal { scale } => scale == 0,
            Kind::Text | Kind::Whole | Kind::Real | Kind::Bytes | Kind::Opaque => true,
        })
        .map(|(position, _)| Searched { position })
        .collect();
    let positions: Vec<usize> = searched.iter().map(|column| column.position).collect();
    let scan = Scan { table: &table, limits, progress, stage: "privacy" };
    let make = || PrivacyWorker::new(&positions, today);
    let (workers, _) = scan.run(&positions, make, Vec::<Walk<PrivacyWorker>>::new())?;
    let counts = workers.into_iter().reduce(PrivacyWorker::merged).unwrap_or_else(make);
    let mut findings = texts(Place::FileName, [file_name], today);
    findings.extend(texts(Place::Metadata, metadata(&table).iter().map(String::as_str), today));
    let headers = Headers::of(&table, today);
    findings.extend(headers.findings());
    for (column, counted) in counts.columns.iter().enumerate() {
        findings.extend(cells(&headers, positions[column], counted));
    }
    Ok(PrivacyReport {
        rules_version: RULES_VERSION,
        tool: TOOL.to_owned(),
        today: format!("{:04}-{:02}-{:02}", today.0, today.1, today.2),
        rows: table.rows,
        columns_searched: u32::try_from(positions.len()).unwrap_or(u32::MAX),
        cells_searched: counts.cells,
        outcome: findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::Pass),
        findings,
    })
}

/// Findings of texts outside of the table; one for each shape.
fn texts<'a>(
    place: Place,
    texts: impl IntoIterator<Item = &'a str>,
    today: Day,
) -> Vec<PrivacyFinding> {
    let mut counts: [Count; SHAPES] = Default::default();
    for text in texts {
        let hits = search(text, today);
        for (count, shape) in counts.iter_mut().zip(Shape::ALL) {
            count.candidates += u64::from(hits.is_candidate(shape));
            count.hits += u64::from(hits.is_hit(shape));
            count.checksums += u64::from(hits.checksum_ok(shape));
            count.living += u64::from(hits.is_hit(shape) && hits.living);
        }
    }
    let found = Shape::ALL.into_iter().zip(&counts).filter_map(|(shape, count)| {
        let outcome = outcome(shape, count, None)?;
        Some(finding(shape, place, At::default(), count, outcome))
    });
    found.collect()
}

/// Keys and values of the file's metadata, except the copy of the schema that Arrow keeps there.
fn metadata(table: &Table) -> Vec<String> {
    let entries = table.metadata.metadata().file_metadata().key_value_metadata();
    entries
        .into_iter()
        .flatten()
        .filter(|entry| entry.key != "ARROW:schema")
        .flat_map(|entry| [Some(entry.key.clone()), entry.value.clone()])
        .flatten()
        .collect()
}

/// What the names of the columns say.
struct Headers {
    names: Vec<String>,
    words: Vec<Option<Word>>,
    values: Vec<Vec<PrivacyFinding>>,
}

impl Headers {
    fn of(table: &Table, today: Day) -> Self {
        let mut headers = Self { names: Vec::new(), words: Vec::new(), values: Vec::new() };
        for column in &table.columns {
            let declared = column.declared.as_ref();
            let source = declared.and_then(|column| column.source_name.as_deref());
            let title = declared.and_then(|column| column.title.as_ref());
            let title = title.into_iter().flat_map(|title| [title.ko.as_str(), title.en.as_str()]);
            let mut all: Vec<&str> =
                [column.name.as_str()].into_iter().chain(source).chain(title).collect();
            all.sort_unstable();
            all.dedup();
            headers.words.push(all.iter().find_map(|name| announces(name)));
            headers.values.push(texts(Place::Header, all, today));
            headers.names.push(column.name.clone());
        }
        headers
    }

    /// A column, by its number only if its name is itself a finding.
    fn at(&self, column: usize) -> At {
        let shown = self.values[column].is_empty();
        At {
            column: shown.then(|| self.names[column].clone()),
            number: u32::try_from(column + 1).ok(),
        }
    }

    fn findings(&self) -> Vec<PrivacyFinding> {
        let mut findings = Vec::new();
        for column in 0..self.names.len() {
            let number = self.at(column).number;
            findings.extend(
                self.values[column]
                    .iter()
                    .map(|found| PrivacyFinding { column_number: number, ..found.clone() }),
            );
            findings.extend(self.words[column].map(|_| header_finding(self.at(column))));
        }
        findings
    }
}

/// Findings in the cells of one column, and of it with its neighbour.
fn cells(headers: &Headers, column: usize, counted: &ColumnCounts) -> Vec<PrivacyFinding> {
    let word = headers.words[column];
    let mut findings: Vec<PrivacyFinding> = Shape::ALL
        .into_iter()
        .zip(&counted.shapes)
        .filter_map(|(shape, count)| {
            let outcome = outcome(shape, count, word)?;
            Some(finding(shape, Place::Cells, headers.at(column), count, outcome))
        })
        .collect();
    findings.extend(split_finding(headers.at(column), &counted.split));
    findings
}
