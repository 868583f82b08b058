//! Batches, score sheets and selections.

use serde::{Deserialize, Serialize};

use super::{ApplicationState, Marks};
use crate::api::parties::Interest;
use crate::id::{ApplicationId, EvaluationBatchId, SelectionId, UserId};
use crate::money::Won;
use crate::notice::ProgrammeCode;
use crate::time::{Day, Instant};

crate::words! {
    /// State of an evaluation batch.
    BatchState {
        /// Applications and evaluators may be added, sheets handed in.
        Open = "open",
        /// The scores stand.
        Closed = "closed",
        /// Who is supported has been decided.
        Selected = "selected",
    }
}

crate::words! {
    /// What a selection says of an application.
    SelectionOutcome {
        /// Supported with the whole computed amount.
        Selected = "selected",
        /// A part is offered; the applicant's consent is needed.
        Offered = "offered",
        /// Waits for money.
        Waitlisted = "waitlisted",
        /// Not supported.
        NotSelected = "not_selected",
    }
}

/// A conflict of interest of an evaluator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeclareConflict {
    /// Of which kind.
    pub kind: Interest,
    /// What it is, 1 to 1,000 characters.
    pub note: String,
    /// Whose; the caller's when absent. Only an operator names another.
    #[serde(default)]
    pub evaluator: Option<UserId>,
}

/// Points on one axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AxisPoints {
    /// Code of the axis, from the notice.
    pub axis: String,
    /// Points, at most those of the axis.
    pub points: u8,
}

/// The score sheet of an evaluator. It cannot be changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewScoreSheet {
    /// Every axis once.
    pub points: Vec<AxisPoints>,
    /// Why, 1 to 2,000 characters.
    pub comment: String,
}

/// A score sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreSheet {
    /// The application.
    pub application: ApplicationId,
    /// The batch.
    pub batch: EvaluationBatchId,
    /// Who scored.
    pub evaluator: UserId,
    /// The points.
    pub points: Vec<AxisPoints>,
    /// Their sum.
    pub total: u32,
    /// Why.
    pub comment: String,
    /// Whether it counts: it does not if a conflict came to light.
    pub counts: bool,
    /// When.
    pub at: Instant,
}

/// The score sheets of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreSheets {
    /// Oldest first. An evaluator sees only their own.
    pub items: Vec<ScoreSheet>,
}

/// A new evaluation batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    /// The programme.
    pub programme: ProgrammeCode,
    /// Title, 1 to 200 characters.
    pub title: String,
    /// Day of the evaluation; products must be on sale before it begins.
    pub evaluation_on: Day,
}

/// Evaluators to be added to a batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddEvaluators {
    /// People with the role of an evaluator, 1 to 50.
    pub evaluators: Vec<UserId>,
}

/// Applications to be put into a batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddApplications {
    /// Eligible applications, 1 to 100.
    pub applications: Vec<ApplicationId>,
}

/// An application as a member of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchMember {
    /// The application.
    pub application: ApplicationId,
    /// Its state.
    pub state: ApplicationState,
    /// Score sheets that count.
    pub sheets: u32,
    /// Its score, once the batch is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
}

/// An evaluation batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvaluationBatch {
    /// Id.
    pub id: EvaluationBatchId,
    /// The programme.
    pub programme: ProgrammeCode,
    /// Title.
    pub title: String,
    /// State.
    pub state: BatchState,
    /// Day of the evaluation.
    pub evaluation_on: Day,
    /// Evaluators.
    pub evaluators: Vec<UserId>,
    /// Applications in it; for an evaluator those that they may judge.
    pub members: Vec<BatchMember>,
    /// The selection that was made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<SelectionId>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Instant>,
}

/// At which remaining budget a selection is tried.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct WhatIfQuery {
    /// Remaining budget in won; what there really is when absent.
    #[serde(default)]
    pub remaining: Option<Won>,
}

/// A selection to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSelection {
    /// The closed batch.
    pub batch: EvaluationBatchId,
    /// Last day of the waiting list, within the fiscal year; the end of the year when absent.
    #[serde(default)]
    pub waitlist_until: Option<Day>,
}

/// What a selection says of one application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SelectionLine {
    /// The application.
    pub application: ApplicationId,
    /// Its place among those that passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<i64>,
    /// Its score in hundredths.
    pub score_hundredths: i64,
    /// What is decided.
    pub outcome: SelectionOutcome,
    /// The support that the rules come to.
    pub computed: Won,
    /// What is given or offered.
    pub amount: Won,
    /// What is left of the budget after it.
    pub remaining: Won,
    /// Why it is not supported: `below_pass_mark` or `not_listed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// A selection, made or only tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Selection {
    /// Id; absent when it is only tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<SelectionId>,
    /// The batch.
    pub batch: EvaluationBatchId,
    /// The programme.
    pub programme: ProgrammeCode,
    /// Fiscal year of the money.
    pub fiscal_year: i16,
    /// Money of the budget that no agreement has.
    pub available: Won,
    /// Of that kept for selections that are not signed yet, and for offers.
    pub pending: Won,
    /// What there was to give.
    pub remaining: Won,
    /// The lines, best first.
    pub lines: Vec<SelectionLine>,
    /// About how many projects the notice speaks of: never a bar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects_about: Option<u32>,
    /// Last day of the waiting list.
    pub waitlist_until: Day,
    /// Edition of the notice.
    pub notice_version: String,
    /// SHA-256 of its data.
    pub notice_sha256: String,
    /// When it was made or tried.
    pub at: Instant,
}

/// What came of a look at the waiting list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Promotion {
    /// The selection.
    pub selection: SelectionId,
    /// What there was to give.
    pub remaining: Won,
    /// Those who wait, best first, and what they have now.
    pub lines: Vec<SelectionLine>,
}
