//! States of a contract, what may be done in each, and who may buy what for what.

use schema::api::programme::PurchasePurpose;
use schema::api::trade::{ContractState, LicenceOffer, Purpose};
use schema::code::Code;
use schema::money::Won;
use schema::money_rules::licence::term;
use schema::money_rules::split::pro_rata;
use schema::money_rules::vat::TaxedPrice;
use schema::notice::SizeClass;
use schema::problem::Refusal;
use schema::time::{Calendar, Day, Instant, Period};

/// What is done to a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trade) enum Command {
    /// One side signs; the other has not yet.
    SignFirst,
    /// The second side signs.
    SignLast,
    /// The buyer shows that it paid its own part.
    Fund,
    /// Bytes are sent to the buyer.
    Deliver,
    /// The buyer accepts, or the window to reject is over.
    Accept,
    /// The buyer rejects the delivery.
    Reject,
    /// The buyer withdraws before delivery.
    Cancel,
    /// A dispute ends with the delivery accepted, wholly or at a lower price.
    Uphold,
    /// A dispute ends with everything refunded.
    Refund,
}

impl Command {
    /// Name in the audit trail and in refusals.
    pub(in crate::trade) const fn action(self) -> &'static str {
        match self {
            Self::SignFirst | Self::SignLast => "contract.sign",
            Self::Fund => "contract.fund",
            Self::Deliver => "contract.deliver",
            Self::Accept => "contract.accept",
            Self::Reject => "contract.reject",
            Self::Cancel => "contract.cancel",
            Self::Uphold => "contract.uphold",
            Self::Refund => "contract.refund",
        }
    }
}

/// The state after `command`, or why it is refused.
pub(in crate::trade) fn next(
    state: ContractState,
    command: Command,
) -> Result<ContractState, Refusal> {
    use Command as C;
    use ContractState as S;
    match (state, command) {
        (S::Ordered, C::SignFirst) => Ok(S::Ordered),
        (S::Ordered, C::SignLast) => Ok(S::Signed),
        (S::Signed, C::Fund) => Ok(S::Funded),
        (S::Funded | S::Delivered, C::Deliver) => Ok(S::Delivered),
        (S::Accepted, C::Deliver) => Ok(S::Accepted),
        (S::Delivered, C::Accept) => Ok(S::Accepted),
        (S::Delivered, C::Reject) => Ok(S::Disputed),
        (S::Disputed, C::Uphold) => Ok(S::Accepted),
        (S::Disputed, C::Refund) => Ok(S::Cancelled),
        (S::Ordered | S::Signed | S::Funded, C::Cancel) => Ok(S::Cancelled),
        (S::Delivered | S::Accepted | S::Disputed, C::Cancel) => {
            Err(refused(state, command).rule("R-066").cure(
                "전달이 시작된 뒤에는 품질 부적합으로만 거절할 수 있습니다.",
                "After delivery has begun only a defect is a reason: reject the delivery.",
            ))
        }
        _ => Err(refused(state, command)),
    }
}

fn refused(state: ContractState, command: Command) -> Refusal {
    Code::StateForbids
        .because(
            format!("`{state}` 상태에서는 `{}`를 할 수 없습니다.", command.action()),
            format!("`{}` is not possible in the state `{state}`.", command.action()),
        )
        .with("state", state.as_str())
        .with("command", command.action())
}

/// The purpose is one that the licence allows.
pub(super) fn licensed(purpose: Purpose, licence: &LicenceOffer) -> Result<(), Refusal> {
    let allowed = &licence.scope.purposes;
    if allowed.is_empty() || allowed.contains(&purpose) {
        return Ok(());
    }
    let words: Vec<&str> = allowed.iter().map(|purpose| purpose.as_str()).collect();
    Err(purpose_refused(
        format!("이 상품의 이용 목적은 {}입니다.", words.join(", ")),
        format!("The licence allows: {}.", words.join(", ")),
    )
    .rule("R-210"))
}

