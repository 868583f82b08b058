//! The Jangteo exchange: HTTP service, background worker and operator commands.
//!
//! Features are folders with the same five files: `mod` (what it is, its states drawn in text),
//! `rules` (pure decisions), `store` (rows), `service` (use cases), `http` (handlers). A feature may
//! use only those before it: audit → outbox → ledger → documents → parties → obligations → programme →
//! vouchers → catalog → quality → trade → support → applications → execution → settlement →
//! sanctions → signals. `docs/ARCHITECTURE.md` has the walkthroughs.

pub mod app;
pub mod applications;
pub mod audit;
pub mod auth;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod documents;
pub mod error;
pub mod execution;
pub mod http;
pub mod idempotency;
pub mod jobs;
pub mod ledger;
pub mod limits;
pub mod objects;
pub mod obligations;
pub mod outbox;
pub mod parties;
pub mod programme;
mod prose;
pub mod quality;
pub mod routes;
pub mod sanctions;
pub mod settlement;
pub mod signals;
pub mod support;
pub mod timers;
pub mod trade;
pub mod vouchers;
