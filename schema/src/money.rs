//! Money in whole won and rates in whole basis points. No operator can overflow or go below zero.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount of Korean won: 0 to 2⁵³ − 1, so that it is exact in every JSON client.
/// Whether it is owed or owned is said by the account it stands in, never by a sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "sql",
    derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)
)]
#[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::BigInt))]
pub struct Won(pub(crate) i64);

impl Won {
    /// No money.
    pub const ZERO: Won = Won(0);
    /// The largest amount.
    pub const MAX: Won = Won((1 << 53) - 1);

    /// `amount` won, if it is within 0 and [`Won::MAX`].
    pub const fn new(amount: i64) -> Option<Won> {
        if amount >= 0 && amount <= Self::MAX.0 { Some(Won(amount)) } else { None }
    }

    /// The amount.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, unless it is above [`Won::MAX`].
    #[must_use]
    pub const fn checked_add(self, other: Won) -> Option<Won> {
        Won::new(self.0 + other.0)
    }

    /// The difference, unless it is below zero.
    #[must_use]
    pub const fn checked_sub(self, other: Won) -> Option<Won> {
        Won::new(self.0 - other.0)
    }

    /// The difference, or zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Won) -> Won {
        match self.checked_sub(other) {
            Some(rest) => rest,
            None => Won::ZERO,
        }
    }

    /// The sum of all, unless it is above [`Won::MAX`].
    pub fn checked_sum(amounts: impl IntoIterator<Item = Won>) -> Option<Won> {
        amounts.into_iter().try_fold(Won::ZERO, Won::checked_add)
    }

    /// `self × rate`, rounded down to the won.
    #[must_use]
    pub fn share_floor(self, rate: BasisPoints) -> Won {
        let product = i128::from(self.0) * i128::from(rate.0);
        i64::try_from(product / 10_000).ok().and_then(Won::new).unwrap_or(Won::MAX)
    }

    /// `self × rate`, rounded up to the won (R-054: minima round up).
    #[must_use]
    pub fn share_ceil(self, rate: BasisPoints) -> Won {
        let product = i128::from(self.0) * i128::from(rate.0);
        i64::try_from((product + 9_999) / 10_000).ok().and_then(Won::new).unwrap_or(Won::MAX)
    }
}

impl fmt::Display for Won {
    /// `12,345,679`: grouped by thousands, without the currency.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl Serialize for Won {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Won {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let amount = i64::deserialize(deserializer)?;
        Won::new(amount).ok_or_else(|| {
            serde::de::Error::custom(
                "an amount is a whole number of won, 0 to 9007199254740991 (R-056)",
            )
        })
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Won {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .description(Some("Whole won (KRW)"))
            .minimum(Some(0))
            .maximum(Some(Won::MAX.0))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Won {}

/// A rate in basis points: 10,000 is 100 %. At most 10,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(
    feature = "sql",
    derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)
)]
#[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::BigInt))]
#[serde(transparent)]
pub struct BasisPoints(pub(crate) i64);

impl BasisPoints {
    /// Nothing.
    pub const ZERO: BasisPoints = BasisPoints(0);
    /// The whole.
    pub const WHOLE: BasisPoints = BasisPoints(10_000);

    /// `points` basis points, if within 0 and 10,000.
    pub const fn new(points: i64) -> Option<BasisPoints> {
        if points >= 0 && points <= 10_000 { Some(BasisPoints(points)) } else { None }
    }

    /// The number of basis points.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// What is left to the whole.
    #[must_use]
    pub const fn complement(self) -> BasisPoints {
        BasisPoints(10_000 - self.0)
    }
}

impl fmt::Display for BasisPoints {
    /// `80 %`, `97.7 %`, `99.38 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match (rest, rest % 10) {
            (0, _) => write!(f, "{whole} %"),
            (_, 0) => write!(f, "{whole}.{} %", rest / 10),
            _ => write!(f, "{whole}.{rest:02} %"),
        }
    }
}

impl<'de> Deserialize<'de> for BasisPoints {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let points = i64::deserialize(deserializer)?;
        BasisPoints::new(points)
            .ok_or_else(|| serde::de::Error::custom("a rate is 0 to 10000 basis points"))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for BasisPoints {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .description(Some("Basis points: 10,000 is 100 %"))
            .minimum(Some(0))
            .maximum(Some(10_000))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for BasisPoints {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BasisPoints, Won};

    #[test]
    fn r_056_amounts_outside_the_exact_range_are_refused() {
        for bad in [-1, i64::MIN, (1 << 53), i64::MAX] {
            assert_eq!(Won::new(bad), None);
            assert!(serde_json::from_str::<Won>(&bad.to_string()).is_err());
        }
        assert!(serde_json::from_str::<Won>("1.0").is_err());
        assert!(serde_json::from_str::<Won>("\"1\"").is_err());
        assert_eq!(Won::MAX.checked_add(Won(1)), None);
        assert_eq!(Won::ZERO.checked_sub(Won(1)), None);
    }

    #[test]
    fn amounts_and_rates_print_for_people() {
        for (amount, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_679, "12,345,679")]
        {
            assert_eq!(Won(amount).to_string(), text);
        }
        for (points, text) in
            [(8_000, "80 %"), (9_770, "97.7 %"), (9_938, "99.38 %"), (5, "0.05 %")]
        {
            assert_eq!(BasisPoints(points).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn a_floor_and_the_ceiling_of_the_rest_make_the_whole(
            amount in 0..=Won::MAX.0, points in 0..=10_000i64,
        ) {
            let (amount, rate) = (Won(amount), BasisPoints(points));
            let sum = amount.share_floor(rate).checked_add(amount.share_ceil(rate.complement()));
            prop_assert_eq!(sum, Some(amount));
        }
    }
}
