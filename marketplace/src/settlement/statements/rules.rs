//! Adding up transfers.

use std::collections::BTreeMap;

use schema::api::ledger::AccountKind;
use schema::api::statements::{StatementAccount, YearFund};
use schema::lang::Text;

/// Opening, credited and debited of each kind of account.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums(BTreeMap<AccountKind, [i64; 3]>);

impl Sums {
    /// Adds a transfer that was made before the time of the statement.
    pub(super) fn before(&mut self, debit: AccountKind, credit: AccountKind, amount: i64) {
        self.add(debit, 0, amount.saturating_neg());
        self.add(credit, 0, amount);
    }

    /// Adds a transfer of the time of the statement.
    pub(super) fn within(&mut self, debit: AccountKind, credit: AccountKind, amount: i64) {
        self.debited(debit, amount);
        self.credited(credit, amount);
    }

    /// Adds one side of a transfer.
    pub(super) fn credited(&mut self, kind: AccountKind, amount: i64) {
        self.add(kind, 1, amount);
    }

    /// Adds the other side.
    pub(super) fn debited(&mut self, kind: AccountKind, amount: i64) {
        self.add(kind, 2, amount);
    }

    fn add(&mut self, kind: AccountKind, at: usize, amount: i64) {
        if let Some(sum) = self.0.entry(kind).or_default().get_mut(at) {
            *sum = sum.saturating_add(amount);
        }
    }

    /// The rows of the statement, in the order of the kinds.
    pub(super) fn accounts(&self) -> Vec<StatementAccount> {
        self.0
            .iter()
            .map(|(kind, [opening, credited, debited])| StatementAccount {
                kind: *kind,
                name: name(*kind),
                opening: *opening,
                credited: *credited,
                debited: *debited,
                closing: opening.saturating_add(*credited).saturating_sub(*debited),
            })
            .collect()
    }
}

/// The name of a kind of account for people.
pub(super) fn name(kind: AccountKind) -> Text {
    let (ko, en) = match kind {
        AccountKind::Treasury => ("국고", "Treasury"),
        AccountKind::Budget => ("사업 예산", "Programme budget"),
        AccountKind::StateRevenue => ("국고 반환금", "Returned to the state"),
        AccountKind::AgreementReserved => ("협약 지급 예정액", "Reserved by agreements"),
        AccountKind::VoucherAvailable => ("바우처 사용 가능액", "Vouchers: available"),
        AccountKind::VoucherHeld => ("바우처 주문 보류액", "Vouchers: held by orders"),
        AccountKind::VoucherCommitted => ("바우처 확정액", "Vouchers: committed"),
        AccountKind::Payee => ("지급한 지원금", "Public money paid"),
        AccountKind::Payer => ("기업 자기자금", "Firms' own money"),
        AccountKind::PayeeOwn => ("기업부담금 수령액", "Own shares received"),
        AccountKind::Receivable => ("받을 반환금", "Claims still owed"),
        AccountKind::Claimed => ("청구한 반환금", "Claims, other side"),
        AccountKind::Charges => ("이자·가산금·부가금", "Interest, late charges, surcharges"),
    };
    Text::new(ko, en)
}

/// The sum of several funds.
pub(super) fn total(year: i16, funds: &[YearFund]) -> YearFund {
    let sum = |of: fn(&YearFund) -> i64| funds.iter().map(of).fold(0, i64::saturating_add);
    YearFund {
        fund: year.to_string(),
        appropriated: sum(|fund| fund.appropriated),
        promised: sum(|fund| fund.promised),
        carried_over: sum(|fund| fund.carried_over),
        spent: sum(|fund| fund.spent),
        unspent: sum(|fund| fund.unspent),
        state_revenue: sum(|fund| fund.state_revenue),
        charges: sum(|fund| fund.charges),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_add_up() {
        let mut sums = Sums::default();
        sums.before(AccountKind::Treasury, AccountKind::Budget, 100);
        sums.within(AccountKind::Budget, AccountKind::AgreementReserved, 40);
        sums.within(AccountKind::AgreementReserved, AccountKind::Payee, 36);
        sums.within(AccountKind::AgreementReserved, AccountKind::Budget, 4);
        let accounts = sums.accounts();
        let column = |of: fn(&StatementAccount) -> i64| accounts.iter().map(of).sum::<i64>();
        assert_eq!((column(|a| a.opening), column(|a| a.closing)), (0, 0));
        assert_eq!((column(|a| a.credited), column(|a| a.debited)), (80, 80));
        let budget = accounts.iter().find(|a| a.kind == AccountKind::Budget).unwrap();
        let figures = [budget.opening, budget.credited, budget.debited, budget.closing];
        assert_eq!(figures, [100, 4, 40, 64]);
        for account in &accounts {
            assert_eq!(account.opening + account.credited - account.debited, account.closing);
        }
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> =
            AccountKind::ALL.iter().map(|kind| (name(*kind).ko, name(*kind).en)).collect();
        assert_eq!(names.len(), AccountKind::ALL.len());
    }
}
