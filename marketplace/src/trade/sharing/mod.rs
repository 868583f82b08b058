//! Sharing: what a buyer has bought, read by the buyer's own tools with the Delta Sharing protocol.
//!
//! ```text
//! credential: live ──its days are over──▶ expired
//!               │ ▲└──rotate: another secret; the one before works for a day more
//!               └──revoke──▶ revoked: it and every link made with it end at once
//! contract  = share `con_…` ── schema `data` ── one table, each published version a Delta version
//! ```
//! Invariants: a credential reaches the contracts it was made for, and no other; every request looks the
//! right up again, so a contract that ends, is disputed or is suspended stops its share at once; no
//! secret is stored; a contract has no more live credentials than its licence has users (R-210); what is
//! handed out is a signed link, whose first use is the delivery (R-149).
//!
//! Deliberately absent: the change data feed (versions are whole files), writing, and asynchronous
//! queries.

pub mod delta;
pub mod http;
pub mod oauth;
pub(in crate::trade) mod rules;
pub mod service;
mod store;
mod tables;

pub use tables::Tables;
