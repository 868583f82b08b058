//! Cleaning pipelines over Parquet: a specification in, a cleaned table and its lineage out.
//!
//! How it runs: steps that look at one batch at a time are chained and stream. A step that must see
//! the whole table first (fitted parameters, neighbours, order) ends the chain: the rows so far are
//! gathered, in memory while they fill less than half of
//! [`Limits::memory_bytes_max`](crate::limits::Limits::memory_bytes_max), else in a temporary Parquet
//! file beside the output, and the step then looks at as few columns as it needs.
//!
//! A long table is not gathered where a run of steps can be done column by column (`columnar`):
//! the planner decides by steps and rows, and the decision never shows in what comes out.
//!
//! Invariants:
//! - The same input bytes and specification give the same output bytes and lineage, whatever the
//!   memory allowed.
//! - The output is written beside its place and renamed into it; a failed run leaves nothing behind.
//! - Every fault of a step names the step.
//! - Missing means null or NaN. Steps never fill anything unasked.
//!
//! Deliberately absent: a clock, randomness, keys in a specification.

mod belong;
mod bounds;
mod cast;
mod columnar;
mod columns;
mod duration;
mod each;
mod encode;
mod expression;
pub(crate) mod file;
mod fill;
mod filter;
mod generalise;
mod group;
mod inputs;
mod keys;
mod mask;
mod multiple;
mod number;
mod number_rows;
mod parse;
mod parse_time;
mod period;
mod place;
mod pseudonym;
mod resample;
mod run;
mod sample;
mod scale;
mod sentinel;
mod series;
mod shape;
mod sort;
mod sparse;
mod step;
mod suggest;
mod table;
mod unique;
pub(crate) mod unit;
mod unscale;
mod work;
pub(crate) mod writer;

pub use keys::Keys;
pub use parse::{check, parse};
pub use place::placed;
pub use run::{run, run_with_inputs, run_with_keys, spec_sha256};
pub use suggest::suggest;
pub use unscale::unscaling;

#[cfg(test)]
mod document_tests;
#[cfg(test)]
mod encode_tests;
#[cfg(test)]
mod expression_tests;
#[cfg(test)]
mod fill_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod parse_time_tests;
#[cfg(test)]
mod privacy_tests;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod spill_tests;
#[cfg(test)]
mod step_tests;
