//! Settlement reports by source and their assessment.

use serde::{Deserialize, Serialize};

use crate::id::{AgreementId, ClaimId, ContractId, OrgId, SettlementId, UserId};
use crate::money::Won;
use crate::registry_no::BusinessNo;
use crate::time::{Day, Instant};

crate::words! {
    /// State of a settlement (정산).
    SettlementState {
        /// The work goes on.
        NotDue = "not_due",
        /// The report is due.
        Due = "due",
        /// It is overdue.
        Late = "late",
        /// The recipient has reported.
        Submitted = "submitted",
        /// The operator examines it.
        UnderReview = "under_review",
        /// Something is missing.
        Supplement = "supplement",
        /// Every line has a verdict.
        Assessed = "assessed",
        /// The agency agrees.
        Approved = "approved",
        /// The recipient has been told.
        Notified = "notified",
        /// The recipient objects.
        Objection = "objection",
        /// It stands.
        Final = "final",
        /// The state owes.
        Payable = "payable",
        /// Paid.
        Paid = "paid",
        /// The recipient owes.
        RefundDue = "refund_due",
        /// Reminded.
        Dunned = "dunned",
        /// Handed over to forced collection.
        Forced = "forced",
        /// Paid back.
        Repaid = "repaid",
    }
}

crate::words! {
    /// Who bears a cost.
    CostSource {
        /// 정부지원금
        Government = "government",
        /// 현금
        Cash = "cash",
        /// 현물
        InKind = "in_kind",
    }
}

crate::words! {
    /// How a cost was paid.
    PaidBy {
        /// Bank transfer.
        Transfer = "transfer",
        /// Dedicated card.
        Card = "card",
        /// Cash, which never counts.
        Cash = "cash",
        /// Nothing was paid: own staff or equipment.
        InKind = "in_kind",
    }
}

crate::words! {
    /// Why a cost is not accepted.
    Disallowance {
        /// Paid in cash.
        CashPayment = "cash_payment",
        /// Outside the agreement period.
        OutsidePeriod = "outside_period",
        /// Paid to an affiliate.
        Affiliate = "affiliate",
        /// Without a tax invoice.
        NoInvoice = "no_invoice",
        /// Counted before.
        Duplicate = "duplicate",
        /// Value-added tax.
        Vat = "vat",
        /// Not in the plan.
        NotInPlan = "not_in_plan",
        /// More than the plan has.
        OverPlan = "over_plan",
        /// Without evidence.
        NoEvidence = "no_evidence",
        /// Another reason, which the note tells.
        Other = "other",
    }
}

/// One line of a settlement report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSettlementLine {
    /// Who bears it.
    pub source: CostSource,
    /// The line of the cost plan, 1 to 200 characters.
    pub name: String,
    /// What the plan has for it from this source.
    pub planned: Won,
    /// What was spent, without VAT.
    pub spent: Won,
    /// VAT on it.
    #[serde(default)]
    pub vat: Won,
    /// How it was paid.
    pub method: PaidBy,
    /// Approval number of the tax invoice: 24 letters or digits.
    #[serde(default)]
    pub invoice_no: Option<String>,
    /// Date of the invoice.
    #[serde(default)]
    pub invoice_date: Option<Day>,
    /// Business number of who was paid.
    #[serde(default)]
    pub payee_no: Option<BusinessNo>,
    /// Name of who was paid, 1 to 200 characters.
    #[serde(default)]
    pub payee_name: Option<String>,
    /// Day of the payment, or of the work in kind.
    pub spent_on: Day,
    /// SHA-256 of the documents (bank proof, time sheet), each 64 hexadecimal digits; up to 20.
    #[serde(default)]
    pub documents: Vec<String>,
}

/// A settlement report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSettlement {
    /// Interest earned on public money; it goes back in any case.
    pub interest: Won,
    /// What was done, 1 to 5,000 characters.
    pub statement: String,
    /// The costs, up to 500 (P14). The purchases of P15 are known; none is to be told.
    #[serde(default)]
    pub lines: Vec<NewSettlementLine>,
}

/// A line with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettlementLine {
    /// Number, from 1.
    pub line: i64,
    /// As it was reported.
    #[serde(flatten)]
    pub reported: NewSettlementLine,
    /// The purchase (P15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractId>,
    /// What is accepted of it, once assessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Won>,
    /// Why not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Disallowance>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A line that the assessor accepts only in part, or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LineVerdict {
    /// Number of the line.
    pub line: i64,
    /// What is accepted.
    pub accepted: Won,
    /// Why not all of it.
    pub reason: Disallowance,
    /// In words, 1 to 500 characters.
    pub note: String,
}

/// An assessment: lines that are not named are accepted as far as the rules allow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Lines that are not accepted as reported.
    #[serde(default)]
    pub lines: Vec<LineVerdict>,
    /// Why, 1 to 1,000 characters.
    pub note: String,
}

/// A settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settlement {
    /// Id.
    pub id: SettlementId,
    /// The agreement.
    pub agreement: AgreementId,
    /// Its recipient.
    pub org: OrgId,
    /// State.
    pub state: SettlementState,
    /// Last day for the report.
    pub due_on: Day,
    /// Whether the report came late; the next support may be cut (information only, R-101).
    pub was_late: bool,
    /// Interest earned on public money.
    pub interest: Won,
    /// What was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// Public money paid before, less what sellers refunded and what a sanction has claimed back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub already_paid: Option<Won>,
    /// Accepted cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Won>,
    /// Accepted cost that the share really paid can carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Won>,
    /// Final support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_support: Option<Won>,
    /// What the state still pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payable: Option<Won>,
    /// What goes back: support paid above the final one, and interest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Won>,
    /// What was kept of the payment for a debt of the recipient.
    pub set_off: Won,
    /// The assessor's reason, or what is to be supplemented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Instant>,
    /// Who assessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessed_by: Option<UserId>,
    /// Who approved; never who assessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<UserId>,
    /// When the recipient was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notified_at: Option<Instant>,
    /// Last day for an objection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_by: Option<Day>,
    /// The objection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objection: Option<String>,
    /// Since when it stands; records are kept from then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finalised_at: Option<Instant>,
    /// Who paid; neither who assessed nor who approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Instant>,
    /// The claim, if the recipient owes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimId>,
    /// The report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<SettlementLine>,
}
