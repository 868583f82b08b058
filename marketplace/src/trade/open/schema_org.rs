//! schema.org: a data set for search engines.

use serde_json::{Value, json};

use super::odrl;
use super::product::Product;
use super::vocabulary::PARQUET;

/// The data set.
pub(super) fn document(product: &Product) -> Value {
    let listing = &product.detail.listing;
    let draft = &listing.draft;
    let measured: Vec<Value> = product
        .columns()
        .iter()
        .map(|column| {
            let mut variable = json!({"@type": "PropertyValue", "name": column.name});
            if let Some(fields) = variable.as_object_mut() {
                if let Some(unit) = &column.unit {
                    fields.insert("unitText".to_owned(), json!(unit));
                }
                if let Some(id) = &column.semantic_id {
                    fields.insert("propertyID".to_owned(), json!(id));
                }
            }
            variable
        })
        .collect();
    json!({
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": product.address(),
        "url": product.address(),
        "name": format!("{} / {}", draft.title.ko, draft.title.en),
        "description": description(product),
        "identifier": listing.id,
        "inLanguage": ["ko", "en"],
        "keywords": product.keywords().iter().map(|(_, word)| *word).collect::<Vec<_>>(),
        "datePublished": listing.published_at.unwrap_or(listing.created_at),
        "creator": {"@type": "Organization", "name": product.detail.provider},
        "isAccessibleForFree": false,
        "license": product.licence(),
        "usageInfo": odrl::in_words(&draft.licence),
        "variableMeasured": measured,
        "distribution": {
            "@type": "DataDownload",
            "encodingFormat": PARQUET,
            "contentUrl": format!("{}/v1/listings/{}", product.base, listing.id),
            "contentSize": product.detail.file_bytes.map(|bytes| format!("{bytes} B")),
            "sha256": product.detail.file_sha256,
        },
        "offers": {
            "@type": "Offer", "price": draft.price.get(), "priceCurrency": "KRW",
            "availability": "https://schema.org/InStock",
        },
    })
}

/// Search engines want 50 to 5,000 characters.
fn description(product: &Product) -> String {
    let draft = &product.detail.listing.draft;
    let about = &draft.description;
    let text = format!(
        "{}\n{}\n{} · {} / {} · {} · KSIC {}. {} rows, {} columns.",
        draft.summary.ko,
        draft.summary.en,
        about.process.ko,
        about.equipment.ko,
        about.process.en,
        about.equipment.en,
        about.ksic,
        product.detail.listing.rows,
        product.detail.listing.columns
    );
    text.chars().take(5_000).collect()
}
