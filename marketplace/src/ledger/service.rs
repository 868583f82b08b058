//! Posting transfers and reading the books.

use schema::api::ledger::{
    AccountKind, AccountQuery, LedgerAccount, LedgerCheck, LedgerTransfer, TransferQuery,
};
use schema::id::{self, AccountId, Id, TransferId};
use schema::money::Won;
use schema::page::{Page, PageQuery};
use schema::time::Instant;
use sha2::{Digest, Sha256};

use super::rules::{self, AccountKey};
use super::store::{self, AccountRow, TransferRow};
use crate::app::App;
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::http::extract::{page_cursor, page_limit};

/// A transfer to be made.
#[derive(Clone, Copy, Debug)]
pub struct Posting<'a> {
    /// Its id. The same id cannot be posted twice.
    pub id: TransferId,
    /// The account that has less afterwards.
    pub debit: AccountKey,
    /// The account that has more afterwards.
    pub credit: AccountKey,
    /// How much. A posting of nothing is not stored.
    pub amount: Won,
    /// What for, such as `voucher.hold`.
    pub why: &'static str,
    /// Id of the object that it is made for.
    pub object: &'a str,
}

/// Makes transfers, in order, inside the caller's transaction. Refuses when an account would go
/// below zero (`budget-short` and `voucher-short` for those, R-043); [`AppError::Stale`] when
/// another transaction moved a balance meanwhile.
pub fn post_in(db: &mut Db, postings: &[Posting<'_>], now: Instant) -> AppResult<()> {
    for posting in postings.iter().filter(|posting| posting.amount > Won::ZERO) {
        if posting.debit == posting.credit {
            return Err(AppError::Internal(anyhow::anyhow!("a transfer between one account")));
        }
        let debit = opened(db, posting.debit, now)?;
        let credit = opened(db, posting.credit, now)?;
        let (less, more) = rules::moved(
            (debit.kind, debit.balance),
            (credit.kind, credit.balance),
            posting.amount,
        )?;
        store::set_balance(db, debit.id, debit.balance, less)?;
        store::set_balance(db, credit.id, credit.balance, more)?;
        store::append(
            db,
            &TransferRow {
                id: posting.id,
                debit_id: debit.id,
                credit_id: credit.id,
                amount: posting.amount,
                at: now.as_micros(),
                why: posting.why.to_owned(),
                object: posting.object.to_owned(),
            },
        )?;
    }
    Ok(())
}

/// Balance of an account; zero if it was never used.
pub fn balance_in(db: &mut Db, key: AccountKey) -> AppResult<i64> {
    Ok(store::account(db, account_id(key))?.map_or(0, |row| row.balance))
}

/// Sum of the balances of accounts of certain kinds and subjects.
pub fn total_in(db: &mut Db, kinds: &[AccountKind], subjects: &[String]) -> AppResult<i64> {
    let mut total = 0_i64;
    for some in subjects.chunks(500) {
        for balance in store::balances(db, kinds, some)? {
            total = total.saturating_add(balance);
        }
    }
    Ok(total)
}

/// The account of `key`, opened if it is new. Two racers that open it at once collide on its id,
/// and the loser is run again.
fn opened(db: &mut Db, key: AccountKey, now: Instant) -> AppResult<AccountRow> {
    let id = account_id(key);
    if let Some(row) = store::account(db, id)? {
        return Ok(row);
    }
    let row = AccountRow {
        id,
        kind: key.kind(),
        subject: key.subject(),
        balance: 0,
        opened_at: now.as_micros(),
    };
    store::open(db, &row)?;
    Ok(row)
}

/// Id of an account: it follows from its name, so that nobody has to look it up.
pub(super) fn account_id(key: AccountKey) -> AccountId {
    let digest = Sha256::digest(format!("{}/{}", key.kind(), key.subject()).as_bytes());
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    AccountId::from_uuid(uuid::Uuid::from_bytes(bytes))
}

/// A page of accounts, for the staff.
pub fn accounts_in(
    db: &mut Db,
    who: &Principal,
    query: &AccountQuery,
) -> AppResult<Page<LedgerAccount>> {
    policy::act(who, Action::LedgerRead, &[])?;
    let page = PageQuery { cursor: query.cursor.clone(), limit: query.limit };
    let (limit, after) = (page_limit(&page)?, page_cursor::<id::Account>(&page)?);
    let subject = query.subject.as_deref();
    let rows = store::accounts(db, query.kind, subject, after, i64::from(limit) + 1)?;
    Ok(Page::of(rows, limit, |row| row.id.to_string()).map(LedgerAccount::from))
}

/// A page of transfers, oldest first, for the staff.
pub fn transfers_in(
    db: &mut Db,
    who: &Principal,
    query: &TransferQuery,
) -> AppResult<Page<LedgerTransfer>> {
    policy::act(who, Action::LedgerRead, &[])?;
    let page = PageQuery { cursor: query.cursor.clone(), limit: query.limit };
    let (limit, after) = (page_limit(&page)?, page_cursor::<id::Transfer>(&page)?);
    let object = query.object.as_deref();
    let rows = store::transfers(db, query.account, object, after, i64::from(limit) + 1)?;
    Ok(Page::of(rows, limit, |row: &TransferRow| Id::to_string(&row.id)).map(LedgerTransfer::from))
}

/// Recalculates every balance from the transfers, in one snapshot.
pub async fn check(app: &App) -> AppResult<LedgerCheck> {
    app.store.read(super::check::check_in).await
}

impl From<AccountRow> for LedgerAccount {
    fn from(row: AccountRow) -> LedgerAccount {
        LedgerAccount {
            id: row.id,
            kind: row.kind,
            subject: row.subject,
            balance: row.balance,
            opened_at: Instant::from_micros(row.opened_at).unwrap_or(Instant::MIN),
        }
    }
}

impl From<TransferRow> for LedgerTransfer {
    fn from(row: TransferRow) -> LedgerTransfer {
        LedgerTransfer {
            id: row.id,
            at: Instant::from_micros(row.at).unwrap_or(Instant::MIN),
            debit: row.debit_id,
            credit: row.credit_id,
            amount: row.amount,
            why: row.why,
            object: row.object,
        }
    }
}

#[cfg(test)]
mod tests {
    use schema::id::VoucherId;

    use super::{AccountKey, account_id};

    #[test]
    fn an_account_has_one_id_and_no_other_account_has_it() {
        let voucher = VoucherId::from_uuid(uuid::Uuid::from_u128(1));
        let id = account_id(AccountKey::VoucherHeld(voucher));
        assert_eq!(id, account_id(AccountKey::VoucherHeld(voucher)));
        assert_ne!(id, account_id(AccountKey::VoucherAvailable(voucher)));
        assert_eq!(id.as_str().parse(), Ok(id));
    }
}
