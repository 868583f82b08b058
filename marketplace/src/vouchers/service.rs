//! Spending vouchers. The `*_in` functions run inside the transaction of whoever calls them: trade
//! holds, commits and releases; settlement pays and takes refunds.

use schema::api::programme::Agreement;
use schema::api::vouchers::{Voucher, VoucherState, VoucherUse};
use schema::id::{self, AuditId, ContractId, OrgId, TransferId, VoucherId};
use schema::money::Won;
use schema::page::{Page, PageQuery};
use schema::time::{Day, Instant};
use serde_json::{Value, json};

use super::rules::{self, Move, Place, Step};
use super::store::{self, UseRow, VoucherRow};
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::http::extract::{page_cursor, page_limit};
use crate::ledger::AccountKey;
use crate::ledger::service::{Posting, post_in};
use crate::programme;

pub use super::expiry::expire_due;

/// Ids, actor and time of a change, made before the transaction.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// For the ledger.
    pub transfer: TransferId,
    /// For the audit trail of the voucher.
    pub audit: AuditId,
    /// Who; `None` when it follows from another change, whose line says who.
    pub who: Option<&'a Principal>,
    /// When.
    pub now: Instant,
}

impl Stamp<'static> {
    /// The stamp of a change that follows from one of the contract: its line in the voucher's trail
    /// has the id of its transfer, and the contract's line of the same instant says who did it.
    fn following([transfer]: [TransferId; 1], now: Instant) -> AppResult<Stamp<'static>> {
        let digits = transfer.as_str().split_once('_').map_or("", |(_, digits)| digits);
        let audit = format!("aud_{digits}").parse().map_err(anyhow::Error::from)?;
        Ok(Stamp { transfer, audit, who: None, now })
    }
}

/// An order that wants support.
#[derive(Clone, Copy, Debug)]
pub struct HoldRequest {
    /// The voucher.
    pub voucher: VoucherId,
    /// Who orders. A voucher of somebody else does not exist for them.
    pub buyer: OrgId,
    /// The contract that the order makes; it uses one voucher once.
    pub contract: ContractId,
    /// Eligible cost: the supply value.
    pub supply: Won,
    /// A fresh id for the transfer.
    pub transfers: [TransferId; 1],
}

/// How a price is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The part that the voucher pays.
    pub support: Won,
    /// The part of the supply value that the buyer pays.
    pub company_share: Won,
}

/// A refund by its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// The part that goes back to the voucher, the budget or the state.
    pub public: Won,
    /// The part that goes back to the buyer.
    pub own: Won,
}

/// Issues the voucher of a purchase agreement that has just become active.
pub(super) fn issue_in(
    db: &mut Db,
    agreement: &Agreement,
    id: VoucherId,
    stamp: &Stamp<'_>,
) -> AppResult<()> {
    let (Some(period), Some(fiscal_year)) = (&agreement.period, agreement.fiscal_year) else {
        return Err(AppError::Internal(anyhow::anyhow!("an active agreement without a period")));
    };
    let row = VoucherRow {
        id,
        agreement_id: agreement.id,
        org_id: agreement.recipient,
        programme: agreement.programme.to_string(),
        fiscal_year: i64::from(fiscal_year),
        state: VoucherState::Active,
        ratio_bp: agreement.ratio_bp,
        rounding: agreement.rounding,
        approved: agreement.support,
        available: agreement.support,
        held: Won::ZERO,
        committed: Won::ZERO,
        paid: Won::ZERO,
        refunded: Won::ZERO,
        returned: Won::ZERO,
        period: serde_json::to_string(period)?,
        ends_on: period.end().to_string(),
        step: 0,
        issued_at: stamp.now.as_micros(),
    };
    store::insert(db, &row)?;
    let posting = Posting {
        id: stamp.transfer,
        debit: AccountKey::AgreementReserved(agreement.id),
        credit: AccountKey::VoucherAvailable(id),
        amount: agreement.support,
        why: "voucher.issue",
        object: id.as_str(),
    };
    post_in(db, &[posting], stamp.now)?;
    programme::service::voucher_issued_in(db, agreement.id, id)?;
    let body = json!({"agreement": agreement.id, "approved": agreement.support});
    record(db, &row.id, "voucher.issue", None, VoucherState::Active, body, stamp)
}

