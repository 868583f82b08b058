//! Terms and marks that hold for every programme of a notice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::words::IndustryOutcome;
use crate::lang::Text;
use crate::money::{BasisPoints, Won};
use crate::papers::{PaperKind, Stage};

/// Terms and marks of an edition. Days are counted by R-084, months by R-080.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Days to supplement an application.
    pub supplement_days: u16,
    /// Days to sign after selection.
    pub signing_days: u16,
    /// Days to object to a decision.
    pub objection_days: u16,
    /// Days in which a buyer may reject a delivery.
    pub acceptance_days: u16,
    /// Days to cure a breach of the listing duty.
    pub corrective_days: u16,
    /// Months to report after completion.
    pub settlement_months: u8,
    /// Years that records are kept.
    pub retention_years: u8,
    /// Days before the end of a listing duty at which its owner is reminded.
    pub reminder_days: Vec<u16>,
    /// Terms after an agreement's period.
    #[serde(default)]
    pub aftercare: Aftercare,
    /// Whether insolvency bars an applicant.
    pub insolvency_bars: bool,
    /// How applications are scored.
    pub evaluation: Evaluation,
    /// Papers that each stage needs, unless a programme has a list of its own (§4.17).
    #[serde(default)]
    pub papers: BTreeMap<Stage, Vec<PaperKind>>,
    /// Days in which an objection is decided, and by which that may be put off.
    #[serde(default)]
    pub objection: Objection,
    /// Amounts from which more is asked.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// Recovery, surcharges and bars.
    #[serde(default)]
    pub sanctions: Sanctions,
    /// Fee of the exchange on the supply value; never an eligible cost.
    #[serde(default)]
    pub fee_bp: BasisPoints,
    /// Days to answer an inspection.
    #[serde(default = "twenty")]
    pub inspection_days: u16,
    /// Days to replace a product that had to be removed.
    #[serde(default = "thirty")]
    pub remediation_days: u16,
    /// By how much a late report may cut the next support; information only.
    #[serde(default = "half")]
    pub late_report_cut_bp: BasisPoints,
}

fn twenty() -> u16 {
    20
}

fn thirty() -> u16 {
    30
}

fn half() -> BasisPoints {
    BasisPoints::new(5_000).unwrap_or(BasisPoints::ZERO)
}

/// How long the agency has for an objection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// Days to decide.
    pub decision_days: u16,
    /// Days by which that may be put off once.
    pub extension_days: u16,
}

impl Default for Objection {
    fn default() -> Self {
        Self { decision_days: 30, extension_days: 10 }
    }
}

/// Amounts from which more is asked. P14 and P15 alone never reach the first two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Support from which an accountant verifies the settlement.
    pub accountant: Won,
    /// Support of a year from which there is an audit.
    pub audit: Won,
    /// Support of a project from which it is disclosed to the public.
    pub disclosure: Won,
}

impl Default for Thresholds {
    fn default() -> Self {
        let won = |amount| Won::new(amount).unwrap_or(Won::ZERO);
        Self {
            accountant: won(100_000_000),
            audit: won(1_000_000_000),
            disclosure: won(10_000_000),
        }
    }
}

/// Recovery, surcharges and bars. The annexes with the scales are not public in what could be read,
/// so that the months are the longest that the law allows and those of the courts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Sanctions {
    /// Longest bar in months.
    pub ban_months_max: u16,
    /// Usual bar in months for fraud or false papers.
    pub ban_months_usual: u16,
    /// Days to give an opinion before the decision.
    pub opinion_days: u16,
    /// Days to pay what is recovered.
    pub payment_days: u16,
    /// Most surcharge, as a multiple of what was received unduly.
    pub surcharge_multiple_max: u8,
    /// Up to this principal in all there is no surcharge.
    pub surcharge_exempt: Won,
    /// Most months of interest for late payment.
    pub late_interest_months_max: u16,
    /// Late surcharge within a week, in basis points of what is due.
    pub late_week_bp: BasisPoints,
    /// Late surcharge within a month.
    pub late_month_bp: BasisPoints,
    /// What each month after that adds.
    pub late_month_more_bp: BasisPoints,
    /// Most late surcharge.
    pub late_max_bp: BasisPoints,
    /// Surcharges within `disclosure_years` from which the name is disclosed.
    pub disclosure_count: u8,
    /// Years in which they are counted.
    pub disclosure_years: u8,
    /// Their least sum.
    pub disclosure_total: Won,
}

