//! Tests of the exchange through its public HTTP surface, on SQLite or PostgreSQL, and of the tree
//! itself. One file a topic.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what goes wrong here fails the test that caused it"
)]

mod auth;
mod health;
mod idempotency;
mod jobs;
mod kill;
mod migrations;
mod problems;
mod purse;
mod races;
mod schemas;
mod storm;
mod story;
mod tidy;
mod upload;
mod walk;
