//! The ledger: double entry of every won of public money, and of buyers' own shares beside it.
//!
//! ```text
//!  treasury ──appropriation──▶ budget ──agreement signed──▶ agreement_reserved
//!                                ▲ ▲                               │ voucher issued (P15)
//!                                │ └──unused at the period's end───┤
//!                                │                                 ▼
//!                                │     voucher_available ──hold──▶ voucher_held ──accept──┐
//!                                │            ▲ └◀─────release────────┘                   ▼
//!                                │            └───refund───┐                   voucher_committed
//!   state_revenue ◀─after the fiscal year─┐                │                              │ pay
//!                                         └──────────────payee (seller) ◀─────────────────┘
//!
//!  payer (buyer's own money) ──own share──▶ payee_own (seller)
//!
//!  agreement_reserved ──settled──▶ payee (recipient of P14)
//!  a claim of the state:  receivable (below zero) ──▶ claimed
//!  its repayment:  payer ──▶ receivable (to zero),  claimed ──▶ budget or state_revenue, charges
//! ```
//!
//! Invariants: a transfer takes from one account what it gives to another, so all balances sum to
//! zero; no account but a treasury, a payer or a receivable is ever below zero, and no
//! receivable is above it; transfers are added and never
//! changed; public and own money never meet in one account (R-044). Deliberately absent: who may
//! move what, which the features that post decide.

mod check;
pub mod history;
pub mod http;
mod rules;
pub mod service;
mod store;
mod turn;

pub use rules::{AccountKey, Fund};
pub use turn::{Line, Turn, command, duty};
