//! The environment of a table: one shell, a time series submodel, a technical data submodel, and a
//! concept for each column.

use std::collections::BTreeSet;

use schema::data::column::{Column, Role, ValueType};
use schema::lang::Text;
use serde_json::{Value, json};

use super::terms::{
    COLUMN, IEC_61360, ROLE, TECHNICAL_DATA, TIME_SERIES, TYPE, UNIT, UTC_TIME, external, iec,
    of_template, word,
};

/// What is told of a table.
#[derive(Clone, Debug)]
pub struct Described<'a> {
    /// Its lasting address, which becomes the global asset id.
    pub address: &'a str,
    /// Id of the product, as its article number.
    pub article: &'a str,
    /// Id of the version, as its order code.
    pub version: &'a str,
    /// Who offers it.
    pub provider: &'a str,
    /// Its name.
    pub title: &'a Text,
    /// What it is about.
    pub summary: &'a Text,
    /// Facts besides the columns: `idShort`, `xs:` type, value.
    pub facts: Vec<(&'static str, &'static str, String)>,
    /// Rows.
    pub rows: i64,
    /// Where it is read, and what is asked for there.
    pub endpoint: &'a str,
    /// The table's name at the endpoint.
    pub query: &'a str,
    /// Its columns.
    pub columns: &'a [Column],
}

/// At most `max` characters.
fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

/// A text in both languages, each at most `max` characters; a language without words is left out.
fn lang_strings(text: &Text, max: usize) -> Value {
    let both = [("ko", &text.ko), ("en", &text.en)];
    let told = both.into_iter().filter(|(_, words)| !words.is_empty());
    told.map(|(language, words)| json!({"language": language, "text": cut(words, max)})).collect()
}

/// A name that the specification takes: letters, digits and underscores, a letter first, two to 128
/// characters, and never one that `taken` holds.
fn id_short(name: &str, number: usize, taken: &mut BTreeSet<String>) -> String {
    let mut short: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(100).collect();
    if !short.starts_with(|c: char| c.is_ascii_alphabetic()) || short.len() < 2 {
        short = format!("c{number}_{short}");
    }
    let mut short = short.trim_end_matches('_').to_owned();
    // A name may be taken as it is and in the form that tells two apart.
    while !taken.insert(short.to_ascii_lowercase()) {
        short = format!("{short}_{number}");
    }
    short
}

fn multi(id_short: &str, semantic: &str, text: &Text) -> Value {
    json!({
        "modelType": "MultiLanguageProperty", "idShort": id_short,
        "semanticId": external(semantic), "value": lang_strings(text, 1_000),
    })
}

fn property(id_short: &str, semantic: Option<&str>, value_type: &str, value: &str) -> Value {
    let mut told = json!({
        "modelType": "Property", "idShort": id_short, "valueType": value_type, "value": value,
    });
    if let (Some(fields), Some(semantic)) = (told.as_object_mut(), semantic) {
        fields.insert("semanticId".to_owned(), external(semantic));
    }
    told
}

fn collection(id_short: &str, semantic: &str, value: Vec<Value>) -> Value {
    json!({
        "modelType": "SubmodelElementCollection", "idShort": id_short,
        "semanticId": external(semantic), "value": value,
    })
}

fn extension(name: &str, value: &str) -> Value {
    json!({"name": name, "valueType": "xs:string", "value": value})
}

/// The id of what a column means: the provider's, the template's for instants, or one of our own.
fn concept_id(address: &str, column: &Column, number: usize) -> String {
    match &column.semantic_id {
        Some(id) => id.clone(),
        None if column.role == Role::Time && column.value_type == ValueType::Timestamp => {
            UTC_TIME.to_owned()
        }
        None => format!("{address}#column-{number}"),
    }
}

fn variable(described: &Described<'_>, column: &Column, number: usize, short: &str) -> Value {
    let mut extensions = vec![
        extension(COLUMN, &column.name),
        extension(TYPE, &word(&column.value_type)),
        extension(ROLE, &word(&column.role)),
    ];
    extensions.extend(column.unit.as_deref().map(|unit| extension(UNIT, unit)));
    let mut told = json!({
        "modelType": "Property", "idShort": short, "category": "VARIABLE",
        "semanticId": external(&concept_id(described.address, column, number)),
        "valueType": column.value_type.xs(),
        "extensions": extensions,
    });
    let name = column.title.clone().unwrap_or_else(|| Text::new("", column.name.clone()));
    if let Some(fields) = told.as_object_mut() {
        fields.insert("displayName".to_owned(), lang_strings(&name, 64));
    }
    told
}

