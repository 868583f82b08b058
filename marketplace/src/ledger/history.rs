//! What moved: transfers with the names of their accounts, for statements.

use std::collections::BTreeMap;

use schema::api::ledger::AccountKind;
use schema::id::{AccountId, TransferId};
use schema::money::Won;

use super::rules::AccountKey;
use super::service::account_id;
use super::store::{self, TransferRow};
use crate::db::Db;
use crate::error::{AppError, AppResult};

/// Rows read at once.
const PAGE: i64 = 5_000;

/// Kind and subject of an account.
pub type Name = (AccountKind, String);

/// A transfer with the names of its accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Id.
    pub id: TransferId,
    /// When, in microseconds.
    pub at: i64,
    /// From.
    pub debit: Name,
    /// To.
    pub credit: Name,
    /// How much.
    pub amount: Won,
    /// What for.
    pub why: String,
    /// For which object.
    pub object: String,
}

fn names(db: &mut Db) -> AppResult<BTreeMap<AccountId, Name>> {
    let (mut names, mut after) = (BTreeMap::new(), None);
    loop {
        let rows = store::accounts(db, None, None, after, PAGE)?;
        after = rows.last().map(|row| row.id);
        names.extend(rows.into_iter().map(|row| (row.id, (row.kind, row.subject))));
        if after.is_none() {
            return Ok(names);
        }
    }
}

fn moved(names: &BTreeMap<AccountId, Name>, row: TransferRow) -> AppResult<Moved> {
    let name = |id: AccountId| {
        let found = names.get(&id).cloned();
        found.ok_or_else(|| AppError::Internal(anyhow::anyhow!("a transfer without its account")))
    };
    Ok(Moved {
        id: row.id,
        at: row.at,
        debit: name(row.debit_id)?,
        credit: name(row.credit_id)?,
        amount: row.amount,
        why: row.why,
        object: row.object,
    })
}

/// Shows every transfer made before `until` (microseconds) to `visit`, in order.
pub fn walk_in(db: &mut Db, until: i64, mut visit: impl FnMut(Moved)) -> AppResult<()> {
    let names = names(db)?;
    let mut after = None;
    loop {
        let rows = store::transfers(db, None, None, after, PAGE)?;
        after = rows.last().map(|row| row.id);
        for row in rows.into_iter().filter(|row| row.at < until) {
            visit(moved(&names, row)?);
        }
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Transfers that touch any of these accounts, in order.
pub fn touching_in(db: &mut Db, keys: &[AccountKey]) -> AppResult<Vec<Moved>> {
    let names = names(db)?;
    let mut found = BTreeMap::new();
    for key in keys {
        let (account, mut after) = (account_id(*key), None);
        loop {
            let rows = store::transfers(db, Some(account), None, after, PAGE)?;
            after = rows.last().map(|row| row.id);
            for row in rows {
                found.insert(row.id, moved(&names, row)?);
            }
            if after.is_none() {
                break;
            }
        }
    }
    Ok(found.into_values().collect())
}
