//! DCAT-AP 3: the catalogue and its data sets as JSON-LD with its context inside, so that a reader
//! fetches nothing.

use serde_json::{Value, json};

use super::odrl;
use super::product::Product;
use super::vocabulary::{self, ENGLISH, KOREAN, PARQUET, named, tagged, typed};

const AUTHORITY: &str = "http://publications.europa.eu/resource/authority";

/// Prefixes and the words of ODRL that the offers use.
fn context() -> Value {
    json!({
        "dcat": "http://www.w3.org/ns/dcat#",
        "dct": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "spdx": "http://spdx.org/rdf/terms#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "odrl": "http://www.w3.org/ns/odrl/2/",
    })
}

fn languages() -> Value {
    json!([named(KOREAN, "dct:LinguisticSystem"), named(ENGLISH, "dct:LinguisticSystem")])
}

fn publisher(base: &str) -> Value {
    json!({
        "@id": format!("{base}/organisations/exchange"),
        "@type": "foaf:Agent",
        "foaf:name": tagged(&vocabulary::name()),
    })
}

/// The service behind every distribution.
fn service(base: &str) -> Value {
    json!({
        "@id": format!("{base}/delta-sharing/"),
        "@type": "dcat:DataService",
        "dct:title": tagged(&vocabulary::sharing()),
        "dcat:endpointURL": named(format!("{base}/delta-sharing/"), "rdfs:Resource"),
        "dcat:endpointDescription": named(format!("{base}/openapi.json"), "rdfs:Resource"),
    })
}

/// A page of the catalogue; `next` is the address of the one after.
pub(super) fn catalogue(base: &str, products: &[Product], next: Option<&str>) -> Value {
    let mut catalogue = json!({
        "@context": context(),
        "@id": format!("{base}/catalog"),
        "@type": "dcat:Catalog",
        "dct:title": tagged(&vocabulary::name()),
        "dct:description": tagged(&vocabulary::about()),
        "dct:publisher": publisher(base),
        "dct:language": languages(),
        "foaf:homepage": named(format!("{base}/"), "foaf:Document"),
        "dcat:dataset": products.iter().map(data_set).collect::<Vec<_>>(),
        "dcat:service": service(base),
    });
    if let (Some(fields), Some(next)) = (catalogue.as_object_mut(), next) {
        fields.insert("rdfs:seeAlso".to_owned(), json!({"@id": next}));
    }
    catalogue
}

/// One data set as a document of its own.
pub(super) fn document(product: &Product) -> Value {
    let mut document = json!({"@context": context()});
    if let (Some(fields), Value::Object(more)) = (document.as_object_mut(), data_set(product)) {
        fields.extend(more);
    }
    document
}

fn data_set(product: &Product) -> Value {
    let listing = &product.detail.listing;
    let draft = &listing.draft;
    let issued = listing.published_at.unwrap_or(listing.created_at);
    let keywords: Vec<Value> = product
        .keywords()
        .into_iter()
        .map(|(lang, word)| json!({"@value": word, "@language": lang}))
        .collect();
    json!({
        "@id": product.address(),
        "@type": "dcat:Dataset",
        "dct:title": tagged(&draft.title),
        "dct:description": tagged(&draft.summary),
        "dct:identifier": listing.id,
        "dct:issued": typed(issued, "xsd:dateTime"),
        "dct:publisher": {
            "@id": format!("{}/organisations/{}", product.base, listing.org),
            "@type": "foaf:Agent", "foaf:name": product.detail.provider,
        },
        "dct:language": languages(),
        "dcat:keyword": keywords,
        "dcat:theme": {
            "@id": format!("{AUTHORITY}/data-theme/TECH"), "@type": "skos:Concept",
            "skos:prefLabel": {"@value": "Science and technology", "@language": "en"},
        },
        "dct:accessRights": named(format!("{AUTHORITY}/access-right/RESTRICTED"), "dct:RightsStatement"),
        "dcat:landingPage": named(format!("{}/v1/listings/{}", product.base, listing.id), "foaf:Document"),
        "dcat:distribution": distribution(product),
    })
}

fn distribution(product: &Product) -> Value {
    let detail = &product.detail;
    let mut told = json!({
        "@id": format!("{}#table", product.address()),
        "@type": "dcat:Distribution",
        "dct:title": tagged(&detail.listing.draft.title),
        "dcat:accessURL": named(format!("{}/delta-sharing/", product.base), "rdfs:Resource"),
        "dcat:accessService": service(&product.base),
        "dct:format": named(format!("{AUTHORITY}/file-type/PARQUET"), "dct:MediaTypeOrExtent"),
        "dcat:mediaType":
            named(format!("https://www.iana.org/assignments/media-types/{PARQUET}"), "dct:MediaType"),
        "dct:license": {
            "@id": product.licence(), "@type": "dct:LicenseDocument",
            "dct:description":
                {"@value": odrl::in_words(&detail.listing.draft.licence), "@language": "en"},
        },
        "odrl:hasPolicy": named(product.licence(), "odrl:Policy"),
    });
    let Some(fields) = told.as_object_mut() else { return told };
    if let Some(bytes) = detail.file_bytes {
        fields.insert("dcat:byteSize".to_owned(), typed(bytes, "xsd:nonNegativeInteger"));
    }
    if let Some(sha256) = &detail.file_sha256 {
        let checksum = json!({
            "@type": "spdx:Checksum",
            "spdx:algorithm": named(
                "http://spdx.org/rdf/terms#checksumAlgorithm_sha256", "spdx:ChecksumAlgorithm"),
            "spdx:checksumValue": typed(sha256, "xsd:hexBinary"),
        });
        fields.insert("spdx:checksum".to_owned(), checksum);
    }
    told
}
