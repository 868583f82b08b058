//! From the report to the assessment: what the recipient says, and what the operator finds.

use schema::api::execution::{Ending, Reasoned};
use schema::api::obligations::ObligationKind;
use schema::api::programme::Agreement;
use schema::api::settlement::{
    Assessment, NewSettlement, NewSettlementLine, Settlement, SettlementState,
};
use schema::code::Code;
use schema::id::{self, AgreementId, OrgId, SettlementId};
use schema::lang::Text;
use schema::money::Won;
use schema::money_rules::support::Terms;
use schema::notice::ProgrammeCode;
use schema::page::{Page, PageQuery};
use schema::time::{Calendar, Day};
use serde_json::{Value, json};

use super::super::claims;
use super::super::invoices;
use super::lines;
use super::rules::{self, Agreed, Amounts, Command, LineFacts};
use super::store::{self, LineRow, Row};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket};
use crate::ledger::{Line, Turn, command};
use crate::obligations;
use crate::parties::rules::length;
use crate::programme::service as programme;
use crate::{execution, vouchers};

/// The calendar of days off.
pub(super) fn calendar() -> AppResult<&'static Calendar> {
    Ok(Calendar::embedded().map_err(anyhow::Error::from)?)
}

/// A day that the rules of terms do not reach.
pub(super) fn no_day() -> AppError {
    AppError::Internal(anyhow::anyhow!("a term outside the calendar"))
}

/// Moves a settlement a step on and writes its line.
pub(super) fn take_in(
    db: &mut Db,
    row: &mut Row,
    order: Command,
    reason: Option<&str>,
    body: Value,
    turn: &mut Turn<'_>,
) -> AppResult<()> {
    let from = row.state;
    row.state = rules::step(from, order, row.days()?, turn.now)?;
    store::advance(db, row)?;
    let (object, to) = (row.id, row.state.as_str());
    let (from, to) = (Some(from.as_str()), Some(to));
    turn.record(
        db,
        Line { object: object.as_str(), action: order.action(), from, to, reason, body },
    )
}

/// The settlement of an agreement whose work has ended, opened if it is not there yet.
pub(super) fn opened_in(
    db: &mut Db,
    agreement: &Agreement,
    turn: &mut Turn<'_>,
) -> AppResult<(Row, Ending)> {
    let Some((ended_on, ending)) = execution::service::ended_in(db, agreement.id)? else {
        return Err(Code::StateForbids
            .because(
                "완료, 포기 또는 해약된 뒤에 정산할 수 있습니다.",
                "It is settled once the work is completed, given up or ended.",
            )
            .rule("R-100")
            .with("state", agreement.state.as_str())
            .into());
    };
    if let Some(row) = store::of_agreement(db, agreement.id)? {
        return Ok((row, ending));
    }
    let (notice, _) = execution::service::terms_of(agreement)?;
    let months = notice.parameters.settlement_months;
    let due_on = rules::due_on(ended_on, months, calendar()?).ok_or_else(no_day)?;
    let mut row = Row::new(turn.id()?, agreement.id, agreement.recipient, due_on, turn.now);
    store::insert(db, &row)?;
    let body = json!({"agreement": agreement.id, "ended_on": ended_on, "due_on": due_on});
    take_in(db, &mut row, Command::Open, None, body, turn)?;
    Ok((row, ending))
}

