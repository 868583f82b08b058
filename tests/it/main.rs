//! Tests of the exchange through its public HTTP surface, on SQLite or PostgreSQL, and of the tree
//! itself. One file a topic.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what goes wrong here fails the test that caused it"
)]

mod any_order;
mod applications;
mod auth;
mod catalogue;
mod consortium;
mod decide;
mod demand;
mod disputes;
mod documents;
mod duties;
mod eligibility;
mod evaluation;
mod health;
mod idempotency;
mod jobs;
mod kill;
mod migrations;
mod outbox;
mod pool;
mod problems;
mod processing_money;
mod purchase_money;
mod purse;
mod races;
mod rooms;
mod rulebook;
mod schemas;
mod search;
mod sharing;
mod signals;
mod storm;
mod story;
mod tidy;
mod upload;
mod walk;
mod year;
