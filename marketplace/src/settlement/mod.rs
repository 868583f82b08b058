//! Payment of the public share: to sellers while a voucher is spent, and to recipients when their
//! agreement is settled; and everything that is owed back.
//!
//! | part | what it is |
//! |---|---|
//! | this file | payments of purchases (R-062), refunds by sellers (R-066) |
//! | [`report`] | the settlement of an agreement (R-100 to R-104) |
//! | [`claims`] | what somebody owes the state (R-102, R-132) |
//! | [`freeze`] | payments stopped while a matter is open (R-133) |
//! | [`carry`] | money of one year paid in the next (R-193) |
//! | [`statements`] | what moved in a month, under an agreement, in a year |
//!
//! ```text
//! payment: ──one person of the agency finds the evidence sufficient──▶ approved
//!                                                                         │ another person pays
//!                                                                         ▼
//!                                                                        paid
//! ```
//!
//! Invariants: nothing is paid on a self-declared flag: the invoice, the acceptance and the bank's
//! proof of the company share are compared with the contract to the won (R-062, R-200); a contract
//! is paid once; an invoice serves once, whoever shows it; nobody both approves and pays. Paying
//! moves the committed part of the voucher to the seller in the ledger. Deliberately absent:
//! what the evidence says beyond its figures, which people judge.

pub mod carry;
pub mod claims;
pub mod freeze;
pub mod http;
mod invoices;
pub mod refunds;
pub mod report;
mod rules;
pub mod service;
pub mod statements;
mod store;
