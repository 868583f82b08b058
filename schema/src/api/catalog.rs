//! Data sets and their versions.

use serde::{Deserialize, Serialize};

use crate::data::column::Dictionary;
use crate::id::{AgreementId, DatasetId, JobId, OrgId, VersionId};
use crate::problem::Reason;
use crate::time::Instant;

crate::words! {
    /// Where a version comes from.
    VersionKind {
        /// Uploaded by its owner.
        Raw = "raw",
        /// Made from another version by a pipeline.
        Processed = "processed",
    }
}

crate::words! {
    /// State of a version.
    VersionState {
        /// Waits for its file.
        Open = "open",
        /// Has a file, which may still be replaced.
        Uploaded = "uploaded",
        /// Finalised; a worker reads it.
        Processing = "processing",
        /// Readable, with profile, report and certificate. Immutable.
        Ready = "ready",
        /// The file cannot be used; `fault` says why. Immutable.
        Rejected = "rejected",
    }
}

/// A data set to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDataset {
    /// Title, 1 to 200 characters.
    pub title: String,
    /// Description, up to 10,000 characters.
    #[serde(default)]
    pub description: String,
}

/// A data set: the lasting thing that has versions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dataset {
    /// Id.
    pub id: DatasetId,
    /// Owner.
    pub org: OrgId,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// When it was made.
    pub created_at: Instant,
    /// Its versions, newest first (only where one data set is asked for).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
}

/// A version to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewVersion {
    /// Name of the file, without folders.
    pub file_name: String,
    /// How to read it; detected when absent.
    #[serde(default)]
    pub dictionary: Option<Dictionary>,
}

/// A reviewer's word that suspected personal data are none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PrivacyClearance {
    /// Why, 1 to 1,000 characters.
    pub reason: String,
}

/// Bytes in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bytes {
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Length.
    pub bytes: i64,
}

/// A version of a data set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version {
    /// Id.
    pub id: VersionId,
    /// Data set.
    pub dataset: DatasetId,
    /// Owner.
    pub org: OrgId,
    /// Number within the data set, from 1.
    pub number: i64,
    /// Where it comes from.
    pub kind: VersionKind,
    /// State.
    pub state: VersionState,
    /// The version it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<VersionId>,
    /// The programme agreement that paid for it (P14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// Name of the file.
    pub file_name: String,
    /// The file as it was uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Bytes>,
    /// The Parquet table made from it: what a buyer receives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Bytes>,
    /// Rows of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<i64>,
    /// Columns of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<i64>,
    /// Quality grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// Quality index in hundredths: 9829 is 98.29.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_hundredths: Option<i64>,
    /// Outcome of the personal-data scan: `PASS`, `REVIEW`, `BLOCK`, or `CLEARED` by a reviewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<String>,
    /// Whether a certificate was issued.
    pub certified: bool,
    /// Why the file cannot be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Reason>,
    /// The newest job that works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobId>,
    /// When it was made.
    pub created_at: Instant,
    /// When it became ready or was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Instant>,
}
