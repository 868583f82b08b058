//! Appropriations: money from the treasury, by programme and fiscal year.

use schema::api::ledger::AccountKind;
use schema::api::programme::{Budget, NewAppropriation};
use schema::code::Code;
use schema::id::{AuditId, TransferId};
use schema::money::Won;
use schema::notice::ProgrammeCode;
use schema::time::{Day, Instant};
use serde_json::json;

use super::catalogue::programme_on;
use super::{rules, store};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};
use crate::ledger::service::{Posting, balance_in, post_in, total_in};
use crate::ledger::{AccountKey, Fund};
use crate::parties::rules::length;

/// Makes money available to a programme in a fiscal year.
pub async fn appropriate(
    app: &App,
    who: Principal,
    ticket: Ticket,
    code: ProgrammeCode,
    new: NewAppropriation,
) -> AppResult<Once<Budget>> {
    policy::act(&who, Action::BudgetAppropriate, &[])?;
    let now = app.clock.now();
    programme_on(now.seoul_day(), code)?;
    if !rules::HERE.contains(&code) {
        return Err(Code::InvalidField
            .because(
                "이 거래소는 P14와 P15의 예산만 다룹니다.",
                "This exchange keeps the budgets of P14 and P15 only.",
            )
            .field("code")
            .into());
    }
    length("reason", &new.reason, 500)?;
    positive(&new, now.seoul_day())?;
    let (transfer, audit): (TransferId, AuditId) = (app.clock.fresh(), app.clock.fresh());
    let fund = Fund { programme: code, fiscal_year: new.fiscal_year };
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| {
                let object = fund.to_string();
                let posting = Posting {
                    id: transfer,
                    debit: AccountKey::Treasury(fund),
                    credit: AccountKey::Budget(fund),
                    amount: new.amount,
                    why: "budget.appropriate",
                    object: &object,
                };
                post_in(db, &[posting], now)?;
                let entry = Entry {
                    id: audit,
                    at: now,
                    who: Some(&who),
                    object: &object,
                    action: "budget.appropriate",
                    from: None,
                    to: None,
                    reason: Some(&new.reason),
                    body: json!({"amount": new.amount, "transfer": transfer}),
                };
                audit::record_in(db, &entry)?;
                budget_in(db, fund, now)
            })
        })
        .await
}

/// An appropriation is of at least a won, and for a year near the present: a year typed wrong would
/// put money where nobody looks for it.
fn positive(new: &NewAppropriation, today: Day) -> AppResult<()> {
    if new.amount == Won::ZERO {
        return Err(Code::InvalidField
            .because("1원 이상이어야 합니다.", "It must be at least one won.")
            .rule("R-056")
            .field("amount")
            .into());
    }
    if (today.year() - 1..=today.year() + 1).contains(&new.fiscal_year) {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(
            "회계연도는 올해와 그 앞뒤 해만 쓸 수 있습니다.",
            "The fiscal year must be this year, the last or the next.",
        )
        .rule("R-193")
        .field("fiscal_year")
        .into())
}

/// The budget of a programme in a fiscal year, from the ledger.
pub fn budget_in(db: &mut Db, fund: Fund, now: Instant) -> AppResult<Budget> {
    let (_, programme) = programme_on(now.seoul_day(), fund.programme)?;
    let available = won(balance_in(db, AccountKey::Budget(fund))?);
    let returned = won(balance_in(db, AccountKey::StateRevenue(fund))?);
    let appropriated = won(balance_in(db, AccountKey::Treasury(fund))?.saturating_neg());
    let (agreements, vouchers) = store::promised(db, fund)?;
    let reserved = total_in(db, &[AccountKind::AgreementReserved], &agreements)?;
    let in_vouchers = total_in(
        db,
        &[AccountKind::VoucherAvailable, AccountKind::VoucherHeld, AccountKind::VoucherCommitted],
        &vouchers,
    )?;
    let promised = won(reserved.saturating_add(in_vouchers));
    let rest = [available, promised, returned].into_iter().fold(appropriated, Won::saturating_sub);
    Ok(Budget {
        programme: fund.programme,
        fiscal_year: fund.fiscal_year,
        notice_budget: programme.budget,
        appropriated,
        available,
        promised,
        paid: rest,
        returned,
    })
}

/// A balance as an amount. A treasury's is turned round before; no other is below zero.
fn won(balance: i64) -> Won {
    Won::new(balance).unwrap_or(Won::ZERO)
}

/// Where money of `fund` goes when it comes back at `now`: to the budget within the fiscal year, to
/// the state afterwards, because a closed year is not opened again (R-193, edge case 4).
pub fn destination(fund: Fund, now: Instant) -> AccountKey {
    if now.seoul_day().year() > fund.fiscal_year {
        AccountKey::StateRevenue(fund)
    } else {
        AccountKey::Budget(fund)
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountKey, Fund, ProgrammeCode, destination};

    #[test]
    fn edge_case_4_a_closed_year_is_not_opened_again() {
        let fund = Fund { programme: ProgrammeCode::PURCHASE, fiscal_year: 2024 };
        for (at, account) in [
            ("2024-12-31T23:59:59+09:00", AccountKey::Budget(fund)),
            ("2025-01-01T00:00:00+09:00", AccountKey::StateRevenue(fund)),
            ("2024-12-31T15:00:00Z", AccountKey::StateRevenue(fund)),
        ] {
            assert_eq!(destination(fund, at.parse().unwrap()), account, "{at}");
        }
    }
}
