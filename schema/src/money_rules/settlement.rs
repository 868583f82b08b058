//! The final support and what goes back.

use serde::Serialize;

use super::cash::{CashBase, CashRule};
use super::support::Terms;
use super::won;
use crate::money::Won;

/// The outcome of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SettlementOutcome))]
pub struct Settlement {
    /// Support on the accepted cost.
    pub final_support: Won,
    /// What the firm owes: support paid above it, and the interest earned on public money.
    pub refund: Won,
    /// What the state still owes.
    pub payable: Won,
}

/// Settles accepted actual cost against what was approved and paid: the support is R-050 on
/// the accepted cost, never above the approved; interest earned goes back in any case. None if the
/// refund is above [`Won::MAX`].
pub fn settle(
    accepted_cost: Won,
    terms: &Terms,
    approved: Won,
    paid: Won,
    interest: Won,
) -> Option<Settlement> {
    let final_support = terms.computed(accepted_cost).min(terms.rounding.apply(approved));
    let refund = paid.saturating_sub(final_support).checked_add(interest)?;
    Some(Settlement { final_support, refund, payable: final_support.saturating_sub(paid) })
}

/// The accepted cost that what the firm really paid can carry: the share, and the cash in
/// it, must hold the ratios of the plan. Rounded down. Never above `accepted_cost`.
#[must_use]
pub fn carried_cost(
    accepted_cost: Won,
    paid_cash: Won,
    paid_in_kind: Won,
    terms: &Terms,
    rule: &CashRule,
) -> Won {
    let paid_share = paid_cash.checked_add(paid_in_kind).unwrap_or(Won::MAX);
    let by_cash = divided(paid_cash, rule.cash_min_bp.get());
    let (share, by_total) = match rule.cash_base {
        CashBase::CompanyShare => (paid_share.min(by_cash), Won::MAX),
        CashBase::TotalCost => (paid_share, by_cash),
    };
    accepted_cost.min(divided(share, terms.ratio.complement().get())).min(by_total)
}

/// `amount / rate`, rounded down; without bound for a rate of zero.
fn divided(amount: Won, points: i64) -> Won {
    if points == 0 {
        return Won::MAX;
    }
    won(i128::from(amount.get()) * 10_000 / i128::from(points)).unwrap_or(Won::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money_rules::{bp, w};

    fn p14() -> Terms {
        Terms::new(bp(8_000), w(50_000_000))
    }

    #[test]
    fn r_102_actual_cost_below_the_plan_goes_back() {
        for (accepted, support, refund) in
            [(45_000_000, 36_000_000, 4_000_000), (46_666_667, 37_333_333, 2_666_667)]
        {
            let paid = w(40_000_000);
            let settled = settle(w(accepted), &p14(), paid, paid, Won::ZERO).unwrap();
            assert_eq!(settled.final_support, w(support));
            assert_eq!((settled.refund, settled.payable), (w(refund), Won::ZERO));
        }
    }

    #[test]
    fn r_102_the_approved_amount_is_a_ceiling_and_interest_goes_back() {
        let settled =
            settle(w(60_000_000), &p14(), w(40_000_000), w(20_000_000), w(1_234)).unwrap();
        assert_eq!(settled.final_support, w(40_000_000));
        assert_eq!((settled.refund, settled.payable), (w(1_234), w(20_000_000)));
        let nothing = settle(Won::ZERO, &p14(), w(40_000_000), w(40_000_000), w(0)).unwrap();
        assert_eq!((nothing.final_support, nothing.refund), (w(0), w(40_000_000)));
    }

    #[test]
    fn r_104_a_short_share_lowers_the_accepted_cost() {
        let rule = CashRule {
            cash_base: CashBase::CompanyShare,
            cash_min_bp: bp(1_000),
            in_kind_max_bp: bp(9_000),
        };
        let carried = |cash, in_kind, rule: &CashRule| {
            carried_cost(w(50_000_000), w(cash), w(in_kind), &p14(), rule)
        };
        assert_eq!(carried(1_000_000, 5_000_000, &rule), w(30_000_000));
        assert_eq!(p14().computed(w(30_000_000)), w(24_000_000));
        assert_eq!(carried(1_000_000, 9_000_000, &rule), w(50_000_000));
        assert_eq!(carried(5_000_000, 50_000_000, &rule), w(50_000_000));
        // 500,000 in cash carry a share of 5,000,000, whatever was given in kind.
        assert_eq!(carried(500_000, 9_500_000, &rule), w(25_000_000));
        let by_total = CashRule { cash_base: CashBase::TotalCost, ..rule };
        assert_eq!(carried(500_000, 9_500_000, &by_total), w(5_000_000));
        let nonprofit = Terms::new(bp(10_000), w(10_000_000));
        let none = CashRule { cash_min_bp: bp(0), ..rule };
        assert_eq!(carried_cost(w(7), w(0), w(0), &nonprofit, &none), w(7));
    }
}
