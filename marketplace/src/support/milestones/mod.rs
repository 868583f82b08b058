//! Milestones of a processing job.
//!
//! ```text
//! planned (owner) ──evidence (processor at work)──▶ done ──owner──▶ accepted
//! ```
//! What was accepted stays accepted, whatever becomes of the processor (edge case 7). Deliberately
//! absent: prices of milestones; the agreement pays by its cost plan.

pub mod http;
mod rules;
pub mod service;
mod store;
