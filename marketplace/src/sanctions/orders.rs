//! Orders to cure a breach of the listing year, and the recovery when it is not cured.

use schema::api::programme::AgreementState;
use schema::api::sanctions::{CorrectiveOrder, NewOrder, OrderDecision, OrderState};
use schema::api::settlement::ClaimOrigin;
use schema::api::trade::{Listing, ListingState};
use schema::code::Code;
use schema::id::{self, AgreementId, CorrectiveOrderId};
use schema::page::{Page, PageQuery};
use schema::time::{Instant, Period};
use serde_json::{Value, json};

use super::rules;
use super::service::{calendar, no_day, recoverable_in};
use super::store::{self, OrderRow};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::execution::service as execution;
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket};
use crate::ledger::{Line, Turn, command};
use crate::parties::rules::length;
use crate::programme::service as programme;
use crate::settlement::claims::service::{NewClaim, make_in};
use crate::settlement::report::service as report;
use crate::trade;

/// The product of an agreement that is off sale while its year is owed.
fn breached_in(db: &mut Db, agreement: AgreementId, now: Instant) -> AppResult<(Listing, Period)> {
    let owed = trade::service::under_duty_in(db, agreement, now)?;
    let off = owed.into_iter().find(|(listing, period)| {
        // The operator's own outage is nobody's breach.
        let excused = listing
            .halt
            .as_ref()
            .and_then(|halt| halt.cause)
            .is_some_and(|cause| !cause.is_providers());
        listing.state != ListingState::Listed && !excused && !period.is_over(now)
    });
    off.ok_or_else(|| {
        Code::StateForbids
            .because(
                "의무 등록 기간에 판매가 중단된 상품이 없습니다.",
                "No product that owes its listing year is off sale.",
            )
            .rule("R-134")
            .into()
    })
}

fn record(
    db: &mut Db,
    row: &OrderRow,
    action: &str,
    from: Option<OrderState>,
    reason: &str,
    body: Value,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let (object, reason) = (row.id.as_str(), Some(reason));
    let (from, to) = (from.map(OrderState::as_str), Some(row.state.as_str()));
    turn.record(db, Line { object, action, from, to, reason, body })
}

/// Orders the recipient to put its product on sale again within 30 days. For the operator or the
/// agency.
pub async fn order(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewOrder,
) -> AppResult<Once<CorrectiveOrder>> {
    length("breach", &new.breach, 2_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let agreement = programme::agreement_seen_in(db, who, new.agreement)?;
        policy::act(who, Action::SanctionInvestigate, &[agreement.recipient])?;
        let (listing, _) = breached_in(db, agreement.id, turn.now)?;
        if store::ordered(db, listing.id)? {
            return Err(rules::forbidden("ordered").rule("R-134").into());
        }
        let (notice, _) = execution::terms_of(&agreement)?;
        let (today, days) = (turn.now.seoul_day(), notice.parameters.corrective_days);
        let remedy_by = rules::last_day(today, days, calendar()?).ok_or_else(no_day)?;
        let breached_on = listing.halt.as_ref().map_or(today, |halt| halt.at.seoul_day());
        let row = OrderRow {
            id: turn.id()?,
            agreement_id: agreement.id,
            listing_id: listing.id,
            org_id: agreement.recipient,
            state: OrderState::Ordered,
            breach: new.breach.clone(),
            breached_on: breached_on.to_string(),
            remedy_by: remedy_by.to_string(),
            served_days: None,
            total_days: None,
            amount: None,
            claim_id: None,
            ordered_by: who.user,
            ordered_at: turn.now.as_micros(),
            decided_by: None,
            ended_at: None,
        };
        store::insert_order(db, &row)?;
        let body = json!({"listing": listing.id, "breached_on": breached_on,
            "remedy_by": remedy_by});
        record(db, &row, "order.make", None, &new.breach, body, turn)?;
        row.try_into()
    })
    .await
}

