//! Statements from the ledger.

use schema::api::ledger::AccountKind;
use schema::api::programme::Agreement;
use schema::api::statements::{Statement, StatementFigure, StatementLine, YearFund, YearStatement};
use schema::id::AgreementId;
use schema::lang::Text;
use schema::money::Won;
use schema::notice::ProgrammeCode;
use schema::time::{Day, Instant};

use super::super::carry;
use super::super::claims::service as claims;
use super::super::report::service as report;
use super::rules::{self, Sums};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::AppResult;
use crate::ledger::history::{Moved, touching_in, walk_in};
use crate::ledger::service::balance_in;
use crate::ledger::{AccountKey, Fund};
use crate::programme::{budget_in, service as programme};
use crate::vouchers;

/// Transfers that a statement shows at most; its totals count all.
const LINES_MAX: usize = 5_000;

fn shown(one: &Moved) -> StatementLine {
    let at = Instant::from_micros(one.at).unwrap_or(Instant::MIN);
    let account = |(kind, subject): &(AccountKind, String)| format!("{kind}/{subject}");
    StatementLine {
        id: one.id,
        at,
        day: at.seoul_day(),
        why: one.why.clone(),
        debit: account(&one.debit),
        credit: account(&one.credit),
        amount: one.amount.get(),
        object: one.object.clone(),
    }
}

/// The statement of a month. For the staff.
pub(super) fn month_in(
    db: &mut Db,
    who: &Principal,
    first: Day,
    now: Instant,
) -> AppResult<Statement> {
    policy::act(who, Action::LedgerRead, &[])?;
    let last = (28..=31).rev().find_map(|day| Day::new(first.year(), first.month(), day));
    let last = last.unwrap_or(first);
    let begins = first.start_of_day_seoul().as_micros();
    let ends = last.end().as_micros();
    let (mut sums, mut lines) = (Sums::default(), Vec::new());
    let (mut total, mut count) = (0_i64, 0_usize);
    walk_in(db, ends, |one| {
        let (debit, credit, amount) = (one.debit.0, one.credit.0, one.amount.get());
        if one.at < begins {
            sums.before(debit, credit, amount);
            return;
        }
        sums.within(debit, credit, amount);
        total = total.saturating_add(amount);
        count += 1;
        if lines.len() < LINES_MAX {
            lines.push(shown(&one));
        }
    })?;
    let subject = first.to_string().chars().take(7).collect::<String>();
    Ok(Statement {
        title: Text::new(format!("{subject} 지원금 원장 명세"), format!("Ledger, {subject}")),
        subject,
        from: first,
        to: last,
        made_at: now,
        accounts: sums.accounts(),
        truncated: count > lines.len(),
        lines,
        total,
        figures: Vec::new(),
    })
}

/// The statement of an agreement: everything that moved on its reservation, its voucher and its
/// claims. For its parties and the staff.
pub(super) fn agreement_in(
    db: &mut Db,
    who: &Principal,
    id: AgreementId,
    now: Instant,
) -> AppResult<Statement> {
    let agreement = programme::agreement_seen_in(db, who, id)?;
    let today = now.seoul_day();
    let mut keys = vec![AccountKey::AgreementReserved(id)];
    if let Some(voucher) = agreement.voucher {
        keys.extend([
            AccountKey::VoucherAvailable(voucher),
            AccountKey::VoucherHeld(voucher),
            AccountKey::VoucherCommitted(voucher),
        ]);
    }
    for claim in claims::of_agreement_in(db, id, today)? {
        keys.extend([AccountKey::Receivable(claim.id), AccountKey::Claimed(claim.id)]);
    }
    let own: Vec<(AccountKind, String)> =
        keys.iter().map(|key| (key.kind(), key.subject())).collect();
    let moved = touching_in(db, &keys)?;
    let mut sums = Sums::default();
    for one in &moved {
        let amount = one.amount.get();
        if own.contains(&one.debit) {
            sums.debited(one.debit.0, amount);
        }
        if own.contains(&one.credit) {
            sums.credited(one.credit.0, amount);
        }
    }
    let total = moved.iter().fold(0_i64, |sum, one| sum.saturating_add(one.amount.get()));
    let lines: Vec<StatementLine> = moved.iter().take(LINES_MAX).map(shown).collect();
    Ok(Statement {
        title: Text::new(
            format!("협약 명세: {}", agreement.title),
            format!("Agreement: {}", agreement.title),
        ),
        subject: id.to_string(),
        from: agreement.agreed_on.unwrap_or_else(|| agreement.created_at.seoul_day()),
        to: today,
        made_at: now,
        accounts: sums.accounts(),
        truncated: moved.len() > lines.len(),
        lines,
        total,
        figures: figures_in(db, &agreement, today)?,
    })
}

