//! Money of one fiscal year that may be paid in the next: only by an explicit record.

use diesel::prelude::*;
use schema::api::execution::Reasoned;
use schema::api::settlement::CarryOver;
use schema::code::Code;
use schema::id::{AgreementId, CarryOverId, UserId};
use schema::money::Won;
use schema::time::Instant;
use serde_json::json;

use super::report::decide::fund_of;
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::db::schema::carry_overs;
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket};
use crate::ledger::service::balance_in;
use crate::ledger::{AccountKey, Fund, Line, command};
use crate::parties::rules::length;
use crate::programme::service as programme;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = carry_overs)]
struct Row {
    id: CarryOverId,
    agreement_id: AgreementId,
    from_year: i64,
    to_year: i64,
    amount: Won,
    reason: String,
    recorded_by: UserId,
    recorded_at: i64,
}

fn stored<E: std::fmt::Display>(error: E) -> AppError {
    AppError::Internal(anyhow::anyhow!("stored carry-over: {error}"))
}

impl TryFrom<Row> for CarryOver {
    type Error = AppError;

    fn try_from(row: Row) -> AppResult<CarryOver> {
        Ok(CarryOver {
            id: row.id,
            agreement: row.agreement_id,
            from_year: i16::try_from(row.from_year).map_err(stored)?,
            to_year: i16::try_from(row.to_year).map_err(stored)?,
            amount: row.amount,
            reason: row.reason,
            recorded_by: row.recorded_by,
            recorded_at: Instant::from_micros(row.recorded_at).unwrap_or(Instant::MIN),
        })
    }
}

/// Carry-overs of an agreement, the earliest first.
pub fn of_agreement_in(db: &mut Db, id: AgreementId) -> AppResult<Vec<CarryOver>> {
    let rows: Vec<Row> = carry_overs::table
        .filter(carry_overs::agreement_id.eq(id))
        .order(carry_overs::from_year.asc())
        .select(Row::as_select())
        .load(db)?;
    rows.into_iter().map(CarryOver::try_from).collect()
}

/// Agreements with money that was carried over from `year`, and how much.
pub fn of_year_in(db: &mut Db, year: i16) -> AppResult<Vec<(AgreementId, Won)>> {
    Ok(carry_overs::table
        .filter(carry_overs::from_year.eq(i64::from(year)))
        .order(carry_overs::agreement_id.asc())
        .select((carry_overs::agreement_id, carry_overs::amount))
        .load(db)?)
}

/// Records that what an agreement has promised and not paid may be paid a year later. For the agency.
pub async fn record(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: AgreementId,
    said: Reasoned,
) -> AppResult<Once<CarryOver>> {
    length("reason", &said.reason, 1_000)?;
    command(app, who, ticket, move |db, who, turn| {
        let agreement = programme::agreement_seen_in(db, who, id)?;
        policy::act(who, Action::BudgetAppropriate, &[])?;
        if agreement.fiscal_year.is_none() {
            return Err(nothing(0).into());
        }
        let fund = fund_of(&agreement)?;
        let last = of_agreement_in(db, id)?.last().map_or(fund.fiscal_year, |one| one.to_year);
        let year = turn.now.seoul_day().year();
        if last > year {
            return Err(nothing(last).into());
        }
        let mut open = balance_in(db, AccountKey::AgreementReserved(id))?;
        if let Some(voucher) = agreement.voucher {
            for key in [
                AccountKey::VoucherAvailable(voucher),
                AccountKey::VoucherHeld(voucher),
                AccountKey::VoucherCommitted(voucher),
            ] {
                open = open.saturating_add(balance_in(db, key)?);
            }
        }
        let amount = Won::new(open).filter(|open| *open > Won::ZERO);
        let row = Row {
            id: turn.id()?,
            agreement_id: id,
            from_year: i64::from(last),
            to_year: i64::from(last) + 1,
            amount: amount.ok_or_else(|| nothing(last))?,
            reason: said.reason.clone(),
            recorded_by: who.user,
            recorded_at: turn.now.as_micros(),
        };
        diesel::insert_into(carry_overs::table).values(row.clone()).execute(db)?;
        let body = json!({"carry_over": row.id, "from": row.from_year, "to": row.to_year,
            "amount": row.amount});
        let (object, action) = (id.as_str(), "agreement.carry_over");
        let reason = Some(said.reason.as_str());
        turn.record(db, Line { object, action, from: None, to: None, reason, body })?;
        row.try_into()
    })
    .await
}

fn nothing(year: i16) -> schema::problem::Refusal {
    Code::StateForbids
        .because(
            "이월할 금액이 없거나 이미 이월되었습니다.",
            "There is nothing to carry over, or it is carried over already.",
        )
        .rule("R-193")
        .with("year", year)
}

/// Refuses to pay `amount` of `fund` in a later year that no record covers.
pub(super) fn covered_in(
    db: &mut Db,
    agreement: AgreementId,
    fund: Fund,
    amount: Won,
    now: Instant,
) -> AppResult<()> {
    let year = now.seoul_day().year();
    if year <= fund.fiscal_year {
        return Ok(());
    }
    let records = of_agreement_in(db, agreement)?;
    if records.iter().any(|record| record.to_year == year && record.amount >= amount) {
        return Ok(());
    }
    Err(Code::YearClosed
        .because(
            format!("{}회계연도가 끝나 이월 기록 없이 지급할 수 없습니다.", fund.fiscal_year),
            format!("The fiscal year {} is over, and no carry-over covers it.", fund.fiscal_year),
        )
        .rule("R-193")
        .with("fiscal_year", fund.fiscal_year)
        .cure("전문기관이 이월을 기록한 뒤 지급하세요.", "The agency records a carry-over first.")
        .into())
}
