//! The dictionary of several files: every file is counted once, column by column of the union.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use schema::data::column::{Column, Dictionary, FileReading, Finding, Reading, ValueType};

use super::drift::{Drift, FileFacts};
use super::{places, unify};
use crate::digest::sha256_file_with;
use crate::error::Fault;
use crate::ingest::census::Census;
use crate::ingest::extremes::Extremes;
use crate::ingest::table_census::ColumnCensus;
use crate::ingest::tally::Tally;
use crate::ingest::text_file::TextFile;
use crate::ingest::verdict::Surroundings;
use crate::ingest::{describe, faults, is_parquet, names, notes, roles, shift, survey, table};
use crate::limits::Limits;
use crate::progress::Progress;

/// Columns of all files together; each costs some 100 bytes until the table is written.
const FILE_COLUMNS_MAX: usize = 4 << 20;

/// A column of the union while the files are read.
struct Gathered {
    name: String,
    source: Option<String>,
    /// Cells of the text files.
    census: Census,
    /// Cells of the Parquet files.
    typed: Option<ColumnCensus>,
    /// The type that holds all values so far; `None` while there are none.
    joined: Option<ValueType>,
}

/// A column of a file.
pub(super) struct PartColumn {
    pub(super) place: usize,
    pub(super) value_type: ValueType,
    /// Whether the file has values there.
    pub(super) filled: bool,
    formats: Vec<String>,
}

/// A file that was counted.
struct Part {
    file: FileReading,
    columns: Vec<PartColumn>,
    is_text: bool,
}

/// What one file holds.
struct Counted {
    reading: Reading,
    rows: u64,
    sources: Option<Vec<String>>,
    stored: Vec<String>,
    columns: Vec<Column>,
    findings: Vec<Finding>,
    repeats: Tally,
    cells: Cells,
}

enum Cells {
    Text(Vec<Census>),
    Typed(Vec<ColumnCensus>),
}

