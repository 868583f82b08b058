//! Purchase vouchers (P15).

use serde::{Deserialize, Serialize};

use crate::id::{AgreementId, ContractId, OrgId, VoucherId};
use crate::money::{BasisPoints, Won};
use crate::notice::ProgrammeCode;
use crate::time::{Instant, Period};

crate::words! {
    /// State of a voucher.
    VoucherState {
        /// Can be spent.
        Active = "active",
        /// Nothing is left to spend; a release makes it active again.
        Exhausted = "exhausted",
        /// Its period is over; what was not used has lapsed.
        Expired = "expired",
        /// Stopped by the agency.
        Frozen = "frozen",
        /// Taken back by the agency.
        Revoked = "revoked",
    }
}

crate::words! {
    /// State of one use of a voucher, by one contract.
    UseState {
        /// An order holds the money.
        Held = "held",
        /// The delivery was accepted.
        Committed = "committed",
        /// The seller was paid.
        Paid = "paid",
        /// Given back before it was paid.
        Released = "released",
        /// Paid and wholly refunded.
        Refunded = "refunded",
    }
}

crate::words! {
    /// What the agency does to a voucher besides paying.
    VoucherStop {
        /// Stops it: nothing is ordered, accepted or paid with it.
        Freeze = "freeze",
        /// Lets it go on.
        Thaw = "thaw",
        /// Takes it back: what was not accepted returns to the budget.
        Revoke = "revoke",
    }
}

/// Why a voucher is stopped, let go on, or taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StopVoucher {
    /// The reason, 1 to 1,000 characters.
    pub reason: String,
}

/// A voucher: permission to spend, not money.
/// `approved = available + held + committed + (paid − refunded) + returned`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Voucher {
    /// Id.
    pub id: VoucherId,
    /// The agreement behind it.
    pub agreement: AgreementId,
    /// Who may spend it.
    pub org: OrgId,
    /// The programme.
    pub programme: ProgrammeCode,
    /// Fiscal year of the money.
    pub fiscal_year: i16,
    /// State.
    pub state: VoucherState,
    /// Part of each purchase that it pays.
    pub ratio_bp: BasisPoints,
    /// The most it pays in all.
    pub approved: Won,
    /// Can be spent.
    pub available: Won,
    /// Held by orders.
    pub held: Won,
    /// Used by accepted deliveries and not paid.
    pub committed: Won,
    /// Paid to sellers.
    pub paid: Won,
    /// Refunded by sellers.
    pub refunded: Won,
    /// Lapsed, or refunded after the period.
    pub returned: Won,
    /// Period of purchase and use.
    pub period: Period,
    /// Whole days after today until the last day of the period; 0 on that day and later.
    pub days_left: u32,
    /// When it was issued.
    pub issued_at: Instant,
    /// What it was used for, oldest first. Only when a single voucher is read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<VoucherUse>,
}

/// One use of a voucher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoucherUse {
    /// The contract.
    pub contract: ContractId,
    /// State.
    pub state: UseState,
    /// Supply value that the support is computed on.
    pub supply: Won,
    /// What the voucher pays.
    pub support: Won,
    /// What the buyer pays.
    pub company_share: Won,
    /// Of the support, what was refunded.
    pub refunded: Won,
    /// Of the supply value, what was refunded.
    #[serde(default = "nothing")]
    pub refunded_supply: Won,
    /// When the order held it.
    pub held_at: Instant,
    /// When the state last changed.
    pub changed_at: Instant,
}

fn nothing() -> Won {
    Won::ZERO
}
