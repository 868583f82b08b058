//! An agreement at work: changes, suspension, abandonment, completion.

use serde::{Deserialize, Serialize};

use crate::api::programme::{AgreementState, CostPlan};
use crate::id::{
    AgreementId, ChangeId, CompletionId, ContractId, InspectionId, ListingId, OrgId, ProcessingId,
    UserId,
};
use crate::problem::Reason;
use crate::time::{Day, Instant};

crate::words! {
    /// What a change is about.
    ChangeKind {
        /// Title and plan of the project, in words.
        Content = "content",
        /// How the cost is shared (P14).
        CostPlan = "cost_plan",
        /// Another organisation takes the recipient's place: merger or transfer of business.
        Successor = "successor",
    }
}

crate::words! {
    /// State of a request for a change.
    ChangeState {
        /// The agency has not decided.
        Requested = "requested",
        /// Approved; it is part of the agreement.
        Approved = "approved",
        /// Rejected.
        Rejected = "rejected",
        /// The period ended before it was decided.
        Lapsed = "lapsed",
    }
}

/// A change that its recipient asks for. At least one of the fields besides `reason`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewChange {
    /// Why, 1 to 1,000 characters.
    pub reason: String,
    /// Another title, 1 to 200 characters.
    #[serde(default)]
    pub title: Option<String>,
    /// What changes in the plan, 1 to 5,000 characters.
    #[serde(default)]
    pub content: Option<String>,
    /// Another cost plan (P14). Its support is never above the one signed.
    #[serde(default)]
    pub plan: Option<CostPlan>,
    /// The organisation that takes the recipient's place.
    #[serde(default)]
    pub successor: Option<OrgId>,
    /// More months. A period is not extended; asking for it is refused with the rule that says so.
    #[serde(default)]
    pub extend_months: Option<u8>,
}

/// A request for a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Id.
    pub id: ChangeId,
    /// The agreement.
    pub agreement: AgreementId,
    /// What it is about.
    pub kind: ChangeKind,
    /// State.
    pub state: ChangeState,
    /// What is asked.
    pub asked: NewChange,
    /// Who asked.
    pub asked_by: UserId,
    /// When.
    pub asked_at: Instant,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Instant>,
    /// Why it was decided so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A decision with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Reasoned {
    /// Why, 1 to 1,000 characters.
    pub reason: String,
}

crate::words! {
    /// How an agreement's work ended; the settlement is due from then.
    Ending {
        /// Completion was accepted.
        Completed = "completed",
        /// It was given up with approval.
        Abandoned = "abandoned",
        /// The agency ended it.
        Terminated = "terminated",
        /// Completion was not reached.
        Failed = "failed",
    }
}

/// Where an agreement stands after its last signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Execution {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its state.
    pub state: AgreementState,
    /// Last day for a late completion report, once the period is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_until: Option<Day>,
    /// Day from which the settlement is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<Day>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_how: Option<Ending>,
    /// The product whose listing year is owed (P14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<ListingId>,
    /// Changes, oldest first.
    pub changes: Vec<Change>,
    /// Completion reports, oldest first.
    pub completions: Vec<Completion>,
}

/// One use of purchased data, with evidence that is dated inside the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = DatedUse))]
#[serde(deny_unknown_fields)]
pub struct Utilisation {
    /// The purchase.
    pub contract: ContractId,
    /// Date on the evidence of the use.
    pub used_on: Day,
    /// What the data were used for, 1 to 2,000 characters.
    pub text: String,
    /// SHA-256 of the evidence, 64 hexadecimal digits.
    pub evidence_sha256: String,
}

/// A completion report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewCompletion {
    /// What was reached, 1 to 5,000 characters.
    pub summary: String,
    /// The processing job whose result is sold (P14).
    #[serde(default)]
    pub processing: Option<ProcessingId>,
    /// The product on sale (P14).
    #[serde(default)]
    pub listing: Option<ListingId>,
    /// What the purchased data were used for (P15), up to 200.
    #[serde(default)]
    pub utilisation: Vec<Utilisation>,
}

crate::words! {
    /// State of a completion report.
    CompletionState {
        /// The operator has not decided.
        Reported = "reported",
        /// Accepted.
        Passed = "passed",
        /// Rejected.
        Rejected = "rejected",
    }
}

/// A completion report as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Completion {
    /// Id.
    pub id: CompletionId,
    /// Number among the reports of the agreement, from 1.
    pub number: i64,
    /// State.
    pub state: CompletionState,
    /// The report.
    pub report: NewCompletion,
    /// What was still missing when it was decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Reason>,
    /// Who reported.
    pub reported_by: UserId,
    /// When.
    pub reported_at: Instant,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Instant>,
    /// Why it was decided so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A question of the agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewInspection {
    /// What is to be told or shown, 1 to 5,000 characters.
    pub question: String,
}

/// An answer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InspectionAnswer {
    /// The answer, 1 to 5,000 characters.
    pub answer: String,
    /// SHA-256 of documents, each 64 hexadecimal digits; up to 20.
    #[serde(default)]
    pub documents: Vec<String>,
}

/// A question of the agency about an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Inspection {
    /// Id.
    pub id: InspectionId,
    /// The agreement.
    pub agreement: AgreementId,
    /// What is to be told or shown.
    pub question: String,
    /// Last day to answer.
    pub answer_by: Day,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// SHA-256 of its documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
    /// Who asked.
    pub asked_by: UserId,
    /// When.
    pub asked_at: Instant,
    /// When it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Instant>,
    /// Whether the answer is late, or has not come by today.
    pub late: bool,
}
