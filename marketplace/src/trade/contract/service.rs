//! Ordering and reading contracts.

use schema::api::trade::{Contract, ContractState, LicenceOffer, Listing, ListingState, Order};
use schema::code::Code;
use schema::id::{self, AuditId, ContractId, ListingId, OrgId, TransferId, VoucherId};
use schema::lang::Lang;
use schema::money::Won;
use schema::page::Page;
use schema::time::{Day, Instant};
use serde::Deserialize;
use serde_json::json;

use super::rules::{self, Shares};
use super::store::{self, DocumentRow, Row};
use super::strangers::{declared_tie, strangers};
use super::terms::{self, Document, Goods, Parameters, Party};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::catalog::service as catalog;
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket, once_in};
use crate::parties::service as parties;
use crate::programme::{notice_in_force, service as programme};
use crate::trade::listing;
use crate::vouchers::service::{self as vouchers, HoldRequest};

pub(in crate::trade) use super::steps::{Resolved, resolved_in};
pub use super::steps::{accept, accept_due, cancel, fund, paid_in, reject, sign};

/// Ids and time of an order, made before the transaction.
#[derive(Clone, Copy)]
struct Fresh {
    contract: ContractId,
    audit: AuditId,
    transfer: TransferId,
    now: Instant,
}

/// Orders what a listing offers.
pub async fn order(
    app: &App,
    who: Principal,
    ticket: Ticket,
    order: Order,
) -> AppResult<Once<Contract>> {
    listing::prose("purpose_text", &order.purpose_text, 1_000)?;
    let fresh = Fresh {
        contract: app.clock.fresh::<id::Contract>(),
        audit: app.clock.fresh(),
        transfer: app.clock.fresh(),
        now: app.clock.now(),
    };
    app.store
        .write(move |db| {
            policy::act(&who, Action::ContractBuy, &[who.org])?;
            once_in(db, &ticket, fresh.now, |db| order_in(db, &who, &order, fresh))
        })
        .await
}

fn order_in(db: &mut Db, who: &Principal, order: &Order, fresh: Fresh) -> AppResult<Contract> {
    let listing = on_sale_in(db, who, order.listing, fresh.now)?;
    if let Some(shown) = &order.expected_terms_hash {
        rules::same_terms(shown, &listing.offer_hash)?;
    }
    let seller = parties::organisation_in(db, listing.org)?;
    let buyer = parties::organisation_in(db, who.org)?;
    strangers(&buyer, &seller)?;
    if parties::declared_in(db, buyer.id, seller.id)? {
        return Err(declared_tie().into());
    }
    rules::licensed(order.purpose, &listing.draft.licence)?;
    let support = match order.voucher {
        Some(voucher) => hold_in(db, who, order, &listing, voucher, fresh)?,
        None => Won::ZERO,
    };
    let shares = rules::shares(listing.draft.price, support)?;
    let (version, _) = catalog::row_in(db, listing.version)?;
    let parameters = Parameters {
        contract: fresh.contract,
        ordered_on: fresh.now.seoul_day(),
        seller: Party::from(&seller),
        buyer: Party::from(&buyer),
        goods: Goods::of(&listing, &version),
        licence: listing.draft.licence.clone(),
        purpose: order.purpose,
        purpose_text: order.purpose_text.trim().to_owned(),
        supply: shares.supply,
        vat: shares.vat,
        support: shares.support,
        company_share: shares.company_share,
        own_payment: shares.own_payment,
        voucher: order.voucher,
        acceptance_days: acceptance_days(fresh.now)?,
    };
    let document = terms::write(&parameters)?;
    let row = row(who, order, &listing, &shares, &document, fresh)?;
    store::insert(db, &row, &document_row(row.id, document))?;
    audit::record_in(
        db,
        &Entry {
            id: fresh.audit,
            at: fresh.now,
            who: Some(who),
            object: row.id.as_str(),
            action: "contract.order",
            from: None,
            to: Some(row.state.as_str()),
            reason: None,
            body: json!({
                "listing": row.listing_id, "version": row.version_id, "seller": row.seller_id,
                "voucher": row.voucher_id, "purpose": row.purpose, "supply": row.supply,
                "vat": row.vat, "support": row.support, "terms_hash": row.terms_hash,
            }),
        },
    )?;
    row.into_wire_in(db)
}

