//! Background work as its owner sees it.

use serde::{Deserialize, Serialize};

use crate::id::JobId;
use crate::problem::Reason;
use crate::time::Instant;

crate::words! {
    /// State of a job.
    JobState {
        /// Waits for a worker.
        Queued = "queued",
        /// A worker has it.
        Running = "running",
        /// Finished; the result is in its subject.
        Done = "done",
        /// Given up after too many attempts, or because of a bug.
        Dead = "dead",
    }
}

/// Background work.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// Kind of work, such as `ingest`.
    pub kind: String,
    /// Id of the object it works on.
    pub subject: String,
    /// State.
    pub state: JobState,
    /// Attempts begun.
    pub attempt: i64,
    /// What it is doing now.
    pub stage: String,
    /// Units of the stage that are done (bytes or rows).
    pub units_done: i64,
    /// Units of the stage in all; 0 when unknown.
    pub units_total: i64,
    /// Why it failed, when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Reason>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Instant>,
}