/// Reports what was spent. For the recipient; also the answer to a request for more.
pub async fn submit(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: AgreementId,
    new: NewSettlement,
) -> AppResult<Once<Settlement>> {
    length("statement", &new.statement, 5_000)?;
    let reporter = who.clone();
    let done = command(app, who, ticket, move |db, who, turn| {
        let agreement = programme::agreement_seen_in(db, who, id)?;
        policy::act(who, Action::SettlementSubmit, &[agreement.recipient])?;
        let (mut row, _) = opened_in(db, &agreement, turn)?;
        let rows = reported_in(db, &agreement, row.id, new.lines.clone())?;
        for line in &rows {
            if let Some(no) = &line.invoice_no {
                invoices::claim_in(db, no, id, row.id.as_str(), turn.now)?;
            }
        }
        row.was_late = i64::from(row.was_late != 0 || turn.now >= row.days()?.due_on.end());
        row.interest = new.interest;
        row.statement = Some(new.statement.clone());
        row.submitted_by = Some(who.user);
        row.submitted_at = Some(turn.now.as_micros());
        let body = json!({"lines": rows.len(), "interest": new.interest, "late": row.was_late});
        take_in(db, &mut row, Command::Submit, None, body, turn)?;
        store::replace_lines(db, row.id, &rows)?;
        let how = Text::new("정산보고서가 제출되었습니다.", "The settlement was reported.");
        let stamp = obligations::Stamp { seed: turn.id()?, who: None, now: turn.now };
        let (kind, subject) = (ObligationKind::SettlementReport, id.as_str());
        obligations::service::discharge_in(db, kind, subject, &how, &stamp)?;
        settlement_in(db, row.id)
    })
    .await;
    if let Err(AppError::Refused(refusal)) = &done
        && refusal.code == Code::InvoiceDuplicate
    {
        let invoice = refusal.figures.get("invoice_no").cloned().unwrap_or_default();
        suspected(app, reporter, id, invoice).await?;
    }
    done
}

/// An invoice that counts elsewhere is a ground for suspicion: the attempt leaves a
/// line although it was refused and changed nothing.
async fn suspected(app: &App, who: Principal, id: AgreementId, invoice: Value) -> AppResult<()> {
    let (now, ids) = (app.clock.now(), app.clock.pool(1));
    app.store
        .write(move |db| {
            let mut turn = Turn::new(Some(&who), now, &ids);
            let (object, action) = (id.as_str(), "settlement.invoice_duplicate");
            let body = json!({"invoice_no": invoice, "rule": "R-130"});
            turn.record(db, Line { object, action, from: None, to: None, reason: None, body })
        })
        .await
}

fn reported_in(
    db: &mut Db,
    agreement: &Agreement,
    id: SettlementId,
    reported: Vec<NewSettlementLine>,
) -> AppResult<Vec<LineRow>> {
    if let Some(voucher) = agreement.voucher {
        if !reported.is_empty() {
            return Err(Code::InvalidField
                .because(
                    "구매지원의 항목은 거래소가 구매 기록으로 채웁니다.",
                    "The lines of a purchase agreement are taken from its purchases.",
                )
                .rule("R-102")
                .field("lines")
                .into());
        }
        let bought = lines::purchased_in(db, voucher)?;
        return (1..)
            .zip(&bought)
            .map(|(nth, (line, contract))| LineRow::new(id, nth, line, Some(*contract)))
            .collect();
    }
    let checked = lines::checked(reported)?;
    (1..).zip(&checked).map(|(nth, line)| LineRow::new(id, nth, line, None)).collect()
}

/// Begins the examination. For the operator.
pub async fn review(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SettlementId,
) -> AppResult<Once<Settlement>> {
    command(app, who, ticket, move |db, who, turn| {
        let mut row = assessable_in(db, who, id)?;
        take_in(db, &mut row, Command::Review, None, json!({}), turn)?;
        settlement_in(db, id)
    })
    .await
}

/// Asks for what is missing. For the operator.
pub async fn ask(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SettlementId,
    said: Reasoned,
) -> AppResult<Once<Settlement>> {
    length("reason", &said.reason, 1_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let mut row = assessable_in(db, who, id)?;
        row.note = Some(said.reason.clone());
        take_in(db, &mut row, Command::AskSupplement, Some(&said.reason), json!({}), turn)?;
        settlement_in(db, id)
    })
    .await
}

