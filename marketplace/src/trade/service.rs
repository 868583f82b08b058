//! What other features may ask of trade.

pub use super::contract::service::{accept_due, contract_in, paid_in};
pub use super::listing::years_end_due;
pub use super::price::service::basis_in;
