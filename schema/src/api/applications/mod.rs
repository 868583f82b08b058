//! Applications for P14 and P15, their evaluation and their selection.

mod evaluation;

use serde::{Deserialize, Serialize};

pub use evaluation::{
    AddApplications, AddEvaluators, AxisPoints, BatchMember, BatchState, DeclareConflict,
    EvaluationBatch, NewBatch, NewScoreSheet, NewSelection, Promotion, ScoreSheet, ScoreSheets,
    Selection, SelectionLine, SelectionOutcome, WhatIfQuery,
};

use crate::api::programme::{CostItem, CostPlan, PurchasePurpose};
use crate::id::{
    AgreementId, ApplicationId, EvaluationBatchId, ListingId, OrgId, PoolMemberId, SelectionId,
    VersionId,
};
use crate::money::Won;
use crate::notice::ProgrammeCode;
use crate::time::{Day, Instant};

crate::words! {
    /// State of an application (신청).
    ApplicationState {
        /// Being written by the applicant.
        Draft = "draft",
        /// Sent in, inside the window.
        Submitted = "submitted",
        /// An operator looks at the requirements (요건검토).
        UnderReview = "under_review",
        /// Something is to be added (보완).
        Supplement = "supplement",
        /// The requirements are met.
        Eligible = "eligible",
        /// They are not.
        Ineligible = "ineligible",
        /// Evaluators score it.
        InEvaluation = "in_evaluation",
        /// Its score stands.
        Evaluated = "evaluated",
        /// Money is kept for it until it is signed.
        Selected = "selected",
        /// Good enough, but the money is gone or not enough.
        Waitlisted = "waitlisted",
        /// Not to be supported.
        NotSelected = "not_selected",
        /// The applicant objects to the decision (이의신청).
        Objection = "objection",
        /// The agreement is signed.
        Agreed = "agreed",
        /// Not signed in time.
        Forfeited = "forfeited",
        /// Taken back by the applicant.
        Withdrawn = "withdrawn",
    }
}

/// A product that an applicant of P15 wants to buy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WantedProduct {
    /// The listing. It must be on sale before the day of the evaluation.
    pub listing: ListingId,
    /// Its price, without VAT, at the time of the application.
    pub price: Won,
}

/// What an application for P14 adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProcessingPart {
    /// Raw data that are already on the exchange.
    #[serde(default)]
    pub versions: Vec<VersionId>,
    /// Or what data the firm holds: volume, period, equipment; up to 4,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holding: Option<String>,
    /// Cost items by source; together they make the totals.
    #[serde(default)]
    pub items: Vec<CostItem>,
    /// The pool member that the firm prefers or applies with, by the year's way of matching.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<PoolMemberId>,
}

/// What an application for P15 adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PurchasePart {
    /// The products, up to 50.
    #[serde(default)]
    pub products: Vec<WantedProduct>,
    /// What they are for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<PurchasePurpose>,
    /// SHA-256 of the record of talks with the seller (사전협의서), if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pre_consult_sha256: Option<String>,
}

/// What an application says. A draft may leave things out; one that is submitted may not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ApplicationBody {
    /// Title of the project, 1 to 200 characters.
    pub title: String,
    /// Purpose; like all texts here up to 4,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// What the applicant is able to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability: Option<String>,
    /// Expected effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    /// Total cost, without VAT unless the programme counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Won>,
    /// Requested support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested: Option<Won>,
    /// Own share in cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_cash: Option<Won>,
    /// Own share in kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_in_kind: Option<Won>,
    /// How the own share is paid. Evaluators do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_payment: Option<String>,
    /// Account for the project, up to 200 characters. Evaluators do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<String>,
    /// Planned first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<Day>,
    /// Planned last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Day>,
    /// P14 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processing: Option<ProcessingPart>,
    /// P15 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase: Option<PurchasePart>,
}

/// A new draft.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// P14 or P15.
    pub programme: ProgrammeCode,
    /// What it says so far.
    pub body: ApplicationBody,
}

