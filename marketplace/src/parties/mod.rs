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
//!
//! How an organisation stands is recorded beside it: what the registers say by an operator, what
//! only it knows by itself. [`bans`] name numbers and people rather than accounts (R-007), and
//! [`eligibility`] looks at all of it, keeps what it saw, and tells every finding (R-001 to R-012).

pub mod affiliation;
pub mod bans;
pub mod declared;
pub mod eligibility;
pub mod http;
pub mod lookup;
pub mod rules;
pub mod service;
pub mod sessions;
pub mod standing;
mod store;
