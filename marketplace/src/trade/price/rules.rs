//! From inputs to a price. The arithmetic is in `schema::money_rules::price`.

use std::collections::BTreeSet;

use schema::api::trade::{Comparable, PriceInputs};
use schema::code::Code;
use schema::data::quality::GRADE_REJECT;
use schema::money::Won;
use schema::money_rules::price::{
    PriceRefusal, cost_method, income_method, market_method, quality_adjusted, royalty_relief,
};
use schema::problem::Refusal;

/// Most products that are compared; enough for a median, few enough to look each up.
pub(super) const COMPARABLES_MAX: usize = 100;

/// What a calculation gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Calculated {
    /// The supply price.
    pub(super) result: Won,
    /// The range, where the method gives one.
    pub(super) range: Option<(Won, Won)>,
}

/// Calculates a price. Prices of comparables must have been filled in.
pub(super) fn calculate(inputs: &PriceInputs) -> Result<Calculated, Refusal> {
    let plain = |result| Calculated { result, range: None };
    match inputs {
        PriceInputs::Cost { reproduction_cost, obsolescence_bp, margin_bp, buyers } => {
            cost_method(*reproduction_cost, *obsolescence_bp, *margin_bp, *buyers)
                .map(plain)
                .map_err(|why| refusal(why, "R-151"))
        }
        PriceInputs::Income { flows, contribution_bp, rate_bp } => {
            income_method(flows, *contribution_bp, *rate_bp)
                .map(plain)
                .map_err(|why| refusal(why, "R-152"))
        }
        PriceInputs::RoyaltyRelief { revenues, royalty_bp, tax_bp, rate_bp } => {
            royalty_relief(revenues, *royalty_bp, *tax_bp, *rate_bp)
                .map(plain)
                .map_err(|why| refusal(why, "R-152"))
        }
        PriceInputs::Market { comparables, adjustments_bp } => {
            let prices: Vec<Won> = comparables.iter().filter_map(|each| each.price).collect();
            let basis =
                market_method(&prices, adjustments_bp).map_err(|why| refusal(why, "R-153"))?;
            Ok(Calculated { result: basis.median, range: Some((basis.low, basis.high)) })
        }
    }
}

/// Checks the products that prices are compared with: each is a listing, or has a label and a
/// price, and stands once.
pub(super) fn comparables(list: &[Comparable]) -> Result<(), Refusal> {
    if list.len() > COMPARABLES_MAX {
        return Err(invalid("comparables", "비교 상품은 100건까지입니다.", "Compare up to 100."));
    }
    let mut seen = BTreeSet::new();
    for (at, each) in list.iter().enumerate() {
        let field = format!("comparables.{at}");
        let name = match (each.listing, &each.label, each.price) {
            (Some(listing), None, None) => listing.to_string(),
            (None, Some(label), Some(_)) if (1..=200).contains(&label.trim().chars().count()) => {
                label.trim().to_owned()
            }
            _ => {
                return Err(invalid(
                    &field,
                    "`listing`만 쓰거나, `label`과 `price`를 함께 쓰세요.",
                    "Give either `listing`, or `label` and `price`.",
                ));
            }
        };
        if !seen.insert(name) {
            return Err(invalid(
                &field,
                "같은 비교 상품을 두 번 쓸 수 없습니다.",
                "A product is compared once.",
            ));
        }
    }
    Ok(())
}

/// Multiplier of a quality grade in basis points; none for one that cannot be listed.
pub(super) fn multiplier_bp(grade: Option<&str>) -> Option<u32> {
    match grade {
        Some("A") => Some(11_500),
        Some("B") => Some(10_000),
        Some("C") => Some(8_500),
        Some(GRADE_REJECT) | None => None,
        // A grade of another table says nothing about the price.
        Some(_) => Some(10_000),
    }
}

/// The price of a version of a grade with this multiplier.
pub(super) fn adjusted(price: Won, multiplier_bp: u32) -> Result<Won, Refusal> {
    quality_adjusted(price, multiplier_bp).map_err(|why| refusal(why, "R-154"))
}

