//! Approving and paying.

use schema::api::obligations::ObligationKind;
use schema::api::outbox::EventKind;
use schema::api::settlement::{NewPayment, Payment, PaymentState};
use schema::api::vouchers::UseState;
use schema::code::Code;
use schema::id::{self, AuditId, ContractId, OrgId, PaymentId, TransferId, UserId};
use schema::lang::Text;
use schema::money::Won;
use schema::page::{Page, PageQuery};
use schema::time::{Day, Instant};
use serde_json::{Value, json};

use super::report::pay::operating_in;
use super::report::service::state_in;
use super::rules;
use super::store::{self, AttemptRow, PaymentRow};
use super::{carry, freeze, invoices};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, once_in};
use crate::ledger::Fund;
use crate::obligations::service::{self as duties, Scope};
use crate::outbox::{self, Event};
use crate::vouchers::service::Stamp;
use crate::{trade, vouchers};

/// Ids and time of a change, made before the transaction.
#[derive(Clone, Copy)]
struct Fresh {
    id: PaymentId,
    transfer: TransferId,
    audits: [AuditId; 2],
    now: Instant,
}

fn fresh(app: &App) -> Fresh {
    let clock = &app.clock;
    Fresh {
        id: clock.fresh(),
        transfer: clock.fresh(),
        audits: [clock.fresh(), clock.fresh()],
        now: clock.now(),
    }
}

/// Approves the payment of a contract's public share. For the agency.
pub async fn payment_approve(
    app: &App,
    who: Principal,
    ticket: Ticket,
    mut evidence: NewPayment,
) -> AppResult<Once<Payment>> {
    policy::act(&who, Action::PaymentApprove, &[])?;
    evidence.invoice_no = rules::invoice_no(&evidence.invoice_no)?;
    evidence.transfer_proof_sha256 = rules::sha256(&evidence.transfer_proof_sha256)?;
    let fresh = fresh(app);
    let (asker, shown) = (who.user, evidence.clone());
    let done = app
        .store
        .write(move |db| {
            once_in(db, &ticket, fresh.now, |db| approve_in(db, &who, &evidence, fresh))
        })
        .await;
    // The refusal has undone everything: that it was tried is written down for a person.
    if let Err(AppError::Refused(refusal)) = &done
        && refusal.code == Code::InvoiceDuplicate
    {
        app.store.write(move |db| attempted_in(db, asker, &shown, fresh)).await?;
    }
    done
}

fn attempted_in(db: &mut Db, user: UserId, shown: &NewPayment, fresh: Fresh) -> AppResult<()> {
    let Some(payment) = store::by_invoice(db, &shown.invoice_no)? else { return Ok(()) };
    let row = AttemptRow {
        id: fresh.id.sibling(),
        invoice_no: shown.invoice_no.clone(),
        payment_id: payment,
        contract_id: shown.contract_id,
        user_id: user,
        at: fresh.now.as_micros(),
    };
    store::insert_attempt(db, &row)
}

fn approve_in(
    db: &mut Db,
    who: &Principal,
    evidence: &NewPayment,
    fresh: Fresh,
) -> AppResult<Payment> {
    let contract = trade::service::contract_in(db, evidence.contract_id)?;
    single(db, evidence.contract_id, &evidence.invoice_no)?;
    let Some(voucher_id) = contract.voucher else {
        return Err(Code::StateForbids
            .because(
                "바우처로 산 계약이 아니어서 지급할 지원금이 없습니다.",
                "It was not bought with a voucher, so there is no public share.",
            )
            .rule("R-065")
            .into());
    };
    let today = fresh.now.seoul_day();
    let voucher = vouchers::service::voucher_in(db, voucher_id)?;
    rules::countable(state_in(db, voucher.agreement)?)?;
    let used = vouchers::service::use_in(db, contract.id)?;
    let committed = (used.state == UseState::Committed).then_some(used.support);
    let support = rules::approve(&contract, committed, &voucher.period, evidence, today)?;
    payable_in(db, contract.buyer, contract.seller, today)?;
    let row = PaymentRow {
        id: fresh.id,
        contract_id: contract.id,
        invoice_no: evidence.invoice_no.clone(),
        invoice_date: evidence.invoice_date.to_string(),
        voucher_id,
        buyer_id: contract.buyer,
        seller_id: contract.seller,
        state: PaymentState::Approved,
        supply: contract.supply,
        support,
        company_share: contract.company_share,
        transferred: evidence.transferred,
        transfer_proof_sha256: evidence.transfer_proof_sha256.clone(),
        approved_by: who.user,
        approved_at: fresh.now.as_micros(),
        paid_by: None,
        paid_at: None,
    };
    store::insert(db, &row)?;
    invoices::first_in(db, &row.invoice_no, voucher.agreement, row.id.as_str(), fresh.now)?;
    let body = json!({"contract": contract.id, "support": support, "invoice_no": row.invoice_no,
        "transfer_proof_sha256": row.transfer_proof_sha256});
    record(db, who, &fresh, row.id, None, PaymentState::Approved, body)?;
    payment_in(db, row.id)
}

/// Nothing is paid while the recipient of the support has an overdue duty that blocks, or while who
/// is paid owes money back.
fn payable_in(db: &mut Db, recipient: OrgId, payee: OrgId, today: Day) -> AppResult<()> {
    duties::payable_in(db, &[recipient], today)?;
    let mut owed = duties::overdue_in(db, Scope::Orgs(&[payee]), today)?;
    owed.retain(|duty| duty.kind == ObligationKind::Repayment);
    Ok(crate::obligations::rules::payable(&owed)?)
}

