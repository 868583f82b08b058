//! Payment of the public share, settlement, and what is owed back.

mod claim;
mod report;

pub use claim::*;
pub use report::*;
use serde::{Deserialize, Serialize};

use crate::id::{ContractId, OrgId, PaymentId, RefundId, UserId, VoucherId};
use crate::money::Won;
use crate::time::{Day, Instant};

crate::words! {
    /// State of a payment.
    PaymentState {
        /// The evidence was examined and the payment approved.
        Approved = "approved",
        /// Paid.
        Paid = "paid",
    }
}

/// The evidence of a contract, examined and found sufficient.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// The contract.
    pub contract_id: ContractId,
    /// Approval number of the electronic tax invoice: 24 letters or digits.
    pub invoice_no: String,
    /// Date of the invoice.
    pub invoice_date: Day,
    /// Supply value on the invoice; it must be the contract's to the won.
    pub invoice_supply: Won,
    /// SHA-256 of the bank's proof that the company share was transferred, 64 hexadecimal digits.
    pub transfer_proof_sha256: String,
    /// Amount on the proof: `own_payment` of the contract, to the won.
    pub transferred: Won,
}

/// A payment of the public share to a seller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Payment {
    /// Id.
    pub id: PaymentId,
    /// The contract; it is paid once.
    pub contract: ContractId,
    /// The voucher that pays.
    pub voucher: VoucherId,
    /// Who bought.
    pub buyer: OrgId,
    /// Who is paid.
    pub seller: OrgId,
    /// State.
    pub state: PaymentState,
    /// Supply value.
    pub supply: Won,
    /// Public share: what is paid.
    pub support: Won,
    /// Company share that was due.
    pub company_share: Won,
    /// Company share as the bank's proof shows it.
    pub transferred: Won,
    /// SHA-256 of the proof.
    pub transfer_proof_sha256: String,
    /// Approval number of the invoice.
    pub invoice_no: String,
    /// Date of the invoice.
    pub invoice_date: Day,
    /// Who approved.
    pub approved_by: UserId,
    /// When.
    pub approved_at: Instant,
    /// Who paid; never who approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Instant>,
}

/// A refund of a purchase by its seller, as the bank's proof shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// Supply value refunded; each source gets its part of it.
    pub supply: Won,
    /// Why, 1 to 1,000 characters.
    pub reason: String,
    /// SHA-256 of the bank's proof, 64 hexadecimal digits.
    pub proof_sha256: String,
}

/// A refund by its sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentRefund {
    /// Id.
    pub id: RefundId,
    /// The payment.
    pub payment: PaymentId,
    /// Supply value refunded.
    pub supply: Won,
    /// The part that went back to the voucher, the budget or the state.
    pub public: Won,
    /// The part that went back to the buyer.
    pub own: Won,
    /// Why.
    pub reason: String,
    /// SHA-256 of the bank's proof.
    pub proof_sha256: String,
    /// Who recorded it.
    pub refunded_by: UserId,
    /// When.
    pub refunded_at: Instant,
}
