//! Statements: what moved in a month, under an agreement, and how a fiscal year stands; as JSON, as
//! CSV for spreadsheets, and as a page that prints.
//!
//! Invariants: a statement is calculated from the transfers, never from kept balances; its columns
//! add up to the won, and what it shows of accounts is opening + credited − debited = closing, which
//! sum to zero over all accounts. Deliberately absent: letters and seals, which an office adds.

mod build;
mod csv;
mod html;
pub mod http;
mod rules;
