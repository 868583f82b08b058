//! Trade contracts: order, terms, signatures, payment, acceptance.
//!
//! Amounts and terms are fixed when an order is made: the listed price, VAT on the whole of
//! it, the share that a voucher holds, and a document in Korean and English whose digest
//! both sides sign and the exchange counter-signs. No document, no delivery: the law lets a
//! receiver do what no contract forbids.

mod clauses;
pub mod http;
pub(in crate::trade) mod rules;
mod seal;
pub mod service;
pub(in crate::trade) mod steps;
mod store;
mod strangers;
mod terms;

#[cfg(test)]
mod clauses_tests;

pub(in crate::trade) use rules::{Command, next, rebated, reject_by};
pub(in crate::trade) use store::{
    Row as ContractRow, advance, of_listing, of_voucher, set_amounts,
};
