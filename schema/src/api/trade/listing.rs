//! Listings: products on the exchange and what is said about them.

use serde::{Deserialize, Serialize};

use super::licence::LicenceOffer;
use super::price::PriceMethod;
use crate::data::column::Dictionary;
use crate::data::profile::Preview;
use crate::data::quality::Indices;
use crate::id::{AgreementId, DatasetId, ListingId, OrgId, PriceBasisId, UserId, VersionId};
use crate::lang::Text;
use crate::money::Won;
use crate::problem::Reason;
use crate::time::{Day, Instant, PeriodParts};

crate::words! {
    /// State of a listing.
    ListingState {
        /// Its provider writes it.
        Draft = "draft",
        /// Passed the gate of R-094; the operator reviews it.
        InReview = "in_review",
        /// Sent back with a reason; its provider may change it.
        Returned = "returned",
        /// May be published.
        Approved = "approved",
        /// On sale. Its content does not change any more.
        Listed = "listed",
        /// Taken off sale by the operator for a while.
        Suspended = "suspended",
        /// Taken off sale by its provider; licences sold stay valid.
        Delisted = "delisted",
        /// Removed by force.
        Removed = "removed",
        /// Replaced by the listing of a later version.
        Superseded = "superseded",
    }
}

impl ListingState {
    /// Whether everyone may look at it.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Listed | Self::Delisted | Self::Superseded)
    }
}

crate::words! {
    /// Why a listing is suspended.
    SuspendCause {
        /// Personal data were found.
        PersonalData = "personal_data",
        /// A dispute about rights was decided against the provider.
        RightsDispute = "rights_dispute",
        /// The published quality is false.
        QualityFraud = "quality_fraud",
        /// The operator's own reasons; the provider is not at fault.
        Operator = "operator",
    }
}

impl SuspendCause {
    /// Whether the provider caused it, so that its listing duty stands still.
    pub const fn is_providers(self) -> bool {
        !matches!(self, Self::Operator)
    }
}

crate::words! {
    /// State of the one-year listing duty of a product made with public money.
    DutyState {
        /// The clock runs.
        Running = "running",
        /// The clock stands still: suspended by the provider's fault.
        Paused = "paused",
        /// The listing was removed; a replacement is due.
        Remediation = "remediation",
        /// The term is over.
        Fulfilled = "fulfilled",
    }
}

/// What is said about a product besides its columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProductDescription {
    /// Process the data come from, 1 to 200 characters each.
    pub process: Text,
    /// Class of equipment, 1 to 200 characters each.
    pub equipment: Text,
    /// Industry: a KSIC code of two to five digits.
    pub ksic: String,
}

/// What the provider affirms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// It has the right to sell the data.
    #[serde(default)]
    pub right_to_sell: bool,
    /// Nobody else has rights in them.
    #[serde(default)]
    pub no_third_party_rights: bool,
}

/// What a provider writes of a listing; it may change until it is under review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListingDraft {
    /// Title, 1 to 200 characters in each language.
    pub title: Text,
    /// Summary, 1 to 5,000 characters in each language.
    pub summary: Text,
    /// What is said about the product.
    pub description: ProductDescription,
    /// Supply price (VAT comes on top).
    pub price: Won,
    /// The calculation behind the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_basis: Option<PriceBasisId>,
    /// The licence offered.
    pub licence: LicenceOffer,
    /// What the provider affirms.
    #[serde(default)]
    pub attestation: Attestation,
    /// Name of the file that buyers download, ending in `.parquet`.
    pub file_name: String,
    /// The listing of an earlier version that this one replaces when it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<ListingId>,
}

/// A listing to be drafted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewListing {
    /// The ready version that is sold.
    pub version: VersionId,
    /// What is written about it.
    pub draft: ListingDraft,
}

/// A reason to be told when a listing is returned or removed, or a contract is declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Why, 1 to 1,000 characters.
    pub reason: String,
}

/// A suspension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Suspend {
    /// What kind of reason.
    pub cause: SuspendCause,
    /// Why, 1 to 1,000 characters.
    pub reason: String,
}

/// Why and since when a listing is off sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Halt {
    /// Since when.
    pub at: Instant,
    /// What kind of reason (suspension).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<SuspendCause>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Last day for a replacement, after a removal under duty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy_by: Option<Day>,
}

/// The one-year listing duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Duty {
    /// The agreement it comes from.
    pub agreement: AgreementId,
    /// Its days; `end` is the last one.
    pub period: PeriodParts,
    /// State now.
    pub state: DutyState,
    /// Last day for a replacement, after a removal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy_by: Option<Day>,
}

/// A listing as its provider, its reviewers and the staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Listing {
    /// Id.
    pub id: ListingId,
    /// Provider.
    pub org: OrgId,
    /// The version sold.
    pub version: VersionId,
    /// Its data set.
    pub dataset: DatasetId,
    /// State.
    pub state: ListingState,
    /// What the provider wrote.
    #[serde(flatten)]
    pub draft: ListingDraft,
    /// Digest of price, licence and contract template; send it as `expected_terms_hash` with an
    /// order to be sure that they are what you saw.
    pub offer_hash: String,
    /// Rows.
    pub rows: i64,
    /// Columns.
    pub columns: i64,
    /// Quality grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// Quality index in hundredths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_hundredths: Option<i64>,
    /// What did not stop it at the gate but should be known, such as columns without a unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Reason>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Instant>,
    /// Its listing duty, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duty: Option<Duty>,
    /// Why it is off sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halt: Option<Halt>,
    /// The listing that replaced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<ListingId>,
    /// Who drafted it (for its provider and the staff).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<UserId>,
    /// When it was drafted.
    pub created_at: Instant,
}

/// A listing in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListingCard {
    /// Id.
    pub id: ListingId,
    /// State.
    pub state: ListingState,
    /// Title.
    pub title: Text,
    /// Summary.
    pub summary: Text,
    /// What is said about the product.
    pub description: ProductDescription,
    /// Supply price.
    pub price: Won,
    /// VAT on it.
    pub vat: Won,
    /// Rows.
    pub rows: i64,
    /// Columns.
    pub columns: i64,
    /// Quality grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// Quality index in hundredths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_hundredths: Option<i64>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Instant>,
}

/// What is published of a price calculation: its method and range, never its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BasisSummary {
    /// How the price was calculated.
    pub method: PriceMethod,
    /// The calculated supply price.
    pub result: Won,
    /// Lower end of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Won>,
    /// Upper end of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Won>,
}

/// Everything that is published about a listing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListingDetail {
    /// The listing.
    #[serde(flatten)]
    pub listing: Listing,
    /// Name of the provider.
    pub provider: String,
    /// VAT on the price.
    pub vat: Won,
    /// SHA-256 of the file that buyers receive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_sha256: Option<String>,
    /// Its length in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_bytes: Option<i64>,
    /// SHA-256 of the certificate (compact JWS) that buyers receive with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_sha256: Option<String>,
    /// The calculation behind the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<BasisSummary>,
    /// Quality indices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indices: Option<Indices>,
    /// Columns and their meaning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dictionary: Option<Dictionary>,
    /// A bounded sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
}

/// Which listings are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ListingQuery {
    /// `next` of the page before; absent for the first page.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Text that title, summary, process or equipment contain, up to 100 characters.
    #[serde(default)]
    pub q: Option<String>,
    /// `true` for the caller's own listings in every state (for the staff: everybody's), which
    /// needs a token; otherwise what is on sale.
    #[serde(default)]
    pub mine: Option<bool>,
    /// With `mine`: only those in this state, such as `in_review`.
    #[serde(default)]
    pub state: Option<ListingState>,
}
