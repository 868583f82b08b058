//! What an account is called, and what a transfer does to a balance.

use schema::api::ledger::AccountKind;
use schema::code::Code;
use schema::id::{AgreementId, ClaimId, OrgId, VoucherId};
use schema::money::Won;
use schema::notice::ProgrammeCode;
use schema::problem::Refusal;

/// Money of one programme and one fiscal year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fund {
    /// The programme.
    pub programme: ProgrammeCode,
    /// The fiscal year.
    pub fiscal_year: i16,
}

impl std::fmt::Display for Fund {
    /// `P15/2024`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.programme, self.fiscal_year)
    }
}

/// An account, named by what it means. It is opened when it is first used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKey {
    /// Where a programme's money comes from; may go below zero.
    Treasury(Fund),
    /// Money that nobody has been promised.
    Budget(Fund),
    /// Money that came back after its fiscal year.
    StateRevenue(Fund),
    /// Money promised by an agreement.
    AgreementReserved(AgreementId),
    /// Part of a voucher that can be spent.
    VoucherAvailable(VoucherId),
    /// Part of a voucher that orders hold.
    VoucherHeld(VoucherId),
    /// Part of a voucher that accepted deliveries have used.
    VoucherCommitted(VoucherId),
    /// Public money that an organisation was paid.
    Payee(OrgId),
    /// A buyer's own money; may go below zero.
    Payer(OrgId),
    /// Buyers' own money that a seller was paid.
    PayeeOwn(OrgId),
    /// What is still owed on a claim; below zero until it is paid, and never above.
    Receivable(ClaimId),
    /// The other side of a claim.
    Claimed(ClaimId),
    /// Interest, surcharges and late charges on the money of a fund.
    Charges(Fund),
}

impl AccountKey {
    /// What the account stands for.
    pub fn kind(self) -> AccountKind {
        match self {
            Self::Treasury(_) => AccountKind::Treasury,
            Self::Budget(_) => AccountKind::Budget,
            Self::StateRevenue(_) => AccountKind::StateRevenue,
            Self::AgreementReserved(_) => AccountKind::AgreementReserved,
            Self::VoucherAvailable(_) => AccountKind::VoucherAvailable,
            Self::VoucherHeld(_) => AccountKind::VoucherHeld,
            Self::VoucherCommitted(_) => AccountKind::VoucherCommitted,
            Self::Payee(_) => AccountKind::Payee,
            Self::Payer(_) => AccountKind::Payer,
            Self::PayeeOwn(_) => AccountKind::PayeeOwn,
            Self::Receivable(_) => AccountKind::Receivable,
            Self::Claimed(_) => AccountKind::Claimed,
            Self::Charges(_) => AccountKind::Charges,
        }
    }

    /// Whose account it is.
    pub fn subject(self) -> String {
        match self {
            Self::Treasury(fund)
            | Self::Budget(fund)
            | Self::StateRevenue(fund)
            | Self::Charges(fund) => fund.to_string(),
            Self::AgreementReserved(id) => id.to_string(),
            Self::VoucherAvailable(id) | Self::VoucherHeld(id) | Self::VoucherCommitted(id) => {
                id.to_string()
            }
            Self::Payee(id) | Self::Payer(id) | Self::PayeeOwn(id) => id.to_string(),
            Self::Receivable(id) | Self::Claimed(id) => id.to_string(),
        }
    }
}

/// Largest size of a balance in either direction; exact in every JSON client.
pub(super) const BALANCE_MAX: i64 = Won::MAX.get();

