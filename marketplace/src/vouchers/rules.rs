//! What may be done with a voucher, and what it does to the amounts.
//!
//! Each command takes the voucher and answers the voucher afterwards with the moves between its
//! places. Places are abstract here; the service knows which accounts they are.

use schema::api::vouchers::{UseState, VoucherState, VoucherStop};
use schema::code::Code;
use schema::id::UserId;
use schema::money::Won;
use schema::money_rules::split::pro_rata;
use schema::money_rules::support::{Ceilings, Support, Terms, cumulative_support};
use schema::problem::Refusal;
use schema::time::{Instant, Period};

/// A voucher with what its rules need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Purse {
    pub(super) state: VoucherState,
    /// Ratio, approved amount as the cap, rounding.
    pub(super) terms: Terms,
    pub(super) period: Period,
    pub(super) available: Won,
    pub(super) held: Won,
    pub(super) committed: Won,
    pub(super) paid: Won,
    pub(super) refunded: Won,
    pub(super) returned: Won,
    /// Supply value of the uses that stand, less what was refunded of it.
    pub(super) cost: Won,
    /// Support of the uses that stand, less what was refunded of it.
    pub(super) granted: Won,
}

/// A use as its rules see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) state: UseState,
    pub(super) supply: Won,
    pub(super) support: Won,
    pub(super) company_share: Won,
    pub(super) refunded_supply: Won,
    pub(super) refunded: Won,
}

/// Where money of a voucher can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Available,
    Held,
    Committed,
    /// With the seller.
    Seller,
    /// Back in the budget, or with the state.
    Back,
}

/// Money that goes from one place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) from: Place,
    pub(super) to: Place,
    pub(super) amount: Won,
}

/// What a command does: the voucher afterwards, the use afterwards, and the moves that lead there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) purse: Purse,
    pub(super) used: Option<Use>,
    pub(super) moves: Vec<Move>,
}

impl Purse {
    /// Whether more can be bought with it at `now`.
    fn spendable(&self, now: Instant) -> bool {
        matches!(self.state, VoucherState::Active | VoucherState::Exhausted)
            && !self.period.is_over(now)
    }

    /// The purse after a move, or `None` if a place has less than is taken.
    fn after(mut self, step: Move) -> Option<Purse> {
        let Move { from, to, amount } = step;
        match from {
            Place::Available => self.available = self.available.checked_sub(amount)?,
            Place::Held => self.held = self.held.checked_sub(amount)?,
            Place::Committed => self.committed = self.committed.checked_sub(amount)?,
            Place::Seller => {
                self.refunded = self.refunded.checked_add(amount)?;
                self.paid.checked_sub(self.refunded)?;
            }
            Place::Back => return None,
        }
        match to {
            Place::Available => self.available = self.available.checked_add(amount)?,
            Place::Held => self.held = self.held.checked_add(amount)?,
            Place::Committed => self.committed = self.committed.checked_add(amount)?,
            Place::Seller => self.paid = self.paid.checked_add(amount)?,
            Place::Back => self.returned = self.returned.checked_add(amount)?,
        }
        Some(self)
    }

    /// The purse after several moves, in the state that its amounts call for.
    fn moved(mut self, moves: &[Move]) -> Result<Purse, Refusal> {
        for step in moves {
            self = self.after(*step).ok_or_else(torn)?;
        }
        if matches!(self.state, VoucherState::Active | VoucherState::Exhausted) {
            self.state = match self.available {
                Won::ZERO => VoucherState::Exhausted,
                _ => VoucherState::Active,
            };
        }
        Ok(self)
    }

    /// What remains of the approved amount, if the invariant holds.
    #[cfg(test)]
    pub(super) fn sum(&self) -> Option<Won> {
        let net = self.paid.checked_sub(self.refunded)?;
        Won::checked_sum([self.available, self.held, self.committed, net, self.returned])
    }

    /// Where money goes that comes back at `now`.
    fn home(&self, now: Instant) -> Place {
        if self.spendable(now) { Place::Available } else { Place::Back }
    }

    fn forget(&mut self, supply: Won, support: Won) {
        self.cost = self.cost.saturating_sub(supply);
        self.granted = self.granted.saturating_sub(support);
    }
}

/// Amounts that cannot come from these rules. The transaction is given up.
fn torn() -> Refusal {
    Code::StateForbids
        .because("바우처 금액이 맞지 않습니다.", "The amounts of the voucher do not fit.")
        .rule("R-061")
}

