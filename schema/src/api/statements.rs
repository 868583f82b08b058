//! Statements of the ledger: what moved in a month, under an agreement, in a fiscal year.

use serde::{Deserialize, Serialize};

use crate::api::ledger::AccountKind;
use crate::id::TransferId;
use crate::lang::Text;
use crate::time::{Day, Instant};

/// How a statement is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct StatementQuery {
    /// `json`, `csv` or `html`; by the `Accept` header when absent.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub format: Option<StatementFormat>,
}

crate::words! {
    /// How a statement is written.
    StatementFormat {
        /// For programs.
        Json = "json",
        /// For spreadsheets (UTF-8 with a byte-order mark).
        Csv = "csv",
        /// For printing.
        Html = "html",
    }
}

/// What happened to accounts of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatementAccount {
    /// The kind.
    pub kind: AccountKind,
    /// Its name.
    pub name: Text,
    /// Balance before.
    pub opening: i64,
    /// Came in.
    pub credited: i64,
    /// Went out.
    pub debited: i64,
    /// Balance after: opening + credited − debited.
    pub closing: i64,
}

/// A transfer as a statement tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatementLine {
    /// Id of the transfer.
    pub id: TransferId,
    /// When.
    pub at: Instant,
    /// The day of it in Korea.
    pub day: Day,
    /// What for, such as `settlement.pay`.
    pub why: String,
    /// From which account: kind and subject.
    pub debit: String,
    /// To which account.
    pub credit: String,
    /// How much.
    pub amount: i64,
    /// Id of the object that it was made for.
    pub object: String,
}

/// A statement. Its totals are sums of its lines, to the won.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statement {
    /// Title.
    pub title: Text,
    /// What it is about: a month (`2024-06`) or the id of an agreement.
    pub subject: String,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// When it was made.
    pub made_at: Instant,
    /// By kind of account. The columns of balances sum to zero.
    pub accounts: Vec<StatementAccount>,
    /// Transfers, oldest first.
    pub lines: Vec<StatementLine>,
    /// Sum of the transfers.
    pub total: i64,
    /// Figures of the agreement, or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<StatementFigure>,
    /// Whether there are more transfers than a statement shows; its totals count them all.
    pub truncated: bool,
}

/// A figure with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatementFigure {
    /// Stable name.
    pub code: String,
    /// Its name for people.
    pub name: Text,
    /// Whole won.
    pub amount: i64,
}

/// One programme's money of a fiscal year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct YearFund {
    /// Programme and fiscal year, such as `P15/2024`.
    pub fund: String,
    /// Made available.
    pub appropriated: i64,
    /// Promised and not paid: agreements and vouchers.
    pub promised: i64,
    /// Of that explicitly carried over to the next year.
    pub carried_over: i64,
    /// Paid, less what came back into the budget or to the state.
    pub spent: i64,
    /// Never promised, or back in the budget: lapses at the end of the year.
    pub unspent: i64,
    /// Came back after the year had closed: revenue of the state.
    pub state_revenue: i64,
    /// Interest, surcharges and late charges: revenue of the state beside the support.
    pub charges: i64,
}

/// The closing report of a fiscal year:
/// `appropriated = promised + spent + unspent + state revenue` for each fund and in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct YearStatement {
    /// The fiscal year.
    pub fiscal_year: i16,
    /// When it was made.
    pub made_at: Instant,
    /// Whether the year is over.
    pub closed: bool,
    /// Each programme.
    pub funds: Vec<YearFund>,
    /// All of them.
    pub total: YearFund,
}