/// What the agreement came to: signed, paid, returned, settled, claimed.
fn figures_in(db: &mut Db, agreement: &Agreement, today: Day) -> AppResult<Vec<StatementFigure>> {
    let mut figures = Vec::new();
    let mut add = |code: &str, ko: &str, en: &str, amount: Won| {
        let (code, name) = (code.to_owned(), Text::new(ko, en));
        figures.push(StatementFigure { code, name, amount: amount.get() });
    };
    add("support", "협약 지원금", "Support signed", agreement.support);
    if let Some(voucher) = agreement.voucher {
        let voucher = vouchers::service::voucher_in(db, voucher)?;
        add("voucher_paid", "바우처 지급액", "Paid by the voucher", voucher.paid);
        add("voucher_refunded", "판매자 환불액", "Refunded by sellers", voucher.refunded);
        add("voucher_returned", "바우처 반납액", "Returned by the voucher", voucher.returned);
    }
    if let Some(settlement) = report::of_agreement_in(db, agreement.id)? {
        for (code, ko, en, amount) in [
            ("accepted", "인정 사업비", "Accepted cost", settlement.accepted),
            (
                "carried",
                "부담금 비율로 인정된 사업비",
                "Cost carried by the share",
                settlement.carried,
            ),
            ("final_support", "확정 지원금", "Final support", settlement.final_support),
            ("payable", "지급할 금액", "Payable", settlement.payable),
            ("refund", "반환할 금액", "To be returned", settlement.refund),
        ] {
            if let Some(amount) = amount {
                add(code, ko, en, amount);
            }
        }
        add("set_off", "상계액", "Set off", settlement.set_off);
    }
    for claim in claims::of_agreement_in(db, agreement.id, today)? {
        add("claim_principal", "청구 원금", "Claimed support", claim.principal);
        add("claim_charges", "청구 이자·부가금", "Claimed interest and surcharge", claim.charges);
        add("claim_repaid", "갚은 금액", "Paid back", claim.repaid);
        add("claim_late", "가산금", "Late charges", claim.late_charges);
    }
    for record in carry::of_agreement_in(db, agreement.id)? {
        add("carried_over", "이월액", "Carried over", record.amount);
    }
    Ok(figures)
}

/// The closing report of a fiscal year. For the staff.
pub(super) fn year_in(
    db: &mut Db,
    who: &Principal,
    year: i16,
    now: Instant,
) -> AppResult<YearStatement> {
    policy::act(who, Action::LedgerRead, &[])?;
    let mut funds = Vec::new();
    for code in [ProgrammeCode::PROCESSING, ProgrammeCode::PURCHASE] {
        let fund = Fund { programme: code, fiscal_year: year };
        let budget = budget_in(db, fund, now)?;
        let mut carried_over = 0_i64;
        for (agreement, amount) in carry::of_year_in(db, year)? {
            if programme::agreement_in(db, agreement)?.programme == code {
                carried_over = carried_over.saturating_add(amount.get());
            }
        }
        funds.push(YearFund {
            fund: fund.to_string(),
            appropriated: budget.appropriated.get(),
            promised: budget.promised.get(),
            carried_over,
            spent: budget.paid.get(),
            unspent: budget.available.get(),
            state_revenue: budget.returned.get(),
            charges: balance_in(db, AccountKey::Charges(fund))?,
        });
    }
    let total = rules::total(year, &funds);
    let closed = now.seoul_day().year() > year;
    Ok(YearStatement { fiscal_year: year, made_at: now, closed, funds, total })
}
