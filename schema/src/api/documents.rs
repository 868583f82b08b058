//! Evidence papers as files bound by their digest (rulebook §4.17).

use serde::{Deserialize, Serialize};

use crate::id::{DocumentId, OrgId, UserId};
use crate::notice::SizeClass;
use crate::papers::{PaperKind, PaperState};
use crate::time::{Day, Instant};

/// What is said of a paper when its bytes are sent: query parameters beside the body.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct NewDocument {
    /// What it is.
    pub kind: PaperKind,
    /// Name of the file, 1 to 255 bytes.
    pub file_name: String,
    /// Whose paper it is; the caller's organisation when absent. Staff may file for others.
    #[serde(default)]
    pub org: Option<OrgId>,
    /// Who issued it.
    #[serde(default)]
    pub issuer: Option<String>,
    /// When it was issued.
    #[serde(default)]
    pub issued_on: Option<Day>,
    /// The last day on which it is good. Needed for certificates of tax and of size.
    #[serde(default)]
    pub expires_on: Option<Day>,
    /// The class that a certificate of size certifies.
    #[serde(default)]
    pub size_class: Option<SizeClass>,
    /// Id of the object that it is about, such as an application.
    #[serde(default)]
    pub subject: Option<String>,
}

/// A paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Document {
    /// Id.
    pub id: DocumentId,
    /// What it is.
    pub kind: PaperKind,
    /// Whose it is.
    pub org: OrgId,
    /// Who sent it.
    pub uploaded_by: UserId,
    /// Name of the file.
    pub file_name: String,
    /// Media type, as it was sent.
    pub media_type: String,
    /// Length.
    pub bytes: u64,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Who issued it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// When it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<Day>,
    /// The last day on which it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Day>,
    /// The class that it certifies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_class: Option<SizeClass>,
    /// Id of the object that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What has become of it.
    pub state: PaperState,
    /// Why it was verified or rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who looked at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Instant>,
    /// When it came.
    pub created_at: Instant,
}

impl Document {
    /// Whether it is good on `day`: not rejected, and not past its last day.
    pub fn is_good_on(&self, day: Day) -> bool {
        self.state != PaperState::Rejected && self.expires_on.is_none_or(|last| day <= last)
    }
}

/// Which papers are asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct DocumentQuery {
    /// `next` of the page before; absent for the first page.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only papers of this organisation.
    #[serde(default)]
    pub org: Option<OrgId>,
    /// Only papers of this kind.
    #[serde(default)]
    pub kind: Option<PaperKind>,
    /// Only papers about this object.
    #[serde(default)]
    pub subject: Option<String>,
}

crate::words! {
    /// What a reviewer found.
    PaperVerdict {
        /// In order.
        Verified = "verified",
        /// Not in order; say why.
        Rejected = "rejected",
    }
}

/// A reviewer's word on a paper.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PaperVerification))]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// What was found.
    pub verdict: PaperVerdict,
    /// Why, 1 to 500 characters; needed for a rejection and for an exception.
    #[serde(default)]
    pub reason: Option<String>,
}
