//! What the state pays of a cost.
//!
//! Invariant: `support + company_share = cost`, and the support is never above
//! `floor(cost × ratio)` nor above any ceiling.

use serde::Serialize;

use super::Rounding;
use crate::code::Code;
use crate::lang::Text;
use crate::money::{BasisPoints, Won};
use crate::problem::Refusal;

/// Ratio and cap of one programme for one class of applicant, from the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Largest part of the cost that the state pays.
    pub ratio: BasisPoints,
    /// Largest support per agreement.
    pub cap: Won,
    /// Rounding of the result.
    pub rounding: Rounding,
}

impl Terms {
    /// Terms rounded to the won.
    pub const fn new(ratio: BasisPoints, cap: Won) -> Self {
        Self { ratio, cap, rounding: Rounding::Floor1 }
    }

    /// Ratio and cap alone: `min(floor(cost × ratio), cap)`, rounded.
    #[must_use]
    pub fn computed(&self, cost: Won) -> Won {
        self.rounding.apply(cost.share_floor(self.ratio).min(self.cap))
    }
}

/// Ceilings besides the terms; absent means that there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// What the selection approved; an applicant may have asked for less.
    pub approved: Option<Won>,
    /// What the agreement has left.
    pub remaining_agreement: Option<Won>,
    /// What the programme's budget has left.
    pub remaining_budget: Option<Won>,
}

crate::words! {
    /// The term that decided the amount of a support.
    Limit {
        /// Cost × ratio.
        Ratio = "ratio",
        /// The cap of the programme.
        Cap = "cap",
        /// The approved amount.
        Approved = "approved",
        /// What the agreement has left.
        Agreement = "agreement",
        /// What the budget has left.
        Budget = "budget",
    }
}

/// A cost divided between the state and the firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Support {
    /// What the state pays.
    pub support: Won,
    /// What the firm pays.
    pub company_share: Won,
    /// What decided it; of equal limits the first in the order of [`Limit`].
    pub binding: Limit,
}

/// Why there is no support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SupportRefusal {
    /// The eligible cost is zero.
    #[error("the eligible cost must be at least one won")]
    NoCost,
    /// The support rounds down to nothing.
    #[error("the support would be zero")]
    Zero,
    /// The budget has nothing left.
    #[error("the programme budget has nothing left")]
    NoBudget,
}

impl SupportRefusal {
    /// The code that a client sees.
    pub fn code(self) -> Code {
        match self {
            Self::NoCost => Code::PriceInvalid,
            Self::Zero => Code::SupportZero,
            Self::NoBudget => Code::BudgetShort,
        }
    }

    /// The reason in both languages.
    pub fn text(self) -> Text {
        let ko = match self {
            Self::NoCost => "지원 대상 금액은 1원 이상이어야 합니다",
            Self::Zero => "계산된 지원금이 0원입니다",
            Self::NoBudget => "남은 사업 예산이 없습니다",
        };
        Text::new(ko, self.to_string())
    }
}

impl From<SupportRefusal> for Refusal {
    fn from(refused: SupportRefusal) -> Self {
        let rule = match refused {
            SupportRefusal::NoCost => "R-056",
            SupportRefusal::Zero => "R-051",
            SupportRefusal::NoBudget => "R-043",
        };
        Refusal::new(refused.code(), refused.text()).rule(rule)
    }
}

/// The support of a single cost. A support of zero is refused.
pub fn support(cost: Won, terms: &Terms, ceilings: Ceilings) -> Result<Support, SupportRefusal> {
    let support = cumulative_support(Won::ZERO, cost, terms, ceilings)?;
    match (support.support, support.binding) {
        (Won::ZERO, Limit::Budget) => Err(SupportRefusal::NoBudget),
        (Won::ZERO, _) => Err(SupportRefusal::Zero),
        _ => Ok(support),
    }
}

