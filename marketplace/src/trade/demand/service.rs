//! Posting requests and proposing.

use schema::api::outbox::EventKind;
use schema::api::trade::{
    DataProposal, DataRequest, ListingState, NewDataProposal, NewDataRequest,
};
use schema::id::{AuditId, DataProposalId, DataRequestId};
use schema::lang::Text;
use schema::page::Page;
use schema::time::Instant;
use serde_json::json;

use super::rules;
use super::store::{self, ProposalRow, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket, once_in};
use crate::outbox::{self, Event};
use crate::parties::service as parties;
use crate::trade::listing;

fn told_in(db: &mut Db, who: &Principal, row: Row, now: Instant) -> AppResult<DataRequest> {
    let until = row.until.parse().map_err(|error| anyhow::anyhow!("{}: {error}", row.id))?;
    let proposals = u32::try_from(store::count(db, row.id)?).unwrap_or(u32::MAX);
    Ok(DataRequest {
        id: row.id,
        org: (who.org == row.org_id || who.sees_all()).then_some(row.org_id),
        open: rules::is_open(until, row.closed_at, now),
        title: row.title,
        detail: row.detail,
        budget: row.budget,
        until,
        proposals,
        created_at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
    })
}

fn line<'a>(
    id: AuditId,
    at: Instant,
    who: &'a Principal,
    object: &'a DataRequestId,
    action: &'static str,
    body: serde_json::Value,
) -> Entry<'a> {
    let object = object.as_str();
    Entry { id, at, who: Some(who), object, action, from: None, to: None, reason: None, body }
}

/// Posts a request.
pub async fn post(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewDataRequest,
) -> AppResult<Once<DataRequest>> {
    listing::prose("title", &new.title, 200)?;
    listing::prose("detail", &new.detail, 4_000)?;
    let (now, id, audit) = (app.clock.now(), app.clock.fresh(), app.clock.fresh());
    rules::until(new.until, now)?;
    app.store
        .write(move |db| {
            policy::act(&who, Action::ContractBuy, &[who.org])?;
            once_in(db, &ticket, now, |db| post_in(db, &who, &new, id, audit, now))
        })
        .await
}

fn post_in(
    db: &mut Db,
    who: &Principal,
    new: &NewDataRequest,
    id: DataRequestId,
    audit: AuditId,
    now: Instant,
) -> AppResult<DataRequest> {
    let open = store::open(db, who.org, now.seoul_day())?;
    if usize::try_from(open).is_ok_and(|open| open >= rules::OPEN_MAX) {
        return Err(rules::full(("진행 중인 요청은", "Open requests"), rules::OPEN_MAX).into());
    }
    let row = Row {
        id,
        org_id: who.org,
        title: new.title.trim().to_owned(),
        detail: new.detail.trim().to_owned(),
        budget: new.budget,
        until: new.until.to_string(),
        closed_at: None,
        created_by: who.user,
        created_at: now.as_micros(),
    };
    store::insert(db, &row)?;
    audit::record_in(db, &line(audit, now, who, &id, "request.post", json!({"until": row.until})))?;
    told_in(db, who, row, now)
}

/// A page of the board, newest first.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    before: Option<DataRequestId>,
    limit: u32,
    now: Instant,
) -> AppResult<Page<DataRequest>> {
    let rows = store::page(db, before, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(|row| told_in(db, who, row, now));
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}

/// A request.
pub fn find_in(
    db: &mut Db,
    who: &Principal,
    id: DataRequestId,
    now: Instant,
) -> AppResult<DataRequest> {
    let row = store::find(db, id).or_not_found("request")?;
    told_in(db, who, row, now)
}

/// Closes one's own request.
pub async fn close(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: DataRequestId,
) -> AppResult<Once<DataRequest>> {
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            let row = store::find(db, id).or_not_found("request")?;
            policy::act(&who, Action::ContractBuy, &[row.org_id])?;
            once_in(db, &ticket, now, |db| {
                if row.closed_at.is_some() {
                    return Err(rules::closed().into());
                }
                store::close(db, id, now.as_micros())?;
                audit::record_in(db, &line(audit, now, &who, &id, "request.close", json!({})))?;
                find_in(db, &who, id, now)
            })
        })
        .await
}

