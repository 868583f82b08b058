//! Rows of accounts and transfers. There is no function here that changes or removes a transfer.

use diesel::prelude::*;
use schema::api::ledger::AccountKind;
use schema::id::{AccountId, TransferId};
use schema::money::Won;

use crate::db::schema::{ledger_accounts, ledger_transfers, voucher_uses, vouchers};
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = ledger_accounts)]
pub(super) struct AccountRow {
    pub(super) id: AccountId,
    pub(super) kind: AccountKind,
    pub(super) subject: String,
    pub(super) balance: i64,
    pub(super) opened_at: i64,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = ledger_transfers)]
pub(super) struct TransferRow {
    pub(super) id: TransferId,
    pub(super) debit_id: AccountId,
    pub(super) credit_id: AccountId,
    pub(super) amount: Won,
    pub(super) at: i64,
    pub(super) why: String,
    pub(super) object: String,
}

/// A voucher as the check needs it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = vouchers)]
pub(super) struct VoucherRow {
    pub(super) id: String,
    pub(super) approved: i64,
    pub(super) available: i64,
    pub(super) held: i64,
    pub(super) committed: i64,
    pub(super) paid: i64,
    pub(super) refunded: i64,
}

/// A use of a voucher as the check needs it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = voucher_uses)]
pub(super) struct UseRow {
    pub(super) voucher_id: String,
    pub(super) contract_id: String,
    pub(super) state: String,
    pub(super) support: i64,
    pub(super) refunded: i64,
}

pub(super) fn account(db: &mut Db, id: AccountId) -> AppResult<Option<AccountRow>> {
    Ok(ledger_accounts::table
        .filter(ledger_accounts::id.eq(id))
        .select(AccountRow::as_select())
        .first(db)
        .optional()?)
}

pub(super) fn open(db: &mut Db, row: &AccountRow) -> AppResult<()> {
    diesel::insert_into(ledger_accounts::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn balances(
    db: &mut Db,
    kinds: &[AccountKind],
    subjects: &[String],
) -> AppResult<Vec<i64>> {
    Ok(ledger_accounts::table
        .filter(ledger_accounts::kind.eq_any(kinds.to_vec()))
        .filter(ledger_accounts::subject.eq_any(subjects.to_vec()))
        .order(ledger_accounts::id.asc())
        .select(ledger_accounts::balance)
        .load(db)?)
}

/// Sets a balance that still is `seen`.
pub(super) fn set_balance(db: &mut Db, id: AccountId, seen: i64, balance: i64) -> AppResult<()> {
    one_row(
        diesel::update(
            ledger_accounts::table
                .filter(ledger_accounts::id.eq(id))
                .filter(ledger_accounts::balance.eq(seen)),
        )
        .set(ledger_accounts::balance.eq(balance))
        .execute(db),
    )
}

pub(super) fn append(db: &mut Db, row: &TransferRow) -> AppResult<()> {
    diesel::insert_into(ledger_transfers::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn accounts(
    db: &mut Db,
    kind: Option<AccountKind>,
    subject: Option<&str>,
    after: Option<AccountId>,
    limit: i64,
) -> AppResult<Vec<AccountRow>> {
    let mut query = ledger_accounts::table
        .order(ledger_accounts::id.asc())
        .limit(limit)
        .select(AccountRow::as_select())
        .into_boxed();
    if let Some(kind) = kind {
        query = query.filter(ledger_accounts::kind.eq(kind));
    }
    if let Some(subject) = subject {
        query = query.filter(ledger_accounts::subject.eq(subject.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(ledger_accounts::id.gt(after));
    }
    Ok(query.load(db)?)
}

pub(super) fn transfers(
    db: &mut Db,
    account: Option<AccountId>,
    object: Option<&str>,
    after: Option<TransferId>,
    limit: i64,
) -> AppResult<Vec<TransferRow>> {
    let mut query = ledger_transfers::table
        .order(ledger_transfers::id.asc())
        .limit(limit)
        .select(TransferRow::as_select())
        .into_boxed();
    if let Some(account) = account {
        query = query.filter(
            ledger_transfers::debit_id.eq(account).or(ledger_transfers::credit_id.eq(account)),
        );
    }
    if let Some(object) = object {
        query = query.filter(ledger_transfers::object.eq(object.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(ledger_transfers::id.gt(after));
    }
    Ok(query.load(db)?)
}

pub(super) fn vouchers(db: &mut Db, after: Option<&str>, limit: i64) -> AppResult<Vec<VoucherRow>> {
    let mut query = vouchers::table
        .order(vouchers::id.asc())
        .limit(limit)
        .select(VoucherRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(vouchers::id.gt(after.to_owned()));
    }
    Ok(query.load(db)?)
}

pub(super) fn uses(db: &mut Db, after: Option<&str>, limit: i64) -> AppResult<Vec<UseRow>> {
    let mut query = voucher_uses::table
        .order(voucher_uses::contract_id.asc())
        .limit(limit)
        .select(UseRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(voucher_uses::contract_id.gt(after.to_owned()));
    }
    Ok(query.load(db)?)
}
