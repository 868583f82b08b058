//! One programme of a notice: a row of its overview with the conditions of its section.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::words::{
    EvaluationMode, Group, IndustryOutcome, LegalBasis, MatchingMode, ProjectUnit, SizeClass,
};
use super::{Notice, ProgrammeCode, Windows};
use crate::lang::Text;
use crate::money::{BasisPoints, Won};
use crate::money_rules::Rounding;
use crate::money_rules::cash::CashRule;
use crate::money_rules::support::Terms;
use crate::money_rules::vat::VatBasis;
use crate::papers::{PaperKind, Stage};
use crate::time::Instant;

/// One programme. Periods, caps and ratios are maxima.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Its code.
    pub code: ProgrammeCode,
    /// Its name.
    pub name: Text,
    /// Other Korean names in the same notice.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Its group in the overview.
    pub group: Group,
    /// How many projects; absent if the notice leaves it open.
    #[serde(default)]
    pub projects: Option<Projects>,
    /// Budget, if the notice states one. A budget is hard.
    #[serde(default)]
    pub budget: Option<Won>,
    /// Longest agreement in months.
    #[serde(default)]
    pub period_months: Option<u8>,
    /// Largest support per project.
    #[serde(default)]
    pub cap: Option<Won>,
    /// Size classes that may apply.
    pub eligible: Vec<SizeClass>,
    /// Largest part that the state pays, by class. Empty if it depends on the track.
    #[serde(default)]
    pub ratio_bp: BTreeMap<SizeClass, BasisPoints>,
    /// Whether only manufacturers may apply.
    pub manufacturers_only: bool,
    /// Whether only firms that collect manufacturing data may apply.
    #[serde(default)]
    pub data_collectors_only: bool,
    /// What the programme's own notice excludes.
    #[serde(default)]
    pub exclusions: Vec<Exclusion>,
    /// Papers by stage, where they are not those of every programme.
    #[serde(default)]
    pub papers: Option<BTreeMap<Stage, Vec<PaperKind>>>,
    /// Variants with their own cap, period or ratio.
    #[serde(default)]
    pub tracks: Vec<Track>,
    /// When it is announced, open and evaluated.
    pub windows: Windows,
    /// Who may apply, in words.
    pub target: Text,
    /// Conditions that no field holds.
    #[serde(default)]
    pub conditions: Vec<Text>,
    /// Where statements of the notice disagree, and which was taken.
    #[serde(default)]
    pub readings: Vec<Reading>,
    /// How the rules that the notice leaves open are set.
    pub policy: Policy,
    /// The agency that runs it.
    pub operator: Text,
    /// Its telephone, as printed.
    pub phone: String,
}

/// How many projects are supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Projects {
    /// The number. Soft: above it there is a warning, never a block.
    pub count: u32,
    /// What is counted.
    pub unit: ProjectUnit,
}

/// A variant of a programme, such as `same_level` and `upgrade`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// Its code within the programme.
    pub code: String,
    /// Its name.
    pub name: Text,
    /// Longest agreement in months; the programme's if absent.
    #[serde(default)]
    pub period_months: Option<u8>,
    /// Largest support.
    pub cap: Won,
    /// Largest part that the state pays.
    pub ratio_bp: BasisPoints,
}

/// A statement of the notice that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NoticeReading))]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Number of the ambiguity in the rulebook, such as `A-01`.
    pub id: String,
    /// What is printed elsewhere and what was taken.
    pub note: Text,
}

/// What a programme's own notice excludes: 신청제한, 지원제외. A row with classes or
/// industries is told by them; one without is a matter of the plan, which a reviewer reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Stable code.
    pub code: String,
    /// What it leads to.
    pub outcome: IndustryOutcome,
    /// What is excluded.
    pub text: Text,
    /// Classes that it hits.
    #[serde(default)]
    pub classes: Vec<SizeClass>,
    /// Industries that it hits, as beginnings of KSIC codes.
    #[serde(default)]
    pub ksic_prefixes: Vec<String>,
}

/// Switches for what the notice leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The cash rule; absent if the notice states none.
    #[serde(default)]
    pub cash: Option<CashRule>,
    /// Whether VAT counts as cost.
    pub vat_basis: VatBasis,
    /// Rounding of the support.
    pub rounding: Rounding,
    /// When owner and processor are matched; only where there is a processor.
    #[serde(default)]
    pub matching_mode: Option<MatchingMode>,
    /// The law behind the money.
    pub legal_basis: LegalBasis,
    /// How applicants are evaluated.
    pub evaluation: EvaluationMode,
    /// Least months that a product stays listed; only where there is a product.
    #[serde(default)]
    pub listing_months: Option<u8>,
    /// Least part of the signals of a supported product that the reference model maps.
    #[serde(default)]
    pub mapped_share_min_bp: Option<BasisPoints>,
    /// A price above this many times the calculated one needs approval while the listing duty runs,
    /// in basis points of the calculated price.
    #[serde(default)]
    pub price_block_bp: Option<u32>,
    /// Days to object to a decision, where they are not those of every programme.
    #[serde(default)]
    pub appeal_days: Option<u16>,
    /// Whether an owner may process alone, without a member of the pool.
    #[serde(default)]
    pub solo: bool,
    /// Whether the period may be extended beyond the maximum.
    #[serde(default)]
    pub extension: bool,
    /// Most of the support that may be paid in advance; zero when all is paid afterwards.
    #[serde(default)]
    pub advance_max_bp: BasisPoints,
}

