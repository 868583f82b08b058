//! The steps of a contract after the order: signatures, payment, acceptance, rejection, withdrawal.

use schema::api::trade::{
    Contract, ContractState, Fund, ListingState, Sign, Signature, SignatureSide,
};
use schema::api::vouchers::UseState;
use schema::code::Code;
use schema::id::{AuditId, ContractId, TransferId};
use schema::money::Won;
use schema::time::Instant;
use serde_json::{Value, json};

use super::rules::{self, Back, Command};
use super::seal::seal;
use super::service::row_seen_in;
use super::store::{self, Row, SignatureRow};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::idempotency::{Once, Ticket, once_in};
use crate::ledger::AccountKey;
use crate::ledger::service::{Posting, post_in};
use crate::trade::{dispute, listing};
use crate::vouchers::service as vouchers;

/// Contracts accepted in one run of the timer.
const DUE_MAX: i64 = 500;

/// A step of the audit trail.
struct Line<'a> {
    id: AuditId,
    at: Instant,
    who: Option<&'a Principal>,
    command: Command,
    from: ContractState,
    reason: Option<&'a str>,
    body: Value,
}

fn record_in(db: &mut Db, row: &Row, line: Line<'_>) -> AppResult<()> {
    audit::record_in(
        db,
        &Entry {
            id: line.id,
            at: line.at,
            who: line.who,
            object: row.id.as_str(),
            action: line.command.action(),
            from: Some(line.from.as_str()),
            to: Some(row.state.as_str()),
            reason: line.reason,
            body: line.body,
        },
    )
}

/// Signs for the caller's side. With the second signature the exchange signs, too.
pub async fn sign(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ContractId,
    sign: Sign,
) -> AppResult<Once<Contract>> {
    let (now, audit, keys) = (app.clock.now(), app.clock.fresh(), app.clone());
    app.store
        .write(move |db| {
            let row = row_seen_in(db, &who, id)?;
            let side = if who.org == row.buyer_id {
                policy::act(&who, Action::ContractBuy, &[row.buyer_id])?;
                SignatureSide::Buyer
            } else {
                policy::act(&who, Action::ContractSell, &[row.seller_id])?;
                SignatureSide::Seller
            };
            once_in(db, &ticket, now, |db| {
                let (mut row, from) = (row, ContractState::Ordered);
                rules::next(row.state, Command::SignFirst)?;
                rules::same_terms(&sign.terms_hash, &row.terms_hash)?;
                let given = store::signatures(db, id)?;
                if given.iter().any(|signature| signature.side == side) {
                    return Err(signed_before(side));
                }
                let signature = SignatureRow {
                    contract_id: id,
                    side,
                    user_id: who.user,
                    org_id: who.org,
                    at: now.as_micros(),
                    terms_hash: row.terms_hash.clone(),
                };
                store::sign(db, &signature)?;
                let last = !given.is_empty();
                let command = if last { Command::SignLast } else { Command::SignFirst };
                row.state = rules::next(from, command)?;
                if last {
                    row.signed_at = Some(now.as_micros());
                    let signatures: Vec<Signature> =
                        given.into_iter().chain([signature]).map(Signature::from).collect();
                    let payload = json!({
                        "contract": id, "terms_hash": row.terms_hash, "signatures": signatures,
                        "signed_at": now,
                    });
                    store::seal(db, id, &seal(&keys.keys, &payload)?)?;
                }
                store::advance(db, from, &row)?;
                let body = json!({"side": side, "terms_hash": row.terms_hash});
                let line =
                    Line { id: audit, at: now, who: Some(&who), command, from, reason: None, body };
                record_in(db, &row, line)?;
                row.into_wire_in(db)
            })
        })
        .await
}

fn signed_before(side: SignatureSide) -> AppError {
    Code::StateForbids
        .because("이미 서명했습니다.", "This side has signed already.")
        .with("side", side.as_str())
        .into()
}

