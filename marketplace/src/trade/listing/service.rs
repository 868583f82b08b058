//! Drafting and reading listings.

use schema::api::catalog::VersionState;
use schema::api::trade::{
    BasisSummary, Listing, ListingCard, ListingDetail, ListingDraft, ListingQuery, ListingState,
    NewListing,
};
use schema::code::Code;
use schema::data::profile::Preview;
use schema::data::quality::Indices;
use schema::id::{self, ListingId, OrgId};
use schema::money::Won;
use schema::money_rules::vat::TaxedPrice;
use schema::page::Page;
use schema::time::Instant;
use serde::Deserialize;
use serde_json::json;

use super::store::{self, Figures, Row, Wanted};
use super::{fields, rules};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::catalog::{VersionRow, service as catalog};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket, once_in};
use crate::parties::service as parties;
use crate::trade::contract::rules::Priced;
use crate::trade::contract::service as contract;
use crate::trade::offer::{offer_hash, sha256};
use crate::trade::price::service as price;

pub use super::steps::{Change, change};

/// Drafts a listing of a ready version.
pub async fn create(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewListing,
) -> AppResult<Once<Listing>> {
    fields::draft(&new.draft)?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    let id = app.clock.fresh::<id::Listing>();
    let asker = who.clone();
    let version = new.version;
    let ready = app.store.read(move |db| ready_version_in(db, &asker, version)).await?;
    let figures = figures(app, ready.evidence_key.as_deref()).await?;
    app.store
        .write(move |db| {
            let version = ready_version_in(db, &who, new.version)?;
            once_in(db, &ticket, now, |db| {
                references_in(db, &new.draft, &version, who.org)?;
                let row = blank(id, &version, &who, &figures, now)?;
                let offer = offer_hash(version.id, new.draft.price, &new.draft.licence);
                let row = row.with_draft(&new.draft, offer)?;
                store::insert(db, &row)?;
                audit::record_in(
                    db,
                    &Entry {
                        id: audit,
                        at: now,
                        who: Some(&who),
                        object: id.as_str(),
                        action: "listing.create",
                        from: None,
                        to: Some(row.state.as_str()),
                        reason: None,
                        body: json!({"version": version.id, "offer_hash": row.offer_hash}),
                    },
                )?;
                row.into_wire(true, now)
            })
        })
        .await
}

/// The version, if the caller may sell it and it is ready.
fn ready_version_in(
    db: &mut Db,
    who: &Principal,
    id: schema::id::VersionId,
) -> AppResult<VersionRow> {
    let (version, org) = catalog::row_in(db, id)?;
    policy::see(who, Action::DatasetRead, &[org], "version")?;
    policy::act(who, Action::ListingWrite, &[org])?;
    if version.state != VersionState::Ready {
        return Err(catalog::not_ready().into());
    }
    Ok(version)
}

/// The parts of an evidence document that are published.
#[derive(Deserialize)]
struct Evidence {
    report: Report,
    preview: Preview,
}

/// The part of a quality report that is published as such; the rest is in the certificate's digest.
#[derive(Deserialize)]
struct Report {
    indices: Indices,
}

/// What is published of the evidence of a version.
async fn figures(app: &App, key: Option<&str>) -> AppResult<Figures> {
    let Some(key) = key else { return Ok(Figures::default()) };
    let evidence: Evidence = serde_json::from_slice(&app.objects.get_bytes(key).await?)?;
    Ok(Figures { indices: Some(evidence.report.indices), preview: Some(evidence.preview) })
}

fn blank(
    id: ListingId,
    version: &VersionRow,
    who: &Principal,
    figures: &Figures,
    now: Instant,
) -> AppResult<Row> {
    Ok(Row {
        id,
        org_id: who.org,
        dataset_id: version.dataset_id,
        version_id: version.id,
        price_basis_id: None,
        state: ListingState::Draft,
        title: String::new(),
        summary: String::new(),
        description: String::new(),
        price: Won::ZERO,
        licence: String::new(),
        attestation: String::new(),
        file_name: String::new(),
        offer_hash: String::new(),
        row_count: version.row_count.unwrap_or(0),
        column_count: version.column_count.unwrap_or(0),
        grade: version.grade.clone(),
        index_hundredths: version.index_hundredths,
        warnings: "[]".to_owned(),
        haystack: String::new(),
        published_at: None,
        duty_agreement_id: None,
        duty: None,
        duty_end: None,
        halt: None,
        figures: serde_json::to_string(figures)?,
        supersedes_id: None,
        superseded_by_id: None,
        created_by: who.user,
        created_at: now.as_micros(),
    })
}