/// An order holds its support.
pub(super) fn hold(purse: &Purse, supply: Won, now: Instant) -> Result<Step, Refusal> {
    usable(purse, now)?;
    let Support { support, company_share, .. } = supported(purse, supply)?;
    let moves = vec![Move { from: Place::Available, to: Place::Held, amount: support }];
    let mut purse = purse.clone().moved(&moves)?;
    purse.cost = purse.cost.checked_add(supply).ok_or_else(torn)?;
    purse.granted = purse.granted.checked_add(support).ok_or_else(torn)?;
    let used = Use {
        state: UseState::Held,
        supply,
        support,
        company_share,
        refunded_supply: Won::ZERO,
        refunded: Won::ZERO,
    };
    Ok(Step { purse, used: Some(used), moves })
}

/// The support of a further purchase: the difference of the cumulative amounts, never above
/// what is available, and never more in all than the purchases that stand would get at once.
fn supported(purse: &Purse, supply: Won) -> Result<Support, Refusal> {
    let total = purse.cost.checked_add(supply).unwrap_or(Won::MAX);
    let ceilings = Ceilings {
        approved: Some(purse.terms.computed(total).saturating_sub(purse.granted)),
        remaining_agreement: Some(purse.available),
        remaining_budget: None,
    };
    let refused = |ko: &str, en: &str, code: Code| {
        code.because(ko, en)
            .rule("R-052")
            .with("available", purse.available.get())
            .cure("바우처 없이 구매할 수 있습니다.", "It can be bought without the voucher.")
    };
    match cumulative_support(purse.cost, supply, &purse.terms, ceilings) {
        Err(_) => Err(refused(
            "지원 대상 금액은 1원 이상이어야 합니다.",
            "The eligible cost must be at least one won.",
            Code::PriceInvalid,
        )),
        Ok(found) if found.support > Won::ZERO => Ok(found),
        Ok(_) if purse.available == Won::ZERO => Err(refused(
            "바우처에 남은 금액이 없습니다.",
            "Nothing is left on the voucher.",
            Code::VoucherShort,
        )),
        Ok(_) => Err(refused(
            "계산된 지원금이 0원입니다.",
            "The support would be zero.",
            Code::SupportZero,
        )),
    }
}

/// Refuses a voucher that cannot be spent at `now`.
fn usable(purse: &Purse, now: Instant) -> Result<(), Refusal> {
    if purse.period.is_over(now) || purse.state == VoucherState::Expired {
        return Err(over(purse));
    }
    match purse.state {
        VoucherState::Active | VoucherState::Exhausted => Ok(()),
        VoucherState::Expired | VoucherState::Frozen | VoucherState::Revoked => {
            Err(inactive(purse))
        }
    }
}

fn over(purse: &Purse) -> Refusal {
    let end = purse.period.end();
    Code::PeriodOver
        .because(
            format!("바우처 사용기간이 {end}에 끝났습니다."),
            format!("The period of the voucher ended on {end}."),
        )
        .rule("R-064")
        .with("ended", end.to_string())
}

fn inactive(purse: &Purse) -> Refusal {
    let state = purse.state;
    Code::VoucherInactive
        .because(
            format!("사용할 수 없는 바우처입니다: {state}"),
            format!("A voucher that is {state} cannot be used."),
        )
        .rule("R-061")
        .with("state", state.as_str())
}

/// Refuses a use that is in none of the states wanted.
fn must_be(used: &Use, wanted: &[UseState]) -> Result<(), Refusal> {
    if wanted.contains(&used.state) {
        return Ok(());
    }
    let state = used.state;
    Err(Code::StateForbids
        .because(
            format!("바우처 사용 건의 상태에서 할 수 없습니다: {state}"),
            format!("This use of the voucher is {state}."),
        )
        .rule("R-061")
        .with("state", state.as_str()))
}

/// The buyer accepted the delivery, within the period.
pub(super) fn commit(purse: &Purse, used: &Use, now: Instant) -> Result<Step, Refusal> {
    if used.state == UseState::Released && purse.state == VoucherState::Expired {
        return Err(over(purse));
    }
    must_be(used, &[UseState::Held])?;
    usable(purse, now)?;
    let moves = vec![Move { from: Place::Held, to: Place::Committed, amount: used.support }];
    let purse = purse.clone().moved(&moves)?;
    Ok(Step { purse, used: Some(Use { state: UseState::Committed, ..*used }), moves })
}

