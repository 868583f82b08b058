//! What the exchange tells: events, written in the transaction that decides them, and delivered by
//! jobs as e-mail and as webhooks.
//!
//! ```text
//! event:    published ──job──▶ fanned out: one mail for each person, one delivery for each webhook
//! delivery: pending ──2xx──▶ delivered
//!             │ ▲ └──last attempt──▶ dead ──sent again by hand──▶ pending
//!             └─┘ later each time       webhook disabled, 410 ──▶ cancelled
//! webhook:  active ◀──enable── disable──▶ disabled
//! ```
//! Invariants: an event is recorded exactly once, with the change it tells of, or not at all; a
//! `once` key keeps a timer from telling a thing twice. Mail and webhooks are delivered at least
//! once: a mail is a file named by event and person, a delivery bears the id of its event each time,
//! so a receiver that remembers ids takes each event once. A webhook calls nobody inside the
//! exchange's own network unless the settings allow it, and its secret is never stored.
//! Deliberately absent: sending the mail (any mail program can be pointed at the folder) and
//! choosing the language of a person (both languages are in every text).

pub mod http;
pub mod jobs;
mod mail;
mod rules;
pub mod service;
mod sign;
mod store;
mod target;
mod webhooks;

pub use service::{Event, publish_in};
