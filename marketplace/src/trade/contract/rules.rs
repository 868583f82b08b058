//! States of a contract, what may be done in each, and who may buy what for what.

use schema::api::programme::PurchasePurpose;
use schema::api::trade::{ContractState, LicenceOffer, Purpose};
use schema::code::Code;
use schema::money::Won;
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
pub(super) struct Shares {
    /// Supply value: the listed price.
    pub(super) supply: Won,
    /// VAT on the whole of it.
    pub(super) vat: Won,
    /// Public share.
    pub(super) support: Won,
    /// The buyer's share of the supply value.
    pub(super) company_share: Won,
    /// What the buyer transfers: its share and the VAT.
    pub(super) own_payment: Won,
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
mod tests {
    use std::fmt::Write as _;

    use schema::api::programme::PurchasePurpose;
    use schema::api::trade::{ContractState, Purpose};
    use schema::money::Won;
    use schema::notice::SizeClass;
    use schema::time::{Calendar, Instant};

    use super::*;

    const COMMANDS: &[(&str, Command)] = &[
        ("sign-first", Command::SignFirst),
        ("sign-last", Command::SignLast),
        ("fund", Command::Fund),
        ("deliver", Command::Deliver),
        ("accept", Command::Accept),
        ("reject", Command::Reject),
        ("cancel", Command::Cancel),
    ];

    /// The whole machine: a change of behaviour is a change of this table.
    #[test]
    fn state_command_matrix() {
        let mut table = String::new();
        for state in ContractState::ALL {
            write!(table, "{state}:").unwrap();
            for (name, command) in COMMANDS {
                if let Ok(to) = next(*state, *command) {
                    write!(table, " {name}={to}").unwrap();
                }
            }
            table.push('\n');
        }
        assert_eq!(
            table,
            "\
ordered: sign-first=ordered sign-last=signed cancel=cancelled
signed: fund=funded cancel=cancelled
funded: deliver=delivered cancel=cancelled
delivered: deliver=delivered accept=accepted reject=disputed
accepted: deliver=accepted
disputed:
cancelled:
"
        );
    }

    #[test]
    fn r_066_no_withdrawal_after_delivery_began() {
        let refused = next(ContractState::Delivered, Command::Cancel).unwrap_err();
        assert_eq!((refused.code.slug(), refused.rule), ("state-forbids", Some("R-066")));
    }

    #[test]
    fn r_028_public_money_serves_the_agreed_purpose_of_the_class() {
        use PurchasePurpose as P;
        for (purpose, class, agreed, fits) in [
            (Purpose::ProcessImprovement, SizeClass::Sme, None, true),
            (Purpose::BusinessModel, SizeClass::Midsized, Some(P::BusinessModel), true),
            (Purpose::BusinessModel, SizeClass::Sme, Some(P::ProcessImprovement), false),
            (Purpose::Research, SizeClass::Sme, None, false),
            (Purpose::Research, SizeClass::Nonprofit, Some(P::Research), true),
            (Purpose::ProcessImprovement, SizeClass::Nonprofit, None, false),
            (Purpose::Internal, SizeClass::Sme, None, false),
        ] {
            let said = supported(purpose, class, agreed);
            assert_eq!(said.is_ok(), fits, "{purpose} {class} {agreed:?}");
        }
    }

    #[test]
    fn r_057_vat_on_the_whole_price_is_the_buyers() {
        let w = |amount| Won::new(amount).unwrap();
        for (supply, support, vat, company_share, own) in [
            (10_000_000, 8_000_000, 1_000_000, 2_000_000, 3_000_000),
            (12_345_679, 9_876_543, 1_234_567, 2_469_136, 3_703_703),
            // A nonprofit without an own share still owes the VAT (edge case 9).
            (9_999_999, 9_999_999, 999_999, 0, 999_999),
            (4_600_000, 0, 460_000, 4_600_000, 5_060_000),
            (9, 9, 0, 0, 0),
        ] {
            let got = shares(w(supply), w(support)).unwrap();
            assert_eq!(
                (got.vat, got.company_share, got.own_payment),
                (w(vat), w(company_share), w(own))
            );
        }
        assert!(shares(w(1), w(2)).is_err());
        assert!(shares(Won::MAX, Won::ZERO).is_err());
    }

    #[test]
    fn r_062_a_won_short_or_long_is_not_paid() {
        let w = |amount| Won::new(amount).unwrap();
        assert!(transferred(w(2_000_000), w(2_000_000)).is_ok());
        for wrong in [1_999_999, 2_000_001, 0] {
            let refused = transferred(w(2_000_000), w(wrong)).unwrap_err();
            assert_eq!((refused.code.slug(), refused.rule), ("evidence-missing", Some("R-062")));
            assert_eq!(refused.figures["due"], 2_000_000);
        }
    }

    #[test]
    fn r_165_fourteen_days_from_delivery_and_off_days_off() {
        let calendar = Calendar::embedded().unwrap();
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let by = |text: &str| reject_by(at(text), 14, calendar).unwrap();
        assert_eq!(by("2024-06-10T23:59:59+09:00").to_string(), "2024-06-24");
        // 2024-06-29 is a Saturday.
        assert_eq!(by("2024-06-15T00:00:00+09:00").to_string(), "2024-07-01");
        let last = by("2024-06-10T09:00:00+09:00");
        assert!(may_reject(Some(last), at("2024-06-24T23:59:59+09:00")).is_ok());
        let refused = may_reject(Some(last), at("2024-06-25T00:00:00+09:00")).unwrap_err();
        assert_eq!(refused.code.slug(), "period-over");
    }

    #[test]
    fn digests_are_read_in_either_case_and_terms_are_compared() {
        let hash = "AB".repeat(32);
        assert_eq!(sha256_hex("f", &hash).unwrap(), "ab".repeat(32));
        assert!(sha256_hex("f", "abc").is_err());
        assert!(sha256_hex("f", &"g".repeat(64)).is_err());
        assert!(same_terms(&hash, &"ab".repeat(32)).is_ok());
        assert_eq!(same_terms("", &hash).unwrap_err().code.slug(), "terms-changed");
    }
}
