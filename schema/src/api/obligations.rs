//! Dated duties that follow from awards.

use serde::{Deserialize, Serialize};

use crate::id::{AgreementId, ObligationId, OrgId};
use crate::time::{Day, Instant};

crate::words! {
    /// Kind of a duty.
    ObligationKind {
        /// Report on what the data bought with a voucher were used for.
        UtilisationReport = "utilisation_report",
        /// Report that the work of an agreement is done.
        CompletionReport = "completion_report",
        /// Report on the money of an agreement.
        SettlementReport = "settlement_report",
        /// Putting the product of an agreement on sale.
        ListingPublication = "listing_publication",
        /// Keeping the product on sale for the term of the agreement.
        ListingYear = "listing_year",
        /// Yearly status, sales and usage of a product made with public money.
        AfterCareYearly = "after_care_yearly",
        /// Paying money back.
        Repayment = "repayment",
        /// Putting right what was found wrong, such as replacing a removed product.
        Remediation = "remediation",
        /// Certifying that copies of raw data are deleted.
        DeletionCertificate = "deletion_certificate",
        /// Proving staff, work and facility anew for the next year of the pool.
        CapacityRevalidation = "capacity_revalidation",
    }
}

impl ObligationKind {
    /// Whether it is a term to be lasted out and not an act to be done: it is not overdue, it ends.
    pub fn is_term(self) -> bool {
        matches!(self, Self::ListingYear | Self::CapacityRevalidation)
    }
}

crate::words! {
    /// State of a duty.
    ObligationState {
        /// Stands.
        Open = "open",
        /// Done.
        Discharged = "discharged",
        /// No longer stands, for a reason that is not its doing.
        Cancelled = "cancelled",
    }
}

/// A dated duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Obligation {
    /// Id.
    pub id: ObligationId,
    /// Kind.
    pub kind: ObligationKind,
    /// Who owes it.
    pub org: OrgId,
    /// Id of the object it is about.
    pub subject: String,
    /// The agreement it follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// State.
    pub state: ObligationState,
    /// Last day, in Korea.
    pub due_on: Day,
    /// Last day when it was opened.
    pub due_first: Day,
    /// Rule it comes from.
    pub rule: String,
    /// Whether public money waits while it is overdue.
    pub blocks_payment: bool,
    /// Whether its day is over and it is not done.
    pub overdue: bool,
    /// Days from today to the last day; negative when it is over.
    pub days_left: i64,
    /// Why its day was moved last, or how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it began.
    pub opened_at: Instant,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Instant>,
}

/// Which duties are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ObligationQuery {
    /// Of this state.
    #[serde(default)]
    pub state: Option<ObligationState>,
    /// Of this kind.
    #[serde(default)]
    pub kind: Option<ObligationKind>,
    /// Only those whose day is over and that are not done.
    #[serde(default)]
    pub overdue: Option<bool>,
    /// Of this organisation; for the staff.
    #[serde(default)]
    pub org: Option<OrgId>,
    /// About this object.
    #[serde(default)]
    pub subject: Option<String>,
    /// `next` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// How a duty was met, as the operator found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Discharge {
    /// What was seen, 1 to 1,000 characters.
    pub reason: String,
    /// Whether the duty fell away instead of being met.
    #[serde(default)]
    pub cancel: bool,
}

/// Another day for a duty.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Postponement {
    /// The new last day, later than the present one.
    pub due_on: Day,
    /// Why, 1 to 1,000 characters.
    pub reason: String,
}

/// Open duties that come due in one week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DueWeek {
    /// Its Monday.
    pub monday: Day,
    /// Open duties of each kind, in the order of kinds.
    pub kinds: Vec<KindCount>,
    /// Open duties.
    pub open: u32,
}

/// Duties of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KindCount {
    /// Kind.
    pub kind: ObligationKind,
    /// Open.
    pub open: u32,
    /// Of these, overdue.
    pub overdue: u32,
    /// Of these, overdue and in the way of payments.
    pub blocking: u32,
}

/// What is left to do, for the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BurnDown {
    /// The day it is counted on, in Korea.
    pub today: Day,
    /// Open duties.
    pub open: u32,
    /// Of these, overdue.
    pub overdue: u32,
    /// By kind.
    pub kinds: Vec<KindCount>,
    /// By the week in which they come due, the earliest first.
    pub weeks: Vec<DueWeek>,
}
