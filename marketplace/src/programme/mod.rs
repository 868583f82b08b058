//! Programmes of the notice as they are served, the money that the agency makes available for them,
//! and the agreements that promise it.
//!
//! ```text
//! agreement: drafted ──recipient, processor (P14) sign──▶ partially_signed
//!                                                              │ agency signs, last: the budget is
//!                                                              │ reserved (R-043), the period begins
//!                                                              ▼
//!                                                            active
//! ```
//!
//! What comes after `active` (change, suspension, completion, settlement, listing duty, recovery) is
//! for `execution`; [`lifecycle`] has the rows for it.
//!
//! Invariants: an agreement quotes the edition of the notice it was drafted under and is signed
//! under the same one; a signature repeats the digest of the terms, so nobody signs what they have
//! not seen; the ratio is that of the class on the day of the agreement and stays (R-010).
//! Deliberately absent: applications and evaluation, the processor pool (it comes later in the order
//! of features), and the voucher, which [`vouchers`](crate::vouchers) issues when the agency signs.

mod budget;
mod catalogue;
mod duties;
pub mod http;
pub mod lifecycle;
pub mod replay;
mod rules;
pub mod service;
mod store;

pub use budget::{appropriate, budget_in, destination};
pub use catalogue::notice_in_force;
