//! Data sets, their versions, and uploads.
//!
//! ```text
//! version: open ──put content──▶ uploaded ──finalise──▶ processing ──▶ ready
//!                                  │   ▲                    └────────▶ rejected (with the fault)
//!                                  └───┘ put again replaces
//! ```
//! A finalised version never changes: its bytes are named by their SHA-256, and whatever is later
//! said about it (report, certificate, contract) names that digest. Versions of pipelines are born
//! ready or not at all.

pub mod http;
pub mod rules;
pub mod service;
mod shells;
mod store;
pub mod upload;

pub use store::VersionRow;