/// Ids and time of a step, made before the transaction.
#[derive(Clone, Copy)]
pub(in crate::trade) struct Fresh {
    pub(in crate::trade) now: Instant,
    pub(in crate::trade) audit: AuditId,
    /// For the buyer's own payment.
    own: TransferId,
    /// For the voucher.
    voucher: TransferId,
}

impl Fresh {
    pub(in crate::trade) fn of(app: &App) -> Fresh {
        Fresh {
            now: app.clock.now(),
            audit: app.clock.fresh(),
            own: app.clock.fresh(),
            voucher: app.clock.fresh(),
        }
    }
}

/// What a step does to a contract besides its state.
struct Done {
    reason: Option<String>,
    body: Value,
}

/// A step of the buyer: loads, checks, does `work`, stores, records.
async fn buyer_step(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ContractId,
    command: Command,
    work: impl Fn(&mut Db, &mut Row, Fresh) -> AppResult<Done> + Send + 'static,
) -> AppResult<Once<Contract>> {
    let fresh = Fresh::of(app);
    app.store
        .write(move |db| {
            let row = row_seen_in(db, &who, id)?;
            policy::act(&who, Action::ContractBuy, &[row.buyer_id])?;
            once_in(db, &ticket, fresh.now, |db| {
                let (mut row, from) = (row.clone(), row.state);
                row.state = rules::next(from, command)?;
                let Done { reason, body } = work(db, &mut row, fresh)?;
                store::advance(db, from, &row)?;
                let line = Line {
                    id: fresh.audit,
                    at: fresh.now,
                    who: Some(&who),
                    command,
                    from,
                    reason: reason.as_deref(),
                    body,
                };
                record_in(db, &row, line)?;
                row.into_wire_in(db)
            })
        })
        .await
}

/// Books the buyer's own payment to the seller; it must be exact.
pub async fn fund(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ContractId,
    fund: Fund,
) -> AppResult<Once<Contract>> {
    let proof = rules::sha256_hex("proof_sha256", &fund.proof_sha256)?;
    buyer_step(app, who, ticket, id, Command::Fund, move |db, row, fresh| {
        payable_in(db, row, fresh.now)?;
        rules::transferred(row.own_payment, fund.transferred)?;
        own_payment_in(db, row, Way::ToSeller, fresh)?;
        row.funded_at = Some(fresh.now.as_micros());
        row.proof_sha256 = Some(proof.clone());
        Ok(Done { reason: None, body: json!({"transferred": fund.transferred, "proof": proof}) })
    })
    .await
}

/// While a product is suspended or removed an order stays, but nobody pays (edge case 5).
fn payable_in(db: &mut Db, row: &Row, now: Instant) -> AppResult<()> {
    let listing =
        Ok(listing::service::listing_in(db, row.listing_id, now)?).or_not_found("listing")?;
    match listing.state {
        ListingState::Suspended | ListingState::Removed => {
            Err(listing::not_listed().with("state", listing.state.as_str()).into())
        }
        _ => Ok(()),
    }
}

/// Which way the buyer's own payment goes.
#[derive(Clone, Copy)]
enum Way {
    ToSeller,
    BackToBuyer,
}

fn own_payment_in(db: &mut Db, row: &Row, way: Way, fresh: Fresh) -> AppResult<()> {
    own_part_in(db, row, row.own_payment, way, fresh)
}

fn own_part_in(db: &mut Db, row: &Row, amount: Won, way: Way, fresh: Fresh) -> AppResult<()> {
    if amount == Won::ZERO {
        return Ok(());
    }
    let (buyer, seller) = (AccountKey::Payer(row.buyer_id), AccountKey::PayeeOwn(row.seller_id));
    let (debit, credit, why) = match way {
        Way::ToSeller => (buyer, seller, "contract.fund"),
        Way::BackToBuyer => (seller, buyer, "contract.cancel"),
    };
    let (id, object) = (fresh.own, row.id.as_str());
    post_in(db, &[Posting { id, debit, credit, amount, why, object }], fresh.now)
}

