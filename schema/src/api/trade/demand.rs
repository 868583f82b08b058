//! The board of requests: data that buyers look for, and what sellers propose.

use serde::{Deserialize, Serialize};

use crate::id::{DataProposalId, DataRequestId, ListingId, OrgId};
use crate::money::Won;
use crate::time::{Day, Instant};

/// Data that a buyer looks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDataRequest {
    /// In a line, 1 to 200 characters. Everybody who signs in reads it.
    pub title: String,
    /// Process, equipment, signals, rate, span, format: 1 to 4,000 characters.
    pub detail: String,
    /// The most that it may cost, before VAT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Won>,
    /// Last day for proposals: today to a year from today.
    pub until: Day,
}

/// A request as everybody who signs in sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DataRequest {
    /// Id.
    pub id: DataRequestId,
    /// Who looks for it: told to that organisation itself and to the staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// In a line.
    pub title: String,
    /// In detail.
    pub detail: String,
    /// The most that it may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Won>,
    /// Last day for proposals.
    pub until: Day,
    /// Whether proposals are taken now.
    pub open: bool,
    /// Proposals so far.
    pub proposals: u32,
    /// When it was posted.
    pub created_at: Instant,
}

/// What a seller proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDataProposal {
    /// A product of the seller that is on sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<ListingId>,
    /// What the seller has or would make, 1 to 4,000 characters.
    pub note: String,
    /// What it would cost, before VAT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Won>,
}

/// A proposal as the one who asked, the one who proposed and the staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DataProposal {
    /// Id.
    pub id: DataProposalId,
    /// To which request.
    pub request: DataRequestId,
    /// By whom.
    pub org: OrgId,
    /// Name of that organisation.
    pub provider: String,
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<ListingId>,
    /// What is proposed.
    pub note: String,
    /// What it would cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Won>,
    /// When.
    pub created_at: Instant,
}
