//! Agreements and claims against their accounts.

use diesel::prelude::*;
use schema::api::ledger::AccountKind;

use super::{Findings, Kept, PAGE, count};
use crate::db::Db;
use crate::db::schema::{agreements, claims, settlements};
use crate::error::AppResult;

/// An agreement as the check needs it: id, state, voucher, support.
type AgreementRow = (String, String, Option<String>, i64);
/// Its settlement: state, what is payable, when it stands.
type SettlementRow = (String, Option<i64>, Option<i64>);

/// What an agreement should have reserved: its support from the last signature until its settlement
/// stands, then what is payable until it is paid. The money of a purchase agreement is in its voucher.
fn reserved(row: &AgreementRow, settlement: Option<&SettlementRow>) -> i128 {
    let (_, state, voucher, support) = row;
    if voucher.is_some() || matches!(state.as_str(), "drafted" | "partially_signed") {
        return 0;
    }
    match settlement {
        Some((state, payable, Some(_))) if matches!(state.as_str(), "final" | "payable") => {
            i128::from(payable.unwrap_or(0))
        }
        Some((_, _, Some(_))) => 0,
        _ => i128::from(*support),
    }
}

/// Compares every agreement with its reservation. Answers how many there were.
pub(super) fn check_agreements(
    db: &mut Db,
    kept: &Kept<'_>,
    findings: &mut Findings,
) -> AppResult<u64> {
    let (mut agreements_seen, mut after) = (0_u64, None::<String>);
    loop {
        let mut query = agreements::table
            .order(agreements::id.asc())
            .limit(PAGE)
            .select((
                agreements::id,
                agreements::state,
                agreements::voucher_id,
                agreements::support,
            ))
            .into_boxed();
        if let Some(after) = after.take() {
            query = query.filter(agreements::id.gt(after));
        }
        let rows: Vec<AgreementRow> = query.load(db)?;
        after = rows.last().map(|row| row.0.clone());
        agreements_seen += count(rows.len());
        for row in &rows {
            let settlement: Option<SettlementRow> = settlements::table
                .filter(settlements::agreement_id.eq(row.0.clone()))
                .select((settlements::state, settlements::payable, settlements::finalised_at))
                .first(db)
                .optional()?;
            let key = (AccountKind::AgreementReserved, row.0.as_str());
            let balance = kept.get(&key).copied().unwrap_or(0);
            findings.compare(
                &row.0,
                reserved(row, settlement.as_ref()),
                i64::try_from(balance).unwrap_or(i64::MAX),
                "협약의 지급 예정액이 원장과 다릅니다.",
                "The reservation of the agreement is not what the ledger has.",
            );
        }
        if after.is_none() {
            return Ok(agreements_seen);
        }
    }
}

/// Compares every claim with its two accounts. Answers how many there were.
pub(super) fn check_claims(
    db: &mut Db,
    kept: &Kept<'_>,
    findings: &mut Findings,
) -> AppResult<u64> {
    let (mut seen, mut after) = (0_u64, None::<String>);
    loop {
        let mut query = claims::table
            .order(claims::id.asc())
            .limit(PAGE)
            .select((claims::id, claims::principal, claims::charges, claims::repaid))
            .into_boxed();
        if let Some(after) = after.take() {
            query = query.filter(claims::id.gt(after));
        }
        let rows: Vec<(String, i64, i64, i64)> = query.load(db)?;
        after = rows.last().map(|row| row.0.clone());
        seen += count(rows.len());
        for (id, principal, charges, repaid) in &rows {
            let open = principal.saturating_add(*charges).saturating_sub(*repaid);
            let balance = |kind| kept.get(&(kind, id.as_str())).copied().unwrap_or(0);
            let (ko, en) = (
                "청구와 원장의 금액이 다릅니다.",
                "The claim and the ledger have different amounts.",
            );
            findings.compare(id, -balance(AccountKind::Receivable), open, ko, en);
            findings.compare(id, balance(AccountKind::Claimed), open, ko, en);
        }
        if after.is_none() {
            return Ok(seen);
        }
    }
}
