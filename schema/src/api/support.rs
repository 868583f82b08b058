//! Processor pool (P13) and processing jobs (P14).

use serde::{Deserialize, Serialize};

use crate::api::catalog::Version;
use crate::api::jobs::Job;
use crate::data::lineage::Lineage;
use crate::id::{AgreementId, JobId, OrgId, PoolMemberId, ProcessingId, VersionId};
use crate::problem::Reason;
use crate::time::{Day, Instant};

crate::words! {
    /// State of a pool member.
    PoolState {
        /// Has applied; every requirement waits for a verdict.
        Applied = "applied",
        /// A requirement was not met; the organisation may apply again.
        Refused = "refused",
        /// Registered, and may be given work.
        Active = "active",
        /// Barred for the time being.
        Suspended = "suspended",
        /// Out of the pool for the programme year.
        Removed = "removed",
        /// The programme year is over; the organisation may apply again.
        Expired = "expired",
    }
}

crate::words! {
    /// A line of the requirements of the pool (R-070, papers of P13).
    Requirement {
        /// Staff (STAFF_LIST).
        Staff = "staff",
        /// Technology, shown by work done (TRACK_RECORD).
        TrackRecord = "track_record",
        /// Facility and service system (FACILITY).
        Facility = "facility",
        /// Security pledge (SECURITY_PLEDGE).
        SecurityPledge = "security_pledge",
    }
}

/// A paper of which the exchange keeps the digest, not the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PoolPaper {
    /// The requirement it proves.
    pub requirement: Requirement,
    /// What it is, 1 to 200 characters.
    pub title: String,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Application to the pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPoolMember {
    /// People who do processing, 1 to 10,000.
    pub staff: u32,
    /// Jobs that they can do at the same time, 1 to `staff`.
    pub capacity: u32,
    /// Facility and service system, 1 to 2,000 characters.
    pub facility: String,
    /// Work done, 1 to 4,000 characters.
    pub track_record: String,
    /// Papers: at least one each for `staff`, `track_record` and `facility`; at most 50.
    pub papers: Vec<PoolPaper>,
    /// Pledges to keep the data safe and secret; must be `true`.
    pub security_pledge: bool,
}

/// What was decided about one requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The requirement.
    pub requirement: Requirement,
    /// Whether it is met.
    pub met: bool,
    /// Why, 1 to 500 characters; required when it is not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Absolute evaluation of an application: one verdict for each requirement.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PoolEvaluation {
    /// The verdicts.
    pub verdicts: Vec<Verdict>,
}

/// Why a decision was taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The reason, 1 to 1,000 characters.
    pub reason: String,
}

/// What a member proved; only for itself and the staff.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PoolFile {
    /// Papers sent with the application.
    pub papers: Vec<PoolPaper>,
    /// Verdicts, once evaluated.
    pub verdicts: Vec<Verdict>,
    /// Reason of the last suspension, reinstatement or removal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A member of the processor pool, or one that wants to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PoolMember {
    /// Id.
    pub id: PoolMemberId,
    /// The organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// Programme year the registration is for.
    pub programme_year: i16,
    /// State today.
    pub state: PoolState,
    /// People who do processing.
    pub staff: u32,
    /// Jobs at the same time.
    pub capacity: u32,
    /// How many more jobs it can take now.
    pub free: u32,
    /// Facility and service system.
    pub facility: String,
    /// Work done.
    pub track_record: String,
    /// Last day of the registration, in Korea; absent until it is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Day>,
    /// Papers and verdicts; only for the member itself and the staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PoolFile>,
    /// When it applied.
    pub created_at: Instant,
    /// When the application was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Instant>,
}

