//! Terms and marks that hold for every programme of a notice.

use serde::{Deserialize, Serialize};

use super::words::IndustryOutcome;
use crate::lang::Text;
use crate::money::Won;

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
    /// Terms and bounds after an agreement is signed.
    pub aftercare: Aftercare,
    /// Whether insolvency bars an applicant.
    pub insolvency_bars: bool,
    /// How applications are scored.
    pub evaluation: Evaluation,
}

/// Terms and bounds after an agreement is signed. No source sets them for P13 to P15.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Aftercare {
    /// Days after the period in which completion may still be reported.
    pub grace_days: u16,
    /// Days to pay a claim of the state.
    pub repayment_days: u16,
    /// Days that a reminder gives before forced collection.
    pub dunning_days: u16,
    /// Days to answer a pre-notice.
    pub opinion_days: u16,
    /// Longest ban in months.
    pub ban_months_max: u16,
    /// Largest surcharge as a multiple of the principal.
    pub surcharge_times_max: u8,
    /// Largest principal without a surcharge.
    pub surcharge_exempt: Won,
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
            self.aftercare.repayment_days,
            self.aftercare.dunning_days,
            self.aftercare.opinion_days,
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
