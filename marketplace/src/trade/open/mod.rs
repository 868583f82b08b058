//! What is on sale, in the words of others: catalogues that harvesters, search engines and tools read.
//!
//! ```text
//! listing ──▶ Product (what is published, once) ──▶ DCAT-AP 3 · Croissant 1.1 · schema.org · ODRL 2.2 · AAS 3
//! ```
//! Invariants: only what is published is told, to everybody the same; the licence is one ODRL offer that
//! every view carries; the only bytes that are linked without a right are those of the free sample, with
//! their digest.

mod aas;
mod croissant;
mod dcat;
pub mod http;
pub(in crate::trade) mod odrl;
mod product;
mod sample;
mod schema_org;
pub mod service;
mod vocabulary;