/// The listing, on sale at this instant; what was never published does not exist for
/// others.
fn on_sale_in(db: &mut Db, who: &Principal, id: ListingId, now: Instant) -> AppResult<Listing> {
    let listing = Ok(listing::service::listing_in(db, id, now)?).or_not_found("listing")?;
    match listing.state {
        ListingState::Listed => Ok(listing),
        state if state.is_public() || listing.org == who.org => {
            Err(listing::not_listed().with("state", state.as_str()).into())
        }
        ListingState::Suspended => Err(listing::not_listed().into()),
        _ => Err(AppError::NotFound("listing")),
    }
}

/// Holds the public share on the voucher. Answers the share.
fn hold_in(
    db: &mut Db,
    who: &Principal,
    order: &Order,
    listing: &Listing,
    voucher: VoucherId,
    fresh: Fresh,
) -> AppResult<Won> {
    let voucher = vouchers::voucher_in(db, voucher)?;
    policy::see(who, Action::VoucherSpend, &[voucher.org], "voucher")?;
    let agreement = programme::agreement_in(db, voucher.agreement)?;
    rules::supported(order.purpose, agreement.class, agreement.purpose)?;
    if store::supported(db, listing.version, who.org)? > 0 {
        return Err(Code::DuplicateSupport
            .because(
                "같은 데이터를 이미 지원받아 구매했습니다.",
                "The same data were already bought with public support.",
            )
            .rule("R-012")
            .into());
    }
    let history = listing::service::price_history_in(db, listing.id)?;
    let asked = listing.draft.price;
    let eligible = rules::eligible(asked, &history, voucher.issued_at, fresh.now);
    let request = HoldRequest {
        voucher: voucher.id,
        buyer: who.org,
        contract: fresh.contract,
        supply: eligible,
        transfers: [fresh.transfer],
    };
    let held = vouchers::hold_in(db, request, fresh.now)?;
    Ok(held.support)
}

/// Days in which a delivery may be rejected, by the notice in force at `now`.
pub(in crate::trade) fn acceptance_days(now: Instant) -> AppResult<u16> {
    Ok(notice_in_force(now.seoul_day())?.parameters.acceptance_days)
}

fn row(
    who: &Principal,
    order: &Order,
    listing: &Listing,
    shares: &Shares,
    document: &Document,
    fresh: Fresh,
) -> AppResult<Row> {
    Ok(Row {
        id: fresh.contract,
        listing_id: listing.id,
        version_id: listing.version,
        seller_id: listing.org,
        buyer_id: who.org,
        voucher_id: order.voucher,
        state: ContractState::Ordered,
        title: serde_json::to_string(&listing.draft.title)?,
        purpose: order.purpose,
        purpose_text: order.purpose_text.trim().to_owned(),
        supply: shares.supply,
        vat: shares.vat,
        support: shares.support,
        company_share: shares.company_share,
        own_payment: shares.own_payment,
        terms_hash: document.terms_hash.clone(),
        proof_sha256: None,
        reject_by: None,
        end_reason: None,
        created_by: who.user,
        created_at: fresh.now.as_micros(),
        signed_at: None,
        funded_at: None,
        delivered_at: None,
        accepted_at: None,
        ended_at: None,
        paid_at: None,
    })
}

fn document_row(contract: ContractId, document: Document) -> DocumentRow {
    DocumentRow {
        contract_id: contract,
        template: document.template.to_owned(),
        parameters: document.parameters,
        text_ko: document.text.ko,
        text_en: document.text.en,
        terms_hash: document.terms_hash,
        platform_signature: None,
    }
}

