//! The permission matrix (rulebook §5) as one pure function.
//!
//! `may` decides by role and ownership only. State, money and separation of duties are decided by
//! each feature's rules. What a person may not see answers 404 through [`see`], so existence stays
//! secret; what they may see but not do answers 403 through [`act`].

use schema::api::parties::Role;
use schema::code::Code;
use schema::id::OrgId;

use super::Principal;
use crate::error::{AppError, AppResult};

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Make an account of the exchange's staff.
    StaffCreate,
    /// Read any organisation's record.
    OrganisationRead,
    /// Say of one's own organisation what only it knows: affiliates, industries, data collected.
    StandingDeclare,
    /// Record what the registers say of an organisation.
    StandingRecord,
    /// Have the standing of an organisation looked at.
    EligibilityCheck,
    /// Read what was seen of an organisation.
    EligibilityRead,
    /// File a paper.
    DocumentWrite,
    /// Read a paper.
    DocumentRead,
    /// Say whether a paper is in order.
    DocumentVerify,
    /// Make a data set or a version of it.
    DatasetWrite,
    /// Read a data set's record, report and profile.
    DatasetRead,
    /// Read the bytes of a data set as its owner.
    DatasetBytes,
    /// Clear what the search for personal data left to a reviewer.
    PrivacyClear,
    /// Ask to join the processor pool.
    PoolApply,
    /// Decide who is in the pool.
    PoolDecide,
    /// Read the pool.
    PoolRead,
    /// Make money available to a programme.
    BudgetAppropriate,
    /// Draft and counter-sign an agreement, issue a voucher.
    AgreementDraft,
    /// Sign as recipient or processor.
    AgreementSign,
    /// Read an agreement or voucher.
    AgreementRead,
    /// Ask for a change, report completion, ask to give up, as the recipient.
    AgreementPerform,
    /// Decide on changes; suspend, resume, end an agreement.
    AgreementDirect,
    /// Accept or reject a completion report.
    CompletionReview,
    /// Report what was spent; answer a settlement.
    SettlementSubmit,
    /// Examine and assess a settlement.
    SettlementAssess,
    /// Approve a settlement, dismiss an objection.
    SettlementApprove,
    /// Raise a suspicion, find out, propose measures.
    SanctionInvestigate,
    /// Decide on measures and appeals.
    SanctionDecide,
    /// Answer and appeal as the organisation concerned.
    SanctionAnswer,
    /// Read a sanction or an order.
    SanctionRead,
    /// Spend a voucher.
    VoucherSpend,
    /// Stop a voucher, let it go on, take it back.
    VoucherStop,
    /// Ask a processor for a job; accept its result.
    ProcessingOrder,
    /// Do a processing job.
    ProcessingDo,
    /// Read a processing job.
    ProcessingRead,
    /// Verify the result of a processing job.
    ProcessingVerify,
    /// Replace a processor, let a barred one finish, give a processing job up.
    ProcessingDirect,
    /// Calculate a price.
    PriceWrite,
    /// Draft, submit, publish, delist a listing.
    ListingWrite,
    /// Approve, return, suspend a listing.
    ListingReview,
    /// Remove a listing by force.
    ListingRemove,
    /// Order, sign and accept as buyer.
    ContractBuy,
    /// Sign as seller.
    ContractSell,
    /// Read a contract.
    ContractRead,
    /// Decide that public money is paid.
    PaymentApprove,
    /// Pay public money.
    PaymentPay,
    /// Read the ledger.
    LedgerRead,
    /// Read the audit trail.
    AuditRead,
    /// Draft, send in and take back an application, answer an offer, object.
    ApplicationWrite,
    /// Read an application.
    ApplicationRead,
    /// Review an application; prepare its evaluation.
    ApplicationReview,
    /// Score an application of one's batch.
    ApplicationScore,
    /// Close an evaluation, select, decide on objections.
    ApplicationSelect,
    /// Read batches, sheets and selections.
    BatchRead,
    /// Read events.
    EventRead,
    /// Make and change a webhook.
    WebhookWrite,
    /// Read a webhook and its deliveries.
    WebhookRead,
    /// Read dated duties.
    ObligationRead,
    /// See how many duties are left, over all organisations.
    BurnDownRead,
    /// Find that a duty was met, or fell away.
    ObligationDecide,
    /// Give a duty another day.
    ObligationPostpone,
    /// Declare an affiliation.
    AffiliationWrite,
    /// Read declared affiliations.
    AffiliationRead,
    /// Report a rebate.
    RebateWrite,
    /// Decide how a dispute ends.
    DisputeDecide,
    /// Read signs that something may be wrong.
    SignalRead,
    /// Decide on them.
    SignalDecide,
}

