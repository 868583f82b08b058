//! Around a processing job: who fits it, its milestones, and time sheets of work given in kind.

use serde::{Deserialize, Serialize};

use crate::id::{
    AgreementId, MilestoneId, OrgId, PoolMemberId, ProcessingId, TimeEntryId, UserId, VersionId,
};
use crate::lang::Text;
use crate::money::Won;
use crate::problem::Reason;
use crate::time::{Day, Instant};

/// For which work a processor is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct MatchQuery {
    /// A version of the caller's organisation.
    pub version: VersionId,
    /// Process and equipment, as words with blanks between; at most 200 characters.
    #[serde(default)]
    pub words: Option<String>,
}

/// A pool member beside a piece of work. The owner chooses; the list only explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Match {
    /// The member.
    pub member: PoolMemberId,
    /// Its organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// Whether it may be asked now.
    pub fits: bool,
    /// Points for the order of the list.
    pub points: u32,
    /// Jobs it can take now.
    pub free: u32,
    /// Why it stands where it stands.
    pub reasons: Vec<Reason>,
}

/// Pool members beside a piece of work, the best first; those that may not be asked come last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Matches {
    /// The members.
    pub items: Vec<Match>,
    /// How the points come about.
    pub method: Text,
}

crate::words! {
    /// State of a milestone.
    MilestoneState {
        /// Planned by the owner.
        Planned = "planned",
        /// Done, says the processor, with evidence.
        Done = "done",
        /// The owner has accepted it. It stays payable whatever becomes of the processor.
        Accepted = "accepted",
    }
}

/// A milestone to be planned.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMilestone {
    /// What is to be done, 1 to 200 characters.
    pub title: String,
    /// By when.
    pub planned_on: Day,
}

/// What shows that a milestone is done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MilestoneEvidence {
    /// SHA-256 of the evidence, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// What it is, 1 to 1,000 characters.
    pub note: String,
}

/// A milestone of a processing job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Milestone {
    /// Id.
    pub id: MilestoneId,
    /// The job.
    pub processing: ProcessingId,
    /// Number, from 1.
    pub number: u32,
    /// What is to be done.
    pub title: String,
    /// By when.
    pub planned_on: Day,
    /// State.
    pub state: MilestoneState,
    /// Whether its day is over and it is not done.
    pub late: bool,
    /// SHA-256 of the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_sha256: Option<String>,
    /// What the evidence is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who said that it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Instant>,
    /// When the owner accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Instant>,
}

/// The milestones of a job in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Milestones {
    /// The milestones.
    pub items: Vec<Milestone>,
}

/// Work of the owner's own people, to be counted as given in kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTimeEntry {
    /// Who worked, as the time sheet names them, 1 to 100 characters.
    pub person: String,
    /// On which day.
    pub worked_on: Day,
    /// Minutes, 1 to 1,440.
    pub minutes: u32,
    /// Documented cost of an hour.
    pub hourly: Won,
    /// What was done, 1 to 1,000 characters.
    pub what: String,
    /// SHA-256 of the signed sheet, 64 lower-case hexadecimal digits.
    pub evidence_sha256: String,
}

/// A line of a time sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeEntry {
    /// Id.
    pub id: TimeEntryId,
    /// Who worked.
    pub person: String,
    /// On which day.
    pub worked_on: Day,
    /// Minutes.
    pub minutes: u32,
    /// Documented cost of an hour.
    pub hourly: Won,
    /// Its value, floored to the won.
    pub amount: Won,
    /// What was done.
    pub what: String,
    /// SHA-256 of the signed sheet.
    pub evidence_sha256: String,
    /// When it was entered.
    pub created_at: Instant,
}

/// The time sheets of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeSheet {
    /// The agreement.
    pub agreement: AgreementId,
    /// The lines, oldest first.
    pub items: Vec<TimeEntry>,
    /// Minutes in all.
    pub minutes: u64,
    /// Value in all.
    pub amount: Won,
    /// What the cost plan counts on.
    pub planned: Won,
    /// What counts: never more than planned.
    pub counted: Won,
}
