//! Tables in an environment: the record of a time series, or a submodel whose properties say what they mean.

use std::collections::BTreeMap;

use schema::data::column::{Column, ValueType};
use schema::data::shell::ShellTable;
use schema::lang::Text;
use serde_json::Value;

use super::terms::{COLUMN, ROLE, TIME_SERIES_ANY, TYPE, UNIT, of_iec, of_word, of_xs, role_of};
use super::{BYTES_MAX, package, xml};
use crate::error::Fault;
use crate::limits::Limits;

/// Elements inside each other.
const DEPTH_MAX: usize = 32;

/// The file cannot be read as shells.
pub(super) fn unreadable(why: &str) -> Fault {
    Fault::input(
        "aas-unreadable",
        format!("AAS 파일(AASX, JSON, XML)로 읽을 수 없습니다: {why}"),
        format!("The file cannot be read as AAS (AASX, JSON or XML): {why}"),
    )
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn items<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The id that a reference ends in.
fn semantic_id(element: &Value) -> Option<&str> {
    text(items(element.get("semanticId")?, "keys").last()?, "value")
}

/// A text in several languages, if it has Korean or English.
fn lang_text(value: &Value, field: &str) -> Option<Text> {
    let strings = items(value, field);
    let of = |wanted: &str| {
        let found = strings.iter().find(|string| {
            text(string, "language").is_some_and(|lang| {
                lang.split('-').next().is_some_and(|lang| lang.eq_ignore_ascii_case(wanted))
            })
        });
        found.and_then(|string| text(string, "text"))
    };
    match (of("ko"), of("en")) {
        (None, None) => None,
        (ko, en) => Some(Text::new(ko.unwrap_or_default(), en.unwrap_or_default())),
    }
}

fn extension<'a>(element: &'a Value, name: &str) -> Option<&'a str> {
    let found = items(element, "extensions").iter().find(|e| text(e, "name") == Some(name));
    found.and_then(|extension| text(extension, "value"))
}

/// What IEC 61360 says of each concept, by its id.
fn concepts(environment: &Value) -> BTreeMap<&str, &Value> {
    let described = items(environment, "conceptDescriptions").iter().filter_map(|concept| {
        let specification = items(concept, "embeddedDataSpecifications").first()?;
        Some((text(concept, "id")?, specification.get("dataSpecificationContent")?))
    });
    described.collect()
}

fn column(element: &Value, concepts: &BTreeMap<&str, &Value>) -> Option<Column> {
    let name = extension(element, COLUMN).or_else(|| text(element, "idShort"))?;
    let meaning = semantic_id(element);
    let concept = meaning.and_then(|id| concepts.get(id));
    let of_kind = text(element, "valueType").map(of_xs);
    let of_concept = concept.and_then(|c| text(c, "dataType")).and_then(of_iec);
    let value_type = extension(element, TYPE).and_then(of_word).or(of_kind).or(of_concept);
    let unit = extension(element, UNIT).or_else(|| concept.and_then(|c| text(c, "unit")));
    let title = concept.and_then(|c| lang_text(c, "preferredName"));
    // A name that only repeats the column says nothing.
    let title = title.or_else(|| lang_text(element, "displayName"));
    let title = title.filter(|title| !title.ko.is_empty() || title.en != name);
    // Ids that point at the shell itself are no meaning of a standard dictionary.
    let meaning = meaning.filter(|id| !id.contains("#column-"));
    Some(Column {
        name: name.to_owned(),
        source_name: None,
        value_type: value_type.unwrap_or(ValueType::Text),
        role: extension(element, ROLE).and_then(of_word).unwrap_or_else(|| role_of(meaning)),
        unit: unit.map(str::to_owned),
        title,
        semantic_id: meaning.map(str::to_owned),
        nullable: true,
        formats: Vec::new(),
        sentinels: Vec::new(),
        confidence_bp: None,
    })
}