/// The purpose is one that public money may serve: of firms process improvement or a
/// business model, of nonprofits research; and the one that was agreed.
pub(super) fn supported(
    purpose: Purpose,
    class: SizeClass,
    agreed: Option<PurchasePurpose>,
) -> Result<(), Refusal> {
    let asked = match purpose {
        Purpose::ProcessImprovement => Some(PurchasePurpose::ProcessImprovement),
        Purpose::BusinessModel => Some(PurchasePurpose::BusinessModel),
        Purpose::Research => Some(PurchasePurpose::Research),
        Purpose::Internal => None,
    };
    let fits = match class {
        SizeClass::Nonprofit => asked == Some(PurchasePurpose::Research),
        SizeClass::Sme | SizeClass::Midsized | SizeClass::Large => {
            asked.is_some_and(|purpose| purpose != PurchasePurpose::Research)
        }
    };
    if !fits {
        return Err(purpose_refused(
            "바우처는 기업이면 공정개선·사업모델, 비영리면 연구 목적에만 쓸 수 있습니다.".to_owned(),
            "A voucher pays for process improvement or a business model of firms, and for research \
             of nonprofits."
                .to_owned(),
        )
        .rule("R-028"));
    }
    match agreed {
        Some(agreed) if asked != Some(agreed) => Err(purpose_refused(
            format!("협약의 이용 목적은 `{agreed}`입니다."),
            format!("The agreement is for `{agreed}`."),
        )
        .rule("R-028")),
        _ => Ok(()),
    }
}

fn purpose_refused(ko: String, en: String) -> Refusal {
    Code::InvalidField.because(ko, en).field("purpose")
}

/// How a price is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trade) struct Shares {
    /// Supply value: the listed price.
    pub(in crate::trade) supply: Won,
    /// VAT on the whole of it.
    pub(in crate::trade) vat: Won,
    /// Public share.
    pub(in crate::trade) support: Won,
    /// The buyer's share of the supply value.
    pub(in crate::trade) company_share: Won,
    /// What the buyer transfers: its share and the VAT.
    pub(in crate::trade) own_payment: Won,
}

/// The shares of a listed price of which `support` is public.
pub(super) fn shares(supply: Won, support: Won) -> Result<Shares, Refusal> {
    let vat = TaxedPrice::from_supply(supply).map(|price| price.vat);
    let company_share = supply.checked_sub(support);
    let own = vat.zip(company_share).and_then(|(vat, share)| share.checked_add(vat));
    match (vat, company_share, own) {
        (Some(vat), Some(company_share), Some(own_payment)) => {
            Ok(Shares { supply, vat, support, company_share, own_payment })
        }
        _ => Err(Code::PriceInvalid
            .because("가격을 계산할 수 없습니다.", "The price cannot be shared out.")
            .rule("R-057")),
    }
}

/// What went back, by source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trade) struct Back {
    pub(in crate::trade) supply: Won,
    pub(in crate::trade) vat: Won,
    pub(in crate::trade) public: Won,
    pub(in crate::trade) own: Won,
}

/// The shares of a price after a refund of `refund` of its supply value: what goes back to each source
/// pro rata, and what is left. VAT follows the supply value that is left.
pub(super) fn lowered(shares: &Shares, refund: Won) -> Result<(Back, Shares), Refusal> {
    let wrong = || {
        Code::PriceInvalid
            .because(
                "환불할 공급가액은 0보다 크고 계약 금액보다 작아야 합니다.",
                "The supply value to be refunded must be above zero and below the price.",
            )
            .rule("R-066")
            .field("refunded_supply")
            .with("supply", shares.supply.get())
    };
    if refund == Won::ZERO || refund >= shares.supply {
        return Err(wrong());
    }
    let parts = pro_rata(refund, &[shares.support, shares.company_share]).map_err(|_| wrong())?;
    let [public, own] = parts.as_slice() else { return Err(wrong()) };
    let left =
        self::shares(shares.supply.saturating_sub(refund), shares.support.saturating_sub(*public))?;
    let vat = shares.vat.saturating_sub(left.vat);
    Ok((Back { supply: refund, vat, public: *public, own: *own }, left))
}