/// The order came to nothing: what it held, or had used without being paid, is free again.
pub(super) fn release(purse: &Purse, used: &Use, now: Instant) -> Result<Step, Refusal> {
    must_be(used, &[UseState::Held, UseState::Committed])?;
    let from = match used.state {
        UseState::Held => Place::Held,
        _ => Place::Committed,
    };
    let moves = vec![Move { from, to: purse.home(now), amount: used.support }];
    let mut purse = purse.clone().moved(&moves)?;
    purse.forget(used.supply, used.support);
    Ok(Step { purse, used: Some(Use { state: UseState::Released, ..*used }), moves })
}

/// An order costs less than it did: its price was lowered by a refund before payment, or by
/// a rebate. `supply` is what the cost falls by; `public` is the part of it that belongs to
/// public money, or `None` when the support is to be computed anew on the cost that is left.
pub(super) fn lower(
    purse: &Purse,
    used: &Use,
    supply: Won,
    public: Option<Won>,
    now: Instant,
) -> Result<Step, Refusal> {
    must_be(used, &[UseState::Held, UseState::Committed])?;
    let freed = public.unwrap_or_else(|| {
        let all = purse.terms.computed(purse.cost.saturating_sub(supply));
        purse.granted.saturating_sub(all).min(used.support)
    });
    let left = used.supply.checked_sub(supply);
    let support = used.support.checked_sub(freed).filter(|support| *support > Won::ZERO);
    let shares = left
        .zip(support)
        .and_then(|(left, support)| Some((left, support, left.checked_sub(support)?)));
    let Some((left, support, company_share)) = shares else {
        return Err(Code::PriceInvalid
            .because(
                "남는 지원금이 없습니다. 계약 전체를 취소하거나 환불하세요.",
                "No support would be left. Cancel or refund the whole contract.",
            )
            .rule("R-066")
            .with("supply", used.supply.get())
            .with("support", used.support.get()));
    };
    let from = match used.state {
        UseState::Held => Place::Held,
        _ => Place::Committed,
    };
    let moves = vec![Move { from, to: purse.home(now), amount: freed }];
    let mut purse = purse.clone().moved(&moves)?;
    purse.forget(supply, freed);
    Ok(Step { purse, used: Some(Use { supply: left, support, company_share, ..*used }), moves })
}

/// The public share is paid. That may happen after the period, but not from a voucher that the
/// agency has stopped.
pub(super) fn pay(purse: &Purse, used: &Use) -> Result<Step, Refusal> {
    must_be(used, &[UseState::Committed])?;
    if matches!(purse.state, VoucherState::Frozen | VoucherState::Revoked) {
        return Err(inactive(purse));
    }
    let moves = vec![Move { from: Place::Committed, to: Place::Seller, amount: used.support }];
    let purse = purse.clone().moved(&moves)?;
    Ok(Step { purse, used: Some(Use { state: UseState::Paid, ..*used }), moves })
}

/// The seller refunds `supply` of the price; each source gets its part of it. Answers the
/// step and the part of the buyer. Parts are taken from the sum refunded so far, so that many small
/// refunds give the same as a large one.
pub(super) fn refund(
    purse: &Purse,
    used: &Use,
    supply: Won,
    now: Instant,
) -> Result<(Step, Won), Refusal> {
    must_be(used, &[UseState::Paid])?;
    let refunded_supply = used.refunded_supply.checked_add(supply).unwrap_or(Won::MAX);
    let above = || {
        let left = used.supply.saturating_sub(used.refunded_supply);
        Code::PriceInvalid
            .because(
                format!("환불할 수 있는 금액은 {left}원까지입니다."),
                format!("At most {left} won can be refunded."),
            )
            .rule("R-066")
            .with("left", left.get())
    };
    if supply == Won::ZERO {
        return Err(above());
    }
    let parts = pro_rata(refunded_supply, &[used.support, used.company_share]);
    let public = parts.ok().and_then(|parts| parts.first().copied()).ok_or_else(above)?;
    let public_now = public.saturating_sub(used.refunded);
    let own_now = supply.saturating_sub(public_now);
    let moves = vec![Move { from: Place::Seller, to: purse.home(now), amount: public_now }];
    let mut purse = purse.clone().moved(&moves)?;
    purse.forget(supply, public_now);
    let whole = refunded_supply == used.supply;
    let used = Use {
        state: if whole { UseState::Refunded } else { UseState::Paid },
        refunded_supply,
        refunded: used.refunded.checked_add(public_now).ok_or_else(torn)?,
        ..*used
    };
    Ok((Step { purse, used: Some(used), moves }, own_now))
}

