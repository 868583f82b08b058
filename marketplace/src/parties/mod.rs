//! Organisations, the people who act for them, and their sessions.
//!
//! An organisation signs itself up with its business number, once (R-192), as provider, buyer or
//! processor. Staff accounts (operator, agency, evaluator, auditor) are made by an operator; the
//! first operator is made on the command line.
//!
//! ```text
//! session: open ──refresh (each token once)──▶ open
//!            │──logout──▶ ended
//!            └──an old token is used again──▶ ended (every token of the session is void)
//! ```

pub mod affiliation;
pub mod declared;
pub mod http;
pub mod rules;
pub mod service;
pub mod sessions;
mod store;
