//! MLCommons Croissant 1.1: the free sample as a file that tools load, and the columns of the whole.

use schema::data::column::{Column, ValueType};
use serde_json::{Value, json};

use super::odrl;
use super::product::Product;

/// The standard context, whole: the validator warns of any other.
const CONTEXT: &str = include_str!("croissant.context.json");

fn kind(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Boolean => "sc:Boolean",
        ValueType::Integer => "cr:Int64",
        ValueType::Number | ValueType::Decimal { .. } => "cr:Float64",
        ValueType::Date => "sc:Date",
        ValueType::Timestamp => "sc:DateTime",
        ValueType::Text | ValueType::Binary | ValueType::Nested => "sc:Text",
    }
}

/// A name as an id: the parts that ids are made of have no slash of their own.
fn id(name: &str) -> String {
    name.replace('/', "_")
}

fn field(name: &str, columns: &[Column]) -> Value {
    let column = columns.iter().find(|column| column.name == name);
    let title = column.and_then(|column| column.title.as_ref());
    let unit = column.and_then(|column| column.unit.as_deref());
    let words: Vec<&str> =
        title.map(|title| [title.ko.as_str(), title.en.as_str()]).into_iter().flatten().collect();
    let described = match (words.is_empty(), unit) {
        (true, None) => name.to_owned(),
        (true, Some(unit)) => format!("{name} [{unit}]"),
        (false, None) => words.join(" / "),
        (false, Some(unit)) => format!("{} [{unit}]", words.join(" / ")),
    };
    let mut told = json!({
        "@type": "cr:Field",
        "@id": format!("rows/{}", id(name)),
        "name": name,
        "description": described,
        "dataType": column.map_or("sc:Text", |column| kind(column.value_type)),
        "source": {"fileObject": {"@id": "sample"}, "extract": {"column": name}},
    });
    let semantic = column.and_then(|column| column.semantic_id.as_ref());
    if let (Some(fields), Some(semantic)) = (told.as_object_mut(), semantic) {
        fields.insert("equivalentProperty".to_owned(), json!(semantic));
    }
    told
}

/// The data set, with its sample where it has one.
pub(super) fn document(product: &Product) -> Value {
    let listing = &product.detail.listing;
    let draft = &listing.draft;
    let mut document = json!({
        "@context": serde_json::from_str::<Value>(CONTEXT).unwrap_or_default(),
        "@type": "sc:Dataset",
        "@id": product.address(),
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": format!("{} / {}", draft.title.ko, draft.title.en),
        "description": format!("{}\n{}", draft.summary.ko, draft.summary.en),
        "url": product.address(),
        "license": product.licence(),
        "usageInfo": {
            "@type": ["CreativeWork", "odrl:Offer"],
            "@id": product.licence(),
            "name": odrl::in_words(&draft.licence),
        },
        "creator": {"@type": "sc:Organization", "name": product.detail.provider},
        "datePublished": listing.published_at.unwrap_or(listing.created_at),
        "version": format!("{}.0.0", product.version),
        "citeAs": format!("{} ({}). {}", product.detail.provider, listing.id, draft.title.en),
    });
    if let (Some(fields), Some(sample)) = (document.as_object_mut(), &product.sample) {
        let file = json!({
            "@type": "cr:FileObject",
            "@id": "sample",
            "name": "sample.csv",
            "description": format!(
                "The free sample: {} of {} rows. The whole is a Parquet file under licence.",
                sample.rows, listing.rows),
            "contentUrl": product.sample_address(),
            "encodingFormat": "text/csv",
            "contentSize": format!("{} B", sample.csv.len()),
            "sha256": sample.sha256,
        });
        fields.insert("distribution".to_owned(), json!([file]));
        let columns = sample.columns.iter().map(|name| field(name, product.columns()));
        let rows = json!({
            "@type": "cr:RecordSet", "@id": "rows", "name": "rows",
            "description": "Rows of the sample.", "field": columns.collect::<Vec<_>>(),
        });
        fields.insert("recordSet".to_owned(), json!([rows]));
    }
    document
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::CONTEXT;

    #[test]
    fn the_context_is_an_object() {
        let context: Value = serde_json::from_str(CONTEXT).unwrap();
        assert_eq!(context["cr"], "http://mlcommons.org/croissant/");
    }
}
