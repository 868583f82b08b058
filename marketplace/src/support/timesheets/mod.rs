//! Time sheets of the data owner's own people under a processing agreement: what is given in kind is
//! valued by documented hours and never counts for more than the cost plan says. Lines are
//! only added; a wrong one is put right by the settlement, which sees the evidence. Deliberately
//! absent: equipment given in kind, whose use is documented by the settlement itself.

pub mod http;
mod rules;
pub mod service;
mod store;