/// The support of a further cost under one agreement: the difference of the cumulative
/// amounts, so that rounding down does not leak. `previous_cost` is the sum of the eligible costs
/// before. The result may be zero, when the cap is used up. What an earlier purchase missed because
/// of a ceiling is not made up for later.
pub fn cumulative_support(
    previous_cost: Won,
    cost: Won,
    terms: &Terms,
    ceilings: Ceilings,
) -> Result<Support, SupportRefusal> {
    if cost == Won::ZERO {
        return Err(SupportRefusal::NoCost);
    }
    // Costs above the largest amount are beyond every cap; saturation cannot raise a support.
    let total = previous_cost.checked_add(cost).unwrap_or(Won::MAX);
    let of_ratio = terms.rounding.apply(total.share_floor(terms.ratio));
    let before = terms.computed(previous_cost);
    let by_ratio = of_ratio.saturating_sub(before);
    let by_cap = terms.rounding.apply(terms.cap).saturating_sub(before);
    let candidates = [
        (Limit::Cap, Some(by_cap)),
        (Limit::Approved, ceilings.approved),
        (Limit::Agreement, ceilings.remaining_agreement),
        (Limit::Budget, ceilings.remaining_budget),
    ];
    let (support, binding) = candidates
        .into_iter()
        .filter_map(|(limit, ceiling)| ceiling.map(|most| (most, limit)))
        .fold((by_ratio, Limit::Ratio), |least, next| if next.0 < least.0 { next } else { least });
    // A rounding difference to tens may exceed one small cost by up to nine won.
    let support = terms.rounding.apply(support).min(cost);
    Ok(Support { support, company_share: cost.saturating_sub(support), binding })
}

/// Whether `budget` can take `amount` besides what is reserved and paid (R-043, `E_BUDGET`).
pub fn budget_allows(budget: Won, reserved: Won, paid: Won, amount: Won) -> bool {
    Won::checked_sum([reserved, paid, amount]).is_some_and(|sum| sum <= budget)
}