/// Holds the support of an order.
pub fn hold_in(db: &mut Db, request: HoldRequest, now: Instant) -> AppResult<Held> {
    let stamp = Stamp::following(request.transfers, now)?;
    let row = store::find(db, request.voucher).or_not_found("voucher")?;
    if row.org_id != request.buyer {
        return Err(AppError::NotFound("voucher"));
    }
    let purse = row.purse(&store::uses(db, row.id)?)?;
    let step = rules::hold(&purse, request.supply, now)?;
    let Some(used) = step.used else { return Err(incomplete()) };
    store::insert_use(
        db,
        &UseRow {
            contract_id: request.contract,
            voucher_id: row.id,
            state: used.state,
            supply: used.supply,
            support: used.support,
            company_share: used.company_share,
            refunded_supply: Won::ZERO,
            refunded: Won::ZERO,
            payee_id: None,
            held_at: now.as_micros(),
            changed_at: now.as_micros(),
        },
    )?;
    let held = Held { support: used.support, company_share: used.company_share };
    let body =
        json!({"contract": request.contract, "supply": used.supply, "support": used.support});
    let (seller, contract, why) = (None, request.contract, "voucher.hold");
    settle_in(db, &row, &step, Done { seller, contract, why, body }, &stamp)?;
    Ok(held)
}

/// Commits what an order holds: the buyer has accepted the delivery, within the period.
pub fn commit_in(
    db: &mut Db,
    contract: ContractId,
    transfers: [TransferId; 1],
    now: Instant,
) -> AppResult<Held> {
    let stamp = Stamp::following(transfers, now)?;
    let done = change_in(db, contract, "voucher.commit", None, &stamp, |purse, used| {
        rules::commit(purse, used, now)
    })?;
    Ok(Held { support: done.support, company_share: done.company_share })
}

/// Frees what an order holds or has used without being paid. Answers how much.
pub fn release_in(
    db: &mut Db,
    contract: ContractId,
    transfers: [TransferId; 1],
    now: Instant,
) -> AppResult<Won> {
    let stamp = Stamp::following(transfers, now)?;
    let done = change_in(db, contract, "voucher.release", None, &stamp, |purse, used| {
        rules::release(purse, used, now)
    })?;
    Ok(done.support)
}

/// Why an order costs less than it did.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// So much of the price `of` goes back, and `public` of it is public money.
    Refund {
        /// The price so far.
        of: Won,
        /// What goes back of it.
        supply: Won,
        /// Its public part.
        public: Won,
    },
    /// The seller gave so much back to the buyer: the eligible cost falls by it.
    Rebate(Won),
}

/// Lowers what a contract uses of a voucher, before it is paid. Answers the public part, which goes
/// back to the voucher, or to the budget after the period. `seed` is a fresh id, or a relative of the
/// id of the change it follows from.
pub fn lower_in(
    db: &mut Db,
    contract: ContractId,
    cut: Cut,
    seed: AuditId,
    now: Instant,
) -> AppResult<Won> {
    let stamp = Stamp { transfer: seed.sibling(), audit: seed, who: None, now };
    let before = use_in(db, contract)?;
    let (supply, public) = match cut {
        Cut::Rebate(amount) => (amount, None),
        Cut::Refund { of, supply, public } => {
            // The cost that counts may be less than the price: it falls in proportion.
            let part = i128::from(supply.get()) * i128::from(before.supply.get())
                / i128::from(of.get().max(1));
            let part = i64::try_from(part).ok().and_then(Won::new).unwrap_or(supply);
            (part.max(public), Some(public))
        }
    };
    let done = change_in(db, contract, "voucher.lower", None, &stamp, |purse, used| {
        rules::lower(purse, used, supply, public, now)
    })?;
    Ok(before.support.saturating_sub(done.support))
}

/// Pays the public share of an accepted delivery to the seller. Answers how much.
pub fn pay_in(
    db: &mut Db,
    contract: ContractId,
    payee: OrgId,
    stamp: &Stamp<'_>,
) -> AppResult<Won> {
    let done = change_in(db, contract, "voucher.pay", Some(payee), stamp, |purse, used| {
        rules::pay(purse, used)
    })?;
    Ok(done.support)
}

/// Takes a refund of `supply` of a paid price and shares it between its sources.
pub fn refund_in(
    db: &mut Db,
    contract: ContractId,
    supply: Won,
    stamp: &Stamp<'_>,
) -> AppResult<Refunded> {
    let before = use_in(db, contract)?;
    let done = change_in(db, contract, "voucher.refund", None, stamp, |purse, used| {
        rules::refund(purse, used, supply, stamp.now).map(|(step, _)| step)
    })?;
    let public = done.refunded.saturating_sub(before.refunded);
    Ok(Refunded { public, own: supply.saturating_sub(public) })
}

