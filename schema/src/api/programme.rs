//! Programmes of the notice, their budgets and agreements.

use serde::{Deserialize, Serialize};

use crate::id::{AgreementId, OrgId, UserId, VoucherId};
use crate::lang::Text;
use crate::money::{BasisPoints, Won};
use crate::money_rules::Rounding;
use crate::money_rules::cash::CashRule;
use crate::money_rules::support::Limit;
use crate::money_rules::vat::VatBasis;
use crate::notice::{
    Group, LegalBasis, MatchingMode, NoticeStatus, Origin, ProgrammeCode, ProjectUnit, SizeClass,
};
use crate::time::{Day, Instant, Period};

/// The catalogue of the notice in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Catalogue {
    /// The notice.
    pub notice: NoticeInfo,
    /// Its programmes, in its order.
    pub programmes: Vec<ProgrammeInfo>,
}

/// An edition of the notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeInfo {
    /// Name of the edition, as agreements quote it.
    pub version: String,
    /// Draft or final.
    pub status: NoticeStatus,
    /// First day of its effect.
    pub effective_from: Day,
    /// Its title.
    pub title: Text,
    /// What readers of its figures must know.
    pub caution: Text,
    /// The edition whose figures stand wherever this one is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// What this edition says anew, and where that was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// SHA-256 of the edition's data.
    pub sha256: String,
}

/// One programme. Periods, caps and ratios are maxima.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProgrammeInfo {
    /// Its code.
    pub code: ProgrammeCode,
    /// Its name.
    pub name: Text,
    /// Its group.
    pub group: Group,
    /// Whether this exchange makes its agreements.
    pub agreements_here: bool,
    /// Number of projects, "about"; absent if the notice leaves it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<u32>,
    /// What is counted as a project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_unit: Option<ProjectUnit>,
    /// Budget, if the notice states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Won>,
    /// Longest agreement in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_months: Option<u8>,
    /// Largest support per project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Won>,
    /// Size classes that may apply, each with the largest part that the state pays.
    pub classes: Vec<ClassTerms>,
    /// Whether only manufacturers may apply.
    pub manufacturers_only: bool,
    /// Variants with their own terms.
    pub tracks: Vec<TrackInfo>,
    /// Application window, as printed.
    pub applications: String,
    /// Who may apply, in words.
    pub target: Text,
    /// Conditions that no field holds.
    pub conditions: Vec<Text>,
    /// Where statements of the notice disagree, and which was taken.
    pub readings: Vec<ReadingInfo>,
    /// The cash rule, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<CashRule>,
    /// Whether VAT counts as cost.
    pub vat_basis: VatBasis,
    /// Rounding of the support.
    pub rounding: Rounding,
    /// When owner and processor are matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching_mode: Option<MatchingMode>,
    /// The law behind the money.
    pub legal_basis: LegalBasis,
    /// Least months that a product stays listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_months: Option<u8>,
    /// The agency that runs it.
    pub operator: Text,
    /// Its telephone, as printed.
    pub phone: String,
}

/// A size class and the part that the state pays for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassTerms {
    /// The class.
    pub class: SizeClass,
    /// Largest part; absent if it depends on the track or nothing is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_bp: Option<BasisPoints>,
}

/// A variant of a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrackInfo {
    /// Its code within the programme.
    pub code: String,
    /// Its name.
    pub name: Text,
    /// Longest agreement in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_months: Option<u8>,
    /// Largest support.
    pub cap: Won,
    /// Largest part that the state pays.
    pub ratio_bp: BasisPoints,
}

/// A statement of the notice that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadingInfo {
    /// Number of the ambiguity, such as `A-01`.
    pub id: String,
    /// What is printed elsewhere and what was taken.
    pub note: Text,
}

