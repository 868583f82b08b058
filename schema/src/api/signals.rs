//! Signs that something may be wrong, for a person to decide on.

use serde::{Deserialize, Serialize};

use crate::id::{ContractId, OrgId, RebateId, SignalId, UserId};
use crate::money::Won;
use crate::time::Instant;

crate::words! {
    /// What looks wrong.
    SignalKind {
        /// Parties of a deal hang together through others.
        Affiliation = "affiliation",
        /// An invoice that was paid already was shown again.
        DuplicateInvoice = "duplicate_invoice",
        /// The price rose between the award and the purchase.
        PriceJump = "price_jump",
        /// One file is sold under two names.
        SameFile = "same_file",
        /// A refund came soon after the payment.
        QuickRefund = "quick_refund",
        /// A rebate was reported or found.
        Rebate = "rebate",
    }
}

crate::words! {
    /// How serious it would be.
    SignalSeverity {
        /// Worth a look.
        Low = "low",
        /// Likely to need an explanation.
        Medium = "medium",
        /// Public money may be in the wrong hands.
        High = "high",
    }
}

crate::words! {
    /// State of a signal.
    SignalState {
        /// Waits for a person.
        Open = "open",
        /// A person found nothing wrong.
        Dismissed = "dismissed",
        /// A person found it true; a sanction may be built on it.
        Confirmed = "confirmed",
    }
}

/// A sign that something may be wrong. Nothing follows from it by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Signal {
    /// Id.
    pub id: SignalId,
    /// Kind.
    pub kind: SignalKind,
    /// How serious it would be.
    pub severity: SignalSeverity,
    /// State.
    pub state: SignalState,
    /// Ids of the objects it is about, the chief one first.
    pub subjects: Vec<String>,
    /// What was found.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub evidence: serde_json::Value,
    /// When it was found.
    pub raised_at: Instant,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Instant>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Which signals are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct SignalQuery {
    /// Of this state.
    #[serde(default)]
    pub state: Option<SignalState>,
    /// Of this kind.
    #[serde(default)]
    pub kind: Option<SignalKind>,
    /// `next` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// What a person decided on a signal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignalDecision {
    /// Whether it is true.
    pub confirmed: bool,
    /// Why, 1 to 1,000 characters.
    pub reason: String,
}

/// A rebate to be reported: money that went from the seller back to the buyer, by any way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRebate {
    /// How much.
    pub amount: Won,
    /// How and why, 1 to 1,000 characters.
    pub note: String,
}

/// A rebate that was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rebate {
    /// Id.
    pub id: RebateId,
    /// The purchase.
    pub contract: ContractId,
    /// How much.
    pub amount: Won,
    /// How and why.
    pub note: String,
    /// Organisation that reported it.
    pub org: OrgId,
    /// Whether a party of the contract disclosed it itself.
    pub disclosed: bool,
    /// By how much it lowered the eligible cost at once; nothing once it was accepted.
    pub reduced: Won,
    /// By how much it lowered the public share.
    pub support_reduced: Won,
    /// When.
    pub at: Instant,
}