/// Accepts a delivery; a voucher's hold becomes a commitment.
pub async fn accept(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ContractId,
) -> AppResult<Once<Contract>> {
    buyer_step(app, who, ticket, id, Command::Accept, |db, row, fresh| {
        accepted_in(db, row, fresh)?;
        Ok(Done { reason: None, body: json!({"by": "buyer"}) })
    })
    .await
}

fn accepted_in(db: &mut Db, row: &mut Row, fresh: Fresh) -> AppResult<()> {
    if row.voucher_id.is_some() {
        vouchers::commit_in(db, row.id, [fresh.voucher], fresh.now)?;
    }
    row.accepted_at = Some(fresh.now.as_micros());
    Ok(())
}

/// Rejects a delivery that is not what the published report says.
pub async fn reject(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ContractId,
    reason: String,
) -> AppResult<Once<Contract>> {
    listing::prose("reason", &reason, 1_000)?;
    buyer_step(app, who, ticket, id, Command::Reject, move |db, row, fresh| {
        rules::may_reject(row.reject_by()?, fresh.now)?;
        end(row, fresh.now, &reason);
        dispute::open_in(db, row, &reason, (fresh.audit, fresh.now))?;
        Ok(Done { reason: Some(reason.clone()), body: json!({}) })
    })
    .await
}

/// Withdraws from a contract before delivery: the hold is released, and what was paid goes
/// back.
pub async fn cancel(
    app: &App,
    who: Principal,
    ticket: Ticket,
    id: ContractId,
    reason: String,
) -> AppResult<Once<Contract>> {
    if !reason.is_empty() {
        listing::prose("reason", &reason, 1_000)?;
    }
    buyer_step(app, who, ticket, id, Command::Cancel, move |db, row, fresh| {
        if row.voucher_id.is_some() && !lapsed_in(db, row.id)? {
            vouchers::release_in(db, row.id, [fresh.voucher], fresh.now)?;
        }
        if row.funded_at.is_some() {
            own_payment_in(db, row, Way::BackToBuyer, fresh)?;
        }
        end(row, fresh.now, &reason);
        let reason = (!reason.is_empty()).then(|| reason.clone());
        Ok(Done { reason, body: json!({"refunded": row.funded_at.is_some()}) })
    })
    .await
}

/// Whether the hold was given back before, because the voucher's period is over.
fn lapsed_in(db: &mut Db, id: ContractId) -> AppResult<bool> {
    Ok(vouchers::use_in(db, id)?.state == UseState::Released)
}

/// How a dispute ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trade) enum Resolved {
    /// The delivery was as promised.
    Accepted,
    /// Everything goes back.
    Refunded,
    /// So much of the supply value goes back; the rest is accepted.
    Partly(Won),
}

