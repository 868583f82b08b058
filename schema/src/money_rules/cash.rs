//! What the firm pays, in cash and in kind, and the check of a cost plan.

use serde::{Deserialize, Serialize};

use super::support::Terms;
use crate::code::Code;
use crate::lang::Text;
use crate::money::{BasisPoints, Won};
use crate::problem::{Reason, Refusal};

crate::words! {
    /// What the cash minimum is a part of. The notice reads as the company share; the other
    /// reading is kept as a switch.
    CashBase {
        /// The company share.
        CompanyShare = "COMPANY_SHARE",
        /// The total cost.
        TotalCost = "TOTAL_COST",
    }
}

/// The cash rule of a programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CashRule {
    /// What the minimum is a part of.
    pub cash_base: CashBase,
    /// The least part in cash.
    pub cash_min_bp: BasisPoints,
    /// The largest part of the company share in kind.
    pub in_kind_max_bp: BasisPoints,
}

/// The least company share of a total: `ceil(total × (1 − ratio))`.
#[must_use]
pub fn share_minimum(total: Won, ratio: BasisPoints) -> Won {
    total.share_ceil(ratio.complement())
}

/// The least cash, rounded up. Never more than the company share.
#[must_use]
pub fn cash_minimum(total: Won, company_share: Won, rule: &CashRule) -> Won {
    let base = match rule.cash_base {
        CashBase::CompanyShare => company_share,
        CashBase::TotalCost => total,
    };
    base.share_ceil(rule.cash_min_bp).min(company_share)
}

/// An amount by who brings it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// 정부지원금
    pub government: Won,
    /// 현금
    pub cash: Won,
    /// 현물
    pub in_kind: Won,
}

impl Sources {
    /// The sum, unless it is above [`Won::MAX`].
    pub fn total(&self) -> Option<Won> {
        Won::checked_sum([self.government, self.cash, self.in_kind])
    }

    /// Cash and in kind.
    pub fn company_share(&self) -> Option<Won> {
        self.cash.checked_add(self.in_kind)
    }
}

/// One rule that a cost plan breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CostPlanFault {
    /// `E_SUM`: items and sources do not make the total.
    #[error("items, sources and total differ")]
    Sum,
    /// `E_RATIO`: too much government money, which is the same as too small a company share.
    #[error("government money is above the ratio: at most {most} won")]
    Ratio {
        /// The most government money.
        most: Won,
    },
    /// `E_CAP`: more than the cap.
    #[error("government money is above the cap of {most} won")]
    Cap {
        /// The cap.
        most: Won,
    },
    /// `E_CASH_MIN`: too little cash.
    #[error("cash is below the minimum of {least} won")]
    CashMin {
        /// The least cash.
        least: Won,
    },
    /// `E_IN_KIND`: too much in kind.
    #[error("the part in kind is above {most} won")]
    InKind {
        /// The most in kind.
        most: Won,
    },
}

impl CostPlanFault {
    /// Name of the rule in the rulebook.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Sum => "E_SUM",
            Self::Ratio { .. } => "E_RATIO",
            Self::Cap { .. } => "E_CAP",
            Self::CashMin { .. } => "E_CASH_MIN",
            Self::InKind { .. } => "E_IN_KIND",
        }
    }

    /// The code that a client sees.
    pub const fn code(self) -> Code {
        Code::CostPlanInvalid
    }

    /// The reason in both languages.
    pub fn text(self) -> Text {
        let ko = match self {
            Self::Sum => "항목 합계, 재원 합계와 총사업비가 서로 다릅니다".to_owned(),
            Self::Ratio { most } => format!("정부지원금이 지원 비율을 넘습니다. 최대 {most}원"),
            Self::Cap { most } => format!("정부지원금이 지원 한도 {most}원을 넘습니다"),
            Self::CashMin { least } => format!("현금 부담이 최소 {least}원에 못 미칩니다"),
            Self::InKind { most } => format!("현물 부담이 최대 {most}원을 넘습니다"),
        };
        Text::new(ko, self.to_string())
    }
}

