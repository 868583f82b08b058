//! Price bases of a data product, exact to the won.
//!
//! Each method gives one number or says that it has too little to go on. There is deliberately no
//! method that joins them into one true price: a basis shows its method and its range.

use serde::Serialize;

use super::natural::Natural;
use crate::lang::Text;
use crate::money::{BasisPoints, Won};

/// Longest row of yearly flows.
pub const YEARS_MAX: usize = 50;
/// Fewest comparable listings for a market basis.
pub const COMPARABLES_MIN: usize = 3;
/// Most comparable listings and most adjustments that are read.
const COMPARABLES_MAX: usize = 10_000;
const FACTORS_MAX: usize = 32;
/// The whole in basis points.
const WHOLE: u64 = 10_000;

/// Why a method gives no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceRefusal {
    /// The expected number of buyers is zero.
    #[error("at least one buyer must be expected")]
    NoBuyers,
    /// No flows, or more years than are counted.
    #[error("between 1 and 50 yearly amounts are needed")]
    Years,
    /// Too few comparable listings.
    #[error("insufficient: {found} comparable listings, at least 3 are needed")]
    Insufficient {
        /// How many there were.
        found: usize,
    },
    /// More inputs than are read, or a price above the largest amount.
    #[error("the inputs or the price are too large")]
    TooLarge,
}

impl PriceRefusal {
    /// The reason in both languages.
    pub fn text(self) -> Text {
        let ko = match self {
            Self::NoBuyers => "예상 구매자 수는 1 이상이어야 합니다".to_owned(),
            Self::Years => "연도별 금액은 1개 이상 50개 이하여야 합니다".to_owned(),
            Self::Insufficient { found } => {
                format!(
                    "비교 가능한 상품이 {found}건뿐이어서 산정할 수 없습니다. 3건 이상 필요합니다"
                )
            }
            Self::TooLarge => "입력값이나 산정 가격이 너무 큽니다".to_owned(),
        };
        Text::new(ko, self.to_string())
    }
}

/// Cost method: `C × (1 − obsolescence) × (1 + margin) / buyers`, rounded down. The margin
/// is in basis points and may be above 100 %.
pub fn cost_method(
    reproduction_cost: Won,
    obsolescence: BasisPoints,
    margin_bp: u32,
    buyers: u32,
) -> Result<Won, PriceRefusal> {
    if buyers == 0 {
        return Err(PriceRefusal::NoBuyers);
    }
    let numerator = Natural::new(amount(reproduction_cost))
        .times(points(obsolescence.complement()))
        .times(WHOLE + u64::from(margin_bp));
    let denominator = Natural::new(WHOLE * WHOLE).times(buyers.into());
    floor(&numerator, &denominator)
}

/// Income method: `Σ flow_t × contribution / (1 + rate)^t`, the first flow a year away,
/// rounded down once.
pub fn income_method(
    flows: &[Won],
    contribution: BasisPoints,
    rate: BasisPoints,
) -> Result<Won, PriceRefusal> {
    present_value(flows, &[points(contribution)], rate)
}

/// Relief from royalty: `Σ revenue_t × royalty × (1 − tax) / (1 + rate)^t`.
pub fn royalty_relief(
    revenues: &[Won],
    royalty: BasisPoints,
    tax: BasisPoints,
    rate: BasisPoints,
) -> Result<Won, PriceRefusal> {
    present_value(revenues, &[points(royalty), points(tax.complement())], rate)
}

/// What comparable listings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarketBasis {
    /// The lowest comparable price, adjusted.
    pub low: Won,
    /// The median, adjusted; of an even number the mean of the middle two, rounded down.
    pub median: Won,
    /// The highest comparable price, adjusted.
    pub high: Won,
    /// How many listings were compared.
    pub comparables: usize,
}

/// Market method: the median of comparable prices times adjustments, each in basis points
/// (10,000 changes nothing).
pub fn market_method(prices: &[Won], adjustments_bp: &[u32]) -> Result<MarketBasis, PriceRefusal> {
    let comparables = prices.len();
    if comparables > COMPARABLES_MAX || adjustments_bp.len() > FACTORS_MAX {
        return Err(PriceRefusal::TooLarge);
    }
    let mut sorted = prices.to_vec();
    sorted.sort_unstable();
    let (Some(low), Some(high), Some(upper), Some(lower), true) = (
        sorted.first(),
        sorted.last(),
        sorted.get(comparables / 2),
        sorted.get(comparables.saturating_sub(1) / 2),
        comparables >= COMPARABLES_MIN,
    ) else {
        return Err(PriceRefusal::Insufficient { found: comparables });
    };
    let adjusted = |doubled: Natural| scaled(doubled, adjustments_bp, 2);
    Ok(MarketBasis {
        low: adjusted(Natural::new(amount(*low)).times(2))?,
        median: adjusted(Natural::new(amount(*lower)).plus(&Natural::new(amount(*upper))))?,
        high: adjusted(Natural::new(amount(*high)).times(2))?,
        comparables,
    })
}

/// A price times the multiplier of its quality grade in basis points, rounded down.
pub fn quality_adjusted(price: Won, multiplier_bp: u32) -> Result<Won, PriceRefusal> {
    scaled(Natural::new(amount(price)), &[multiplier_bp], 1)
}

/// `value / divisor × Π factor`, rounded down.
fn scaled(value: Natural, factors_bp: &[u32], divisor: u64) -> Result<Won, PriceRefusal> {
    let mut fraction = (value, Natural::new(divisor));
    for factor in factors_bp {
        fraction = (fraction.0.times((*factor).into()), fraction.1.times(WHOLE));
    }
    floor(&fraction.0, &fraction.1)
}

