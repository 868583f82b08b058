//! The ledger of public money, as auditors read it.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, TransferId};
use crate::lang::Text;
use crate::money::Won;
use crate::time::Instant;

crate::words! {
    /// What an account stands for. Its `subject` says whose it is.
    AccountKind {
        /// The treasury, from which a programme gets its money. Goes below zero.
        Treasury = "treasury",
        /// Money of a programme and fiscal year that nobody has been promised.
        Budget = "budget",
        /// Money that came back after its fiscal year had ended: revenue of the state.
        StateRevenue = "state_revenue",
        /// Money promised by an agreement.
        AgreementReserved = "agreement_reserved",
        /// Part of a voucher that can be spent.
        VoucherAvailable = "voucher_available",
        /// Part of a voucher that an order holds.
        VoucherHeld = "voucher_held",
        /// Part of a voucher that an accepted delivery has used.
        VoucherCommitted = "voucher_committed",
        /// Public money that an organisation was paid.
        Payee = "payee",
        /// A buyer's own money. Goes below zero: it comes from outside.
        Payer = "payer",
        /// Buyers' own money that a seller was paid, apart from public money.
        PayeeOwn = "payee_own",
        /// What is still owed on a claim, below zero until it is paid.
        Receivable = "receivable",
        /// The other side of it: what a claim will bring and has not brought.
        Claimed = "claimed",
        /// Interest, surcharges and late charges: revenue of the state that never was support.
        Charges = "charges",
    }
}

impl AccountKind {
    /// Whether the balance may be below zero, because the other side of it is outside the exchange.
    pub const fn is_external(self) -> bool {
        matches!(self, AccountKind::Treasury | AccountKind::Payer | AccountKind::Receivable)
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerAccount {
    /// Id.
    pub id: AccountId,
    /// What it stands for.
    pub kind: AccountKind,
    /// Whose it is: an id, or programme and fiscal year (`P15/2024`).
    pub subject: String,
    /// Whole won; below zero only for a treasury, a payer or a receivable.
    pub balance: i64,
    /// When it was opened.
    pub opened_at: Instant,
}

/// A transfer. It is never changed or taken back: a correction is another transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerTransfer {
    /// Id.
    pub id: TransferId,
    /// When.
    pub at: Instant,
    /// The account that has less afterwards.
    pub debit: AccountId,
    /// The account that has more afterwards.
    pub credit: AccountId,
    /// How much.
    pub amount: Won,
    /// What for, such as `voucher.hold`.
    pub why: String,
    /// Id of the object that it was made for.
    pub object: String,
}

/// Which accounts are wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct AccountQuery {
    /// Only of this kind.
    #[serde(default)]
    pub kind: Option<AccountKind>,
    /// Only of this subject.
    #[serde(default)]
    pub subject: Option<String>,
    /// `next` of the page before; absent for the first page.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Which transfers are wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct TransferQuery {
    /// Only those from or to this account.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// Only those made for this object.
    #[serde(default)]
    pub object: Option<String>,
    /// `next` of the page before; absent for the first page.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// The outcome of a recalculation of every balance from the transfers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerCheck {
    /// Whether nothing differs.
    pub balanced: bool,
    /// Accounts checked.
    pub accounts: u64,
    /// Transfers read.
    pub transfers: u64,
    /// Vouchers checked.
    pub vouchers: u64,
    /// Agreements checked.
    #[serde(default)]
    pub agreements: u64,
    /// Claims checked.
    #[serde(default)]
    pub claims: u64,
    /// What differs, up to 100 findings.
    pub differences: Vec<LedgerDifference>,
}

/// One finding of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerDifference {
    /// Id of the account, transfer or voucher.
    pub object: String,
    /// What it should be.
    pub expected: i64,
    /// What it is.
    pub found: i64,
    /// The finding.
    pub text: Text,
}
