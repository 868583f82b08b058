//! Violations and what follows from them, and breaches of the listing year (R-130 to R-135).
//!
//! ```text
//! suspected ──investigate──▶ investigating ──propose──▶ pre_notice ──decide (another person)──▶ decided
//!     └────────drop────▶ dropped ◀──drop──┘                 the organisation answers        │      │
//!                                                                                    appeal │      │ nobody
//!   cancelled ◀──────────────── appealed ◀──────────────────────────────────────────────────┘      │ appealed
//!                               │      │                                                           │
//!                          upheld    changed ──────────────────────────────────────────────────────┤
//!                               └──────────────────────────────────────────────────────────────────┤
//!                                                                                                  ▼
//!                served ◀──the ban is over──┐ in_force ┌──paid, and no ban──▶ repaid
//!
//! order to cure a breach: ordered ──on sale again──▶ remedied
//!                            └──30 days over, decided by another person──▶ recovery
//! ```
//!
//! Invariants: payments of the organisation are frozen from the inquiry until the measures are in
//! force or gone (R-133); who proposes does not decide; no measure goes beyond the bounds of the
//! notice, and no more is recovered than was paid and is not claimed yet; a breach of the listing year
//! costs the part of the support that was not served, rounded up to the state (R-134). A ban erases
//! neither listing duties nor licences (R-135). Deliberately absent: what is true, which people find.

pub mod http;
pub mod jobs;
pub mod orders;
mod rules;
pub mod service;
mod store;

#[cfg(test)]
mod rules_tests;
