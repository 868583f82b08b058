//! Trade: what a product is worth, how it gets on sale, how it is bought and delivered.
//!
//! | part | what it is |
//! |---|---|
//! | [`price`] | price calculations with method, inputs, author and date (R-150 to R-154) |
//! | [`listing`] | products on the exchange, the gate before publication, the one-year duty |
//! | [`search`] | full text and facets over what is on sale |
//! | [`open`] | the catalogue in the words of others: DCAT-AP, Croissant, schema.org, ODRL |
//! | [`contract`] | orders, terms in two languages, signatures, payment, acceptance |
//! | [`delivery`] | downloads under a contract, with evidence of every byte range |
//! | [`rooms`] | queries of what was bought, bounded probes of what was not (R-155) |
//! | [`sharing`] | what was bought, read by the buyer's own tools (Delta Sharing) |
//! | [`demand`] | the board of requests: buyers ask, sellers propose |
//! | [`dispute`] | the ways out of a rejected delivery, mediation included (R-066, R-147) |
//! | [`rebate`] | money that went back from a seller to its buyer (R-059) |
//! | [`usage`] | what was bought with a voucher, and how a product sells (R-060, R-097) |
//!
//! ```text
//! listing:  draft ──submit──▶ in_review ──approve──▶ approved ──publish──▶ listed
//!             ▲  [gate R-094]   │ return               │ return             │ ▲
//!             └── edit ── returned ◀───────────────────┘                    │ │
//!                                                     suspend ┌─────────────┘ │ reinstate
//!                                                             ▼               │
//!                                                         suspended ──────────┘
//!           listed ──delist [no duty]──▶ delisted      listed ──a later version──▶ superseded
//!           listed, suspended, delisted, superseded ──remove (agency)──▶ removed
//!
//! contract: ordered ──both sign──▶ signed ──fund──▶ funded ──first download──▶ delivered
//!             │                      │                │                          │    │
//!             └──────── cancel ──────┴────────────────┴──▶ cancelled      accept │    │ reject
//!                                                                   or 14 days ▼    ▼
//!                                                                       accepted    disputed
//!                                       as promised, or at a lower price ▲──────────┤
//!                                                     everything goes back: cancelled ◀┘
//! ```
//! The exchange is not the seller (R-149): it checks before publication and keeps evidence of hash,
//! time, party and terms. What is published is immutable (R-095): another price or licence is
//! another listing, and a contract keeps the version it was made for.
//!
//! Deliberately absent yet: ending a licence by its term, and payment models other than a lump sum.

pub mod contract;
pub mod delivery;
pub mod demand;
pub mod dispute;
#[cfg(test)]
mod flow_tests;
pub mod listing;
mod offer;
pub mod open;
pub mod price;
pub mod rebate;
pub mod rooms;
pub mod search;
pub mod service;
pub mod sharing;
#[cfg(test)]
mod testing;
pub mod usage;