/// Counts all files.
pub(super) fn detect(
    paths: &[PathBuf],
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Dictionary, Fault> {
    let mut union = Union::default();
    for (path, label) in paths.iter().zip(places::labels(paths)) {
        let counted =
            count(path, limits, progress).map_err(|fault| super::in_file(fault, &label))?;
        let sha256 = sha256_file_with(path, progress)?;
        union.take(counted, label, sha256, limits)?;
    }
    union.finish(paths.len())
}

fn count(path: &Path, limits: &Limits, progress: &dyn Progress) -> Result<Counted, Fault> {
    if is_parquet(path)? {
        let (dictionary, columns, rows) = table::survey(path, limits, progress)?;
        let sources: Vec<String> =
            dictionary.columns.iter().filter_map(|column| column.source_name.clone()).collect();
        return Ok(Counted {
            reading: dictionary.reading,
            rows,
            stored: names::from_header(&sources, limits.name_bytes_max).0,
            sources: Some(sources),
            columns: dictionary.columns,
            findings: dictionary.findings,
            repeats: Tally::default(),
            cells: Cells::Typed(columns),
        });
    }
    let mut file = TextFile::open(path, None, limits)?;
    let survey = survey::survey(&mut file, limits, progress)?;
    let dictionary = describe::confirmed(&file, &survey, limits);
    Ok(Counted {
        reading: dictionary.reading,
        rows: survey.rows,
        sources: describe::source_names(&file),
        stored: dictionary.columns.iter().map(|column| column.name.clone()).collect(),
        columns: dictionary.columns,
        findings: dictionary.findings,
        repeats: survey.repeats,
        cells: Cells::Text(survey.columns),
    })
}

#[derive(Default)]
struct Union {
    columns: Vec<Gathered>,
    places: HashMap<String, usize>,
    parts: Vec<Part>,
    rows: u64,
    repeats: Tally,
    /// Findings about how files are read, with how many files have them.
    about_files: Vec<(Finding, u64)>,
    part_columns: usize,
    drift: Drift,
}

impl Union {
    fn take(
        &mut self,
        counted: Counted,
        label: String,
        sha256: String,
        limits: &Limits,
    ) -> Result<(), Fault> {
        let mut part = Vec::with_capacity(counted.columns.len());
        for (at, (column, stored)) in counted.columns.iter().zip(&counted.stored).enumerate() {
            let source = counted.sources.as_ref().and_then(|sources| sources.get(at));
            let place = self.place(stored, source);
            self.drift.spelling(place, &self.columns[place].source, source);
            let filled = match &counted.cells {
                Cells::Text(list) => list[at].values() > 0,
                Cells::Typed(list) => list[at].values > 0,
            };
            if filled {
                let joined = &mut self.columns[place].joined;
                *joined = match *joined {
                    None => Some(column.value_type),
                    Some(known) => Some(
                        unify::joined(known, column.value_type)
                            .ok_or_else(|| faults::files_conflict(stored, &label))?,
                    ),
                };
            }
            let formats = column.formats.clone();
            part.push(PartColumn { place, value_type: column.value_type, filled, formats });
        }
        self.part_columns += part.len();
        if self.part_columns > FILE_COLUMNS_MAX {
            return Err(faults::files_too_many(FILE_COLUMNS_MAX));
        }
        if self.columns.len() > limits.columns_max {
            return Err(faults::columns_too_many(self.columns.len(), limits.columns_max));
        }
        self.merge(&counted, &part);
        self.repeats.merge(&counted.repeats, self.rows);
        self.rows += counted.rows;
        if self.rows > limits.rows_max {
            return Err(faults::rows_too_many(limits.rows_max));
        }
        for finding in counted.findings.into_iter().filter(|finding| finding.column.is_none()) {
            if finding.code == "rows-repeated" {
                continue;
            }
            match self.about_files.iter_mut().find(|(known, _)| known.code == finding.code) {
                Some((_, files)) => *files += 1,
                None => self.about_files.push((finding, 1)),
            }
        }
        let is_text = matches!(counted.cells, Cells::Text(_));
        let facts = FileFacts { label: label.clone(), sha256: sha256.clone() };
        self.drift.file(facts, &counted.reading, &part);
        let file = FileReading {
            name: label,
            sha256,
            rows: counted.rows,
            reading: counted.reading,
            formats: std::collections::BTreeMap::new(),
        };
        self.parts.push(Part { file, columns: part, is_text });
        Ok(())
    }

    fn place(&mut self, stored: &str, source: Option<&String>) -> usize {
        if let Some(place) = self.places.get(&places::key(stored)) {
            return *place;
        }
        // The records before are null there.
        let census = Census { cells: self.rows, empty: self.rows, ..Census::default() };
        self.places.insert(places::key(stored), self.columns.len());
        self.columns.push(Gathered {
            name: stored.to_owned(),
            source: source.cloned(),
            census,
            typed: None,
            joined: None,
        });
        self.columns.len() - 1
    }

    /// Adds the cells of a file; a column it lacks is empty there.
    fn merge(&mut self, counted: &Counted, part: &[PartColumn]) {
        let mut found: Vec<Option<usize>> = vec![None; self.columns.len()];
        for (at, column) in part.iter().enumerate() {
            found[column.place] = Some(at);
        }
        let absent = Census { cells: counted.rows, empty: counted.rows, ..Census::default() };
        for (column, at) in self.columns.iter_mut().zip(found) {
            match (at, &counted.cells) {
                (Some(at), Cells::Text(list)) => column.census.merge(&list[at], self.rows),
                (at, Cells::Typed(list)) => {
                    if let Some(at) = at {
                        let typed = column.typed.get_or_insert_with(ColumnCensus::default);
                        typed.merge(&list[at], self.rows);
                    }
                    column.census.merge(&absent, self.rows);
                }
                (None, Cells::Text(_)) => column.census.merge(&absent, self.rows),
            }
        }
    }

    fn finish(mut self, files: usize) -> Result<Dictionary, Fault> {
        let Some(first) = self.parts.first() else { return Err(faults::file_empty()) };
        let mut dictionary = Dictionary::new(first.file.reading.clone(), Vec::new());
        for (finding, count) in &self.about_files {
            dictionary.findings.push(notes::in_files(finding, *count, files));
        }
        let mixed = |column: &Gathered| {
            column.census.comma_decimals.count > 0 && column.census.thousands[1].count == 0
        };
        let around = Surroundings { decimal_commas: self.columns.iter().any(mixed) };
        for place in 0..self.columns.len() {
            let column = self.column(place, around, &mut dictionary.findings);
            dictionary.columns.push(column);
        }
        describe::settle_time(&mut dictionary.columns);
        let extremes: Vec<Extremes> = self.columns.iter().map(Gathered::extremes).collect();
        describe::confirm_sentinels(&mut dictionary, &extremes.iter().collect::<Vec<_>>());
        if self.repeats.count > 0 {
            dictionary.findings.push(notes::rows_repeated_in_files(&self.repeats));
        }
        dictionary.findings.extend(shift::header(&dictionary.columns));
        dictionary.findings.extend(self.drift.findings(&dictionary.columns));
        dictionary.files = self.parts.into_iter().map(|part| part.file).collect();
        Ok(dictionary)
    }

    /// A column of the union: judged over the cells of all files where that gives the joined type,
    /// and else put together from what the files say.
    fn column(
        &mut self,
        place: usize,
        around: Surroundings,
        findings: &mut Vec<Finding>,
    ) -> Column {
        let Self { columns, parts, .. } = self;
        let own = &columns[place];
        let mut told = Vec::new();
        let mut column =
            describe::column(own.name.clone(), own.source.as_ref(), &own.census, around, &mut told);
        let Some(mut joined) = own.joined else {
            findings.append(&mut told);
            return column;
        };
        if joined == ValueType::Number && own.census.wide.count > 0 {
            // Integers that a float would round stand next to fractions.
            joined = ValueType::Text;
        }
        if column.value_type == joined && own.typed.is_none() {
            findings.append(&mut told);
            return column;
        }
        // Text files keep their own shapes where those of all together would not read them.
        let judged = column.value_type == joined && own.census.values() > 0;
        let mut formats: Vec<String> = if judged { column.formats.clone() } else { Vec::new() };
        for part in parts.iter_mut().filter(|part| part.is_text) {
            let of_place = |column: &&mut PartColumn| column.place == place;
            let Some(part_column) = part.columns.iter_mut().find(of_place) else { continue };
            if judged || joined == ValueType::Text {
                continue;
            }
            for format in &part_column.formats {
                if !formats.contains(format) {
                    formats.push(format.clone());
                }
            }
            // By the name in the files, which stays when a person renames the column.
            let name = own.source.as_ref().unwrap_or(&own.name).clone();
            part.file.formats.insert(name, std::mem::take(&mut part_column.formats));
        }
        if judged {
            findings.append(&mut told);
        }
        column.value_type = joined;
        column.formats = formats;
        if let Some(typed) = &own.typed {
            typed.findings(&own.name, findings);
            column.nullable |= typed.nulls > 0;
            let few = typed.few.list();
            let facts = roles::Facts { value_type: joined, few, steady: typed.run.is_steady() };
            if own.census.values() == 0 {
                column.role = roles::role(&own.name, facts);
                column.confidence_bp = None;
            }
        } else {
            let few = own.census.few.list();
            let facts =
                roles::Facts { value_type: joined, few, steady: own.census.run.is_steady() };
            column.role = roles::role(&own.name, facts);
        }
        column.sentinels.clear();
        if joined.is_numeric() {
            let values = own.census.values() + own.typed.as_ref().map_or(0, |typed| typed.values);
            for seen in own.extremes().suspects(values) {
                let value = seen.value.to_string();
                findings.push(notes::sentinel(&own.name, &value, &seen.tally, values));
                column.sentinels.push(value);
            }
        }
        column
    }
}

impl Gathered {
    fn extremes(&self) -> Extremes {
        let mut extremes = self.census.extremes.clone();
        if let Some(typed) = &self.typed {
            extremes.merge(&typed.extremes, 0);
        }
        extremes
    }
}