/// Every rule that a cost plan breaks, in the order of [`CostPlanFault`]; none if it is right
/// . `items` may be empty when a plan is only planned by source.
pub fn check_cost_plan(
    total: Won,
    sources: &Sources,
    items: &[Sources],
    terms: &Terms,
    rule: &CashRule,
) -> Vec<CostPlanFault> {
    let mut faults = Vec::new();
    let share = sources.company_share().unwrap_or(Won::MAX);
    if sources.total() != Some(total) || !(items.is_empty() || items_match(sources, items)) {
        faults.push(CostPlanFault::Sum);
    }
    let by_ratio = total.share_floor(terms.ratio);
    if sources.government > by_ratio {
        faults.push(CostPlanFault::Ratio { most: by_ratio });
    }
    if sources.government > terms.cap {
        faults.push(CostPlanFault::Cap { most: terms.cap });
    }
    let least = cash_minimum(total, share, rule);
    if sources.cash < least {
        faults.push(CostPlanFault::CashMin { least });
    }
    let most = share.share_floor(rule.in_kind_max_bp);
    // A plan that only misses the cash minimum is told so once.
    if sources.in_kind > most && sources.cash >= least {
        faults.push(CostPlanFault::InKind { most });
    }
    faults
}

/// One refusal that tells every fault of a cost plan; none if there is no fault.
pub fn cost_plan_refusal(faults: &[CostPlanFault]) -> Option<Refusal> {
    let first = faults.first()?;
    let reasons = faults.iter().map(|fault| {
        let Text { ko, en } = fault.text();
        Reason::new(fault.rule(), Some("R-201"), ko, en)
    });
    Some(Refusal::new(first.code(), first.text()).rule("R-201").reasons(reasons.collect()))
}

