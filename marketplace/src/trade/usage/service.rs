//! Counting use and sales, and the yearly report.

use schema::api::obligations::ObligationKind;
use schema::api::trade::{
    AfterCare, AfterCareFigures, AfterCares, ContractState, DutyState, Listing, NewAfterCare,
    UsedPurchase, Utilisation,
};
use schema::code::Code;
use schema::id::{AfterCareId, AuditId, ContractId, ListingId, OrgId, VoucherId};
use schema::lang::Text;
use schema::money::Won;
use schema::time::{Day, Instant};
use serde_json::json;

use super::rules;
use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};
use crate::obligations::NewObligation;
use crate::obligations::service::{self as duties, Stamp};
use crate::trade::contract::{self, ContractRow};
use crate::trade::listing;
use crate::vouchers::service as vouchers;

const CARE: ObligationKind = ObligationKind::AfterCareYearly;

/// What a voucher was used for, in numbers, for its owner and the staff.
pub fn utilisation_in(
    db: &mut Db,
    who: &Principal,
    id: VoucherId,
    today: Day,
) -> AppResult<Utilisation> {
    let voucher = vouchers::voucher_seen_in(db, who, id, today)?;
    let mut purchases = Vec::new();
    for row in contract::of_voucher(db, id)? {
        let downloads = store::downloads(db, &[row.id])?;
        let traffic = rules::traffic(&downloads, Some(&voucher.period));
        purchases.push(UsedPurchase {
            contract: row.id,
            state: row.state,
            title: serde_json::from_str(&row.title)?,
            version: row.version_id,
            supply: row.supply,
            support: row.support,
            downloads: traffic.count,
            bytes: traffic.bytes,
            first_at: traffic.first,
            last_at: traffic.last,
            downloads_in_period: traffic.inside,
        });
    }
    let net = voucher.paid.saturating_sub(voucher.refunded);
    let used = Won::checked_sum([voucher.held, voucher.committed, net]).unwrap_or(Won::MAX);
    let unused = purchases.iter().filter(|one| one.downloads_in_period == 0).count();
    Ok(Utilisation {
        voucher: voucher.id,
        agreement: voucher.agreement,
        org: voucher.org,
        used_bp: rules::part_bp(used, voucher.approved),
        approved: voucher.approved,
        period: voucher.period,
        used,
        unused: u32::try_from(unused).unwrap_or(u32::MAX),
        purchases,
    })
}

/// Hands in the yearly report on a product made with public money. For its provider.
pub async fn after_care_report(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ListingId,
    new: NewAfterCare,
) -> AppResult<Once<AfterCare>> {
    listing::prose("note", &new.note, 4_000)?;
    let (now, care, audit) = (app.clock.now(), app.clock.fresh(), app.clock.fresh());
    app.store
        .write(move |db| {
            let listing = own_in(db, &who, id, now)?;
            policy::act(&who, Action::ListingWrite, &[listing.org])?;
            once_in(db, &ticket, now, |db| report_in(db, &who, &listing, &new, (care, audit, now)))
        })
        .await
}

/// The listing, for its provider and the staff.
fn own_in(db: &mut Db, who: &Principal, id: ListingId, now: Instant) -> AppResult<Listing> {
    let found = Ok(listing::service::listing_in(db, id, now)?).or_not_found("listing")?;
    policy::see(who, Action::DatasetRead, &[found.org], "listing")?;
    Ok(found)
}

