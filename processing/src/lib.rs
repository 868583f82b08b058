//! Preprocessing and quality validation of factory data over Arrow and Parquet.
//!
//! The same library serves a processing firm's desk (`jangteo-process`, no server) and the
//! exchange's workers. Functions take local paths, a [`Limits`] and a
//! [`Progress`], are synchronous, and answer a [`Fault`] that says what
//! the caller can do about it. Same input and specification, byte-identical report.
//!
//! | module | what it does |
//! |---|---|
//! | [`ingest`] | CSV, JSON Lines, workbooks, Parquet (gzip, zstd), one or many → Parquet with a column dictionary |
//! | [`profile`] | one streaming pass → exact counts, moments, quantiles, distinct |
//! | [`quality`] | rules and quality indices → report (R-160 to R-165) |
//! | [`privacy`] | personal-data detectors, findings without values |
//! | [`pipeline`] | cleaning steps from a specification, with lineage |
//! | [`expr`] | SQL expressions and queries over a table, for filters, derived columns and rules |
//! | [`preview`] | a bounded sample |
//! | [`report`] | one HTML page that people read |
//! | [`digest`] | file SHA-256 and the logical content hash |
//! | [`certificate`] | signed evidence bound to the bytes |
//! | [`generate`] | seeded sample data of a press, CNC or injection line |
//! | [`source`] | objects of a store as verified local files |
//! | [`aas`] | a table as an asset administration shell, and columns out of shells |
//! | [`delta`] | what Delta clients are told of a table: columns, bounds, hints |
//!
//! Deliberately absent: databases, HTTP, clocks.

pub mod aas;
pub mod certificate;
pub mod delta;
pub mod digest;
pub mod error;
pub mod expr;
pub mod generate;
pub mod ingest;
pub mod limits;
mod near;
pub mod pipeline;
pub mod preview;
pub mod privacy;
pub mod profile;
pub mod progress;
pub mod quality;
pub mod report;
#[cfg(test)]
mod soak;
pub mod source;
mod spill;

// The checks of the fuzz targets call this crate by its name.
#[cfg(test)]
extern crate self as processing;

/// Microseconds of a day; days are never longer or shorter here.
pub(crate) const DAY_US: i64 = 86_400_000_000;

pub use error::{Fault, InputFault};
pub use limits::Limits;
pub use progress::Progress;
