//! The licence that a listing offers and a contract grants, as an ODRL 2.2 offer and agreement.
//!
//! What the exchange enforces itself: purpose at the order, term and user count at delivery. What only
//! the parties can keep is stated as duty or prohibition: no resale, no re-identification, territory.

use schema::api::trade::{Contract, Exclusivity, LicenceOffer, PaymentModel, Scope, UpdatePolicy};
use schema::id::OrgId;
use schema::money::Won;
use schema::time::Day;
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

/// What a policy says of the data.
struct Terms<'a> {
    base: &'a str,
    target: &'a str,
    licence: &'a LicenceOffer,
    price: Won,
    /// Last day of use, once it is known; the months of the licence until then.
    until: Option<Day>,
}

/// The rules that an offer and an agreement share.
fn rules(terms: &Terms<'_>) -> (Value, Value) {
    let target = terms.target;
    let mut permission = json!({
        "target": target,
        "action": "use",
        "duty": [{
            "action": [{
                "rdf:value": {"@id": "odrl:compensate"},
                "refinement": [{
                    "leftOperand": "payAmount", "operator": "eq",
                    "rightOperand": {
                        "@value": terms.price.get().to_string(), "@type": "xsd:decimal",
                    },
                    "unit": "https://www.iso.org/iso-4217-currency-codes.html#KRW",
                }],
            }],
        }],
    });
    let mut constraints = constraints(terms.base, terms.licence);
    if let Some(day) = terms.until {
        constraints.retain(|one| one["leftOperand"] != "elapsedTime");
        // The whole day in Korea still counts.
        let end = json!({"@value": format!("{day}T23:59:59+09:00"), "@type": "xsd:dateTime"});
        constraints.push(constraint("dateTime", "lteq", end));
    }
    if let (Some(fields), false) = (permission.as_object_mut(), constraints.is_empty()) {
        fields.insert("constraint".to_owned(), json!(constraints));
    }
    let prohibition = |action: Value| json!({"target": target, "action": action});
    let prohibitions = json!([
        prohibition(json!("sell")),
        prohibition(json!("grantUse")),
        prohibition(json!(format!("{}/vocabulary/action/reidentify", terms.base))),
    ]);
    (json!([permission]), prohibitions)
}

fn party(base: &str, org: OrgId) -> Value {
    json!({"@type": "Party", "uid": format!("{base}/organisations/{org}")})
}

/// The offer of a listing.
pub(super) fn offer(product: &Product) -> Value {
    let listing = &product.detail.listing;
    let (permission, prohibition) = rules(&Terms {
        base: &product.base,
        target: &product.address(),
        licence: &listing.draft.licence,
        price: listing.draft.price,
        until: None,
    });
    json!({
        "@context": CONTEXT,
        "@type": "Offer",
        "uid": product.licence(),
        "profile": format!("{}/vocabulary/odrl", product.base),
        "assigner": party(&product.base, listing.org),
        "permission": permission,
        "prohibition": prohibition,
    })
}

/// The agreement of a contract: its offer, between its two parties, until the last day of use.
pub(in crate::trade) fn agreement(
    base: &str,
    contract: &Contract,
    licence: &LicenceOffer,
    until: Option<Day>,
) -> Value {
    let purpose = Scope { purposes: vec![contract.purpose], ..licence.scope.clone() };
    let (permission, prohibition) = rules(&Terms {
        base,
        target: &format!("{base}/catalog/{}", contract.listing),
        licence: &LicenceOffer { scope: purpose, ..licence.clone() },
        price: contract.supply,
        until,
    });
    json!({
        "@context": CONTEXT,
        "@type": "Agreement",
        "uid": format!("{base}/v1/contracts/{}/policy", contract.id),
        "profile": format!("{base}/vocabulary/odrl"),
        "assigner": party(base, contract.seller),
        "assignee": party(base, contract.buyer),
        "permission": permission,
        "prohibition": prohibition,
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
