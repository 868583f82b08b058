//! The first pass over a text file: every record is counted, nothing is built.
//!
//! Invariant: the dictionary depends on all records, so a value at the end of the file has the same
//! say as one at its head, and the second pass never meets a value that does not fit.

use schema::data::column::{Column, Dictionary, Encoding, Role, ValueType};

use super::census::Census;
use super::grid::Grid;
use super::json::Keys;
use super::names;
use super::notes;
use super::roles::{self, Facts};
use super::text_file::{Layout, Piece, TextFile, Trouble};
use super::units::{self, Bracket};
use super::verdict::{self, Surroundings};
use super::{faults, parallel};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::Progress;

/// What the whole file holds.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) columns: Vec<Census>,
    pub(super) rows: u64,
    pub(super) blank_lines: u64,
}

impl Survey {
    fn of(piece: &Piece) -> Self {
        let grid = &piece.grid;
        let census = |column: usize| {
            let mut census = Census::default();
            for (row, cell) in (1..).zip(grid.column(column)) {
                census.observe(cell, row);
            }
            census
        };
        Self {
            columns: (0..grid.columns).map(census).collect(),
            rows: grid.rows as u64,
            blank_lines: piece.blank_lines,
        }
    }

    /// Adds the survey of the next block.
    fn merge(&mut self, next: &Self) {
        for (sum, census) in self.columns.iter_mut().zip(&next.columns) {
            sum.merge(census, self.rows);
        }
        self.rows += next.rows;
        self.blank_lines += next.blank_lines;
    }
}

/// The faults of blocks, turned into faults of the file.
#[derive(Debug, Default)]
pub(super) struct Faults {
    lines: u64,
    ragged: u64,
    first_ragged: Option<(u64, usize)>,
}

impl Faults {
    /// Begins behind the lines that precede the first block.
    pub(super) fn new(lines: u64) -> Self {
        Self { lines, ..Self::default() }
    }

    /// Takes in the next block; faults at once for what leaves no table behind.
    pub(super) fn take(&mut self, piece: &Piece, rows: u64) -> Result<(), Fault> {
        match &piece.trouble {
            None => {}
            Some(Trouble::Encoding(_)) => return Err(not_utf8(self.lines)),
            Some(Trouble::OpenQuote(line)) => return Err(faults::quote_open(self.lines + line)),
            Some(Trouble::StrayQuote(line)) => return Err(faults::quote_stray(self.lines + line)),
            Some(Trouble::Json(record, what)) => return Err(faults::json(rows + record, what)),
        }
        if let Some((line, found)) = piece.first_ragged {
            self.first_ragged.get_or_insert((self.lines + line, found));
        }
        self.ragged += piece.ragged;
        self.lines += piece.lines;
        Ok(())
    }

    /// Whether a record had another number of fields.
    pub(super) fn is_ragged(&self) -> bool {
        self.ragged > 0
    }

    /// The fault of the file, if records differ in their fields.
    pub(super) fn finish(&self, columns: usize) -> Result<(), Fault> {
        match self.first_ragged {
            Some((line, found)) => Err(faults::ragged(line, columns, found, self.ragged)),
            None => Ok(()),
        }
    }
}

fn not_utf8(lines: u64) -> Fault {
    Fault::input(
        "encoding-invalid",
        format!("{}번째 줄 뒤에 UTF-8이 아닌 글자가 있습니다. UTF-8로 저장해 주십시오.", lines),
        format!(
            "Behind line {lines} there are letters that are not UTF-8. Save the file as UTF-8."
        ),
    )
    .at_row(lines + 1)
}