/// The shares of a price after a rebate of which `public` belongs to public money: the price falls by
/// that part, and what the buyer paid stays.
pub(in crate::trade) fn rebated(shares: &Shares, public: Won) -> Option<Shares> {
    Some(Shares {
        supply: shares.supply.checked_sub(public)?,
        support: shares.support.checked_sub(public)?,
        ..*shares
    })
}

/// A price of the same data in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trade) struct Priced {
    /// The price.
    pub(in crate::trade) price: Won,
    /// Since when it was asked.
    pub(in crate::trade) from: Instant,
    /// When another took its place.
    pub(in crate::trade) until: Option<Instant>,
}

/// The price that counts as cost: never more than the lowest that was asked for the data
/// since the award (`since`), nor more than is asked now.
pub(in crate::trade) fn eligible(
    asked: Won,
    history: &[Priced],
    since: Instant,
    now: Instant,
) -> Won {
    let counted =
        history.iter().filter(|one| one.from <= now && one.until.is_none_or(|until| until > since));
    let lowest = counted.map(|one| one.price).min().unwrap_or(asked);
    schema::money_rules::support::eligible_price(lowest, asked)
}

/// The transfer is exactly the buyer's own part: no declared payment counts, and a short or
/// long one is a sign that something else was agreed.
pub(super) fn transferred(due: Won, transferred: Won) -> Result<(), Refusal> {
    if due == transferred {
        return Ok(());
    }
    Err(Code::EvidenceMissing
        .because(
            format!("자부담과 부가가치세 {due}원을 이체해야 하는데 {transferred}원입니다."),
            format!("{due} won of own share and VAT are due, {transferred} won were transferred."),
        )
        .rule("R-062")
        .field("transferred")
        .with("due", due.get())
        .with("transferred", transferred.get()))
}

/// A digest as 64 lower-case hexadecimal digits.
pub(super) fn sha256_hex(field: &str, text: &str) -> Result<String, Refusal> {
    let hex = text.to_ascii_lowercase();
    if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Code::InvalidField
            .because("SHA-256은 16진수 64자리입니다.", "A SHA-256 has 64 hexadecimal digits.")
            .field(field));
    }
    Ok(hex)
}

/// What is signed is what is in force.
pub(super) fn same_terms(shown: &str, in_force: &str) -> Result<(), Refusal> {
    if shown.eq_ignore_ascii_case(in_force) {
        return Ok(());
    }
    Err(Code::TermsChanged
        .because(
            "보내신 해시가 현재 조건의 해시와 다릅니다.",
            "The hash sent is not that of the terms in force.",
        )
        .cure(
            "조건을 다시 읽고 그 해시로 보내 주세요.",
            "Read the terms again and send their hash.",
        )
        .with("terms_hash", in_force))
}

/// Last day to reject a delivery that began at `delivered`, moved off days off.
pub(in crate::trade) fn reject_by(
    delivered: Instant,
    days: u32,
    calendar: &Calendar,
) -> Option<Day> {
    Some(Period::days_after(delivered.seoul_day(), days).ok()?.shifted(calendar).end())
}

/// Last day on which a licence may be used: none before delivery and without a term.
pub(super) fn last_day(delivered: Option<Instant>, months: Option<u32>) -> Option<Day> {
    Some(term(delivered?.seoul_day(), months?)?.end())
}

/// Whether a delivery may still be rejected at `now`.
pub(super) fn may_reject(reject_by: Option<Day>, now: Instant) -> Result<(), Refusal> {
    match reject_by {
        Some(day) if now >= day.end() => Err(Code::PeriodOver
            .because(
                format!("거절할 수 있는 기간은 {day}까지였습니다."),
                format!("The delivery could be rejected until {day}."),
            )
            .rule("R-165")
            .with("reject_by", day.to_string())),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