/// Every collection below, and the elements of each.
fn collections<'a>(element: &'a Value, depth: usize, found: &mut Vec<(&'a Value, &'a [Value])>) {
    if depth > DEPTH_MAX {
        return;
    }
    for field in ["submodelElements", "value", "statements"] {
        let below = items(element, field);
        if below.iter().any(Value::is_object) {
            found.push((element, below));
            below.iter().for_each(|element| collections(element, depth + 1, found));
        }
    }
}

/// The properties that are columns: those of a time series' record, else those that say what they mean.
fn properties(submodel: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    collections(submodel, 0, &mut found);
    let is_property = |element: &&Value| text(element, "modelType") == Some("Property");
    let is_series = semantic_id(submodel).is_some_and(|id| id.starts_with(TIME_SERIES_ANY));
    if is_series {
        let record = format!("{TIME_SERIES_ANY}Record/");
        let is_record = |element: &Value| {
            semantic_id(element).is_some_and(|id| id.starts_with(&record))
                || text(element, "idShort") == Some("Record")
        };
        let first = found.iter().find(|(element, _)| is_record(element));
        return first.map_or(Vec::new(), |(_, below)| below.iter().filter(is_property).collect());
    }
    let all = found.iter().flat_map(|(_, below)| below.iter());
    all.filter(is_property).filter(|element| semantic_id(element).is_some()).collect()
}

fn tables(environment: &Value, columns_max: usize) -> Result<Vec<ShellTable>, Fault> {
    let concepts = concepts(environment);
    let mut found = Vec::new();
    for submodel in items(environment, "submodels") {
        let mut columns: Vec<Column> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        for property in properties(submodel) {
            let Some(column) = column(property, &concepts) else { continue };
            if names.insert(column.name.clone()) {
                columns.push(column);
            }
        }
        if columns.len() > columns_max {
            return Err(Fault::input(
                "columns-too-many",
                format!("열은 {columns_max}개까지 읽습니다."),
                format!("Up to {columns_max} columns are read."),
            ));
        }
        if columns.is_empty() {
            continue;
        }
        found.push(ShellTable {
            submodel: text(submodel, "id").unwrap_or_default().to_owned(),
            id_short: text(submodel, "idShort").unwrap_or_default().to_owned(),
            semantic_id: semantic_id(submodel).map(str::to_owned),
            columns,
        });
    }
    // A time series first: it is a table by its own word.
    found.sort_by_key(|table| {
        !table.semantic_id.as_deref().is_some_and(|id| id.starts_with(TIME_SERIES_ANY))
    });
    Ok(found)
}

fn environment(bytes: &[u8]) -> Result<Value, Fault> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match start.first() {
        Some(b'{') => serde_json::from_slice(start).map_err(|error| unreadable(&error.to_string())),
        Some(b'<') => xml::environment(bytes),
        _ => Err(unreadable("neither JSON nor XML")),
    }
}

/// The tables that a file of shells describes, time series first.
///
/// # Errors
/// [`Fault::Input`] with `aas-unreadable`, `aas-bomb`, `aas-no-table` or `columns-too-many`.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<ShellTable>, Fault> {
    if bytes.len() > BYTES_MAX {
        return Err(unreadable(&format!("more than {BYTES_MAX} bytes")));
    }
    let texts = if bytes.starts_with(b"PK") {
        package::specifications(bytes)?
    } else {
        vec![bytes.to_vec()]
    };
    let mut found = Vec::new();
    for text in texts {
        found.extend(tables(&environment(&text)?, limits.columns_max)?);
    }
    if found.is_empty() {
        return Err(Fault::input(
            "aas-no-table",
            "열로 볼 수 있는 속성이 없습니다. 시계열 서브모델의 Record나 semanticId가 있는 Property가 필요합니다.",
            "No property can be a column: a time series submodel with a Record, or properties with a \
             semanticId, are needed.",
        ));
    }
    Ok(found)
}