/// Proposes something for a request, of which the one who asked is told.
pub async fn propose(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: DataRequestId,
    new: NewDataProposal,
) -> AppResult<Once<DataProposal>> {
    listing::prose("note", &new.note, 4_000)?;
    let (now, proposal, audit) = (app.clock.now(), app.clock.fresh(), app.clock.fresh());
    app.store
        .write(move |db| {
            policy::act(&who, Action::ListingWrite, &[who.org])?;
            once_in(db, &ticket, now, |db| propose_in(db, &who, id, &new, (proposal, audit), now))
        })
        .await
}

fn propose_in(
    db: &mut Db,
    who: &Principal,
    id: DataRequestId,
    new: &NewDataProposal,
    (proposal, audit): (DataProposalId, AuditId),
    now: Instant,
) -> AppResult<DataProposal> {
    let row = store::find(db, id).or_not_found("request")?;
    let asker = row.org_id;
    let request = told_in(db, who, row, now)?;
    if !request.open || asker == who.org {
        return Err(rules::closed().into());
    }
    if store::proposals(db, id, Some(who.org))?.len() >= rules::OWN_PROPOSALS_MAX {
        let what = ("한 요청에 제안은", "Proposals of one organisation");
        return Err(rules::full(what, rules::OWN_PROPOSALS_MAX).into());
    }
    if request.proposals as usize >= rules::PROPOSALS_MAX {
        let what = ("한 요청에 제안은 모두", "Proposals to one request");
        return Err(rules::full(what, rules::PROPOSALS_MAX).into());
    }
    if let Some(offered) = new.listing {
        let offered = listing::service::listing_in(db, offered, now)?;
        let offered = offered.filter(|listing| listing.org == who.org);
        let offered = offered.ok_or(AppError::NotFound("listing"))?;
        if offered.state != ListingState::Listed {
            return Err(listing::not_listed().with("state", offered.state.as_str()).into());
        }
    }
    let row = ProposalRow {
        id: proposal,
        request_id: id,
        org_id: who.org,
        listing_id: new.listing,
        note: new.note.trim().to_owned(),
        price: new.price,
        created_by: who.user,
        created_at: now.as_micros(),
    };
    store::propose(db, &row)?;
    let body = json!({"proposal": proposal, "listing": new.listing});
    audit::record_in(db, &line(audit, now, who, &id, "request.propose", body))?;
    let event = Event {
        id: audit.sibling(),
        kind: EventKind::RequestProposed,
        at: now,
        subject: id.as_str(),
        orgs: &[asker],
        title: Text::new("데이터 요청에 제안이 왔습니다", "A seller proposes data for a request"),
        body: Text::new(
            "제안 내용을 확인하고, 등록된 상품이면 바로 주문할 수 있습니다.",
            "Read the proposal; a product on sale can be ordered at once.",
        ),
        data: json!({"request": id, "proposal": proposal, "listing": new.listing}),
        once: None,
    };
    outbox::publish_in(db, &event)?;
    wire_in(db, row)
}

fn wire_in(db: &mut Db, row: ProposalRow) -> AppResult<DataProposal> {
    Ok(DataProposal {
        id: row.id,
        request: row.request_id,
        org: row.org_id,
        provider: parties::organisation_in(db, row.org_id)?.name,
        listing: row.listing_id,
        note: row.note,
        price: row.price,
        created_at: Instant::from_micros(row.created_at).unwrap_or(Instant::MIN),
    })
}

/// Proposals to a request: all for the one who asked and the staff, one's own for others.
pub fn proposals_in(
    db: &mut Db,
    who: &Principal,
    id: DataRequestId,
) -> AppResult<Page<DataProposal>> {
    let request = store::find(db, id).or_not_found("request")?;
    let all = request.org_id == who.org || who.sees_all();
    let rows = store::proposals(db, id, (!all).then_some(who.org))?;
    let items = rows.into_iter().map(|row| wire_in(db, row));
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: None })
}