/// The settlement, for an operator who is no party of the agreement.
fn assessable_in(db: &mut Db, who: &Principal, id: SettlementId) -> AppResult<Row> {
    let row = seen_in(db, who, id)?;
    let agreement = programme::agreement_in(db, row.agreement_id)?;
    let parties: Vec<OrgId> =
        [Some(agreement.recipient), agreement.processor].into_iter().flatten().collect();
    policy::act(who, Action::SettlementAssess, &parties)?;
    Ok(row)
}

/// Judges every line and calculates the final support. For the operator; after an
/// objection it is judged anew.
pub async fn assess(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: SettlementId,
    assessment: Assessment,
) -> AppResult<Once<Settlement>> {
    length("note", &assessment.note, 1_000)?;
    for verdict in &assessment.lines {
        length("lines.note", &verdict.note, 500)?;
    }
    command(app, who, ticket, move |db, who, turn| {
        let mut row = assessable_in(db, who, id)?;
        // An objection may bring the same person's work back, but not the approver's.
        rules::apart(who.user, &[row.approved_by])?;
        let agreement = programme::agreement_in(db, row.agreement_id)?;
        let (_, ending) = opened_in(db, &agreement, turn)?;
        let amounts = assessed_in(db, &agreement, &mut row, ending, &assessment)?;
        row.assessed_by = Some(who.user);
        row.approved_by = None;
        row.object_by = None;
        row.note = Some(assessment.note.clone());
        let Amounts { accepted, carried, final_support, payable, refund, interest } = amounts;
        let body = json!({"accepted": accepted, "carried": carried, "payable": payable,
            "final_support": final_support, "refund": refund, "interest": interest});
        take_in(db, &mut row, Command::Assess, Some(&assessment.note), body, turn)?;
        settlement_in(db, id)
    })
    .await
}

fn assessed_in(
    db: &mut Db,
    agreement: &Agreement,
    row: &mut Row,
    ending: Ending,
    assessment: &Assessment,
) -> AppResult<Amounts> {
    let mut rows = store::lines(db, row.id)?;
    let affiliated = lines::affiliated_in(db, agreement, &rows)?;
    let reported: Vec<NewSettlementLine> = rows
        .iter()
        .cloned()
        .map(|line| Ok(schema::api::settlement::SettlementLine::try_from(line)?.reported))
        .collect::<AppResult<_>>()?;
    let planned: Vec<String> = agreement.items.iter().map(|item| item.name.clone()).collect();
    let period = agreement.period.as_ref().ok_or_else(no_day)?;
    let facts = LineFacts { period, planned: &planned, affiliated: &affiliated };
    let judged = rules::judged(rules::allowed(&reported, &facts), &assessment.lines)?;
    for (line, found) in rows.iter_mut().zip(&judged) {
        line.accepted = Some(found.accepted);
        line.reason = found.reason;
        let verdict = assessment.lines.iter().find(|verdict| verdict.line == line.line);
        line.note = verdict.map(|verdict| verdict.note.clone());
        store::set_verdict(db, line)?;
    }
    let agreed = agreed_in(db, agreement, row.interest, ending)?;
    let amounts = rules::amounts(&judged, &agreed)?;
    row.already_paid = Some(agreed.paid);
    row.accepted = Some(amounts.accepted);
    row.carried = Some(amounts.carried);
    row.final_support = Some(amounts.final_support);
    row.payable = Some(amounts.payable);
    let back = amounts.refund.checked_add(amounts.interest);
    row.refund = Some(back.ok_or_else(no_day)?);
    Ok(amounts)
}