/// A word of explanation, 1 to 1,000 characters.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The explanation.
    pub reason: String,
}

/// The start of a review.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartReview {
    /// The batch in which it is to be evaluated: its day is known before the review begins.
    pub batch: EvaluationBatchId,
}

/// What the applicant is to add.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AskSupplement {
    /// What is missing, 1 to 1,000 characters.
    pub reason: String,
    /// Days for it; as many as the notice allows when absent.
    #[serde(default)]
    pub days: Option<u16>,
}

/// The requirements are met.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PassReview {
    /// Why, where a rule leaves it to the reviewer; 1 to 1,000 characters.
    #[serde(default)]
    pub note: Option<String>,
    /// Codes of the bonus items of the notice that the papers prove.
    #[serde(default)]
    pub bonus: Vec<String>,
}

/// An objection is upheld.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpholdObjection {
    /// Why, 1 to 1,000 characters.
    pub reason: String,
    /// The open batch in which it is evaluated anew, where the selection was objected to.
    #[serde(default)]
    pub batch: Option<EvaluationBatchId>,
}

/// The agreement to be drafted for a selected application.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DraftFromApplication {
    /// The processor matched after selection (P14); the one that it was applied with when absent.
    #[serde(default)]
    pub processor: Option<PoolMemberId>,
    /// The cost plan, where less was approved than was asked for (P14); its public part is the
    /// approved amount.
    #[serde(default)]
    pub plan: Option<CostPlan>,
    /// Why the recipient is eligible, where a rule leaves that to a reviewer; 1 to 500 characters.
    #[serde(default)]
    pub review_note: Option<String>,
}

/// What an applicant is asked to add, by when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupplementAsked {
    /// What is missing.
    pub reason: String,
    /// Last day.
    pub due_on: Day,
}

/// A score, in hundredths of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Marks {
    /// Mean of the sheets that count, the extremes dropped if the notice says so.
    pub mean_hundredths: i64,
    /// With the bonus: what is ranked.
    pub score_hundredths: i64,
}

/// A part of the support that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartialOffer {
    /// How much.
    pub amount: Won,
    /// Last day to consent.
    pub until: Day,
}

/// A decision on an application, with the edition of the notice it was made under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApplicationDecision {
    /// Its number within the application.
    pub number: i64,
    /// What, such as `application.pass`.
    pub action: String,
    /// State before.
    pub from: ApplicationState,
    /// State after.
    pub to: ApplicationState,
    /// When.
    pub at: Instant,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Edition of the notice.
    pub notice_version: String,
    /// SHA-256 of its data.
    pub notice_sha256: String,
    /// What it was decided on.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub facts: serde_json::Value,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Application {
    /// Id.
    pub id: ApplicationId,
    /// The applicant.
    pub org: OrgId,
    /// The programme.
    pub programme: ProgrammeCode,
    /// State.
    pub state: ApplicationState,
    /// What it says.
    pub body: ApplicationBody,
    /// When it was submitted first; earlier wins a tie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Instant>,
    /// The batch of its evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<EvaluationBatchId>,
    /// What is to be added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplement: Option<SupplementAsked>,
    /// Its score, once the batch is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
    /// The selection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<SelectionId>,
    /// Its place in the ranking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<i64>,
    /// The support that the rules come to, at most what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<Won>,
    /// What was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Won>,
    /// A part that is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<PartialOffer>,
    /// Last day to sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_by: Option<Day>,
    /// Last day on the waiting list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Day>,
    /// Last day to object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_by: Option<Day>,
    /// What the applicant objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<String>,
    /// The agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// Decisions so far; not for evaluators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<ApplicationDecision>,
    /// When the draft was made.
    pub created_at: Instant,
}

/// Which applications are asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ApplicationQuery {
    /// `next` of the page before; absent for the first page.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only those in this state.
    #[serde(default)]
    pub state: Option<ApplicationState>,
    /// Only those of this batch.
    #[serde(default)]
    pub batch: Option<EvaluationBatchId>,
}
