//! Trade contracts and deliveries under them.

use serde::{Deserialize, Serialize};

use crate::id::{ContractId, DeliveryId, ListingId, OrgId, UserId, VersionId, VoucherId};
use crate::lang::Text;
use crate::money::Won;
use crate::time::{Day, Instant};

crate::words! {
    /// What a buyer wants the data for. Resale is not a purpose.
    Purpose {
        /// 공정 개선
        ProcessImprovement = "process_improvement",
        /// 사업 모델
        BusinessModel = "business_model",
        /// 연구
        Research = "research",
        /// Another use inside the buyer's organisation; not with a voucher.
        Internal = "internal",
    }
}

crate::words! {
    /// State of a contract.
    ContractState {
        /// Ordered; waits for both signatures.
        Ordered = "ordered",
        /// Both have signed; waits for the buyer's payment.
        Signed = "signed",
        /// The buyer has paid its own part; the data may be downloaded.
        Funded = "funded",
        /// The first download has begun.
        Delivered = "delivered",
        /// The buyer accepted, or the window to reject is over.
        Accepted = "accepted",
        /// The buyer rejected the delivery.
        Disputed = "disputed",
        /// Ended before delivery, or by a refund of everything.
        Cancelled = "cancelled",
    }
}

crate::words! {
    /// Side of a contract.
    SignatureSide {
        /// 공급자
        Seller = "seller",
        /// 수요자
        Buyer = "buyer",
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What is bought.
    pub listing: ListingId,
    /// The voucher that pays the public share; absent for a purchase without support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<VoucherId>,
    /// What for.
    pub purpose: Purpose,
    /// What for in words, 1 to 1,000 characters.
    pub purpose_text: String,
    /// `offer_hash` of the listing as the buyer saw it; the order is refused if it has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_terms_hash: Option<String>,
}

/// A signature under a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// `terms_hash` of the contract.
    pub terms_hash: String,
}

/// Evidence that the buyer paid its own part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Fund {
    /// What was transferred: exactly `own_payment` of the contract.
    pub transferred: Won,
    /// SHA-256 of the bank's proof, 64 hexadecimal digits.
    pub proof_sha256: String,
}

/// Why a delivery is rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// Why, measured against the published report, 1 to 1,000 characters.
    pub reason: String,
}

/// Why an order is cancelled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// Why, up to 1,000 characters.
    #[serde(default)]
    pub reason: String,
}

/// A signature that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Signature {
    /// For which side.
    pub side: SignatureSide,
    /// Who signed.
    pub user: UserId,
    /// For which organisation.
    pub org: OrgId,
    /// When.
    pub at: Instant,
    /// What was signed.
    pub terms_hash: String,
}

/// A contract as its parties and the staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contract {
    /// Id.
    pub id: ContractId,
    /// State.
    pub state: ContractState,
    /// What is bought.
    pub listing: ListingId,
    /// The version, which the contract keeps whatever is published later.
    pub version: VersionId,
    /// Title of the product.
    pub title: Text,
    /// Seller.
    pub seller: OrgId,
    /// Buyer.
    pub buyer: OrgId,
    /// The voucher that pays the public share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<VoucherId>,
    /// What for.
    pub purpose: Purpose,
    /// What for in words.
    pub purpose_text: String,
    /// Supply value: the listed price.
    pub supply: Won,
    /// VAT on the whole supply value; the buyer's.
    pub vat: Won,
    /// Public share.
    pub support: Won,
    /// The buyer's share of the supply value.
    pub company_share: Won,
    /// What the buyer transfers: its share and the VAT.
    pub own_payment: Won,
    /// Digest of the contract's terms, which both sides sign.
    pub terms_hash: String,
    /// Signatures given.
    pub signatures: Vec<Signature>,
    /// The exchange's signature over the terms and both signatures (compact JWS), once signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_signature: Option<String>,
    /// When it was ordered.
    pub ordered_at: Instant,
    /// When both had signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Instant>,
    /// When the buyer's part was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funded_at: Option<Instant>,
    /// SHA-256 of the bank's proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_sha256: Option<String>,
    /// When the first download began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Instant>,
    /// Last day to reject the delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject_by: Option<Day>,
    /// When it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Instant>,
    /// When it was rejected or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// Why it was rejected or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
    /// When the public share was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Instant>,
}

/// A delivery of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Id.
    pub id: DeliveryId,
    /// Under which contract.
    pub contract: ContractId,
    /// To whom.
    pub user: UserId,
    /// When it began.
    pub at: Instant,
    /// First byte.
    pub from: i64,
    /// Bytes sent.
    pub bytes: i64,
    /// Bytes of the whole file.
    pub total: i64,
    /// SHA-256 of the whole file.
    pub sha256: String,
}
