//! Deliveries: the bytes that a contract entitles its buyer to.
//!
//! A download streams from the object store in constant memory, whole or by range (RFC 9110), with
//! the digest of the whole file (RFC 9530). Each one leaves a line with person, time, range and
//! digest: what was asked for and begun, since what arrived only the client knows. A signed
//! link is one delivery, in however many parts it is fetched.

pub mod http;
pub(in crate::trade) mod link;
pub(crate) mod range;
pub(in crate::trade) mod revisions;
pub(in crate::trade) mod rules;
pub mod service;
mod store;
