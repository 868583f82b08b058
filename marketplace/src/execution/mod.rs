//! An agreement at work: what happens between its last signature and its end.
//!
//! ```text
//!             ┌──approve, reject (agency)── change_pending
//!             ▼                                ▲
//!           active ──request a change──────────┘
//!            │ │ │ ▲
//!            │ │ │ └──reject── abandon_requested ──approve (agency)──▶ terminated ──┐
//!            │ │ └──request───────▶┘                                      ▲        │
//!            │ ├──suspend (agency)──▶ suspended ──resume──▶ active        │        │ settled
//!            │ │                          └──────terminate────────────────┘        ▼
//!            │ └──period over──▶ overdue ──grace over──▶ failed ───────────────▶ recovery
//!            │ report               │ report               ▲                       │ repaid
//!            ▼                      ▼                      │ reject, no time left  ▼
//!   completion_reported ◀───────────┘──────────────────────┘                    closed
//!            │ pass (operator)                                                     ▲
//!            ▼                                                                     │
//!        completed ──settled──▶ settled ──(P14) the year is owed──▶ obligation ────┘
//!                                  └──────────────(P15)────────────────────────────┘
//! ```
//!
//! Invariants: a change needs the agency's approval before it counts, never raises the support and
//! never moves the end of the period (R-042); completion of P14 is a product on sale that the
//! agreement's own processing job made, with certificate and quality report, accepted by its owner;
//! that of P15 is purchases accepted and used inside the period, each use with dated evidence
//! (R-060, R-100); a successor takes over clocks, caps and duties as they are (edge case 1).
//! Deliberately absent: money, which the settlement moves, and violations, which sanctions judge.

pub mod changes;
pub mod completion;
pub mod http;
pub mod inspections;
pub mod jobs;
mod obliged;
pub mod reports;
mod rules;
pub mod service;
mod store;

#[cfg(test)]
mod completion_tests;
#[cfg(test)]
mod rules_tests;
