//! A Parquet table as Delta clients are told of it: its columns, its statistics, and whether a
//! client's predicate can find rows in it.
//!
//! ```text
//! object ──footer only──▶ Table { schema text, rows, statistics } ──▶ answers of a Delta Sharing server
//! predicate (JSON) ──▶ may_match(statistics): false only when no row can match
//! ```
//! Invariants: only the footer of a file is read, whatever its size; a bound that is told is a bound
//! of every value, also of those that the statistics of Parquet leave out (NaN); a predicate that
//! is not understood matches.
//!
//! Deliberately absent: Delta logs (a published version is one file and never changes), column
//! mapping, deletion vectors.

mod columns;
mod footer;
mod hints;
mod statistics;
#[cfg(test)]
mod tests;

pub use columns::schema_text;
pub use footer::{Table, read};
pub use hints::Predicate;
pub use statistics::Statistics;
