//! A table as an asset administration shell (AAS 3, IDTA 02008 Time Series and 02003 Technical Data), and
//! column dictionaries out of shells of others (R-182).
//!
//! ```text
//! Described ──▶ environment (JSON) ──▶ package (AASX)
//! JSON · XML 3.0 · XML 3.1 · AASX ──read──▶ tables found ──▶ columns for a dictionary
//! ```
//! Invariants: what [`environment()`] writes, [`read`] gives back column for column; a shell is bounded in
//! bytes, entries, depth and columns before it is believed; nothing outside the file is ever followed.
//!
//! Deliberately absent: a server of the AAS API, segments with records in them (data travel as Parquet).

mod environment;
mod package;
mod read;
mod terms;
#[cfg(test)]
mod tests;
mod xml;

pub use environment::{Described, environment};
pub use package::package;
pub use read::read;

/// Bytes of a file of shells, and of its text once unpacked: a thousand times a usual one.
pub const BYTES_MAX: usize = 32 << 20;
