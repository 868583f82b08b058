//! The audit trail: one line per state change, never updated or deleted.
//!
//! The lines of one object form a hash chain, so a line that is changed or taken out of the
//! middle shows. Chains are per object, not global, so that unrelated writes never wait for each
//! other. A line says who, when, what, from which state to which, why, and a JSON body with what was
//! decided; it never holds personal data or secrets.

pub mod http;
pub mod service;
mod store;

pub use service::{Entry, record_in, verify_in};