/// Checks what a draft refers to: a price basis of the same version, and a listing of the same data
/// set that is on sale.
pub(super) fn references_in(
    db: &mut Db,
    draft: &ListingDraft,
    version: &VersionRow,
    org: OrgId,
) -> AppResult<()> {
    if let Some(basis) = draft.price_basis
        && price::result_in(db, basis)?.is_none_or(|(of, _)| of != version.id)
    {
        return Err(Code::InvalidField
            .because(
                "이 버전의 가격산정 기록이 아닙니다.",
                "This is not a price basis of the version.",
            )
            .rule("R-150")
            .field("draft.price_basis")
            .into());
    }
    if let Some(older) = draft.supersedes {
        let found = store::find(db, older)?.is_some_and(|row| {
            row.org_id == org
                && row.dataset_id == version.dataset_id
                && row.state == ListingState::Listed
        });
        if !found {
            return Err(not_replaceable().into());
        }
    }
    Ok(())
}

pub(super) fn not_replaceable() -> schema::problem::Refusal {
    Code::InvalidField
        .because(
            "판매 중인 같은 데이터세트의 상품만 대체할 수 있습니다.",
            "Only a listing of the same data set that is on sale can be replaced.",
        )
        .rule("R-091")
        .field("draft.supersedes")
}

/// Changes a draft.
pub async fn edit(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ListingId,
    draft: ListingDraft,
) -> AppResult<Once<Listing>> {
    fields::draft(&draft)?;
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let row = seen_in(db, Some(&who), id)?;
            policy::act(&who, Action::ListingWrite, &[row.org_id])?;
            once_in(db, &ticket, now, |db| {
                let from = row.state;
                let to = rules::next(from, rules::Command::Edit)?;
                let (version, _) = catalog::row_in(db, row.version_id)?;
                references_in(db, &draft, &version, row.org_id)?;
                let offer = offer_hash(version.id, draft.price, &draft.licence);
                let mut row = row.with_draft(&draft, offer)?;
                row.state = to;
                store::advance(db, from, &row)?;
                audit::record_in(
                    db,
                    &Entry {
                        id: audit,
                        at: now,
                        who: Some(&who),
                        object: id.as_str(),
                        action: rules::Command::Edit.action(),
                        from: Some(from.as_str()),
                        to: Some(to.as_str()),
                        reason: None,
                        body: json!({"offer_hash": row.offer_hash}),
                    },
                )?;
                row.into_wire(true, now)
            })
        })
        .await
}

/// Whether the caller is the provider or of the staff.
pub(super) fn is_insider(who: Option<&Principal>, row: &Row) -> bool {
    who.is_some_and(|who| who.org == row.org_id || who.sees_all())
}

/// The stored listing, if the caller may see it: everybody what is published, its provider, the
/// staff and those who bought it also what is not.
pub(super) fn seen_in(db: &mut Db, who: Option<&Principal>, id: ListingId) -> AppResult<Row> {
    let row = store::find(db, id).or_not_found("listing")?;
    let seen = row.state.is_public()
        || is_insider(who, &row)
        || match who {
            Some(who) => contract::is_buyer_in(db, id, who.org)?,
            None => false,
        };
    if seen { Ok(row) } else { Err(AppError::NotFound("listing")) }
}

/// Everything that the caller may know about a listing.
pub fn detail_in(
    db: &mut Db,
    who: Option<&Principal>,
    id: ListingId,
    now: Instant,
) -> AppResult<ListingDetail> {
    let row = seen_in(db, who, id)?;
    let (version, _) = catalog::row_in(db, row.version_id)?;
    let provider = parties::organisation_in(db, row.org_id)?.name;
    let basis = row.price_basis_id.map(|basis| price::basis_in(db, basis)).transpose()?;
    let figures = row.figures()?;
    let insider = is_insider(who, &row);
    let dictionary = version.dictionary.as_deref().map(serde_json::from_str).transpose()?;
    Ok(ListingDetail {
        provider,
        vat: TaxedPrice::from_supply(row.price).map_or(Won::ZERO, |price| price.vat),
        file_sha256: version.table_sha256,
        file_bytes: version.table_bytes,
        certificate_sha256: version.certificate.map(|jws| sha256(jws.as_bytes())),
        basis: basis.map(|basis| BasisSummary {
            method: basis.method,
            result: basis.result,
            low: basis.low,
            high: basis.high,
        }),
        indices: figures.indices,
        dictionary,
        preview: figures.preview,
        listing: row.into_wire(insider, now)?,
    })
}

