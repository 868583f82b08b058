//! Disputes: a rejected delivery has a way out.
//!
//! ```text
//! open ──accept──▶ accepted            the contract is accepted as it is
//!  │ ▲ ──refund──▶ refunded            the contract is cancelled, everything goes back (R-066)
//!  │ │ ──partial_refund──▶ partial_refund   a part goes back, the rest is accepted
//!  │ │ ──mediation──▶ mediation ──proposal served──▶ both accept: as proposed
//!  │ └──────────────────┘ one refuses, or is silent for 15 days, or no proposal in 45 days (R-147)
//! ```
//! The operator decides, measured against the published report, which anybody can run again (R-165).
//! Refunds go back to each source pro rata, before anything public was paid: a disputed delivery was
//! never accepted. Deliberately absent: what the mediation committee does; its proposal is recorded.

pub mod http;
mod rules;
pub mod service;
mod store;

pub(in crate::trade) use service::open_in;
