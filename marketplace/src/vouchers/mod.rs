//! Purchase vouchers: permission to spend public money, not money (R-061).
//!
//! ```text
//! voucher: ──last signature of a P15 agreement──▶ active ◀──release──▶ exhausted
//!                                                   │ period over         │ period over
//!                                                   └──────▶ expired ◀────┘
//!          active, exhausted ◀──freeze, thaw (agency)──▶ frozen ──revoke (another person)──▶ revoked
//!          any of them ──agreement terminated──▶ revoked
//!
//! use, one for each contract:
//!          ──order──▶ held ──acceptance──▶ committed ──payment──▶ paid ──all refunded──▶ refunded
//!                      └───────release────────▶ released ◀─┘
//! ```
//!
//! Invariants: `approved = available + held + committed + (paid − refunded) + returned`, each at
//! least zero, kept in the row, by a CHECK and in the ledger, and compared by `check-ledger`;
//! several purchases together get what one purchase of their sum would (R-052); nothing is held or
//! committed after the period (R-064); money that comes back goes to the voucher while it can still
//! be spent, and else to the budget, or to the state once the fiscal year is over (R-193).
//! Deliberately absent: who buys what from whom, and whether they belong together (R-063). Trade
//! knows that, and calls the `*_in` functions of [`service`].

pub mod expiry;
pub mod http;
pub mod replay;
mod rules;
pub mod service;
pub mod signing;
pub mod standing;
mod stop;
mod store;

#[cfg(test)]
mod flow_tests;
