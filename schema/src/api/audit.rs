//! The audit trail.

use serde::{Deserialize, Serialize};

use crate::id::{AuditId, OrgId, UserId};
use crate::time::Instant;

/// One line of the audit trail.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLine {
    /// Id of the line.
    pub id: AuditId,
    /// When.
    pub at: Instant,
    /// Person; absent when the system itself acted.
    pub user: Option<UserId>,
    /// Organisation of the person.
    pub org: Option<OrgId>,
    /// Id of the object.
    pub object: String,
    /// Number of the line among those of the object, from 1.
    pub line: i64,
    /// What was done, such as `listing.publish`.
    pub action: String,
    /// State before.
    pub state_from: Option<String>,
    /// State after.
    pub state_to: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What was decided.
    pub body: serde_json::Value,
    /// Hash of the line before; empty for the first.
    pub hash_before: String,
    /// Hash of this line.
    pub hash: String,
}