/// Tells both sides that the public share was paid.
fn tell_in(db: &mut Db, row: &PaymentRow, paid: Won, fresh: &Fresh) -> AppResult<()> {
    let [audit, _] = fresh.audits;
    let event = Event {
        id: audit.sibling(),
        kind: EventKind::PaymentPaid,
        at: fresh.now,
        subject: row.id.as_str(),
        orgs: &[row.buyer_id, row.seller_id],
        title: Text::new(
            format!("지원금 {paid}원이 지급되었습니다"),
            format!("The public share of {paid} won was paid"),
        ),
        body: Text::new(
            format!("계약 {}의 지원금이 공급자에게 지급되었습니다.", row.contract_id),
            format!("The seller received the public share of contract {}.", row.contract_id),
        ),
        data: json!({"payment": row.id, "contract": row.contract_id, "amount": paid}),
        once: None,
    };
    outbox::publish_in(db, &event)?;
    Ok(())
}

/// A contract is paid once, and an invoice serves once, whoever shows it.
fn single(db: &mut Db, contract: ContractId, invoice_no: &str) -> AppResult<()> {
    if let Some(other) = store::of_contract(db, contract)? {
        return Err(Code::StateForbids
            .because(
                "이 계약의 지급은 이미 승인되었습니다.",
                "The payment of this contract has been approved already.",
            )
            .rule("R-062")
            .with("payment", other.as_str())
            .into());
    }
    if store::invoice_used(db, invoice_no)? || invoices::seen_in(db, invoice_no)? {
        return Err(Code::InvoiceDuplicate
            .because(
                "다른 지급에 쓰인 세금계산서 승인번호입니다.",
                "This approval number was used for another payment.",
            )
            .rule("R-200")
            .field("invoice_no")
            .into());
    }
    Ok(())
}

/// Pays the seller. For the agency, and for another person than the one who approved.
pub async fn payment_pay(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: PaymentId,
) -> AppResult<Once<Payment>> {
    policy::act(&who, Action::PaymentPay, &[])?;
    let fresh = fresh(app);
    app.store
        .write(move |db| once_in(db, &ticket, fresh.now, |db| pay_in(db, &who, id, fresh)))
        .await
}

fn pay_in(db: &mut Db, who: &Principal, id: PaymentId, fresh: Fresh) -> AppResult<Payment> {
    let row = store::find(db, id).or_not_found("payment")?;
    rules::pay(row.state, row.approved_by, who.user)?;
    freeze::none_in(db, &[row.buyer_id, row.seller_id])?;
    let voucher = vouchers::service::voucher_in(db, row.voucher_id)?;
    rules::countable(state_in(db, voucher.agreement)?)?;
    let fund = Fund { programme: voucher.programme, fiscal_year: voucher.fiscal_year };
    carry::covered_in(db, voucher.agreement, fund, row.support, fresh.now)?;
    let agreement = crate::programme::service::agreement_in(db, voucher.agreement)?;
    operating_in(db, &agreement, id.as_str(), fresh.now)?;
    payable_in(db, row.buyer_id, row.seller_id, fresh.now.seoul_day())?;
    let [_, spent] = fresh.audits;
    let now = fresh.now;
    let stamp = Stamp { transfer: fresh.transfer, audit: spent, who: Some(who), now };
    let paid = vouchers::service::pay_in(db, row.contract_id, row.seller_id, &stamp)?;
    trade::service::paid_in(db, row.contract_id, now)?;
    store::set_paid(db, id, who.user, now)?;
    let body = json!({"contract": row.contract_id, "paid": paid, "transfer": fresh.transfer});
    record(db, who, &fresh, id, Some(PaymentState::Approved), PaymentState::Paid, body)?;
    tell_in(db, &row, paid, &fresh)?;
    payment_in(db, id)
}

fn record(
    db: &mut Db,
    who: &Principal,
    fresh: &Fresh,
    id: PaymentId,
    from: Option<PaymentState>,
    to: PaymentState,
    body: Value,
) -> AppResult<()> {
    let [audit, ..] = fresh.audits;
    let action = match to {
        PaymentState::Approved => "payment.approve",
        PaymentState::Paid => "payment.pay",
    };
    let entry = Entry {
        id: audit,
        at: fresh.now,
        who: Some(who),
        object: id.as_str(),
        action,
        from: from.map(PaymentState::as_str),
        to: Some(to.as_str()),
        reason: None,
        body,
    };
    audit::record_in(db, &entry)
}

/// The payment.
pub fn payment_in(db: &mut Db, id: PaymentId) -> AppResult<Payment> {
    store::find(db, id).or_not_found("payment")?.try_into()
}

/// The payment of a contract, if one was approved.
pub fn payment_of_in(db: &mut Db, contract: ContractId) -> AppResult<Option<Payment>> {
    match store::of_contract(db, contract)? {
        Some(id) => payment_in(db, id).map(Some),
        None => Ok(None),
    }
}

/// The payment, if the caller may see it.
pub fn payment_seen_in(db: &mut Db, who: &Principal, id: PaymentId) -> AppResult<Payment> {
    let payment = payment_in(db, id)?;
    policy::see(who, Action::ContractRead, &[payment.buyer, payment.seller], "payment")?;
    Ok(payment)
}

/// A page of payments: those of one's own contracts, or all for the staff.
pub fn payments_in(db: &mut Db, who: &Principal, query: &PageQuery) -> AppResult<Page<Payment>> {
    policy::act(who, Action::ContractRead, &[who.org])?;
    let (limit, after) = (page_limit(query)?, page_cursor::<id::Payment>(query)?);
    let org = (!who.sees_all()).then_some(who.org);
    let rows = store::list(db, org, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(Payment::try_from).collect::<AppResult<_>>()?;
    Ok(Page { items, next: page.next })
}
