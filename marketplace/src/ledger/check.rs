//! The audit of the books: every balance is calculated again from the transfers, and every voucher,
//! agreement and claim is compared with its accounts.
//!
//! It reads the voucher tables itself and asks no other feature, because whoever is examined must
//! not also be the examiner. Rows are read in pages; memory grows with the number of accounts and
//! vouchers, not of transfers.

use std::collections::BTreeMap;

use schema::api::ledger::{AccountKind, LedgerCheck, LedgerDifference};
use schema::id::AccountId;
use schema::lang::Text;

use super::store::{self, UseRow, VoucherRow};
use crate::db::Db;
use crate::error::AppResult;

mod owed;

/// Rows read at once.
const PAGE: i64 = 5_000;
/// Findings told at most.
const DIFFERENCES_MAX: usize = 100;

/// An account while the transfers are added up.
struct Account {
    kind: AccountKind,
    subject: String,
    kept: i64,
    /// Wide enough for any number of transfers.
    found: i128,
}

/// What the uses of a voucher add up to.
#[derive(Default)]
struct Uses {
    held: i128,
    committed: i128,
    paid: i128,
    refunded: i128,
}

/// What was wrong so far.
#[derive(Default)]
struct Findings(Vec<LedgerDifference>);

impl Findings {
    fn compare(&mut self, object: &str, expected: i128, found: i64, ko: &str, en: &str) {
        if expected != i128::from(found) && self.0.len() < DIFFERENCES_MAX {
            self.0.push(LedgerDifference {
                object: object.to_owned(),
                expected: i64::try_from(expected).unwrap_or(i64::MAX),
                found,
                text: Text::new(ko, en),
            });
        }
    }
}

/// Checks everything that is stored.
pub(super) fn check_in(db: &mut Db) -> AppResult<LedgerCheck> {
    let mut findings = Findings::default();
    let mut accounts = accounts(db)?;
    let transfers = add_up(db, &mut accounts, &mut findings)?;
    let mut sum = 0_i128;
    for (id, account) in &accounts {
        sum += i128::from(account.kept);
        findings.compare(
            id.as_str(),
            account.found,
            account.kept,
            "계정 잔액이 거래 내역의 합과 다릅니다.",
            "The balance is not the sum of the transfers.",
        );
        if account.kept < 0 && !account.kind.is_external() {
            let (ko, en) = ("잔액이 0보다 작습니다.", "The balance is below zero.");
            findings.compare(id.as_str(), 0, account.kept, ko, en);
        }
    }
    let sum = i64::try_from(sum).unwrap_or(i64::MAX);
    let (ko, en) = ("모든 잔액의 합이 0이 아닙니다.", "The balances do not sum to zero.");
    findings.compare("ledger", 0, sum, ko, en);
    let vouchers = check_vouchers(db, &accounts, &mut findings)?;
    let kept = by_name(&accounts);
    let agreements = owed::check_agreements(db, &kept, &mut findings)?;
    let claims = owed::check_claims(db, &kept, &mut findings)?;
    Ok(LedgerCheck {
        balanced: findings.0.is_empty(),
        accounts: count(accounts.len()),
        transfers,
        vouchers,
        agreements,
        claims,
        differences: findings.0,
    })
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn accounts(db: &mut Db) -> AppResult<BTreeMap<AccountId, Account>> {
    let mut accounts = BTreeMap::new();
    let mut after = None;
    loop {
        let rows = store::accounts(db, None, None, after, PAGE)?;
        after = rows.last().map(|row| row.id);
        for row in rows {
            let (kind, subject, kept) = (row.kind, row.subject, row.balance);
            accounts.insert(row.id, Account { kind, subject, kept, found: 0 });
        }
        if after.is_none() {
            return Ok(accounts);
        }
    }
}

fn add_up(
    db: &mut Db,
    accounts: &mut BTreeMap<AccountId, Account>,
    findings: &mut Findings,
) -> AppResult<u64> {
    let (mut transfers, mut after) = (0, None);
    loop {
        let rows = store::transfers(db, None, None, after, PAGE)?;
        after = rows.last().map(|row| row.id);
        transfers += count(rows.len());
        for row in rows {
            let amount = row.amount.get();
            for (id, change) in [(row.debit_id, -amount), (row.credit_id, amount)] {
                match accounts.get_mut(&id) {
                    Some(account) => account.found += i128::from(change),
                    None => findings.compare(
                        row.id.as_str(),
                        0,
                        change,
                        "거래의 계정이 없습니다.",
                        "The transfer names an account that is not there.",
                    ),
                }
            }
        }
        if after.is_none() {
            return Ok(transfers);
        }
    }
}

/// Kept balances by kind and subject.
type Kept<'a> = BTreeMap<(AccountKind, &'a str), i128>;