crate::words! {
    /// State of a processing job.
    ProcessingState {
        /// The owner looks for a processor.
        Requested = "requested",
        /// A processor was asked.
        Proposed = "proposed",
        /// The processor has accepted.
        Matched = "matched",
        /// The processor works and may read the raw data.
        InProgress = "in_progress",
        /// The processor has handed a version in.
        Submitted = "submitted",
        /// The version did not pass; the processor starts again.
        Rework = "rework",
        /// The version passed.
        Verified = "verified",
        /// The owner has accepted it; the processor's access has ended.
        Accepted = "accepted",
        /// The processor has certified that its copies are deleted.
        Closed = "closed",
        /// Given up.
        Aborted = "aborted",
    }
}

/// A processing job to be proposed to a pool member.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewProcessing {
    /// A ready raw version of the caller's organisation.
    pub version: VersionId,
    /// The pool member that is asked.
    pub processor: PoolMemberId,
    /// The P14 agreement that pays for it, if one does.
    #[serde(default)]
    pub agreement: Option<AgreementId>,
    /// What is wanted, 1 to 4,000 characters.
    pub request: String,
    /// Days of access from each start, 1 to 124; 30 when absent. Never beyond the agreement.
    #[serde(default)]
    pub access_days: Option<u16>,
}

/// Another pool member to ask after a refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The pool member that is asked.
    pub processor: PoolMemberId,
}

/// More time for the processor.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Days of access from now, 1 to 124. Never beyond the agreement.
    pub access_days: u16,
}

/// The version handed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// A version that a run of this job made.
    pub version: VersionId,
    /// The processor's word that nobody else did the work; must be `true`.
    #[serde(default)]
    pub no_subcontracting: bool,
}

/// Verification of the version handed in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// Why a `REVIEW` of the personal-data scan is no obstacle, 1 to 1,000 characters.
    /// A `BLOCK` cannot be cleared.
    #[serde(default)]
    pub privacy_clearance: Option<String>,
}

/// The processor's word that no copy of the raw data is left.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// Text of the deletion certificate, 1 to 10,000 characters. Kept with its SHA-256.
    pub certificate: String,
}

/// A processing job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Processing {
    /// Id.
    pub id: ProcessingId,
    /// The data owner.
    pub provider: OrgId,
    /// The raw version.
    pub version: VersionId,
    /// The pool member asked or at work; absent while one is looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<PoolMemberId>,
    /// Its organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<OrgId>,
    /// The P14 agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// What is wanted.
    pub request: String,
    /// State.
    pub state: ProcessingState,
    /// Why it is in this state, when somebody had to say (refusal, replacement, end).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the last verification found wrong; empty when nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Reason>,
    /// Since when the processor may read the raw data; absent when it may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_from: Option<Instant>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_until: Option<Instant>,
    /// When the agency let the job go on although the processor had left the pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_at: Option<Instant>,
    /// The version handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<VersionId>,
    /// When the processor last gave its word that nobody else did the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attested_at: Option<Instant>,
    /// SHA-256 of the deletion certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_sha256: Option<String>,
    /// When it was proposed first.
    pub created_at: Instant,
    /// When it was closed or given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Instant>,
}

/// A run to be queued.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// The pipeline, as an object, or as a text in YAML or JSON.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::data::pipeline::PipelineSpec))]
    pub spec: serde_json::Value,
}

crate::words! {
    /// State of a run.
    RunState {
        /// Waits, or is at work.
        Queued = "queued",
        /// Made a version.
        Done = "done",
        /// Specification or data do not fit; nothing was made.
        Rejected = "rejected",
        /// Given up because of a fault of the exchange.
        Failed = "failed",
    }
}

/// A run of a pipeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// Id of the run, which is that of its background job.
    pub id: JobId,
    /// Number among the runs of the processing job, from 1.
    pub number: i64,
    /// State.
    pub state: RunState,
    /// The pipeline.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::data::pipeline::PipelineSpec))]
    pub spec: serde_json::Value,
    /// The version made, with its grade and index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// What each step did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Lineage>,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Reason>,
    /// The background job: progress while it works.
    pub job: Job,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Instant>,
}
