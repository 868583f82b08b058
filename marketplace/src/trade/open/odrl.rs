//! The licence that a listing offers, as an ODRL 2.2 offer.
//!
//! What the exchange enforces itself: purpose at the order, term and user count at delivery. What only
//! the parties can keep is stated as duty or prohibition: no resale, no re-identification, territory.

use schema::api::trade::{Exclusivity, LicenceOffer, PaymentModel, UpdatePolicy};
use serde_json::{Value, json};

use super::product::Product;

/// The context of ODRL, which its readers know without fetching it.
const CONTEXT: &str = "http://www.w3.org/ns/odrl.jsonld";

fn constraint(left: &str, operator: &str, right: Value) -> Value {
    json!({"leftOperand": left, "operator": operator, "rightOperand": right})
}

/// What limits the use.
fn constraints(base: &str, licence: &LicenceOffer) -> Vec<Value> {
    let mut all = Vec::new();
    let purposes = &licence.scope.purposes;
    if !purposes.is_empty() {
        let ids: Vec<Value> = purposes
            .iter()
            .map(|purpose| json!({"@id": format!("{base}/vocabulary/purpose/{purpose}")}))
            .collect();
        all.push(constraint("purpose", "isAnyOf", json!(ids)));
    }
    if let Some(months) = licence.term_months {
        let term = json!({"@value": format!("P{months}M"), "@type": "xsd:duration"});
        all.push(constraint("elapsedTime", "lteq", term));
    }
    if let Some(users) = licence.scope.users {
        let users = json!({"@value": users.to_string(), "@type": "xsd:integer"});
        all.push(constraint("unitOfCount", "lteq", users));
    }
    // Everywhere is no limit.
    if licence.territory != "WORLD" {
        let place = json!({"@value": licence.territory, "@type": "xsd:string"});
        all.push(constraint("spatial", "eq", place));
    }
    all
}

/// The offer.
pub(super) fn offer(product: &Product) -> Value {
    let listing = &product.detail.listing;
    let licence = &listing.draft.licence;
    let target = product.address();
    let mut permission = json!({
        "target": target,
        "action": "use",
        "duty": [{
            "action": [{
                "rdf:value": {"@id": "odrl:compensate"},
                "refinement": [{
                    "leftOperand": "payAmount", "operator": "eq",
                    "rightOperand": {
                        "@value": listing.draft.price.get().to_string(), "@type": "xsd:decimal",
                    },
                    "unit": "https://www.iso.org/iso-4217-currency-codes.html#KRW",
                }],
            }],
        }],
    });
    let constraints = constraints(&product.base, licence);
    if let (Some(fields), false) = (permission.as_object_mut(), constraints.is_empty()) {
        fields.insert("constraint".to_owned(), json!(constraints));
    }
    let prohibition = |action: Value| json!({"target": target, "action": action});
    let own = format!("{}/vocabulary", product.base);
    json!({
        "@context": CONTEXT,
        "@type": "Offer",
        "uid": product.licence(),
        "profile": format!("{own}/odrl"),
        "assigner": {"@type": "Party", "uid": format!("{}/organisations/{}", product.base, listing.org)},
        "permission": [permission],
        "prohibition": [
            prohibition(json!("sell")),
            prohibition(json!("grantUse")),
            prohibition(json!(format!("{own}/action/reidentify"))),
        ],
    })
}

/// The licence in a sentence, for views that take text.
pub(super) fn in_words(licence: &LicenceOffer) -> String {
    let term = licence.term_months.map_or("without end".to_owned(), |m| format!("{m} months"));
    let users = licence.scope.users.map_or("any number of".to_owned(), |users| users.to_string());
    let shared = match licence.exclusivity {
        Exclusivity::NonExclusive => "non-exclusive",
        Exclusivity::Exclusive => "exclusive",
    };
    let updates = match licence.updates {
        UpdatePolicy::None => "",
        UpdatePolicy::Corrections => "; corrections included",
    };
    let paid = match licence.model {
        PaymentModel::LumpSum => "paid once",
        PaymentModel::FlatPeriod => "paid by the month",
        PaymentModel::Metered => "paid by use",
        PaymentModel::Royalty => "paid by a share of revenue",
    };
    format!(
        "Commercial licence, {shared}, {paid}, {term}, {users} users, territory {}; no resale, no \
         sub-licence, no re-identification{updates}.",
        licence.territory
    )
}