fn refusal(why: PriceRefusal, rule: &'static str) -> Refusal {
    let text = why.text();
    let refusal = Code::PriceInvalid.because(text.ko, text.en).rule(rule);
    match why {
        PriceRefusal::Insufficient { found } => {
            refusal.with("reason", "insufficient").with("found", found).field("comparables").cure(
                "비교 상품을 더 찾거나 원가 또는 수익 방식을 쓰세요.",
                "Find more comparable products, or use the cost or income method.",
            )
        }
        _ => refusal,
    }
}

fn invalid(field: &str, ko: &str, en: &str) -> Refusal {
    Code::InvalidField.because(ko, en).rule("R-153").field(field)
}

#[cfg(test)]
mod tests {
    use schema::api::trade::{Comparable, PriceInputs};
    use schema::money::{BasisPoints, Won};

    use super::{adjusted, calculate, comparables, multiplier_bp};

    fn w(amount: i64) -> Won {
        Won::new(amount).unwrap()
    }

    fn bp(points: i64) -> BasisPoints {
        BasisPoints::new(points).unwrap()
    }

    fn elsewhere(label: &str, price: i64) -> Comparable {
        Comparable { listing: None, label: Some(label.to_owned()), price: Some(w(price)) }
    }

    #[test]
    fn r_151_cost() {
        let inputs = PriceInputs::Cost {
            reproduction_cost: w(30_000_000),
            obsolescence_bp: bp(2_000),
            margin_bp: 1_500,
            buyers: 6,
        };
        let calculated = calculate(&inputs).unwrap();
        assert_eq!((calculated.result, calculated.range), (w(4_600_000), None));
    }

    #[test]
    fn r_152_income() {
        let inputs = PriceInputs::Income {
            flows: vec![w(5_000_000); 3],
            contribution_bp: bp(3_000),
            rate_bp: bp(1_200),
        };
        assert_eq!(calculate(&inputs).unwrap().result, w(3_602_746));
    }

    #[test]
    fn r_153_market_shows_its_range_and_needs_three() {
        let three = vec![
            elsewhere("가", 3_000_000),
            elsewhere("나", 1_000_000),
            elsewhere("다", 2_000_000),
        ];
        let market = |list: &[Comparable]| {
            calculate(&PriceInputs::Market {
                comparables: list.to_vec(),
                adjustments_bp: vec![11_000],
            })
        };
        let basis = market(&three).unwrap();
        assert_eq!(basis.result, w(2_200_000));
        assert_eq!(basis.range, Some((w(1_100_000), w(3_300_000))));
        let refused = market(&three[..2]).unwrap_err();
        assert_eq!(refused.code.slug(), "price-invalid");
        assert_eq!(refused.rule, Some("R-153"));
        assert_eq!(refused.figures["reason"], "insufficient");
        assert_eq!(refused.figures["found"], 2);
    }

    #[test]
    fn r_153_a_product_is_compared_once_and_is_named() {
        assert!(comparables(&[elsewhere("가", 1), elsewhere("나", 1)]).is_ok());
        assert!(comparables(&[elsewhere("가", 1), elsewhere(" 가 ", 2)]).is_err());
        assert!(comparables(&[elsewhere("  ", 1)]).is_err());
        let bare = Comparable { listing: None, label: None, price: Some(w(1)) };
        let refused = comparables(&[elsewhere("가", 1), bare]).unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("comparables.1"));
    }

    #[test]
    fn r_154_grades_multiply_and_a_rejected_one_does_not() {
        assert_eq!(multiplier_bp(Some("A")), Some(11_500));
        assert_eq!(multiplier_bp(Some("C")), Some(8_500));
        assert_eq!(multiplier_bp(Some("REJECT")), None);
        assert_eq!(multiplier_bp(None), None);
        assert_eq!(adjusted(w(4_600_000), 11_500).unwrap(), w(5_290_000));
    }
}
