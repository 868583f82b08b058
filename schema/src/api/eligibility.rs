//! Looks at the standing of organisations, and what was seen.

use serde::{Deserialize, Serialize};

use crate::id::{OrgId, SnapshotId};
use crate::notice::{Finding, ProgrammeCode, ScreenOutcome, Screening, Standing};
use crate::papers::Stage;
use crate::time::Instant;

/// A look that is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EligibilityCheck {
    /// Whose standing; the caller's organisation when absent. Staff may ask for any.
    #[serde(default)]
    pub org: Option<OrgId>,
    /// For which stage; an application when absent.
    #[serde(default)]
    pub stage: Option<Stage>,
}

/// What was seen of an organisation, and what the rules of one notice said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Snapshot {
    /// Id.
    pub id: SnapshotId,
    /// Whose standing.
    pub org: OrgId,
    /// For which programme.
    pub programme: ProgrammeCode,
    /// For which stage.
    pub stage: Stage,
    /// Id of what was decided on: an application, an agreement, a payment; of the organisation when
    /// somebody merely asked.
    pub object: String,
    /// Edition of the notice.
    pub notice_version: String,
    /// SHA-256 of that edition's data.
    pub notice_sha256: String,
    /// What the rules said, in a word.
    pub outcome: ScreenOutcome,
    /// What every rule said.
    pub findings: Vec<Finding>,
    /// What was seen.
    pub standing: Standing,
    /// When.
    pub at: Instant,
}

impl Snapshot {
    /// What the rules said.
    pub fn screening(&self) -> Screening {
        Screening { outcome: self.outcome, findings: self.findings.clone() }
    }
}

/// Which looks are asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct SnapshotQuery {
    /// `next` of the page before; absent for the first page.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only those of this organisation.
    #[serde(default)]
    pub org: Option<OrgId>,
    /// Only those of this object.
    #[serde(default)]
    pub object: Option<String>,
}