/// Whether the items add up to each source.
fn items_match(sources: &Sources, items: &[Sources]) -> bool {
    [
        (sources.government, Won::checked_sum(items.iter().map(|item| item.government))),
        (sources.cash, Won::checked_sum(items.iter().map(|item| item.cash))),
        (sources.in_kind, Won::checked_sum(items.iter().map(|item| item.in_kind))),
    ]
    .into_iter()
    .all(|(planned, sum)| sum == Some(planned))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money_rules::support::{Ceilings, support};
    use crate::money_rules::{bp, w};

    const BY_SHARE: CashRule = CashRule {
        cash_base: CashBase::CompanyShare,
        cash_min_bp: BasisPoints(1_000),
        in_kind_max_bp: BasisPoints(9_000),
    };
    const BY_TOTAL: CashRule = CashRule { cash_base: CashBase::TotalCost, ..BY_SHARE };

    fn p14() -> Terms {
        Terms::new(bp(8_000), w(50_000_000))
    }

    fn sources(government: i64, cash: i64, in_kind: i64) -> Sources {
        Sources { government: w(government), cash: w(cash), in_kind: w(in_kind) }
    }

    #[test]
    fn r_053_processing_support_share_and_cash() {
        for (total, government, share, cash) in [
            (62_500_000, 50_000_000, 12_500_000, 1_250_000),
            (62_500_003, 50_000_000, 12_500_003, 1_250_001),
            (40_000_001, 32_000_000, 8_000_001, 800_001),
            (100_000_000, 50_000_000, 50_000_000, 5_000_000),
        ] {
            let found = support(w(total), &p14(), Ceilings::default()).unwrap();
            assert_eq!((found.support, found.company_share), (w(government), w(share)));
            assert_eq!(cash_minimum(w(total), found.company_share, &BY_SHARE), w(cash));
            assert!(found.company_share >= share_minimum(w(total), bp(8_000)));
        }
        assert_eq!(cash_minimum(w(62_500_000), w(12_500_000), &BY_TOTAL), w(6_250_000));
    }

    #[test]
    fn r_054_minima_round_up_and_cash_is_part_of_the_share() {
        assert_eq!(share_minimum(w(40_000_001), bp(8_000)), w(8_000_001));
        assert_eq!(share_minimum(w(1), bp(8_000)), w(1));
        assert_eq!(share_minimum(w(10_000_000), bp(10_000)), w(0));
        assert_eq!(cash_minimum(w(10_000_000), w(0), &BY_TOTAL), w(0));
    }

    #[test]
    fn r_201_a_cost_plan_is_right_to_the_won() {
        let check = |plan: Sources| {
            let faults = check_cost_plan(w(50_000_000), &plan, &[], &p14(), &BY_SHARE);
            faults.into_iter().map(CostPlanFault::rule).collect::<Vec<_>>()
        };
        assert_eq!(check(sources(40_000_000, 1_000_000, 9_000_000)), [""; 0]);
        assert_eq!(check(sources(40_000_000, 999_999, 9_000_001)), ["E_CASH_MIN"]);
        assert_eq!(check(sources(40_000_001, 1_000_000, 8_999_999)), ["E_RATIO"]);
        assert_eq!(check(sources(40_000_000, 1_000_001, 9_000_000)), ["E_SUM"]);
        assert_eq!(check(sources(50_000_000, 0, 0)), ["E_RATIO"]);
        let above = sources(50_000_001, 10_000_000, 10_000_000);
        let faults = check_cost_plan(w(70_000_001), &above, &[], &p14(), &BY_SHARE);
        assert_eq!(faults, [CostPlanFault::Cap { most: w(50_000_000) }]);
        let ten_percent_in_kind = CashRule { in_kind_max_bp: bp(2_000), ..BY_SHARE };
        let plan = sources(40_000_000, 5_000_000, 5_000_000);
        let faults = check_cost_plan(w(50_000_000), &plan, &[], &p14(), &ten_percent_in_kind);
        assert_eq!(faults, [CostPlanFault::InKind { most: w(2_000_000) }]);
    }

    #[test]
    fn r_201_items_add_up_source_by_source() {
        let plan = sources(40_000_000, 1_000_000, 9_000_000);
        let items = [sources(30_000_000, 1_000_000, 0), sources(10_000_000, 0, 9_000_000)];
        assert!(check_cost_plan(w(50_000_000), &plan, &items, &p14(), &BY_SHARE).is_empty());
        let moved = [sources(30_000_000, 0, 1_000_000), sources(10_000_000, 0, 9_000_000)];
        let faults = check_cost_plan(w(50_000_000), &plan, &moved, &p14(), &BY_SHARE);
        assert_eq!(faults, [CostPlanFault::Sum]);
    }

    #[test]
    fn faults_speak_both_languages() {
        let fault = CostPlanFault::CashMin { least: w(1_250_001) };
        let text = fault.text();
        let refusal = cost_plan_refusal(&[fault, CostPlanFault::Sum]).unwrap();
        assert_eq!((refusal.detail, refusal.reasons.len()), (text.clone(), 2));
        assert_eq!(cost_plan_refusal(&[]), None);
        assert!(text.ko.contains("1,250,001원") && text.en.contains("1,250,001 won"));
    }

    proptest! {
        /// keeping the ratio and keeping the least share are the same rule.
        #[test]
        fn r_054_ratio_and_least_share_agree(
            total in 1..=Won::MAX.0, ratio in 0..=10_000_i64, part in 0..=10_000_i64,
        ) {
            let total = w(total);
            let government = total.share_ceil(bp(part));
            let share = total.checked_sub(government).unwrap();
            let ratio = bp(ratio);
            prop_assert_eq!(
                government <= total.share_floor(ratio),
                share >= share_minimum(total, ratio)
            );
        }
    }
}