/// The balances of the two accounts after a transfer of `amount`, or why it cannot be made.
pub(super) fn moved(
    debit: (AccountKind, i64),
    credit: (AccountKind, i64),
    amount: Won,
) -> Result<(i64, i64), Refusal> {
    let ((kind, balance), (to, held)) = (debit, credit);
    let floor = if kind.is_external() { -BALANCE_MAX } else { 0 };
    // Both terms are within 2⁵³, so neither sum can overflow.
    let (less, more) = (balance - amount.get(), held + amount.get());
    if less < floor {
        return Err(short(kind, balance, amount));
    }
    if to == AccountKind::Receivable && more > 0 {
        return Err(Code::StateForbids
            .because(
                "청구한 금액보다 많이 갚을 수 없습니다.",
                "No more can be paid back than is claimed.",
            )
            .rule("R-102")
            .with("owed", held.saturating_neg()));
    }
    if more > BALANCE_MAX {
        return Err(Code::PriceInvalid
            .because(
                "계정이 담을 수 있는 금액을 넘습니다.",
                "The account would hold more than an amount can be.",
            )
            .rule("R-056")
            .with("asked", amount.get()));
    }
    Ok((less, more))
}

fn short(kind: AccountKind, balance: i64, amount: Won) -> Refusal {
    let available = Won::new(balance).unwrap_or(Won::ZERO);
    let (code, rule) = match kind {
        AccountKind::Budget | AccountKind::Treasury => (Code::BudgetShort, "R-043"),
        AccountKind::VoucherAvailable
        | AccountKind::VoucherHeld
        | AccountKind::VoucherCommitted => (Code::VoucherShort, "R-061"),
        _ => (Code::StateForbids, "R-044"),
    };
    code.because(
        format!("{amount}원이 필요하지만 남은 금액은 {available}원입니다."),
        format!("{amount} won are needed; {available} won are available."),
    )
    .rule(rule)
    .with("available", available.get())
    .with("asked", amount.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn won(amount: i64) -> Won {
        Won::new(amount).unwrap()
    }

    #[test]
    fn a_transfer_takes_what_it_gives() {
        assert_eq!(
            moved((AccountKind::Budget, 10), (AccountKind::Payee, 5), won(10)).unwrap(),
            (0, 15)
        );
        assert_eq!(
            moved((AccountKind::Treasury, 0), (AccountKind::Budget, 0), won(7)).unwrap(),
            (-7, 7)
        );
    }

    #[test]
    fn only_outside_accounts_go_below_zero() {
        for kind in AccountKind::ALL {
            let result = moved((*kind, 9), (AccountKind::Payee, 0), won(10));
            assert_eq!(result.is_ok(), kind.is_external(), "{kind}");
        }
        let refusal =
            moved((AccountKind::Budget, 9), (AccountKind::Payee, 0), won(10)).unwrap_err();
        assert_eq!((refusal.code, refusal.rule), (Code::BudgetShort, Some("R-043")));
        assert_eq!(refusal.figures["available"], 9);
        let refusal = moved((AccountKind::VoucherAvailable, 0), (AccountKind::Budget, 0), won(1))
            .unwrap_err();
        assert_eq!(refusal.code, Code::VoucherShort);
    }

    #[test]
    fn balances_stay_exact_in_every_client() {
        assert!(
            moved((AccountKind::Treasury, -BALANCE_MAX), (AccountKind::Budget, 0), won(1)).is_err()
        );
        assert!(
            moved((AccountKind::Budget, 1), (AccountKind::Payee, BALANCE_MAX), won(1)).is_err()
        );
    }

    #[test]
    fn nobody_pays_back_more_than_is_claimed() {
        let owed = |amount| {
            moved((AccountKind::Payer, 0), (AccountKind::Receivable, -10), won(amount))
                .map(|to| to.1)
        };
        assert_eq!((owed(9).unwrap(), owed(10).unwrap()), (-1, 0));
        let refusal = owed(11).unwrap_err();
        assert_eq!((refusal.code, &refusal.figures["owed"]), (Code::StateForbids, &10.into()));
    }

    #[test]
    fn an_account_is_named_by_kind_and_subject() {
        let fund = Fund { programme: ProgrammeCode::PURCHASE, fiscal_year: 2024 };
        let key = AccountKey::Budget(fund);
        assert_eq!((key.kind().as_str(), key.subject().as_str()), ("budget", "P15/2024"));
    }
}
