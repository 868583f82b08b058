//! Opening a download, and what was delivered.

use schema::api::parties::Role;
use schema::api::trade::{Delivery, FileLink, Listing};
use schema::code::Code;
use schema::id::{self, AuditId, ContractId, DeliveryId};
use schema::page::Page;
use schema::time::{Calendar, Instant};
use serde_json::json;

use super::link::{Grant, LINK_SECS, Link};
use super::range::{self, Part, Wanted};
use super::revisions::{File, Revision, bought_in, entitling_in, revisions_in};
use super::rules;
use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::catalog::service as catalog;
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::parties::sessions;
use crate::trade::contract::service as contract;
use crate::trade::contract::{Command, ContractRow, advance, next, reject_by};
use crate::trade::sharing::service as sharing;

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
    let (_, bought) = entitled_in(db, who, id, now)?;
    Ok(answer(bought.file, ask))
}

/// Opens a download: checks the right to it, records it, and marks the contract as delivered.
pub(super) async fn open(app: &App, who: Principal, id: ContractId, ask: Ask) -> AppResult<Opened> {
    let (now, delivery, audit) =
        (app.clock.now(), app.clock.fresh::<id::Delivery>(), app.clock.fresh());
    app.store
        .write(move |db| {
            let (row, bought) = entitled_in(db, &who, id, now)?;
            let opened = answer(bought.file, &ask);
            let (file, part) = match &opened {
                Opened::Unchanged(_) | Opened::Unsatisfiable(_) => return Ok(opened),
                Opened::Whole(file) => (file, Part { first: 0, end: file.total }),
                Opened::Part(file, part) => (file, *part),
            };
            let made = Made { id: delivery, audit, now, via: Grant::Session(who.session) };
            record_in(db, &who, row, file, part, made)?;
            Ok(opened)
        })
        .await
}

/// Ids and time of a delivery, and what it was asked for with.
#[derive(Clone, Copy)]
struct Made {
    id: DeliveryId,
    audit: AuditId,
    now: Instant,
    via: Grant,
}

/// Records that a part of a file was sent. The first time delivers the contract.
fn record_in(
    db: &mut Db,
    who: &Principal,
    row: ContractRow,
    file: &File,
    part: Part,
    made: Made,
) -> AppResult<()> {
    store::insert(
        db,
        &Row {
            id: made.id,
            contract_id: row.id,
            user_id: who.user,
            org_id: who.org,
            at: made.now.as_micros(),
            first_byte: signed(part.first),
            byte_count: signed(part.len()),
            total_bytes: signed(file.total),
            sha256: file.sha256.clone(),
            via: Some(made.via.to_string()),
        },
    )?;
    delivered_in(db, who, row, &file.sha256, made.audit, made.now)
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The contract and its listing, if the caller is the buyer and entitled to the data.
pub(in crate::trade) fn buyer_in(
    db: &mut Db,
    who: &Principal,
    id: ContractId,
    now: Instant,
) -> AppResult<(ContractRow, Listing)> {
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
    // An access token outlives its session by minutes; bytes do not wait for that.
    if !sessions::is_open_in(db, who.session, now)? {
        return Err(Code::Unauthenticated
            .because("로그아웃된 세션입니다.", "The session has ended.")
            .cure("다시 로그인해 주세요.", "Sign in again.")
            .into());
    }
    let listing = entitling_in(db, &row, now)?;
    Ok((row, listing))
}

/// The contract and what it was made for, if the caller has a right to the bytes.
fn entitled_in(
    db: &mut Db,
    who: &Principal,
    id: ContractId,
    now: Instant,
) -> AppResult<(ContractRow, Revision)> {
    let (row, listing) = buyer_in(db, who, id, now)?;
    let bought = bought_in(db, &row, &listing)?;
    Ok((row, bought))
}

/// Makes a link to the file of a contract. Nothing is delivered until it is used.
pub(super) async fn link(
    app: &App,
    who: Principal,
    id: ContractId,
    base: &str,
) -> AppResult<FileLink> {
    let (now, delivery) = (app.clock.now(), app.clock.fresh());
    let asker = who.clone();
    let bought = app.store.read(move |db| Ok(entitled_in(db, &asker, id, now)?.1)).await?;
    let link = Link {
        delivery,
        contract: id,
        version: bought.version,
        user: who.user,
        grant: Grant::Session(who.session),
        expires: now.as_secs() + LINK_SECS,
    };
    Ok(FileLink {
        url: format!("{base}{}", link.path(&app.root_key)?),
        expires_at: Instant::from_micros(link.expires * 1_000_000).unwrap_or(Instant::MAX),
        sha256: bought.file.sha256,
        bytes: bought.file.total,
    })
}

/// Follows a link. The first use is recorded as the delivery; `HEAD` leaves no trace.
pub(super) async fn follow(app: &App, link: Link, ask: Ask, head: bool) -> AppResult<Opened> {
    let now = app.clock.now();
    let looked = ask.clone();
    let (opened, known) = app
        .store
        .read(move |db| {
            let (_, _, file) = linked_in(db, &link, now)?;
            Ok((answer(file, &looked), store::is_recorded(db, link.delivery)?))
        })
        .await?;
    if head || known || matches!(opened, Opened::Unchanged(_) | Opened::Unsatisfiable(_)) {
        return Ok(opened);
    }
    let audit = app.clock.fresh();
    app.store
        .write(move |db| {
            let (who, row, file) = linked_in(db, &link, now)?;
            let opened = answer(file.clone(), &ask);
            // Two requests may have come at once: one delivery, whatever parts it is fetched in.
            if !store::is_recorded(db, link.delivery)? {
                let made = Made { id: link.delivery, audit, now, via: link.grant };
                record_in(db, &who, row, &file, Part { first: 0, end: file.total }, made)?;
            }
            Ok(opened)
        })
        .await
}

/// The file behind a link, and for whom, if the right that it was made with still holds.
fn linked_in(db: &mut Db, link: &Link, now: Instant) -> AppResult<(Principal, ContractRow, File)> {
    let row = contract::row_in(db, link.contract)?;
    let session = match link.grant {
        Grant::Session(session) => {
            if !sessions::is_open_in(db, session, now)? {
                return Err(rules::not_entitled(
                    "session-ended",
                    "링크를 받은 세션이 끝났습니다.",
                    "The session that asked for the link has ended.",
                )
                .into());
            }
            session
        }
        Grant::Credential(credential) => {
            sharing::granted_in(db, credential, link.contract, now)?;
            credential.sibling()
        }
    };
    let who = Principal { user: link.user, org: row.buyer_id, session, roles: vec![Role::Buyer] };
    let revisions = revisions_in(db, &row, now)?;
    let revision = revisions.into_iter().find(|one| one.version == link.version);
    let revision = revision.ok_or_else(|| {
        rules::not_entitled(
            "version-withdrawn",
            "이 버전은 더 이상 제공되지 않습니다.",
            "This version is no longer handed out.",
        )
    })?;
    Ok((who, row, revision.file))
}

/// The first download or query delivers the contract and starts the window to reject.
pub(in crate::trade) fn delivered_in(
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
