//! Finding products.

use serde::{Deserialize, Serialize};

use super::licence::{DeliveryMethod, PaymentModel};
use super::listing::ListingCard;
use crate::money::Won;

/// How far into the results a search goes.
pub const SEARCH_DEPTH_MAX: u32 = 10_000;

crate::words! {
    /// Order of results.
    SearchSort {
        /// What fits the text best; without a text the newest first.
        Relevance = "relevance",
        /// The newest first.
        Newest = "newest",
        /// The cheapest first.
        Price = "price",
        /// The dearest first.
        PriceDown = "price_down",
        /// The best quality index first.
        Quality = "quality",
        /// The most rows first.
        Rows = "rows",
    }
}

/// A search. Every condition must hold; texts of facets are those that an answer names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words, or parts of words of two characters or more, in Korean or English; up to 100 characters.
    #[serde(default)]
    pub q: Option<String>,
    /// Process, in either language.
    #[serde(default)]
    pub process: Option<String>,
    /// Equipment, in either language.
    #[serde(default)]
    pub equipment: Option<String>,
    /// Industry: the first digits of a KSIC code.
    #[serde(default)]
    pub ksic: Option<String>,
    /// A column of this name.
    #[serde(default)]
    pub signal: Option<String>,
    /// A column in this unit (UCUM).
    #[serde(default)]
    pub unit: Option<String>,
    /// Quality grade.
    #[serde(default)]
    pub grade: Option<String>,
    /// How it is delivered.
    #[serde(default)]
    pub delivery: Option<DeliveryMethod>,
    /// How it is paid.
    #[serde(default)]
    pub model: Option<PaymentModel>,
    /// Supply price at least.
    #[serde(default)]
    pub price_min: Option<Won>,
    /// Supply price at most.
    #[serde(default)]
    pub price_max: Option<Won>,
    /// Rows at least.
    #[serde(default)]
    pub rows_min: Option<u64>,
    /// Rows at most.
    #[serde(default)]
    pub rows_max: Option<u64>,
    /// Order; `relevance` when absent.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub sort: Option<SearchSort>,
    /// Results to leave out, up to 10,000.
    #[serde(default)]
    pub from: Option<u32>,
    /// Results wanted, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// A value of a facet and how many results have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetCount {
    /// The value, to be sent as the condition of its name.
    pub value: String,
    /// Results that have it.
    pub count: u64,
}

/// The commonest values among the results, most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facets {
    /// Processes.
    pub process: Vec<FacetCount>,
    /// Equipment.
    pub equipment: Vec<FacetCount>,
    /// Divisions of KSIC (two digits).
    pub ksic: Vec<FacetCount>,
    /// Names of columns.
    pub signal: Vec<FacetCount>,
    /// Units of columns.
    pub unit: Vec<FacetCount>,
    /// Quality grades.
    pub grade: Vec<FacetCount>,
    /// Ways of delivery.
    pub delivery: Vec<FacetCount>,
    /// Ways of payment.
    pub model: Vec<FacetCount>,
}

/// Results of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchResults {
    /// Products, in the order asked for.
    pub items: Vec<ListingCard>,
    /// How many there are in all.
    pub total: u64,
    /// What they are like.
    pub facets: Facets,
}

/// What somebody who types may mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestions {
    /// Titles, processes, equipment and columns that contain the text, at most ten.
    pub items: Vec<String>,
}

/// A text that somebody types.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct SuggestionQuery {
    /// Two to 100 characters.
    pub q: String,
}
