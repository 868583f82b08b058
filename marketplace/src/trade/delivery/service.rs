//! Opening a download, and what was delivered.

use schema::api::trade::Delivery;
use schema::id::{self, AuditId, ContractId, DeliveryId};
use schema::page::Page;
use schema::time::{Calendar, Instant};
use serde_json::json;

use super::range::{self, Part, Wanted};
use super::rules::{self, Facts};
use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::catalog::service as catalog;
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::trade::contract::service as contract;
use crate::trade::contract::{Command, ContractRow, advance, next, reject_by};
use crate::trade::listing::service as listing;

/// What a client asks for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// `Range`.
    pub range: Option<String>,
    /// `If-Range`.
    pub if_range: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
}

/// The file behind a contract.
#[derive(Clone, Debug)]
pub struct File {
    /// Name for the client.
    pub name: String,
    /// Name in the object store.
    pub(super) key: String,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Length in bytes.
    pub total: u64,
}

impl File {
    /// Its entity tag.
    pub fn etag(&self) -> String {
        format!("\"sha256-{}\"", self.sha256)
    }
}

/// What a client is given.
#[derive(Clone, Debug)]
pub(super) enum Opened {
    /// It has the file already.
    Unchanged(File),
    /// The file has no such part.
    Unsatisfiable(File),
    /// The whole file.
    Whole(File),
    /// A part of it.
    Part(File, Part),
}

fn answer(file: File, ask: &Ask) -> Opened {
    let etag = file.etag();
    if ask.if_none_match.as_deref().is_some_and(|list| range::names(list, &etag)) {
        return Opened::Unchanged(file);
    }
    // With another entity tag, or a date, the client's part may be of another file.
    let same = ask.if_range.as_deref().is_none_or(|tag| tag.trim() == etag);
    let header = ask.range.as_deref().filter(|_| same);
    match range::wanted(header, file.total) {
        Wanted::Whole => Opened::Whole(file),
        Wanted::Part(part) => Opened::Part(file, part),
        Wanted::Unsatisfiable => Opened::Unsatisfiable(file),
    }
}

/// What a `HEAD` answers: the same, without a trace.
pub(super) fn look_in(
    db: &mut Db,
    who: &Principal,
    id: ContractId,
    ask: &Ask,
    now: Instant,
) -> AppResult<Opened> {
    let (_, file) = entitled_in(db, who, id, now)?;
    Ok(answer(file, ask))
}

/// Opens a download: checks the right to it, records it, and marks the contract as delivered.
pub(super) async fn open(app: &App, who: Principal, id: ContractId, ask: Ask) -> AppResult<Opened> {
    let (now, delivery, audit) =
        (app.clock.now(), app.clock.fresh::<id::Delivery>(), app.clock.fresh());
    app.store
        .write(move |db| {
            let (row, file) = entitled_in(db, &who, id, now)?;
            let opened = answer(file, &ask);
            let (file, part) = match &opened {
                Opened::Unchanged(_) | Opened::Unsatisfiable(_) => return Ok(opened),
                Opened::Whole(file) => (file, Part { first: 0, end: file.total }),
                Opened::Part(file, part) => (file, *part),
            };
            store::insert(
                db,
                &Row {
                    id: delivery,
                    contract_id: id,
                    user_id: who.user,
                    org_id: who.org,
                    at: now.as_micros(),
                    first_byte: signed(part.first),
                    byte_count: signed(part.len()),
                    total_bytes: signed(file.total),
                    sha256: file.sha256.clone(),
                },
            )?;
            delivered_in(db, &who, row, &file.sha256, audit, now)?;
            Ok(opened)
        })
        .await
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The contract and its file, if the caller has a right to the bytes.
fn entitled_in(
    db: &mut Db,
    who: &Principal,
    id: ContractId,
    now: Instant,
) -> AppResult<(ContractRow, File)> {
    let row = contract::row_seen_in(db, who, id)?;
    if who.org != row.buyer_id {
        return Err(rules::not_entitled(
            "not-the-buyer",
            "데이터는 구매자만 받을 수 있습니다.",
            "Only the buyer receives the data.",
        )
        .rule("R-141")
        .into());
    }
    policy::act(who, Action::ContractBuy, &[row.buyer_id])?;
    let listing = Ok(listing::listing_in(db, row.listing_id, now)?).or_not_found("listing")?;
    let facts = Facts {
        contract: row.state,
        listing: listing.state,
        cause: listing.halt.and_then(|halt| halt.cause),
        delivered_at: row.delivered_at.and_then(Instant::from_micros),
        term_months: listing.draft.licence.term_months,
    };
    rules::entitled(&facts, now)?;
    let (version, _) = catalog::row_in(db, row.version_id)?;
    let file = match (version.table_key, version.table_sha256, version.table_bytes) {
        (Some(key), Some(sha256), Some(bytes)) => File {
            name: listing.draft.file_name,
            key,
            sha256,
            total: u64::try_from(bytes).unwrap_or(0),
        },
        _ => return Err(catalog::not_ready().into()),
    };
    Ok((row, file))
}

/// The first download delivers the contract and starts the window to reject.
fn delivered_in(
    db: &mut Db,
    who: &Principal,
    mut row: ContractRow,
    sha256: &str,
    audit: AuditId,
    now: Instant,
) -> AppResult<()> {
    let from = row.state;
    row.state = next(from, Command::Deliver)?;
    if row.delivered_at.is_some() {
        return Ok(());
    }
    let calendar = Calendar::embedded().map_err(anyhow::Error::from)?;
    let last = reject_by(now, contract::acceptance_days(now)?.into(), calendar);
    row.delivered_at = Some(now.as_micros());
    row.reject_by = last.map(|day| day.to_string());
    advance(db, from, &row)?;
    audit::record_in(
        db,
        &Entry {
            id: audit,
            at: now,
            who: Some(who),
            object: row.id.as_str(),
            action: Command::Deliver.action(),
            from: Some(from.as_str()),
            to: Some(row.state.as_str()),
            reason: None,
            body: json!({"sha256": sha256, "reject_by": row.reject_by}),
        },
    )
}

/// The quality certificate of what a contract delivers (compact JWS), for its parties and the
/// staff.
pub fn certificate_in(db: &mut Db, who: &Principal, id: ContractId) -> AppResult<String> {
    let row = contract::row_seen_in(db, who, id)?;
    let (version, _) = catalog::row_in(db, row.version_id)?;
    Ok(version.certificate).or_not_found("certificate")
}

/// A page of the deliveries under a contract, oldest first.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    id: ContractId,
    after: Option<DeliveryId>,
    limit: u32,
) -> AppResult<Page<Delivery>> {
    contract::row_seen_in(db, who, id)?;
    let rows = store::page(db, id, after, i64::from(limit) + 1)?;
    Ok(Page::of(rows, limit, |row| row.id.to_string()).map(Delivery::from))
}