/// The stored contract, if the caller may see it.
pub(in crate::trade) fn row_seen_in(
    db: &mut Db,
    who: &Principal,
    id: ContractId,
) -> AppResult<Row> {
    let row = store::find(db, id).or_not_found("contract")?;
    policy::see(who, Action::ContractRead, &[row.seller_id, row.buyer_id], "contract")?;
    Ok(row)
}

/// The contract, if the caller may see it.
pub fn contract_seen_in(db: &mut Db, who: &Principal, id: ContractId) -> AppResult<Contract> {
    row_seen_in(db, who, id)?.into_wire_in(db)
}

/// A contract that both sides signed, its licence, and its last day of use once that is known.
pub(super) fn agreed_in(
    db: &mut Db,
    who: &Principal,
    id: ContractId,
) -> AppResult<(Contract, LicenceOffer, Option<Day>)> {
    let row = row_seen_in(db, who, id)?;
    if row.signed_at.is_none() {
        return Err(Code::StateForbids
            .because("양쪽이 서명하지 않은 계약입니다.", "Not both sides have signed the contract.")
            .rule("R-141")
            .with("state", row.state.as_str())
            .into());
    }
    let document = store::document(db, id).or_not_found("contract")?;
    let parameters: Licensed = serde_json::from_str(&document.parameters)?;
    let contract = row.into_wire_in(db)?;
    let until = rules::last_day(contract.delivered_at, parameters.licence.term_months);
    Ok((contract, parameters.licence, until))
}

/// What is read back of a contract's parameters.
#[derive(Deserialize)]
struct Licensed {
    licence: LicenceOffer,
}

/// The stored contract, for other parts of trade.
pub(in crate::trade) fn row_in(db: &mut Db, id: ContractId) -> AppResult<Row> {
    store::find(db, id).or_not_found("contract")
}

/// What was asked when a voucher's purchase was ordered, and what of it counted by its price history,
/// if that was less.
pub fn price_jump_in(db: &mut Db, id: ContractId) -> AppResult<Option<(Won, Won)>> {
    let row = store::find(db, id).or_not_found("contract")?;
    let Some(voucher) = row.voucher_id else { return Ok(None) };
    let ordered = Instant::from_micros(row.created_at).unwrap_or(Instant::MIN);
    let Some(offer) = listing::service::listing_in(db, row.listing_id, ordered)? else {
        return Ok(None);
    };
    let history = listing::service::price_history_in(db, row.listing_id)?;
    let since = vouchers::voucher_in(db, voucher)?.issued_at;
    let asked = offer.draft.price;
    let counted = rules::eligible(asked, &history, since, ordered);
    Ok((counted < asked).then_some((asked, counted)))
}

/// The contract, for other features' rules.
pub fn contract_in(db: &mut Db, id: ContractId) -> AppResult<Contract> {
    store::find(db, id).or_not_found("contract")?.into_wire_in(db)
}

/// A page of the contracts in which the caller's organisation is a party, newest first; the staff
/// see all.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    before: Option<ContractId>,
    limit: u32,
) -> AppResult<Page<Contract>> {
    let org = if who.sees_all() { None } else { Some(who.org) };
    let rows = store::page(db, org, before, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        items.push(row.into_wire_in(db)?);
    }
    Ok(Page { items, next: page.next })
}

/// The document of a contract in one language (Markdown), and the digest of its terms.
pub fn document_in(
    db: &mut Db,
    who: &Principal,
    id: ContractId,
    lang: Lang,
) -> AppResult<(String, String)> {
    row_seen_in(db, who, id)?;
    let document = store::document(db, id).or_not_found("contract")?;
    let text = match lang {
        Lang::Ko => document.text_ko,
        Lang::En => document.text_en,
    };
    Ok((text, document.terms_hash))
}

/// Whether `org` has bought what `listing` offers.
pub(in crate::trade) fn is_buyer_in(
    db: &mut Db,
    listing: ListingId,
    org: OrgId,
) -> AppResult<bool> {
    Ok(store::bought(db, listing, org)? > 0)
}
