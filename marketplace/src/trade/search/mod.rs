//! Search over what is on sale, in Korean and English, with facets.
//!
//! ```text
//! database ──all listings, once──▶ index in memory ◀──those of new audit lines, before each search── database
//! query ──▶ index: ids, counts, facets ──▶ database: the cards, as they are now
//! ```
//! Invariants: the index holds nothing that the database does not; a listing that goes on or off sale is
//! found or not at the next search that begins half a second later; what is answered is read from the
//! database, so no price or state is stale. Text is cut into pairs of characters, so any two syllables of
//! a word find it without a dictionary.
//!
//! Deliberately absent: an index on disk (each process builds its own at its start), synonyms, and search
//! by meaning.

mod engine;
mod fields;
mod grams;
pub mod http;
mod query;
pub mod service;

pub use service::Search;