fn concept(described: &Described<'_>, column: &Column, number: usize, short: &str) -> Value {
    let name = match &column.title {
        Some(title) if !title.en.is_empty() => title.clone(),
        Some(title) => Text::new(title.ko.clone(), column.name.clone()),
        None => Text::new("", column.name.clone()),
    };
    let mut content = json!({
        "modelType": "DataSpecificationIec61360",
        "preferredName": lang_strings(&name, 255),
        "dataType": iec(column.value_type, column.unit.is_some()),
        "definition": [{"language": "en", "text": format!("Column {} of {}", cut(&column.name, 500), described.address)}],
    });
    if let (Some(fields), Some(unit)) = (content.as_object_mut(), &column.unit) {
        fields.insert("unit".to_owned(), json!(unit));
    }
    json!({
        "modelType": "ConceptDescription",
        "id": concept_id(described.address, column, number),
        "idShort": short,
        "embeddedDataSpecifications": [{
            "dataSpecification": external(IEC_61360),
            "dataSpecificationContent": content,
        }],
    })
}

fn time_series(described: &Described<'_>, record: Vec<Value>) -> Value {
    let name = |path| multi("Name", &of_template(path), described.title);
    let about = |path| multi("Description", &of_template(path), described.summary);
    let rows = described.rows.to_string();
    json!({
        "modelType": "Submodel",
        "id": format!("{}#time-series", described.address),
        "idShort": "TimeSeries",
        "administration": {"version": "1", "revision": "1"},
        "semanticId": external(TIME_SERIES),
        "submodelElements": [
            collection("Metadata", &of_template("Metadata"), vec![
                name("Metadata/Name"),
                about("Metadata/Description"),
                collection("Record", &of_template("Record"), record),
            ]),
            collection("Segments", &of_template("Segments"), vec![
                collection("LinkedSegment", &of_template("Segments/LinkedSegment"), vec![
                    name("Segment/Name"),
                    about("Segment/Description"),
                    property("RecordCount", Some(&of_template("Segment/RecordCount")), "xs:long", &rows),
                    property("State", Some(&of_template("Segment/State")), "xs:string", "completed"),
                    property("Endpoint", Some(&of_template("Endpoint")), "xs:string", described.endpoint),
                    property("Query", Some(&of_template("Query")), "xs:string", described.query),
                ]),
            ]),
        ],
    })
}

fn technical_data(described: &Described<'_>) -> Value {
    let id = |path: &str| format!("https://admin-shell.io/ZVEI/TechnicalData/{path}");
    let provider = Text::new(described.provider, described.provider);
    let facts = described.facts.iter();
    let facts = facts.map(|(short, value_type, value)| property(short, None, value_type, value));
    json!({
        "modelType": "Submodel",
        "id": format!("{}#technical-data", described.address),
        "idShort": "TechnicalData",
        "administration": {"version": "1", "revision": "2"},
        "semanticId": external(TECHNICAL_DATA),
        "submodelElements": [
            collection("GeneralInformation", &id("GeneralInformation/1/1"), vec![
                property("ManufacturerName", Some("0173-1#02-AAO677#002"), "xs:string", &provider.en),
                multi("ManufacturerProductDesignation", "0173-1#02-AAW338#001", described.title),
                property("ManufacturerArticleNumber", Some("0173-1#02-AAO676#003"), "xs:string", described.article),
                property("ManufacturerOrderCode", Some("0173-1#02-AAO227#002"), "xs:string", described.version),
            ]),
            collection("TechnicalProperties", &id("TechnicalProperties/1/1"), facts.collect()),
        ],
    })
}

/// The environment of a table.
#[must_use]
pub fn environment(described: &Described<'_>) -> Value {
    let (mut taken, mut known) = (BTreeSet::new(), BTreeSet::new());
    let (mut record, mut concepts) = (Vec::new(), Vec::new());
    for (at, column) in described.columns.iter().enumerate() {
        let number = at + 1;
        let short = id_short(&column.name, number, &mut taken);
        record.push(variable(described, column, number, &short));
        // Two columns may mean the same; the concept is described by the first.
        if known.insert(concept_id(described.address, column, number)) {
            concepts.push(concept(described, column, number, &short));
        }
    }
    let submodels = [time_series(described, record), technical_data(described)];
    let reference = |submodel: &Value| {
        let keys = json!([{"type": "Submodel", "value": submodel["id"]}]);
        json!({"type": "ModelReference", "keys": keys})
    };
    json!({
        "assetAdministrationShells": [{
            "modelType": "AssetAdministrationShell",
            "id": format!("{}#shell", described.address),
            "idShort": "DataProduct",
            "displayName": lang_strings(described.title, 64),
            "description": lang_strings(described.summary, 1_000),
            "assetInformation": {"assetKind": "Instance", "globalAssetId": described.address},
            "submodels": submodels.iter().map(reference).collect::<Vec<_>>(),
        }],
        "submodels": submodels,
        "conceptDescriptions": concepts,
    })
}