/// The price that counts as cost: the lower of that at application and that at purchase.
#[must_use]
pub fn eligible_price(at_application: Won, at_purchase: Won) -> Won {
    at_application.min(at_purchase)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money_rules::{bp, w};

    fn p15(ratio: i64) -> Terms {
        Terms::new(bp(ratio), w(10_000_000))
    }

    fn alone(cost: i64, terms: &Terms) -> Result<Support, SupportRefusal> {
        support(w(cost), terms, Ceilings::default())
    }

    #[test]
    fn r_051_purchase_support_by_class() {
        for (cost, ratio, paid, share) in [
            (12_345_679, 8_000, 9_876_543, 2_469_136),
            (12_345_679, 10_000, 10_000_000, 2_345_679),
            (12_499_999, 8_000, 9_999_999, 2_500_000),
            (12_500_000, 8_000, 10_000_000, 2_500_000),
            (12_500_001, 8_000, 10_000_000, 2_500_001),
            (20_000_000, 8_000, 10_000_000, 10_000_000),
            (9_999_999, 10_000, 9_999_999, 0),
        ] {
            let found = alone(cost, &p15(ratio)).unwrap();
            assert_eq!((found.support, found.company_share), (w(paid), w(share)), "{cost}");
        }
        assert_eq!(alone(1, &p15(8_000)), Err(SupportRefusal::Zero));
        assert_eq!(SupportRefusal::Zero.code(), Code::SupportZero);
    }

    #[test]
    fn r_051_rounding_to_ten_won() {
        let terms = Terms { rounding: Rounding::Floor10, ..p15(8_000) };
        let found = alone(12_345_679, &terms).unwrap();
        assert_eq!((found.support, found.company_share), (w(9_876_540), w(2_469_139)));
        let odd_budget = Ceilings { remaining_budget: Some(w(3_333_333)), ..Ceilings::default() };
        let found = support(w(12_345_679), &terms, odd_budget).unwrap();
        assert_eq!((found.support, found.binding), (w(3_333_330), Limit::Budget));
    }

    #[test]
    fn r_050_the_smallest_limit_binds() {
        let terms = p15(8_000);
        let cost = w(20_000_000);
        for (approved, agreement, budget, paid, binding) in [
            (None, None, None, 10_000_000, Limit::Cap),
            (Some(9_000_000), None, None, 9_000_000, Limit::Approved),
            (Some(9_000_000), Some(8_000_000), None, 8_000_000, Limit::Agreement),
            (Some(9_000_000), Some(8_000_000), Some(7_000_000), 7_000_000, Limit::Budget),
            (Some(10_000_000), Some(10_000_000), Some(10_000_000), 10_000_000, Limit::Cap),
            (Some(11_000_000), None, None, 10_000_000, Limit::Cap),
        ] {
            let ceilings = Ceilings {
                approved: approved.map(w),
                remaining_agreement: agreement.map(w),
                remaining_budget: budget.map(w),
            };
            let found = support(cost, &terms, ceilings).unwrap();
            assert_eq!((found.support, found.binding), (w(paid), binding));
        }
        assert_eq!(alone(12_000_000, &terms).unwrap().binding, Limit::Ratio);
    }

    #[test]
    fn r_056_nothing_is_not_a_cost() {
        assert_eq!(alone(0, &p15(8_000)), Err(SupportRefusal::NoCost));
        let empty = Ceilings { remaining_budget: Some(Won::ZERO), ..Ceilings::default() };
        let refused = support(w(5), &p15(8_000), empty);
        assert_eq!(refused, Err(SupportRefusal::NoBudget));
    }

    #[test]
    fn r_052_several_purchases_do_not_leak_won() {
        for (costs, supports) in [
            ([1_000_003, 1_000_003, 1_000_003], [800_002, 800_002, 800_003]),
            ([7_000_000, 6_000_000, 1_000_000], [5_600_000, 4_400_000, 0]),
        ] {
            let mut before = Won::ZERO;
            for (cost, paid) in costs.into_iter().zip(supports) {
                let found =
                    cumulative_support(before, w(cost), &p15(8_000), Ceilings::default()).unwrap();
                assert_eq!(found.support, w(paid), "{cost} after {before}");
                before = before.checked_add(w(cost)).unwrap();
            }
        }
    }

    #[test]
    fn r_026_the_rest_of_a_budget_is_a_partial_award() {
        let terms = Terms::new(bp(8_000), w(50_000_000));
        let rest = Ceilings { remaining_budget: Some(w(30_000_000)), ..Ceilings::default() };
        let found = support(w(62_500_000), &terms, rest).unwrap();
        assert_eq!((found.support, found.binding), (w(30_000_000), Limit::Budget));
    }

    #[test]
    fn r_043_the_budget_is_hard() {
        let budget = w(250_000_000);
        assert!(!budget_allows(budget, w(245_000_000), w(0), w(10_000_000)));
        assert!(budget_allows(budget, w(245_000_000), w(0), w(5_000_000)));
        assert!(!budget_allows(budget, w(240_000_000), w(5_000_001), w(5_000_000)));
        assert!(!budget_allows(Won::MAX, Won::MAX, w(1), w(0)));
    }

    #[test]
    fn r_058_the_lower_price_counts() {
        assert_eq!(eligible_price(w(8_000_000), w(12_000_000)), w(8_000_000));
        assert_eq!(eligible_price(w(12_000_000), w(8_000_000)), w(8_000_000));
    }

    proptest! {
        #[test]
        fn r_050_shares_make_the_cost_and_keep_the_ratio(
            cost in 1..=Won::MAX.0, ratio in 0..=10_000_i64, cap in 0..=Won::MAX.0,
            budget in proptest::option::of(0..=Won::MAX.0), tens in any::<bool>(),
        ) {
            let rounding = if tens { Rounding::Floor10 } else { Rounding::Floor1 };
            let terms = Terms { ratio: bp(ratio), cap: w(cap), rounding };
            let ceilings = Ceilings { remaining_budget: budget.map(w), ..Ceilings::default() };
            let found = cumulative_support(Won::ZERO, w(cost), &terms, ceilings).unwrap();
            prop_assert_eq!(found.support.checked_add(found.company_share), Some(w(cost)));
            prop_assert!(i128::from(found.support.0) * 10_000 <= i128::from(cost) * i128::from(ratio));
            prop_assert!(found.support <= w(cap) && budget.is_none_or(|b| found.support <= w(b)));
        }

        #[test]
        fn r_052_parts_add_up_to_the_whole(
            costs in proptest::collection::vec(1..=50_000_000_i64, 1..8), ratio in 0..=10_000_i64,
        ) {
            let terms = Terms::new(bp(ratio), w(10_000_000));
            let (mut before, mut paid) = (Won::ZERO, Won::ZERO);
            for cost in costs {
                let part = cumulative_support(before, w(cost), &terms, Ceilings::default()).unwrap();
                before = before.checked_add(w(cost)).unwrap();
                paid = paid.checked_add(part.support).unwrap();
            }
            prop_assert_eq!(paid, terms.computed(before));
        }
    }
}