impl Default for Sanctions {
    fn default() -> Self {
        let won = |amount| Won::new(amount).unwrap_or(Won::ZERO);
        let bp = |points| BasisPoints::new(points).unwrap_or(BasisPoints::ZERO);
        Self {
            ban_months_max: 60,
            ban_months_usual: 36,
            opinion_days: 10,
            payment_days: 30,
            surcharge_multiple_max: 5,
            surcharge_exempt: won(1_000_000),
            late_interest_months_max: 60,
            late_week_bp: bp(100),
            late_month_bp: bp(200),
            late_month_more_bp: bp(100),
            late_max_bp: bp(500),
            disclosure_count: 2,
            disclosure_years: 3,
            disclosure_total: won(30_000_000),
        }
    }
}

/// Terms after an agreement's period. No source sets them for P13 to P15.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Aftercare {
    /// Days after the period in which completion may still be reported.
    pub grace_days: u16,
    /// Days that a reminder gives before forced collection.
    pub dunning_days: u16,
}

impl Default for Aftercare {
    fn default() -> Self {
        Self { grace_days: 30, dunning_days: 15 }
    }
}

/// How applications are scored. The notice leaves all of it to the programme notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// The axes; their points make 100.
    pub axes: Vec<Axis>,
    /// Least mean to pass, in points.
    pub pass_mark: u8,
    /// Fewest evaluators.
    pub evaluators_min: u8,
    /// Whether one highest and one lowest score are dropped.
    pub drop_extremes: bool,
    /// Most bonus items, each of `bonus_points`.
    pub bonus_items_max: u8,
    /// Points of a bonus item.
    pub bonus_points: u8,
    /// The bonus items; empty where the notice names none.
    #[serde(default)]
    pub bonus: Vec<BonusItem>,
}

/// One bonus item of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BonusItem {
    /// Stable code.
    pub code: String,
    /// Its name.
    pub name: Text,
}

/// One axis of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Stable code.
    pub code: String,
    /// Its name.
    pub name: Text,
    /// Most points.
    pub points: u8,
}

/// An industry that is not supported, or only after a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IndustryRule {
    /// The KSIC codes that start with this.
    pub ksic_prefix: String,
    /// What it leads to.
    pub outcome: IndustryOutcome,
    /// The industry.
    pub name: Text,
}

/// Where a region's firms apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Centre {
    /// The region.
    pub region: Text,
    /// Telephone, as printed.
    pub phone: String,
}

impl Parameters {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let days = [
            self.supplement_days,
            self.signing_days,
            self.objection_days,
            self.acceptance_days,
            self.corrective_days,
            self.aftercare.grace_days,
            self.aftercare.dunning_days,
            self.sanctions.opinion_days,
            self.sanctions.payment_days,
        ];
        let evaluation = &self.evaluation;
        let points: u32 = evaluation.axes.iter().map(|axis| u32::from(axis.points)).sum();
        // Dropping the highest and the lowest must leave a score.
        let enough = if evaluation.drop_extremes { 3 } else { 1 };
        let tests = [
            (days.iter().any(|days| !(1..=365).contains(days)), "a term is not 1 to 365 days"),
            (
                !(1..=24).contains(&self.settlement_months),
                "the report is not due in 1 to 24 months",
            ),
            (points != 100, "the points of the evaluation are not 100"),
            (
                [self.inspection_days, self.remediation_days, self.sanctions.opinion_days]
                    .contains(&0),
                "a term has no days",
            ),
            (
                self.sanctions.ban_months_usual > self.sanctions.ban_months_max,
                "the usual bar is longer than the longest",
            ),
            (
                evaluation.bonus.len() > usize::from(evaluation.bonus_items_max)
                    && !evaluation.bonus.is_empty(),
                "there are more bonus items than count",
            ),
            // Nothing charges one, so that a notice with a fee would be misleading.
            (self.fee_bp != BasisPoints::ZERO, "a fee is not charged by this exchange"),
            (evaluation.pass_mark > 100, "the pass mark is above 100"),
            (evaluation.evaluators_min < enough, "there are too few evaluators"),
        ];
        tests.into_iter().find(|(wrong, _)| *wrong).map_or(Ok(()), |(_, what)| Err(what))
    }
}

impl IndustryRule {
    pub(super) fn is_well_formed(&self) -> bool {
        (2..=5).contains(&self.ksic_prefix.len())
            && self.ksic_prefix.bytes().all(|byte| byte.is_ascii_digit())
    }
}
