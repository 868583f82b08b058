//! The database: one connection type over two backends, transactions that behave as if they ran one
//! at a time, and the table definitions.
//!
//! Only [`dialect`] and [`migrate`] match on the backend. Everything else is one query text that the compiler has
//! checked for both.

pub mod dialect;
pub mod migrate;
pub mod schema;
pub mod store;

pub use dialect::Db;
pub use store::{Loaded, Store, one_row};
