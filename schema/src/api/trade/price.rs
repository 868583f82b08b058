//! Price calculations.

use serde::{Deserialize, Serialize};

use crate::id::{ListingId, OrgId, PriceBasisId, UserId, VersionId};
use crate::money::{BasisPoints, Won};
use crate::time::Instant;

crate::words! {
    /// How a price was calculated.
    PriceMethod {
        /// What it would cost to make the data again.
        Cost = "cost",
        /// Discounted income.
        Income = "income",
        /// Relief from royalty.
        RoyaltyRelief = "royalty_relief",
        /// Comparable products.
        Market = "market",
    }
}

/// Method and inputs of a calculation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum PriceInputs {
    /// `C × (1 − obsolescence) × (1 + margin) / buyers`.
    Cost {
        /// What it would cost to make the data again.
        reproduction_cost: Won,
        /// Part of the value lost with age, in basis points.
        obsolescence_bp: BasisPoints,
        /// Margin in basis points; may be above 10000.
        margin_bp: u32,
        /// Buyers expected, at least one.
        buyers: u32,
    },
    /// `Σ flow × contribution / (1 + rate)^t`, the first flow a year away.
    Income {
        /// Yearly cash flows, 1 to 50.
        flows: Vec<Won>,
        /// Part of the flow that the data earn, in basis points.
        contribution_bp: BasisPoints,
        /// Discount rate in basis points.
        rate_bp: BasisPoints,
    },
    /// `Σ revenue × royalty × (1 − tax) / (1 + rate)^t`.
    RoyaltyRelief {
        /// Yearly revenues, 1 to 50.
        revenues: Vec<Won>,
        /// Royalty saved, in basis points.
        royalty_bp: BasisPoints,
        /// Tax in basis points.
        tax_bp: BasisPoints,
        /// Discount rate in basis points.
        rate_bp: BasisPoints,
    },
    /// Median of comparable products times adjustments.
    Market {
        /// Products compared, at least three.
        comparables: Vec<Comparable>,
        /// Factors in basis points (10000 changes nothing), at most 32.
        #[serde(default)]
        adjustments_bp: Vec<u32>,
    },
}

impl PriceInputs {
    /// The method.
    pub fn method(&self) -> PriceMethod {
        match self {
            Self::Cost { .. } => PriceMethod::Cost,
            Self::Income { .. } => PriceMethod::Income,
            Self::RoyaltyRelief { .. } => PriceMethod::RoyaltyRelief,
            Self::Market { .. } => PriceMethod::Market,
        }
    }
}

/// A product that prices are compared with: a listing of the exchange, or one from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Comparable {
    /// A listing that is on sale; its price is taken from the exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<ListingId>,
    /// Name of a product from elsewhere, with its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its supply price; filled in for a listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Won>,
}

/// A price calculation. A price has many possible bases and no single true value: the
/// method and its range are always shown with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceBasis {
    /// Id.
    pub id: PriceBasisId,
    /// The version it is for.
    pub version: VersionId,
    /// Owner of the version.
    pub org: OrgId,
    /// How it was calculated.
    pub method: PriceMethod,
    /// From what.
    pub inputs: PriceInputs,
    /// The calculated supply price.
    pub result: Won,
    /// Lower end of the range (market method).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Won>,
    /// Upper end of the range (market method).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Won>,
    /// Multiplier of the version's quality grade in basis points, where it has a listable one
    ///
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality_multiplier_bp: Option<i64>,
    /// The result times that multiplier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality_adjusted: Option<Won>,
    /// Who calculated it.
    pub author: UserId,
    /// When.
    pub created_at: Instant,
}