/// The period is over: what is available and what open orders hold goes back. `None` if
/// there is nothing to do, so that it can be asked any number of times. A voucher that is stopped
/// lapses like any other, and stays stopped.
pub(super) fn expire(purse: &Purse, now: Instant) -> Result<Option<Step>, Refusal> {
    let (idle, then) = match purse.state {
        VoucherState::Active | VoucherState::Exhausted => (false, VoucherState::Expired),
        VoucherState::Frozen => {
            (purse.held == Won::ZERO && purse.available == Won::ZERO, VoucherState::Frozen)
        }
        VoucherState::Expired | VoucherState::Revoked => (true, purse.state),
    };
    if idle || !purse.period.is_over(now) {
        return Ok(None);
    }
    emptied(purse, then).map(Some)
}

/// The state of a voucher that the agency freezes, if it can still be spent.
pub(super) fn frozen(state: VoucherState) -> Option<VoucherState> {
    matches!(state, VoucherState::Active | VoucherState::Exhausted).then_some(VoucherState::Frozen)
}

/// The state of a frozen voucher that is released again.
pub(super) fn thawed(purse: &Purse) -> Option<VoucherState> {
    (purse.state == VoucherState::Frozen).then_some(match purse.available {
        Won::ZERO => VoucherState::Exhausted,
        _ => VoucherState::Active,
    })
}

/// The agency ended the agreement: what is available and what open orders hold goes back, and what
/// deliveries have used is not paid. `None` if there is nothing to do.
pub(super) fn revoke(purse: &Purse) -> Result<Option<Step>, Refusal> {
    match purse.state {
        VoucherState::Revoked => Ok(None),
        _ => emptied(purse, VoucherState::Revoked).map(Some),
    }
}

/// The work is done before its time: nothing more is bought, but what deliveries have used is paid.
pub(super) fn close(purse: &Purse) -> Result<Option<Step>, Refusal> {
    match purse.state {
        VoucherState::Active | VoucherState::Exhausted => {
            emptied(purse, VoucherState::Expired).map(Some)
        }
        _ => Ok(None),
    }
}

/// Everything that is available or held goes back, and the voucher is in the state `then`.
fn emptied(purse: &Purse, then: VoucherState) -> Result<Step, Refusal> {
    let moves = vec![
        Move { from: Place::Held, to: Place::Back, amount: purse.held },
        Move { from: Place::Available, to: Place::Back, amount: purse.available },
    ];
    let mut purse = purse.clone().moved(&moves)?;
    purse.state = then;
    Ok(Step { purse, used: None, moves })
}

/// The agency stops the voucher, lets it go on, or takes it back. Taking it back needs a
/// voucher that is stopped, and another person than the one who stopped it; what was accepted stays
/// committed until it is decided whether the seller is paid.
pub(super) fn stop(
    purse: &Purse,
    command: VoucherStop,
    stopped_by: Option<UserId>,
    who: UserId,
) -> Result<Step, Refusal> {
    let still =
        |state| Step { purse: Purse { state, ..purse.clone() }, used: None, moves: Vec::new() };
    let then = match command {
        VoucherStop::Freeze => frozen(purse.state),
        VoucherStop::Thaw => thawed(purse),
        VoucherStop::Revoke => None,
    };
    match (command, purse.state) {
        (VoucherStop::Revoke, VoucherState::Frozen) if stopped_by == Some(who) => {
            Err(Code::DutiesSeparated
                .because(
                    "바우처를 정지한 사람은 회수를 결정할 수 없습니다.",
                    "The person who stopped the voucher may not take it back.",
                )
                .rule("R-133")
                .cure(
                    "전문기관의 다른 담당자가 결정해야 합니다.",
                    "Another person of the agency must decide.",
                ))
        }
        (VoucherStop::Revoke, VoucherState::Frozen) => emptied(purse, VoucherState::Revoked),
        (_, state) => then.map(still).ok_or_else(|| {
            Code::StateForbids
                .because(
                    format!("바우처의 상태에서 할 수 없습니다: {state}"),
                    format!("This cannot be done to a voucher that is {state}."),
                )
                .rule("R-133")
                .with("state", state.as_str())
        }),
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