impl Programme {
    /// The track with `code`.
    pub fn track(&self, code: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.code == code)
    }

    /// Ratio and cap for a class: of a track if one is named, else of the programme as a whole.
    /// None if the class is not eligible, the track unknown, or the programme pays nothing by
    /// itself (a pool, or one that depends on the track).
    pub fn terms(&self, class: SizeClass, track: Option<&str>) -> Option<Terms> {
        if !self.eligible.contains(&class) {
            return None;
        }
        let (ratio, cap) = match track {
            Some(code) => self.track(code).map(|track| (track.ratio_bp, track.cap))?,
            None => (*self.ratio_bp.get(&class)?, self.cap?),
        };
        Some(Terms { ratio, cap, rounding: self.policy.rounding })
    }

    /// Longest agreement in months, of a track if one is named.
    pub fn months(&self, track: Option<&str>) -> Option<u8> {
        track
            .and_then(|code| self.track(code))
            .and_then(|track| track.period_months)
            .or(self.period_months)
    }

    /// The papers that a stage needs: the programme's own list, else that of the notice.
    pub fn papers<'n>(&'n self, notice: &'n Notice, stage: Stage) -> &'n [PaperKind] {
        let lists = self.papers.as_ref().unwrap_or(&notice.parameters.papers);
        lists.get(&stage).map_or(&[], Vec::as_slice)
    }

    /// Days to object to a decision.
    pub fn appeal_days(&self, notice: &Notice) -> u16 {
        self.policy.appeal_days.unwrap_or(notice.parameters.objection_days)
    }

    /// Whether applications are taken at `at` (R-021, `E_WINDOW`). That a rolling window closes
    /// when its budget is reserved is for the caller, who knows the budget.
    pub fn takes_applications(&self, at: Instant) -> bool {
        self.windows.apply.contains(at)
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        let windows = [&self.windows.notice, &self.windows.apply, &self.windows.evaluate];
        let months =
            self.tracks.iter().map(|track| track.period_months).chain([self.period_months]);
        let track_codes: std::collections::BTreeSet<_> =
            self.tracks.iter().map(|track| &track.code).collect();
        let tests = [
            (self.eligible.is_empty(), "it has no eligible class"),
            (
                self.ratio_bp.keys().any(|class| !self.eligible.contains(class)),
                "it has a ratio for a class that is not eligible",
            ),
            (
                self.cap.is_some()
                    && self.tracks.is_empty()
                    && self.eligible.iter().any(|class| !self.ratio_bp.contains_key(class)),
                "an eligible class has no ratio",
            ),
            (self.cap.is_none() && !self.ratio_bp.is_empty(), "it has a ratio but no cap"),
            (
                self.cap == Some(Won::ZERO) || self.tracks.iter().any(|t| t.cap == Won::ZERO),
                "its cap is zero",
            ),
            (track_codes.len() != self.tracks.len(), "it has a track twice"),
            (
                months.flatten().any(|months| !(1..=120).contains(&months)),
                "a period is not between 1 and 120 months",
            ),
            (windows.iter().any(|window| !window.is_well_formed()), "a window is not well formed"),
            (
                self.exclusions.iter().any(|row| {
                    row.code.is_empty()
                        || row.ksic_prefixes.iter().any(|p| !p.bytes().all(|b| b.is_ascii_digit()))
                }),
                "an exclusion has no code, or an industry that is not digits",
            ),
            (
                self.policy.price_block_bp.is_some_and(|bp| bp < 10_000),
                "a price is blocked below the calculated one",
            ),
            (self.policy.extension, "an extension of the period is not supported"),
            (self.policy.appeal_days == Some(0), "there is no time to object"),
            (
                self.policy.cash.is_some_and(|cash| {
                    cash.cash_min_bp.get() + cash.in_kind_max_bp.get() > BasisPoints::WHOLE.get()
                        && cash.cash_base == crate::money_rules::cash::CashBase::CompanyShare
                }),
                "the least cash and the most in kind are more than the company share",
            ),
        ];
        tests.into_iter().find(|(wrong, _)| *wrong).map_or(Ok(()), |(_, what)| Err(what))
    }
}