/// What a quote is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct QuoteQuery {
    /// The cost in won: the supply value, or the price with VAT if `gross` says so.
    pub cost: Won,
    /// Size class of the applicant.
    pub class: SizeClass,
    /// Track, for a programme whose terms depend on it.
    #[serde(default)]
    pub track: Option<String>,
    /// Whether `cost` is a price with VAT.
    #[serde(default)]
    pub gross: Option<bool>,
}

/// One step of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteStep {
    /// The rule behind it.
    pub rule: String,
    /// What is computed.
    pub text: Text,
    /// What it comes to.
    pub amount: Won,
}

/// What a programme would pay of a cost. Budget and selection are not considered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quote {
    /// The programme.
    pub programme: ProgrammeCode,
    /// Edition of the notice.
    pub notice_version: String,
    /// The class.
    pub class: SizeClass,
    /// The track, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    /// The eligible cost.
    pub cost: Won,
    /// The VAT of a gross price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat: Option<Won>,
    /// Part that the state pays.
    pub ratio_bp: BasisPoints,
    /// Largest support.
    pub cap: Won,
    /// How the support is rounded.
    pub rounding: Rounding,
    /// What the state would pay.
    pub support: Won,
    /// What the firm would pay.
    pub company_share: Won,
    /// What decided the support.
    pub binding: Limit,
    /// The same in words.
    pub binding_text: Text,
    /// The least part of the company share in cash, where there is such a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash_minimum: Option<Won>,
    /// The largest part of the company share in kind, where there is such a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_kind_maximum: Option<Won>,
    /// Longest agreement in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_months: Option<u8>,
    /// How it came about, step by step.
    pub steps: Vec<QuoteStep>,
}

/// Money that the agency makes available.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAppropriation {
    /// Fiscal year; nothing moves from one to another.
    pub fiscal_year: i16,
    /// How much is added.
    pub amount: Won,
    /// The decision behind it, 1 to 500 characters.
    pub reason: String,
}

/// Which budget is wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct BudgetQuery {
    /// Fiscal year; the current one when absent.
    #[serde(default)]
    pub fiscal_year: Option<i16>,
}

/// The budget of a programme in a fiscal year, as the ledger has it.
/// `appropriated = available + promised + paid + returned`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Budget {
    /// The programme.
    pub programme: ProgrammeCode,
    /// The fiscal year.
    pub fiscal_year: i16,
    /// What the notice states, for comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_budget: Option<Won>,
    /// Made available in all.
    pub appropriated: Won,
    /// Not promised to anybody.
    pub available: Won,
    /// Promised by agreements and vouchers and not paid.
    pub promised: Won,
    /// Paid, less what was refunded.
    pub paid: Won,
    /// Came back after the fiscal year: revenue of the state.
    pub returned: Won,
}

crate::words! {
    /// State of an agreement (협약).
    AgreementState {
        /// Written by the agency; nobody has signed.
        Drafted = "drafted",
        /// Somebody has signed.
        PartiallySigned = "partially_signed",
        /// Everybody has signed; the period runs.
        Active = "active",
        /// A change waits for approval.
        ChangePending = "change_pending",
        /// Stopped because of a violation or a closure.
        Suspended = "suspended",
        /// The recipient asks to give up.
        AbandonRequested = "abandon_requested",
        /// The recipient reports completion.
        CompletionReported = "completion_reported",
        /// The period ended without a report.
        Overdue = "overdue",
        /// Completion was accepted.
        Completed = "completed",
        /// Completion was not reached.
        Failed = "failed",
        /// Ended before its time.
        Terminated = "terminated",
        /// Settled.
        Settled = "settled",
        /// The listing duty runs (P14).
        Obligation = "obligation",
        /// Money is claimed back.
        Recovery = "recovery",
        /// Nothing is left to do.
        Closed = "closed",
    }
}

crate::words! {
    /// Who signs an agreement.
    SigningParty {
        /// The firm or institution that gets the support.
        Recipient = "recipient",
        /// The processing firm (P14).
        Processor = "processor",
        /// The agency, always last.
        Agency = "agency",
    }
}

