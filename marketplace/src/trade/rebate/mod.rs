//! Rebates: money that went from a seller back to its buyer, by any way. A side discloses it,
//! or the staff report it. Before the public share is paid the eligible cost falls by the rebate, and
//! the public part of it is not paid; afterwards it is written down, and the settlement has to claim
//! it back. Each becomes a signal for a person.

pub mod http;
pub mod service;
mod store;
