//! Violations, and what follows from them.

use serde::{Deserialize, Serialize};

use crate::id::{AgreementId, ClaimId, CorrectiveOrderId, ListingId, OrgId, SanctionId, UserId};
use crate::money::Won;
use crate::time::{Day, Instant};

crate::words! {
    /// State of a sanction.
    SanctionState {
        /// Somebody or something raised a suspicion.
        Suspected = "suspected",
        /// The operator finds out; payments are frozen.
        Investigating = "investigating",
        /// The organisation was told and may answer.
        PreNotice = "pre_notice",
        /// Decided.
        Decided = "decided",
        /// The organisation appeals.
        Appealed = "appealed",
        /// The appeal was dismissed.
        Upheld = "upheld",
        /// The appeal was upheld in part.
        Changed = "changed",
        /// The appeal was upheld: nothing is left.
        Cancelled = "cancelled",
        /// The ban runs, the recovery is claimed.
        InForce = "in_force",
        /// The ban was served.
        Served = "served",
        /// The recovery was paid, and there is no ban left.
        Repaid = "repaid",
        /// The suspicion was unfounded.
        Dropped = "dropped",
    }
}

crate::words! {
    /// Grounds of L1 article 31.
    SanctionGround {
        /// (1) Fraud.
        Fraud = "fraud",
        /// (2) Abandonment without just cause.
        Abandonment = "abandonment",
        /// (3) Use for another purpose.
        OtherPurpose = "other_purpose",
        /// (4) False or plagiarised data or results.
        FalseResults = "false_results",
        /// (5) Recovery not paid. A ban only.
        UnpaidRecovery = "unpaid_recovery",
        /// (6) Extremely poor result, or the goal missed.
        PoorResult = "poor_result",
    }
}

/// A suspicion.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSanction {
    /// Against whom.
    pub org: OrgId,
    /// The agreement concerned; without one there is nothing to recover.
    #[serde(default)]
    pub agreement: Option<AgreementId>,
    /// Ground.
    pub ground: SanctionGround,
    /// What happened, 1 to 5,000 characters.
    pub facts: String,
}

/// What is proposed or decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Measures {
    /// Months of the ban from support; none when zero.
    pub ban_months: u16,
    /// Support to be paid back.
    pub recovery: Won,
    /// Surcharge on it.
    pub surcharge: Won,
    /// Whether it was self-reported and repaid in full before the pre-notice.
    #[serde(default)]
    pub self_reported: bool,
    /// Whether faithful performance was proved; only for an abandonment.
    #[serde(default)]
    pub faithful: bool,
    /// Why, 1 to 5,000 characters.
    pub reason: String,
}

/// A sanction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sanction {
    /// Id.
    pub id: SanctionId,
    /// Against whom.
    pub org: OrgId,
    /// The agreement concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// State.
    pub state: SanctionState,
    /// Ground.
    pub ground: SanctionGround,
    /// What happened.
    pub facts: String,
    /// What is proposed, or decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measures: Option<Measures>,
    /// Last day for an opinion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion_by: Option<Day>,
    /// The organisation's opinion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
    /// Last day for an appeal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal_by: Option<Day>,
    /// The appeal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<String>,
    /// Last day of the ban.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ban_until: Option<Day>,
    /// The claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimId>,
    /// Who raised it.
    pub opened_by: UserId,
    /// When.
    pub opened_at: Instant,
    /// Who proposed the measures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<UserId>,
    /// Who decided; never who proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Instant>,
    /// Since when it is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force_at: Option<Instant>,
}

crate::words! {
    /// State of an order to cure a breach of the listing year.
    OrderState {
        /// To be cured within the term.
        Ordered = "ordered",
        /// Cured.
        Remedied = "remedied",
        /// Not cured: support is recovered.
        Recovery = "recovery",
    }
}

/// A breach of the listing year, to be cured.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// The agreement whose product is concerned.
    pub agreement: AgreementId,
    /// What was found, 1 to 2,000 characters.
    pub breach: String,
}

/// A decision on a breach that was not cured.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OrderDecision {
    /// Whether everything is recovered because of bad faith, not only the part of the days unserved.
    #[serde(default)]
    pub bad_faith: bool,
    /// Why, 1 to 2,000 characters.
    pub reason: String,
}

/// An order to cure a breach of the listing year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CorrectiveOrder {
    /// Id.
    pub id: CorrectiveOrderId,
    /// The agreement.
    pub agreement: AgreementId,
    /// The product.
    pub listing: ListingId,
    /// Who owes the listing.
    pub org: OrgId,
    /// State.
    pub state: OrderState,
    /// What was found.
    pub breach: String,
    /// Day on which the product was off sale.
    pub breached_on: Day,
    /// Last day to cure it.
    pub remedy_by: Day,
    /// Days served of the base year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_days: Option<u32>,
    /// Days of the base year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_days: Option<u32>,
    /// What is recovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Won>,
    /// The claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimId>,
    /// Who ordered it.
    pub ordered_by: UserId,
    /// When.
    pub ordered_at: Instant,
    /// Who decided on the recovery; never who ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<UserId>,
}