crate::words! {
    /// What purchased data are for. Resale is no purpose.
    PurchasePurpose {
        /// 공정개선
        ProcessImprovement = "process_improvement",
        /// 비즈니스 모델 개발
        BusinessModel = "business_model",
        /// 연구: of nonprofit organisations
        Research = "research",
    }
}

/// One line of a cost plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CostItem {
    /// What it is, 1 to 200 characters.
    pub name: String,
    /// Paid by the state.
    pub government: Won,
    /// Paid by the firm in cash.
    pub cash: Won,
    /// Given by the firm in kind.
    pub in_kind: Won,
}

/// A cost plan: total = government + cash + in kind, to the won.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CostPlan {
    /// Total cost.
    pub total: Won,
    /// Paid by the state.
    pub government: Won,
    /// Paid by the firm in cash.
    pub cash: Won,
    /// Given by the firm in kind.
    pub in_kind: Won,
    /// Lines, up to 200; may be empty when a plan is only planned by source.
    #[serde(default)]
    pub items: Vec<CostItem>,
}

/// An agreement that the agency drafts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAgreement {
    /// The programme: P14 or P15.
    pub programme: ProgrammeCode,
    /// Title of the project, 1 to 200 characters.
    pub title: String,
    /// Who gets the support.
    pub recipient: OrgId,
    /// Who processes the data (P14 only).
    #[serde(default)]
    pub processor: Option<OrgId>,
    /// The cost plan (P14 only).
    #[serde(default)]
    pub plan: Option<CostPlan>,
    /// The most that the voucher may pay in all (P15 only); the cap of the programme when absent.
    #[serde(default)]
    pub support: Option<Won>,
    /// What the data are for (P15 only).
    #[serde(default)]
    pub purpose: Option<PurchasePurpose>,
    /// Why the recipient is eligible, where a rule leaves that to a reviewer; 1 to 500 characters.
    #[serde(default)]
    pub review_note: Option<String>,
}

/// An agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Agreement {
    /// Id.
    pub id: AgreementId,
    /// The programme.
    pub programme: ProgrammeCode,
    /// Edition of the notice that it is under, whatever a later one says.
    pub notice_version: String,
    /// SHA-256 of that edition's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_sha256: Option<String>,
    /// State.
    pub state: AgreementState,
    /// Title of the project.
    pub title: String,
    /// Who gets the support.
    pub recipient: OrgId,
    /// Who processes the data (P14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<OrgId>,
    /// What the data are for (P15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<PurchasePurpose>,
    /// Size class of the recipient when it was drafted and checked again at the last signature; a
    /// later change does not change the ratio.
    pub class: SizeClass,
    /// Part that the state pays.
    pub ratio_bp: BasisPoints,
    /// Rounding of the support.
    pub rounding: Rounding,
    /// Total cost (P14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Won>,
    /// What the state pays at most.
    pub support: Won,
    /// What the firm pays (P14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_share: Option<Won>,
    /// Of that in cash (P14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<Won>,
    /// Of that in kind (P14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_kind: Option<Won>,
    /// Lines of the cost plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<CostItem>,
    /// Longest period in months.
    pub period_months: u8,
    /// Least months that a product stays listed (P14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_months: Option<u8>,
    /// SHA-256 of the terms; a signature repeats it.
    pub terms_hash: String,
    /// Signatures, in order.
    pub signatures: Vec<AgreementSignature>,
    /// Day of the last signature (edge case 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_on: Option<Day>,
    /// Fiscal year of the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal_year: Option<i16>,
    /// Period, once agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// The voucher (P15, once agreed).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<VoucherId>,
    /// When it was drafted.
    pub created_at: Instant,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgreementSignature {
    /// As what.
    pub party: SigningParty,
    /// For which organisation.
    pub org: OrgId,
    /// The person.
    pub user: UserId,
    /// When.
    pub at: Instant,
}

/// A signature to be given.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignAgreement {
    /// `terms_hash` of the agreement, as it was read.
    pub terms_hash: String,
}
