//! Looking over what is stored.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use schema::api::signals::{SignalKind, SignalSeverity};
use schema::data::certificate::Claims;
use schema::id::{DatasetId, ListingId, OrgId, RebateId};
use schema::time::Instant;
use serde_json::{Value, json};

use super::graph::Graph;
use super::{rules, store};
use crate::db::Db;
use crate::error::AppResult;
use crate::{parties, trade};

/// Rebates read at once.
const PAGE: i64 = 1_000;

/// Something that was found.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) kind: SignalKind,
    pub(super) severity: SignalSeverity,
    /// The chief object first.
    pub(super) subjects: Vec<String>,
    pub(super) evidence: Value,
    /// Tells this finding from others of its kind.
    pub(super) key: String,
}

/// Everything that is found now, known or not.
pub(super) fn all_in(db: &mut Db) -> AppResult<Vec<Finding>> {
    let mut found = affiliations_in(db)?;
    found.extend(invoices_in(db)?);
    found.extend(jumps_in(db)?);
    found.extend(files_in(db)?);
    found.extend(refunds_in(db)?);
    found.extend(rebates_in(db)?);
    Ok(found)
}

/// Deals with public money: chief object, both sides.
fn deals_in(db: &mut Db) -> AppResult<Vec<(String, OrgId, OrgId)>> {
    let mut deals: Vec<(String, OrgId, OrgId)> = store::supported(db)?
        .into_iter()
        .map(|(id, buyer, seller)| (id.to_string(), buyer, seller))
        .collect();
    for (id, recipient, processor) in store::processed(db)? {
        deals.extend(processor.map(|processor| (id.to_string(), recipient, processor)));
    }
    for (id, owner, processor) in store::jobs(db)? {
        deals.extend(processor.map(|processor| (id, owner, processor)));
    }
    Ok(deals)
}

fn affiliations_in(db: &mut Db) -> AppResult<Vec<Finding>> {
    let deals = deals_in(db)?;
    if deals.is_empty() {
        return Ok(Vec::new());
    }
    let orgs = parties::service::every_organisation_in(db)?;
    let graph = Graph::new(&orgs, &parties::declared::all_in(db)?);
    let mut found = Vec::new();
    for (object, one, other) in deals {
        let Some(chain) = graph.chain(one, other) else { continue };
        let links: Vec<Value> =
            chain.iter().map(|link| json!({"to": link.to, "by": link.by})).collect();
        found.push(Finding {
            kind: SignalKind::Affiliation,
            severity: rules::affiliation(chain.len()),
            key: format!("{object}:{one}:{other}"),
            subjects: vec![object, one.to_string(), other.to_string()],
            evidence: json!({"rule": "R-063", "from": one, "chain": links}),
        });
    }
    Ok(found)
}

fn invoices_in(db: &mut Db) -> AppResult<Vec<Finding>> {
    let shown =
        store::shown_again(db)?.into_iter().map(|(id, invoice, payment, contract)| Finding {
            kind: SignalKind::DuplicateInvoice,
            severity: SignalSeverity::High,
            subjects: vec![contract.to_string(), payment.to_string()],
            evidence: json!({
                "rule": "R-200", "invoice_no": invoice, "served_for": payment,
                "shown_for": contract,
            }),
            key: id.to_string(),
        });
    Ok(shown.collect())
}

fn jumps_in(db: &mut Db) -> AppResult<Vec<Finding>> {
    let mut found = Vec::new();
    for (contract, buyer, seller) in store::supported(db)? {
        let Some((asked, counted)) = trade::service::price_jump_in(db, contract)? else {
            continue;
        };
        found.push(Finding {
            kind: SignalKind::PriceJump,
            severity: rules::price_jump(asked, counted),
            subjects: vec![contract.to_string(), seller.to_string(), buyer.to_string()],
            evidence: json!({"rule": "R-058", "asked": asked, "counted": counted}),
            key: contract.to_string(),
        });
    }
    Ok(found)
}

/// The digests of a table's content that a certificate names.
fn digests(certificate: &str) -> Vec<String> {
    let payload = certificate.split('.').nth(1).and_then(|part| BASE64.decode(part).ok());
    let claims: Option<Claims> = payload.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    claims.map_or_else(Vec::new, |claims| {
        std::iter::once(claims.logical_sha256).chain(claims.unordered_sha256).collect()
    })
}

fn files_in(db: &mut Db) -> AppResult<Vec<Finding>> {
    let mut by_digest: BTreeMap<String, Vec<(ListingId, DatasetId, OrgId)>> = BTreeMap::new();
    for (listing, dataset, owner, certificate) in store::offers(db)? {
        for digest in certificate.as_deref().map_or_else(Vec::new, digests) {
            by_digest.entry(digest).or_default().push((listing, dataset, owner));
        }
    }
    let mut found: BTreeMap<String, Finding> = BTreeMap::new();
    for (digest, offers) in by_digest {
        let datasets: BTreeSet<DatasetId> = offers.iter().map(|(_, dataset, _)| *dataset).collect();
        if datasets.len() < 2 {
            continue;
        }
        let owners: BTreeSet<OrgId> = offers.iter().map(|(.., owner)| *owner).collect();
        let listings: Vec<String> =
            offers.iter().map(|(listing, ..)| listing.to_string()).collect();
        // The same offers found by both digests of a table are one finding.
        let key = datasets.iter().map(ToString::to_string).collect::<Vec<_>>().join("+");
        found.entry(key.clone()).or_insert(Finding {
            kind: SignalKind::SameFile,
            severity: rules::same_file(owners.len()),
            evidence: json!({
                "rule": "R-012", "logical_sha256": digest, "datasets": datasets, "owners": owners,
            }),
            subjects: listings,
            key,
        });
    }
    Ok(found.into_values().collect())
}

fn refunds_in(db: &mut Db) -> AppResult<Vec<Finding>> {
    let mut found = Vec::new();
    for (contract, payment, amount, paid, refunded) in store::refunds(db)? {
        let (Some(paid), Some(refunded)) =
            (paid.and_then(Instant::from_micros), Instant::from_micros(refunded))
        else {
            continue;
        };
        if !rules::is_quick(paid, refunded) {
            continue;
        }
        found.push(Finding {
            kind: SignalKind::QuickRefund,
            severity: SignalSeverity::Medium,
            subjects: vec![contract.to_string(), payment.to_string()],
            evidence: json!({
                "rule": "R-066", "refunded": amount, "paid_at": paid, "refunded_at": refunded,
            }),
            key: payment.to_string(),
        });
    }
    Ok(found)
}

fn rebates_in(db: &mut Db) -> AppResult<Vec<Finding>> {
    let (mut found, mut after) = (Vec::new(), None::<RebateId>);
    loop {
        let rebates = trade::service::rebates_in(db, after, PAGE)?;
        after = rebates.last().map(|rebate| rebate.id);
        for rebate in rebates {
            found.push(Finding {
                kind: SignalKind::Rebate,
                severity: rules::rebate(rebate.disclosed, rebate.reduced),
                subjects: vec![rebate.contract.to_string(), rebate.id.to_string()],
                evidence: json!({
                    "rule": "R-059", "amount": rebate.amount, "disclosed": rebate.disclosed,
                    "reduced": rebate.reduced, "support_reduced": rebate.support_reduced,
                    "reported_by": rebate.org,
                }),
                key: rebate.id.to_string(),
            });
        }
        if after.is_none() {
            return Ok(found);
        }
    }
}