fn report_in(
    db: &mut Db,
    who: &Principal,
    listing: &Listing,
    new: &NewAfterCare,
    (id, audit, now): (AfterCareId, AuditId, Instant),
) -> AppResult<AfterCare> {
    let open = duties::open_about_in(db, CARE, listing.id.as_str(), now.seoul_day())?;
    let Some(duty) = open.first() else {
        return Err(Code::StateForbids
            .because(
                "이 상품에는 제출할 사후관리 보고가 없습니다.",
                "No after-care report is due on this product.",
            )
            .rule("R-097")
            .into());
    };
    let number = i64::try_from(store::of_listing(db, listing.id)?.len()).unwrap_or(i64::MAX);
    let figures = figures_in(db, listing)?;
    let row = Row {
        id,
        listing_id: listing.id,
        org_id: listing.org,
        number: number.saturating_add(1),
        figures: serde_json::to_string(&figures)?,
        note: new.note.trim().to_owned(),
        created_by: who.user,
        created_at: now.as_micros(),
    };
    store::insert(db, &row)?;
    let entry = Entry {
        id: audit,
        at: now,
        who: Some(who),
        object: listing.id.as_str(),
        action: "listing.after_care",
        from: None,
        to: None,
        reason: None,
        body: json!({"report": id, "number": row.number, "figures": figures}),
    };
    audit::record_in(db, &entry)?;
    let stamp = Stamp { seed: audit, who: None, now };
    let how = Text::new(
        format!("{}번째 사후관리 보고를 제출했습니다.", row.number),
        format!("Report number {} was handed in.", row.number),
    );
    duties::discharge_in(db, CARE, listing.id.as_str(), &how, &stamp)?;
    next_year_in(db, listing, duty, row.number, &stamp)?;
    wire(row)
}

/// While the listing term runs on, the next report is due a year later.
fn next_year_in(
    db: &mut Db,
    listing: &Listing,
    duty: &schema::api::obligations::Obligation,
    number: i64,
    stamp: &Stamp<'_>,
) -> AppResult<()> {
    let Some(term) = &listing.duty else { return Ok(()) };
    let open = matches!(term.state, DutyState::Running | DutyState::Paused);
    if !open || term.period.end <= duty.due_first {
        return Ok(());
    }
    let once = number.saturating_add(1).to_string();
    let new = NewObligation {
        kind: CARE,
        org: listing.org,
        subject: listing.id.as_str(),
        agreement: duty.agreement,
        due_on: duties::due_in_months(duty.due_first, 12)?,
        rule: "R-097",
        blocks_payment: false,
        once: &once,
    };
    duties::open_in(db, &new, stamp)?;
    Ok(())
}

fn figures_in(db: &mut Db, listing: &Listing) -> AppResult<AfterCareFigures> {
    let contracts: Vec<ContractRow> = contract::of_listing(db, listing.id)?;
    let ids: Vec<ContractId> = contracts.iter().map(|row| row.id).collect();
    let mut buyers: Vec<OrgId> = contracts.iter().map(|row| row.buyer_id).collect();
    buyers.sort_unstable();
    buyers.dedup();
    let accepted = || contracts.iter().filter(|row| row.state == ContractState::Accepted);
    let sum = |amounts: Vec<Won>| Won::checked_sum(amounts).unwrap_or(Won::MAX);
    let traffic = rules::traffic(&store::downloads(db, &ids)?, None);
    Ok(AfterCareFigures {
        state: listing.state,
        published_at: listing.published_at,
        obligation_end: listing.duty.as_ref().map(|duty| duty.period.end),
        contracts: u32::try_from(contracts.len()).unwrap_or(u32::MAX),
        buyers: u32::try_from(buyers.len()).unwrap_or(u32::MAX),
        sales: sum(accepted().map(|row| row.supply).collect()),
        support: sum(accepted().map(|row| row.support).collect()),
        downloads: traffic.count,
    })
}

fn wire(row: Row) -> AppResult<AfterCare> {
    Ok(AfterCare {
        id: row.id,
        listing: row.listing_id,
        number: u32::try_from(row.number).unwrap_or(u32::MAX),
        figures: serde_json::from_str(&row.figures)?,
        note: row.note,
        at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
    })
}

/// The reports on a product, for its provider and the staff.
pub fn after_cares_in(
    db: &mut Db,
    who: &Principal,
    id: ListingId,
    now: Instant,
) -> AppResult<AfterCares> {
    own_in(db, who, id, now)?;
    let items = store::of_listing(db, id)?.into_iter().map(wire).collect::<AppResult<_>>()?;
    Ok(AfterCares { items })
}
