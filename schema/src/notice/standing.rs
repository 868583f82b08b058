//! What is seen of an organisation when it is decided on, as one value that can be kept and
//! judged again under another notice.

use serde::{Deserialize, Serialize};

use super::{Ksic, SizeClass};
use crate::api::documents::Document;
use crate::id::{BanId, DocumentId};
use crate::money::Won;
use crate::papers::{BusinessStatus, PaperKind, PaperState, Stage};
use crate::time::Day;

/// What is seen of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// The day of the look.
    pub on: Day,
    /// What it is looked at for.
    pub stage: Stage,
    /// Its class: that of a verified certificate if one is good on the day, else as it says.
    pub class: SizeClass,
    /// Its industries, the main one first.
    pub industries: Vec<Ksic>,
    /// Whether its number is that of a foreign company.
    pub foreign: bool,
    /// Whether the business is running.
    pub status: BusinessStatus,
    /// Whether insolvency proceedings are filed or under way.
    pub insolvency: bool,
    /// Whether it collects manufacturing data, if it has said so.
    #[serde(default)]
    pub collects_data: Option<bool>,
    /// The newest paper of each kind that is not rejected.
    pub papers: Vec<PaperSeen>,
    /// Every bar that hits it.
    pub bans: Vec<BanHit>,
    /// Bars of a namesake of its representative, as a reviewer found.
    #[serde(default)]
    pub namesakes: Vec<BanId>,
    /// What it was supported for already that is the same project plan.
    #[serde(default)]
    pub supported: Vec<SupportedPlan>,
}

/// A paper as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaperSeen {
    /// The paper.
    pub document: DocumentId,
    /// What it is.
    pub kind: PaperKind,
    /// What has become of it.
    pub state: PaperState,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// The last day on which it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Day>,
    /// The class that it certifies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_class: Option<SizeClass>,
}

impl From<&Document> for PaperSeen {
    fn from(paper: &Document) -> PaperSeen {
        PaperSeen {
            document: paper.id,
            kind: paper.kind,
            state: paper.state,
            sha256: paper.sha256.clone(),
            expires_on: paper.expires_on,
            size_class: paper.size_class,
        }
    }
}

impl PaperSeen {
    /// Whether it is good on `day`.
    pub fn is_good_on(&self, day: Day) -> bool {
        self.state != PaperState::Rejected && self.expires_on.is_none_or(|last| day <= last)
    }
}

/// A bar that hits an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BanHit {
    /// The bar.
    pub ban: BanId,
    /// What it was recognised by.
    pub matched: Vec<BanMatch>,
    /// Its ground.
    pub ground: String,
    /// First day.
    pub starts_on: Day,
    /// Last day, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Day>,
    /// Recovery that is not paid yet; it bars beyond the last day.
    pub unpaid_recovery: Won,
}

crate::words! {
    /// By what a bar recognises an organisation.
    BanMatch {
        /// 사업자등록번호
        BusinessNo = "business_no",
        /// 법인등록번호
        CorporateNo = "corporate_no",
        /// 대표자
        Representative = "representative",
    }
}

crate::words! {
    /// What makes two project plans the same one.
    PlanKind {
        /// The same version of a product.
        Product = "product",
        /// The same purchase.
        Purchase = "purchase",
        /// The same scope of processing.
        Processing = "processing",
    }
}

/// A project plan that was supported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupportedPlan {
    /// What is the same.
    pub kind: PlanKind,
    /// The digest or id of what is the same: a product's SHA-256, a version, a contract.
    pub key: String,
    /// The agreement under which it was supported.
    pub under: String,
}

/// Which of the plans `asked` were supported before: by what is bought or processed, never
/// by who asks. Another voucher for another plan is no duplicate.
pub fn duplicates(asked: &[(PlanKind, String)], supported: &[SupportedPlan]) -> Vec<SupportedPlan> {
    let same = |plan: &&SupportedPlan| {
        asked.iter().any(|(kind, key)| (*kind, key) == (plan.kind, &plan.key))
    };
    supported.iter().filter(same).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::{PlanKind, SupportedPlan, duplicates};

    fn plan(kind: PlanKind, key: &str) -> SupportedPlan {
        SupportedPlan { kind, key: key.to_owned(), under: "agr_1".to_owned() }
    }

    #[test]
    fn r_012_the_ban_on_duplicates_is_by_plan_not_by_firm() {
        // A voucher of 2024 for another plan.
        let before = [plan(PlanKind::Product, "ai-voucher"), plan(PlanKind::Product, "aa")];
        let ask = |kind, key: &str| duplicates(&[(kind, key.to_owned())], &before).len();
        assert_eq!(ask(PlanKind::Product, "bb"), 0, "another plan");
        assert_eq!(ask(PlanKind::Product, "aa"), 1, "the same data set, bought twice");
        assert_eq!(ask(PlanKind::Processing, "aa"), 0, "processed once and bought once (A-21)");
    }
}
