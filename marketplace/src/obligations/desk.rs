//! Decisions of the staff on duties, and the lists of them.

use schema::api::obligations::{
    BurnDown, Discharge, Obligation, ObligationKind, ObligationQuery, ObligationState, Postponement,
};
use schema::code::Code;
use schema::id::{self, ObligationId};
use schema::lang::Text;
use schema::page::{Page, PageQuery};
use schema::problem::Refusal;
use schema::time::Day;

use super::rules;
use super::service::{Stamp, close_in, move_in};
use super::store::{self, Row};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, once_in};

/// Finds that a duty was met, or fell away. For the staff.
pub async fn discharge(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ObligationId,
    found: Discharge,
) -> AppResult<Once<Obligation>> {
    policy::act(&who, Action::ObligationDecide, &[])?;
    prose("reason", &found.reason)?;
    let (now, seed) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let seen = open_row_in(db, id)?;
                apart(&who, &seen)?;
                let to = match found.cancel {
                    true => ObligationState::Cancelled,
                    false => ObligationState::Discharged,
                };
                let reason = found.reason.trim();
                let why = Text::new(reason, reason);
                let row = close_in(db, seen, to, &why, &Stamp { seed, who: Some(&who), now })?;
                Ok(row.wire(now.seoul_day()))
            })
        })
        .await
}

/// Gives a duty another day. For the agency.
pub async fn postpone(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ObligationId,
    to: Postponement,
) -> AppResult<Once<Obligation>> {
    policy::act(&who, Action::ObligationPostpone, &[])?;
    prose("reason", &to.reason)?;
    let (now, seed) = (app.clock.now(), app.clock.fresh());
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let seen = open_row_in(db, id)?;
                apart(&who, &seen)?;
                if seen.kind == ObligationKind::ListingYear {
                    return Err(clock_of_trade().into());
                }
                rules::may_postpone(seen.due_on, to.due_on, now.seoul_day())?;
                let reason = Text::new(to.reason.trim(), to.reason.trim());
                let stamp = Stamp { seed, who: Some(&who), now };
                let row = move_in(db, seen, to.due_on, &reason, &stamp)?;
                Ok(row.wire(now.seoul_day()))
            })
        })
        .await
}

/// The end of a listing year follows from publication and suspensions alone.
fn clock_of_trade() -> Refusal {
    Code::StateForbids
        .because(
            "등록 유지 기간은 상품의 등록과 정지에 따라서만 바뀝니다.",
            "The listing term follows from publication and suspension of the product.",
        )
        .rule("R-092")
}

fn open_row_in(db: &mut Db, id: ObligationId) -> AppResult<Row> {
    let row = store::find(db, id).or_not_found("obligation")?;
    if row.state == ObligationState::Open {
        return Ok(row);
    }
    Err(Code::StateForbids
        .because("이미 끝난 의무입니다.", "The duty has ended already.")
        .with("state", row.state.as_str())
        .into())
}

/// Nobody finds that their own organisation has done its duty.
fn apart(who: &Principal, row: &Row) -> AppResult<()> {
    if who.org != row.org_id {
        return Ok(());
    }
    Err(Code::DutiesSeparated
        .because(
            "자기 기관의 의무는 다른 기관이 확인합니다.",
            "Nobody decides on a duty of their own organisation.",
        )
        .into())
}

fn prose(field: &str, text: &str) -> Result<(), Refusal> {
    let count = text.chars().count();
    let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.trim().is_empty() || count > 1_000 || text.chars().any(odd) {
        return Err(Code::InvalidField
            .because("1~1,000자의 글이어야 합니다.", "It must be a text of 1 to 1,000 characters.")
            .field(field));
    }
    Ok(())
}

/// The duty, if the caller may see it.
pub fn seen_in(
    db: &mut Db,
    who: &Principal,
    id: ObligationId,
    today: Day,
) -> AppResult<Obligation> {
    let row = store::find(db, id).or_not_found("obligation")?;
    policy::see(who, Action::ObligationRead, &[row.org_id], "obligation")?;
    Ok(row.wire(today))
}

/// A page of duties: one's own, or those of all for the staff.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    query: &ObligationQuery,
    today: Day,
) -> AppResult<Page<Obligation>> {
    policy::act(who, Action::ObligationRead, &[who.org])?;
    let paging = PageQuery { cursor: query.cursor.clone(), limit: query.limit };
    let (limit, after) = (page_limit(&paging)?, page_cursor::<id::Obligation>(&paging)?);
    let org = if who.sees_all() { query.org } else { Some(who.org) };
    let rows = store::page(db, org, query, today, after, i64::from(limit) + 1)?;
    Ok(Page::of(rows, limit, |row| row.id.to_string()).map(|row| row.wire(today)))
}

/// What is left to do, over all organisations. For the staff.
pub fn burn_down_in(db: &mut Db, who: &Principal, today: Day) -> AppResult<BurnDown> {
    policy::act(who, Action::BurnDownRead, &[])?;
    Ok(rules::burn_down(&store::heaps(db)?, today))
}