fn by_name(accounts: &BTreeMap<AccountId, Account>) -> Kept<'_> {
    accounts
        .values()
        .map(|account| ((account.kind, account.subject.as_str()), i128::from(account.kept)))
        .collect()
}

fn check_vouchers(
    db: &mut Db,
    accounts: &BTreeMap<AccountId, Account>,
    findings: &mut Findings,
) -> AppResult<u64> {
    let kept = by_name(accounts);
    let uses = uses(db)?;
    let (mut vouchers, mut after): (u64, Option<String>) = (0, None);
    loop {
        let rows = store::vouchers(db, after.as_deref(), PAGE)?;
        after = rows.last().map(|row| row.id.clone());
        vouchers += count(rows.len());
        for row in &rows {
            let balance = |kind| kept.get(&(kind, row.id.as_str())).copied().unwrap_or(0);
            check_voucher(row, balance, uses.get(&row.id), findings);
        }
        if after.is_none() {
            return Ok(vouchers);
        }
    }
}

/// Compares one voucher with its accounts and uses, and checks its invariant.
fn check_voucher(
    row: &VoucherRow,
    balance: impl Fn(AccountKind) -> i128,
    uses: Option<&Uses>,
    findings: &mut Findings,
) {
    let none = Uses::default();
    let uses = uses.unwrap_or(&none);
    let (ko, en) =
        ("바우처와 원장의 금액이 다릅니다.", "The voucher and the ledger have different amounts.");
    for (kind, found) in [
        (AccountKind::VoucherAvailable, row.available),
        (AccountKind::VoucherHeld, row.held),
        (AccountKind::VoucherCommitted, row.committed),
    ] {
        findings.compare(&row.id, balance(kind), found, ko, en);
    }
    let (ko, en) = (
        "바우처와 그 사용 내역의 금액이 다릅니다.",
        "The voucher and its uses have different amounts.",
    );
    for (sum, found) in [
        (uses.held, row.held),
        (uses.committed, row.committed),
        (uses.paid, row.paid),
        (uses.refunded, row.refunded),
    ] {
        findings.compare(&row.id, sum, found, ko, en);
    }
    let spent = row.held + row.committed + row.paid - row.refunded;
    if spent > row.approved {
        let (ko, en) = ("승인액보다 많이 쓰였습니다.", "More was used than was approved.");
        findings.compare(&row.id, i128::from(row.approved), spent, ko, en);
    }
}

fn uses(db: &mut Db) -> AppResult<BTreeMap<String, Uses>> {
    let mut sums: BTreeMap<String, Uses> = BTreeMap::new();
    let mut after: Option<String> = None;
    loop {
        let rows = store::uses(db, after.as_deref(), PAGE)?;
        after = rows.last().map(|row| row.contract_id.clone());
        for row in rows {
            add_use(sums.entry(row.voucher_id.clone()).or_default(), &row);
        }
        if after.is_none() {
            return Ok(sums);
        }
    }
}

fn add_use(sums: &mut Uses, row: &UseRow) {
    let support = i128::from(row.support);
    match row.state.as_str() {
        "held" => sums.held += support,
        "committed" => sums.committed += support,
        "paid" | "refunded" => {
            sums.paid += support;
            sums.refunded += i128::from(row.refunded);
        }
        _ => {}
    }
}
