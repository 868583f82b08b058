//! Words of the AAS specification (IDTA 01001, 01003-a) and of the time series template (IDTA 02008-1-1).

use schema::data::column::{Role, ValueType};
use serde_json::{Value, json};

/// Semantic id of the time series submodel.
pub(super) const TIME_SERIES: &str = "https://admin-shell.io/idta/TimeSeries/1/1";
/// What every id of the time series template begins with, whatever its version.
pub(super) const TIME_SERIES_ANY: &str = "https://admin-shell.io/idta/TimeSeries/";
/// Semantic id of the technical data submodel.
pub(super) const TECHNICAL_DATA: &str = "https://admin-shell.io/ZVEI/TechnicalData/Submodel/1/2";
/// The data specification of IEC 61360 that describes a concept.
pub(super) const IEC_61360: &str =
    "https://admin-shell.io/DataSpecificationTemplates/DataSpecificationIec61360/3";
/// Semantic id of a column of instants in UTC.
pub(super) const UTC_TIME: &str = "https://admin-shell.io/idta/TimeSeries/UtcTime/1/1";
/// Extension that keeps the name of a column, which an `idShort` cannot always spell.
pub(super) const COLUMN: &str = "jangteo:column";
/// Extension that keeps the stored type exactly.
pub(super) const TYPE: &str = "jangteo:valueType";
/// Extension that keeps the role.
pub(super) const ROLE: &str = "jangteo:role";
/// Extension that keeps the UCUM code of the unit.
pub(super) const UNIT: &str = "jangteo:unit";

/// An id of the time series template.
pub(super) fn of_template(path: &str) -> String {
    format!("{TIME_SERIES_ANY}{path}/1/1")
}

/// A reference to something outside.
pub(super) fn external(id: &str) -> Value {
    json!({"type": "ExternalReference", "keys": [{"type": "GlobalReference", "value": id}]})
}

/// The stored type that an XML Schema type gives; text for one that is not known.
pub(super) fn of_xs(word: &str) -> ValueType {
    match word.strip_prefix("xs:").unwrap_or(word) {
        "boolean" => ValueType::Boolean,
        "byte" | "short" | "int" | "long" | "integer" | "nonNegativeInteger"
        | "positiveInteger" | "nonPositiveInteger" | "negativeInteger" | "unsignedByte"
        | "unsignedShort" | "unsignedInt" | "unsignedLong" => ValueType::Integer,
        "double" | "float" | "decimal" => ValueType::Number,
        "date" => ValueType::Date,
        "dateTime" | "dateTimeStamp" => ValueType::Timestamp,
        "base64Binary" | "hexBinary" => ValueType::Binary,
        _ => ValueType::Text,
    }
}

/// The stored type that a data type of IEC 61360 gives.
pub(super) fn of_iec(word: &str) -> Option<ValueType> {
    Some(match word {
        "BOOLEAN" => ValueType::Boolean,
        "DATE" => ValueType::Date,
        "TIMESTAMP" => ValueType::Timestamp,
        "INTEGER_MEASURE" | "INTEGER_COUNT" | "INTEGER_CURRENCY" => ValueType::Integer,
        "REAL_MEASURE" | "REAL_COUNT" | "REAL_CURRENCY" | "RATIONAL" | "RATIONAL_MEASURE" => {
            ValueType::Number
        }
        "STRING" | "STRING_TRANSLATABLE" => ValueType::Text,
        _ => return None,
    })
}

/// The data type of IEC 61360; a measure needs a unit (AASc-3a-009).
pub(super) fn iec(value_type: ValueType, has_unit: bool) -> &'static str {
    match (value_type, has_unit) {
        (ValueType::Boolean, _) => "BOOLEAN",
        (ValueType::Integer, true) => "INTEGER_MEASURE",
        (ValueType::Integer, false) => "INTEGER_COUNT",
        (ValueType::Number | ValueType::Decimal { .. }, true) => "REAL_MEASURE",
        (ValueType::Number | ValueType::Decimal { .. }, false) => "REAL_COUNT",
        (ValueType::Date, _) => "DATE",
        (ValueType::Timestamp, _) => "TIMESTAMP",
        (ValueType::Binary, _) => "BLOB",
        (ValueType::Text | ValueType::Nested, _) => "STRING",
    }
}

/// A word of one of our enumerations, as it is written in JSON.
pub(super) fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// The opposite of [`word`].
pub(super) fn of_word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    let plain = serde_json::from_value(Value::String(word.to_owned()));
    plain.or_else(|_| serde_json::from_str(word)).ok()
}

/// The role that a column of times has; every other one is for a person to say.
pub(super) fn role_of(semantic_id: Option<&str>) -> Role {
    let times = ["UtcTime/", "TaiTime/", "RelativePointInTime/", "RelativeTimeDuration/"];
    let of_time = semantic_id
        .and_then(|id| id.strip_prefix(TIME_SERIES_ANY))
        .is_some_and(|rest| times.iter().any(|time| rest.starts_with(time)));
    if of_time { Role::Time } else { Role::Unknown }
}