fn agreed_in(
    db: &mut Db,
    agreement: &Agreement,
    interest: Won,
    ending: Ending,
) -> AppResult<Agreed> {
    let (_, programme) = execution::service::terms_of(agreement)?;
    let paid = match agreement.voucher {
        Some(voucher) => {
            let voucher = vouchers::service::voucher_in(db, voucher)?;
            let paid = voucher.paid.saturating_sub(voucher.refunded);
            // What a sanction has claimed is not claimed a second time.
            paid.saturating_sub(claims::service::claimed_in(db, agreement.id)?)
        }
        None => Won::ZERO,
    };
    Ok(Agreed {
        terms: Terms {
            ratio: agreement.ratio_bp,
            cap: agreement.support,
            rounding: agreement.rounding,
        },
        cash: programme.policy.cash,
        paid,
        interest,
        by_voucher: agreement.programme == ProgrammeCode::PURCHASE,
        ending,
    })
}

/// The settlement, if the caller may see it.
pub(super) fn seen_in(db: &mut Db, who: &Principal, id: SettlementId) -> AppResult<Row> {
    let row = store::find(db, id).or_not_found("settlement")?;
    policy::see(who, Action::AgreementRead, &[row.org_id], "settlement")?;
    Ok(row)
}

/// The settlement.
pub fn settlement_in(db: &mut Db, id: SettlementId) -> AppResult<Settlement> {
    let row = store::find(db, id).or_not_found("settlement")?;
    let lines = store::lines(db, id)?;
    let claim = claims::service::of_object_in(db, id.as_str())?.map(|claim| claim.id);
    row.wire(lines, claim)
}

/// The settlement, if the caller may see it.
pub fn settlement_seen_in(db: &mut Db, who: &Principal, id: SettlementId) -> AppResult<Settlement> {
    seen_in(db, who, id)?;
    settlement_in(db, id)
}

/// The settlement of an agreement, if there is one.
pub fn of_agreement_in(db: &mut Db, id: AgreementId) -> AppResult<Option<Settlement>> {
    match store::of_agreement(db, id)? {
        Some(row) => settlement_in(db, row.id).map(Some),
        None => Ok(None),
    }
}

/// The settlement of an agreement that the caller may see.
pub fn of_agreement_seen_in(
    db: &mut Db,
    who: &Principal,
    id: AgreementId,
) -> AppResult<Settlement> {
    programme::agreement_seen_in(db, who, id)?;
    of_agreement_in(db, id)?.ok_or(AppError::NotFound("settlement"))
}

/// A page of settlements: one's own, or all for the staff. Without lines.
pub fn settlements_in(
    db: &mut Db,
    who: &Principal,
    query: &PageQuery,
) -> AppResult<Page<Settlement>> {
    policy::act(who, Action::AgreementRead, &[who.org])?;
    let (limit, after) = (page_limit(query)?, page_cursor::<id::Settlement>(query)?);
    let org = (!who.sees_all()).then_some(who.org);
    let rows = store::list(db, org, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(|row| row.wire(Vec::new(), None));
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}

/// The state of an agreement's settlement, for what must not change under it: payments once it is
/// approved, refunds once its lines are taken.
pub fn state_in(db: &mut Db, id: AgreementId) -> AppResult<Option<SettlementState>> {
    Ok(store::of_agreement(db, id)?.map(|row| row.state))
}

/// State and day of the report of a settlement that stands.
pub fn stands_in(db: &mut Db, id: AgreementId) -> AppResult<Option<(SettlementState, Day)>> {
    let Some(row) = store::of_agreement(db, id)? else { return Ok(None) };
    let day = row.days()?.due_on;
    Ok(row.finalised_at.is_some().then_some((row.state, day)))
}

/// Public money that was paid under an agreement, less what sellers refunded; what was kept back for a
/// debt of the recipient counts as paid.
pub fn paid_under_in(db: &mut Db, agreement: &Agreement) -> AppResult<Won> {
    if let Some(voucher) = agreement.voucher {
        let voucher = vouchers::service::voucher_in(db, voucher)?;
        return Ok(voucher.paid.saturating_sub(voucher.refunded));
    }
    let row = store::of_agreement(db, agreement.id)?;
    let paid = row.filter(|row| row.state == SettlementState::Paid).and_then(|row| row.payable);
    Ok(paid.unwrap_or(Won::ZERO))
}
