//! Arrow types as the words of a Delta schema.

use arrow::datatypes::{DataType, Field, Schema};
use serde_json::{Value, json};

/// The `schemaString` of a table: JSON text of a Delta struct type.
pub fn schema_text(schema: &Schema) -> String {
    structure(schema.fields().iter().map(AsRef::as_ref)).to_string()
}

fn structure<'a>(fields: impl Iterator<Item = &'a Field>) -> Value {
    let fields: Vec<Value> = fields
        .map(|field| {
            json!({
                "name": field.name(),
                "type": kind(field.data_type()),
                // A column of a published file may be without nulls; a reader need not rely on it.
                "nullable": true,
                "metadata": {},
            })
        })
        .collect();
    json!({"type": "struct", "fields": fields})
}

/// The Delta type of a column. What Delta lacks is told as what its clients read it as.
fn kind(data_type: &DataType) -> Value {
    match data_type {
        DataType::Boolean => json!("boolean"),
        DataType::Int8 => json!("byte"),
        DataType::Int16 | DataType::UInt8 => json!("short"),
        DataType::Int32 | DataType::UInt16 => json!("integer"),
        DataType::Int64 | DataType::UInt32 => json!("long"),
        DataType::UInt64 => json!("decimal(20,0)"),
        DataType::Float16 | DataType::Float32 => json!("float"),
        DataType::Float64 => json!("double"),
        DataType::Date32 | DataType::Date64 => json!("date"),
        DataType::Timestamp(_, Some(_)) => json!("timestamp"),
        DataType::Timestamp(_, None) => json!("timestamp_ntz"),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => json!(format!("decimal({precision},{scale})")),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => json!("binary"),
        DataType::Dictionary(_, values) => kind(values),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => {
            json!({"type": "array", "elementType": kind(item.data_type()), "containsNull": true})
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => {
                let of = |at: usize| pair.get(at).map(|field| kind(field.data_type()));
                json!({"type": "map", "keyType": of(0), "valueType": of(1), "valueContainsNull": true})
            }
            other => kind(other),
        },
        DataType::Struct(fields) => structure(fields.iter().map(AsRef::as_ref)),
        _ => json!("string"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
    use serde_json::{Value, json};

    use super::schema_text;

    #[test]
    fn every_kind_of_column_has_its_word() {
        let list = DataType::List(Arc::new(Field::new("item", DataType::Int16, true)));
        let pair = Fields::from(vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("value", DataType::Float64, true),
        ]);
        let map =
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair), false)), false);
        let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        for (of, word) in [
            (DataType::Boolean, json!("boolean")),
            (DataType::Int8, json!("byte")),
            (DataType::Int32, json!("integer")),
            (DataType::UInt32, json!("long")),
            (DataType::UInt64, json!("decimal(20,0)")),
            (DataType::Float32, json!("float")),
            (DataType::Float64, json!("double")),
            (DataType::Utf8, json!("string")),
            (DataType::LargeUtf8, json!("string")),
            (DataType::Date32, json!("date")),
            (DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), json!("timestamp")),
            (DataType::Timestamp(TimeUnit::Microsecond, None), json!("timestamp_ntz")),
            (DataType::Decimal128(10, 2), json!("decimal(10,2)")),
            (DataType::Binary, json!("binary")),
            (words, json!("string")),
            (list, json!({"type": "array", "elementType": "short", "containsNull": true})),
            (
                map,
                json!({"type": "map", "keyType": "string", "valueType": "double",
                       "valueContainsNull": true}),
            ),
        ] {
            let schema = Schema::new(vec![Field::new("a 열", of, false)]);
            let told: Value = serde_json::from_str(&schema_text(&schema)).unwrap();
            assert_eq!(
                told,
                json!({"type": "struct", "fields": [
                    {"name": "a 열", "type": word, "nullable": true, "metadata": {}}
                ]})
            );
        }
    }
}