impl Action {
    /// Every action, for tests that print the matrix.
    pub const ALL: &[Action] = &[
        Action::StaffCreate,
        Action::OrganisationRead,
        Action::StandingDeclare,
        Action::StandingRecord,
        Action::EligibilityCheck,
        Action::EligibilityRead,
        Action::DocumentWrite,
        Action::DocumentRead,
        Action::DocumentVerify,
        Action::DatasetWrite,
        Action::DatasetRead,
        Action::DatasetBytes,
        Action::PrivacyClear,
        Action::PoolApply,
        Action::PoolDecide,
        Action::PoolRead,
        Action::BudgetAppropriate,
        Action::AgreementDraft,
        Action::AgreementSign,
        Action::AgreementRead,
        Action::AgreementPerform,
        Action::AgreementDirect,
        Action::CompletionReview,
        Action::SettlementSubmit,
        Action::SettlementAssess,
        Action::SettlementApprove,
        Action::SanctionInvestigate,
        Action::SanctionDecide,
        Action::SanctionAnswer,
        Action::SanctionRead,
        Action::VoucherSpend,
        Action::VoucherStop,
        Action::ProcessingOrder,
        Action::ProcessingDo,
        Action::ProcessingRead,
        Action::ProcessingVerify,
        Action::ProcessingDirect,
        Action::PriceWrite,
        Action::ListingWrite,
        Action::ListingReview,
        Action::ListingRemove,
        Action::ContractBuy,
        Action::ContractSell,
        Action::ContractRead,
        Action::PaymentApprove,
        Action::PaymentPay,
        Action::LedgerRead,
        Action::AuditRead,
        Action::ApplicationWrite,
        Action::ApplicationRead,
        Action::ApplicationReview,
        Action::ApplicationScore,
        Action::ApplicationSelect,
        Action::BatchRead,
        Action::EventRead,
        Action::WebhookWrite,
        Action::WebhookRead,
        Action::ObligationRead,
        Action::BurnDownRead,
        Action::ObligationDecide,
        Action::ObligationPostpone,
        Action::AffiliationWrite,
        Action::AffiliationRead,
        Action::RebateWrite,
        Action::DisputeDecide,
        Action::SignalRead,
        Action::SignalDecide,
    ];
}

/// Whether the object is the caller's own: their organisation is one of its parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// It is a party.
    Own,
    /// It is not.
    Foreign,
}

/// Whether a person with `role` may do `action` to an object of theirs or of others.
pub fn may(role: Role, action: Action, relation: Relation) -> bool {
    let own = relation == Relation::Own;
    match role {
        Role::Provider | Role::Buyer | Role::Processor => firm_may(role, action, own),
        Role::Operator => operator_may(action, own),
        Role::Agency => agency_may(action, own),
        // What they may see is decided by their batches, and whom they may judge by their interests.
        Role::Evaluator => action == Action::ApplicationScore,
        Role::Auditor => auditor_may(action),
    }
}

/// What firms may do, to what is theirs; the pool's list is open to who may need it.
fn firm_may(role: Role, action: Action, own: bool) -> bool {
    use Action as A;
    match action {
        A::AgreementSign | A::AgreementRead | A::OrganisationRead => own,
        A::StandingDeclare | A::EligibilityCheck | A::EligibilityRead => own,
        A::DocumentWrite | A::DocumentRead | A::SanctionAnswer | A::SanctionRead => own,
        A::EventRead | A::WebhookWrite | A::WebhookRead | A::ObligationRead => own,
        A::AffiliationWrite | A::AffiliationRead => own,
        // A processor reads the applications that name it as partner.
        A::ApplicationRead => own,
        _ => match role {
            Role::Provider => match action {
                A::DatasetWrite | A::DatasetBytes | A::ProcessingOrder | A::PriceWrite => own,
                A::ListingWrite | A::ContractSell | A::DatasetRead => own,
                A::ProcessingRead | A::ContractRead | A::RebateWrite => own,
                A::AgreementPerform | A::SettlementSubmit | A::ApplicationWrite => own,
                A::PoolRead => true,
                _ => false,
            },
            Role::Buyer => match action {
                A::VoucherSpend | A::ContractBuy | A::ContractRead | A::RebateWrite => own,
                A::AgreementPerform | A::SettlementSubmit | A::ApplicationWrite => own,
                _ => false,
            },
            _ => match action {
                A::PoolApply | A::ProcessingDo | A::ProcessingRead => own,
                A::PoolRead => true,
                _ => false,
            },
        },
    }
}

fn operator_may(action: Action, own: bool) -> bool {
    use Action as A;
    match action {
        A::StaffCreate | A::PoolDecide | A::PoolRead => true,
        // The exchange must not judge its own goods (separation of duties).
        A::ListingReview | A::ProcessingVerify | A::PrivacyClear => !own,
        A::DocumentVerify | A::StandingRecord => !own,
        A::DocumentWrite | A::DocumentRead | A::EligibilityCheck | A::EligibilityRead => true,
        A::OrganisationRead | A::DatasetRead | A::AgreementRead | A::ProcessingRead => true,
        A::ApplicationReview => !own,
        A::ApplicationRead | A::BatchRead => true,
        A::ContractRead | A::LedgerRead | A::SanctionRead => true,
        A::CompletionReview | A::SettlementAssess | A::SanctionInvestigate => !own,
        A::EventRead | A::WebhookRead | A::ObligationRead | A::BurnDownRead => true,
        A::ObligationDecide => true,
        A::AffiliationWrite | A::AffiliationRead | A::RebateWrite => true,
        A::SignalRead | A::SignalDecide => true,
        // Nobody decides a dispute of their own organisation.
        A::DisputeDecide => !own,
        A::WebhookWrite => own,
        _ => false,
    }
}

