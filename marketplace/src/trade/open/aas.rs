//! A product as an asset administration shell: time series and technical data.

use processing::aas::{self, Described};
use serde_json::Value;

use super::product::Product;
use crate::trade::sharing::rules::table_name;

/// The environment, in its JSON form.
pub(super) fn environment(product: &Product) -> Value {
    let listing = &product.detail.listing;
    let about = &listing.draft.description;
    let mut facts = vec![
        ("Process", "xs:string", about.process.en.clone()),
        ("Equipment", "xs:string", about.equipment.en.clone()),
        ("KSIC", "xs:string", about.ksic.clone()),
        ("RecordCount", "xs:long", listing.rows.to_string()),
    ];
    facts.extend(listing.grade.clone().map(|grade| ("QualityGrade", "xs:string", grade)));
    let sha256 = product.detail.file_sha256.clone();
    facts.extend(sha256.map(|digest| ("FileSha256", "xs:string", digest)));
    let table = format!("data.{}", table_name(&listing.draft.file_name));
    let endpoint = format!("{}/delta-sharing/", product.base);
    aas::environment(&Described {
        address: &product.address(),
        article: listing.id.as_str(),
        version: listing.version.as_str(),
        provider: &product.detail.provider,
        title: &listing.draft.title,
        summary: &listing.draft.summary,
        facts,
        rows: listing.rows,
        endpoint: &endpoint,
        query: &table,
        columns: product.columns(),
    })
}