fn change_in(
    db: &mut Db,
    contract: ContractId,
    why: &'static str,
    payee: Option<OrgId>,
    stamp: &Stamp<'_>,
    rule: impl Fn(&rules::Purse, &rules::Use) -> Result<Step, schema::problem::Refusal>,
) -> AppResult<rules::Use> {
    let used = store::find_use(db, contract).or_not_found("voucher use")?;
    let row = store::find(db, used.voucher_id).or_not_found("voucher")?;
    let purse = row.purse(&store::uses(db, row.id)?)?;
    let step = rule(&purse, &used.used())?;
    let Some(after) = step.used else { return Err(incomplete()) };
    store::advance_use(db, &used, &after, payee, stamp.now)?;
    let seller = payee.or(used.payee_id);
    let body = json!({"contract": contract, "support": after.support, "refunded": after.refunded});
    settle_in(db, &row, &step, Done { seller, contract, why, body }, stamp)?;
    Ok(after)
}

fn incomplete() -> AppError {
    AppError::Internal(anyhow::anyhow!("a step of a voucher without its use"))
}

/// What a step was for.
struct Done {
    seller: Option<OrgId>,
    contract: ContractId,
    why: &'static str,
    body: Value,
}

/// Stores a step: the moves in the ledger, the voucher, the audit trail.
fn settle_in(
    db: &mut Db,
    row: &VoucherRow,
    step: &Step,
    done: Done,
    stamp: &Stamp<'_>,
) -> AppResult<()> {
    let [only] = step.moves.as_slice() else { return Err(incomplete()) };
    let (debit, credit) = accounts(row, *only, done.seller, stamp.now)?;
    let posting = Posting {
        id: stamp.transfer,
        debit,
        credit,
        amount: only.amount,
        why: done.why,
        object: done.contract.as_str(),
    };
    post_in(db, &[posting], stamp.now)?;
    store::advance(db, row, &step.purse)?;
    record(db, &row.id, done.why, Some(row.state), step.purse.state, done.body, stamp)
}

/// The accounts of a move.
pub(super) fn accounts(
    row: &VoucherRow,
    step: Move,
    seller: Option<OrgId>,
    now: Instant,
) -> AppResult<(AccountKey, AccountKey)> {
    let fund = row.fund()?;
    let account = |place| -> AppResult<AccountKey> {
        Ok(match place {
            Place::Available => AccountKey::VoucherAvailable(row.id),
            Place::Held => AccountKey::VoucherHeld(row.id),
            Place::Committed => AccountKey::VoucherCommitted(row.id),
            Place::Seller => AccountKey::Payee(seller.ok_or_else(incomplete)?),
            Place::Back => programme::destination(fund, now),
        })
    };
    Ok((account(step.from)?, account(step.to)?))
}

/// Writes the line of a change into the voucher's audit trail.
pub(super) fn record(
    db: &mut Db,
    id: &VoucherId,
    action: &str,
    from: Option<VoucherState>,
    to: VoucherState,
    body: Value,
    stamp: &Stamp<'_>,
) -> AppResult<()> {
    let entry = Entry {
        id: stamp.audit,
        at: stamp.now,
        who: stamp.who,
        object: id.as_str(),
        action,
        from: from.map(VoucherState::as_str),
        to: Some(to.as_str()),
        reason: None,
        body,
    };
    audit::record_in(db, &entry)
}

/// What a contract uses a voucher for.
pub fn use_in(db: &mut Db, contract: ContractId) -> AppResult<VoucherUse> {
    Ok(store::find_use(db, contract).or_not_found("voucher use")?.into())
}

/// The voucher with its uses, for other features: `days_left` is that of the day of issue.
pub fn voucher_in(db: &mut Db, id: VoucherId) -> AppResult<Voucher> {
    let row = store::find(db, id).or_not_found("voucher")?;
    let issued = Instant::from_micros(row.issued_at).unwrap_or(Instant::MIN).seoul_day();
    let uses = store::uses(db, id)?;
    row.wire(issued, uses)
}

/// The voucher with its uses, as its owner sees it on `today`.
pub(super) fn voucher_on(db: &mut Db, id: VoucherId, today: Day) -> AppResult<Voucher> {
    let row = store::find(db, id).or_not_found("voucher")?;
    let uses = store::uses(db, id)?;
    row.wire(today, uses)
}

/// The voucher, if the caller may see it.
pub fn voucher_seen_in(
    db: &mut Db,
    who: &Principal,
    id: VoucherId,
    today: Day,
) -> AppResult<Voucher> {
    let voucher = voucher_on(db, id, today)?;
    policy::see(who, Action::AgreementRead, &[voucher.org], "voucher")?;
    Ok(voucher)
}

/// A page of vouchers: one's own, or all for the staff.
pub fn vouchers_in(
    db: &mut Db,
    who: &Principal,
    query: &PageQuery,
    today: Day,
) -> AppResult<Page<Voucher>> {
    policy::act(who, Action::AgreementRead, &[who.org])?;
    let (limit, after) = (page_limit(query)?, page_cursor::<id::Voucher>(query)?);
    let org = (!who.sees_all()).then_some(who.org);
    let rows = store::list(db, org, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(|row| row.wire(today, Vec::new()));
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}
