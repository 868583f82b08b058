//! Clean rooms: questions to data that stay where they are.
//!
//! ```text
//! buyer ──SQL under a contract──▶ budget ─▶ `questions` row ─▶ engine (no files, no clock) ─▶ rows, bounded
//! anyone ─probe of a listing────▶ budget ─▶ `questions` row ─▶ the same engine ─▶ one aggregate, rounded
//! ```
//! Invariants: the row of a question is committed before it is answered, so that no race and no crash
//! asks more than a budget allows; the first query is the delivery of its contract, as a download is; an
//! answer is bounded in rows, bytes, memory and time; nothing but the tables that were given can be
//! read; a probe answers aggregates from a closed list, rounded, and holds back what tells of few rows.
//!
//! Deliberately absent: noise (differential privacy); rounding, the budget and the closed list of
//! questions bound what can be learnt, and one question asked twice gives one answer.

mod engine;
pub mod http;
mod probe;
mod rules;
pub mod service;
mod store;

pub use engine::Rooms;
