//! The licence that a listing offers.

use serde::{Deserialize, Serialize};

use super::contract::Purpose;
use crate::money::Won;

crate::words! {
    /// How a licence is paid.
    PaymentModel {
        /// 일시불: the price, once.
        LumpSum = "LUMP_SUM",
        /// 정액: a price a month.
        FlatPeriod = "FLAT_PERIOD",
        /// 종량: by rows, calls or bytes.
        Metered = "METERED",
        /// A part of the revenue.
        Royalty = "ROYALTY",
    }
}

crate::words! {
    /// Whether others may have the same licence.
    Exclusivity {
        /// Everyone may.
        NonExclusive = "non_exclusive",
        /// One buyer only; impossible while a listing duty runs.
        Exclusive = "exclusive",
    }
}

crate::words! {
    /// Who owns what is derived from the data.
    DerivedPolicy {
        /// The buyer owns what does not let the data be reconstructed.
        BuyerOwns = "buyer_owns",
        /// All of it follows the licence of the data.
        FollowsSource = "follows_source",
    }
}

crate::words! {
    /// How the data reach the buyer.
    DeliveryMethod {
        /// A file to download.
        File = "file",
        /// An interface to query.
        Api = "api",
    }
}

crate::words! {
    /// What happens when the data change.
    UpdatePolicy {
        /// The contract keeps its version; a later one is a new product.
        None = "none",
        /// Corrected versions are delivered without charge.
        Corrections = "corrections",
    }
}

/// Who may use the data and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Purposes allowed; every purpose when empty.
    #[serde(default)]
    pub purposes: Vec<Purpose>,
    /// People who may use it; no limit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<u32>,
    /// Sites that may use it; no limit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<u32>,
    /// Whether affiliates of the buyer may use it.
    #[serde(default)]
    pub affiliates: bool,
}

/// What the seller answers for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Warranty {
    /// Days from delivery in which a defect against the published report is put right.
    pub days: u16,
}

/// The licence that a listing offers. Resale, sub-licences and re-identification are never part of
/// it, so there is no field to allow them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LicenceOffer {
    /// How it is paid. Only `LUMP_SUM` is offered yet.
    pub model: PaymentModel,
    /// Months of use; without end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_months: Option<u32>,
    /// Who may use the data and for what.
    pub scope: Scope,
    /// Whether others may have the same licence.
    pub exclusivity: Exclusivity,
    /// Who owns derived data.
    pub derived: DerivedPolicy,
    /// Where the data may be used, such as `KR` or `WORLD`: 2 to 32 capital letters.
    pub territory: String,
    /// How the data reach the buyer: as a `file`, or by queries only (`api`).
    pub delivery: DeliveryMethod,
    /// What happens when the data change.
    pub updates: UpdatePolicy,
    /// Whether those who have not bought may ask bounded questions of the data.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probe: bool,
    /// What the seller answers for.
    pub warranty: Warranty,
    /// The most either side owes the other; the price when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liability_cap: Option<Won>,
}
