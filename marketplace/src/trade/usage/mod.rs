//! What was bought with a voucher and used, and how a product made with public money sells
//! counted from contracts and deliveries, never declared. The yearly report of the provider
//! adds words to the numbers and discharges its duty.

pub mod http;
mod rules;
pub mod service;
mod store;