/// Characters of a search text.
const QUERY_CHARS_MAX: usize = 100;

/// A page of the catalogue, newest first: what is on sale, or with `mine` the caller's own listings
/// in every state (for the staff: everybody's).
pub fn list_in(
    db: &mut Db,
    who: Option<&Principal>,
    query: &ListingQuery,
    before: Option<ListingId>,
    limit: u32,
) -> AppResult<Page<ListingCard>> {
    let q = query.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
    if q.is_some_and(|q| q.chars().count() > QUERY_CHARS_MAX) {
        return Err(Code::InvalidField
            .because("검색어는 100자까지입니다.", "A search text has up to 100 characters.")
            .field("q")
            .into());
    }
    let mut wanted = Wanted { pattern: q.map(store::containing), before, ..Wanted::default() };
    if query.mine == Some(true) {
        let Some(who) = who else {
            return Err(Code::Unauthenticated
                .because("로그인이 필요합니다.", "Sign in first.")
                .into());
        };
        wanted.org = (!who.sees_all()).then_some(who.org);
        wanted.state = query.state;
    } else {
        wanted.state = Some(ListingState::Listed);
    }
    let rows = store::page(db, wanted, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(Row::into_card).collect::<AppResult<_>>()?;
    Ok(Page { items, next: page.next })
}

/// The card of a listing, if it is on sale.
pub(in crate::trade) fn card_in(db: &mut Db, id: ListingId) -> AppResult<Option<ListingCard>> {
    let on_sale = store::find(db, id)?.filter(|row| row.state == ListingState::Listed);
    on_sale.map(Row::into_card).transpose()
}

/// What was asked for the data of a listing's data set, and when.
pub(in crate::trade) fn price_history_in(db: &mut Db, id: ListingId) -> AppResult<Vec<Priced>> {
    let row = store::find(db, id).or_not_found("listing")?;
    let mut history = Vec::new();
    for (price, from, successor) in store::published_of(db, row.dataset_id)? {
        let Some(from) = from.and_then(Instant::from_micros) else { continue };
        let successor = match successor {
            Some(id) => store::find(db, id)?,
            None => None,
        };
        let until = successor.and_then(|row| row.published_at).and_then(Instant::from_micros);
        history.push(Priced { price, from, until });
    }
    Ok(history)
}

/// The price of a listing that is on sale.
pub(in crate::trade) fn price_on_sale_in(db: &mut Db, id: ListingId) -> AppResult<Option<Won>> {
    let row = store::find(db, id)?;
    Ok(row.filter(|row| row.state == ListingState::Listed).map(|row| row.price))
}

/// The listing as its provider sees it, for other parts of trade.
pub(in crate::trade) fn listing_in(
    db: &mut Db,
    id: ListingId,
    now: Instant,
) -> AppResult<Option<Listing>> {
    store::find(db, id)?.map(|row| row.into_wire(true, now)).transpose()
}

/// How a product stands, for rules of other features.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its provider.
    pub org: OrgId,
    /// Its state.
    pub state: ListingState,
    /// Its price without VAT.
    pub price: Won,
    /// When it went on sale, if it has.
    pub published_at: Option<Instant>,
    /// When it was taken off sale, if it is.
    pub left_at: Option<Instant>,
}

/// How a product stands; `None` if there is no such listing.
pub fn standing_in(db: &mut Db, id: ListingId) -> AppResult<Option<Standing>> {
    let Some(row) = store::find(db, id)? else { return Ok(None) };
    let halt = row.halted()?;
    let off = !matches!(row.state, ListingState::Listed | ListingState::Superseded);
    Ok(Some(Standing {
        org: row.org_id,
        state: row.state,
        price: row.price,
        published_at: row.published_at.and_then(Instant::from_micros),
        left_at: halt.map(|halt| halt.at).filter(|_| off),
    }))
}
