//! What somebody owes the state: the refund of a settlement, a recovery, a surcharge (R-102, R-131 to
//! R-134).
//!
//! ```text
//! due ──not paid in 30 days──▶ dunned ──not paid in 15 more──▶ forced
//!  └──────────────── repay, set off ───────────┴────────────────┴──▶ repaid
//! ```
//!
//! A claim is two accounts that sum to zero: `receivable` is below zero by what is still owed, and
//! `claimed` holds what will come. Money that comes in clears the one, and the other gives it to the
//! budget, or to the state once the fiscal year is over (R-193); interest, surcharges and late
//! charges go to the state's `charges`, because they never were support.

pub mod http;
pub mod jobs;
mod rules;
pub mod service;
mod store;
