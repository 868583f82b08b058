//! Everything that was measured about a version, in one document whose parts the certificate names
//! by digest.

use serde::{Deserialize, Serialize};

use super::column::Dictionary;
use super::lineage::Lineage;
use super::privacy::PrivacyReport;
use super::profile::{Preview, Profile};
use super::quality::{Report, RuleSet};

/// Evidence about a version's table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// How the file was read and what its columns mean.
    pub dictionary: Dictionary,
    /// Statistics.
    pub profile: Profile,
    /// The rules that were applied.
    pub rules: RuleSet,
    /// What came of them, indices and grade.
    pub report: Report,
    /// Search for personal data.
    pub privacy: PrivacyReport,
    /// A bounded sample.
    pub preview: Preview,
    /// How the table was made, when a pipeline made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Lineage>,
}
