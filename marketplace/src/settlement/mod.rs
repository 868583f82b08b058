//! Payment of the public share to sellers.
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
//! settlement reports, refunds on settlement and the completion of agreements (R-100 to R-104).

pub mod http;
mod rules;
pub mod service;
mod store;
