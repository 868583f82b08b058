//! Supply value and VAT. Both are stored; neither is computed again from the gross price.

use serde::{Deserialize, Serialize};

use super::won;
use crate::money::Won;

crate::words! {
    /// Whether VAT is part of the eligible cost.
    VatBasis {
        /// The supply value counts.
        Exclusive = "EXCLUSIVE",
        /// The gross price counts, for a nonprofit that cannot deduct VAT.
        Inclusive = "INCLUSIVE",
    }
}

/// A price: the supply value and the VAT on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TaxedPrice {
    /// 공급가액
    pub supply: Won,
    /// 부가가치세
    pub vat: Won,
}

impl TaxedPrice {
    /// The price with VAT of 10 %, rounded down. None if the sum is above [`Won::MAX`].
    pub fn from_supply(supply: Won) -> Option<Self> {
        let price = Self { supply, vat: Won(supply.0 / 10) };
        price.gross().map(|_| price)
    }

    /// The price of which only the gross amount is known: supply = gross × 100 / 110, rounded down.
    pub fn from_gross(gross: Won) -> Self {
        let supply = won(i128::from(gross.0) * 100 / 110).unwrap_or(Won::ZERO);
        Self { supply, vat: gross.saturating_sub(supply) }
    }

    /// What the buyer pays in all, unless it is above [`Won::MAX`].
    pub fn gross(&self) -> Option<Won> {
        self.supply.checked_add(self.vat)
    }

    /// The part that support is computed on.
    pub fn eligible(&self, basis: VatBasis) -> Option<Won> {
        match basis {
            VatBasis::Exclusive => Some(self.supply),
            VatBasis::Inclusive => self.gross(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money_rules::support::{Ceilings, Terms, support};
    use crate::money_rules::{bp, w};

    #[test]
    fn r_057_vat_of_a_gross_price() {
        for (gross, supply, vat) in
            [(11_000_000, 10_000_000, 1_000_000), (12_345_679, 11_223_344, 1_122_335)]
        {
            let price = TaxedPrice::from_gross(w(gross));
            assert_eq!(price, TaxedPrice { supply: w(supply), vat: w(vat) });
        }
    }

    /// A nonprofit that buys for 9,999,999 won of supply value, under both policies.
    #[test]
    fn r_057_a_stored_supply_value_is_never_computed_again() {
        let price = TaxedPrice::from_supply(w(9_999_999)).unwrap();
        let gross = price.gross().unwrap();
        assert_eq!((price.vat, gross), (w(999_999), w(10_999_998)));
        assert_eq!(TaxedPrice::from_gross(gross).supply, w(9_999_998));
        let terms = Terms::new(bp(10_000), w(10_000_000));
        for (basis, paid, own) in
            [(VatBasis::Inclusive, 10_000_000, 999_998), (VatBasis::Exclusive, 9_999_999, 999_999)]
        {
            let cost = price.eligible(basis).unwrap();
            let found = support(cost, &terms, Ceilings::default()).unwrap();
            assert_eq!(found.support, w(paid));
            assert_eq!(gross.checked_sub(found.support), Some(w(own)));
        }
    }

    proptest! {
        #[test]
        fn r_057_a_gross_price_is_divided_without_loss(gross in 0..=Won::MAX.0) {
            let price = TaxedPrice::from_gross(w(gross));
            prop_assert_eq!(price.gross(), Some(w(gross)));
            prop_assert!(price.vat.0 >= price.supply.0 / 10);
        }
    }
}
