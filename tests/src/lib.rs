//! A whole exchange for one test: its own folder, its own database, its own clock, a real HTTP
//! server on a free port, and people who sign up through the public interface.
//!
//! The database is a SQLite file, or, when `DATABASE_URL` names a PostgreSQL server, a database of
//! that server which is made and dropped by the test. Time stands still until a test moves it, and
//! jobs run when a test says so: nothing here sleeps. When a [`TestApp`] is dropped the books are
//! checked, and nothing may be left of uploads and work in progress.
//!
//! Deliberately absent: anything that is shared between tests.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what goes wrong here fails the test that caused it"
)]

pub mod api;
pub mod app;
pub mod applicants;
pub mod cast;
pub mod clients;
mod database;
pub mod files;
pub mod market;
pub mod numbers;
pub mod papers;
pub mod receiver;
mod server;
pub mod trading;
pub mod works;
pub mod workshop;

pub use api::{Answer, Api, Call};
pub use app::TestApp;
pub use cast::Persona;