/// Ends the dispute about a contract, inside the caller's transaction, which has asked for the
/// permission: moves the money, the contract and its trail. Answers what went back.
pub(in crate::trade) fn resolved_in(
    db: &mut Db,
    who: Option<&Principal>,
    mut row: Row,
    how: Resolved,
    reason: &str,
    fresh: Fresh,
) -> AppResult<Back> {
    let from = row.state;
    let command = if how == Resolved::Refunded { Command::Refund } else { Command::Uphold };
    row.state = rules::next(from, command)?;
    let mut back = Back { supply: Won::ZERO, vat: Won::ZERO, public: Won::ZERO, own: Won::ZERO };
    match how {
        Resolved::Accepted => {}
        Resolved::Refunded => {
            back = Back {
                supply: row.supply,
                vat: row.vat,
                public: row.support,
                own: row.company_share,
            };
            if row.voucher_id.is_some() && !lapsed_in(db, row.id)? {
                vouchers::release_in(db, row.id, [fresh.voucher], fresh.now)?;
            }
            own_payment_in(db, &row, Way::BackToBuyer, fresh)?;
            end(&mut row, fresh.now, reason);
        }
        Resolved::Partly(refund) => {
            let (parts, rest) = rules::lowered(&row.shares(), refund)?;
            back = parts;
            if row.voucher_id.is_some() {
                let (of, public) = (row.supply, parts.public);
                let cut = vouchers::Cut::Refund { of, supply: refund, public };
                vouchers::lower_in(db, row.id, cut, fresh.audit.nth(1), fresh.now)?;
            }
            let money = parts.own.checked_add(parts.vat).ok_or_else(too_much)?;
            own_part_in(db, &row, money, Way::BackToBuyer, fresh)?;
            row.set_shares(&rest);
        }
    }
    if how != Resolved::Refunded {
        (row.ended_at, row.end_reason) = (None, None);
        accepted_in(db, &mut row, fresh)?;
    }
    store::advance(db, from, &row)?;
    store::set_amounts(db, &row)?;
    let body = json!({
        "refunded_supply": back.supply, "refunded_vat": back.vat,
        "refunded_public": back.public, "refunded_own": back.own,
    });
    let line =
        Line { id: fresh.audit, at: fresh.now, who, command, from, reason: Some(reason), body };
    record_in(db, &row, line)?;
    Ok(back)
}

fn too_much() -> AppError {
    AppError::Internal(anyhow::anyhow!("the parts of a refund are too large"))
}

fn end(row: &mut Row, now: Instant, reason: &str) {
    row.ended_at = Some(now.as_micros());
    row.end_reason = (!reason.is_empty()).then(|| reason.to_owned());
}

/// Accepts every delivery whose window to reject is over. Idempotent; for the timer. Answers how
/// many were accepted.
pub async fn accept_due(app: &App) -> AppResult<usize> {
    let now = app.clock.now();
    let today = now.seoul_day();
    let due = app.store.read(move |db| store::due(db, today, DUE_MAX)).await?;
    let mut accepted = 0;
    for id in due {
        let fresh = Fresh::of(app);
        let done = app.store.write(move |db| accept_due_in(db, id, fresh)).await;
        match done {
            Ok(true) => accepted += 1,
            Ok(false) => {}
            // One contract that cannot be accepted, such as one whose voucher has run out, must not
            // stop the others; it waits for a person.
            Err(AppError::Refused(why)) => {
                tracing::warn!(contract.id = %id, code = why.code.slug(), "not accepted by time");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(accepted)
}

fn accept_due_in(db: &mut Db, id: ContractId, fresh: Fresh) -> AppResult<bool> {
    let now = fresh.now;
    let mut row = store::find(db, id).or_not_found("contract")?;
    let from = row.state;
    let over = row.reject_by()?.is_some_and(|day| now >= day.end());
    if from != ContractState::Delivered || !over {
        return Ok(false);
    }
    row.state = rules::next(from, Command::Accept)?;
    accepted_in(db, &mut row, fresh)?;
    store::advance(db, from, &row)?;
    let (command, body) = (Command::Accept, json!({"by": "time", "rule": "R-165"}));
    let id = fresh.audit;
    record_in(db, &row, Line { id, at: now, who: None, command, from, reason: None, body })?;
    Ok(true)
}

/// Marks that the public share of an accepted contract is paid, once. For the settlement, inside
/// the transaction that pays; its own audit line says who paid.
pub fn paid_in(db: &mut Db, id: ContractId, now: Instant) -> AppResult<()> {
    let mut row = store::find(db, id).or_not_found("contract")?;
    if row.state != ContractState::Accepted || row.paid_at.is_some() {
        return Err(Code::StateForbids
            .because(
                "검수가 끝나고 아직 지급되지 않은 계약만 지급할 수 있습니다.",
                "Only an accepted contract that is not paid yet can be paid.",
            )
            .rule("R-062")
            .with("state", row.state.as_str())
            .into());
    }
    row.paid_at = Some(now.as_micros());
    store::advance(db, ContractState::Accepted, &row)
}