/// Notes that a breach is cured: a product of the agreement is on sale. For the operator or the
/// agency; also by the timer.
pub(super) fn remedied_in(
    db: &mut Db,
    id: CorrectiveOrderId,
    turn: &mut Turn<'_>,
) -> AppResult<bool> {
    let mut row = store::find_order(db, id).or_not_found("order")?;
    let owed = trade::service::under_duty_in(db, row.agreement_id, turn.now)?;
    let on_sale = owed.iter().any(|(listing, _)| listing.state == ListingState::Listed);
    if row.state != OrderState::Ordered || !on_sale {
        return Ok(false);
    }
    row.state = OrderState::Remedied;
    row.ended_at = Some(turn.now.as_micros());
    store::end_order(db, &row)?;
    let from = Some(OrderState::Ordered);
    record(db, &row, "order.remedy", from, "on sale again", json!({}), turn)?;
    Ok(true)
}

/// Recovers support for a breach that was not cured: by the days not served, or all of it in bad
/// faith. For the agency, and for another person than who ordered.
pub async fn recover(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: CorrectiveOrderId,
    decision: OrderDecision,
) -> AppResult<Once<CorrectiveOrder>> {
    length("reason", &decision.reason, 2_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = seen_in(db, who, id)?;
        policy::act(who, Action::SanctionDecide, &[])?;
        let order = CorrectiveOrder::try_from(row.clone())?;
        rules::recoverable_order(row.state, order.remedy_by, turn.now)?;
        rules::apart(who.user, &[Some(row.ordered_by)])?;
        let agreement = programme::agreement_in(db, row.agreement_id)?;
        let owed = trade::service::under_duty_in(db, agreement.id, turn.now)?;
        if owed.iter().any(|(listing, _)| listing.state == ListingState::Listed) {
            return Err(Code::StateForbids
                .because("상품이 다시 판매되고 있습니다.", "A product is on sale again.")
                .rule("R-134")
                .into());
        }
        let period = owed.into_iter().find(|(listing, _)| listing.id == row.listing_id);
        let (_, period) = period.ok_or_else(no_day)?;
        let support = report::paid_under_in(db, &agreement)?;
        let left = recoverable_in(db, &agreement, turn)?;
        let found = rules::breach(support, &period, order.breached_on, decision.bad_faith, left);
        row.served_days = Some(i64::from(found.served));
        row.total_days = Some(i64::from(found.total));
        row.amount = Some(found.amount);
        row.state = OrderState::Recovery;
        row.decided_by = Some(who.user);
        row.ended_at = Some(turn.now.as_micros());
        if found.amount > schema::money::Won::ZERO {
            let new = NewClaim {
                agreement: &agreement,
                org: agreement.recipient,
                origin: ClaimOrigin::Breach,
                object: row.id.as_str(),
                principal: found.amount,
                charges: schema::money::Won::ZERO,
            };
            row.claim_id = Some(make_in(db, new, turn)?);
            if agreement.state == AgreementState::Obligation {
                execution::recover_in(db, agreement.id, turn)?;
            }
        }
        store::end_order(db, &row)?;
        let body = json!({"served": found.served, "total": found.total, "amount": found.amount,
            "bad_faith": decision.bad_faith, "claim": row.claim_id});
        let from = Some(OrderState::Ordered);
        record(db, &row, "order.recover", from, &decision.reason, body, turn)?;
        row.try_into()
    })
    .await
}

fn seen_in(db: &mut Db, who: &Principal, id: CorrectiveOrderId) -> AppResult<OrderRow> {
    let row = store::find_order(db, id).or_not_found("order")?;
    policy::see(who, Action::SanctionRead, &[row.org_id], "order")?;
    Ok(row)
}

/// The order, if the caller may see it.
pub fn order_seen_in(
    db: &mut Db,
    who: &Principal,
    id: CorrectiveOrderId,
) -> AppResult<CorrectiveOrder> {
    seen_in(db, who, id)?.try_into()
}

/// A page of orders: those against one's own organisation, or all for the staff.
pub fn orders_in(
    db: &mut Db,
    who: &Principal,
    query: &PageQuery,
) -> AppResult<Page<CorrectiveOrder>> {
    policy::act(who, Action::SanctionRead, &[who.org])?;
    let (limit, after) = (page_limit(query)?, page_cursor::<id::CorrectiveOrder>(query)?);
    let org = (!who.sees_all()).then_some(who.org);
    let rows = store::orders(db, org, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(CorrectiveOrder::try_from).collect::<AppResult<_>>()?;
    Ok(Page { items, next: page.next })
}