/// Opens a text file and counts all of it. If it turns out not to be UTF-8 behind a head of ASCII,
/// it is read again in the encoding that fits.
pub(super) fn survey(
    file: &mut TextFile,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Survey, Fault> {
    match attempt(file, limits, progress) {
        Err(Retry::As(encoding)) => {
            file.encoding = encoding;
            file.encoding_open = false;
            attempt(file, limits, progress).map_err(Retry::fault)
        }
        other => other.map_err(Retry::fault),
    }
}

/// Why a pass ended.
enum Retry {
    As(Encoding),
    No(Fault),
}

impl Retry {
    fn fault(self) -> Fault {
        match self {
            Self::As(_) => not_utf8(0),
            Self::No(fault) => fault,
        }
    }
}

fn attempt(file: &mut TextFile, limits: &Limits, progress: &dyn Progress) -> Result<Survey, Retry> {
    let mut other = None;
    let open = file.encoding_open;
    let result = (|| {
        if matches!(file.layout, Layout::Json(_)) {
            let keys = keys(file, limits, progress, &mut other)?;
            file.layout = Layout::Json(keys);
        }
        count_in(file, limits, progress, &mut other)
    })();
    match (result, other) {
        (Err(_), Some(encoding)) if open => Err(Retry::As(encoding)),
        (result, _) => result.map_err(Retry::No),
    }
}

/// The keys of a JSON file, from all of its records.
fn keys(
    file: &TextFile,
    limits: &Limits,
    progress: &dyn Progress,
    other: &mut Option<Encoding>,
) -> Result<Keys, Fault> {
    let mut source = file.blocks(limits)?;
    let mut keys = Keys::default();
    let next = || {
        progress.at("keys", source.taken(), file.size)?;
        source.next()
    };
    let work = |block: Vec<u8>| match std::str::from_utf8(&block) {
        Ok(_) => Keys::of(&block).map_err(|bad| Trouble::Json(bad.record, bad.what)),
        Err(_) => Err(Trouble::Encoding(super::encoding::legacy(&block))),
    };
    parallel::ordered(limits.threads, next, work, |found: Result<Keys, Trouble>| {
        match found {
            Ok(found) => keys.merge(&found),
            Err(Trouble::Json(record, what)) => {
                return Err(faults::json(keys.records + record, &what));
            }
            Err(trouble) => {
                if let Trouble::Encoding(guess) = trouble {
                    *other = guess;
                }
                return Err(not_utf8(keys.records));
            }
        }
        if keys.list().len() > limits.columns_max {
            return Err(faults::columns_too_many(keys.list().len(), limits.columns_max));
        }
        Ok(())
    })?;
    if keys.list().is_empty() {
        return Err(faults::no_records());
    }
    Ok(keys)
}

/// Reads the keys of a JSON file whose encoding is known.
pub(super) fn read_keys(
    file: &mut TextFile,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<(), Fault> {
    file.layout = Layout::Json(keys(file, limits, progress, &mut None)?);
    Ok(())
}

/// Counts all of a file whose encoding is known.
pub(super) fn count(
    file: &TextFile,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Survey, Fault> {
    count_in(file, limits, progress, &mut None)
}

fn count_in(
    file: &TextFile,
    limits: &Limits,
    progress: &dyn Progress,
    other: &mut Option<Encoding>,
) -> Result<Survey, Fault> {
    count_with(file, limits, progress, other, |_| (), |()| Ok(()))
}

/// Counts all of a file, doing `also` with every block's cells on the side and handing what comes
/// of it to `keep`, in order.
pub(super) fn count_with<X: Send>(
    file: &TextFile,
    limits: &Limits,
    progress: &dyn Progress,
    other: &mut Option<Encoding>,
    also: impl Fn(&Grid) -> X + Sync,
    mut keep: impl FnMut(X) -> Result<(), Fault>,
) -> Result<Survey, Fault> {
    let columns = file.columns();
    let mut survey = Survey { columns: vec![Census::default(); columns], ..Survey::default() };
    let mut faults = Faults::new(file.lines_before());
    let mut source = file.blocks(limits)?;
    let next = || {
        progress.at("survey", source.taken(), file.size)?;
        source.next()
    };
    let work = |block: Vec<u8>| {
        let mut piece = file.cut(block);
        let part = Survey::of(&piece);
        let extra = also(&piece.grid);
        piece.grid = Grid::default();
        (piece, part, extra)
    };
    parallel::ordered(limits.threads, next, work, |(piece, part, extra)| {
        if let Some(Trouble::Encoding(guess)) = piece.trouble {
            *other = guess;
        }
        faults.take(&piece, survey.rows)?;
        survey.merge(&part);
        if survey.rows > limits.rows_max {
            return Err(faults::rows_too_many(limits.rows_max));
        }
        // Behind a ragged record there is only counting left to do.
        if faults.is_ragged() { Ok(()) } else { keep(extra) }
    })?;
    faults.finish(columns)?;
    if survey.rows == 0 {
        return Err(faults::no_records());
    }
    Ok(survey)
}

/// A survey of the first few blocks; `None` if that is the whole file, or if it holds a fault that
/// the survey of the whole file will tell better.
pub(super) fn head(file: &TextFile, limits: &Limits) -> Result<Option<Survey>, Fault> {
    const BLOCKS: usize = 4;
    let mut survey =
        Survey { columns: vec![Census::default(); file.columns()], ..Survey::default() };
    let mut source = file.blocks(limits)?;
    for _ in 0..BLOCKS {
        let Some(block) = source.next()? else { return Ok(None) };
        let piece = file.cut(block);
        if piece.trouble.is_some() || piece.ragged > 0 {
            return Ok(None);
        }
        survey.merge(&Survey::of(&piece));
    }
    Ok(Some(survey))
}

/// The dictionary of a surveyed file, each column by itself.
fn dictionary(file: &TextFile, survey: &Survey, limits: &Limits) -> Dictionary {
    let mut findings = file.findings();
    if survey.blank_lines > 0 {
        findings.push(notes::blank_lines(survey.blank_lines));
    }
    let sources = source_names(file);
    let (names, more) = match &sources {
        Some(sources) => names::from_header(sources, limits.name_bytes_max),
        None => (names::numbered(survey.columns.len()), Vec::new()),
    };
    findings.extend(more);
    if let Layout::Json(keys) = &file.layout {
        for ((_, records), name) in keys.list().iter().zip(&names) {
            if *records < keys.records {
                findings.push(notes::json_keys(name, keys.records - records, keys.records));
            }
        }
    }
    let decimal_commas = survey
        .columns
        .iter()
        .any(|census| census.comma_decimals.count > 0 && census.thousands[1].count == 0);
    let around = Surroundings { decimal_commas };
    let mut columns: Vec<Column> = Vec::with_capacity(names.len());
    for (at, (name, census)) in names.into_iter().zip(&survey.columns).enumerate() {
        let source = sources.as_ref().and_then(|sources| sources.get(at));
        columns.push(column(name, source, census, around, &mut findings));
    }
    settle_time(&mut columns);
    Dictionary { reading: file.reading(), columns, findings }
}

/// Leaves the role of time to one column.
pub(super) fn settle_time(columns: &mut [Column]) {
    let mut list: Vec<(String, Role)> =
        columns.iter().map(|column| (column.name.clone(), column.role)).collect();
    roles::settle(&mut list);
    for (column, (_, role)) in columns.iter_mut().zip(list) {
        column.role = role;
    }
}

/// The formats of all dates and times of a column, whatever type it was given.
pub(super) fn formats(census: &Census) -> Vec<String> {
    let shapes = if census.shapes.stamps() > 0 { &census.shapes } else { &census.digit_shapes };
    verdict::ordered(shapes)
        .unwrap_or_default()
        .iter()
        .filter_map(|(shape, decided)| Some(shape.shape.format(decided.order()?, shape.narrow)))
        .collect()
}

/// Names as the file has them; `None` without a header.
fn source_names(file: &TextFile) -> Option<Vec<String>> {
    match &file.layout {
        Layout::Csv(sniffed) => {
            let mut names = sniffed.header.clone()?;
            names.resize(sniffed.dialect.columns, String::new());
            Some(names)
        }
        Layout::Json(keys) => Some(keys.list().iter().map(|(name, _)| name.clone()).collect()),
    }
}

fn column(
    name: String,
    source: Option<&String>,
    census: &Census,
    around: Surroundings,
    findings: &mut Vec<schema::data::column::Finding>,
) -> Column {
    let verdict = verdict::judge(&name, census, around);
    findings.extend(verdict.findings);
    let value_type = verdict.value_type;
    let unit = unit(&name, source, value_type, findings);
    let mut sentinels = Vec::new();
    if value_type.is_numeric() {
        for seen in census.extremes.suspects(census.values()) {
            let value = seen.value.to_string();
            findings.push(notes::sentinel(&name, &value, &seen.tally, census.values()));
            sentinels.push(value);
        }
    }
    if name.starts_with("__index_level_") {
        findings.push(notes::pandas_index(&name));
    }
    let facts = Facts { value_type, few: census.few.list(), steady: census.run.is_steady() };
    let role = roles::role(&name, facts);
    let typed = value_type != ValueType::Text;
    Column {
        name,
        source_name: source.cloned(),
        value_type,
        role,
        unit,
        title: None,
        semantic_id: None,
        nullable: census.empty > 0 || typed && census.null_word_count() > 0,
        formats: verdict.formats,
        sentinels,
        confidence_bp: Some(verdict.confidence_bp),
    }
}

fn unit(
    name: &str,
    source: Option<&String>,
    value_type: ValueType,
    findings: &mut Vec<schema::data::column::Finding>,
) -> Option<String> {
    if !value_type.is_numeric() {
        return None;
    }
    let header = source.map_or(name, String::as_str);
    match units::in_header(header) {
        Bracket::Unit(code) => Some(code.to_owned()),
        Bracket::Unknown(unit) => {
            findings.push(notes::unit_unknown(name, unit));
            None
        }
        Bracket::None => units::in_suffix(header).map(|code| {
            findings.push(notes::unit_from_name(name, code));
            code.to_owned()
        }),
    }
}

/// The dictionary of a surveyed file, columns confirming each other.
pub(super) fn confirmed(file: &TextFile, survey: &Survey, limits: &Limits) -> Dictionary {
    let mut dictionary = dictionary(file, survey, limits);
    let extremes: Vec<_> = survey.columns.iter().map(|census| &census.extremes).collect();
    confirm_sentinels(&mut dictionary, &extremes);
    dictionary
}

/// Sentinels of one column, which other columns confirm: a value that stands apart somewhere and is
/// an end elsewhere is the same device's "no reading" there.
pub(super) fn confirm_sentinels(
    dictionary: &mut Dictionary,
    extremes: &[&super::extremes::Extremes],
) {
    let known: Vec<String> =
        dictionary.columns.iter().flat_map(|column| column.sentinels.iter().cloned()).collect();
    for (column, extremes) in dictionary.columns.iter_mut().zip(extremes) {
        if !column.value_type.is_numeric() {
            continue;
        }
        for (seen, far) in extremes.far_ends() {
            let value = seen.value.to_string();
            // Small whole numbers are ends of many columns by right.
            let telling = seen.value.abs() >= 90.0 && (seen.tally.count >= 3 || far);
            if telling && known.contains(&value) && !column.sentinels.contains(&value) {
                dictionary.findings.push(notes::sentinel_elsewhere(
                    &column.name,
                    &value,
                    &seen.tally,
                ));
                column.sentinels.push(value);
            }
        }
    }
}
