//! The board of requests: a buyer says which data it looks for, sellers propose.
//!
//! ```text
//! request: open ──close (the buyer)──▶ closed      open ──its last day is over──▶ closed
//! ```
//! Invariants: who asks is told to nobody but itself and the staff, for what a factory looks for tells
//! what it plans; a proposal is seen by the one who asked and the one who proposed; a product that is
//! proposed is the seller's own and on sale. Nothing here binds: a purchase is an order like any other.
//!
//! Deliberately absent: changing a request or a proposal (post another), messages between the two.

pub mod http;
mod rules;
pub mod service;
mod store;
