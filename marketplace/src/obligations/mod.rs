//! Dated duties that follow from awards: reports, publications, repayments, certificates.
//!
//! ```text
//! open ──what was owed is done──▶ discharged
//!  │ ▲ └──no longer stands──▶ cancelled
//!  └─┘ postponed, with a reason: the day moves, reminders begin anew
//! ```
//! Invariants: one cause makes one duty (`once`); its last day is a legal day in Korea, found by
//! `schema::time` where the duty is made; an overdue duty that blocks stops the next payment of
//! public money to or for who owes it, and the refusal says what to do. Reminders go out at the days
//! before that the notice names, and on the day after the last one. A timer sends them; it may run
//! late, often, or in several processes: after a pause it sends only what still matters, and no mark
//! of a day twice.
//! Deliberately absent: what a duty is about. The feature that made it knows, and says when it is
//! done; this one keeps the days. The truth of a listing's year is trade's (R-090 to R-093).

mod desk;
pub mod http;
pub mod jobs;
pub mod rules;
pub mod service;
mod store;

pub use service::{NewObligation, Stamp};
