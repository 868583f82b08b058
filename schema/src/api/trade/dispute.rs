//! Disputes about deliveries, and what was bought and used.

use serde::{Deserialize, Serialize};

use crate::api::trade::{ContractState, ListingState};
use crate::id::{
    AfterCareId, AgreementId, ContractId, DisputeId, ListingId, OrgId, UserId, VersionId, VoucherId,
};
use crate::lang::Text;
use crate::money::Won;
use crate::time::{Day, Instant, Period};

crate::words! {
    /// State of a dispute.
    DisputeState {
        /// Waits for the operator.
        Open = "open",
        /// Before the data dispute mediation committee.
        Mediation = "mediation",
        /// The delivery was as promised.
        Accepted = "accepted",
        /// Everything went back to its sources.
        Refunded = "refunded",
        /// A part went back, and the rest was accepted.
        PartialRefund = "partial_refund",
    }
}

crate::words! {
    /// How the operator ends a dispute, or hands it on.
    DisputeOutcome {
        /// The delivery was as promised.
        Accept = "accept",
        /// Everything goes back.
        Refund = "refund",
        /// A part goes back.
        PartialRefund = "partial_refund",
        /// The mediation committee is to propose something.
        Mediation = "mediation",
    }
}

crate::words! {
    /// What a side says to a proposal. Silence is a refusal.
    DisputeAnswer {
        /// Takes it.
        Accepts = "accepts",
        /// Does not.
        Refuses = "refuses",
    }
}

/// A decision on a dispute.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DisputeDecision {
    /// How it ends.
    pub outcome: DisputeOutcome,
    /// Supply value that goes back; only for a partial refund.
    #[serde(default)]
    pub refunded_supply: Option<Won>,
    /// Why, measured against the published report, 1 to 1,000 characters.
    pub reason: String,
}

/// What the mediation committee proposes, served on both sides today.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DisputeProposal {
    /// The proposal, 1 to 4,000 characters.
    pub text: String,
    /// Supply value that would go back; zero to the whole.
    pub refunded_supply: Won,
}

/// What a side says to the proposal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DisputeReply {
    /// The answer.
    pub answer: DisputeAnswer,
}

/// A dispute about a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dispute {
    /// Id.
    pub id: DisputeId,
    /// The contract.
    pub contract: ContractId,
    /// State.
    pub state: DisputeState,
    /// Supply value that went back.
    pub refunded_supply: Won,
    /// VAT that went back.
    pub refunded_vat: Won,
    /// Of the supply value, the public part.
    pub refunded_public: Won,
    /// Of the supply value, the buyer's part.
    pub refunded_own: Won,
    /// Last day for the committee's proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propose_by: Option<Day>,
    /// Day on which the proposal was served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_on: Option<Day>,
    /// Last day to answer it; silence is a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<Day>,
    /// The proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<String>,
    /// Supply value that would go back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_supply: Option<Won>,
    /// The buyer's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_answer: Option<DisputeAnswer>,
    /// The seller's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_answer: Option<DisputeAnswer>,
    /// Why it ended as it did, or why it is open again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the delivery was rejected.
    pub opened_at: Instant,
    /// Who decided last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<UserId>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Instant>,
}

/// What one purchase was used for, in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsedPurchase {
    /// The contract.
    pub contract: ContractId,
    /// Its state.
    pub state: ContractState,
    /// Title of the product.
    pub title: Text,
    /// The version.
    pub version: VersionId,
    /// Supply value.
    pub supply: Won,
    /// Public share.
    pub support: Won,
    /// Downloads.
    pub downloads: u32,
    /// Bytes sent.
    pub bytes: i64,
    /// When the first download began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<Instant>,
    /// When the last one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Instant>,
    /// Of the downloads, those inside the period of the voucher.
    pub downloads_in_period: u32,
}

/// What a voucher was used for, in numbers. The report on the use itself is the buyer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Utilisation {
    /// The voucher.
    pub voucher: VoucherId,
    /// The agreement behind it.
    pub agreement: AgreementId,
    /// Whose it is.
    pub org: OrgId,
    /// Period of purchase and use.
    pub period: Period,
    /// What it may pay in all.
    pub approved: Won,
    /// Held, committed or paid, less what was refunded.
    pub used: Won,
    /// Part of the approved amount that is used, in hundredths of a per cent, floored.
    pub used_bp: u32,
    /// Purchases that stand.
    pub purchases: Vec<UsedPurchase>,
    /// Purchases of which nothing was downloaded inside the period.
    pub unused: u32,
}

/// What a provider says about a product made with public money.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAfterCare {
    /// Status, and what was done to sell it; 1 to 4,000 characters.
    pub note: String,
}

/// Sales and usage of a product, counted by the exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AfterCareFigures {
    /// State of the listing.
    pub state: ListingState,
    /// Since when it is on sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Instant>,
    /// Last day of its term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obligation_end: Option<Day>,
    /// Contracts that were not cancelled.
    pub contracts: u32,
    /// Buyers of them.
    pub buyers: u32,
    /// Supply value of those that were accepted.
    pub sales: Won,
    /// Of it, public money.
    pub support: Won,
    /// Downloads.
    pub downloads: u32,
}

/// A yearly report on a product made with public money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AfterCare {
    /// Id.
    pub id: AfterCareId,
    /// The product.
    pub listing: ListingId,
    /// Number, from 1.
    pub number: u32,
    /// What was counted.
    pub figures: AfterCareFigures,
    /// What the provider says.
    pub note: String,
    /// When it was handed in.
    pub at: Instant,
}

/// The reports on a product, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AfterCares {
    /// The reports.
    pub items: Vec<AfterCare>,
}
