//! The dictionary of a surveyed file: names, types, roles and units of its columns, and what a
//! person should know about them.

use schema::data::column::{Column, Dictionary, Finding, Role, ValueType};

use super::census::Census;
use super::roles::{self, Facts};
use super::survey::Survey;
use super::text_file::{Layout, TextFile};
use super::units::{self, Bracket};
use super::verdict::{self, Surroundings};
use super::{names, notes, shift};
use crate::limits::Limits;

/// The dictionary of a surveyed file, each column by itself.
fn dictionary(file: &TextFile, survey: &Survey, limits: &Limits) -> Dictionary {
    let mut findings = file.findings();
    if survey.blank_lines > 0 {
        findings.push(notes::blank_lines(survey.blank_lines));
    }
    if survey.headers > 0 {
        findings.push(notes::header_in_data(survey.headers));
    }
    let sources = source_names(file);
    let (names, more) = match &sources {
        Some(sources) => names::from_header(sources, limits.name_bytes_max),
        None => (names::numbered(survey.columns.len()), Vec::new()),
    };
    findings.extend(more);
    if let Layout::Json(keys) = &file.layout {
        for (nested, name) in keys.nested().iter().zip(&names).filter(|(nested, _)| **nested > 0) {
            findings.push(notes::json_nested(name, *nested));
        }
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
    let units = match &file.layout {
        Layout::Csv(sniffed) => sniffed.units.as_deref().unwrap_or_default(),
        Layout::Json(_) => &[],
    };
    let mut columns: Vec<Column> = Vec::with_capacity(names.len());
    for (at, (name, census)) in names.into_iter().zip(&survey.columns).enumerate() {
        let source = sources.as_ref().and_then(|sources| sources.get(at));
        let mut column = column(name, source, census, around, &mut findings);
        let below = units.get(at).and_then(|unit| units::code(unit)).map(str::to_owned);
        if column.value_type.is_numeric() && below.is_some() {
            column.unit = below;
        }
        columns.push(column);
    }
    settle_time(&mut columns);
    if file.is_sheet() {
        dates_of_sheet(&mut columns, &mut findings);
    }
    table_findings(survey, &columns, &mut findings);
    if sources.is_some() {
        findings.extend(shift::header(&columns));
    }
    Dictionary { findings, ..Dictionary::new(file.reading(), columns) }
}

/// A sheet shows days and times alike as numbers: a column of midnights holds days.
fn dates_of_sheet(columns: &mut [Column], findings: &mut Vec<Finding>) {
    let is = |finding: &Finding, code: &str, column: &Column| {
        finding.code == code && finding.column.as_deref() == Some(&column.name)
    };
    for column in columns.iter_mut().filter(|column| column.value_type == ValueType::Timestamp) {
        if findings.iter().any(|finding| is(finding, "time-all-midnight", column)) {
            column.value_type = ValueType::Date;
            findings.retain(|finding| {
                !is(finding, "time-all-midnight", column)
                    && !is(finding, "time-zone-assumed", column)
            });
        }
    }
}

/// What the columns and records of a table have in common.
fn table_findings(survey: &Survey, columns: &[Column], findings: &mut Vec<Finding>) {
    for group in &survey.same {
        let names = group.iter().filter_map(|at| columns.get(*at)).map(|column| &column.name);
        let names: Vec<&String> = names.collect();
        if let [first, others @ ..] = names.as_slice() {
            findings.extend(others.iter().map(|other| notes::column_repeated(other, first)));
        }
    }
    let clock = findings.iter().find(|finding| finding.code == "time-of-day-as-text");
    let clock = clock.and_then(|finding| finding.column.clone());
    let date = columns.iter().find(|column| column.value_type == ValueType::Date);
    if let (Some(clock), Some(date)) = (clock, date) {
        findings.push(notes::date_time_apart(&date.name, &clock));
    }
    if survey.repeats.count > 0 {
        findings.push(notes::rows_repeated(&survey.repeats, survey.rows));
    }
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
pub(super) fn source_names(file: &TextFile) -> Option<Vec<String>> {
    match &file.layout {
        Layout::Csv(sniffed) => {
            let mut names = sniffed.header.clone()?;
            names.resize(sniffed.dialect.columns, String::new());
            Some(names)
        }
        Layout::Json(keys) => Some(keys.list().iter().map(|(name, _)| name.clone()).collect()),
    }
}

/// A column of the dictionary, by the census of its cells.
pub(super) fn column(
    name: String,
    source: Option<&String>,
    census: &Census,
    around: Surroundings,
    findings: &mut Vec<Finding>,
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
    findings: &mut Vec<Finding>,
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