fn agency_may(action: Action, own: bool) -> bool {
    use Action as A;
    if action == A::WebhookWrite {
        return own;
    }
    matches!(
        action,
        A::EventRead
            | A::WebhookRead
            | A::ObligationRead
            | A::BurnDownRead
            | A::ObligationDecide
            | A::ObligationPostpone
            | A::AffiliationRead
            | A::RebateWrite
            | A::SignalRead
            | A::SignalDecide
            | A::BudgetAppropriate
            | A::AgreementDraft
            | A::AgreementDirect
            | A::SettlementApprove
            | A::SanctionInvestigate
            | A::SanctionDecide
            | A::SanctionRead
            | A::VoucherStop
            | A::ListingRemove
            | A::PaymentApprove
            | A::PaymentPay
            | A::ProcessingDirect
            | A::DocumentWrite
            | A::DocumentRead
            | A::EligibilityCheck
            | A::EligibilityRead
            | A::OrganisationRead
            | A::DatasetRead
            | A::AgreementRead
            | A::ProcessingRead
            | A::ContractRead
            | A::LedgerRead
            | A::PoolRead
            | A::ApplicationRead
            | A::ApplicationSelect
            | A::BatchRead
    )
}

/// An auditor reads everything and writes nothing.
fn auditor_may(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::OrganisationRead
            | A::DocumentRead
            | A::EligibilityRead
            | A::DatasetRead
            | A::AgreementRead
            | A::ProcessingRead
            | A::ContractRead
            | A::PoolRead
            | A::SanctionRead
            | A::LedgerRead
            | A::AuditRead
            | A::ApplicationRead
            | A::BatchRead
            | A::EventRead
            | A::WebhookRead
            | A::ObligationRead
            | A::BurnDownRead
            | A::AffiliationRead
            | A::SignalRead
    )
}

fn allowed(who: &Principal, action: Action, parties: &[OrgId]) -> bool {
    let relation = if parties.contains(&who.org) { Relation::Own } else { Relation::Foreign };
    who.roles.iter().any(|role| may(*role, action, relation))
}

/// Lets pass who may see an object with these `parties`; to others it does not exist.
pub fn see(
    who: &Principal,
    action: Action,
    parties: &[OrgId],
    kind: &'static str,
) -> AppResult<()> {
    if allowed(who, action, parties) { Ok(()) } else { Err(AppError::NotFound(kind)) }
}

/// Lets pass who may do `action`; others are told that they may not.
pub fn act(who: &Principal, action: Action, parties: &[OrgId]) -> AppResult<()> {
    if allowed(who, action, parties) {
        return Ok(());
    }
    Err(Code::Forbidden
        .because(
            "이 일을 할 수 있는 역할이 아니거나 귀사의 것이 아닙니다.",
            "Your role does not allow this, or it is not your organisation's.",
        )
        .into())
}

#[cfg(test)]
mod tests {
    use schema::api::parties::Role;

    use super::{Action, Relation, may};

    #[test]
    fn an_auditor_writes_nothing() {
        for action in Action::ALL {
            let reads = format!("{action:?}").ends_with("Read");
            for relation in [Relation::Own, Relation::Foreign] {
                assert_eq!(may(Role::Auditor, *action, relation), reads, "{action:?}");
            }
        }
    }

    #[test]
    fn firms_touch_nothing_of_others_but_the_pool_list() {
        for role in [Role::Provider, Role::Buyer, Role::Processor] {
            for action in Action::ALL {
                let open = *action == Action::PoolRead && role != Role::Buyer;
                assert_eq!(may(role, *action, Relation::Foreign), open, "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn nobody_but_agency_moves_public_money() {
        for role in Role::ALL {
            for action in [
                Action::BudgetAppropriate,
                Action::AgreementDraft,
                Action::AgreementDirect,
                Action::SettlementApprove,
                Action::SanctionDecide,
                Action::VoucherStop,
                Action::PaymentApprove,
                Action::PaymentPay,
            ] {
                assert_eq!(may(*role, action, Relation::Foreign), *role == Role::Agency);
            }
        }
    }

    #[test]
    fn an_operator_does_not_review_the_listings_of_its_own_organisation() {
        assert!(may(Role::Operator, Action::ListingReview, Relation::Foreign));
        assert!(!may(Role::Operator, Action::ListingReview, Relation::Own));
    }
}