/// `Σ flow_t × Π factor / (1 + rate)^t`, over the common denominator `(1 + rate)^T`.
fn present_value(
    flows: &[Won],
    factors_bp: &[u64],
    rate: BasisPoints,
) -> Result<Won, PriceRefusal> {
    if flows.is_empty() || flows.len() > YEARS_MAX {
        return Err(PriceRefusal::Years);
    }
    let growth = WHOLE + points(rate);
    // After year t: sum = Σ flow_s × 10000^s × growth^(t − s), divisor = growth^t.
    let (mut sum, mut divisor, mut unit) = (Natural::new(0), Natural::new(1), Natural::new(1));
    for flow in flows {
        unit = unit.times(WHOLE);
        sum = sum.times(growth).plus(&unit.times(amount(*flow)));
        divisor = divisor.times(growth);
    }
    for factor in factors_bp {
        sum = sum.times(*factor);
        divisor = divisor.times(WHOLE);
    }
    floor(&sum, &divisor)
}

fn floor(numerator: &Natural, denominator: &Natural) -> Result<Won, PriceRefusal> {
    numerator
        .quotient(denominator)
        .and_then(|price| i64::try_from(price).ok())
        .and_then(Won::new)
        .ok_or(PriceRefusal::TooLarge)
}

fn amount(amount: Won) -> u64 {
    amount.get().unsigned_abs()
}

fn points(rate: BasisPoints) -> u64 {
    rate.get().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money_rules::{bp, w};

    #[test]
    fn r_151_reproduction_cost() {
        assert_eq!(cost_method(w(30_000_000), bp(2_000), 1_500, 6), Ok(w(4_600_000)));
        assert_eq!(cost_method(w(10), bp(0), 0, 3), Ok(w(3)));
        assert_eq!(cost_method(w(10), bp(10_000), 0, 1), Ok(w(0)));
        assert_eq!(cost_method(w(10), bp(0), 0, 0), Err(PriceRefusal::NoBuyers));
        assert_eq!(cost_method(Won::MAX, bp(0), u32::MAX, 1), Err(PriceRefusal::TooLarge));
    }

    #[test]
    fn r_152_discounted_flows() {
        let flows = [w(5_000_000); 3];
        assert_eq!(income_method(&flows, bp(3_000), bp(1_200)), Ok(w(3_602_746)));
        assert_eq!(income_method(&[w(112)], bp(10_000), bp(1_200)), Ok(w(100)));
        assert_eq!(income_method(&flows, bp(10_000), bp(0)), Ok(w(15_000_000)));
        assert_eq!(income_method(&[], bp(1), bp(1)), Err(PriceRefusal::Years));
        assert_eq!(income_method(&[w(1); 51], bp(1), bp(1)), Err(PriceRefusal::Years));
        // Ten years of 100 at 10 %: 614.4567…
        assert_eq!(income_method(&[w(100); 10], bp(10_000), bp(1_000)), Ok(w(614)));
        assert!(income_method(&[Won::MAX; 50], bp(10_000), bp(1)).is_err());
    }

    #[test]
    fn r_152_relief_from_royalty() {
        // 100,000,000 × 5 % × 78 % / 1.12 = 3,482,142.85…
        let value = royalty_relief(&[w(100_000_000)], bp(500), bp(2_200), bp(1_200));
        assert_eq!(value, Ok(w(3_482_142)));
    }

    #[test]
    fn r_153_a_market_basis_needs_three_comparables() {
        let prices = [w(3_000_000), w(1_000_000), w(2_000_001)];
        let basis = market_method(&prices, &[]).unwrap();
        assert_eq!(
            (basis.low, basis.median, basis.high),
            (w(1_000_000), w(2_000_001), w(3_000_000))
        );
        let even = market_method(&[w(1), w(2), w(5), w(9)], &[]).unwrap();
        assert_eq!(even.median, w(3));
        let adjusted = market_method(&[w(1), w(2), w(5), w(9)], &[20_000, 15_000]).unwrap();
        assert_eq!(adjusted.median, w(10), "3.5 × 2 × 1.5 = 10.5");
        for few in [&prices[..0], &prices[..2]] {
            let refused = market_method(few, &[]);
            assert_eq!(refused, Err(PriceRefusal::Insufficient { found: few.len() }));
        }
    }

    #[test]
    fn r_154_quality_multiplies_the_price() {
        assert_eq!(quality_adjusted(w(4_600_000), 11_500), Ok(w(5_290_000)));
        assert_eq!(quality_adjusted(w(4_600_000), 8_500), Ok(w(3_910_000)));
    }

    proptest! {
        /// Against a sum of fractions of 128 bits, for as many years as fit.
        #[test]
        fn r_152_agrees_with_small_fractions(
            flows in proptest::collection::vec(0..=1_000_000_000_i64, 1..=4), rate in 0..=10_000_i64,
        ) {
            let years = u32::try_from(flows.len()).unwrap();
            let growth = 10_000 + i128::from(rate);
            let numerator: i128 = (1..)
                .zip(&flows)
                .map(|(t, flow)| {
                    i128::from(*flow) * 10_000_i128.pow(t) * growth.pow(years - t)
                })
                .sum();
            let flows: Vec<Won> = flows.iter().copied().map(w).collect();
            let expected = i64::try_from(numerator / growth.pow(years)).unwrap();
            prop_assert_eq!(income_method(&flows, bp(10_000), bp(rate)), Ok(w(expected)));
        }
    }
}
