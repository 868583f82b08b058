//! What is owed back, and what may be paid a year later.

use serde::{Deserialize, Serialize};

use crate::id::{AgreementId, CarryOverId, ClaimId, OrgId, UserId};
use crate::money::Won;
use crate::time::{Day, Instant};

crate::words! {
    /// Where a claim of the state comes from.
    ClaimOrigin {
        /// A settlement: more was paid than the final support.
        Settlement = "settlement",
        /// A sanction.
        Sanction = "sanction",
        /// A breach of the listing year.
        Breach = "breach",
    }
}

crate::words! {
    /// State of a claim.
    ClaimState {
        /// To be paid.
        Due = "due",
        /// Reminded after the day.
        Dunned = "dunned",
        /// Handed over to forced collection.
        Forced = "forced",
        /// Paid.
        Repaid = "repaid",
    }
}

/// What somebody owes the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claim {
    /// Id.
    pub id: ClaimId,
    /// The agreement whose money it was.
    pub agreement: AgreementId,
    /// Who owes.
    pub org: OrgId,
    /// Where it comes from.
    pub origin: ClaimOrigin,
    /// Id of the settlement, sanction or order.
    pub object: String,
    /// State.
    pub state: ClaimState,
    /// Support to be paid back.
    pub principal: Won,
    /// Interest and surcharge.
    pub charges: Won,
    /// Paid of principal and charges.
    pub repaid: Won,
    /// Late charges paid on top.
    pub late_charges: Won,
    /// What must be paid today, late charge included.
    pub owed_today: Won,
    /// The day it was due first; late charges count from it.
    pub due_on: Day,
    /// Last day of the present term.
    pub pay_by: Day,
    /// When it was made.
    pub made_at: Instant,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaid_at: Option<Instant>,
}

/// A repayment as the bank's proof shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRepayment {
    /// `owed_today` of the claim, to the won.
    pub amount: Won,
    /// SHA-256 of the bank's proof, 64 hexadecimal digits.
    pub proof_sha256: String,
}

/// Money of a fiscal year that may be paid in the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CarryOver {
    /// Id.
    pub id: CarryOverId,
    /// The agreement.
    pub agreement: AgreementId,
    /// From which year.
    pub from_year: i16,
    /// To which: the next.
    pub to_year: i16,
    /// How much: what the agreement has promised and not paid.
    pub amount: Won,
    /// Why.
    pub reason: String,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: Instant,
}
